//! Who ran what, when, on which machine: everything about a run that may differ when it is repeated.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::time::SystemTime;

use saddlepoint_models::device::Backend;
use serde::{Deserialize, Serialize};

use super::engine::Engine;
use super::execute::Timing;
use super::store::{Store, StoreError, write_atomically};
use crate::claim::Profile;

/// The machine, as far as it matters for speed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// Processor's name.
    pub processor: String,
    /// Hardware threads.
    pub threads: usize,
    /// Operating system and architecture.
    pub system: String,
}

impl Machine {
    /// This machine.
    pub fn this() -> Self {
        let processor = fs::read_to_string("/proc/cpuinfo")
            .ok()
            .and_then(|text| {
                let line = text.lines().find(|line| line.starts_with("model name"))?;
                Some(line.split_once(':')?.1.trim().to_owned())
            })
            .unwrap_or_else(|| "unknown".into());
        Self {
            processor,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        }
    }
}

/// `manifest.json` of a run folder.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Manifest {
    /// Versions: of Saddlepoint, of burn, of the compiler.
    pub versions: BTreeMap<String, String>,
    /// Commit of the source tree, if the program was told (by `cargo xtask`).
    pub commit: Option<String>,
    /// Profile of the run.
    pub profile: Profile,
    /// Base seed.
    pub seed: u64,
    /// Backend of the networks, if one was named: otherwise small dense networks ran natively, the others on the
    /// default backend.
    pub backend: Option<Backend>,
    /// Who executed its tasks.
    #[serde(default)]
    pub engine: Engine,
    /// Tasks at a time, if they ran on this machine.
    pub jobs: usize,
    /// The machine, if they ran there.
    pub machine: Machine,
    /// When the last run in this folder began, RFC 3339.
    pub started: String,
    /// When it ended; missing while it goes on, or if it was killed.
    pub finished: Option<String>,
    /// Its duration in seconds.
    pub seconds: Option<f64>,
    /// Seconds that the tasks of each claim took when they were last run, added up.
    pub claims: BTreeMap<String, f64>,
}

impl Manifest {
    /// The manifest of a run that begins now.
    pub fn begin(profile: Profile, seed: u64, backend: Option<Backend>, engine: Engine, jobs: usize) -> Self {
        Self {
            versions: [
                ("saddlepoint", env!("CARGO_PKG_VERSION")),
                ("burn", env!("SADDLEPOINT_BURN")),
                ("rustc", env!("SADDLEPOINT_RUSTC")),
            ]
            .map(|(name, version)| (name.to_owned(), version.to_owned()))
            .into(),
            commit: std::env::var("SADDLEPOINT_COMMIT").ok().filter(|commit| !commit.is_empty()),
            profile,
            seed,
            backend,
            engine,
            jobs,
            machine: Machine::this(),
            started: now(),
            finished: None,
            seconds: None,
            claims: BTreeMap::new(),
        }
    }

    /// The same, ended now.
    #[must_use]
    pub fn end(self, seconds: f64, claims: BTreeMap<String, f64>) -> Self {
        Self { finished: Some(now()), seconds: Some(seconds), claims, ..self }
    }

    /// Where networks ran, in words.
    pub fn networks(&self) -> String {
        match self.backend {
            Some(backend) => backend.to_string(),
            None => format!("native or {}", Backend::default()),
        }
    }

    /// Writes it into the run folder.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be written.
    pub fn write(&self, store: &Store) -> Result<(), StoreError> {
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        write_atomically(&store.path("manifest.json"), text.as_bytes())
    }

    /// Reads it from a run folder.
    ///
    /// # Errors
    /// [`StoreError`] when the folder holds no readable manifest.
    pub fn read(store: &Store) -> Result<Self, StoreError> {
        let path = store.path("manifest.json");
        let read = || Ok(serde_json::from_slice(&fs::read(&path)?)?);
        read().map_err(|source| StoreError { action: "read", path: path.clone(), source })
    }
}

/// How long each task took when it was last run, by key.
pub(crate) fn timings(store: &Store) -> HashMap<String, f64> {
    let text = fs::read_to_string(store.path("timings.jsonl")).unwrap_or_default();
    text.lines()
        .filter_map(|line| serde_json::from_str::<Timing>(line).ok())
        .map(|timing| (timing.key, timing.seconds))
        .collect()
}

fn now() -> String {
    humantime::format_rfc3339_seconds(SystemTime::now()).to_string()
}
