//! burn networks, data and training behind one device choice.

pub mod data;
pub mod device;
pub mod random;
