//! The scattering transform of signals on a circle: cascades of wavelet moduli, averaged.

mod deformation;
mod filters;
mod transform;

pub use deformation::{WavePacket, fourier_modulus_distance};
pub use filters::FilterBank;
pub use transform::Scattering;

/// Why there is no such filter bank or transform.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum ScatteringError {
    /// A length that no filters are made for.
    #[error("a length of {0}: it must be a power of two from 4 to 2^24")]
    Length(usize),
    /// More octaves than the length has, or none.
    #[error("{0} octaves at length {1}: at least 1, and 2^octaves at most the length, are needed")]
    Octaves(u32, usize),
    /// A signal of another length than the filters.
    #[error("a signal of {found} samples for filters of {expected}")]
    Signal {
        /// What was given.
        found: usize,
        /// What fits.
        expected: usize,
    },
    /// A sample is NaN or infinite, or the squares of all overflow.
    #[error("sample {0} is not finite, or squares overflow there")]
    NotFinite(usize),
    /// More numbers than are kept.
    #[error("depth {0} with {1} octaves: more than 2^27 coefficients")]
    TooDeep(u32, usize),
    /// Two transforms that cannot be compared.
    #[error("transforms of different shape have no distance")]
    Incomparable,
    /// A wave packet without width, or with parameters that are no numbers.
    #[error("a wave packet of width {0}, frequency {1}: both must be finite, the width positive")]
    WavePacket(f64, f64),
}
