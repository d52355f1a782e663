//! `saddlepoint run`.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use clap::Args;
use saddlepoint_models::device::Device;
use serde_json::json;

use super::progress::Progress;
use super::target::{Settings, Tasks};
use super::{Exit, Failure, print};
use crate::claim::Lab;
use crate::run::engine::{Engine, Options, Order, expected, sweep};
use crate::run::{self, Assessment, Execution, Machine, Manifest, Plan, RunError, Store, assess, timings};
use crate::verdict::Verdict;

#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(super) struct Arguments {
    #[command(flatten)]
    tasks: Tasks,
    /// Who executes the tasks: this process, Slurm (job arrays), or GNU parallel
    #[arg(long, value_enum, default_value_t)]
    engine: Engine,
    /// What the engine is asked for: partition, time, memory and so on, as docs/engines.md lists them
    #[arg(long, value_name = "FILE")]
    engine_options: Option<PathBuf>,
    /// Tasks at a time on this machine; all processors if not given
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// Go on with other tasks after one fails
    #[arg(long)]
    keep_going: bool,
    /// Run tasks again that are done
    #[arg(long)]
    force: bool,
    /// Print the verdicts as JSON on stdout
    #[arg(long)]
    json: bool,
    /// Print no progress
    #[arg(long, short)]
    quiet: bool,
}

pub(super) fn run(arguments: &Arguments, stop: &Arc<AtomicBool>) -> Result<Exit, Failure> {
    let start = Instant::now();
    let Settings { seed, backend, ref data_dir } = arguments.tasks.settings;
    let store = arguments.tasks.folder.store();
    let options = arguments.options()?;
    let plan = arguments.tasks.plan(&store, arguments.force)?;
    store.open()?;
    // Workers look for a device where they run.
    if arguments.engine == Engine::Local && plan.needs_device() {
        Device::open(backend.unwrap_or_default()).map_err(RunError::from)?;
    }
    let jobs = arguments.jobs.map_or_else(|| Machine::this().threads, usize::from);
    let profile = arguments.tasks.folder.profile;
    let manifest = Manifest::begin(profile, seed, backend, arguments.engine, jobs);
    manifest.write(&store)?;

    let estimates = expected(&plan, profile, seed, &store);
    let progress = Progress::new(&plan, &estimates, arguments.quiet);
    announce(&plan, &progress);
    let data = data_dir.clone();
    let execution = if arguments.engine == Engine::Local {
        let lab = Lab::new(backend, data, Arc::clone(stop));
        let settings = run::Settings { jobs, keep_going: arguments.keep_going };
        run::execute(&plan.longest_first(&estimates), &store, &lab, settings, &progress).map_err(RunError::from)
    } else {
        let order =
            Order { engine: arguments.engine, options, profile, backend, data, jobs, expected: estimates };
        sweep(&plan, &order, &store, &progress, stop).map_err(RunError::from)
    };
    progress.clear();
    let execution = execution?;

    let assessments = assess(&plan, &store)?;
    run::write_results(&plan, &assessments, &store)?;
    let seconds = start.elapsed().as_secs_f64();
    let times = timings(&store);
    let durations = assessments.iter().filter_map(|a| Some((a.card.id.to_owned(), a.seconds(&times)?)));
    manifest.end(seconds, durations.collect()).write(&store)?;
    if arguments.json {
        let claims: Vec<_> = assessments.iter().map(Assessment::summary).collect();
        let folder = store.folder();
        print(&json!({"run": folder, "seconds": seconds, "claims": claims}).to_string())?;
    } else if !arguments.quiet {
        summarize(&assessments, &execution, &store, seconds)?;
    }
    Ok(exit(&assessments, &execution))
}

impl Arguments {
    /// The options of the engine, after a look at flags that it cannot honour.
    fn options(&self) -> Result<Options, Failure> {
        let usage = |sentence: &str| Err(Failure::Input(sentence.into()));
        if self.engine != Engine::Local && self.force {
            return usage(
                "--force goes with --engine local; elsewhere, remove the records that are to be computed again",
            );
        }
        if self.engine == Engine::Slurm && self.jobs.is_some() {
            return usage(
                "--jobs does not reach Slurm; set `cpus` and `at_once` in the file of --engine-options",
            );
        }
        let Some(path) = &self.engine_options else { return Ok(Options::default()) };
        Options::read(path).map_err(|error| RunError::from(error).into())
    }
}

/// What will run and why.
fn announce(plan: &Plan, progress: &Progress) {
    let (all, due) = (plan.tasks.len(), plan.due().count());
    let claims = match plan.claims.len() {
        1 => "1 claim".to_owned(),
        count => format!("{count} claims"),
    };
    progress.say(&format!("{claims}, {all} tasks, {} done, {due} to run", all - due));
    for (claim, reason, count) in plan.reasons().into_iter().filter(|(_, reason, _)| reason != "new") {
        let tasks = if count == 1 { "task runs" } else { "tasks run" };
        progress.say(&format!("  {claim}: {count} {tasks} again: {reason}"));
    }
}

fn summarize(
    assessments: &[Assessment],
    execution: &Execution,
    store: &Store,
    seconds: f64,
) -> Result<(), Failure> {
    let width = assessments.iter().map(|a| a.card.id.len()).max().unwrap_or(0);
    let times = timings(store);
    for a in assessments {
        let own = a.seconds(&times).unwrap_or(0.0);
        let Assessment { card, judgement, .. } = a;
        print(&format!(
            "{:<14}  {:<width$}  {own:>7.2} s  {}",
            judgement.verdict, card.id, judgement.sentence
        ))?;
    }
    let counts: Vec<String> = Verdict::ALL
        .iter()
        .map(|verdict| (verdict, assessments.iter().filter(|a| a.judgement.verdict == *verdict).count()))
        .filter(|(_, count)| *count > 0)
        .map(|(verdict, count)| format!("{count} {verdict}"))
        .collect();
    print(&format!(
        "\n{} in {seconds:.1} s ({} tasks run); records in {}",
        counts.join(", "),
        execution.finished,
        store.folder().display()
    ))?;
    Ok(())
}

fn exit(assessments: &[Assessment], execution: &Execution) -> Exit {
    if execution.interrupted {
        Exit::Interrupted
    } else if execution.failed > 0 || assessments.iter().any(|a| a.judgement.verdict == Verdict::Error) {
        Exit::Execution
    } else if assessments.iter().all(|a| a.judgement.verdict == Verdict::Reproduced) {
        Exit::AllWell
    } else {
        Exit::SomeFailed
    }
}
