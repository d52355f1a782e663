//! Running a program at a point on a burn backend.

use burn_backend::Backend;

use crate::program::{Node, Program, ProgramError, ValueId};
use crate::value::{Context, Float, Value, numbers};

/// A program with its constants on a device.
pub(crate) struct Executor<'p, B: Backend> {
    pub(crate) program: &'p Program,
    pub(crate) context: Context<B>,
    constants: Vec<(ValueId, Value<B>)>,
}

impl<'p, B: Backend> Executor<'p, B> {
    pub(crate) fn new(program: &'p Program, device: B::Device) -> Self {
        let context = Context::new(device, program.precision);
        let constants = program
            .constants
            .iter()
            .map(|(id, data)| {
                let info = &program.values[*id];
                (*id, context.constant(data, info.kind, &info.shape))
            })
            .collect();
        Self { program, context, constants }
    }

    /// Computes the given values. Each node that they need is shown to `observe` with its arguments and result;
    /// what no later node reads is freed at once.
    pub(crate) fn run(
        &self,
        point: &[f64],
        roots: &[ValueId],
        mut observe: impl FnMut(&Node, &[Value<B>], &Value<B>) -> Result<(), ProgramError>,
    ) -> Result<Vec<Value<B>>, ProgramError> {
        let mut values: Vec<Option<Value<B>>> = vec![None; self.program.values.len()];
        for (id, value) in &self.constants {
            values[*id] = Some(value.clone());
        }
        for (id, tensor) in self.spread(point, 1)? {
            values[id] = Some(Value::Float(tensor));
        }
        let needed = self.program.needed(roots.iter().copied());
        let mut readers = vec![0_usize; values.len()];
        let live =
            || self.program.nodes.iter().zip(&needed).filter(|&(_, &needed)| needed).map(|(node, _)| node);
        for &id in live().flat_map(|node| &node.inputs).chain(roots) {
            readers[id] += 1;
        }
        for node in live() {
            let args = node.inputs.iter().map(|&id| fetch(&values, id)).collect::<Result<Vec<_>, _>>()?;
            let result = node.op.evaluate(&args, &self.context)?;
            observe(node, &args, &result)?;
            for &id in &node.inputs {
                readers[id] -= 1;
                if readers[id] == 0 {
                    values[id] = None;
                }
            }
            values[node.output] = Some(result);
        }
        roots.iter().map(|&id| fetch(&values, id)).collect()
    }

    /// The tensors of the parameters, from `count` flat vectors one after another.
    pub(crate) fn spread(
        &self,
        vectors: &[f64],
        count: usize,
    ) -> Result<Vec<(ValueId, Float<B>)>, ProgramError> {
        let dimension = self.dimension();
        if vectors.len() != dimension * count {
            return Err(ProgramError::WrongDimension { expected: dimension * count, found: vectors.len() });
        }
        if let Some(index) = vectors.iter().position(|entry| !entry.is_finite()) {
            return Err(ProgramError::NotFinite { index });
        }
        let mut offset = 0;
        Ok(self
            .program
            .parameters
            .iter()
            .map(|&id| {
                let shape = &self.program.values[id].shape;
                let size: usize = shape.iter().product();
                let mine: Vec<f64> = vectors
                    .chunks_exact(dimension)
                    .flat_map(|vector| &vector[offset..offset + size])
                    .copied()
                    .collect();
                offset += size;
                (id, self.context.float_from(&mine, count, shape))
            })
            .collect())
    }

    /// One flat vector a tangent from the tensors of the gradient; a missing one is zero.
    pub(crate) fn collect(&self, parts: Vec<Option<Float<B>>>, count: usize) -> Result<Vec<f64>, ProgramError> {
        let dimension = self.dimension();
        let mut flat = vec![0.0; dimension * count];
        let mut offset = 0;
        for (part, &id) in parts.into_iter().zip(&self.program.parameters) {
            let size: usize = self.program.values[id].shape.iter().product();
            if let Some(part) = part {
                let part = numbers::<B>(part)?;
                for (row, entries) in flat.chunks_exact_mut(dimension).zip(part.chunks_exact(size)) {
                    row[offset..offset + size].copy_from_slice(entries);
                }
            }
            offset += size;
        }
        Ok(flat)
    }

    /// The loss, and the gradient if it is asked for.
    pub(crate) fn loss(&self, point: &[f64]) -> Result<f64, ProgramError> {
        let loss = self.run(point, &[self.program.loss], |_, _, _| Ok(()))?;
        first::<B>(&loss)
    }

    /// The loss and its gradient.
    pub(crate) fn loss_and_gradient(
        &self,
        point: &[f64],
        observe: impl FnMut(&Node, &[Value<B>], &Value<B>) -> Result<(), ProgramError>,
    ) -> Result<(f64, Vec<f64>), ProgramError> {
        let parts = self.program.gradient.iter().flatten().copied();
        let roots: Vec<ValueId> = [self.program.loss].into_iter().chain(parts).collect();
        let values = self.run(point, &roots, observe)?;
        let loss = first::<B>(&values)?;
        let mut parts = values[1..].iter();
        let parts = self
            .program
            .gradient
            .iter()
            .map(|part| part.and_then(|_| parts.next()).map(Value::float).transpose())
            .collect::<Result<_, _>>()?;
        Ok((loss, self.collect(parts, 1)?))
    }

    pub(crate) fn dimension(&self) -> usize {
        self.program.dimension()
    }
}

fn fetch<B: Backend>(values: &[Option<Value<B>>], id: ValueId) -> Result<Value<B>, ProgramError> {
    values[id].clone().ok_or(ProgramError::Read(format!("value {id} has not been computed")))
}

fn first<B: Backend>(values: &[Value<B>]) -> Result<f64, ProgramError> {
    let loss = values.first().map(Value::float).transpose()?.map(numbers::<B>).transpose()?;
    loss.and_then(|loss| loss.first().copied()).ok_or(ProgramError::Read("the loss is empty".into()))
}
