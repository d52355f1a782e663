//! What the operations of a program compute, and their derivatives, one family a file.
//!
//! A family has three functions: `lower` recognizes burn's recorded operations and states them in the family's few
//! own ones, `evaluate` computes them, and `derivative` says which rule gives the tangent. burn's backward
//! operations that are combinations of simpler ones (that of a sigmoid, of a rectifier, of a pooling) are stated as
//! such, so that no rule is written twice.

mod convolution;
mod creation;
mod elementwise;
mod indexing;
mod linear_algebra;
mod masks;
mod pooling;
mod reductions;
mod shape;

use burn_backend::Backend;
use burn_ir::OperationIr;

pub(crate) use convolution::Convolve;
pub(crate) use elementwise::{Binary, Unary, binary, unary};
pub(crate) use indexing::Index;
pub(crate) use masks::{Mask, Relation};
pub(crate) use pooling::{Pool, Window};
pub(crate) use reductions::Reduce;
pub(crate) use shape::Shape;

use crate::builder::Builder;
use crate::program::{Graph, ProgramError, ValueId};
use crate::value::{Context, Value};

/// burn's operations that have a rule and are checked by a test, by family; [`Program::recorded`] names a loss's.
///
/// [`Program::recorded`]: crate::program::Program::recorded
pub const SUPPORTED: &[(&str, &[&str])] = &[
    (
        "convolution",
        &[
            "Module::Conv1d",
            "Module::Conv1dBiasBackward",
            "Module::Conv1dWeightBackward",
            "Module::Conv1dXBackward",
            "Module::Conv2d",
            "Module::Conv2dBiasBackward",
            "Module::Conv2dWeightBackward",
            "Module::Conv2dXBackward",
        ],
    ),
    ("creation", &["BaseFloat::Empty", "BaseFloat::Ones", "BaseFloat::Zeros", "NumericFloat::Full"]),
    (
        "elementwise",
        &[
            "Activation::Gelu",
            "Activation::GeluBackward",
            "Activation::LogSigmoid",
            "Activation::LogSigmoidBackward",
            "Activation::Relu",
            "Activation::Sigmoid",
            "Activation::SigmoidBackward",
            "BaseFloat::Cast",
            "Float::Cos",
            "Float::Erf",
            "Float::Exp",
            "Float::Log",
            "Float::Log1p",
            "Float::PowfScalar",
            "Float::Recip",
            "Float::Sin",
            "Float::Sqrt",
            "Float::Tanh",
            "NumericFloat::Abs",
            "NumericFloat::Add",
            "NumericFloat::AddScalar",
            "NumericFloat::Clamp",
            "NumericFloat::ClampMax",
            "NumericFloat::ClampMin",
            "NumericFloat::Div",
            "NumericFloat::DivScalar",
            "NumericFloat::Mul",
            "NumericFloat::MulScalar",
            "NumericFloat::Neg",
            "NumericFloat::PowiScalar",
            "NumericFloat::Sign",
            "NumericFloat::Sub",
            "NumericFloat::SubScalar",
        ],
    ),
    (
        "indexing",
        &[
            "BaseFloat::Gather",
            "BaseFloat::Scatter",
            "BaseFloat::Select",
            "BaseFloat::SelectAssign",
            "Module::Embedding",
            "Module::EmbeddingBackward",
        ],
    ),
    ("linear algebra", &["Float::Matmul"]),
    (
        "masks",
        &[
            "Activation::LeakyRelu",
            "Activation::ReluBackward",
            "BaseFloat::Equal",
            "BaseFloat::EqualElem",
            "BaseFloat::MaskFill",
            "BaseFloat::MaskWhere",
            "BaseFloat::NotEqual",
            "BaseFloat::NotEqualElem",
            "BaseInt::Equal",
            "BaseInt::EqualElem",
            "Bool::And",
            "Bool::IntoFloat",
            "Bool::Not",
            "Bool::Or",
            "Int::IntoFloat",
            "NumericFloat::Greater",
            "NumericFloat::GreaterElem",
            "NumericFloat::GreaterEqual",
            "NumericFloat::GreaterEqualElem",
            "NumericFloat::Lower",
            "NumericFloat::LowerElem",
            "NumericFloat::LowerEqual",
            "NumericFloat::LowerEqualElem",
        ],
    ),
    (
        "pooling",
        &[
            "Module::AdaptiveAvgPool1d",
            "Module::AdaptiveAvgPool1dBackward",
            "Module::AdaptiveAvgPool2d",
            "Module::AdaptiveAvgPool2dBackward",
            "Module::AvgPool1d",
            "Module::AvgPool1dBackward",
            "Module::AvgPool2d",
            "Module::AvgPool2dBackward",
            "Module::MaxPool1d",
            "Module::MaxPool1dWithIndices",
            "Module::MaxPool1dWithIndicesBackward",
            "Module::MaxPool2d",
            "Module::MaxPool2dWithIndices",
            "Module::MaxPool2dWithIndicesBackward",
        ],
    ),
    (
        "reductions",
        &[
            "NumericFloat::ArgMax",
            "NumericFloat::ArgMin",
            "NumericFloat::MaxDim",
            "NumericFloat::MaxDimWithIndices",
            "NumericFloat::Mean",
            "NumericFloat::MeanDim",
            "NumericFloat::MinDim",
            "NumericFloat::MinDimWithIndices",
            "NumericFloat::Sum",
            "NumericFloat::SumDim",
            "NumericFloat::SumDims",
        ],
    ),
    (
        "shape",
        &[
            "BaseBool::Expand",
            "BaseBool::Flip",
            "BaseBool::Permute",
            "BaseBool::Reshape",
            "BaseBool::Slice",
            "BaseBool::SwapDims",
            "BaseFloat::Cat",
            "BaseFloat::Expand",
            "BaseFloat::Flip",
            "BaseFloat::Permute",
            "BaseFloat::RepeatDim",
            "BaseFloat::Reshape",
            "BaseFloat::Slice",
            "BaseFloat::SliceAssign",
            "BaseFloat::SwapDims",
            "BaseInt::Expand",
            "BaseInt::Flip",
            "BaseInt::Permute",
            "BaseInt::Reshape",
            "BaseInt::Slice",
            "BaseInt::SwapDims",
        ],
    ),
];

/// An operation of a program.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Op {
    Create(creation::Create),
    Unary(elementwise::Unary),
    Binary(elementwise::Binary),
    Mask(masks::Mask),
    Matmul,
    Reduce(reductions::Reduce),
    Shape(shape::Shape),
    Index(indexing::Index),
    Convolve(convolution::Convolve),
    Pool(pooling::Pool),
}

/// How the tangent of an operation's result follows from the tangents of its arguments.
pub(crate) enum Rule {
    /// There is none: the result is locally constant.
    Constant,
    /// The operation is linear in all its floating-point arguments together: apply it to the tangents.
    Linear,
    /// The operation is linear in each floating-point argument: apply it once an argument, and add.
    Multilinear,
    /// Each argument's tangent is multiplied, entry by entry, by a factor of its own.
    Pointwise(Vec<Factor>),
}

/// By what a tangent is multiplied.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Factor {
    /// The argument has no influence.
    Zero,
    /// A number.
    Number(f64),
    /// A value of the program, which the rule adds if it is not there.
    Value(ValueId),
}

impl Op {
    /// Whether the result can change with the arguments at all.
    pub(crate) fn has_tangent(&self) -> bool {
        match self {
            Op::Create(_) => false,
            Op::Unary(op) => op.has_tangent(),
            Op::Mask(op) => op.has_tangent(),
            Op::Pool(op) => op.has_tangent(),
            _ => true,
        }
    }

    pub(crate) fn evaluate<B: Backend>(
        &self,
        args: &[Value<B>],
        context: &Context<B>,
    ) -> Result<Value<B>, ProgramError> {
        match self {
            Op::Create(op) => Ok(Value::Float(op.evaluate(context))),
            Op::Unary(op) => Ok(Value::Float(op.evaluate::<B>(args[0].float()?, context))),
            Op::Binary(op) => Ok(Value::Float(op.evaluate::<B>(args[0].float()?, args[1].float()?))),
            Op::Mask(op) => op.evaluate(args, context),
            Op::Matmul => Ok(Value::Float(linear_algebra::evaluate::<B>(args[0].float()?, args[1].float()?))),
            Op::Reduce(op) => op.evaluate(&args[0], context),
            Op::Shape(op) => op.evaluate(args, context),
            Op::Index(op) => op.evaluate(args),
            Op::Convolve(op) => {
                Ok(Value::Float(op.evaluate::<B>(&args[0].float()?, &args[1].float()?, context)))
            }
            Op::Pool(op) => Ok(op.evaluate(&args[0].float()?, context)),
        }
    }

    /// The rule for a node of a graph; slopes that are not values of the graph yet are added to it.
    pub(crate) fn derivative(&self, graph: &mut Graph, inputs: &[ValueId], output: ValueId) -> Rule {
        match self {
            Op::Create(_) => Rule::Constant,
            Op::Unary(op) => Rule::Pointwise(vec![op.derivative(graph, inputs[0], output)]),
            Op::Binary(op) => op.derivative(graph, inputs, output),
            Op::Mask(op) => op.derivative(graph, inputs),
            Op::Matmul | Op::Convolve(_) => Rule::Multilinear,
            Op::Reduce(_) | Op::Shape(_) | Op::Index(_) | Op::Pool(_) => Rule::Linear,
        }
    }
}

/// States a recorded operation in the operations of this module; `None` if it has no rule.
pub(crate) fn lower(operation: &OperationIr, builder: &mut Builder) -> Option<()> {
    [
        creation::lower,
        elementwise::lower,
        masks::lower,
        linear_algebra::lower,
        reductions::lower,
        shape::lower,
        indexing::lower,
        convolution::lower,
        pooling::lower,
    ]
    .into_iter()
    .find_map(|family| family(operation, builder))
}
