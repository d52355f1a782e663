//! Batch normalization at inference, folded into the layer beside it.

use saddlepoint_rigor::{
    Down, Interval, IntervalError, IntervalMatrix, IntervalVector, MatrixError, Rounding, Up,
};

use super::convolution::{Axis, Convolution};
use crate::quantity::first_not_finite;

/// Why a normalization is none, or cannot be folded.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum BatchNormError {
    /// Parameters of different numbers of channels, or of none.
    #[error("{given} entries of the {what}, but {channels} channels")]
    Channels {
        /// What they were given for.
        what: &'static str,
        /// How many were given.
        given: usize,
        /// How many are needed; at least 1.
        channels: usize,
    },
    /// A parameter that is NaN or infinite.
    #[error("the {what} of channel {channel} is {value}: it must be finite")]
    NotFinite {
        /// Which parameter.
        what: &'static str,
        /// The channel, from 0.
        channel: usize,
        /// Its value.
        value: f64,
    },
    /// A negative variance.
    #[error("the variance of channel {channel} is {value}: it must be at least 0")]
    Variance {
        /// The channel, from 0.
        channel: usize,
        /// Its variance.
        value: f64,
    },
    /// An ε that is not positive.
    #[error("ε = {0}: it must be positive and finite")]
    Epsilon(f64),
    /// A shift before a padded convolution.
    #[error(
        "channel {channel} is shifted by {shift} before a convolution that pads with zeros: padded zeros are not shifted, so the bias differs from place to place"
    )]
    ShiftedPadding {
        /// The channel, from 0.
        channel: usize,
        /// The shift.
        shift: Interval,
    },
    /// A bias where a theorem allows none.
    #[error("output {output} has the bias {bias}: the theorem is one of networks without biases")]
    Bias {
        /// The output, from 0.
        output: usize,
        /// Its bias.
        bias: Interval,
    },
    /// A parameter of the folded layer that overflows.
    #[error(transparent)]
    Interval(#[from] IntervalError),
    /// Weights that do not fit, or that overflow.
    #[error(transparent)]
    Matrix(#[from] MatrixError),
}

/// A batch normalization with fixed statistics, as a network applies it at inference.
///
/// # Formula
/// `x ↦ γ (x − μ) / √(σ² + ε) + β` for every channel: `s x + t` with `s = γ/√(σ² + ε)` and `t = β − sμ`.
///
/// # Reference
/// Ioffe and Szegedy, Batch normalization, ICML 2015, algorithm 2, lines 11 and 12.
///
/// # Example
/// ```
/// use saddlepoint_rigor::IntervalMatrix;
/// use saddlepoint_theory::capacity::batch_norm::BatchNorm;
///
/// let norm = BatchNorm::new(&[2.0], &[0.0], &[1.0], &[3.0], 1.0)?;
/// let layer = IntervalMatrix::from_rows(1, 2, vec![5.0, -3.0])?;
/// let folded = norm.fold_after(&layer, None)?;
/// assert!(folded.weights.get(0, 0).unwrap().contains(5.0));
/// assert_eq!(folded.bias_free().unwrap_err().to_string(),
///     "output 0 has the bias [-1.0, -1.0]: the theorem is one of networks without biases");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct BatchNorm {
    scale: Vec<Interval>,
    shift: Vec<Interval>,
}

/// A layer with a normalization in it: `x ↦ W x + b`.
#[derive(Debug, Clone, PartialEq)]
pub struct Folded {
    /// The weights: the matrix, or the kernel with a row for each output, which
    /// [`Convolution::enclosing`] takes.
    pub weights: IntervalMatrix,
    /// The bias.
    pub bias: IntervalVector,
}

impl Folded {
    /// The weights of a layer without bias.
    ///
    /// # Errors
    /// When the bias of an output is not exactly 0.
    pub fn bias_free(&self) -> Result<&IntervalMatrix, BatchNormError> {
        match self.bias.intervals().enumerate().find(|(_, bias)| (bias.low(), bias.high()) != (0.0, 0.0)) {
            Some((output, bias)) => Err(BatchNormError::Bias { output, bias }),
            None => Ok(&self.weights),
        }
    }
}

impl BatchNorm {
    /// The normalization with weights `γ`, biases `β`, running means `μ` and running variances `σ²`.
    ///
    /// # Errors
    /// When there is no channel, the numbers of channels differ, a parameter is not finite, a variance is negative, or
    /// `epsilon` is not positive.
    pub fn new(
        gamma: &[f64],
        beta: &[f64],
        mean: &[f64],
        variance: &[f64],
        epsilon: f64,
    ) -> Result<Self, BatchNormError> {
        if !(epsilon > 0.0 && epsilon.is_finite()) {
            return Err(BatchNormError::Epsilon(epsilon));
        }
        let channels = gamma.len().max(1);
        for (what, values) in [("weight", gamma), ("bias", beta), ("mean", mean), ("variance", variance)] {
            require(what, values, channels)?;
        }
        if let Some(channel) = variance.iter().position(|&variance| variance < 0.0) {
            return Err(BatchNormError::Variance { channel, value: variance[channel] });
        }
        let epsilon = Interval::point(epsilon)?;
        let scale = |(&gamma, &variance): (&f64, &f64)| {
            let deviation = (Interval::point(variance)? + epsilon).sqrt()?;
            Interval::point(gamma)?.checked_div(deviation)
        };
        let scale: Vec<Interval> = gamma.iter().zip(variance).map(scale).collect::<Result<_, _>>()?;
        let shift = |((&scale, &beta), &mean): ((&Interval, &f64), &f64)| {
            Ok(Interval::point(beta)? - scale * Interval::point(mean)?)
        };
        let shift = scale.iter().zip(beta).zip(mean).map(shift).collect::<Result<_, IntervalError>>()?;
        Ok(Self { scale, shift })
    }

    /// `s`, for every channel.
    pub fn scale(&self) -> &[Interval] {
        &self.scale
    }

    /// `t`, for every channel.
    pub fn shift(&self) -> &[Interval] {
        &self.shift
    }

    /// A layer `x ↦ W x + b` and the normalization of its outputs, as one layer. The kernel of a convolution is folded in
    /// the same way, as a matrix with a row for each output channel.
    ///
    /// # Formula
    /// `W' = diag(s) W`, `b' = s b + t`
    ///
    /// # Errors
    /// When rows or biases are not as many as channels, a bias is not finite, or a folded number overflows.
    ///
    /// # Reference
    /// As [`BatchNorm`].
    pub fn fold_after(&self, weights: &IntervalMatrix, bias: Option<&[f64]>) -> Result<Folded, BatchNormError> {
        let (rows, columns) = weights.shape();
        self.require_channels("rows", rows)?;
        let bias = points(bias, rows)?;
        let entries = entries(weights).enumerate().map(|(at, w)| Ball::of(self.scale[at / columns]).times(w));
        let channels = self.scale.iter().zip(&self.shift).map(|(&s, &t)| (Ball::of(s), Ball::of(t)));
        let bias = bias.into_iter().zip(channels).map(|(b, (s, t))| s.times(b).plus(t));
        folded(rows, columns, entries, bias)
    }

    /// The normalization of the inputs of a layer `x ↦ W x + b`, and the layer, as one.
    ///
    /// # Formula
    /// `W' = W diag(s)`, `b' = W t + b`
    ///
    /// # Errors
    /// When columns are not as many as channels, biases not as many as rows, a bias is not finite, or a folded number
    /// overflows.
    ///
    /// # Reference
    /// As [`BatchNorm`].
    pub fn fold_before(
        &self,
        weights: &IntervalMatrix,
        bias: Option<&[f64]>,
    ) -> Result<Folded, BatchNormError> {
        self.require_channels("columns", weights.shape().1)?;
        self.fold_inputs(weights, bias, |_, column| column)
    }

    /// The normalization of the input channels of a convolution, and the convolution, as one: a kernel with a row for
    /// each output channel, and a bias for each.
    ///
    /// # Formula
    /// `K'_{o,c,k} = K_{o,c,k} s_c`, `b'_o = Σ_{c,k} K_{o,c,k} t_c + b_o`
    ///
    /// # Errors
    /// As [`fold_before`](Self::fold_before), and when a window reaches into padding while a shift is not exactly 0.
    ///
    /// # Reference
    /// As [`BatchNorm`].
    pub fn fold_before_convolution(
        &self,
        convolution: &Convolution,
        bias: Option<&[f64]>,
    ) -> Result<Folded, BatchNormError> {
        let (channels, axes) = (convolution.channels(), convolution.axes());
        self.require_channels("input channels", channels.inputs)?;
        if axes.iter().any(|axis| axis.padding != (0, 0)) {
            let shifted = |shift: &Interval| (shift.low(), shift.high()) != (0.0, 0.0);
            if let Some(channel) = self.shift.iter().position(shifted) {
                return Err(BatchNormError::ShiftedPadding { channel, shift: self.shift[channel] });
            }
        }
        let area: usize = axes.iter().map(|Axis { kernel, .. }| kernel).product();
        let inputs = channels.inputs / channels.groups;
        let outputs = channels.outputs / channels.groups;
        let midpoints = convolution.kernel().to_vec();
        let radii = convolution.radii().map_or_else(|| vec![0.0; midpoints.len()], <[f64]>::to_vec);
        let kernel = IntervalMatrix::with_radii(channels.outputs, inputs * area, midpoints, radii)?;
        self.fold_inputs(&kernel, bias, |row, column| row / outputs * inputs + column / area)
    }

    /// Folds the channels that `channel` names for each entry.
    fn fold_inputs(
        &self,
        weights: &IntervalMatrix,
        bias: Option<&[f64]>,
        channel: impl Fn(usize, usize) -> usize,
    ) -> Result<Folded, BatchNormError> {
        let (rows, columns) = weights.shape();
        let mut biases = points(bias, rows)?;
        let entries: Vec<Ball> = entries(weights)
            .enumerate()
            .map(|(at, w)| {
                let (row, channel) = (at / columns, channel(at / columns, at % columns));
                biases[row] = biases[row].plus(w.times(Ball::of(self.shift[channel])));
                w.times(Ball::of(self.scale[channel]))
            })
            .collect();
        folded(rows, columns, entries.into_iter(), biases.into_iter())
    }

    fn require_channels(&self, what: &'static str, given: usize) -> Result<(), BatchNormError> {
        let channels = self.scale.len();
        if given == channels { Ok(()) } else { Err(BatchNormError::Channels { what, given, channels }) }
    }
}

fn require(what: &'static str, values: &[f64], channels: usize) -> Result<(), BatchNormError> {
    if values.len() != channels {
        return Err(BatchNormError::Channels { what, given: values.len(), channels });
    }
    match first_not_finite(values) {
        Some((channel, value)) => Err(BatchNormError::NotFinite { what, channel, value }),
        None => Ok(()),
    }
}

/// The layer's own biases, or zeros.
fn points(bias: Option<&[f64]>, rows: usize) -> Result<Vec<Ball>, BatchNormError> {
    let bias = bias.map_or_else(|| vec![0.0; rows], <[f64]>::to_vec);
    require("layer's bias", &bias, rows)?;
    Ok(bias.into_iter().map(|bias| Ball { middle: bias, radius: 0.0 }).collect())
}

fn entries(matrix: &IntervalMatrix) -> impl Iterator<Item = Ball> {
    matrix.midpoints().iter().zip(matrix.radii()).map(|(&middle, &radius)| Ball { middle, radius })
}

fn folded(
    rows: usize,
    columns: usize,
    weights: impl Iterator<Item = Ball>,
    bias: impl Iterator<Item = Ball>,
) -> Result<Folded, BatchNormError> {
    let (midpoints, radii) = weights.map(|ball| (ball.middle, ball.radius)).unzip();
    let weights = IntervalMatrix::with_radii(rows, columns, midpoints, radii)?;
    let (midpoints, radii) = bias.map(|ball| (ball.middle, ball.radius)).unzip();
    Ok(Folded { weights, bias: IntervalVector::with_radii(midpoints, radii)? })
}

/// An interval by its midpoint and radius, as matrices have it. Midpoints of results depend on midpoints alone: so wider
/// weights are folded to wider ones to the last bit, which midpoints of wider intervals, rounded anew, are not.
#[derive(Debug, Clone, Copy)]
struct Ball {
    middle: f64,
    radius: f64,
}

impl Ball {
    /// The radius reaches both ends.
    fn of(x: Interval) -> Self {
        let middle = x.midpoint();
        Self { middle, radius: Up::sub(x.high(), middle).max(Up::sub(middle, x.low())) }
    }

    /// To nearest, a sum is no further from the truth than its bounds are from each other.
    fn plus(self, other: Self) -> Self {
        let (a, b) = (self.middle, other.middle);
        let rounding = Up::sub(Up::add(a, b), Down::add(a, b));
        Self { middle: a + b, radius: Up::add(Up::add(self.radius, other.radius), rounding) }
    }

    fn times(self, other: Self) -> Self {
        let (a, b) = (self.middle, other.middle);
        let rounding = Up::sub(Up::mul(a, b), Down::mul(a, b));
        let of_other = Up::mul(Up::add(a.abs(), self.radius), other.radius);
        let of_both = Up::add(of_other, Up::mul(self.radius, b.abs()));
        Self { middle: a * b, radius: Up::add(of_both, rounding) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::capacity::convolution::Channels;

    fn matrix(rows: usize, entries: &[f64]) -> IntervalMatrix {
        IntervalMatrix::from_rows(rows, entries.len() / rows, entries.to_vec()).unwrap()
    }

    /// Variances that make `σ² + ε` the square of an integer: everything is exact.
    fn squares() -> BatchNorm {
        BatchNorm::new(&[6.0, -2.0], &[1.0, 0.5], &[3.0, -1.0], &[8.0, 3.0], 1.0).unwrap()
    }

    #[test]
    fn integers_fold_exactly() {
        let norm = squares();
        // s = (2, −1), t = (−5, −0.5).
        let after = norm.fold_after(&matrix(2, &[1.0, 2.0, 3.0, 4.0]), Some(&[10.0, 20.0])).unwrap();
        assert_eq!(after.weights.midpoints(), [2.0, 4.0, -3.0, -4.0]);
        assert_eq!(after.bias.as_column().midpoints(), [15.0, -20.5]);
        assert!(after.weights.radii().iter().all(|&r| r == 0.0));
        let before = norm.fold_before(&matrix(2, &[1.0, 2.0, 3.0, 4.0]), None).unwrap();
        assert_eq!(before.weights.midpoints(), [2.0, -2.0, 6.0, -4.0]);
        assert_eq!(before.bias.as_column().midpoints(), [-6.0, -17.0]);
        assert!(matches!(before.bias_free(), Err(BatchNormError::Bias { output: 0, .. })));
        let centered = BatchNorm::new(&[6.0], &[0.0], &[0.0], &[8.0], 1.0).unwrap();
        assert!(centered.fold_after(&matrix(1, &[1.0]), None).unwrap().bias_free().is_ok());
    }

    /// The two layers after each other, and the folded one, on the same input: in integers, to the bit.
    #[test]
    fn a_folded_convolution_is_the_two_layers() {
        let norm = squares();
        let channels = Channels { inputs: 2, outputs: 4, groups: 2 };
        let kernel: Vec<f64> = (0..12).map(|i| f64::from(i * i % 11) - 5.0).collect();
        let convolution = |kernel| Convolution::line(channels, Axis::new(5, 3), kernel).unwrap();
        let folded = norm.fold_before_convolution(&convolution(kernel.clone()), None).unwrap();
        let x: Vec<f64> = (0..10).map(f64::from).collect();
        let normalized: Vec<f64> = (0..10).map(|i| [2.0, -1.0][i / 5] * x[i] + [-5.0, -0.5][i / 5]).collect();
        let enclosing = Convolution::enclosing(channels, [Axis::new(1, 1), Axis::new(5, 3)], &folded.weights);
        assert_eq!(enclosing.unwrap().kernel(), folded.weights.midpoints());
        let two = convolution(kernel).apply(&normalized).unwrap();
        let one = convolution(folded.weights.midpoints().to_vec()).apply(&x).unwrap();
        let bias = folded.bias.as_column().midpoints();
        assert_eq!(two, one.iter().enumerate().map(|(i, y)| y + bias[i / 3]).collect::<Vec<_>>());
    }

    #[test]
    fn a_shift_before_padding_is_refused() {
        let axis = Axis::new(5, 3).with_padding(1, 1);
        let padded = Convolution::line(Channels::dense(2, 1), axis, vec![1.0; 6]).unwrap();
        let error = squares().fold_before_convolution(&padded, None).unwrap_err();
        assert!(matches!(error, BatchNormError::ShiftedPadding { channel: 0, .. }), "{error}");
        let scaling = BatchNorm::new(&[6.0, 1.0], &[0.0; 2], &[0.0; 2], &[8.0, 3.0], 1.0).unwrap();
        assert!(scaling.fold_before_convolution(&padded, None).is_ok());
    }

    #[test]
    fn what_normalizes_nothing_is_refused() {
        let one = [1.0];
        let new = |variance: f64, epsilon| BatchNorm::new(&one, &one, &one, &[variance], epsilon).unwrap_err();
        for epsilon in [0.0, -1e-5, f64::NAN, f64::INFINITY] {
            assert!(matches!(new(1.0, epsilon), BatchNormError::Epsilon(_)), "{epsilon}");
        }
        assert_eq!(new(-1.0, 1e-5), BatchNormError::Variance { channel: 0, value: -1.0 });
        assert!(matches!(new(f64::NAN, 1e-5), BatchNormError::NotFinite { what: "variance", .. }));
        let error = BatchNorm::new(&[], &[], &[], &[], 1e-5).unwrap_err();
        assert_eq!(error, BatchNormError::Channels { what: "weight", given: 0, channels: 1 });
        let error = BatchNorm::new(&one, &[1.0, 2.0], &one, &one, 1e-5).unwrap_err();
        assert_eq!(error, BatchNormError::Channels { what: "bias", given: 2, channels: 1 });
        let error = squares().fold_after(&matrix(1, &[1.0]), None).unwrap_err();
        assert_eq!(error, BatchNormError::Channels { what: "rows", given: 1, channels: 2 });
        let error = squares().fold_after(&matrix(2, &[1.0; 2]), Some(&[f64::NAN, 0.0])).unwrap_err();
        assert!(matches!(error, BatchNormError::NotFinite { what: "layer's bias", .. }));
        let huge = BatchNorm::new(&[1e300], &one, &one, &[0.0], 1e-300).unwrap();
        assert!(huge.fold_after(&matrix(1, &[1e200]), None).is_err());
    }

    proptest! {
        /// Folding a layer encloses what the layers do one after the other, computed to nearest.
        #[test]
        fn the_folded_layer_is_the_two_layers(
            p in prop::collection::vec((-2.0..2.0f64, -2.0..2.0f64, -2.0..2.0f64, 0.0..2.0f64, -2.0..2.0f64), 3),
            w in prop::collection::vec(-2.0..2.0f64, 9), x in prop::collection::vec(-2.0..2.0f64, 3),
        ) {
            let part = |i: usize| p.iter().map(|q| [q.0, q.1, q.2, q.3, q.4][i]).collect::<Vec<_>>();
            let norm = BatchNorm::new(&part(0), &part(1), &part(2), &part(3), 1e-5).unwrap();
            let apply = |x: &[f64]| -> Vec<f64> {
                (0..3).map(|i| p[i].0 * (x[i] - p[i].2) / (p[i].3 + 1e-5).sqrt() + p[i].1).collect()
            };
            let layer = |x: &[f64]| -> Vec<f64> {
                (0..3).map(|i| (0..3).map(|j| w[3 * i + j] * x[j]).sum::<f64>() + p[i].4).collect()
            };
            let weights = matrix(3, &w);
            for (folded, direct) in [
                (norm.fold_after(&weights, Some(&part(4))).unwrap(), apply(&layer(&x))),
                (norm.fold_before(&weights, Some(&part(4))).unwrap(), layer(&apply(&x))),
            ] {
                let input = IntervalVector::new(x.clone()).unwrap();
                let enclosed = folded.weights.times_vector(&input).unwrap().plus(&folded.bias).unwrap();
                for (enclosed, direct) in enclosed.intervals().zip(direct) {
                    prop_assert!((enclosed.midpoint() - direct).abs() <= 1e-10 && enclosed.width() <= 1e-10);
                }
            }
        }

        #[test]
        fn any_bits_are_folded_or_refused(bits in prop::collection::vec(any::<u64>(), 7)) {
            let x: Vec<f64> = bits.into_iter().map(f64::from_bits).collect();
            if let Ok(norm) = BatchNorm::new(&x[0..1], &x[1..2], &x[2..3], &x[3..4], x[4]) {
                prop_assert!(x[3] >= 0.0 && x[4] > 0.0);
                if let Ok(weights) = IntervalMatrix::from_rows(1, 1, vec![x[5]]) {
                    let folded = norm.fold_after(&weights, Some(&x[6..7]));
                    prop_assert!(folded.is_err() || folded.unwrap().weights.radii()[0].is_finite());
                }
            }
        }
    }
}
