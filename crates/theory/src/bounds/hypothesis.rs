//! What a theorem may refuse, and how counts enter directed arithmetic.

use saddlepoint_rigor::{Down, MatrixError, Rounding, Up};

use crate::capacity::margins::MarginError;
use crate::capacity::matrix_project::ProjectionError;
use crate::capacity::norms::NormError;
pub(crate) use crate::quantity::count;
use crate::quantity::{Confidence, QuantityError, Risk, SampleSize, first_not_finite};

/// The hypothesis of a theorem that does not hold.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum Violation {
    /// A number is not the quantity that it is taken for.
    #[error(transparent)]
    Quantity(#[from] QuantityError),
    /// More errors than observations.
    #[error("{errors} errors among {observations} observations: there cannot be more errors than observations")]
    MoreErrorsThanObservations {
        /// The errors.
        errors: u64,
        /// The observations.
        observations: u64,
    },
    /// The failure probabilities of everything that the statement rests on leave no confidence.
    #[error("failure probabilities that add up to {0}: the sum must be below 1")]
    Overspent(f64),
    /// A union over no value of a parameter.
    #[error("an empty grid: at least one value must be fixed before the data")]
    EmptyGrid,
    /// A bound of the logarithm of a growth function that is none.
    #[error("a logarithm of the growth function of {0}: it must be finite and at least 0")]
    LogGrowth(f64),
    /// A parameter of an exponential moment that is not positive and finite.
    #[error("an inverse temperature of {0}: it must be positive and finite")]
    Temperature(f64),
    /// A sample of one observation, which has no variance.
    #[error("the variance of {0} observation: at least two are needed")]
    NoVariance(u64),
    /// A sample variance that numbers in `[0, 1]` do not have.
    #[error("a sample variance of {0}: that of numbers in [0, 1] lies in [0, 1/2]")]
    Variance(f64),
    /// Observations that a prior has seen and a bound counts again.
    #[error("observation {0} has trained the prior and counts in the bound: the two parts must be disjoint")]
    SeenByThePrior(usize),
    /// More observations in the parts of a sample than in all of it.
    #[error("{prior} observations for the prior and {bound} for the bound, of {total}: the parts overlap")]
    Overlap {
        /// The observations that the prior has seen.
        prior: u64,
        /// The observations that the bound counts.
        bound: u64,
        /// All observations.
        total: u64,
    },
    /// Vectors of different lengths, or of none.
    #[error("{found} numbers where {expected} are needed")]
    Length {
        /// How many are needed.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// A number that is NaN or infinite.
    #[error("entry {index} is {value}: every entry must be finite")]
    NotFinite {
        /// Its place, from 0.
        index: usize,
        /// The number.
        value: f64,
    },
    /// A standard deviation or variance that is not positive and finite.
    #[error("a scale of {0}: it must be positive and finite")]
    Scale(f64),
    /// A network that is not smooth enough between its layers, or a smoothness that is no number.
    #[error(
        "an interlayer smoothness of {found}: a number of at least {needed} is needed, three times the depth for the theorem"
    )]
    Smoothness {
        /// The smoothness.
        found: f64,
        /// What the theorem needs.
        needed: f64,
    },
    /// A compression that does not exist.
    #[error(transparent)]
    Projection(#[from] ProjectionError),
    /// So many of something that they cannot all be gone through.
    #[error("{found} {what}: at most {most} are gone through")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there are.
        found: u64,
        /// How many there may be.
        most: u64,
    },
    /// A prior that no grid has.
    #[error("prior number {0}: the priors of a grid are numbered from 1")]
    PriorNumber(u64),
    /// A normalized margin outside `[−1, 1]`.
    #[error("a normalized margin of {0}: it must lie in [-1, 1]")]
    NormalizedMargin(f64),
    /// An activation whose Lipschitz constant or value at zero is no number.
    #[error("the activation {name} has {property} {value}, which is no possible one")]
    Activation {
        /// The activation.
        name: &'static str,
        /// What was declared.
        property: &'static str,
        /// As which number.
        value: f64,
    },
    /// An activation that does not map 0 to 0.
    #[error("the activation {name} maps 0 to {value}, and the theorem needs σ(0) = 0")]
    ActivationAtZero {
        /// The activation.
        name: &'static str,
        /// Its value at 0.
        value: f64,
    },
    /// An activation that is not positive homogeneous.
    #[error("the activation {0} is not positive homogeneous: σ(ct) = cσ(t) for all c > 0 is needed")]
    NotHomogeneous(&'static str),
    /// An activation that may expand distances.
    #[error("the activation {name} has Lipschitz constant {constant}, and the theorem needs at most 1")]
    Expanding {
        /// The activation.
        name: &'static str,
        /// Its Lipschitz constant.
        constant: f64,
    },
    /// A bias where the theorem knows none.
    #[error(
        "unit {unit} of layer {layer} has bias {value}: the theorem is about networks without biases, and \
         `Network::augmented` folds them into the weights"
    )]
    Bias {
        /// The layer, from 0.
        layer: usize,
        /// The unit, from 0.
        unit: usize,
        /// Its bias.
        value: f64,
    },
    /// Not one bias for each unit, or not one vector of them for each layer.
    #[error("{found} biases in layer {layer}, which has {units} units")]
    Biases {
        /// The layer, from 0.
        layer: usize,
        /// Its units.
        units: usize,
        /// The biases.
        found: usize,
    },
    /// An operation that is no part of the theorem's networks.
    #[error(
        "{0} is no part of the networks of the theorem; where it is linear, fold it into the weights first"
    )]
    Operation(&'static str),
    /// Linear maps and activations that do not alternate, beginning and ending with a linear map.
    #[error("operation {0} stands where the other kind is needed: linear maps and activations alternate")]
    Alternation(usize),
    /// Another number of outputs than the theorem is about.
    #[error("{found} outputs, where the theorem is about {expected}")]
    Outputs {
        /// The number that is needed.
        expected: usize,
        /// The number of outputs.
        found: usize,
    },
    /// A reference that does not fit the weights.
    #[error("{references} reference matrices for {layers} layers")]
    References {
        /// The layers.
        layers: usize,
        /// The references.
        references: usize,
    },
    /// A weight or a predictor that does not lie in the class that was fixed before the data.
    #[error("{norm} of layer {layer} may be {value}, outside the class with radius {radius}")]
    OutsideClass {
        /// The layer, from 0.
        layer: usize,
        /// The norm.
        norm: &'static str,
        /// Its upper bound.
        value: f64,
        /// What the class allows.
        radius: f64,
    },
    /// A radius that is negative or no number.
    #[error("a radius of {0}: it must be finite and at least 0")]
    Radius(f64),
    /// A network in which no layer has a unit.
    #[error("a width of 0: at least one layer must have a unit")]
    NoUnits,
    /// A norm that must be positive, and may be zero.
    #[error("layer {0} may have norm zero, and the theorem divides by it")]
    ZeroLayer(usize),
    /// A sample of inputs and one of outputs that are not the same.
    #[error("{inputs} inputs, but {margins} margins: both must be those of one sample")]
    Samples {
        /// The inputs.
        inputs: usize,
        /// The margins.
        margins: usize,
    },
    /// Inputs that do not fit the first layer.
    #[error("inputs of dimension {found} for a network that takes {expected}")]
    Dimension {
        /// The dimension that the network takes.
        expected: usize,
        /// That of the inputs.
        found: usize,
    },
    /// An observed input outside of the domain that was declared for all of them.
    #[error("an input of norm {norm} outside of the declared domain of radius {radius}")]
    OutsideDomain {
        /// An upper bound of the largest norm.
        norm: f64,
        /// The radius.
        radius: f64,
    },
    /// A perturbation beyond what the theorem is about.
    #[error("layer {layer} is perturbed by {size} of its norm, and the theorem allows 1/{depth}")]
    Perturbation {
        /// The layer, from 0.
        layer: usize,
        /// The relative size.
        size: f64,
        /// The number of layers.
        depth: usize,
    },
    /// A kernel matrix that may have an eigenvalue that is not positive.
    #[error("the kernel matrix is not positive definite: its smallest eigenvalue may be {0}")]
    NotPositiveDefinite(f64),
    /// A matrix or a product of matrices that does not exist.
    #[error(transparent)]
    Matrix(#[from] MatrixError),
    /// A norm that does not exist.
    #[error(transparent)]
    Norm(#[from] NormError),
    /// Margins that do not exist.
    #[error(transparent)]
    Margins(#[from] MarginError),
}

/// Refuses numbers that are not finite, and the wrong number of them.
pub(crate) fn require_finite(values: &[f64], expected: usize) -> Result<(), Violation> {
    if values.len() != expected || expected == 0 {
        return Err(Violation::Length { expected: expected.max(1), found: values.len() });
    }
    match first_not_finite(values) {
        Some((index, value)) => Err(Violation::NotFinite { index, value }),
        None => Ok(()),
    }
}

/// A scale, if it is positive and finite.
pub(crate) fn require_scale(scale: f64) -> Result<f64, Violation> {
    if scale > 0.0 && scale.is_finite() { Ok(scale) } else { Err(Violation::Scale(scale)) }
}

/// A radius, if it is finite and at least 0.
pub(crate) fn require_radius(radius: f64) -> Result<f64, Violation> {
    if radius >= 0.0 && radius.is_finite() { Ok(radius) } else { Err(Violation::Radius(radius)) }
}

/// The fraction of errors, rounded up.
pub(crate) fn error_rate(errors: u64, observations: u64) -> Result<Risk, Violation> {
    SampleSize::new(observations)?;
    if errors > observations {
        return Err(Violation::MoreErrorsThanObservations { errors, observations });
    }
    Ok(Risk::clamped(Up::div(count::<Up>(errors), count::<Down>(observations))))
}

/// `ln(1/δ)`, rounded up.
pub(crate) fn log_inverse(delta: Confidence) -> f64 {
    Up::ln(Up::div(1.0, delta.delta()))
}
