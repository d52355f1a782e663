//! `saddle-index-vs-loss`: strata counted and ordered exactly, searches that do not mistake flat for critical.

use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;
use saddlepoint_experiments::correlation::spearman;
use saddlepoint_landscape::analytic::baldi_hornik::Strata;
use saddlepoint_landscape::analytic::{Activation, HiddenLayer, TwoLayerLinear};
use saddlepoint_landscape::critical::search::{Criteria, Ending, Found, LevenbergMarquardt, NewtonMr, Search};
use saddlepoint_landscape::critical::symmetry::{FiniteSymmetry, distinct};
use saddlepoint_landscape::critical::{classify, krawczyk};
use saddlepoint_models::random::Stream;

const CRITERIA: Criteria = Criteria { steps: 300, gradient_norm: 1e-12, bound: 50.0, flatness: 1e-3 };

fn linear(eigenvalues: &[f64], width: usize) -> TwoLayerLinear {
    let roots = DVector::from_iterator(eigenvalues.len(), eigenvalues.iter().map(|x| x.sqrt()));
    TwoLayerLinear::new(DMatrix::identity(roots.len(), roots.len()), DMatrix::from_diagonal(&roots), width)
        .unwrap()
}

fn tanh(seed: u64) -> (HiddenLayer, Stream) {
    let mut stream = Stream::new(seed);
    let inputs = DMatrix::from_row_iterator(12, 2, stream.normals(24));
    let targets = inputs.row_iter().map(|x| (1.5 * x[0]).sin() * x[1]).collect();
    (HiddenLayer::half_mean_square(Activation::Tanh, 2, &inputs, targets).unwrap(), stream)
}

fn search(seed: u64, starts: usize) -> (HiddenLayer, Vec<Found>) {
    let (network, mut stream) = tanh(seed);
    let starts: Vec<_> = (0..starts).map(|_| stream.normals(9)).collect();
    let found = LevenbergMarquardt { criteria: CRITERIA }.run_all(&network, &starts).unwrap();
    (network, found)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// For any spectrum: one stratum of minima, Σ C(d, r) strata, half the parameters at most.
    #[test]
    fn strata_of_any_spectrum(gaps in prop::collection::vec(0.1f64..3.0, 2..6), narrow in 0usize..3) {
        let eigenvalues: Vec<f64> = gaps.iter().rev().scan(0.0, |sum, gap| { *sum += gap; Some(*sum) }).collect();
        let (d, p) = (gaps.len(), (gaps.len() - narrow.min(gaps.len() - 1)).max(1));
        let network = linear(&eigenvalues, p);
        let strata = Strata::of(&network).unwrap();
        let points: Vec<(f64, f64)> = strata
            .all()
            .iter()
            .map(|set| (strata.loss(set).unwrap(), strata.inertia(set).unwrap().negative as f64))
            .collect();
        let choose = |r: usize| (0..r).fold(1, |product, i| product * (d - i) / (i + 1));
        prop_assert_eq!(points.len(), (0..=p).map(choose).sum::<usize>());
        prop_assert_eq!(points.iter().filter(|point| point.1 == 0.0).count(), 1);
        let lowest = points.iter().map(|point| point.0).fold(f64::INFINITY, f64::min);
        prop_assert!(points.iter().all(|point| (point.1 == 0.0) == (point.0 == lowest)));
        prop_assert_eq!(points.iter().map(|point| point.1).fold(0.0, f64::max), (p * d) as f64);
        prop_assert!(spearman(&points) > 0.5);
    }

    #[test]
    fn equivalent_points_count_once(theta in prop::collection::vec(-2.0f64..2.0, 9)) {
        let (network, _) = tanh(1);
        let swapped = [&theta[4..8], &theta[..4], &theta[8..]].concat();
        let flipped: Vec<f64> = theta.iter().enumerate().map(|(i, x)| if i < 4 { -x } else { *x }).collect();
        let points = [theta.clone(), swapped, flipped];
        prop_assert_eq!(distinct(&network, &points, 1e-12), [0]);
        prop_assert_eq!(network.representative(&network.representative(&theta)), network.representative(&theta));
    }
}

/// Every critical end classifies, and every nondegenerate one is proved to be alone, with its index.
#[test]
fn critical_ends_are_critical_and_certified() {
    let mut certified = 0;
    let runs = (0..6).map(|seed| search(seed, 30));
    let ends = runs.flat_map(|(network, found)| found.into_iter().map(move |found| (network.clone(), found)));
    for (network, end) in ends.filter(|(_, found)| found.ending == Ending::Critical) {
        let known = classify(&network, &end.point, 1e-12, 1e-7).unwrap();
        if known.inertia.zero == 0 {
            let proof = krawczyk::certify_near(&network, &end.point).unwrap();
            assert_eq!(proof.index, known.index());
            proof.verify(&network).unwrap();
            certified += 1;
        }
    }
    assert!(certified > 0);
}

/// The searches of both methods agree on what a critical point is.
#[test]
fn newton_mr_finds_critical_points_too() {
    let (network, mut stream) = tanh(3);
    let starts: Vec<_> = (0..20).map(|_| stream.normals(9)).collect();
    let search = NewtonMr { criteria: CRITERIA, rank_tolerance: 1e-10 };
    for end in search.run_all(&network, &starts).unwrap() {
        assert_eq!(end.ending == Ending::Critical, classify(&network, &end.point, 1e-12, 1e-7).is_ok());
    }
}

/// Results do not depend on the number of threads: the same searches one by one.
#[test]
fn parallel_searches_are_those_in_turn() {
    let (network, found) = search(5, 12);
    let mut stream = tanh(5).1;
    for end in found {
        let alone = LevenbergMarquardt { criteria: CRITERIA }.run(&network, &stream.normals(9)).unwrap();
        assert_eq!(alone, end);
    }
}

/// A gradient-flat point has a small squared gradient that cannot shrink, and is refused as critical.
#[test]
fn teeth_gradient_flat_is_not_critical() {
    let flat: Vec<_> = (0..6)
        .flat_map(|seed| {
            let (network, found) = search(seed, 30);
            found.into_iter().filter(|f| f.ending == Ending::GradientFlat).map(move |f| (network.clone(), f))
        })
        .collect();
    assert!(!flat.is_empty());
    for (network, end) in flat {
        assert!(end.gradient_norm > 1e-12 && end.flatness <= 1e-3);
        assert!(classify(&network, &end.point, 1e-12, 1e-7).is_err());
    }
}

/// Reversing the order of the losses must be seen.
#[test]
fn teeth_a_falling_index_has_a_negative_correlation() {
    let network = linear(&[3.0, 2.0, 1.0], 2);
    let strata = Strata::of(&network).unwrap();
    let reversed: Vec<(f64, f64)> = strata
        .all()
        .iter()
        .map(|set| (-strata.loss(set).unwrap(), strata.inertia(set).unwrap().negative as f64))
        .collect();
    assert!(spearman(&reversed) < -0.99);
}
