//! What computes a program: the interface that the CPU engine and burn's backends share.

use burn_backend::TensorData;

use crate::program::{Info, ProgramError};
use crate::rules::Op;

/// Something that can run operations on tensors of its own.
///
/// Where it [stacks](Engine::STACKS), every tensor has one leading dimension more than the program says: 1 for a value,
/// the number of vectors for a tangent, and one operation serves all vectors. Elsewhere tensors have the program's
/// shape, and each vector is a run of its own.
pub(crate) trait Engine: Send + Sync {
    /// A tensor.
    type Value: Clone + Send + Sync;

    /// Whether the tangents of several vectors are one tensor.
    const STACKS: bool;

    /// A recorded constant.
    fn constant(&self, data: &TensorData, info: &Info) -> Self::Value;

    /// A floating-point tensor of a shape for each of the given lists of numbers.
    fn tensor(&self, numbers: &[&[f64]], shape: &[usize]) -> Self::Value;

    /// Zeros for `count` vectors.
    fn zeros(&self, count: usize, shape: &[usize]) -> Self::Value;

    /// Writes the numbers of a floating-point tensor, one row a vector.
    fn read(&self, value: &Self::Value, rows: &mut dyn Iterator<Item = &mut [f64]>)
    -> Result<(), ProgramError>;

    /// The result of an operation.
    fn evaluate(&self, op: &Op, args: &[Self::Value]) -> Result<Self::Value, ProgramError>;

    /// The result of an operation, added to a tensor of its shape.
    fn evaluate_onto(
        &self,
        onto: Self::Value,
        op: &Op,
        args: &[Self::Value],
    ) -> Result<Self::Value, ProgramError>;

    /// The sum of the parts, for `count` vectors of a shape; shorter dimensions are repeated.
    fn combine(
        &self,
        parts: &[Part<'_, Self::Value>],
        count: usize,
        shape: &[usize],
    ) -> Result<Self::Value, ProgramError>;

    /// How many bytes the numbers of a tensor take.
    fn bytes(&self, value: &Self::Value) -> usize;

    /// The engine for one of several runs that go on at once.
    fn for_one_of_many(&self) -> Self;
}

/// `scale * factor * tangent`, entry by entry.
pub(crate) struct Part<'a, V> {
    pub(crate) scale: f64,
    pub(crate) factor: Option<&'a V>,
    pub(crate) tangent: &'a V,
}
