//! The loss of a network over samples as a function of its parameters, with exact curvature.

use saddlepoint_curvature::trace;
use saddlepoint_curvature::trace::Traced;
use saddlepoint_models::data::Samples;
use saddlepoint_models::device::{Device, Precision};
use saddlepoint_models::networks::Network;
use saddlepoint_models::training::{Examples, Loss};

use crate::claim::Failure;

/// The mean loss of a network over samples, recorded in the precision of its parameters, at the network's parameters.
///
/// The network is taken as it is when training is over: dropout does nothing, batch
/// normalization uses its running statistics.
///
/// # Errors
/// When the device does not hold this precision, the network has another, or the network does not fit the samples.
pub fn network_loss<N: Network>(
    network: &N,
    samples: &Samples,
    loss: Loss,
    precision: Precision,
    device: &Device,
) -> Result<Traced, Failure> {
    let examples = Examples::new(samples, precision, device)?;
    let batch = (examples.inputs(), examples.targets());
    Ok(trace(network, batch, |network, (inputs, targets)| loss.of(network.forward(inputs), targets))?)
}
