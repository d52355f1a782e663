//! Disks, clocks and what a crash leaves behind: a sentence, and the same bytes once the fault is gone.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{FEW_TASKS, finish, program, results, smoke};

/// Some fifty short tasks.
const CLAIM: &str = "maurer-xi";

/// Runs a script with a tmpfs of its own, `$DISK`, and the program as `$PROGRAM`; none if this user may not mount. The mount
/// goes away with the process.
fn on_a_small_disk(script: &str) -> Option<(i32, String, String)> {
    let possible =
        Command::new("unshare").args(["--mount", "true"]).status().is_ok_and(|status| status.success());
    if !possible {
        println!("skipped: this user may not mount a small disk");
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new("unshare");
    let script = format!("mount -t tmpfs -o size=1m tmpfs \"$DISK\" && {{ {script}\n}}");
    command.args(["--mount", "sh", "-c", &script]).env("DISK", folder.path());
    Some(finish({
        command.env("PROGRAM", env!("CARGO_BIN_EXE_saddlepoint-under-test"));
        command
    }))
}

fn undisturbed(claim: &str) -> (tempfile::TempDir, [String; 3]) {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(finish(smoke(folder.path(), &["--only", claim])).0, 0);
    let expected = results(folder.path());
    (folder, expected)
}

#[test]
fn a_disk_that_fills_up_in_the_middle_of_a_run_costs_what_was_not_written() {
    let (quiet, _) = undisturbed(CLAIM);
    let script = format!(
        "head -c 900k /dev/zero > $DISK/ballast
         $PROGRAM run --profile smoke --only {CLAIM} --out $DISK; code=$?
         find $DISK/smoke -name '*.json' -path '*records*' | wc -l; find $DISK -name '.writing-*'
         rm $DISK/ballast
         $PROGRAM run --profile smoke --only {CLAIM} --out $DISK || exit 99
         for file in records.jsonl summary.csv verdicts.json; do
             cmp $DISK/smoke/$file {}/smoke/$file || exit 98; done
         exit $code",
        quiet.path().display()
    );
    let Some((code, text, errors)) = on_a_small_disk(&script) else { return };
    assert_eq!(code, 3, "{text}{errors}");
    assert!(errors.contains("No space left on device") && errors.contains("cannot write"), "{errors}");
    let kept: usize = text.lines().next().unwrap().parse().unwrap();
    assert!((1..53).contains(&kept) && !text.contains(".writing-"), "{text}");
    assert!(text.contains(&format!("({} tasks run)", 53 - kept)), "{kept} records were kept: {text}");
}

#[test]
fn a_folder_that_became_read_only_is_read_and_nothing_else() {
    let script = format!(
        "$PROGRAM run --profile smoke --only {FEW_TASKS} --out $DISK --quiet || exit 99
         mount -o remount,ro $DISK || exit 98
         $PROGRAM status --profile smoke --out $DISK || exit 97
         $PROGRAM run --profile smoke --only {CLAIM} --out $DISK"
    );
    let Some((code, text, errors)) = on_a_small_disk(&script) else { return };
    assert_eq!(code, 3, "{text}{errors}");
    assert!(text.contains("2 of 2") && errors.contains("Read-only file system"), "{text}{errors}");
}

#[test]
fn a_record_that_cannot_be_read_or_written_is_named() {
    let (folder, _) = undisturbed(FEW_TASKS);
    let records = folder.path().join("smoke/records").join(FEW_TASKS);
    let record: PathBuf = fs::read_dir(&records).unwrap().next().unwrap().unwrap().path();
    fs::remove_file(&record).unwrap();
    fs::create_dir(&record).unwrap();
    let (code, _, errors) = finish(smoke(folder.path(), &["--only", FEW_TASKS]));
    assert!(code == 3 && errors.contains(record.to_str().unwrap()), "{errors}");
    // The place of the whole claim is taken by a file.
    fs::remove_dir_all(&records).unwrap();
    fs::write(&records, "a file").unwrap();
    let (code, _, errors) = finish(smoke(folder.path(), &["--only", FEW_TASKS]));
    assert!(code == 3 && errors.contains(records.to_str().unwrap()), "{errors}");
}

/// The program under a clock that is off by so much.
fn at(shift: &str, library: &Path, mut command: Command) -> Command {
    command.env("LD_PRELOAD", library).env("FAKETIME", shift).env("DONT_FAKE_MONOTONIC", "1");
    command
}

#[test]
fn a_clock_that_goes_backwards_changes_nothing() {
    let library = ["x86_64-linux-gnu", "aarch64-linux-gnu"]
        .map(|machine| PathBuf::from(format!("/usr/lib/{machine}/faketime/libfaketime.so.1")))
        .into_iter()
        .find(|path| path.is_file());
    let Some(library) = library else {
        println!("skipped: there is no libfaketime (Debian: apt install faketime)");
        return;
    };
    let (_quiet, expected) = undisturbed(CLAIM);
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    let two = format!("{FEW_TASKS},{CLAIM}");
    assert_eq!(finish(at("+10y", &library, smoke(out, &["--only", FEW_TASKS]))).0, 0);
    let manifest = fs::read_to_string(out.join("smoke/manifest.json")).unwrap();
    assert!(!manifest.contains("\"started\": \"2026"), "the clock was not changed: {manifest}");
    let (code, text, errors) = finish(at("-10y", &library, smoke(out, &["--only", &two])));
    assert!(code == 0 && text.contains("(53 tasks run)"), "{text}{errors}");
    let mut status = program(&["status", "--profile", "smoke", "--out"]);
    status.arg(out);
    let (code, text, _) = finish(at("+3y", &library, status));
    assert!(code == 0 && text.contains("53 of 53"), "{text}");
    assert_eq!(finish(smoke(out, &["--only", CLAIM])).0, 0);
    assert_eq!(results(out), expected);
}

#[test]
fn nothing_that_a_crash_leaves_needs_hands() {
    let (folder, expected) = undisturbed(CLAIM);
    let run = folder.path().join("smoke");
    let records = run.join("records").join(CLAIM);
    // A record that was lost with the power, one that was being written, a list of tasks without an end, a sweep whose
    // queue is gone, a manifest of a run that never ended, and the lock of a program that locks.
    let lost = fs::read_dir(&records).unwrap().next().unwrap().unwrap().path();
    fs::write(&lost, "").unwrap();
    fs::write(records.join(".writing-Ab12"), "half").unwrap();
    fs::write(run.join("tasks.jsonl"), "{\"key\":\"12").unwrap();
    fs::create_dir_all(run.join("sweep")).unwrap();
    let sweep = "{\"engine\":\"slurm\",\"name\":\"saddlepoint-smoke-12\",\"jobs\":[\"12\"],\"tasks\":3,\"chunk\":1,\"array\":9,\
                 \"submitted\":\"2026-01-01T00:00:00Z\"}";
    fs::write(run.join("sweep/sweep.json"), sweep).unwrap();
    let manifest = fs::read_to_string(run.join("manifest.json")).unwrap();
    fs::write(run.join("manifest.json"), manifest.replace("\"finished\"", "\"was_finished\"")).unwrap();
    fs::write(run.join(".lock"), "1234").unwrap();

    let mut status = program(&["status", "--profile", "smoke", "--out"]);
    status.arg(folder.path());
    let (code, text, errors) = finish(status);
    assert!(code == 0 && text.contains("52 of 53") && text.contains("killed"), "{text}{errors}");
    let (code, text, errors) = finish(smoke(folder.path(), &["--only", CLAIM]));
    assert!(code == 0 && text.contains("(1 tasks run)"), "{text}{errors}");
    assert_eq!(results(folder.path()), expected);
}
