//! What a training leaves behind.

use serde::{Deserialize, Serialize};

/// Why training ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// The limit was reached.
    Limit,
    /// The stop rule was met.
    Target,
    /// The loss or a parameter is no longer finite.
    Diverged,
    /// The caller said so.
    Stopped,
}

/// The state of training at the end of an epoch, over all examples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Passes over the examples so far.
    pub epoch: usize,
    /// Updates so far.
    pub step: usize,
    /// Training loss.
    pub loss: f64,
    /// Training accuracy, where the examples have labels.
    pub accuracy: Option<f64>,
}

/// Parameters on the way.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// After this many updates.
    pub step: usize,
    /// In the order of [`crate::parameters::flat`].
    pub parameters: Vec<f64>,
}

/// What training left behind.
#[derive(Debug, Clone)]
pub struct Trained<N> {
    /// The network with its last parameters.
    pub network: N,
    /// The recorded points, oldest first: the start, every `n`-th epoch, the end.
    pub trajectory: Vec<Point>,
    /// The parameters at each multiple of the step count that was asked for, oldest first.
    pub snapshots: Vec<Snapshot>,
    /// Why it ended.
    pub ended: Ended,
}

impl<N> Trained<N> {
    /// The same with another form of the network.
    pub(crate) fn map<M>(self, form: impl FnOnce(N) -> M) -> Trained<M> {
        let Self { network, trajectory, snapshots, ended } = self;
        Trained { network: form(network), trajectory, snapshots, ended }
    }

    /// The last recorded point; the start is always recorded.
    pub fn last(&self) -> Point {
        self.trajectory[self.trajectory.len() - 1]
    }
}
