//! The derivative of a program, as a program: what to compute once at a point, and what to run for a tangent.
//!
//! Every tangent is a sum of earlier tangents times coefficients, until an operation needs it as a tensor. Along a
//! chain of elementwise operations only the coefficients multiply, and these are computed once for a point, so that a
//! product makes one pass over a chain however long it is.

use crate::program::{Graph, Kind, Node, ValueId};
use crate::rules::{Binary, Factor, Op, Rule, Unary, binary, unary};

/// A tangent is made a tensor when the sum that gives it has more pieces than this.
const MOST_PIECES: usize = 4;

/// `scale * factor * tangent`, entry by entry; shorter dimensions are repeated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Piece {
    pub(crate) tangent: ValueId,
    pub(crate) scale: f64,
    pub(crate) factor: Option<ValueId>,
}

/// An argument of an operation on tangents.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Argument {
    Tangent(ValueId),
    Kept(ValueId),
    Zero(ValueId),
}

/// How a tangent is computed.
#[derive(Debug, Clone)]
pub(crate) enum Action {
    /// A sum of pieces.
    Combine(Vec<Piece>),
    /// A sum of operations, each linear in its tangents.
    Apply(Vec<(Op, Vec<Argument>)>),
}

/// The computation of the tangent of a value.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) output: ValueId,
    pub(crate) action: Action,
    /// Tangents that no later step reads.
    pub(crate) done: Vec<ValueId>,
}

/// The derivative of some values of a graph along some others.
#[derive(Debug, Clone)]
pub(crate) struct Derivative {
    /// The graph, and the coefficients that the steps read.
    pub(crate) graph: Graph,
    pub(crate) inputs: Vec<ValueId>,
    pub(crate) steps: Vec<Step>,
    /// Values of the outputs' shapes, in their order.
    pub(crate) rows: Vec<ValueId>,
    /// For each output the value whose tangent it is; `None` where it is zero.
    pub(crate) outputs: Vec<Option<ValueId>>,
    /// Values that the steps read.
    pub(crate) kept: Vec<ValueId>,
}

impl Derivative {
    /// The derivative of the outputs along the inputs; an output that is `None` is zero, of the shape of its row.
    pub(crate) fn new(
        graph: &Graph,
        inputs: &[ValueId],
        outputs: &[Option<ValueId>],
        rows: &[ValueId],
    ) -> Self {
        let active = graph.active(inputs);
        let wanted = wanted(graph, &active, outputs);
        let forms = vec![Vec::new(); graph.values.len()];
        let mut work = Work { graph: graph.clone(), active, forms, steps: vec![] };
        for &input in inputs {
            work.forms[input] = identity(input);
        }
        for node in &graph.nodes {
            if wanted[node.output] {
                work.node(node);
            }
        }
        let outputs: Vec<_> =
            outputs.iter().map(|output| output.and_then(|output| work.tensor(output))).collect();
        let steps = prune(work.steps, &outputs);
        let mut kept: Vec<ValueId> = steps.iter().flat_map(|step| step.action.kept()).collect();
        kept.sort_unstable();
        kept.dedup();
        let recorded = graph.nodes.len();
        let mut graph = work.graph;
        graph.sort(recorded);
        Self { graph, inputs: inputs.to_vec(), steps, rows: rows.to_vec(), outputs, kept }
    }
}

impl Action {
    fn tangents(&self) -> Vec<ValueId> {
        match self {
            Action::Combine(pieces) => pieces.iter().map(|piece| piece.tangent).collect(),
            Action::Apply(terms) => {
                let arguments = terms.iter().flat_map(|(_, arguments)| arguments);
                arguments.filter_map(|a| if let Argument::Tangent(id) = a { Some(*id) } else { None }).collect()
            }
        }
    }

    fn kept(&self) -> Vec<ValueId> {
        match self {
            Action::Combine(pieces) => pieces.iter().filter_map(|piece| piece.factor).collect(),
            Action::Apply(terms) => {
                let arguments = terms.iter().flat_map(|(_, arguments)| arguments);
                arguments.filter_map(|a| if let Argument::Kept(id) = a { Some(*id) } else { None }).collect()
            }
        }
    }
}

fn identity(tangent: ValueId) -> Vec<Piece> {
    vec![Piece { tangent, scale: 1.0, factor: None }]
}

struct Work {
    graph: Graph,
    active: Vec<bool>,
    /// The tangent of each value.
    forms: Vec<Vec<Piece>>,
    steps: Vec<Step>,
}

impl Work {
    fn active(&self, id: ValueId) -> bool {
        self.active.get(id).copied().unwrap_or(false)
    }

    fn node(&mut self, node: &Node) {
        let terms = match node.op.derivative(&mut self.graph, &node.inputs, node.output) {
            Rule::Constant => return,
            Rule::Pointwise(factors) => return self.pointwise(node, &factors),
            Rule::Linear => {
                let arguments = node.inputs.iter().map(|&id| self.argument(id)).collect();
                vec![(node.op.clone(), arguments)]
            }
            Rule::Multilinear => (0..node.inputs.len()).map(|at| self.along(node, at)).collect(),
        };
        let moves = |arguments: &[Argument]| arguments.iter().any(|a| matches!(a, Argument::Tangent(_)));
        let terms: Vec<_> = terms.into_iter().filter(|(_, arguments)| moves(arguments)).collect();
        if !terms.is_empty() {
            self.forms[node.output] = identity(node.output);
            self.steps.push(Step { output: node.output, action: Action::Apply(terms), done: vec![] });
        }
    }

    /// The node applied to the tangent of one argument and the values of the others.
    fn along(&mut self, node: &Node, at: usize) -> (Op, Vec<Argument>) {
        let arguments = node
            .inputs
            .iter()
            .enumerate()
            .map(|(index, &id)| if index == at { self.argument(id) } else { Argument::Kept(id) });
        let arguments = arguments.collect();
        (node.op.clone(), arguments)
    }

    fn argument(&mut self, id: ValueId) -> Argument {
        if self.graph.kind(id) != Kind::Float {
            return Argument::Kept(id);
        }
        self.tensor(id).map_or(Argument::Zero(id), Argument::Tangent)
    }

    fn pointwise(&mut self, node: &Node, factors: &[Factor]) {
        let mut sum: Vec<Piece> = Vec::new();
        for (&input, &factor) in node.inputs.iter().zip(factors) {
            if !self.active(input) {
                continue;
            }
            for piece in self.forms[input].clone() {
                if let Some(piece) = times(&mut self.graph, piece, factor) {
                    add(&mut self.graph, &mut sum, piece);
                }
            }
        }
        let many = sum.len() > MOST_PIECES;
        self.forms[node.output] = sum;
        if many {
            self.tensor(node.output);
        }
    }

    /// The tangent of a value as that of a value which has a step of its own; `None` if it is zero.
    fn tensor(&mut self, id: ValueId) -> Option<ValueId> {
        match self.forms[id].as_slice() {
            [] => return None,
            &[Piece { tangent, scale: 1.0, factor: None }]
                if self.graph.shape(tangent) == self.graph.shape(id) =>
            {
                return Some(tangent);
            }
            _ => {}
        }
        let pieces = std::mem::replace(&mut self.forms[id], identity(id));
        self.steps.push(Step { output: id, action: Action::Combine(pieces), done: vec![] });
        Some(id)
    }
}

fn times(graph: &mut Graph, piece: Piece, factor: Factor) -> Option<Piece> {
    match factor {
        Factor::Zero | Factor::Number(0.0) => None,
        Factor::Number(c) => Some(Piece { scale: piece.scale * c, ..piece }),
        Factor::Value(id) => {
            let product = match piece.factor {
                None => id,
                Some(other) => binary(graph, Binary::Mul, other.min(id), other.max(id)),
            };
            Some(Piece { factor: Some(product), ..piece })
        }
    }
}

/// Adds a piece to a sum; pieces of one tangent become one.
fn add(graph: &mut Graph, sum: &mut Vec<Piece>, piece: Piece) {
    let Some(same) = sum.iter_mut().find(|other| other.tangent == piece.tangent) else {
        sum.push(piece);
        return;
    };
    let scaled = |graph: &mut Graph, id, scale| {
        if scale == 1.0 { id } else { unary(graph, Unary::Scale(scale), id) }
    };
    match (same.factor, piece.factor) {
        (a, b) if a == b => same.scale += piece.scale,
        (Some(a), Some(b)) => {
            let (a, b) = (scaled(graph, a, same.scale), scaled(graph, b, piece.scale));
            *same = Piece { scale: 1.0, factor: Some(binary(graph, Binary::Add, a, b)), ..piece };
        }
        (Some(a), None) | (None, Some(a)) => {
            let (alone, scale) =
                if same.factor.is_some() { (piece.scale, same.scale) } else { (same.scale, piece.scale) };
            let a = scaled(graph, a, scale);
            *same = Piece { scale: 1.0, factor: Some(unary(graph, Unary::Add(alone), a)), ..piece };
        }
        (None, None) => {}
    }
}

/// Which values' tangents the outputs' tangents may need.
fn wanted(graph: &Graph, active: &[bool], outputs: &[Option<ValueId>]) -> Vec<bool> {
    let mut wanted = vec![false; graph.values.len()];
    for &output in outputs.iter().flatten() {
        wanted[output] = active[output];
    }
    for node in graph.nodes.iter().rev() {
        if wanted[node.output] {
            for &input in &node.inputs {
                wanted[input] = wanted[input] || active[input];
            }
        }
    }
    wanted
}

/// The steps that the outputs need, and when each tangent has been read for the last time.
fn prune(steps: Vec<Step>, outputs: &[Option<ValueId>]) -> Vec<Step> {
    let mut wanted: std::collections::HashSet<ValueId> = outputs.iter().flatten().copied().collect();
    let mut pruned = Vec::with_capacity(steps.len());
    for mut step in steps.into_iter().rev() {
        if wanted.contains(&step.output) {
            for id in step.action.tangents() {
                if wanted.insert(id) {
                    step.done.push(id);
                }
            }
            pruned.push(step);
        }
    }
    pruned.reverse();
    pruned
}
