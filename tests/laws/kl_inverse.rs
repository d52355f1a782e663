//! `kl-inverse`: certified from above, tight, monotone, below its relaxations.

use proptest::prelude::*;
use saddlepoint_experiments::claims::kl_inverse::REFERENCES;
use saddlepoint_theory::bounds::kl_inverse::{divergence, fast_rate, pinsker, upper_inverse};
use saddlepoint_theory::quantity::{Divergence, Risk};

fn inverse(q: f64, c: f64) -> f64 {
    upper_inverse(Risk::new(q).unwrap(), Divergence::new(c).unwrap()).get()
}

/// `[lower, upper]` of kl; infinite where it is.
fn kl(q: f64, p: f64) -> [f64; 2] {
    divergence(Risk::new(q).unwrap(), Risk::new(p).unwrap())
        .map_or([f64::INFINITY; 2], |kl| [kl.low(), kl.high()])
}

fn down(p: f64, steps: usize) -> f64 {
    (0..steps).fold(p, |p, _| p.next_down())
}

/// Risks of all magnitudes, near 0 and near 1, and the ends.
fn risk() -> impl Strategy<Value = f64> {
    prop_oneof![
        0.0..=1.0f64,
        (-12.0..0.0f64).prop_map(|e| 10f64.powf(e)),
        (-12.0..0.0f64).prop_map(|e| 1.0 - 10f64.powf(e)),
        Just(0.0),
        Just(1.0),
    ]
}

fn budget() -> impl Strategy<Value = f64> {
    prop_oneof![(-10.0..1.5f64).prop_map(|e| 10f64.powf(e)), Just(0.0)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn the_inverse_is_above_the_truth_and_tight(q in risk(), c in budget()) {
        let p = inverse(q, c);
        prop_assert!(q <= p && p <= 1.0);
        prop_assert!(p == q || kl(q, p)[0] >= c, "kl({q}‖{p}) = {:?} is not certified", kl(q, p));
        let below = down(p, 32).max(q);
        prop_assert!(below == q || kl(q, below)[1] < c, "32 floats below {p}, kl = {:?}", kl(q, below));
    }

    #[test]
    fn the_inverse_is_monotone_up_to_its_tightness(q in risk(), r in risk(), c in budget(), d in budget()) {
        prop_assert!(down(inverse(q.min(r), c), 32) <= inverse(q.max(r), c));
        prop_assert!(down(inverse(q, c.min(d)), 32) <= inverse(q, c.max(d)));
    }

    #[test]
    fn the_relaxations_are_above(q in risk(), c in budget()) {
        let (risk, budget) = (Risk::new(q).unwrap(), Divergence::new(c).unwrap());
        // Both relaxations are attained at c = 0, where all three are q.
        prop_assert!(down(inverse(q, c), 32) <= pinsker(risk, budget).min(fast_rate(risk, budget)));
    }

    #[test]
    fn no_errors_have_a_closed_form(c in budget()) {
        let truth = -(-c).exp_m1();
        prop_assert!((inverse(0.0, c) - truth).abs() <= 1e-14 * truth);
    }

    /// The naive formula is an oracle only where nothing cancels.
    #[test]
    fn the_enclosure_contains_the_naive_formula(q in 0.05..0.95f64, p in 0.05..0.95f64) {
        let naive = q * (q / p).ln() + (1.0 - q) * ((1.0 - q) / (1.0 - p)).ln();
        let [low, high] = kl(q, p);
        prop_assert!(low - 1e-14 <= naive && naive <= high + 1e-14, "{naive} outside [{low}, {high}]");
        prop_assert!(high - low <= 2e-14 * high);
    }
}

#[test]
fn the_catalogues_values() {
    for (q, c, p) in REFERENCES {
        assert!((inverse(q, c) - p).abs() <= 1e-14 * p, "{q} {c}: {} {p}", inverse(q, c));
    }
}

/// Inverses to 50 digits, rounded up to the next float (tests/reference/kl_inverse.py).
#[test]
fn no_value_is_below_the_reference_and_none_is_far_above() {
    for line in include_str!("../reference/kl_inverse.csv").lines() {
        let fields: Vec<f64> =
            line.split(',').map(|bits| f64::from_bits(u64::from_str_radix(bits, 16).unwrap())).collect();
        let (p, truth) = (inverse(fields[0], fields[1]), fields[2]);
        assert!(p >= truth, "kl⁻¹({}, {}) = {p} is below {truth}", fields[0], fields[1]);
        assert!(
            p.to_bits() - truth.to_bits() <= 16,
            "kl⁻¹({}, {}) = {p} is loose: {truth}",
            fields[0],
            fields[1]
        );
    }
}

/// Teeth: the last midpoint of a bisection in plain arithmetic is below the truth in many cases.
#[test]
fn a_bisection_that_returns_its_midpoint_is_caught() {
    let naive_kl = |q: f64, p: f64| q * (q / p).ln() + (1.0 - q) * ((1.0 - q) / (1.0 - p)).ln();
    let mut below = 0;
    for i in 1..200 {
        let (q, c) = (f64::from(i) / 200.0, 0.01);
        let (mut low, mut high) = (q, 1.0f64);
        for _ in 0..60 {
            let middle = f64::midpoint(low, high);
            if naive_kl(q, middle) <= c { low = middle } else { high = middle }
        }
        below += usize::from(kl(q, f64::midpoint(low, high))[1] < c);
    }
    assert!(below > 20, "{below} of 199 below the truth");
}

/// Teeth: constants a little smaller are no relaxations.
#[test]
fn weakened_relaxations_are_caught() {
    let worst = |relaxed: &dyn Fn(f64, f64) -> f64| {
        let grid = (1..100).flat_map(|i| [1e-6, 1e-3, 0.1, 1.0].map(|c| (f64::from(i) / 100.0, c)));
        grid.map(|(q, c)| inverse(q, c) - relaxed(q, c)).fold(f64::NEG_INFINITY, f64::max)
    };
    assert!(worst(&|q, c| q + (0.49 * c).sqrt()) > 0.0, "Pinsker's constant is best possible");
    assert!(worst(&|q, c| q + (1.9 * q * c).sqrt() + 2.0 * c) > 0.0, "so is the 2 in the fast rate");
}
