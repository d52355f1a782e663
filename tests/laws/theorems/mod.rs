//! Laws of the theorems and measures of `saddlepoint-theory`, one file each.

mod arora_compression;
mod bartlett_foster_telgarsky;
pub(crate) mod binomial;
mod convolution_norm;
mod covering;
mod dziugaite_roy;
mod golowich;
mod kernel;
mod lipschitz;
mod matrix_project;
pub(crate) mod montufar;
mod neyshabur_pac_bayes;
mod norm_margin;
mod norms;
mod pac_bayes;
mod path_norm;
mod perturbation;
mod plane;
mod rademacher;
mod spectral_complexity;
mod test_set_bounds;
mod vc_dimension;
mod widening;
