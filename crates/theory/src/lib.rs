//! Theorems of deep learning as typed values: hypotheses in, certified numbers out.
//!
//! A number that is called a bound is rounded outward on `saddlepoint-rigor`: it is true of the numbers that were given. A
//! hypothesis that does not hold is refused by name. Every generator of random numbers is passed in.
//!
//! - [`quantity`]: numbers that carry their hypotheses, from [`SampleSize`](quantity::SampleSize) to
//!   [`Margin`](quantity::Margin).
//! - [`capacity`]: how rich a class of functions is.
//!   - of matrices: [`norms`](capacity::norms) and path norms, enclosed [`spectrum`](capacity::spectrum), the true operator of a
//!     [`convolution`](capacity::convolution), [`spectral_exponent`](capacity::spectral_exponent);
//!   - of networks: [`spectral_complexity`](capacity::spectral_complexity), [`lipschitz`](capacity::lipschitz) constants from both
//!     sides, [`fisher_rao`](capacity::fisher_rao), noise [`cushions`](capacity::cushions) and their
//!     [compression](capacity::matrix_project), [`batch_norm`](capacity::batch_norm) folded exactly;
//!   - of classes on a sample: [`rademacher`](capacity::rademacher) complexities, [`covering`](capacity::covering) numbers with
//!     [`dudley`](capacity::dudley)'s integral, [`vc`](capacity::vc) dimensions;
//!   - of outputs: [`margins`](capacity::margins).
//! - [`bounds`]: generalization, one theorem a file; each returns a [`Certificate`](bounds::certificate::Certificate) with its
//!   terms and the ledger of its failure probability.
//!   - on a fresh sample: [`hoeffding`](bounds::hoeffding), [`kl_test_set`](bounds::kl_test_set),
//!     [`clopper_pearson`](bounds::clopper_pearson), [`empirical_bernstein`](bounds::empirical_bernstein);
//!   - of a fixed class: [`finite_class`](bounds::finite_class), [`vc`](bounds::vc), [`rademacher`](bounds::rademacher);
//!   - by norms and margins of a [`network`](bounds::network): [`bartlett_foster_telgarsky`](bounds::bartlett_foster_telgarsky),
//!     [`neyshabur_pac_bayes`](bounds::neyshabur_pac_bayes), [`golowich`](bounds::golowich), [`path_norm`](bounds::path_norm), and of a
//!     [`kernel`](bounds::kernel) machine;
//!   - of the compressed network: [`arora_compression`](bounds::arora_compression);
//!   - of random predictors: [`mcallester`](bounds::mcallester), [`maurer`](bounds::maurer), [`catoni`](bounds::catoni),
//!     [`linear_gibbs`](bounds::linear_gibbs), [`dziugaite_roy`](bounds::dziugaite_roy), on what [`pac_bayes`](bounds::pac_bayes) has
//!     for all of them.
//! - [`expressivity`]: networks that compute a given function exactly, and the regions of a network.
//!   - pieces: [`breakpoints`](expressivity::breakpoints) on a line, with rounding bounded or exactly,
//!     [`regions`](expressivity::regions) in the plane; bounds of a shape by [`zaslavsky`](expressivity::zaslavsky),
//!     [`montufar`](expressivity::montufar) and [`serra`](expressivity::serra), averages by
//!     [`hanin_rolnick`](expressivity::hanin_rolnick);
//!   - depth: the [`sawtooth`](expressivity::sawtooth), what stays away from it ([`depth_separation`](expressivity::depth_separation)),
//!     the square by [`yarotsky`](expressivity::yarotsky), [`compositional`](expressivity::compositional) functions;
//!   - one layer: [`bumps`](expressivity::bumps), [`interpolation`](expressivity::interpolation), the
//!     [`memorizer`](expressivity::memorizer), [`ridge`](expressivity::ridge) functions;
//!   - rates of one layer: [`sigmoidal`](expressivity::sigmoidal) units with their constant, threshold units by
//!     [`barron`](expressivity::barron);
//!   - one unit: whether it exists by [`separation`](expressivity::separation), how many there are by
//!     [`dichotomies`](expressivity::dichotomies), how it learns as a [`perceptron`](expressivity::perceptron).
//! - [`representation`]: sparse codes, scattering, independent components, and what is recovered of them.
//! - [`estimation`]: how far an empirical minimizer lies from the truth.
//! - [`regularization`]: what penalties, early stopping, dropout, noise, ensembles and attacks do exactly.
//! - [`optimization`]: rates of descent, escape and step sizes.
//!
//! # Example
//! A network was right on all of 300 fresh samples. With confidence 95 %, how large can its risk be?
//! ```
//! use saddlepoint_theory::bounds::kl_inverse;
//! use saddlepoint_theory::quantity::{Divergence, Risk};
//!
//! let budget = Divergence::new(20f64.ln() / 300.0)?;
//! let risk = kl_inverse::upper_inverse(Risk::ZERO, budget).get();
//! assert!(risk < 0.00994 && kl_inverse::pinsker(Risk::ZERO, budget) > 0.07);
//! # Ok::<(), saddlepoint_theory::quantity::QuantityError>(())
//! ```

#![forbid(unsafe_code)]

pub mod quantity;

pub mod capacity;

pub mod bounds;

pub mod expressivity;

pub mod representation;

pub mod estimation;

pub mod regularization;

pub mod optimization;
