//! Laws of `bounds::dziugaite_roy` and `bounds::linear_gibbs`: how often the bounds fail where nothing can be learned.

use proptest::prelude::*;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::bounds::clopper_pearson::ClopperPearson;
use saddlepoint_theory::bounds::dziugaite_roy::{DziugaiteRoy, Penalty, PriorGrid};
use saddlepoint_theory::bounds::gaussian::DiagonalGaussian;
use saddlepoint_theory::bounds::linear_gibbs::{LinearGibbs, normalized_margin};
use saddlepoint_theory::bounds::maurer::Maurer;
use saddlepoint_theory::bounds::pac_bayes::{GibbsRisk, Moment};
use saddlepoint_theory::bounds::split::Split;
use saddlepoint_theory::quantity::Confidence;

const ITEMS: usize = 40;
const N: usize = 30;
const DELTA: f64 = 0.05;

/// Labels that are fair coins: every predictor has risk ½, whatever it has memorized. The predictor is the sign of one
/// weight for each item; the posterior is centered at the labels that were seen, and its observed Gibbs risk is far
/// below ½. Prior scale and posterior length are the best on the data.
///
/// Returns the bound, and Maurer's with a prior that was moved to the posterior after the data.
fn memorized(stream: &mut Stream, grid: &PriorGrid) -> [f64; 2] {
    let mut sums = vec![0.0; ITEMS];
    let sample: Vec<(usize, f64)> = (0..N).map(|_| (stream.index(ITEMS), stream.sign())).collect();
    for &(item, label) in &sample {
        sums[item] += label;
    }
    let (mut best, mut moved) = (f64::INFINITY, f64::INFINITY);
    for length in [0.25, 0.5, 1.0, 2.0, 4.0] {
        let means: Vec<f64> = sums.iter().map(|sum| length * sum.clamp(-1.0, 1.0)).collect();
        // P(sign(w) ≠ y) for w normal around the mean with deviation 1.
        let wrong = |&(item, label): &(usize, f64)| tail(label * means[item]);
        let gibbs = sample.iter().map(wrong).sum::<f64>() / N as f64;
        let posterior = DiagonalGaussian::new(means, vec![1.0; ITEMS]).unwrap();
        let gibbs = || GibbsRisk::exact(gibbs.min(1.0)).unwrap();
        let split = Split::unseen(N as u64).unwrap();
        for j in [1, 5, 20, 50, 100, 140] {
            let theorem = DziugaiteRoy::new(gibbs(), &posterior, grid, j, split, DELTA, Moment::Exact);
            best = best.min(theorem.unwrap().evaluate().value());
        }
        moved = moved.min(
            Maurer::new(gibbs(), 0.0, Split::unseen(N as u64).unwrap(), DELTA, Moment::Exact)
                .unwrap()
                .evaluate()
                .value(),
        );
    }
    [best, moved]
}

/// `P(Z > z)` by Simpson's rule.
fn tail(z: f64) -> f64 {
    let density = |t: f64| (-t * t / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let h = z / 100.0;
    let inner: f64 = (0..50)
        .map(|i| {
            let t = 2.0 * h * f64::from(i);
            (density(t) + 4.0 * density(t + h) + density(t + 2.0 * h)) * h / 3.0
        })
        .sum();
    (0.5 - inner).clamp(0.0, 1.0)
}

/// Teeth: a prior that is moved to the posterior after the data, so that there is no divergence to pay, fails nearly
/// always.
#[test]
fn memorizing_is_covered_and_with_a_prior_from_the_same_data_it_is_not() {
    let grid = PriorGrid::new(vec![0.0; ITEMS], 4.0, 100.0).unwrap();
    let (draws, mut stream) = (400, Stream::new(23));
    let mut failures = [0, 0];
    for _ in 0..draws {
        for (count, bound) in failures.iter_mut().zip(memorized(&mut stream, &grid)) {
            *count += u64::from(bound < 0.5);
        }
    }
    let limit = |k| ClopperPearson::new(k, draws, 1e-6).unwrap().evaluate().value();
    assert!(limit(failures[0]) <= DELTA, "{failures:?}");
    assert!(1.0 - limit(draws - failures[1]) > DELTA, "{failures:?}");
}

proptest! {
    /// The trained objective is a bound of what it stands for: by Pinsker, the penalty on the grid plus the observed risk
    /// is not below the certificate.
    #[test]
    fn the_penalty_is_above_the_certificate(
        means in prop::collection::vec(-1.0..1.0f64, 5), logs in prop::collection::vec(-2.0..0.0f64, 5), j in 1u64..500, gibbs in 0.0..0.4f64,
    ) {
        let grid = PriorGrid::new(vec![0.0; 5], 1.0, 100.0).unwrap();
        let posterior = DiagonalGaussian::of_logarithms(means, &logs).unwrap();
        let split = Split::of_counts(2000, 600, 1400).unwrap();
        let log_deviation = -(j as f64) / 200.0;
        prop_assert_eq!(grid.nearest(log_deviation).unwrap(), j);
        let penalty = Penalty::new(&posterior, &grid, log_deviation, split, Confidence::new(0.025).unwrap()).unwrap();
        let risk = GibbsRisk::exact(gibbs).unwrap();
        let bound = DziugaiteRoy::new(risk, &posterior, &grid, j, split, 0.025, Moment::TwoRoots).unwrap().evaluate();
        prop_assert!(bound.value() <= gibbs + penalty.value + 1e-9, "{bound} {}", penalty.value);
        // Fewer observations, or more confidence, never help.
        let fewer = Split::of_counts(2000, 1000, 1000).unwrap();
        let risk = GibbsRisk::exact(gibbs).unwrap();
        let worse = DziugaiteRoy::new(risk, &posterior, &grid, j, fewer, 0.025, Moment::TwoRoots).unwrap().evaluate();
        prop_assert!(worse.value() >= bound.value());
    }

    /// Margins do not see the lengths of vectors, and turn their sign with the label.
    #[test]
    fn normalized_margins_are_cosines(w in prop::array::uniform3(-1.0..1.0f64), x in prop::array::uniform3(-1.0..1.0f64), e in -9i32..9) {
        let norm = |v: &[f64; 3]| v.iter().map(|x| x * x).sum::<f64>().sqrt();
        prop_assume!(norm(&w) > 1e-3 && norm(&x) > 1e-3);
        let cosine = w.iter().zip(&x).map(|(w, x)| w * x).sum::<f64>() / (norm(&w) * norm(&x));
        let scaled = x.map(|x| x * f64::from(e).exp2());
        let [plus, minus] = [true, false].map(|label| normalized_margin(&w, &scaled, label).unwrap());
        prop_assert!((plus - cosine).abs() < 1e-13 && (minus + cosine).abs() < 1e-13 && plus <= -minus);
        let bound = LinearGibbs::new(&[plus; 40], &[1.0, 3.0], 0.05, Moment::Exact).unwrap().evaluate();
        prop_assert!(bound.value() >= tail(3.0 * plus).min(tail(plus)) - 1e-9);
    }
}
