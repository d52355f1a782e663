//! The derivative of each operation at a point: sums of terms, each linear in one or more tangents.

use std::collections::HashMap;

use burn_backend::Backend;

use crate::program::{Node, Program, ValueId};
use crate::rules::{Factor, Op, Rule};
use crate::value::Value;

/// Position of a kept tensor.
pub(crate) type Slot = usize;

/// What is added up to a tangent.
pub(crate) enum Term {
    /// A tangent times a number.
    Scaled(ValueId, f64),
    /// A tangent times a kept tensor, entry by entry.
    Times(ValueId, Slot),
    /// An operation applied to tangents and kept tensors, linear in the tangents.
    Apply(Op, Vec<Arg>),
}

#[derive(Clone, Copy)]
pub(crate) enum Arg {
    Tangent(ValueId),
    Kept(Slot),
    Zero(ValueId),
}

pub(crate) struct Step {
    pub(crate) output: ValueId,
    pub(crate) terms: Vec<Term>,
    /// Tangents that no later step reads.
    pub(crate) done: Vec<ValueId>,
}

impl Term {
    pub(crate) fn tangents(&self) -> Vec<ValueId> {
        match self {
            Term::Scaled(id, _) | Term::Times(id, _) => vec![*id],
            Term::Apply(_, args) => args
                .iter()
                .filter_map(|arg| if let Arg::Tangent(id) = arg { Some(*id) } else { None })
                .collect(),
        }
    }

    pub(crate) fn slots(&mut self) -> Vec<&mut Slot> {
        match self {
            Term::Scaled(..) => vec![],
            Term::Times(_, slot) => vec![slot],
            Term::Apply(_, args) => args
                .iter_mut()
                .filter_map(|arg| if let Arg::Kept(slot) = arg { Some(slot) } else { None })
                .collect(),
        }
    }
}

/// Turns rules into terms and keeps the tensors that these read.
pub(crate) struct Recorder<B: Backend> {
    active: Vec<bool>,
    pub(crate) kept: Vec<Value<B>>,
    slots: HashMap<ValueId, Slot>,
}

impl<B: Backend> Recorder<B> {
    pub(crate) fn new(program: &Program) -> Self {
        Self { active: program.active(), kept: vec![], slots: HashMap::new() }
    }

    fn keep(&mut self, value: Value<B>) -> Slot {
        self.kept.push(value);
        self.kept.len() - 1
    }

    fn keep_argument(&mut self, id: ValueId, value: &Value<B>) -> Slot {
        if let Some(&slot) = self.slots.get(&id) {
            return slot;
        }
        let slot = self.keep(value.clone());
        self.slots.insert(id, slot);
        slot
    }

    pub(crate) fn terms(&mut self, node: &Node, args: &[Value<B>], rule: Rule<B>) -> Vec<Term> {
        match rule {
            Rule::Constant => vec![],
            Rule::Pointwise(factors) => {
                let factors =
                    node.inputs.iter().zip(factors).filter(|&(&id, _)| self.active[id]).collect::<Vec<_>>();
                factors
                    .into_iter()
                    .filter_map(|(&id, factor)| match factor {
                        Factor::Zero => None,
                        Factor::Number(c) => Some(Term::Scaled(id, c)),
                        Factor::Argument(index) => {
                            Some(Term::Times(id, self.keep_argument(node.inputs[index], &args[index])))
                        }
                        Factor::Tensor(tensor) => Some(Term::Times(id, self.keep(Value::Float(tensor)))),
                    })
                    .collect()
            }
            Rule::Linear => {
                let args = node.inputs.iter().zip(args).map(|(&id, value)| match value {
                    Value::Float(_) if self.active[id] => Arg::Tangent(id),
                    Value::Float(_) => Arg::Zero(id),
                    value => Arg::Kept(self.keep_argument(id, value)),
                });
                vec![Term::Apply(node.op.clone(), args.collect())]
            }
            Rule::Multilinear => {
                let active: Vec<usize> =
                    (0..args.len()).filter(|&index| self.active[node.inputs[index]]).collect();
                active
                    .into_iter()
                    .map(|tangent| {
                        let args = node.inputs.iter().zip(args).enumerate().map(|(index, (&id, value))| {
                            if index == tangent {
                                Arg::Tangent(id)
                            } else {
                                Arg::Kept(self.keep_argument(id, value))
                            }
                        });
                        Term::Apply(node.op.clone(), args.collect())
                    })
                    .collect()
            }
        }
    }
}

/// Which values' tangents the gradient's tangent may need.
pub(crate) fn wanted(program: &Program) -> Vec<bool> {
    let active = program.active();
    let mut wanted = vec![false; program.values.len()];
    for &output in program.gradient.iter().flatten() {
        wanted[output] = active[output];
    }
    for node in program.nodes.iter().rev() {
        if wanted[node.output] {
            for &input in &node.inputs {
                wanted[input] = wanted[input] || active[input];
            }
        }
    }
    wanted
}
