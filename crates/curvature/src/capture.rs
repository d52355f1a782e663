//! Recording what a closure does with a module, and burn's backward pass through it.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::Tensor;
use burn_backend::ops::FloatTensorOps;
use burn_backend::{AutodiffBackend, DType, Scalar, TensorData, TensorMetadata};
use burn_capture::{CaptureBackend, TensorId};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::builder::{Boundary, Builder};
use crate::program::{Precision, Program};
use crate::recorder::{Batch, Recorder, Recording};
use crate::trace::{Parameter, TraceError};
use crate::value::{Float, dims};

/// Moves a module's parameters onto the recording device, and remembers them.
pub(crate) struct Lift<'a> {
    recorder: &'a Recorder,
    path: Vec<String>,
    parameters: Vec<Parameter>,
    tensors: Vec<Float<Recording>>,
    dtypes: Vec<DType>,
    point: Vec<f64>,
    /// Of the tensors that are still to come, in burn's order.
    trained: std::vec::IntoIter<bool>,
}

/// Which of a module's tensors burn would train: neither frozen parameters nor running statistics.
struct Trained(Vec<bool>);

impl ModuleVisitor for Trained {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.0.push(param.clone().train().val().is_require_grad());
    }
}

/// The type of a module's first tensor; binary32 if it has none.
pub(crate) fn first_dtype(module: &impl Module) -> DType {
    struct First(Option<DType>);
    impl ModuleVisitor for First {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            self.0 = self.0.or_else(|| Some(param.val().dtype()));
        }
    }
    let mut first = First(None);
    module.visit(&mut first);
    first.0.unwrap_or(DType::F32)
}

impl<'a> Lift<'a> {
    fn new(recorder: &'a Recorder) -> Self {
        let (path, parameters, tensors) = (vec![], vec![], vec![]);
        let (dtypes, point, trained) = (vec![], vec![], vec![].into_iter());
        Self { recorder, path, parameters, tensors, dtypes, point, trained }
    }

    /// A module in inference mode, its trained parameters lifted and all else that it holds moved along.
    pub(crate) fn module<M: Module>(&mut self, module: &M) -> M {
        // Clones of a module share their running statistics; `valid` makes a copy.
        let module = module.valid();
        let mut trained = Trained(vec![]);
        module.visit(&mut trained);
        self.trained = trained.0.into_iter();
        module.to_device(&self.recorder.device()).map(self)
    }

    /// Makes a tensor a parameter.
    pub(crate) fn lift(&mut self, name: String, data: TensorData) -> Float<Recording> {
        self.parameters.push(Parameter { name, shape: dims(data.shape()), offset: self.point.len() });
        self.dtypes.push(data.dtype());
        self.point.extend(data.iter::<f64>());
        let tensor = self.recorder.data(data);
        let lifted = <Recording as FloatTensorOps<Recording>>::float_set_require_grad(tensor, true);
        self.tensors.push(lifted.clone());
        lifted
    }

    /// Makes a tensor of numbers a parameter.
    pub(crate) fn tensor<const D: usize>(&mut self, name: &str, data: TensorData) -> Tensor<D> {
        Tensor::from_primitive::<Recording>(self.lift(name.to_owned(), data))
    }
}

impl ModuleMapper for Lift<'_> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        if self.trained.next() != Some(true) {
            return param;
        }
        let (id, tensor, mapper) = param.consume();
        let lifted = self.lift(self.path.join("."), tensor.into_data());
        Param::from_mapped_value(id, Tensor::from_primitive::<Recording>(lifted), mapper)
    }
}

/// Whose derivative burn's backward pass takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Backward {
    /// Of the result, which has one entry.
    Scalar,
    /// Of the result's inner product with another tensor, the cotangent.
    Cotangent,
}

/// A recording as a program.
pub(crate) struct Captured {
    pub(crate) program: Program,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) point: Vec<f64>,
}

/// What the recording leaves besides the operations.
struct Recorded {
    parameters: Vec<Parameter>,
    dtypes: Vec<DType>,
    point: Vec<f64>,
    ids: Vec<TensorId>,
    result: TensorId,
    result_dtype: DType,
    cotangent: Option<TensorId>,
    /// Whether the result depends on each parameter.
    depends: Vec<bool>,
}

/// Records a closure and the backward pass through it. The closure lifts the parameters, which are of the given type.
pub(crate) fn capture<D: Batch, const K: usize>(
    dtype: DType,
    batch: D,
    backward: Backward,
    run: impl FnOnce(&mut Lift<'_>, D) -> Tensor<K>,
) -> Result<Captured, TraceError> {
    let recorder = Recorder::new(dtype);
    let mut failed = None;
    let mut recorded = None;
    let scope = AssertUnwindSafe(|| {
        recorder.device.capture_scope(|scope| {
            let result = recorder.configure().and_then(|()| {
                let mut lift = Lift::new(&recorder);
                let result = run(&mut lift, batch.recorded(&recorder));
                record(lift, result, backward)
            });
            match result {
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
    let mut outputs = graph.graph.outputs.iter().copied();
    let result = outputs.next().unwrap_or(recorded.result);
    let gradient = recorded.depends.iter().map(|&depends| depends.then(|| outputs.next()).flatten()).collect();
    let boundary =
        Boundary { parameters: recorded.ids, loss: result, cotangent: recorded.cotangent, gradient, precision };
    let operations = &graph.graph.operations;
    let program =
        Builder::build(operations, &graph.values, &boundary).map_err(|missing| TraceError::Unsupported {
            operation: missing.operation,
            position: missing.position,
            length: operations.len(),
        })?;
    for (_, data) in &program.constants {
        if data.dtype().is_float() && data.dtype() != recorded.result_dtype {
            let (what, expected, found) =
                ("a tensor of the batch".to_owned(), recorded.result_dtype, data.dtype());
            return Err(TraceError::MixedPrecision { what, expected, found });
        }
    }
    Ok(Captured { program, parameters: recorded.parameters, point: recorded.point })
}

/// Records burn's backward pass; names the result and the gradients, each a tensor of its own.
fn record<const K: usize>(
    lift: Lift<'_>,
    result: Tensor<K>,
    backward: Backward,
) -> Result<(Recorded, Vec<TensorId>), TraceError> {
    if lift.tensors.is_empty() {
        return Err(TraceError::NoParameters);
    }
    // A copy makes each output a tensor of its own, even where two gradients or the result and a parameter are one.
    let own = |tensor| CaptureBackend::float_mul_scalar(tensor, Scalar::Float(1.0)).id();
    let result = result.try_into_primitive::<Recording>().map_err(|error| {
        TraceError::NotRecordable(format!("the loss does not come from the module: {error:?}"))
    })?;
    let value = Recording::inner(result.clone());
    let (shape, dtype) = (dims(&value.shape()), value.dtype());
    let mut outputs = vec![own(value)];
    let mut cotangent = None;
    let scalar = match backward {
        Backward::Scalar if shape.iter().product::<usize>() == 1 => result,
        Backward::Scalar => return Err(TraceError::NotScalar { shape }),
        Backward::Cotangent => {
            let along = lift.recorder.data(zeros(shape, dtype));
            cotangent = Some(Recording::inner(along.clone()).id());
            Recording::float_sum(Recording::float_mul(result, along))
        }
    };
    let gradients = Recording::backward(scalar);
    let mut depends = vec![false; lift.tensors.len()];
    for (tensor, depends) in lift.tensors.iter().zip(&mut depends) {
        if let Some(gradient) = Recording::grad(tensor, &gradients) {
            outputs.push(own(gradient));
            *depends = true;
        }
    }
    let ids = lift.tensors.iter().map(|tensor| Recording::inner(tensor.clone()).id()).collect();
    let recorded = Recorded {
        ids,
        result: outputs[0],
        result_dtype: dtype,
        cotangent,
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
    let all =
        recorded.dtypes.iter().copied().zip(names).chain([(recorded.result_dtype, "the loss".to_owned())]);
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
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    match text {
        Some(text) if text.contains("DTypeMismatch") => {
            "tensors of different types meet; what a module holds beside parameters is not cast with them"
                .to_owned()
        }
        text => text.unwrap_or_else(|| "it panicked".to_owned()),
    }
}

pub(crate) fn zeros(shape: Vec<usize>, dtype: DType) -> TensorData {
    let count = shape.iter().product();
    match dtype {
        DType::F64 => TensorData::new(vec![0_f64; count], shape),
        _ => TensorData::new(vec![0_f32; count], shape),
    }
}
