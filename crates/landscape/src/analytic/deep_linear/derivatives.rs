//! The loss and its derivatives, over any scalar.

use nalgebra::DMatrix;

use super::DeepLinear;
use crate::analytic::small_product::{View, add_product};
use crate::formula::Formula;
use crate::scalar::Scalar;

impl Formula for DeepLinear {
    fn variables(&self) -> usize {
        self.factors.iter().map(|factor| factor.rows * factor.columns).sum()
    }

    fn value_over<S: Scalar>(&self, point: &[S]) -> S {
        let constants =
            |matrix: &DMatrix<f64>| -> Vec<S> { matrix.iter().map(|&entry| S::constant(entry)).collect() };
        let mut prefixes = self.workspace();
        self.forward(point, &mut prefixes);
        let inputs = constants(&self.inputs);
        let mut residual = constants(&self.targets);
        let inputs = View::new(&inputs, self.inputs.nrows(), self.inputs.ncols());
        add_product(&mut residual, -1.0, self.product(&prefixes), inputs);
        residual.iter().fold(S::constant(0.0), |sum, entry| sum + entry.square())
    }

    fn gradient_over<S: Scalar>(&self, point: &[S], gradient: &mut [S]) {
        let (m, zero) = (self.inputs.nrows(), S::constant(0.0));
        let (mut prefixes, gram) = (self.workspace(), self.gram_over());
        self.forward(point, &mut prefixes);
        let mut error = self.product_gradient(self.product(&prefixes), View::new(&gram, m, m));
        gradient.fill(zero);
        for pair in self.factors.windows(2).rev() {
            let (before, factor) = (&pair[0], &pair[1]);
            let at = View::new(&error, factor.rows, m);
            let prefix = View::new(&prefixes[before.prefix..factor.prefix], before.rows, m);
            add_product(&mut gradient[factor.entries()], 1.0, at, prefix.transposed());
            let mut next = vec![zero; before.rows * m];
            add_product(&mut next, 1.0, factor.view(point).transposed(), at);
            error = next;
        }
        gradient[self.factors[0].entries()].copy_from_slice(&error);
    }

    fn hessian_over<S: Scalar>(&self, point: &[S], hessian: &mut [S]) {
        let n = self.variables();
        let mut unit = vec![S::constant(0.0); n];
        for (j, row) in hessian.chunks_exact_mut(n).enumerate() {
            unit[j] = S::constant(1.0);
            self.hessian_vector_over(point, &unit, row);
            unit[j] = S::constant(0.0);
        }
    }

    fn hessian_vector_over<S: Scalar>(&self, point: &[S], vector: &[S], product: &mut [S]) {
        let (m, zero) = (self.inputs.nrows(), S::constant(0.0));
        let (mut prefixes, mut tangents) = (self.workspace(), self.workspace());
        self.forward(point, &mut prefixes);
        tangents[..self.factors[0].rows * m].copy_from_slice(&vector[self.factors[0].entries()]);
        for pair in self.factors.windows(2) {
            let (before, factor) = (&pair[0], &pair[1]);
            let (known, unknown) = tangents.split_at_mut(factor.prefix);
            let sum = &mut unknown[..factor.rows * m];
            let value = View::new(&prefixes[before.prefix..factor.prefix], before.rows, m);
            add_product(sum, 1.0, factor.view(vector), value);
            add_product(sum, 1.0, factor.view(point), View::new(&known[before.prefix..], before.rows, m));
        }
        let gram = self.gram_over();
        let gram = View::new(&gram, m, m);
        let mut error = self.product_gradient(self.product(&prefixes), gram);
        let mut turned = vec![zero; error.len()];
        add_product(&mut turned, 2.0, self.product(&tangents), gram);
        product.fill(zero);
        for pair in self.factors.windows(2).rev() {
            let (before, factor) = (&pair[0], &pair[1]);
            let span = before.prefix..factor.prefix;
            let value = View::new(&prefixes[span.clone()], before.rows, m).transposed();
            let tangent = View::new(&tangents[span], before.rows, m).transposed();
            let (e, de) = (View::new(&error, factor.rows, m), View::new(&turned, factor.rows, m));
            let sum = &mut product[factor.entries()];
            add_product(sum, 1.0, de, value);
            add_product(sum, 1.0, e, tangent);
            let (mut next, mut next_turned) = (vec![zero; before.rows * m], vec![zero; before.rows * m]);
            add_product(&mut next_turned, 1.0, factor.view(vector).transposed(), e);
            add_product(&mut next_turned, 1.0, factor.view(point).transposed(), de);
            add_product(&mut next, 1.0, factor.view(point).transposed(), e);
            (error, turned) = (next, next_turned);
        }
        product[self.factors[0].entries()].copy_from_slice(&turned);
    }
}
