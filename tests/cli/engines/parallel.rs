//! GNU parallel: the same plan in processes of its own.

use std::process::Command;

use super::{Bench, finish, records, results, spawn, until};

fn available() -> bool {
    let found = Command::new("parallel").arg("--version").output().is_ok_and(|output| output.status.success());
    let required = std::env::var_os("SADDLEPOINT_REQUIRE_SLURM").is_some();
    assert!(found || !required, "SADDLEPOINT_REQUIRE_SLURM is set, but there is no GNU `parallel`");
    if !found {
        println!("skipped: there is no GNU `parallel` (Debian: apt install parallel)");
    }
    found
}

#[test]
fn processes_give_the_bytes_of_a_local_run_and_only_what_was_lost_runs_again() {
    if !available() {
        return;
    }
    let bench = Bench::new();
    let crash = bench.once(1, "kill -s SEGV $$");
    let options = format!("chunk = 5\nsetup = ['''{crash}''']\n[parallel]\njobs = 2\n");
    let (code, text, errors) = finish(bench.sweep("parallel", &options));
    assert_eq!(code, 3, "{text}{errors}");
    assert!(text.contains("5 of 24 tasks failed") && errors.contains("signal 11"), "{text}{errors}");
    let (code, text, errors) = finish(bench.sweep("parallel", &options));
    assert!(code == 0 && text.contains("(5 tasks run)"), "{text}{errors}");
    assert_eq!(results(&bench.out()), bench.expected);
    let (_, text, _) = finish(bench.status());
    assert!(text.contains("parallel") && text.contains("24 of 24"), "{text}");
}

#[test]
fn an_interruption_ends_the_workers_and_loses_nothing() {
    if !available() {
        return;
    }
    let bench = Bench::new();
    let sweep = || bench.sweep("parallel", "chunk = 2\nsetup = [\"sleep 0.3\"]\n[parallel]\njobs = 2\n");
    let mut child = spawn(sweep(), &bench.out());
    until("records arrive", || records(&bench.out()) >= 4);
    let kill = Command::new("kill").args(["-s", "TERM", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let kept = records(&bench.out());
    std::thread::sleep(std::time::Duration::from_secs(1));
    assert!(kept < 24 && records(&bench.out()) == kept, "workers went on");
    let (code, text, errors) = finish(sweep());
    assert!(code == 0 && text.contains(&format!("({} tasks run)", 24 - kept)), "{text}{errors}");
    assert_eq!(results(&bench.out()), bench.expected);
}
