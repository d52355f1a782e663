//! What few affine pieces cannot do: lower bounds of the distance to a sawtooth, and what follows for shallow networks.

use num_bigint::{BigInt, BigUint};
use num_rational::BigRational;
use num_traits::Pow;

use super::Scalar;
use super::sawtooth::{DepthError, Sawtooth};

/// A lower bound of `∫₀¹ |tri^k − g|` for every `g` that is affine on each of `N` intervals that make up `[0, 1]`, continuous or not.
///
/// # Formula
/// `1/8 − (2N − 1)/2^(k+3)`, and never below 0.
///
/// Each piece of `g` crosses ½ at most once, so that `[g ≥ ½]` jumps at most `2N − 1` times. Between its `2^k` crossings of ½ the
/// sawtooth makes `2^k − 1` triangles of area `2^(−k−2)` over or under ½; where `g` is on the other side it misses at least the
/// triangle, and agreeing with two neighbours costs a jump.
///
/// # Errors
/// When there is no such sawtooth.
///
/// # Reference
/// Telgarsky, Representation benefits of deep feedforward networks, 2015, lemma 2.2, counts misclassified teeth in the same
/// way; the constants are this project's.
///
/// # Example
/// ```
/// use num_rational::BigRational;
/// use saddlepoint_theory::expressivity::depth_separation::l1_error_at_least;
///
/// assert_eq!(l1_error_at_least(4, &1u32.into())?, BigRational::new(15.into(), 128.into()));
/// # Ok::<(), saddlepoint_theory::expressivity::sawtooth::DepthError>(())
/// ```
pub fn l1_error_at_least(k: u32, pieces: &BigUint) -> Result<BigRational, DepthError> {
    Sawtooth::new(k)?;
    let pieces = BigRational::from_integer(BigInt::from(pieces.clone()));
    Ok(bound(k, &pieces))
}

fn bound(k: u32, pieces: &BigRational) -> BigRational {
    let [zero, one, two] = [0, 1, 2].map(BigRational::integer);
    let teeth = BigRational::from_integer(BigInt::from(1) << k);
    let area = BigRational::from_integer(BigInt::from(1) << (k + 3)).recip();
    ((teeth - two * pieces + one) * area).max(zero)
}

/// An upper bound of the number of pieces of a ReLU network with one input and these hidden widths: that of
/// [`serra`](super::serra), except that a single unit in a layer before the last allows less there.
///
/// # Formula
/// `∏_l (n_l + 1)`
pub fn pieces_at_most(widths: &[u32]) -> BigUint {
    widths.iter().map(|&width| BigUint::from(width) + 1u32).product()
}

/// The units that **one** hidden layer needs at least to come within `L¹` distance 1/16 of `tri^k`, which takes `3k` units
/// in `2k` layers.
///
/// # Formula
/// `⌊2^(k−2)⌋`, from [`l1_error_at_least`] with `N ≤ n + 1` pieces.
///
/// # Errors
/// When there is no such sawtooth.
pub fn shallow_units_at_least(k: u32) -> Result<BigUint, DepthError> {
    Sawtooth::new(k)?;
    Ok((BigUint::from(1u32) << k) >> 2)
}

/// Telgarsky's theorem for one `k`: a deep network that shallow ones stay away from.
///
/// The function is `tri^(k³+4)` of the first input. Networks with at most `k` layers and at most `2^k` units are at `L¹` distance at
/// least 1/64 from it.
///
/// # Reference
/// Telgarsky, Benefits of depth in neural networks, COLT 2016, theorem 1.1, with `t = α = β = 1` for ReLU units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Separation {
    k: u32,
    sawtooth: Sawtooth,
}

impl Separation {
    /// The separation at `k`.
    ///
    /// # Errors
    /// When `k` is 0 or the sawtooth of depth `k³ + 4` is not represented.
    pub fn new(k: u32) -> Result<Self, DepthError> {
        let depth =
            k.checked_pow(3).and_then(|cube| cube.checked_add(4)).filter(|_| k > 0).ok_or(DepthError(k))?;
        Ok(Self { k, sawtooth: Sawtooth::new(depth)? })
    }

    /// The function that is hard.
    pub fn sawtooth(self) -> Sawtooth {
        self.sawtooth
    }

    /// Layers of the deep network: `2k³ + 8`.
    pub fn layers(self) -> u32 {
        self.sawtooth.layers()
    }

    /// Units of the deep network: `3k³ + 12`.
    pub fn units(self) -> u32 {
        self.sawtooth.units()
    }

    /// Distinct parameters of the deep network, for `d` inputs: `4 + d`.
    pub fn parameters(self, inputs: u32) -> u64 {
        4 + u64::from(inputs)
    }

    /// The most layers of the shallow networks: `k`.
    pub fn shallow_layers(self) -> u32 {
        self.k
    }

    /// The most units of the shallow networks: `2^k`.
    pub fn shallow_units(self) -> BigUint {
        BigUint::from(1u32) << self.k
    }

    /// A lower bound of the `L¹` distance of the shallow networks, with its own constants: at least the theorem's 1/64.
    ///
    /// # Formula
    /// [`l1_error_at_least`] with `N ≤ (2^k/k + 1)^k` pieces: of all widths with the same sum, equal ones have the largest
    /// product, and more layers a larger one.
    pub fn l1_error_at_least(self) -> BigRational {
        let width = BigRational::new(BigInt::from(1) << self.k, BigInt::from(self.k));
        bound(self.sawtooth.depth(), &(width + BigRational::integer(1)).pow(self.k))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_represented_is_refused() {
        assert_eq!(Separation::new(0), Err(DepthError(0)));
        assert_eq!(Separation::new(10), Err(DepthError(1004)));
        assert_eq!(Separation::new(u32::MAX), Err(DepthError(u32::MAX)));
        assert!(l1_error_at_least(0, &1u32.into()).is_err() && shallow_units_at_least(0).is_err());
    }

    #[test]
    fn the_bound_ends_at_zero() {
        assert_eq!(l1_error_at_least(4, &16u32.into()), Ok(BigRational::integer(0)));
        assert_eq!(l1_error_at_least(4, &8u32.into()), Ok(BigRational::new(1.into(), 128.into())));
    }

    #[test]
    fn shallow_units_are_those_of_the_bound() {
        let sixteenth = BigRational::new(1.into(), 16.into());
        for k in 2..20 {
            // n units have n + 1 pieces.
            let units = shallow_units_at_least(k).unwrap();
            assert!(l1_error_at_least(k, &units).unwrap() > sixteenth, "k = {k}");
            assert!(l1_error_at_least(k, &(units + 1u32)).unwrap() <= sixteenth, "k = {k}");
        }
    }
}
