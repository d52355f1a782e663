//! The program as a person uses it: commands, exit codes, bad input, interruptions.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod bad_input;
mod commands;
mod engines;
mod faults;
mod interruptions;
mod kills;
mod network;

use std::path::Path;
use std::process::{Command, Output};

/// A claim whose smoke profile has two dozen short tasks.
const MANY_TASKS: &str = "livni-overspecified";
/// One with two tasks.
const FEW_TASKS: &str = "fgsm-linear";

/// The program with these arguments, and with nothing of this process's settings.
fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_saddlepoint-under-test"));
    command.args(arguments).env_remove("SADDLEPOINT_DATA");
    command
}

/// `run --profile smoke --out FOLDER`, and more.
fn smoke(out: &Path, more: &[&str]) -> Command {
    let mut command = program(&["run", "--profile", "smoke", "--out"]);
    command.arg(out).args(more);
    command
}

fn finish(mut command: Command) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (status.code().unwrap(), text(&stdout), text(&stderr))
}

/// Everything of a run that must be the same when it is repeated.
fn results(out: &Path) -> [String; 3] {
    ["records.jsonl", "summary.csv", "verdicts.json"]
        .map(|name| std::fs::read_to_string(out.join("smoke").join(name)).unwrap())
}
