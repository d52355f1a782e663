//! Comparisons and the choices made by them: what is chosen passes its tangent, the choice itself has none.

use burn_backend::{Backend, Scalar};
use burn_ir::{
    ActivationOperationIr as Activation, BaseOperationIr as Base, BoolOperationIr as Bools,
    IntOperationIr as Ints, NumericOperationIr as Numeric, OperationIr, TensorIr,
};

use super::creation::number;
use super::{Factor, Op, Rule};
use crate::builder::Builder;
use crate::program::{Graph, Kind, ProgramError, ValueId};
use crate::value::{Context, Float, Value, dims};

/// An order relation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Relation {
    Equal,
    NotEqual,
    Greater,
    GreaterEqual,
    Lower,
    LowerEqual,
}

/// Comparisons, logic and choices.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Mask {
    Compare(Relation),
    CompareNumber(Relation, f64),
    Not,
    And,
    Or,
    IntoFloat,
    /// The third argument where the second holds, the first elsewhere.
    Where,
    /// A number where the second argument holds, the first elsewhere.
    Fill(f64),
    /// The second argument where the first is positive, zero elsewhere.
    IfPositive,
}

impl Mask {
    pub(crate) fn has_tangent(self) -> bool {
        matches!(self, Mask::Where | Mask::Fill(_) | Mask::IfPositive)
    }

    pub(crate) fn evaluate<B: Backend>(
        self,
        args: &[Value<B>],
        context: &Context<B>,
    ) -> Result<Value<B>, ProgramError> {
        Ok(match self {
            Mask::Compare(relation) => Value::Bool(match (&args[0], &args[1]) {
                (Value::Int(l), Value::Int(r)) if relation == Relation::Equal => {
                    B::int_equal(l.clone(), r.clone(), context.bool)
                }
                (l, r) => relation.compare::<B>(l.float()?, r.float()?, context),
            }),
            Mask::CompareNumber(relation, c) => Value::Bool(match &args[0] {
                Value::Int(l) if relation == Relation::Equal => {
                    B::int_equal_elem(l.clone(), Scalar::Int(c as i64), context.bool)
                }
                l => relation.compare_number::<B>(l.float()?, c, context),
            }),
            Mask::Not => Value::Bool(B::bool_not(args[0].bool()?)),
            Mask::And => Value::Bool(B::bool_and(args[0].bool()?, args[1].bool()?)),
            Mask::Or => Value::Bool(B::bool_or(args[0].bool()?, args[1].bool()?)),
            Mask::IntoFloat => Value::Float(match &args[0] {
                Value::Bool(x) => B::bool_into_float(x.clone(), context.float),
                x => B::int_into_float(x.int()?, context.float),
            }),
            Mask::Where => {
                Value::Float(B::float_mask_where(args[0].float()?, args[1].bool()?, args[2].float()?))
            }
            Mask::Fill(c) => {
                Value::Float(B::float_mask_fill(args[0].float()?, args[1].bool()?, Scalar::Float(c)))
            }
            Mask::IfPositive => {
                let off = B::float_lower_equal_elem(args[0].float()?, Scalar::Float(0.0), context.bool);
                Value::Float(B::float_mask_fill(args[1].float()?, off, Scalar::Float(0.0)))
            }
        })
    }

    pub(crate) fn derivative(self, g: &mut Graph, inputs: &[ValueId]) -> Rule {
        let shape = |g: &Graph, id: ValueId| g.shape(id).to_vec();
        let indicator = |g: &mut Graph, mask: ValueId| {
            let shape = shape(g, mask);
            Factor::Value(g.push(Op::Mask(Mask::IntoFloat), &[mask], shape, Kind::Float))
        };
        let not = |g: &mut Graph, mask: ValueId| {
            let shape = shape(g, mask);
            g.push(Op::Mask(Mask::Not), &[mask], shape, Kind::Bool)
        };
        match self {
            Mask::Where => {
                let off = not(g, inputs[1]);
                Rule::Pointwise(vec![indicator(g, off), Factor::Zero, indicator(g, inputs[1])])
            }
            Mask::Fill(_) => {
                let off = not(g, inputs[1]);
                Rule::Pointwise(vec![indicator(g, off), Factor::Zero])
            }
            Mask::IfPositive => {
                let shape = shape(g, inputs[0]);
                let positive = Op::Mask(Mask::CompareNumber(Relation::Greater, 0.0));
                let on = g.push(positive, &[inputs[0]], shape, Kind::Bool);
                Rule::Pointwise(vec![Factor::Zero, indicator(g, on)])
            }
            _ => Rule::Constant,
        }
    }
}

impl Relation {
    fn compare<B: Backend>(self, l: Float<B>, r: Float<B>, context: &Context<B>) -> crate::value::Bool<B> {
        match self {
            Relation::Equal => B::float_equal(l, r, context.bool),
            Relation::NotEqual => B::float_not_equal(l, r, context.bool),
            Relation::Greater => B::float_greater(l, r, context.bool),
            Relation::GreaterEqual => B::float_greater_equal(l, r, context.bool),
            Relation::Lower => B::float_lower(l, r, context.bool),
            Relation::LowerEqual => B::float_lower_equal(l, r, context.bool),
        }
    }

    fn compare_number<B: Backend>(self, l: Float<B>, c: f64, context: &Context<B>) -> crate::value::Bool<B> {
        let c = Scalar::Float(c);
        match self {
            Relation::Equal => B::float_equal_elem(l, c, context.bool),
            Relation::NotEqual => B::float_not_equal_elem(l, c, context.bool),
            Relation::Greater => B::float_greater_elem(l, c, context.bool),
            Relation::GreaterEqual => B::float_greater_equal_elem(l, c, context.bool),
            Relation::Lower => B::float_lower_elem(l, c, context.bool),
            Relation::LowerEqual => B::float_lower_equal_elem(l, c, context.bool),
        }
    }
}

pub(crate) fn lower(operation: &OperationIr, b: &mut Builder) -> Option<()> {
    match operation {
        OperationIr::BaseFloat(op) => match op {
            Base::MaskWhere(op) => b.record(Op::Mask(Mask::Where), &[&op.tensor, &op.mask, &op.value], &op.out),
            Base::MaskFill(op) => {
                b.record(Op::Mask(Mask::Fill(number(op.value))), &[&op.tensor, &op.mask], &op.out)
            }
            Base::NotEqual(op) => {
                b.record(Op::Mask(Mask::Compare(Relation::NotEqual)), &[&op.lhs, &op.rhs], &op.out)
            }
            Base::NotEqualElem(op) => {
                b.record(Op::Mask(Mask::CompareNumber(Relation::NotEqual, number(op.rhs))), &[&op.lhs], &op.out)
            }
            op => equal(op, b),
        },
        OperationIr::BaseInt(op) => equal(op, b),
        OperationIr::NumericFloat(_, op) => order(op, b),
        OperationIr::Bool(op) => match op {
            Bools::IntoFloat(op) => b.record(Op::Mask(Mask::IntoFloat), &[&op.input], &op.out),
            Bools::Not(op) => b.record(Op::Mask(Mask::Not), &[&op.input], &op.out),
            Bools::And(op) => b.record(Op::Mask(Mask::And), &[&op.lhs, &op.rhs], &op.out),
            Bools::Or(op) => b.record(Op::Mask(Mask::Or), &[&op.lhs, &op.rhs], &op.out),
            _ => None,
        },
        OperationIr::Int(Ints::IntoFloat(op)) => b.record(Op::Mask(Mask::IntoFloat), &[&op.input], &op.out),
        OperationIr::Activation(Activation::ReluBackward(op)) => {
            b.record(Op::Mask(Mask::IfPositive), &[&op.lhs, &op.rhs], &op.out)
        }
        // The slope below zero times the entry: a choice between the argument and its multiple.
        OperationIr::Activation(Activation::LeakyRelu(op)) => {
            let x = b.get(&op.lhs)?;
            let shape = dims(&op.lhs.shape);
            let below = Op::Mask(Mask::CompareNumber(Relation::Lower, 0.0));
            let below = b.graph.push(below, &[x], shape.clone(), Kind::Bool);
            let scaled =
                super::elementwise::unary(&mut b.graph, super::elementwise::Unary::Scale(number(op.rhs)), x);
            let value = b.graph.push(Op::Mask(Mask::Where), &[x, below, scaled], shape, Kind::Float);
            b.bind(&op.out, value)
        }
        _ => None,
    }
}

fn equal(op: &Base, b: &mut Builder) -> Option<()> {
    match op {
        Base::Equal(op) => b.record(Op::Mask(Mask::Compare(Relation::Equal)), &[&op.lhs, &op.rhs], &op.out),
        Base::EqualElem(op) => {
            b.record(Op::Mask(Mask::CompareNumber(Relation::Equal, number(op.rhs))), &[&op.lhs], &op.out)
        }
        _ => None,
    }
}

fn order(op: &Numeric, b: &mut Builder) -> Option<()> {
    let two = |relation, l: &TensorIr, r: &TensorIr, out: &TensorIr, b: &mut Builder| {
        b.record(Op::Mask(Mask::Compare(relation)), &[l, r], out)
    };
    let one = |relation, l: &TensorIr, c, out: &TensorIr, b: &mut Builder| {
        b.record(Op::Mask(Mask::CompareNumber(relation, number(c))), &[l], out)
    };
    match op {
        Numeric::Greater(op) => two(Relation::Greater, &op.lhs, &op.rhs, &op.out, b),
        Numeric::GreaterEqual(op) => two(Relation::GreaterEqual, &op.lhs, &op.rhs, &op.out, b),
        Numeric::Lower(op) => two(Relation::Lower, &op.lhs, &op.rhs, &op.out, b),
        Numeric::LowerEqual(op) => two(Relation::LowerEqual, &op.lhs, &op.rhs, &op.out, b),
        Numeric::GreaterElem(op) => one(Relation::Greater, &op.lhs, op.rhs, &op.out, b),
        Numeric::GreaterEqualElem(op) => one(Relation::GreaterEqual, &op.lhs, op.rhs, &op.out, b),
        Numeric::LowerElem(op) => one(Relation::Lower, &op.lhs, op.rhs, &op.out, b),
        Numeric::LowerEqualElem(op) => one(Relation::LowerEqual, &op.lhs, op.rhs, &op.out, b),
        _ => None,
    }
}
