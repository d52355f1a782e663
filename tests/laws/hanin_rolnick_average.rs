//! `hanin-rolnick-average`: random networks have about one piece a unit, whatever their depth.

use proptest::prelude::*;
use saddlepoint_experiments::sample::{mean, standard_error};
use saddlepoint_models::random::Stream;
use saddlepoint_theory::expressivity::breakpoints::Breakpoints;
use saddlepoint_theory::expressivity::hanin_rolnick::first_layer_breakpoints;
use saddlepoint_theory::expressivity::regions::{Rectangle, Regions};
use saddlepoint_theory::expressivity::relu_network::ReluNetwork;

fn network(inputs: usize, widths: &[usize], bias_deviation: f64, seed: u64) -> ReluNetwork {
    let mut stream = Stream::new(seed);
    ReluNetwork::he_normal(&[&[inputs], widths, &[1]].concat(), bias_deviation, &mut || stream.normal())
        .unwrap()
}

/// Breakpoints a unit, over 60 networks.
fn breakpoints(widths: &[usize], bias_deviation: f64, low: f64, high: f64) -> (f64, f64) {
    let units = widths.iter().sum::<usize>() as f64;
    let ratio = |seed| {
        let found = Breakpoints::of(&network(1, widths, bias_deviation, seed), low, high).unwrap();
        (found.activation_regions() - 1) as f64 / units
    };
    let ratios: Vec<f64> = (0..60).map(ratio).collect();
    (mean(&ratios), standard_error(&ratios))
}

proptest! {
    /// Breakpoints of parts add up to those of the whole, and only the ratio of the deviations counts.
    #[test]
    fn the_closed_form_is_a_measure_without_a_scale(
        ends in prop::array::uniform3(-5.0f64..5.0), weight in 0.1f64..4.0, bias in 0.1f64..4.0, scale in 0.1f64..10.0,
    ) {
        let mut ends = ends;
        ends.sort_by(f64::total_cmp);
        let [a, b, c] = ends;
        prop_assume!(a < b && b < c);
        let share = |low, high| first_layer_breakpoints(weight, bias, low, high).unwrap();
        prop_assert!((share(a, b) + share(b, c) - share(a, c)).abs() < 1e-12);
        prop_assert!(share(a, c) > 0.0 && share(a, c) < 1.0);
        let scaled = first_layer_breakpoints(scale * weight, scale * bias, a, c).unwrap();
        prop_assert!((scaled - share(a, c)).abs() < 1e-12);
    }
}

#[test]
fn the_first_layer_has_its_closed_form() {
    for (bias_deviation, low, high) in [(1.0, -1.0, 1.0), (0.1, -1.0, 1.0), (0.5, 0.2, 3.0)] {
        let expected = first_layer_breakpoints(2f64.sqrt(), bias_deviation, low, high).unwrap();
        let (found, error) = breakpoints(&[64], bias_deviation, low, high);
        assert!((found - expected).abs() <= 4.0 * error, "{found} ± {error}, expected {expected}");
    }
}

#[test]
fn deep_networks_have_no_more_pieces_than_units() {
    for widths in [&[64][..], &[32, 32], &[16; 4], &[8; 8]] {
        for bias_deviation in [1.0, 0.1] {
            let (ratio, _) = breakpoints(widths, bias_deviation, -1.0, 1.0);
            assert!((0.2..=1.05).contains(&ratio), "{widths:?}, {bias_deviation}: {ratio}");
        }
    }
}

/// Twice the width at the same depth: as many pieces a unit.
#[test]
fn pieces_grow_with_the_units() {
    for (narrow, wide) in
        [(&[64][..], &[128][..]), (&[32, 32], &[64, 64]), (&[16; 4], &[32; 4]), (&[8; 8], &[16; 8])]
    {
        let (narrow, wide) = (breakpoints(narrow, 1.0, -1.0, 1.0).0, breakpoints(wide, 1.0, -1.0, 1.0).0);
        assert!((wide / narrow - 1.0).abs() <= 0.25, "{narrow} {wide}");
    }
}

/// In the plane, deeper networks of as many units have fewer regions: differences over the same seeds.
#[test]
fn deeper_networks_have_fewer_regions() {
    let square = Rectangle::new([-1.0; 2], [1.0; 2]).unwrap();
    let regions = |widths: &[usize]| -> Vec<f64> {
        (0..30).map(|seed| Regions::of(&network(2, widths, 1.0, seed), square).unwrap().len() as f64).collect()
    };
    let shapes = [&[32][..], &[16, 16], &[8; 4], &[4; 8]].map(regions);
    for pair in shapes.windows(2) {
        let differences: Vec<f64> = pair[0].iter().zip(&pair[1]).map(|(a, b)| a - b).collect();
        let (difference, error) = (mean(&differences), standard_error(&differences));
        assert!(difference > 2.0 * error, "{difference} ± {error}");
    }
}

/// Teeth: a closed form with the deviations exchanged is refuted by the same networks, and the maximum is far away.
#[test]
fn wrong_averages_are_refuted() {
    let exchanged = first_layer_breakpoints(0.1, 2f64.sqrt(), -1.0, 1.0).unwrap();
    let (found, error) = breakpoints(&[64], 0.1, -1.0, 1.0);
    assert!((found - exchanged).abs() > 20.0 * error);
    let most = 17f64.powi(8);
    let (ratio, _) = breakpoints(&[16; 8], 1.0, -1.0, 1.0);
    assert!(128.0 * ratio / most < 1e-4);
}
