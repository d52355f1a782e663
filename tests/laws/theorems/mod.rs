//! Laws of the theorems and measures of `saddlepoint-theory`, one file each.

mod arora_compression;
mod convolution_norm;
mod covering;
mod dziugaite_roy;
mod lipschitz;
mod matrix_project;
mod rademacher;
mod vc_dimension;
