//! Matrix products.

use crate::onnx::attributes::Attributes;
use crate::onnx::host::{broadcast, entries};
use crate::onnx::value::{Arguments, Array, MOST_AXES};

/// A matrix product.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Linear {
    /// `α A B + β C`, with A and B transposed on request: a fully connected layer.
    Gemm {
        /// α
        alpha: f64,
        /// β
        beta: f64,
        /// Whether A is transposed.
        transpose_a: bool,
        /// Whether B is transposed.
        transpose_b: bool,
    },
    /// `A B` over the last two axes.
    MatMul,
}

impl Linear {
    pub(super) fn read(operator: &str, attributes: &Attributes) -> Option<Result<Self, String>> {
        Some(Ok(match operator {
            "Gemm" => Self::Gemm {
                alpha: attributes.float("alpha", 1.0),
                beta: attributes.float("beta", 1.0),
                transpose_a: attributes.flag("transA", false),
                transpose_b: attributes.flag("transB", false),
            },
            "MatMul" => Self::MatMul,
            _ => return None,
        }))
    }

    pub(super) fn run(&self, arguments: &Arguments) -> Result<Array, String> {
        let (a, b) = (arguments.array(0)?, arguments.array(1)?);
        match *self {
            Self::MatMul => product(a, b),
            Self::Gemm { alpha, beta, transpose_a, transpose_b } => {
                if a.rank != 2 || b.rank != 2 {
                    return Err(format!(
                        "multiplies the shapes {:?} and {:?}, not matrices",
                        a.shape(),
                        b.shape()
                    ));
                }
                let transposed =
                    |m: Array, on: bool| if on { m.with(m.tensor.clone().swap_dims(4, 5)) } else { m };
                let mut result = product(transposed(a, transpose_a), transposed(b, transpose_b))?;
                if alpha != 1.0 {
                    result = result.with(result.tensor.clone() * alpha);
                }
                if arguments.optional(2).is_none() || beta == 0.0 {
                    return Ok(result);
                }
                let c = arguments.array(2)?;
                if broadcast(&result.shape(), &c.shape())? != result.shape() {
                    return Err(format!("adds the shape {:?} to the shape {:?}", c.shape(), result.shape()));
                }
                let c = if beta == 1.0 { c.tensor } else { c.tensor * beta };
                Ok(result.with(result.tensor.clone() + c))
            }
        }
    }
}

/// The product over the last two axes; a vector is a row on the left and a column on the right.
fn product(a: Array, b: Array) -> Result<Array, String> {
    let (left, right) = (a.shape(), b.shape());
    let impossible = || format!("cannot multiply the shapes {left:?} and {right:?}");
    if a.rank == 0 || b.rank == 0 {
        return Err(impossible());
    }
    let b = if b.rank == 1 { b.reshaped(&[right[0], 1])? } else { b };
    let a = if a.rank == 1 { a.reshaped(&[1, left[0]])? } else { a };
    let (rows, columns) = (a.shape(), b.shape());
    let (m, n) = (rows.len(), columns.len());
    if rows[m - 1] != columns[n - 2] {
        return Err(impossible());
    }
    let mut shape = broadcast(&rows[..m - 2], &columns[..n - 2]).map_err(|_| impossible())?;
    let mut whole = shape.clone();
    whole.extend([rows[m - 2], columns[n - 1]]);
    entries(&whole)?;
    // Many rows times one matrix is one product.
    let tensor = if n == 2 {
        let many: usize = rows[..m - 1].iter().product();
        a.reshaped(&[many, rows[m - 1]])?
            .fixed::<2>()?
            .matmul(b.fixed::<2>()?)
            .reshape([1, 1, 1, 1, many, columns[1]])
    } else {
        a.tensor.matmul(b.tensor)
    };
    if left.len() > 1 {
        shape.push(rows[m - 2]);
    }
    if right.len() > 1 {
        shape.push(columns[n - 1]);
    }
    Array { tensor, rank: MOST_AXES }.reshaped(&shape)
}
