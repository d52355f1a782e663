//! Convolutions with their true operator: zero padding, stride, dilation, groups, and the layer's own input size.
//!
//! [`Convolution`] applies the operator and its adjoint; [`Convolution::spectral_norm`] encloses the largest singular
//! value. Neither the norm of the reshaped kernel nor that of the circular convolution on the input's own size is an
//! upper bound of it.

mod axis;
mod entrywise;
mod fourier;
mod lanczos;
mod norm;
mod operator;

pub use axis::Axis;
pub use norm::{Enclosure, UpperEnd};
pub use operator::{Channels, Convolution};

/// Why numbers make no convolution, or a convolution no result.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum ConvolutionError {
    /// A length, a stride, a dilation or a number of channels or groups is 0.
    #[error("a convolution whose {0} is 0")]
    Zero(&'static str),
    /// A window that is longer than the input with its padding.
    #[error("a window of length {window} does not fit on a padded input of length {padded}")]
    NoOutput {
        /// The length of the input with its padding.
        padded: usize,
        /// The length of a window.
        window: usize,
    },
    /// Channels that cannot be divided among the groups.
    #[error("{groups} groups do not divide {channels} channels")]
    Groups {
        /// The number of channels.
        channels: usize,
        /// The number of groups.
        groups: usize,
    },
    /// An interval matrix that is no kernel of the convolution.
    #[error("a kernel of {rows} rows for {outputs} outputs, each of which has one")]
    Rows {
        /// The rows.
        rows: usize,
        /// The outputs.
        outputs: usize,
    },
    /// A number of entries that is not that of the shape.
    #[error("{given} entries of the {what}, which has {needed}")]
    Entries {
        /// What they were given for.
        what: &'static str,
        /// How many were given.
        given: usize,
        /// How many there are.
        needed: usize,
    },
    /// An entry that is NaN or infinite.
    #[error("entry {index} of the {what} is {value}: every entry must be finite")]
    NotFinite {
        /// What it is an entry of.
        what: &'static str,
        /// Its position, from 0.
        index: usize,
        /// The entry.
        value: f64,
    },
    /// More numbers than can be held.
    #[error("the operator is too large: its windows or its matrix have more than 2³⁰ entries")]
    TooLarge,
    /// A relative width that cannot be asked for.
    #[error("a relative width of {0}: it must be positive and finite")]
    Width(f64),
}
