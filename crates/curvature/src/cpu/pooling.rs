//! Averages over windows of images, and their adjoint.

use rayon::prelude::*;

use super::real::Real;
use crate::rules::Window;

/// Images of a task.
const IMAGES: usize = 64;

impl Window {
    /// Height and width of the averages of an image.
    pub(crate) fn output(&self, [height, width]: [usize; 2]) -> [usize; 2] {
        let size =
            |n: usize, axis: usize| (n + 2 * self.padding[axis] - self.size[axis]) / self.stride[axis] + 1;
        [size(height, 0), size(width, 1)]
    }

    /// Rows or columns of the image in window `at` along an axis.
    fn range(&self, at: usize, axis: usize, length: usize) -> std::ops::Range<usize> {
        let start = at * self.stride[axis];
        let end = (start + self.size[axis]).saturating_sub(self.padding[axis]).min(length);
        start.saturating_sub(self.padding[axis]).min(end)..end
    }

    /// Calls `visit` with each window's number, its rows and columns, and by what its sum is divided.
    fn each(
        &self,
        image: [usize; 2],
        mut visit: impl FnMut(usize, std::ops::Range<usize>, std::ops::Range<usize>, usize),
    ) {
        let [rows, columns] = self.output(image);
        for y in 0..rows {
            let lines = self.range(y, 0, image[0]);
            for x in 0..columns {
                let across = self.range(x, 1, image[1]);
                let inside = lines.len() * across.len();
                let count = if self.count_padding { self.size[0] * self.size[1] } else { inside };
                visit(y * columns + x, lines.clone(), across, count.max(1));
            }
        }
    }
}

fn images<T: Real>(
    parallel: bool,
    (x, from): (&[T], usize),
    (out, to): (&mut [T], usize),
    image: impl Fn(&[T], &mut [T]) + Sync,
) {
    let task = |(out, x): (&mut [T], &[T])| {
        out.chunks_exact_mut(to).zip(x.chunks_exact(from)).for_each(|(out, x)| image(x, out));
    };
    if parallel {
        out.par_chunks_mut(to * IMAGES).zip(x.par_chunks(from * IMAGES)).for_each(task);
    } else {
        task((out, x));
    }
}

/// Averages over windows of images of the given height and width.
pub(crate) fn average<T: Real>(parallel: bool, window: &Window, size: [usize; 2], x: &[T], out: &mut [T]) {
    let [rows, columns] = window.output(size);
    images(parallel, (x, size[0] * size[1]), (out, rows * columns), |x, out| {
        window.each(size, |at, lines, across, count| {
            let line = |line: usize| &x[line * size[1] + across.start..line * size[1] + across.end];
            let sum: T = lines.map(|y| line(y).iter().copied().sum::<T>()).sum();
            out[at] = sum / T::of(count as f64);
        });
    });
}

/// From the gradient of the averages to that of the images.
pub(crate) fn average_adjoint<T: Real>(
    parallel: bool,
    window: &Window,
    size: [usize; 2],
    gradient: &[T],
    out: &mut [T],
) {
    let [rows, columns] = window.output(size);
    images(parallel, (gradient, rows * columns), (out, size[0] * size[1]), |gradient, out| {
        out.fill(T::zero());
        window.each(size, |at, lines, across, count| {
            let share = gradient[at] / T::of(count as f64);
            for y in lines {
                out[y * size[1] + across.start..y * size[1] + across.end].iter_mut().for_each(|x| *x += share);
            }
        });
    });
}
