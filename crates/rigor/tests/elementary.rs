//! Logarithms and exponentials against 700-digit references (tests/reference/elementary.py).

use saddlepoint_rigor::{Down, Rounding, Up};

/// Consecutive floats have consecutive ranks.
fn rank(x: f64) -> i64 {
    let bits = x.to_bits().cast_signed();
    if bits < 0 { i64::MIN - bits } else { bits }
}

#[test]
fn every_reference_value_is_enclosed_tightly() {
    let float = |text: &str| f64::from_bits(u64::from_str_radix(text, 16).unwrap());
    let mut seen = 0;
    for line in include_str!("../../../tests/reference/elementary.csv").lines() {
        let fields: Vec<&str> = line.split(',').collect();
        let (x, low, high) = (float(fields[1]), float(fields[2]), float(fields[3]));
        let (down, up) = match fields[0] {
            "ln" => (Down::ln(x), Up::ln(x)),
            "ln_1p" => (Down::ln_1p(x), Up::ln_1p(x)),
            "exp" => (Down::exp(x), Up::exp(x)),
            other => panic!("unknown function {other}"),
        };
        assert!(down <= low && high <= up, "{line}: [{down:e}, {up:e}] misses [{low:e}, {high:e}]");
        assert!(
            rank(low) - rank(down) <= 4 && rank(up) - rank(high) <= 4,
            "{line}: [{down:e}, {up:e}] is loose"
        );
        seen += 1;
    }
    assert!(seen > 700, "{seen} reference values");
}

/// Teeth: results rounded to nearest, without the outward steps, miss the truth somewhere.
#[test]
fn rounding_to_nearest_is_caught() {
    let float = |text: &str| f64::from_bits(u64::from_str_radix(text, 16).unwrap());
    let misses = include_str!("../../../tests/reference/elementary.csv")
        .lines()
        .map(|line| line.split(',').collect::<Vec<_>>())
        .filter(|fields| fields[0] == "ln" && float(fields[1]).ln() < float(fields[3]))
        .count();
    assert!(misses > 50, "{misses}");
}
