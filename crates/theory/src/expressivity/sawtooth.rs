//! The sawtooth: a deep network of constant width with exponentially many pieces.

use num_bigint::BigInt;
use num_rational::BigRational;

use super::Scalar;
use super::piecewise_linear::{PiecewiseLinear, PiecewiseLinearError};

/// The deepest sawtooth that is represented.
pub const MAX_DEPTH: u32 = 1_000;

/// A depth outside the represented range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a sawtooth of depth {0}: depths from 1 to {MAX_DEPTH} are represented")]
pub struct DepthError(pub u32);

/// The `k`-fold composition of the triangle map, as a ReLU network of `k` equal blocks.
///
/// # Formula
/// `tri(x) = relu(relu(2x) − relu(4x − 2))`, and on `[0, 1]`
/// `tri^k(x) = 1 − |2 frac(2^(k−1) x) − 1|`: `2^k` affine pieces, `2^(k−1)` peaks, `2^k` crossings of ½.
///
/// # Reference
/// Telgarsky, Benefits of depth in neural networks, COLT 2016, section 3.1 and lemma 3.10.
///
/// # Example
/// ```
/// use saddlepoint_theory::expressivity::sawtooth::Sawtooth;
///
/// let twice = Sawtooth::new(2)?;
/// assert_eq!((twice.layers(), twice.units()), (4, 6));
/// assert_eq!(twice.evaluate(0.375), 0.5);
/// # Ok::<(), saddlepoint_theory::expressivity::sawtooth::DepthError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sawtooth {
    depth: u32,
}

impl Sawtooth {
    /// `tri` itself.
    pub(super) const FIRST: Self = Self { depth: 1 };

    /// `tri^k`.
    ///
    /// # Errors
    /// When `k` is 0 or above [`MAX_DEPTH`].
    pub fn new(k: u32) -> Result<Self, DepthError> {
        if (1..=MAX_DEPTH).contains(&k) { Ok(Self { depth: k }) } else { Err(DepthError(k)) }
    }

    /// `k`.
    pub fn depth(self) -> u32 {
        self.depth
    }

    /// ReLU layers as written: two a block.
    pub fn layers(self) -> u32 {
        2 * self.depth
    }

    /// ReLU units as written: three a block.
    pub fn units(self) -> u32 {
        3 * self.depth
    }

    /// The network's output, computed in `T` as the network computes it. In floating point the map doubles the
    /// absolute error at each block: exact on multiples of a power of two, wrong in the end everywhere else.
    pub fn evaluate<T: Scalar>(self, x: T) -> T {
        (0..self.depth).fold(x, |x, _| triangle(x))
    }

    /// The closed form, exactly; 0 outside `[0, 1]`, like the network.
    pub fn closed_form(self, x: &BigRational) -> BigRational {
        let [zero, one, two] = [0, 1, 2].map(BigRational::integer);
        if *x < zero || *x > one {
            return zero;
        }
        let scaled = x * BigRational::from_integer(BigInt::from(1) << (self.depth - 1));
        let phase = &scaled - scaled.floor();
        let distance = two * phase - &one;
        &one - if distance < zero { -distance } else { distance }
    }

    /// The function on `[0, 1]` that the network computes, by pushing all knots through its layers. It has
    /// `2^k + 1` knots: meant for small `k`.
    ///
    /// # Errors
    /// None in practice: all layers live on the same interval.
    pub fn on_unit_interval(self) -> Result<PiecewiseLinear, PiecewiseLinearError> {
        let [zero, one, two, four] = [0, 1, 2, 4].map(BigRational::integer);
        let mut f = PiecewiseLinear::identity(zero.clone(), one)?;
        for _ in 0..self.depth {
            let rising = f.affine(&two, &zero).relu();
            let folding = f.affine(&four, &-&two).relu();
            f = rising.minus(&folding)?.relu();
        }
        Ok(f)
    }
}

fn triangle<T: Scalar>(x: T) -> T {
    let [two, four] = [2, 4].map(T::integer);
    let rising = (two.clone() * x.clone()).relu();
    let folding = (four * x - two).relu();
    (rising - folding).relu()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_network_folds_the_line() {
        let one = Sawtooth::new(1).unwrap();
        for (x, y) in [(-1.0, 0.0), (0.0, 0.0), (0.25, 0.5), (0.5, 1.0), (0.75, 0.5), (1.0, 0.0), (3.0, 0.0)] {
            assert_eq!(one.evaluate(x), y, "tri({x})");
        }
    }

    #[test]
    fn depths_that_are_not_represented_are_refused() {
        assert_eq!(Sawtooth::new(0).unwrap_err(), DepthError(0));
        assert!(Sawtooth::new(MAX_DEPTH).is_ok() && Sawtooth::new(MAX_DEPTH + 1).is_err());
    }
}
