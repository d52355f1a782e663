//! `cargo xtask lint`: what the compiler's companions say.

use clap::Args;

use crate::process::{Halt, Workspace, step};

/// Run clippy on every target and build the API documentation, on every backend; a warning is an error.
#[derive(Debug, Args)]
pub(crate) struct Lint {}

impl Lint {
    pub(crate) fn run(workspace: &Workspace) -> Result<(), Halt> {
        let clippy = ["clippy", "--workspace", "--all-targets", "--all-features", "--", "--deny", "warnings"];
        step(workspace.cargo(&clippy))?;
        step(workspace.documentation(&["--all-features"]))
    }
}
