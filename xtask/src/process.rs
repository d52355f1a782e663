//! Running cargo and the `saddlepoint` program: the terminal is theirs, the exit code is passed on.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::Instant;

use xshell::{Cmd, Shell, TempDir, cmd};

/// Why a command ended without success: what to print, if the child has not said it already, and the exit code.
#[derive(Debug)]
pub(crate) struct Halt {
    pub(crate) sentence: Option<String>,
    pub(crate) code: u8,
}

impl Halt {
    /// Ends with a sentence and exit code 1.
    pub(crate) fn because(sentence: impl Into<String>) -> Self {
        Self { sentence: Some(sentence.into()), code: 1 }
    }
}

impl From<xshell::Error> for Halt {
    fn from(error: xshell::Error) -> Self {
        Self::because(error.to_string())
    }
}

impl From<std::io::Error> for Halt {
    fn from(error: std::io::Error) -> Self {
        Self::because(error.to_string())
    }
}

/// The repository and the cargo that runs this program.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    cargo: String,
    in_root: Shell,
    /// In the folder of the caller, so that paths on the command line mean what they say.
    in_place: Shell,
}

impl Workspace {
    /// The repository that this program was compiled in.
    pub(crate) fn find() -> Result<Self, Halt> {
        // Ctrl-C reaches every process of the terminal. The child decides what it means: it saves its work and
        // ends with 130, and this program waits for that instead of dying first.
        ctrlc::set_handler(|| {}).map_err(|error| Halt::because(error.to_string()))?;
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."));
        let in_root = Shell::new()?;
        in_root.change_dir(root);
        Ok(Self {
            root: root.to_path_buf(),
            cargo: std::env::var("CARGO").unwrap_or_else(|_| "cargo".into()),
            in_root,
            in_place: Shell::new()?,
        })
    }

    /// `cargo` with arguments, in the root of the repository.
    pub(crate) fn cargo<'a>(&'a self, arguments: &[&str]) -> Cmd<'a> {
        let cargo = &self.cargo;
        cmd!(self.in_root, "{cargo} {arguments...}")
    }

    /// A folder that lives as long as the value that names it.
    pub(crate) fn temporary_folder(&self) -> Result<TempDir, Halt> {
        Ok(self.in_root.create_temp_dir()?)
    }

    /// Builds the `saddlepoint` program, optimised, with cargo features beyond the default ones.
    pub(crate) fn build_saddlepoint(&self, features: &str) -> Result<(), Halt> {
        let (cargo, target) = (&self.cargo, self.saddlepoint_target(features));
        step(cmd!(self.in_place, "{cargo} build {target...}"))
    }

    /// Runs the `saddlepoint` program that [`Workspace::build_saddlepoint`] built with the same features, in the
    /// folder of the caller. It explains itself when it fails.
    pub(crate) fn saddlepoint(&self, features: &str, arguments: &[String]) -> Result<(), Halt> {
        let (cargo, target) = (&self.cargo, self.saddlepoint_target(features));
        let program = cmd!(self.in_place, "{cargo} run --quiet {target...} -- {arguments...}");
        match exit_code(program.env("SADDLEPOINT_COMMIT", self.commit()))? {
            0 => Ok(()),
            code => Err(Halt { sentence: None, code }),
        }
    }

    /// The commit that is checked out, marked if the files differ from it; empty outside of a git repository.
    fn commit(&self) -> String {
        let git = cmd!(self.in_root, "git describe --always --abbrev=40 --exclude=* --dirty=+changes");
        git.quiet().ignore_stderr().read().unwrap_or_default()
    }

    fn saddlepoint_target(&self, features: &str) -> Vec<String> {
        let manifest = self.root.join("Cargo.toml").display().to_string();
        let mut target: Vec<String> =
            ["--release", "--package", "saddlepoint-experiments", "--bin", "saddlepoint"]
                .into_iter()
                .map(str::to_owned)
                .collect();
        target.extend(["--manifest-path".into(), manifest]);
        if !features.is_empty() {
            target.extend(["--features".into(), features.into()]);
        }
        target
    }

    /// cargo's target folder, wherever the environment or a configuration file puts it.
    pub(crate) fn target_folder(&self) -> Result<PathBuf, Halt> {
        let metadata =
            self.cargo(&["metadata", "--no-deps", "--offline", "--format-version", "1"]).quiet().read()?;
        serde_json::from_str::<serde_json::Value>(&metadata)
            .ok()
            .and_then(|metadata| metadata["target_directory"].as_str().map(PathBuf::from))
            .ok_or_else(|| Halt::because("cargo metadata does not name the target folder"))
    }

    /// Whether `cargo <name>` is installed.
    pub(crate) fn has_subcommand(&self, name: &str) -> bool {
        self.cargo(&[name, "--version"]).quiet().ignore_stdout().ignore_stderr().run().is_ok()
    }
}

/// Runs a child that must succeed, and says how long it took.
pub(crate) fn step(command: Cmd<'_>) -> Result<(), Halt> {
    let words = command.to_string();
    eprintln!("$ {words}");
    let started = Instant::now();
    match exit_code(command.quiet())? {
        0 => {
            eprintln!("  done in {:.1} s", started.elapsed().as_secs_f64());
            Ok(())
        }
        code => Err(Halt { sentence: Some(format!("`{words}` failed with exit code {code}")), code }),
    }
}

/// Runs a child on this terminal, its input included (xshell would take that away), and returns its exit code.
fn exit_code(command: Cmd<'_>) -> Result<u8, Halt> {
    let words = command.to_string();
    let status = Command::from(command).status();
    status.map(code_of).map_err(|error| Halt::because(format!("`{words}` cannot be started: {error}")))
}

/// A child that a signal ended counts as shells count it: 128 and the signal's number.
fn code_of(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    #[cfg(not(unix))]
    let signal = None;
    let code = status.code().or(signal.map(|signal: i32| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}
