//! Serra's upper bound on the most regions that networks of a shape can have.

use std::collections::BTreeMap;

use num_bigint::BigUint;
use num_traits::One;

use super::montufar::{MOST_INPUTS, ShapeError};
use super::zaslavsky::binomials;

/// An upper bound of the number of linear regions of **any** ReLU network with these inputs and hidden layers.
///
/// A layer of `n` units divides an image of dimension `c` by `n` hyperplanes. Where `j` of its units are silent the next image has
/// dimension at most `n − j`, so that a region in which many are silent is divided less by what follows.
///
/// # Formula
/// `Σ_J ∏_l C(n_l, j_l)` over `J = {0 ≤ j_l ≤ min(n₀, n₁ − j₁, …, n_{l−1} − j_{l−1}, n_l)}`, summed layer by layer over the
/// minimum that is left: polynomially many additions instead of exponentially many terms.
///
/// # Errors
/// When there is no input, no hidden layer, or more inputs than are counted.
///
/// # Reference
/// Serra, Tjandraatmadja, Ramalingam, Bounding and counting linear regions of deep neural networks, ICML 2018, theorem 1.
///
/// # Example
/// ```
/// use saddlepoint_theory::expressivity::serra::maximal_regions_at_most;
///
/// assert_eq!(maximal_regions_at_most(2, &[10, 10])?, 3136u32.into());
/// // With one input each layer multiplies, if none but the last is a single unit.
/// assert_eq!(maximal_regions_at_most(1, &[3, 4])?, 20u32.into());
/// # Ok::<(), saddlepoint_theory::expressivity::montufar::ShapeError>(())
/// ```
pub fn maximal_regions_at_most(inputs: u32, widths: &[u32]) -> Result<BigUint, ShapeError> {
    if inputs == 0 || widths.is_empty() {
        return Err(ShapeError::Empty { inputs, layers: widths.len() });
    }
    if inputs > MOST_INPUTS {
        return Err(ShapeError::Inputs(inputs));
    }
    // By the dimension that is left: in how many ways the layers so far arrive there.
    let mut arrivals = BTreeMap::from([(inputs, BigUint::one())]);
    for &width in widths {
        let mut next: BTreeMap<u32, BigUint> = BTreeMap::new();
        for (dimension, ways) in &arrivals {
            for (j, choose) in (0..).zip(binomials(width, *dimension)) {
                *next.entry((width - j).min(*dimension)).or_default() += choose * ways;
            }
        }
        arrivals = next;
    }
    Ok(arrivals.into_values().sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_violates_a_hypothesis_is_refused() {
        assert_eq!(maximal_regions_at_most(0, &[3]), Err(ShapeError::Empty { inputs: 0, layers: 1 }));
        assert_eq!(maximal_regions_at_most(2, &[]), Err(ShapeError::Empty { inputs: 2, layers: 0 }));
        assert_eq!(maximal_regions_at_most(u32::MAX, &[3]), Err(ShapeError::Inputs(u32::MAX)));
    }

    #[test]
    fn a_layer_without_units_ends_all_division() {
        assert_eq!(maximal_regions_at_most(3, &[4, 0, 7]), maximal_regions_at_most(3, &[4]));
    }
}
