//! Functions of single entries: $\dot y = f'(x)\,\dot x$, with $f'(x)$ computed once for a point.

use burn_backend::{Backend, DType, Scalar};
use burn_ir::{
    ActivationOperationIr as Activation, BaseOperationIr as Base, BinaryOpIr, FloatOperationIr as Floats,
    NumericOperationIr as Numeric, OperationIr, TensorIr,
};
use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI, PI};

use super::creation::number;
use super::{Factor, Mask, Op, Relation, Rule};
use crate::builder::Builder;
use crate::program::{Graph, Kind, ValueId};
use crate::value::{Context, Float, dims};

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

    /// $f'(x)$, in values of the graph.
    pub(crate) fn derivative(self, g: &mut Graph, x: ValueId, y: ValueId) -> Factor {
        let indicator = |g: &mut Graph, relation, kink: f64| {
            let shape = g.shape(x).to_vec();
            let mask = g.push(Op::Mask(Mask::CompareNumber(relation, kink)), &[x], shape.clone(), Kind::Bool);
            g.push(Op::Mask(Mask::IntoFloat), &[mask], shape, Kind::Float)
        };
        Factor::Value(match self {
            Unary::Exp => y,
            Unary::Log => unary(g, Unary::Recip, x),
            Unary::Log1p => {
                let sum = unary(g, Unary::Add(1.0), x);
                unary(g, Unary::Recip, sum)
            }
            Unary::Sqrt => {
                let inverse = unary(g, Unary::Recip, y);
                unary(g, Unary::Scale(0.5), inverse)
            }
            Unary::Sin => unary(g, Unary::Cos, x),
            Unary::Cos => {
                let sine = unary(g, Unary::Sin, x);
                unary(g, Unary::Scale(-1.0), sine)
            }
            Unary::Tanh => {
                let square = binary(g, Binary::Mul, y, y);
                one_minus(g, square)
            }
            Unary::Erf => {
                let square = binary(g, Binary::Mul, x, x);
                let exponent = unary(g, Unary::Scale(-1.0), square);
                let bell = unary(g, Unary::Exp, exponent);
                unary(g, Unary::Scale(FRAC_2_SQRT_PI), bell)
            }
            Unary::Recip => {
                let square = binary(g, Binary::Mul, y, y);
                unary(g, Unary::Scale(-1.0), square)
            }
            Unary::Abs => unary(g, Unary::Sign, x),
            Unary::Sign => return Factor::Zero,
            // burn's choice of the rectifier's derivative at the kink is zero.
            Unary::Relu => indicator(g, Relation::Greater, 0.0),
            Unary::Sigmoid => {
                let rest = one_minus(g, y);
                binary(g, Binary::Mul, y, rest)
            }
            Unary::LogSigmoid => {
                let negative = unary(g, Unary::Scale(-1.0), x);
                unary(g, Unary::Sigmoid, negative)
            }
            Unary::Add(_) | Unary::Power(1.0) => return Factor::Number(1.0),
            Unary::Power(2.0) => unary(g, Unary::Scale(2.0), x),
            Unary::Power(p) => {
                let power = unary(g, Unary::Power(p - 1.0), x);
                unary(g, Unary::Scale(p), power)
            }
            Unary::Scale(c) => return Factor::Number(c),
            Unary::Divide(c) => return Factor::Number(1.0 / c),
            Unary::Clamp(min, max) => {
                // An end that is not there is not compared with: infinity has no image in f32 kernels.
                let above = min.is_finite().then(|| indicator(g, Relation::GreaterEqual, min));
                let below = max.is_finite().then(|| indicator(g, Relation::LowerEqual, max));
                match (above, below) {
                    (Some(above), Some(below)) => binary(g, Binary::Mul, above, below),
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

    pub(crate) fn derivative(self, g: &mut Graph, inputs: &[ValueId], y: ValueId) -> Rule {
        Rule::Pointwise(match self {
            Binary::Add => vec![Factor::Number(1.0), Factor::Number(1.0)],
            Binary::Sub => vec![Factor::Number(1.0), Factor::Number(-1.0)],
            Binary::Mul => vec![Factor::Value(inputs[1]), Factor::Value(inputs[0])],
            Binary::Div => {
                let inverse = unary(g, Unary::Recip, inputs[1]);
                let slope = binary(g, Binary::Mul, y, inverse);
                vec![Factor::Value(inverse), Factor::Value(unary(g, Unary::Scale(-1.0), slope))]
            }
        })
    }
}

/// An elementwise operation of one argument as a value of a graph.
pub(crate) fn unary(graph: &mut Graph, op: Unary, x: ValueId) -> ValueId {
    let shape = graph.shape(x).to_vec();
    graph.push(Op::Unary(op), &[x], shape, Kind::Float)
}

/// An elementwise operation of two arguments as a value of a graph; dimensions of length one are repeated.
pub(crate) fn binary(graph: &mut Graph, op: Binary, l: ValueId, r: ValueId) -> ValueId {
    let shape = graph.shape(l).iter().zip(graph.shape(r)).map(|(&l, &r)| if l == 1 { r } else { l }).collect();
    graph.push(Op::Binary(op), &[l, r], shape, Kind::Float)
}

fn one_minus(graph: &mut Graph, x: ValueId) -> ValueId {
    let negative = unary(graph, Unary::Scale(-1.0), x);
    unary(graph, Unary::Add(1.0), negative)
}

pub(crate) fn lower(operation: &OperationIr, b: &mut Builder) -> Option<()> {
    match operation {
        OperationIr::Float(_, op) => floats(op, b),
        OperationIr::NumericFloat(_, op) => numeric(op, b),
        OperationIr::Activation(op) => activation(op, b),
        // A program has one precision: what burn rounds to binary32 on the way (a hard sigmoid, a root mean square) is
        // computed as exactly as the rest.
        OperationIr::BaseFloat(Base::Cast(op)) => {
            let known = |dtype| matches!(dtype, DType::F32 | DType::F64);
            let value = b.get(&op.input)?;
            if known(op.input.dtype) && known(op.out.dtype) { b.bind(&op.out, value) } else { None }
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
        Numeric::MulScalar(op) => {
            let factor = number(op.rhs);
            let divisor = divisor_behind(factor, &b.graph);
            one(divisor.map_or(Unary::Scale(factor), Unary::Divide), &op.lhs, &op.out, b)
        }
        Numeric::DivScalar(op) => one(Unary::Divide(number(op.rhs)), &op.lhs, &op.out, b),
        Numeric::PowiScalar(op) => one(Unary::Power(number(op.rhs)), &op.lhs, &op.out, b),
        Numeric::Clamp(op) => one(Unary::Clamp(number(op.min), number(op.max)), &op.tensor, &op.out, b),
        Numeric::ClampMin(op) => one(Unary::Clamp(number(op.rhs), f64::INFINITY), &op.lhs, &op.out, b),
        Numeric::ClampMax(op) => one(Unary::Clamp(f64::NEG_INFINITY, number(op.rhs)), &op.lhs, &op.out, b),
        _ => None,
    }
}

/// The divisor whose reciprocal, rounded to binary32, is the factor: so burn's backward pass of a division by a number
/// has it in every precision, and the gradient would be that of no function.
fn divisor_behind(factor: f64, graph: &Graph) -> Option<f64> {
    graph.nodes.iter().find_map(|node| match node.op {
        Op::Unary(Unary::Divide(divisor)) => {
            let rounded = f64::from(1.0 / divisor as f32);
            (rounded == factor && factor != 1.0 / divisor).then_some(divisor)
        }
        _ => None,
    })
}

/// Activations; a backward one is its derivative, stated in values of the forward pass, times the gradient.
fn activation(op: &Activation, b: &mut Builder) -> Option<()> {
    match op {
        Activation::Relu(op) => b.record(Op::Unary(Unary::Relu), &[&op.input], &op.out),
        Activation::Sigmoid(op) => b.record(Op::Unary(Unary::Sigmoid), &[&op.input], &op.out),
        Activation::LogSigmoid(op) => b.record(Op::Unary(Unary::LogSigmoid), &[&op.input], &op.out),
        Activation::SigmoidBackward(op) => {
            let y = b.get(&op.lhs)?;
            let rest = one_minus(&mut b.graph, y);
            let slope = binary(&mut b.graph, Binary::Mul, y, rest);
            times(slope, op, b)
        }
        Activation::LogSigmoidBackward(op) => {
            let x = b.get(&op.lhs)?;
            let negative = unary(&mut b.graph, Unary::Scale(-1.0), x);
            let slope = unary(&mut b.graph, Unary::Sigmoid, negative);
            times(slope, op, b)
        }
        Activation::Gelu(op) => {
            let x = b.get(&op.input)?;
            let distribution = normal_distribution(b, x);
            let value = binary(&mut b.graph, Binary::Mul, x, distribution);
            b.bind(&op.out, value)
        }
        // Exactly: burn's own backward pass rounds the constants of another approximation.
        Activation::GeluBackward(op) => {
            let x = b.get(&op.lhs)?;
            let distribution = normal_distribution(b, x);
            let square = binary(&mut b.graph, Binary::Mul, x, x);
            let exponent = unary(&mut b.graph, Unary::Scale(-0.5), square);
            let bell = unary(&mut b.graph, Unary::Exp, exponent);
            let density = unary(&mut b.graph, Unary::Scale(1.0 / (2.0 * PI).sqrt()), bell);
            let slope = binary(&mut b.graph, Binary::Mul, x, density);
            let slope = binary(&mut b.graph, Binary::Add, distribution, slope);
            times(slope, op, b)
        }
        _ => None,
    }
}

fn times(slope: ValueId, op: &BinaryOpIr, b: &mut Builder) -> Option<()> {
    let gradient = b.get(&op.rhs)?;
    let value = b.graph.push(Op::Binary(Binary::Mul), &[slope, gradient], dims(&op.out.shape), Kind::Float);
    b.bind(&op.out, value)
}

/// $\Phi(x) = (1 + \operatorname{erf}(x / \sqrt 2)) / 2$.
fn normal_distribution(b: &mut Builder, x: ValueId) -> ValueId {
    let scaled = unary(&mut b.graph, Unary::Scale(FRAC_1_SQRT_2), x);
    let erf = unary(&mut b.graph, Unary::Erf, scaled);
    let sum = unary(&mut b.graph, Unary::Add(1.0), erf);
    unary(&mut b.graph, Unary::Scale(0.5), sum)
}
