//! The Lipschitz constant of a ReLU network of two inputs, region by region.

use saddlepoint_rigor::Interval;

use super::LipschitzError;
use super::jacobian::{Exact, Slope, chain};
use crate::capacity::norms::spectral;
use crate::expressivity::regions::{Region, Regions};
use crate::expressivity::relu_network::ReluNetwork;

/// The largest norm of the affine maps of a network's regions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LargestSlope {
    /// The norm, enclosed.
    pub norm: Interval,
    /// The region where it is attained, from 0.
    pub region: usize,
}

/// The Lipschitz constant of a network on the rectangle of its regions: the largest norm of their affine maps. Outside of
/// the rectangle the network may be steeper.
///
/// The norms are enclosed. The regions themselves are computed to nearest, so a sliver that was taken for rounding is
/// missing; [`local`](super::local()) bounds the constant from above without them.
///
/// # Errors
/// When the regions are not those of the network, or a norm cannot be enclosed.
pub fn largest_slope(network: &ReluNetwork, regions: &Regions) -> Result<LargestSlope, LipschitzError> {
    let weights = Exact::new(network)?.weights;
    let mut largest: Option<LargestSlope> = None;
    for (at, region) in regions.iter().enumerate() {
        let norm = spectral(&chain(&weights, &slopes(network, region)?)?)?;
        largest = Some(match largest {
            None => LargestSlope { norm, region: at },
            Some(most) => {
                let joint =
                    Interval::between(norm.low().max(most.norm.low()), norm.high().max(most.norm.high()));
                let region = if norm.low() > most.norm.low() { at } else { most.region };
                LargestSlope { norm: joint, region }
            }
        });
    }
    largest.ok_or(LipschitzError::NoDerivative(0))
}

fn slopes(network: &ReluNetwork, region: &Region) -> Result<Vec<Vec<Slope>>, LipschitzError> {
    let (mut rest, expected) = (region.pattern(), network.hidden_units());
    if rest.len() != expected {
        return Err(LipschitzError::Pattern { expected, found: rest.len() });
    }
    let hidden = &network.layers()[..network.layers().len() - 1];
    let layer = |width| {
        let (layer, others) = rest.split_at(width);
        rest = others;
        layer.iter().map(|&active| if active { Slope::Active } else { Slope::Inactive }).collect()
    };
    Ok(hidden.iter().map(|(weights, _)| weights.nrows()).map(layer).collect())
}
