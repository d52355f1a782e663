//! The square function by depth: accuracy grows exponentially with the number of layers.

use super::Scalar;
use super::sawtooth::{DepthError, Sawtooth};

/// Yarotsky's network for `x²` on `[0, 1]`: `x` less `m` sawtooths of falling size.
///
/// # Formula
/// `f_m(x) = x − Σ_{s=1}^m tri^s(x)/4^s` is the piecewise linear interpolant of `x²` at the multiples of `2^(−m)`. Hence `f_m ≥ x²` and
/// `sup |f_m − x²| = 4^(−m−1)` exactly, attained in the middle of each cell.
///
/// # Reference
/// Yarotsky, Error bounds for approximations with deep ReLU networks, Neural Networks 94, 2017, proposition 2.
///
/// # Example
/// ```
/// use saddlepoint_theory::expressivity::yarotsky::Square;
///
/// let square = Square::new(3)?;
/// assert_eq!((square.evaluate(0.25), square.error()), (0.0625, 1.0 / 256.0));
/// # Ok::<(), saddlepoint_theory::expressivity::sawtooth::DepthError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Square {
    sawtooths: u32,
}

impl Square {
    /// The deepest network whose error is a number in f64.
    pub const MAX_SAWTOOTHS: u32 = 500;

    /// `f_m`.
    ///
    /// # Errors
    /// When `m` is above [`Self::MAX_SAWTOOTHS`].
    pub fn new(m: u32) -> Result<Self, DepthError> {
        if m > Self::MAX_SAWTOOTHS { Err(DepthError(m)) } else { Ok(Self { sawtooths: m }) }
    }

    /// Hidden layers, with the blocks of [`Sawtooth`]: two a sawtooth.
    pub fn layers(self) -> u32 {
        2 * self.sawtooths
    }

    /// Hidden units: three a sawtooth, one a layer that keeps the sum so far.
    pub fn units(self) -> u32 {
        3 * self.sawtooths + self.layers()
    }

    /// The network's output on `x ∈ [0, 1]`, computed in `T` as the network computes it.
    pub fn evaluate<T: Scalar>(self, x: T) -> T {
        let quarter = T::integer(1) / T::integer(4);
        let (mut sum, mut tooth, mut size) = (x.clone(), x, T::integer(1));
        for _ in 0..self.sawtooths {
            tooth = Sawtooth::FIRST.evaluate(tooth);
            size = size * quarter.clone();
            sum = sum - size.clone() * tooth.clone();
        }
        sum
    }

    /// `sup |f_m − x²|` over `[0, 1]`: `4^(−m−1)`.
    pub fn error(self) -> f64 {
        0.25f64.powi(self.sawtooths as i32 + 1)
    }

    /// The units that **one** hidden layer needs at least to be as close to `x²`.
    ///
    /// # Formula
    /// A line is at best `ℓ²/8` away from `x²` on an interval of length `ℓ`, so that `p` pieces are `1/(8p²)` away. As close as
    /// `4^(−m−1)` takes `p ≥ 2^m/√2` pieces, and `h` units make at most `h + 1`: `h ≥ ⌈2^m/√2⌉ − 1`.
    pub fn shallow_units_at_least(self) -> f64 {
        // For m ≤ 52, 2^m/√2 is far enough from integers that rounding does not reach one; beyond, one unit is below rounding.
        (2f64.powi(self.sawtooths as i32) / std::f64::consts::SQRT_2).ceil() - 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_sawtooth_is_the_diagonal() {
        let diagonal = Square::new(0).unwrap();
        assert_eq!((diagonal.evaluate(0.5), diagonal.error(), diagonal.units()), (0.5, 0.25, 0));
        assert_eq!(diagonal.shallow_units_at_least(), 0.0);
        assert_eq!(Square::new(501), Err(DepthError(501)));
    }
}
