//! The third product of a dense layer: what its weights contribute, `W̄ += Σ x z̄ᵀ` over all examples.
//!
//! A sum over examples runs along the lanes of tiles. In a layer that is wide on both sides one side is laid out anew, so that
//! a lane is a unit and each example adds its outer product to sums in registers. In a narrow layer that costs more than it
//! saves: there lanes stay examples, and are added up at the end of each weight's sum.

#![allow(
    clippy::needless_range_loop,
    reason = "the compiler unrolls counted loops over arrays; adapters of iterators it may leave as calls"
)]

use super::products::Layer;
use super::real::{Real, Tile};

/// Fewer units on either side make a layer narrow: at 4 units the sums along lanes are faster, at 10 neither is, at 64 the
/// other way takes half the time or, with few examples, a tenth.
const NARROW: usize = 12;

/// `W̄ += Σ x z̄ᵀ`, `b̄ += Σ z̄`, over the first so many examples; the lanes behind them in `z` are 0.
pub(super) fn add_outer<F: Real>(
    layer: Layer,
    x: &[F::Tile],
    z: &[F::Tile],
    examples: usize,
    scratch: &mut Vec<F::Tile>,
    gradient: &mut [F],
) {
    let Layer { inputs, outputs, offset, bias } = layer;
    let gradient = &mut gradient[offset..offset + layer.len()];
    let (weights, biases) = gradient.split_at_mut(inputs * outputs);
    let lanes = F::Tile::LANES;
    if inputs.min(outputs) < NARROW {
        narrow(layer, x, z, scratch, weights);
    } else if inputs * outputs.div_ceil(lanes) <= outputs * inputs.div_ceil(lanes) {
        wide::<F>([x, z], [inputs, outputs], examples, scratch, |first, column, sums| {
            for (row, sum) in weights[first * outputs..].chunks_exact_mut(outputs).zip(sums) {
                row[column..].iter_mut().zip(sum.as_ref()).for_each(|(weight, sum)| *weight += *sum);
            }
        });
    } else {
        wide::<F>([z, x], [outputs, inputs], examples, scratch, |first, row, sums| {
            let rows = weights[row * outputs..].chunks_exact_mut(outputs).take(lanes);
            for (lane, row) in rows.enumerate() {
                row[first..].iter_mut().zip(sums).for_each(|(weight, sum)| *weight += sum.as_ref()[lane]);
            }
        });
    }
    if bias {
        let zero = F::Tile::splat(F::default());
        for (unit, bias) in biases.iter_mut().enumerate() {
            let add = |sum: F::Tile, z: &[F::Tile]| sum.zip(&z[unit], |a, b| a + b);
            *bias += z.chunks_exact(outputs).fold(zero, add).sum();
        }
    }
}

/// Units whose sums are kept in registers together.
const UNITS: usize = 6;

/// The sums of outer products of two sides with so many units each: `add` is given the first unit of the first side, the
/// first of the second, and for each of a few units of the first a tile of sums with those of the second.
#[inline]
fn wide<F: Real>(
    [a, b]: [&[F::Tile]; 2],
    [m, n]: [usize; 2],
    examples: usize,
    scratch: &mut Vec<F::Tile>,
    mut add: impl FnMut(usize, usize, &[F::Tile]),
) {
    let (zero, lanes) = (F::Tile::splat(F::default()), F::Tile::LANES);
    for column in (0..n).step_by(lanes) {
        let units = lanes.min(n - column);
        scratch.clear();
        scratch.resize(examples, zero);
        for (rows, values) in scratch.chunks_mut(lanes).zip(b.chunks_exact(n)) {
            for (lane, unit) in values[column..column + units].iter().enumerate() {
                rows.iter_mut().zip(unit.as_ref()).for_each(|(row, value)| row.as_mut()[lane] = *value);
            }
        }
        let mut first = 0;
        while first < m {
            let mut sums = [zero; UNITS];
            let count = match m - first {
                UNITS.. => outer::<F, UNITS>(a, m, first, scratch, &mut sums),
                4.. => outer::<F, 4>(a, m, first, scratch, &mut sums),
                2.. => outer::<F, 2>(a, m, first, scratch, &mut sums),
                _ => outer::<F, 1>(a, m, first, scratch, &mut sums),
            };
            add(first, column, &sums[..count]);
            first += count;
        }
    }
}

/// The sums of rows, one an example, times `R` neighbouring units of the other side from `first` on; returns `R`.
#[inline]
fn outer<F: Real, const R: usize>(
    a: &[F::Tile],
    m: usize,
    first: usize,
    rows: &[F::Tile],
    sums: &mut [F::Tile; UNITS],
) -> usize {
    let mut local = [F::Tile::splat(F::default()); R];
    for (rows, a) in rows.chunks(F::Tile::LANES).zip(a.chunks_exact(m)) {
        add_rows(rows, &a[first..][..R], &mut local);
    }
    sums[..R].copy_from_slice(&local);
    R
}

/// Adds rows, one an example, times the numbers that `R` units have there.
///
/// A function of its own: with the loop over tiles around it the compiler writes each sum to memory after each product.
#[inline(never)]
fn add_rows<F: Real<Tile = T>, T: Tile<F>, const R: usize>(rows: &[T], units: &[T], sums: &mut [T; R]) {
    let mut local = *sums;
    for (lane, row) in rows.iter().enumerate() {
        for r in 0..R {
            local[r].add_scaled(row, units[r].as_ref()[lane]);
        }
    }
    *sums = local;
}

/// Both factors are laid out anew, all tiles of a unit together: read in strides of a whole layer, tiles of 64 units
/// would all compete for the same lines of the cache.
fn narrow<F: Real>(
    Layer { inputs, outputs, .. }: Layer,
    x: &[F::Tile],
    z: &[F::Tile],
    scratch: &mut Vec<F::Tile>,
    weights: &mut [F],
) {
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
    for (i, x) in x.chunks(2 * tiles).enumerate() {
        let rows = &mut weights[2 * i * outputs..][..x.len() / tiles * outputs];
        for (o, z) in z.chunks(2 * tiles).enumerate() {
            match (x.len() / tiles, z.len() / tiles) {
                (2, 2) => block::<F, 2, 2>(tiles, x, z, outputs, 2 * o, rows),
                (2, _) => block::<F, 2, 1>(tiles, x, z, outputs, 2 * o, rows),
                (_, 2) => block::<F, 1, 2>(tiles, x, z, outputs, 2 * o, rows),
                _ => block::<F, 1, 1>(tiles, x, z, outputs, 2 * o, rows),
            }
        }
    }
}

/// A block of `A × B` weights, from column `first` on.
#[inline]
fn block<F: Real, const A: usize, const B: usize>(
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Whole numbers, so that every order of summation gives the same sums.
    fn tiles<F: Real>(units: usize, examples: usize, number: impl Fn(usize, usize) -> i32) -> Vec<F::Tile> {
        let lanes = F::Tile::LANES;
        let mut tiles = vec![F::Tile::default(); examples.div_ceil(lanes) * units];
        for example in 0..examples {
            for unit in 0..units {
                let tile = &mut tiles[example / lanes * units + unit];
                tile.as_mut()[example % lanes] = F::from_f64(f64::from(number(example, unit)));
            }
        }
        tiles
    }

    fn check<F: Real>(inputs: usize, outputs: usize, examples: usize) {
        let (x, z) = (
            |e: usize, i: usize| (e * 7 + i * 3) as i32 % 11 - 5,
            |e: usize, o: usize| (e + o * 5) as i32 % 7 - 3,
        );
        let layer = Layer { inputs, outputs, offset: 2, bias: true };
        // What stands in the gradient is added to, what is not the layer's is left alone.
        let mut gradient = vec![F::from_f64(1.0); layer.len() + 3];
        let [a, b] = [tiles::<F>(inputs, examples, x), tiles::<F>(outputs, examples, z)];
        add_outer(layer, &a, &b, examples, &mut Vec::new(), &mut gradient);
        let sum = |term: &dyn Fn(usize) -> i32| 1.0 + f64::from((0..examples).map(term).sum::<i32>());
        let weights = (0..inputs * outputs).map(|k| sum(&|e| x(e, k / outputs) * z(e, k % outputs)));
        let biases = (0..outputs).map(|o| sum(&|e| z(e, o)));
        let expected: Vec<f64> = [1.0; 2].into_iter().chain(weights).chain(biases).chain([1.0]).collect();
        assert_eq!(gradient.iter().map(|g| g.to_f64()).collect::<Vec<_>>(), expected);
    }

    proptest! {
        #[test]
        fn it_is_the_sum_of_outer_products(inputs in 1..45usize, outputs in 1..45usize, examples in 1..70usize) {
            check::<f32>(inputs, outputs, examples);
            check::<f64>(inputs, outputs, examples);
        }
    }

    #[test]
    fn layers_at_the_edge_of_wide_are_summed_alike() {
        for widths in [[NARROW - 1, NARROW], [NARROW, NARROW], [NARROW, 3 * NARROW], [33, NARROW], [16, 32]] {
            check::<f32>(widths[0], widths[1], 256);
            check::<f64>(widths[0], widths[1], 128);
        }
    }
}
