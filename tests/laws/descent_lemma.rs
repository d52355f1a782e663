//! `descent-lemma`: no step gains less than promised, and a smaller constant promises too much.

use nalgebra::DMatrix;
use proptest::prelude::*;
use saddlepoint_landscape::analytic::{Cauchy, Quadratic, SigmoidNeuron};
use saddlepoint_landscape::objective::Objective;
use saddlepoint_theory::optimization::{DescentLemma, Smoothness, StableStep};

/// What the lemma promises and what the step gains, with `η = share/β`; `None` at a critical point.
fn promise_and_gain(f: &dyn Objective, beta: f64, start: &[f64], share: f64) -> Option<(f64, f64)> {
    let gradient = f.gradient(start).unwrap();
    let step = StableStep::new(share / beta, Smoothness::new(beta).ok()?).ok()?;
    let promise = DescentLemma::new(step, gradient.norm()).ok()?.decrease();
    let next: Vec<f64> = start.iter().zip(&gradient).map(|(x, g)| x - step.get() * g).collect();
    Some((promise, f.value(start).unwrap() - f.value(&next).unwrap()))
}

fn check(f: &dyn Objective, beta: f64, start: &[f64], share: f64) -> Result<(), TestCaseError> {
    if let Some((promise, gain)) = promise_and_gain(f, beta, start, share) {
        let slack = 1e-12 * (1.0 + f.value(start).unwrap().abs());
        prop_assert!(gain >= promise - slack, "{gain} below {promise}");
        prop_assert!(gain >= -slack);
    }
    Ok(())
}

proptest! {
    #[test]
    fn quadratics_of_any_signature(
        entries in prop::collection::vec(-5.0f64..5.0, 64),
        start in prop::collection::vec(-3.0f64..3.0, 1..=8),
        share in 0.0f64..2.0,
    ) {
        let n = start.len();
        let root = DMatrix::from_row_slice(n, n, &entries[..n * n]);
        let f = Quadratic::new((&root + root.transpose()) * 0.5).unwrap();
        check(&f, f.smoothness(), &start, share)?;
    }

    #[test]
    fn losses_that_are_not_convex(start in prop::collection::vec(-9.0f64..9.0, 1..=8), share in 0.0f64..2.0) {
        check(&Cauchy::new(start.len()).unwrap(), Cauchy::SMOOTHNESS, &start, share)?;
    }

    #[test]
    fn sigmoid_neurons(
        entries in prop::collection::vec(-5.0f64..5.0, 12),
        labels in prop::collection::vec(0.0f64..=1.0, 4),
        w in prop::array::uniform3(-3.0f64..3.0),
        share in 0.0f64..2.0,
    ) {
        let f = SigmoidNeuron::half_mean_square(&DMatrix::from_row_slice(4, 3, &entries), labels).unwrap();
        check(&f, f.smoothness().unwrap(), &w, share)?;
    }

    /// The hyperbolic cosine is no counterexample to the local Hessian: `|x − c tanh x| ≤ |x|` for `0 < c < 2`, so the
    /// curvature at `x` is the largest on the segment.
    #[test]
    fn for_the_hyperbolic_cosine_the_local_hessian_does(x in -5.0f64..5.0, c in 0.0f64..2.0) {
        let (beta, slope) = (x.cosh(), x.sinh());
        let next = x - c / beta * slope;
        prop_assert!(next.abs() <= x.abs());
        let promise = c / beta * (1.0 - 0.5 * c) * slope * slope;
        prop_assert!(x.cosh() - next.cosh() >= promise - 1e-12 * x.cosh());
    }
}

/// Half the smoothness, or one part in a thousand less: on a parabola the promise is then more than there is.
#[test]
fn teeth_a_smaller_constant_promises_too_much() {
    let f = Quadratic::new(DMatrix::identity(1, 1)).unwrap();
    for factor in [0.5, 0.999] {
        let (promise, gain) = promise_and_gain(&f, factor, &[1.0], factor).unwrap();
        assert!(gain < promise - 1e-4, "{gain} and {promise}");
    }
}

/// The curvature at the point alone is no bound: here it is 0.08, and the step goes far beyond the minimum.
#[test]
fn teeth_the_hessian_at_the_point_alone_is_not_enough() {
    let f = Cauchy::new(1).unwrap();
    let local = f.hessian(&[0.8]).unwrap()[(0, 0)];
    let (promise, gain) = promise_and_gain(&f, local, &[0.8], 1.0).unwrap();
    assert!(promise > 0.0 && gain < 0.0, "{gain} and {promise}");
}
