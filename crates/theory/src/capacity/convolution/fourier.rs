//! An upper bound from the convolution on a torus, or on all frequencies, in which the operator is embedded.

use std::f64::consts::{PI, TAU};

use nalgebra::DMatrix;
use saddlepoint_rigor::{Down, Rounding, Up, euclidean_norm};

use super::{Axis, Convolution};
use crate::capacity::gram::{Complex, Goal, UNDERFLOW, spectral_norm_bound};

/// An upper bound of the spectral norm; what is below the goal's floor is not computed sharper.
///
/// # Formula
/// Continue the input by zeros to a torus so long that no window reaches around it: the operator is a restriction, to
/// some inputs and some outputs, of the convolution on the torus, and its norm is no larger. With stride `s` the inputs
/// on the torus are split into their residues modulo `s`, which makes the convolution one of stride 1; it is
/// block-diagonal in the discrete Fourier basis. Its norm is the largest of those of the symbols
/// $$ M_{o,(c,r)}(\theta) = \sum_{k\,:\,dk \equiv r \ (s)} K_{o,c,k}\, e^{i\theta (dk - r)/s} $$
/// over the torus' frequencies, a matrix of outputs × (inputs · residues) each.
///
/// On a long axis the frequencies are too many. `‖M(θ)x‖²` is a trigonometric polynomial of some degree `m`, whose
/// maximum is at most `1/cos(πm/N)` times that over `N > 2m` equidistant frequencies.
///
/// # Reference
/// Sedghi, Gupta, Long, The singular values of convolutional layers, ICLR 2019, section 2 (the circular case, which is
/// no upper bound of the zero-padded one on a torus of the input's own size); Ehlich and Zeller, Schwankung von
/// Polynomen zwischen Gitterpunkten, Mathematische Zeitschrift 86, 1964 (the grid).
pub(super) fn upper_bound(a: &Convolution, goal: Goal) -> f64 {
    let axes = [0, 1].map(|i| Frequencies::of(&a.axes()[i], a.output()[i]));
    let inflation = axes.iter().fold(1.0, |inflation, axis| Up::mul(inflation, axis.inflation));
    let error = symbol_error(a);
    let target = Down::sub(Down::div(goal.floor, inflation), error).max(0.0);
    let mut largest = target;
    for group in 0..a.channels().groups {
        for [row, column] in half(axes.each_ref().map(|axis| axis.count)) {
            let symbol = symbol(a, group, [axes[0].factors(row), axes[1].factors(column)]);
            largest = largest.max(spectral_norm_bound(symbol, Goal { floor: largest, ..goal }));
        }
    }
    Up::mul(Up::add(largest, error), inflation)
}

/// One axis of the symbol: the residue, among those that occur, and the shift of every tap; the number of frequencies,
/// and the factor that covers what lies between them.
struct Frequencies {
    residues: Vec<usize>,
    shifts: Vec<usize>,
    count: usize,
    inflation: f64,
}

/// So many frequencies for each degree put the norm at most 0.11 % above its largest value on the grid.
const GRID: usize = 48;

impl Frequencies {
    fn of(axis: &Axis, output: usize) -> Self {
        let taps = (0..axis.kernel).map(|tap| tap * axis.dilation);
        let mut seen = vec![];
        let residues = taps.clone().map(|at| {
            let residue = at % axis.stride;
            seen.iter().position(|&other| other == residue).unwrap_or_else(|| {
                seen.push(residue);
                seen.len() - 1
            })
        });
        let residues = residues.collect();
        let shifts: Vec<usize> = taps.map(|at| at / axis.stride).collect();
        let degree = shifts[axis.kernel - 1];
        let torus = torus(axis, output);
        let (count, inflation) = if torus <= GRID * degree.max(1) {
            (torus, 1.0)
        } else {
            // The symbol's square is constant, or a grid covers it.
            let cosine = libm::cos(PI / GRID as f64).next_down().next_down();
            if degree == 0 { (1, 1.0) } else { (GRID * degree, Up::sqrt(Up::div(1.0, cosine))) }
        };
        Self { residues, shifts, count, inflation }
    }

    /// How many residues occur.
    fn width(&self) -> usize {
        self.residues.iter().max().map_or(0, |last| last + 1)
    }

    /// For every tap its residue and `e^{iθ·shift}` at `θ = 2πj/count`.
    fn factors(&self, j: usize) -> Factors {
        let turn = |&shift: &usize| {
            let (turns, count) = (j as u64 * shift as u64 % self.count as u64, self.count as f64);
            let angle = TAU * (turns as f64 / count);
            [libm::cos(angle), libm::sin(angle)]
        };
        let turns = self.shifts.iter().map(turn);
        Factors { width: self.width(), taps: self.residues.iter().copied().zip(turns).collect() }
    }
}

struct Factors {
    width: usize,
    taps: Vec<(usize, [f64; 2])>,
}

/// The smaller of two tori on which no window reaches around: one that holds all windows that touch the input, and
/// one that holds the windows of the layer. In both, nothing but the input falls on the input's places, and different
/// windows stand at different places. Divided by the stride, rounded up.
fn torus(axis: &Axis, output: usize) -> usize {
    let (before, last) = (axis.padding.0, (output - 1) * axis.stride);
    let every = axis.input + axis.span();
    let of_layer = (axis.input + before).max((last + axis.span() + 1).saturating_sub(before)).max(last + 1);
    every.min(of_layer).div_ceil(axis.stride)
}

/// All pairs of frequencies but for those whose negative comes before them: a real kernel's symbol there is the complex
/// conjugate, of the same norm.
fn half([rows, columns]: [usize; 2]) -> impl Iterator<Item = [usize; 2]> {
    let all = (0..rows).flat_map(move |row| (0..columns).map(move |column| [row, column]));
    all.filter(move |&[row, column]| [row, column] <= [(rows - row) % rows, (columns - column) % columns])
}

fn symbol(a: &Convolution, group: usize, [vertical, horizontal]: [Factors; 2]) -> Complex {
    let (inputs, outputs) = a.of_group();
    let residues = vertical.width * horizontal.width;
    let taps: Vec<(usize, f64, f64)> = vertical
        .taps
        .iter()
        .flat_map(|&(r, [c, s])| {
            horizontal.taps.iter().map(move |&(q, [d, t])| (r, q, c * d - s * t, c * t + s * d))
        })
        .map(|(r, q, re, im)| (r * horizontal.width + q, re, im))
        .collect();
    let mut re = DMatrix::zeros(outputs, inputs * residues);
    let mut im = re.clone();
    for (at, kernel) in a.of_kernel(group).chunks_exact(taps.len()).enumerate() {
        let (o, c) = (at / inputs, at % inputs);
        for (&weight, &(residue, cosine, sine)) in kernel.iter().zip(&taps) {
            re[(o, c * residues + residue)] += weight * cosine;
            im[(o, c * residues + residue)] += weight * sine;
        }
    }
    // At frequency 0 the symbol is real: a product of matrices then costs a third.
    let im = im.iter().any(|&x| x != 0.0).then_some(im);
    Complex { re, im }
}

/// How far computed symbols are from the true ones, in the Frobenius norm.
///
/// An angle has three roundings, so it is off by `6π u < 19 u`; sine and cosine of the `libm` crate are off by less than
/// one unit in the last place, so `e^{iθ}` is off by less than `24 u`, a product of two by less than `52 u`, and a sum
/// over `T` taps with its products by `(52 + 1.5 (T + 1)) u < 2 (T + 64) u` times the sum of absolute weights. By
/// Cauchy and Schwarz these sums have a Frobenius norm of at most `√T ‖K‖_F`.
fn symbol_error(a: &Convolution) -> f64 {
    let taps = (a.axes()[0].kernel * a.axes()[1].kernel) as f64;
    let share = Up::mul(Up::add(taps, 64.0), f64::EPSILON);
    let weights = euclidean_norm::<Up>(a.kernel().iter().copied());
    Up::add(Up::mul(Up::mul(share, Up::sqrt(taps)), weights), UNDERFLOW)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::operator::tests::any_convolution;
    use super::*;
    use crate::capacity::convolution::Channels;
    use crate::capacity::spectrum::{exact, singular_values};

    const SHARP: Goal = Goal { floor: 0.0, excess: 1e-9 };

    proptest! {
        #[test]
        fn the_operator_is_embedded(a in any_convolution(4)) {
            let norm = singular_values(&exact(&a.matrix().unwrap()).unwrap()).unwrap()[0];
            prop_assert!(upper_bound(&a, SHARP) >= norm.low());
        }
    }

    /// Windows that do not overlap are a matrix for each, and the bound is its norm, up to the iteration's excess.
    #[test]
    fn disjoint_windows_have_the_norm_of_the_kernel() {
        let axis = Axis::new(12, 3).with_stride(3);
        let kernel: Vec<f64> = (0..18).map(|i| f64::from(i * i % 7)).collect();
        let reshaped = DMatrix::from_row_slice(2, 9, &kernel);
        let a = Convolution::new(Channels::dense(1, 2), [axis, axis], kernel).unwrap();
        let norm = singular_values(&exact(&reshaped).unwrap()).unwrap()[0];
        let bound = upper_bound(&a, SHARP);
        assert!(bound >= norm.low() && bound <= norm.high() * (1.0 + 2e-9));
    }

    /// The largest value of `|1 + 2 cos θ|` is 3, on the torus and on the grid that covers long axes.
    #[test]
    fn long_axes_cost_no_more_and_are_covered() {
        let bound = |n| {
            let axis = Axis::new(n, 3).with_padding(1, 1);
            upper_bound(&Convolution::line(Channels::dense(1, 1), axis, vec![1.0; 3]).unwrap(), SHARP)
        };
        assert!(bound(40) >= 3.0 && bound(40) < 3.0 + 1e-8);
        assert!(bound(4000) >= 3.0 && bound(4000) < 3.0 * 1.0011);
        assert_eq!(bound(4000), bound(100_000));
        let frequencies = Frequencies::of(&Axis::new(4000, 3), 3998);
        assert!(frequencies.count == 96 && frequencies.inflation > 1.001);
    }

    /// Negative frequencies are left out, others not.
    #[test]
    fn half_of_the_frequencies_are_all() {
        for shape in [[1, 1], [1, 6], [5, 1], [4, 6], [5, 7]] {
            let mut seen: Vec<[usize; 2]> = half(shape).collect();
            let mirror = |at: usize, n: usize| (n - at) % n;
            seen.extend(seen.clone().iter().map(|&[i, j]| [mirror(i, shape[0]), mirror(j, shape[1])]));
            seen.sort_unstable();
            seen.dedup();
            assert_eq!(seen.len(), shape[0] * shape[1], "{shape:?}");
        }
    }
}
