//! A lower bound of the Lipschitz constant from points.

use super::LipschitzError;
use super::jacobian::{Exact, Slope, chain, hidden, point, slopes};
use crate::capacity::norms::spectral;
use crate::expressivity::relu_network::ReluNetwork;

/// The largest norm of a Jacobian among given points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sampled {
    /// The norm, rounded down: a lower bound of the Lipschitz constant on any set around the point.
    pub bound: f64,
    /// The point, from 0.
    pub at: usize,
    /// Points that are not shown to lie off all kinks; they were left out.
    pub skipped: usize,
}

/// The largest spectral norm of the Jacobian at the points, rounded down.
///
/// A ReLU network has a derivative where no hidden unit's input vanishes. This is proven in interval arithmetic for each
/// point; where it cannot be, the point is skipped.
///
/// # Errors
/// When a point does not fit or is not finite, or no point is shown to have a derivative.
pub fn sampled<P: AsRef<[f64]>>(network: &ReluNetwork, points: &[P]) -> Result<Sampled, LipschitzError> {
    let exact = Exact::new(network)?;
    let (mut largest, mut skipped): (Option<(f64, usize)>, usize) = (None, 0);
    for (at, x) in points.iter().enumerate() {
        match norm_below(&exact, network, x.as_ref())? {
            Some(norm) if largest.is_none_or(|(most, _)| norm > most) => largest = Some((norm, at)),
            Some(_) => {}
            None => skipped += 1,
        }
    }
    let (bound, at) = largest.ok_or(LipschitzError::NoDerivative(points.len()))?;
    Ok(Sampled { bound, at, skipped })
}

/// The norm of the Jacobian at a point, rounded down, if there is one.
pub(super) fn norm_below(
    exact: &Exact,
    network: &ReluNetwork,
    x: &[f64],
) -> Result<Option<f64>, LipschitzError> {
    let slopes: Vec<Vec<Slope>> = hidden(exact, &point(network, x)?)?.iter().map(slopes).collect();
    if slopes.iter().flatten().any(|slope| *slope == Slope::Either) {
        return Ok(None);
    }
    Ok(Some(spectral(&chain(&exact.weights, &slopes)?)?.low().max(0.0)))
}
