//! Priors that were trained on a part of the sample: covered on the other part, and not on what they have seen.

use saddlepoint_models::random::Stream;
use saddlepoint_theory::bounds::clopper_pearson::ClopperPearson;
use saddlepoint_theory::bounds::dziugaite_roy::{DziugaiteRoy, PriorGrid};
use saddlepoint_theory::bounds::gaussian::DiagonalGaussian;
use saddlepoint_theory::bounds::hypothesis::Violation;
use saddlepoint_theory::bounds::pac_bayes::{GibbsRisk, Moment};
use saddlepoint_theory::bounds::split::Split;

const ITEMS: usize = 30;
const HALF: usize = 40;
const DRAWS: u64 = 400;
const DELTA: f64 = 0.05;

type Observation = (usize, f64);

/// What a predictor with one weight for each item remembers.
fn memory(seen: &[Observation], strength: f64) -> Vec<f64> {
    let mut sums = vec![0.0; ITEMS];
    for &(item, label) in seen {
        sums[item] += label;
    }
    sums.iter().map(|sum: &f64| strength * sum.clamp(-1.0, 1.0)).collect()
}

/// The mean probability that the sign of a weight, normal around its mean with deviation 1, is not the label.
fn gibbs(means: &[f64], on: &[Observation]) -> f64 {
    let wrong = |&(item, label): &Observation| normal_tail(label * means[item]);
    on.iter().map(wrong).sum::<f64>() / on.len() as f64
}

/// `P(Z > z)` to nine digits: the tail of a normal number as a sum over a fine grid.
fn normal_tail(z: f64) -> f64 {
    let h = z / 200.0;
    let density = |t: f64| (-t * t / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let sum: f64 = (0..200).map(|i| density((f64::from(i) + 0.5) * h) * h).sum();
    (0.5 - sum).clamp(0.0, 1.0)
}

/// The bound of a posterior that has learned all observations, with a prior that has learned `of_prior` of them, counted
/// on the observations `of_bound`.
fn bound(of_prior: &[Observation], all: &[Observation], of_bound: &[Observation], split: Split) -> f64 {
    let grid = PriorGrid::new(memory(of_prior, 2.0), 1.0, 1e6).unwrap();
    let means = memory(all, 2.0);
    let risk = gibbs(&means, of_bound);
    let posterior = DiagonalGaussian::new(means, vec![1.0; ITEMS]).unwrap();
    // The first prior of the grid has a variance within a millionth of 1.
    let theorem =
        DziugaiteRoy::new(GibbsRisk::exact(risk).unwrap(), &posterior, &grid, 1, split, DELTA, Moment::Exact);
    theorem.unwrap().evaluate().value()
}

/// Labels are fair coins, so every risk is ½. Teeth: a held-out half that has trained the prior too, and a first half that
/// has trained the prior and counts in the bound, are certified to be predicted; [`Split`] refuses both.
#[test]
fn a_split_is_covered_and_a_half_that_is_used_twice_is_not() {
    let mut stream = Stream::new(61);
    let mut failures = [0u64; 3];
    let total = 2 * HALF as u64;
    let halves = Split::of_counts(total, HALF as u64, HALF as u64).unwrap();
    for _ in 0..DRAWS {
        let all: Vec<Observation> = (0..2 * HALF).map(|_| (stream.index(ITEMS), stream.sign())).collect();
        let (first, second) = all.split_at(HALF);
        let bounds = [
            bound(first, &all, second, halves),
            // The second half twice: for the prior and for the bound.
            bound(&all, &all, second, halves),
            // The first half twice, as if the prior had seen nothing.
            bound(first, first, &all, Split::unseen(total).unwrap()),
        ];
        failures.iter_mut().zip(bounds).for_each(|(count, bound)| *count += u64::from(bound < 0.5));
    }
    let above = |k| ClopperPearson::new(k, DRAWS, 1e-6).unwrap().evaluate().value();
    let below = |k| 1.0 - above(DRAWS - k);
    assert!(above(failures[0]) <= DELTA, "{failures:?}");
    assert!(below(failures[1]) > DELTA && below(failures[2]) > DELTA, "{failures:?}");
    let numbers: Vec<usize> = (0..2 * HALF).collect();
    let (first, second) = numbers.split_at(HALF);
    assert!(Split::of_observations(first, second).is_ok());
    assert_eq!(Split::of_observations(&numbers, second), Err(Violation::SeenByThePrior(HALF)));
    assert_eq!(Split::of_observations(first, &numbers), Err(Violation::SeenByThePrior(0)));
}

/// What a prior from data is for: where there is something to learn, it makes the bound much smaller.
#[test]
fn a_learned_prior_pays_where_there_is_something_to_learn() {
    let mut stream = Stream::new(3);
    let all: Vec<Observation> = (0..800)
        .map(|_| {
            let item = stream.index(ITEMS);
            (item, if item.is_multiple_of(2) { 1.0 } else { -1.0 })
        })
        .collect();
    let (first, second) = all.split_at(400);
    let learned = bound(first, &all, second, Split::of_counts(800, 400, 400).unwrap());
    let ignorant = bound(&[], &all, &all, Split::unseen(800).unwrap());
    assert!(learned < ignorant - 0.05, "{learned} {ignorant}");
}
