//! `cargo xtask docs`: the generated pages and the API documentation.

use clap::Args;
use xshell::Cmd;

use crate::process::{Halt, Workspace, step};

/// Write docs/claims, one page a claim, and the API documentation.
///
/// The pages show the cards of the claims and what the run in runs/quick measured, so `cargo xtask reproduce` comes
/// first. They are never edited by hand.
#[derive(Debug, Args)]
pub(crate) struct Docs {
    /// Write no page; fail if one is missing or its claim has changed since it was written.
    #[arg(long)]
    check: bool,
}

impl Docs {
    pub(crate) fn run(&self, workspace: &Workspace) -> Result<(), Halt> {
        workspace.build_saddlepoint("")?;
        let in_root = |path| workspace.root.join(path).display().to_string();
        let mut arguments = vec!["docs".to_owned(), "--out".to_owned(), in_root("docs/claims")];
        if self.check {
            arguments.push("--check".into());
        } else {
            arguments.extend(["--run".into(), in_root("runs/quick")]);
        }
        workspace.saddlepoint("", &arguments)?;
        step(workspace.documentation(&[]))
    }
}

impl Workspace {
    /// `cargo doc` of our own packages, with every warning an error.
    pub(crate) fn documentation<'a>(&'a self, flags: &[&str]) -> Cmd<'a> {
        self.cargo(&[&["doc", "--workspace", "--no-deps"], flags].concat())
            .env("RUSTDOCFLAGS", "--deny warnings")
    }
}
