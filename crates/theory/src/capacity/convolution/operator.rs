//! The operator: its shape, its action and that of its adjoint.

use nalgebra::{DMatrix, DMatrixView};
use saddlepoint_rigor::IntervalMatrix;

use super::{Axis, ConvolutionError};
use crate::quantity::first_not_finite;

/// No intermediate result has more entries.
pub(super) const LARGEST: usize = 1 << 30;

/// The channels of a convolution; each group of inputs meets its own group of outputs alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Channels {
    /// The channels of the input.
    pub inputs: usize,
    /// The channels of the output.
    pub outputs: usize,
    /// The number of groups, which divides both.
    pub groups: usize,
}

impl Channels {
    /// One group.
    pub const fn dense(inputs: usize, outputs: usize) -> Self {
        Self { inputs, outputs, groups: 1 }
    }
}

/// A linear map from images to images, as a convolutional layer computes it (a cross-correlation) without its bias.
///
/// # Formula
/// $$ y_{o,p} = \sum_{c,k} K_{o,c,k}\, x_{c,\ p \cdot \text{stride} + k \cdot \text{dilation} - \text{padding}} $$
/// with zeros outside of the input, in both directions; `c` runs over the input channels of the group of `o`.
///
/// # Shapes
/// Kernel: outputs × inputs/groups × height × width. Image: channels × height × width. Row-major, flat.
///
/// # Reference
/// Goodfellow, Bengio, Courville, *Deep Learning*, 2016, sections 9.1 and 9.5.
///
/// # Example
/// ```
/// use saddlepoint_theory::capacity::convolution::{Axis, Channels, Convolution};
///
/// let difference = Convolution::line(Channels::dense(1, 1), Axis::new(2, 3).with_padding(1, 1), vec![1.0, 0.0, -1.0])?;
/// assert_eq!(difference.apply(&[3.0, 5.0])?, [-5.0, 3.0]);
/// assert_eq!(difference.adjoint(&[-5.0, 3.0])?, [3.0, 5.0]);
/// # Ok::<(), saddlepoint_theory::capacity::convolution::ConvolutionError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Convolution {
    channels: Channels,
    axes: [Axis; 2],
    output: [usize; 2],
    kernel: Vec<f64>,
    /// How far an entry of the kernel may be from the one above; none where it is exact.
    radii: Option<Vec<f64>>,
}

/// A row of windows whose tap meets inputs: where it stands among the entries of a patch, of an output image and of
/// an input image, and how many there are.
pub(super) struct Run {
    pub(super) entry: usize,
    pub(super) output: usize,
    pub(super) input: usize,
    pub(super) length: usize,
}

impl Convolution {
    /// A convolution of images, whose axes are the vertical and the horizontal one.
    ///
    /// # Errors
    /// When a size is 0, the groups do not divide the channels, no window fits, the kernel has another number of
    /// entries or one that is not finite, or the windows are too many to be held.
    pub fn new(channels: Channels, axes: [Axis; 2], kernel: Vec<f64>) -> Result<Self, ConvolutionError> {
        let Channels { inputs, outputs, groups } = channels;
        for (name, value) in
            [("number of inputs", inputs), ("number of outputs", outputs), ("number of groups", groups)]
        {
            if value == 0 {
                return Err(ConvolutionError::Zero(name));
            }
        }
        for channels in [inputs, outputs] {
            if !channels.is_multiple_of(groups) {
                return Err(ConvolutionError::Groups { channels, groups });
            }
        }
        let output = [axes[0].output()?, axes[1].output()?];
        let taps = product(&[inputs / groups, axes[0].kernel, axes[1].kernel])?;
        product(&[taps, output[0], output[1]])?;
        product(&[inputs, axes[0].input, axes[1].input])?;
        product(&[outputs, output[0], output[1]])?;
        check("kernel", &kernel, product(&[outputs, taps])?)?;
        Ok(Self { channels, axes, output, kernel, radii: None })
    }

    /// All convolutions whose kernels lie in an interval matrix with a row for each output channel, as folding makes them: its
    /// norm encloses theirs. What else it computes is that of the midpoints.
    ///
    /// # Errors
    /// As [`new`](Self::new), and when the matrix has another number of rows than there are outputs.
    pub fn enclosing(
        channels: Channels,
        axes: [Axis; 2],
        kernel: &IntervalMatrix,
    ) -> Result<Self, ConvolutionError> {
        let (rows, _) = kernel.shape();
        if rows != channels.outputs {
            return Err(ConvolutionError::Rows { rows, outputs: channels.outputs });
        }
        let midpoints = Self::new(channels, axes, kernel.midpoints().to_vec())?;
        let exact = kernel.radii().iter().all(|&radius| radius == 0.0);
        Ok(Self { radii: (!exact).then(|| kernel.radii().to_vec()), ..midpoints })
    }

    /// A convolution of sequences: images of height 1.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn line(channels: Channels, axis: Axis, kernel: Vec<f64>) -> Result<Self, ConvolutionError> {
        Self::new(channels, [Axis::new(1, 1), axis], kernel)
    }

    /// The channels.
    pub fn channels(&self) -> Channels {
        self.channels
    }

    /// The vertical and the horizontal axis.
    pub fn axes(&self) -> [Axis; 2] {
        self.axes
    }

    /// Height and width of the output.
    pub fn output(&self) -> [usize; 2] {
        self.output
    }

    /// The kernel, or the midpoints of its entries.
    pub fn kernel(&self) -> &[f64] {
        &self.kernel
    }

    /// How far the entries of the kernel may be from their midpoints; none where it is exact.
    pub fn radii(&self) -> Option<&[f64]> {
        self.radii.as_deref()
    }

    /// The number of entries of an input and of an output: columns and rows of the operator's matrix.
    pub fn dimensions(&self) -> (usize, usize) {
        let Channels { inputs, outputs, .. } = self.channels;
        (inputs * self.input_size(), outputs * self.output_size())
    }

    /// The image of `x`.
    ///
    /// # Errors
    /// When `x` has not as many entries as an input, or one that is not finite.
    pub fn apply(&self, x: &[f64]) -> Result<Vec<f64>, ConvolutionError> {
        check("input", x, self.dimensions().0)?;
        Ok(self.forward(x))
    }

    /// The adjoint's image of `y`: `⟨A x, y⟩ = ⟨x, Aᵀ y⟩`.
    ///
    /// # Errors
    /// When `y` has not as many entries as an output, or one that is not finite.
    pub fn adjoint(&self, y: &[f64]) -> Result<Vec<f64>, ConvolutionError> {
        check("output", y, self.dimensions().1)?;
        Ok(self.backward(y))
    }

    /// The operator's matrix, for those that are small.
    ///
    /// # Errors
    /// When it has more than 2³⁰ entries.
    pub fn matrix(&self) -> Result<DMatrix<f64>, ConvolutionError> {
        let (columns, rows) = self.dimensions();
        product(&[rows, columns])?;
        let mut matrix = DMatrix::zeros(rows, columns);
        for group in 0..self.channels.groups {
            let block = self.block(group);
            let at = (group * block.nrows(), group * block.ncols());
            matrix.view_mut(at, block.shape()).copy_from(&block);
        }
        Ok(matrix)
    }

    /// The block of the operator's matrix that belongs to a group. Each of its entries is one of the kernel's, or 0.
    pub(super) fn block(&self, group: usize) -> DMatrix<f64> {
        let (inputs, outputs) = self.of_group();
        let taps = self.taps();
        let mut block = DMatrix::zeros(outputs * self.output_size(), inputs * self.input_size());
        for run in self.runs() {
            for (o, kernel) in self.of_kernel(group).chunks_exact(taps).enumerate() {
                for i in 0..run.length {
                    let row = o * self.output_size() + run.output + i;
                    block[(row, run.input + i * self.axes[1].stride)] = kernel[run.entry];
                }
            }
        }
        block
    }

    /// The same geometry with another kernel of the same size, which is exact.
    pub(super) fn with_kernel(&self, kernel: Vec<f64>) -> Self {
        debug_assert_eq!(kernel.len(), self.kernel.len());
        Self { kernel, radii: None, ..*self }
    }

    /// The kernel without the taps that meet no input in any window: the same operator.
    pub(super) fn met_kernel(&self) -> Vec<f64> {
        let mut met = vec![false; self.taps()];
        self.runs().filter(|run| run.length > 0).for_each(|run| met[run.entry] = true);
        self.kernel.iter().zip(met.iter().cycle()).map(|(x, met)| if *met { *x } else { 0.0 }).collect()
    }

    /// The kernel of a group.
    pub(super) fn of_kernel(&self, group: usize) -> &[f64] {
        let size = self.kernel.len() / self.channels.groups;
        &self.kernel[group * size..][..size]
    }

    /// The inputs and the outputs of a group.
    pub(super) fn of_group(&self) -> (usize, usize) {
        let Channels { inputs, outputs, groups } = self.channels;
        (inputs / groups, outputs / groups)
    }

    /// The number of entries of a patch: of what one output channel sees at one position.
    pub(super) fn taps(&self) -> usize {
        self.of_group().0 * self.axes[0].kernel * self.axes[1].kernel
    }

    pub(super) fn input_size(&self) -> usize {
        self.axes[0].input * self.axes[1].input
    }

    pub(super) fn output_size(&self) -> usize {
        self.output[0] * self.output[1]
    }

    /// `A x`: all patches of a group, one a row, times its kernel.
    pub(super) fn forward(&self, x: &[f64]) -> Vec<f64> {
        let ((inputs, outputs), stride) = (self.of_group(), self.axes[1].stride);
        let (taps, size) = (self.taps(), self.output_size());
        let mut patches = DMatrix::zeros(size, taps);
        let mut y = Vec::with_capacity(self.dimensions().1);
        for (group, x) in x.chunks_exact(inputs * self.input_size()).enumerate() {
            let entries = patches.as_mut_slice();
            for run in self.runs() {
                let patches = &mut entries[run.entry * size + run.output..][..run.length];
                patches
                    .iter_mut()
                    .zip(x[run.input..].iter().step_by(stride))
                    .for_each(|(patch, x)| *patch = *x);
            }
            let product = &patches * DMatrixView::from_slice(self.of_kernel(group), taps, outputs);
            y.extend_from_slice(product.as_slice());
        }
        y
    }

    /// `Aᵀ y`.
    pub(super) fn backward(&self, y: &[f64]) -> Vec<f64> {
        let ((inputs, outputs), stride) = (self.of_group(), self.axes[1].stride);
        let (taps, size) = (self.taps(), self.output_size());
        let mut x = vec![0.0; self.dimensions().0];
        let groups = x.chunks_exact_mut(inputs * self.input_size()).zip(y.chunks_exact(outputs * size));
        for (group, (x, y)) in groups.enumerate() {
            let kernel = DMatrixView::from_slice(self.of_kernel(group), taps, outputs);
            let patches = DMatrixView::from_slice(y, size, outputs) * kernel.transpose();
            for run in self.runs() {
                let patches = &patches.as_slice()[run.entry * size + run.output..][..run.length];
                let x = &mut x[run.input..];
                if stride == 1 {
                    x.iter_mut().zip(patches).for_each(|(x, patch)| *x += patch);
                } else {
                    x.iter_mut().step_by(stride).zip(patches).for_each(|(x, patch)| *x += patch);
                }
            }
        }
        x
    }

    /// All rows of windows of a group, tap by tap.
    fn runs(&self) -> impl Iterator<Item = Run> {
        let [vertical, horizontal] = self.axes;
        let taps = (0..self.of_group().0)
            .flat_map(move |c| (0..vertical.kernel).map(move |i| (c, i)))
            .flat_map(move |(c, i)| (0..horizontal.kernel).map(move |j| (c, i, j)));
        taps.enumerate().flat_map(move |(entry, (c, i, j))| {
            let (rows, top) = vertical.reach(i, self.output[0]);
            let (columns, left) = horizontal.reach(j, self.output[1]);
            let (start, length) = (columns.start, columns.len());
            rows.enumerate().map(move |(at, row)| Run {
                entry,
                output: row * self.output[1] + start,
                input: (c * vertical.input + top + at * vertical.stride) * horizontal.input + left,
                length,
            })
        })
    }
}

fn product(factors: &[usize]) -> Result<usize, ConvolutionError> {
    let product = factors.iter().try_fold(1usize, |product, &factor| product.checked_mul(factor));
    product.filter(|&product| product <= LARGEST).ok_or(ConvolutionError::TooLarge)
}

fn check(what: &'static str, values: &[f64], needed: usize) -> Result<(), ConvolutionError> {
    if values.len() != needed {
        return Err(ConvolutionError::Entries { what, given: values.len(), needed });
    }
    match first_not_finite(values) {
        Some((index, value)) => Err(ConvolutionError::NotFinite { what, index, value }),
        None => Ok(()),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::super::axis::tests::any_axis;
    use super::*;

    /// Any geometry with a kernel of integers.
    pub(in crate::capacity::convolution) fn any_convolution(
        longest: usize,
    ) -> impl Strategy<Value = Convolution> {
        (prop::array::uniform2(any_axis(longest)), 1..=3usize, 1..=3usize, 1..=2usize).prop_flat_map(
            |(axes, inputs, outputs, groups)| {
                let channels = Channels { inputs: inputs * groups, outputs: outputs * groups, groups };
                let entries = outputs * groups * inputs * axes[0].kernel * axes[1].kernel;
                let kernel = prop::collection::vec((-9i32..=9).prop_map(f64::from), entries);
                kernel.prop_map(move |kernel| Convolution::new(channels, axes, kernel).unwrap())
            },
        )
    }

    /// The definition, with every index written out.
    fn by_definition(a: &Convolution, x: &[f64]) -> Vec<f64> {
        let (([height, width], [v, h]), (ins, outs)) = ((a.output(), a.axes()), a.of_group());
        let mut y = vec![];
        for o in 0..a.channels().outputs {
            for p in 0..height {
                for q in 0..width {
                    let mut sum = 0.0;
                    for c in 0..ins {
                        for i in 0..v.kernel {
                            for j in 0..h.kernel {
                                let row = (p * v.stride + i * v.dilation).checked_sub(v.padding.0);
                                let column = (q * h.stride + j * h.dilation).checked_sub(h.padding.0);
                                if let (Some(row), Some(column)) = (row, column)
                                    && row < v.input
                                    && column < h.input
                                {
                                    let channel = o / outs * ins + c;
                                    sum += a.kernel()[((o * ins + c) * v.kernel + i) * h.kernel + j]
                                        * x[(channel * v.input + row) * h.input + column];
                                }
                            }
                        }
                    }
                    y.push(sum);
                }
            }
        }
        y
    }

    proptest! {
        /// Integers: every sum is exact, so the operator, its matrix and its adjoint agree to the bit.
        #[test]
        fn the_operator_is_its_definition(a in any_convolution(5), seed in 0usize..1000) {
            let (n, m) = a.dimensions();
            let integer = |i: usize| ((i * 7919 + seed * 104_729) % 19) as f64 - 9.0;
            let (x, y): (Vec<f64>, Vec<f64>) = ((0..n).map(integer).collect(), (7..m + 7).map(integer).collect());
            let (image, matrix) = (a.apply(&x).unwrap(), a.matrix().unwrap());
            prop_assert_eq!(&image, &by_definition(&a, &x));
            let product = &matrix * DMatrix::from_column_slice(n, 1, &x);
            prop_assert_eq!(&image, product.as_slice());
            let back = a.adjoint(&y).unwrap();
            let product = matrix.tr_mul(&DMatrix::from_column_slice(m, 1, &y));
            prop_assert_eq!(&back, product.as_slice());
        }
    }

    #[test]
    fn what_makes_no_convolution_is_refused() {
        let (axes, one) = ([Axis::new(3, 2), Axis::new(3, 2)], Channels::dense(1, 1));
        let refused = |channels, kernel| Convolution::new(channels, axes, kernel).unwrap_err();
        assert_eq!(
            refused(one, vec![1.0; 5]),
            ConvolutionError::Entries { what: "kernel", given: 5, needed: 4 }
        );
        let nan = refused(one, vec![0.0, 0.0, f64::NAN, 0.0]);
        assert!(matches!(nan, ConvolutionError::NotFinite { what: "kernel", index: 2, .. }), "{nan}");
        let groups = Channels { inputs: 4, outputs: 3, groups: 2 };
        assert_eq!(refused(groups, vec![]), ConvolutionError::Groups { channels: 3, groups: 2 });
        assert_eq!(refused(Channels::dense(0, 1), vec![]), ConvolutionError::Zero("number of inputs"));
        assert_eq!(refused(Channels { groups: 0, ..one }, vec![]), ConvolutionError::Zero("number of groups"));
        assert_eq!(refused(Channels::dense(usize::MAX, 1), vec![]), ConvolutionError::TooLarge);
        let wide = Axis::new(1, 1).with_padding(1 << 20, 1 << 20);
        assert_eq!(Convolution::new(one, [wide; 2], vec![1.0]), Err(ConvolutionError::TooLarge));
        let a = Convolution::new(one, axes, vec![1.0; 4]).unwrap();
        assert!(matches!(a.apply(&[0.0; 8]), Err(ConvolutionError::Entries { what: "input", needed: 9, .. })));
        assert!(matches!(a.apply(&[f64::INFINITY; 9]), Err(ConvolutionError::NotFinite { index: 0, .. })));
        assert!(matches!(
            a.adjoint(&[0.0; 9]),
            Err(ConvolutionError::Entries { what: "output", needed: 4, .. })
        ));
        let large = Convolution::new(one, [Axis::new(1 << 9, 1); 2], vec![1.0]).unwrap();
        assert_eq!(large.matrix(), Err(ConvolutionError::TooLarge));
    }
}
