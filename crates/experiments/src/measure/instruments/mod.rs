//! The instruments, cheap ones first.

mod bounds;
mod capacity;
mod critical;
mod curvature;
mod density;
mod fit;
mod layers;
mod lipschitz;
mod margins;
mod noise;
mod pac_bayes;
mod sharpness;
mod surface;

use super::quantity::Findings;
use super::subject::Subject;
use crate::claim::Failure;

/// How much work an instrument is.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Cost {
    /// Forward passes over the training data.
    pub passes: f64,
    /// Products with the Hessian of the loss over the training data.
    pub products: f64,
    /// Floating-point operations that do not depend on the data.
    pub operations: f64,
}

impl Cost {
    /// Forward passes alone.
    pub fn passes(passes: f64) -> Self {
        Self { passes, ..Self::default() }
    }

    /// Products with the Hessian alone.
    pub fn products(products: f64) -> Self {
        Self { products, ..Self::default() }
    }

    /// Values of the loss as a function of the parameters: each is about a fifth of a product with its Hessian.
    pub fn values(values: f64) -> Self {
        Self::products(values / 5.0)
    }

    /// Operations alone.
    pub fn operations(operations: f64) -> Self {
        Self { operations, ..Self::default() }
    }
}

/// One thing that can be measured of a network.
pub trait Instrument: Sync {
    /// Its name on the command line and in files, in kebab-case.
    fn id(&self) -> &'static str;

    /// Its name in the report.
    fn title(&self) -> &'static str;

    /// What it measures, for the list of instruments.
    fn about(&self) -> &'static str;

    /// Raised whenever the meaning of its numbers changes.
    fn version(&self) -> u32 {
        1
    }

    /// What it will cost, roughly.
    fn cost(&self, subject: &Subject<'_>) -> Cost;

    /// Measures.
    ///
    /// # Errors
    /// Whatever keeps all of it from being measured. What keeps a part from being measured is a refusal among the findings.
    fn measure(&self, subject: &Subject<'_>) -> Result<Findings, Failure>;
}

/// All instruments, in the order in which they are used.
pub static ALL: [&dyn Instrument; 13] = [
    &fit::Fit,
    &layers::Layers,
    &margins::OutputMargins,
    &capacity::Capacity,
    &lipschitz::Lipschitz,
    &bounds::Bounds,
    &critical::Critical,
    &noise::GradientNoise,
    &pac_bayes::PacBayes,
    &curvature::Curvature,
    &density::SpectralDensity,
    &sharpness::Sharpness,
    &surface::Surface,
];

/// The instrument of a name.
pub fn find(id: &str) -> Option<&'static dyn Instrument> {
    ALL.iter().copied().find(|instrument| instrument.id() == id)
}
