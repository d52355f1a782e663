//! The course of one training: steps and epochs so far, the recorded points, and whether it has ended.

use std::ops::ControlFlow;

use super::{Ended, Learner, Point, Snapshot, Stop, Trained, Training, TrainingError};

/// The bookkeeping of a training; the learner itself is in the hands of the loop.
pub(super) struct Course<'a> {
    training: &'a Training,
    trajectory: Vec<Point>,
    snapshots: Vec<Snapshot>,
    step: usize,
    epoch: usize,
    ended: Option<Ended>,
}

impl<'a> Course<'a> {
    /// Records the start, which may be the end already.
    pub(super) fn begin(training: &'a Training, learner: &mut impl Learner) -> Result<Self, TrainingError> {
        let mut course =
            Self { training, trajectory: Vec::new(), snapshots: Vec::new(), step: 0, epoch: 0, ended: None };
        let start = course.observe(learner)?;
        course.trajectory.push(start);
        course.ended = training.reached(&start).then_some(Ended::Target);
        Ok(course)
    }

    /// Updates so far.
    pub(super) fn step(&self) -> usize {
        self.step
    }

    /// Whether another epoch begins, if there are to be at most this many steps.
    pub(super) fn goes_on(&self, steps: usize) -> bool {
        self.ended.is_none() && self.step < steps
    }

    /// Counts a step and shows it to the watcher, who may end training there.
    pub(super) fn stepped(&mut self, watch: &mut dyn FnMut(usize) -> ControlFlow<()>) -> ControlFlow<()> {
        self.step += 1;
        let flow = watch(self.step);
        if flow.is_break() {
            self.ended = Some(Ended::Stopped);
        }
        flow
    }

    /// Keeps the parameters after this step, where that was asked for.
    pub(super) fn keep(&mut self, learner: &impl Learner) {
        // No step is a multiple of 0.
        if self.step.is_multiple_of(self.training.snapshot_every) {
            self.snapshots.push(Snapshot { step: self.step, parameters: learner.parameters() });
        }
    }

    /// Counts an epoch; looks at the learner where a point is due or a stop rule asks.
    pub(super) fn epoch_passed(&mut self, learner: &mut impl Learner) -> Result<(), TrainingError> {
        self.epoch += 1;
        // No epoch is a multiple of 0.
        let recorded = self.epoch.is_multiple_of(self.training.record_every);
        if self.ended.is_some() || !(recorded || self.training.stop != Stop::Never) {
            return Ok(());
        }
        let point = self.observe(learner)?;
        if !point.loss.is_finite() {
            self.ended = Some(Ended::Diverged);
        } else if self.training.reached(&point) {
            self.ended = Some(Ended::Target);
        }
        if recorded || self.ended.is_some() {
            self.trajectory.push(point);
        }
        Ok(())
    }

    /// Records the end.
    pub(super) fn end<L: Learner>(mut self, mut learner: L) -> Result<Trained<L>, TrainingError> {
        let last = match self.trajectory.last() {
            Some(last) if last.step == self.step => *last,
            _ => {
                let point = self.observe(&mut learner)?;
                self.trajectory.push(point);
                point
            }
        };
        let diverged = !last.loss.is_finite() || !learner.all_finite();
        let ended = if diverged { Ended::Diverged } else { self.ended.unwrap_or(Ended::Limit) };
        Ok(Trained { network: learner, trajectory: self.trajectory, snapshots: self.snapshots, ended })
    }

    fn observe(&self, learner: &mut impl Learner) -> Result<Point, TrainingError> {
        let (loss, accuracy) = learner.observe()?;
        Ok(Point { epoch: self.epoch, step: self.step, loss, accuracy })
    }
}
