//! `ltf-count`: the threshold functions of a few bits, against an oracle that knows no linear programming.

use std::collections::BTreeSet;

use num_bigint::BigInt;
use saddlepoint_theory::expressivity::dichotomies::Vectors;

/// Every threshold function of three bits has weights of at most 3 in size (Muroga), so trying all finds all.
#[test]
fn trying_small_weights_finds_the_same_functions() {
    for bits in 1..=3 {
        let cube = Vectors::cube(bits).unwrap();
        let mut tried = BTreeSet::new();
        for code in 0..9usize.pow(bits as u32 + 1) {
            let weights: Vec<i64> = (0..=bits).map(|i| (code / 9usize.pow(i as u32) % 9) as i64 - 4).collect();
            let values: Vec<i64> =
                cube.rows().iter().map(|row| row.iter().zip(&weights).map(|(x, w)| x * w).sum()).collect();
            if values.iter().all(|value| *value != 0) {
                tried.insert(values.iter().map(|value| *value > 0).collect::<Vec<bool>>());
            }
        }
        let mut found = BTreeSet::new();
        for dichotomy in cube.dichotomies() {
            for (row, side) in cube.rows().iter().zip(&dichotomy.sides) {
                let value: BigInt = row.iter().zip(&dichotomy.weights).map(|(x, w)| w * x).sum();
                assert!(value != BigInt::ZERO && (value > BigInt::ZERO) == *side, "weights do not compute it");
            }
            found.insert(dichotomy.sides.iter().map(|side| !side).collect());
            found.insert(dichotomy.sides);
        }
        assert_eq!(tried, found, "{bits} bits");
    }
}

#[test]
fn four_bits_have_1882() {
    let cube = Vectors::cube(4).unwrap();
    assert_eq!(cube.without_broken_circuit().count(), 1882);
}

/// Teeth: a face of the cube is a square, so corners are not in general position and Cover's number is too large.
#[test]
fn teeth_covers_number_is_too_large_for_cubes() {
    assert!(Vectors::cube(3).unwrap().in_general_position().is_err());
    assert_eq!(saddlepoint_theory::expressivity::zaslavsky::central(4, 8), 128u32.into());
    assert_eq!(Vectors::cube(3).unwrap().without_broken_circuit().count(), 104);
}
