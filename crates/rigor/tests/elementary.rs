//! Elementary functions against 700-digit references (tests/reference/elementary.py).

use saddlepoint_rigor::{Down, Interval, Rounding, Up, cube_root};

/// Consecutive floats have consecutive ranks.
fn rank(x: f64) -> i64 {
    let bits = x.to_bits().cast_signed();
    if bits < 0 { i64::MIN - bits } else { bits }
}

/// Name, argument, and the truth rounded down and up.
fn references() -> impl Iterator<Item = (&'static str, [f64; 3])> {
    let float = |text: &str| f64::from_bits(u64::from_str_radix(text, 16).expect("hexadecimal"));
    include_str!("../../../tests/reference/elementary.csv").lines().map(move |line| {
        let fields: Vec<&str> = line.split(',').collect();
        (fields[0], [float(fields[1]), float(fields[2]), float(fields[3])])
    })
}

/// The bounds, and by how many floats each may miss the closest one.
fn bounds(function: &str, x: f64) -> Option<(f64, f64, i64)> {
    let ends = |interval: Interval, loss| (interval.low(), interval.high(), loss);
    let point = || Interval::point(x).expect("finite");
    Some(match function {
        "ln" => (Down::ln(x), Up::ln(x), 4),
        "ln_1p" => (Down::ln_1p(x), Up::ln_1p(x), 4),
        "exp" => (Down::exp(x), Up::exp(x), 4),
        "cube_root" => (cube_root::<Down>(x), cube_root::<Up>(x), 3),
        "logistic" => ends(point().logistic().0, 8),
        "logistic_slope" => ends(point().logistic().1, 16),
        // Near 0 it is accurate to some units of 2⁻⁵³, not to floats.
        "tanh" => ends(point().tanh(), if x.abs() < 0.5 { i64::MAX } else { 8 }),
        // Beside the crate `theory`, which knows how far the error function of `libm` may be off.
        "erfc" => return None,
        other => panic!("unknown function {other}"),
    })
}

#[test]
fn every_reference_value_is_enclosed_tightly() {
    let mut seen = 0;
    for (function, [x, low, high]) in references() {
        let Some((down, up, loss)) = bounds(function, x) else { continue };
        assert!(down <= low && high <= up, "{function} {x:e}: [{down:e}, {up:e}] misses [{low:e}, {high:e}]");
        let close = rank(low) - rank(down) <= loss && rank(up) - rank(high) <= loss;
        // Where the exponential of −x overflows, the smallest normal number is all that is said.
        assert!(
            close && up - down <= 1e-14 * up.abs().max(1.0) || up < f64::MIN_POSITIVE,
            "{function} {x:e}: [{down:e}, {up:e}] is loose"
        );
        seen += 1;
    }
    assert!(seen > 1400, "{seen} reference values");
}

/// Bounds keep the order of their arguments, which the monotonicity of whole theorems rests on: the functions of `libm`
/// are not proven to, so neighbours of all reference arguments are compared, where polynomials and tables change too.
#[test]
fn neighbours_keep_their_order() {
    let seams = (-1400..1400).map(|k| ("exp", f64::from(k) * std::f64::consts::LN_2 / 2.0));
    let seams =
        seams.chain((-900..900).flat_map(|k| [1.0, 1.5, 2f64.sqrt()].map(|m| ("ln", m * 2f64.powi(k)))));
    let arguments = references().map(|(function, [x, ..])| (function, x)).chain(seams);
    for (function, x) in arguments {
        let at = |x: f64| bounds(function, x).map(|(down, up, _)| (down, up));
        // Neighbours, and floats some way off.
        for y in [x.next_up(), x.next_up().next_up(), x + x.abs() * 1e-14] {
            if !y.is_finite() || y < x || (function == "cube_root" && x < 0.0) {
                continue;
            }
            let (Some(one), Some(other)) = (at(x), at(y)) else { continue };
            let falls = function == "logistic_slope" && x >= 0.0;
            let (one, other) = if falls { (other, one) } else { (one, other) };
            assert!(one.0 <= other.0 && one.1 <= other.1, "{function} {x:e} {y:e}: {one:?} {other:?}");
        }
    }
}

/// Teeth: results rounded to nearest, without the outward steps, miss the truth somewhere.
#[test]
fn rounding_to_nearest_is_caught() {
    let misses = references().filter(|&(function, [x, _, high])| function == "ln" && x.ln() < high).count();
    assert!(misses > 50, "{misses}");
    let misses =
        references().filter(|&(function, [x, low, _])| function == "cube_root" && x.cbrt() > low).count();
    assert!(misses > 50, "{misses}");
}
