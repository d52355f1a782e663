//! From a recording to a program.

use burn_backend::TensorData;
use burn_ir::{OperationIr, TensorId, TensorIr};
use std::collections::{BTreeMap, HashMap, HashSet};

use crate::program::{Graph, Info, Kind, Precision, Program, ValueId};
use crate::rules::Op;
use crate::value::dims;

/// An operation that has no rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NoRule {
    pub(crate) operation: String,
    pub(crate) position: usize,
}

/// Turns recorded operations into a [`Program`].
pub(crate) struct Builder {
    ids: HashMap<TensorId, ValueId>,
    pub(crate) graph: Graph,
    constants: Vec<(ValueId, TensorData)>,
}

/// The tensors of a recording that matter from outside.
pub(crate) struct Boundary {
    pub(crate) parameters: Vec<TensorId>,
    pub(crate) loss: TensorId,
    pub(crate) cotangent: Option<TensorId>,
    pub(crate) gradient: Vec<Option<TensorId>>,
    pub(crate) precision: Precision,
}

impl Builder {
    /// The program of a recording.
    pub(crate) fn build(
        operations: &[OperationIr],
        values: &BTreeMap<TensorId, TensorData>,
        boundary: &Boundary,
    ) -> Result<Program, NoRule> {
        let live = live(operations, boundary);
        let mut builder = Self { ids: HashMap::new(), graph: Graph::default(), constants: vec![] };
        for (id, data) in values {
            let value = builder.graph.value(Info { shape: dims(data.shape()), kind: Kind::of(data.dtype()) });
            builder.ids.insert(*id, value);
            if !boundary.parameters.contains(id) {
                builder.constants.push((value, data.clone()));
            }
        }
        for (position, operation) in operations.iter().enumerate().filter(|&(position, _)| live[position]) {
            if crate::rules::lower(operation, &mut builder).is_none() {
                return Err(NoRule { operation: name(operation), position });
            }
        }
        let id = |id: &TensorId| {
            let missing = || NoRule { operation: format!("the source of {id}"), position: operations.len() };
            builder.ids.get(id).copied().ok_or_else(missing)
        };
        let parameters = boundary.parameters.iter().map(id).collect::<Result<_, _>>()?;
        let loss = id(&boundary.loss)?;
        let cotangent = boundary.cotangent.as_ref().map(id).transpose()?;
        let gradient =
            boundary.gradient.iter().map(|g| g.as_ref().map(id).transpose()).collect::<Result<_, _>>()?;
        let mut program = Program {
            parameters,
            loss,
            cotangent,
            gradient,
            graph: builder.graph,
            constants: builder.constants,
            precision: boundary.precision,
            recorded: operations.iter().zip(&live).filter(|&(_, &live)| live).map(|(op, _)| name(op)).collect(),
        };
        // Equal operations are merged while lowering, so some operands may have lost their last reader.
        let roots = program.gradient.iter().flatten().copied().chain([loss]).collect::<Vec<_>>();
        program.graph.retain(&roots);
        let read: HashSet<ValueId> =
            program.graph.nodes.iter().flat_map(|n| n.inputs.iter().copied()).chain(roots).collect();
        program.constants.retain(|(id, _)| read.contains(id));
        Ok(program)
    }

    /// The value of a recorded tensor.
    pub(crate) fn get(&self, tensor: &TensorIr) -> Option<ValueId> {
        self.ids.get(&tensor.id).copied()
    }

    /// Declares that a recorded tensor is a value, with which lowering an operation ends: hence the `Option`.
    #[allow(clippy::unnecessary_wraps)]
    pub(crate) fn bind(&mut self, tensor: &TensorIr, value: ValueId) -> Option<()> {
        self.ids.insert(tensor.id, value);
        Some(())
    }

    /// Adds an operation whose result is a recorded tensor.
    pub(crate) fn record(&mut self, op: Op, inputs: &[&TensorIr], out: &TensorIr) -> Option<()> {
        let inputs = inputs.iter().map(|input| self.get(input)).collect::<Option<Vec<_>>>()?;
        let value = self.graph.push(op, &inputs, dims(&out.shape), Kind::of(out.dtype));
        self.bind(out, value)
    }
}

/// Which recorded operations the loss and gradient need.
fn live(operations: &[OperationIr], boundary: &Boundary) -> Vec<bool> {
    let mut wanted: HashSet<TensorId> = boundary.gradient.iter().flatten().copied().collect();
    wanted.insert(boundary.loss);
    let mut live = vec![false; operations.len()];
    for (index, operation) in operations.iter().enumerate().rev() {
        if matches!(operation, OperationIr::Init(_) | OperationIr::Drop(_)) {
            continue;
        }
        if operation.outputs().any(|output| wanted.contains(&output.id)) {
            live[index] = true;
            wanted.extend(operation.inputs().map(|input| input.id));
        }
    }
    live
}

/// The family and name of an operation, as in `Float::Cross`.
fn name(operation: &OperationIr) -> String {
    let text = format!("{operation:?}");
    let words: Vec<&str> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.starts_with(char::is_uppercase) && !is_dtype(word))
        .take(2)
        .collect();
    words.join("::")
}

fn is_dtype(word: &str) -> bool {
    word.len() <= 4 && word.ends_with(|c: char| c.is_ascii_digit())
}
