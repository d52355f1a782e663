//! The three products of a dense layer, over tiles of examples.
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

/// `W̄ += Σ x z̄ᵀ`, `b̄ += Σ z̄`, over all examples.
///
/// Both factors are laid out anew, all tiles of a unit together: read in strides of a whole layer, tiles of 64 units
/// would all compete for the same lines of the cache.
pub(super) fn add_outer<F: Real>(
    layer: Layer,
    x: &[F::Tile],
    z: &[F::Tile],
    scratch: &mut Vec<F::Tile>,
    gradient: &mut [F],
) {
    let Layer { inputs, outputs, offset, bias } = layer;
    let tiles = z.len() / outputs;
    scratch.resize((inputs + outputs) * tiles, F::Tile::default());
    let (by_input, by_output) = scratch.split_at_mut(inputs * tiles);
    for (values, by_unit, units) in [(x, &mut *by_input, inputs), (z, &mut *by_output, outputs)] {
        for (tile, values) in values.chunks_exact(units).enumerate() {
            for unit in 0..units {
                by_unit[unit * tiles + tile] = values[unit];
            }
        }
    }
    let (x, z) = (&*by_input, &*by_output);
    let gradient = &mut gradient[offset..offset + layer.len()];
    let (weights, biases) = gradient.split_at_mut(inputs * outputs);
    for (i, x) in x.chunks(2 * tiles).enumerate() {
        let rows = &mut weights[2 * i * outputs..][..x.len() / tiles * outputs];
        for (o, z) in z.chunks(2 * tiles).enumerate() {
            match (x.len() / tiles, z.len() / tiles) {
                (2, 2) => outer::<F, 2, 2>(tiles, x, z, outputs, 2 * o, rows),
                (2, _) => outer::<F, 2, 1>(tiles, x, z, outputs, 2 * o, rows),
                (_, 2) => outer::<F, 1, 2>(tiles, x, z, outputs, 2 * o, rows),
                _ => outer::<F, 1, 1>(tiles, x, z, outputs, 2 * o, rows),
            }
        }
    }
    if bias {
        for (z, sum) in z.chunks_exact(tiles).zip(biases) {
            let add = |sum: F::Tile, z: &F::Tile| sum.zip(z, |a, b| a + b);
            *sum += z.iter().fold(F::Tile::default(), add).sum();
        }
    }
}

/// A block of `A × B` weights, from column `first` on.
#[inline]
fn outer<F: Real, const A: usize, const B: usize>(
    tiles: usize,
    x: &[F::Tile],
    z: &[F::Tile],
    stride: usize,
    first: usize,
    weights: &mut [F],
) {
    let mut sums = [[F::Tile::default(); B]; A];
    products::<F, A, B>(tiles, x, z, &mut sums);
    for (row, sums) in weights.chunks_exact_mut(stride).zip(sums) {
        for (weight, sum) in row[first..first + B].iter_mut().zip(sums) {
            *weight += sum.sum();
        }
    }
}

/// The products of `A` with `B` units, summed over tiles.
///
/// A function of its own: seen together with the sums over lanes that follow, the compiler lays the lanes out for those,
/// and the many products pay for it (three times the time in f64).
#[inline(never)]
fn products<F: Real, const A: usize, const B: usize>(
    tiles: usize,
    x: &[F::Tile],
    z: &[F::Tile],
    sums: &mut [[F::Tile; B]; A],
) {
    // Slices of one length, so that no index below needs a check.
    let x: [&[F::Tile]; A] = std::array::from_fn(|a| &x[a * tiles..][..tiles]);
    let z: [&[F::Tile]; B] = std::array::from_fn(|b| &z[b * tiles..][..tiles]);
    let mut local = *sums;
    for tile in 0..tiles {
        for a in 0..A {
            for b in 0..B {
                local[a][b].add_product(&x[a][tile], &z[b][tile]);
            }
        }
    }
    *sums = local;
}
