//! Convolutions and their adjoints, image by image: the windows of an image as a matrix, and a matrix product.

use burn_ir::Conv2dOptionsIr as Options;
use rayon::prelude::*;

use super::product::{Matrix, product};
use super::real::Real;

/// Images whose contributions to a weight are added up before these sums are: fixed, so that no result depends on
/// threads.
const IMAGES: usize = 32;

/// The sizes of a convolution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Geometry {
    pub(crate) images: usize,
    /// Channels, height and width of the input.
    pub(crate) input: [usize; 3],
    /// Channels, height and width of the output.
    pub(crate) output: [usize; 3],
    kernel: [usize; 2],
    stride: [usize; 2],
    /// Rows above and columns to the left.
    padding: [usize; 2],
    dilation: [usize; 2],
    groups: usize,
}

impl Geometry {
    /// From the shapes of an input `[N, C, H, W]`, of an output `[N, O, H', W']` and of a weight `[O, C/g, h, w]`.
    pub(crate) fn new(options: &Options, input: &[usize], output: &[usize], weight: &[usize]) -> Self {
        Self {
            images: input[0],
            input: [input[1], input[2], input[3]],
            output: [output[1], output[2], output[3]],
            kernel: [weight[2], weight[3]],
            stride: options.stride,
            padding: [options.padding[0].0, options.padding[1].0],
            dilation: options.dilation,
            groups: options.groups,
        }
    }

    /// The output of a convolution of an input with a weight.
    pub(crate) fn output_shape(options: &Options, input: &[usize], weight: &[usize]) -> Vec<usize> {
        let size = |axis: usize| {
            let (before, after) = options.padding[axis];
            let window = options.dilation[axis] * (weight[2 + axis] - 1) + 1;
            (input[2 + axis] + before + after).saturating_sub(window) / options.stride[axis] + 1
        };
        vec![input[0], weight[0], size(0), size(1)]
    }

    fn pixels(&self) -> usize {
        self.output[1] * self.output[2]
    }

    /// Entries of a window in one group of channels.
    fn window(&self) -> usize {
        self.input[0] / self.groups * self.kernel[0] * self.kernel[1]
    }

    fn input_size(&self) -> usize {
        self.input.iter().product()
    }

    fn output_size(&self) -> usize {
        self.output.iter().product()
    }

    /// Output columns whose window column `j` lies inside the image, and the input column of the first.
    fn inside(&self, j: usize) -> (usize, usize, usize) {
        let (shift, pad, stride) = (j * self.dilation[1], self.padding[1], self.stride[1]);
        let first = pad.saturating_sub(shift).div_ceil(stride).min(self.output[2]);
        let end = (self.input[2] + pad).saturating_sub(shift).div_ceil(stride).min(self.output[2]);
        (first, end.max(first), (first * stride + shift).saturating_sub(pad))
    }

    /// Calls `row` with each stretch of a row of windows inside the image: its place there, its place in the image, its
    /// length.
    fn stretches(&self, group: usize, mut row: impl FnMut(usize, usize, usize)) {
        let [_, height, width] = self.input;
        let [_, rows, columns] = self.output;
        let channels = self.input[0] / self.groups;
        let mut place = 0;
        for channel in group * channels..(group + 1) * channels {
            for i in 0..self.kernel[0] {
                for j in 0..self.kernel[1] {
                    let (first, end, start) = self.inside(j);
                    for y in 0..rows {
                        let line = (y * self.stride[0] + i * self.dilation[0]).checked_sub(self.padding[0]);
                        if let Some(line) = line.filter(|&line| line < height && end > first) {
                            row(place + first, (channel * height + line) * width + start, end - first);
                        }
                        place += columns;
                    }
                }
            }
        }
    }

    /// The windows of one group of an image as columns.
    fn unfold<T: Real>(&self, image: &[T], group: usize, windows: &mut [T]) {
        let stride = self.stride[1];
        if self.padding != [0, 0] || self.has_gaps() {
            windows.fill(T::zero());
        }
        self.stretches(group, |place, at, length| {
            let out = &mut windows[place..place + length];
            if stride == 1 {
                out.copy_from_slice(&image[at..at + length]);
            } else {
                out.iter_mut().zip(image[at..].iter().step_by(stride)).for_each(|(w, x)| *w = *x);
            }
        });
    }

    /// Whether a window may reach beyond the lower or right border.
    fn has_gaps(&self) -> bool {
        (0..2).any(|axis| {
            let last =
                (self.output[1 + axis] - 1) * self.stride[axis] + (self.kernel[axis] - 1) * self.dilation[axis];
            last >= self.input[1 + axis] + self.padding[axis]
        })
    }

    /// Adds the columns to where they came from.
    fn fold<T: Real>(&self, windows: &[T], group: usize, image: &mut [T]) {
        let stride = self.stride[1];
        self.stretches(group, |place, at, length| {
            let windows = &windows[place..place + length];
            if stride == 1 {
                image[at..at + length].iter_mut().zip(windows).for_each(|(x, w)| *x += *w);
            } else {
                image[at..].iter_mut().step_by(stride).zip(windows).for_each(|(x, w)| *x += *w);
            }
        });
    }

    fn weight_of<'a, T>(&self, weight: &'a [T], group: usize) -> Matrix<'a, T> {
        let (outputs, window) = (self.output[0] / self.groups, self.window());
        Matrix::new(&weight[group * outputs * window..(group + 1) * outputs * window], outputs, window)
    }

    fn output_of<'a, T>(&self, image: &'a [T], group: usize) -> Matrix<'a, T> {
        let (outputs, pixels) = (self.output[0] / self.groups, self.pixels());
        Matrix::new(&image[group * outputs * pixels..(group + 1) * outputs * pixels], outputs, pixels)
    }
}

/// Runs over images, on several threads if there is enough to do.
fn each<T: Real>(
    parallel: bool,
    size: usize,
    out: &mut [T],
    windows: usize,
    image: impl Fn(usize, &mut [T], &mut [T]) + Sync,
) {
    let group = |(task, out): (usize, &mut [T])| {
        let mut scratch = vec![T::zero(); windows];
        for (index, out) in out.chunks_exact_mut(size).enumerate() {
            image(task * IMAGES + index, out, &mut scratch);
        }
    };
    if parallel {
        out.par_chunks_mut(size * IMAGES).enumerate().for_each(group);
    } else {
        out.chunks_mut(size * IMAGES).enumerate().for_each(group);
    }
}

/// The convolution of an input with a weight.
pub(crate) fn forward<T: Real>(parallel: bool, g: &Geometry, x: &[T], weight: &[T], out: &mut [T]) {
    let (inputs, outputs) = (g.input_size(), g.output[0] / g.groups * g.pixels());
    each(parallel, g.output_size(), out, g.window() * g.pixels(), |image, out, windows| {
        let x = &x[image * inputs..(image + 1) * inputs];
        for (group, out) in out.chunks_exact_mut(outputs).enumerate() {
            g.unfold(x, group, windows);
            product(
                false,
                out,
                g.weight_of(weight, group),
                Matrix::new(windows, g.window(), g.pixels()),
                false,
            );
        }
    });
}

/// From the gradient of the output to that of the input.
pub(crate) fn to_input<T: Real>(parallel: bool, g: &Geometry, weight: &[T], gradient: &[T], out: &mut [T]) {
    let outputs = g.output_size();
    each(parallel, g.input_size(), out, g.window() * g.pixels(), |image, out, windows| {
        out.fill(T::zero());
        let gradient = &gradient[image * outputs..(image + 1) * outputs];
        for group in 0..g.groups {
            let weight = g.weight_of(weight, group).transposed();
            product(false, windows, weight, g.output_of(gradient, group), false);
            g.fold(windows, group, out);
        }
    });
}

/// From the input and the gradient of the output to the gradient of the weight.
pub(crate) fn to_weight<T: Real>(parallel: bool, g: &Geometry, x: &[T], gradient: &[T], out: &mut [T]) {
    let (inputs, outputs, pixels) = (g.input_size(), g.output_size(), g.pixels());
    let each = g.output[0] / g.groups * g.window();
    let part = |task: usize| {
        let mut windows = vec![T::zero(); g.window() * pixels];
        let mut sum = vec![T::zero(); out.len()];
        for image in task * IMAGES..((task + 1) * IMAGES).min(g.images) {
            let x = &x[image * inputs..(image + 1) * inputs];
            let gradient = &gradient[image * outputs..(image + 1) * outputs];
            for (group, sum) in sum.chunks_exact_mut(each).enumerate() {
                g.unfold(x, group, &mut windows);
                let windows = Matrix::new(&windows, g.window(), pixels).transposed();
                product(false, sum, g.output_of(gradient, group), windows, true);
            }
        }
        sum
    };
    let tasks = g.images.div_ceil(IMAGES);
    let parts: Vec<Vec<T>> =
        if parallel { (0..tasks).into_par_iter().map(part).collect() } else { (0..tasks).map(part).collect() };
    out.fill(T::zero());
    for part in parts {
        out.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
    }
}
