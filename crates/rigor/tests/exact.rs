//! A real result that is computed in high precision always lies inside: rational numbers for what is rational, squares
//! and cubes for roots, and 300 bits for exponentials.

use num_bigint::BigInt;
use num_rational::BigRational;
use proptest::prelude::*;
use saddlepoint_rigor::{
    Down, Interval, IntervalMatrix, IntervalVector, Rounding, Up, cube_root, dot, euclidean_norm, solve,
};

type Real = BigRational;

fn real(x: f64) -> Real {
    Real::from_float(x).expect("finite")
}

/// Whether the real number lies inside, to the last digit.
fn inside(interval: Interval, x: &Real) -> bool {
    (interval.low() == f64::NEG_INFINITY || real(interval.low()) <= *x)
        && (interval.high() == f64::INFINITY || *x <= real(interval.high()))
}

fn zero() -> Real {
    Real::from_integer(BigInt::from(0))
}

fn one() -> Real {
    Real::from_integer(BigInt::from(1))
}

/// Floats of all magnitudes, and of few bits: results that are exact are among those to be enclosed.
fn float() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<u64>().prop_map(f64::from_bits).prop_filter("finite", |x| x.is_finite()),
        -10.0..10.0f64,
        (-64i32..64).prop_map(|x| f64::from(x) / 8.0),
        (-1.0..1.0f64, -300i32..300).prop_map(|(x, e)| x * 2f64.powi(e)),
    ]
}

/// An interval and a real number in it, a third of the way or at an end, which is no float as a rule.
fn interval() -> impl Strategy<Value = (Interval, Real)> {
    (float(), float(), 0u8..4).prop_map(|(a, b, place)| {
        let interval = Interval::new(a.min(b), a.max(b)).expect("ordered");
        let (low, high) = (real(interval.low()), real(interval.high()));
        let part = Real::new(BigInt::from(place), BigInt::from(3));
        (interval, &low + part * (&high - &low))
    })
}

/// Both bounds of an operation lie on their sides, and there is no float between a bound and the result: but for one where
/// an operand or the result is next to the ends of the range.
fn directed(operands: [f64; 2], [down, up]: [f64; 2], exact: &Real) -> Result<(), TestCaseError> {
    prop_assert!(down == f64::NEG_INFINITY || real(down) <= *exact, "{down} is above");
    prop_assert!(up == f64::INFINITY || *exact <= real(up), "{up} is below");
    if [operands, [down, up]].concat().iter().all(|x| (1e-290..1e300).contains(&x.abs())) {
        prop_assert!(up <= down.next_up(), "{down} {up}");
        prop_assert!(down == up || (real(down) < *exact && *exact < real(up)), "{down} {up} is exact");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn directed_operations(a in float(), b in float()) {
        let (x, y) = (real(a), real(b));
        directed([a, b], [Down::add(a, b), Up::add(a, b)], &(&x + &y))?;
        directed([a, b], [Down::sub(a, b), Up::sub(a, b)], &(&x - &y))?;
        directed([a, b], [Down::mul(a, b), Up::mul(a, b)], &(&x * &y))?;
        if b != 0.0 {
            directed([a, b], [Down::div(a, b), Up::div(a, b)], &(&x / &y))?;
        }
        // Roots by their powers.
        let (low, high) = (real(Down::sqrt(a.abs())), real(Up::sqrt(a.abs())));
        let size = real(a.abs());
        prop_assert!(&low * &low <= size && size <= &high * &high);
        let (low, high) = (real(cube_root::<Down>(a.abs())), real(cube_root::<Up>(a.abs())));
        prop_assert!(&low * &low * &low <= size && size <= &high * &high * &high);
    }

    #[test]
    fn operations_of_intervals((a, x) in interval(), (b, y) in interval(), e in -40i32..40) {
        prop_assert!(inside(a + b, &(&x + &y)) && inside(a - b, &(&x - &y)) && inside(a * b, &(&x * &y)));
        prop_assert!(inside(a.square(), &(&x * &x)) && inside(-a, &-&x) && inside(a.hull(b), &x) && inside(a.hull(b), &y));
        if let Ok(quotient) = a.checked_div(b) {
            prop_assert!(inside(quotient, &(&x / &y)));
        }
        if let Ok(root) = a.sqrt() {
            let (low, high) = (real(root.low()), real(root.high()));
            prop_assert!(&low * &low <= x && x <= &high * &high);
        }
        let power = real(2f64.powi(e));
        prop_assert!(inside(a.scaled_by_power_of_two(e), &(&x * power)));
    }

    #[test]
    fn sums_of_products(pairs in prop::collection::vec((float(), float()), 1..8)) {
        let (x, y): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
        let exact = |x: &[f64], y: &[f64]| x.iter().zip(y).fold(zero(), |sum, (&x, &y)| sum + real(x) * real(y));
        let n = x.len();
        prop_assert!(inside(dot(&x, &y), &exact(&x, &y)));
        let column = IntervalMatrix::from_rows(n, 1, y.clone()).unwrap();
        let row = IntervalMatrix::from_rows(1, n, x.clone()).unwrap();
        prop_assert!(inside(row.times(&column).unwrap().get(0, 0).unwrap(), &exact(&x, &y)));
        let sums = row.plus(&column.transpose()).unwrap();
        let scaled = row.scale_columns(&y).unwrap();
        for (i, (&x, &y)) in x.iter().zip(&y).enumerate() {
            prop_assert!(inside(sums.get(0, i).unwrap(), &(real(x) + real(y))));
            prop_assert!(inside(scaled.get(0, i).unwrap(), &(real(x) * real(y))));
        }
        let square = exact(&x, &x);
        for (low, high) in [
            (euclidean_norm::<Down>(x.clone()), euclidean_norm::<Up>(x.clone())),
            { let norm = IntervalVector::new(x.clone()).unwrap().norm(); (norm.low(), norm.high()) },
        ] {
            prop_assert!(real(low) * real(low) <= square);
            prop_assert!(high == f64::INFINITY || square <= real(high) * real(high));
        }
    }

    /// A linear system of two equations by Cramer's rule.
    #[test]
    fn solutions_of_linear_systems(a in prop::array::uniform4(-4.0..4.0f64), b in prop::array::uniform2(-4.0..4.0f64)) {
        let determinant = a[0] * a[3] - a[1] * a[2];
        prop_assume!(determinant.abs() > 1e-3);
        let inverse = [a[3], -a[1], -a[2], a[0]].map(|x| x / determinant);
        let matrix = |x: [f64; 4]| IntervalMatrix::from_rows(2, 2, x.to_vec()).unwrap();
        let solution = solve(&matrix(a), &matrix(inverse), &IntervalVector::new(b.to_vec()).unwrap()).unwrap();
        let [p, q, r, s] = a.map(real);
        let [u, v] = b.map(real);
        let determinant = &p * &s - &q * &r;
        let exact = [(&s * &u - &q * &v) / &determinant, (&p * &v - &r * &u) / &determinant];
        for (interval, exact) in solution.intervals().zip(&exact) {
            prop_assert!(inside(interval, exact), "{interval}");
        }
    }
}

/// Multiples of 2⁻³²⁰ are what is kept.
fn rounded(x: &Real) -> Real {
    let scale: BigInt = BigInt::from(1) << 320;
    (x * Real::from_integer(scale.clone())).round() / Real::from_integer(scale)
}

/// `eˣ` for `|x| ≤ 40`, with a relative error below 2⁻²⁰⁰: Taylor's series at `x/2⁸`, squared eight times. The series leaves
/// `0.16⁴¹/41! < 2⁻²⁶⁰`, and each of the roundings 2⁻³²⁰, which squaring multiplies by less than 2⁹ e⁴⁰ in all.
fn exponential(x: &Real) -> Real {
    if *x < zero() {
        return one() / exponential(&-x);
    }
    let t = x / Real::from_integer(BigInt::from(256));
    let (mut sum, mut term) = (one(), one());
    for k in 1..=40 {
        term = rounded(&(term * &t / Real::from_integer(BigInt::from(k))));
        sum += &term;
    }
    (0..8).fold(sum, |power, _| rounded(&(&power * &power)))
}

/// Whether the interval contains all numbers within a relative 2⁻²⁰⁰ of this one.
fn surely_inside(interval: Interval, x: &Real) -> bool {
    let room = Real::new(BigInt::from(1), BigInt::from(1) << 200);
    inside(interval, &(x * (one() + &room))) && inside(interval, &(x * (one() - room)))
}

fn argument() -> impl Strategy<Value = f64> {
    prop_oneof![-40.0..40.0f64, -1.0..1.0f64, (-1.0..1.0f64, -60i32..0).prop_map(|(x, e)| x * 2f64.powi(e))]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn exponentials_and_what_is_made_of_them(x in argument(), width in prop_oneof![Just(0.0), 0.0..2.0f64]) {
        let interval = Interval::new(x, x + width).unwrap();
        // At a point inside that is no float as a rule.
        let (low, high) = (real(interval.low()), real(interval.high()));
        let at = &low + (&high - &low) / Real::from_integer(BigInt::from(3));
        let power = exponential(&at);
        prop_assert!(surely_inside(interval.exp(), &power));
        let inverse = one() / &power;
        let value = one() / (one() + &inverse);
        let (logistic, slope) = interval.logistic();
        prop_assert!(surely_inside(logistic, &value), "{logistic}");
        // The slope loses no digits: both factors are positive.
        prop_assert!(surely_inside(slope, &(&inverse / ((one() + &inverse) * (one() + &inverse)))), "{slope}");
        let square = &power * &power;
        let tangent = (&square - one()) / (&square + one());
        // Near 0 the difference loses what its quotient by 1 has: the room is absolute there.
        let room = Real::new(BigInt::from(1), BigInt::from(1) << 150);
        let tanh = interval.tanh();
        prop_assert!(x == 0.0 || (inside(tanh, &(&tangent + &room)) && inside(tanh, &(&tangent - &room))), "{tanh}");
    }

    /// Logarithms by the exponentials of their bounds.
    #[test]
    fn logarithms(x in argument()) {
        let y = x.exp();
        let below = |bound: f64, x: &Real| exponential(&real(bound)) < x * (one() + Real::new(BigInt::from(1), BigInt::from(1) << 200));
        let above = |bound: f64, x: &Real| exponential(&real(bound)) > x * (one() - Real::new(BigInt::from(1), BigInt::from(1) << 200));
        prop_assert!(below(Down::ln(y), &real(y)) && above(Up::ln(y), &real(y)));
        if x > -1.0 {
            let sum = one() + real(x);
            prop_assert!(below(Down::ln_1p(x), &sum) && above(Up::ln_1p(x), &sum));
        }
    }
}

/// Teeth: results to nearest miss the truth about every second time, and the reference sees it.
#[test]
fn results_to_nearest_are_caught() {
    let point = |x: f64| Interval::point(x).unwrap();
    let numbers = (1..200).map(|i| 0.1 + f64::from(i) / 7.0);
    let misses = |of: &dyn Fn(f64) -> bool| numbers.clone().filter(|&x| !of(x)).count();
    assert!(misses(&|x| inside(point(x * 0.3), &(real(x) * real(0.3)))) > 150);
    assert!(misses(&|x| inside(point(x / 3.0), &(real(x) / real(3.0)))) > 100);
    assert_eq!(misses(&|x| surely_inside(point(x.exp()), &exponential(&real(x)))), 199);
    // One step outward on one side alone is caught on the other.
    assert!(misses(&|x| inside(Interval::between(x * 0.3, (x * 0.3).next_up()), &(real(x) * real(0.3)))) > 50);
}
