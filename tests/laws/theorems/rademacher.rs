//! Rademacher complexities: what they do when a class changes, contraction, drawn signs, and the uniform deviation that
//! they bound.

use proptest::prelude::*;
use saddlepoint_models::random::Stream;
use saddlepoint_rigor::{Interval, IntervalMatrix};
use saddlepoint_theory::bounds::clopper_pearson::ClopperPearson;
use saddlepoint_theory::bounds::rademacher::{ClassComplexity, UniformDeviation};
use saddlepoint_theory::capacity::rademacher::{Class, contraction, contraction_absolute};
use saddlepoint_theory::quantity::{Complexity, Confidence, SampleSize};

fn matrix(rows: &[Vec<f64>]) -> IntervalMatrix {
    IntervalMatrix::from_rows(rows.len(), rows[0].len(), rows.concat()).unwrap()
}

fn exact(rows: &[Vec<f64>]) -> Interval {
    Class::finite(&matrix(rows)).exact().unwrap()
}

fn absolute(rows: &[Vec<f64>]) -> Interval {
    Class::finite_absolute(&matrix(rows)).exact().unwrap()
}

/// Up to 5 functions on up to 7 points.
fn class() -> impl Strategy<Value = Vec<Vec<f64>>> {
    (1usize..8, 1usize..6)
        .prop_flat_map(|(n, k)| prop::collection::vec(prop::collection::vec(-2.0..2.0f64, n), k))
}

/// Some 1-Lipschitz functions, most of which do not vanish at 0.
const CONTRACTIONS: [fn(f64) -> f64; 5] =
    [|x| x.max(0.0), f64::abs, |x| x.sin() + 1.0, |x| (x - 0.5).clamp(-0.3, 0.6), |x| -x];

proptest! {
    #[test]
    fn a_shift_changes_nothing_and_hulls_change_nothing(rows in class(), shift in prop::collection::vec(-2.0..2.0f64, 8), t in 0.0..1.0f64) {
        let complexity = exact(&rows);
        prop_assert!(complexity.low() >= 0.0);
        let shifted: Vec<Vec<f64>> =
            rows.iter().map(|row| row.iter().zip(&shift).map(|(x, c)| x + c).collect()).collect();
        prop_assert!((exact(&shifted).midpoint() - complexity.midpoint()).abs() < 1e-14);
        let between: Vec<f64> = rows[0].iter().zip(&rows[rows.len() - 1]).map(|(x, y)| t * x + (1.0 - t) * y).collect();
        let hull = [rows.clone(), vec![between]].concat();
        prop_assert!((exact(&hull).midpoint() - complexity.midpoint()).abs() < 1e-14);
    }

    #[test]
    fn more_functions_are_more_complex(rows in class(), other in prop::collection::vec(-2.0..2.0f64, 8)) {
        let more = [rows.clone(), vec![other[..rows[0].len()].to_vec()]].concat();
        prop_assert!(exact(&more).high() >= exact(&rows).low());
        prop_assert!(absolute(&rows).high() >= exact(&rows).low(), "the absolute value is never below");
        let mirrored: Vec<Vec<f64>> = rows.iter().map(|row| row.iter().map(|x| -x).collect()).collect();
        prop_assert!(absolute(&rows).intersection(exact(&[rows, mirrored].concat())).is_some());
    }

    #[test]
    fn wider_values_have_wider_complexities(rows in class(), radius in 0.0..0.5f64) {
        let (m, k, n) = (matrix(&rows), rows.len(), rows[0].len());
        let wide = IntervalMatrix::with_radii(k, n, m.midpoints().to_vec(), vec![radius; k * n]).unwrap();
        for [narrow, wide] in [[Class::finite(&m), Class::finite(&wide)], [Class::finite_absolute(&m), Class::finite_absolute(&wide)]] {
            prop_assert!(narrow.exact().unwrap().is_subset_of(wide.exact().unwrap()));
            prop_assert!(narrow.bounds().is_subset_of(wide.bounds()));
        }
    }

    /// Without absolute value nothing is lost, whether or not the function vanishes at 0; it may differ by point.
    #[test]
    fn contractions_contract(rows in class(), offset in 0usize..5) {
        let apply = |row: &Vec<f64>| row.iter().enumerate().map(|(i, &x)| CONTRACTIONS[(i + offset) % 5](x)).collect();
        let contracted: Vec<Vec<f64>> = rows.iter().map(apply).collect();
        let bound = contraction(1.0, Complexity::new(exact(&rows).high()).unwrap()).unwrap();
        prop_assert!(exact(&contracted).low() <= bound.get());
    }

    #[test]
    fn the_absolute_complexity_at_most_doubles(rows in class()) {
        let contracted: Vec<Vec<f64>> = rows.iter().map(|row| row.iter().map(|x| x.max(0.0)).collect()).collect();
        let bound = contraction_absolute(1.0, Complexity::new(absolute(&rows).high()).unwrap()).unwrap();
        prop_assert!(absolute(&contracted).low() <= bound.get());
    }
}

/// Teeth: a function of slope 1.01 is no contraction; with the absolute value, ReLU may increase the complexity, so that
/// the theorem without its factor would be false.
#[test]
fn weakened_contractions_are_caught() {
    let steep = |rows: &[Vec<f64>]| -> Vec<Vec<f64>> {
        rows.iter().map(|row| row.iter().map(|x| 1.01 * x).collect()).collect()
    };
    let rows = [vec![1.0, -1.0, 0.5], vec![0.0, 1.0, 1.0]];
    assert!(exact(&steep(&rows)).low() > exact(&rows).high());
    let mut stream = Stream::new(9);
    let ratio = (0..2000).map(|_| {
        let rows: Vec<Vec<f64>> = (0..2).map(|_| stream.normals(3)).collect();
        let rectified: Vec<Vec<f64>> =
            rows.iter().map(|row| row.iter().map(|x| x.max(0.0)).collect()).collect();
        absolute(&rectified).low() / absolute(&rows).high()
    });
    let ratio = ratio.fold(0.0, f64::max);
    assert!(ratio > 1.01 && ratio <= 2.0, "{ratio}");
}

/// How often, of 1,000 estimates from 50 draws, an interval around the mean misses the truth.
fn misses(shrink: f64) -> u64 {
    let mut stream = Stream::new(71);
    let points = IntervalMatrix::from_rows(10, 2, stream.normals(20)).unwrap();
    let class = Class::euclidean_ball(&points, 1.0).unwrap();
    let truth = class.exact().unwrap().midpoint();
    let missed = (0..1000).filter(|_| {
        let estimate = class.estimate(50, &mut || stream.word()).unwrap();
        let interval = estimate.interval(Confidence::new(0.1).unwrap());
        (truth - estimate.mean().midpoint()).abs() > shrink * interval.width() / 2.0
    });
    missed.count() as u64
}

/// Teeth: a fifth of the width fails too often.
#[test]
fn drawn_signs_cover_the_complexity_and_a_weakened_width_does_not() {
    let limit = |failures| ClopperPearson::new(failures, 1000, 1e-6).unwrap().evaluate().value();
    assert!(limit(misses(1.0)) <= 0.1);
    assert!(1.0 - limit(1000 - misses(0.2)) > 0.1);
}

/// The mean of many independent estimates is the truth within four of its own standard errors.
#[test]
fn the_standard_error_is_that_of_the_mean() {
    let mut stream = Stream::new(72);
    let points = IntervalMatrix::from_rows(12, 5, stream.normals(60)).unwrap();
    for class in [Class::euclidean_ball(&points, 1.0), Class::l1_ball(&points, 2.0)].map(Result::unwrap) {
        let truth = class.exact().unwrap().midpoint();
        let z: Vec<f64> = (0..200)
            .map(|_| {
                let estimate = class.estimate(400, &mut || stream.word()).unwrap();
                (estimate.mean().midpoint() - truth) / estimate.standard_error()
            })
            .collect();
        let mean = z.iter().sum::<f64>() / 200.0;
        let variance = z.iter().map(|z| z * z).sum::<f64>() / 200.0;
        // Four standard errors of each: 1/√200 and √(2/200).
        assert!(mean.abs() < 4.0 / 200f64.sqrt() && (variance - 1.0).abs() < 0.4, "{mean} {variance}");
    }
}

/// All classifiers on three equally likely points, over all samples of `n`: the probability that the class deviates by more
/// than `bound(R̂ₙ)`, the mean deviation and the mean complexity, all of them exact.
fn all_classifiers(n: usize, bound: impl Fn(f64) -> f64) -> [f64; 3] {
    let factorial = |k: usize| (1..=k).map(|i| i as f64).product::<f64>();
    let mut sums = [0.0; 3];
    for a in 0..=n {
        for b in 0..=n - a {
            let counts = [a, b, n - a - b];
            let orders = factorial(n) / counts.iter().map(|&k| factorial(k)).product::<f64>();
            let probability = orders / 3f64.powi(n as i32);
            let rows: Vec<Vec<f64>> = (0..8u32)
                .map(|f| {
                    let value = |(x, &count): (usize, &usize)| vec![f64::from(f >> x & 1); count];
                    counts.iter().enumerate().flat_map(value).collect()
                })
                .collect();
            let complexity = exact(&rows).midpoint();
            let deviation: f64 = counts.iter().map(|&k| (1.0 / 3.0 - k as f64 / n as f64).max(0.0)).sum();
            sums[0] += if deviation > bound(complexity) { probability } else { 0.0 };
            sums[1] += probability * deviation;
            sums[2] += probability * complexity;
        }
    }
    sums
}

/// Teeth: half of the complexity in place of twice bounds neither the mean nor, without its confidence term, the deviation.
#[test]
fn the_deviation_of_all_classifiers_is_covered() {
    for n in [2, 5, 9] {
        let theorem = |r: f64| {
            let complexity =
                ClassComplexity::empirical(Complexity::new(r).unwrap(), SampleSize::new(n as u64).unwrap());
            UniformDeviation::new(0.0, complexity, 0.05).unwrap().evaluate().value()
        };
        let [failure, deviation, complexity] = all_classifiers(n, theorem);
        assert!(failure <= 0.05 && deviation <= 2.0 * complexity, "{n}: {failure} {deviation} {complexity}");
        let [failure, ..] = all_classifiers(n, |r| 0.5 * r);
        assert!(failure > 0.05 && deviation > 0.5 * complexity, "{n}: {failure}");
    }
}

/// What is estimated from draws costs more than what is known, and its draws are in the ledger.
#[test]
fn draws_are_in_the_ledger() {
    let mut stream = Stream::new(73);
    let points = IntervalMatrix::from_rows(100, 3, (0..300).map(|_| stream.uniform()).collect()).unwrap();
    let class = Class::euclidean_ball(&points, 0.25).unwrap();
    let estimate = class.estimate(2000, &mut || stream.word()).unwrap();
    let drawn = ClassComplexity::estimated(&estimate, 0.01).unwrap();
    let drawn = UniformDeviation::new(0.1, drawn, 0.04).unwrap().evaluate();
    let known = Complexity::new(estimate.mean().high()).unwrap();
    let known =
        UniformDeviation::new(0.1, ClassComplexity::empirical(known, SampleSize::new(100).unwrap()), 0.04)
            .unwrap()
            .evaluate();
    assert!(drawn.value() > known.value() && drawn.confidence() < known.confidence());
    let purposes: Vec<f64> = drawn.ledger().expenses().iter().map(|expense| expense.delta).collect();
    assert_eq!(purposes, [0.01, 0.04]);
    assert!(drawn.terms().iter().any(|term| term.name == "Monte Carlo" && term.value > 0.0));
    let insolvent = ClassComplexity::estimated(&estimate, 0.6).unwrap();
    assert!(UniformDeviation::new(0.1, insolvent, 0.5).is_err());
}
