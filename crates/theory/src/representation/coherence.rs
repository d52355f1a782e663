//! How sparse a representation must be to be the only one.

use saddlepoint_rigor::{Down, Rounding};

use super::dictionary::GramBounds;

/// A representation with more atoms than coherence can vouch for.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("{sparsity} atoms at coherence {coherence}: only fewer than {limit} are certain to be the sparsest")]
pub struct NotCertainlyUnique {
    sparsity: usize,
    coherence: f64,
    limit: f64,
}

/// A lower bound of the spark, the least number of linearly dependent atoms, rounded up to an integer.
///
/// # Formula
/// $\operatorname{spark}(D) \ge 1 + 1/\mu$: fewer atoms have a strictly diagonally dominant Gram matrix. Infinite where the
/// atoms are orthogonal.
///
/// # Reference
/// Donoho and Elad, Optimally sparse representation in general (nonorthogonal) dictionaries via ℓ¹ minimization, PNAS 100,
/// 2003, theorem 7; Gribonval and Nielsen, IEEE Transactions on Information Theory 49, 2003.
pub fn least_spark(gram: GramBounds) -> f64 {
    Down::add(1.0, Down::div(1.0, gram.coherence())).ceil()
}

/// Below how many atoms a representation is the unique sparsest one: `½(1 + 1/μ)`, rounded down.
pub fn uniqueness_limit(gram: GramBounds) -> f64 {
    0.5 * Down::add(1.0, Down::div(1.0, gram.coherence()))
}

/// A sparsity at which a representation is the only one with so few atoms.
///
/// # Formula
/// If $X = D\Gamma$ and $\lVert\Gamma\rVert_0 < \tfrac12(1+1/\mu)$, every other $\Gamma'$ with $D\Gamma'=X$ has
/// $\lVert\Gamma'\rVert_0 > \lVert\Gamma\rVert_0$.
///
/// # Reference
/// Donoho and Elad 2003, corollary 3 with theorem 7.
///
/// # Example
/// ```
/// use saddlepoint_theory::representation::coherence::UniqueRepresentation;
/// use saddlepoint_theory::representation::dictionary::GramBounds;
///
/// let gram = GramBounds::unit(0.25)?;
/// assert!(UniqueRepresentation::new(gram, 2).is_ok());
/// assert!(UniqueRepresentation::new(gram, 3).is_err());
/// # Ok::<(), saddlepoint_theory::representation::dictionary::DictionaryError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UniqueRepresentation {
    sparsity: usize,
    spark: f64,
}

impl UniqueRepresentation {
    /// For a representation by `sparsity` atoms.
    ///
    /// # Errors
    /// When that is not below the limit.
    pub fn new(gram: GramBounds, sparsity: usize) -> Result<Self, NotCertainlyUnique> {
        let limit = uniqueness_limit(gram);
        if (sparsity as f64) < limit {
            Ok(Self { sparsity, spark: least_spark(gram) })
        } else {
            Err(NotCertainlyUnique { sparsity, coherence: gram.coherence(), limit })
        }
    }

    /// How many atoms every other representation has at least: the spark less `‖Γ‖₀`.
    pub fn others_have_at_least(&self) -> f64 {
        self.spark - self.sparsity as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orthogonal_atoms_have_no_other_representation() {
        let unique = UniqueRepresentation::new(GramBounds::unit(0.0).unwrap(), 1000).unwrap();
        assert_eq!(unique.others_have_at_least(), f64::INFINITY);
    }

    #[test]
    fn parallel_atoms_vouch_for_nothing_but_zero() {
        let same = GramBounds::unit(1.0).unwrap();
        assert!(UniqueRepresentation::new(same, 0).is_ok() && UniqueRepresentation::new(same, 1).is_err());
        assert_eq!(least_spark(same), 2.0);
    }
}
