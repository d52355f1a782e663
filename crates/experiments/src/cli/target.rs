//! Arguments that several commands share.

use std::path::PathBuf;

use clap::Args;
use saddlepoint_models::device::Backend;

use crate::claim::Profile;
use crate::run::engine::claims_in;
use crate::run::{Manifest, Plan, RunError, Selection, Store};

/// Which run is meant.
#[derive(Debug, Clone, Args)]
pub(super) struct Folder {
    /// How much to compute: smoke (seconds), quick (minutes) or paper (hours)
    #[arg(long, value_enum, default_value_t)]
    pub(super) profile: Profile,
    /// Folder that holds the runs; a run is a folder in it, named after its profile
    #[arg(long, value_name = "DIR", default_value = "runs")]
    pub(super) out: PathBuf,
}

impl Folder {
    pub(super) fn store(&self) -> Store {
        Store::new(self.out.join(self.profile.to_string()))
    }
}

/// Which claims are meant.
#[derive(Debug, Clone, Args)]
pub(super) struct Claims {
    /// Only these claims (ids, separated by commas)
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub(super) only: Vec<String>,
    /// All but these claims
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub(super) skip: Vec<String>,
    /// Only claims with one of these tags
    #[arg(long = "tag", value_name = "TAG", value_delimiter = ',')]
    pub(super) tags: Vec<String>,
}

impl Claims {
    pub(super) fn selection(&self) -> Selection {
        Selection { only: self.only.clone(), skip: self.skip.clone(), tags: self.tags.clone() }
    }
}

/// What fixes the tasks of a run besides its profile.
#[derive(Debug, Clone, Args)]
pub(super) struct Settings {
    /// Base seed, from which every task takes its own
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    pub(super) seed: u64,
    /// Where networks run: flex, ndarray or wgpu, as far as the build has them. Not given, small dense networks run
    /// natively and the others on the first of these
    #[arg(long)]
    pub(super) backend: Option<Backend>,
    /// Folder with data sets that are not embedded
    #[arg(long, value_name = "DIR", env = "SADDLEPOINT_DATA")]
    pub(super) data_dir: Option<PathBuf>,
}

/// What `plan` shows and `run` runs.
#[derive(Debug, Clone, Args)]
pub(super) struct Tasks {
    #[command(flatten)]
    pub(super) folder: Folder,
    #[command(flatten)]
    pub(super) claims: Claims,
    #[command(flatten)]
    pub(super) settings: Settings,
}

impl Tasks {
    /// The tasks that the flags ask for; with `force`, none counts as done.
    pub(super) fn plan(&self, store: &Store, force: bool) -> Result<Plan, RunError> {
        let Settings { seed, backend, .. } = self.settings;
        Plan::new(self.claims.selection().claims()?, self.folder.profile, seed, backend, store, force)
    }
}

/// The run in a folder, as its manifest describes it: every claim of which it has a record or a failure, or which was
/// handed to an engine.
pub(super) fn existing(store: &Store) -> Result<(Manifest, Plan), RunError> {
    let manifest = Manifest::read(store)?;
    let handed_out = claims_in(store);
    let present = |claim: &&'static dyn crate::claim::AnyClaim| {
        let id = claim.card().id;
        handed_out.iter().any(|other| other == id)
            || store.path("records").join(id).is_dir()
            || store.path("failures").join(id).is_dir()
    };
    let claims = Selection::default().claims()?.into_iter().filter(present).collect();
    let plan = Plan::new(claims, manifest.profile, manifest.seed, manifest.backend, store, false)?;
    Ok((manifest, plan))
}
