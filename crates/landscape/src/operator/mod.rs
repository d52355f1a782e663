//! Symmetric matrices known only by their products: the trait, its algebra, and probes of what is declared.
//!
//! - [`SymmetricOperator`]: a dimension and a product, with a vector or with a block of vectors;
//! - [`Dense`]: a matrix of nalgebra; [`HessianAt`]: the Hessian of an [`Objective`](crate::objective::Objective);
//! - [`Sum`], [`Scaled`], [`Shifted`], [`PrincipalSubmatrix`], [`BlockDiagonal`], [`Congruence`]: the algebra;
//! - [`probe`]: is the operator as symmetric and as deterministic as it claims to be?

mod algebra;
mod blocks;
mod congruence;
mod dense;
mod hessian;

pub mod probe;

use std::sync::Arc;

pub use algebra::{Scaled, Shifted, Sum};
pub use blocks::{BlockDiagonal, PrincipalSubmatrix};
pub use congruence::{Congruence, LinearMap};
pub use dense::Dense;
pub use hessian::HessianAt;

/// A real symmetric matrix of which only products with vectors are known.
///
/// Implementing it declares symmetry; [`probe::symmetry`] tests the declaration. An implementation supplies
/// [`dimension`](Self::dimension) and [`apply_unchecked`](Self::apply_unchecked), and
/// [`apply_block_unchecked`](Self::apply_block_unchecked) where many vectors at once are cheaper. Everyone else calls
/// [`apply`](Self::apply) and [`apply_block`](Self::apply_block), which check what goes in and what comes out.
///
/// # Shapes
/// A block of `k` vectors is a slice of `k · n` entries, one vector after the other.
///
/// # Example
/// ```
/// use saddlepoint_landscape::operator::{OperatorError, SymmetricOperator};
///
/// /// The second difference of a path, with zero at both ends.
/// struct Path(usize);
///
/// impl SymmetricOperator for Path {
///     fn dimension(&self) -> usize {
///         self.0
///     }
///
///     fn apply_unchecked(&self, v: &[f64], product: &mut [f64]) -> Result<(), OperatorError> {
///         let at = |i: Option<usize>| i.and_then(|i| v.get(i)).copied().unwrap_or(0.0);
///         for (i, entry) in product.iter_mut().enumerate() {
///             *entry = 2.0 * v[i] - at(i.checked_sub(1)) - at(Some(i + 1));
///         }
///         Ok(())
///     }
/// }
///
/// let mut product = [0.0; 3];
/// Path(3).apply(&[1.0, 1.0, 1.0], &mut product)?;
/// assert_eq!(product, [1.0, 0.0, 1.0]);
/// assert!(Path(3).apply(&[1.0, f64::NAN, 1.0], &mut product).is_err());
/// # Ok::<(), OperatorError>(())
/// ```
pub trait SymmetricOperator {
    /// Number of rows, and of columns.
    fn dimension(&self) -> usize;

    /// Writes the product with `vector`; both slices have [`dimension`](Self::dimension) entries, those of
    /// `vector` are finite.
    ///
    /// # Errors
    /// Whatever an implementation cannot do, as [`OperatorError::failed`].
    fn apply_unchecked(&self, vector: &[f64], product: &mut [f64]) -> Result<(), OperatorError>;

    /// Writes the products with a block of vectors; both slices have a whole number of vectors.
    ///
    /// # Errors
    /// As for [`apply_unchecked`](Self::apply_unchecked).
    fn apply_block_unchecked(&self, vectors: &[f64], products: &mut [f64]) -> Result<(), OperatorError> {
        each_vector(self.dimension(), vectors, products, |vector, product| {
            self.apply_unchecked(vector, product)
        })
    }

    /// What the operator is called in errors.
    fn name(&self) -> String {
        "operator".to_owned()
    }

    /// The operators that this one is made of, so that a probe can tell which of them is at fault.
    fn parts(&self) -> Vec<&dyn SymmetricOperator> {
        Vec::new()
    }

    /// The product with a vector.
    ///
    /// # Errors
    /// When a slice has the wrong length, an entry of the vector or of the product is not finite, or the
    /// implementation fails.
    fn apply(&self, vector: &[f64], product: &mut [f64]) -> Result<(), OperatorError> {
        check_length(self.dimension(), vector.len())?;
        check_length(self.dimension(), product.len())?;
        check_input(vector)?;
        self.apply_unchecked(vector, product)?;
        check_output(self.name(), product)
    }

    /// The products with a block of vectors, one after the other.
    ///
    /// # Errors
    /// As for [`apply`](Self::apply), and when the block is not a whole number of vectors.
    fn apply_block(&self, vectors: &[f64], products: &mut [f64]) -> Result<(), OperatorError> {
        let n = self.dimension();
        if !vectors.len().is_multiple_of(n) {
            return Err(OperatorError::WrongDimension { expected: n, found: vectors.len() });
        }
        check_length(vectors.len(), products.len())?;
        check_input(vectors)?;
        self.apply_block_unchecked(vectors, products)?;
        check_output(self.name(), products)
    }
}

macro_rules! forward {
    ($($pointer:ty),*) => {$(
        impl<A: SymmetricOperator + ?Sized> SymmetricOperator for $pointer {
            fn dimension(&self) -> usize {
                (**self).dimension()
            }
            fn apply_unchecked(&self, vector: &[f64], product: &mut [f64]) -> Result<(), OperatorError> {
                (**self).apply_unchecked(vector, product)
            }
            fn apply_block_unchecked(&self, vectors: &[f64], products: &mut [f64]) -> Result<(), OperatorError> {
                (**self).apply_block_unchecked(vectors, products)
            }
            fn name(&self) -> String {
                (**self).name()
            }
            fn parts(&self) -> Vec<&dyn SymmetricOperator> {
                (**self).parts()
            }
        }
    )*};
}

forward!(&A, Box<A>);

/// Why an operator has no product, or is not what it declares.
#[derive(Debug, Clone, thiserror::Error)]
pub enum OperatorError {
    /// A slice, or a part of the operator, has the wrong number of entries.
    #[error("expected {expected} entries, found {found}")]
    WrongDimension {
        /// Number of entries that fit.
        expected: usize,
        /// Number of entries found.
        found: usize,
    },
    /// An entry of a vector, or a coefficient of the operator, is NaN or infinite.
    #[error("entry {index} of the vector or of the operator's coefficients is not finite")]
    NotFinite {
        /// Position of the first such entry.
        index: usize,
    },
    /// A product has an entry that is NaN or infinite.
    #[error("entry {index} of the product of {operator} is not finite: the computation overflows")]
    Overflow {
        /// Whose product.
        operator: String,
        /// Position of the first such entry.
        index: usize,
    },
    /// An operator was built from no part at all.
    #[error("an operator needs at least one part")]
    Empty,
    /// An index does not select a coordinate, or selects one twice.
    #[error("index {index} is repeated, or not below the dimension {dimension}")]
    Index {
        /// The index.
        index: usize,
        /// Dimension of the operator that it selects from.
        dimension: usize,
    },
    /// Declared symmetric, and is not.
    #[error("{operator} is not symmetric: |u·Av − v·Au| = {defect:e} exceeds {tolerance:e}")]
    NotSymmetric {
        /// The part at fault, with the path that leads to it.
        operator: String,
        /// The difference found.
        defect: f64,
        /// What rounding can explain.
        tolerance: f64,
    },
    /// The same vector gave two products.
    #[error("{operator} is not deterministic: entry {index} was {first:e}, then {second:e}")]
    NotDeterministic {
        /// The part at fault, with the path that leads to it.
        operator: String,
        /// Position of the first entry that differs.
        index: usize,
        /// Its first value.
        first: f64,
        /// Its second value.
        second: f64,
    },
    /// A block of vectors gave another product than its vectors do one by one.
    #[error(
        "{operator} disagrees with itself: entry {index} of vector {vector} of a block is {block:e}, alone {alone:e}"
    )]
    BlockDisagrees {
        /// The part at fault, with the path that leads to it.
        operator: String,
        /// Which vector of the block.
        vector: usize,
        /// Position of the first entry that differs by more than rounding.
        index: usize,
        /// Its value from the block.
        block: f64,
        /// Its value from the single vector.
        alone: f64,
    },
    /// A user's operator failed for a reason of its own.
    #[error("the operator failed: {0}")]
    Failed(#[source] Arc<dyn std::error::Error + Send + Sync>),
}

impl OperatorError {
    /// The failure of a user's operator.
    pub fn failed(reason: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Failed(reason.into().into())
    }
}

/// Calls `product_of` on each vector of a block of vectors with `n` entries.
fn each_vector(
    n: usize,
    vectors: &[f64],
    products: &mut [f64],
    mut product_of: impl FnMut(&[f64], &mut [f64]) -> Result<(), OperatorError>,
) -> Result<(), OperatorError> {
    let n = n.max(1);
    vectors
        .chunks_exact(n)
        .zip(products.chunks_exact_mut(n))
        .try_for_each(|(vector, product)| product_of(vector, product))
}

fn check_length(expected: usize, found: usize) -> Result<(), OperatorError> {
    if expected == found { Ok(()) } else { Err(OperatorError::WrongDimension { expected, found }) }
}

fn check_input(entries: &[f64]) -> Result<(), OperatorError> {
    match not_finite(entries) {
        Some(index) => Err(OperatorError::NotFinite { index }),
        None => Ok(()),
    }
}

fn check_output(operator: String, entries: &[f64]) -> Result<(), OperatorError> {
    match not_finite(entries) {
        Some(index) => Err(OperatorError::Overflow { operator, index }),
        None => Ok(()),
    }
}

/// The position of the first entry that is NaN or infinite.
fn not_finite(entries: &[f64]) -> Option<usize> {
    // Every product is looked at twice, so the look must not show beside it. An exponent of ones, and no other, carries into
    // the sign when one is added to it; without a branch an entry this takes a tenth of the time.
    const EXPONENT: u64 = 0x7FF0_0000_0000_0000;
    const ONE: u64 = 0x0010_0000_0000_0000;
    let carry = |entry: &f64| (entry.to_bits() & EXPONENT) + ONE;
    let clean = |chunk: &[f64]| chunk.iter().fold(0, |carries, entry| carries | carry(entry)) >> 63 == 0;
    let chunk = entries.chunks(1024).position(|chunk| !clean(chunk))?;
    let start = chunk * 1024;
    entries[start..].iter().position(|entry| !entry.is_finite()).map(|index| start + index)
}

#[cfg(test)]
mod tests {
    use nalgebra::dmatrix;

    use super::*;

    struct Broken;

    impl SymmetricOperator for Broken {
        fn dimension(&self) -> usize {
            2
        }
        fn apply_unchecked(&self, _: &[f64], _: &mut [f64]) -> Result<(), OperatorError> {
            Err(OperatorError::failed("the device is gone"))
        }
    }

    #[test]
    fn bad_vectors_are_refused_by_name() {
        let a = Dense::new(dmatrix![1e300, 0.0; 0.0, 1.0]).unwrap();
        let mut two = [0.0; 2];
        assert!(matches!(
            a.apply(&[1.0], &mut two),
            Err(OperatorError::WrongDimension { expected: 2, found: 1 })
        ));
        assert!(matches!(a.apply(&[1.0, f64::NAN], &mut two), Err(OperatorError::NotFinite { index: 1 })));
        assert!(matches!(a.apply(&[1e10, 0.0], &mut two), Err(OperatorError::Overflow { index: 0, .. })));
        assert!(matches!(a.apply(&[1.0, 0.0], &mut [0.0; 3]), Err(OperatorError::WrongDimension { .. })));
        assert!(matches!(a.apply_block(&[1.0; 3], &mut [0.0; 3]), Err(OperatorError::WrongDimension { .. })));
    }

    #[test]
    fn the_first_entry_that_is_not_finite_is_found() {
        for bad in [f64::NAN, -f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            for index in [0, 1, 1023, 1024, 3000] {
                let mut entries = vec![f64::MAX; 3001];
                assert_eq!(not_finite(&entries), None);
                entries[3000] = f64::INFINITY;
                entries[index] = bad;
                assert_eq!(not_finite(&entries), Some(index));
            }
        }
        assert_eq!(not_finite(&[-f64::MAX, -0.0, f64::MIN_POSITIVE / 4.0]), None);
    }

    #[test]
    fn a_users_failure_arrives_with_its_reason() {
        let boxed: Box<dyn SymmetricOperator> = Box::new(Broken);
        let error = Scaled::new(2.0, boxed).unwrap().apply(&[1.0, 1.0], &mut [0.0; 2]).unwrap_err();
        let source = std::error::Error::source(&error).unwrap();
        assert_eq!(source.to_string(), "the device is gone");
    }
}
