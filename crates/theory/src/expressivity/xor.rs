//! Exclusive or as a ReLU network with two hidden units.

use super::Scalar;

/// `relu(x₁ + x₂) − 2 relu(x₁ + x₂ − 1)`: exclusive or on bits, exactly, in any arithmetic.
///
/// # Reference
/// Minsky and Papert, *Perceptrons* (1969), for what one unit cannot do; Goodfellow, Bengio and Courville, *Deep Learning*
/// (2016), section 6.1, for this network.
///
/// # Example
/// ```
/// use saddlepoint_theory::expressivity::xor::network;
///
/// assert_eq!([network(0.0, 0.0), network(0.0, 1.0), network(1.0, 0.0), network(1.0, 1.0)], [0.0, 1.0, 1.0, 0.0]);
/// ```
pub fn network<T: Scalar>(x1: T, x2: T) -> T {
    let sum = x1 + x2;
    sum.clone().relu() - T::integer(2) * (sum - T::integer(1)).relu()
}
