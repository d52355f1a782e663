//! `seed4-init-success`: gradient flow turns the units hyperbolically, and descent with a small step follows it.

use proptest::prelude::*;
use saddlepoint_landscape::analytic::{Reading, ScalarReluNetwork, TwoParameterMlp};
use saddlepoint_landscape::descent::{GradientDescent, StopRule};
use saddlepoint_landscape::objective::Objective;
use saddlepoint_models::random::Stream;

fn network(units: usize) -> ScalarReluNetwork {
    ScalarReluNetwork::on_data_of(&TwoParameterMlp::seed42(Reading::Intended), units).unwrap()
}

fn reaches(network: &ScalarReluNetwork, start: &[f64], step: f64, time: f64) -> bool {
    let stop = StopRule { steps: (time / step) as usize, gradient_norm: 1e-7 };
    let end = GradientDescent::new(step, stop).unwrap().run(network, start).unwrap();
    network.is_minimum(&end.point, 1e-6).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Away from the border of the angle, descent ends where the flow does.
    #[test]
    fn descent_ends_where_the_flow_does(units in 1usize..5, seed: u64) {
        let network = network(units);
        let start = Stream::new(seed).normals(network.dimension());
        let clear = start.as_chunks::<2>().0.iter().all(|[w, v]| (w + v).abs() > 0.05 && w.abs() > 0.02);
        prop_assume!(clear);
        prop_assert_eq!(reaches(&network, &start, 5e-4, 8.0), network.flow_reaches_minimum(&start).unwrap());
    }

    /// The conserved quantity: a step changes `w² − v²` of a living unit by `η²` times the difference of squared slopes only.
    #[test]
    fn a_step_nearly_conserves_the_difference_of_squares(w in 0.1f64..2.0, v in -2.0f64..2.0, exponent in -6.0f64..-2.0) {
        let step = 10f64.powf(exponent);
        let gradient = network(1).gradient(&[w, v]).unwrap();
        let (a, b) = (w - step * gradient[0], v - step * gradient[1]);
        let drift = (a * a - b * b) - (w * w - v * v);
        let expected = step * step * (gradient[0] * gradient[0] - gradient[1] * gradient[1]);
        prop_assert!((drift - expected).abs() < 1e-12);
    }

    /// Hidden units can be exchanged.
    #[test]
    fn units_can_be_exchanged(point in prop::array::uniform4(-2.0f64..2.0)) {
        let exchanged = [point[2], point[3], point[0], point[1]];
        prop_assert!((network(2).value(&point).unwrap() - network(2).value(&exchanged).unwrap()).abs() < 1e-13);
    }
}

/// The share of starts in the angle is the probability: 200,000 draws, four standard errors.
#[test]
fn the_angle_has_the_stated_probability() {
    let mut stream = Stream::new(1);
    for (units, expected) in [(1, 0.375), (2, 0.609375), (3, 0.755859375), (8, 0.976716935634613)] {
        let probability = ScalarReluNetwork::success_probability(units);
        assert!((probability - expected).abs() < 1e-15);
        let (network, n) = (network(units as usize), 200_000);
        let hits = (0..n)
            .filter(|_| network.flow_reaches_minimum(&stream.normals(network.dimension())).unwrap())
            .count();
        let standard_error = (probability * (1.0 - probability) / f64::from(n)).sqrt();
        assert!((hits as f64 / f64::from(n) - probability).abs() < 4.0 * standard_error);
    }
}

/// Width does not remove the bad ends: a start with all units dead is a local minimum at every width.
#[test]
fn teeth_every_width_has_dead_starts() {
    for units in [1, 8, 64] {
        let network = network(units);
        let start = [-1.0, 0.5].repeat(units);
        assert_eq!(network.gradient(&start).unwrap().norm(), 0.0);
        assert!(!reaches(&network, &start, 1e-3, 5.0));
    }
}

/// A living unit is not enough: one with `w > 0` but `w < −v` dies on the way.
#[test]
fn teeth_a_living_unit_can_die_on_the_way() {
    let start = [0.5, -1.5];
    assert!(network(1).gradient(&start).unwrap().norm() > 1.0);
    assert!(!network(1).flow_reaches_minimum(&start).unwrap());
    assert!(!reaches(&network(1), &start, 1e-3, 5.0));
}

/// With a long step descent does not follow the flow: from one start in four of this square it jumps over the border.
#[test]
fn teeth_a_long_step_leaves_the_flow() {
    let mut stream = Stream::new(2);
    let differs = (0..200).filter(|_| {
        let start = [stream.between(0.2, 3.0), stream.between(0.2, 3.0)];
        assert!(network(1).flow_reaches_minimum(&start).unwrap());
        !reaches(&network(1), &start, 0.12, 2400.0)
    });
    assert!(differs.count() > 20);
}
