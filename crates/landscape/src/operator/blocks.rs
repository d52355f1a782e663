//! Submatrices of operators, and operators put together along the diagonal.

use super::{OperatorError, SymmetricOperator};

/// The rows and columns of an operator with given indices, in their order.
///
/// # Example
/// ```
/// use nalgebra::dmatrix;
/// use saddlepoint_landscape::operator::{Dense, PrincipalSubmatrix};
///
/// let a = Dense::new(dmatrix![1.0, 2.0, 3.0; 2.0, 4.0, 5.0; 3.0, 5.0, 6.0])?;
/// let corners = PrincipalSubmatrix::new(a, vec![2, 0])?;
/// assert_eq!(Dense::of(&corners)?.matrix(), &dmatrix![6.0, 3.0; 3.0, 1.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct PrincipalSubmatrix<A> {
    operator: A,
    indices: Vec<usize>,
}

impl<A: SymmetricOperator> PrincipalSubmatrix<A> {
    /// The submatrix of `operator` with these rows and columns.
    ///
    /// # Errors
    /// When an index is repeated or too large.
    pub fn new(operator: A, indices: Vec<usize>) -> Result<Self, OperatorError> {
        let dimension = operator.dimension();
        let mut seen = vec![false; dimension];
        for &index in &indices {
            match seen.get_mut(index) {
                Some(taken) if !*taken => *taken = true,
                _ => return Err(OperatorError::Index { index, dimension }),
            }
        }
        Ok(Self { operator, indices })
    }

    fn through(
        &self,
        vectors: &[f64],
        products: &mut [f64],
        apply: impl Fn(&[f64], &mut [f64]) -> Result<(), OperatorError>,
    ) -> Result<(), OperatorError> {
        let (n, k) = (self.operator.dimension(), self.indices.len().max(1));
        let mut padded = vec![0.0; vectors.len() / k * n];
        for (wide, narrow) in padded.chunks_exact_mut(n.max(1)).zip(vectors.chunks_exact(k)) {
            self.indices.iter().zip(narrow).for_each(|(&index, entry)| wide[index] = *entry);
        }
        let mut wide_products = vec![0.0; padded.len()];
        apply(&padded, &mut wide_products)?;
        for (wide, narrow) in wide_products.chunks_exact(n.max(1)).zip(products.chunks_exact_mut(k)) {
            self.indices.iter().zip(narrow).for_each(|(&index, entry)| *entry = wide[index]);
        }
        Ok(())
    }
}

impl<A: SymmetricOperator> SymmetricOperator for PrincipalSubmatrix<A> {
    fn dimension(&self) -> usize {
        self.indices.len()
    }

    fn apply_unchecked(&self, vector: &[f64], product: &mut [f64]) -> Result<(), OperatorError> {
        self.through(vector, product, |wide, products| self.operator.apply_unchecked(wide, products))
    }

    fn apply_block_unchecked(&self, vectors: &[f64], products: &mut [f64]) -> Result<(), OperatorError> {
        self.through(vectors, products, |wide, products| self.operator.apply_block_unchecked(wide, products))
    }

    fn name(&self) -> String {
        "submatrix".to_owned()
    }

    fn parts(&self) -> Vec<&dyn SymmetricOperator> {
        vec![&self.operator]
    }
}

/// Operators along the diagonal, zero elsewhere.
///
/// # Example
/// ```
/// use nalgebra::dmatrix;
/// use saddlepoint_landscape::operator::{BlockDiagonal, Dense};
///
/// let blocks = BlockDiagonal::new(vec![
///     Box::new(Dense::new(dmatrix![1.0])?),
///     Box::new(Dense::new(dmatrix![0.0, 2.0; 2.0, 0.0])?),
/// ])?;
/// assert_eq!(Dense::of(&blocks)?.matrix(), &dmatrix![1.0, 0.0, 0.0; 0.0, 0.0, 2.0; 0.0, 2.0, 0.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct BlockDiagonal<'a> {
    blocks: Vec<Box<dyn SymmetricOperator + 'a>>,
}

impl<'a> BlockDiagonal<'a> {
    /// The blocks, from the first coordinate on.
    ///
    /// # Errors
    /// When there is no block.
    pub fn new(blocks: Vec<Box<dyn SymmetricOperator + 'a>>) -> Result<Self, OperatorError> {
        if blocks.is_empty() { Err(OperatorError::Empty) } else { Ok(Self { blocks }) }
    }
}

impl SymmetricOperator for BlockDiagonal<'_> {
    fn dimension(&self) -> usize {
        self.blocks.iter().map(SymmetricOperator::dimension).sum()
    }

    fn apply_unchecked(&self, vector: &[f64], product: &mut [f64]) -> Result<(), OperatorError> {
        let mut start = 0;
        for block in &self.blocks {
            let range = start..start + block.dimension();
            start = range.end;
            block.apply_unchecked(&vector[range.clone()], &mut product[range])?;
        }
        Ok(())
    }

    fn apply_block_unchecked(&self, vectors: &[f64], products: &mut [f64]) -> Result<(), OperatorError> {
        let n = self.dimension();
        let mut start = 0;
        for block in &self.blocks {
            let range = start..start + block.dimension();
            start = range.end;
            let mut rows = Vec::with_capacity(vectors.len() / n.max(1) * range.len());
            vectors.chunks_exact(n.max(1)).for_each(|vector| rows.extend_from_slice(&vector[range.clone()]));
            let mut images = vec![0.0; rows.len()];
            block.apply_block_unchecked(&rows, &mut images)?;
            for (product, image) in
                products.chunks_exact_mut(n.max(1)).zip(images.chunks_exact(range.len().max(1)))
            {
                product[range.clone()].copy_from_slice(image);
            }
        }
        Ok(())
    }

    fn name(&self) -> String {
        "block diagonal".to_owned()
    }

    fn parts(&self) -> Vec<&dyn SymmetricOperator> {
        self.blocks.iter().map(|block| block.as_ref() as &dyn SymmetricOperator).collect()
    }
}

#[cfg(test)]
mod tests {
    use nalgebra::{DMatrix, dmatrix};

    use super::*;
    use crate::operator::Dense;

    #[test]
    fn blocks_of_vectors_and_single_ones_agree() {
        let a = Dense::new(DMatrix::from_fn(4, 4, |i, j| (i * j) as f64 + (i + j) as f64)).unwrap();
        let b = Dense::new(dmatrix![3.0]).unwrap();
        let blocks = BlockDiagonal::new(vec![Box::new(a), Box::new(b)]).unwrap();
        let part = PrincipalSubmatrix::new(blocks, vec![4, 1, 3]).unwrap();
        let mut alone = DMatrix::zeros(3, 3);
        for j in 0..3 {
            let unit: Vec<f64> = (0..3).map(|i| f64::from(i == j)).collect();
            part.apply(&unit, alone.column_mut(j).as_mut_slice()).unwrap();
        }
        assert_eq!(Dense::of(&part).unwrap().matrix(), &alone);
        assert_eq!(alone, dmatrix![3.0, 0.0, 0.0; 0.0, 3.0, 7.0; 0.0, 7.0, 15.0]);
    }

    #[test]
    fn indices_that_select_nothing_are_refused() {
        let a = || Dense::new(DMatrix::identity(3, 3)).unwrap();
        for (indices, culprit) in [(vec![0, 3], 3), (vec![1, 1], 1)] {
            let refused = PrincipalSubmatrix::new(a(), indices);
            assert!(matches!(refused, Err(OperatorError::Index { index, dimension: 3 }) if index == culprit));
        }
        assert!(matches!(BlockDiagonal::new(vec![]), Err(OperatorError::Empty)));
    }
}
