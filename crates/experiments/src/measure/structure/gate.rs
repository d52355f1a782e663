//! Activations that exporters write as several nodes: `x σ(x)`, `x (1 + erf(x/√2))/2` and others.
//!
//! A product of two values that depend on the input has no Lipschitz constant as such; these products do, since one factor
//! is a function of the other.

use saddlepoint_models::onnx::{Activation, Binary, Choice, Operation, Unary};
use saddlepoint_rigor::{Interval, Rounding, Up};
use saddlepoint_theory::capacity::lipschitz::functions::{self, largest_magnitude};

use super::curve::Curve;
use super::flow::Flow;

/// A function that was found, of a value.
pub(super) type Found<'a> = (Curve, &'a str);

/// A value as a multiple of another one: through products with single stored numbers.
fn scaled<'a>(flow: &Flow<'a>, name: &'a str) -> (Interval, &'a str) {
    let name = flow.behind(name);
    let one = Interval::between(1.0, 1.0);
    let Some(node) = flow.giver(name) else { return (one, name) };
    let [a, b] = [flow.name(node, 0), flow.name(node, 1)];
    let point = |x: f64| Interval::point(x).ok();
    let found = match flow.node(node).operation {
        Operation::Binary(Binary::Mul) if flow.flows(a) => flow.number(b).and_then(point).map(|c| (c, a)),
        Operation::Binary(Binary::Mul) => flow.number(a).and_then(point).map(|c| (c, b)),
        Operation::Binary(Binary::Div) if flow.flows(a) => {
            let divisor = flow.number(b).and_then(point);
            divisor.and_then(|c| Some((one.checked_div(c).ok()?, a)))
        }
        _ => None,
    };
    // Numbers of more axes than the value has would change its shape; they are left alone.
    let Some((factor, of)) = found.filter(|_| flow.output(node) == shape_of(flow, node, a)) else {
        return (one, name);
    };
    let (before, source) = scaled(flow, of);
    (factor * before, source)
}

fn shape_of<'a>(flow: &Flow<'a>, node: usize, a: &str) -> &'a [usize] {
    flow.input(node, usize::from(!flow.flows(a)))
}

/// A sum with a single stored number.
fn shifted<'a>(flow: &Flow<'a>, name: &'a str) -> Option<(f64, &'a str)> {
    let node = flow.giver(flow.behind(name))?;
    if flow.node(node).operation != Operation::Binary(Binary::Add) {
        return None;
    }
    let [a, b] = [flow.name(node, 0), flow.name(node, 1)];
    match (flow.number(a), flow.number(b)) {
        (Some(number), None) => Some((number, b)),
        (None, Some(number)) => Some((number, a)),
        _ => None,
    }
}

/// The value that an activation or an elementary function takes.
fn argument<'a>(flow: &Flow<'a>, name: &'a str, of: &Operation) -> Option<&'a str> {
    let node = flow.giver(flow.behind(name))?;
    (flow.node(node).operation == *of).then(|| flow.name(node, 0))
}

/// The function of `x` that a product of two values is.
pub(super) fn product<'a>(flow: &Flow<'a>, a: &'a str, b: &'a str) -> Option<Found<'a>> {
    let one_way = |x: &'a str, gate: &'a str| {
        let (outer, source) = scaled(flow, x);
        let (inner, gate) = scaled(flow, gate);
        let factor = largest_magnitude([outer * inner]);
        gated(flow, source, gate)
            .map(|(name, lipschitz)| (Curve::smooth(name, Up::mul(lipschitz, factor), 0.0), source))
    };
    one_way(a, b).or_else(|| one_way(b, a))
}

/// Which function `x ↦ x g(x)` is, by the node that gives `g`, and a bound of its slopes. In `x σ(kx)` and
/// `x (1 + erf(kx))` the slope is a function of `kx` alone: the bound does not depend on `k`.
fn gated<'a>(flow: &Flow<'a>, source: &str, gate: &'a str) -> Option<(&'static str, f64)> {
    let multiple = |name: &'a str| scaled(flow, name).1 == source;
    let activation = |of: Activation| Operation::Activation(of);
    if argument(flow, gate, &activation(Activation::Sigmoid)).is_some_and(multiple) {
        return Some(("silu", functions::SILU));
    }
    if let Some(inner) = argument(flow, gate, &activation(Activation::Tanh)) {
        let softplus = argument(flow, inner, &activation(Activation::Softplus));
        return softplus.filter(|name| flow.behind(name) == source).map(|_| ("mish", functions::MISH));
    }
    // `x max(0, min(6, x + 3))`: the slope `2x + 3` is 9 at most.
    if let Some((low, high, inner)) = clipped(flow, gate) {
        let middle = shifted(flow, inner).filter(|&(shift, of)| shift == 3.0 && flow.behind(of) == source);
        return middle.filter(|_| (low, high) == (0.0, 6.0)).map(|_| ("hard swish", 9.0));
    }
    let node = flow.giver(flow.behind(gate))?;
    // `x max(0, min(1, kx + ½))`: the slope `2kx + ½` is 3/2 where the middle piece ends, whatever `k` is.
    if let Operation::Activation(Activation::HardSigmoid { slope, shift }) = flow.node(node).operation {
        let alike = slope > 0.0 && shift == 0.5 && flow.behind(flow.name(node, 0)) == source;
        return alike.then_some(("hard swish", functions::HARD_SWISH));
    }
    let (one, inner) = shifted(flow, gate)?;
    if one != 1.0 {
        return None;
    }
    if argument(flow, inner, &Operation::Unary(Unary::Erf)).is_some_and(multiple) {
        return Some(("gelu", 2.0 * functions::GELU));
    }
    let inner = argument(flow, inner, &activation(Activation::Tanh))?;
    if multiple(inner) {
        // `1 + tanh(kx) = 2σ(2kx)`
        return Some(("silu", 2.0 * functions::SILU));
    }
    cubic(flow, inner, source).then_some(("gelu by tanh", 2.0 * functions::GELU_TANH))
}

/// Whether a value is `√(2/π) (x + 0.044715 x³)`, but for the rounding of its coefficients to binary32, which the room
/// between the constant and the largest slope covers.
fn cubic<'a>(flow: &Flow<'a>, name: &'a str, source: &str) -> bool {
    let near = |found: Interval, expected: f64| (found.midpoint() / expected - 1.0).abs() < 1e-6;
    let (outer, sum) = scaled(flow, name);
    let [a, b] = functions::GELU_COEFFICIENTS;
    let Some(node) = flow.giver(sum).filter(|_| near(outer, a)) else { return false };
    if flow.node(node).operation != Operation::Binary(Binary::Add) {
        return false;
    }
    let terms = [flow.name(node, 0), flow.name(node, 1)];
    [[0, 1], [1, 0]].iter().any(|&[one, other]| {
        let (factor, cube) = scaled(flow, terms[other]);
        flow.behind(terms[one]) == source && near(factor, b) && power(flow, cube, source) == Some(3)
    })
}

/// The whole power of `x` that a value is.
fn power<'a>(flow: &Flow<'a>, name: &'a str, source: &str) -> Option<u32> {
    let name = flow.behind(name);
    if name == source {
        return Some(1);
    }
    let node = flow.giver(name)?;
    let [a, b] = [flow.name(node, 0), flow.name(node, 1)];
    match flow.node(node).operation {
        Operation::Binary(Binary::Mul) => Some(power(flow, a, source)? + power(flow, b, source)?),
        Operation::Binary(Binary::Pow) => {
            let exponent = flow.number(b).filter(|&n| n == 2.0 || n == 3.0)?;
            Some(power(flow, a, source)? * exponent as u32)
        }
        _ => None,
    }
}

/// What a clip between two numbers takes.
fn clipped<'a>(flow: &Flow<'a>, name: &'a str) -> Option<(f64, f64, &'a str)> {
    let node = flow.giver(flow.behind(name))?;
    let is_clip = flow.node(node).operation == Operation::Choice(Choice::Clip);
    let limits = (flow.number(flow.name(node, 1))?, flow.number(flow.name(node, 2))?);
    is_clip.then(|| (limits.0, limits.1, flow.name(node, 0)))
}

/// A softplus that is replaced by the identity where its argument is large, as newer exporters write it:
/// `where(βx > t, x, softplus(βx)/β)`. It jumps.
pub(super) fn chosen_softplus<'a>(flow: &Flow<'a>, name: &'a str) -> Option<Found<'a>> {
    let node = flow.giver(flow.behind(name))?;
    let is_choice = flow.node(node).operation == Operation::Choice(Choice::Where);
    let [condition, identity, smooth] = [0, 1, 2].map(|at| flow.name(node, at));
    let comparison = flow.giver(flow.behind(condition)).filter(|_| is_choice)?;
    if !matches!(flow.node(comparison).operation, Operation::Choice(Choice::Greater | Choice::GreaterOrEqual)) {
        return None;
    }
    let threshold = flow.number(flow.name(comparison, 1))?;
    let (outer, inner) = scaled(flow, smooth);
    let (steepness, source) =
        scaled(flow, argument(flow, inner, &Operation::Activation(Activation::Softplus))?);
    let one = Interval::between(1.0, 1.0);
    let same = scaled(flow, identity) == (one, source)
        && scaled(flow, flow.name(comparison, 0)) == (steepness, source)
        && (outer * steepness).contains(1.0)
        && steepness.low() > 0.0;
    let jump = functions::softplus_jump(threshold, steepness, outer).ok().filter(|_| same)?;
    let softplus =
        Curve::smooth("softplus", (outer * steepness).high(), std::f64::consts::LN_2 * outer.midpoint());
    Some((Curve { jump, ..softplus }, source))
}
