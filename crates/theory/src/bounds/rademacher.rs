//! Uniform deviation through the empirical Rademacher complexity.

use saddlepoint_rigor::{Rounding, Up};

use super::finite_class::hoeffding;
use crate::quantity::{Complexity, Confidence, SampleSize};

/// With probability at least `1 − δ`, no function of the class has a mean that exceeds its sample mean by more
/// than this, rounded up. Values lie in `[0, 1]`; the complexity is that of the class on this very sample,
/// without absolute value.
///
/// # Formula
/// `2 R̂ₙ + 3 √(ln(2/δ) / 2n)`: the logarithm has `2/δ` because the complexity is itself observed.
///
/// # Reference
/// Bartlett and Mendelson, Rademacher and Gaussian complexities, JMLR 3, 2002, theorem 8; Mohri, Rostamizadeh,
/// Talwalkar, *Foundations of Machine Learning*, 2nd edition 2018, theorem 3.3.
pub fn uniform_deviation(complexity: Complexity, n: SampleSize, delta: Confidence) -> f64 {
    let confidence = hoeffding(Up::ln(Up::div(2.0, delta.delta())), n);
    Up::add(2.0 * complexity.get(), Up::mul(3.0, confidence))
}
