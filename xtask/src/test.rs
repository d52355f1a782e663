//! `cargo xtask test`: the test command of the README.

use clap::Args;

use crate::process::{Halt, Workspace, step};

/// Run every test, those of the command line and the examples in the docs included.
///
/// Uses cargo-nextest where it is installed, cargo test otherwise. Tests that need a graphics adapter, a
/// browser or Slurm say so when they are skipped; with SADDLEPOINT_REQUIRE_WGPU=1, SADDLEPOINT_REQUIRE_CHROMIUM=1 and
/// SADDLEPOINT_REQUIRE_SLURM=1, as in CI, a skipped test is a failed one.
#[derive(Debug, Default, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Test {
    /// Only the default backend.
    #[arg(long)]
    fast: bool,

    /// Handed on to the test runner: a word that test names must contain, or its own flags.
    #[arg(value_name = "FILTER", trailing_var_arg = true, allow_hyphen_values = true)]
    filter: Vec<String>,
}

const EXAMPLES: &str = "\
Examples:
  cargo xtask test                everything, on every backend
  cargo xtask test --fast         only the default backend: no graphics driver is compiled
  cargo xtask test kl_inverse     the tests whose names contain a word";

/// Every backend, named where the tests depend on them, so that all packages of the build share them.
const EVERY_BACKEND: &str = "saddlepoint-tests/flex,saddlepoint-tests/ndarray,saddlepoint-tests/wgpu";

impl Test {
    pub(crate) fn run(&self, workspace: &Workspace) -> Result<(), Halt> {
        let mut selection = vec!["--workspace"];
        if !self.fast {
            selection.extend(["--features", EVERY_BACKEND]);
        }
        let runner: &[&str] = if workspace.has_subcommand("nextest") {
            &["nextest", "run"]
        } else {
            &["test", "--no-fail-fast", "--lib", "--bins", "--tests", "--examples"]
        };
        step(workspace.cargo(&[runner, &selection].concat()).args(&self.filter))?;
        // Examples in the docs have no names that one would filter by.
        if self.filter.is_empty() {
            step(workspace.cargo(&[&["test", "--doc"], selection.as_slice()].concat()))?;
        }
        Ok(())
    }
}
