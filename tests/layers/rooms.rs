//! Every claim has its rooms: a claim file, a law and a page; and no room stands without a claim.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use saddlepoint_experiments::claims;

use crate::{assert_none, root, rust_files};

/// What the id of a statement that is refuted on purpose ends in; it shares the law of the statement that holds.
const NEGATIVE: &str = "-negative";

fn ids() -> impl Iterator<Item = &'static str> {
    claims::all().iter().map(|claim| claim.card().id)
}

fn stem(id: &str) -> String {
    id.replace('-', "_")
}

/// The law file of a claim: its own, its twin's, or for a negative claim without a twin any that names it.
fn has_law(laws: &Path, id: &str) -> bool {
    let own = |id: &str| laws.join(format!("{}.rs", stem(id))).is_file();
    own(id)
        || id.strip_suffix(NEGATIVE).is_some_and(|twin| {
            own(twin)
                || files(laws, "rs").iter().any(|file| {
                    fs::read_to_string(laws.join(format!("{file}.rs"))).is_ok_and(|text| text.contains(id))
                })
        })
}

/// The stems of the files in a folder that have an extension.
fn files(folder: &Path, extension: &str) -> BTreeSet<String> {
    fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("a readable entry").path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect()
}

#[test]
fn every_claim_has_its_rooms() {
    let root = root();
    let mut missing = Vec::new();
    for id in ids() {
        let claim = format!("crates/experiments/src/claims/{}.rs", stem(id));
        if !root.join(&claim).is_file() {
            missing.push(format!("{id}: no claim file {claim}"));
        }
        if !has_law(&root.join("tests/laws"), id) {
            let law = format!("no law tests/laws/{}.rs", stem(id));
            let shared = if id.ends_with(NEGATIVE) { ", and none that names the id" } else { "" };
            missing.push(format!("{id}: {law}{shared}"));
        }
        let pages = root.join("docs/claims");
        if pages.is_dir() && !pages.join(format!("{id}.md")).is_file() {
            missing.push(format!("{id}: no page docs/claims/{id}.md; `cargo xtask docs` writes it"));
        }
    }
    assert_none(&missing);
}

#[test]
fn no_room_stands_without_a_claim() {
    let root = root();
    let stems: BTreeSet<String> = ids().map(stem).collect();
    let mut orphans = Vec::new();
    for folder in ["crates/experiments/src/claims", "tests/laws"] {
        let here = files(&root.join(folder), "rs");
        orphans.extend(
            here.iter()
                .filter(|file| !["mod", "main"].contains(&file.as_str()) && !stems.contains(*file))
                .map(|file| format!("{folder}/{file}.rs belongs to no claim that claims::all() lists")),
        );
    }
    assert_none(&orphans);
}

#[test]
fn ids_are_kebab_case_and_unique() {
    let mut seen = BTreeSet::new();
    for id in ids() {
        assert!(seen.insert(id), "{id} is listed twice");
        let words = id.split('-').all(|word| {
            !word.is_empty()
                && word.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit())
        });
        assert!(words, "{id} is not in kebab-case");
    }
}

/// `f64::max` and `f64::min` drop a NaN, and what is collected with them passes a check that it should fail.
#[test]
fn no_claim_takes_an_extreme_that_drops_nan() {
    let claims = root().join("crates/experiments/src/claims");
    let broken: Vec<String> = rust_files(&claims)
        .iter()
        .filter(|file| {
            let text = fs::read_to_string(file).unwrap();
            // `f64::midpoint` and the constants `f64::MAX` and `f64::MIN` are other things.
            ["f64::max", "f64::min"].iter().any(|extreme| {
                text.match_indices(extreme)
                    .any(|(at, _)| !text[at + extreme.len()..].starts_with(char::is_alphanumeric))
            })
        })
        .map(|file| format!("{}: use verdict::maximum and verdict::minimum", file.display()))
        .collect();
    assert_none(&broken);
}
