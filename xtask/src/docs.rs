//! `cargo xtask docs`: the generated pages and the API documentation.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::Path;

use clap::Args;
use xshell::Cmd;

use crate::process::{Halt, Workspace, step};

/// Write docs/claims, one page a claim, and the API documentation.
///
/// The pages come from the cards of the claims, so they are never edited by hand.
#[derive(Debug, Args)]
pub(crate) struct Docs {
    /// Write nothing into the repository; fail if a page is stale, missing or left over.
    #[arg(long)]
    check: bool,
}

impl Docs {
    pub(crate) fn run(&self, workspace: &Workspace) -> Result<(), Halt> {
        let pages = workspace.root.join("docs/claims");
        workspace.build_saddlepoint("")?;
        if self.check {
            let folder = workspace.temporary_folder()?;
            write_pages(workspace, folder.path())?;
            compare(&read_pages(&pages)?, &read_pages(folder.path())?)?;
        } else {
            write_pages(workspace, &pages)?;
        }
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

fn write_pages(workspace: &Workspace, folder: &Path) -> Result<(), Halt> {
    let arguments = ["docs".to_owned(), "--out".to_owned(), folder.display().to_string()];
    match workspace.saddlepoint("", &arguments)? {
        0 => Ok(()),
        code => Err(Halt::silently(code)),
    }
}

type Pages = BTreeMap<OsString, Vec<u8>>;

fn read_pages(folder: &Path) -> Result<Pages, Halt> {
    match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Pages::new()),
        entries => entries?
            .map(|entry| {
                let entry = entry?;
                Ok((entry.file_name(), fs::read(entry.path())?))
            })
            .collect(),
    }
}

/// Fails with the names of the pages that differ and the command that repairs them.
fn compare(present: &Pages, generated: &Pages) -> Result<(), Halt> {
    let mut stale: Vec<&OsString> = generated
        .iter()
        .filter(|(name, text)| present.get(*name) != Some(text))
        .map(|(name, _)| name)
        .collect();
    stale.extend(present.keys().filter(|name| !generated.contains_key(*name)));
    if stale.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = stale.iter().map(|name| name.to_string_lossy()).collect();
    Err(Halt::because(format!(
        "docs/claims is not what `saddlepoint docs` writes ({}); run `cargo xtask docs` and commit the result",
        names.join(", ")
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages<const N: usize>(entries: [(&str, &str); N]) -> Pages {
        entries.into_iter().map(|(name, text)| (name.into(), text.into())).collect()
    }

    #[test]
    fn changed_missing_and_left_over_pages_are_named() {
        let present = pages([("same.md", "1"), ("changed.md", "2"), ("left-over.md", "3")]);
        let generated = pages([("same.md", "1"), ("changed.md", "9"), ("missing.md", "4")]);
        let sentence = compare(&present, &generated).err().and_then(|halt| halt.sentence).unwrap_or_default();
        for name in ["changed.md", "missing.md", "left-over.md", "`cargo xtask docs`"] {
            assert!(sentence.contains(name), "{sentence}");
        }
        assert!(!sentence.contains("same.md"), "{sentence}");
        assert!(compare(&present, &present).is_ok());
    }
}
