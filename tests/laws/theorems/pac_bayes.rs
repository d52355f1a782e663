//! PAC-Bayes bounds: coverage of posteriors that were chosen on the data, order, monotonicity, and what a bound without
//! its divergence does.

use proptest::prelude::*;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::bounds::catoni::Catoni;
use saddlepoint_theory::bounds::clopper_pearson::ClopperPearson;
use saddlepoint_theory::bounds::kl_inverse::upper_inverse;
use saddlepoint_theory::bounds::maurer::Maurer;
use saddlepoint_theory::bounds::mcallester::McAllester;
use saddlepoint_theory::bounds::pac_bayes::{GibbsRisk, Moment, xi};
use saddlepoint_theory::bounds::split::Split;
use saddlepoint_theory::quantity::{Divergence, Risk, SampleSize};

fn exact(q: f64) -> GibbsRisk {
    GibbsRisk::exact(q).unwrap()
}

fn mcallester(q: f64, kl: f64, n: u64, delta: f64, moment: Moment) -> f64 {
    McAllester::new(exact(q), kl, Split::unseen(n).unwrap(), delta, moment).unwrap().evaluate().value()
}

fn maurer(q: f64, kl: f64, n: u64, delta: f64, moment: Moment) -> f64 {
    Maurer::new(exact(q), kl, Split::unseen(n).unwrap(), delta, moment).unwrap().evaluate().value()
}

fn catoni(q: f64, kl: f64, n: u64, delta: f64, grid: &[f64]) -> f64 {
    Catoni::new(exact(q), kl, Split::unseen(n).unwrap(), delta, grid).unwrap().evaluate().value()
}

fn geometric(size: i32) -> Vec<f64> {
    (0..size).map(|i| 0.05 * 1.5f64.powi(i)).collect()
}

/// How often a bound `f(Gibbs risk, KL)` fails for coins on 64 observations: of `coins` under a uniform prior, the
/// posterior takes the luckiest (`temperature` infinite) or weighs them by `exp(−temperature · errors)`. The limits of
/// that frequency, each true with confidence 1 − 1e-6.
fn coverage(coins: usize, temperature: f64, bound: impl Fn(f64, f64) -> f64) -> [f64; 2] {
    let (draws, mut stream) = (1000u64, Stream::new(17));
    let mut failures = 0;
    for _ in 0..draws {
        let errors: Vec<f64> = (0..coins).map(|_| f64::from(stream.word().count_ones())).collect();
        let fewest = errors.iter().copied().fold(64.0, f64::min);
        let weights: Vec<f64> = if temperature.is_infinite() {
            let best = errors.iter().position(|&e| e == fewest).unwrap();
            (0..coins).map(|i| f64::from(u8::from(i == best))).collect()
        } else {
            errors.iter().map(|e| (-temperature * (e - fewest)).exp()).collect()
        };
        let total: f64 = weights.iter().sum();
        let (mut gibbs, mut kl) = (0.0, (coins as f64).ln());
        for (weight, errors) in weights.iter().zip(&errors).filter(|(weight, _)| **weight > 0.0) {
            let q = weight / total;
            gibbs += q * errors / 64.0;
            kl += q * q.ln();
        }
        failures += u64::from(bound(gibbs, kl.max(0.0)) < 0.5);
    }
    let limit = |k| ClopperPearson::new(k, draws, 1e-6).unwrap().evaluate().value();
    [1.0 - limit(draws - failures), limit(failures)]
}

/// Teeth: the luckiest of many coins without the price of choosing it fails more often than allowed.
#[test]
fn posteriors_are_covered_and_without_their_divergence_they_are_not() {
    let grid = geometric(8);
    let bounds: [&dyn Fn(f64, f64) -> f64; 3] = [
        &|q, kl| mcallester(q, kl, 64, 0.05, Moment::Exact),
        &|q, kl| maurer(q, kl, 64, 0.05, Moment::Exact),
        &|q, kl| catoni(q, kl, 64, 0.05, &grid),
    ];
    for (i, bound) in bounds.into_iter().enumerate() {
        for (coins, temperature) in [(2000, f64::INFINITY), (2000, 0.5), (20, 0.1)] {
            let [_, most] = coverage(coins, temperature, bound);
            assert!(most <= 0.05, "{i} {coins} {temperature}: {most}");
        }
        assert!(i == 0 || coverage(2000, f64::INFINITY, |q, _| bound(q, 0.0))[0] > 0.05, "{i}");
    }
}

proptest! {
    #[test]
    fn the_bounds_are_ordered_and_monotone(
        q in 0.0..=1.0f64, kl in 0.0..2000.0f64, n in 1u64..1_000_000, delta in 1e-9..0.5f64,
    ) {
        let both = |q, kl, delta, moment| [mcallester(q, kl, n, delta, moment), maurer(q, kl, n, delta, moment)];
        let bounds = both(q, kl, delta, Moment::TwoRoots);
        // Where both are q + a few floats, the inverse's tightness decides.
        let above = |larger: f64, smaller: f64| larger >= smaller * (1.0 - 1e-14);
        prop_assert!(above(bounds[0], bounds[1]) && bounds[1] >= q);
        for [q, kl, delta] in [[q, kl + 1.0, delta], [q.midpoint(1.0), kl, delta], [q, kl, delta / 2.0]] {
            let worse = both(q, kl, delta, Moment::TwoRoots);
            prop_assert!(above(worse[0], bounds[0]) && above(worse[1], bounds[1]));
        }
        let exact = both(q, kl, delta, Moment::Exact);
        prop_assert!(above(bounds[0], exact[0]) && above(bounds[1], exact[1]));
    }

    /// The infimum over the temperature is a kl inverse; no grid is below it, and none is fixed for free.
    #[test]
    fn no_temperature_is_below_the_infimum(
        q in 0.0..=1.0f64, kl in 0.0..2000.0f64, n in 1u64..1_000_000, exponent in -8.0..3.0f64,
    ) {
        let (c, t) = (10f64.powf(exponent), (kl + 20f64.ln()) / n as f64);
        let found = catoni(q, kl, n, 0.05, &[c]);
        let p = upper_inverse(Risk::new(q).unwrap(), Divergence::new(t).unwrap()).get();
        prop_assert!(found >= p * (1.0 - 1e-14), "{found} {p}");
        let naive = -(-c * q - t).exp_m1() / -(-c).exp_m1();
        prop_assert!((found / naive - 1.0).abs() < 1e-7, "{found} {naive}");
        prop_assert!(catoni(q, kl + 1.0, n, 0.05, &[c]) >= found && catoni(q, kl, n, 0.04, &[c]) >= found);
        prop_assert!(catoni(q, kl, n, 0.05, &[c, c * 2.0]) >= p * (1.0 - 1e-14));
    }

    #[test]
    fn the_moment_lies_between_one_root_and_two(n in 1u64..20_000) {
        let (xi, root) = (xi(SampleSize::new(n).unwrap()), (n as f64).sqrt());
        prop_assert!(root <= xi && xi <= 2.0 * root * (1.0 + 1e-13), "{xi}");
    }
}
