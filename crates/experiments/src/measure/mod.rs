//! What can be said of a trained network.

pub mod structure;
