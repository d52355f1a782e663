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

use super::binomial::{log_probabilities, probabilities};

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
        let free = coverage(2000, f64::INFINITY, |q, _| bound(q, 0.0));
        assert!(free[0] > 0.05, "{i}: {free:?}");
        // A tenth of the divergence is too little as well.

        assert!(coverage(2000, f64::INFINITY, |q, kl| bound(q, 0.1 * kl))[0] > 0.05, "{i}");
    }
}

/// `E exp f(k)` for `k` errors among `n` observations at risk `p`; by logarithms, since rare ones weigh as much as others.
fn moment(n: u64, p: f64, f: impl Fn(f64) -> f64) -> f64 {
    log_probabilities(n, p).iter().enumerate().map(|(k, log)| (log + f(k as f64)).exp()).sum()
}

/// `kl(q‖p)`.
fn kl(q: f64, p: f64) -> f64 {
    let term = |a: f64, b: f64| if a == 0.0 { 0.0 } else { a * (a / b).ln() };
    term(q, p) + term(1.0 - q, 1.0 - p)
}

/// The link of Maurer's and McAllester's proofs at which `ξ(n)` is the truth: the exponential moment of `n kl(q‖p)` is `ξ(n)`
/// at every risk, so that no smaller number will do. (The bounds themselves do not catch it: no example is known where
/// the coverage without `ξ` fails.) Teeth: losses that are not independent, here each counted twice, have a larger moment.
#[test]
fn the_moment_is_exactly_that_of_zeros_and_ones() {
    for n in [1, 2, 7, 50, 300] {
        let bound = xi(SampleSize::new(n).unwrap());
        for p in [0.01, 0.3, 0.5, 0.9] {
            let size = n as f64;
            let exact = moment(n, p, |k| size * kl(k / size, p));
            assert!((exact / bound - 1.0).abs() < 1e-9, "{n} {p}: {exact} {bound}");
            let twice = moment(n, p, |k| 2.0 * size * kl(k / size, p));
            assert!(twice > 1.3 * xi(SampleSize::new(2 * n).unwrap()), "{n} {p}: {twice}");
        }
    }
}

/// Losses between 0 and 1 have no larger moment than those at the ends: here 0, ½ and 1.
#[test]
fn losses_inside_have_a_smaller_moment() {
    for (n, half) in [(10u64, 0.3), (40, 0.5), (40, 0.8)] {
        let (size, one) = (n as f64, 0.1);
        let p = half / 2.0 + one;
        // So many halves, and among the others so many ones.
        let found = moment(n, half, |h| {
            moment(n - h as u64, one / (1.0 - half), |k| size * kl((k + h / 2.0) / size, p)).ln()
        });
        assert!(found <= xi(SampleSize::new(n).unwrap()) * (1.0 + 1e-9), "{n} {half}: {found}");
    }
}

/// The link of Catoni's proof: at one temperature that was fixed the exponential moment is 1, at every risk. Teeth: at the
/// best temperature of a grid it is not, and Markov's inequality gives `δ` only if the grid is paid for; its size is
/// enough.
#[test]
fn a_grid_of_temperatures_that_is_not_paid_for_has_a_larger_moment() {
    let (n, p) = (200, 0.3);
    let size = n as f64;
    let log = |c: f64, k: f64| -size * (-p * -(-c).exp_m1()).ln_1p() - c * k;
    for c in geometric(8) {
        assert!((moment(n, p, |k| log(c, k)) - 1.0).abs() < 1e-9, "{c}");
    }
    let best =
        |grid: &[f64]| moment(n, p, |k| grid.iter().map(|&c| log(c, k)).fold(f64::NEG_INFINITY, f64::max));
    let (two, eight) = (best(&[0.05, 1.0]), best(&geometric(8)));
    assert!(two > 1.5 && two <= 2.0 && eight > 2.5 && eight <= 8.0, "{two} {eight}");
}

/// Where coverage is sharp: at a large fixed temperature the only event is a predictor without errors, and of `m`
/// independent ones at the risk that the bound certifies, the failure probability is `1 − (1 − δ/m)^m`, just below `δ`.
/// Teeth: a fiftieth less for the divergence or for `ln(1/δ)` is caught.
#[test]
fn catonis_coverage_is_sharp_without_errors() {
    let (n, delta) = (100u64, 0.05);
    let failure = |m: f64, divergence: f64, confidence: f64| {
        let (kl, delta) = (divergence * m.ln(), (confidence * f64::ln(0.05)).exp());
        let bound = |k: u64| catoni(k as f64 / n as f64, kl, n, delta, &[40.0]);
        let one = |p: f64| -> f64 {
            let masses = probabilities(n, p);
            masses.iter().enumerate().filter(|(k, _)| bound(*k as u64) < p).map(|(_, mass)| mass).sum()
        };
        // Just above what is certified without errors.
        -(m * (-one(bound(0) * (1.0 + 1e-9))).ln_1p()).exp_m1()
    };
    for m in [1.0, 30.0, 2000.0] {
        let sharp = failure(m, 1.0, 1.0);
        assert!(sharp <= delta && sharp > 0.97 * delta, "{m}: {sharp}");
        assert!(failure(m, 1.0, 0.98) > delta, "{m}");
        assert!(m < 2.0 || failure(m, 0.98, 1.0) > delta, "{m}");
    }
}

/// The link that McAllester's bound adds: `kl(q‖q + √(c/2)) ≥ c`. Teeth: near ½ it is nearly an equality, and 99 % of the root
/// are too little.
#[test]
fn pinskers_inequality_is_sharp_at_one_half() {
    let root = |kl: f64, q: f64| mcallester(q, kl, 1_000_000, 0.05, Moment::Exact) - q;
    let budget = |kl: f64| (kl + (xi(SampleSize::new(1_000_000).unwrap()) / 0.05).ln()) / 1e6;
    for q in [0.0, 0.1, 0.5, 0.8] {
        for kl_of in [0.0, 10.0, 1000.0] {
            let t = root(kl_of, q);
            assert!(q + t >= 1.0 || kl(q, q + t) >= budget(kl_of) * (1.0 - 1e-9), "{q} {kl_of}");
        }
    }
    assert!(kl(0.5, 0.5 + 0.99 * root(0.0, 0.5)) < budget(0.0));
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
