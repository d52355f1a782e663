//! `saddlepoint worker` and `tasks.jsonl`: the contract that every engine keeps.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Bench, CLAIM, TASKS, finish, program, records, results, smoke};

/// Writes the tasks that are due and returns the file.
fn planned(out: &Path) -> PathBuf {
    let mut plan = program(&["plan", "--write", "--profile", "smoke", "--only", CLAIM, "--out"]);
    plan.arg(out);
    assert_eq!(finish(plan).0, 0);
    out.join("smoke/tasks.jsonl")
}

fn worker(tasks: &Path, index: usize, chunk: usize) -> Command {
    let mut command =
        program(&["worker", "--index", &index.to_string(), "--chunk", &chunk.to_string(), "--tasks"]);
    command.arg(tasks);
    command
}

#[test]
fn workers_write_the_bytes_of_a_run_in_any_order_and_again() {
    let bench = Bench::new();
    let tasks = planned(&bench.out());
    assert_eq!(fs::read_to_string(&tasks).unwrap().lines().count(), TASKS);
    for index in [3, 0, 3] {
        assert_eq!(finish(worker(&tasks, index, 7)).0, 0);
    }
    assert_eq!(records(&bench.out()), 7 + 3);
    // Two at once share the rest; a third takes what both have.
    let mut both = [1, 2].map(|index| worker(&tasks, index, 7).spawn().unwrap());
    for child in &mut both {
        assert!(child.wait().unwrap().success());
    }
    let (code, _, errors) = finish(worker(&tasks, 0, TASKS));
    assert!(code == 0 && errors.contains("24 done, 0 to run"), "{errors}");
    // The collector runs nothing.
    let (code, text, _) = finish(smoke(&bench.out(), &["--only", CLAIM]));
    assert!(code == 0 && text.contains("(0 tasks run)"), "{text}");
    assert_eq!(results(&bench.out()), bench.expected);
}

#[test]
fn a_worker_believes_no_line_that_this_program_would_not_write() {
    let bench = Bench::new();
    let tasks = planned(&bench.out());
    let text = fs::read_to_string(&tasks).unwrap();
    let (first, rest) = text.split_once('\n').unwrap();
    for (damaged, hint) in [
        ("not json".to_owned(), "line 1"),
        (String::new(), "line 1"),
        (first[..first.len() / 2].to_owned(), "line 1"),
        (first.replacen("\"version\":", "\"version\":1", 1), "was changed"),
        (first.replace(CLAIM, "no-such-claim"), "no-such-claim"),
        (first.replace(CLAIM, "../../etc"), "etc"),
    ] {
        fs::write(&tasks, format!("{damaged}\n{rest}")).unwrap();
        let (code, _, errors) = finish(worker(&tasks, 0, 2));
        assert!(code == 3 && errors.contains(hint), "{damaged}: {errors}");
    }
    assert_eq!(records(&bench.out()), 0);
}

#[test]
fn a_chunk_beyond_the_end_is_wrong_usage() {
    let bench = Bench::new();
    let tasks = planned(&bench.out());
    for (index, chunk) in [(TASKS, 1), (1, TASKS), (usize::MAX, 4_000_000_000)] {
        let (code, _, errors) = finish(worker(&tasks, index, chunk));
        assert!(code == 2 && errors.contains("holds 24 tasks"), "{errors}");
    }
    let (code, _, errors) = finish(worker(Path::new("/nowhere/tasks.jsonl"), 0, 1));
    assert!(code == 3 && errors.contains("/nowhere/tasks.jsonl"), "{errors}");
}
