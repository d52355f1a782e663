//! `barron-rate`: no step of the greedy algorithm is above its rate, whatever the waves and the measure.

use proptest::prelude::*;
use saddlepoint_experiments::claims::barron_rate::target;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::expressivity::barron::{Target, Wave};

fn waves(dimension: usize, number: usize) -> impl Strategy<Value = Vec<Wave>> {
    let wave = (-2.0f64..2.0, prop::collection::vec(-8.0f64..8.0, dimension), -4.0f64..4.0);
    let wave = wave.prop_map(|(amplitude, frequency, phase)| Wave { amplitude, frequency, phase });
    prop::collection::vec(wave, 1..=number)
}

/// Points of the cube in the unit ball, with any weights.
fn points(dimension: usize) -> impl Strategy<Value = Vec<(Vec<f64>, f64)>> {
    let side = 0.99 / (dimension as f64).sqrt();
    prop::collection::vec((prop::collection::vec(-side..side, dimension), 0.01f64..5.0), 1..40)
}

proptest! {
    #[test]
    fn greedy_steps_keep_the_rate((waves, points) in (1usize..4).prop_flat_map(|d| (waves(d, 5), points(d)))) {
        let (points, weights): (Vec<_>, Vec<_>) = points.into_iter().unzip();
        let target = Target::new(waves, &points, &weights, 1.0).unwrap();
        let height = target.variation();
        let rounding = 1e-12 * (1.0 + height * height);
        prop_assert!(height <= 2.0 * target.constant() * (1.0 + 1e-12));
        for step in target.greedy(height).take(60) {
            prop_assert!(step.squared_error <= target.rate(height, step.units) + rounding, "{step:?}");
            prop_assert!(step.squared_error.sqrt() <= target.error_bound(step.units) + rounding.sqrt());
        }
    }

    /// The units are tried by brute force: no first unit leaves less than the one that was chosen.
    #[test]
    fn the_first_unit_is_the_best((waves, points) in (waves(1, 1), points(1)), threshold in -1.0f64..1.0) {
        let wave = waves[0].clone();
        let (points, weights): (Vec<Vec<f64>>, Vec<f64>) = points.into_iter().unzip();
        let total: f64 = weights.iter().sum();
        let target = Target::new(waves, &points, &weights, 1.0).unwrap();
        let height = target.variation();
        let chosen = target.greedy(height).next().unwrap().squared_error;
        let rise = |x: f64| wave.amplitude * ((wave.frequency[0] * x + wave.phase).cos() - wave.phase.cos());
        for sign in [-1.0, 0.0, 1.0] {
            for above in [false, true] {
                let error: f64 = points.iter().zip(&weights).map(|(x, weight)| {
                    let active = if above { x[0] > threshold } else { x[0] < threshold };
                    let output = if active { sign * height } else { 0.0 };
                    weight / total * (rise(x[0]) - output).powi(2)
                }).sum();
                prop_assert!(chosen <= error + 1e-10 * (1.0 + height * height));
            }
        }
    }
}

/// Random units have the mean and the variance of the formula. Teeth: without the square of the norm it is too large.
#[test]
fn random_units_have_the_variance_of_the_formula() {
    let target = target(3, 4, 150, 12).unwrap();
    let mut stream = Stream::new(77);
    for units in [1, 5, 40] {
        let draws: Vec<f64> = (0..2000).map(|_| target.maurey(units, || stream.uniform())).collect();
        let mean = draws.iter().sum::<f64>() / 2000.0;
        let error = (draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (1999.0 * 2000.0)).sqrt();
        assert!((mean - target.maurey_error(units)).abs() < 4.0 * error, "{units}: {mean} ± {error}");
        let half = target.maurey_error(2 * units);
        assert!((mean - half).abs() > 4.0 * error, "a formula of half the size passes");
    }
    // Units that share a point with the greedy ones: choice is not worse than chance.
    let greedy = target.greedy(target.variation()).nth(39).unwrap();
    assert!(greedy.squared_error <= target.maurey_error(40));
}

/// Teeth: units a tenth as high cannot represent the function, and their rate is broken for most numbers of units.
#[test]
fn teeth_units_too_low_break_their_rate() {
    for dimension in [2, 5] {
        let target = target(dimension, 8, 400, dimension as u64).unwrap();
        let broken = |factor: f64| {
            let height = factor * target.variation();
            target
                .greedy(height)
                .take(128)
                .filter(|step| step.squared_error > target.rate(height, step.units))
                .count()
        };
        assert_eq!(broken(1.0), 0);
        assert!(broken(0.1) > 0, "d = {dimension}");
    }
}
