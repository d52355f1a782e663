//! `cargo xtask reproduce`: the claims, put to the test, and the report.

use clap::Args;

use crate::process::{Halt, Workspace};

/// Put the claims to the test and write the report.
///
/// Builds the `saddlepoint` program (optimised; minutes the first time), then hands the words on to it. A run that
/// was interrupted goes on where it stopped. The exit code is that of `saddlepoint`: 0 all reproduced, 1 some
/// claim failed, 2 wrong usage, 3 execution error, 130 interrupted.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Reproduce {
    /// A command of `saddlepoint` and its arguments, or only flags of `saddlepoint run`.
    #[arg(value_name = "WORDS", trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<String>,
}

const EXAMPLES: &str = "\
Examples:
  cargo xtask reproduce                     every claim at the quick profile
  cargo xtask reproduce --profile smoke     the same in seconds
  cargo xtask reproduce --only kl-inverse   one claim
  cargo xtask reproduce --backend wgpu      networks on a graphics adapter
  cargo xtask reproduce --engine slurm      tasks as job arrays (docs/engines.md)
  cargo xtask reproduce list                any command of `saddlepoint`
  cargo xtask reproduce run --help          what `run` understands";

impl Reproduce {
    /// Flags only, as if typed after `reproduce`.
    pub(crate) fn with_flags<const N: usize>(flags: [String; N]) -> Self {
        Self { words: flags.into() }
    }

    pub(crate) fn run(&self, workspace: &Workspace) -> Result<(), Halt> {
        let features = features(&self.words);
        workspace.build_saddlepoint(features)?;
        if self.words.first().is_some_and(|word| !word.starts_with('-')) {
            return workspace.saddlepoint(features, &self.words);
        }
        let ran = workspace.saddlepoint(features, &[&["run".to_owned()], self.words.as_slice()].concat());
        match ran {
            // A report of claims that failed is the report that is needed most.
            Ok(()) | Err(Halt { sentence: None, code: 1 }) if !prints_something_else(&self.words) => {
                workspace.saddlepoint(features, &report_arguments(&self.words))?;
                ran
            }
            _ => ran,
        }
    }
}

/// The cargo features that the words need beyond the default ones: the backend, if it is one of those that only
/// some builds have. An unknown backend is left to the program, which knows all of them.
fn features(words: &[String]) -> &'static str {
    match value_of(words, "--backend") {
        Some("ndarray") => "ndarray",
        Some("wgpu") => "wgpu",
        _ => "",
    }
}

/// Help needs no report, and the path of a report would spoil the JSON that a program reads.
fn prints_something_else(words: &[String]) -> bool {
    words.iter().any(|word| ["--help", "-h", "--json"].contains(&word.as_str()))
}

/// `report` for the run that these flags of `run` describe.
fn report_arguments(words: &[String]) -> Vec<String> {
    let mut arguments = vec!["report".to_owned()];
    for flag in ["--out", "--profile"] {
        if let Some(value) = value_of(words, flag) {
            arguments.extend([flag.to_owned(), value.to_owned()]);
        }
    }
    arguments
}

/// The value of a flag written as `--flag value` or `--flag=value`.
fn value_of<'a>(words: &'a [String], flag: &str) -> Option<&'a str> {
    let joined = words.iter().find_map(|word| word.strip_prefix(flag)?.strip_prefix('='));
    let separate = || words.iter().skip_while(|word| *word != flag).nth(1).map(String::as_str);
    joined.or_else(separate)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn the_report_is_of_the_folder_and_profile_of_the_run() {
        let run = words("--only kl-inverse --profile=smoke --out elsewhere --jobs 2");
        assert_eq!(report_arguments(&run), words("report --out elsewhere --profile smoke"));
        assert_eq!(report_arguments(&[]), words("report"));
    }

    #[test]
    fn a_backend_that_is_no_default_is_compiled_in() {
        assert_eq!(features(&words("--backend wgpu")), "wgpu");
        assert_eq!(features(&words("run --backend=ndarray")), "ndarray");
        assert_eq!(features(&words("--backend flex")), "");
        assert_eq!(features(&words("--backend")), "");
        assert_eq!(features(&words("--backend tpu")), "");
    }
}
