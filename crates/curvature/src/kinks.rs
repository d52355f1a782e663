//! Where a piecewise-linear network's Hessian is not defined.
//!
//! A rectifier, an absolute value or a clamp has no derivative at its kink, and its loss no Hessian there. Between
//! two points the network crosses a kink where the argument of such a function changes its side, and a second-order
//! expansion at one of them says nothing about the other side.

use std::collections::HashSet;

use crate::program::{Kind, ProgramError, ValueId};
use crate::rules::Op;
use crate::trace::Traced;

/// How many arguments of piecewise functions lie exactly on a kink.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OnKink {
    /// Arguments that lie on a kink at the point.
    pub on: usize,
    /// Arguments of piecewise functions altogether; 0 for a smooth network.
    pub total: usize,
}

/// How many arguments of piecewise functions change their side along a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crossings {
    /// Arguments on different sides of a kink at two neighbouring points of the segment.
    pub crossed: usize,
    /// Arguments of piecewise functions altogether; 0 for a smooth network.
    pub total: usize,
}

impl Traced {
    /// Counts the arguments of piecewise functions of the loss that are exactly on a kink at a point.
    ///
    /// Rectifiers, leaky rectifiers, absolute values and clamps are counted; ties in a maximum are not.
    ///
    /// # Errors
    /// When the point has the wrong length or entries that are not finite.
    pub fn on_kink(&self, point: &[f64]) -> Result<OnKink, ProgramError> {
        let sides = self.sides(point)?;
        Ok(OnKink { on: sides.iter().filter(|&&side| side == 0.0).count(), total: sides.len() })
    }

    /// Counts the arguments of piecewise functions of the loss that change their side between two points, looked at
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
        let pieces = pieces.max(1);
        let mut before = self.sides(from)?;
        let mut crossed = vec![false; before.len()];
        for piece in 1..=pieces {
            let t = piece as f64 / pieces as f64;
            let point: Vec<f64> = from.iter().zip(to).map(|(a, b)| a * (1.0 - t) + b * t).collect();
            let after = self.sides(&point)?;
            for ((crossed, a), b) in crossed.iter_mut().zip(&before).zip(&after) {
                *crossed |= a * b < 0.0;
            }
            before = after;
        }
        Ok(Crossings { crossed: crossed.iter().filter(|&&crossed| crossed).count(), total: crossed.len() })
    }

    /// For each kink of each piecewise function of the loss, its argument minus the place of the kink.
    fn sides(&self, point: &[f64]) -> Result<Vec<f64>, ProgramError> {
        let (program, graph) = (self.program(), &self.program().graph);
        let active = graph.active(&program.parameters);
        let needed = graph.needed([program.loss]);
        let mut seen: HashSet<(ValueId, u64)> = HashSet::new();
        let live = graph.nodes.iter().zip(&needed).filter(|&(_, &needed)| needed);
        let kinks: Vec<(ValueId, f64)> = live
            .flat_map(|(node, _)| node.op.kinks(&node.inputs))
            .filter(|&(input, kink)| {
                active[input] && graph.kind(input) == Kind::Float && seen.insert((input, kink.to_bits()))
            })
            .collect();
        let inputs: Vec<ValueId> = kinks.iter().map(|&(input, _)| input).collect();
        let arguments = self.machine().values(graph, point, &inputs)?;
        let sides = arguments.into_iter().zip(&kinks);
        Ok(sides.flat_map(|(argument, &(_, kink))| argument.into_iter().map(move |x| x - kink)).collect())
    }
}

impl Op {
    /// The inputs that have kinks, and where.
    fn kinks(&self, inputs: &[ValueId]) -> Vec<(ValueId, f64)> {
        use crate::rules::{Mask, Unary};
        match (self, inputs) {
            (Op::Unary(Unary::Relu | Unary::Abs), &[x]) => vec![(x, 0.0)],
            (Op::Unary(Unary::Clamp(min, max)), &[x]) => {
                [*min, *max].into_iter().filter(|end| end.is_finite()).map(|end| (x, end)).collect()
            }
            (Op::Mask(Mask::CompareNumber(_, kink)), &[x]) => vec![(x, *kink)],
            _ => vec![],
        }
    }
}
