//! Comparisons, and what is chosen by them.

use burn::tensor::{Bool, Tensor};

use crate::onnx::attributes::Attributes;
use crate::onnx::host::{Host, Numbers, broadcast, broadcast_positions, few_entries};
use crate::onnx::value::{Arguments, Array, MOST_AXES, Truth, Value};

/// A comparison, a logical function, or a choice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Choice {
    /// `a = b`
    Equal,
    /// `a > b`
    Greater,
    /// `a ≥ b`
    GreaterOrEqual,
    /// `a < b`
    Less,
    /// `a ≤ b`
    LessOrEqual,
    /// `not a`
    Not,
    /// `a and b`
    And,
    /// `a or b`
    Or,
    /// The second input where the first is true, and the third elsewhere.
    Where,
    /// Entries between two limits; the nearest limit in place of others. Limits of editions before 11 are attributes.
    Clip,
}

impl Choice {
    pub(super) fn read(operator: &str, _attributes: &Attributes) -> Option<Result<Self, String>> {
        Some(Ok(match operator {
            "Equal" => Self::Equal,
            "Greater" => Self::Greater,
            "GreaterOrEqual" => Self::GreaterOrEqual,
            "Less" => Self::Less,
            "LessOrEqual" => Self::LessOrEqual,
            "Not" => Self::Not,
            "And" => Self::And,
            "Or" => Self::Or,
            "Where" => Self::Where,
            "Clip" => Self::Clip,
            _ => return None,
        }))
    }

    pub(super) fn run(self, arguments: &Arguments) -> Result<Value, String> {
        match self {
            Self::Where => choose(arguments),
            Self::Clip => clip(arguments),
            Self::Not => not(arguments),
            Self::And | Self::Or => self.logical(arguments),
            _ => self.compare(arguments),
        }
    }

    fn compare(self, arguments: &Arguments) -> Result<Value, String> {
        let (a, b) = (arguments.value(0)?, arguments.value(1)?);
        let shape = broadcast(&a.shape(), &b.shape())?;
        if let (Value::Host(x), Value::Host(y)) = (a, b) {
            few_entries(&shape)?;
            let (p, q) = (broadcast_positions(&x.shape, &shape), broadcast_positions(&y.shape, &shape));
            let (x, y) = (x.to_floats(), y.to_floats());
            let numbers = Numbers::Bool(p.iter().zip(&q).map(|(&i, &j)| self.holds(x[i], y[j])).collect());
            return Ok(Value::Host(Host { shape, numbers }));
        }
        let rank = shape.len();
        let (x, y) = (arguments.array(0)?.tensor, arguments.array(1)?.tensor);
        let tensor = match self {
            Self::Equal => x.equal(y),
            Self::Greater => x.greater(y),
            Self::GreaterOrEqual => x.greater_equal(y),
            Self::Less => x.lower(y),
            _ => x.lower_equal(y),
        };
        Ok(Value::Truth(Truth { tensor, rank }))
    }

    fn holds(self, a: f64, b: f64) -> bool {
        match self {
            Self::Equal => a == b,
            Self::Greater => a > b,
            Self::GreaterOrEqual => a >= b,
            Self::Less => a < b,
            _ => a <= b,
        }
    }

    fn logical(self, arguments: &Arguments) -> Result<Value, String> {
        let (a, b) = (arguments.truth(0)?, arguments.truth(1)?);
        let shape = broadcast(&arguments.value(0)?.shape(), &arguments.value(1)?.shape())?;
        let (x, y) = (expanded(a.tensor, &shape)?, expanded(b.tensor, &shape)?);
        let tensor = if self == Self::And { x.bool_and(y) } else { x.bool_or(y) };
        Ok(Value::Truth(Truth { tensor, rank: shape.len() }))
    }
}

fn not(arguments: &Arguments) -> Result<Value, String> {
    if let Value::Host(Host { shape, numbers: Numbers::Bool(values) }) = arguments.value(0)? {
        let numbers = Numbers::Bool(values.iter().map(|&x| !x).collect());
        return Ok(Value::Host(Host { shape: shape.clone(), numbers }));
    }
    let truth = arguments.truth(0)?;
    Ok(Value::Truth(Truth { tensor: truth.tensor.bool_not(), ..truth }))
}

fn expanded(truth: Tensor<MOST_AXES, Bool>, shape: &[usize]) -> Result<Tensor<MOST_AXES, Bool>, String> {
    let to = crate::onnx::value::lead(shape)?;
    Ok(if truth.dims() == to { truth } else { truth.expand(to) })
}

fn choose(arguments: &Arguments) -> Result<Value, String> {
    let [condition, a, b] = [arguments.value(0)?, arguments.value(1)?, arguments.value(2)?];
    let shape = broadcast(&broadcast(&condition.shape(), &a.shape())?, &b.shape())?;
    if let (Value::Host(c), Value::Host(x), Value::Host(y)) = (condition, a, b) {
        few_entries(&shape)?;
        return known_choice(c, x, y, shape).map(Value::Host);
    }
    let to = crate::onnx::value::lead(&shape)?;
    let array = |value: &Value| -> Result<_, String> {
        let tensor = arguments.to_array(value)?.tensor;
        Ok(if tensor.dims() == to { tensor } else { tensor.expand(to) })
    };
    let condition = expanded(arguments.truth(0)?.tensor, &shape)?;
    let tensor = array(b)?.mask_where(condition, array(a)?);
    Ok(Value::Array(Array { tensor, rank: shape.len() }))
}

fn known_choice(condition: &Host, a: &Host, b: &Host, shape: Vec<usize>) -> Result<Host, String> {
    let Numbers::Bool(condition_values) = &condition.numbers else {
        return Err("chooses by numbers, not by truth values".to_owned());
    };
    let positions = |host: &Host| broadcast_positions(&host.shape, &shape);
    let (c, p, q) = (positions(condition), positions(a), positions(b));
    let at = |n: usize| condition_values[c[n]];
    let numbers = match (&a.numbers, &b.numbers) {
        (Numbers::Int(x), Numbers::Int(y)) => {
            Numbers::Int((0..c.len()).map(|n| if at(n) { x[p[n]] } else { y[q[n]] }).collect())
        }
        (Numbers::Bool(x), Numbers::Bool(y)) => {
            Numbers::Bool((0..c.len()).map(|n| if at(n) { x[p[n]] } else { y[q[n]] }).collect())
        }
        _ => {
            let (x, y) = (a.to_floats(), b.to_floats());
            Numbers::Float((0..c.len()).map(|n| if at(n) { x[p[n]] } else { y[q[n]] }).collect())
        }
    };
    Ok(Host { shape, numbers })
}

/// Where the limits cross, the upper one wins.
fn clip(arguments: &Arguments) -> Result<Value, String> {
    let limit = |at: usize| -> Result<Option<f64>, String> {
        if arguments.optional(at).is_none() {
            return Ok(None);
        }
        let number = arguments.host(at)?.scalar().filter(|limit| !limit.is_nan());
        number.map(Some).ok_or_else(|| "has limits that are no single numbers".to_owned())
    };
    let (low, high) = (limit(1)?, limit(2)?);
    if let Value::Host(host) = arguments.value(0)? {
        let clipped = |x: f64| {
            let x = low.map_or(x, |low| x.max(low));
            high.map_or(x, |high| x.min(high))
        };
        let numbers = match &host.numbers {
            Numbers::Int(values) => Numbers::Int(values.iter().map(|&x| clipped(x as f64) as i64).collect()),
            _ => Numbers::Float(host.to_floats().into_iter().map(clipped).collect()),
        };
        return Ok(Value::Host(Host { shape: host.shape.clone(), numbers }));
    }
    let x = arguments.array(0)?;
    let tensor = x.tensor.clone();
    Ok(Value::Array(x.with(match (low, high) {
        (Some(low), Some(high)) if low <= high => tensor.clamp(low, high),
        (Some(_), Some(high)) => tensor * 0.0 + high,
        (Some(low), None) => tensor.clamp_min(low),
        (None, Some(high)) => tensor.clamp_max(high),
        (None, None) => tensor,
    })))
}
