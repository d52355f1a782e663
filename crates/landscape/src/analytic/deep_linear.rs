//! The deep linear network under squared loss: a linear function of its input, a polynomial in its weights.

mod derivatives;
mod symmetry;

use std::borrow::Borrow;

use nalgebra::DMatrix;
use saddlepoint_rigor::Interval;

use super::small_product::{View, add_product};
use super::{ConstructionError, all_finite};
use crate::formula::Formula;
use crate::scalar::Scalar;

/// The squared loss of a linear network of any depth and any widths.
///
/// # Formula
/// With $P = W_D\cdots W_1$, $R_l = W_{l-1}\cdots W_1$, $E_D = 2(P\Sigma_{XX} - \Sigma_{YX})$ and
/// $E_{l-1} = W_l^\top E_l$,
/// $$f(W_D, \dots, W_1) = \lVert Y - PX\rVert_F^2,\qquad \nabla_{W_l} f = E_l R_l^\top,$$
/// and along $(V_D, \dots, V_1)$ the Hessian-vector product is $\dot E_l R_l^\top + E_l\dot R_l^\top$, with
/// $\dot R_{l+1} = V_lR_l + W_l\dot R_l$ and $\dot E_{l-1} = V_l^\top E_l + W_l^\top\dot E_l$.
///
/// # Shapes
/// `X` is `m × n`, `Y` is `d × n`, one sample a column; `W_l` has as many rows as layer `l` has units. A point lists the
/// matrices in the order of the product, `W_D` first, each by columns.
///
/// # Reference
/// Kawaguchi, *Deep learning without poor local minima* (2016).
///
/// # Example
/// ```
/// use nalgebra::dmatrix;
/// use saddlepoint_landscape::{analytic::DeepLinear, objective::Objective};
///
/// let chain = DeepLinear::new(dmatrix![1.0], dmatrix![1.0], &[1, 1])?;
/// assert_eq!(chain.depth(), 3);
/// assert_eq!(chain.value(&[1.0, 2.0, 0.5])?, 0.0);
/// assert_eq!(chain.hessian(&[0.0; 3])?.amax(), 0.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct DeepLinear {
    inputs: DMatrix<f64>,
    targets: DMatrix<f64>,
    /// `W_1, …, W_D`.
    factors: Vec<Factor>,
    /// `XXᵀ` and `YXᵀ`: all that the derivatives need of the data.
    gram: DMatrix<f64>,
    cross: DMatrix<f64>,
    /// The same, enclosed: the derivatives over intervals are those of these data, not of rounded products.
    enclosed: (Vec<Interval>, Vec<Interval>),
}

/// One matrix of the product: its shape, and where its entries and those of `W_l ⋯ W_1` stand.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Factor {
    rows: usize,
    columns: usize,
    start: usize,
    prefix: usize,
}

impl DeepLinear {
    /// The loss on inputs `X` and targets `Y` of a network with hidden layers of these widths, first to last.
    ///
    /// # Errors
    /// When there is no sample, input or output, when a hidden layer has no unit, when `X` and `Y` have different
    /// numbers of samples, or when an entry is not finite.
    pub fn new(
        inputs: DMatrix<f64>,
        targets: DMatrix<f64>,
        widths: &[usize],
    ) -> Result<Self, ConstructionError> {
        let hidden = widths.iter().map(|&width| ("a hidden layer", width));
        for (what, count) in
            [("the inputs", inputs.len()), ("the targets", targets.len())].into_iter().chain(hidden)
        {
            if count == 0 {
                return Err(ConstructionError::Empty { what });
            }
        }
        if inputs.ncols() != targets.ncols() {
            let (expected, found) = (inputs.ncols(), targets.ncols());
            return Err(ConstructionError::Shape { what: "samples among the targets", expected, found });
        }
        all_finite("the inputs", &inputs)?;
        all_finite("the targets", &targets)?;
        let gram = &inputs * inputs.transpose();
        let cross = &targets * inputs.transpose();
        let sizes = [&[inputs.nrows()], widths, &[targets.nrows()]].concat();
        let mut factors: Vec<Factor> = Vec::with_capacity(sizes.len() - 1);
        for pair in sizes.windows(2) {
            let prefix = factors.last().map_or(0, |last| last.prefix + last.rows * inputs.nrows());
            factors.push(Factor { rows: pair[1], columns: pair[0], start: 0, prefix });
        }
        // The last matrix comes first in a point.
        let mut start = 0;
        for factor in factors.iter_mut().rev() {
            factor.start = start;
            start += factor.rows * factor.columns;
        }
        let enclosed = (products(&inputs, &inputs), products(&targets, &inputs));
        Ok(Self { inputs, targets, factors, gram, cross, enclosed })
    }

    /// `X`.
    pub fn inputs(&self) -> &DMatrix<f64> {
        &self.inputs
    }

    /// `Y`.
    pub fn targets(&self) -> &DMatrix<f64> {
        &self.targets
    }

    /// `Σ_XX = XXᵀ`.
    pub fn gram(&self) -> &DMatrix<f64> {
        &self.gram
    }

    /// `Σ_YX = YXᵀ`.
    pub fn cross(&self) -> &DMatrix<f64> {
        &self.cross
    }

    /// Number of matrices, `D`.
    pub fn depth(&self) -> usize {
        self.factors.len()
    }

    /// Units of the hidden layers, first to last.
    pub fn widths(&self) -> impl ExactSizeIterator<Item = usize> {
        self.factors.iter().skip(1).map(|factor| factor.columns)
    }

    /// Rows and columns of `W_D, …, W_1`, in this order.
    pub fn shapes(&self) -> impl DoubleEndedIterator<Item = (usize, usize)> + ExactSizeIterator {
        self.factors.iter().rev().map(|factor| (factor.rows, factor.columns))
    }

    /// The point that lists the entries of `W_D, …, W_1`, given in this order.
    ///
    /// # Errors
    /// When there are not `D` matrices, or one has the wrong shape.
    pub fn point(&self, factors: &[impl Borrow<DMatrix<f64>>]) -> Result<Vec<f64>, ConstructionError> {
        let (expected, found) = (self.depth(), factors.len());
        if expected != found {
            return Err(ConstructionError::Shape { what: "matrices", expected, found });
        }
        for ((rows, columns), factor) in self.shapes().zip(factors.iter().map(Borrow::borrow)) {
            for (what, expected, found) in
                [("rows of a matrix", rows, factor.nrows()), ("columns of a matrix", columns, factor.ncols())]
            {
                if expected != found {
                    return Err(ConstructionError::Shape { what, expected, found });
                }
            }
        }
        Ok(factors.iter().flat_map(|factor| factor.borrow().as_slice()).copied().collect())
    }

    /// The matrices `W_D, …, W_1` that a point lists.
    ///
    /// # Errors
    /// When the point has the wrong number of entries.
    pub fn factors(&self, point: &[f64]) -> Result<Vec<DMatrix<f64>>, ConstructionError> {
        let (expected, found) = (self.variables(), point.len());
        if expected != found {
            return Err(ConstructionError::Shape { what: "entries of a point", expected, found });
        }
        let dense =
            |factor: &Factor| DMatrix::from_column_slice(factor.rows, factor.columns, &point[factor.entries()]);
        Ok(self.factors.iter().rev().map(dense).collect())
    }

    /// `W_D ⋯ W_1 X`, what the network makes of its inputs at a point.
    ///
    /// # Errors
    /// When the point has the wrong number of entries.
    pub fn outputs(&self, point: &[f64]) -> Result<DMatrix<f64>, ConstructionError> {
        let factors = self.factors(point)?;
        Ok(factors.iter().rev().fold(self.inputs.clone(), |outputs, factor| factor * outputs))
    }

    /// What gradient flow conserves: `W_{l+1}ᵀW_{l+1} − W_lW_lᵀ` for `l = 1, …, D − 1`.
    ///
    /// # Reference
    /// Arora, Cohen and Hazan, *On the optimization of deep networks* (2018), Theorem 1; with a step size `η`, gradient
    /// descent lets it drift by `O(η²)` a step.
    ///
    /// # Errors
    /// When the point has the wrong number of entries.
    pub fn imbalance(&self, point: &[f64]) -> Result<Vec<DMatrix<f64>>, ConstructionError> {
        let mut factors = self.factors(point)?;
        factors.reverse();
        Ok(factors.windows(2).map(|pair| pair[1].tr_mul(&pair[1]) - &pair[0] * pair[0].transpose()).collect())
    }

    /// Entries of a workspace for `W_1, W_2W_1, …, P`, the whole product last.
    fn workspace<S: Scalar>(&self) -> Vec<S> {
        let last = self.last();
        vec![S::constant(0.0); last.prefix + last.rows * self.inputs.nrows()]
    }

    fn last(&self) -> &Factor {
        // There are at least the first and the last layer of units, so at least one matrix.
        &self.factors[self.factors.len() - 1]
    }

    /// `P`, in a workspace.
    fn product<'a, S>(&self, prefixes: &'a [S]) -> View<'a, S> {
        View::new(&prefixes[self.last().prefix..], self.targets.nrows(), self.inputs.nrows())
    }

    /// Writes `W_1, W_2W_1, …, P`.
    fn forward<S: Scalar>(&self, point: &[S], prefixes: &mut [S]) {
        let m = self.inputs.nrows();
        prefixes[..self.factors[0].rows * m].copy_from_slice(&point[self.factors[0].entries()]);
        for pair in self.factors.windows(2) {
            let (known, unknown) = prefixes.split_at_mut(pair[1].prefix);
            let before = View::new(&known[pair[0].prefix..], pair[0].rows, m);
            add_product(&mut unknown[..pair[1].rows * m], 1.0, pair[1].view(point), before);
        }
    }

    /// `Σ_XX`, enclosed, or in f64 the nearest.
    fn gram_over<S: Scalar>(&self) -> Vec<S> {
        self.enclosed.0.iter().map(|&entry| S::enclosed(entry)).collect()
    }

    /// `E_D = 2(PΣ_XX − Σ_YX)`, given `P`.
    fn product_gradient<S: Scalar>(&self, product: View<'_, S>, gram: View<'_, S>) -> Vec<S> {
        let minus_two = S::constant(-2.0);
        let mut gradient: Vec<S> =
            self.enclosed.1.iter().map(|&entry| minus_two * S::enclosed(entry)).collect();
        add_product(&mut gradient, 2.0, product, gram);
        gradient
    }
}

/// `A Bᵀ`, enclosed, by columns.
fn products(a: &DMatrix<f64>, b: &DMatrix<f64>) -> Vec<Interval> {
    let constants = |matrix: &DMatrix<f64>| -> Vec<Interval> {
        matrix.iter().map(|&entry| <Interval as Scalar>::constant(entry)).collect()
    };
    let (left, right) = (constants(a), constants(b));
    let mut sum = vec![<Interval as Scalar>::constant(0.0); a.nrows() * b.nrows()];
    let right = View::new(&right, b.nrows(), b.ncols()).transposed();
    add_product(&mut sum, 1.0, View::new(&left, a.nrows(), a.ncols()), right);
    sum
}

impl Factor {
    fn entries(&self) -> std::ops::Range<usize> {
        self.start..self.start + self.rows * self.columns
    }

    /// Where the entry in this row and column stands.
    fn at(&self, row: usize, column: usize) -> usize {
        self.start + column * self.rows + row
    }

    fn view<'a, S>(&self, point: &'a [S]) -> View<'a, S> {
        View::new(&point[self.entries()], self.rows, self.columns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formula::enclosures;
    use crate::objective::{Objective, derivatives};
    use nalgebra::dmatrix;
    use proptest::prelude::*;

    fn example(widths: &[usize]) -> DeepLinear {
        let x = dmatrix![2.0, -1.0, 0.0, 3.0; 0.0, 1.0, 4.0, -1.0; 1.0, 0.0, -1.0, 2.0];
        let y = dmatrix![1.0, 0.0, 2.0, -1.0; 2.0, -3.0, 1.0, 0.0];
        DeepLinear::new(x, y, widths).unwrap()
    }

    proptest! {
        #[test]
        fn derivatives_agree(
            widths in prop::collection::vec(1usize..4, 0..4),
            entries in prop::collection::vec(-1.5f64..1.5, 64),
        ) {
            let network = example(&widths);
            derivatives::agree(&network, &entries[..network.dimension()], 1e-4, 1e-5);
        }

        #[test]
        fn boxes_are_enclosed(
            low in prop::collection::vec(-1.5f64..1.5, 18),
            width in 0.0f64..0.1,
            at in prop::collection::vec(0.0f64..=1.0, 18),
        ) {
            enclosures::hold(&example(&[2, 3]), &low, width, &at);
        }

        /// The value is that of the product, whatever its factors.
        #[test]
        fn the_value_is_that_of_the_product(entries in prop::collection::vec(-2.0f64..2.0, 18)) {
            let network = example(&[2, 3]);
            let point = &entries[..network.dimension()];
            let product = network.factors(point).unwrap().into_iter().reduce(|a, b| a * b).unwrap();
            let expected = (network.targets() - product * network.inputs()).norm_squared();
            prop_assert!((network.value(point).unwrap() / expected - 1.0).abs() < 1e-12);
        }
    }

    /// What is computed lies in what is enclosed, within the error of the computation.
    #[test]
    fn intervals_enclose() {
        let network = example(&[2, 3]);
        let point: Vec<f64> = (0..18u8).map(|i| f64::from(i % 7) * 0.3 - 1.0).collect();
        let boxed: Vec<Interval> = point.iter().map(|&x| <Interval as Scalar>::constant(x)).collect();
        let mut hessian = vec![<Interval as Scalar>::constant(0.0); 18 * 18];
        network.hessian_over(&boxed, &mut hessian);
        let computed = network.hessian(&point).unwrap();
        let scale = 1e-13 * computed.amax();
        for (enclosure, value) in hessian.iter().zip(&computed) {
            assert!(enclosure.width() <= scale && (enclosure.midpoint() - value).abs() <= scale);
        }
    }

    #[test]
    fn factors_and_points_are_inverse() {
        let network = example(&[2, 1]);
        let point: Vec<f64> = (0..network.dimension()).map(|i| i as f64).collect();
        let factors = network.factors(&point).unwrap();
        let shapes: Vec<_> = factors.iter().map(DMatrix::shape).collect();
        assert_eq!(shapes, [(2, 1), (1, 2), (2, 3)]);
        assert_eq!(shapes, network.shapes().collect::<Vec<_>>());
        assert_eq!(network.point(&factors).unwrap(), point);
    }

    #[test]
    fn bad_data_is_refused() {
        let x = dmatrix![1.0, 2.0];
        assert!(DeepLinear::new(x.clone(), dmatrix![1.0], &[1]).is_err());
        assert!(DeepLinear::new(x.clone(), dmatrix![1.0, f64::NAN], &[1]).is_err());
        assert!(DeepLinear::new(x.clone(), x.clone(), &[1, 0]).is_err());
        assert!(example(&[2]).point(&[x.clone(), x]).is_err());
        assert!(example(&[2]).factors(&[0.0]).is_err());
    }
}
