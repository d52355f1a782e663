//! Functions of single entries: $\dot y = f'(x)\,\dot x$, with $f'(x)$ computed once for a point.

use burn_backend::{Backend, Scalar};
use burn_ir::{
    ActivationOperationIr as Activation, BaseOperationIr as Base, BinaryOpIr, FloatOperationIr as Floats,
    NumericOperationIr as Numeric, OperationIr, TensorIr,
};
use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI, PI};

use super::creation::number;
use super::{Factor, Mask, Op, Rule};
use crate::program::{Builder, Kind, ProgramError, ValueId};
use crate::value::{Context, Float, Value, dims};

/// A function of one entry.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Unary {
    Exp,
    Log,
    Log1p,
    Sqrt,
    Sin,
    Cos,
    Tanh,
    Erf,
    Recip,
    Abs,
    Sign,
    Relu,
    Sigmoid,
    LogSigmoid,
    Power(f64),
    Add(f64),
    Scale(f64),
    Divide(f64),
    Clamp(f64, f64),
}

/// A function of two entries.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Binary {
    Add,
    Sub,
    Mul,
    Div,
}

fn scalar(x: f64) -> Scalar {
    Scalar::Float(x)
}

/// One where `x > 0`, zero elsewhere: burn's choice of the rectifier's derivative at the kink is zero.
fn positive<B: Backend>(x: Float<B>, context: &Context<B>) -> Float<B> {
    B::bool_into_float(B::float_greater_elem(x, scalar(0.0), context.bool), context.float)
}

/// $1 / (1 + e^{-x})$, in the precision of `x`; burn's default would round to binary32 on the way.
fn sigmoid<B: Backend>(x: Float<B>) -> Float<B> {
    B::float_recip(B::float_add_scalar(B::float_exp(B::float_neg(x)), scalar(1.0)))
}

impl Unary {
    pub(crate) fn has_tangent(self) -> bool {
        self != Unary::Sign
    }

    pub(crate) fn evaluate<B: Backend>(self, x: Float<B>, _context: &Context<B>) -> Float<B> {
        match self {
            Unary::Exp => B::float_exp(x),
            Unary::Log => B::float_log(x),
            Unary::Log1p => B::float_log1p(x),
            Unary::Sqrt => B::float_sqrt(x),
            Unary::Sin => B::float_sin(x),
            Unary::Cos => B::float_cos(x),
            Unary::Tanh => B::float_tanh(x),
            Unary::Erf => B::float_erf(x),
            Unary::Recip => B::float_recip(x),
            Unary::Abs => B::float_abs(x),
            Unary::Sign => B::float_sign(x),
            Unary::Relu => B::float_clamp_min(x, scalar(0.0)),
            Unary::Sigmoid => sigmoid::<B>(x),
            Unary::LogSigmoid => {
                let tail = B::float_log1p(B::float_exp(B::float_neg(B::float_abs(x.clone()))));
                B::float_sub(B::float_clamp_max(x, scalar(0.0)), tail)
            }
            Unary::Power(2.0) => B::float_mul(x.clone(), x),
            Unary::Power(p) => B::float_powf_scalar(x, scalar(p)),
            Unary::Add(c) => B::float_add_scalar(x, scalar(c)),
            Unary::Scale(c) => B::float_mul_scalar(x, scalar(c)),
            Unary::Divide(c) => B::float_div_scalar(x, scalar(c)),
            Unary::Clamp(min, max) => {
                let x = if min > f64::NEG_INFINITY { B::float_clamp_min(x, scalar(min)) } else { x };
                if max < f64::INFINITY { B::float_clamp_max(x, scalar(max)) } else { x }
            }
        }
    }

    pub(crate) fn derivative<B: Backend>(self, x: Float<B>, y: Float<B>, context: &Context<B>) -> Factor<B> {
        let one_minus = |t: Float<B>| B::float_add_scalar(B::float_neg(t), scalar(1.0));
        Factor::Tensor(match self {
            Unary::Exp => y,
            Unary::Log => B::float_recip(x),
            Unary::Log1p => B::float_recip(B::float_add_scalar(x, scalar(1.0))),
            Unary::Sqrt => B::float_mul_scalar(B::float_recip(y), scalar(0.5)),
            Unary::Sin => B::float_cos(x),
            Unary::Cos => B::float_neg(B::float_sin(x)),
            Unary::Tanh => one_minus(B::float_mul(y.clone(), y)),
            Unary::Erf => {
                let bell = B::float_exp(B::float_neg(B::float_mul(x.clone(), x)));
                B::float_mul_scalar(bell, scalar(FRAC_2_SQRT_PI))
            }
            Unary::Recip => B::float_neg(B::float_mul(y.clone(), y)),
            Unary::Abs => B::float_sign(x),
            Unary::Sign => return Factor::Zero,
            Unary::Relu => positive(x, context),
            Unary::Sigmoid => B::float_mul(y.clone(), one_minus(y)),
            Unary::LogSigmoid => sigmoid::<B>(B::float_neg(x)),
            Unary::Add(_) | Unary::Power(1.0) => return Factor::Number(1.0),
            Unary::Power(2.0) => B::float_mul_scalar(x, scalar(2.0)),
            Unary::Power(p) => B::float_mul_scalar(B::float_powf_scalar(x, scalar(p - 1.0)), scalar(p)),
            Unary::Scale(c) => return Factor::Number(c),
            Unary::Divide(c) => return Factor::Number(1.0 / c),
            Unary::Clamp(min, max) => {
                // An end that is not there is not compared with: an infinite scalar has no exact image in f32 kernels.
                let inside = |bound: f64, outside: burn_backend::tensor::BoolTensor<B>| {
                    bound.is_finite().then(|| B::bool_into_float(B::bool_not(outside), context.float))
                };
                let above = inside(min, B::float_lower_elem(x.clone(), scalar(min), context.bool));
                let below = inside(max, B::float_greater_elem(x, scalar(max), context.bool));
                match (above, below) {
                    (Some(above), Some(below)) => B::float_mul(above, below),
                    (Some(one), None) | (None, Some(one)) => one,
                    (None, None) => return Factor::Number(1.0),
                }
            }
        })
    }
}

impl Binary {
    pub(crate) fn evaluate<B: Backend>(self, l: Float<B>, r: Float<B>) -> Float<B> {
        match self {
            Binary::Add => B::float_add(l, r),
            Binary::Sub => B::float_sub(l, r),
            Binary::Mul => B::float_mul(l, r),
            Binary::Div => B::float_div(l, r),
        }
    }

    pub(crate) fn derivative<B: Backend>(
        self,
        args: &[Value<B>],
        y: &Value<B>,
    ) -> Result<Rule<B>, ProgramError> {
        Ok(Rule::Pointwise(match self {
            Binary::Add => vec![Factor::Number(1.0), Factor::Number(1.0)],
            Binary::Sub => vec![Factor::Number(1.0), Factor::Number(-1.0)],
            Binary::Mul => vec![Factor::Argument(1), Factor::Argument(0)],
            Binary::Div => {
                let inverse = B::float_recip(args[1].float()?);
                let slope = B::float_neg(B::float_mul(y.float()?, inverse.clone()));
                vec![Factor::Tensor(inverse), Factor::Tensor(slope)]
            }
        }))
    }
}

/// An elementwise operation of one argument as a value of the program.
pub(crate) fn unary(builder: &mut Builder, op: Unary, x: ValueId) -> ValueId {
    let shape = builder.shape(x).to_vec();
    builder.push(Op::Unary(op), &[x], shape, Kind::Float)
}

/// An elementwise operation of two arguments of one shape as a value of the program.
pub(crate) fn binary(builder: &mut Builder, op: Binary, l: ValueId, r: ValueId) -> ValueId {
    let shape = builder.shape(l).to_vec();
    builder.push(Op::Binary(op), &[l, r], shape, Kind::Float)
}

pub(crate) fn lower(operation: &OperationIr, b: &mut Builder) -> Option<()> {
    match operation {
        OperationIr::Float(_, op) => floats(op, b),
        OperationIr::NumericFloat(_, op) => numeric(op, b),
        OperationIr::Activation(op) => activation(op, b),
        // Truth values and integers become numbers of the program's precision at once: no rounding to repeat.
        OperationIr::BaseFloat(Base::Cast(op)) => {
            let value = b.get(&op.input)?;
            let exact = op.input.dtype == op.out.dtype || b.made_by(value) == Some(&Op::Mask(Mask::IntoFloat));
            if exact { b.bind(&op.out, value) } else { None }
        }
        _ => None,
    }
}

fn floats(op: &Floats, b: &mut Builder) -> Option<()> {
    let (f, op) = match op {
        Floats::Exp(op) => (Unary::Exp, op),
        Floats::Log(op) => (Unary::Log, op),
        Floats::Log1p(op) => (Unary::Log1p, op),
        Floats::Sqrt(op) => (Unary::Sqrt, op),
        Floats::Sin(op) => (Unary::Sin, op),
        Floats::Cos(op) => (Unary::Cos, op),
        Floats::Tanh(op) => (Unary::Tanh, op),
        Floats::Erf(op) => (Unary::Erf, op),
        Floats::Recip(op) => (Unary::Recip, op),
        Floats::PowfScalar(op) => {
            return b.record(Op::Unary(Unary::Power(number(op.rhs))), &[&op.lhs], &op.out);
        }
        _ => return None,
    };
    b.record(Op::Unary(f), &[&op.input], &op.out)
}

fn numeric(op: &Numeric, b: &mut Builder) -> Option<()> {
    let two = |f, op: &BinaryOpIr, b: &mut Builder| b.record(Op::Binary(f), &[&op.lhs, &op.rhs], &op.out);
    let one = |f, x: &TensorIr, out: &TensorIr, b: &mut Builder| b.record(Op::Unary(f), &[x], out);
    match op {
        Numeric::Add(op) => two(Binary::Add, op, b),
        Numeric::Sub(op) => two(Binary::Sub, op, b),
        Numeric::Mul(op) => two(Binary::Mul, op, b),
        Numeric::Div(op) => two(Binary::Div, op, b),
        Numeric::Neg(op) => one(Unary::Scale(-1.0), &op.input, &op.out, b),
        Numeric::Abs(op) => one(Unary::Abs, &op.input, &op.out, b),
        Numeric::Sign(op) => one(Unary::Sign, &op.input, &op.out, b),
        Numeric::AddScalar(op) => one(Unary::Add(number(op.rhs)), &op.lhs, &op.out, b),
        Numeric::SubScalar(op) => one(Unary::Add(-number(op.rhs)), &op.lhs, &op.out, b),
        Numeric::MulScalar(op) if number(op.rhs) == 1.0 => {
            let value = b.get(&op.lhs)?;
            b.bind(&op.out, value)
        }
        Numeric::MulScalar(op) => one(Unary::Scale(number(op.rhs)), &op.lhs, &op.out, b),
        Numeric::DivScalar(op) => one(Unary::Divide(number(op.rhs)), &op.lhs, &op.out, b),
        Numeric::PowiScalar(op) => one(Unary::Power(number(op.rhs)), &op.lhs, &op.out, b),
        Numeric::Clamp(op) => one(Unary::Clamp(number(op.min), number(op.max)), &op.tensor, &op.out, b),
        Numeric::ClampMin(op) => one(Unary::Clamp(number(op.rhs), f64::INFINITY), &op.lhs, &op.out, b),
        Numeric::ClampMax(op) => one(Unary::Clamp(f64::NEG_INFINITY, number(op.rhs)), &op.lhs, &op.out, b),
        _ => None,
    }
}

/// Activations; a backward one is its derivative, stated in values of the forward pass, times the gradient.
fn activation(op: &Activation, b: &mut Builder) -> Option<()> {
    match op {
        Activation::Relu(op) => b.record(Op::Unary(Unary::Relu), &[&op.input], &op.out),
        Activation::Sigmoid(op) => b.record(Op::Unary(Unary::Sigmoid), &[&op.input], &op.out),
        Activation::LogSigmoid(op) => b.record(Op::Unary(Unary::LogSigmoid), &[&op.input], &op.out),
        Activation::SigmoidBackward(op) => {
            let y = b.get(&op.lhs)?;
            let negative = unary(b, Unary::Scale(-1.0), y);
            let rest = unary(b, Unary::Add(1.0), negative);
            let slope = binary(b, Binary::Mul, y, rest);
            times(slope, op, b)
        }
        Activation::LogSigmoidBackward(op) => {
            let x = b.get(&op.lhs)?;
            let negative = unary(b, Unary::Scale(-1.0), x);
            let slope = unary(b, Unary::Sigmoid, negative);
            times(slope, op, b)
        }
        Activation::Gelu(op) => {
            let x = b.get(&op.input)?;
            let distribution = normal_distribution(b, x);
            let value = binary(b, Binary::Mul, x, distribution);
            b.bind(&op.out, value)
        }
        // Exactly: burn's own backward pass rounds the constants of another approximation.
        Activation::GeluBackward(op) => {
            let x = b.get(&op.lhs)?;
            let distribution = normal_distribution(b, x);
            let square = binary(b, Binary::Mul, x, x);
            let exponent = unary(b, Unary::Scale(-0.5), square);
            let bell = unary(b, Unary::Exp, exponent);
            let density = unary(b, Unary::Scale(1.0 / (2.0 * PI).sqrt()), bell);
            let slope = binary(b, Binary::Mul, x, density);
            let slope = binary(b, Binary::Add, distribution, slope);
            times(slope, op, b)
        }
        _ => None,
    }
}

fn times(slope: ValueId, op: &BinaryOpIr, b: &mut Builder) -> Option<()> {
    let gradient = b.get(&op.rhs)?;
    let value = b.push(Op::Binary(Binary::Mul), &[slope, gradient], dims(&op.out.shape), Kind::Float);
    b.bind(&op.out, value)
}

/// $\Phi(x) = (1 + \operatorname{erf}(x / \sqrt 2)) / 2$.
fn normal_distribution(b: &mut Builder, x: ValueId) -> ValueId {
    let scaled = unary(b, Unary::Scale(FRAC_1_SQRT_2), x);
    let erf = unary(b, Unary::Erf, scaled);
    let sum = unary(b, Unary::Add(1.0), erf);
    unary(b, Unary::Scale(0.5), sum)
}
