//! `soft-threshold-two-relus`: the minimizer, from both sides, and what a ReLU without bias is not.

use proptest::prelude::*;
use saddlepoint_theory::representation::thresholding::Threshold;

proptest! {
    #[test]
    fn two_relus_are_the_soft_threshold(x in -1e3f64..1e3, y in -1e3f64..1e3, beta in 0.0f64..1e3) {
        let threshold = Threshold::new(beta).unwrap();
        prop_assert_eq!(threshold.soft(x), threshold.soft_as_two_relus(x));
        prop_assert_eq!(threshold.soft(-x), -threshold.soft(x));
        prop_assert!((threshold.soft(x) - threshold.soft(y)).abs() <= (x - y).abs() + 3e-13);
        prop_assert!(threshold.hard(x) == 0.0 || threshold.hard(x) == x);
    }

    /// The subdifferential tells the minimizer without any comparison of values.
    #[test]
    fn the_stationarity_condition_holds(x in -1e3f64..1e3, beta in 0.0f64..1e3) {
        let threshold = Threshold::new(beta).unwrap();
        let z = threshold.soft(x);
        if z == 0.0 {
            prop_assert!(x.abs() <= beta);
        } else {
            prop_assert!((z - x + beta * z.signum()).abs() <= 1e-12);
        }
        let positive = threshold.nonnegative_soft(x);
        prop_assert!(positive >= 0.0);
        let stationary = if positive == 0.0 { x <= beta } else { (positive - x + beta).abs() <= 1e-12 };
        prop_assert!(stationary);
    }

    #[test]
    fn nothing_is_better(x in -1e3f64..1e3, beta in 0.0f64..1e3, z in -1e3f64..1e3) {
        let threshold = Threshold::new(beta).unwrap();
        let slack = 1e-14 * (x * x + beta * beta);
        prop_assert!(threshold.proximal_objective(x, threshold.soft(x)) <= threshold.proximal_objective(x, z) + slack);
    }

    /// Hard thresholding and a ReLU without the bias are other maps: each loses against the soft one wherever it differs.
    #[test]
    fn teeth_other_maps_are_no_minimizers(x in 2.0f64..1e3, beta in 0.5f64..1.0) {
        let threshold = Threshold::new(beta).unwrap();
        let least = threshold.proximal_objective(x, threshold.soft(x));
        prop_assert!(threshold.proximal_objective(x, threshold.hard(x)) > least + 0.1);
        prop_assert!(threshold.proximal_objective(x, x.max(0.0)) > least + 0.1);
    }
}
