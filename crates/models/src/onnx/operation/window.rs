//! Windows that slide over the last axes of a tensor: what convolutions and poolings share.

use crate::onnx::attributes::Attributes;
use crate::onnx::host::{MOST_FOR_ONE, entries};

/// The most entries of windows over one example, counted with repetition.
const MOST_WORK: usize = 1 << 30;

/// How windows lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Steps between windows along each axis; empty for steps of one.
    pub strides: Vec<usize>,
    /// Distances between the entries of a window.
    pub dilations: Vec<usize>,
    /// Where the padding comes from.
    pub padding: Padding,
}

/// How much is put around the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Padding {
    /// So much before and so much after each axis.
    Fixed(Vec<(usize, usize)>),
    /// As much as makes the output `⌈input/stride⌉` long, an odd rest behind (`SAME_UPPER`) or before (`SAME_LOWER`).
    Same {
        /// Whether an odd rest goes before the input.
        before: bool,
    },
}

/// The same for a known number of axes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Laid<const N: usize> {
    pub(super) strides: [usize; N],
    pub(super) dilations: [usize; N],
    pub(super) padding: [(usize, usize); N],
}

impl<const N: usize> Laid<N> {
    /// Whether no window is spread or reaches beyond the input.
    pub(super) fn plain(&self) -> bool {
        self.dilations.iter().all(|&dilation| dilation == 1) && self.padding.iter().all(|&pads| pads == (0, 0))
    }

    /// The number of windows along an axis. `ceiling` lets a last one reach beyond the padding, if it begins before it ends
    /// the input: what begins in the padding behind is dropped.
    pub(super) fn windows(&self, axis: usize, length: usize, kernel: usize, ceiling: bool) -> usize {
        let (before, after) = self.padding[axis];
        let span = self.dilations[axis] * (kernel - 1) + 1;
        let rest = (before + length + after).saturating_sub(span);
        if !ceiling {
            return rest / self.strides[axis] + 1;
        }
        let windows = rest.div_ceil(self.strides[axis]) + 1;
        if (windows - 1) * self.strides[axis] >= before + length { windows - 1 } else { windows }
    }

    /// Refuses outputs and padded inputs with too many entries. The time that they take grows with the window as well, so
    /// that one example may have fewer than a tensor in general.
    pub(super) fn outputs(
        &self,
        input: [usize; N],
        kernel: [usize; N],
        ceiling: bool,
        [count, channels]: [usize; 2],
    ) -> Result<(), String> {
        let windows = |axis| self.windows(axis, input[axis], kernel[axis], ceiling);
        let padded = |axis: usize| self.padding[axis].0 + input[axis] + self.padding[axis].1;
        for lengths in [std::array::from_fn::<usize, N, _>(windows), std::array::from_fn(padded)] {
            let whole = [&[count, channels], &lengths[..]].concat();
            if entries(&whole)? / count > MOST_FOR_ONE {
                return Err(format!(
                    "has the shape {:?} for one example: more than {MOST_FOR_ONE} entries",
                    &whole[1..]
                ));
            }
        }
        let outputs = (0..N).fold(channels, |product, axis| product.saturating_mul(windows(axis)));
        let work = kernel.iter().fold(outputs, |product, &length| product.saturating_mul(length));
        if work > MOST_WORK {
            return Err(format!(
                "slides windows of {kernel:?} over {outputs} places: more than {MOST_WORK} steps"
            ));
        }
        Ok(())
    }
}

/// How windows slide along one axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sliding {
    /// The step between windows.
    pub stride: usize,
    /// The distance between the entries of a window.
    pub dilation: usize,
    /// What is put before and after the input.
    pub padding: (usize, usize),
}

impl Laid<1> {
    /// The same on the second of two axes.
    pub(super) fn beside(&self) -> Laid<2> {
        Laid {
            strides: [1, self.strides[0]],
            dilations: [1, self.dilations[0]],
            padding: [(0, 0), self.padding[0]],
        }
    }
}

fn sizes(name: &str, values: Option<&[i64]>, least: i64) -> Result<Vec<usize>, String> {
    let values = values.unwrap_or(&[]);
    if values.iter().any(|&value| value < least || value > 1 << 24) {
        return Err(format!("has {name} {values:?}"));
    }
    Ok(values.iter().map(|&value| value as usize).collect())
}

/// The sizes of an attribute.
pub(super) fn kernel(attributes: &Attributes) -> Result<Vec<usize>, String> {
    sizes("kernel_shape", attributes.ints("kernel_shape"), 1)
}

impl Window {
    pub(super) fn read(attributes: &Attributes) -> Result<Self, String> {
        let padding = match attributes.text("auto_pad", "NOTSET")? {
            "NOTSET" => {
                let pads = sizes("pads", attributes.ints("pads"), 0)?;
                let (before, after) = pads.split_at(pads.len() / 2);
                if before.len() != after.len() {
                    return Err(format!("has pads {pads:?}"));
                }
                Padding::Fixed(before.iter().copied().zip(after.iter().copied()).collect())
            }
            "VALID" => Padding::Fixed(vec![]),
            "SAME_UPPER" => Padding::Same { before: false },
            "SAME_LOWER" => Padding::Same { before: true },
            other => return Err(format!("pads by `{other}`")),
        };
        Ok(Self {
            strides: sizes("strides", attributes.ints("strides"), 1)?,
            dilations: sizes("dilations", attributes.ints("dilations"), 1)?,
            padding,
        })
    }

    /// How the windows slide along each of one or two axes of the given lengths, with windows of the given lengths.
    ///
    /// # Errors
    /// When the settings are those of another number of axes, or a window is longer than what it slides over.
    pub fn sliding(&self, input: &[usize], kernel: &[usize]) -> Result<Vec<Sliding>, String> {
        fn each<const N: usize>(laid: Laid<N>) -> Vec<Sliding> {
            let axis =
                |n| Sliding { stride: laid.strides[n], dilation: laid.dilations[n], padding: laid.padding[n] };
            (0..N).map(axis).collect()
        }
        match (input, kernel) {
            (&[length], &[window]) => self.lay([length], [window]).map(each),
            (&[rows, columns], &[height, width]) => self.lay([rows, columns], [height, width]).map(each),
            _ => Err(format!("slides windows {kernel:?} over axes {input:?}; one and two axes are computed")),
        }
    }

    /// The window over an input of the given lengths.
    pub(super) fn lay<const N: usize>(&self, input: [usize; N], kernel: [usize; N]) -> Result<Laid<N>, String> {
        let each = |name: &str, values: &[usize]| -> Result<[usize; N], String> {
            if values.is_empty() {
                return Ok([1; N]);
            }
            values.try_into().map_err(|_| format!("has {name} {values:?} for {N} axes"))
        };
        let (strides, dilations) = (each("strides", &self.strides)?, each("dilations", &self.dilations)?);
        let spans: [usize; N] = std::array::from_fn(|axis| dilations[axis] * (kernel[axis].max(1) - 1) + 1);
        let padding: [(usize, usize); N] = match &self.padding {
            Padding::Fixed(pads) if pads.is_empty() => [(0, 0); N],
            Padding::Fixed(pads) => {
                pads.as_slice().try_into().map_err(|_| format!("has pads {pads:?} for {N} axes"))?
            }
            Padding::Same { before } => std::array::from_fn(|axis| {
                let windows = input[axis].div_ceil(strides[axis]).max(1);
                let total = ((windows - 1) * strides[axis] + spans[axis]).saturating_sub(input[axis]);
                let half = total / 2;
                if *before { (total - half, half) } else { (half, total - half) }
            }),
        };
        for axis in 0..N {
            if input[axis] + padding[axis].0 + padding[axis].1 < spans[axis] {
                return Err(format!(
                    "slides a window of {} over an axis of {} (padding {:?})",
                    spans[axis], input[axis], padding[axis]
                ));
            }
        }
        Ok(Laid { strides, dilations, padding })
    }
}
