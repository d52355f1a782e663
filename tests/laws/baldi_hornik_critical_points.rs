//! `baldi-hornik-critical-points` and `baldi-hornik-free-l-negative`: the formulas against the network itself.

use nalgebra::DMatrix;
use proptest::prelude::*;
use saddlepoint_landscape::analytic::TwoLayerLinear;
use saddlepoint_landscape::analytic::baldi_hornik::{HypothesisError, Strata};
use saddlepoint_landscape::objective::Objective;
use saddlepoint_models::random::Stream;

/// Random data of the given sizes.
fn network(d: usize, p: usize, extra: usize, stream: &mut Stream) -> TwoLayerLinear {
    let mut normal = |rows, columns| DMatrix::from_fn(rows, columns, |_, _| stream.normal());
    TwoLayerLinear::new(normal(d, d + extra), normal(d, d + extra), p).unwrap()
}

/// The strata of drawn data; another draw, where eigenvalues nearly coincide or vanish.
pub(crate) fn strata(network: &TwoLayerLinear) -> Result<Strata<'_>, TestCaseError> {
    Strata::of(network).map_err(|error| match error {
        HypothesisError::NotDistinct { .. } => TestCaseError::reject(error.to_string()),
        _ => TestCaseError::fail(error.to_string()),
    })
}

fn normal(rows: usize, columns: usize, stream: &mut Stream) -> DMatrix<f64> {
    DMatrix::from_fn(rows, columns, |_, _| stream.normal())
}

/// A matrix of condition number at most 20 and determinant ±1.
fn invertible(size: usize, stream: &mut Stream) -> DMatrix<f64> {
    loop {
        let c = normal(size, size, stream);
        let singular = c.singular_values();
        if singular.max() <= 20.0 * singular.min() {
            let scale = singular.product().powf(1.0 / size as f64);
            return c / scale;
        }
    }
}

fn relative_gradient(network: &TwoLayerLinear, point: &[f64]) -> f64 {
    let norm = point.iter().fold(1.0, |norm: f64, x| norm.hypot(*x));
    network.gradient(point).unwrap().norm() / (network.hessian(point).unwrap().amax() * norm)
}

/// A critical point near `start`, found by `(H² + μ)δ = −H∇f` with μ raised and lowered; nothing where it stalls.
fn newton_on_the_gradient(network: &TwoLayerLinear, mut point: Vec<f64>) -> Option<Vec<f64>> {
    let n = point.len();
    let scale = network.cross().norm();
    let mut damping = 1e-2 * scale * scale;
    for _ in 0..300 {
        let gradient = network.gradient(&point).unwrap();
        if gradient.norm() < 1e-11 * scale {
            return Some(point);
        }
        let hessian = network.hessian(&point).unwrap();
        let normal = &hessian * &hessian + DMatrix::identity(n, n) * damping;
        let step = normal.cholesky()?.solve(&(&hessian * &gradient));
        let next: Vec<f64> = point.iter().zip(step.iter()).map(|(x, d)| x - d).collect();
        if network.gradient(&next).is_ok_and(|there| there.norm() < gradient.norm()) {
            point = next;
            damping = (0.2 * damping).max(1e-14 * scale * scale);
        } else {
            damping *= 4.0;
        }
    }
    None
}

proptest! {
    #[test]
    fn the_form_is_critical_with_the_predicted_loss(
        (d, p) in (2usize..=5).prop_flat_map(|d| (Just(d), 1..=d)),
        extra in 3usize..8,
        seed in any::<u64>(),
        choice in any::<prop::sample::Index>(),
    ) {
        let mut stream = Stream::new(seed);
        let network = network(d, p, extra, &mut stream);
        let strata = strata(&network)?;
        prop_assume!(strata.smallest_gap() > 1e-3);
        let sets = strata.all();
        let set = choice.get(&sets);
        let (c, k) = (invertible(p, &mut stream), normal(p - set.len(), set.len(), &mut stream));
        let point = strata.critical_point(set, &c, &k).unwrap();
        prop_assert!(relative_gradient(&network, &point) < 1e-10);
        let loss = network.value(&point).unwrap();
        prop_assert!((loss - strata.loss(set).unwrap()).abs() < 1e-10 * network.targets().norm_squared());
        prop_assert!(strata.distance_from_projection(set, &point).unwrap() < 1e-10);
    }

    /// The identity behind the negative claim: with `C = I` the gradient is twice the defect of the free rows.
    #[test]
    fn the_gradient_is_twice_the_defect_of_the_free_rows(
        (d, p) in (2usize..=5).prop_flat_map(|d| (Just(d), 1..=d)),
        seed in any::<u64>(),
        choice in any::<prop::sample::Index>(),
    ) {
        let mut stream = Stream::new(seed);
        let network = network(d, p, 4, &mut stream);
        let strata = strata(&network)?;
        let sets: Vec<_> = strata.all().into_iter().filter(|set| set.len() < p).collect();
        let set = choice.get(&sets);
        let m = normal(p - set.len(), d, &mut stream);
        let point = strata.with_free_rows(set, &DMatrix::identity(p, p), &m).unwrap();
        let (gradient, defect) = (network.gradient(&point).unwrap().norm(), strata.defect(set, &m).unwrap());
        prop_assert!((gradient - 2.0 * defect).abs() < 1e-9 * network.cross().norm() * (1.0 + m.norm()));
    }

    /// The other direction, by the first-order conditions alone: where the gradient vanishes, `A` spans principal
    /// directions. Descent on `‖∇f‖²` by damped Newton steps finds critical points that nobody constructed.
    #[test]
    fn what_a_search_finds_is_of_the_form(seed in any::<u64>()) {
        let mut stream = Stream::new(seed);
        let network = network(3, 2, 4, &mut stream);
        let strata = strata(&network)?;
        prop_assume!(strata.smallest_gap() > 1e-1);
        let start: Vec<f64> = (0..network.dimension()).map(|_| 0.7 * stream.normal()).collect();
        let Some(point) = newton_on_the_gradient(&network, start) else { return Ok(()) };
        let nearest = strata.all().into_iter().map(|set| {
            (strata.distance_from_projection(&set, &point).unwrap(), strata.loss(&set).unwrap())
        });
        let (distance, loss) = nearest.min_by(|a, b| a.0.total_cmp(&b.0)).unwrap();
        prop_assert!(distance < 1e-6, "a critical point at {distance} from every stratum");
        prop_assert!((network.value(&point).unwrap() - loss).abs() < 1e-6 * network.targets().norm_squared());
    }

    /// Rows that satisfy the condition make a critical point again, for any `C`: the condition is the right one. With
    /// more inputs than outputs such rows need not be of the form `K U_Jᵀ W`.
    #[test]
    fn rows_that_satisfy_the_condition_are_critical(seed in any::<u64>(), outputs in 2usize..4) {
        let mut stream = Stream::new(seed);
        let (x, y) = (normal(5, 12, &mut stream), normal(outputs, 12, &mut stream));
        let network = TwoLayerLinear::new(x, y, 2).unwrap();
        let strata = strata(&network)?;
        // Rows orthogonal to those of Σ_YX: Σ_YX Mᵀ = 0.
        let cross = network.cross();
        let free = normal(1, 5, &mut stream);
        let onto = cross.transpose() * (cross * cross.transpose()).try_inverse().unwrap() * cross;
        let m = &free - &free * onto;
        prop_assume!(m.norm() > 0.1);
        let point = strata.with_free_rows(&[0], &invertible(2, &mut stream), &m).unwrap();
        prop_assert!(relative_gradient(&network, &point) < 1e-10);
    }

    /// `(A, B) → (AC, C⁻¹B)` does not change the loss.
    #[test]
    fn the_loss_is_invariant_under_the_hidden_layers_symmetry(seed in any::<u64>()) {
        let mut stream = Stream::new(seed);
        let network = network(3, 2, 4, &mut stream);
        let (a, b, c) = (normal(3, 2, &mut stream), normal(2, 3, &mut stream), invertible(2, &mut stream));
        let before = network.value(&network.point(&a, &b).unwrap()).unwrap();
        let (moved_a, moved_b) = (&a * &c, c.clone().try_inverse().unwrap() * &b);
        let after = network.value(&network.point(&moved_a, &moved_b).unwrap()).unwrap();
        prop_assert!((after / before - 1.0).abs() < 1e-10);
    }
}

/// The printed lemma with arbitrary rows fails on the catalogue's data at every stratum with a free row.
#[test]
fn teeth_arbitrary_rows_are_not_critical() {
    let mut stream = Stream::new(0);
    let network = network(3, 2, 3, &mut stream);
    let strata = Strata::of(&network).unwrap();
    for set in strata.all().into_iter().filter(|set| set.len() < 2) {
        let m = normal(2 - set.len(), 3, &mut stream);
        let point = strata.with_free_rows(&set, &invertible(2, &mut stream), &m).unwrap();
        assert!(relative_gradient(&network, &point) > 1e-4, "{set:?}");
    }
}

/// One direction replaced by a mixture of two is not critical: the columns of `U_J` must be eigenvectors.
#[test]
fn teeth_a_mixture_of_directions_is_not_critical() {
    let network =
        TwoLayerLinear::new(DMatrix::identity(2, 2), DMatrix::from_row_slice(2, 2, &[2.0, 0.0, 0.0, 1.0]), 1)
            .unwrap();
    let half = 0.5f64.sqrt();
    let mixed = network.point(
        &DMatrix::from_row_slice(2, 1, &[half, half]),
        &DMatrix::from_row_slice(1, 2, &[2.0 * half, half]),
    );
    assert!(network.gradient(&mixed.unwrap()).unwrap().norm() > 0.1);
}
