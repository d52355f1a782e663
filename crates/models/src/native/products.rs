//! The three products of a dense layer, over tiles of examples.
//!
//! A layer's input is a slice of tiles: those of all its units for the first examples, then for the next ones. The
//! sums over units or examples are kept in registers, a few units at a time.

use super::real::{Real, Tile};

/// Where a dense layer's parameters lie in the parameter vector: weights `[inputs, outputs]` row by row, then biases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layer {
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    pub(super) offset: usize,
    pub(super) bias: bool,
}

impl Layer {
    /// Number of parameters.
    pub(super) fn len(self) -> usize {
        (self.inputs + usize::from(self.bias)) * self.outputs
    }

    fn of<F>(self, parameters: &[F]) -> (&[F], &[F]) {
        parameters[self.offset..self.offset + self.len()].split_at(self.inputs * self.outputs)
    }
}

/// Units whose sums are kept in registers together.
const UNITS: usize = 4;

/// `z = Wᵀx + b`.
pub(super) fn affine<F: Real>(layer: Layer, parameters: &[F], x: &[F::Tile], z: &mut [F::Tile]) {
    let (_, biases) = layer.of(parameters);
    for z in z.chunks_exact_mut(layer.outputs) {
        if layer.bias {
            z.iter_mut().zip(biases).for_each(|(z, b)| *z = F::Tile::splat(*b));
        } else {
            z.fill(F::Tile::splat(F::default()));
        }
    }
    add_linear(layer, parameters, x, z);
}

/// `z += Wᵀx`.
pub(super) fn add_linear<F: Real>(layer: Layer, parameters: &[F], x: &[F::Tile], z: &mut [F::Tile]) {
    let (weights, _) = layer.of(parameters);
    for (x, z) in x.chunks_exact(layer.inputs).zip(z.chunks_exact_mut(layer.outputs)) {
        let (groups, rest) = z.as_chunks_mut::<UNITS>();
        for (group, sums) in groups.iter_mut().enumerate() {
            columns(x, weights, layer.outputs, group * UNITS, sums);
        }
        let done = layer.outputs - rest.len();
        for (unit, sum) in rest.iter_mut().enumerate() {
            columns(x, weights, layer.outputs, done + unit, std::array::from_mut(sum));
        }
    }
}

/// Adds `x` times neighbouring columns of the weights, from `first` on.
#[inline]
fn columns<F: Real, const R: usize>(
    x: &[F::Tile],
    weights: &[F],
    stride: usize,
    first: usize,
    sums: &mut [F::Tile; R],
) {
    let mut local = *sums;
    for (x, row) in x.iter().zip(weights.chunks_exact(stride)) {
        for (sum, &w) in local.iter_mut().zip(&row[first..first + R]) {
            sum.add_scaled(x, w);
        }
    }
    *sums = local;
}

/// `x̄ += W z̄`: what the layer's input contributes, from what its output does.
pub(super) fn pull_back<F: Real>(layer: Layer, parameters: &[F], z: &[F::Tile], x: &mut [F::Tile]) {
    let (weights, _) = layer.of(parameters);
    for (x, z) in x.chunks_exact_mut(layer.inputs).zip(z.chunks_exact(layer.outputs)) {
        let (groups, rest) = x.as_chunks_mut::<UNITS>();
        for (sums, rows) in groups.iter_mut().zip(weights.chunks_exact(UNITS * layer.outputs)) {
            rows_times(z, rows, sums);
        }
        let done = (layer.inputs - rest.len()) * layer.outputs;
        for (sum, row) in rest.iter_mut().zip(weights[done..].chunks_exact(layer.outputs)) {
            rows_times(z, row, std::array::from_mut(sum));
        }
    }
}

/// Adds `R` rows of the weights times `z`.
#[inline]
fn rows_times<F: Real, const R: usize>(z: &[F::Tile], rows: &[F], sums: &mut [F::Tile; R]) {
    let (mut local, outputs) = (*sums, z.len());
    for (column, z) in z.iter().enumerate() {
        for (r, sum) in local.iter_mut().enumerate() {
            sum.add_scaled(z, rows[r * outputs + column]);
        }
    }
    *sums = local;
}

/// `W̄ += Σ x z̄ᵀ`, `b̄ += Σ z̄`, over all examples.
pub(super) fn add_outer<F: Real>(layer: Layer, x: &[F::Tile], z: &[F::Tile], gradient: &mut [F]) {
    let Layer { inputs, outputs, offset, bias } = layer;
    let gradient = &mut gradient[offset..offset + layer.len()];
    let (weights, biases) = gradient.split_at_mut(inputs * outputs);
    for i in (0..inputs).step_by(2) {
        for o in (0..outputs).step_by(2) {
            let (rows, columns) = ((inputs - i).min(2), (outputs - o).min(2));
            match (rows, columns) {
                (2, 2) => outer::<F, 2, 2>(layer, x, z, i, o, weights),
                (2, _) => outer::<F, 2, 1>(layer, x, z, i, o, weights),
                (_, 2) => outer::<F, 1, 2>(layer, x, z, i, o, weights),
                _ => outer::<F, 1, 1>(layer, x, z, i, o, weights),
            }
        }
    }
    if bias {
        for (o, sum) in biases.iter_mut().enumerate() {
            let mut tile = F::Tile::splat(F::default());
            for z in z.chunks_exact(outputs) {
                tile = tile.zip(&z[o], |a, b| a + b);
            }
            *sum += tile.sum();
        }
    }
}

/// A block of `A × B` weights.
#[inline]
fn outer<F: Real, const A: usize, const B: usize>(
    layer: Layer,
    x: &[F::Tile],
    z: &[F::Tile],
    i: usize,
    o: usize,
    weights: &mut [F],
) {
    let mut sums = [[F::Tile::splat(F::default()); B]; A];
    for (x, z) in x.chunks_exact(layer.inputs).zip(z.chunks_exact(layer.outputs)) {
        let (x, z) = (&x[i..i + A], &z[o..o + B]);
        for (sums, x) in sums.iter_mut().zip(x) {
            for (sum, z) in sums.iter_mut().zip(z) {
                sum.add_product(x, z);
            }
        }
    }
    for (row, sums) in sums.into_iter().enumerate() {
        let start = (i + row) * layer.outputs + o;
        for (weight, sum) in weights[start..start + B].iter_mut().zip(sums) {
            *weight += sum.sum();
        }
    }
}
