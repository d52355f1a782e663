//! Piecewise linear interpolation as a network with one hidden ReLU layer.

use saddlepoint_rigor::{Down, Rounding, Up};

use super::Scalar;

/// Why values are not interpolated.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum InterpolationError {
    /// Fewer than two values span no cell.
    #[error("{0} values: at least two are needed")]
    TooFewValues(usize),
    /// A value that is NaN or infinite, or a slope that overflows.
    #[error("value {0} or the slope after it is not a finite number")]
    NotFinite(usize),
    /// What bounds no derivative.
    #[error("{0} bounds no derivative: a bound is at least 0 and finite")]
    Derivative(f64),
    /// More cells than are made.
    #[error("{0} cells: at most {MOST_CELLS} are made")]
    TooManyCells(u32),
}

/// How far the interpolant on `cells` cells is from a function with `|f''| ≤ second`, at most; `x²` is as far.
///
/// # Formula
/// `‖f''‖_∞/(8N²)`, rounded up
///
/// # Errors
/// When there is no cell, or `second` is negative or not finite.
///
/// # Reference
/// de Boor, *A Practical Guide to Splines* (1978), chapter III.
///
/// # Example
/// ```
/// use saddlepoint_theory::expressivity::interpolation::error_of_smooth;
///
/// assert_eq!(error_of_smooth(4, 2.0)?, 1.0 / 64.0); // x² between two of four knots
/// # Ok::<(), saddlepoint_theory::expressivity::interpolation::InterpolationError>(())
/// ```
pub fn error_of_smooth(cells: u32, second: f64) -> Result<f64, InterpolationError> {
    let cells = require(cells, second)?;
    Ok(Up::div(second, Down::mul(8.0, Down::mul(cells, cells))))
}

/// How far the interpolant on `cells` cells is from an `L`-Lipschitz function, at most; a kink between two knots is as far.
///
/// # Formula
/// `L/(2N)`, rounded up
///
/// # Errors
/// When there is no cell, or `lipschitz` is negative or not finite.
///
/// # Reference
/// de Boor, *A Practical Guide to Splines* (1978), chapter III.
pub fn error_of_lipschitz(cells: u32, lipschitz: f64) -> Result<f64, InterpolationError> {
    let cells = require(cells, lipschitz)?;
    Ok(Up::div(lipschitz, 2.0 * cells))
}

fn require(cells: u32, derivative: f64) -> Result<f64, InterpolationError> {
    if cells == 0 {
        return Err(InterpolationError::TooFewValues(1));
    }
    if !(derivative >= 0.0 && derivative.is_finite()) {
        return Err(InterpolationError::Derivative(derivative));
    }
    Ok(f64::from(cells))
}

/// The most cells that a function is interpolated on.
pub const MOST_CELLS: u32 = 1 << 22;

/// The continuous function on `[0, 1]` that is affine on each of `N` equal cells, as a network of `N` units.
///
/// # Formula
/// `f(0) + Σ_{k<N} (s_{k+1} − s_k) relu(x − k/N)` with the slopes `s_k` of the cells from left to right and `s₀ = 0`.
///
/// How far it is from the function that it interpolates: [`error_of_smooth`], [`error_of_lipschitz`].
///
/// # Example
/// ```
/// use saddlepoint_theory::expressivity::interpolation::Interpolant;
///
/// let tent = Interpolant::new(vec![0.0, 1.0, 0.0])?;
/// assert_eq!([0.25, 0.5, 0.75].map(|x| tent.network(x)), [0.5, 1.0, 0.5]);
/// # Ok::<(), saddlepoint_theory::expressivity::interpolation::InterpolationError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Interpolant<T> {
    values: Vec<T>,
    knots: Vec<T>,
    weights: Vec<T>,
}

impl<T: Scalar> Interpolant<T> {
    /// The interpolant of values at `0, 1/N, …, 1`.
    ///
    /// # Errors
    /// When there are fewer than two values, or one or a slope is not finite.
    pub fn new(values: Vec<T>) -> Result<Self, InterpolationError> {
        let too_few = InterpolationError::TooFewValues(values.len());
        let cells = i32::try_from(values.len()).ok().filter(|n| *n > 1).ok_or(too_few)? - 1;
        let (mut slope, mut knots, mut weights) = (T::integer(0), Vec::new(), Vec::new());
        for (k, pair) in (0..).zip(values.windows(2)) {
            let next = (pair[1].clone() - pair[0].clone()) * T::integer(cells);
            let weight = next.clone() - slope;
            if !weight.is_number() {
                return Err(InterpolationError::NotFinite(k as usize));
            }
            weights.push(weight);
            knots.push(T::integer(k) / T::integer(cells));
            slope = next;
        }
        Ok(Self { values, knots, weights })
    }

    /// The interpolant of a function.
    ///
    /// # Errors
    /// As [`new`](Self::new), and when there are more than [`MOST_CELLS`] cells.
    pub fn of(cells: u32, function: impl Fn(T) -> T) -> Result<Self, InterpolationError> {
        if cells > MOST_CELLS {
            return Err(InterpolationError::TooManyCells(cells));
        }
        let cells = cells as i32;
        let values = (0..=cells).filter(|_| cells > 0).map(|k| function(T::integer(k) / T::integer(cells)));
        Self::new(values.collect())
    }

    /// `N`, the number of cells and of units.
    pub fn units(&self) -> usize {
        self.weights.len()
    }

    /// The network's output, computed in `T` as the network computes it.
    #[allow(clippy::needless_pass_by_value, reason = "a number, like in all networks built by hand")]
    pub fn network(&self, x: T) -> T {
        let units = self.knots.iter().zip(&self.weights);
        units.fold(self.values[0].clone(), |sum, (knot, weight)| {
            sum + weight.clone() * (x.clone() - knot.clone()).relu()
        })
    }

    /// The same function between its two values: continued as a line beyond `1`, and constant below `0`, like the network.
    pub fn between_values(&self, x: T) -> T {
        let right = self.knots.partition_point(|knot| *knot <= x);
        if right == 0 {
            return self.values[0].clone();
        }
        let (k, cells) = (right - 1, T::integer(self.weights.len() as i32));
        let rise = self.values[k + 1].clone() - self.values[k].clone();
        self.values[k].clone() + rise * ((x - self.knots[k].clone()) * cells)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_spans_no_cell_is_refused() {
        use InterpolationError::{NotFinite, TooFewValues};
        assert_eq!(Interpolant::new(vec![1.0]), Err(TooFewValues(1)));
        assert_eq!(Interpolant::of(0, |x: f64| x), Err(TooFewValues(0)));
        assert_eq!(Interpolant::new(vec![0.0, 1.0, f64::NAN]), Err(NotFinite(1)));
        assert_eq!(Interpolant::new(vec![1e308, -1e308]), Err(NotFinite(0)));
    }

    /// Teeth: half a percent less is not enough, for a parabola nor for a kink in the middle of a cell.
    #[test]
    fn the_errors_are_reached() {
        for cells in [1u32, 2, 3, 7, 50] {
            let middle = (f64::from(cells / 2) + 0.5) / f64::from(cells);
            let kink = Interpolant::of(cells, |x: f64| (x - middle).abs()).unwrap();
            let (found, bound) = (kink.network(middle), error_of_lipschitz(cells, 1.0).unwrap());
            assert!(found <= bound + 1e-15 && found > 0.995 * bound, "{cells}: {found} against {bound}");
            let square = Interpolant::of(cells, |x: f64| x * x).unwrap();
            let (found, bound) =
                (square.network(middle) - middle * middle, error_of_smooth(cells, 2.0).unwrap());
            assert!(found <= bound + 1e-15 && found > 0.995 * bound, "{cells}: {found} against {bound}");
        }
        assert_eq!(error_of_smooth(0, 1.0), Err(InterpolationError::TooFewValues(1)));
        assert_eq!(error_of_lipschitz(1, -1.0), Err(InterpolationError::Derivative(-1.0)));
    }

    proptest! {
        #[test]
        fn any_bits_of_a_derivative_are_bounded_or_refused(cells in any::<u32>(), bits in any::<u64>()) {
            for error in [error_of_smooth, error_of_lipschitz] {
                if let Ok(error) = error(cells, f64::from_bits(bits)) {
                    prop_assert!(error >= 0.0 && error.is_finite());
                }
            }
        }

        #[test]
        fn any_bits_are_bounded_or_refused(bits in prop::collection::vec(any::<u64>(), 0..5)) {
            if let Ok(f) = Interpolant::new(bits.into_iter().map(f64::from_bits).collect()) {
                prop_assert_eq!(f.network(0.0), f.between_values(0.0));
            }
        }
    }
}
