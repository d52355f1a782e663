//! From a module, a loss and a batch to the program of the gradient.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Bool, Int, Tensor};
use burn_autodiff::Autodiff;
use burn_backend::ops::{BoolTensorOps, FloatTensorOps, IntTensorOps};
use burn_backend::{AutodiffBackend, DType, Scalar, TensorMetadata};
use burn_capture::{CaptureBackend, CaptureDevice, CaptureError, TensorId};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::cache::Cache;
use crate::differentiate::Derivative;
use crate::execute::Machine;
use crate::program::{Boundary, Builder, Precision, Program};
use crate::value::{Float, dims};

type Recording = Autodiff<CaptureBackend>;

/// Why a loss could not be recorded.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TraceError {
    /// The module has no floating-point parameter.
    #[error("the module has no parameters to differentiate with respect to")]
    NoParameters,
    /// The loss has several entries.
    #[error(
        "the loss has shape {shape:?}, but curvature is that of a single number: reduce it by a sum or a mean"
    )]
    NotScalar {
        /// Shape of what the closure returned.
        shape: Vec<usize>,
    },
    /// Parameters, or a parameter and the loss, differ in type.
    #[error("{what} has type {found:?}, but the first parameter has {expected:?}: cast them to one type")]
    MixedPrecision {
        /// Which tensor.
        what: String,
        /// Type of the first parameter.
        expected: DType,
        /// Its own type.
        found: DType,
    },
    /// The parameters are neither binary32 nor binary64.
    #[error("parameters of type {0:?} are not supported: cast the module to F32 or F64")]
    UnsupportedPrecision(DType),
    /// The loss or its gradient uses an operation without a rule.
    #[error(
        "operation {operation} (number {position} of the {length} recorded) has no tangent rule; \
         saddlepoint_curvature::rules::SUPPORTED lists those that have"
    )]
    Unsupported {
        /// Family and name of the operation.
        operation: String,
        /// Its position in the recorded program: first the loss in its order, then burn's backward pass.
        position: usize,
        /// Number of recorded operations.
        length: usize,
    },
    /// The loss reads numbers while it is recorded, updates running statistics, or fails by itself.
    #[error("the loss cannot be recorded: {0}")]
    NotRecordable(String),
    /// burn refused the recording's boundary.
    #[error("burn could not complete the recording: {0}")]
    Capture(String),
}

impl From<CaptureError> for TraceError {
    fn from(error: CaptureError) -> Self {
        TraceError::Capture(error.to_string())
    }
}

/// A parameter of the traced module.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Its path in the module: `layers.0.weight`.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Position of its first entry in the flat vector of all parameters.
    pub offset: usize,
}

/// A loss of a module on a batch, as a function of the module's parameters.
#[derive(Debug, Clone)]
pub struct Traced {
    program: Program,
    parameters: Vec<Parameter>,
    point: Vec<f64>,
    cache: Cache,
}

impl Traced {
    /// Number of parameters, all entries counted.
    pub fn dimension(&self) -> usize {
        self.point.len()
    }

    /// The parameters in the order in which burn visits them; vectors follow this order.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// The values that the parameters had in the module.
    pub fn point(&self) -> &[f64] {
        &self.point
    }

    /// The program of the loss and its gradient.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// The program on the CPU engine.
    pub(crate) fn machine(&self) -> Arc<dyn Machine> {
        self.cache.machine(&self.program)
    }

    /// The derivative of the gradient along all parameters.
    pub(crate) fn derivative(&self) -> Arc<Derivative> {
        self.cache.derivative(&self.program)
    }
}

/// What a loss takes beside the module: tensors, and tuples of them.
pub trait Batch {
    /// The same batch on the recording device.
    #[must_use]
    fn recorded(self, recorder: &Recorder) -> Self;
}

/// The device on which a loss is recorded.
pub struct Recorder(CaptureDevice);

impl Recorder {
    fn float<const D: usize>(&self, tensor: Tensor<D>) -> Float<Recording> {
        Recording::from_inner(CaptureBackend::float_from_data(tensor.into_data(), &self.0))
    }
}

impl<const D: usize> Batch for Tensor<D> {
    fn recorded(self, recorder: &Recorder) -> Self {
        Tensor::from_primitive::<Recording>(recorder.float(self))
    }
}

impl<const D: usize> Batch for Tensor<D, Int> {
    fn recorded(self, recorder: &Recorder) -> Self {
        let tensor = CaptureBackend::int_from_data(self.into_data(), &recorder.0);
        Tensor::from_primitive::<Recording>(tensor)
    }
}

impl<const D: usize> Batch for Tensor<D, Bool> {
    fn recorded(self, recorder: &Recorder) -> Self {
        let tensor = CaptureBackend::bool_from_data(self.into_data(), &recorder.0);
        Tensor::from_primitive::<Recording>(tensor)
    }
}

impl Batch for () {
    fn recorded(self, _recorder: &Recorder) -> Self {}
}

impl<A: Batch, B: Batch> Batch for (A, B) {
    fn recorded(self, recorder: &Recorder) -> Self {
        (self.0.recorded(recorder), self.1.recorded(recorder))
    }
}

impl<A: Batch, B: Batch, C: Batch> Batch for (A, B, C) {
    fn recorded(self, recorder: &Recorder) -> Self {
        (self.0.recorded(recorder), self.1.recorded(recorder), self.2.recorded(recorder))
    }
}

/// Moves a module's parameters onto the recording device, and remembers them.
struct Lift<'a> {
    recorder: &'a Recorder,
    path: Vec<String>,
    parameters: Vec<Parameter>,
    tensors: Vec<Float<Recording>>,
    dtypes: Vec<DType>,
    point: Vec<f64>,
}

impl ModuleMapper for Lift<'_> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, tensor, mapper) = param.consume();
        let data = tensor.to_data();
        let (name, shape, offset) = (self.path.join("."), tensor.dims().to_vec(), self.point.len());
        self.parameters.push(Parameter { name, shape, offset });
        self.dtypes.push(data.dtype());
        self.point.extend(data.iter::<f64>());
        let lifted =
            <Recording as FloatTensorOps<Recording>>::float_set_require_grad(self.recorder.float(tensor), true);
        self.tensors.push(lifted.clone());
        Param::from_mapped_value(id, Tensor::from_primitive::<Recording>(lifted), mapper)
    }

    fn map_int<const D: usize>(&mut self, param: Param<Tensor<D, Int>>) -> Param<Tensor<D, Int>> {
        let (id, tensor, mapper) = param.consume();
        Param::from_mapped_value(id, tensor.recorded(self.recorder), mapper)
    }

    fn map_bool<const D: usize>(&mut self, param: Param<Tensor<D, Bool>>) -> Param<Tensor<D, Bool>> {
        let (id, tensor, mapper) = param.consume();
        Param::from_mapped_value(id, tensor.recorded(self.recorder), mapper)
    }
}

/// What the recording leaves besides the operations.
struct Recorded {
    parameters: Vec<Parameter>,
    dtypes: Vec<DType>,
    point: Vec<f64>,
    ids: Vec<TensorId>,
    loss: TensorId,
    loss_shape: Vec<usize>,
    loss_dtype: DType,
    /// Whether the loss depends on each parameter.
    depends: Vec<bool>,
}

/// Records a loss of a module on a batch together with its gradient.
///
/// The closure receives the module and the batch on a device that records what is done instead of doing it, and
/// returns a loss of one entry. Everything else it uses must come from these two, or be created on their device.
/// The point at which curvature is taken is free afterwards, as is the number of products; the batch is not.
///
/// Dropout and batch normalization are to be recorded in inference mode.
///
/// # Errors
/// See [`TraceError`]. A closure that panics gives [`TraceError::NotRecordable`]; reading a tensor's numbers, as
/// control flow that depends on data does, is such a panic.
///
/// # Example
/// See the [crate's page](crate).
pub fn trace<M, D, F>(module: &M, batch: D, loss: F) -> Result<Traced, TraceError>
where
    M: Module + Clone,
    D: Batch,
    F: FnOnce(&M, D) -> Tensor<1>,
{
    let recorder = Recorder(CaptureDevice::default());
    let mut failed = None;
    let mut recorded = None;
    let scope = AssertUnwindSafe(|| {
        recorder.0.capture_scope(|scope| {
            let mut lift = Lift {
                recorder: &recorder,
                path: vec![],
                parameters: vec![],
                tensors: vec![],
                dtypes: vec![],
                point: vec![],
            };
            let module = module.clone().map(&mut lift);
            match record(lift, &module, batch.recorded(&recorder), loss) {
                Ok((result, outputs)) => {
                    recorded = Some(result);
                    scope.complete([], outputs)
                }
                Err(error) => {
                    failed = Some(error);
                    scope.complete([], [])
                }
            }
        })
    });
    let graph = catch_unwind(scope).map_err(|panic| TraceError::NotRecordable(message(panic.as_ref())))?;
    if let Some(error) = failed {
        return Err(error);
    }
    let graph = graph?;
    let Some(recorded) = recorded else { return Err(TraceError::NoParameters) };
    let precision = precision(&recorded)?;
    if recorded.loss_shape.iter().product::<usize>() != 1 {
        return Err(TraceError::NotScalar { shape: recorded.loss_shape });
    }
    let mut outputs = graph.graph.outputs.iter().copied();
    let loss = outputs.next().unwrap_or(recorded.loss);
    let gradient = recorded.depends.iter().map(|&depends| depends.then(|| outputs.next()).flatten()).collect();
    let boundary = Boundary { parameters: recorded.ids, loss, gradient, precision };
    let operations = &graph.graph.operations;
    let program =
        Builder::build(operations, &graph.values, &boundary).map_err(|missing| TraceError::Unsupported {
            operation: missing.operation,
            position: missing.position,
            length: operations.len(),
        })?;
    for (_, data) in &program.constants {
        if data.dtype().is_float() && data.dtype() != recorded.loss_dtype {
            let (what, expected, found) =
                ("a tensor of the batch".to_owned(), recorded.loss_dtype, data.dtype());
            return Err(TraceError::MixedPrecision { what, expected, found });
        }
    }
    Ok(Traced { program, parameters: recorded.parameters, point: recorded.point, cache: Cache::default() })
}

/// Records the loss and burn's backward pass; names the loss and the gradients, each a tensor of its own.
fn record<M: Module, D>(
    lift: Lift<'_>,
    module: &M,
    batch: D,
    loss: impl FnOnce(&M, D) -> Tensor<1>,
) -> Result<(Recorded, Vec<TensorId>), TraceError> {
    if lift.tensors.is_empty() {
        return Err(TraceError::NoParameters);
    }
    // A copy makes each output a tensor of its own, even where two gradients or the loss and a parameter are one.
    let own = |tensor| CaptureBackend::float_mul_scalar(tensor, Scalar::Float(1.0)).id();
    let loss = loss(module, batch).try_into_primitive::<Recording>().map_err(|error| {
        TraceError::NotRecordable(format!("the loss does not come from the module: {error:?}"))
    })?;
    let value = Recording::inner(loss.clone());
    let (loss_shape, loss_dtype) = (dims(&value.shape()), value.dtype());
    let mut outputs = vec![own(value)];
    let mut depends = vec![false; lift.tensors.len()];
    if loss_shape.iter().product::<usize>() == 1 {
        let gradients = Recording::backward(loss);
        for (tensor, depends) in lift.tensors.iter().zip(&mut depends) {
            if let Some(gradient) = Recording::grad(tensor, &gradients) {
                outputs.push(own(gradient));
                *depends = true;
            }
        }
    }
    let ids = lift.tensors.iter().map(|tensor| Recording::inner(tensor.clone()).id()).collect();
    let recorded = Recorded {
        ids,
        loss: outputs[0],
        loss_shape,
        loss_dtype,
        depends,
        parameters: lift.parameters,
        dtypes: lift.dtypes,
        point: lift.point,
    };
    Ok((recorded, outputs))
}

fn precision(recorded: &Recorded) -> Result<Precision, TraceError> {
    let expected = recorded.dtypes[0];
    let names = recorded.parameters.iter().map(|parameter| format!("parameter {}", parameter.name));
    let all = recorded.dtypes.iter().copied().zip(names).chain([(recorded.loss_dtype, "the loss".to_owned())]);
    for (found, what) in all {
        if found != expected {
            return Err(TraceError::MixedPrecision { what, expected, found });
        }
    }
    match expected {
        DType::F32 => Ok(Precision::F32),
        DType::F64 => Ok(Precision::F64),
        other => Err(TraceError::UnsupportedPrecision(other)),
    }
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "it panicked".to_owned())
}
