//! One direction of a convolution: how windows slide over an input.

use std::ops::Range;

use super::ConvolutionError;
use super::operator::LARGEST;

/// One direction of a convolution: the input's length, and how windows of `kernel` taps slide over it.
///
/// Output `p` sees, at tap `k`, the input at `p · stride + k · dilation − padding.0`, and zero outside of the input.
///
/// # Example
/// ```
/// use saddlepoint_theory::capacity::convolution::Axis;
///
/// let axis = Axis::new(32, 3).with_padding(1, 1).with_stride(2);
/// assert_eq!(axis.output()?, 16);
/// # Ok::<(), saddlepoint_theory::capacity::convolution::ConvolutionError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Axis {
    /// The length of the input, without padding.
    pub input: usize,
    /// The number of taps.
    pub kernel: usize,
    /// The distance between windows.
    pub stride: usize,
    /// The distance between taps.
    pub dilation: usize,
    /// The number of zeros before the input and after it.
    pub padding: (usize, usize),
}

impl Axis {
    /// All windows inside the input: stride 1, dilation 1, no padding.
    pub const fn new(input: usize, kernel: usize) -> Self {
        Self { input, kernel, stride: 1, dilation: 1, padding: (0, 0) }
    }

    /// The same with windows so far apart.
    #[must_use]
    pub const fn with_stride(self, stride: usize) -> Self {
        Self { stride, ..self }
    }

    /// The same with taps so far apart.
    #[must_use]
    pub const fn with_dilation(self, dilation: usize) -> Self {
        Self { dilation, ..self }
    }

    /// The same with so many zeros before and after the input.
    #[must_use]
    pub const fn with_padding(self, before: usize, after: usize) -> Self {
        Self { padding: (before, after), ..self }
    }

    /// The number of windows.
    ///
    /// # Formula
    /// `⌊(input + padding − dilation (kernel − 1) − 1) / stride⌋ + 1`
    ///
    /// # Errors
    /// When a length, the stride or the dilation is 0, or the padded input is shorter than a window.
    ///
    /// # Reference
    /// Dumoulin and Visin, A guide to convolution arithmetic for deep learning, arXiv:1603.07285, 2016, relationship
    /// 15.
    pub fn output(&self) -> Result<usize, ConvolutionError> {
        for (name, value) in [
            ("input", self.input),
            ("kernel", self.kernel),
            ("stride", self.stride),
            ("dilation", self.dilation),
        ] {
            if value == 0 {
                return Err(ConvolutionError::Zero(name));
            }
        }
        let window = self.dilation.checked_mul(self.kernel - 1).and_then(|span| span.checked_add(1));
        let padded = self.input.checked_add(self.padding.0).and_then(|n| n.checked_add(self.padding.1));
        let (Some(window), Some(padded)) = (window, padded) else { return Err(ConvolutionError::TooLarge) };
        // Also where few windows fit, no sum of lengths overflows.
        if padded > LARGEST {
            return Err(ConvolutionError::TooLarge);
        }
        if padded < window {
            return Err(ConvolutionError::NoOutput { padded, window });
        }
        Ok((padded - window) / self.stride + 1)
    }

    /// The distance from the first tap to the last.
    pub(super) fn span(&self) -> usize {
        self.dilation * (self.kernel - 1)
    }

    /// Of `output` windows, those whose tap meets an input, and the input that the first of them meets.
    pub(super) fn reach(&self, tap: usize, output: usize) -> (Range<usize>, usize) {
        let (offset, before) = (tap * self.dilation, self.padding.0);
        let start = before.saturating_sub(offset).div_ceil(self.stride);
        let end = (before + self.input).saturating_sub(offset).div_ceil(self.stride).min(output);
        if start < end { (start..end, start * self.stride + offset - before) } else { (0..0, 0) }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    pub(in crate::capacity::convolution) fn any_axis(longest: usize) -> impl Strategy<Value = Axis> {
        (1..=longest, 1..=4usize, 1..=3usize, 1..=3usize, 0..=4usize, 0..=4usize).prop_map(
            |(input, kernel, stride, dilation, before, after)| {
                let axis = Axis::new(input, kernel).with_stride(stride).with_dilation(dilation);
                let padded = axis.with_padding(before, after);
                // One that has windows, always.
                if padded.output().is_ok() { padded } else { axis.with_padding(axis.span(), axis.span()) }
            },
        )
    }

    proptest! {
        /// Against the definition, index by index.
        #[test]
        fn taps_meet_the_inputs_that_the_definition_says(axis in any_axis(9)) {
            let output = axis.output().unwrap();
            for tap in 0..axis.kernel {
                let (outputs, first) = axis.reach(tap, output);
                for p in 0..output {
                    let at = p * axis.stride + tap * axis.dilation;
                    let meets = at >= axis.padding.0 && at < axis.padding.0 + axis.input;
                    prop_assert_eq!(outputs.contains(&p), meets);
                    if meets {
                        prop_assert_eq!(first + (p - outputs.start) * axis.stride, at - axis.padding.0);
                    }
                }
            }
        }
    }

    #[test]
    fn what_has_no_windows_is_refused() {
        assert_eq!(Axis::new(2, 3).output(), Err(ConvolutionError::NoOutput { padded: 2, window: 3 }));
        assert_eq!(Axis::new(2, 3).with_padding(0, 1).output(), Ok(1));
        assert_eq!(Axis::new(5, 3).with_stride(0).output(), Err(ConvolutionError::Zero("stride")));
        assert_eq!(Axis::new(0, 1).output(), Err(ConvolutionError::Zero("input")));
        let huge = Axis::new(5, 3).with_dilation(usize::MAX);
        assert_eq!(huge.output(), Err(ConvolutionError::TooLarge));
        assert_eq!(Axis::new(5, 3).with_padding(usize::MAX, 1).output(), Err(ConvolutionError::TooLarge));
    }

    #[test]
    fn lengths_that_overflow_are_refused() {
        let wide = Axis::new(100, 2).with_dilation(usize::MAX - 1).with_padding(usize::MAX - 200, 100);
        assert_eq!(wide.output(), Err(ConvolutionError::TooLarge));
    }
}
