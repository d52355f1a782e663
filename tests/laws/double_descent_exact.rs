//! `double-descent-exact`: the closed form against simulation, and its monotone side.

use proptest::prelude::*;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::estimation::gaussian_linear::GaussianLinear;

proptest! {
    /// One noise level and features that all matter equally: with more samples than features the risk falls in n.
    #[test]
    fn more_samples_help_below_interpolation(d in 1usize..10, n in 2usize..40, noise in 0.1f64..2.0) {
        let risk = |n| GaussianLinear::new(vec![1.0; 10], noise, n).unwrap().risk(d).unwrap();
        prop_assume!(n >= d + 2);
        prop_assert!(risk(n + 1) < risk(n));
    }
}

/// Teeth: a formula with n − d in place of n − d − 1 is caught by simulation.
#[test]
fn a_lost_degree_of_freedom_is_caught() {
    let (n, d, noise, draws) = (12, 4, 0.7, 4000);
    let model = GaussianLinear::new(vec![0.5; 6], noise, n).unwrap();
    let mut stream = Stream::new(9);
    let risks: Vec<f64> = (0..draws).map(|_| model.simulate(d, || stream.normal()).unwrap().0).collect();
    let mean = risks.iter().sum::<f64>() / f64::from(draws);
    let variance = risks.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / f64::from(draws - 1);
    let error = (variance / f64::from(draws)).sqrt();
    let exact = model.risk(d).unwrap();
    let wrong = (0.5 + noise * noise) * (1.0 + d as f64 / (n - d) as f64);
    assert!((mean - exact).abs() < 4.0 * error, "{mean} ± {error}, {exact}");
    assert!((mean - wrong).abs() > 4.0 * error, "{mean} ± {error}, {wrong}");
}
