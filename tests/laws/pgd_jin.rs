//! `pgd-jin`: kicks are uniform in their ball, the answer is second-order stationary, and it comes in time.

use proptest::prelude::*;
use saddlepoint_landscape::analytic::{DoubleWell, Quadratic};
use saddlepoint_landscape::descent::{End, Kicks, PerturbedDescent, noise};
use saddlepoint_landscape::objective::Objective;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::optimization::{Gap, PerturbedDescent as Theorem, Smoothness};

fn theorem(dimension: usize, accuracy: f64) -> Theorem {
    let (l, rho) = (DoubleWell::smoothness_within(1.2), DoubleWell::hessian_lipschitz_within(1.2));
    let (l, gap) = (Smoothness::new(l).unwrap(), Gap::new(0.25).unwrap());
    Theorem::new(dimension, l, rho, accuracy, gap, 0.1, 1.0).unwrap()
}

fn kicks(theorem: &Theorem) -> Kicks {
    Kicks {
        gradient_norm: theorem.gradient_threshold(),
        radius: theorem.radius(),
        wait: theorem.wait() as usize,
        decrease: Some(theorem.decrease_threshold()),
    }
}

proptest! {
    /// `‖ξ‖ ≤ r`, and the share of kicks within `u r` is `u^d`: the number of 1,000 is binomial.
    #[test]
    fn kicks_are_uniform_in_their_ball(seed in any::<u64>(), d in 1usize..20, share in 0.1f64..0.9) {
        let (mut stream, mut kick, radius, mut inside) = (Stream::new(seed), vec![0.0; d], 0.25, 0.0);
        // The radius that holds this share.
        let within = radius * share.powf(1.0 / d as f64);
        for _ in 0..1000 {
            noise::in_ball(radius, &mut || stream.normal(), &mut kick).unwrap();
            let norm = kick.iter().map(|x| x * x).sum::<f64>().sqrt();
            prop_assert!(norm <= radius * (1.0 + 1e-14));
            inside += f64::from(norm <= within);
        }
        // Six standard deviations.
        prop_assert!((inside - 1000.0 * share).abs() <= 6.0 * (1000.0 * share * (1.0 - share)).sqrt());
    }

    /// From the saddle, in any dimension and for any accuracy, the answer is second-order stationary, in the time that is
    /// certain.
    #[test]
    fn the_answer_is_second_order_stationary(seed in any::<u64>(), d in 1usize..50, accuracy in 0.01f64..0.2) {
        let (f, theorem, mut stream) = (DoubleWell::new(d).unwrap(), theorem(d, accuracy), Stream::new(seed));
        let descent = PerturbedDescent::new(theorem.step(), kicks(&theorem), 100_000).unwrap();
        let end = descent.run(&f, &vec![0.0; d], &mut || stream.normal()).unwrap();
        prop_assert_eq!(end.end, End::SecondOrder);
        prop_assert!(end.gradient_norm <= accuracy);
        let lowest = f.hessian(&end.point).unwrap().symmetric_eigenvalues().min();
        prop_assert!(lowest >= -theorem.curvature(), "{lowest}");
        prop_assert!((end.steps as f64) <= theorem.steps());
    }

    /// At a minimum of a quadratic the first kick brings nothing, so the answer is the start, after one wait.
    #[test]
    fn a_minimum_is_its_own_answer(seed in any::<u64>(), d in 1usize..10) {
        let (f, theorem, mut stream) = (DoubleWell::new(d).unwrap(), theorem(d, 0.05), Stream::new(seed));
        let mut start = vec![0.0; d];
        start[d - 1] = 1.0;
        let descent = PerturbedDescent::new(theorem.step(), kicks(&theorem), 10_000).unwrap();
        let end = descent.run(&f, &start, &mut || stream.normal()).unwrap();
        prop_assert_eq!((end.point, end.steps as u64), (start, theorem.wait()));
    }
}

#[test]
fn the_catalogues_numbers() {
    for (d, wait, steps) in [(10, 173, 347), (100, 212, 425), (1000, 250, 501)] {
        let (f, theorem) = (DoubleWell::new(d).unwrap(), theorem(d, 0.05));
        assert_eq!(theorem.wait(), wait);
        let descent = PerturbedDescent::new(theorem.step(), kicks(&theorem), 10_000).unwrap();
        for seed in 0..3 {
            let mut stream = Stream::new(seed);
            let end = descent.run(&f, &vec![0.0; d], &mut || stream.normal()).unwrap();
            assert_eq!(end.steps, steps);
        }
    }
    assert!((theorem(10, 0.05).chi() - 31.2309154647).abs() < 5e-11);
}

/// A tenth of the wait is too short: the kick has had no time to grow, and the answer is the saddle.
#[test]
fn teeth_too_short_a_wait_answers_with_the_saddle() {
    let theorem = theorem(10, 0.05);
    let hasty = Kicks { wait: theorem.wait() as usize / 10, ..kicks(&theorem) };
    let descent = PerturbedDescent::new(theorem.step(), hasty, 10_000).unwrap();
    let mut stream = Stream::new(1);
    let end = descent.run(&DoubleWell::new(10).unwrap(), &[0.0; 10], &mut || stream.normal()).unwrap();
    assert_eq!((end.end, end.point), (End::SecondOrder, vec![0.0; 10]));
}

/// A kick that misses the escaping direction brings nothing: the generator gives every twelfth normal, its last
/// coordinate, as zero.
#[test]
fn teeth_a_kick_without_the_escaping_direction_answers_with_the_saddle() {
    let theorem = theorem(10, 0.05);
    let descent = PerturbedDescent::new(theorem.step(), kicks(&theorem), 10_000).unwrap();
    let (mut stream, mut drawn) = (Stream::new(1), 0);
    let mut normal = || {
        drawn += 1;
        if drawn % 12 == 10 { 0.0 } else { stream.normal() }
    };
    let end = descent.run(&DoubleWell::new(10).unwrap(), &[0.0; 10], &mut normal).unwrap();
    assert_eq!((end.end, end.point), (End::SecondOrder, vec![0.0; 10]));
}

/// Without a lower bound there is no answer to come: the decrease never stops, and the certain time does not apply.
#[test]
fn teeth_unbounded_below_there_is_no_answer() {
    let f = Quadratic::new(nalgebra::dmatrix![-1.0]).unwrap();
    let theorem = theorem(1, 0.05);
    let descent = PerturbedDescent::new(theorem.step(), kicks(&theorem), 1_000_000).unwrap();
    let mut stream = Stream::new(1);
    assert_eq!(descent.run(&f, &[0.0], &mut || stream.normal()).unwrap().end, End::Diverged);
}
