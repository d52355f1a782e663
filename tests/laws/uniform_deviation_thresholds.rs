//! `uniform-deviation-thresholds` and `uniform-deviation-thresholds-negative`: the exact law against enumeration,
//! simulation and the bounds.

use num_bigint::BigInt;
use num_rational::BigRational;
use proptest::prelude::*;
use saddlepoint_experiments::claims::uniform_deviation_thresholds::EXACT;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::bounds::rademacher::{ClassComplexity, UniformDeviation};
use saddlepoint_theory::bounds::{finite_class, kolmogorov};
use saddlepoint_theory::capacity::rademacher::thresholds;
use saddlepoint_theory::expressivity::Scalar;
use saddlepoint_theory::quantity::{Complexity, Confidence, Risk, SampleSize};

fn size(n: u64) -> SampleSize {
    SampleSize::new(n).unwrap()
}

/// What the theorem adds to the observed loss.
fn uniform_deviation(complexity: Complexity, n: u64, delta: f64) -> f64 {
    let complexity = ClassComplexity::empirical(complexity, size(n));
    UniformDeviation::new(0.0, complexity, delta).unwrap().evaluate().value()
}

fn tail(n: u64, x: f64) -> f64 {
    kolmogorov::tail(size(n), Risk::new(x).unwrap()).unwrap()
}

/// Birnbaum and Tingey's sum in exact arithmetic.
fn exact_tail(n: u64, x: f64) -> f64 {
    let power = |base: &BigRational, e: u64| (0..e).fold(BigRational::integer(1), |p, _| p * base);
    let (count, x) = (BigRational::from_integer(BigInt::from(n)), BigRational::from_float(x).unwrap());
    let one = BigRational::integer(1);
    let mut choose = one.clone();
    let mut sum = BigRational::integer(0);
    for j in 0..n {
        let p = &x + BigRational::from_integer(j.into()) / &count;
        if p > one {
            break;
        }
        sum += &choose * power(&p, j) / &p * power(&(&one - &p), n - j);
        choose = choose * BigRational::from_integer((n - j).into()) / BigRational::from_integer((j + 1).into());
    }
    (x * sum).to_f64()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn the_law_is_that_of_exact_arithmetic(n in 1u64..40, x in 0.01..1.0f64) {
        let (stable, exact) = (tail(n, x), exact_tail(n, x));
        prop_assert!((stable - exact).abs() <= 1e-11 * exact, "{stable} {exact}");
    }

    #[test]
    fn the_law_is_a_law(n in 1u64..100_000, x in 0.0..1.0f64, y in 0.0..1.0f64) {
        let (low, high) = (tail(n, x.max(y)), tail(n, x.min(y)));
        prop_assert!((0.0..=1.0).contains(&low) && low <= high * (1.0 + 1e-11));
        // Smirnov's limit is approached from below.
        prop_assert!(high <= kolmogorov::limit_tail(x.min(y) * (n as f64).sqrt()) * (1.0 + 1e-9));
    }

    #[test]
    fn the_mean_is_below_twice_the_complexity(n in 1u64..1_000_000) {
        prop_assert!(kolmogorov::mean(size(n)).unwrap() <= 2.0 * thresholds(size(n)).get());
    }

    #[test]
    fn the_statistic_is_the_largest_gap(points in prop::collection::vec(0.0..=1.0f64, 1..40)) {
        let gap = kolmogorov::statistic(&mut points.clone()).unwrap();
        let n = points.len() as f64;
        let below = |t: f64| points.iter().filter(|&&x| x < t).count() as f64 / n;
        let largest = points.iter().map(|&t| t - below(t)).fold(0.0, f64::max);
        prop_assert!((gap - largest).abs() < 1e-15);
    }

    #[test]
    fn bounds_shrink_with_the_sample_and_grow_with_confidence(
        n in 1u64..1_000_000, more in 1u64..1_000_000, delta in 1e-9..0.9f64, class in 1u64..1_000_000,
    ) {
        let r = Complexity::new(0.1).unwrap();
        let at = |n, delta| {
            let finite = finite_class::uniform_deviation(class, size(n), Confidence::new(delta).unwrap());
            [uniform_deviation(r, n, delta), finite.unwrap()]
        };
        let (one, larger, surer) = (at(n, delta), at(n + more, delta), at(n, delta / 2.0));
        for i in 0..2 {
            prop_assert!(larger[i] <= one[i] && one[i] <= surer[i]);
        }
        let naive = ((class as f64).ln() - delta.ln()) / (2.0 * n as f64);
        prop_assert!(one[1] >= naive.sqrt() * (1.0 - 1e-15) && one[1] <= naive.sqrt() * (1.0 + 1e-14));
    }
}

#[test]
fn the_catalogues_probabilities() {
    for (n, reference) in EXACT {
        let found = tail(n, 1.0 / (n as f64).sqrt());
        assert!((found - reference).abs() <= 5e-9, "{n}: {found}");
    }
    assert!((tail(1_000_000, 1e-3) - kolmogorov::limit_tail(1.0)).abs() < 1e-4);
}

/// The catalogue's means and complexities are simulated; here they are exact, and these are what they must be near.
#[test]
fn the_catalogues_simulated_means_are_near() {
    for (n, mean, twice_complexity) in
        [(20, 0.13856, 0.30725), (100, 0.06126, 0.15490), (500, 0.02725, 0.06950)]
    {
        let (exact_mean, exact_twice) = (kolmogorov::mean(size(n)).unwrap(), 2.0 * thresholds(size(n)).get());
        assert!((mean / exact_mean - 1.0).abs() < 0.06, "{n}: {mean} {exact_mean}");
        assert!((twice_complexity / exact_twice - 1.0).abs() < 0.04, "{n}: {twice_complexity} {exact_twice}");
    }
}

fn failure_frequency(n: usize, samples: u32, bound: f64) -> f64 {
    let mut stream = Stream::new(31);
    let beyond = (0..samples).filter(|_| {
        let mut points: Vec<f64> = (0..n).map(|_| stream.uniform()).collect();
        kolmogorov::statistic(&mut points).unwrap() > bound
    });
    beyond.count() as f64 / f64::from(samples)
}

/// Teeth: the rule √(1/m) is no bound at the usual confidence, the Rademacher bound without its confidence term is
/// none either, and with it, it is.
#[test]
fn weakened_bounds_are_caught() {
    for n in [10, 100, 1000] {
        let sample = size(n as u64);
        let twice = 2.0 * thresholds(sample).get();
        assert!((0.09..=0.15).contains(&failure_frequency(n, 5000, 1.0 / (n as f64).sqrt())));
        assert!(failure_frequency(n, 5000, 0.5 * twice) > 0.05, "R alone does not hold at δ = 0.05");
        let bound = uniform_deviation(thresholds(sample), n as u64, 0.05);
        assert!(failure_frequency(n, 5000, bound) <= 0.05);
    }
}
