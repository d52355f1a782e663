//! What flows along the edges of a graph.

use burn::tensor::{Bool, DType, Device, Tensor, TensorData};

use super::host::{Host, Numbers, entries};

/// The most axes that a tensor of a network may have.
pub(super) const MOST_AXES: usize = 6;

/// A tensor of any rank, held with leading axes of length one: rules of combination, which align shapes at their ends,
/// then need no care, and an axis counted from the end is the same axis for every rank.
#[derive(Debug, Clone)]
pub(super) struct Array {
    pub(super) tensor: Tensor<MOST_AXES>,
    pub(super) rank: usize,
}

/// Truth values that depend on the inputs, in the same form.
#[derive(Debug, Clone)]
pub(super) struct Truth {
    pub(super) tensor: Tensor<MOST_AXES, Bool>,
    pub(super) rank: usize,
}

/// The value of an edge.
#[derive(Debug, Clone)]
pub(super) enum Value {
    /// Numbers on a device.
    Array(Array),
    /// Truth values on a device.
    Truth(Truth),
    /// Numbers that are known beforehand.
    Host(Host),
}

/// Where tensors are made, and of which numbers.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) device: Device,
    pub(super) dtype: DType,
}

/// A shape with leading axes of length one.
pub(super) fn lead(shape: &[usize]) -> Result<[usize; MOST_AXES], String> {
    let Some(missing) = MOST_AXES.checked_sub(shape.len()) else {
        return Err(format!("has {} axes; tensors of at most {MOST_AXES} axes are computed", shape.len()));
    };
    let mut full = [1; MOST_AXES];
    full[missing..].copy_from_slice(shape);
    Ok(full)
}

/// The position of an axis among all of them; negative ones count from the end.
pub(super) fn axis(axis: i64, rank: usize) -> Result<usize, String> {
    let found = if axis < 0 { axis + rank as i64 } else { axis };
    usize::try_from(found)
        .ok()
        .filter(|&found| found < rank)
        .ok_or_else(|| format!("names the axis {axis} of a tensor with {rank} axes"))
}

impl Array {
    /// A tensor of fixed rank.
    pub(super) fn new<const D: usize>(tensor: Tensor<D>) -> Result<Self, String> {
        let dims = lead(&tensor.dims())?;
        Ok(Self { tensor: tensor.reshape(dims), rank: D })
    }

    /// Known numbers on a device.
    pub(super) fn of(host: &Host, place: &Place) -> Result<Self, String> {
        if host.is_empty() {
            return Err(format!("computes with the shape {:?}, which has no entries", host.shape));
        }
        let data = TensorData::new(host.to_floats(), lead(&host.shape)?);
        let tensor = Tensor::from_data(data, (&place.device, place.dtype));
        Ok(Self { tensor, rank: host.shape.len() })
    }

    pub(super) fn shape(&self) -> Vec<usize> {
        self.tensor.dims()[MOST_AXES - self.rank..].to_vec()
    }

    /// The position of an axis in the held tensor.
    pub(super) fn axis(&self, of: i64) -> Result<usize, String> {
        Ok(axis(of, self.rank)? + MOST_AXES - self.rank)
    }

    /// The tensor with its own number of axes, or with more, of length one, before them.
    pub(super) fn fixed<const D: usize>(self) -> Result<Tensor<D>, String> {
        let dims = self.tensor.dims();
        if dims[..MOST_AXES - D].iter().any(|&axis| axis != 1) {
            return Err(format!("needs a tensor of {D} axes, but finds the shape {:?}", self.shape()));
        }
        let mut shape = [1; D];
        shape.copy_from_slice(&dims[MOST_AXES - D..]);
        Ok(self.tensor.reshape(shape))
    }

    /// The same entries in another shape.
    pub(super) fn reshaped(self, shape: &[usize]) -> Result<Self, String> {
        if entries(shape)? != entries(&self.shape())? {
            return Err(format!("cannot bring the shape {:?} into the shape {shape:?}", self.shape()));
        }
        Ok(Self { tensor: self.tensor.reshape(lead(shape)?), rank: shape.len() })
    }

    /// The same with another tensor of the same rank.
    pub(super) fn with(&self, tensor: Tensor<MOST_AXES>) -> Self {
        Self { tensor, rank: self.rank }
    }
}

impl Value {
    pub(super) fn shape(&self) -> Vec<usize> {
        match self {
            Self::Array(array) => array.shape(),
            Self::Truth(truth) => truth.tensor.dims()[MOST_AXES - truth.rank..].to_vec(),
            Self::Host(host) => host.shape.clone(),
        }
    }
}

/// The arguments of a node.
pub(super) struct Arguments<'a> {
    pub(super) values: Vec<Option<&'a Value>>,
    pub(super) place: &'a Place,
}

impl Arguments<'_> {
    /// An argument that must be there.
    pub(super) fn value(&self, at: usize) -> Result<&Value, String> {
        self.optional(at).ok_or_else(|| format!("lacks its input {at}"))
    }

    /// An argument that may be left out.
    pub(super) fn optional(&self, at: usize) -> Option<&Value> {
        self.values.get(at).copied().flatten()
    }

    /// An argument as numbers on the device.
    pub(super) fn array(&self, at: usize) -> Result<Array, String> {
        self.to_array(self.value(at)?)
    }

    /// A value as numbers on the device.
    pub(super) fn to_array(&self, value: &Value) -> Result<Array, String> {
        match value {
            Value::Array(array) => Ok(array.clone()),
            Value::Host(host) => Array::of(host, self.place),
            Value::Truth(_) => Err("needs numbers, but finds truth values".to_owned()),
        }
    }

    /// An argument as truth values on the device.
    pub(super) fn truth(&self, at: usize) -> Result<Truth, String> {
        match self.value(at)? {
            Value::Truth(truth) => Ok(truth.clone()),
            Value::Host(Host { shape, numbers: Numbers::Bool(values) }) => {
                let data = TensorData::new(values.clone(), lead(shape)?);
                Ok(Truth { tensor: Tensor::from_data(data, &self.place.device), rank: shape.len() })
            }
            _ => Err("needs truth values, but finds numbers".to_owned()),
        }
    }

    /// An argument that must be known before the network runs: a shape, an axis, a limit.
    pub(super) fn host(&self, at: usize) -> Result<&Host, String> {
        match self.value(at)? {
            Value::Host(host) => Ok(host),
            _ => Err(format!("takes its input {at} from the data; it must be stored in the graph")),
        }
    }

    /// An argument of integers that may be left out.
    pub(super) fn integers(&self, at: usize) -> Result<Option<Vec<i64>>, String> {
        self.optional(at).map(|_| Ok(self.host(at)?.ints()?.to_vec())).transpose()
    }
}
