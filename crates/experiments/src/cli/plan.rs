//! `saddlepoint plan`.

use clap::Args;
use serde_json::json;

use super::target::{Claims, Folder, Settings};
use super::{Exit, Failure, print};
use crate::run::{Plan, State};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    folder: Folder,
    #[command(flatten)]
    claims: Claims,
    #[command(flatten)]
    settings: Settings,
    /// Print one JSON object a task
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let Settings { seed, backend, .. } = arguments.settings;
    let (claims, store) = (arguments.claims.selection().claims()?, arguments.folder.store());
    let plan = Plan::new(claims, arguments.folder.profile, seed, backend, &store, false)?;
    for task in &plan.tasks {
        let (done, reason) = match &task.state {
            State::Done(_) => (true, "done"),
            State::Due(reason) => (false, reason.as_str()),
        };
        if arguments.json {
            let reason = (!done).then_some(reason);
            print(
                &json!({"key": task.key, "task": task.identity, "done": done, "reason": reason}).to_string(),
            )?;
        } else {
            let state = if done { "done".to_owned() } else { format!("due ({reason})") };
            print(&format!("{}  {}  {}  {state}", task.key, task.identity.claim, task.identity.task))?;
        }
    }
    eprintln!("{} tasks, {} to run", plan.tasks.len(), plan.due().count());
    Ok(Exit::AllWell)
}
