//! Values of the theorems and measures of `saddlepoint-theory` from independent implementations.

mod covering;
mod lipschitz;
mod rademacher;
mod vc_dimension;
