//! The empirical Bernstein bound: exact coverage for losses in `{0, 1}`, coverage by frequency for others, and what
//! happens without one of its terms or hypotheses.

use saddlepoint_models::random::Stream;
use saddlepoint_theory::bounds::clopper_pearson::ClopperPearson;
use saddlepoint_theory::bounds::empirical_bernstein::EmpiricalBernstein;

use super::binomial::{probabilities, worst_failure};

const DELTA: f64 = 0.05;

/// How one loss is drawn.
type Draw<'a> = &'a dyn Fn(&mut Stream) -> f64;

/// Mean, variance term and range term of `k` ones among `n` numbers.
fn terms(k: u64, n: u64, delta: f64) -> [f64; 3] {
    let (ones, size) = (k as f64, n as f64);
    let variance = ones * (size - ones) / (size * (size - 1.0));
    let bound = EmpiricalBernstein::new(ones / size, variance, n, delta).unwrap().evaluate();
    let part = |i: usize| bound.terms()[i].value;
    assert!((part(0) + part(1) + part(2) - bound.value()).abs() < 1e-12);
    [part(0), part(1), part(2)]
}

/// The exact failure probability at the worst of many risks, with these parts of the two terms.
fn worst(n: u64, variance: f64, range: f64) -> f64 {
    let bound = |k| {
        let [mean, spread, rest] = terms(k, n, DELTA);
        mean + variance * spread + range * rest
    };
    worst_failure(n, 400, bound)
}

/// Teeth: without the range a sample without ones says that there are none; without the variance the mean of a coin is
/// missed.
#[test]
fn ones_and_zeros_are_covered_and_no_term_can_go() {
    for n in [2, 5, 20, 100, 1000] {
        assert!(worst(n, 1.0, 1.0) <= DELTA, "{n}");
    }
    assert!(worst(20, 1.0, 0.0) > 0.9 && worst(1000, 0.0, 1.0) > 0.2);
    // A quarter of the range is not enough for rare ones.
    assert!(worst(1000, 1.0, 0.25) > DELTA);
}

/// The leading term is that of the central limit, but for what `δ` is divided for and the tail of a normal number, both of
/// which vanish beside a small `δ`: there, half of the variance misses a fair coin too often, once the sample is so large
/// that the range vanishes.
#[test]
fn half_of_the_variance_is_caught() {
    let (n, delta) = (20_000, 1e-6);
    let failure = |part: f64| -> f64 {
        let masses = probabilities(n, 0.5).into_iter().enumerate();
        let missed = |k: usize| {
            let [mean, spread, rest] = terms(k as u64, n, delta);
            mean + part.sqrt() * spread + rest < 0.5
        };
        masses.filter(|(k, _)| missed(*k)).map(|(_, mass)| mass).sum()
    };
    assert!(failure(1.0) <= delta && failure(0.5) > delta, "{} {}", failure(1.0), failure(0.5));
}

/// How many of so many samples of `n` draws have a bound below the mean, with each draw counted so many times.
fn misses(samples: u64, n: usize, mean: f64, repeated: usize, draw: Draw) -> u64 {
    let mut stream = Stream::new(41);
    let mut missed = 0;
    for _ in 0..samples {
        let draws: Vec<f64> = (0..n).flat_map(|_| vec![draw(&mut stream); repeated]).collect();
        missed += u64::from(EmpiricalBernstein::of_draws(&draws, DELTA).unwrap().evaluate().value() < mean);
    }
    missed
}

/// Limits with confidence 1 − 1e-6. Teeth: draws that are not independent (each is counted thirty times).
#[test]
fn other_losses_are_covered_and_dependent_ones_are_not() {
    let samples = 2000;
    let above = |k| ClopperPearson::new(k, samples, 1e-6).unwrap().evaluate().value();
    let below = |k| 1.0 - above(samples - k);
    let losses: [(f64, Draw); 4] = [
        (0.5, &|stream| stream.uniform()),
        (1.0 / 3.0, &|stream| stream.uniform().powi(2)),
        // Rare losses that are not the largest, and frequent small ones.
        (0.1, &|stream| if stream.uniform() < 0.2 { 0.5 } else { 0.0 }),
        (0.06, &|stream| if stream.uniform() < 0.05 { 1.0 } else { 0.01 / 0.95 }),
    ];
    for (i, (mean, draw)) in losses.into_iter().enumerate() {
        for n in [2, 10, 100] {
            let missed = misses(samples, n, mean, 1, draw);
            assert!(above(missed) <= DELTA, "{i} {n}: {missed}");
        }
    }
    let dependent = misses(samples, 60, 0.5, 30, losses[0].1);
    assert!(below(dependent) > DELTA, "{dependent}");
}
