//! `gd-exponential-octopus`: exit times grow by κ, whatever the start and the step; kicks end that.

use std::ops::ControlFlow;

use proptest::prelude::*;
use saddlepoint_landscape::analytic::Octopus;
use saddlepoint_landscape::descent::{GradientDescent, Kicks, PerturbedDescent, StopRule};
use saddlepoint_landscape::objective::Objective;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::optimization::ExitTimeRatio;

const TAU: f64 = Octopus::TAU;

fn waiting() -> impl Strategy<Value = f64> {
    prop_oneof![-1.0f64..-0.01, 0.01f64..1.0]
}

proptest! {
    /// Value and gradient do not jump where one region of the formula ends and the next begins.
    #[test]
    fn the_function_is_continuously_differentiable_across_borders(
        gone in 0usize..4,
        rest in prop::collection::vec(-0.9f64..0.9, 5),
        leaves in any::<bool>(),
        l in 1.0f64..4.0,
        gamma in 0.2f64..1.0,
    ) {
        let f = Octopus::new(5, l, gamma).unwrap();
        let mut x: Vec<f64> = rest.iter().map(|x| x * TAU).collect();
        x[..gone].fill(3.7 * TAU);
        let border = if leaves { 2.0 * TAU } else { TAU };
        let mut at = |a: f64| {
            x[gone] = a;
            (f.value(&x).unwrap(), f.gradient(&x).unwrap())
        };
        let (below, above) = (at(border * (1.0 - 1e-10)), at(border * (1.0 + 1e-10)));
        let scale = 1e-7 * l * TAU * TAU;
        prop_assert!((below.0 - above.0).abs() < scale);
        prop_assert!((below.1 - above.1).amax() < scale);
    }

    /// In logarithms the orbit is that of plain iteration, coordinate by coordinate, as long as f64 holds it.
    #[test]
    fn logarithms_give_the_same_times_as_plain_iteration(
        start in prop::collection::vec(waiting(), 1..5),
        l in 1.0f64..1.5,
        share in 0.1f64..0.9,
    ) {
        let f = Octopus::new(start.len(), l, 1.0).unwrap();
        let step = share * 0.5 / l;
        let times = f.exit_times(step, &start).unwrap();
        let (mut plain, mut small) = (vec![0u64; start.len()], f64::INFINITY);
        GradientDescent::new(step, StopRule::after(*times.last().unwrap() as usize))
            .unwrap()
            .watch(&f, &start, |iterate| {
                for (time, x) in plain.iter_mut().zip(iterate.point) {
                    if *time == 0 && x.abs() >= 2.0 * TAU {
                        *time = iterate.step as u64;
                    }
                    small = small.min(x.abs());
                }
                if small < 1e-300 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })
            .unwrap();
        prop_assert!(small < 1e-300 || plain == times, "{plain:?} and {times:?}");
    }

    /// From any start and with any step size the ratio of successive times comes to κ.
    #[test]
    fn exit_times_grow_by_kappa(
        start in prop::collection::vec(waiting(), 13),
        l in 1.0f64..3.0,
        share in 0.05f64..0.9,
    ) {
        let step = share * 0.5 / l;
        let times = Octopus::new(13, l, 1.0).unwrap().exit_times(step, &start).unwrap();
        let kappa = ExitTimeRatio::new(step, l, 1.0).unwrap().kappa().midpoint();
        let ratio = times[12] as f64 / times[11] as f64;
        prop_assert!((ratio / kappa - 1.0).abs() < 0.02, "{ratio} and {kappa}");
    }

    /// With kicks ten saddles take some hundred steps, and each about as long as the one before.
    #[test]
    fn with_kicks_the_time_is_short(start in prop::collection::vec(-1.0f64..1.0, 10), seed in any::<u64>()) {
        let f = Octopus::new(10, 1.0, 1.0).unwrap();
        let kicks = Kicks { gradient_norm: 0.01 * TAU, radius: 0.01 * TAU, wait: 1, decrease: None };
        let mut stream = Stream::new(seed);
        let end = PerturbedDescent::new(0.25, kicks, 2000)
            .unwrap()
            .watch(&f, &start, &mut || stream.normal(), |iterate| {
                if f.has_escaped(iterate.point) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })
            .unwrap();
        prop_assert!(f.has_escaped(&end.point) && end.steps < 1000, "{}", end.steps);
    }
}

#[test]
fn the_catalogues_exit_times() {
    for (l, inverse, times) in [
        (1.0, 4.0, [6, 21, 62, 173, 472, 1284, 3483, 9443]),
        (1.5, 4.0, [8, 34, 123, 424, 1452, 4955, 16898, 57616]),
        (2.0, 4.0, [11, 50, 211, 875, 3598, 14782, 60704, 249276]),
        (1.0, 16.0, [20, 59, 141, 316, 689, 1487, 3187, 6817]),
    ] {
        assert_eq!(Octopus::new(8, l, 1.0).unwrap().exit_times(1.0 / (inverse * l), &[0.5; 8]).unwrap(), times);
    }
}

/// The bound of the paper, `1 + L/γ`, is the limit for small steps, and not the ratio for long ones.
#[test]
fn teeth_the_infimum_is_not_the_ratio() {
    let times = Octopus::new(12, 2.0, 1.0).unwrap().exit_times(0.125, &[0.5; 12]).unwrap();
    let ratio = times[11] as f64 / times[10] as f64;
    let theorem = ExitTimeRatio::new(0.125, 2.0, 1.0).unwrap();
    assert!((ratio - theorem.kappa().midpoint()).abs() < 1e-4);
    assert!(ratio > theorem.infimum().high() + 1.0);
}

/// Without the spline's turn of the successor's curvature there would be nothing to wait for: where `L` is as small as it
/// may be, the ratio is near its least value 2 for short steps, and still exponential.
#[test]
fn teeth_no_step_size_helps() {
    for step in [0.4, 0.1, 0.01, 1e-4] {
        let times = Octopus::new(10, 1.0, 1.0).unwrap().exit_times(step, &[0.5; 10]).unwrap();
        assert!(
            times.windows(2).skip(4).all(|pair| pair[1] as f64 > 1.99 * pair[0] as f64),
            "{step}: {times:?}"
        );
    }
}

/// Plain iteration loses waiting coordinates: they underflow, and descent stands still at a saddle for ever.
#[test]
fn pitfall_plain_iteration_stands_still() {
    let f = Octopus::new(6, std::f64::consts::E, 1.0).unwrap();
    let descent = GradientDescent::new(0.25 / std::f64::consts::E, StopRule::after(20_000)).unwrap();
    let end = descent.run(&f, &[0.5; 6]).unwrap().point;
    assert_eq!(end.iter().filter(|x| x.abs() >= 2.0 * TAU).count(), 4);
    assert!(end[4..].iter().all(|x| x.abs() < f64::MIN_POSITIVE));
    assert_eq!(descent.run(&f, &end).unwrap().point, end);
    assert!(*f.exit_times(0.25 / std::f64::consts::E, &[0.5; 6]).unwrap().last().unwrap() > 20_000);
}
