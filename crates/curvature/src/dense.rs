//! The whole Hessian of a small network.

use std::sync::Arc;

use crate::differentiate::Derivative;
use crate::linearize::finite;
use crate::program::ProgramError;
use crate::trace::Traced;

/// Columns that are computed at once.
const BLOCK: usize = 256;

impl Traced {
    /// The dense Hessian at a point, row by row: $n^2$ numbers for $n$ parameters.
    ///
    /// Columns come from products with unit vectors, parameter by parameter from the smallest on: a parameter's columns
    /// need only the rows of those that are not yet done, the others follow by symmetry. Within one parameter's block,
    /// both triangles are computed.
    ///
    /// # Errors
    /// As for [`value`](Traced::value).
    pub fn hessian(&self, point: &[f64]) -> Result<Vec<f64>, ProgramError> {
        let (program, n) = (self.program(), self.dimension());
        let size = |position: usize| program.graph.size(program.parameters[position]);
        let offset = |position: usize| self.parameters()[position].offset;
        let mut order: Vec<usize> = (0..program.parameters.len()).collect();
        order.sort_by_key(|&position| size(position));
        let mut hessian = vec![0.0; n * n];
        for (done, &column) in order.iter().enumerate() {
            let rows = &order[done..];
            let ids: Vec<_> = rows.iter().map(|&row| program.parameters[row]).collect();
            let outputs: Vec<_> = rows.iter().map(|&row| program.gradient[row]).collect();
            let derivative = Arc::new(Derivative::new(&program.graph, &ids[..1], &outputs, &ids));
            let (_, products) = self.machine().linearize(&[derivative], point, &[])?;
            let height: usize = rows.iter().map(|&row| size(row)).sum();
            for (products, start) in
                products.iter().flat_map(|p| (0..size(column)).step_by(BLOCK).map(move |s| (p, s)))
            {
                let count = BLOCK.min(size(column) - start);
                let mut units = vec![0.0; count * size(column)];
                for (index, unit) in units.chunks_exact_mut(size(column)).enumerate() {
                    unit[start + index] = 1.0;
                }
                let block = products.products(&units, count)?;
                for (index, product) in block.chunks_exact(height).enumerate() {
                    let j = offset(column) + start + index;
                    let mut rest = product;
                    for &row in rows {
                        let (mine, others) = rest.split_at(size(row));
                        hessian[j * n + offset(row)..][..mine.len()].copy_from_slice(mine);
                        if row != column {
                            mine.iter().enumerate().for_each(|(i, x)| hessian[(offset(row) + i) * n + j] = *x);
                        }
                        rest = others;
                    }
                }
            }
        }
        finite(&hessian, "Hessian")?;
        Ok(hessian)
    }
}
