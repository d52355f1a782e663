//! Normalizations by an example's own mean and variance that exporters write as several nodes.

use saddlepoint_models::onnx::{Binary, Operation, Reduction, ReductionKind, Unary};
use saddlepoint_theory::capacity::lipschitz::functions;

use super::flow::Flow;

/// The value `x` and the Lipschitz constant, where a quotient is `(x − mean x)/√(mean (x − mean x)² + ε)`.
pub(super) fn quotient<'a>(flow: &Flow<'a>, above: &'a str, below: &'a str) -> Option<(&'a str, f64)> {
    let centred = flow.behind(above);
    let [x, mean] = binary(flow, centred, Binary::Sub)?;
    let (of_mean, along) = meaned(flow, mean)?;
    let [a, b] = binary(flow, root(flow, below)?, Binary::Add)?;
    let (variance, epsilon) = match (flow.number(a), flow.number(b)) {
        (Some(epsilon), None) => (b, epsilon),
        (None, Some(epsilon)) => (a, epsilon),
        _ => return None,
    };
    let (squares, along_too) = meaned(flow, variance)?;
    let same =
        flow.behind(of_mean) == flow.behind(x) && along == along_too && squared(flow, squares)? == centred;
    let constant = functions::standardization(1.0, epsilon).ok()?;
    same.then_some((x, constant))
}

/// The two inputs of a node of this kind.
fn binary<'a>(flow: &Flow<'a>, name: &'a str, kind: Binary) -> Option<[&'a str; 2]> {
    let node = flow.giver(flow.behind(name))?;
    let inputs = [flow.name(node, 0), flow.name(node, 1)];
    (flow.node(node).operation == Operation::Binary(kind)).then_some(inputs)
}

/// What a square root is of.
fn root<'a>(flow: &Flow<'a>, name: &'a str) -> Option<&'a str> {
    let node = flow.giver(flow.behind(name))?;
    match flow.node(node).operation {
        Operation::Unary(Unary::Sqrt) => Some(flow.name(node, 0)),
        Operation::Binary(Binary::Pow) if flow.number(flow.name(node, 1)) == Some(0.5) => {
            Some(flow.name(node, 0))
        }
        _ => None,
    }
}

/// What a square is of.
fn squared<'a>(flow: &Flow<'a>, name: &'a str) -> Option<&'a str> {
    let node = flow.giver(flow.behind(name))?;
    let [a, b] = [flow.name(node, 0), flow.name(node, 1)];
    match flow.node(node).operation {
        Operation::Binary(Binary::Pow) if flow.number(b) == Some(2.0) => Some(flow.behind(a)),
        Operation::Binary(Binary::Mul) if flow.behind(a) == flow.behind(b) => Some(flow.behind(a)),
        _ => None,
    }
}

/// What a mean is of, and along which axes it is taken; they stay, with length one.
fn meaned<'a>(flow: &Flow<'a>, name: &'a str) -> Option<(&'a str, Vec<i64>)> {
    let node = flow.giver(flow.behind(name))?;
    let Operation::Reduction(Reduction { kind: ReductionKind::Mean, axes, keep: true, .. }) =
        &flow.node(node).operation
    else {
        return None;
    };
    let rank = flow.input(node, 0).len() as i64;
    let stored = || Some(flow.known(flow.name(node, 1))?.values.into_iter().map(|axis| axis as i64).collect());
    let axes: Vec<i64> = axes.clone().or_else(stored)?;
    let mut axes: Vec<i64> = axes.into_iter().map(|axis| if axis < 0 { axis + rank } else { axis }).collect();
    axes.sort_unstable();
    Some((flow.name(node, 0), axes))
}
