//! `saddlepoint report`.

use std::path::PathBuf;

use clap::Args;

use super::target::{Folder, existing};
use super::{Exit, Failure, print};
use crate::report::{self, ClaimPage, RunSummary};
use crate::run::{Manifest, Store, assess, timings};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A run folder; if not given, the one that --out and --profile name
    run: Option<PathBuf>,
    #[command(flatten)]
    folder: Folder,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let store = arguments.run.as_ref().map_or_else(|| arguments.folder.store(), Store::new);
    let (manifest, plan) = existing(&store)?;
    let times = timings(&store);
    let claims = assess(&plan, &store)?
        .into_iter()
        .map(|a| ClaimPage {
            tasks_planned: a.planned(),
            tasks_done: a.done,
            seconds: a.seconds(&times),
            card: a.card,
            judgement: a.judgement,
            figures: a.figures,
            parameters: a.parameters,
            failures: a.failures,
        })
        .collect();
    let index = report::write(&summary(&store, manifest, claims), &store.path("report"))?;
    print(&index.display().to_string())?;
    Ok(Exit::AllWell)
}

fn summary(store: &Store, manifest: Manifest, claims: Vec<ClaimPage>) -> RunSummary {
    let machine = &manifest.machine;
    let version = |name: &str| manifest.versions.get(name).cloned().unwrap_or_else(|| "unknown".into());
    let versions = [
        ("Saddlepoint", version("saddlepoint")),
        ("burn", version("burn")),
        ("Compiler", version("rustc")),
        ("Commit", manifest.commit.clone().unwrap_or_else(|| "unknown".into())),
        ("Engine", manifest.engine.to_string()),
        ("Processor", machine.processor.clone()),
        ("Hardware threads", machine.threads.to_string()),
        ("System", machine.system.clone()),
        ("Tasks at a time", manifest.jobs.to_string()),
    ];
    RunSummary {
        name: store.folder().file_name().unwrap_or_default().to_string_lossy().into_owned(),
        profile: manifest.profile,
        seed: manifest.seed,
        backend: manifest.networks(),
        started: Some(manifest.started),
        finished: manifest.finished,
        seconds: manifest.seconds,
        versions: versions.map(|(label, value)| (label.to_owned(), value)).to_vec(),
        claims,
    }
}
