//! Values from independent implementations.

mod mlp_cross_check;
