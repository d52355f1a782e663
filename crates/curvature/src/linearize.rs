//! A loss's gradient near a point, as a linear map of the parameters' tangents: the Hessian.
//!
//! At the point each operation of the gradient program is replaced by its derivative, whose coefficients (weights,
//! activations, slopes) are computed once. A product with the Hessian then runs nothing but this linear program.

use burn::tensor::Device;
use std::sync::Arc;

use crate::backend::Dispatch;
use crate::differentiate::Derivative;
use crate::execute::{Machine, Products, Runner};
use crate::program::{Precision, Program, ProgramError, ValueId};
use crate::trace::Traced;
use crate::value::Context;

/// The Hessian of a traced loss at a point, ready for products.
///
/// # Formula
/// $$v \mapsto \nabla^2 L(\theta)\, v = \frac{d}{dt}\Big|_{t=0} \nabla L(\theta + t v)$$
///
/// Where the loss is only piecewise smooth this is the Hessian of the piece that the point is assigned to; see
/// [`kinks`](crate::kinks).
pub struct Linearization {
    derivative: Arc<Derivative>,
    products: Box<dyn Products>,
    dimension: usize,
    value: f64,
    gradient: Vec<f64>,
}

/// The loss as a function.
impl Traced {
    /// The loss at a point.
    ///
    /// # Errors
    /// When the point has the wrong length or entries that are not finite, or when the loss overflows.
    pub fn value(&self, point: &[f64]) -> Result<f64, ProgramError> {
        let program = self.program();
        let values = self.machine().values(&program.graph, point, &[program.loss])?;
        loss_and_gradient(program, values).map(|(value, _)| value)
    }

    /// The loss and its gradient at a point.
    ///
    /// # Errors
    /// As for [`value`](Traced::value).
    pub fn value_and_gradient(&self, point: &[f64]) -> Result<(f64, Vec<f64>), ProgramError> {
        let program = self.program();
        loss_and_gradient(program, self.machine().values(&program.graph, point, &roots(program))?)
    }

    /// The Hessian at a point, on this crate's CPU engine.
    ///
    /// # Errors
    /// As for [`value`](Traced::value).
    pub fn linearize(&self, point: &[f64]) -> Result<Linearization, ProgramError> {
        self.linearize_with(self.machine(), self.derivative(), point)
    }

    /// The block of the Hessian that belongs to some of the parameters, given by their positions in
    /// [`parameters`](Traced::parameters); the others stay at the point. Vectors hold the chosen parameters' entries only.
    ///
    /// A block costs less than the whole: nothing is computed that does not depend on the chosen parameters.
    ///
    /// # Errors
    /// As for [`value`](Traced::value), and when there is no parameter of such a position.
    pub fn linearize_block(&self, point: &[f64], chosen: &[usize]) -> Result<Linearization, ProgramError> {
        let program = self.program();
        if let Some(&position) = chosen.iter().find(|&&position| position >= program.parameters.len()) {
            return Err(ProgramError::NoParameter { position, count: program.parameters.len() });
        }
        let inputs: Vec<ValueId> = chosen.iter().map(|&position| program.parameters[position]).collect();
        let outputs: Vec<_> = chosen.iter().map(|&position| program.gradient[position]).collect();
        let derivative = Arc::new(Derivative::new(&program.graph, &inputs, &outputs, &inputs));
        let mut at = self.linearize_with(self.machine(), derivative, point)?;
        let gradient = chosen.iter().flat_map(|&position| {
            let parameter = &self.parameters()[position];
            at.gradient[parameter.offset..parameter.offset + parameter.shape.iter().product::<usize>()].to_vec()
        });
        at.gradient = gradient.collect();
        Ok(at)
    }

    /// The Hessian at a point, on a device of one of burn's backends, such as a graphics card.
    ///
    /// # Errors
    /// As for [`value`](Traced::value).
    pub fn linearize_on(&self, point: &[f64], device: &Device) -> Result<Linearization, ProgramError> {
        let program = self.program();
        let context = Context::<Dispatch>::new(device.as_dispatch().clone(), program.precision);
        self.linearize_with(Arc::new(Runner::new(context, program)), self.derivative(), point)
    }

    fn linearize_with(
        &self,
        machine: Arc<dyn Machine>,
        derivative: Arc<Derivative>,
        point: &[f64],
    ) -> Result<Linearization, ProgramError> {
        let program = self.program();
        let (values, products) =
            machine.linearize(std::slice::from_ref(&derivative), point, &roots(program))?;
        let products = products.into_iter().next().ok_or(ProgramError::Read("no products".into()))?;
        let (value, gradient) = loss_and_gradient(program, values)?;
        let dimension = derivative.inputs.iter().map(|&id| program.graph.size(id)).sum();
        Ok(Linearization { derivative, products, dimension, value, gradient })
    }
}

/// The loss and the parts of the gradient that are not zero.
fn roots(program: &Program) -> Vec<ValueId> {
    [program.loss].into_iter().chain(program.gradient.iter().flatten().copied()).collect()
}

fn loss_and_gradient(program: &Program, values: Vec<Vec<f64>>) -> Result<(f64, Vec<f64>), ProgramError> {
    let mut values = values.into_iter();
    let loss = values.next().and_then(|loss| loss.first().copied());
    let loss = loss.ok_or(ProgramError::Read("the loss is empty".into()))?;
    finite(&[loss], "loss")?;
    let mut gradient = Vec::with_capacity(program.dimension());
    for (part, &parameter) in program.gradient.iter().zip(&program.parameters) {
        let size = program.graph.size(parameter);
        gradient.extend(part.and_then(|_| values.next()).unwrap_or_else(|| vec![0.0; size]));
    }
    finite(&gradient, "gradient")?;
    Ok((loss, gradient))
}

impl Linearization {
    /// Number of parameters that vectors hold.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// The loss at the point.
    pub fn value(&self) -> f64 {
        self.value
    }

    /// The gradient at the point.
    pub fn gradient(&self) -> &[f64] {
        &self.gradient
    }

    /// How many bytes the tensors kept for products take, each counted in full even where two share memory, without
    /// the batch itself.
    pub fn bytes(&self) -> usize {
        self.products.bytes()
    }

    /// Number of operations of a product.
    pub fn steps(&self) -> usize {
        self.derivative.steps.len()
    }

    /// The Hessian times a vector.
    ///
    /// # Errors
    /// When the vector has the wrong length or entries that are not finite, or when the product overflows.
    pub fn hessian_vector(&self, vector: &[f64]) -> Result<Vec<f64>, ProgramError> {
        self.hessian_block(vector, 1)
    }

    /// The Hessian times `count` vectors, which follow one another, as do the products.
    ///
    /// The vectors share every coefficient. On the CPU engine they are shared out among the threads, each of which
    /// needs one product's memory; on one of burn's backends they form one tensor, `count` times as large.
    ///
    /// # Errors
    /// As for [`hessian_vector`](Linearization::hessian_vector).
    pub fn hessian_block(&self, vectors: &[f64], count: usize) -> Result<Vec<f64>, ProgramError> {
        let products = self.products.products(vectors, count)?;
        finite(&products, "Hessian-vector product")?;
        Ok(products)
    }

    /// The dense Hessian, row by row, from blocks of at most `block` vectors.
    ///
    /// # Errors
    /// As for [`hessian_vector`](Linearization::hessian_vector).
    pub fn hessian(&self, block: usize) -> Result<Vec<f64>, ProgramError> {
        let n = self.dimension();
        let mut hessian = Vec::with_capacity(n * n);
        let mut start = 0;
        while start < n {
            let count = block.clamp(1, n - start);
            let mut units = vec![0.0; n * count];
            for (row, unit) in units.chunks_exact_mut(n).enumerate() {
                unit[start + row] = 1.0;
            }
            hessian.extend(self.hessian_block(&units, count)?);
            start += count;
        }
        Ok(hessian)
    }
}

/// The program on the CPU engine, in its own precision.
pub(crate) fn cpu(program: &Program) -> Arc<dyn Machine> {
    match program.precision {
        Precision::F32 => Arc::new(Runner::new(crate::cpu::Cpu::<f32>::default(), program)),
        Precision::F64 => Arc::new(Runner::new(crate::cpu::Cpu::<f64>::default(), program)),
    }
}

pub(crate) fn finite(entries: &[f64], what: &'static str) -> Result<(), ProgramError> {
    if entries.iter().all(|entry| entry.is_finite()) { Ok(()) } else { Err(ProgramError::Overflow { what }) }
}
