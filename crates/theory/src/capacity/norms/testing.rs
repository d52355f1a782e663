//! The catalogue's reference network: three layers drawn from SplitMix64.

use saddlepoint_rigor::{Interval, IntervalMatrix};

/// `A₁ = SM(101).normal(7, 5)/√5`, `A₂ = SM(102).normal(6, 7)/√7`, `A₃ = SM(103).normal(3, 6)/√6`.
pub(super) fn network() -> Vec<IntervalMatrix> {
    [(101, 7, 5), (102, 6, 7), (103, 3, 6)].into_iter().map(|(seed, m, n)| layer(seed, m, n)).collect()
}

/// Whether a decimal value with so many digits is what the interval encloses.
pub(super) fn assert_digits(interval: Interval, value: f64, tolerance: f64) {
    let error = (interval.midpoint() - value).abs();
    assert!(error <= tolerance * value && interval.width() <= 1e-13 * value, "{interval} is not {value}");
}

fn layer(seed: u64, m: usize, n: usize) -> IntervalMatrix {
    let mut state = seed;
    let mut uniform = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    };
    let mut normal = || {
        let (radius, angle) = (1.0 - uniform(), uniform());
        libm::sqrt(-2.0 * libm::log(radius)) * libm::cos(std::f64::consts::TAU * angle)
    };
    let entries = (0..m * n).map(|_| normal() / (n as f64).sqrt()).collect();
    IntervalMatrix::from_rows(m, n, entries).expect("normals are finite")
}
