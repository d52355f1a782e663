//! Maurey's covers and Dudley's integral.

use nalgebra::DMatrix;
use proptest::prelude::*;
use saddlepoint_models::random::Stream;
use saddlepoint_rigor::IntervalMatrix;
use saddlepoint_theory::capacity::covering::{Sparsification, maurey_log_covering};
use saddlepoint_theory::capacity::dudley::Dudley;
use saddlepoint_theory::capacity::norms::{frobenius, two_one_over_rows};
use saddlepoint_theory::capacity::rademacher::Class;
use saddlepoint_theory::capacity::spectrum::exact;

fn drawn(rows: usize, columns: usize, stream: &mut Stream) -> DMatrix<f64> {
    DMatrix::from_row_slice(rows, columns, &stream.normals(rows * columns))
}

proptest! {
    /// Over all atoms with their probabilities, the mean is `XA` and the mean squared error the formula.
    #[test]
    fn the_sampling_identity_holds_over_all_atoms(n in 1usize..6, d in 1usize..5, m in 1usize..4, seed in any::<u64>()) {
        let mut stream = Stream::new(seed);
        let (x, a) = (drawn(n, d, &mut stream), drawn(d, m, &mut stream));
        let total: f64 = (0..m).flat_map(|j| (0..d).map(move |i| (i, j))).map(|(i, j)| a[(i, j)].abs() * x.column(i).norm()).sum();
        let (mut mean, mut error) = (DMatrix::zeros(n, m), 0.0);
        let product = &x * &a;
        for i in 0..d {
            for j in 0..m {
                let probability = a[(i, j)].abs() * x.column(i).norm() / total;
                let mut atom = DMatrix::zeros(n, m);
                atom.set_column(j, &(x.column(i) * (total * a[(i, j)].signum() / x.column(i).norm())));
                error += probability * (&product - &atom).norm_squared();
                mean += atom * probability;
            }
        }
        let atoms = Sparsification::new(&x, &a).unwrap();
        prop_assert!((mean - &product).norm() <= 1e-12 * total);
        prop_assert!((atoms.total().midpoint() - total).abs() <= 1e-13 * total);
        let formula = atoms.mean_squared_error(1).unwrap();
        prop_assert!((formula.midpoint() - error).abs() <= 1e-12 * total * total);
        // Every atom that is drawn is one of them, and has the norm c.
        let one = atoms.sample(1, &mut || stream.uniform()).unwrap();
        prop_assert!((one.norm() / total - 1.0).abs() < 1e-12);
        // The (2, 1) norm sums over outputs, the columns of A here.
        let bound = two_one_over_rows(&exact(&a.transpose()).unwrap()) * frobenius(&exact(&x).unwrap());
        prop_assert!(atoms.total().low() <= bound.high());
    }
}

/// Whether all of many products `XA` with `‖A‖₂ ≤ 1` are within `epsilon` of a mean of `k` atoms `±b X_:i/‖X_:i‖`.
fn is_covered(k: usize, epsilon: f64) -> bool {
    let mut stream = Stream::new(5);
    let x = DMatrix::from_row_slice(2, 2, &[1.0, 0.6, 0.0, 0.8]);
    let b: f64 = x.norm();
    let atoms: Vec<DMatrix<f64>> = (0..2)
        .flat_map(|i| [b, -b].map(|s| DMatrix::from_columns(&[x.column(i) * (s / x.column(i).norm())])))
        .collect();
    let mean = |code: usize| {
        let draws = (0..k as u32).map(|place| &atoms[code / 4usize.pow(place) % 4]);
        draws.fold(DMatrix::zeros(2, 1), |sum, atom| sum + atom) / k as f64
    };
    let net: Vec<DMatrix<f64>> = (0..4usize.pow(k as u32)).map(mean).collect();
    (0..200).all(|_| {
        let direction = drawn(2, 1, &mut stream);
        let product = &x * (&direction / direction.norm());
        net.iter().any(|mean| (mean - &product).norm() <= epsilon)
    })
}

/// Teeth: a third of the atoms does not cover.
#[test]
fn as_many_atoms_as_the_lemma_says_cover_the_products() {
    for epsilon in [1.0, 0.8, 0.6] {
        let b = 2f64.sqrt();
        let entropy = maurey_log_covering(1.0, b, epsilon, 2, 1).unwrap();
        let k = (entropy / 4f64.ln()).round() as usize;
        assert!(k as f64 >= b * b / (epsilon * epsilon) - 1e-9 && is_covered(k, epsilon), "{epsilon}: {k}");
    }
    assert!(!is_covered(2, 0.6));
}

proptest! {
    #[test]
    fn entropies_move_with_their_arguments(a in 0.01..100.0f64, b in 0.01..100.0f64, epsilon in 0.01..100.0f64, d in 1u64..1000, m in 1u64..1000) {
        let at = |a, b, epsilon, d, m| maurey_log_covering(a, b, epsilon, d, m).unwrap();
        let value = at(a, b, epsilon, d, m);
        for larger in [at(1.1 * a, b, epsilon, d, m), at(a, 1.1 * b, epsilon, d, m), at(a, b, 0.9 * epsilon, d, m), at(a, b, epsilon, d + 1, m), at(a, b, epsilon, d, m + 1)] {
            prop_assert!(larger >= value);
        }
        let ratio = a * b / epsilon;
        let naive = (ratio * ratio).ceil() * (2.0 * d as f64 * m as f64).ln();
        prop_assert!(ratio < 1.0 + 1e-9 || value >= naive * (1.0 - 1e-14));
        prop_assert!(value <= ((ratio * ratio).ceil() + 1.0) * (2.0 * d as f64 * m as f64).ln() * (1.0 + 1e-14));
    }

    /// For a finite class with values in [0, 1] and zero in it, all scales below the largest norm need at most all of it.
    #[test]
    fn the_integral_is_above_the_complexity(n in 1usize..9, rows in prop::collection::vec(prop::collection::vec(0.0..=1.0f64, 8), 1..6)) {
        let mut values = vec![0.0; n];
        values.extend(rows.iter().flat_map(|row| row[..n].to_vec()));
        let size = rows.len() + 1;
        let complexity = Class::finite(&IntervalMatrix::from_rows(size, n, values).unwrap()).exact().unwrap();
        let norm = rows.iter().map(|row| row[..n].iter().map(|x| x * x).sum::<f64>().sqrt()).fold(0.0, f64::max) * (1.0 + 1e-15);
        let entropy = |epsilon: f64| if epsilon >= norm { 0.0 } else { (size as f64).ln() * (1.0 + 1e-15) };
        let bound = Dudley::new(n as u64).unwrap().upper_sums(entropy).unwrap();
        prop_assert!(complexity.low() <= bound.value);
    }
}

/// Teeth: with 0.4 in place of 12 the integral is no bound of two functions.
#[test]
fn a_weakened_integral_is_caught() {
    let n = 12;
    let pair = IntervalMatrix::from_rows(2, n, [vec![0.0; n], vec![1.0; n]].concat()).unwrap();
    let complexity = Class::finite(&pair).exact().unwrap();
    let root = (n as f64).sqrt();
    let bound =
        Dudley::new(n as u64).unwrap().upper_sums(|epsilon| if epsilon >= root { 0.0 } else { 2f64.ln() });
    let value = bound.unwrap().value;
    assert!(value >= complexity.high() && value * 0.4 / 12.0 < complexity.low(), "{value} {complexity}");
}
