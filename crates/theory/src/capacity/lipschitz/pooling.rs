//! Lipschitz constants of poolings, in the Euclidean norm: by how many windows share an entry.

use saddlepoint_rigor::{Down, Rounding, Up};

use crate::capacity::convolution::Axis;
use crate::quantity::count;

/// Windows along one axis, of which there may be more than [`Axis::output`] says: a last one may reach beyond the padding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Windows {
    /// How they lie.
    pub axis: Axis,
    /// How many there are.
    pub count: usize,
}

impl Windows {
    /// The entries of the input, in each window.
    fn inside(&self) -> impl Iterator<Item = Vec<usize>> + '_ {
        let Axis { input, kernel, stride, dilation, padding } = self.axis;
        (0..self.count).map(move |window| {
            let taps = (0..kernel).map(|tap| window * stride + tap * dilation);
            taps.filter_map(|at| at.checked_sub(padding.0).filter(|&at| at < input)).collect()
        })
    }

    /// For each entry the sum of a weight of the windows that hold it; the largest of these.
    fn largest(&self, weight: impl Fn(usize) -> f64) -> f64 {
        let mut sums = vec![0.0; self.axis.input];
        for window in self.inside() {
            let share = weight(window.len());
            for at in window {
                sums[at] = Up::add(sums[at], share);
            }
        }
        sums.into_iter().fold(0.0, f64::max)
    }
}

/// The largest entries of windows over the product of axes.
///
/// # Formula
/// `√m`, with `m` the most windows that share an entry: a maximum moves by no more than some entry of its window does, so that
/// `Σ_w max_{i∈w} dᵢ² ≤ Σ_i mᵢ dᵢ²`. Windows that do not overlap have 1.
pub fn max_pooling(axes: &[Windows]) -> f64 {
    Up::sqrt(axes.iter().fold(1.0, |product, axis| Up::mul(product, axis.largest(|_| 1.0))))
}

/// The means of windows over the product of axes, with or without the padding in the mean.
///
/// # Formula
/// `√(r c)` with the largest row sum `r` and the largest column sum `c` of the matrix, whose entries are not negative: `r` is 1
/// at most, and `c` is the product over axes of the largest sums of the weights with which windows take an entry. Windows
/// that do not overlap, of `k` entries each, have `1/√k`, and no bound is smaller.
///
/// # Reference
/// Schur's test: Horn and Johnson, *Matrix Analysis*, 2nd edition 2013, exercise 5.6.P21 (`‖A‖₂² ≤ ‖A‖₁ ‖A‖_∞`).
pub fn average_pooling(axes: &[Windows], count_padding: bool) -> f64 {
    let columns = axes.iter().fold(1.0, |product, axis| {
        // A window that reaches beyond the padding is divided by what lies before its end: that is at least what lies inside.
        let whole = axis.axis.output() == Ok(axis.count);
        let divisor = |inside: usize| if count_padding && whole { axis.axis.kernel } else { inside };
        let share = |inside: usize| Up::div(1.0, count::<Down>(divisor(inside).max(1) as u64));
        Up::mul(product, axis.largest(share))
    });
    Up::sqrt(columns)
}

#[cfg(test)]
mod tests {
    use nalgebra::DMatrix;
    use proptest::prelude::*;

    use super::*;

    fn windows(axis: Axis) -> Windows {
        Windows { axis, count: axis.output().unwrap() }
    }

    #[test]
    fn windows_side_by_side_have_the_least_constants() {
        let axis = windows(Axis::new(8, 2).with_stride(2));
        assert_eq!(max_pooling(&[axis, axis]), 1.0);
        assert_eq!(average_pooling(&[axis, axis], false), 0.5);
        let overlapping = windows(Axis::new(8, 3).with_stride(2));
        assert_eq!(max_pooling(&[overlapping]), 2f64.sqrt().next_up().next_down());
        // A third window, of the last entry alone, where the length is odd.
        let beyond = Windows { axis: Axis::new(5, 2).with_stride(2), count: 3 };
        assert_eq!(average_pooling(&[beyond], true), 1.0);
    }

    proptest! {
        /// Against the largest singular value of the matrix of means, along one axis.
        #[test]
        fn means_have_no_larger_norm(
            input in 1usize..9, kernel in 1usize..4, stride in 1usize..4, pad in 0usize..2, counts in any::<bool>(),
        ) {
            let axis = Axis::new(input, kernel).with_stride(stride).with_padding(pad, pad);
            prop_assume!(pad < kernel && axis.output().is_ok());
            let windows = windows(axis);
            let mut matrix = DMatrix::<f64>::zeros(windows.count, input);
            let mut shared = vec![0u32; input];
            for (row, inside) in windows.inside().enumerate() {
                let divisor = if counts { kernel } else { inside.len() };
                for at in inside {
                    matrix[(row, at)] = 1.0 / divisor as f64;
                    shared[at] += 1;
                }
            }
            let norm = matrix.singular_values().max();
            let bound = average_pooling(&[windows], counts);
            prop_assert!(bound >= norm * (1.0 - 1e-14), "{bound} {norm}");
            let most = f64::from(shared.iter().copied().max().unwrap());
            prop_assert!((max_pooling(&[windows]) - most.sqrt()).abs() < 1e-14);
        }
    }
}
