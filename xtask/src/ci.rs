//! `cargo xtask ci`: every check, cheapest first.

use clap::Args;

use crate::process::{Halt, Workspace, step};
use crate::reproduce::Reproduce;
use crate::test::Test;

/// Run every check, cheapest first: format, lints, docs, tests, and all claims at the smoke profile.
///
/// The first failure ends it.
#[derive(Debug, Args)]
pub(crate) struct Ci {}

impl Ci {
    pub(crate) fn run(workspace: &Workspace) -> Result<(), Halt> {
        step(workspace.cargo(&["fmt", "--all", "--check"]))?;
        let lint = ["clippy", "--workspace", "--all-targets", "--all-features", "--", "--deny", "warnings"];
        step(workspace.cargo(&lint))?;
        step(workspace.documentation(&["--all-features"]))?;
        Test::default().run(workspace)?;
        let folder = workspace.temporary_folder()?;
        Reproduce::with_flags([
            "--profile".into(),
            "smoke".into(),
            "--out".into(),
            folder.path().display().to_string(),
        ])
        .run(workspace)
    }
}
