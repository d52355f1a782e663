//! Examples on a device.

use burn::module::Module;
use burn::tensor::{Int, Tensor, TensorData};

use super::{Loss, TrainingError};
use crate::data::{Samples, Targets};
use crate::device::{Device, DeviceError, Precision};
use crate::networks::Network;
use crate::parameters::{named, numbers};

/// Inputs `[n, d]` and targets `[n, k]` on a device. Class labels are one-hot rows.
#[derive(Debug, Clone)]
pub struct Examples {
    inputs: Tensor<2>,
    targets: Tensor<2>,
    labels: Option<Vec<usize>>,
    /// Whether networks can run on them where they are; they can be held where they cannot.
    computed: Result<(), DeviceError>,
}

/// A loss and its gradient at the parameters of a network.
#[derive(Debug, Clone, PartialEq)]
pub struct Gradient {
    /// The loss.
    pub loss: f64,
    /// Its derivatives, in the order of [`crate::parameters::flat`].
    pub entries: Vec<f64>,
}

impl Gradient {
    /// The Euclidean norm of the gradient.
    pub fn norm(&self) -> f64 {
        self.entries.iter().map(|g| g * g).sum::<f64>().sqrt()
    }
}

impl Examples {
    /// Moves samples to a device, in the precision of the networks that will see them.
    ///
    /// # Errors
    /// When there are no samples or the device cannot compute in this precision.
    pub fn new(samples: &Samples, precision: Precision, device: &Device) -> Result<Self, TrainingError> {
        device.require(precision)?;
        let n = samples.len();
        if n == 0 {
            return Err(TrainingError::NoExamples);
        }
        let (targets, labels) = match samples.targets() {
            Targets::Classes { labels, classes } => (one_hot(labels, *classes), Some(labels.clone())),
            Targets::Values(values) => (values.clone(), None),
        };
        let tensor = |values: Vec<f64>| {
            let columns = values.len() / n;
            Tensor::from_data(TensorData::new(values, [n, columns]), (&device.autodiff(), precision.dtype()))
        };
        Ok(Self {
            inputs: tensor(samples.inputs().to_vec()),
            targets: tensor(targets),
            labels,
            computed: device.require_functions(precision),
        })
    }

    /// Number of examples.
    pub fn len(&self) -> usize {
        self.inputs.dims()[0]
    }

    /// Never: an empty set is refused when it is made.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The inputs, `[n, d]`.
    pub fn inputs(&self) -> Tensor<2> {
        self.inputs.clone()
    }

    /// The inputs as numbers, row by row.
    pub fn input_numbers(&self) -> Vec<f64> {
        numbers(self.inputs())
    }

    /// The targets, `[n, k]`.
    pub fn targets(&self) -> Tensor<2> {
        self.targets.clone()
    }

    /// The same targets for other inputs: an attack, a corruption.
    #[must_use]
    pub fn with_inputs(&self, inputs: Tensor<2>) -> Self {
        Self { inputs, ..self.clone() }
    }

    /// The examples at these indices, in this order, as inputs and targets; all of them where there are none given.
    pub(super) fn batch(&self, indices: Option<&[usize]>) -> (Tensor<2>, Tensor<2>) {
        let Some(indices) = indices else { return (self.inputs(), self.targets()) };
        let indices: Vec<i64> = indices.iter().map(|&index| index as i64).collect();
        let count = indices.len();
        let indices = Tensor::<1, Int>::from_data(TensorData::new(indices, [count]), &self.inputs.device());
        (self.inputs.clone().select(0, indices.clone()), self.targets.clone().select(0, indices))
    }

    /// The outputs of a network on all examples, `[n, k]`, without automatic differentiation.
    ///
    /// # Errors
    /// [`TrainingError::ShapeMismatch`] when outputs and targets differ in width, [`TrainingError::Device`] where the device holds
    /// the examples' precision but does not compute in it.
    pub fn outputs<N: Network>(&self, network: &N) -> Result<Tensor<2>, TrainingError> {
        self.require_computed()?;
        self.fitting(network.valid().forward(self.inputs.clone().inner()))
    }

    /// Fails where the device holds the examples and cannot run a network on them.
    pub(super) fn require_computed(&self) -> Result<(), TrainingError> {
        Ok(self.computed.clone()?)
    }

    /// Outputs that have the shape of the targets.
    fn fitting(&self, outputs: Tensor<2>) -> Result<Tensor<2>, TrainingError> {
        let (found, expected) = (outputs.dims(), self.targets.dims());
        if found == expected { Ok(outputs) } else { Err(TrainingError::ShapeMismatch { found, expected }) }
    }

    /// The mean loss of a network over all examples.
    ///
    /// # Errors
    /// [`TrainingError::ShapeMismatch`] when outputs and targets differ in width.
    pub fn loss<N: Network>(&self, network: &N, loss: Loss) -> Result<f64, TrainingError> {
        Ok(scalar(loss.of(self.outputs(network)?, self.targets.clone().inner())))
    }

    /// The fraction of examples whose label has the largest output; the lowest class among equals.
    ///
    /// # Errors
    /// [`TrainingError::NotLabelled`] for regression targets.
    pub fn accuracy<N: Network>(&self, network: &N) -> Result<f64, TrainingError> {
        let labels = self.labels.as_deref().ok_or(TrainingError::NotLabelled)?;
        Ok(accuracy(&numbers(self.outputs(network)?), labels))
    }

    /// The class of each example by a network: the place of its largest output, the first among equals.
    ///
    /// # Errors
    /// [`TrainingError::ShapeMismatch`] when outputs and targets differ in width.
    pub fn classes<N: Network>(&self, network: &N) -> Result<Vec<usize>, TrainingError> {
        let outputs = self.outputs(network)?;
        let width = outputs.dims()[1];
        Ok(numbers(outputs).chunks_exact(width).map(largest).collect())
    }

    /// Loss and, where there are labels, accuracy, from one forward pass.
    pub(super) fn observe<N: Network>(
        &self,
        network: &N,
        loss: Loss,
    ) -> Result<(f64, Option<f64>), TrainingError> {
        let outputs = self.outputs(network)?;
        let value = scalar(loss.of(outputs.clone(), self.targets.clone().inner()));
        Ok((value, self.labels.as_deref().map(|labels| accuracy(&numbers(outputs), labels))))
    }

    /// The loss over all examples and its gradient with respect to the parameters.
    ///
    /// # Errors
    /// [`TrainingError::ShapeMismatch`] when outputs and targets differ in width.
    pub fn gradient<N: Network>(&self, network: &N, loss: Loss) -> Result<Gradient, TrainingError> {
        self.require_computed()?;
        let value = loss.of(self.fitting(network.forward(self.inputs.clone()))?, self.targets.clone());
        let mut gradients = value.backward();
        let mut collect = CollectGradients { gradients: &mut gradients, entries: Vec::new() };
        network.visit(&mut collect);
        Ok(Gradient { loss: scalar(value.inner()), entries: collect.entries })
    }
}

struct CollectGradients<'a> {
    gradients: &'a mut burn::tensor::Gradients,
    entries: Vec<f64>,
}

impl burn::module::ModuleVisitor for CollectGradients<'_> {
    fn visit_float<const D: usize>(&mut self, param: &burn::module::Param<Tensor<D>>) {
        let tensor = param.val();
        match tensor.grad_remove(self.gradients) {
            Some(gradient) => self.entries.extend(numbers(gradient)),
            // A parameter that the loss does not depend on.
            None => self.entries.extend(std::iter::repeat_n(0.0, tensor.shape().num_elements())),
        }
    }
}

/// A row for each label, with a one in its place.
pub(crate) fn one_hot(labels: &[usize], classes: usize) -> Vec<f64> {
    let mut rows = vec![0.0; labels.len() * classes];
    for (row, &label) in labels.iter().enumerate() {
        rows[row * classes + label] = 1.0;
    }
    rows
}

/// The fraction of labels that are the place of the largest output, the first among equals.
pub(crate) fn accuracy(outputs: &[f64], labels: &[usize]) -> f64 {
    let classes = outputs.len() / labels.len();
    let right = outputs.chunks(classes).zip(labels).filter(|(row, label)| largest(row) == **label).count();
    right as f64 / labels.len() as f64
}

/// The place of the largest number, the first among equals.
fn largest(row: &[f64]) -> usize {
    row.iter().enumerate().fold(0, |best, (index, value)| if *value > row[best] { index } else { best })
}

fn scalar(tensor: Tensor<1>) -> f64 {
    numbers(tensor).first().copied().unwrap_or(f64::NAN)
}

pub(super) fn all_finite<M: Module>(module: &M) -> bool {
    named(module).iter().all(|parameter| parameter.values.iter().all(|value| value.is_finite()))
}
