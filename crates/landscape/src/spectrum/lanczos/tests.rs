use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;

use super::*;
use crate::analytic::{TwoLayerLinear, baldi_hornik::Strata};
use crate::operator::{Dense, HessianAt, OperatorError, Scaled};
use crate::spectrum::testing::{Stream, laplacian, laplacian_eigenvalues, with_spectrum};

fn run(lanczos: Lanczos, operator: &dyn SymmetricOperator, seed: u64) -> Eigenpairs {
    let mut stream = Stream::new(seed);
    lanczos.run(operator, &mut || stream.normal()).unwrap()
}

#[test]
fn the_ends_of_the_laplacian_restarts_included() {
    let n = 300;
    let exact = laplacian_eigenvalues(n);
    let a = Dense::new(laplacian(n)).unwrap();
    for end in [End::Largest, End::Smallest, End::LargestMagnitude] {
        let found = run(Lanczos::new(end, 3).unwrap().with_basis(20).unwrap(), &a, 1);
        assert!(found.converged(), "{end:?} after {}", found.products);
        for (i, pair) in found.pairs.iter().enumerate() {
            let expected = if end == End::Smallest { exact[i] } else { exact[n - 1 - i] };
            assert!(pair.enclosure.contains(expected), "{end:?} {i}: {} {expected}", pair.enclosure);
            assert!((pair.value - expected).abs() <= 1e-9);
            assert!(pair.radius < 1e-7 && found.joint_radius < 1e-6);
        }
    }
}

#[test]
fn the_whitened_linear_network_with_its_multiplicities() {
    let targets = DMatrix::from_diagonal(&DVector::from_vec(vec![5.0, 3.0, 2.0, 1.0]));
    let network = TwoLayerLinear::new(DMatrix::identity(4, 4), targets, 2).unwrap();
    let strata = Strata::of(&network).unwrap();
    let (point, exact) = (strata.balanced(&[0, 2]).unwrap(), strata.whitened_spectrum(&[0, 2]).unwrap());
    let hessian = HessianAt::new(&network, &point).unwrap();
    // Sixteen eigenvalues, some of them repeated: invariant spaces are met on the way.
    let found = run(Lanczos::new(End::Smallest, 16).unwrap(), &hessian, 2);
    for (value, expected) in found.values().iter().zip(&exact) {
        assert!((value - expected).abs() <= 1e-13 * exact[15], "{value} {expected}");
    }
    let top = run(Lanczos::new(End::Largest, 4).unwrap(), &hessian, 3);
    for (value, expected) in top.values().iter().zip(exact.iter().rev()) {
        assert!((value - expected).abs() <= 1e-8 * exact[15], "{value} {expected}");
    }
}

#[test]
fn an_invariant_space_is_left_for_a_fresh_direction() {
    for (spectrum, top) in [
        (vec![5.0, 5.0, 1.0, 1.0, 1.0, 0.0, 0.0], vec![5.0, 5.0, 1.0]),
        (vec![2.0; 7], vec![2.0; 3]),
        (vec![0.0; 7], vec![0.0; 3]),
        (vec![-1.0, -1.0, -1.0, -1.0, 0.0, 0.0, 3.0], vec![3.0, 0.0, 0.0]),
    ] {
        let found = run(Lanczos::new(End::Largest, 3).unwrap(), &with_spectrum(&spectrum, 4), 5);
        for (value, expected) in found.values().iter().zip(&top) {
            assert!((value - expected).abs() < 1e-14 * 5.0, "{spectrum:?}: {:?}", found.values());
        }
        assert!(found.converged() && found.products <= 7 + 3);
    }
}

#[test]
fn a_killed_search_resumes_with_identical_bits() {
    let a = Dense::new(laplacian(120)).unwrap();
    let lanczos = Lanczos::new(End::Largest, 2).unwrap().with_basis(9).unwrap();
    let whole = run(lanczos, &a, 6);
    // At every step the state is taken apart into numbers, and the generator put where its count says.
    let mut stream = Stream::new(6);
    let mut state = lanczos.start(120, &mut || stream.normal()).unwrap();
    loop {
        let State { dimension, basis, diagonal, couplings, kept, opened, products, draws } = state;
        state = State { dimension, basis, diagonal, couplings, kept, opened, products, draws };
        let mut stream = Stream::new(6);
        for _ in 0..draws {
            stream.normal();
        }
        if lanczos.step(&a, &mut state, &mut || stream.normal()).unwrap() {
            break;
        }
    }
    assert_eq!(lanczos.finish(&a, &state).unwrap(), whole);
}

/// Fails at one product, once.
struct Interrupted<'a>(&'a Dense, std::cell::Cell<i32>);

impl SymmetricOperator for Interrupted<'_> {
    fn dimension(&self) -> usize {
        self.0.dimension()
    }
    fn apply_unchecked(&self, v: &[f64], product: &mut [f64]) -> Result<(), OperatorError> {
        self.1.set(self.1.get() - 1);
        if self.1.get() == 0 { Err(OperatorError::failed("stop")) } else { self.0.apply_unchecked(v, product) }
    }
}

#[test]
fn a_failed_product_leaves_the_state_as_it_was() {
    let a = Dense::new(laplacian(60)).unwrap();
    let lanczos = Lanczos::new(End::Largest, 2).unwrap();
    let whole = run(lanczos, &a, 8);
    let mut stream = Stream::new(8);
    let broken = Interrupted(&a, 10.into());
    let mut state = lanczos.start(60, &mut || stream.normal()).unwrap();
    let mut failures = 0;
    loop {
        match lanczos.step(&broken, &mut state, &mut || stream.normal()) {
            Ok(true) => break,
            Ok(false) => {}
            Err(SpectrumError::Operator(OperatorError::Failed(_))) => failures += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!((failures, lanczos.finish(&a, &state).unwrap()), (1, whole));
}

#[test]
fn a_search_out_of_products_says_so() {
    let a = Dense::new(laplacian(300)).unwrap();
    let found = run(Lanczos::new(End::Smallest, 3).unwrap().with_products(12).unwrap(), &a, 9);
    assert_eq!(found.products, 12);
    assert!(!found.converged());
    let exact = laplacian_eigenvalues(300);
    for pair in &found.pairs {
        assert!(exact.iter().any(|value| pair.enclosure.contains(*value)), "the enclosure holds all the same");
    }
}

#[test]
fn kato_and_temple_are_quadratically_sharper() {
    let a = with_spectrum(&(0..40).map(f64::from).collect::<Vec<_>>(), 10);
    let found = run(Lanczos::new(End::Largest, 1).unwrap().with_tolerance(1e-3).unwrap(), &a, 11);
    let pair = &found.pairs[0];
    let sharp = pair.kato_temple(38.0, f64::INFINITY).unwrap();
    let gap = pair.value - 38.0;
    assert!(sharp.contains(39.0), "{sharp}");
    assert!(sharp.width() <= pair.radius * pair.radius / gap * 1.001 + 1e-11, "{sharp}");
    assert!(matches!(pair.kato_temple(39.5, 40.0), Err(SpectrumError::Gap { .. })));
    assert!(pair.kato_temple(f64::NAN, 40.0).is_err());
    // Teeth: a gap that is not there is no hypothesis, and the interval then misses.
    let bulk = run(Lanczos::new(End::Largest, 1).unwrap().with_products(4).unwrap(), &a, 12);
    let wrong = bulk.pairs[0].kato_temple(-1e9, 1e9).unwrap();
    assert!((0..40).all(|value| !wrong.contains(f64::from(value))), "{wrong}");
}

#[test]
fn pitfall_lanczos_has_no_absolute_floor() {
    // A division by (norm + 1e-6) is off by 20 % at a top eigenvalue of 1e-5.
    let a = with_spectrum(&[1e-5, 4e-6, 1e-6, 0.0, -2e-6, 3e-6], 13);
    let found = run(Lanczos::new(End::Largest, 1).unwrap(), &a, 14);
    assert!((found.pairs[0].value / 1e-5 - 1.0).abs() < 1e-12);
}

#[test]
fn pitfall_the_true_residual_is_reported() {
    // Power iteration with momentum may stand still at a wrong value. Here: a tolerance so coarse that the estimate
    // stops the search early; what is reported is the residual of the vector, and it holds.
    let a = with_spectrum(&(0..60).map(f64::from).collect::<Vec<_>>(), 15);
    let found = run(Lanczos::new(End::Largest, 1).unwrap().with_tolerance(0.2).unwrap(), &a, 16);
    let v = DVector::from_column_slice(&found.pairs[0].vector);
    let residual = (a.matrix() * &v - &v * found.pairs[0].value).norm();
    assert!((found.pairs[0].residual / residual - 1.0).abs() < 1e-10);
    assert!(residual > 1e-3 && (0..60).any(|value| found.pairs[0].enclosure.contains(f64::from(value))));
}

#[test]
fn bad_parameters_and_states_are_refused_by_name() {
    let mut stream = Stream::new(17);
    let mut normal = || stream.normal();
    let a = Dense::new(laplacian(4)).unwrap();
    assert!(matches!(Lanczos::new(End::Largest, 0), Err(SpectrumError::Count { .. })));
    let lanczos = Lanczos::new(End::Largest, 5).unwrap();
    assert!(matches!(lanczos.run(&a, &mut normal), Err(SpectrumError::Count { found: 5, high: 4, .. })));
    for tolerance in [0.0, 1.0, -1.0, f64::NAN] {
        assert!(matches!(lanczos.with_tolerance(tolerance), Err(SpectrumError::Parameter { .. })));
    }
    assert!(lanczos.with_basis(6).is_err() && lanczos.with_products(9).is_err());
    let one = Lanczos::new(End::Largest, 1).unwrap();
    for constant in [0.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(one.run(&a, &mut || constant), Err(SpectrumError::Randomness)));
    }
    let good = one.start(4, &mut normal).unwrap();
    for spoil in [
        |s: &mut State| s.dimension = 5,
        |s: &mut State| s.basis[0] = f64::NAN,
        |s: &mut State| s.basis.truncate(3),
        |s: &mut State| s.couplings.push(1.0),
        |s: &mut State| s.kept = 1,
    ] {
        let mut state = good.clone();
        spoil(&mut state);
        assert!(matches!(one.step(&a, &mut state, &mut normal), Err(SpectrumError::State { .. })));
    }
    assert!(one.finish(&a, &good).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_spectrum_of_c_a_is_c_times_that_of_a(
        spectrum in prop::collection::vec(-1.0..1.0f64, 3..25), exponent in -12..=12i32, seed: u64,
    ) {
        let a = with_spectrum(&spectrum, seed);
        let c = 10f64.powi(exponent);
        let lanczos = Lanczos::new(End::LargestMagnitude, 2).unwrap().with_tolerance(1e-13).unwrap();
        let (one, other) = (run(lanczos, &a, seed), run(lanczos, &Scaled::new(c, &a).unwrap(), seed));
        let size = one.values()[0].abs();
        for (x, y) in one.values().iter().zip(other.values()) {
            // Where two magnitudes nearly tie, rounding may order them either way.
            prop_assert!((x.abs() * c - y.abs()).abs() <= 1e-11 * size * c, "{x} {y}");
        }
    }

    #[test]
    fn every_enclosure_contains_an_eigenvalue_and_jointly_one_each(
        spectrum in prop::collection::vec(-5.0..5.0f64, 4..30), seed: u64, tolerance in -14..-1i32,
    ) {
        let a = with_spectrum(&spectrum, seed);
        // What is enclosed is the spectrum of the stored matrix: rounding in its making is an oracle error.
        let mut exact = a.matrix().symmetric_eigenvalues().as_slice().to_vec();
        exact.sort_by(f64::total_cmp);
        let oracle = 1e-13 * magnitude(&exact);
        let lanczos = Lanczos::new(End::Largest, 3).unwrap().with_tolerance(10f64.powi(tolerance)).unwrap();
        let found = run(lanczos, &a, seed);
        for pair in &found.pairs {
            let nearest = exact.iter().map(|x| (x - pair.value).abs()).fold(f64::INFINITY, f64::min);
            prop_assert!(nearest <= pair.radius + oracle);
        }
        // Interlacing: never above the eigenvalue of the same rank.
        for (i, value) in found.values().iter().enumerate() {
            prop_assert!(*value <= exact[exact.len() - 1 - i] + oracle);
        }
        prop_assert!(found.joint_radius.is_finite());
    }
}
