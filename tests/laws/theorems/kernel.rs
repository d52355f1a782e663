//! Balls in the space of a kernel: the complexity is exact on one point, and within √2 on all.

use proptest::prelude::*;
use saddlepoint_rigor::{Interval, IntervalMatrix};
use saddlepoint_theory::bounds::kernel::{KernelMatrix, complexity};

/// `E √(σᵀKσ) / n` over all signs: the supremum over the unit ball is the norm of `Σ σᵢ k(xᵢ, ·)`.
fn exact(kernel: &[f64], n: usize) -> f64 {
    let total: f64 = (0..1u32 << n)
        .map(|signs| {
            let sign = |i: usize| if signs >> i & 1 == 1 { 1.0 } else { -1.0 };
            let entries = kernel.iter().enumerate().map(|(at, k)| sign(at / n) * sign(at % n) * k);
            entries.sum::<f64>().max(0.0).sqrt()
        })
        .sum();
    total / f64::from(1u32 << n) / n as f64
}

/// The Laplace kernel on points of the line.
fn laplace(points: &[f64]) -> Vec<f64> {
    points.iter().flat_map(|x| points.iter().map(move |y| (-(x - y).abs()).exp())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn the_exact_complexity_is_below_and_not_far(points in prop::collection::vec(-5.0..5.0f64, 1..8)) {
        let (n, kernel) = (points.len(), laplace(&points));
        let one = Interval::between(1.0, 1.0);
        let trace = Interval::between(n as f64, n as f64);
        let bound = complexity(one, trace, n as u64);
        let exact = exact(&kernel, n);
        prop_assert!(exact <= bound * (1.0 + 1e-12) && bound <= exact * (2f64.sqrt() + 1e-9));
    }

    /// The interpolant has the least norm: any other function through the values, here with one kernel more, has more.
    #[test]
    fn the_interpolant_has_the_least_norm(points in prop::collection::vec(-5.0..5.0f64, 2..7), seed in any::<u64>()) {
        let mut points = points;
        points.sort_by(f64::total_cmp);
        prop_assume!(points.windows(2).all(|pair| pair[1] - pair[0] > 0.05));
        let n = points.len();
        let value = |i: usize| (seed.rotate_left(7 * i as u32) % 17) as f64 / 8.0 - 1.0;
        let norm = |n: usize, last: f64| {
            let matrix = IntervalMatrix::from_rows(n, n, laplace(&points[..n])).unwrap();
            let values: Vec<f64> = (0..n).map(|i| if i + 1 == points.len() { last } else { value(i) }).collect();
            KernelMatrix::new(matrix).unwrap().squared_interpolant_norm(&values).unwrap()
        };
        let before = norm(n - 1, 0.0);
        prop_assert!([-1.0, 0.0, 0.3, 2.0].iter().all(|&last| norm(n, last).high() >= before.low()));
    }
}

/// Teeth: on one point the bound is the truth, so any smaller constant fails.
#[test]
fn a_weakened_constant_is_caught() {
    let one = Interval::between(1.0, 1.0);
    let bound = complexity(one, one, 1);
    assert!(exact(&[1.0], 1) <= bound && exact(&[1.0], 1) > 0.999 * bound);
}
