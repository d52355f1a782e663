//! The parameters of any burn module as plain numbers: a flat vector, with the name and shape of each part.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Tensor, TensorData};

/// One parameter tensor.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Its path in the module: `layers.0.weight`.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its entries, row by row.
    pub values: Vec<f64>,
}

/// A vector of the wrong length for a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the module has {expected} parameters, but {found} numbers were given")]
pub struct LengthMismatch {
    /// Number of parameters of the module.
    pub expected: usize,
    /// Numbers given.
    pub found: usize,
}

/// Every floating-point parameter of a module, in the order in which burn visits them.
///
/// # Example
/// ```
/// use burn::nn::LinearConfig;
/// use saddlepoint_models::{device::{Backend, Device}, parameters};
///
/// let device = Device::open(Backend::default())?;
/// let layer = LinearConfig::new(2, 3).init(&device.burn());
/// let names: Vec<String> = parameters::named(&layer).into_iter().map(|p| p.name).collect();
/// assert_eq!(names, ["weight", "bias"]);
/// # Ok::<(), saddlepoint_models::device::DeviceError>(())
/// ```
pub fn named<M: Module>(module: &M) -> Vec<Parameter> {
    struct Collect {
        path: Vec<String>,
        found: Vec<Parameter>,
    }
    impl ModuleVisitor for Collect {
        fn enter_module(&mut self, name: &str, _container: &str) {
            self.path.push(name.to_owned());
        }
        fn exit_module(&mut self, _name: &str, _container: &str) {
            self.path.pop();
        }
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let tensor = param.val();
            self.found.push(Parameter {
                name: self.path.join("."),
                shape: tensor.dims().to_vec(),
                values: numbers(tensor),
            });
        }
    }
    let mut collect = Collect { path: Vec::new(), found: Vec::new() };
    module.visit(&mut collect);
    collect.found
}

/// All parameters in one vector.
pub fn flat<M: Module>(module: &M) -> Vec<f64> {
    named(module).into_iter().flat_map(|parameter| parameter.values).collect()
}

/// The module with its parameters replaced, in the order of [`flat`], on the same device and in the same
/// precision.
///
/// # Errors
/// [`LengthMismatch`] when there are more or fewer numbers than parameters.
pub fn replace<M: Module>(module: M, values: &[f64]) -> Result<M, LengthMismatch> {
    struct Fill<'a> {
        rest: &'a [f64],
    }
    impl ModuleMapper for Fill<'_> {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            let (id, old, mapper) = param.consume();
            let (mine, rest) = self.rest.split_at(old.shape().num_elements());
            self.rest = rest;
            let options = (&old.device(), old.dtype());
            let new = Tensor::from_data(TensorData::new(mine.to_vec(), old.dims()), options);
            Param::from_mapped_value(id, new.set_require_grad(old.is_require_grad()), mapper)
        }
    }
    let expected = module.num_params();
    if expected != values.len() {
        return Err(LengthMismatch { expected, found: values.len() });
    }
    Ok(module.map(&mut Fill { rest: values }))
}

/// The entries of a tensor, row by row, in f64.
pub(crate) fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
    tensor.into_data().iter::<f64>().collect()
}
