//! Functions composed as a binary tree, approximated on grids: node by node, and as a whole.

/// Why there is no approximation.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum CompositionError {
    /// Inputs that are not the leaves of a balanced tree.
    #[error("{0} inputs are no leaves of a balanced binary tree: a power of 2, at least 2, is needed")]
    Leaves(usize),
    /// A grid without cells.
    #[error("a grid needs at least one cell a side")]
    NoCells,
    /// A grid of more points than are kept.
    #[error("{0} cells a side: of a grid that is kept, there are at most {MOST_CELLS}")]
    Cells(usize),
    /// More inputs than corners of a cell can be visited for.
    #[error("{0} inputs: a cell of a grid has 2^d corners, and up to {MOST_INPUTS} inputs are represented")]
    Inputs(usize),
    /// An input outside of the cube.
    #[error("an input of {0}: all must lie in [−1, 1]")]
    Input(f64),
    /// A node that is no number on the square.
    #[error("a constituent is {0} on the square: it must be finite")]
    Constituent(f64),
}

/// The most inputs of a function that is approximated on a grid as a whole.
pub const MOST_INPUTS: usize = 16;

/// The most cells a side of a grid that is kept: its values fill 128 MiB.
pub const MOST_CELLS: usize = (1 << 12) - 1;

/// The value of a balanced binary tree whose nodes all compute `h`: neighbours are paired until one number is left.
///
/// # Errors
/// When the number of inputs is no power of 2 or is 1.
///
/// # Example
/// ```
/// use saddlepoint_theory::expressivity::compositional::tree;
///
/// assert_eq!(tree(&[8.0, 4.0, 2.0, 1.0], |a, b| a - b)?, 3.0);
/// # Ok::<(), saddlepoint_theory::expressivity::compositional::CompositionError>(())
/// ```
pub fn tree(inputs: &[f64], h: impl Fn(f64, f64) -> f64) -> Result<f64, CompositionError> {
    if inputs.len() < 2 || !inputs.len().is_power_of_two() {
        return Err(CompositionError::Leaves(inputs.len()));
    }
    let mut level = inputs.to_vec();
    while level.len() > 1 {
        level = level.chunks_exact(2).map(|pair| h(pair[0], pair[1])).collect();
    }
    Ok(level[0])
}

/// The numbers that a tree of interpolated nodes keeps: one for each grid point of each of its `d − 1` nodes.
pub fn tree_parameters(inputs: usize, cells: usize) -> f64 {
    (inputs as f64 - 1.0) * ((cells + 1) as f64).powi(2)
}

/// The numbers that a grid over the whole cube keeps: `(N + 1)^d`.
pub fn grid_parameters(inputs: usize, cells: usize) -> f64 {
    ((cells + 1) as f64).powi(inputs as i32)
}

/// A function on `[−1, 1]²` interpolated bilinearly on a grid of `N × N` cells; arguments beyond the square are moved to its edge.
///
/// Where each node of a tree is `L`-Lipschitz in the maximum norm and interpolated to within `δ`, a tree of depth `D` is off by at most
/// `δ (1 + L + … + L^(D−1))`.
///
/// # Reference
/// Mhaskar, Poggio, Liao, Learning functions: when is deep better than shallow, 2016, theorem 2; Poggio, Mhaskar, Rosasco, Miranda,
/// Liao, Why and when can deep — but not shallow — networks avoid the curse of dimensionality, 2017, theorem 2.
#[derive(Debug, Clone, PartialEq)]
pub struct Bilinear {
    cells: usize,
    values: Vec<f64>,
}

impl Bilinear {
    /// The interpolant of a function.
    ///
    /// # Errors
    /// When there are no cells or more than [`MOST_CELLS`], or the function is not finite at a grid point.
    pub fn of(cells: usize, h: impl Fn(f64, f64) -> f64) -> Result<Self, CompositionError> {
        if cells == 0 {
            return Err(CompositionError::NoCells);
        }
        if cells > MOST_CELLS {
            return Err(CompositionError::Cells(cells));
        }
        let at = |i: usize| grid_point(i, cells);
        let values: Vec<f64> =
            (0..=cells).flat_map(|i| (0..=cells).map(move |j| (i, j))).map(|(i, j)| h(at(i), at(j))).collect();
        match values.iter().find(|value| !value.is_finite()) {
            Some(&value) => Err(CompositionError::Constituent(value)),
            None => Ok(Self { cells, values }),
        }
    }

    /// The value at a point; NaN for NaN.
    pub fn at(&self, a: f64, b: f64) -> f64 {
        let ((i, u), (j, v)) = (cell(a.clamp(-1.0, 1.0), self.cells), cell(b.clamp(-1.0, 1.0), self.cells));
        let value = |i: usize, j: usize| self.values[i * (self.cells + 1) + j];
        (1.0 - u) * (1.0 - v) * value(i, j)
            + u * (1.0 - v) * value(i + 1, j)
            + (1.0 - u) * v * value(i, j + 1)
            + u * v * value(i + 1, j + 1)
    }
}

/// The multilinear interpolant, on a grid of `N` cells a side over `[−1, 1]^d`, of a function, at one point. Only the `2^d` corners of the
/// point's cell are visited, so that a grid of millions of points need not be kept.
///
/// # Errors
/// When there are no cells, no inputs or too many, or an input lies outside of the cube.
pub fn multilinear(x: &[f64], cells: usize, f: impl Fn(&[f64]) -> f64) -> Result<f64, CompositionError> {
    check(x, cells)?;
    let place: Vec<(usize, f64)> = x.iter().map(|&x| cell(x, cells)).collect();
    let mut corner = vec![0.0; x.len()];
    let sum = (0..1usize << x.len()).fold(0.0, |sum, bits| {
        let mut weight = 1.0;
        for (k, &(i, u)) in place.iter().enumerate() {
            let upper = bits >> k & 1;
            weight *= if upper == 1 { u } else { 1.0 - u };
            corner[k] = grid_point(i + upper, cells);
        }
        // A corner without weight may be where f is no number.
        if weight == 0.0 { sum } else { sum + weight * f(&corner) }
    });
    Ok(sum)
}

/// What [`multilinear`] gives for a [`tree`]: its value at a corner of the cell depends, node by node, on corners of fewer
/// variables, so that a node is evaluated once for each of these.
///
/// # Errors
/// As [`multilinear`] and [`tree`].
pub fn multilinear_tree(x: &[f64], cells: usize, h: impl Fn(f64, f64) -> f64) -> Result<f64, CompositionError> {
    if x.len() < 2 || !x.len().is_power_of_two() {
        return Err(CompositionError::Leaves(x.len()));
    }
    check(x, cells)?;
    let ends = |&x: &f64| {
        let (i, u) = cell(x, cells);
        vec![(1.0 - u, grid_point(i, cells)), (u, grid_point(i + 1, cells))]
    };
    // Each subtree as the weights and values of the corners of its variables.
    let mut level: Vec<Vec<(f64, f64)>> = x.iter().map(ends).collect();
    while level.len() > 1 {
        let join = |pair: &[Vec<(f64, f64)>]| {
            let right = &pair[1];
            let all = pair[0].iter().flat_map(|&(v, a)| right.iter().map(move |&(w, b)| (v * w, a, b)));
            all.map(|(weight, a, b)| (weight, h(a, b))).collect()
        };
        level = level.chunks_exact(2).map(join).collect();
    }
    Ok(level[0].iter().filter(|(weight, _)| *weight != 0.0).map(|(weight, value)| weight * value).sum())
}

fn check(x: &[f64], cells: usize) -> Result<(), CompositionError> {
    if cells == 0 {
        return Err(CompositionError::NoCells);
    }
    if !(1..=MOST_INPUTS).contains(&x.len()) {
        return Err(CompositionError::Inputs(x.len()));
    }
    match x.iter().find(|x| !(-1.0..=1.0).contains(*x)) {
        Some(&input) => Err(CompositionError::Input(input)),
        None => Ok(()),
    }
}

fn grid_point(i: usize, cells: usize) -> f64 {
    2.0 * i as f64 / cells as f64 - 1.0
}

/// The cell in which a coordinate lies, and how far through it.
fn cell(x: f64, cells: usize) -> (usize, f64) {
    let place = f64::midpoint(x, 1.0) * cells as f64;
    let i = (place as usize).min(cells - 1);
    (i, place - i as f64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_tree_or_grid_is_refused() {
        use CompositionError::{Cells, Constituent, Input, Inputs, Leaves, NoCells};
        let sum = |a: f64, b: f64| a + b;
        for n in [0, 1, 3, 6] {
            assert_eq!(tree(&vec![0.0; n], sum), Err(Leaves(n)));
        }
        assert_eq!(Bilinear::of(0, sum), Err(NoCells));
        assert_eq!(Bilinear::of(usize::MAX, sum), Err(Cells(usize::MAX)));
        assert_eq!(Bilinear::of(2, |a, b| a / b), Err(Constituent(f64::NEG_INFINITY)));
        assert_eq!(multilinear(&[0.0], 0, |_| 0.0), Err(NoCells));
        assert_eq!(multilinear(&[0.0; 17], 1, |_| 0.0), Err(Inputs(17)));
        assert_eq!(multilinear(&[0.0, 1.5], 1, |_| 0.0), Err(Input(1.5)));
        assert!(multilinear(&[f64::NAN], 1, |_| 0.0).is_err());
    }

    proptest! {
        /// Bilinear functions are their own interpolants, and two ways to interpolate are one.
        #[test]
        fn interpolation_reproduces_products(
            x in prop::array::uniform2(-1.0..=1.0f64), c in prop::array::uniform4(-2.0..2.0f64), cells in 1usize..9,
        ) {
            let h = |a: f64, b: f64| c[0] + c[1] * a + c[2] * b + c[3] * a * b;
            let bent = |a: f64, b: f64| (3.0 * a).sin() * b * b;
            let node = Bilinear::of(cells, h).unwrap();
            prop_assert!((node.at(x[0], x[1]) - h(x[0], x[1])).abs() < 1e-13);
            let four = [x[0], x[1], x[1] * 0.5, -x[0]];
            let slow = multilinear(&four, cells, |x| tree(x, bent).unwrap()).unwrap();
            prop_assert!((multilinear_tree(&four, cells, bent).unwrap() - slow).abs() < 1e-13);
            let whole = multilinear(&x, cells, |x| bent(x[0], x[1])).unwrap();
            prop_assert!((Bilinear::of(cells, bent).unwrap().at(x[0], x[1]) - whole).abs() < 1e-14);
        }

        #[test]
        fn any_bits_are_bounded_or_refused(bits in prop::array::uniform2(any::<u64>()), cells in 1usize..5) {
            let [a, b] = bits.map(f64::from_bits);
            let value = Bilinear::of(cells, |a, b| a * b).unwrap().at(a, b);
            prop_assert_eq!(value.is_nan(), a.is_nan() || b.is_nan());
            prop_assert!(value.is_nan() || value.abs() <= 1.0 + 1e-15);
        }
    }
}
