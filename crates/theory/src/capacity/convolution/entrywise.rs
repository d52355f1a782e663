//! Norms of a convolution that the entries of its matrix give alone, without writing the matrix down.

use std::collections::BTreeMap;

use saddlepoint_rigor::{Down, Interval, Rounding, Up, euclidean_norm};

use super::{Axis, Convolution};

/// Which taps of an axis stand in one row (or column) of its matrix, and how many rows have just these.
type Patterns = BTreeMap<Vec<usize>, usize>;

impl Convolution {
    /// The Frobenius norm of the operator's matrix: each tap counts as often as it meets an input.
    ///
    /// # Formula
    /// `√Σ K²_{o,c,k} nₖ`, with `nₖ` the number of windows whose tap `k` lies in the input
    ///
    /// # Example
    /// ```
    /// use saddlepoint_theory::capacity::convolution::{Axis, Channels, Convolution};
    ///
    /// // The middle tap meets both inputs, the others one each.
    /// let axis = Axis::new(2, 3).with_padding(1, 1);
    /// let line = Convolution::line(Channels::dense(1, 1), axis, vec![1.0, 2.0, 4.0])?;
    /// assert!(line.frobenius().contains(5.0));
    /// # Ok::<(), saddlepoint_theory::capacity::convolution::ConvolutionError>(())
    /// ```
    pub fn frobenius(&self) -> Interval {
        fn bound<R: Rounding>(a: &Convolution) -> f64 {
            let root = |count: usize| R::sqrt(count as f64);
            euclidean_norm::<R>(a.rows::<R>().into_iter().map(|row| R::mul(row.euclidean, root(row.count))))
        }
        Interval::between(bound::<Down>(self), bound::<Up>(self))
    }

    /// The sum of the Euclidean norms of the rows of the operator's matrix.
    ///
    /// # Reference
    /// As [`two_one_over_rows`](crate::capacity::norms::two_one_over_rows).
    pub fn two_one_over_rows(&self) -> Interval {
        fn bound<R: Rounding>(a: &Convolution) -> f64 {
            let rows = a.rows::<R>().into_iter().map(|row| R::mul(row.euclidean, row.count as f64));
            rows.fold(0.0, R::add)
        }
        Interval::between(bound::<Down>(self), bound::<Up>(self))
    }

    /// The largest sum of the absolute values of a row: the norm from `ℓ∞` to `ℓ∞`.
    ///
    /// # Reference
    /// Horn and Johnson, *Matrix Analysis*, 2nd edition 2013, example 5.6.5.
    pub fn largest_row_sum(&self) -> Interval {
        fn bound<R: Rounding>(a: &Convolution) -> f64 {
            a.rows::<R>().into_iter().fold(0.0, |largest: f64, row| largest.max(row.sum))
        }
        Interval::between(bound::<Down>(self), bound::<Up>(self))
    }

    /// The largest sum of the absolute values of a column: the norm from `ℓ₁` to `ℓ₁`.
    ///
    /// # Reference
    /// Horn and Johnson, *Matrix Analysis*, 2nd edition 2013, example 5.6.4.
    pub fn largest_column_sum(&self) -> Interval {
        fn bound<R: Rounding>(a: &Convolution) -> f64 {
            let (inputs, outputs) = a.of_group();
            let [vertical, horizontal] = a.axes().map(|axis| by_input(&axis));
            let mut largest: f64 = 0.0;
            for group in 0..a.channels().groups {
                for (rows, columns) in pairs(&vertical, &horizontal) {
                    for c in 0..inputs {
                        let entries =
                            (0..outputs).flat_map(|o| a.entries(group * outputs + o, c, rows, columns));
                        largest = largest.max(entries.map(|at| a.magnitude::<R>(at)).fold(0.0, R::add));
                    }
                }
            }
            largest
        }
        Interval::between(bound::<Down>(self), bound::<Up>(self))
    }

    /// The different rows of the matrix.
    fn rows<R: Rounding>(&self) -> Vec<Row> {
        let inputs = self.of_group().0;
        let [vertical, horizontal] = self.axes().map(|axis| by_output(&axis));
        let mut found = vec![];
        for o in 0..self.channels().outputs {
            for (rows, columns) in pairs(&vertical, &horizontal) {
                let entries: Vec<f64> = (0..inputs)
                    .flat_map(|c| self.entries(o, c, rows, columns))
                    .map(|at| self.magnitude::<R>(at))
                    .collect();
                found.push(Row {
                    euclidean: euclidean_norm::<R>(entries.iter().copied()),
                    sum: entries.into_iter().fold(0.0, R::add),
                    count: vertical[rows] * horizontal[columns],
                });
            }
        }
        found
    }

    /// Where the kernel holds what an output channel takes of an input channel, at some taps.
    fn entries<'a>(
        &'a self,
        o: usize,
        c: usize,
        rows: &'a [usize],
        columns: &'a [usize],
    ) -> impl Iterator<Item = usize> + 'a {
        let [vertical, horizontal] = self.axes();
        let start = (o * self.of_group().0 + c) * vertical.kernel * horizontal.kernel;
        rows.iter()
            .flat_map(move |row| columns.iter().map(move |column| start + row * horizontal.kernel + column))
    }

    /// A bound of the absolute value of an entry of the kernel.
    fn magnitude<R: Rounding>(&self, at: usize) -> f64 {
        let (middle, radius) = (self.kernel()[at].abs(), self.radii().map_or(0.0, |radii| radii[at]));
        match R::TOWARDS {
            std::cmp::Ordering::Greater => R::add(middle, radius),
            std::cmp::Ordering::Equal => middle,
            std::cmp::Ordering::Less => R::sub(middle, radius).max(0.0),
        }
    }
}

#[derive(Clone, Copy)]
struct Row {
    euclidean: f64,
    sum: f64,
    count: usize,
}

fn pairs<'a>(
    rows: &'a Patterns,
    columns: &'a Patterns,
) -> impl Iterator<Item = (&'a Vec<usize>, &'a Vec<usize>)> {
    rows.keys().flat_map(|row| columns.keys().map(move |column| (row, column)))
}

/// The taps that meet an input, for each window.
fn by_output(axis: &Axis) -> Patterns {
    let inside = |window: usize, tap: usize| {
        let at = window * axis.stride + tap * axis.dilation;
        at >= axis.padding.0 && at < axis.padding.0 + axis.input
    };
    let taps = |window| (0..axis.kernel).filter(|&tap| inside(window, tap)).collect();
    count((0..axis.output().unwrap_or(0)).map(taps))
}

/// The taps at which a window meets it, for each input.
fn by_input(axis: &Axis) -> Patterns {
    let output = axis.output().unwrap_or(0);
    let meets = |input: usize, tap: usize| {
        let at = (input + axis.padding.0).checked_sub(tap * axis.dilation);
        at.is_some_and(|at| at.is_multiple_of(axis.stride) && at / axis.stride < output)
    };
    count((0..axis.input).map(|input| (0..axis.kernel).filter(|&tap| meets(input, tap)).collect()))
}

fn count(patterns: impl Iterator<Item = Vec<usize>>) -> Patterns {
    let mut found = Patterns::new();
    patterns.for_each(|pattern| *found.entry(pattern).or_default() += 1);
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::operator::tests::any_convolution;
    use crate::capacity::norms::{frobenius, two_one_over_rows};
    use crate::capacity::spectrum::exact;

    proptest! {
        /// Against the matrix, written down.
        #[test]
        fn norms_are_those_of_the_matrix(a in any_convolution(5)) {
            let matrix = a.matrix().unwrap();
            let of_matrix = exact(&matrix).unwrap();
            let rows = matrix.row_iter().map(|row| row.iter().map(|x| x.abs()).sum::<f64>()).fold(0.0, f64::max);
            let columns = matrix.column_iter().map(|c| c.iter().map(|x| x.abs()).sum::<f64>()).fold(0.0, f64::max);
            for (found, expected) in [
                (a.frobenius(), frobenius(&of_matrix).midpoint()),
                (a.two_one_over_rows(), two_one_over_rows(&of_matrix).midpoint()),
                (a.largest_row_sum(), rows),
                (a.largest_column_sum(), columns),
            ] {
                prop_assert!((found.midpoint() - expected).abs() <= 1e-13 * (1.0 + expected), "{found} {expected}");
                prop_assert!(found.low() <= found.high() && found.width() <= 1e-13 * (1.0 + expected));
            }
        }
    }
}
