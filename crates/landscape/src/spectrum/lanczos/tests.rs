use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;

use super::*;
use crate::analytic::{TwoLayerLinear, baldi_hornik::Strata};
use crate::operator::{Dense, HessianAt, OperatorError, Scaled};
use crate::spectrum::testing::{Diagonal, Stream, laplacian, laplacian_eigenvalues, with_spectrum};

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
    for seed in 0..50 {
        let top = run(Lanczos::new(End::Largest, 4).unwrap(), &hessian, seed);
        for (value, expected) in top.values().iter().zip(exact.iter().rev()) {
            assert!((value - expected).abs() <= 1e-8 * exact[15], "{seed}: {value} {expected}");
        }
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
    let single = Lanczos::new(End::Largest, 2).unwrap();
    for lanczos in [single.with_basis(9).unwrap(), single.with_block(3).unwrap().with_basis(17).unwrap()] {
        let whole = run(lanczos, &a, 6);
        assert!(whole.products > 60, "restarts are part of it");
        // At every step the state goes through a file, and the generator is put where its count says.
        let mut stream = Stream::new(6);
        let mut state = lanczos.start(120, &mut || stream.normal()).unwrap();
        loop {
            let file = serde_json::to_vec(&state).unwrap();
            state = serde_json::from_slice(&file).unwrap();
            assert_eq!(serde_json::to_vec(&state).unwrap(), file);
            let mut stream = Stream::new(6);
            for _ in 0..state.draws {
                stream.normal();
            }
            if lanczos.step(&a, &mut state, &mut || stream.normal()).unwrap() {
                break;
            }
        }
        assert_eq!(lanczos.finish(&a, &state).unwrap(), whole);
    }
}

#[test]
fn a_block_sees_as_many_copies_as_it_has_vectors() {
    // Four copies at the top, three next, in a bulk: no space is invariant before the copies are there.
    let mut spectrum: Vec<f64> = (0..400).map(|i| f64::from(i) / 400.0).collect();
    spectrum[393..].copy_from_slice(&[1.5, 1.5, 1.5, 2.0, 2.0, 2.0, 2.0]);
    let expected = [2.0, 2.0, 2.0, 2.0, 1.5, 1.5, 1.5];
    let a = Diagonal(spectrum);
    for block in [4, 5, 8] {
        let lanczos = Lanczos::new(End::Largest, 7).unwrap().with_block(block).unwrap();
        let found = run(lanczos.with_tolerance(1e-6).unwrap(), &a, 21);
        assert!(found.converged() && found.joint_radius < 1e-4, "{block}: {}", found.joint_radius);
        for (pair, value) in found.pairs.iter().zip(expected) {
            assert!(pair.enclosure.contains(value) && (pair.value - value).abs() < 1e-10, "{block}");
        }
    }
    // Teeth: a single vector at this tolerance takes the next eigenvalues for the copies that it has not seen.
    let single = Lanczos::new(End::Largest, 7).unwrap().with_tolerance(1e-3).unwrap();
    let values = run(single, &a, 21).values();
    assert!(values[6] < 1.1, "{values:?}");
}

#[test]
fn a_block_is_reduced_where_its_space_is_invariant_and_opened_again() {
    for block in [2, 3, 5, 7] {
        for spectrum in [
            vec![5.0f64, 5.0, 1.0, 1.0, 1.0, 0.0, 0.0],
            vec![2.0; 7],
            vec![0.0; 7],
            vec![-1.0, -1.0, -1.0, -1.0, 0.0, 0.0, 3.0],
            vec![4.0, 3.0, 2.0, 1.0, 0.0, -1.0, -2.0],
        ] {
            let mut expected = spectrum.clone();
            expected.sort_by(|x, y| y.total_cmp(x));
            let lanczos = Lanczos::new(End::Largest, 3).unwrap().with_block(block).unwrap();
            let found = run(lanczos, &with_spectrum(&spectrum, 4), 5);
            for (value, expected) in found.values().iter().zip(&expected) {
                assert!((value - expected).abs() < 2e-14 * 5.0, "{block} {spectrum:?}: {:?}", found.values());
            }
            assert!(found.converged() && found.products <= 7 + 3);
        }
    }
}

#[test]
fn the_top_five_of_a_network_take_at_most_60_products() {
    // Spectra like those of trained networks: a few outliers, a bulk that decays to zero, a negative tail.
    let network = |outliers: &[f64], bulk: f64, tail: f64| {
        let n = 5_000 - outliers.len();
        let rest = (0..n).map(|i| {
            let share = i as f64 / n as f64;
            if share < 0.1 { -tail * (1.0 - 10.0 * share).powi(3) } else { bulk * (share - 0.1).powi(6) }
        });
        Diagonal(outliers.iter().copied().chain(rest).collect())
    };
    let nine = [12.0, 8.5, 6.1, 4.4, 3.5, 2.9, 2.4, 2.0, 1.6];
    for (name, a) in [
        ("nine outliers", network(&nine, 0.8, 0.2)),
        ("a bulk that reaches them", network(&nine, 2.5, 0.6)),
        ("close outliers", network(&[5.0, 4.7, 4.4, 4.1, 3.8, 3.5, 3.2, 2.9, 2.6, 2.3], 1.0, 0.5)),
        ("a strong tail", network(&nine, 0.8, 3.0)),
    ] {
        for (seed, exponent) in [(1, 0), (2, -9), (3, 9)] {
            let scaled = Scaled::new(10f64.powi(exponent), &a).unwrap();
            let lanczos = Lanczos::new(End::Largest, 5).unwrap().with_tolerance(1e-6).unwrap();
            let counted = Counted(&scaled, 0.into());
            let found = run(lanczos, &counted, seed);
            assert!(found.converged() && found.products <= 60, "{name}: {}", found.products);
            assert_eq!(counted.1.get(), found.products, "what is reported is what was spent");
            for (pair, value) in found.pairs.iter().zip(&a.0) {
                let value = value * 10f64.powi(exponent);
                assert!(
                    (pair.value / value - 1.0).abs() < 1e-9 && pair.residual <= 1e-6 * found.pairs[0].value
                );
            }
        }
    }
}

#[test]
fn products_in_f32_are_enough_for_residuals_of_a_millionth() {
    let values = (0..3000).map(|i| if i < 9 { 12.0 - f64::from(i) } else { (f64::from(i) / 3000.0).powi(6) });
    let a = Diagonal(values.collect());
    let single = Single(&a);
    for block in [1, 3] {
        let lanczos = Lanczos::new(End::Largest, 5).unwrap().with_tolerance(1e-6).unwrap();
        let found = run(lanczos.with_block(block).unwrap(), &single, 18);
        assert!(found.converged() && found.products <= 60, "{block}: {}", found.products);
        for (i, pair) in found.pairs.iter().enumerate() {
            assert!((pair.value - (12.0 - i as f64)).abs() < 1e-6 * 12.0);
        }
    }
}

/// Rounds its argument and its product to f32.
struct Single<'a>(&'a Diagonal);

impl SymmetricOperator for Single<'_> {
    fn dimension(&self) -> usize {
        self.0.dimension()
    }
    fn apply_unchecked(&self, v: &[f64], product: &mut [f64]) -> Result<(), OperatorError> {
        let rounded: Vec<f64> = v.iter().map(|x| f64::from(*x as f32)).collect();
        self.0.apply_unchecked(&rounded, product)?;
        for entry in product {
            *entry = f64::from(*entry as f32);
        }
        Ok(())
    }
}

/// Counts the vectors that it multiplies.
struct Counted<'a>(&'a dyn SymmetricOperator, std::cell::Cell<usize>);

impl SymmetricOperator for Counted<'_> {
    fn dimension(&self) -> usize {
        self.0.dimension()
    }
    fn apply_unchecked(&self, v: &[f64], product: &mut [f64]) -> Result<(), OperatorError> {
        self.1.set(self.1.get() + 1);
        self.0.apply_unchecked(v, product)
    }
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
    let narrow = lanczos.with_basis(7).unwrap();
    assert!(narrow.with_block(2).is_err() && narrow.with_block(0).is_err());
    assert!(lanczos.with_products(10).unwrap().with_block(2).is_err());
    let one = Lanczos::new(End::Largest, 1).unwrap();
    for constant in [0.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(one.run(&a, &mut || constant), Err(SpectrumError::Randomness)));
    }
    let good = one.start(4, &mut normal).unwrap();
    for spoil in [
        |s: &mut State| s.dimension = 5,
        |s: &mut State| s.basis.truncate(3),
        |s: &mut State| s.coupling = DMatrix::zeros(1, 1),
        |s: &mut State| s.coupling = DMatrix::zeros(0, 0),
        |s: &mut State| s.projected = DMatrix::zeros(1, 0),
        |s: &mut State| s.opened = 1,
    ] {
        let mut state = good.clone();
        spoil(&mut state);
        assert!(matches!(one.step(&a, &mut state, &mut normal), Err(SpectrumError::State { .. })));
    }
    assert!(one.finish(&a, &good).is_err());
    // Vectors are looked at when they are used: the next as the operator's argument, the older ones by their products.
    let mut state = good.clone();
    state.basis[0] = f64::NAN;
    let refused = one.step(&a, &mut state, &mut normal);
    assert!(matches!(refused, Err(SpectrumError::Operator(OperatorError::NotFinite { index: 0 }))));
    let mut state = good;
    one.step(&a, &mut state, &mut normal).unwrap();
    state.basis[0] = f64::NAN;
    assert!(matches!(one.step(&a, &mut state, &mut normal), Err(SpectrumError::State { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_spectrum_of_c_a_is_c_times_that_of_a(
        spectrum in prop::collection::vec(-1.0..1.0f64, 3..25), exponent in -12..=12i32, seed: u64,
        block in 1..4usize,
    ) {
        let a = with_spectrum(&spectrum, seed);
        let c = 10f64.powi(exponent);
        let lanczos = Lanczos::new(End::LargestMagnitude, 2).unwrap().with_tolerance(1e-13).unwrap();
        let lanczos = lanczos.with_block(block).unwrap();
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
        block in 1..4usize,
    ) {
        let a = with_spectrum(&spectrum, seed);
        // What is enclosed is the spectrum of the stored matrix: rounding in its making is an oracle error.
        let mut exact = a.matrix().symmetric_eigenvalues().as_slice().to_vec();
        exact.sort_by(f64::total_cmp);
        let oracle = 1e-13 * magnitude(&exact);
        let lanczos = Lanczos::new(End::Largest, 3).unwrap().with_tolerance(10f64.powi(tolerance)).unwrap();
        let found = run(lanczos.with_block(block).unwrap(), &a, seed);
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
