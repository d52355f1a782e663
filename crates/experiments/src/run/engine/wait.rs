//! Waiting for records that others write.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::super::execute::{Execution, Watch};
use super::super::plan::PlannedTask;
use super::super::store::{Store, StoreError};
use super::sweep::{Activity, Queue};

/// The longest pause between two looks at the run folder and the queue.
const PAUSE: Duration = Duration::from_secs(5);

/// Tasks whose records are awaited.
pub(super) struct Waiting<'a> {
    due: &'a [&'a PlannedTask],
    store: &'a Store,
    watch: &'a dyn Watch,
    stop: &'a AtomicBool,
    /// The tasks without a record.
    open: Vec<usize>,
    /// Those whose failure has been told, by its message.
    told: Vec<Option<String>>,
    execution: Execution,
}

impl<'a> Waiting<'a> {
    pub(super) fn for_records_of(
        due: &'a [&'a PlannedTask],
        store: &'a Store,
        watch: &'a dyn Watch,
        stop: &'a AtomicBool,
    ) -> Self {
        let (open, told) = ((0..due.len()).collect(), vec![None; due.len()]);
        Self { due, store, watch, stop, open, told, execution: Execution::default() }
    }

    /// The tasks without a record.
    pub(super) fn open(&self) -> Vec<usize> {
        self.open.clone()
    }

    pub(super) fn is_told_to_stop(&self) -> bool {
        self.execution.interrupted
    }

    pub(super) fn execution(&self) -> Execution {
        self.execution
    }

    /// Looks at the records until all are there or the queue has nothing left; false if told to stop before.
    pub(super) fn until_over(&mut self, queue: &mut dyn Queue) -> bool {
        self.told = vec![None; self.due.len()];
        let (mut pause, mut complaint) = (Duration::from_millis(100), String::new());
        loop {
            // First the queue, then the records: what was written before a job ended is seen before it is given up.
            let activity = queue.activity();
            self.look();
            if self.open.is_empty() {
                return true;
            }
            match activity {
                // Ctrl-C in a terminal ends processes of the engine too.
                Activity::Over if !self.stop.load(Ordering::Relaxed) => return true,
                Activity::Busy(words) => self.watch.waits(&words),
                Activity::Silent(words) if words != complaint => {
                    self.watch
                        .says(&format!("the queue does not answer ({words}); looking at records meanwhile"));
                    complaint = words;
                }
                Activity::Over | Activity::Silent(_) => {}
            }
            let begin = Instant::now();
            while begin.elapsed() < pause {
                if self.stop.load(Ordering::Relaxed) {
                    self.watch.says(&queue.leave());
                    self.look();
                    self.execution.interrupted = true;
                    return false;
                }
                std::thread::sleep(Duration::from_millis(50));
            }
            pause = (pause * 3 / 2).min(PAUSE);
        }
    }

    /// Counts records that have come, and tells of failures.
    fn look(&mut self) {
        let Self { due, store, watch, told, .. } = self;
        let before = self.open.len();
        self.open.retain(|&i| {
            let (claim, key, id) = (&due[i].identity.claim, &due[i].key, due[i].claim.card().id);
            if store.holds(claim, key) {
                watch.finished(id, None);
                return false;
            }
            if told[i].is_none() {
                told[i] = store.failure(claim, key).inspect(|message| watch.failed(id, message));
            }
            true
        });
        self.execution.finished += before - self.open.len();
    }

    /// Nothing more will come: writes down why, for tasks of which their workers have not done so.
    pub(super) fn give_up(&mut self, mut reason: impl FnMut(usize) -> String) -> Result<(), StoreError> {
        for i in std::mem::take(&mut self.open) {
            let task = self.due[i];
            if self.told[i].is_none() {
                let message = format!("its worker ended without a record: {}", reason(i));
                self.store.keep_failure(&task.identity.claim, &task.key, &message)?;
                self.watch.failed(task.claim.card().id, &message);
            }
            self.watch.finished(task.claim.card().id, None);
            self.execution.failed += 1;
        }
        Ok(())
    }
}
