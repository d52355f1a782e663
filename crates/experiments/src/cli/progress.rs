//! What a person sees while a run goes on: a bar on a terminal, plain lines otherwise. All of it on stderr.

use std::fmt;
use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::remaining::Remaining;
use crate::run::{Plan, Watch};

/// Progress of one run.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    quiet: bool,
    tasks: usize,
    begin: Instant,
    /// What is due and has not ended.
    remaining: Arc<Mutex<Remaining>>,
}

impl Progress {
    /// A bar if stderr is a terminal, otherwise a line for each finished claim; nothing at all if `quiet`.
    ///
    /// The bar and the time left go by the seconds that each due task is expected to take: a hundred short tasks do not
    /// make one believe that the long one will be over soon.
    pub(super) fn new(plan: &Plan, seconds: &[f64], quiet: bool) -> Self {
        let mut remaining = Remaining::default();
        for (task, seconds) in plan.due().zip(seconds) {
            remaining.add(task.claim.card().id, *seconds);
        }
        let (tasks, begin) = (remaining.tasks(), Instant::now());
        let work = plan.due().map(|task| milliseconds(&remaining, task.claim.card().id)).sum();
        let remaining = Arc::new(Mutex::new(remaining));
        let bar = (!quiet && tasks > 0 && std::io::stderr().is_terminal()).then(|| {
            let bar = ProgressBar::with_draw_target(Some(work), ProgressDrawTarget::stderr());
            let template = "{bar:32.cyan/dim} {prefix} tasks, {elapsed} elapsed, {left} left  {msg:.dim}";
            let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
            let left = Arc::clone(&remaining);
            bar.set_style(style.with_key("left", move |_: &ProgressState, text: &mut dyn fmt::Write| {
                let left = left.lock().unwrap_or_else(PoisonError::into_inner).at(begin.elapsed());
                let left = left.map_or_else(|| "?".to_owned(), |left| format!("{:#}", HumanDuration(left)));
                let _ = text.write_str(&left);
            }));
            bar.set_prefix(format!("0/{tasks}"));
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        });
        Self { bar, quiet, tasks, begin, remaining }
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

    fn finished(&self, claim: &'static str, took: Option<Duration>) {
        let (left, over, step) = {
            let mut remaining = self.remaining.lock().unwrap_or_else(PoisonError::into_inner);
            let over = remaining.end(claim, took, self.begin.elapsed());
            (remaining.tasks(), over, milliseconds(&remaining, claim))
        };
        // The bar asks for the time left while it draws: nobody may hold it then.
        if let Some(bar) = &self.bar {
            bar.set_prefix(format!("{}/{}", self.tasks - left, self.tasks));
            bar.inc(step);
        } else if over {
            self.say(&format!("  {claim}: tasks finished"));
        }
    }
}

/// What a task of a claim moves the bar by.
fn milliseconds(remaining: &Remaining, claim: &str) -> u64 {
    (1000.0 * remaining.expected(claim)).ceil() as u64
}
