//! What each command does when all is well.

use std::io::Read;
use std::process::Stdio;

use serde_json::Value;

use super::{FEW_TASKS, finish, program, results, smoke};

#[test]
fn list_names_every_claim() {
    let (code, out, _) = finish(program(&["list"]));
    assert_eq!(code, 0);
    assert_eq!(out.lines().count(), saddlepoint_experiments::claims::all().len());
    let (_, json, _) = finish(program(&["list", "--json", "--only", FEW_TASKS]));
    let cards: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(cards[0]["id"], FEW_TASKS);
}

#[test]
fn a_reader_that_has_had_enough_is_no_error() {
    let mut child = program(&["list", "--json"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut errors = String::new();
    child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    assert!(child.wait().unwrap().success(), "{errors}");
    assert_eq!(errors, "");
}

#[test]
fn a_run_is_planned_run_and_not_run_again() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    let planned = |out: &std::path::Path| {
        let mut plan = program(&["plan", "--profile", "smoke", "--json", "--only", FEW_TASKS, "--out"]);
        plan.arg(out);
        let (_, lines, _) = finish(plan);
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>()
    };
    let tasks = planned(out);
    assert!(tasks.iter().all(|task| task["done"] == false && task["reason"] == "new"));

    let (code, json, _) = finish(smoke(out, &["--only", FEW_TASKS, "--json"]));
    let verdicts: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(code, 0, "{json}");
    assert_eq!(verdicts["claims"][0]["judgement"]["verdict"], "reproduced");
    let first = results(out);
    assert!(planned(out).iter().all(|task| task["done"] == true));

    let (code, text, errors) = finish(smoke(out, &["--only", FEW_TASKS]));
    assert_eq!(code, 0);
    assert!(text.contains("(0 tasks run)"), "{text}");
    assert!(errors.contains("2 done, 0 to run"), "{errors}");
    assert_eq!(results(out), first);

    let (_, text, errors) = finish(smoke(out, &["--only", FEW_TASKS, "--force"]));
    assert!(text.contains("(2 tasks run)") && errors.contains("forced"), "{text}{errors}");
    assert_eq!(results(out), first, "forced tasks give the same bytes");
}

#[test]
fn status_report_and_diff_read_what_a_run_wrote() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (folder.path().join("a"), folder.path().join("b"));
    assert_eq!(finish(smoke(&a, &["--only", FEW_TASKS])).0, 0);
    assert_eq!(finish(smoke(&b, &["--only", FEW_TASKS, "--seed", "5"])).0, 0);

    let mut status = program(&["status", "--profile", "smoke", "--out"]);
    status.arg(&a);
    let (code, text, _) = finish(status);
    assert!(code == 0 && text.contains("2 of 2") && text.contains("finished"), "{text}");

    let mut report = program(&["report"]);
    report.arg(a.join("smoke"));
    let (code, path, _) = finish(report);
    assert!(code == 0 && std::path::Path::new(path.trim()).is_file(), "{path}");

    let diff = |first: &std::path::Path, second: &std::path::Path| {
        let mut diff = program(&["diff"]);
        diff.arg(first.join("smoke")).arg(second.join("smoke"));
        finish(diff)
    };
    assert_eq!(diff(&a, &a).0, 0);
    let (code, text, _) = diff(&a, &b);
    assert!(code == 1 && text.contains("only in the first run"), "{text}");
}

/// Exact arithmetic, networks of burn's and native ones, training, extreme eigenvalues, a plane of a loss surface.
const MANY_KINDS: &str = "kl-inverse,delta-rule-backprop,livni-overspecified,scale-invariance-identities,smoothness-hessian-extremes,trajectory-plane";

#[test]
fn threads_and_jobs_do_not_change_a_bit() {
    let folder = tempfile::tempdir().unwrap();
    let run = |threads: &str| {
        let out = folder.path().join(threads);
        let mut command = smoke(&out, &["--only", MANY_KINDS, "--jobs", threads]);
        command.env("RAYON_NUM_THREADS", threads);
        let (code, text, errors) = finish(command);
        assert_eq!(code, 0, "{text}{errors}");
        results(&out)
    };
    let one = run("1");
    for threads in ["2", "4"] {
        assert_eq!(run(threads), one, "{threads} threads");
    }
}
