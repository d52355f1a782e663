//! The derivative of a network's outputs with respect to its parameters.
//!
//! With $f(\theta)$ the outputs and $u$ a tensor of their shape, burn's backward pass through $\langle f(\theta), u\rangle$
//! gives $J^\top u$ as a program that is linear in $u$: its derivative along $u$ is $J^\top$, and the derivative of
//! $f$ along $\theta$ is $J$. Both share what is computed at a point.

use burn::module::Module;
use burn::tensor::Tensor;
use burn_backend::DType;
use std::sync::Arc;

use crate::capture::{Backward, Captured, Lift, capture, first_dtype, zeros};
use crate::differentiate::Derivative;
use crate::execute::{Machine, Products};
use crate::linearize::{cpu, finite};
use crate::program::{Precision, Program, ProgramError};
use crate::trace::{Batch, Parameter, TraceError, Traced};

/// The outputs of a module on a batch, as a function of the module's parameters.
pub struct TracedOutputs {
    program: Program,
    parameters: Vec<Parameter>,
    point: Vec<f64>,
    machine: Arc<dyn Machine>,
    /// Along the parameters, and along the cotangent.
    derivatives: [Arc<Derivative>; 2],
}

/// Records the outputs of a module on a batch together with the adjoint of their derivative.
///
/// # Errors
/// As for [`trace`](crate::trace()).
///
/// # Example
/// ```
/// use burn::nn::LinearConfig;
/// use burn::tensor::Tensor;
/// use saddlepoint_curvature::jacobian::trace_outputs;
///
/// # let device = saddlepoint_models::device::Device::open(Default::default())?.burn();
/// let layer = LinearConfig::new(2, 1).with_bias(false).init(&device);
/// let x = Tensor::<2>::from_floats([[1.0, 2.0], [3.0, 4.0]], &device);
/// let outputs = trace_outputs(&layer, x, |layer, x| layer.forward(x))?;
/// let jacobian = outputs.linearize(outputs.point())?;
/// assert_eq!(jacobian.times(&[1.0, 0.0])?, [1.0, 3.0]);
/// assert_eq!(jacobian.transposed_times(&[1.0, 1.0])?, [4.0, 6.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn trace_outputs<M, D, F, const K: usize>(
    module: &M,
    batch: D,
    outputs: F,
) -> Result<TracedOutputs, TraceError>
where
    M: Module,
    D: Batch,
    F: FnOnce(&M, D) -> Tensor<K>,
{
    let run = |lift: &mut Lift<'_>, batch| outputs(&lift.module(module), batch);
    let captured = capture(first_dtype(module), batch, Backward::Cotangent, run)?;
    let Captured { program, parameters, point } = captured;
    let (outputs, cotangent) = (program.loss, program.cotangent);
    let along = Derivative::new(&program.graph, &program.parameters, &[Some(outputs)], &[outputs]);
    let inputs: Vec<_> = cotangent.into_iter().collect();
    let back = Derivative::new(&along.graph, &inputs, &program.gradient, &program.parameters);
    let machine = cpu(&program);
    Ok(TracedOutputs { program, parameters, point, machine, derivatives: [along, back].map(Arc::new) })
}

impl TracedOutputs {
    /// Number of parameters, all entries counted.
    pub fn dimension(&self) -> usize {
        self.point.len()
    }

    /// Shape of the outputs.
    pub fn shape(&self) -> &[usize] {
        self.program.graph.shape(self.program.loss)
    }

    /// The parameters in the order in which burn visits them; vectors follow this order.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// The values that the parameters had in the module.
    pub fn point(&self) -> &[f64] {
        &self.point
    }

    /// The Jacobian at a point.
    ///
    /// # Errors
    /// When the point has the wrong length or entries that are not finite, or when the outputs overflow.
    pub fn linearize(&self, point: &[f64]) -> Result<Jacobian, ProgramError> {
        let machine = Arc::clone(&self.machine);
        let (values, products) = machine.linearize(&self.derivatives, point, &[self.program.loss])?;
        let outputs = values.into_iter().next().unwrap_or_default();
        finite(&outputs, "outputs")?;
        let mut products = products.into_iter();
        let missing = || ProgramError::Read("no products".into());
        Ok(Jacobian {
            dimension: self.dimension(),
            outputs,
            along: products.next().ok_or_else(missing)?,
            back: products.next().ok_or_else(missing)?,
        })
    }

    /// A loss of the outputs, as a function of the outputs: what [`GaussNewton`](crate::operators::GaussNewton)
    /// curves.
    ///
    /// # Errors
    /// As for [`trace`](crate::trace()).
    pub fn trace_loss<D, F, const K: usize>(&self, batch: D, loss: F) -> Result<Traced, TraceError>
    where
        D: Batch,
        F: FnOnce(Tensor<K>, D) -> Tensor<1>,
    {
        let dtype = match self.program.precision {
            Precision::F64 => DType::F64,
            Precision::F32 => DType::F32,
        };
        let outputs = zeros(self.shape().to_vec(), dtype);
        let run = |lift: &mut Lift<'_>, batch| loss(lift.tensor("outputs", outputs), batch);
        let captured = capture(dtype, batch, Backward::Scalar, run)?;
        Ok(Traced::new(captured))
    }
}

/// The Jacobian $J = \partial f / \partial\theta$ of a module's outputs at a point, known by its products.
pub struct Jacobian {
    dimension: usize,
    outputs: Vec<f64>,
    along: Box<dyn Products>,
    back: Box<dyn Products>,
}

impl Jacobian {
    /// Number of columns: parameters, all entries counted.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// The outputs at the point, row by row; as many as the Jacobian has rows.
    pub fn outputs(&self) -> &[f64] {
        &self.outputs
    }

    /// $J v$.
    ///
    /// # Errors
    /// When the vector has the wrong length or entries that are not finite, or when the product overflows.
    pub fn times(&self, vector: &[f64]) -> Result<Vec<f64>, ProgramError> {
        self.times_block(vector, 1)
    }

    /// $J v$ for `count` vectors, which follow one another, as do the products.
    ///
    /// # Errors
    /// As for [`times`](Jacobian::times).
    pub fn times_block(&self, vectors: &[f64], count: usize) -> Result<Vec<f64>, ProgramError> {
        let products = self.along.products(vectors, count)?;
        finite(&products, "Jacobian-vector product").map(|()| products)
    }

    /// $J^\top u$.
    ///
    /// # Errors
    /// As for [`times`](Jacobian::times).
    pub fn transposed_times(&self, cotangent: &[f64]) -> Result<Vec<f64>, ProgramError> {
        self.transposed_times_block(cotangent, 1)
    }

    /// $J^\top u$ for `count` cotangents, which follow one another, as do the products.
    ///
    /// # Errors
    /// As for [`times`](Jacobian::times).
    pub fn transposed_times_block(&self, cotangents: &[f64], count: usize) -> Result<Vec<f64>, ProgramError> {
        let products = self.back.products(cotangents, count)?;
        finite(&products, "vector-Jacobian product").map(|()| products)
    }

    /// The dense Jacobian, row by row, from blocks of at most `block` cotangents.
    ///
    /// Of the samples' losses it holds the samples' gradients. Each row is a backward pass through the whole batch: for $n$ rows
    /// of $n$ samples, batches of $\sqrt n$ samples each are cheaper than one.
    ///
    /// # Errors
    /// As for [`times`](Jacobian::times).
    pub fn dense(&self, block: usize) -> Result<Vec<f64>, ProgramError> {
        let rows = self.outputs.len();
        let mut dense = Vec::with_capacity(rows * self.dimension);
        for start in (0..rows).step_by(block.max(1)) {
            let count = block.max(1).min(rows - start);
            let mut units = vec![0.0; rows * count];
            for (row, unit) in units.chunks_exact_mut(rows).enumerate() {
                unit[start + row] = 1.0;
            }
            dense.extend(self.transposed_times_block(&units, count)?);
        }
        Ok(dense)
    }

    /// How many bytes the tensors kept for products take, each counted in full even where two share memory.
    pub fn bytes(&self) -> usize {
        self.along.bytes() + self.back.bytes()
    }
}
