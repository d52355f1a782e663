//! `cargo xtask bench`: what things cost.

use std::fs;
use std::io;
use std::path::Path;
use std::time::SystemTime;

use clap::Args;
use serde_json::{Value, json};

use crate::process::{Halt, Workspace, step};

/// Run the benchmarks.
///
/// Numbers that the repository quotes, with the machine they were measured on, are in docs/performance.md.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Bench {
    /// Print the results as one JSON list on standard output: criterion's in nanoseconds, those of `works`, which compares
    /// with the Python tools, in milliseconds beside their floor. Everything else goes to standard error.
    #[arg(long)]
    json: bool,

    /// A word that the names of the benchmarks must contain.
    filter: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  cargo xtask bench               all of them
  cargo xtask bench lanczos       those whose names contain a word
  cargo xtask bench --json        and print name, mean and standard error of each";

impl Bench {
    pub(crate) fn run(&self, workspace: &Workspace) -> Result<(), Halt> {
        let started = SystemTime::now();
        let folder = workspace.target_folder()?.join("criterion");
        let bench =
            workspace.cargo(&["bench", "--workspace"]).args(&self.filter).env("CRITERION_HOME", &folder);
        if !self.json {
            return step(bench);
        }
        let printed = bench.quiet().read()?;
        eprint!("{printed}");
        // Benchmarks that do not use criterion print their results themselves, one object a line.
        let own = printed.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let mut estimates: Vec<Value> = own.filter(|value| value["name"].is_string()).collect();
        collect(&folder, started, &mut estimates)?;
        estimates.sort_by_key(|estimate| estimate["name"].to_string());
        println!("{:#}", Value::from(estimates));
        Ok(())
    }
}

/// Gathers the estimates that criterion wrote since `started`: older ones are of benchmarks that did not run now.
fn collect(folder: &Path, started: SystemTime, estimates: &mut Vec<Value>) -> Result<(), Halt> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        if path.ends_with("new") {
            if fs::metadata(path.join("estimates.json"))?.modified()? >= started {
                estimates.push(estimate(&path)?);
            }
        } else if path.is_dir() {
            collect(&path, started, estimates)?;
        }
    }
    Ok(())
}

fn estimate(folder: &Path) -> Result<Value, Halt> {
    let benchmark = read(&folder.join("benchmark.json"))?;
    let mean = &read(&folder.join("estimates.json"))?["mean"];
    Ok(json!({
        "name": benchmark["full_id"],
        "mean_ns": mean["point_estimate"],
        "stderr": mean["standard_error"],
    }))
}

fn read(path: &Path) -> Result<Value, Halt> {
    serde_json::from_slice(&fs::read(path)?)
        .map_err(|error| Halt::because(format!("{} is not what criterion writes: {error}", path.display())))
}
