//! Two of the three products of a dense layer, over tiles of examples; the third is in [`super::outer`].
//!
//! A layer's input is a slice of tiles: those of all its units for the first examples, then for the next ones. The
//! sums over units or examples are kept in registers, a few units at a time.

#![allow(
    clippy::needless_range_loop,
    reason = "the compiler unrolls counted loops over arrays; adapters of iterators it may leave as calls"
)]

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
    for (i, x) in x.iter().enumerate() {
        let row = &weights[i * stride + first..][..R];
        for r in 0..R {
            local[r].add_scaled(x, row[r]);
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
        for r in 0..R {
            local[r].add_scaled(z, rows[r * outputs + column]);
        }
    }
    *sums = local;
}
