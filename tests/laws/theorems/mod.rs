//! Laws of the theorems and measures of `saddlepoint-theory`, one file each.

mod convolution_norm;
mod covering;
mod lipschitz;
mod rademacher;
mod vc_dimension;
