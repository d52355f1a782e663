use nalgebra::DMatrix;
use proptest::prelude::*;

use super::*;
use crate::operator::{Dense, Scaled};
use crate::spectrum::testing::{Stream, binomial_limit, laplacian, with_spectrum};

/// An estimator with the products of about thirty probes.
type Estimator = fn(&dyn SymmetricOperator, &mut dyn FnMut() -> f64) -> Result<Trace, SpectrumError>;

const ESTIMATORS: [(&str, Estimator); 3] = [
    ("hutchinson", |a, normal| hutchinson(a, StopRule::exactly(30), normal)),
    ("hutch++", |a, normal| hutch_plus_plus(a, 8, StopRule::exactly(14), normal)),
    ("xtrace", |a, normal| xtrace(a, 15, normal)),
];

fn flat() -> Dense {
    with_spectrum(&(0..60).map(|i| f64::from(i % 7) - 2.0).collect::<Vec<_>>(), 1)
}

fn decaying() -> Dense {
    with_spectrum(&(1..=60).map(|i| 1.0 / f64::from(i * i)).collect::<Vec<_>>(), 2)
}

fn misses(estimator: Estimator, a: &Dense, level: f64, shrink: f64) -> usize {
    let exact = a.matrix().trace();
    (0..1000)
        .filter(|&seed| {
            let mut stream = Stream::new(seed);
            let mut estimate = estimator(a, &mut || stream.normal()).unwrap().estimate;
            estimate.standard_error *= shrink;
            let (low, high) = estimate.interval(level).unwrap();
            !(low..=high).contains(&exact)
        })
        .count()
}

#[test]
fn intervals_cover_as_often_as_they_say_in_1000_runs() {
    for (name, estimator) in ESTIMATORS {
        let missed = misses(estimator, &flat(), 0.95, 1.0);
        assert!(missed <= binomial_limit(1000, 0.05), "{name}, flat: {missed} misses in 1000");
        // Teeth: intervals of half the width are caught.
        let missed = misses(estimator, &flat(), 0.95, 0.5);
        assert!(missed > binomial_limit(1000, 0.05), "{name} with half the error: {missed}");
    }
}

#[test]
fn intervals_cover_where_few_eigenvalues_dominate() {
    let a = decaying();
    for (name, estimator) in &ESTIMATORS[1..] {
        let missed = misses(*estimator, &a, 0.95, 1.0);
        assert!(missed <= binomial_limit(1000, 0.05), "{name}: {missed} misses in 1000");
    }
    // Hutchinson's samples are skewed there: Student's interval needs many of them, as its documentation says.
    let missed = misses(|a, normal| hutchinson(a, StopRule::exactly(30), normal), &a, 0.95, 1.0);
    assert!(missed > 60 && missed < 120, "the documented 9 %: {missed}");
    let missed = misses(|a, normal| hutchinson(a, StopRule::exactly(300), normal), &a, 0.95, 1.0);
    assert!(missed <= binomial_limit(1000, 0.05), "300 probes: {missed}");
}

#[test]
fn signs_are_fair_and_independent() {
    let mut stream = Stream::new(6);
    let draws = 20_000;
    // The normals as they come, and as a generator in f32 would give them.
    for round in [|x: f64| x, |x: f64| f64::from(x as f32)] {
        let mut found = vec![0.0; 16 * draws];
        signs(&mut found, &mut || round(stream.normal())).unwrap();
        let signs = found;
        assert!(signs.iter().all(|sign| sign.abs() == 1.0));
        for i in 0..16 {
            // Each of the sixteen of a draw, alone and against each of the others: five standard deviations.
            for j in 0..=i {
                let sum: f64 = signs.chunks_exact(16).map(|s| if i == j { s[i] } else { s[i] * s[j] }).sum();
                assert!(sum.abs() < 5.0 * (draws as f64).sqrt(), "{i} {j}: {sum}");
            }
        }
    }
    assert!(matches!(signs(&mut [0.0; 3], &mut || f64::NAN), Err(SpectrumError::Randomness)));
}

#[test]
fn low_rank_is_exact() {
    let mut spectrum = vec![0.0; 40];
    spectrum[..4].copy_from_slice(&[7.0, -3.0, 2.0, 0.5]);
    let a = with_spectrum(&spectrum, 3);
    let mut stream = Stream::new(4);
    let found = xtrace(&a, 8, &mut || stream.normal()).unwrap();
    assert!((found.estimate.value - 6.5).abs() < 1e-10, "{found:?}");
    let found = hutch_plus_plus(&a, 8, StopRule::exactly(4), &mut || stream.normal()).unwrap();
    assert!((found.estimate.value - 6.5).abs() < 1e-10, "{found:?}");
    assert_eq!(found.products, 8 + 4 + 4, "a basis of the range needs no more vectors than its rank");
    let zero = Dense::new(DMatrix::zeros(9, 9)).unwrap();
    assert_eq!(xtrace(&zero, 4, &mut || stream.normal()).unwrap().estimate.value, 0.0);
}

#[test]
fn the_sketches_pay_where_the_spectrum_decays() {
    let a = decaying();
    let error = |estimator: Estimator| {
        let mut stream = Stream::new(5);
        let squares: f64 = (0..50)
            .map(|_| {
                (estimator(&a, &mut || stream.normal()).unwrap().estimate.value - a.matrix().trace()).powi(2)
            })
            .sum();
        (squares / 50.0).sqrt()
    };
    let [hutchinson, plus, x] = ESTIMATORS.map(|(_, estimator)| error(estimator));
    assert!(plus < 0.25 * hutchinson && x < 0.25 * hutchinson, "{hutchinson} {plus} {x}");
}

#[test]
fn pitfall_the_trace_stops_on_the_standard_error() {
    // The running mean of 200 runs that stop when it moves by less than 0.1 % is off by far more than that.
    let a = flat();
    let exact = a.matrix().trace();
    let mut squares = 0.0;
    for seed in 0..200 {
        let mut stream = Stream::new(seed);
        let (mut sum, mut mean, mut k) = (0.0, f64::INFINITY, 0.0);
        loop {
            let mut probe = [0.0; 60];
            signs(&mut probe, &mut || stream.normal()).unwrap();
            let mut product = [0.0; 60];
            a.apply(&probe, &mut product).unwrap();
            sum += dot(&probe, &product);
            k += 1.0;
            let moved = (sum / k - mean).abs();
            mean = sum / k;
            if moved <= 1e-3 * mean.abs() {
                break;
            }
        }
        squares += (mean / exact - 1.0).powi(2);
    }
    let stopped_on_change = (squares / 200.0f64).sqrt();
    assert!(stopped_on_change > 0.02, "nominally 0.001, really {stopped_on_change}");
    // The rule here: half-width of the 95 % interval at most 2 %, and so it is in at least 95 % of the runs, to chance.
    let stop = StopRule { relative_half_width: 0.02, confidence: 0.95, at_least: 50, at_most: 100_000 };
    let missed = (0..200)
        .filter(|&seed| {
            let mut stream = Stream::new(seed);
            let found = hutchinson(&a, stop, &mut || stream.normal()).unwrap();
            (found.estimate.value / exact - 1.0).abs() > 0.02
        })
        .count();
    assert!(missed <= binomial_limit(200, 0.05), "{missed} of 200");
}

#[test]
fn bad_input_is_refused_by_name() {
    let a = Dense::new(laplacian(6)).unwrap();
    let mut stream = Stream::new(7);
    let mut normal = || stream.normal();
    assert!(matches!(xtrace(&a, 1, &mut normal), Err(SpectrumError::Count { found: 1, .. })));
    assert!(matches!(xtrace(&a, 6, &mut normal), Err(SpectrumError::Count { high: 5, .. })));
    assert!(hutch_plus_plus(&a, 0, StopRule::exactly(3), &mut normal).is_err());
    assert!(hutch_plus_plus(&a, 7, StopRule::exactly(3), &mut normal).is_err());
    assert!(hutchinson(&a, StopRule::exactly(1), &mut normal).is_err());
    for (_, estimator) in ESTIMATORS {
        assert!(estimator(&flat(), &mut || f64::NAN).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn the_trace_of_c_a_is_c_times_that_of_a(exponent in -12..=12i32, seed: u64) {
        let (a, c) = (flat(), 10f64.powi(exponent));
        for (name, estimator) in ESTIMATORS {
            let (mut one, mut other) = (Stream::new(seed), Stream::new(seed));
            let x = estimator(&a, &mut || one.normal()).unwrap().estimate;
            let y = estimator(&Scaled::new(c, &a).unwrap(), &mut || other.normal()).unwrap().estimate;
            prop_assert!((x.value * c - y.value).abs() <= 1e-9 * c * (x.value.abs() + x.standard_error), "{name}");
            prop_assert!((x.standard_error * c / y.standard_error - 1.0).abs() <= 1e-9, "{name}");
        }
    }
}
