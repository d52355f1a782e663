//! `bottou-bousquet-optimisation-cost`: descent contracts at the rate of the condition number.

use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::estimation::least_squares::LeastSquares;

fn problem(n: usize, d: usize, seed: u64) -> LeastSquares {
    let mut stream = Stream::new(seed);
    let features = DMatrix::from_vec(n, d, stream.normals(n * d));
    LeastSquares::new(&features, &DVector::from_vec(stream.normals(n)))
        .expect("Gaussian features are independent")
}

proptest! {
    /// Every step of descent multiplies the root of the gap by at most 1 − 1/κ.
    #[test]
    fn descent_contracts_by_the_condition_number(d in 1usize..6, extra in 2usize..30, seed in any::<u64>()) {
        let problem = problem(d + extra, d, seed);
        let (least, largest) = problem.extremes();
        let factor = 1.0 - least / largest;
        let gaps: Vec<f64> = problem.descent().take(20).map(|point| problem.gap(&point).sqrt()).collect();
        // Rounding an iterate c leaves a gap of some λ_max (ε‖c‖)², and gaps[0]² is at least λ_min ‖ĉ‖².
        let rounding = 1e-14 * (largest / least).sqrt() * gaps[0];
        for pair in gaps.windows(2) {
            prop_assert!(pair[1] <= factor * pair[0] * (1.0 + 1e-9) + rounding);
        }
    }
}

/// Teeth: half the condition number would promise too much.
#[test]
fn a_better_rate_is_caught() {
    let caught = (0..20).any(|seed| {
        let problem = problem(12, 3, seed);
        let (least, largest) = problem.extremes();
        let gaps: Vec<f64> = problem.descent().take(20).map(|point| problem.gap(&point).sqrt()).collect();
        gaps[19] > (1.0 - (2.0 * least / largest).min(1.0)).powi(19) * gaps[0]
    });
    assert!(caught);
}
