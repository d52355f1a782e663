//! A loss's gradient near a point, as a linear map of the parameters' tangents: the Hessian.
//!
//! At the point each operation of the gradient program is replaced by its derivative, whose coefficients (weights,
//! activations, slopes) are computed once. A product with the Hessian then runs nothing but this linear program.

use std::collections::HashMap;

use burn_backend::{Backend, Shape, TensorMetadata};

use crate::backend::{Flex, FlexDevice};
use crate::execute::Executor;
use crate::program::{ProgramError, ValueId};
use crate::terms::{Arg, Recorder, Step, Term, wanted};
use crate::trace::Traced;
use crate::value::{Float, Value, with_lead};

/// The Hessian of a traced loss at a point, ready for products.
///
/// # Formula
/// $$v \mapsto \nabla^2 L(\theta)\, v = \frac{d}{dt}\Big|_{t=0} \nabla L(\theta + t v)$$
///
/// Where the loss is only piecewise smooth this is the Hessian of the piece that the point is assigned to; see
/// [`kinks`](crate::kinks).
pub struct Linearization<'p, B: Backend = Flex> {
    executor: Executor<'p, B>,
    kept: Vec<Value<B>>,
    steps: Vec<Step>,
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
        let value = self.executor().loss(point)?;
        finite(&[value], "loss").map(|()| value)
    }

    /// The loss and its gradient at a point.
    ///
    /// # Errors
    /// As for [`value`](Traced::value).
    pub fn value_and_gradient(&self, point: &[f64]) -> Result<(f64, Vec<f64>), ProgramError> {
        let (value, gradient) = self.executor().loss_and_gradient(point, |_, _, _| Ok(()))?;
        finite(&[value], "loss")?;
        finite(&gradient, "gradient")?;
        Ok((value, gradient))
    }

    /// The Hessian at a point, on burn's CPU backend flex.
    ///
    /// # Errors
    /// As for [`value`](Traced::value).
    pub fn linearize(&self, point: &[f64]) -> Result<Linearization<'_>, ProgramError> {
        self.linearize_on::<Flex>(point, FlexDevice)
    }

    /// The Hessian at a point, on a device of a backend.
    ///
    /// # Errors
    /// As for [`value`](Traced::value).
    pub fn linearize_on<B: Backend>(
        &self,
        point: &[f64],
        device: B::Device,
    ) -> Result<Linearization<'_, B>, ProgramError> {
        Linearization::new(Executor::new(&self.program, device), point)
    }

    pub(crate) fn executor(&self) -> Executor<'_, Flex> {
        Executor::new(&self.program, FlexDevice)
    }
}

impl<'p, B: Backend> Linearization<'p, B> {
    pub(crate) fn new(executor: Executor<'p, B>, point: &[f64]) -> Result<Self, ProgramError> {
        let wanted = wanted(executor.program);
        let mut recorder = Recorder::new(executor.program);
        let mut steps = Vec::new();
        let (value, gradient) = executor.loss_and_gradient(point, |node, args, result| {
            if wanted[node.output] {
                let rule = node.op.derivative(args, result, &executor.context)?;
                steps.push(Step { output: node.output, terms: recorder.terms(node, args, rule), done: vec![] });
            }
            Ok(())
        })?;
        finite(&[value], "loss")?;
        finite(&gradient, "gradient")?;
        let mut this = Self { kept: recorder.kept, executor, steps, value, gradient };
        this.prune();
        Ok(this)
    }

    /// Drops the steps that reach no gradient and the tensors that no step reads, and plans when tangents go.
    fn prune(&mut self) {
        let outputs: Vec<ValueId> = self.executor.program.gradient.iter().flatten().copied().collect();
        let mut wanted = vec![false; self.executor.program.values.len()];
        for &output in &outputs {
            wanted[output] = true;
        }
        let mut steps = Vec::with_capacity(self.steps.len());
        for mut step in std::mem::take(&mut self.steps).into_iter().rev() {
            if wanted[step.output] && !step.terms.is_empty() {
                for id in step.terms.iter().flat_map(Term::tangents) {
                    if !wanted[id] {
                        wanted[id] = true;
                        step.done.push(id);
                    }
                }
                steps.push(step);
            }
        }
        steps.reverse();
        let mut places = HashMap::new();
        for slot in steps.iter_mut().flat_map(|step| &mut step.terms).flat_map(Term::slots) {
            let next = places.len();
            *slot = *places.entry(*slot).or_insert(next);
        }
        let mut kept: Vec<Option<Value<B>>> = vec![None; places.len()];
        for (old, value) in std::mem::take(&mut self.kept).into_iter().enumerate() {
            if let Some(&new) = places.get(&old) {
                kept[new] = Some(value);
            }
        }
        self.kept = kept.into_iter().flatten().collect();
        self.steps = steps;
    }

    /// Number of parameters.
    pub fn dimension(&self) -> usize {
        self.executor.dimension()
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
        self.kept.iter().map(Value::bytes).sum()
    }

    /// Number of operations of a product.
    pub fn steps(&self) -> usize {
        self.steps.len()
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
    /// The vectors share every coefficient, and matrix products grow by a factor `count`: a block costs less than its
    /// vectors one by one. It takes `count` times a product's memory.
    ///
    /// # Errors
    /// As for [`hessian_vector`](Linearization::hessian_vector).
    pub fn hessian_block(&self, vectors: &[f64], count: usize) -> Result<Vec<f64>, ProgramError> {
        if count == 0 {
            return if vectors.is_empty() {
                Ok(vec![])
            } else {
                Err(ProgramError::WrongDimension { expected: 0, found: vectors.len() })
            };
        }
        let program = self.executor.program;
        let mut tangents: Vec<Option<Float<B>>> = vec![None; program.values.len()];
        for (id, tensor) in self.executor.spread(vectors, count)? {
            tangents[id] = Some(tensor);
        }
        for step in &self.steps {
            let mut sum: Option<Float<B>> = None;
            for term in &step.terms {
                if let Some(part) = self.term(term, &tangents, count)? {
                    sum = Some(match sum {
                        Some(sum) => B::float_add(sum, part),
                        None => part,
                    });
                }
            }
            for &id in &step.done {
                tangents[id] = None;
            }
            tangents[step.output] = sum.map(|sum| {
                let shape = with_lead(count, &program.values[step.output].shape);
                if sum.shape() == shape { sum } else { B::float_expand(sum, shape) }
            });
        }
        let parts = program.gradient.iter().map(|part| part.and_then(|id| tangents[id].clone())).collect();
        let products = self.executor.collect(parts, count)?;
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

    fn term(
        &self,
        term: &Term,
        tangents: &[Option<Float<B>>],
        count: usize,
    ) -> Result<Option<Float<B>>, ProgramError> {
        match term {
            Term::Scaled(id, c) => Ok(tangents[*id]
                .clone()
                .map(|t| if *c == 1.0 { t } else { B::float_mul_scalar(t, burn_backend::Scalar::Float(*c)) })),
            Term::Times(id, slot) => {
                let Some(t) = tangents[*id].clone() else { return Ok(None) };
                Ok(Some(B::float_mul(t, self.kept[*slot].float()?)))
            }
            Term::Apply(op, args) => {
                let mut some = false;
                let args = args
                    .iter()
                    .map(|arg| {
                        Ok(match *arg {
                            Arg::Kept(slot) => self.kept[slot].clone(),
                            Arg::Tangent(id) if tangents[id].is_some() => {
                                some = true;
                                tangents[id].clone().map_or_else(|| self.zero(id, count), Value::Float)
                            }
                            Arg::Tangent(id) | Arg::Zero(id) => self.zero(id, count),
                        })
                    })
                    .collect::<Result<Vec<_>, ProgramError>>()?;
                if some { op.evaluate(&args, &self.executor.context)?.float().map(Some) } else { Ok(None) }
            }
        }
    }

    fn zero(&self, id: ValueId, count: usize) -> Value<B> {
        let shape: Shape = with_lead(count, &self.executor.program.values[id].shape);
        Value::Float(self.executor.context.zeros(shape))
    }
}

pub(crate) fn finite(entries: &[f64], what: &'static str) -> Result<(), ProgramError> {
    if entries.iter().all(|entry| entry.is_finite()) { Ok(()) } else { Err(ProgramError::Overflow { what }) }
}
