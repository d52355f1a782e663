//! burn's backends as engines: tensors with a leading dimension that counts vectors.

use burn_backend::{Backend, Scalar, TensorData, TensorMetadata};

use crate::engine::{Engine, Part};
use crate::program::{Info, ProgramError};
use crate::rules::Op;
use crate::value::{Context, Value, numbers, with_lead};

/// Whatever backend a device belongs to.
pub(crate) use burn_dispatch::Dispatch;
/// The backend that computes what the CPU engine has no kernel for; the one place of this crate that names it.
pub(crate) use burn_flex::{Flex, FlexDevice};

impl<B: Backend> Engine for Context<B> {
    type Value = Value<B>;

    const STACKS: bool = true;

    fn constant(&self, data: &TensorData, info: &Info) -> Value<B> {
        Context::constant(self, data, info.kind, &info.shape)
    }

    fn tensor(&self, rows: &[&[f64]], shape: &[usize]) -> Value<B> {
        let numbers = rows.concat();
        Value::Float(self.float_from(&numbers, rows.len(), shape))
    }

    fn zeros(&self, count: usize, shape: &[usize]) -> Value<B> {
        Value::Float(Context::zeros(self, with_lead(count, shape)))
    }

    fn read(&self, value: &Value<B>, rows: &mut dyn Iterator<Item = &mut [f64]>) -> Result<(), ProgramError> {
        let numbers = numbers::<B>(value.float()?)?;
        let mut rest = numbers.as_slice();
        for row in rows {
            let short = || ProgramError::Read(format!("{} numbers are missing", row.len()));
            let (mine, others) = rest.split_at_checked(row.len()).ok_or_else(short)?;
            row.copy_from_slice(mine);
            rest = others;
        }
        Ok(())
    }

    fn evaluate(&self, op: &Op, args: &[Value<B>]) -> Result<Value<B>, ProgramError> {
        op.evaluate(args, self)
    }

    fn evaluate_onto(&self, onto: Value<B>, op: &Op, args: &[Value<B>]) -> Result<Value<B>, ProgramError> {
        let result = op.evaluate(args, self)?;
        Ok(Value::Float(B::float_add(onto.float()?, result.float()?)))
    }

    fn combine(
        &self,
        parts: &[Part<'_, Value<B>>],
        count: usize,
        shape: &[usize],
    ) -> Result<Value<B>, ProgramError> {
        let mut sum = None;
        for part in parts {
            let mut term = part.tangent.float()?;
            if let Some(factor) = part.factor {
                term = B::float_mul(term, factor.float()?);
            }
            if part.scale != 1.0 {
                term = B::float_mul_scalar(term, Scalar::Float(part.scale));
            }
            sum = Some(if let Some(sum) = sum { B::float_add(sum, term) } else { term });
        }
        let shape = with_lead(count, shape);
        let sum = sum.unwrap_or_else(|| Context::zeros(self, shape.clone()));
        Ok(Value::Float(if sum.shape() == shape { sum } else { B::float_expand(sum, shape) }))
    }

    fn bytes(&self, value: &Value<B>) -> usize {
        value.bytes()
    }

    fn for_one_of_many(&self) -> Self {
        Self { device: self.device.clone(), float: self.float, int: self.int, bool: self.bool }
    }
}
