//! What a person sees while a network is measured, on stderr.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::measure::instruments::Instrument;
use crate::measure::{Part, Watch};

/// Progress of one measurement.
pub(super) struct InstrumentProgress {
    bar: Option<ProgressBar>,
    quiet: bool,
    /// Whether the network has several moments, each of which is named.
    several: bool,
}

/// Steps of the bar within an instrument.
const STEPS: u64 = 1000;

impl InstrumentProgress {
    /// A bar if stderr is a terminal, otherwise a line an instrument; nothing at all if `quiet`.
    pub(super) fn new(several: bool, quiet: bool) -> Self {
        let bar = (!quiet && std::io::stderr().is_terminal()).then(|| {
            let bar = ProgressBar::with_draw_target(Some(STEPS), ProgressDrawTarget::stderr());
            let template = "{bar:32.cyan/dim} {percent:>3} %  {msg}, {elapsed} elapsed";
            bar.set_style(
                ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
            );
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        });
        Self { bar, quiet, several }
    }

    /// Takes the bar away.
    pub(super) fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Watch for InstrumentProgress {
    fn begins(&self, checkpoint: &str, instrument: &dyn Instrument, estimate: Duration) {
        let seconds = estimate.as_secs_f64();
        let about = if seconds < 1.0 { "under a second".to_owned() } else { format!("about {seconds:.0} s") };
        let of = if self.several { format!(" of {checkpoint}") } else { String::new() };
        let line = format!("{}{of} ({about})", instrument.title());
        match &self.bar {
            Some(bar) => {
                bar.reset();
                bar.set_length(STEPS);
                bar.set_message(line);
            }
            None if self.quiet => {}
            None => eprintln!("{line}"),
        }
    }

    fn at(&self, done: f64) {
        if let Some(bar) = &self.bar {
            bar.set_position((done.clamp(0.0, 1.0) * STEPS as f64) as u64);
        }
    }

    fn ends(&self, part: &Part) {
        if let (Some(failure), Some(bar)) = (&part.failure, &self.bar) {
            bar.println(format!("{}: not measured: {failure}", part.title));
        }
    }
}
