//! What a person sees while a run goes on: a bar on a terminal, plain lines otherwise. All of it on stderr.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::run::{Plan, Watch};

/// Progress of one run.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    quiet: bool,
    /// Tasks that are due and not finished, by claim.
    left: Mutex<BTreeMap<&'static str, usize>>,
}

impl Progress {
    /// A bar if stderr is a terminal, otherwise a line for each finished claim; nothing at all if `quiet`.
    pub(super) fn new(plan: &Plan, quiet: bool) -> Self {
        let mut left = BTreeMap::new();
        for task in plan.due() {
            *left.entry(task.claim.card().id).or_default() += 1;
        }
        let due = left.values().sum::<usize>() as u64;
        let bar = (!quiet && due > 0 && std::io::stderr().is_terminal()).then(|| {
            let bar = ProgressBar::with_draw_target(Some(due), ProgressDrawTarget::stderr());
            let template = "{bar:32.cyan/dim} {pos}/{len} tasks, {elapsed} elapsed, {eta} left  {msg:.dim}";
            bar.set_style(
                ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
            );
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        });
        Self { bar, quiet, left: Mutex::new(left) }
    }

    /// A line that stays.
    pub(super) fn say(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.println(line),
            None if self.quiet => {}
            None => eprintln!("{line}"),
        }
    }

    /// Takes the bar away.
    pub(super) fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Watch for Progress {
    fn started(&self, claim: &'static str) {
        if let Some(bar) = &self.bar {
            bar.set_message(claim);
        }
    }

    fn failed(&self, claim: &'static str, message: &str) {
        self.say(&format!("error: {claim}: {message}"));
    }

    fn finished(&self, claim: &'static str) {
        let mut left = self.left.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let tasks = left.entry(claim).or_insert(1);
        *tasks = tasks.saturating_sub(1);
        if let Some(bar) = &self.bar {
            bar.inc(1);
        } else if *tasks == 0 {
            self.say(&format!("  {claim}: tasks finished"));
        }
    }
}
