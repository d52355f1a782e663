//! `saddlepoint status`.

use clap::Args;
use serde_json::json;

use super::target::{Folder, existing};
use super::{Exit, Failure, print};
use crate::run::engine::{Engine, Sweep};
use crate::run::{Assessment, assess};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    folder: Folder,
    /// Print the state as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let store = arguments.folder.store();
    let (manifest, plan) = existing(&store)?;
    let assessments = assess(&plan, &store)?;
    let sweep = Sweep::read(&store).filter(|_| manifest.engine != Engine::Local);
    if arguments.json {
        let claims: Vec<_> = assessments.iter().map(Assessment::summary).collect();
        let sweep = sweep.as_ref().map(|sweep| json!({"submitted": sweep, "state": sweep.activity()}));
        print(&json!({"manifest": manifest, "sweep": sweep, "claims": claims}).to_string())?;
        return Ok(Exit::AllWell);
    }
    let state = match (&manifest.finished, manifest.seconds) {
        (Some(finished), Some(seconds)) => format!("finished {finished} after {seconds:.1} s"),
        _ => "still going on, or killed".into(),
    };
    let (folder, seed, backend) = (store.folder().display(), manifest.seed, manifest.networks());
    print(&format!("{folder}: seed {seed}, backend {backend}, started {}, {state}", manifest.started))?;
    if let Some(sweep) = sweep {
        let (engine, tasks, chunk, when) = (sweep.engine, sweep.tasks, sweep.chunk, &sweep.submitted);
        let jobs = sweep.jobs.join(", ");
        print(&format!(
            "{engine} {jobs}: {tasks} tasks in chunks of {chunk} since {when}: {}",
            sweep.activity()
        ))?;
    }
    let width = assessments.iter().map(|a| a.card.id.len()).max().unwrap_or(0);
    for a in &assessments {
        let (done, planned) = (a.done, a.planned());
        print(&format!("{:<width$}  {done:>4} of {planned:<4}  {}", a.card.id, a.judgement.verdict))?;
    }
    Ok(Exit::AllWell)
}
