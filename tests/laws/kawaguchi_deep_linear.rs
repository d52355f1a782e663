//! `kawaguchi-deep-linear`: lifted critical points, saddles without negative curvature, and the plateaus around them.

use nalgebra::DMatrix;
use proptest::prelude::*;
use saddlepoint_landscape::analytic::kawaguchi::{OriginEscape, VanishingEnds};
use saddlepoint_landscape::analytic::{DeepLinear, TwoLayerLinear};
use saddlepoint_landscape::critical::inertia::Inertia;
use saddlepoint_landscape::descent::{GradientDescent, StopRule};
use saddlepoint_landscape::objective::Objective;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::optimization::ChainPlateau;

use crate::baldi_hornik_critical_points::strata;

fn normal(rows: usize, columns: usize, stream: &mut Stream) -> DMatrix<f64> {
    DMatrix::from_fn(rows, columns, |_, _| stream.normal())
}

/// A square matrix not far from the identity.
fn near_identity(size: usize, stream: &mut Stream) -> DMatrix<f64> {
    DMatrix::identity(size, size) + normal(size, size, stream) * 0.2
}

/// Random data under `depth` matrices, with hidden layers of width `p`.
fn deep(d: usize, p: usize, depth: usize, stream: &mut Stream) -> DeepLinear {
    DeepLinear::new(normal(d, d + 4, stream), normal(d, d + 4, stream), &vec![p; depth - 1]).unwrap()
}

fn inertia(network: &DeepLinear, point: &[f64], tolerance: f64) -> Inertia {
    Inertia::of_symmetric(&network.hessian(point).unwrap(), tolerance).unwrap().0
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn lifted_points_keep_their_index(
        (d, p) in (2usize..=4).prop_flat_map(|d| (Just(d), 1..=d)),
        depth in 2usize..=5,
        seed in any::<u64>(),
        choice in any::<prop::sample::Index>(),
    ) {
        let mut stream = Stream::new(seed);
        let network = deep(d, p, depth, &mut stream);
        let shallow = TwoLayerLinear::new(network.inputs().clone(), network.targets().clone(), p).unwrap();
        let strata = strata(&shallow)?;
        prop_assume!(strata.smallest_gap() > 1e-2);
        let sets = strata.all();
        let set = choice.get(&sets);
        let (c, k) = (near_identity(p, &mut stream), normal(p - set.len(), set.len(), &mut stream));
        let middle: Vec<_> = (2..depth).map(|_| near_identity(p, &mut stream)).collect();
        prop_assume!(middle.iter().chain([&c]).all(|m| m.singular_values().min() > 0.2));
        let point = strata.lifted(set, &c, &k, &middle).unwrap();
        let found = inertia(&network, &point, 1e-9);
        prop_assert_eq!(found, strata.lifted_inertia(set, depth).unwrap());
        // Kawaguchi: a middle of full rank means a negative eigenvalue, except at the global minima.
        prop_assert_eq!(found.negative == 0, *set == (0..p).collect::<Vec<_>>());
    }

    /// Any widths, any middle matrices, rank deficient ones too.
    #[test]
    fn vanishing_ends_have_the_spectrum_of_singular_values(
        widths in prop::collection::vec(1usize..4, 1..4),
        rank in 0usize..3,
        seed in any::<u64>(),
    ) {
        let mut stream = Stream::new(seed);
        let network = DeepLinear::new(normal(3, 6, &mut stream), normal(2, 6, &mut stream), &widths).unwrap();
        let middle: Vec<_> = widths.windows(2).rev().map(|pair| {
            normal(pair[1], rank.min(pair[0]), &mut stream) * normal(rank.min(pair[0]), pair[0], &mut stream)
        }).collect();
        let saddle = VanishingEnds::new(&network, &middle).unwrap();
        prop_assert_eq!(network.gradient(saddle.point()).unwrap().amax(), 0.0);
        let (_, eigenvalues) = Inertia::of_symmetric(&network.hessian(saddle.point()).unwrap(), 1e-9).unwrap();
        let largest = saddle.spectrum().iter().fold(1e-300, |largest: f64, x| largest.max(x.abs()));
        for (found, expected) in eigenvalues.iter().zip(saddle.spectrum()) {
            prop_assert!((found - expected).abs() <= 1e-12 * largest, "{} and {}", found, expected);
        }
    }

    /// The origin is no minimum at any depth, though from depth 3 on its Hessian does not show it.
    #[test]
    fn there_is_a_way_down_from_the_origin(widths in prop::collection::vec(1usize..4, 1..5), seed in any::<u64>()) {
        let mut stream = Stream::new(seed);
        let network = DeepLinear::new(normal(3, 6, &mut stream), normal(2, 6, &mut stream), &widths).unwrap();
        let origin = vec![0.0; network.dimension()];
        let escape = OriginEscape::of(&network).unwrap();
        prop_assert!(network.value(&escape.point(0.2)).unwrap() < network.value(&origin).unwrap());
        prop_assert_eq!(network.hessian(&origin).unwrap().amax() == 0.0, widths.len() >= 2);
    }

    /// Gradient flow conserves `W_{l+1}ᵀW_{l+1} − W_lW_lᵀ`; descent drifts by `O(η)` over a fixed time.
    #[test]
    fn descent_almost_conserves_the_imbalance(depth in 2usize..=4, seed in any::<u64>()) {
        let mut stream = Stream::new(seed);
        let network = deep(3, 2, depth, &mut stream);
        let start: Vec<f64> = (0..network.dimension()).map(|_| 0.4 * stream.normal()).collect();
        let drift = |step: f64, steps| {
            let descent = GradientDescent::new(step, StopRule::after(steps)).unwrap();
            let end = descent.run(&network, &start).unwrap().point;
            let pairs = network.imbalance(&start).unwrap().into_iter().zip(network.imbalance(&end).unwrap());
            pairs.map(|(a, b)| (a - b).norm()).fold(0.0, f64::max)
        };
        let (coarse, fine) = (drift(4e-4, 500), drift(4e-5, 5000));
        prop_assert!(fine < 0.2 * coarse, "{} and {}", fine, coarse);
    }

    /// The chain as a program of one variable takes the time of the flow, up to the step.
    #[test]
    fn the_chain_takes_the_time_of_the_flow(depth in 2i32..=5, start in 0.15f64..0.5) {
        let (mut w, mut steps) = (start, 0.0);
        while w.powi(depth) < 0.5 {
            w -= 1e-3 * (w.powi(depth) - 1.0) * w.powi(depth - 1);
            steps += 1.0;
        }
        let flow = ChainPlateau::new(depth as u32).unwrap().time_to_half(start).unwrap();
        prop_assert!((steps * 1e-3 - flow).abs() < 5e-3, "{} and {}", steps * 1e-3, flow);
    }
}

#[test]
fn the_catalogues_times() {
    let table =
        [(2, [1.60, 2.31, 3.01, 3.71]), (3, [4.15, 9.17, 19.18, 39.19]), (4, [12.24, 49.76, 199.78, 799.79])];
    for (depth, times) in table {
        for (start, expected) in [0.2f64, 0.1, 0.05, 0.025].into_iter().zip(times) {
            let (mut w, mut steps) = (start, 0.0f64);
            while w.powi(depth) < 0.5 {
                w -= 0.01 * (w.powi(depth) - 1.0) * w.powi(depth - 1);
                steps += 1.0;
            }
            assert!((steps * 0.01 - expected).abs() < 0.0051, "depth {depth}, {start}: {}", steps * 0.01);
        }
    }
}

/// With a middle that loses rank the index is no longer that of two layers: invertibility is needed.
#[test]
fn teeth_a_singular_middle_hides_negative_curvature() {
    let network = deep(3, 2, 3, &mut Stream::new(1));
    let negative = |middle: &DMatrix<f64>| {
        let saddle = VanishingEnds::new(&network, std::slice::from_ref(middle)).unwrap();
        inertia(&network, saddle.point(), 1e-12).negative
    };
    assert_eq!(negative(&DMatrix::identity(2, 2)), 6);
    assert_eq!(negative(&DMatrix::from_row_slice(2, 2, &[1.0, 0.0, 0.0, 0.0])), 3);
    assert_eq!(negative(&DMatrix::zeros(2, 2)), 0);
}

/// A tiny start at depth 4 looks like an end for a long time: a plateau is not a minimum.
#[test]
fn teeth_a_plateau_is_not_a_minimum() {
    let one = DMatrix::identity(1, 1);
    let chain = DeepLinear::new(one.clone(), one, &[1, 1, 1]).unwrap();
    let run = |steps| {
        let descent = GradientDescent::new(0.005, StopRule::after(steps)).unwrap();
        chain.value(&descent.run(&chain, &[0.05; 4]).unwrap().point).unwrap()
    };
    assert!(run(10_000) > 0.999 && run(40_000) < 1e-9);
}
