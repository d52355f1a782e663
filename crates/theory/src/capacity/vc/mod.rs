//! The Vapnik-Chervonenkis dimension: the most points on which a class takes all combinations of signs.

pub mod growth;
pub mod halfspaces;
pub mod piecewise_linear;
pub mod sine;

/// Why a class, or a set of points, has no dimension or no certificate.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum VcError {
    /// A space without dimensions.
    #[error("halfspaces of a space of dimension 0: at least one dimension is needed")]
    NoDimension,
    /// Labels for another number of points.
    #[error("{labels} labels for {points} points: each point needs one")]
    Labels {
        /// The number of labels.
        labels: usize,
        /// The number of points.
        points: usize,
    },
    /// So few points that they may well be shattered.
    #[error("{points} points: only {needed} or more are dependent for certain")]
    TooFewPoints {
        /// The number of points.
        points: usize,
        /// The least number.
        needed: usize,
    },
    /// So many points that they are not written down.
    #[error("{points} points: at most {most} are written down")]
    TooManyPoints {
        /// The number of points.
        points: usize,
        /// The largest number.
        most: usize,
    },
    /// A point of another space.
    #[error("point {point} has {coordinates} coordinates in a space of dimension {dimension}")]
    Coordinates {
        /// The point, from 0.
        point: usize,
        /// The number of its coordinates.
        coordinates: usize,
        /// The dimension of the space.
        dimension: usize,
    },
    /// A coordinate that is NaN or infinite.
    #[error("a coordinate of point {point} is {value}: it must be finite")]
    NotFinite {
        /// The point, from 0.
        point: usize,
        /// The coordinate.
        value: f64,
    },
    /// A network without layers.
    #[error("a network of no layers")]
    NoLayers,
    /// A layer without units, or a first layer without parameters.
    #[error(
        "layer {layer} has {units} units, and the layers up to it {parameters} parameters: both must be positive"
    )]
    EmptyLayer {
        /// The layer, from 0.
        layer: usize,
        /// Its units.
        units: u64,
        /// The parameters of this layer and those before it.
        parameters: u64,
    },
    /// More outputs than the one whose sign is the label.
    #[error("a network of {0} outputs: its sign is a label only if there is one")]
    SeveralOutputs(u64),
    /// An activation of one piece, which is linear.
    #[error("an activation without breakpoints is linear: at least one is needed")]
    NoBreakpoint,
    /// Sizes whose products leave the integers that floats hold exactly.
    #[error(
        "sizes too large to be counted: units and parameters, times layers, must stay below 2⁵³, and dimensions below 2³¹"
    )]
    TooLarge,
    /// A network to which the closed form does not apply.
    #[error("a network of {0} units: the closed form needs 3 at least")]
    TooFewUnits(u64),
    /// Sizes for which the lower bound claims nothing.
    #[error(
        "{parameters} parameters in {layers} layers: the lower bound needs W > CL > C² with C = {constant}"
    )]
    NoLowerBound {
        /// The parameters `W`.
        parameters: u64,
        /// The layers `L`.
        layers: u64,
        /// The constant `C`.
        constant: f64,
    },
}
