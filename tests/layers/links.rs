//! Documents: links lead somewhere, and the page on the notes counts to fifty.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{assert_none, root};

/// README.md and everything below docs that is text.
fn documents() -> Vec<PathBuf> {
    let mut found = vec![root().join("README.md")];
    let mut folders = vec![root().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    found
}

/// The targets of links `[text](target)` that are paths.
fn targets(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split([')', '#', ' ']).next()).filter(|target| {
        !target.is_empty() && !target.contains("://") && !target.contains(['$', '{', '\\', '^', '_', ','])
    })
}

#[test]
fn every_relative_link_leads_to_a_file() {
    let broken: Vec<String> = documents()
        .iter()
        .flat_map(|document| {
            let text = fs::read_to_string(document).unwrap();
            let folder = document.parent().unwrap_or(Path::new("."));
            let lost = targets(&text).filter(|target| !folder.join(target).exists());
            lost.map(|target| format!("{}: {target}", document.display())).collect::<Vec<_>>()
        })
        .collect();
    assert_none(&broken);
}

#[test]
fn the_fifty_errors_of_the_notes_are_listed_in_order() {
    let page = fs::read_to_string(root().join("docs/what-the-notes-get-wrong.md")).unwrap();
    let numbers = page.lines().filter_map(|line| line.strip_prefix("| ")?.split(" |").next()?.parse().ok());
    assert_eq!(numbers.collect::<Vec<u32>>(), (1..=50).collect::<Vec<_>>());
}
