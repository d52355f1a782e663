//! `saddlepoint diff`.

use std::path::PathBuf;

use clap::Args;

use super::{Exit, Failure, print};
use crate::run::{Store, diff};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A run folder, such as runs/smoke
    first: PathBuf,
    /// Another run folder
    second: PathBuf,
    /// Print the differences as a JSON list
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let differences = diff(&Store::new(&arguments.first), &Store::new(&arguments.second))?;
    if arguments.json {
        print(&serde_json::to_string_pretty(&differences).unwrap_or_default())?;
    } else {
        for difference in &differences {
            print(&difference.to_string())?;
        }
        let (first, second) = (arguments.first.display(), arguments.second.display());
        match differences.len() {
            0 => print(&format!("{first} and {second} agree in every record"))?,
            1 => print("1 difference")?,
            count => print(&format!("{count} differences"))?,
        }
    }
    Ok(if differences.is_empty() { Exit::AllWell } else { Exit::SomeFailed })
}
