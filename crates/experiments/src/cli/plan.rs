//! `saddlepoint plan`.

use clap::Args;
use serde_json::json;

use super::target::Tasks;
use super::{Exit, Failure, print};
use crate::run::State;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    tasks: Tasks,
    /// Print one JSON object a task
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let plan = arguments.tasks.plan(&arguments.tasks.folder.store(), false)?;
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
