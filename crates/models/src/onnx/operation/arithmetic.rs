//! Elementary functions, and tensors combined entry by entry.

use burn::tensor::Tensor;

use crate::onnx::host::{Host, Numbers, broadcast, broadcast_positions, few_entries};
use crate::onnx::value::{Arguments, Array, MOST_AXES, Value};

/// An elementary function of each entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unary {
    /// `|x|`
    Abs,
    /// `−x`
    Neg,
    /// `exp x`
    Exp,
    /// `ln x`
    Log,
    /// `√x`
    Sqrt,
    /// `1/x`
    Reciprocal,
    /// The error function.
    Erf,
    /// `sin x`
    Sin,
    /// `cos x`
    Cos,
    /// −1, 0 or 1
    Sign,
}

impl Unary {
    pub(super) fn read(operator: &str) -> Option<Result<Self, String>> {
        Some(Ok(match operator {
            "Abs" => Self::Abs,
            "Neg" => Self::Neg,
            "Exp" => Self::Exp,
            "Log" => Self::Log,
            "Sqrt" => Self::Sqrt,
            "Reciprocal" => Self::Reciprocal,
            "Erf" => Self::Erf,
            "Sin" => Self::Sin,
            "Cos" => Self::Cos,
            "Sign" => Self::Sign,
            _ => return None,
        }))
    }

    pub(super) fn run(self, arguments: &Arguments) -> Result<Value, String> {
        if let Value::Host(host) = arguments.value(0)?
            && let Some(known) = self.known(host)
        {
            return Ok(Value::Host(known));
        }
        let x = arguments.array(0)?;
        let tensor = x.tensor.clone();
        Ok(Value::Array(x.with(match self {
            Self::Abs => tensor.abs(),
            Self::Neg => tensor.neg(),
            Self::Exp => tensor.exp(),
            Self::Log => tensor.log(),
            Self::Sqrt => tensor.sqrt(),
            Self::Reciprocal => tensor.recip(),
            Self::Erf => tensor.erf(),
            Self::Sin => tensor.sin(),
            Self::Cos => tensor.cos(),
            Self::Sign => tensor.sign(),
        })))
    }

    /// The function of known numbers: of integers where the result is one, and of floats.
    fn known(self, host: &Host) -> Option<Host> {
        let numbers = match (&host.numbers, self) {
            (Numbers::Int(values), Self::Abs) => {
                Numbers::Int(values.iter().map(|x| x.saturating_abs()).collect())
            }
            (Numbers::Int(values), Self::Neg) => {
                Numbers::Int(values.iter().map(|x| x.saturating_neg()).collect())
            }
            (Numbers::Float(values), _) => {
                let function = match self {
                    Self::Abs => f64::abs,
                    Self::Neg => |x: f64| -x,
                    Self::Exp => f64::exp,
                    Self::Log => f64::ln,
                    Self::Sqrt => f64::sqrt,
                    Self::Reciprocal => f64::recip,
                    Self::Sin => f64::sin,
                    Self::Cos => f64::cos,
                    Self::Sign => |x: f64| if x == 0.0 { 0.0 } else { x.signum() },
                    Self::Erf => return None,
                };
                Numbers::Float(values.iter().map(|&x| function(x)).collect())
            }
            _ => return None,
        };
        Some(Host { shape: host.shape.clone(), numbers })
    }
}

/// Tensors combined entry by entry, shapes aligned at their ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binary {
    /// `Σ`: of two or more.
    Add,
    /// `a − b`
    Sub,
    /// `a b`
    Mul,
    /// `a/b`
    Div,
    /// `a^b`
    Pow,
    /// The larger of two or more.
    Max,
    /// The smaller of two or more.
    Min,
    /// The mean of one or more.
    Mean,
}

impl Binary {
    pub(super) fn read(operator: &str) -> Option<Result<Self, String>> {
        Some(Ok(match operator {
            "Add" | "Sum" => Self::Add,
            "Sub" => Self::Sub,
            "Mul" => Self::Mul,
            "Div" => Self::Div,
            "Pow" => Self::Pow,
            "Max" => Self::Max,
            "Min" => Self::Min,
            "Mean" => Self::Mean,
            _ => return None,
        }))
    }

    pub(super) fn run(self, arguments: &Arguments) -> Result<Value, String> {
        let mut result = arguments.value(0)?.clone();
        let step = if self == Self::Mean { Self::Add } else { self };
        for at in 1..arguments.values.len() {
            result = step.combine(&result, arguments.value(at)?, arguments)?;
        }
        if self == Self::Mean {
            let count = Value::Host(Host::number(arguments.values.len() as f64));
            result = Self::Div.combine(&result, &count, arguments)?;
        }
        Ok(result)
    }

    fn combine(self, a: &Value, b: &Value, arguments: &Arguments) -> Result<Value, String> {
        let shape = broadcast(&a.shape(), &b.shape())?;
        if let (Value::Host(x), Value::Host(y)) = (a, b) {
            return self.known(x, y, shape).map(Value::Host);
        }
        let rank = shape.len();
        // Equal numbers in a shape that changes nothing are one number.
        let number = |value: &Value, other: &Value| match value {
            Value::Host(host) => {
                let equal = |all: &[f64]| all.first().copied().filter(|&first| all.iter().all(|&x| x == first));
                host.scalar().or_else(|| host.floats().filter(|_| other.shape() == shape).and_then(equal))
            }
            _ => None,
        };
        let tensor = if let (Some(b), Value::Array(a)) = (number(b, a), a) {
            self.by_number(a.tensor.clone(), b)
        } else if let (Some(a), Value::Array(b), true) = (number(a, b), b, self.commutes()) {
            self.by_number(b.tensor.clone(), a)
        } else {
            self.tensors(arguments.to_array(a)?.tensor, arguments.to_array(b)?.tensor)
        };
        Ok(Value::Array(Array { tensor, rank }))
    }

    fn commutes(self) -> bool {
        !matches!(self, Self::Sub | Self::Div | Self::Pow)
    }

    fn by_number(self, a: Tensor<MOST_AXES>, b: f64) -> Tensor<MOST_AXES> {
        match self {
            Self::Add | Self::Mean => a + b,
            Self::Sub => a - b,
            Self::Mul => a * b,
            Self::Div => a / b,
            Self::Pow => power(a, b),
            Self::Max => a.clamp_min(b),
            Self::Min => a.clamp_max(b),
        }
    }

    fn tensors(self, a: Tensor<MOST_AXES>, b: Tensor<MOST_AXES>) -> Tensor<MOST_AXES> {
        match self {
            Self::Add | Self::Mean => a + b,
            Self::Sub => a - b,
            Self::Mul => a * b,
            Self::Div => a / b,
            Self::Max => a.max_pair(b),
            Self::Min => a.min_pair(b),
            // Exponents that differ from entry to entry want positive bases, as the derivative by the exponent does.
            Self::Pow => (a.log() * b).exp(),
        }
    }

    /// Known numbers: two lists of integers give integers, anything else floats.
    fn known(self, a: &Host, b: &Host, shape: Vec<usize>) -> Result<Host, String> {
        few_entries(&shape)?;
        let (at, bt) = (broadcast_positions(&a.shape, &shape), broadcast_positions(&b.shape, &shape));
        let numbers = if let (Numbers::Int(x), Numbers::Int(y)) = (&a.numbers, &b.numbers) {
            let entry = |(&i, &j): (&usize, &usize)| self.integers(x[i], y[j]);
            Numbers::Int(at.iter().zip(&bt).map(entry).collect::<Option<_>>().ok_or("overflows an integer")?)
        } else {
            let (x, y) = (a.to_floats(), b.to_floats());
            Numbers::Float(at.iter().zip(&bt).map(|(&i, &j)| self.floats(x[i], y[j])).collect())
        };
        Ok(Host { shape, numbers })
    }

    fn integers(self, a: i64, b: i64) -> Option<i64> {
        match self {
            Self::Add | Self::Mean => a.checked_add(b),
            Self::Sub => a.checked_sub(b),
            Self::Mul => a.checked_mul(b),
            Self::Div => a.checked_div(b),
            Self::Pow => a.checked_pow(u32::try_from(b).ok()?),
            Self::Max => Some(a.max(b)),
            Self::Min => Some(a.min(b)),
        }
    }

    fn floats(self, a: f64, b: f64) -> f64 {
        match self {
            Self::Add | Self::Mean => a + b,
            Self::Sub => a - b,
            Self::Mul => a * b,
            Self::Div => a / b,
            Self::Pow => a.powf(b),
            Self::Max => a.max(b),
            Self::Min => a.min(b),
        }
    }
}

/// A power; small whole exponents are products.
fn power(a: Tensor<MOST_AXES>, exponent: f64) -> Tensor<MOST_AXES> {
    if exponent == 0.5 {
        a.sqrt()
    } else if exponent.fract() == 0.0 && exponent.abs() <= 64.0 {
        a.powi_scalar(exponent as i32)
    } else {
        a.powf_scalar(exponent)
    }
}
