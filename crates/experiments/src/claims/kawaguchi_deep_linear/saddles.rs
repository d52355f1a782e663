//! The saddles of the reference data at which the first and the last matrix vanish.

use nalgebra::{DMatrix, DVector};
use saddlepoint_landscape::analytic::kawaguchi::{OriginEscape, VanishingEnds};
use saddlepoint_landscape::critical::inertia::Inertia;
use saddlepoint_landscape::objective::Objective;
use serde::{Deserialize, Serialize};

use super::super::baldi_hornik_critical_points::data::counts;
use super::deep;
use crate::claim::Failure;
use crate::verdict::{Check, maximum};

/// A saddle with vanishing ends.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Saddle {
    /// In words.
    pub(super) name: String,
    /// Negative, zero and positive eigenvalues.
    inertia: [usize; 3],
    /// Largest entry of the gradient.
    gradient: f64,
    /// Eigenvalues of the Hessian, increasing.
    pub(super) eigenvalues: Vec<f64>,
    /// Largest error of a closed-form eigenvalue.
    error: f64,
    /// `(f(0) − f(tV))/t^D` along the way down from the origin, measured and by the formula, at `t = 0.1`.
    escape: Option<[f64; 2]>,
}

/// A saddle of the reference data with vanishing ends, and what the catalogue knows of it.
pub(super) struct Row {
    pub(super) name: &'static str,
    /// Diagonals of `W_{D−1}, …, W_2`.
    pub(super) middle: &'static [[f64; 2]],
    inertia: [usize; 3],
    /// The smallest eigenvalue.
    lowest: f64,
}

const fn row(name: &'static str, middle: &'static [[f64; 2]], inertia: [usize; 3], lowest: f64) -> Row {
    Row { name, middle, inertia, lowest }
}

/// The catalogue's table.
pub(super) const EXPECTED: [Row; 5] = [
    row("depth 2, origin", &[], [6, 0, 6], -46.19730387),
    row("depth 3, W₂ = I", &[[1.0, 1.0]], [6, 4, 6], -46.19730387),
    row("depth 3, W₂ = diag(1, 0)", &[[1.0, 0.0]], [3, 10, 3], -46.19730387),
    row("depth 3, origin", &[[0.0, 0.0]], [0, 16, 0], 0.0),
    row("depth 4, origin", &[[0.0, 0.0], [0.0, 0.0]], [0, 20, 0], 0.0),
];

/// The point with these middle matrices, measured.
pub(super) fn saddle(name: &str, middle: &[[f64; 2]]) -> Result<Saddle, Failure> {
    let network = deep(middle.len() + 2)?;
    let factors: Vec<_> = middle.iter().map(|d| DMatrix::from_diagonal(&DVector::from_row_slice(d))).collect();
    let ends = VanishingEnds::new(&network, &factors)?;
    let (inertia, eigenvalues) = Inertia::of_symmetric(&network.hessian(ends.point())?, 1e-12)?;
    let errors = eigenvalues.iter().zip(ends.spectrum()).map(|(found, expected)| (found - expected).abs());
    let escape = if ends.point().iter().all(|entry| *entry == 0.0) {
        let (way, t) = (OriginEscape::of(&network)?, 0.1f64);
        let gain = network.value(ends.point())? - network.value(&way.point(t))?;
        let power = t.powi(network.depth() as i32);
        Some([gain / power, way.gain(t) / power])
    } else {
        None
    };
    Ok(Saddle {
        name: name.into(),
        inertia: counts(inertia),
        gradient: network.gradient(ends.point())?.amax(),
        error: errors.fold(0.0, maximum),
        eigenvalues,
        escape,
    })
}

/// The point against the table.
pub(super) fn compare(saddle: &Saddle, row: &Row) -> Vec<Check> {
    let at = &saddle.name;
    let (found, expected) = (format!("{:?}", saddle.inertia), format!("{:?}", row.inertia));
    let lowest = saddle.eigenvalues.first().copied().unwrap_or(f64::NAN);
    let mut checks = vec![
        Check::equal(format!("the saddle is that of the table, {at}"), saddle.name.as_str(), row.name),
        Check::at_most(format!("largest entry of the gradient, {at}"), saddle.gradient, 0.0),
        Check::equal(format!("negative, zero, positive, {at}"), found, expected),
        Check::absolute(format!("smallest eigenvalue, {at}"), lowest, row.lowest, 1e-8),
        Check::at_most(format!("error of the closed-form spectrum, {at}"), saddle.error, 1e-10),
    ];
    if let Some([found, expected]) = saddle.escape {
        checks.push(Check::at_least(format!("(f(0) − f(tV))/t^D, {at}: a way down"), found, 1.0));
        checks.push(Check::relative(format!("the same by the formula, {at}"), found, expected, 1e-9));
    }
    checks
}
