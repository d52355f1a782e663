//! Balls in the space of a kernel: the complexity is exact on one point, and within √2 on all.

use proptest::prelude::*;
use saddlepoint_models::random::Stream;
use saddlepoint_rigor::{Interval, IntervalMatrix};
use saddlepoint_theory::bounds::hypothesis::Violation;
use saddlepoint_theory::bounds::kernel::{KernelMatrix, complexity, excess_capacity};

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

/// Squared norms of the interpolants of a smooth function's signs and of coins on the same points of the line.
fn interpolants(seed: u64) -> [Interval; 2] {
    let mut stream = Stream::new(seed);
    let n = 30;
    let points: Vec<f64> = (0..n).map(|i| f64::from(i) / 5.0 + 0.05 * stream.uniform()).collect();
    let kernel = IntervalMatrix::from_rows(points.len(), points.len(), laplace(&points)).unwrap();
    let kernel = KernelMatrix::new(kernel).unwrap();
    let smooth: Vec<f64> = points.iter().map(|x| if *x < 3.0 { 1.0 } else { -1.0 }).collect();
    let coins: Vec<f64> = points.iter().map(|_| stream.sign()).collect();
    [smooth, coins].map(|values| kernel.squared_interpolant_norm(&values).unwrap())
}

proptest! {
    /// The quotient of the measures, whatever the unit they are taken in.
    #[test]
    fn the_excess_is_the_quotient(a in 1i32..1000, b in 0i32..1000, e in -30i32..30, r in 0.0..0.4f64) {
        let point = |x: i32| Interval::between(f64::from(x), f64::from(x));
        let excess = excess_capacity(point(a), point(b)).unwrap();
        // q is the quotient b/a to nearest, so the truth is at most half a step away.
        let q = f64::from(b) / f64::from(a);
        prop_assert!(excess.low() <= q && q <= excess.high() && excess.high() <= excess.low().next_up());
        let scaled = |x: i32| point(x).scaled_by_power_of_two(e);
        prop_assert_eq!(excess_capacity(scaled(a), scaled(b)).unwrap(), excess);
        let wide = |x: i32| Interval::between(f64::from(x) - r, f64::from(x) + r);
        prop_assert!(excess.is_subset_of(excess_capacity(wide(a), wide(b)).unwrap()));
    }
}

/// Random labels take more of a kernel's norm than those of one threshold. Teeth: a measure that does not look at labels
/// has an excess of 1; the quotient upside down says that random labels are simpler; and what may be zero divides nothing.
#[test]
fn random_labels_take_more_norm() {
    for seed in 0..20 {
        let [smooth, coins] = interpolants(seed);
        let excess = excess_capacity(smooth, coins).unwrap();
        assert!(excess.low() > 2.0, "{seed}: {excess}");
        assert!(excess_capacity(coins, smooth).unwrap().high() < 0.5);
        // That of the norms is the root of that of their squares, and smaller.
        let roots = excess_capacity(smooth.sqrt().unwrap(), coins.sqrt().unwrap()).unwrap();
        assert!(roots.high() < excess.low() && roots.square().intersection(excess).is_some());
    }
    let trace = Interval::between(30.0, 30.0);
    assert!(excess_capacity(trace, trace).unwrap().contains(1.0));
    let refused = excess_capacity(Interval::between(0.0, 1.0), trace).unwrap_err();
    assert_eq!(refused, Violation::Radius(0.0));
}
