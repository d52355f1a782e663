//! Logarithms, exponentials and what is made of them against 700-digit references (tests/reference/elementary.py).

use saddlepoint_rigor::{Down, Interval, Rounding, Up};

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
            // Beside the crate `theory`, which knows how far the error function of `libm` may be off.
            "erfc" => continue,
            name => {
                let point = Interval::point(x).unwrap();
                let (logistic, slope) = point.logistic();
                let enclosure = match name {
                    "logistic" => logistic,
                    "logistic_slope" => slope,
                    "tanh" => point.tanh(),
                    other => panic!("unknown function {other}"),
                };
                (enclosure.low(), enclosure.high())
            }
        };
        assert!(down <= low && high <= up, "{line}: [{down:e}, {up:e}] misses [{low:e}, {high:e}]");
        // Tails keep their relative accuracy but for that of tanh at 0, which is accurate to units of 2⁻⁵³.
        let tight = match fields[0] {
            "tanh" => up - down <= 8.0 * f64::EPSILON,
            "logistic" | "logistic_slope" => up - down <= 12.0 * f64::EPSILON * high + f64::MIN_POSITIVE,
            _ => rank(low) - rank(down) <= 4 && rank(up) - rank(high) <= 4,
        };
        assert!(tight, "{line}: [{down:e}, {up:e}] is loose");
        seen += 1;
    }
    assert!(seen > 1200, "{seen} reference values");
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
