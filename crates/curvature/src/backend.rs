//! The tensor library that executes programs: the one place of this crate that names it.
//!
//! Programs are executed through a backend's typed operations, below the `Device` of `models`, because a captured
//! program has no module whose device one could ask. `linearize_on` takes any other backend.

pub(crate) use burn_flex::{Flex, FlexDevice};
