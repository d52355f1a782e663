//! The plots of the claim.

use super::Point;
use crate::figure::{Axis, Figure};
use crate::portrait::Portrait;

/// The network with one input, one hidden unit and one output.
pub(super) fn landscape(portrait: &Portrait) -> Figure {
    let branch = |sign: f64| {
        let a = (0..=60).map(move |i| sign * 4f64.powf(f64::from(i) / 60.0) / 2.0);
        a.map(|a| (a, 1.0 / a))
    };
    portrait
        .figure(
            "landscape",
            "The smallest linear network: f(a, b) = (1 − ab)²",
            "Both branches of the hyperbola ab = 1 are global minima; the origin, J = ∅, is the only other critical point, a strict saddle.",
            ["a", "b"],
            "f",
        )
        .points("saddle (J = ∅)", [(0.0, 0.0)])
        .reference("minima (J = {1})", branch(1.0))
        .reference("minima, other branch", branch(-1.0))
}

pub(super) fn spectra(points: &[Point]) -> Figure {
    let figure = Figure::new(
        "spectra",
        "The Hessian's spectrum on each stratum of the reference data",
        "Negative eigenvalues disappear as the loss falls; only the lowest level, J = {1, 2}, has none. Zero eigenvalues come from the symmetry (A, B) → (AC, C⁻¹B).",
        Axis::linear("loss at the stratum"),
        Axis::linear("eigenvalue of the Hessian"),
    );
    points.iter().fold(figure, |figure, point| {
        let name = format!("J = {:?}", point.directions);
        figure.points(name, point.eigenvalues.iter().map(|&value| (point.loss, value)))
    })
}

pub(super) fn index_against_loss(points: &[Point]) -> Figure {
    Figure::new(
        "index",
        "The higher the loss, the more directions lead down",
        "The number of negative eigenvalues grows with the loss of the stratum.",
        Axis::linear("loss at the stratum"),
        Axis::linear("negative eigenvalues"),
    )
    .points("strata", points.iter().map(|point| (point.loss, point.inertia[0] as f64)))
}
