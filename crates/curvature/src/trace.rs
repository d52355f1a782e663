//! From a module, a loss and a batch to the program of the gradient.

use burn::module::Module;
use burn::tensor::Tensor;
use burn_backend::DType;
use burn_capture::CaptureError;
use std::sync::Arc;

use crate::cache::Cache;
use crate::capture::{Backward, Captured, Lift, capture, first_dtype};
use crate::differentiate::Derivative;
use crate::execute::Machine;
use crate::program::Program;

pub use crate::recorder::{Batch, Recorder};

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
    pub(crate) fn new(captured: Captured) -> Self {
        let Captured { program, parameters, point } = captured;
        Self { program, parameters, point, cache: Cache::default() }
    }

    /// Number of parameters, all entries counted.
    pub fn dimension(&self) -> usize {
        self.point.len()
    }

    /// The parameters in the order in which burn visits them; vectors follow this order.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// The positions of the parameters whose names match a pattern, in which `*` stands for any letters:
    /// `layers.0.*`, `*.weight`. Empty if none does.
    pub fn select(&self, pattern: &str) -> Vec<usize> {
        let names = self.parameters.iter().map(|parameter| parameter.name.as_str());
        names.enumerate().filter(|(_, name)| matches(pattern, name)).map(|(position, _)| position).collect()
    }

    /// The values that the parameters had in the module.
    pub fn point(&self) -> &[f64] {
        &self.point
    }

    /// The program of the loss and its gradient.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// How many bytes the batch and the other constants of the loss take.
    pub fn bytes(&self) -> usize {
        self.program.constants.iter().map(|(_, data)| data.bytes().len()).sum()
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

/// Records a loss of a module on a batch together with its gradient.
///
/// The closure receives the module and the batch on a device that records what is done instead of doing it, and
/// returns a loss of one entry. Everything else it uses must come from these two, or be created on their device.
/// The point at which curvature is taken is free afterwards, as is the number of products; the batch is not.
///
/// The module is recorded in inference mode: dropout does nothing, batch normalization uses its running statistics.
/// These, the plain tensors of a module and frozen parameters are constants of the loss.
///
/// A program has one precision, that of the parameters, also where burn converts to binary32 and back on the way. What a
/// loss detaches is not told apart in a recording: products then differentiate burn's gradient as it is, which is the
/// gradient of nothing, and in general not symmetric; the probe of
/// [`saddlepoint_landscape::operator::probe::symmetry`] says so.
///
/// # Errors
/// See [`TraceError`]. A closure that panics gives [`TraceError::NotRecordable`]; reading a tensor's numbers, as
/// control flow that depends on data does, is such a panic.
///
/// # Example
/// See the [crate's page](crate).
pub fn trace<M, D, F>(module: &M, batch: D, loss: F) -> Result<Traced, TraceError>
where
    M: Module,
    D: Batch,
    F: FnOnce(&M, D) -> Tensor<1>,
{
    let run = |lift: &mut Lift<'_>, batch| loss(&lift.module(module), batch);
    let captured = capture(first_dtype(module), batch, Backward::Scalar, run)?;
    Ok(Traced::new(captured))
}

/// Whether a name matches a pattern in which `*` stands for any letters.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, rest)) => name.strip_prefix(start).is_some_and(|name| {
            (0..=name.len()).any(|at| name.is_char_boundary(at) && matches(rest, &name[at..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_any_letters() {
        for (pattern, name, expected) in [
            ("layers.0.*", "layers.0.weight", true),
            ("layers.0.*", "layers.10.weight", false),
            ("*.weight", "layers.0.weight", true),
            ("*weight*", "weight", true),
            ("bias", "a.bias", false),
            ("*.é*", "a.éb", true),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
