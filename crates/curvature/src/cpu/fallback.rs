//! Operations without a kernel of this engine, computed by one of burn's backends.

use burn_backend::ops::{BoolTensorOps, FloatTensorOps, IntTensorOps};
use burn_backend::{Element, TensorData, try_read_sync};

use super::array::Array;
use super::real::Real;
use super::{Cpu, Tensor};
use crate::backend::{Flex, FlexDevice};
use crate::engine::Engine;
use crate::program::{Info, Kind, Precision, ProgramError};
use crate::rules::Op;
use crate::value::{Context, Value};

/// A number that burn's tensors can hold.
pub(crate) trait Fallback: Real + Element {
    const PRECISION: Precision;
}

impl Fallback for f32 {
    const PRECISION: Precision = Precision::F32;
}

impl Fallback for f64 {
    const PRECISION: Precision = Precision::F64;
}

impl<T: Fallback> Cpu<T> {
    pub(super) fn elsewhere(&self, op: &Op, args: &[Tensor<T>]) -> Result<Tensor<T>, ProgramError> {
        let context = Context::<Flex>::new(FlexDevice, T::PRECISION);
        let there = |arg: &Tensor<T>| {
            let (data, kind, shape) = match arg {
                Tensor::Float(x) => (data(&self.row_major(x)), Kind::Float, &x.shape),
                Tensor::Int(x) => (data(&self.in_order(x)), Kind::Int, &x.shape),
                Tensor::Bool(x) => (data(&self.in_order(x)), Kind::Bool, &x.shape),
            };
            Engine::constant(&context, &data, &Info { shape: shape.clone(), kind })
        };
        let args: Vec<Value<Flex>> = args.iter().map(there).collect();
        let result = op.evaluate(&args, &context)?;
        let shape = &result.dims()[1..];
        let read = |data| -> Result<TensorData, ProgramError> {
            let data: Option<Result<TensorData, _>> = data;
            let data =
                data.ok_or_else(|| ProgramError::Read("the backend answers only asynchronously".into()))?;
            data.map_err(|error: burn_backend::ExecutionError| ProgramError::Read(error.to_string()))
        };
        Ok(match result {
            Value::Float(x) => {
                let data = read(try_read_sync(Flex::float_into_data(x)))?;
                Tensor::Float(Array::new(data.iter::<T>().collect(), shape))
            }
            Value::Int(x) => {
                let data = read(try_read_sync(Flex::int_into_data(x)))?;
                Tensor::Int(Array::new(data.iter::<i64>().collect(), shape))
            }
            Value::Bool(x) => {
                let data = read(try_read_sync(Flex::bool_into_data(x)))?;
                Tensor::Bool(Array::new(data.iter::<bool>().collect(), shape))
            }
        })
    }
}

fn data<E: Element + Default>(x: &Array<E>) -> TensorData {
    TensorData::new(x.tail()[..x.len()].to_vec(), x.shape.clone())
}
