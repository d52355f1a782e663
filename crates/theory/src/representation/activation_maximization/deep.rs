//! A unit deep inside a network, and the likely image that it answers to most.

use nalgebra::{DMatrix, DVector};

use super::{GaussianPrior, MaximizationError};

/// The sum that a unit of a tanh network makes of its inputs, as a function of the image.
///
/// # Formula
/// $a(x)=\langle w,h_L\rangle+b$ with $h_0=x$, $h_l=\tanh(W_lh_{l-1}+b_l)$; its slope is
/// $\nabla a=W_1^\top D_1\cdots W_L^\top D_L\,w$ with $D_l=\operatorname{diag}(1-h_l^2)$. Without hidden layers $a$ is affine.
///
/// # Example
/// ```
/// use nalgebra::{dmatrix, dvector};
/// use saddlepoint_theory::representation::activation_maximization::DeepUnit;
///
/// let layers = [(dmatrix![1.0, -1.0], dvector![0.0]), (dmatrix![3.0; 2.0], dvector![1.0, 0.5])];
/// let unit = DeepUnit::new(&layers, 0)?;
/// assert_eq!(unit.activation(&dvector![2.0, 2.0])?, 1.0);
/// assert_eq!(unit.slope(&dvector![2.0, 2.0])?, dvector![3.0, -3.0]);
/// # Ok::<(), saddlepoint_theory::representation::activation_maximization::MaximizationError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct DeepUnit {
    hidden: Vec<(DMatrix<f64>, DVector<f64>)>,
    weights: DVector<f64>,
    bias: f64,
}

impl DeepUnit {
    /// The unit with this index in the last of these layers, which are given by their weights and biases.
    ///
    /// # Errors
    /// When there is no such unit, layers do not fit each other, or a number is not finite.
    pub fn new(layers: &[(DMatrix<f64>, DVector<f64>)], index: usize) -> Result<Self, MaximizationError> {
        let Some(((last, biases), hidden)) = layers.split_last() else {
            return Err(MaximizationError::Weights(0, 0));
        };
        if index >= last.nrows() {
            return Err(MaximizationError::Weights(last.nrows(), index));
        }
        for (weights, biases) in layers {
            let finite = weights.iter().chain(biases.iter()).all(|w| w.is_finite());
            if !finite || weights.nrows() != biases.len() {
                return Err(MaximizationError::Weights(weights.nrows(), biases.len()));
            }
        }
        for pair in layers.windows(2) {
            if pair[0].0.nrows() != pair[1].0.ncols() {
                return Err(MaximizationError::Weights(pair[0].0.nrows(), pair[1].0.ncols()));
            }
        }
        Ok(Self { hidden: hidden.to_vec(), weights: last.row(index).transpose(), bias: biases[index] })
    }

    /// Number of pixels of an image.
    pub fn inputs(&self) -> usize {
        self.hidden.first().map_or(self.weights.len(), |(first, _)| first.ncols())
    }

    /// `a(x)`.
    ///
    /// # Errors
    /// When the image has another number of pixels.
    pub fn activation(&self, image: &DVector<f64>) -> Result<f64, MaximizationError> {
        Ok(self.evaluate(image)?.0)
    }

    /// `∇a(x)`.
    ///
    /// # Errors
    /// When the image has another number of pixels.
    pub fn slope(&self, image: &DVector<f64>) -> Result<DVector<f64>, MaximizationError> {
        let (_, layers) = self.evaluate(image)?;
        let mut slope = self.weights.clone();
        for ((weights, _), values) in self.hidden.iter().zip(&layers).rev() {
            slope.zip_apply(values, |s, h| *s *= 1.0 - h * h);
            slope = weights.tr_mul(&slope);
        }
        Ok(slope)
    }

    /// The activation, and the values of all hidden layers.
    fn evaluate(&self, image: &DVector<f64>) -> Result<(f64, Vec<DVector<f64>>), MaximizationError> {
        if image.len() != self.inputs() {
            return Err(MaximizationError::Weights(self.inputs(), image.len()));
        }
        let mut layers: Vec<DVector<f64>> = Vec::with_capacity(self.hidden.len());
        for (weights, biases) in &self.hidden {
            let values = weights * layers.last().unwrap_or(image) + biases;
            layers.push(values.map(f64::tanh));
        }
        Ok((self.weights.dot(layers.last().unwrap_or(image)) + self.bias, layers))
    }
}

/// Where ascent ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Maximum {
    /// The image.
    pub image: DVector<f64>,
    /// The activation at the start and after each step.
    pub activations: Vec<f64>,
    /// What is left to be gained, to first order: the image's [`frank_wolfe_gap`].
    pub gap: f64,
}

/// The likely image that a unit answers to most: projected gradient ascent from the mean image, each step of which gains.
///
/// # Formula
/// $\max\{a(\mu+Lz):\lVert z\rVert\le r\}$. For an affine unit that is at $z=r\,g/\lVert g\rVert$ with $g=L^\top\nabla a$, and has the
/// activation $a(\mu)+r\lVert g\rVert$; for others what is found is a local maximum.
///
/// # Errors
/// When the unit and the prior have different numbers of pixels, or the radius is not positive and finite.
///
/// # Reference
/// Bertsekas, On the Goldstein-Levitin-Polyak gradient projection method, IEEE Transactions on Automatic Control 21, 1976 (the
/// rule for the steps); Simonyan, Vedaldi and Zisserman, arXiv:1312.6034 (the images).
pub fn maximize(
    unit: &DeepUnit,
    prior: &GaussianPrior,
    radius: f64,
    steps: usize,
) -> Result<Maximum, MaximizationError> {
    let problem = Problem::new(unit, prior, radius)?;
    let mut z = DVector::zeros(prior.mean().len());
    let mut value = problem.value(&z)?;
    let mut activations = vec![value];
    // In units of r/‖g‖: a step of 1 from the centre goes to the sphere.
    let mut reach = 1.0;
    for _ in 0..steps {
        let gradient = problem.gradient(&z)?;
        let Some((next, gained, length)) = problem.step(&z, value, &gradient, reach)? else { break };
        (z, value) = (next, gained);
        activations.push(value);
        reach = (2.0 * length).min(1e6);
    }
    Ok(Maximum { gap: problem.gap(&z)?, image: prior.image(&z), activations })
}

/// What an image of the ball leaves to be gained, to first order: 0 exactly where the conditions of Karush, Kuhn and Tucker hold.
///
/// # Formula
/// $\max_{\lVert z'\rVert\le r}\langle g,z'-z\rangle=r\lVert g\rVert-\langle g,z\rangle$ with $g=L^\top\nabla a$. It vanishes only for
/// $g=\nu z$ with $\nu\ge0$ and $\nu(r-\lVert z\rVert)=0$, is what the image misses of the maximum where the unit is affine, and at
/// least that where it is concave.
///
/// # Errors
/// When sizes do not fit, or the radius is not positive and finite.
///
/// # Reference
/// Frank and Wolfe, An algorithm for quadratic programming, Naval Research Logistics Quarterly 3, 1956; Jaggi, Revisiting
/// Frank-Wolfe, ICML 2013, section 2, for its use as a certificate.
pub fn frank_wolfe_gap(
    unit: &DeepUnit,
    prior: &GaussianPrior,
    radius: f64,
    image: &DVector<f64>,
) -> Result<f64, MaximizationError> {
    Problem::new(unit, prior, radius)?.gap(&prior.coordinates(image)?)
}

/// A unit in the coordinates of a prior, within a ball.
struct Problem<'a> {
    unit: &'a DeepUnit,
    prior: &'a GaussianPrior,
    radius: f64,
}

impl<'a> Problem<'a> {
    fn new(unit: &'a DeepUnit, prior: &'a GaussianPrior, radius: f64) -> Result<Self, MaximizationError> {
        if radius > 0.0 && radius.is_finite() {
            Ok(Self { unit, prior, radius })
        } else {
            Err(MaximizationError::Radius(radius))
        }
    }

    fn value(&self, z: &DVector<f64>) -> Result<f64, MaximizationError> {
        self.unit.activation(&self.prior.image(z))
    }

    fn gradient(&self, z: &DVector<f64>) -> Result<DVector<f64>, MaximizationError> {
        Ok(self.prior.pull(&self.unit.slope(&self.prior.image(z))?))
    }

    /// `P(z + length · r g/‖g‖)`; `z` itself where the gradient is 0.
    fn moved(&self, z: &DVector<f64>, gradient: &DVector<f64>, length: f64) -> DVector<f64> {
        let norm = gradient.norm();
        let target = if norm > 0.0 { z + gradient * (length * self.radius / norm) } else { z.clone() };
        let distance = target.norm();
        if distance > self.radius { target * (self.radius / distance) } else { target }
    }

    /// A step that gains, its value and its length: the first of `reach` and its halves that brings a part of what the
    /// gradient promises.
    #[allow(clippy::type_complexity, reason = "read where it is called")]
    fn step(
        &self,
        z: &DVector<f64>,
        value: f64,
        gradient: &DVector<f64>,
        reach: f64,
    ) -> Result<Option<(DVector<f64>, f64, f64)>, MaximizationError> {
        const SUFFICIENT: f64 = 1e-4;
        for halvings in 0..50 {
            let length = reach * 0.5f64.powi(halvings);
            let next = self.moved(z, gradient, length);
            let gained = self.value(&next)?;
            if gained > value && gained - value >= SUFFICIENT * gradient.dot(&(&next - z)) {
                return Ok(Some((next, gained, length)));
            }
        }
        Ok(None)
    }

    fn gap(&self, z: &DVector<f64>) -> Result<f64, MaximizationError> {
        let gradient = self.gradient(z)?;
        Ok((self.radius * gradient.norm() - gradient.dot(z)).max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use nalgebra::{dmatrix, dvector};
    use proptest::prelude::*;

    use super::*;

    fn unit(numbers: &[f64], inputs: usize, width: usize) -> DeepUnit {
        let mut numbers = numbers.iter().copied().cycle();
        let mut layer = |inputs: usize, outputs: usize| {
            let weights = DMatrix::from_iterator(outputs, inputs, numbers.by_ref().take(inputs * outputs));
            (weights, DVector::from_iterator(outputs, numbers.by_ref().take(outputs)))
        };
        let layers = [layer(inputs, width), layer(width, width), layer(width, 2)];
        DeepUnit::new(&layers, 1).unwrap()
    }

    proptest! {
        #[test]
        fn the_slope_is_that_of_differences(
            numbers in prop::collection::vec(-1.5f64..1.5, 7..40), x in prop::array::uniform3(-1.0f64..1.0),
        ) {
            let (unit, x) = (unit(&numbers, 3, 4), DVector::from_column_slice(&x));
            let slope = unit.slope(&x).unwrap();
            for i in 0..3 {
                let at = |h: f64| {
                    let mut moved = x.clone();
                    moved[i] += h;
                    unit.activation(&moved).unwrap()
                };
                let h = 1e-4;
                let difference = (8.0 * (at(h) - at(-h)) - (at(2.0 * h) - at(-2.0 * h))) / (12.0 * h);
                prop_assert!((slope[i] - difference).abs() < 1e-7 * (1.0 + slope.norm()));
            }
        }
    }

    #[test]
    fn an_affine_unit_has_its_maximum_in_closed_form() {
        let prior = GaussianPrior::of(&[&[0.0, 1.0], &[2.0, 0.0], &[1.0, 1.0]], 0.1).unwrap();
        let affine = DeepUnit::new(&[(dmatrix![1.0, 2.0], dvector![3.0])], 0).unwrap();
        let found = maximize(&affine, &prior, 1.5, 100).unwrap();
        let pulled = prior.pull(&dvector![1.0, 2.0]);
        let best = affine.activation(prior.mean()).unwrap() + 1.5 * pulled.norm();
        assert!((found.activations.last().unwrap() - best).abs() < 1e-12);
        assert!((found.image - prior.image(&(pulled.normalize() * 1.5))).norm() < 1e-12);
        assert!(found.gap < 1e-12);
        let worst = prior.image(&(pulled.normalize() * -1.5));
        let missed = best - affine.activation(&worst).unwrap();
        assert!((frank_wolfe_gap(&affine, &prior, 1.5, &worst).unwrap() - missed).abs() < 1e-12);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let layer = |rows: usize, columns: usize, biases: usize| {
            (DMatrix::from_element(rows, columns, 1.0), DVector::zeros(biases))
        };
        assert!(DeepUnit::new(&[], 0).is_err());
        assert!(DeepUnit::new(&[layer(2, 3, 2)], 2).is_err());
        assert!(DeepUnit::new(&[layer(2, 3, 1)], 0).is_err());
        assert!(DeepUnit::new(&[layer(2, 3, 2), layer(1, 3, 1)], 0).is_err());
        assert!(DeepUnit::new(&[(dmatrix![f64::NAN], dvector![0.0])], 0).is_err());
        let unit = DeepUnit::new(&[layer(1, 3, 1)], 0).unwrap();
        assert!(unit.activation(&DVector::zeros(2)).is_err() && unit.slope(&DVector::zeros(4)).is_err());
        let prior = GaussianPrior::of(&[&[0.0; 3]], 1.0).unwrap();
        assert!([0.0, f64::NAN, f64::INFINITY].iter().all(|&r| maximize(&unit, &prior, r, 1).is_err()));
        let small = GaussianPrior::of(&[&[0.0; 2]], 1.0).unwrap();
        assert!(maximize(&unit, &small, 1.0, 1).is_err());
        assert!(frank_wolfe_gap(&unit, &prior, 1.0, &DVector::zeros(2)).is_err());
        assert_eq!(maximize(&unit, &prior, 1.0, 0).unwrap().activations, [0.0]);
    }
}
