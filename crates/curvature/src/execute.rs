//! Running a program at a point on an engine, and its derivative along vectors.

use rayon::prelude::*;
use std::sync::Arc;

use crate::differentiate::{Action, Argument, Derivative, Piece};
use crate::engine::{Engine, Part};
use crate::program::{Graph, Program, ProgramError, ValueId};

/// A program's constants and parameters on some engine.
pub(crate) trait Machine: Send + Sync {
    /// The numbers of some values of a graph that extends the program, at a point.
    fn values(&self, graph: &Graph, point: &[f64], roots: &[ValueId]) -> Result<Vec<Vec<f64>>, ProgramError>;

    /// The same, and what products with derivatives at the point need; the last derivative's graph extends the others'.
    fn linearize(
        self: Arc<Self>,
        derivatives: &[Arc<Derivative>],
        point: &[f64],
        roots: &[ValueId],
    ) -> Result<Linearized, ProgramError>;

    /// The machine for one of several runs that go on at once: it shares the constants and uses one thread.
    fn for_one_of_many(&self) -> Box<dyn Machine>;
}

/// Numbers of some values at a point, and derivatives there.
pub(crate) type Linearized = (Vec<Vec<f64>>, Vec<Box<dyn Products>>);

/// A derivative at a point.
pub(crate) trait Products: Send + Sync {
    /// The derivative times `count` vectors, which follow one another.
    fn products(&self, vectors: &[f64], count: usize) -> Result<Vec<f64>, ProgramError>;

    /// How many bytes are kept.
    fn bytes(&self) -> usize;
}

/// What an engine needs of a program to run it anywhere.
pub(crate) struct Runner<E: Engine> {
    engine: E,
    constants: Vec<(ValueId, E::Value)>,
    parameters: Vec<ValueId>,
}

impl<E: Engine> Runner<E> {
    pub(crate) fn new(engine: E, program: &Program) -> Self {
        let constant = |(id, data): &(ValueId, _)| (*id, engine.constant(data, &program.graph.values[*id]));
        let constants = program.constants.iter().map(constant).collect();
        Self { engine, constants, parameters: program.parameters.clone() }
    }

    /// Computes the given values; what no later operation reads is freed at once.
    fn run(&self, graph: &Graph, point: &[f64], roots: &[ValueId]) -> Result<Vec<E::Value>, ProgramError> {
        check(point, self.parameters.iter().map(|&id| graph.size(id)).sum())?;
        let mut values: Vec<Option<E::Value>> = vec![None; graph.values.len()];
        for (id, value) in &self.constants {
            values[*id] = Some(value.clone());
        }
        for (id, value) in spread(&self.engine, graph, &self.parameters, &[point]) {
            values[id] = Some(value);
        }
        let needed = graph.needed(roots.iter().copied());
        let mut readers = vec![0_usize; values.len()];
        let live = || graph.nodes.iter().zip(&needed).filter(|&(_, &needed)| needed).map(|(node, _)| node);
        for &id in live().flat_map(|node| &node.inputs).chain(roots) {
            readers[id] += 1;
        }
        for node in live() {
            let args = node.inputs.iter().map(|&id| fetch(&values, id)).collect::<Result<Vec<_>, _>>()?;
            let result = self.engine.evaluate(&node.op, &args)?;
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

    fn read(&self, graph: &Graph, ids: &[ValueId], values: &[E::Value]) -> Result<Vec<Vec<f64>>, ProgramError> {
        let one = |(&id, value): (&ValueId, &E::Value)| {
            let mut row = vec![0.0; graph.size(id)];
            self.engine.read(value, &mut std::iter::once(row.as_mut_slice()))?;
            Ok(row)
        };
        ids.iter().zip(values).map(one).collect()
    }
}

impl<E: Engine + 'static> Machine for Runner<E> {
    fn values(&self, graph: &Graph, point: &[f64], roots: &[ValueId]) -> Result<Vec<Vec<f64>>, ProgramError> {
        let values = self.run(graph, point, roots)?;
        self.read(graph, roots, &values)
    }

    fn linearize(
        self: Arc<Self>,
        derivatives: &[Arc<Derivative>],
        point: &[f64],
        roots: &[ValueId],
    ) -> Result<Linearized, ProgramError> {
        let Some(last) = derivatives.last() else { return Ok((vec![], vec![])) };
        let graph = &last.graph;
        let kept = derivatives.iter().flat_map(|derivative| &derivative.kept);
        let wanted: Vec<ValueId> = roots.iter().chain(kept).copied().collect();
        let values = self.run(graph, point, &wanted)?;
        let numbers = self.read(graph, roots, &values)?;
        let mut values = values.into_iter().skip(roots.len());
        let products = derivatives.iter().map(|derivative| {
            let mut kept = vec![None; graph.values.len()];
            for (&id, value) in derivative.kept.iter().zip(values.by_ref()) {
                kept[id] = Some(value);
            }
            let (runner, derivative) = (Arc::clone(&self), Arc::clone(derivative));
            Box::new(Tangents { runner, derivative, kept }) as Box<dyn Products>
        });
        Ok((numbers, products.collect()))
    }

    fn for_one_of_many(&self) -> Box<dyn Machine> {
        Box::new(Self {
            engine: self.engine.for_one_of_many(),
            constants: self.constants.clone(),
            parameters: self.parameters.clone(),
        })
    }
}

/// A derivative with its coefficients at a point.
struct Tangents<E: Engine> {
    runner: Arc<Runner<E>>,
    derivative: Arc<Derivative>,
    kept: Vec<Option<E::Value>>,
}

impl<E: Engine> Products for Tangents<E> {
    fn products(&self, vectors: &[f64], count: usize) -> Result<Vec<f64>, ProgramError> {
        let size = |ids: &[ValueId]| ids.iter().map(|&id| self.derivative.graph.size(id)).sum::<usize>();
        let (width, height) = (size(&self.derivative.inputs), size(&self.derivative.rows));
        check(vectors, width * count)?;
        let mut products = vec![0.0; height * count];
        if count == 0 || width == 0 || height == 0 {
            return Ok(products);
        }
        if E::STACKS || count == 1 {
            let vectors: Vec<&[f64]> = vectors.chunks_exact(width).collect();
            self.run(&self.runner.engine, &vectors, &mut products)?;
        } else {
            let engine = self.runner.engine.for_one_of_many();
            products
                .par_chunks_exact_mut(height)
                .zip(vectors.par_chunks_exact(width))
                .try_for_each(|(product, vector)| self.run(&engine, &[vector], product))?;
        }
        Ok(products)
    }

    fn bytes(&self) -> usize {
        self.kept.iter().flatten().map(|value| self.runner.engine.bytes(value)).sum()
    }
}

impl<E: Engine> Tangents<E> {
    fn run(&self, engine: &E, vectors: &[&[f64]], products: &mut [f64]) -> Result<(), ProgramError> {
        let (derivative, graph, count) = (&*self.derivative, &self.derivative.graph, vectors.len());
        let mut tangents: Vec<Option<E::Value>> = vec![None; graph.values.len()];
        for (id, tensor) in spread(engine, graph, &derivative.inputs, vectors) {
            tangents[id] = Some(tensor);
        }
        for step in &derivative.steps {
            let result = match &step.action {
                Action::Combine(pieces) => {
                    let part = |piece: &Piece| {
                        Ok(Part {
                            scale: piece.scale,
                            factor: piece.factor.map(|id| borrow(&self.kept, id)).transpose()?,
                            tangent: borrow(&tangents, piece.tangent)?,
                        })
                    };
                    let parts = pieces.iter().map(part).collect::<Result<Vec<_>, ProgramError>>()?;
                    engine.combine(&parts, count, graph.shape(step.output))?
                }
                Action::Apply(terms) => {
                    let mut sum = None;
                    for (op, arguments) in terms {
                        let argument = |argument: &Argument| match *argument {
                            Argument::Tangent(id) => fetch(&tangents, id),
                            Argument::Kept(id) => fetch(&self.kept, id),
                            Argument::Zero(id) => Ok(engine.zeros(count, graph.shape(id))),
                        };
                        let args = arguments.iter().map(argument).collect::<Result<Vec<_>, _>>()?;
                        sum = Some(match sum {
                            None => engine.evaluate(op, &args)?,
                            Some(sum) => engine.evaluate_onto(sum, op, &args)?,
                        });
                    }
                    sum.ok_or(ProgramError::Read("a tangent has no terms".into()))?
                }
            };
            for &id in &step.done {
                tangents[id] = None;
            }
            tangents[step.output] = Some(result);
        }
        let height = products.len() / count;
        let mut offset = 0;
        for (output, &row) in derivative.outputs.iter().zip(&derivative.rows) {
            let size = graph.size(row);
            if let Some(output) = output {
                let rows = products.chunks_exact_mut(height).map(|product| &mut product[offset..offset + size]);
                engine.read(borrow(&tangents, *output)?, &mut { rows })?;
            }
            offset += size;
        }
        Ok(())
    }
}

/// Fails unless there are `expected` numbers, all finite.
pub(crate) fn check(numbers: &[f64], expected: usize) -> Result<(), ProgramError> {
    if numbers.len() != expected {
        return Err(ProgramError::WrongDimension { expected, found: numbers.len() });
    }
    match numbers.iter().position(|entry| !entry.is_finite()) {
        Some(index) => Err(ProgramError::NotFinite { index }),
        None => Ok(()),
    }
}

/// The tensors of some values, whose numbers follow one another in each flat vector.
fn spread<E: Engine>(
    engine: &E,
    graph: &Graph,
    ids: &[ValueId],
    vectors: &[&[f64]],
) -> Vec<(ValueId, E::Value)> {
    let mut offset = 0;
    let tensor = |&id: &ValueId| {
        let (shape, size) = (graph.shape(id), graph.size(id));
        let rows: Vec<&[f64]> = vectors.iter().map(|vector| &vector[offset..offset + size]).collect();
        offset += size;
        (id, engine.tensor(&rows, shape))
    };
    ids.iter().map(tensor).collect()
}

fn borrow<V>(values: &[Option<V>], id: ValueId) -> Result<&V, ProgramError> {
    values[id].as_ref().ok_or_else(|| ProgramError::Read(format!("value {id} has not been computed")))
}

fn fetch<V: Clone>(values: &[Option<V>], id: ValueId) -> Result<V, ProgramError> {
    borrow(values, id).cloned()
}
