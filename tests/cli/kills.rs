//! A hundred kills at any moment, and not a bit is lost or wrong.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Instant;

use super::{finish, results, smoke};

const KILLS: usize = 100;

/// Some 150 tasks of less than a millisecond, so that most kills hit the writing of something.
const CLAIMS: &str = "golowich-bound,maurer-xi,path-norm,serra-upper-bound,zaslavsky-one-layer";

/// Where a seeded sequence says, between 0 and 1: the moments of the kills are the same each time, as far as time is.
struct Moments(u64);

impl Moments {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Starts a program a hundred times and kills it each time. Whenever it has come to its end before that, what it left is
/// checked and it begins anew in another folder. Returns how often that was.
fn survive(folder: &Path, command: impl Fn(&Path) -> Command, check: impl Fn(&Path)) -> usize {
    let run = |out: &Path| -> Child {
        let mut command = command(out);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let begin = Instant::now();
    assert!(run(&folder.join("undisturbed")).wait().unwrap().success());
    let whole = begin.elapsed();
    check(&folder.join("undisturbed"));
    let (mut moments, mut ended, mut kills) = (Moments(20_261_121), 0, 0);
    while kills < KILLS {
        let out = folder.join(ended.to_string());
        let mut child = run(&out);
        sleep(whole.mul_f64(moments.next()));
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{status} in {}", out.display());
            check(&out);
            ended += 1;
        } else {
            child.kill().unwrap();
            child.wait().unwrap();
            kills += 1;
        }
    }
    let last = folder.join(ended.to_string());
    assert!(run(&last).wait().unwrap().success());
    check(&last);
    ended
}

/// The files of a folder below it, in the order of their paths, without those that a kill left half written.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inner) = folders.pop() {
        for path in fs::read_dir(inner).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if !path.file_name().unwrap().to_str().unwrap().starts_with(".writing-") {
                found.push((path.strip_prefix(folder).unwrap().to_owned(), fs::read(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn a_run_that_is_killed_a_hundred_times_ends_with_the_bytes_of_an_undisturbed_one() {
    let folder = tempfile::tempdir().unwrap();
    let quiet = folder.path().join("quiet");
    assert_eq!(finish(smoke(&quiet, &["--only", CLAIMS])).0, 0);
    let (expected, records) = (results(&quiet), files(&quiet.join("smoke/records")));
    assert!(records.len() > 100);
    let check = |out: &Path| {
        assert_eq!(results(out), expected);
        // File by file, so that a record that was torn, set aside and made again would be seen.
        assert!(files(&out.join("smoke/records")) == records, "other records in {}", out.display());
    };
    survive(folder.path(), |out| smoke(out, &["--only", CLAIMS]), check);
}

fn resumable(work: &str, state: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_resumable-under-test"));
    command.arg(work).arg(state);
    command
}

/// Long work that saves its state and goes on from it.
fn goes_on_after_kills(work: &str) {
    let folder = tempfile::tempdir().unwrap();
    let quiet = folder.path().join("quiet");
    assert!(resumable(work, &quiet).status().unwrap().success());
    let expected = files(&quiet);
    assert!(expected.iter().any(|(name, bytes)| name.ends_with("result.json") && bytes.len() > 1000));
    survive(
        folder.path(),
        |out| resumable(work, out),
        |out| assert!(files(out) == expected, "{}", out.display()),
    );
}

#[test]
fn a_lanczos_process_goes_on_with_the_same_bits() {
    goes_on_after_kills("lanczos");
}

#[test]
fn a_surface_goes_on_with_the_same_bits() {
    goes_on_after_kills("surface");
}
