//! Norms of networks whose layers are matrices.

use saddlepoint_rigor::{Down, Interval, IntervalMatrix, MatrixError, Rounding, Up, euclidean_norm};

use super::NormError;

/// The weights of a network without biases, in the order in which an input meets them: layer `i` maps `x` to
/// `φ(Wᵢ x)`, and each takes as many inputs as the one before it has outputs.
///
/// # Example
/// ```
/// use saddlepoint_rigor::IntervalMatrix;
/// use saddlepoint_theory::capacity::norms::{Layers, frobenius};
///
/// let hidden = IntervalMatrix::from_rows(2, 1, vec![3.0, -4.0])?;
/// let output = IntervalMatrix::from_rows(1, 2, vec![1.0, 1.0])?;
/// let network = Layers::new(vec![hidden, output])?;
/// assert!(network.path_l1().total.contains(7.0) && network.path_l2().total.contains(5.0));
/// let product = network.product(|layer| Ok::<_, ()>(frobenius(layer))).unwrap();
/// assert!(product.low() > 7.07 && product.high() < 7.08);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Layers(Vec<IntervalMatrix>);

/// A path norm of each output and of all together.
#[derive(Debug, Clone, PartialEq)]
pub struct PathNorm {
    /// One for each output, over the paths that end there.
    pub outputs: Vec<Interval>,
    /// Over all paths.
    pub total: Interval,
}

impl Layers {
    /// A network of these layers.
    ///
    /// # Errors
    /// When there is none, or one does not fit the one before it.
    pub fn new(weights: Vec<IntervalMatrix>) -> Result<Self, NormError> {
        if weights.is_empty() {
            return Err(NormError::NoLayers);
        }
        for (i, pair) in weights.windows(2).enumerate() {
            let (outputs, inputs) = (pair[0].shape().0, pair[1].shape().1);
            if outputs != inputs {
                return Err(NormError::Chain { layer: i + 1, inputs, outputs });
            }
        }
        Ok(Self(weights))
    }

    /// The weights.
    pub fn weights(&self) -> &[IntervalMatrix] {
        &self.0
    }

    /// Enclosures of the outputs of the ReLU network on inputs, one a row.
    ///
    /// # Shapes
    /// Inputs: examples × inputs; outputs: examples × outputs.
    ///
    /// # Errors
    /// When the inputs do not fit, or a product overflows.
    pub fn relu_outputs(&self, inputs: &IntervalMatrix) -> Result<IntervalMatrix, MatrixError> {
        let mut units = inputs.times(&self.0[0].transpose())?;
        for layer in &self.0[1..] {
            let (rows, columns) = units.shape();
            let active = units.intervals().map(|z| Interval::between(z.low().max(0.0), z.high().max(0.0)));
            units = IntervalMatrix::from_intervals(rows, columns, active)?.times(&layer.transpose())?;
        }
        Ok(units)
    }

    /// The product of a norm over the layers.
    ///
    /// # Formula
    /// `∏ᵢ ‖Wᵢ‖`; with the spectral norm and 1-Lipschitz activations, an upper bound of the Lipschitz constant.
    ///
    /// # Errors
    /// Those of the norm.
    ///
    /// # Reference
    /// Szegedy, Zaremba, Sutskever, Bruna, Erhan, Goodfellow, Fergus, Intriguing properties of neural networks, ICLR
    /// 2014, section 4.3.
    pub fn product<E>(&self, norm: impl Fn(&IntervalMatrix) -> Result<Interval, E>) -> Result<Interval, E> {
        let (first, rest) = (&self.0[0], &self.0[1..]);
        rest.iter().try_fold(norm(first)?, |product, layer| Ok(product * norm(layer)?))
    }

    /// The ℓ₁ path norm: over all paths from an input to an output, the sum of the absolute products of weights.
    ///
    /// # Formula
    /// `Σ_paths ∏ |w|`, and for all outputs the row sums of `|W_d| ⋯ |W₁|`.
    ///
    /// # Reference
    /// Neyshabur, Tomioka, Srebro, Norm-based capacity control in neural networks, COLT 2015, section 3.
    pub fn path_l1(&self) -> PathNorm {
        fn sum<R: Rounding>(values: Vec<f64>) -> f64 {
            values.into_iter().fold(0.0, R::add)
        }
        self.enclose(&sum::<Down>, &sum::<Up>)
    }

    /// The ℓ₂ path norm: the root of the sum of squared products of weights over all paths.
    ///
    /// # Formula
    /// `√(Σ_paths ∏ w²)`
    ///
    /// # Reference
    /// Neyshabur, Salakhutdinov, Srebro, Path-SGD, NeurIPS 2015, section 3.
    pub fn path_l2(&self) -> PathNorm {
        self.enclose(&euclidean_norm::<Down>, &euclidean_norm::<Up>)
    }

    fn enclose(&self, down: &dyn Fn(Vec<f64>) -> f64, up: &dyn Fn(Vec<f64>) -> f64) -> PathNorm {
        let (low, high) = (self.outputs::<Down>(down), self.outputs::<Up>(up));
        let outputs = low.iter().zip(&high).map(|(&low, &high)| Interval::between(low, high)).collect();
        PathNorm { outputs, total: Interval::between(down(low), up(high)) }
    }

    /// Layer by layer, the norm over the paths that end in each unit. Roots are taken at every layer, so that
    /// squares of products need no range that the products do not need.
    fn outputs<R: Rounding>(&self, norm: &dyn Fn(Vec<f64>) -> f64) -> Vec<f64> {
        let inputs = vec![1.0; self.0[0].shape().1];
        self.0.iter().fold(inputs, |units, layer| {
            let paths =
                layer.magnitudes::<R>().map(|row| row.zip(&units).map(|(w, &u)| through::<R>(w, u)).collect());
            paths.map(norm).collect()
        })
    }
}

/// `w · u`, where a weight of zero is no path however large the other factor may be.
fn through<R: Rounding>(w: f64, u: f64) -> f64 {
    if w == 0.0 || u == 0.0 { 0.0 } else { R::mul(w, u).max(0.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(rows: usize, columns: usize, entry: f64) -> IntervalMatrix {
        IntervalMatrix::from_rows(rows, columns, vec![entry; rows * columns]).unwrap()
    }

    #[test]
    fn layers_that_do_not_fit_are_refused() {
        assert_eq!(Layers::new(vec![]), Err(NormError::NoLayers));
        let error = Layers::new(vec![layer(3, 2, 1.0), layer(4, 3, 1.0), layer(1, 5, 1.0)]).unwrap_err();
        assert_eq!(error.to_string(), "layer 2 takes 5 inputs, but the layer before it has 4 outputs");
    }

    #[test]
    fn overflow_gives_infinite_upper_ends() {
        let network = |entries: &[f64]| Layers::new(entries.iter().map(|&x| layer(1, 1, x)).collect()).unwrap();
        let zero = network(&[1e200, 1e200, 0.0]).path_l1().total;
        assert_eq!((zero.low(), zero.high()), (0.0, 0.0));
        let huge = network(&[1e200, 1e200]).path_l2().total;
        assert!(huge.low() > 1e300 && huge.high() == f64::INFINITY);
    }
}
