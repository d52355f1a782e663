//! Theorems of deep learning as typed values: hypotheses in, certified numbers out.

pub mod optimization;
