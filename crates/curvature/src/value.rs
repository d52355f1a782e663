//! Tensors of a running program, and the way from and to plain numbers.
//!
//! Every tensor has one leading dimension more than the program says: 1 for a value, the number of vectors for a
//! tangent. One implementation of an operation then serves both.

use burn_backend::{Backend, BoolDType, FloatDType, IntDType, Shape, TensorData, TensorMetadata};

use crate::program::{Kind, Precision, ProgramError};

pub(crate) type Float<B> = <B as burn_backend::BackendTypes>::FloatTensorPrimitive;
pub(crate) type Int<B> = <B as burn_backend::BackendTypes>::IntTensorPrimitive;
pub(crate) type Bool<B> = <B as burn_backend::BackendTypes>::BoolTensorPrimitive;

/// Where and in which types a program runs.
pub(crate) struct Context<B: Backend> {
    pub(crate) device: B::Device,
    pub(crate) float: FloatDType,
    pub(crate) int: IntDType,
    pub(crate) bool: BoolDType,
}

impl<B: Backend> Context<B> {
    pub(crate) fn new(device: B::Device, precision: Precision) -> Self {
        let settings = burn_backend::get_or_init_device_settings::<B>(&device);
        let float = match precision {
            Precision::F32 => FloatDType::F32,
            Precision::F64 => FloatDType::F64,
        };
        Self { device, float, int: settings.int_dtype, bool: settings.bool_dtype }
    }

    pub(crate) fn zeros(&self, shape: Shape) -> Float<B> {
        B::float_zeros(shape, &self.device, self.float)
    }

    /// A tensor of a shape for backward operations that read nothing but the shape of an argument.
    pub(crate) fn shaped(&self, shape: &[usize]) -> Float<B> {
        let one = self.zeros(Shape::from(vec![1; shape.len()]));
        B::float_expand(one, Shape::from(shape.to_vec()))
    }

    /// Numbers as `count` tensors of a shape, behind a leading dimension.
    pub(crate) fn float_from(&self, numbers: &[f64], count: usize, shape: &[usize]) -> Float<B> {
        let shape = with_lead(count, shape);
        let data = match self.float {
            FloatDType::F64 => TensorData::new(numbers.to_vec(), shape),
            _ => TensorData::new(numbers.iter().map(|&x| x as f32).collect::<Vec<_>>(), shape),
        };
        B::float_from_data(data, &self.device)
    }

    pub(crate) fn constant(&self, data: &TensorData, kind: Kind, shape: &[usize]) -> Value<B> {
        let (data, shape) = (data.clone(), with_lead(1, shape));
        match kind {
            Kind::Float => Value::Float(B::float_reshape(B::float_from_data(data, &self.device), shape)),
            Kind::Int => Value::Int(B::int_reshape(B::int_from_data(data, &self.device), shape)),
            Kind::Bool => Value::Bool(B::bool_reshape(B::bool_from_data(data, &self.device), shape)),
        }
    }
}

/// A tensor of one of the three kinds.
pub(crate) enum Value<B: Backend> {
    Float(Float<B>),
    Int(Int<B>),
    Bool(Bool<B>),
}

impl<B: Backend> Clone for Value<B> {
    fn clone(&self) -> Self {
        match self {
            Value::Float(tensor) => Value::Float(tensor.clone()),
            Value::Int(tensor) => Value::Int(tensor.clone()),
            Value::Bool(tensor) => Value::Bool(tensor.clone()),
        }
    }
}

impl<B: Backend> Value<B> {
    pub(crate) fn float(&self) -> Result<Float<B>, ProgramError> {
        if let Value::Float(tensor) = self { Ok(tensor.clone()) } else { Err(ProgramError::Kind(Kind::Float)) }
    }

    pub(crate) fn int(&self) -> Result<Int<B>, ProgramError> {
        if let Value::Int(tensor) = self { Ok(tensor.clone()) } else { Err(ProgramError::Kind(Kind::Int)) }
    }

    pub(crate) fn bool(&self) -> Result<Bool<B>, ProgramError> {
        if let Value::Bool(tensor) = self { Ok(tensor.clone()) } else { Err(ProgramError::Kind(Kind::Bool)) }
    }

    pub(crate) fn bytes(&self) -> usize {
        match self {
            Value::Float(tensor) => tensor.shape().num_elements() * tensor.dtype().size(),
            Value::Int(tensor) => tensor.shape().num_elements() * tensor.dtype().size(),
            Value::Bool(tensor) => tensor.shape().num_elements() * tensor.dtype().size(),
        }
    }
}

/// The numbers of a tensor, in row-major order.
pub(crate) fn numbers<B: Backend>(tensor: Float<B>) -> Result<Vec<f64>, ProgramError> {
    let data = burn_backend::try_read_sync(B::float_into_data(tensor))
        .ok_or_else(|| ProgramError::Read("the device answers only asynchronously".into()))?
        .map_err(|error| ProgramError::Read(error.to_string()))?;
    Ok(data.iter::<f64>().collect())
}

pub(crate) fn with_lead(count: usize, shape: &[usize]) -> Shape {
    Shape::from([&[count], shape].concat())
}

pub(crate) fn dims(shape: &Shape) -> Vec<usize> {
    (0..shape.num_dims()).map(|axis| shape[axis]).collect()
}
