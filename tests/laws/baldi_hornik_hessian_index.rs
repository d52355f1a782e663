//! `baldi-hornik-hessian-index`: the inertia formula and the closed-form spectrum against the Hessian itself.

use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;
use saddlepoint_landscape::analytic::TwoLayerLinear;
use saddlepoint_landscape::analytic::baldi_hornik::Strata;
use saddlepoint_landscape::critical::inertia::Inertia;
use saddlepoint_landscape::objective::Objective;
use saddlepoint_models::random::Stream;

use crate::baldi_hornik_critical_points::strata;

fn normal(rows: usize, columns: usize, stream: &mut Stream) -> DMatrix<f64> {
    DMatrix::from_fn(rows, columns, |_, _| stream.normal())
}

/// A matrix of condition number at most 20 and determinant ±1.
fn invertible(size: usize, stream: &mut Stream) -> DMatrix<f64> {
    loop {
        let c = normal(size, size, stream);
        let singular = c.singular_values();
        if singular.max() <= 20.0 * singular.min() {
            return &c / singular.product().powf(1.0 / size as f64);
        }
    }
}

fn inertia(network: &TwoLayerLinear, point: &[f64]) -> Inertia {
    Inertia::of_symmetric(&network.hessian(point).unwrap(), 1e-9).unwrap().0
}

proptest! {
    #[test]
    fn the_inertia_is_the_formulas(
        (d, p) in (2usize..=5).prop_flat_map(|d| (Just(d), 1..=d)),
        further in 0usize..3,
        samples in 3usize..8,
        seed in any::<u64>(),
        choice in any::<prop::sample::Index>(),
    ) {
        let mut stream = Stream::new(seed);
        let n = d + further + samples;
        let network = TwoLayerLinear::new(normal(d + further, n, &mut stream), normal(d, n, &mut stream), p).unwrap();
        let strata = strata(&network)?;
        prop_assume!(strata.smallest_gap() > 1e-3);
        let sets = strata.all();
        let set = choice.get(&sets);
        let (c, k) = (invertible(p, &mut stream), normal(p - set.len(), set.len(), &mut stream));
        let found = inertia(&network, &strata.critical_point(set, &c, &k).unwrap());
        prop_assert_eq!(found, strata.inertia(set).unwrap());
        prop_assert_eq!(found.negative == 0, *set == (0..p).collect::<Vec<_>>());
    }

    /// `(A, B) → (AC, C⁻¹B)` keeps the inertia, though not the eigenvalues.
    #[test]
    fn the_inertia_is_that_of_the_stratum(seed in any::<u64>(), choice in any::<prop::sample::Index>()) {
        let mut stream = Stream::new(seed);
        let network = TwoLayerLinear::new(normal(3, 7, &mut stream), normal(3, 7, &mut stream), 2).unwrap();
        let strata = strata(&network)?;
        prop_assume!(strata.smallest_gap() > 1e-2);
        let sets = strata.all();
        let set = choice.get(&sets);
        let k = normal(2 - set.len(), set.len(), &mut stream);
        let at = |c: &DMatrix<f64>| inertia(&network, &strata.critical_point(set, c, &k).unwrap());
        prop_assert_eq!(at(&DMatrix::identity(2, 2)), at(&invertible(2, &mut stream)));
    }

    /// With more inputs than outputs there are free rows `M` with `Σ_YX Mᵀ = 0` besides `K U_Jᵀ W`; the inertia is the same.
    #[test]
    fn free_rows_across_the_targets_keep_the_inertia(
        further in 1usize..4,
        seed in any::<u64>(),
        choice in any::<prop::sample::Index>(),
    ) {
        let mut stream = Stream::new(seed);
        let network =
            TwoLayerLinear::new(normal(3 + further, 12, &mut stream), normal(3, 12, &mut stream), 3).unwrap();
        let strata = strata(&network)?;
        prop_assume!(strata.smallest_gap() > 1e-2);
        let sets: Vec<_> = strata.all().into_iter().filter(|set| set.len() < 3).collect();
        let set = choice.get(&sets);
        let cross = network.cross();
        let onto = cross.transpose() * (cross * cross.transpose()).try_inverse().unwrap() * cross;
        let free = normal(3 - set.len(), 3 + further, &mut stream);
        let across = &free - &free * onto;
        let point = strata.with_free_rows(set, &DMatrix::identity(3, 3), &across).unwrap();
        prop_assert!(network.gradient(&point).unwrap().norm() < 1e-9 * network.hessian(&point).unwrap().norm());
        prop_assert_eq!(inertia(&network, &point), strata.inertia(set).unwrap());
    }

    /// The trace of the closed-form spectrum is that of the Hessian, `2m‖A‖² + 2d‖B‖²`, derived without eigenvalues.
    #[test]
    fn the_spectrum_has_the_right_trace(values in prop::collection::vec(0.2f64..3.0, 4), further in 0usize..3) {
        let targets = DMatrix::from_diagonal(&DVector::from_vec(values)).resize_horizontally(4 + further, 0.0);
        let network = TwoLayerLinear::new(DMatrix::identity(4 + further, 4 + further), targets, 2).unwrap();
        let strata = strata(&network)?;
        for set in strata.all() {
            let trace: f64 = strata.whitened_spectrum(&set).unwrap().iter().sum();
            let point = strata.balanced(&set).unwrap();
            let (a, b) = point.split_at(8);
            let square = |entries: &[f64]| entries.iter().map(|x| x * x).sum::<f64>();
            let expected = 2.0 * (4 + further) as f64 * square(a) + 8.0 * square(b);
            prop_assert!((trace - expected).abs() < 1e-11 * expected.max(1.0), "{:?}: {} and {}", set, trace, expected);
        }
    }
}

#[test]
fn the_catalogues_whitened_spectrum() {
    let targets = DMatrix::from_diagonal(&DVector::from_row_slice(&[3.0, 2.0, 1.5, 0.5]));
    let network = TwoLayerLinear::new(DMatrix::identity(4, 4), targets, 2).unwrap();
    let strata = Strata::of(&network).unwrap();
    let expected = [-1.0, 0.0, 0.0, 0.0, 0.0, 2.0, 2.0, 4.0, 5.0, 6.0, 7.0, 7.0, 9.0, 9.0, 10.0, 12.0];
    let hessian = network.hessian(&strata.balanced(&[0, 2]).unwrap()).unwrap();
    let (_, measured) = Inertia::of_symmetric(&hessian, 1e-9).unwrap();
    for ((value, measured), expected) in
        strata.whitened_spectrum(&[0, 2]).unwrap().iter().zip(measured).zip(expected)
    {
        assert!((value - expected).abs() < 1e-12 && (measured - expected).abs() < 1e-12);
    }
}

/// The inertia formula with the inversions left out is wrong away from the best directions.
#[test]
fn teeth_the_inversions_count() {
    let mut stream = Stream::new(5);
    let network = TwoLayerLinear::new(normal(4, 8, &mut stream), normal(4, 8, &mut stream), 2).unwrap();
    let strata = Strata::of(&network).unwrap();
    let point = strata.critical_point(&[2, 3], &DMatrix::identity(2, 2), &DMatrix::zeros(0, 2)).unwrap();
    assert_eq!(inertia(&network, &point).negative, 4);
}

/// Free rows that do not satisfy the condition make no critical point, and no such inertia.
#[test]
fn teeth_arbitrary_free_rows_have_another_inertia() {
    let mut stream = Stream::new(3);
    let network = TwoLayerLinear::new(normal(4, 8, &mut stream), normal(4, 8, &mut stream), 2).unwrap();
    let strata = Strata::of(&network).unwrap();
    let rows = normal(1, 4, &mut stream);
    let point = strata.with_free_rows(&[0], &DMatrix::identity(2, 2), &rows).unwrap();
    assert!(network.gradient(&point).unwrap().norm() > 1.0);
    assert_ne!(inertia(&network, &point), strata.inertia(&[0]).unwrap());
}

/// A double eigenvalue of Σ, which the hypotheses exclude, adds zeros.
#[test]
fn teeth_equal_eigenvalues_are_refused_and_rightly() {
    let network = |second| {
        let targets = DMatrix::from_diagonal(&DVector::from_row_slice(&[2.0, second, 1.0]));
        TwoLayerLinear::new(DMatrix::identity(3, 3), targets, 1).unwrap()
    };
    let (double, simple) = (network(2.0), network(1.5));
    assert!(Strata::of(&double).is_err());
    let strata = Strata::of(&simple).unwrap();
    let point = strata.balanced(&[0]).unwrap();
    assert_eq!(inertia(&simple, &point), strata.inertia(&[0]).unwrap());
    assert_eq!(inertia(&double, &point).zero, strata.inertia(&[0]).unwrap().zero + 1);
}
