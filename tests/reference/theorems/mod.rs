//! Values of the theorems and measures of `saddlepoint-theory` from independent implementations.

mod approximation;
mod batch_norm;
mod covering;
mod dziugaite_roy;
mod linear_gibbs;
mod lipschitz;
mod matrix_project;
mod measures;
mod networks;
mod norm_bounds;
mod norms;
mod pac_bayes;
mod rademacher;
mod regions;
mod regularization;
mod rounded_up;
mod segmented_fit;
mod spectral_exponent;
mod test_set_bounds;
mod vc_dimension;
