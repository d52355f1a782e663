//! `engine.toml`: what a queue is asked for, handed through and documented in docs/engines.md.

use std::fs;
use std::num::{NonZeroU16, NonZeroU32, NonZeroUsize};
use std::path::Path;

use serde::Deserialize;

use super::EngineError;

/// Options of an engine. What is not given is left to the engine.
///
/// # Example
/// ```toml
/// setup = ["module load cuda"]   # lines of the shell before each worker
///
/// [slurm]
/// partition = "cpu"
/// time = "02:00:00"
/// memory = "4G"
/// cpus = 4
/// ```
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// Tasks a worker takes; not given, as many as make 30 s of work.
    pub chunk: Option<NonZeroUsize>,
    /// Lines of the shell that run before each worker, on its node.
    pub setup: Vec<String>,
    /// What Slurm is asked for.
    pub slurm: Slurm,
    /// What GNU parallel is told.
    pub parallel: Parallel,
}

/// What Slurm is asked for.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Slurm {
    /// `--partition`.
    pub partition: Option<String>,
    /// `--account`.
    pub account: Option<String>,
    /// `--time`, of one worker.
    pub time: Option<String>,
    /// `--mem`, of one worker.
    pub memory: Option<String>,
    /// `--cpus-per-task`: processors of one worker, which runs as many tasks at a time. 1 if not given.
    pub cpus: Option<NonZeroU16>,
    /// `--gpus`, of one worker: a number, or a type and a number.
    pub gpus: Option<String>,
    /// The most workers of an array that run at a time.
    pub at_once: Option<NonZeroU32>,
    /// Other options of `sbatch`, one an entry, such as `--constraint=avx2`.
    pub directives: Vec<String>,
}

/// What GNU parallel is told.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Parallel {
    /// Workers at a time; all processors if not given.
    pub jobs: Option<NonZeroU16>,
    /// Other arguments of `parallel`, one an entry, such as `--sshloginfile=nodes`.
    pub arguments: Vec<String>,
}

impl Options {
    /// Reads a file of options.
    ///
    /// # Errors
    /// [`EngineError::Options`] when there is no such file, a name in it is no option, or a value would leave its line.
    pub fn read(path: &Path) -> Result<Self, EngineError> {
        let wrong = |message: String| EngineError::Options { path: path.to_owned(), message };
        let text = fs::read_to_string(path).map_err(|error| wrong(format!("cannot be read: {error}")))?;
        let options: Self =
            toml::from_str(&text).map_err(|error| wrong(error.to_string().trim().to_owned()))?;
        options.check().map_err(wrong)?;
        Ok(options)
    }

    /// A value is one line of a script: what would end the line is refused.
    fn check(&self) -> Result<(), String> {
        let Slurm { partition, account, time, memory, gpus, directives, .. } = &self.slurm;
        let values = [partition, account, time, memory, gpus].into_iter().flatten();
        let lines = values.chain(directives).chain(&self.setup).chain(&self.parallel.arguments);
        if let Some(line) = lines.into_iter().find(|line| line.chars().any(char::is_control)) {
            return Err(format!("{line:?} holds a line break or another control character"));
        }
        if let Some(directive) = directives.iter().find(|directive| !directive.starts_with('-')) {
            return Err(format!("{directive:?} is no option of sbatch: those begin with a hyphen"));
        }
        Ok(())
    }
}

impl Slurm {
    /// The options as sbatch takes them.
    pub(super) fn directives(&self) -> Vec<String> {
        let named = [
            ("partition", self.partition.clone()),
            ("account", self.account.clone()),
            ("time", self.time.clone()),
            ("mem", self.memory.clone()),
            ("cpus-per-task", self.cpus.map(|cpus| cpus.to_string())),
            ("gpus", self.gpus.clone()),
        ];
        let named = named.into_iter().filter_map(|(name, value)| Some(format!("--{name}={}", value?)));
        named.chain(self.directives.iter().cloned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Options, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("engine.toml");
        fs::write(&path, text).unwrap();
        Options::read(&path).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_written_is_what_is_asked_for() {
        let text = "chunk = 7\n[slurm]\npartition = 'cpu'\nmemory = '2G'\ncpus = 3\ndirectives = ['--nice']\n";
        let options = read(text).unwrap();
        assert_eq!(options.chunk.unwrap().get(), 7);
        let asked = ["--partition=cpu", "--mem=2G", "--cpus-per-task=3", "--nice"];
        assert_eq!(options.slurm.directives(), asked);
        assert_eq!(read("").unwrap(), Options::default());
    }

    #[test]
    fn what_is_no_option_is_named_with_its_line() {
        for (text, named) in [
            ("[slurm]\npartitoin = 'cpu'", "partitoin"),
            ("chunk = 0", "chunk"),
            ("[slurm]\ncpus = 'many'", "line 2"),
            ("setup = [\"a\\nb\"]", "control character"),
            ("[slurm]\ndirectives = ['rm -rf']", "hyphen"),
            ("[slurm", "line 1"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(named) && error.contains("engine.toml"), "{text}: {error}");
        }
        let error = Options::read(Path::new("/nowhere/engine.toml")).unwrap_err();
        assert!(error.to_string().contains("cannot be read"), "{error}");
    }
}
