//! What is measured: a burn module with its forward pass, of which instruments see numbers and traces only.

use std::sync::OnceLock;

use burn::module::Module;
use burn::tensor::{Tensor, TensorData};
use saddlepoint_curvature::jacobian::{TracedOutputs, trace_outputs};
use saddlepoint_curvature::surface;
use saddlepoint_curvature::trace;
use saddlepoint_curvature::trace::Traced;
use saddlepoint_landscape::surface::layout::Layout;
use saddlepoint_models::data::Samples;
use saddlepoint_models::device::{Device, Precision};
use saddlepoint_models::parameters::{self, Parameter};
use saddlepoint_models::training::{Examples, Loss};

use super::structure::{Chain, Structure};
use crate::claim::Failure;

/// A network as instruments see it.
pub trait Model: Send + Sync {
    /// Its parameters, in the order of all vectors.
    fn parameters(&self) -> Vec<Parameter>;

    /// All parameters in one vector.
    fn point(&self) -> Vec<f64> {
        self.parameters().into_iter().flat_map(|parameter| parameter.values).collect()
    }

    /// The network of the theorems about chains of layers that it is.
    ///
    /// # Errors
    /// When its layers are not known or form no chain: the node that keeps it from being one is named.
    fn chain(&self) -> Result<&Chain, Failure> {
        self.structure()?.chain.as_ref().map_err(|refused| refused.to_string().into())
    }

    /// Its outputs on examples, row by row, `n × k`.
    ///
    /// # Errors
    /// When the examples do not fit.
    fn outputs(&self, examples: &Samples) -> Result<Vec<f64>, Failure>;

    /// Its outputs on examples with other parameters.
    ///
    /// # Errors
    /// When the examples or the parameters do not fit.
    fn outputs_at(&self, parameters: &[f64], examples: &Samples) -> Result<Vec<f64>, Failure>;

    /// The gradients of `⟨uᵢ, f(xᵢ)⟩` with respect to the inputs, row by row, `n × d`; `weights` holds the `uᵢ`, `n × k`.
    ///
    /// # Errors
    /// When the examples or the weights do not fit.
    fn input_gradients(&self, examples: &Samples, weights: &[f64]) -> Result<Vec<f64>, Failure>;

    /// Its mean loss on examples, as a function of the parameters.
    ///
    /// # Errors
    /// When the examples do not fit, or curvature has no rule for an operation.
    fn trace_loss(&self, examples: &Samples, loss: Loss) -> Result<Traced, Failure>;

    /// Its outputs on examples, as a function of the parameters.
    ///
    /// # Errors
    /// As for [`trace_loss`](Self::trace_loss).
    fn trace_outputs(&self, examples: &Samples) -> Result<TracedOutputs, Failure>;

    /// The loss of its outputs `n × k` on examples, as a function of the outputs.
    ///
    /// # Errors
    /// As for [`trace_loss`](Self::trace_loss).
    fn trace_loss_of_outputs(
        &self,
        outputs: &TracedOutputs,
        examples: &Samples,
        loss: Loss,
    ) -> Result<Traced, Failure>;

    /// The loss of each example, as a function of the parameters.
    ///
    /// # Errors
    /// As for [`trace_loss`](Self::trace_loss).
    fn trace_each_loss(&self, examples: &Samples, loss: Loss) -> Result<TracedOutputs, Failure>;

    /// How its parameters split into filters.
    ///
    /// # Errors
    /// When a parameter is empty.
    fn layout(&self) -> Result<Layout, Failure>;

    /// Its layers as linear maps.
    ///
    /// # Errors
    /// When they are not known, or the network does not run.
    fn structure(&self) -> Result<&Structure, Failure>;

    /// The precision in which it runs.
    fn precision(&self) -> Precision;
}

/// A burn module with its forward pass.
///
/// # Example
/// ```
/// use burn::nn::LinearConfig;
/// use saddlepoint_experiments::measure::{BurnModel, Model};
/// use saddlepoint_models::data::{Samples, Targets};
/// use saddlepoint_models::device::{Device, Precision};
///
/// let device = Device::open(Default::default())?;
/// let layer = LinearConfig::new(2, 3).init(&device.burn());
/// let model = BurnModel::new(layer, Precision::F32, &device, |layer, x| layer.forward(x));
/// let one = Samples::new(&[2], vec![0.5, -0.5], Targets::Classes { labels: vec![1], classes: 3 })?;
/// assert_eq!(model.outputs(&one)?.len(), 3);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
pub struct BurnModel<M, F> {
    module: M,
    precision: Precision,
    device: Device,
    forward: F,
    layout: Option<Layout>,
    /// How the layers are described, and their description once it was asked for: norms of large layers take a while.
    describe: Option<Describe<M>>,
    structure: OnceLock<Result<Structure, String>>,
}

/// Describes the layers of a module.
type Describe<M> = Box<dyn Fn(&M) -> Result<Structure, Failure> + Send + Sync>;

impl<M, F> BurnModel<M, F>
where
    M: Module + Sync,
    F: Fn(&M, Tensor<2>) -> Tensor<2> + Send + Sync,
{
    /// A module, the precision of its parameters, where it runs, and its outputs `[n, k]` on inputs `[n, d]`.
    pub fn new(module: M, precision: Precision, device: &Device, forward: F) -> Self {
        Self {
            module,
            precision,
            device: device.clone(),
            forward,
            layout: None,
            describe: None,
            structure: OnceLock::new(),
        }
    }

    /// The same with a description of its layers, of which norms, bounds and Lipschitz constants are taken. It is asked for when it
    /// is first needed.
    #[must_use]
    pub fn with_structure(
        self,
        describe: impl Fn(&M) -> Result<Structure, Failure> + Send + Sync + 'static,
    ) -> Self {
        Self { describe: Some(Box::new(describe)), ..self }
    }

    /// The same with filters other than those of burn's own layers.
    #[must_use]
    pub fn with_layout(self, layout: Layout) -> Self {
        Self { layout: Some(layout), ..self }
    }

    fn examples(&self, examples: &Samples) -> Result<Examples, Failure> {
        Ok(Examples::new(examples, self.precision, &self.device)?)
    }
}

impl<M, F> Model for BurnModel<M, F>
where
    M: Module + Sync,
    F: Fn(&M, Tensor<2>) -> Tensor<2> + Send + Sync,
{
    fn parameters(&self) -> Vec<Parameter> {
        parameters::named(&self.module)
    }

    fn outputs(&self, examples: &Samples) -> Result<Vec<f64>, Failure> {
        let inputs = self.examples(examples)?.inputs().inner();
        Ok(numbers((self.forward)(&self.module.valid(), inputs)))
    }

    fn outputs_at(&self, parameters: &[f64], examples: &Samples) -> Result<Vec<f64>, Failure> {
        let inputs = self.examples(examples)?.inputs().inner();
        let module = parameters::replace(self.module.valid(), parameters)?;
        Ok(numbers((self.forward)(&module, inputs)))
    }

    fn input_gradients(&self, examples: &Samples, weights: &[f64]) -> Result<Vec<f64>, Failure> {
        let inputs = self.examples(examples)?.inputs().require_grad();
        let outputs = (self.forward)(&self.module, inputs.clone());
        let dims = outputs.dims();
        if dims[0] * dims[1] != weights.len() {
            return Err(format!("{} weights of outputs of the shape {dims:?}", weights.len()).into());
        }
        let weights = Tensor::<2>::from_data(
            TensorData::new(weights.to_vec(), dims),
            (&outputs.device(), self.precision.dtype()),
        );
        let gradients = (outputs * weights).sum().backward();
        Ok(inputs.grad(&gradients).map_or_else(|| vec![0.0; examples.inputs().len()], numbers))
    }

    fn trace_loss(&self, examples: &Samples, loss: Loss) -> Result<Traced, Failure> {
        let examples = self.examples(examples)?;
        let batch = (examples.inputs(), examples.targets());
        Ok(trace(&self.module, batch, |module, (inputs, targets)| {
            loss.of((self.forward)(module, inputs), targets)
        })?)
    }

    fn trace_outputs(&self, examples: &Samples) -> Result<TracedOutputs, Failure> {
        let inputs = self.examples(examples)?.inputs();
        Ok(trace_outputs(&self.module, inputs, |module, inputs| (self.forward)(module, inputs))?)
    }

    fn trace_loss_of_outputs(
        &self,
        outputs: &TracedOutputs,
        examples: &Samples,
        loss: Loss,
    ) -> Result<Traced, Failure> {
        let targets = self.examples(examples)?.targets();
        Ok(outputs.trace_loss(targets, |outputs: Tensor<2>, targets| loss.of(outputs, targets))?)
    }

    fn trace_each_loss(&self, examples: &Samples, loss: Loss) -> Result<TracedOutputs, Failure> {
        let examples = self.examples(examples)?;
        let batch = (examples.inputs(), examples.targets());
        Ok(trace_outputs(&self.module, batch, |module, (inputs, targets)| {
            loss.each((self.forward)(module, inputs), targets)
        })?)
    }

    fn layout(&self) -> Result<Layout, Failure> {
        if let Some(layout) = &self.layout {
            return Ok(layout.clone());
        }
        let mut offset = 0;
        let tensors: Vec<_> = self
            .parameters()
            .into_iter()
            .map(|parameter| {
                let at = offset;
                offset += parameter.values.len();
                trace::Parameter { name: parameter.name, shape: parameter.shape, offset: at }
            })
            .collect();
        Ok(surface::layout(&tensors)?)
    }

    fn structure(&self) -> Result<&Structure, Failure> {
        let describe = self.describe.as_ref().ok_or("the layers of this module are not described")?;
        let structure =
            self.structure.get_or_init(|| describe(&self.module).map_err(|error| error.to_string()));
        structure.as_ref().map_err(|error| error.as_str().into())
    }

    fn precision(&self) -> Precision {
        self.precision
    }
}

fn numbers(tensor: Tensor<2>) -> Vec<f64> {
    tensor.into_data().iter::<f64>().collect()
}
