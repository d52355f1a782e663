//! `gd-eps-critical-rate`: no β-smooth function beats the bounds, and one attains the tight one.

use nalgebra::DMatrix;
use proptest::prelude::*;
use saddlepoint_landscape::analytic::{Cauchy, Quadratic, SawtoothGradient};
use saddlepoint_landscape::descent::{GradientDescent, StopRule};
use saddlepoint_landscape::objective::Objective;
use saddlepoint_theory::optimization::{CriticalRate, DescentLemma, Gap, Smoothness, StableStep};

/// The smallest squared gradient over the start and `steps` iterates.
fn best(f: &dyn Objective, step: f64, start: &[f64], steps: u32) -> f64 {
    GradientDescent::new(step, StopRule::after(steps as usize)).unwrap().smallest_gradient(f, start).unwrap()
}

fn rate(beta: f64, gap: f64) -> CriticalRate {
    CriticalRate::new(Smoothness::new(beta).unwrap(), Gap::new(gap).unwrap())
}

fn dyadic() -> impl Strategy<Value = f64> {
    (-8i32..8).prop_map(|exponent| 2f64.powi(exponent))
}

proptest! {
    #[test]
    fn the_saw_tooth_attains_the_tight_bound_to_the_bit(beta in dyadic(), slope in dyadic(), teeth in 1u32..=200) {
        let f = SawtoothGradient::new(beta, slope, teeth).unwrap();
        let found = best(&f, 1.0 / beta, &[0.0], teeth);
        prop_assert_eq!(found, slope * slope);
        prop_assert_eq!(found, rate(beta, f.gap()).tight(teeth.into()));
        // One more step reaches the minimizer.
        prop_assert_eq!(best(&f, 1.0 / beta, &[0.0], teeth + 1), 0.0);
    }

    #[test]
    fn quadratics_stay_below_every_bound(
        entries in prop::collection::vec(-5.0f64..5.0, 9),
        start in prop::array::uniform3(-3.0f64..3.0),
        share in 0.05f64..1.95,
        gradients in 1u32..200,
    ) {
        let root = DMatrix::from_row_slice(3, 3, &entries);
        let gram = &root * root.transpose();
        let f = Quadratic::new((&gram + gram.transpose()) * 0.5).unwrap();
        prop_assume!(f.smoothness() > 1e-6);
        check(&f, f.smoothness(), &start, share, gradients)?;
    }

    #[test]
    fn a_function_that_is_not_convex_stays_below_every_bound(
        start in prop::collection::vec(-9.0f64..9.0, 1..6),
        share in 0.05f64..1.95,
        gradients in 1u32..200,
    ) {
        check(&Cauchy::new(start.len()).unwrap(), Cauchy::SMOOTHNESS, &start, share, gradients)?;
    }

    #[test]
    fn a_step_gains_what_the_descent_lemma_says(start in prop::array::uniform2(-9.0f64..9.0), share in 0.01f64..1.99) {
        let f = Cauchy::new(2).unwrap();
        let gradient = f.gradient(&start).unwrap();
        prop_assume!(gradient.norm() > 1e-6);
        let step = StableStep::new(share, Smoothness::new(Cauchy::SMOOTHNESS).unwrap()).unwrap();
        let next: Vec<f64> = start.iter().zip(&gradient).map(|(x, g)| x - share * g).collect();
        let gained = f.value(&start).unwrap() - f.value(&next).unwrap();
        let promised = DescentLemma::new(step, gradient.norm()).unwrap().decrease();
        prop_assert!(gained >= promised - 1e-12 * (1.0 + f.value(&start).unwrap()));
    }
}

/// A nonnegative objective against the three bounds.
fn check(f: &dyn Objective, beta: f64, start: &[f64], share: f64, gradients: u32) -> Result<(), TestCaseError> {
    let rate = rate(beta, f.value(start).unwrap());
    let found = best(f, 1.0 / beta, start, gradients - 1);
    let slack = 1.0 + 1e-12;
    prop_assert!(found <= rate.classic(gradients.into()).unwrap() * slack);
    prop_assert!(found <= rate.tight(u64::from(gradients) - 1) * slack);
    let step = StableStep::new(share / beta, Smoothness::new(beta).unwrap()).unwrap();
    let found = best(f, step.get(), start, gradients - 1);
    prop_assert!(found <= rate.with_step(step, gradients.into()).unwrap() * slack);
    Ok(())
}

/// A constant only a thousandth smaller than 4 is exceeded by the saw tooth, and so is `β` too small by as much.
#[test]
fn teeth_a_smaller_constant_is_exceeded() {
    let f = SawtoothGradient::new(1.0, 1.0, 50).unwrap();
    let found = best(&f, 1.0, &[0.0], 50);
    assert!(found > rate(1.0, f.gap()).tight(50) * 0.999);
    assert!(found > rate(0.999, f.gap()).tight(50));
}

/// With `4/(3N + 3)`, one more in the denominator, the bound is false.
#[test]
fn teeth_one_step_too_many_is_exceeded() {
    let f = SawtoothGradient::new(1.0, 1.0, 10).unwrap();
    assert!(best(&f, 1.0, &[0.0], 10) > 4.0 * f.gap() / 33.0);
}

/// Beyond `2/β` nothing is promised, and a parabola shows why.
#[test]
fn teeth_a_step_beyond_the_threshold_is_refused_and_does_diverge() {
    assert!(StableStep::new(2.001, Smoothness::new(1.0).unwrap()).is_err());
    let f = Quadratic::new(DMatrix::identity(1, 1)).unwrap();
    assert_eq!(best(&f, 2.001, &[1.0], 1000), 1.0);
}

/// Off the dyadic grid the orbit is unstable: rounding errors double at each step and equality is lost.
#[test]
fn pitfall_rounding_destroys_the_orbit_where_arithmetic_is_not_exact() {
    let f = SawtoothGradient::new(7.0, 0.3, 100).unwrap();
    let found = best(&f, 1.0 / 7.0, &[0.0], 100);
    assert!(found < 0.08, "{found}");
    assert!(found <= rate(7.0, f.gap()).tight(100));
}
