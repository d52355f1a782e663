//! Engines: the same plan elsewhere, and the bytes of a run on this machine.

mod cluster;
mod parallel;
mod slurm;
mod worker;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::{finish, program, results, smoke};

/// A claim with 24 tasks of some hundredths of a second.
const CLAIM: &str = "relu-pl-interpolation";
/// How many tasks it has.
const TASKS: usize = 24;

/// A folder with what a run on this machine gives, and room for others.
struct Bench {
    folder: tempfile::TempDir,
    expected: [String; 3],
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let local = folder.path().join("local");
        assert_eq!(finish(smoke(&local, &["--only", CLAIM])).0, 0);
        let expected = results(&local);
        Self { folder, expected }
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("elsewhere")
    }

    /// `run` on an engine, with a file of options.
    fn sweep(&self, engine: &str, options: &str) -> Command {
        let file = self.folder.path().join("engine.toml");
        fs::write(&file, options).unwrap();
        let mut command = smoke(&self.out(), &["--only", CLAIM, "--engine", engine, "--engine-options"]);
        command.arg(file);
        command
    }

    /// A line of options: the shell runs it in one worker, the first time that this comes up.
    fn once(&self, chunk: usize, words: &str) -> String {
        let mark = self.folder.path().join(format!("done-{chunk}"));
        let mark = mark.display();
        format!("if [ \"$1\" = {chunk} ] && [ ! -e '{mark}' ]; then touch '{mark}'; {words}; fi")
    }

    fn status(&self) -> Command {
        let mut status = program(&["status", "--profile", "smoke", "--out"]);
        status.arg(self.out());
        status
    }
}

/// Records of the claim in a folder of runs.
fn records(out: &Path) -> usize {
    let folder = out.join("smoke/records").join(CLAIM);
    let json =
        |entry: std::io::Result<fs::DirEntry>| entry.unwrap().path().extension().is_some_and(|e| e == "json");
    fs::read_dir(folder).map_or(0, |entries| entries.map(json).filter(|&is| is).count())
}

/// A process that goes on by itself and prints into files beside its run.
fn spawn(mut command: Command, out: &Path) -> Child {
    let log = fs::File::create(out.with_extension("log")).unwrap();
    command.stdout(log.try_clone().unwrap()).stderr(log).stdin(Stdio::null()).spawn().unwrap()
}

/// Waits until something is so; a minute is too long for anything here.
fn until(what: &str, mut so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !so() {
        assert!(begin.elapsed() < Duration::from_mins(2), "waited in vain: {what}");
        sleep(Duration::from_millis(20));
    }
}
