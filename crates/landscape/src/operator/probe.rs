//! Is an operator what it declares: symmetric, deterministic, the same in blocks? Each probe names the part at fault.

use super::{OperatorError, SymmetricOperator};
use crate::spectrum::vectors::{dot, norm};

/// Tests the declared symmetry on random pairs of vectors.
///
/// # Formula
/// For each pair, $|u\cdot Av - v\cdot Au| \le t\,\big(\|u\|\|Av\| + \|v\|\|Au\|\big)$ with
/// $t = 4 n u_\text{op}$. The products are computed with relative error at most
/// $n\,u_\text{op}$ in norm where the operator multiplies $n$ numbers a row in precision $u_\text{op}$, the two inner
/// products are each as exact, and $4$ covers all of them to first order; an asymmetric part
/// $K = (A - A^\top)/2$ shows as $2\,u\cdot Kv$, which is Gaussian in $u$ and so almost surely not zero.
/// Pass `unit_roundoff = f64::EPSILON` for a product computed in f64, `f32::EPSILON` for one computed in f32.
///
/// # Errors
/// [`OperatorError::NotSymmetric`], with the path to the innermost part that shows it; or the operator's own failure.
pub fn symmetry(
    operator: &dyn SymmetricOperator,
    pairs: usize,
    unit_roundoff: f64,
    normal: &mut dyn FnMut() -> f64,
) -> Result<(), OperatorError> {
    innermost(operator, &mut |part, path| {
        let n = part.dimension();
        let tolerance = 4.0 * n as f64 * unit_roundoff;
        for _ in 0..pairs {
            let (u, v) = (draw(n, normal), draw(n, normal));
            let (au, av) = (product(part, &u)?, product(part, &v)?);
            let defect = (dot(&u, &av) - dot(&v, &au)).abs();
            let tolerance = tolerance * (norm(&u) * norm(&av) + norm(&v) * norm(&au));
            if defect > tolerance {
                return Err(OperatorError::NotSymmetric { operator: path.to_owned(), defect, tolerance });
            }
        }
        Ok(())
    })
}

/// Tests that the same vector gives the same product, bit for bit, and a block that of its vectors up to rounding.
///
/// # Formula
/// The block may add in another order: entries may differ by $2 n u_\text{op}\,\|Av\|_\infty\sqrt n$, the
/// first-order bound of two summations of $n$ terms for rows of comparable size. Two products of one vector may not differ at all.
///
/// # Errors
/// [`OperatorError::NotDeterministic`] or [`OperatorError::BlockDisagrees`], with the path to the innermost part that
/// shows it; or the operator's own failure.
pub fn determinism(
    operator: &dyn SymmetricOperator,
    vectors: usize,
    unit_roundoff: f64,
    normal: &mut dyn FnMut() -> f64,
) -> Result<(), OperatorError> {
    innermost(operator, &mut |part, path| {
        let n = part.dimension();
        let block = draw(n * vectors, normal);
        let mut products = vec![0.0; block.len()];
        part.apply_block(&block, &mut products)?;
        for (j, vector) in block.chunks_exact(n.max(1)).enumerate() {
            let (first, second) = (product(part, vector)?, product(part, vector)?);
            if let Some(index) = (0..n).find(|&i| first[i].to_bits() != second[i].to_bits()) {
                return Err(OperatorError::NotDeterministic {
                    operator: path.to_owned(),
                    index,
                    first: first[index],
                    second: second[index],
                });
            }
            let together = &products[j * n..(j + 1) * n];
            let largest = first.iter().fold(0.0, |largest: f64, entry| largest.max(entry.abs()));
            let tolerance = 2.0 * n as f64 * (n as f64).sqrt() * unit_roundoff * largest;
            if let Some(index) = (0..n).find(|&i| (together[i] - first[i]).abs() > tolerance) {
                return Err(OperatorError::BlockDisagrees {
                    operator: path.to_owned(),
                    vector: j,
                    index,
                    block: together[index],
                    alone: first[index],
                });
            }
        }
        Ok(())
    })
}

type Check<'a> = dyn FnMut(&dyn SymmetricOperator, &str) -> Result<(), OperatorError> + 'a;

/// Checks the parts before the whole, so that the error names the smallest operator that shows the fault.
fn innermost(operator: &dyn SymmetricOperator, check: &mut Check<'_>) -> Result<(), OperatorError> {
    fn descend(
        operator: &dyn SymmetricOperator,
        path: &str,
        check: &mut Check<'_>,
    ) -> Result<(), OperatorError> {
        for (i, part) in operator.parts().into_iter().enumerate() {
            descend(part, &format!("{path} / part {i}: {}", part.name()), check)?;
        }
        check(operator, path)
    }
    descend(operator, &operator.name(), check)
}

fn draw(n: usize, normal: &mut dyn FnMut() -> f64) -> Vec<f64> {
    (0..n).map(|_| normal()).collect()
}

fn product(operator: &dyn SymmetricOperator, vector: &[f64]) -> Result<Vec<f64>, OperatorError> {
    let mut product = vec![0.0; vector.len()];
    operator.apply(vector, &mut product)?;
    Ok(product)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use nalgebra::DMatrix;

    use super::*;
    use crate::operator::{Dense, Scaled, Shifted, Sum};
    use crate::spectrum::testing::{Stream, laplacian};

    /// An operator whose fault is chosen: skew part, noise between calls, or a block product of its own.
    #[derive(Default)]
    struct Faulty {
        skew: f64,
        drift: f64,
        block: f64,
        calls: Cell<f64>,
    }

    impl SymmetricOperator for Faulty {
        fn dimension(&self) -> usize {
            4
        }
        fn apply_unchecked(&self, v: &[f64], product: &mut [f64]) -> Result<(), OperatorError> {
            self.calls.set(self.calls.get() + 1.0);
            product.copy_from_slice(v);
            product[0] += self.skew * v[1] + self.drift * self.calls.get();
            Ok(())
        }
        fn apply_block_unchecked(&self, vectors: &[f64], products: &mut [f64]) -> Result<(), OperatorError> {
            products.copy_from_slice(vectors);
            products[5] += self.block;
            Ok(())
        }
        fn name(&self) -> String {
            "faulty".to_owned()
        }
    }

    #[test]
    fn honest_operators_pass_at_every_scale() {
        for exponent in [-12, 0, 12] {
            for n in [1, 7, 40] {
                let mut stream = Stream::new(n as u64);
                let dense = Dense::new(laplacian(n) * 10f64.powi(exponent)).unwrap();
                let operator = Shifted::new(&dense, 0.3).unwrap();
                symmetry(&operator, 20, f64::EPSILON, &mut || stream.normal()).unwrap();
                determinism(&operator, 5, f64::EPSILON, &mut || stream.normal()).unwrap();
            }
        }
    }

    #[test]
    fn the_part_at_fault_is_named() {
        let good = Dense::new(DMatrix::identity(4, 4)).unwrap();
        let probe = |skew, drift, block| {
            let faulty = Faulty { skew, drift, block, ..Faulty::default() };
            let scaled = Scaled::new(3.0, faulty).unwrap();
            let sum = Sum::new(vec![Box::new(&good), Box::new(scaled)]).unwrap();
            let mut stream = Stream::new(5);
            symmetry(&sum, 3, f64::EPSILON, &mut || stream.normal())?;
            determinism(&sum, 3, f64::EPSILON, &mut || stream.normal())
        };
        probe(0.0, 0.0, 0.0).unwrap();
        let path = "sum / part 1: 3 times / part 0: faulty";
        assert!(
            matches!(probe(1e-12, 0.0, 0.0), Err(OperatorError::NotSymmetric { operator, .. }) if operator == path)
        );
        let drifting = Faulty { drift: 1e-15, ..Faulty::default() };
        let mut stream = Stream::new(6);
        let error = determinism(&drifting, 2, f64::EPSILON, &mut || stream.normal()).unwrap_err();
        assert!(matches!(error, OperatorError::NotDeterministic { index: 0, .. }), "{error}");
        let error = probe(0.0, 0.0, 1e-9).unwrap_err();
        assert!(
            matches!(&error, OperatorError::BlockDisagrees { operator, vector: 1, index: 1, .. } if operator == path),
            "{error}"
        );
    }
}
