//! The spectral norm of a convolution, from both sides.

use saddlepoint_rigor::{Down, Interval, Rounding, Up};

use super::{Convolution, ConvolutionError, fourier, lanczos};
use crate::capacity::gram::{Complex, Goal, UNDERFLOW, spectral_norm_bound};
use crate::quantity::first_not_finite;

/// An enclosure of a spectral norm, and what its upper end rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Enclosure {
    /// The norm lies in it.
    pub norm: Interval,
    /// Which upper bound was the smallest.
    pub upper_end: UpperEnd,
}

/// What an upper end rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpperEnd {
    /// Every tap that meets an input is zero.
    Zero,
    /// Gram iteration on the symbols of a torus, or of all frequencies, in which the operator is embedded: sharp when
    /// the input is much longer than the kernel.
    Fourier,
    /// Gram iteration on the operator's own matrix: as sharp as is asked for.
    Matrix,
}

/// Operators whose groups have at most so many inputs, or outputs, may be treated as matrices.
const MATRIX: usize = 1024;

/// No matrix has more entries.
const ENTRIES: usize = 1 << 24;

impl Convolution {
    /// An enclosure of the spectral norm: the layer's Lipschitz constant on inputs of its own size.
    ///
    /// The lower end is the stretch of one vector, found from a start that `start` draws; the upper end is the smaller
    /// of the bounds that [`UpperEnd`] names. Both are true whatever was drawn. `width` is the relative width that is
    /// worked for; the result is wider where the operator is too large for the method that would reach it.
    ///
    /// For a kernel of intervals the norm of the radii's operator is added at both ends: a matrix whose entries are at most
    /// those of another in absolute value has no larger norm. The `width` is then that of both parts.
    ///
    /// # Errors
    /// When `width` is not positive and finite, or a draw is not finite.
    ///
    /// # Example
    /// ```
    /// use saddlepoint_theory::capacity::convolution::{Axis, Channels, Convolution};
    ///
    /// // On two samples with zero padding, (1, 0, −1) turns the plane. On a circle of two samples it is zero.
    /// let axis = Axis::new(2, 3).with_padding(1, 1);
    /// let turn = Convolution::line(Channels::dense(1, 1), axis, vec![1.0, 0.0, -1.0])?;
    /// let norm = turn.spectral_norm(1e-9, &mut || 0.5)?.norm;
    /// assert!(norm.contains(1.0) && norm.width() < 1e-9);
    /// # Ok::<(), saddlepoint_theory::capacity::convolution::ConvolutionError>(())
    /// ```
    pub fn spectral_norm(
        &self,
        width: f64,
        start: &mut dyn FnMut() -> f64,
    ) -> Result<Enclosure, ConvolutionError> {
        let midpoints = self.norm_of_midpoints(width, start)?;
        let Some(radii) = self.radii() else { return Ok(midpoints) };
        let radii = self.with_kernel(radii.to_vec()).norm_of_midpoints(width, start)?;
        let Enclosure { norm, upper_end } = midpoints;
        let low = Down::sub(norm.low(), radii.norm.high()).max(0.0);
        let upper_end = if upper_end == UpperEnd::Zero { radii.upper_end } else { upper_end };
        Ok(Enclosure { norm: Interval::between(low, Up::add(norm.high(), radii.norm.high())), upper_end })
    }

    fn norm_of_midpoints(
        &self,
        width: f64,
        start: &mut dyn FnMut() -> f64,
    ) -> Result<Enclosure, ConvolutionError> {
        if !(width > 0.0 && width.is_finite()) {
            return Err(ConvolutionError::Width(width));
        }
        let drawn: Vec<f64> = (0..self.dimensions().0).map(|_| start()).collect();
        if let Some((index, value)) = first_not_finite(&drawn) {
            return Err(ConvolutionError::NotFinite { what: "start", index, value });
        }
        let kernel = self.met_kernel();
        let largest = kernel.iter().fold(0.0, |largest: f64, x| largest.max(x.abs()));
        if largest == 0.0 {
            return Ok(Enclosure { norm: Interval::between(0.0, 0.0), upper_end: UpperEnd::Zero });
        }
        // Near 1 nothing overflows, and what underflows is below `UNDERFLOW`, entry by entry.
        let exponent = libm::ilogb(largest);
        let scaled = kernel.into_iter().map(|x| libm::ldexp(x, -exponent)).collect();
        let (low, high, upper_end) = enclose(&self.with_kernel(scaled), drawn, width);
        let lost = Interval::between(-UNDERFLOW, UNDERFLOW);
        let norm = (Interval::between(low, high) + lost).scaled_by_power_of_two(exponent);
        Ok(Enclosure { norm: Interval::between(norm.low().max(0.0), norm.high()), upper_end })
    }
}

/// Both ends. Where they are too far apart, the vector may be the one that is to blame: a search can take a singular
/// value for the largest while its start has next to no part along the true one. It goes on as far as it can.
fn enclose(a: &Convolution, start: Vec<f64>, width: f64) -> (f64, f64, UpperEnd) {
    let low = lanczos::lower_bound(a, start.clone(), width / 4.0);
    let (high, upper_end) = upper_bound(a, low, width);
    let wide = high > low * (1.0 + width);
    let low = if wide { low.max(lanczos::lower_bound(a, start, 0.0)) } else { low };
    (low, high, upper_end)
}

/// Gram iteration is given half of the width above what is known to be reached.
fn upper_bound(a: &Convolution, low: f64, width: f64) -> (f64, UpperEnd) {
    let goal = Goal { floor: Up::mul(low, 1.0 + width / 2.0), excess: width / 4.0 };
    let fourier = fourier::upper_bound(a, goal);
    if fourier > low * (1.0 + width) && is_small(a) {
        let matrix = of_matrix(a, goal);
        if matrix < fourier {
            return (matrix, UpperEnd::Matrix);
        }
    }
    (fourier, UpperEnd::Fourier)
}

fn is_small(a: &Convolution) -> bool {
    let (inputs, outputs) = a.of_group();
    let (columns, rows) = (inputs * a.input_size(), outputs * a.output_size());
    rows.min(columns) <= MATRIX && rows.saturating_mul(columns) <= ENTRIES
}

/// The largest of the bounds of the groups, whose blocks make the matrix.
fn of_matrix(a: &Convolution, goal: Goal) -> f64 {
    (0..a.channels().groups).fold(0.0, |largest: f64, group| {
        let block = Complex { re: a.block(group), im: None };
        largest.max(spectral_norm_bound(block, Goal { floor: goal.floor.max(largest), ..goal }))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use saddlepoint_rigor::IntervalMatrix;

    use super::super::operator::tests::any_convolution;
    use super::*;
    use crate::capacity::convolution::{Axis, Channels};
    use crate::capacity::spectrum::{exact, singular_values};

    /// Digits of the golden ratio's multiples: no symmetry of a grid is theirs.
    fn digits() -> impl FnMut() -> f64 {
        let mut i = 0.0f64;
        move || {
            i += 1.0;
            (i * i * 0.618_033_988_749_894_9).fract() - 0.5
        }
    }

    /// Two rows of the same filter, where six vectors span all that a search reaches; and a symmetric filter with a symmetric start,
    /// none of whose images has a part along the singular vector of the norm.
    #[test]
    fn a_search_goes_on_where_its_vectors_span_all_it_reaches() {
        let rows = [Axis::new(2, 1).with_padding(2, 2), Axis::new(6, 2).with_padding(1, 1)];
        let kernel = vec![-0.009_197_836_584_301_33, 0.638_494_551_037_048];
        let rows = Convolution::new(Channels::dense(1, 1), rows, kernel).unwrap();
        let line = Axis::new(8, 3).with_padding(1, 1);
        let line = Convolution::line(Channels::dense(1, 1), line, vec![-1.0, 2.0, -1.0]).unwrap();
        for width in [1e-2, 1e-4, 1e-8] {
            for (a, mut start) in
                [(&rows, Box::new(digits()) as Box<dyn FnMut() -> f64>), (&line, Box::new(|| 0.5))]
            {
                let found = a.spectral_norm(width, &mut start).unwrap().norm;
                assert!(found.high() <= found.low() * (1.0 + 1.1 * width), "{width}: {found}");
            }
        }
    }

    /// Where all singular values nearly agree, what a step adds to the basis is a small part of what it computes.
    #[test]
    fn a_search_in_a_narrow_spectrum_stays_true() {
        for small in [1e-1, 1e-2, 1e-4, 1e-6] {
            let line = Axis::new(40, 3).with_padding(1, 1);
            let kernel = vec![0.8 * small, 1.0, -1.1 * small];
            let line = Convolution::line(Channels::dense(1, 1), line, kernel).unwrap();
            let found = line.spectral_norm(1e-9, &mut digits()).unwrap().norm;
            assert!(found.high() <= found.low() * (1.0 + 1.1e-9), "{small}: {found}");
        }
    }

    proptest! {
        /// Against the enclosure of the operator's matrix, which shares no code with either end.
        #[test]
        fn both_ends_hold(a in any_convolution(4), e in -1000i32..=1000) {
            let matrix = exact(&a.matrix().unwrap()).unwrap();
            let truth = singular_values(&matrix).unwrap()[0].scaled_by_power_of_two(e);
            let scaled = a.with_kernel(a.kernel().iter().map(|x| libm::ldexp(*x, e)).collect());
            let found = scaled.spectral_norm(1e-6, &mut digits()).unwrap().norm;
            prop_assert!(found.low() <= truth.high() && found.high() >= truth.low(), "{found} {truth}");
            prop_assert!(found.high() <= found.low() * (1.0 + 1.1e-6), "{found}");
        }

        /// All kernels in an interval kernel have their norm in its, and a wider one encloses no less above.
        #[test]
        fn kernels_of_intervals_enclose(a in any_convolution(3), r in 0.0..0.5f64, signs in any::<u64>()) {
            let rows = a.channels().outputs;
            let columns = a.kernel().len() / rows;
            let of = |r: f64| {
                let radii = vec![r; rows * columns];
                let kernel = IntervalMatrix::with_radii(rows, columns, a.kernel().to_vec(), radii).unwrap();
                let all = Convolution::enclosing(a.channels(), a.axes(), &kernel).unwrap();
                all.spectral_norm(1e-6, &mut digits()).unwrap().norm
            };
            let one = a.kernel().iter().enumerate().map(|(i, x)| if signs >> (i % 64) & 1 == 1 { x + r } else { x - r });
            let one = a.with_kernel(one.collect()).spectral_norm(1e-6, &mut digits()).unwrap().norm;
            let all = of(r);
            prop_assert!(one.low() <= all.high() * (1.0 + 1e-12) && one.high() >= all.low() * (1.0 - 1e-12), "{one} {all}");
            prop_assert!(of(2.0 * r).high() >= all.high());
            prop_assert_eq!(of(0.0), a.spectral_norm(1e-6, &mut digits()).unwrap().norm);
        }

        /// Any bits at all: refused by name, or enclosed.
        #[test]
        fn any_bits_are_enclosed_or_refused(
            kernel in prop::collection::vec(any::<u64>(), 12), width in any::<u64>(), draw in any::<u64>(),
            stride in 0usize..4, padding in 0usize..4,
        ) {
            let kernel: Vec<f64> = kernel.into_iter().map(f64::from_bits).collect();
            let axis = Axis::new(4, 3).with_stride(stride).with_padding(padding, 0);
            let norm = |kernel: Vec<f64>| {
                let a = Convolution::line(Channels::dense(2, 2), axis, kernel)?;
                a.spectral_norm(f64::from_bits(width), &mut || f64::from_bits(draw))
            };
            if let Ok(found) = norm(kernel.clone()) {
                // Every entry of the kernel meets an input, so the norm is at least the largest.
                let largest = kernel.iter().fold(0.0, |largest: f64, x| largest.max(x.abs()));
                prop_assert!(padding > 1 || stride > 1 || found.norm.high() >= largest);
                prop_assert!(found.norm.low() >= 0.0 && found.norm.low() <= found.norm.high());
            }
        }
    }

    #[test]
    fn a_width_or_start_that_is_no_number_is_refused() {
        let axis = Axis::new(2, 1);
        let one = Convolution::line(Channels::dense(1, 1), axis, vec![2.0]).unwrap();
        for width in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let error = one.spectral_norm(width, &mut || 1.0).unwrap_err();
            assert!(matches!(error, ConvolutionError::Width(_)), "{error}");
        }
        let error = one.spectral_norm(0.1, &mut || f64::NAN).unwrap_err();
        assert!(matches!(error, ConvolutionError::NotFinite { what: "start", index: 0, .. }), "{error}");
        // A start that shows nothing costs the lower end, not the upper one.
        let blind = one.spectral_norm(0.1, &mut || 0.0).unwrap().norm;
        assert!(blind.low() == 0.0 && blind.high() >= 2.0 && blind.high() < 2.2);
        let zero = Convolution::line(Channels::dense(1, 1), axis, vec![-0.0]).unwrap();
        let found = zero.spectral_norm(0.1, &mut || 1.0).unwrap();
        assert_eq!((found.norm.low(), found.norm.high(), found.upper_end), (0.0, 0.0, UpperEnd::Zero));
    }

    #[test]
    fn groups_are_blocks() {
        let axis = Axis::new(6, 3).with_padding(1, 1);
        let kernels = [vec![1.0, 2.0, 3.0], vec![-4.0, 1.0, 2.0]];
        let norm = |channels, kernel: Vec<f64>| {
            let a = Convolution::line(channels, axis, kernel).unwrap();
            a.spectral_norm(1e-6, &mut digits()).unwrap().norm
        };
        let single = kernels.clone().map(|kernel| norm(Channels::dense(1, 1), kernel));
        let both = norm(Channels { inputs: 2, outputs: 2, groups: 2 }, kernels.concat());
        let larger = single[0].high().max(single[1].high());
        assert!((both.high() / larger - 1.0).abs() < 2e-6);
    }
}
