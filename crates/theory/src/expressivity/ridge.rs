//! Products as sums of ridge functions: what one layer with powers as activations computes exactly.

/// Why there is no sum.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum RidgeError {
    /// A product of no factors, or one with more directions than are added up.
    #[error("{0} factors: between 1 and {MOST_FACTORS} are represented")]
    Factors(usize),
    /// A factor that is NaN or infinite.
    #[error("a factor of {0}: all must be finite")]
    NotFinite(f64),
}

/// The most factors: `2^(d−1)` directions are added up.
pub const MOST_FACTORS: usize = 16;

/// `x₁ ⋯ x_d` as a sum of powers of `2^(d−1)` linear functions.
///
/// # Formula
/// `(1/(d! 2^(d−1))) Σ_{ε ∈ {±1}^d, ε₁ = 1} (∏ᵢ εᵢ) (ε·x)^d`; for two factors `¼ ((x₁ + x₂)² − (x₁ − x₂)²)`.
///
/// A layer of a network applies **one** function to all of its directions, with biases; a sum of ridge functions may choose
/// another function for each. Here one function, `z ↦ z^d`, is enough.
///
/// # Errors
/// When there is no factor or too many, or one is not finite.
///
/// # Reference
/// The polarization identity: Mazur, Orlicz, Grundlegende Eigenschaften der polynomischen Operationen, 1934; Pinkus, *Ridge
/// functions*, 2015, section 1.
///
/// # Example
/// ```
/// use saddlepoint_theory::expressivity::ridge::product;
///
/// assert_eq!(product(&[2.0, 3.0, 5.0])?, 30.0);
/// # Ok::<(), saddlepoint_theory::expressivity::ridge::RidgeError>(())
/// ```
pub fn product(factors: &[f64]) -> Result<f64, RidgeError> {
    let d = factors.len();
    if !(1..=MOST_FACTORS).contains(&d) {
        return Err(RidgeError::Factors(d));
    }
    if let Some(&factor) = factors.iter().find(|x| !x.is_finite()) {
        return Err(RidgeError::NotFinite(factor));
    }
    let term = |negative: usize| {
        let sign = |i: usize| if i > 0 && negative >> (i - 1) & 1 == 1 { -1.0 } else { 1.0 };
        let direction: f64 = factors.iter().enumerate().map(|(i, x)| sign(i) * x).sum();
        let parity = if negative.count_ones() % 2 == 1 { -1.0 } else { 1.0 };
        parity * direction.powi(d as i32)
    };
    let factorial: f64 = (1..=d).map(|i| i as f64).product();
    let directions = 1usize << (d - 1);
    Ok((0..directions).map(term).sum::<f64>() / (factorial * directions as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_product_is_refused() {
        assert_eq!(product(&[]), Err(RidgeError::Factors(0)));
        assert_eq!(product(&[1.0; 17]), Err(RidgeError::Factors(17)));
        assert_eq!(product(&[f64::INFINITY]), Err(RidgeError::NotFinite(f64::INFINITY)));
        assert!(product(&[1.0, f64::NAN]).is_err());
        assert_eq!(product(&[-3.0]), Ok(-3.0));
    }
}
