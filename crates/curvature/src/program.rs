//! The recorded computation of a loss and its gradient, as a list of operations on numbered values.

use burn_backend::{DType, TensorData};
use std::collections::{BTreeSet, HashMap};

use crate::rules::Op;

/// The floating-point type in which a program runs: that of the module's parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// IEEE binary32.
    F32,
    /// IEEE binary64.
    F64,
}

/// What a tensor holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Floating-point numbers.
    Float,
    /// Integers.
    Int,
    /// Truth values.
    Bool,
}

impl Kind {
    pub(crate) fn of(dtype: DType) -> Self {
        if dtype.is_float() {
            Kind::Float
        } else if dtype.is_bool() {
            Kind::Bool
        } else {
            Kind::Int
        }
    }
}

/// Why a program could not be run at a point or along a vector.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ProgramError {
    /// The point or a vector has another number of entries than the module has parameters.
    #[error("the module has {expected} parameters, {found} numbers were given")]
    WrongDimension {
        /// Number of parameters.
        expected: usize,
        /// Numbers given.
        found: usize,
    },
    /// An entry is NaN or infinite.
    #[error("entry {index} of the point or vector is not finite")]
    NotFinite {
        /// Position of the first such entry.
        index: usize,
    },
    /// A parameter was chosen that the module does not have.
    #[error("there is no parameter {position}: the module has {count}, counted from 0")]
    NoParameter {
        /// Position asked for.
        position: usize,
        /// Number of parameters.
        count: usize,
    },
    /// A result is NaN or infinite although everything given was finite.
    #[error("the {what} is not finite at this point: the computation overflows or leaves a function's domain")]
    Overflow {
        /// What was computed.
        what: &'static str,
    },
    /// An operation met a tensor of another kind than it was recorded with.
    #[error("an operation expects a tensor of kind {0:?}")]
    Kind(Kind),
    /// A result could not be read from its device.
    #[error("a result could not be read back: {0}")]
    Read(String),
}

/// Number of a value within its program.
pub(crate) type ValueId = usize;

#[derive(Debug, Clone)]
pub(crate) struct Info {
    pub(crate) shape: Vec<usize>,
    pub(crate) kind: Kind,
}

/// One operation: its output is the value of the same number as the node.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) op: Op,
    pub(crate) inputs: Vec<ValueId>,
    pub(crate) output: ValueId,
}

/// Operations in an order in which they can be computed, and what is known of every value.
#[derive(Debug, Clone, Default)]
pub(crate) struct Graph {
    pub(crate) nodes: Vec<Node>,
    pub(crate) values: Vec<Info>,
    /// Nodes by their first input: where an equal one would be.
    readers: HashMap<Option<ValueId>, Vec<usize>>,
}

impl Graph {
    pub(crate) fn value(&mut self, info: Info) -> ValueId {
        self.values.push(info);
        self.values.len() - 1
    }

    pub(crate) fn shape(&self, value: ValueId) -> &[usize] {
        &self.values[value].shape
    }

    /// Number of entries.
    pub(crate) fn size(&self, value: ValueId) -> usize {
        self.shape(value).iter().product()
    }

    pub(crate) fn kind(&self, value: ValueId) -> Kind {
        self.values[value].kind
    }

    /// Adds an operation unless the same one is there already.
    pub(crate) fn push(&mut self, op: Op, inputs: &[ValueId], shape: Vec<usize>, kind: Kind) -> ValueId {
        let alike = self.readers.entry(inputs.first().copied()).or_default();
        let same = alike.iter().map(|&at| &self.nodes[at]).find(|node| node.inputs == inputs && node.op == op);
        if let Some(node) = same {
            return node.output;
        }
        alike.push(self.nodes.len());
        let output = self.value(Info { shape, kind });
        self.nodes.push(Node { op, inputs: inputs.to_vec(), output });
        output
    }

    /// Drops the operations that none of the given values needs.
    pub(crate) fn retain(&mut self, roots: &[ValueId]) {
        let mut needed = self.needed(roots.iter().copied()).into_iter();
        self.nodes.retain(|_| needed.next() == Some(true));
        self.index();
    }

    /// Moves the operations behind the first `recorded` to just behind the last one that each reads, so that what it
    /// reads can be freed early.
    pub(crate) fn sort(&mut self, recorded: usize) {
        let mut rank = vec![0; self.values.len()];
        for (at, node) in self.nodes.iter().enumerate() {
            let after = node.inputs.iter().map(|&input| rank[input]).max().unwrap_or(0);
            rank[node.output] = if at < recorded { at } else { after };
        }
        self.nodes.sort_by_key(|node| rank[node.output]);
        self.index();
    }

    fn index(&mut self) {
        self.readers.clear();
        for (at, node) in self.nodes.iter().enumerate() {
            self.readers.entry(node.inputs.first().copied()).or_default().push(at);
        }
    }

    /// Which values depend on the given ones in a differentiable way.
    pub(crate) fn active(&self, sources: &[ValueId]) -> Vec<bool> {
        let mut active = vec![false; self.values.len()];
        for &source in sources {
            active[source] = true;
        }
        for node in &self.nodes {
            active[node.output] = self.values[node.output].kind == Kind::Float
                && node.op.has_tangent()
                && node.inputs.iter().any(|&input| active[input]);
        }
        active
    }

    /// Which nodes the given values need.
    pub(crate) fn needed(&self, roots: impl IntoIterator<Item = ValueId>) -> Vec<bool> {
        let mut wanted = vec![false; self.values.len()];
        for root in roots {
            wanted[root] = true;
        }
        let mut needed = vec![false; self.nodes.len()];
        for (index, node) in self.nodes.iter().enumerate().rev() {
            needed[index] = wanted[node.output];
            if needed[index] {
                for &input in &node.inputs {
                    wanted[input] = true;
                }
            }
        }
        needed
    }
}

/// A loss and its gradient as a straight-line program; dead operations are dropped, equal ones computed once.
#[derive(Debug, Clone)]
pub struct Program {
    pub(crate) graph: Graph,
    pub(crate) parameters: Vec<ValueId>,
    pub(crate) constants: Vec<(ValueId, TensorData)>,
    pub(crate) loss: ValueId,
    /// With what the result is multiplied before burn's backward pass; then the result may have many entries.
    pub(crate) cotangent: Option<ValueId>,
    /// `None` where the loss does not depend on the parameter.
    pub(crate) gradient: Vec<Option<ValueId>>,
    pub(crate) precision: Precision,
    /// Names of the recorded operations that the loss and gradient need.
    pub(crate) recorded: BTreeSet<String>,
}

impl Program {
    /// Number of operations.
    pub fn len(&self) -> usize {
        self.graph.nodes.len()
    }

    /// Whether there is nothing to compute.
    pub fn is_empty(&self) -> bool {
        self.graph.nodes.is_empty()
    }

    /// The recorded operations that the loss and its gradient need, by burn's names.
    pub fn recorded(&self) -> impl Iterator<Item = &str> {
        self.recorded.iter().map(String::as_str)
    }

    /// The floating-point type in which it runs.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// Number of parameters, all entries counted.
    pub(crate) fn dimension(&self) -> usize {
        self.parameters.iter().map(|&id| self.graph.size(id)).sum()
    }
}
