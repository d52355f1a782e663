//! Values combined with each other or with stored numbers, entry by entry.

use saddlepoint_models::onnx::{Binary, Choice, Unary};
use saddlepoint_rigor::{Interval, Rounding, Up};
use saddlepoint_theory::capacity::lipschitz::functions::{self, largest_magnitude};

use super::curve::Curve;
use super::flow::{Flow, Known};
use super::gate;
use super::layer::Found;
use super::part::{self, Kind, Reason, repetition};
use super::standardization;

/// The values that a part takes, and what it does with them.
pub(super) type Read<'a> = Result<(Vec<&'a str>, Kind), Reason>;

pub(super) fn unary<'a>(flow: &Flow<'a>, node: usize, unary: Unary) -> Read<'a> {
    let kind = match unary {
        Unary::Abs => Kind::Curve(Curve::linear("abs", 1.0, 0.0, 1)),
        Unary::Neg => Kind::Map { what: "a change of sign", factor: 1.0 },
        Unary::Erf => Kind::Curve(Curve::smooth("erf", functions::ERF, 0.0)),
        Unary::Sin => Kind::Curve(Curve::smooth("sin", 1.0, 0.0)),
        Unary::Cos => Kind::Curve(Curve::smooth("cos", 1.0, 1.0)),
        Unary::Exp => return Err("its slope grows without bound for large inputs".to_owned()),
        Unary::Log | Unary::Sqrt | Unary::Reciprocal => {
            return Err("its slope grows without bound near zero".to_owned());
        }
        Unary::Sign => return Err("it jumps at zero".to_owned()),
    };
    Ok((vec![flow.name(node, 0)], kind))
}

pub(super) fn binary<'a>(flow: &Flow<'a>, layers: &[Found<'a>], node: usize, binary: Binary) -> Read<'a> {
    match binary {
        Binary::Add | Binary::Sub | Binary::Mean => sum(flow, node, binary),
        Binary::Mul => product(flow, layers, node),
        Binary::Div => quotient(flow, layers, node),
        Binary::Pow => {
            let exponent = flow.number(flow.name(node, 1)).filter(|_| flow.flows(flow.name(node, 0)));
            match exponent {
                Some(1.0) => Ok((vec![flow.name(node, 0)], Kind::Same)),
                Some(exponent) => Err(format!("the slope of a power of {exponent} has no bound")),
                None => Err("its exponent is no single stored number".to_owned()),
            }
        }
        Binary::Max | Binary::Min => extreme(flow, node, binary),
    }
}

/// The values that flow, each with the factor of its repetition.
fn repeated<'a>(flow: &Flow<'a>, node: usize) -> (Vec<&'a str>, Vec<f64>) {
    let factor = |at| repetition(flow.input(node, at), flow.output(node));
    flow.flowing(node).into_iter().map(|(at, name)| (name, factor(at))).unzip()
}

/// Stored inputs of a node, as they are combined, with their positions.
fn stored<'a>(flow: &Flow<'a>, node: usize) -> Result<Vec<(usize, Vec<f64>)>, Reason> {
    let names = flow.node(node).inputs.iter().enumerate().filter(|(_, name)| !flow.flows(name));
    names
        .map(|(at, _)| {
            let known: Known<'a> = flow.stored(node, at)?;
            let numbers = known.broadcast(flow.output(node)).ok_or("combines shapes that do not fit")?;
            match numbers.iter().find(|number| !number.is_finite()) {
                Some(number) => Err(format!("combines the data with {number}")),
                None => Ok((at, numbers)),
            }
        })
        .collect()
}

fn point(x: f64) -> Interval {
    Interval::between(x, x)
}

/// Sums, differences and means.
pub(super) fn sum<'a>(flow: &Flow<'a>, node: usize, binary: Binary) -> Read<'a> {
    let (names, factors) = repeated(flow, node);
    let shifts = stored(flow, node)?;
    let count = flow.node(node).inputs.len() as f64;
    match *factors.as_slice() {
        _ if binary == Binary::Mean => {
            Ok((names, Kind::Sum(factors.iter().map(|&factor| Up::div(factor, count)).collect())))
        }
        // The difference of a stored value and the data turns the data's sign.
        [factor] if factor != 1.0 || binary == Binary::Sub && !flow.flows(flow.name(node, 0)) => {
            Ok((names, Kind::Map { what: "a repetition or a change of sign", factor }))
        }
        [_] => {
            let size = super::flow::size(flow.output(node));
            let add = |sum: Vec<Interval>, (_, numbers): (usize, Vec<f64>)| {
                let signed = numbers.into_iter().map(|x| if binary == Binary::Sub { -x } else { x });
                sum.into_iter().zip(signed).map(|(a, b)| a + point(b)).collect()
            };
            Ok((names, Kind::Shift(shifts.into_iter().fold(vec![point(0.0); size], add))))
        }
        _ => Ok((names, Kind::Sum(factors))),
    }
}

fn product<'a>(flow: &Flow<'a>, layers: &[Found<'a>], node: usize) -> Read<'a> {
    let (names, factors) = repeated(flow, node);
    if let ([a, b], true) = (names.as_slice(), flow.input(node, 0) == flow.input(node, 1)) {
        let found = gate::product(flow, a, b);
        let (curve, source) = found.ok_or("it multiplies two values that both depend on the input")?;
        return Ok((vec![source], Kind::Curve(curve)));
    }
    let ([name], [factor]) = (names.as_slice(), factors.as_slice()) else {
        return Err("it multiplies two values that both depend on the input".to_owned());
    };
    let numbers: Vec<f64> = stored(flow, node)?.into_iter().flat_map(|(_, numbers)| numbers).collect();
    Ok(scaled(flow, layers, name, *factor, numbers.into_iter().map(point).collect()))
}

fn quotient<'a>(flow: &Flow<'a>, layers: &[Found<'a>], node: usize) -> Read<'a> {
    let [a, b] = [flow.name(node, 0), flow.name(node, 1)];
    if flow.flows(b) {
        let found = Some([a, b]).filter(|_| flow.output(node) == flow.input(node, 0));
        let found = found.and_then(|[a, b]| standardization::quotient(flow, a, b));
        let (x, factor) = found.ok_or("it divides by a value that depends on the input")?;
        let what = "a normalization by the example's own mean and variance";
        return Ok((vec![x], Kind::Map { what, factor }));
    }
    let factor = repetition(flow.input(node, 0), flow.output(node));
    let divisors = stored(flow, node)?.into_iter().flat_map(|(_, numbers)| numbers);
    let factors = divisors
        .map(|divisor| point(1.0).checked_div(point(divisor)).map_err(|_| format!("it divides by {divisor}")));
    Ok(scaled(flow, layers, a, factor, factors.collect::<Result<_, _>>()?))
}

/// A value with a factor for each entry. One factor for all entries of an activation makes another activation.
fn scaled<'a>(
    flow: &Flow<'a>,
    layers: &[Found<'a>],
    name: &'a str,
    repetition: f64,
    factors: Vec<Interval>,
) -> (Vec<&'a str>, Kind) {
    let first = factors.first().copied().unwrap_or(point(1.0));
    let uniform = repetition == 1.0 && factors.iter().all(|&factor| factor == first);
    if uniform && first == point(1.0) {
        return (vec![name], Kind::Same);
    }
    let giver = flow.giver(flow.behind(name)).filter(|_| uniform && flow.taken_once(name));
    if let Some(giver) = giver
        && flow.taken_once(flow.behind(name))
        && let Ok(part::Part { inputs, kind: Kind::Curve(curve), .. }) = part::read(flow, layers, giver)
    {
        let factor = if first.low() == first.high() { first.low() } else { first.high() };
        return (inputs, Kind::Curve(curve.times(factor)));
    }
    let factor = Up::mul(repetition, largest_magnitude(factors));
    (vec![name], Kind::Map { what: "a multiplication by stored numbers", factor })
}

/// The larger or the smaller, entry by entry: of two values the result moves by no more than the one or the other does.
fn extreme<'a>(flow: &Flow<'a>, node: usize, binary: Binary) -> Read<'a> {
    let (names, factors) = repeated(flow, node);
    match factors.as_slice() {
        &[factor] => {
            let zeros = stored(flow, node)?.iter().all(|(_, numbers)| numbers.iter().all(|&x| x == 0.0));
            let kind = if zeros && factor == 1.0 && binary == Binary::Max {
                Kind::Curve(Curve::RELU)
            } else {
                Kind::Map { what: "an extreme of a value and stored numbers", factor }
            };
            Ok((names, kind))
        }
        _ => Ok((names, Kind::Beside(factors))),
    }
}

pub(super) fn choice<'a>(flow: &Flow<'a>, node: usize, choice: Choice) -> Read<'a> {
    match choice {
        Choice::Clip => {
            let limit = |at| match flow.name(node, at) {
                "" => Ok(None),
                name => flow.number(name).map(Some).ok_or("its limits are no stored numbers"),
            };
            let (low, high) = (limit(1)?, limit(2)?);
            let zero = low.map_or(0.0, |low| low.max(0.0));
            let zero = high.map_or(zero, |high| high.min(zero));
            let breakpoints = u64::from(low.is_some()) + u64::from(high.is_some());
            let curve = if (low, high) == (Some(0.0), None) {
                Curve::RELU
            } else {
                Curve::linear("clip", 1.0, zero, breakpoints.max(1))
            };
            Ok((vec![flow.name(node, 0)], Kind::Curve(curve)))
        }
        Choice::Where if flow.host(flow.name(node, 0)).is_some() => {
            let (names, factors) = repeated(flow, node);
            Ok((names, Kind::Beside(factors)))
        }
        Choice::Where => {
            let found = flow.node(node).outputs.first().and_then(|name| gate::chosen_softplus(flow, name));
            let (curve, source) = found.ok_or("it chooses by a comparison of the data, and may jump")?;
            Ok((vec![source], Kind::Curve(curve)))
        }
        _ => Err("it compares the data, and jumps".to_owned()),
    }
}
