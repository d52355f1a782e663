//! Infinite VC dimension from one parameter: the signs of `sin ωx`.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::One;

use super::VcError;

/// So many points at most: the numerators and denominators of `n` points have `n²` digits together.
pub const MOST_POINTS: usize = 1 << 12;

/// The points `10⁻¹, …, 10⁻ⁿ`, which the signs of sine shatter for every `n`.
///
/// # Errors
/// When there are more than [`MOST_POINTS`].
pub fn points(n: usize) -> Result<Vec<BigRational>, VcError> {
    require_few(n)?;
    let ten = BigInt::from(10);
    let powers = std::iter::successors(Some(ten.clone()), |power| Some(power * &ten));
    // A power of ten has no divisor in common with 1.
    Ok(powers.take(n).map(|power| BigRational::new_raw(BigInt::one(), power)).collect())
}

fn require_few(points: usize) -> Result<(), VcError> {
    if points > MOST_POINTS { Err(VcError::TooManyPoints { points, most: MOST_POINTS }) } else { Ok(()) }
}

/// `ω/π` of a sine whose sign at `10⁻ⁱ` is positive exactly where the label is `true`.
///
/// # Formula
/// `ω/π = 1 + Σ zᵢ 10ⁱ` with `zᵢ = 1` for the labels `false`. At `10⁻ⁱ` the terms after `i` are even multiples of `π`, those
/// before it and the 1 add up to a part of `π` strictly between 0 and 1, and `zᵢ` decides.
///
/// # Reference
/// Vapnik, *The Nature of Statistical Learning Theory*, 1995, section 3.6.
///
/// # Errors
/// When there are more than [`MOST_POINTS`] labels.
///
/// # Example
/// ```
/// use saddlepoint_theory::capacity::vc::sine::{frequency, is_positive, points};
///
/// let labels = [true, false, false, true];
/// let omega = frequency(&labels)?;
/// let signs: Vec<bool> = points(4)?.iter().map(|x| is_positive(&omega, x)).collect();
/// assert_eq!(signs, labels);
/// # Ok::<(), saddlepoint_theory::capacity::vc::VcError>(())
/// ```
pub fn frequency(labels: &[bool]) -> Result<BigRational, VcError> {
    require_few(labels.len())?;
    let ten = BigInt::from(10);
    let (mut power, mut sum) = (BigInt::one(), BigInt::one());
    for label in labels {
        power *= &ten;
        if !label {
            sum += &power;
        }
    }
    Ok(BigRational::from_integer(sum))
}

/// Whether `sin(ωx) > 0`, exactly, with `ω` given by `ω/π`.
///
/// # Formula
/// `ωx/π` lies strictly between an even integer and the next.
///
/// # Reference
/// As [`frequency`].
pub fn is_positive(omega_over_pi: &BigRational, x: &BigRational) -> bool {
    let turns = omega_over_pi * x;
    // The last bit of a two's complement is that of the remainder by 2, also below zero.
    !turns.is_integer() && !turns.floor().to_integer().bit(0)
}

/// The signs of `sin ωx` at the points for the frequency of these labels, with `ω`, `x` and the sine to nearest: from sixteen
/// points on, not always the labels.
///
/// # Formula
/// At `10⁻ⁱ` four roundings move `ωx/π` by at most `4.5 · 2⁻⁵³ · 10ⁿ⁻ⁱ`, and from any integer it is `10⁻ⁱ` away at least: with
/// `n ≤ 15` points every sign is right, since `4.5 · 10¹⁵ < 2⁵³`.
///
/// # Reference
/// As [`frequency`].
pub fn signs_in_floats(labels: &[bool]) -> Vec<bool> {
    let powers = (1..).map(|i| libm::pow(10.0, f64::from(i)));
    let sum: f64 =
        labels.iter().zip(powers.clone()).filter(|(label, _)| !**label).map(|(_, power)| power).sum();
    let omega = std::f64::consts::PI * (1.0 + sum);
    labels.iter().zip(powers).map(|(_, power)| libm::sin(omega * (1.0 / power)) > 0.0).collect()
}
