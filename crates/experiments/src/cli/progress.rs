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
    tasks: usize,
    /// What is due and not finished, by claim.
    left: Mutex<BTreeMap<&'static str, Left>>,
}

/// Tasks of a claim that are left, and the milliseconds that one is expected to take.
#[derive(Default)]
struct Left {
    tasks: usize,
    each: u64,
}

impl Progress {
    /// A bar if stderr is a terminal, otherwise a line for each finished claim; nothing at all if `quiet`.
    ///
    /// The bar and the time left go by the seconds that each due task is expected to take: a hundred short tasks do not
    /// make one believe that the long one will be over soon.
    pub(super) fn new(plan: &Plan, seconds: &[f64], quiet: bool) -> Self {
        let mut left: BTreeMap<&'static str, Left> = BTreeMap::new();
        let mut sums: BTreeMap<&'static str, f64> = BTreeMap::new();
        for (task, seconds) in plan.due().zip(seconds) {
            let id = task.claim.card().id;
            left.entry(id).or_default().tasks += 1;
            *sums.entry(id).or_default() += 1000.0 * seconds;
        }
        for (id, left) in &mut left {
            left.each = (sums[id] / left.tasks as f64).ceil() as u64;
        }
        let tasks = left.values().map(|left| left.tasks).sum();
        let work = left.values().map(|left| left.tasks as u64 * left.each).sum();
        let bar = (!quiet && tasks > 0 && std::io::stderr().is_terminal()).then(|| {
            let bar = ProgressBar::with_draw_target(Some(work), ProgressDrawTarget::stderr());
            let template = "{bar:32.cyan/dim} {prefix} tasks, {elapsed} elapsed, {eta} left  {msg:.dim}";
            bar.set_style(
                ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
            );
            bar.set_prefix(format!("0/{tasks}"));
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        });
        Self { bar, quiet, tasks, left: Mutex::new(left) }
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

    fn says(&self, line: &str) {
        self.say(line);
    }

    fn waits(&self, words: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(words.to_owned());
        }
    }

    fn finished(&self, claim: &'static str) {
        let mut left = self.left.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let own = left.entry(claim).or_default();
        own.tasks = own.tasks.saturating_sub(1);
        let (each, over) = (own.each, own.tasks == 0);
        if let Some(bar) = &self.bar {
            bar.set_prefix(format!(
                "{}/{}",
                self.tasks - left.values().map(|left| left.tasks).sum::<usize>(),
                self.tasks
            ));
            bar.inc(each);
        } else if over {
            self.say(&format!("  {claim}: tasks finished"));
        }
    }
}
