//! The corpus of `fuzz/`, and mutations of it, on the stable compiler: readers answer or refuse, and never panic.
//!
//! `SADDLEPOINT_FUZZ=100000 cargo xtask test fuzzing` makes as many mutations for each target; 2,000 if not given.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use saddlepoint_models::random::Stream;
use saddlepoint_tests::fuzzing::{TARGETS, theorems_not_built};

fn corpus(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target)
}

/// Texts that parsers look for, numbers at the ends of their ranges.
const WORDS: [&[u8]; 12] = [
    b"NaN",
    b"inf",
    b"-0",
    b"1e999",
    b"\n",
    b",",
    b"\"",
    b"{",
    b"\0\0\0\0",
    b"\xff\xff\xff\xff",
    b"\x7f\xf0\0\0\0\0\0\0",
    b"9007199254740993",
];

/// The bytes with a few changes: flipped, replaced, inserted, removed, cut, doubled, or joined with others.
fn mutated(bytes: &[u8], other: &[u8], stream: &mut Stream) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=stream.index(4) {
        let at = stream.index(bytes.len() + 1);
        let end = (at + stream.index(16)).min(bytes.len());
        match stream.index(8) {
            0 if at < bytes.len() => bytes[at] ^= 1 << stream.index(8),
            1 if at < bytes.len() => bytes[at] = stream.index(256) as u8,
            2 => drop(bytes.splice(at..at, WORDS[stream.index(WORDS.len())].iter().copied())),
            3 => drop(bytes.drain(at..end)),
            4 => bytes.truncate(at),
            5 => {
                let piece = bytes[at..end].to_vec();
                drop(bytes.splice(at..at, piece));
            }
            6 => drop(bytes.splice(at.., other.iter().copied().skip(at))),
            _ => bytes[at..end].fill([0, 0xff, 0x7f, b'9'][stream.index(4)]),
        }
    }
    bytes
}

#[test]
fn every_reader_answers_or_refuses() {
    let count: usize = std::env::var("SADDLEPOINT_FUZZ").map_or(2000, |text| text.parse().unwrap());
    for (number, (name, target)) in (0u64..).zip(TARGETS) {
        let mut seeds: Vec<PathBuf> =
            fs::read_dir(corpus(name)).unwrap().map(|entry| entry.unwrap().path()).collect();
        seeds.sort();
        let seeds: Vec<Vec<u8>> = seeds.iter().map(|path| fs::read(path).unwrap()).collect();
        assert!(seeds.len() >= 3, "{name} has no corpus");
        let mut stream = Stream::new(20_261_121 + number);
        let mutations = (0..count).map(|_| {
            let (one, other) = (stream.index(seeds.len()), stream.index(seeds.len()));
            mutated(&seeds[one], &seeds[other], &mut stream)
        });
        for bytes in seeds.iter().cloned().chain(mutations) {
            // What is found belongs into the corpus.
            let found = || {
                let path = std::env::temp_dir().join(format!("saddlepoint-fuzz-{name}"));
                fs::write(&path, &bytes).unwrap();
                path
            };
            let outcome = catch_unwind(AssertUnwindSafe(|| target(&bytes)));
            assert!(outcome.is_ok(), "{name} panics on {}", found().display());
        }
        println!("{name}: {} seeds, {count} mutations", seeds.len());
    }
}

/// The corpus reaches what lies behind the first check: each reader takes some of it.
#[test]
fn the_corpus_holds_what_is_read_and_what_is_not() {
    for (name, _) in TARGETS {
        let names: Vec<String> = fs::read_dir(corpus(name))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        for kind in ["good", "bad"] {
            assert!(names.iter().any(|name| name.starts_with(kind)), "{name}: no {kind} seed");
        }
    }
}

/// The corpus of the theorems gets past their hypotheses: of almost every one there is a case that can be built.
#[test]
fn the_corpus_builds_the_theorems() {
    let files: Vec<Vec<u8>> = fs::read_dir(corpus("theorems"))
        .unwrap()
        .map(|entry| fs::read(entry.unwrap().path()).unwrap())
        .collect();
    let missing = theorems_not_built(files.iter().map(Vec::as_slice));
    // Hypotheses that no small random case has met: Arora's, a point that is certified on a random chart …
    assert!(missing.len() <= 6, "{missing:?}");
}
