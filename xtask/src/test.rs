//! `cargo xtask test`: the test command of the README.

use std::num::NonZeroU32;

use clap::Args;
use xshell::Cmd;

use crate::process::{Halt, Workspace, step};

/// Run every test, those of the command line and the examples in the docs included.
///
/// Uses cargo-nextest where it is installed, cargo test otherwise. Tests that need a graphics adapter, a
/// browser or Slurm say so when they are skipped; with SADDLEPOINT_REQUIRE_WGPU=1, SADDLEPOINT_REQUIRE_CHROMIUM=1 and
/// SADDLEPOINT_REQUIRE_SLURM=1, as in CI, a skipped test is a failed one.
///
/// Properties are tried on cases that a seed draws: the same ones each time, so that what fails here fails everywhere. To
/// look for a case that falsifies one, draw others, and more of them; name it, for some properties are of whole trainings.
#[derive(Debug, Default, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Test {
    /// Only the default backend.
    #[arg(long)]
    fast: bool,

    /// The seed of the cases that properties are tried on
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,

    /// How many cases each property is tried on; as many as it says itself, or 256, if not given
    #[arg(long, value_name = "N")]
    cases: Option<NonZeroU32>,

    /// Handed on to the test runner: a word that test names must contain, or its own flags.
    #[arg(value_name = "FILTER", trailing_var_arg = true, allow_hyphen_values = true)]
    filter: Vec<String>,
}

const EXAMPLES: &str = "\
Examples:
  cargo xtask test                everything, on every backend
  cargo xtask test --fast         only the default backend: no graphics driver is compiled
  cargo xtask test kl_inverse     the tests whose names contain a word
  cargo xtask test --seed 7 --cases 100000 kl_inverse
                                  the same, on other and many more cases";

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
        step(self.draw(workspace.cargo(&[runner, &selection].concat())).args(&self.filter))?;
        // Examples in the docs have no names that one would filter by.
        if self.filter.is_empty() {
            step(workspace.cargo(&[&["test", "--doc"], selection.as_slice()].concat()))?;
        }
        Ok(())
    }

    /// Says which cases are drawn.
    fn draw<'a>(&self, tests: Cmd<'a>) -> Cmd<'a> {
        let tests = tests.env("PROPTEST_RNG_SEED", self.seed.to_string());
        match self.cases {
            // Some properties draw again where a hypothesis fails; of 256 cases proptest grants them 1,024 draws.
            Some(cases) => tests
                .env("PROPTEST_CASES", cases.to_string())
                .env("PROPTEST_MAX_GLOBAL_REJECTS", cases.get().saturating_mul(16).max(1024).to_string()),
            None => tests,
        }
    }
}
