//! One sigmoid neuron under squared loss: the smallest network with exponentially many local minima.

use nalgebra::DMatrix;
use saddlepoint_rigor::Interval;

use super::{ConstructionError, all_finite};
use crate::chart::Chart;
use crate::formula::Formula;
use crate::objective::{EvaluationError, check_point};
use crate::scalar::{Datum, Scalar};
use saddlepoint_rigor::decomposition::eigenvalues;

/// The squared loss of one sigmoid neuron without bias.
///
/// # Formula
/// $$E(w) = c\sum_{t=1}^n \bigl(y_t - \sigma(w\cdot x_t)\bigr)^2,\qquad \sigma(z) = \frac1{1+e^{-z}},$$
/// with $c = 1$ for the sum of squares of Auer, Herbster and Warmuth and $c = \tfrac1{2n}$ for the half mean square
/// of Mei, Bai and Montanari.
///
/// # Shapes
/// Inputs are `n × d`, one sample a row; labels are `n`; the weight vector has `d` entries.
///
/// # Reference
/// Auer, Herbster and Warmuth, *Exponentially many local minima for single neurons* (1995).
///
/// # Example
/// ```
/// use nalgebra::dmatrix;
/// use saddlepoint_landscape::{analytic::SigmoidNeuron, objective::Objective};
///
/// let neuron = SigmoidNeuron::half_mean_square(
///     &dmatrix![1.0, 2.0; -1.0, 0.5; 0.3, -1.2],
///     vec![1.0, 0.0, 0.5],
/// )?;
/// assert!((neuron.value(&[0.3, -0.2])? - 0.07388988952227206).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SigmoidNeuron<T = f64> {
    dimension: usize,
    /// Sample after sample, so that one pass over memory serves one evaluation.
    inputs: Vec<T>,
    /// What is added to each activation: 0, but in a chart that does not begin at 0.
    shifts: Vec<T>,
    labels: Vec<f64>,
    factor: f64,
}

impl SigmoidNeuron {
    /// The sum of squares, `c = 1`.
    ///
    /// # Errors
    /// When there is no sample or no weight, when the numbers of inputs and labels differ, or when an entry is not
    /// finite.
    pub fn sum_of_squares(inputs: &DMatrix<f64>, labels: Vec<f64>) -> Result<Self, ConstructionError> {
        let (samples, dimension) = inputs.shape();
        if samples == 0 || dimension == 0 {
            return Err(ConstructionError::Empty { what: "the inputs" });
        }
        if labels.len() != samples {
            return Err(ConstructionError::Shape { what: "labels", expected: samples, found: labels.len() });
        }
        all_finite("the inputs", inputs)?;
        all_finite("the labels", &labels)?;
        let inputs = inputs.transpose().as_slice().to_vec();
        Ok(Self { dimension, inputs, shifts: vec![0.0; samples], labels, factor: 1.0 })
    }

    /// Half the mean square, `c = 1/(2n)`.
    ///
    /// # Errors
    /// As for [`sum_of_squares`](Self::sum_of_squares).
    pub fn half_mean_square(inputs: &DMatrix<f64>, labels: Vec<f64>) -> Result<Self, ConstructionError> {
        let mut neuron = Self::sum_of_squares(inputs, labels)?;
        neuron.factor = 0.5 / neuron.labels.len() as f64;
        Ok(neuron)
    }

    /// `⟨∇E(w), w − w*⟩`, and the sum of the absolute values of its terms, one a sample.
    ///
    /// # Formula
    /// $$2c\sum_t \bigl(\sigma(w\cdot x_t) - y_t\bigr)\,\sigma'(w\cdot x_t)\,(w\cdot x_t - w^*\cdot x_t)$$
    /// No term is negative if `w*` gives all labels.
    ///
    /// # Errors
    /// When a weight vector has the wrong dimension or is not finite.
    pub fn against(&self, w: &[f64], target: &[f64]) -> Result<(f64, f64), EvaluationError> {
        check_point(self.dimension, w)?;
        check_point(self.dimension, target)?;
        let terms = self.samples(w).map(|(x, y, z)| self.slope(y, z) * (z - along(x, target)));
        Ok(terms.fold((0.0, 0.0), |(sum, size), term: f64| (sum + term, size + term.abs())))
    }

    /// The inputs, sample after sample.
    pub fn inputs(&self) -> &[f64] {
        &self.inputs
    }

    /// The labels.
    pub fn labels(&self) -> &[f64] {
        &self.labels
    }

    /// The largest `|d²/dz² ½(y − σ(z))²|` over all `z` and all labels in `[0, 1]`.
    ///
    /// # Formula
    /// It is attained for $y = 0$ at $\sigma(z) = u = (15 - \sqrt{33})/24$, where it is $u^2(1-u)(2-3u)$.
    pub const MAX_CURVATURE: f64 = 0.077_029_285_060_675_53;

    /// A Lipschitz constant of the gradient on the whole space.
    ///
    /// # Formula
    /// $$\beta = 2c \cdot 0.0770293 \cdot \lambda_{\max}\Bigl(\sum_t x_t x_t^\top\Bigr)$$
    ///
    /// # Errors
    /// When a label lies outside `[0, 1]`, for which the constant is not proved, or when the eigenvalues are not found.
    pub fn smoothness(&self) -> Result<f64, ConstructionError> {
        if let Some(&value) = self.labels.iter().find(|y| !(0.0..=1.0).contains(*y)) {
            return Err(ConstructionError::OutOfRange { what: "a label", low: 0.0, high: 1.0, value });
        }
        let inputs = DMatrix::from_column_slice(self.dimension, self.labels.len(), &self.inputs);
        let largest = eigenvalues(&inputs * inputs.transpose())?.max();
        // The eigenvalue and the printed constant are right to 1e-12; the widening keeps the result an upper bound.
        Ok(2.0 * self.factor * Self::MAX_CURVATURE * largest * (1.0 + 1e-11))
    }
}

impl<T> SigmoidNeuron<T> {
    /// `d/dz c (y − σ(z))²`.
    fn slope<S: Scalar>(&self, label: f64, z: S) -> S {
        let (s, rise) = z.logistic();
        S::constant(-2.0 * self.factor) * (S::constant(label) - s) * rise
    }

    /// `d²/dz² c (y − σ(z))²`.
    fn curvature<S: Scalar>(&self, label: f64, z: S) -> S {
        let (s, rise) = z.logistic();
        let lean = S::constant(1.0) - (s + s);
        S::constant(2.0 * self.factor) * rise * (rise - (S::constant(label) - s) * lean)
    }
}

impl<T: Datum> SigmoidNeuron<T> {
    /// Each sample with its label and its activation `w·x + shift`, in order.
    fn samples<S: Scalar>(&self, w: &[S]) -> impl Iterator<Item = (&[T], f64, S)> {
        let data = self.inputs.chunks_exact(self.dimension).zip(&self.shifts).zip(&self.labels);
        data.map(|((x, &shift), &y)| (x, y, along(x, w) + shift.lift()))
    }
}

/// `x·w` for one sample.
fn along<S: Scalar>(x: &[impl Datum], w: &[S]) -> S {
    x.iter().zip(w).fold(S::constant(0.0), |sum, (&x, &w)| sum + x.lift::<S>() * w)
}

impl<T: Datum> Formula for SigmoidNeuron<T> {
    fn variables(&self) -> usize {
        self.dimension
    }

    fn value_over<S: Scalar>(&self, w: &[S]) -> S {
        let squares = self.samples(w).map(|(_, y, z)| (S::constant(y) - z.logistic().0).square());
        S::constant(self.factor) * squares.fold(S::constant(0.0), |sum, square| sum + square)
    }

    fn gradient_over<S: Scalar>(&self, w: &[S], gradient: &mut [S]) {
        gradient.fill(S::constant(0.0));
        for (x, y, z) in self.samples(w) {
            let slope = self.slope(y, z);
            for (entry, &xj) in gradient.iter_mut().zip(x) {
                *entry = *entry + slope * xj.lift();
            }
        }
    }

    fn hessian_over<S: Scalar>(&self, w: &[S], hessian: &mut [S]) {
        hessian.fill(S::constant(0.0));
        for (x, y, z) in self.samples(w) {
            let curvature = self.curvature(y, z);
            for (row, &xi) in hessian.chunks_exact_mut(self.dimension).zip(x) {
                let scaled = curvature * xi.lift();
                for (entry, &xj) in row.iter_mut().zip(x) {
                    *entry = *entry + scaled * xj.lift();
                }
            }
        }
    }

    /// A neuron again, with transformed samples: each is computed through its cancellation once.
    fn in_chart<'a>(&'a self, chart: &'a Chart) -> impl Formula + 'a {
        let forms = self.inputs.chunks_exact(self.dimension).map(|x| chart.linear_form(x));
        let (constants, rows): (Vec<Interval>, Vec<Vec<Interval>>) = forms.unzip();
        let shifts = constants.into_iter().zip(&self.shifts).map(|(constant, shift)| constant + shift.lift());
        SigmoidNeuron {
            dimension: rows.first().map_or(0, Vec::len),
            inputs: rows.concat(),
            shifts: shifts.collect(),
            labels: self.labels.clone(),
            factor: self.factor,
        }
    }

    fn hessian_vector_over<S: Scalar>(&self, w: &[S], vector: &[S], product: &mut [S]) {
        product.fill(S::constant(0.0));
        for (x, y, z) in self.samples(w) {
            let along = self.curvature(y, z) * along(x, vector);
            for (entry, &xj) in product.iter_mut().zip(x) {
                *entry = *entry + along * xj.lift();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objective::{Objective, derivatives};
    use nalgebra::dmatrix;
    use proptest::prelude::*;

    fn example() -> SigmoidNeuron {
        SigmoidNeuron::half_mean_square(&dmatrix![1.0, 2.0; -1.0, 0.5; 0.3, -1.2], vec![1.0, 0.0, 0.5]).unwrap()
    }

    #[test]
    fn the_catalogues_example() {
        let (f, w) = (example(), [0.3, -0.2]);
        let gradient = f.gradient(&w).unwrap();
        assert!((gradient[0] + 0.0737896127548008).abs() < 1e-15);
        assert!((gradient[1] + 0.07916554662792702).abs() < 1e-15);
        let hessian = f.hessian(&w).unwrap();
        for (entry, expected) in [
            (hessian[(0, 0)], 0.045813174701341296),
            (hessian[(0, 1)], 0.017592050886190893),
            (hessian[(1, 1)], 0.10744940815786191),
        ] {
            assert!((entry - expected).abs() < 1e-15);
        }
        assert!((f.smoothness().unwrap() - 0.1545883700591902).abs() < 1e-11);
    }

    #[test]
    fn the_largest_curvature_is_the_printed_one() {
        let u: f64 = (15.0 - 33f64.sqrt()) / 24.0;
        assert!((u * u * (1.0 - u) * (2.0 - 3.0 * u) - SigmoidNeuron::MAX_CURVATURE).abs() < 1e-12);
    }

    #[test]
    fn bad_data_is_refused() {
        let x = dmatrix![1.0; 2.0];
        assert!(matches!(SigmoidNeuron::sum_of_squares(&x, vec![0.5]), Err(ConstructionError::Shape { .. })));
        assert!(SigmoidNeuron::sum_of_squares(&x, vec![0.5, f64::NAN]).is_err());
        assert!(SigmoidNeuron::sum_of_squares(&dmatrix![f64::INFINITY], vec![0.5]).is_err());
        assert!(SigmoidNeuron::sum_of_squares(&DMatrix::zeros(0, 2), vec![]).is_err());
        assert!(SigmoidNeuron::sum_of_squares(&x, vec![0.5, 2.0]).unwrap().smoothness().is_err());
    }

    proptest! {
        #[test]
        fn derivatives_agree(w in prop::array::uniform2(-4.0f64..4.0)) {
            derivatives::agree(&example(), &w, 1e-5, 1e-8);
        }

        #[test]
        fn curvature_never_exceeds_the_bound(w in prop::array::uniform2(-10.0f64..10.0)) {
            let f = example();
            let norm = f.hessian(&w).unwrap().symmetric_eigenvalues().amax();
            prop_assert!(norm <= f.smoothness().unwrap());
        }
    }
}
