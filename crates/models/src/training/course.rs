//! The course of one training: steps and epochs so far, the recorded points, and whether it has ended.

use std::ops::ControlFlow;

use super::{Ended, Examples, Point, Stop, Trained, Training, TrainingError, examples};
use crate::networks::Network;

/// The bookkeeping of a training; the network itself is in the hands of the loop.
pub(super) struct Course<'a> {
    training: &'a Training,
    examples: &'a Examples,
    trajectory: Vec<Point>,
    step: usize,
    epoch: usize,
    ended: Option<Ended>,
}

impl<'a> Course<'a> {
    /// Records the start, which may be the end already.
    pub(super) fn begin<N: Network>(
        training: &'a Training,
        network: &N,
        examples: &'a Examples,
    ) -> Result<Self, TrainingError> {
        let mut course = Self { training, examples, trajectory: Vec::new(), step: 0, epoch: 0, ended: None };
        let start = course.observe(network)?;
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

    /// Counts an epoch; looks at the network where a point is due or a stop rule asks.
    pub(super) fn epoch_passed<N: Network>(&mut self, network: &N) -> Result<(), TrainingError> {
        self.epoch += 1;
        // No epoch is a multiple of 0.
        let recorded = self.epoch.is_multiple_of(self.training.record_every);
        if self.ended.is_some() || !(recorded || self.training.stop != Stop::Never) {
            return Ok(());
        }
        let point = self.observe(network)?;
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
    pub(super) fn end<N: Network>(mut self, network: N) -> Result<Trained<N>, TrainingError> {
        let last = match self.trajectory.last() {
            Some(last) if last.step == self.step => *last,
            _ => {
                let point = self.observe(&network)?;
                self.trajectory.push(point);
                point
            }
        };
        let diverged = !last.loss.is_finite() || !examples::all_finite(&network);
        let ended = if diverged { Ended::Diverged } else { self.ended.unwrap_or(Ended::Limit) };
        Ok(Trained { network, trajectory: self.trajectory, ended })
    }

    fn observe<N: Network>(&self, network: &N) -> Result<Point, TrainingError> {
        let (loss, accuracy) = self.examples.observe(network, self.training.loss)?;
        Ok(Point { epoch: self.epoch, step: self.step, loss, accuracy })
    }
}
