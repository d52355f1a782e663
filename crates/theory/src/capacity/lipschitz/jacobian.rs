//! Products of weights and slopes, enclosed.

use saddlepoint_rigor::{Interval, IntervalMatrix, IntervalVector, MatrixError, Rounding, Up};

use super::LipschitzError;
use crate::capacity::norms::spectral;
use crate::capacity::spectrum::exact;
use crate::expressivity::relu_network::{NetworkError, ReluNetwork};

/// The slope of a ReLU on a set of inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slope {
    /// 0: the unit's input is negative.
    Inactive,
    /// 1: it is positive.
    Active,
    /// Anything in `[0, 1]`.
    Either,
}

impl Slope {
    pub(crate) fn of(input: Interval) -> Self {
        if input.low() > 0.0 {
            Slope::Active
        } else if input.high() < 0.0 {
            Slope::Inactive
        } else {
            Slope::Either
        }
    }

    pub(crate) fn midpoint(self) -> f64 {
        match self {
            Slope::Inactive => 0.0,
            Slope::Either => 0.5,
            Slope::Active => 1.0,
        }
    }
}

/// Weights and biases of a network, as matrices whose radii are zero.
#[derive(Debug, Clone)]
pub(super) struct Exact {
    pub(super) weights: Vec<IntervalMatrix>,
    pub(super) biases: Vec<IntervalVector>,
}

impl Exact {
    pub(super) fn new(network: &ReluNetwork) -> Result<Self, MatrixError> {
        let weights = network.layers().iter().map(|(weights, _)| exact(weights)).collect::<Result<_, _>>()?;
        let bias = network.layers().iter().map(|(_, bias)| IntervalVector::new(bias.as_slice().to_vec()));
        Ok(Self { weights, biases: bias.collect::<Result<_, _>>()? })
    }
}

/// `W D` with the diagonal of slopes `D`.
pub(crate) fn times_slopes(weights: &IntervalMatrix, slopes: &[Slope]) -> Result<IntervalMatrix, MatrixError> {
    let middle = weights.scale_columns(&slopes.iter().map(|slope| slope.midpoint()).collect::<Vec<_>>())?;
    if !slopes.contains(&Slope::Either) {
        return Ok(middle);
    }
    let magnitudes = weights.magnitudes::<Up>().flat_map(|row| row.zip(slopes).map(|(x, &s)| (x, s)));
    let radii = magnitudes.zip(middle.radii()).map(|((x, slope), &radius)| {
        if slope == Slope::Either { Up::add(radius, Up::mul(0.5, x)) } else { radius }
    });
    let (rows, columns) = weights.shape();
    IntervalMatrix::with_radii(rows, columns, middle.midpoints().to_vec(), radii.collect())
}

/// The slopes of the units whose inputs are these.
pub(crate) fn slopes(inputs: &IntervalVector) -> Vec<Slope> {
    inputs.intervals().map(Slope::of).collect()
}

/// `W_L D_{L−1} ⋯ D₁ W₁`.
pub(crate) fn chain(weights: &[IntervalMatrix], slopes: &[Vec<Slope>]) -> Result<IntervalMatrix, MatrixError> {
    let mut product = weights[0].clone();
    for (weights, slopes) in weights[1..].iter().zip(slopes) {
        product = times_slopes(weights, slopes)?.times(&product)?;
    }
    Ok(product)
}

/// The activations of units whose inputs are these.
pub(crate) fn relu(inputs: &IntervalVector) -> Result<IntervalVector, MatrixError> {
    let (mut midpoints, mut radii) = (Vec::new(), Vec::new());
    let column = inputs.as_column();
    for ((input, &m), &r) in inputs.intervals().zip(column.midpoints()).zip(column.radii()) {
        let (m, r) = match Slope::of(input) {
            Slope::Inactive => (0.0, 0.0),
            Slope::Active => (m, r),
            Slope::Either => {
                let half = Up::mul(0.5, input.high().max(0.0));
                (half, half)
            }
        };
        midpoints.push(m);
        radii.push(r);
    }
    IntervalVector::with_radii(midpoints, radii)
}

/// The inputs of the hidden units at every point inside `x`, layer by layer.
pub(super) fn hidden(network: &Exact, x: &IntervalVector) -> Result<Vec<IntervalVector>, MatrixError> {
    let (mut units, mut inputs) = (x.clone(), Vec::new());
    for (weights, bias) in network.weights.iter().zip(&network.biases).take(network.weights.len() - 1) {
        let z = weights.times_vector(&units)?.plus(bias)?;
        units = relu(&z)?;
        inputs.push(z);
    }
    Ok(inputs)
}

/// A point, if it has as many coordinates as the network inputs.
pub(super) fn point(network: &ReluNetwork, x: &[f64]) -> Result<IntervalVector, LipschitzError> {
    if x.len() != network.inputs() {
        return Err(NetworkError::Point { inputs: network.inputs(), found: x.len() }.into());
    }
    Ok(IntervalVector::new(x.to_vec())?)
}

/// An upper bound of the spectral norm of every matrix inside.
pub(super) fn norm_above(a: &IntervalMatrix) -> f64 {
    let (cheap, (rows, columns)) = (a.spectral_norm_bound(), a.shape());
    if rows == 1 || columns == 1 {
        // The norm of a vector needs no decomposition.
        return cheap;
    }
    // Where no decomposition converges, the cheap bound is one still.
    spectral(a).map_or(cheap, |norm| norm.high().min(cheap))
}
