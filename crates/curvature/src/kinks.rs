//! Where a piecewise-linear network's Hessian is not defined.
//!
//! A rectifier, an absolute value, a clamp, a choice by a comparison or a maximum has no derivative at its kink, and its
//! loss no Hessian there. Between two points the network crosses a kink where such a function changes its piece, and a
//! second-order expansion at one of them says nothing about the other side.

use std::collections::HashSet;
use std::sync::Arc;

use crate::differentiate::Derivative;
use crate::program::{Graph, Kind, ProgramError, ValueId};
use crate::rules::{Binary, Index, Mask, Op, Pool, Reduce, Shape, Unary, Window, binary};
use crate::trace::Traced;

/// How many arguments of piecewise functions lie exactly on a kink.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OnKink {
    /// Arguments that lie on a kink at the point.
    pub on: usize,
    /// Arguments of piecewise functions altogether; 0 for a smooth network.
    pub total: usize,
}

/// How many arguments of piecewise functions change their piece along a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crossings {
    /// Arguments on different sides of a kink at two of the points of the segment that were looked at.
    pub crossed: usize,
    /// Arguments of piecewise functions altogether; 0 for a smooth network.
    pub total: usize,
}

impl Traced {
    /// Counts the arguments of piecewise functions of the loss that are exactly on a kink at a point.
    ///
    /// An argument on a kink counts if it leaves it when the parameters move in one fixed general direction, a maximum if
    /// two of its largest entries then part: rectified zeros that tie in a pooling window are no kink. The maximum
    /// that a softmax subtracts is none either.
    ///
    /// # Errors
    /// When the point has the wrong length or entries that are not finite.
    pub fn on_kink(&self, point: &[f64]) -> Result<OnKink, ProgramError> {
        let kinks = Kinks::of(self);
        let values = kinks.values(self, point)?;
        let still: Vec<Vec<f64>> = values.iter().map(|x| vec![0.0; x.len()]).collect();
        let sides = kinks.sides(&values, &still);
        let total = sides.len();
        if sides.iter().all(|side| side.gap > 0.0) {
            return Ok(OnKink { on: 0, total });
        }
        let sides = kinks.sides(&values, &kinks.slopes(self, point)?);
        Ok(OnKink { on: sides.iter().filter(|side| side.gap == 0.0 && side.parts).count(), total })
    }

    /// Counts the arguments of piecewise functions of the loss that change their piece between two points, looked at
    /// from `pieces` + 1 equally spaced points of the segment.
    ///
    /// An argument that crosses and returns between two of these is not seen: the count is a lower bound.
    ///
    /// # Errors
    /// When a point has the wrong length or entries that are not finite.
    pub fn kink_crossings(&self, from: &[f64], to: &[f64], pieces: usize) -> Result<Crossings, ProgramError> {
        if from.len() != to.len() {
            return Err(ProgramError::WrongDimension { expected: from.len(), found: to.len() });
        }
        let kinks = Kinks::of(self);
        let sides = |t: f64| {
            let point: Vec<f64> = from.iter().zip(to).map(|(a, b)| a * (1.0 - t) + b * t).collect();
            kinks.values(self, &point).map(|values| kinks.sides(&values, &values))
        };
        let mut last = sides(0.0)?;
        let mut crossed = vec![false; last.len()];
        for piece in 1..=pieces.max(1) {
            let now = sides(piece as f64 / pieces.max(1) as f64)?;
            for ((crossed, last), now) in crossed.iter_mut().zip(&mut last).zip(now) {
                *crossed |= last.gap > 0.0 && now.gap > 0.0 && last.piece != now.piece;
                // A point on the kink has no side: the one before it still counts.
                if now.gap > 0.0 {
                    *last = now;
                }
            }
        }
        Ok(Crossings { crossed: crossed.iter().filter(|&&crossed| crossed).count(), total: crossed.len() })
    }
}

/// Where an argument stands.
struct Side {
    /// How far from the kink.
    gap: f64,
    piece: usize,
    /// Whether it leaves the kink along the slopes.
    parts: bool,
}

/// What makes a function of an argument piecewise.
#[derive(Debug, Clone, PartialEq)]
enum Form {
    /// Each entry is compared with a number.
    At(f64),
    /// The largest entry along a dimension is taken, or the smallest.
    Along(usize, f64),
    /// The largest entry of each window is taken.
    Windows(Window, [usize; 2]),
}

/// The piecewise functions of a loss, by their arguments.
struct Kinks {
    graph: Graph,
    list: Vec<(ValueId, Form)>,
}

impl Kinks {
    fn of(traced: &Traced) -> Self {
        let program = traced.program();
        let mut graph = program.graph.clone();
        let active = graph.active(&program.parameters);
        let needed = graph.needed([program.loss]);
        let (felt, returned) = (felt(&graph, program.loss), returned(&graph));
        let mut seen = HashSet::new();
        let mut list = Vec::new();
        let nodes: Vec<_> = program.graph.nodes.iter().zip(needed).filter(|(_, needed)| *needed).collect();
        for (node, _) in nodes {
            let moves = |id: ValueId| active[id] && program.graph.kind(id) == Kind::Float;
            let found: Vec<(ValueId, Form)> = match (&node.op, node.inputs.as_slice()) {
                (Op::Unary(f), &[x]) if felt[node.output] => match *f {
                    Unary::Relu | Unary::Abs => vec![(x, Form::At(0.0))],
                    Unary::Clamp(min, max) => vec![(x, Form::At(min)), (x, Form::At(max))],
                    _ => vec![],
                },
                (Op::Mask(Mask::CompareNumber(_, kink)), &[x]) => vec![(x, Form::At(*kink))],
                (Op::Mask(Mask::Compare(_)), &[l, r]) if moves(l) || moves(r) => {
                    let difference = binary(&mut graph, Binary::Sub, l, r);
                    list.push((difference, Form::At(0.0)));
                    vec![]
                }
                (Op::Reduce(Reduce::ArgMax(axis)), &[x]) if returned[node.output] => {
                    vec![(x, Form::Along(*axis, 1.0))]
                }
                (Op::Reduce(Reduce::ArgMin(axis)), &[x]) if returned[node.output] => {
                    vec![(x, Form::Along(*axis, -1.0))]
                }
                (Op::Pool(Pool::MaxPlaces(window)), &[x]) if returned[node.output] => {
                    let out = program.graph.shape(node.output);
                    vec![(x, Form::Windows(window.clone(), [out[2], out[3]]))]
                }
                _ => vec![],
            };
            list.extend(found.into_iter().filter(|(x, form)| {
                let finite = !matches!(form, Form::At(kink) if !kink.is_finite());
                finite && moves(*x) && seen.insert(format!("{x} {form:?}"))
            }));
        }
        Self { graph, list }
    }

    fn arguments(&self) -> Vec<ValueId> {
        self.list.iter().map(|&(argument, _)| argument).collect()
    }

    fn values(&self, traced: &Traced, point: &[f64]) -> Result<Vec<Vec<f64>>, ProgramError> {
        traced.machine().values(&self.graph, point, &self.arguments())
    }

    /// The arguments' derivatives in a direction in which no two parameters move alike.
    fn slopes(&self, traced: &Traced, point: &[f64]) -> Result<Vec<Vec<f64>>, ProgramError> {
        let (arguments, parameters) = (self.arguments(), &traced.program().parameters);
        let outputs: Vec<_> = arguments.iter().copied().map(Some).collect();
        let derivative = Arc::new(Derivative::new(&self.graph, parameters, &outputs, &arguments));
        let (_, products) = traced.machine().linearize(&[derivative], point, &[])?;
        let direction: Vec<f64> = (1..=point.len()).map(|i| (i as f64).sqrt().fract() + 0.5).collect();
        let mut slopes = match products.first() {
            Some(products) => products.products(&direction, 1)?.into_iter(),
            None => vec![].into_iter(),
        };
        Ok(arguments.iter().map(|&id| slopes.by_ref().take(self.graph.size(id)).collect()).collect())
    }

    fn sides(&self, values: &[Vec<f64>], slopes: &[Vec<f64>]) -> Vec<Side> {
        let each = self.list.iter().zip(values).zip(slopes);
        each.flat_map(|(((argument, form), x), dx)| form.sides(self.graph.shape(*argument), x, dx)).collect()
    }
}

impl Form {
    fn sides(&self, shape: &[usize], x: &[f64], dx: &[f64]) -> Vec<Side> {
        let (sign, contests) = match self {
            Form::At(kink) => {
                let side = |(x, dx): (&f64, &f64)| {
                    let piece = usize::from(x > kink);
                    Side { gap: (x - kink).abs(), piece, parts: *dx != 0.0 }
                };
                return x.iter().zip(dx).map(side).collect();
            }
            Form::Along(axis, sign) => (*sign, along(shape, *axis)),
            Form::Windows(window, output) => (1.0, windows(shape, window, *output)),
        };
        let side = |entries: Vec<usize>| {
            let first = entries.iter().copied().reduce(|a, b| if sign * x[b] > sign * x[a] { b } else { a })?;
            let others = || entries.iter().filter(|&&at| at != first);
            let gap = others().map(|&at| sign * (x[first] - x[at])).fold(f64::INFINITY, f64::min);
            let parts = others().any(|&at| x[at] == x[first] && dx[at] != dx[first]);
            Some(Side { gap, piece: first, parts })
        };
        contests.into_iter().filter_map(side).collect()
    }
}

/// The entries along a dimension, for each place in the others.
fn along(shape: &[usize], axis: usize) -> Vec<Vec<usize>> {
    let (outer, inner): (usize, usize) = (shape[..axis].iter().product(), shape[axis + 1..].iter().product());
    let lines = (0..outer).flat_map(|o| (0..inner).map(move |i| (o, i)));
    lines.map(|(o, i)| (0..shape[axis]).map(|at| (o * shape[axis] + at) * inner + i).collect()).collect()
}

/// The entries of each window of each image.
fn windows(shape: &[usize], window: &Window, output: [usize; 2]) -> Vec<Vec<usize>> {
    let inside = |axis: usize, at: usize| {
        let places = (0..window.size[axis]).map(move |i| at * window.stride[axis] + i * window.dilation[axis]);
        places.filter_map(move |place| place.checked_sub(window.padding[axis]).filter(|&p| p < shape[2 + axis]))
    };
    let mut all = Vec::new();
    for image in 0..shape[0] * shape[1] {
        for at in 0..output[0] * output[1] {
            let lines = inside(0, at / output[1]);
            let entries = lines.flat_map(|y| inside(1, at % output[1]).map(move |x| y * shape[3] + x));
            all.push(entries.map(|entry| image * shape[2] * shape[3] + entry).collect());
        }
    }
    all
}

/// Which values' tangents the loss's tangent needs.
fn felt(graph: &Graph, loss: ValueId) -> Vec<bool> {
    let mut felt = vec![false; graph.values.len()];
    felt[loss] = true;
    for node in graph.nodes.iter().rev().filter(|node| node.op.has_tangent()) {
        if felt[node.output] {
            node.inputs.iter().for_each(|&input| felt[input] = true);
        }
    }
    felt
}

/// The places to which the backward pass returns a gradient: not those of a maximum that it takes for a constant.
fn returned(graph: &Graph) -> Vec<bool> {
    let mut returned = vec![false; graph.values.len()];
    for node in graph.nodes.iter().rev() {
        match (&node.op, node.inputs.as_slice()) {
            (Op::Index(Index::ScatterAdd(_)), &[_, places, _]) => returned[places] = true,
            (Op::Shape(Shape::Reshape(_)), &[x]) => returned[x] |= returned[node.output],
            _ => {}
        }
    }
    returned
}
