//! The catalogue's orbits of the sawtooth, exact and in floating point, and what few affine pieces cost.

use num_rational::BigRational;
use saddlepoint_theory::expressivity::Scalar;
use saddlepoint_theory::expressivity::memorizer::Memorizer;
use saddlepoint_theory::expressivity::sawtooth::Sawtooth;

fn exact(k: u32, numerator: u64, denominator: u64) -> BigRational {
    Sawtooth::new(k).unwrap().evaluate(BigRational::new(numerator.into(), denominator.into()))
}

#[test]
fn orbits_of_the_sawtooth() {
    for (k, fifths) in [(1, 3u64), (2, 4), (3, 2), (4, 4), (5, 2), (6, 4)] {
        assert_eq!(exact(k, 3, 10), BigRational::new(fifths.into(), 5.into()), "k = {k}");
    }
    for (k, value) in [(1, 0.246913578), (2, 0.493827156), (3, 0.987654312), (4, 0.024691376)] {
        assert_eq!(exact(k, 123_456_789, 1_000_000_000).to_f64(), value, "k = {k}");
    }
}

#[test]
fn orbits_in_floating_point() {
    let double = |k| Sawtooth::new(k).unwrap().evaluate(1.0 / 3.0);
    assert_eq!([50, 53, 60].map(double), [0.6875, 0.5, 0.0]);
    let single = |k| Sawtooth::new(k).unwrap().evaluate(1.0f32 / 3.0);
    assert!((f64::from(single(12)) - 2.0 / 3.0).abs() > 1e-5, "{}", single(12));
    assert!((26..40).all(|k| single(k) == 0.0));
}

#[test]
fn pieces_and_peaks_double() {
    for k in 1..=8 {
        let function = Sawtooth::new(k).unwrap().on_unit_interval().unwrap();
        let half = BigRational::new(1.into(), 2.into());
        let pieces = 1usize << k;
        assert_eq!(
            (function.pieces(), function.peaks(), function.crossings(&half)),
            (pieces, pieces / 2, pieces)
        );
    }
}

/// Zhang et al.'s construction on eight equispaced points, for two places of its knots.
#[test]
fn weights_of_a_memorizer() {
    let points: Vec<f64> = (1..=8).map(f64::from).collect();
    let labels = [1.0, -1.0, 1.0, 1.0, -1.0, -1.0, 1.0, -1.0];
    for (theta, known) in [
        (
            0.5,
            [
                1.14285714,
                -6.28571429,
                14.28571429,
                -18.28571429,
                14.28571429,
                -10.28571429,
                14.28571429,
                -22.28571429,
            ],
        ),
        (0.0, [1.14285714, -3.14285714, 4.0, -2.0, -2.0, 2.0, 2.0, -4.0]),
    ] {
        let memorizer = Memorizer::fit_from(&points, &labels, &[1.0], theta, 0.125).unwrap();
        for (found, known) in memorizer.weights().iter().zip(known) {
            assert!((found - known).abs() < 5.1e-9, "θ = {theta}: {found}");
        }
    }
}
