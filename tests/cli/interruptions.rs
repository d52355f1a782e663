//! Runs that are killed, interrupted or doubled end with the bytes of an undisturbed run.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::{MANY_TASKS, finish, results, smoke};

fn start(out: &Path) -> Child {
    let mut command = smoke(out, &["--only", MANY_TASKS]);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn records(out: &Path) -> usize {
    std::fs::read_dir(out.join("smoke/records").join(MANY_TASKS)).map_or(0, Iterator::count)
}

/// Waits until a run has written a record or two, but not all of them.
fn underway(out: &Path) {
    let start = Instant::now();
    while records(out) < 2 && start.elapsed() < Duration::from_secs(60) {
        sleep(Duration::from_millis(2));
    }
}

fn undisturbed() -> [String; 3] {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(finish(smoke(folder.path(), &["--only", MANY_TASKS])).0, 0);
    results(folder.path())
}

#[test]
fn a_killed_run_resumes_and_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = start(folder.path());
    underway(folder.path());
    child.kill().unwrap();
    child.wait().unwrap();
    let kept = records(folder.path());
    assert!(kept >= 2);
    let (code, text, errors) = finish(smoke(folder.path(), &["--only", MANY_TASKS]));
    assert_eq!(code, 0);
    assert!(!text.contains("(24 tasks run)"), "finished tasks ran again: {text}{errors}");
    assert_eq!(results(folder.path()), undisturbed());
}

#[test]
fn an_interrupted_run_says_so_and_goes_on_later() {
    let folder = tempfile::tempdir().unwrap();
    for signal in ["INT", "TERM"] {
        let mut child = start(folder.path());
        underway(folder.path());
        let kill = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap();
        assert!(kill.success());
        let code = child.wait().unwrap().code();
        // The second run may be over before the signal reaches it.
        assert!(code == Some(130) || (signal == "TERM" && code == Some(0)), "{signal}: {code:?}");
    }
    assert_eq!(finish(smoke(folder.path(), &["--only", MANY_TASKS])).0, 0);
    assert_eq!(results(folder.path()), undisturbed());
}

#[test]
fn two_runs_in_one_folder_do_not_harm_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let mut children = [start(folder.path()), start(folder.path())];
    for child in &mut children {
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
    assert_eq!(results(folder.path()), undisturbed());
}
