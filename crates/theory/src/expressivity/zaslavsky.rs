//! Regions of arrangements of hyperplanes: what one hidden ReLU layer can and cannot do.

use num_bigint::BigUint;
use num_traits::{One, Zero};

/// The number of regions into which `n` hyperplanes in general position divide a space of dimension `d`. No arrangement of `n`
/// hyperplanes has more.
///
/// # Formula
/// `Σ_{j≤d} C(n, j)`
///
/// # Reference
/// Zaslavsky, *Facing up to arrangements*, Memoirs of the AMS 154, 1975, theorem A, for general position; Schläfli 1852.
///
/// # Example
/// ```
/// use saddlepoint_theory::expressivity::zaslavsky::{central, in_general_position};
///
/// assert_eq!(in_general_position(2, 5), 16u32.into());
/// // A layer without biases: all lines pass through the origin.
/// assert_eq!(central(2, 5), 10u32.into());
/// ```
pub fn in_general_position(dimension: u32, hyperplanes: u32) -> BigUint {
    binomials(hyperplanes, dimension).sum()
}

/// The number of regions into which `n` hyperplanes through the origin divide a space of dimension `d`, if any `d` of them
/// meet in the origin alone. A ReLU layer without biases has no more.
///
/// # Formula
/// `2 Σ_{j<d} C(n−1, j)`, and 1 for `n = 0`
///
/// # Reference
/// Cover, Geometrical and statistical properties of systems of linear inequalities with applications in pattern recognition,
/// 1965, theorem 1.
pub fn central(dimension: u32, hyperplanes: u32) -> BigUint {
    match (dimension, hyperplanes) {
        (0, _) | (_, 0) => BigUint::one(),
        (d, n) => in_general_position(d - 1, n - 1) * 2u32,
    }
}

/// `C(n, 0), …, C(n, most)`, as far as they are not zero.
pub(crate) fn binomials(n: u32, most: u32) -> impl Iterator<Item = BigUint> {
    let following = move |(j, choose): &(u32, BigUint)| {
        let next = choose * (n - j) / (j + 1);
        (*j < most && !next.is_zero()).then_some((j + 1, next))
    };
    std::iter::successors(Some((0, BigUint::one())), following).map(|(_, choose)| choose)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_pascals_triangle() {
        let row = |n, most| binomials(n, most).map(|c| u32::try_from(c).unwrap()).collect::<Vec<_>>();
        assert_eq!(row(4, 9), [1, 4, 6, 4, 1]);
        assert_eq!(row(6, 2), [1, 6, 15]);
        assert_eq!((row(0, 3), row(7, 0)), (vec![1], vec![1]));
    }

    #[test]
    fn nothing_divides_into_one() {
        assert_eq!((in_general_position(3, 0), in_general_position(0, 3)), (BigUint::one(), BigUint::one()));
        assert_eq!(
            (central(3, 0), central(0, 3), central(3, 1)),
            (BigUint::one(), BigUint::one(), 2u32.into())
        );
    }
}
