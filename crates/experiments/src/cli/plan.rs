//! `saddlepoint plan`.

use clap::Args;
use serde_json::json;

use super::target::Tasks;
use super::{Exit, Failure, print};
use crate::run::State;
use crate::run::engine::write_tasks;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    tasks: Tasks,
    /// Print one JSON object a task
    #[arg(long)]
    json: bool,
    /// Write the tasks that are to run into tasks.jsonl of the run folder, for `saddlepoint worker` on any machine that
    /// sees it; `saddlepoint run` with the same flags then judges what is there and runs the rest
    #[arg(long)]
    write: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let store = arguments.tasks.folder.store();
    let plan = arguments.tasks.plan(&store, false)?;
    if arguments.write {
        write_tasks(plan.due(), arguments.tasks.settings.backend, &store)?;
    }
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
