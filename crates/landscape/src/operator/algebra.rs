//! Sums, multiples and shifts of operators.

use super::{OperatorError, SymmetricOperator, check_input, check_length};

/// The sum of operators of one dimension.
///
/// # Example
/// ```
/// use nalgebra::dmatrix;
/// use saddlepoint_landscape::operator::{Dense, Scaled, Shifted, Sum, SymmetricOperator};
///
/// let a = Dense::new(dmatrix![2.0, 1.0; 1.0, 0.0])?;
/// let difference = Sum::new(vec![Box::new(&a), Box::new(Scaled::new(-1.0, &a)?)])?;
/// let identity = Shifted::new(difference, 1.0)?;
/// let mut product = [0.0; 2];
/// identity.apply(&[3.0, 4.0], &mut product)?;
/// assert_eq!(product, [3.0, 4.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Sum<'a> {
    terms: Vec<Box<dyn SymmetricOperator + 'a>>,
}

impl<'a> Sum<'a> {
    /// The sum of the terms.
    ///
    /// # Errors
    /// When there is no term, or two have different dimensions.
    pub fn new(terms: Vec<Box<dyn SymmetricOperator + 'a>>) -> Result<Self, OperatorError> {
        let dimension = terms.first().ok_or(OperatorError::Empty)?.dimension();
        terms.iter().try_for_each(|term| check_length(dimension, term.dimension()))?;
        Ok(Self { terms })
    }

    fn accumulate(
        &self,
        products: &mut [f64],
        mut apply: impl FnMut(&dyn SymmetricOperator, &mut [f64]) -> Result<(), OperatorError>,
    ) -> Result<(), OperatorError> {
        let mut one = vec![0.0; products.len()];
        products.fill(0.0);
        for term in &self.terms {
            apply(term.as_ref(), &mut one)?;
            products.iter_mut().zip(&one).for_each(|(sum, entry)| *sum += entry);
        }
        Ok(())
    }
}

impl SymmetricOperator for Sum<'_> {
    fn dimension(&self) -> usize {
        self.terms.first().map_or(0, SymmetricOperator::dimension)
    }

    fn apply_unchecked(&self, vector: &[f64], product: &mut [f64]) -> Result<(), OperatorError> {
        self.accumulate(product, |term, one| term.apply_unchecked(vector, one))
    }

    fn apply_block_unchecked(&self, vectors: &[f64], products: &mut [f64]) -> Result<(), OperatorError> {
        self.accumulate(products, |term, one| term.apply_block_unchecked(vectors, one))
    }

    fn name(&self) -> String {
        "sum".to_owned()
    }

    fn parts(&self) -> Vec<&dyn SymmetricOperator> {
        self.terms.iter().map(|term| term.as_ref() as &dyn SymmetricOperator).collect()
    }
}

/// A multiple `c A` of an operator.
#[derive(Debug, Clone)]
pub struct Scaled<A> {
    factor: f64,
    operator: A,
}

impl<A: SymmetricOperator> Scaled<A> {
    /// The multiple of `operator` by `factor`.
    ///
    /// # Errors
    /// When the factor is not finite.
    pub fn new(factor: f64, operator: A) -> Result<Self, OperatorError> {
        check_input(&[factor])?;
        Ok(Self { factor, operator })
    }

    fn scale(&self, products: &mut [f64]) {
        for entry in products {
            *entry *= self.factor;
        }
    }
}

impl<A: SymmetricOperator> SymmetricOperator for Scaled<A> {
    fn dimension(&self) -> usize {
        self.operator.dimension()
    }

    fn apply_unchecked(&self, vector: &[f64], product: &mut [f64]) -> Result<(), OperatorError> {
        self.operator.apply_unchecked(vector, product)?;
        self.scale(product);
        Ok(())
    }

    fn apply_block_unchecked(&self, vectors: &[f64], products: &mut [f64]) -> Result<(), OperatorError> {
        self.operator.apply_block_unchecked(vectors, products)?;
        self.scale(products);
        Ok(())
    }

    fn name(&self) -> String {
        format!("{} times", self.factor)
    }

    fn parts(&self) -> Vec<&dyn SymmetricOperator> {
        vec![&self.operator]
    }
}

/// A shifted operator `A + s I`.
#[derive(Debug, Clone)]
pub struct Shifted<A> {
    operator: A,
    shift: f64,
}

impl<A: SymmetricOperator> Shifted<A> {
    /// `operator` plus `shift` times the identity.
    ///
    /// # Errors
    /// When the shift is not finite.
    pub fn new(operator: A, shift: f64) -> Result<Self, OperatorError> {
        check_input(&[shift])?;
        Ok(Self { operator, shift })
    }

    fn add(&self, vectors: &[f64], products: &mut [f64]) {
        products.iter_mut().zip(vectors).for_each(|(product, entry)| *product += self.shift * entry);
    }
}

impl<A: SymmetricOperator> SymmetricOperator for Shifted<A> {
    fn dimension(&self) -> usize {
        self.operator.dimension()
    }

    fn apply_unchecked(&self, vector: &[f64], product: &mut [f64]) -> Result<(), OperatorError> {
        self.operator.apply_unchecked(vector, product)?;
        self.add(vector, product);
        Ok(())
    }

    fn apply_block_unchecked(&self, vectors: &[f64], products: &mut [f64]) -> Result<(), OperatorError> {
        self.operator.apply_block_unchecked(vectors, products)?;
        self.add(vectors, products);
        Ok(())
    }

    fn name(&self) -> String {
        "shifted".to_owned()
    }

    fn parts(&self) -> Vec<&dyn SymmetricOperator> {
        vec![&self.operator]
    }
}

#[cfg(test)]
mod tests {
    use nalgebra::{DMatrix, dmatrix};

    use super::*;
    use crate::operator::Dense;

    #[test]
    fn the_algebra_is_that_of_matrices() {
        let a = dmatrix![2.0, 1.0, 0.0; 1.0, 0.0, 5.0; 0.0, 5.0, -1.0];
        let b = dmatrix![0.0, 3.0, 1.0; 3.0, 4.0, 0.0; 1.0, 0.0, 2.0];
        let (x, y) = (Dense::new(a.clone()).unwrap(), Dense::new(b.clone()).unwrap());
        let sum = Sum::new(vec![Box::new(Scaled::new(-2.0, x).unwrap()), Box::new(y)]).unwrap();
        let operator = Shifted::new(sum, 3.0).unwrap();
        let expected = a * -2.0 + b + DMatrix::identity(3, 3) * 3.0;
        assert_eq!(Dense::of(&operator).unwrap().matrix(), &expected);
        let mut product = [0.0; 3];
        operator.apply(&[0.0, 1.0, 0.0], &mut product).unwrap();
        assert_eq!(product, expected.column(1).as_slice());
    }

    #[test]
    fn parts_that_do_not_fit_are_refused() {
        let (a, b) = (Dense::new(DMatrix::zeros(2, 2)).unwrap(), Dense::new(DMatrix::zeros(3, 3)).unwrap());
        assert!(matches!(Sum::new(vec![]), Err(OperatorError::Empty)));
        let sum = Sum::new(vec![Box::new(&a), Box::new(&b)]);
        assert!(matches!(sum, Err(OperatorError::WrongDimension { expected: 2, found: 3 })));
        assert!(Scaled::new(f64::NAN, &a).is_err());
        assert!(Shifted::new(&a, f64::INFINITY).is_err());
    }
}
