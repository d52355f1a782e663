//! Uniform deviation over a finite class.

use saddlepoint_rigor::{Rounding, Up};

use crate::quantity::{Confidence, QuantityError, SampleSize};

/// With probability at least `1 − δ`, no hypothesis of the class has an expected loss that exceeds its observed
/// loss by more than this, rounded up. Losses lie in `[0, 1]` and the class was fixed before the data.
///
/// # Formula
/// `√((ln|F| + ln(1/δ)) / 2n)`
///
/// # Errors
/// When the class is empty.
///
/// # Reference
/// Hoeffding's inequality and the union bound; Shalev-Shwartz and Ben-David, *Understanding Machine Learning*,
/// 2014, corollary 4.6 (one-sided).
pub fn uniform_deviation(class_size: u64, n: SampleSize, delta: Confidence) -> Result<f64, QuantityError> {
    if class_size == 0 {
        return Err(QuantityError::EmptyClass);
    }
    let size = class_size as f64;
    let logarithm = Up::ln(if class_size < 1 << 53 { size } else { size.next_up() });
    Ok(hoeffding(Up::add(logarithm, Up::ln(Up::div(1.0, delta.delta()))), n))
}

/// `√(t / 2n)`, rounded up.
pub(crate) fn hoeffding(t: f64, n: SampleSize) -> f64 {
    // Sample sizes above 2⁵³ round to a float, perhaps upward; one step down covers that.
    let n = if n.get() < 1 << 53 { n.as_f64() } else { n.as_f64().next_down() };
    Up::sqrt(Up::div(t, 2.0 * n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_hypothesis_has_hoeffdings_bound() {
        let (n, delta) = (SampleSize::new(100).unwrap(), Confidence::new(0.05).unwrap());
        let gap = uniform_deviation(1, n, delta).unwrap();
        assert!((gap - 0.122_387_341_5).abs() < 1e-10);
        assert!(uniform_deviation(2, n, delta).unwrap() > gap);
        assert!(uniform_deviation(0, n, delta).is_err());
    }
}
