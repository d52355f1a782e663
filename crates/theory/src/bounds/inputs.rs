//! The inputs of a sample, by the norms that bounds take of them.

use saddlepoint_rigor::{Down, Interval, IntervalMatrix, Rounding, Up, euclidean_norm};

use super::hypothesis::{Violation, require_finite};
use crate::capacity::margins::Margins;
use crate::capacity::norms::frobenius;
use crate::quantity::SampleSize;

/// The inputs of a sample: one row for each example.
///
/// # Example
/// ```
/// use saddlepoint_rigor::IntervalMatrix;
/// use saddlepoint_theory::bounds::inputs::Inputs;
///
/// let inputs = Inputs::new(IntervalMatrix::from_rows(2, 2, vec![3.0, 4.0, 0.0, 2.0])?);
/// assert!(inputs.largest_norm().contains(5.0) && inputs.largest_column_norm().contains(20f64.sqrt()));
/// assert!(inputs.augmented()?.largest_norm().contains(26f64.sqrt()));
/// # Ok::<(), saddlepoint_rigor::MatrixError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Inputs(Held);

#[derive(Debug, Clone, PartialEq)]
enum Held {
    Rows(IntervalMatrix),
    /// What bounds ask of rows that were seen one by one.
    Norms(Norms),
}

#[derive(Debug, Clone, PartialEq)]
struct Norms {
    count: usize,
    dimension: usize,
    /// Of all entries, of the longest row, of the longest column: lower and upper ends of sums of squares.
    squares: [[f64; 2]; 3],
}

/// Inputs that come one by one, of which no more is kept than bounds ask for.
///
/// # Example
/// ```
/// use saddlepoint_theory::bounds::inputs::Gathering;
///
/// let mut inputs = Gathering::new(2);
/// inputs.push(&[3.0, 4.0])?;
/// inputs.push(&[0.0, 2.0])?;
/// let inputs = inputs.finish()?;
/// assert!(inputs.largest_norm().contains(5.0) && inputs.frobenius().contains(29f64.sqrt()));
/// # Ok::<(), saddlepoint_theory::bounds::hypothesis::Violation>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Gathering {
    count: usize,
    all: [f64; 2],
    longest: [f64; 2],
    columns: Vec<[f64; 2]>,
}

impl Gathering {
    /// No inputs yet, of so many coordinates.
    pub fn new(dimension: usize) -> Self {
        Self { count: 0, all: [0.0; 2], longest: [0.0; 2], columns: vec![[0.0; 2]; dimension] }
    }

    /// One more input.
    ///
    /// # Errors
    /// When it has another number of coordinates, or none, or one is not finite.
    pub fn push(&mut self, input: &[f64]) -> Result<(), Violation> {
        require_finite(input, self.columns.len())?;
        let mut row = [0.0; 2];
        for (column, &x) in self.columns.iter_mut().zip(input) {
            let square = [Down::mul(x, x), Up::mul(x, x)];
            *column = added(*column, square);
            row = added(row, square);
        }
        self.all = added(self.all, row);
        self.longest = larger(self.longest, row);
        self.count += 1;
        Ok(())
    }

    /// The inputs.
    ///
    /// # Errors
    /// When there is none.
    pub fn finish(self) -> Result<Inputs, Violation> {
        SampleSize::new(self.count as u64)?;
        let dimension = self.columns.len();
        let column = self.columns.into_iter().fold([0.0; 2], larger);
        let squares = [self.all, self.longest, column];
        Ok(Inputs(Held::Norms(Norms { count: self.count, dimension, squares })))
    }
}

fn added([low, high]: [f64; 2], square: [f64; 2]) -> [f64; 2] {
    [Down::add(low, square[0]), Up::add(high, square[1])]
}

fn larger(a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
    [a[0].max(b[0]), a[1].max(b[1])]
}

/// The root of a sum of squares; where its lower end has overflowed, it is at least the root of the largest number.
fn root([low, high]: [f64; 2]) -> Interval {
    Interval::between(Down::sqrt(low.min(f64::MAX)), Up::sqrt(high))
}

impl Inputs {
    /// The inputs in the rows of a matrix.
    pub fn new(rows: IntervalMatrix) -> Self {
        Self(Held::Rows(rows))
    }

    /// The same with one coordinate more, which is 1: for networks whose biases are folded into their weights.
    ///
    /// # Errors
    /// When the matrix would be too large.
    pub fn augmented(&self) -> Result<Self, saddlepoint_rigor::MatrixError> {
        let rows = match &self.0 {
            Held::Rows(rows) => rows,
            Held::Norms(norms) => {
                let [all, longest, column] = norms.squares;
                let n = norms.count as f64;
                // A column of ones has n for its sum of squares.
                let squares = [added(all, [n; 2]), added(longest, [1.0; 2]), larger(column, [n; 2])];
                return Ok(Self(Held::Norms(Norms {
                    count: norms.count,
                    dimension: norms.dimension + 1,
                    squares,
                })));
            }
        };
        let (n, d) = rows.shape();
        let with = |values: &[f64], last: f64| {
            values.chunks_exact(d).flat_map(|row| row.iter().copied().chain([last])).collect()
        };
        let (midpoints, radii) = (with(rows.midpoints(), 1.0), with(rows.radii(), 0.0));
        Ok(Self::new(IntervalMatrix::with_radii(n, d + 1, midpoints, radii)?))
    }

    /// The number of examples, at least 1.
    pub fn count(&self) -> usize {
        match &self.0 {
            Held::Rows(rows) => rows.shape().0,
            Held::Norms(norms) => norms.count,
        }
    }

    /// The number of coordinates, at least 1.
    pub fn dimension(&self) -> usize {
        match &self.0 {
            Held::Rows(rows) => rows.shape().1,
            Held::Norms(norms) => norms.dimension,
        }
    }

    /// `‖X‖_F = √Σ ‖xᵢ‖²`.
    pub fn frobenius(&self) -> Interval {
        match &self.0 {
            Held::Rows(rows) => frobenius(rows),
            Held::Norms(norms) => root(norms.squares[0]),
        }
    }

    /// `maxᵢ ‖xᵢ‖`.
    pub fn largest_norm(&self) -> Interval {
        match &self.0 {
            Held::Rows(rows) => largest_row_norm(rows),
            Held::Norms(norms) => root(norms.squares[1]),
        }
    }

    /// `max_j √Σᵢ xᵢⱼ²`.
    pub fn largest_column_norm(&self) -> Interval {
        match &self.0 {
            Held::Rows(rows) => largest_row_norm(&rows.transpose()),
            Held::Norms(norms) => root(norms.squares[2]),
        }
    }
}

/// The inputs of a sample, and the margins of one predictor on it.
#[derive(Debug, Clone, Copy)]
pub struct Sample<'a> {
    inputs: &'a Inputs,
    margins: &'a Margins,
    n: SampleSize,
}

impl<'a> Sample<'a> {
    /// The inputs with their margins.
    ///
    /// # Errors
    /// When there is not one margin for each input.
    pub fn new(inputs: &'a Inputs, margins: &'a Margins) -> Result<Self, Violation> {
        if inputs.count() != margins.count() {
            return Err(Violation::Samples { inputs: inputs.count(), margins: margins.count() });
        }
        Ok(Self { inputs, margins, n: SampleSize::new(inputs.count() as u64)? })
    }

    /// The inputs.
    pub fn inputs(&self) -> &'a Inputs {
        self.inputs
    }

    /// The margins.
    pub fn margins(&self) -> &'a Margins {
        self.margins
    }

    /// How many examples there are.
    pub fn size(&self) -> SampleSize {
        self.n
    }
}

fn largest_row_norm(matrix: &IntervalMatrix) -> Interval {
    fn bound<R: Rounding>(matrix: &IntervalMatrix) -> f64 {
        matrix.magnitudes::<R>().map(euclidean_norm::<R>).fold(0.0, f64::max)
    }
    Interval::between(bound::<Down>(matrix), bound::<Up>(matrix))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn rows_that_come_one_by_one_have_the_norms_of_all(rows in prop::collection::vec(prop::array::uniform3(-1e3..1e3f64), 1..20)) {
            let whole = Inputs::new(IntervalMatrix::from_rows(rows.len(), 3, rows.concat()).unwrap());
            let mut gathering = Gathering::new(3);
            for row in &rows {
                gathering.push(row).unwrap();
            }
            let gathered = gathering.finish().unwrap();
            for (a, b) in [(whole.clone(), gathered.clone()), (whole.augmented().unwrap(), gathered.augmented().unwrap())] {
                prop_assert_eq!((a.count(), a.dimension()), (b.count(), b.dimension()));
                for norm in [Inputs::frobenius, Inputs::largest_norm, Inputs::largest_column_norm] {
                    let (a, b) = (norm(&a), norm(&b));
                    prop_assert!(a.intersection(b).is_some(), "{a:?} {b:?}");
                    prop_assert!(b.high() - b.low() <= 1e-12 * b.high());
                }
            }
        }

        #[test]
        fn any_bits_are_gathered_or_refused(bits in prop::array::uniform4(any::<u64>())) {
            let row = bits.map(f64::from_bits);
            let mut gathering = Gathering::new(4);
            prop_assert_eq!(gathering.push(&row).is_ok(), row.iter().all(|x| x.is_finite()));
            if gathering.count > 0 {
                let inputs = gathering.finish().unwrap();
                let norm = inputs.largest_norm();
                prop_assert!(norm.low() <= norm.high() && !norm.low().is_nan());
            }
        }
    }

    #[test]
    fn no_inputs_are_refused() {
        assert!(Gathering::new(2).finish().is_err());
        assert!(Gathering::new(2).push(&[1.0]).is_err());
        assert!(Gathering::new(0).push(&[]).is_err());
    }
}
