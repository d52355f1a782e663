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

/// Finished records; a kill may leave a file behind that was still being written under another name.
fn records(out: &Path) -> usize {
    let folder = out.join("smoke/records").join(MANY_TASKS);
    std::fs::read_dir(folder).map_or(0, |entries| {
        entries.filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|e| e == "json")).count()
    })
}

/// Starts a run and waits until it has written two more records.
fn underway(out: &Path) -> Child {
    let (before, child, begin) = (records(out), start(out), Instant::now());
    while records(out) < before + 2 && begin.elapsed() < Duration::from_mins(2) {
        sleep(Duration::from_millis(2));
    }
    child
}

/// One test, because the undisturbed run that all others are compared with takes as long as they do.
#[test]
fn a_disturbed_run_ends_with_the_bytes_of_an_undisturbed_one() {
    let folder = tempfile::tempdir().unwrap();
    let [quiet, disturbed, doubled] = ["quiet", "disturbed", "doubled"].map(|name| folder.path().join(name));
    assert_eq!(finish(smoke(&quiet, &["--only", MANY_TASKS])).0, 0);
    let expected = results(&quiet);

    // Killed, then interrupted, then told to end, each time with a few tasks more.
    let mut child = underway(&disturbed);
    child.kill().unwrap();
    child.wait().unwrap();
    for signal in ["INT", "TERM"] {
        let mut child = underway(&disturbed);
        let kill = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap();
        assert!(kill.success());
        assert_eq!(child.wait().unwrap().code(), Some(130), "{signal}");
    }
    let kept = records(&disturbed);
    assert!((6..24).contains(&kept), "{kept} records after three disturbances");
    let (code, text, errors) = finish(smoke(&disturbed, &["--only", MANY_TASKS]));
    assert_eq!(code, 0, "{errors}");
    assert!(text.contains(&format!("({} tasks run)", 24 - kept)), "finished tasks ran again: {text}");
    assert_eq!(results(&disturbed), expected);

    let mut children = [start(&doubled), start(&doubled)];
    for child in &mut children {
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
    assert_eq!(results(&doubled), expected);
}
