//! The Fisher-Rao norm of networks that are homogeneous in their parameters.

use saddlepoint_rigor::{Interval, IntervalError, IntervalMatrix};

use crate::bounds::network::Network;

/// Why a network has no Fisher-Rao norm by this formula.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum FisherRaoError {
    /// Activations that are not positively homogeneous.
    #[error(
        "the activation {0} is not positively homogeneous: φ(cz) = c φ(z) must hold for all c ≥ 0, as for ReLU"
    )]
    Activation(&'static str),
    /// Labels that are not as many as outputs.
    #[error("{labels} labels for the outputs on {examples} examples")]
    Labels {
        /// The number of labels.
        labels: usize,
        /// The number of examples.
        examples: usize,
    },
    /// A label that names no class.
    #[error("example {example} has the label {label}, but there are {classes} classes")]
    Label {
        /// The example, from 0.
        example: usize,
        /// Its label, from 0.
        label: usize,
        /// The number of classes.
        classes: usize,
    },
    /// Targets whose shape is not that of the outputs.
    #[error("targets of shape {targets:?} for outputs of shape {outputs:?}")]
    Targets {
        /// Rows and columns of the targets.
        targets: (usize, usize),
        /// Rows and columns of the outputs.
        outputs: (usize, usize),
    },
    /// Arithmetic without a result.
    #[error(transparent)]
    Interval(#[from] IntervalError),
}

/// A network that is homogeneous in its parameters: `f(cθ) = c^d f(θ)` for `c ≥ 0` and `d` layers of weights, because it
/// has no biases and its activations are positively homogeneous.
///
/// Hence `⟨∇f, θ⟩ = d f` (Euler), which is all that the norm needs.
///
/// # Example
/// ```
/// use saddlepoint_rigor::IntervalMatrix;
/// use saddlepoint_theory::bounds::network::{Activation, Network};
/// use saddlepoint_theory::capacity::fisher_rao::{FisherRaoError, Homogeneous};
/// use saddlepoint_theory::capacity::norms::Layers;
///
/// let layers = Layers::new(vec![IntervalMatrix::identity(2)?; 3])?;
/// let smooth = Network::new(layers.clone(), Activation::tanh())?;
/// assert_eq!(Homogeneous::new(&smooth), Err(FisherRaoError::Activation("tanh")));
/// let network = Homogeneous::new(&Network::new(layers, Activation::relu())?)?;
/// // Two classes with logits 1 and −1: ⟨∂ℓ/∂f, f⟩ = tanh 1 − 1.
/// let logits = IntervalMatrix::from_rows(1, 2, vec![1.0, -1.0])?;
/// let norm = network.cross_entropy(&logits, &[0])?;
/// assert!((norm.midpoint() - 3.0 * (1.0 - 1f64.tanh())).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Homogeneous {
    layers: usize,
}

impl Homogeneous {
    /// A network, which has no biases, whose activation is positively homogeneous or not there.
    ///
    /// # Errors
    /// When units of hidden layers have an activation that is not.
    pub fn new(network: &Network) -> Result<Self, FisherRaoError> {
        let activation = network.activation();
        if network.depth() > 1 && !activation.is_homogeneous() {
            return Err(FisherRaoError::Activation(activation.name()));
        }
        Ok(Self { layers: network.depth() })
    }

    /// The norm for the cross-entropy of the softmax, with the labels of the data (the empirical Fisher matrix).
    ///
    /// # Formula
    /// With `I(θ) = E ∇ℓ ∇ℓᵀ` over the examples, `√(θᵀ I(θ) θ) = d √(E ⟨∂ℓ/∂f, f⟩²)`, and
    /// `⟨∂ℓ/∂f, f⟩ = Σⱼ pⱼ (fⱼ − f_y)` with `p = softmax(f)`.
    ///
    /// # Shapes
    /// Outputs (logits): examples × classes.
    ///
    /// # Errors
    /// When there are not as many labels as examples, or a label is no class.
    ///
    /// # Reference
    /// Liang, Poggio, Rakhlin, Stokes, Fisher-Rao metric, geometry, and complexity of neural networks, AISTATS 2019,
    /// theorem 3.1 (`L` there counts hidden layers: `d = L + 1`).
    pub fn cross_entropy(self, outputs: &IntervalMatrix, labels: &[usize]) -> Result<Interval, FisherRaoError> {
        let (examples, classes) = outputs.shape();
        if labels.len() != examples {
            return Err(FisherRaoError::Labels { labels: labels.len(), examples });
        }
        if let Some(example) = labels.iter().position(|&label| label >= classes) {
            return Err(FisherRaoError::Label { example, label: labels[example], classes });
        }
        self.root_mean(rows(outputs).zip(labels).map(|(f, &label)| {
            let others = (0..classes).filter(|&j| j != label);
            let inner = sum(others.map(|j| Ok(probability(&f, j)? * (f[j] - f[label]))))?;
            Ok(inner.square())
        }))
    }

    /// The norm for the cross-entropy with labels drawn from the model itself (the true Fisher matrix).
    ///
    /// # Formula
    /// `d √(E Var_p f)`: the inner product above has mean 0 over `y ∼ p`, and `Var_p f = Σᵢ<ⱼ pᵢ pⱼ (fᵢ − fⱼ)²`.
    ///
    /// # Shapes
    /// Outputs (logits): examples × classes.
    ///
    /// # Errors
    /// When arithmetic has no result.
    ///
    /// # Reference
    /// As [`cross_entropy`](Self::cross_entropy).
    pub fn cross_entropy_under_model(self, outputs: &IntervalMatrix) -> Result<Interval, FisherRaoError> {
        let classes = outputs.shape().1;
        self.root_mean(rows(outputs).map(|f| {
            let p: Vec<Interval> = (0..classes).map(|j| probability(&f, j)).collect::<Result<_, _>>()?;
            let pairs = (0..classes).flat_map(|j| (0..j).map(move |i| (i, j)));
            sum(pairs.map(|(i, j)| Ok(p[i] * p[j] * (f[i] - f[j]).square())))
        }))
    }

    /// The norm for the squared error `‖f − y‖²`, without a factor; with the factor ½ it is half as large.
    ///
    /// # Formula
    /// `d √(E (2 ⟨f − y, f⟩)²)`
    ///
    /// # Shapes
    /// Outputs and targets: examples × outputs.
    ///
    /// # Errors
    /// When the shapes differ.
    ///
    /// # Reference
    /// As [`cross_entropy`](Self::cross_entropy).
    pub fn squared_error(
        self,
        outputs: &IntervalMatrix,
        targets: &IntervalMatrix,
    ) -> Result<Interval, FisherRaoError> {
        if outputs.shape() != targets.shape() {
            return Err(FisherRaoError::Targets { targets: targets.shape(), outputs: outputs.shape() });
        }
        let two = Interval::point(2.0)?;
        self.root_mean(rows(outputs).zip(rows(targets)).map(|(f, y)| {
            let inner = sum(f.iter().zip(&y).map(|(&f, &y)| Ok((f - y) * f)))?;
            Ok((two * inner).square())
        }))
    }

    /// `d √(mean)` of numbers that are not negative.
    fn root_mean(
        self,
        squares: impl ExactSizeIterator<Item = Result<Interval, IntervalError>>,
    ) -> Result<Interval, FisherRaoError> {
        let examples = Interval::point(squares.len() as f64)?;
        let mean = sum(squares)?.checked_div(examples)?;
        Ok(Interval::point(self.layers as f64)? * mean.sqrt()?)
    }
}

fn rows(matrix: &IntervalMatrix) -> impl ExactSizeIterator<Item = Vec<Interval>> {
    let (rows, columns) = matrix.shape();
    let entries: Vec<Interval> = matrix.intervals().collect();
    (0..rows).map(move |i| entries[i * columns..][..columns].to_vec())
}

fn sum(mut terms: impl Iterator<Item = Result<Interval, IntervalError>>) -> Result<Interval, IntervalError> {
    let zero = Interval::point(0.0)?;
    terms.try_fold(zero, |sum, term| Ok(sum + term?))
}

/// `softmax(f)ⱼ = 1 / Σᵢ exp(fᵢ − fⱼ)`: no exponential is divided by another, and the sum has a term that is 1.
fn probability(f: &[Interval], j: usize) -> Result<Interval, IntervalError> {
    let one = Interval::point(1.0)?;
    let others = (0..f.len()).filter(|&i| i != j);
    one.checked_div(others.fold(one, |sum, i| sum + (f[i] - f[j]).exp()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::bounds::network::{self, Activation};
    use crate::capacity::norms::Layers;

    /// A ReLU network of layers 3-4-4-2, with biases or without, its parameters one after another, layer by layer.
    struct Network {
        layers: Vec<(usize, usize, Vec<f64>, Vec<f64>)>,
    }

    impl Network {
        fn outputs(&self, x: &[f64]) -> Vec<Vec<f64>> {
            let mut activations = vec![x.to_vec()];
            for (l, (m, n, w, b)) in self.layers.iter().enumerate() {
                let z = |i: usize| (0..*n).map(|j| w[i * n + j] * activations[l][j]).sum::<f64>() + b[i];
                let last = l + 1 == self.layers.len();
                let next = (0..*m).map(|i| if last { z(i) } else { z(i).max(0.0) }).collect();
                activations.push(next);
            }
            activations
        }

        /// `⟨θ, ∇ℓ⟩` by backpropagation from `∂ℓ/∂f`.
        fn along_parameters(&self, x: &[f64], slope: &dyn Fn(&[f64]) -> Vec<f64>) -> f64 {
            let activations = self.outputs(x);
            let mut back = slope(&activations[self.layers.len()]);
            let mut total = 0.0;
            for (l, (m, n, w, b)) in self.layers.iter().enumerate().rev() {
                let input = &activations[l];
                for i in 0..*m {
                    total += back[i] * b[i];
                    total += (0..*n).map(|j| w[i * n + j] * back[i] * input[j]).sum::<f64>();
                }
                let active = |j: usize| f64::from(l == 0 || input[j] > 0.0);
                back =
                    (0..*n).map(|j| active(j) * (0..*m).map(|i| w[i * n + j] * back[i]).sum::<f64>()).collect();
            }
            total
        }
    }

    fn network(numbers: &[f64], bias: f64) -> Network {
        let mut numbers = numbers.iter().copied();
        let mut take = |count: usize| numbers.by_ref().take(count).collect::<Vec<_>>();
        let layers = [(4, 3), (4, 4), (2, 4)].map(|(m, n)| (m, n, take(m * n), vec![bias; m]));
        Network { layers: layers.into() }
    }

    fn softmax(f: &[f64]) -> Vec<f64> {
        let total: f64 = f.iter().map(|x| x.exp()).sum();
        f.iter().map(|x| x.exp() / total).collect()
    }

    /// What so many layers without biases are, whatever their weights.
    fn homogeneous(layers: usize) -> Homogeneous {
        let layers = Layers::new(vec![IntervalMatrix::identity(2).unwrap(); layers]).unwrap();
        Homogeneous::new(&network::Network::new(layers, Activation::relu()).unwrap()).unwrap()
    }

    /// The norm by definition and by the formula, for the cross-entropy and for the squared error.
    fn both(network: &Network, inputs: &[f64]) -> [(f64, f64); 3] {
        let declared = homogeneous(3);
        let examples: Vec<&[f64]> = inputs.chunks_exact(3).collect();
        let outputs: Vec<f64> = examples.iter().flat_map(|x| network.outputs(x)[3].clone()).collect();
        let logits = IntervalMatrix::from_rows(examples.len(), 2, outputs).unwrap();
        let label = |i: usize| i % 2;
        let cross_entropy =
            |y: usize| move |f: &[f64]| (0..2).map(|j| softmax(f)[j] - f64::from(j == y)).collect();
        let squared = |f: &[f64]| f.iter().map(|f| 2.0 * (f - 1.0)).collect::<Vec<_>>();
        let mean = |term: &dyn Fn(usize, &[f64]) -> f64| {
            let terms = examples.iter().enumerate().map(|(i, x)| term(i, x));
            (terms.sum::<f64>() / examples.len() as f64).sqrt()
        };
        let labels: Vec<usize> = (0..examples.len()).map(label).collect();
        let ones = IntervalMatrix::from_rows(examples.len(), 2, vec![1.0; 2 * examples.len()]).unwrap();
        let along = |x: &[f64], y: usize| network.along_parameters(x, &cross_entropy(y)).powi(2);
        let under_model = |x: &[f64]| {
            let p = softmax(&network.outputs(x)[3]);
            (0..2).map(|y| p[y] * along(x, y)).sum::<f64>()
        };
        [
            (mean(&|i, x| along(x, label(i))), declared.cross_entropy(&logits, &labels).unwrap()),
            (
                mean(&|_, x| network.along_parameters(x, &squared).powi(2)),
                declared.squared_error(&logits, &ones).unwrap(),
            ),
            (mean(&|_, x| under_model(x)), declared.cross_entropy_under_model(&logits).unwrap()),
        ]
        .map(|(definition, formula)| (definition, formula.midpoint()))
    }

    proptest! {
        #[test]
        fn the_formula_is_the_definition(
            weights in prop::collection::vec(-1.0..1.0f64, 36), inputs in prop::collection::vec(-2.0..2.0f64, 12),
        ) {
            for (definition, formula) in both(&network(&weights, 0.0), &inputs) {
                prop_assert!((definition - formula).abs() <= 1e-12 * (1.0 + definition), "{definition} {formula}");
            }
        }

        #[test]
        fn norms_nest_and_bits_are_bounded_or_refused(
            bits in prop::collection::vec(any::<u64>(), 6), r in 0.0..2.0f64, label in 0usize..4,
        ) {
            let declared = homogeneous(2);
            let values: Vec<f64> = bits.into_iter().map(f64::from_bits).collect();
            if let Ok(exact) = IntervalMatrix::from_rows(2, 3, values.clone()) {
                let wide = IntervalMatrix::with_radii(2, 3, values, vec![r; 6]).unwrap();
                let norm = |f: &IntervalMatrix| declared.cross_entropy(f, &[0, label]);
                prop_assert_eq!(norm(&exact).is_ok(), label < 3);
                if let (Ok(one), Ok(other)) = (norm(&exact), norm(&wide)) {
                    prop_assert!(one.low() >= 0.0 && one.is_subset_of(other));
                }
                prop_assert!(declared.cross_entropy_under_model(&wide).unwrap().low() >= 0.0);
                prop_assert!(declared.squared_error(&wide, &exact).unwrap().low() >= 0.0);
            }
        }
    }

    /// Teeth: with biases the formula is wrong, and so it is with one layer too few.
    #[test]
    fn biases_break_the_formula() {
        let weights: Vec<f64> = (0..36).map(|i| f64::from(i * i % 13) / 13.0 - 0.3).collect();
        let inputs: Vec<f64> = (0..12).map(|i| f64::from(i % 5) - 1.5).collect();
        let [(definition, formula), ..] = both(&network(&weights, 0.0), &inputs);
        assert!((definition / formula - 1.0).abs() < 1e-12 && (definition / formula - 2.0 / 3.0).abs() > 0.1);
        let [(definition, formula), ..] = both(&network(&weights, 0.5), &inputs);
        assert!((definition / formula - 1.0).abs() > 0.01, "{definition} {formula}");
    }

    #[test]
    fn what_violates_a_hypothesis_is_refused() {
        let of = |layers, activation| {
            let layers = Layers::new(vec![IntervalMatrix::identity(2).unwrap(); layers]).unwrap();
            Homogeneous::new(&network::Network::new(layers, activation).unwrap())
        };
        assert_eq!(of(2, Activation::tanh()), Err(FisherRaoError::Activation("tanh")));
        // One layer alone has no hidden unit, and an expanding activation may be homogeneous.
        assert!(of(1, Activation::tanh()).is_ok() && of(2, Activation::leaky_relu(3.0).unwrap()).is_ok());
        let declared = homogeneous(2);
        let outputs = IntervalMatrix::from_rows(2, 3, vec![0.0; 6]).unwrap();
        let error = declared.cross_entropy(&outputs, &[0]).unwrap_err();
        assert_eq!(error, FisherRaoError::Labels { labels: 1, examples: 2 });
        let error = declared.cross_entropy(&outputs, &[0, 3]).unwrap_err();
        assert_eq!(error, FisherRaoError::Label { example: 1, label: 3, classes: 3 });
        let error = declared.squared_error(&outputs, &outputs.transpose()).unwrap_err();
        assert_eq!(error, FisherRaoError::Targets { targets: (3, 2), outputs: (2, 3) });
    }
}
