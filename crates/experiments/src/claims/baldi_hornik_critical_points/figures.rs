//! The plots of the claim.

use super::Point;
use crate::figure::{Axis, Figure, Mark};
use crate::portrait::Portrait;
use crate::verdict::minimum;

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
            "Both branches of the hyperbola ab = 1 are global minima; the origin, J = ∅, is the only other critical point, a strict saddle. One certificate proves all of a branch, which the symmetry (ca, b/c) moves along itself.",
            ["a", "b"],
            "√f",
        )
        .reference("minima (J = {1})", branch(1.0))
        .reference("minima, other branch", branch(-1.0))
}

/// The levels of the loss, one for each set of directions.
pub(super) fn levels(points: &[Point]) -> Figure {
    let mark = Mark::Points {
        x: points.iter().map(|point| point.directions.len() as f64).collect(),
        y: points.iter().map(|point| point.loss).collect(),
        error: Vec::new(),
        labels: points.iter().map(|point| format!("J = {:?}", point.directions)).collect(),
    };
    let best =
        |r: usize| points.iter().filter(move |point| point.directions.len() == r).map(|point| point.loss);
    let lowest = (0..3).map(|r| (r as f64, best(r).fold(f64::INFINITY, minimum)));
    Figure::new(
        "levels",
        "All critical values of the reference data",
        "Seven sets of at most two of three directions, seven levels. Each direction that is learnt lowers the loss by its eigenvalue; the global minimum has learnt the two largest.",
        Axis::linear("directions learnt, r"),
        Axis::linear("loss at the critical point"),
    )
    .reference("the r largest", lowest)
    .with("critical points", mark)
}
