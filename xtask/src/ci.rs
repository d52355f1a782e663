//! `cargo xtask ci`: every check, cheapest first.

use clap::Args;

use crate::lint::Lint;
use crate::process::{Halt, Workspace, step};
use crate::reproduce::Reproduce;
use crate::test::Test;

/// Run every check, cheapest first: format, dependencies, lints, docs, tests, and all claims at the smoke profile.
///
/// The first failure ends it. Dependencies are checked by cargo-deny where it is installed (`cargo install cargo-deny
/// --locked`): licences, sources and double versions by deny.toml, and known holes, if their list can be fetched.
#[derive(Debug, Args)]
pub(crate) struct Ci {}

impl Ci {
    pub(crate) fn run(workspace: &Workspace) -> Result<(), Halt> {
        step(workspace.cargo(&["fmt", "--all", "--check"]))?;
        dependencies(workspace)?;
        Lint::run(workspace)?;
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

/// What other people's packages bring along.
fn dependencies(workspace: &Workspace) -> Result<(), Halt> {
    if !workspace.has_subcommand("deny") {
        eprintln!("dependencies are not checked: there is no cargo-deny (`cargo install cargo-deny --locked`)");
        return Ok(());
    }
    let check = ["deny", "--offline", "check", "--hide-inclusion-graph"];
    step(workspace.cargo(&[&check[..], &["bans", "licenses", "sources"]].concat()))?;
    let fetch = workspace.cargo(&["deny", "fetch", "db"]).quiet().ignore_stdout().ignore_stderr();
    if fetch.run().is_err() {
        eprintln!("known holes are not checked: their list cannot be fetched");
        return Ok(());
    }
    step(workspace.cargo(&[&check[..], &["advisories"]].concat()))
}
