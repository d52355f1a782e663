//! Complexities from drawn signs, with confidence limits.

use saddlepoint_rigor::{Down, Interval, Rounding, Up};

use super::{Class, RademacherError};
use crate::quantity::{Complexity, Confidence, QuantityError};

/// The mean of a class's suprema over drawn signs, and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    mean: Interval,
    standard_error: f64,
    draws: u64,
    differences: f64,
    points: usize,
}

impl Estimate {
    /// The mean over the draws, with the rounding of its computation.
    pub fn mean(&self) -> Interval {
        self.mean
    }

    /// The standard error of the mean, from the draws themselves: no bound. 0 for one draw.
    pub fn standard_error(&self) -> f64 {
        self.standard_error
    }

    /// The number of draws.
    pub fn draws(&self) -> u64 {
        self.draws
    }

    /// The number of points that the complexity is one of.
    pub fn points(&self) -> usize {
        self.points
    }

    /// With probability at least `1 − δ` over the draws, an upper bound of the complexity.
    ///
    /// # Formula
    /// `mean + c √(ln(1/δ) / 2N)` with `c² = Σ cᵢ²` and `cᵢ = (2/n) sup_f |f(xᵢ)|`: one of the `N n` signs changes the mean
    /// by at most `cᵢ/N`. For linear classes `c` is at most `2B‖X‖_F/n`, while the range of a supremum, which Hoeffding's
    /// and Bernstein's inequalities ask for, is up to `√n` times as large.
    ///
    /// # Errors
    /// When the bound is not finite.
    ///
    /// # Reference
    /// McDiarmid, On the method of bounded differences, Surveys in Combinatorics, 1989, lemma 1.2.
    pub fn upper(&self, delta: Confidence) -> Result<Complexity, QuantityError> {
        Complexity::new(Up::add(self.mean.high(), self.radius(Up::div(1.0, delta.delta()))))
    }

    /// With probability at least `1 − δ` over the draws, the complexity lies inside: [`upper`](Self::upper) and its mirror
    /// image at `δ/2` each.
    pub fn interval(&self, delta: Confidence) -> Interval {
        let radius = self.radius(Up::div(2.0, delta.delta()));
        Interval::between(Down::sub(self.mean.low(), radius).max(0.0), Up::add(self.mean.high(), radius))
    }

    fn radius(&self, odds: f64) -> f64 {
        if self.differences == 0.0 {
            return 0.0;
        }
        Up::mul(self.differences, Up::sqrt(Up::div(Up::ln(odds), 2.0 * self.draws as f64)))
    }
}

impl Class {
    /// The complexity from `draws` of signs. `words` gives 64 independent fair bits at a time; for each draw, point `i`
    /// takes bit `i mod 64` of word `i / 64`. Both `σ` and `−σ` are counted for each draw.
    ///
    /// # Errors
    /// When `draws` is 0.
    ///
    /// # Example
    /// ```
    /// use saddlepoint_rigor::IntervalMatrix;
    /// use saddlepoint_theory::capacity::rademacher::Class;
    /// use saddlepoint_theory::quantity::Confidence;
    ///
    /// let mut state = 1u64;
    /// let mut words = || {
    ///     state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    ///     let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    ///     let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ///     z ^ (z >> 31)
    /// };
    /// let ones = IntervalMatrix::from_rows(12, 1, vec![1.0; 12])?;
    /// let class = Class::euclidean_ball(&ones, 1.0)?;
    /// let estimate = class.estimate(10_000, &mut words)?;
    /// assert!(estimate.interval(Confidence::new(1e-9)?).contains(0.2255859375));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn estimate(&self, draws: u32, words: &mut dyn FnMut() -> u64) -> Result<Estimate, RademacherError> {
        if draws == 0 {
            return Err(RademacherError::NoDraws);
        }
        let (points, functions) = self.values.shape();
        let each = points.div_ceil(64);
        let tiles = functions.div_ceil(TILE);
        let block = (MOST_SUMS / (TILE * tiles)).max(1);
        let mut sums = Vec::new();
        let (mut low, mut high) = (0.0, 0.0);
        let (mut first, mut shifted, mut squares) = (None, 0.0, 0.0);
        let mut left = draws as usize;
        while left > 0 {
            let now = left.min(block);
            left -= now;
            let signs: Vec<u64> = (0..now * each).map(|_| words()).collect();
            sums.clear();
            sums.resize(now * tiles, [0.0; TILE]);
            signed_sums(self.values.midpoints(), functions, &signs, each, &mut sums);
            for sums in sums.chunks_exact(tiles) {
                let [below, above] = self.supremum.of(&sums.as_flattened()[..functions]);
                (low, high) = (Down::add(low, below), Up::add(high, above));
                let difference = below - *first.get_or_insert(below);
                shifted += difference;
                squares += difference * difference;
            }
        }
        let (count, deviation) = (f64::from(draws), self.deviation(roundings(points)));
        let low = Down::sub(Down::div(low, count), deviation);
        let high = Up::add(Up::div(high, count), deviation);
        let variance = (squares - shifted * shifted / count).max(0.0) / (count - 1.0).max(1.0);
        Ok(Estimate {
            mean: self.complexity(low, high),
            standard_error: self.complexity(0.0, (variance / count).sqrt()).high(),
            draws: draws.into(),
            differences: self.complexity(0.0, self.differences()).high(),
            points,
        })
    }
}

/// So many sums are kept at once: 2 MiB, for the cache.
const MOST_SUMS: usize = 1 << 18;

/// So many functions are summed at once: four registers of four.
const TILE: usize = 16;

/// The sums of all signs of eight points, for a tile of functions.
type Table = [[f64; TILE]; 256];

/// The signed sums of the rows of `values`, for each draw in so many tiles as it takes; the sums are zero before.
///
/// All 2⁸ sums of eight points are tabulated, so that a draw adds one row of the table for eight points.
fn signed_sums(values: &[f64], functions: usize, signs: &[u64], each: usize, sums: &mut [[f64; TILE]]) {
    let tiles = functions.div_ceil(TILE);
    let mut tables = vec![[0.0; TILE]; 8 * 256];
    let (tables, _) = tables.as_chunks_mut::<256>();
    for tile in 0..tiles {
        for (word, rows) in values.chunks(64 * functions).enumerate() {
            let eights = rows.chunks(8 * functions);
            let used = eights.len();
            for (table, rows) in tables.iter_mut().zip(eights) {
                tabulate(table, rows, functions, tile * TILE);
            }
            for (sums, signs) in sums.chunks_exact_mut(tiles).zip(signs.chunks_exact(each)) {
                let mut tile_sums = sums[tile];
                for (table, byte) in tables[..used].iter().zip(signs[word].to_le_bytes()) {
                    for (sum, x) in tile_sums.iter_mut().zip(&table[usize::from(byte)]) {
                        *sum += x;
                    }
                }
                sums[tile] = tile_sums;
            }
        }
    }
}

fn tabulate(table: &mut Table, rows: &[f64], functions: usize, start: usize) {
    let width = TILE.min(functions - start);
    table[0] = [0.0; TILE];
    let count = rows.len() / functions;
    for bit in 0..8 {
        let mut values = [0.0; TILE];
        if bit < count {
            values[..width].copy_from_slice(&rows[bit * functions + start..][..width]);
        }
        let (minus, plus) = table[..2 << bit].split_at_mut(1 << bit);
        for (minus, plus) in minus.iter_mut().zip(plus) {
            for ((minus, plus), x) in minus.iter_mut().zip(plus).zip(&values) {
                (*minus, *plus) = (*minus - x, *minus + x);
            }
        }
    }
}

/// So many roundings a term meets at most in [`signed_sums`]: seven in its table, then one for each eight points.
fn roundings(points: usize) -> usize {
    points.min(7 + points.div_ceil(8))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use saddlepoint_rigor::IntervalMatrix;

    use super::*;

    fn words(seed: u64) -> impl FnMut() -> u64 {
        let mut state = seed;
        move || {
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            z ^ (z >> 31)
        }
    }

    proptest! {
        /// Integers are summed exactly, whatever the shape.
        #[test]
        fn the_sums_are_those_of_the_definition(n in 1usize..150, k in 1usize..40, draws in 1usize..5, seed in any::<u64>()) {
            let mut word = words(seed);
            let values: Vec<f64> = (0..n * k).map(|_| f64::from((word() % 201) as u8) - 100.0).collect();
            let each = n.div_ceil(64);
            let signs: Vec<u64> = (0..draws * each).map(|_| word()).collect();
            let tiles = k.div_ceil(TILE);
            let mut sums = vec![[0.0; TILE]; draws * tiles];
            signed_sums(&values, k, &signs, each, &mut sums);
            for draw in 0..draws {
                for function in 0..k {
                    let term = |i: usize| {
                        let plus = signs[draw * each + i / 64] >> (i % 64) & 1 == 1;
                        if plus { values[i * k + function] } else { -values[i * k + function] }
                    };
                    let found = sums[draw * tiles + function / TILE][function % TILE];
                    prop_assert_eq!(found, (0..n).map(term).sum::<f64>());
                }
            }
        }
    }

    /// More draws than fit into a block give the same as in blocks: nothing depends on how they are divided.
    #[test]
    fn blocks_do_not_show() {
        let (n, k) = (3, 100_000);
        let values: Vec<f64> = (0..n * k).map(|i| ((i * 7919) % 1000) as f64 / 1000.0).collect();
        let class = Class::l1_ball(&IntervalMatrix::from_rows(n, k, values.clone()).unwrap(), 2.0).unwrap();
        let (estimate, mut word) = (class.estimate(5, &mut words(3)).unwrap(), words(3));
        let mut mean = 0.0;
        for _ in 0..5 {
            let signs = word();
            let sum = |j: usize| -> f64 {
                (0..n).map(|i| if signs >> i & 1 == 1 { values[i * k + j] } else { -values[i * k + j] }).sum()
            };
            mean += (0..k).map(|j| sum(j).abs()).fold(0.0, f64::max) / 5.0 * 2.0 / n as f64;
        }
        assert!((estimate.mean().midpoint() - mean).abs() < 1e-14 && estimate.mean().width() < 1e-13);
    }

    #[test]
    fn no_draws_are_refused_and_zero_is_certain() {
        let zero = Class::finite(&IntervalMatrix::from_rows(1, 2, vec![0.0, 0.0]).unwrap());
        assert_eq!(zero.estimate(0, &mut words(1)), Err(RademacherError::NoDraws));
        let estimate = zero.estimate(7, &mut words(1)).unwrap();
        let delta = Confidence::new(0.01).unwrap();
        assert_eq!((estimate.mean().high(), estimate.upper(delta).unwrap().get()), (0.0, 0.0));
        assert_eq!((estimate.interval(delta).low(), estimate.draws()), (0.0, 7));
    }
}
