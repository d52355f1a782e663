//! Norms of matrices and of layered networks: their order, how they nest, and what they do not see.

use proptest::prelude::*;
use saddlepoint_rigor::{Down, Interval, IntervalMatrix, Rounding, Up};
use saddlepoint_theory::capacity::norms::{
    Layers, NormError, frobenius, schatten, spectral, stable_rank, two_one_over_rows,
};

fn matrix() -> impl Strategy<Value = IntervalMatrix> {
    (1usize..5, 1usize..5).prop_flat_map(|(m, n)| {
        let entries = prop::collection::vec(-1e3..1e3f64, m * n);
        entries.prop_map(move |x| IntervalMatrix::from_rows(m, n, x).unwrap())
    })
}

/// Integer networks of three layers: sums over paths are exact.
fn integers() -> impl Strategy<Value = [(usize, usize, Vec<f64>); 3]> {
    prop::array::uniform4(1usize..4).prop_flat_map(|d| {
        let layer = move |i: usize| {
            let entries = prop::collection::vec((-9i32..=9).prop_map(f64::from), d[i] * d[i + 1]);
            (Just(d[i + 1]), Just(d[i]), entries)
        };
        [layer(0), layer(1), layer(2)]
    })
}

fn layers(parts: &[(usize, usize, Vec<f64>)]) -> Layers {
    let matrix = |(m, n, x): &(usize, usize, Vec<f64>)| IntervalMatrix::from_rows(*m, *n, x.clone()).unwrap();
    Layers::new(parts.iter().map(matrix).collect()).unwrap()
}

proptest! {
    #[test]
    fn norms_are_ordered_and_nest(a in matrix(), r in 0.0..10.0f64) {
        let (m, n) = a.shape();
        let wide = IntervalMatrix::with_radii(m, n, a.midpoints().to_vec(), vec![r; m * n]).unwrap();
        for norm in [frobenius, two_one_over_rows] {
            prop_assert!(norm(&a).is_subset_of(norm(&wide)));
            prop_assert!(norm(&a).width() <= 1e-14 * norm(&a).high());
        }
        prop_assert!(frobenius(&a).low() <= two_one_over_rows(&a).high());
        let root = Interval::point(m as f64).unwrap().sqrt().unwrap();
        prop_assert!(two_one_over_rows(&a).low() <= (root * frobenius(&a)).high());
    }

    /// The distance to a reference obeys the triangle inequality, and is zero at the reference alone.
    #[test]
    fn distances_are_distances(a in matrix(), seed in 0usize..100) {
        let (m, n) = a.shape();
        let moved = (0..m * n).map(|i| ((i * 7 + seed) % 11) as f64 - 5.0).collect();
        let reference = IntervalMatrix::from_rows(m, n, moved).unwrap();
        for norm in [frobenius, two_one_over_rows] {
            let distance = norm(&a.minus(&reference).unwrap());
            prop_assert!(distance.high() >= (norm(&a) - norm(&reference)).low());
            prop_assert!(distance.low() <= (norm(&a) + norm(&reference)).high());
            let none = norm(&a.minus(&a).unwrap());
            prop_assert_eq!((none.low(), none.high()), (0.0, 0.0));
        }
    }

    /// Against the definition, path by path.
    #[test]
    fn all_paths_are_counted([a, b, c] in integers()) {
        let network = layers(&[a.clone(), b.clone(), c.clone()]);
        for o in 0..c.0 {
            let (mut sum, mut squares) = (0.0, 0.0);
            for i in 0..a.1 {
                for h in 0..a.0 {
                    for g in 0..b.0 {
                        let path: f64 = a.2[h * a.1 + i] * b.2[g * b.1 + h] * c.2[o * c.1 + g];
                        sum += path.abs();
                        squares += path * path;
                    }
                }
            }
            prop_assert!(network.path_l1().outputs[o].contains(sum));
            let norm = network.path_l2().outputs[o];
            prop_assert!(Down::mul(norm.low(), norm.low()) <= squares && Up::mul(norm.high(), norm.high()) >= squares);
            prop_assert!(norm.width() <= 1e-13 * norm.high());
        }
    }

    /// Scaling a hidden unit's incoming weights by `s` and its outgoing ones by `1/s` leaves the function of a
    /// ReLU network and its path norms as they are; the product of Frobenius norms changes, which are the teeth.
    #[test]
    fn path_norms_do_not_see_rescaled_units([a, b, c] in integers(), exponents in prop::array::uniform3(-9i32..=9)) {
        let scaled = |(m, n, x): &(usize, usize, Vec<f64>), rows: i32, columns: i32| {
            let factor = |at: usize| {
                let power = |sign: i32, unit: usize| f64::from(sign * exponents[unit % 3]).exp2();
                power(rows, at / n) * power(columns, at % n)
            };
            (*m, *n, x.iter().enumerate().map(|(at, x)| x * factor(at)).collect::<Vec<_>>())
        };
        let network = layers(&[a.clone(), b.clone(), c.clone()]);
        let rescaled = layers(&[scaled(&a, 1, 0), scaled(&b, 1, -1), scaled(&c, 0, -1)]);
        prop_assert_eq!(network.path_l1(), rescaled.path_l1());
        for (norm, other) in network.path_l2().outputs.iter().zip(rescaled.path_l2().outputs) {
            prop_assert!(norm.intersection(other).is_some());
        }
    }

    #[test]
    fn path_norms_are_below_products_and_nest([a, b, c] in integers(), r in 0.0..1.0f64) {
        let network = layers(&[a, b, c]);
        let product = network.product(|layer| Ok::<_, NormError>(frobenius(layer))).unwrap();
        prop_assert!(network.path_l2().total.low() <= product.high());
        prop_assert!(network.path_l2().total.low() <= network.path_l1().total.high());
        let lipschitz = network.product(spectral).unwrap();
        prop_assert!(lipschitz.low() <= product.high());
        let wide = network.weights().iter().map(|w| {
            IntervalMatrix::with_radii(w.shape().0, w.shape().1, w.midpoints().to_vec(), vec![r; w.radii().len()])
        });
        let wide = Layers::new(wide.collect::<Result<_, _>>().unwrap()).unwrap();
        prop_assert!(network.path_l1().total.is_subset_of(wide.path_l1().total));
        prop_assert!(network.path_l2().total.is_subset_of(wide.path_l2().total));
    }

    #[test]
    fn norms_fall_with_their_order(
        (m, n, entries) in (1usize..5, 1usize..5).prop_flat_map(|(m, n)| {
            (Just(m), Just(n), prop::collection::vec(-1.0..1.0f64, m * n))
        }),
        p in 1.0..20.0f64, q in 1.0..20.0f64, e in -12i32..=12,
    ) {
        let entries: Vec<f64> = entries.iter().map(|x| x * 10f64.powi(e)).collect();
        let a = IntervalMatrix::from_rows(m, n, entries).unwrap();
        let (p, q) = (p.min(q), p.max(q));
        let of = |p| schatten(&a, p).unwrap();
        prop_assert!(of(q).low() <= of(p).high());
        prop_assert!(of(f64::INFINITY).low() <= of(q).high());
        // Two independent ways to the same number: from the entries and from the spectrum.
        prop_assert!(of(2.0).intersection(frobenius(&a)).is_some());
        prop_assert!(of(2.0).width() <= 1e-12 * of(2.0).high());
        // The nuclear norm is dual to the spectral norm: ‖A‖_F² ≤ ‖A‖₁ ‖A‖_∞.
        prop_assert!(frobenius(&a).square().low() <= (of(1.0) * of(f64::INFINITY)).high());
        if let Ok(rank) = stable_rank(&a) {
            prop_assert!(rank.low() >= 1.0 && rank.high() <= m.min(n) as f64);
        }
    }

    /// Any bits at all: a matrix is refused by its entry, or all its norms are enclosed, from both sides.
    #[test]
    fn any_finite_matrix_has_norms(
        (m, n, bits) in (1usize..4, 1usize..4).prop_flat_map(|(m, n)| {
            let bits = prop_oneof![9 => any::<u64>(), 1 => Just(0), 1 => Just(1 << 63), 1 => Just(1), 1 => Just(f64::MAX.to_bits())];
            (Just(m), Just(n), prop::collection::vec(bits, m * n))
        }),
    ) {
        let entries: Vec<f64> = bits.into_iter().map(f64::from_bits).collect();
        let finite = entries.iter().all(|x| x.is_finite());
        let matrix = IntervalMatrix::from_rows(m, n, entries);
        prop_assert_eq!(matrix.is_ok(), finite);
        if let Ok(a) = matrix {
            let (spectral, nuclear, entrywise) = (spectral(&a)?, schatten(&a, 1.0)?, frobenius(&a));
            prop_assert!(spectral.low() <= entrywise.high() && entrywise.low() <= nuclear.high());
            prop_assert!(spectral.high() * (m.min(n) as f64).sqrt() >= entrywise.low());
            if entrywise.high() < 1e300 && entrywise.low() > 1e-290 {
                prop_assert!(spectral.width() <= 1e-12 * spectral.high(), "{spectral}");
            }
        }
    }

    /// Neither norm sees a transposition; the spectral norm lies below the norm of rows and columns.
    #[test]
    fn the_spectral_norm_is_below_the_entrywise_bounds(entries in prop::collection::vec(-1.0..1.0f64, 12)) {
        let a = IntervalMatrix::from_rows(3, 4, entries).unwrap();
        let (norm, turned) = (spectral(&a).unwrap(), spectral(&a.transpose()).unwrap());
        prop_assert!(norm.intersection(turned).is_some());
        prop_assert!(norm.low() <= a.spectral_norm_bound());
    }
}

#[test]
fn the_product_of_frobenius_norms_sees_rescaled_units() {
    let one = layers(&[(2, 1, vec![1.0, 1.0]), (1, 2, vec![1.0, 1.0])]);
    let other = layers(&[(2, 1, vec![8.0, 1.0]), (1, 2, vec![0.125, 1.0])]);
    let product = |network: &Layers| network.product(|layer| Ok::<_, NormError>(frobenius(layer))).unwrap();
    assert_eq!(one.path_l1(), other.path_l1());
    assert!(product(&other).low() > 2.0 * product(&one).high());
}
