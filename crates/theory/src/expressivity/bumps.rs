//! Functions made of rectangular bumps, each four ReLU units: the first construction of approximation theory with networks.

use super::Scalar;

/// Why numbers are no bump.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BumpError {
    /// A number that is NaN or infinite.
    #[error("{0} is not a finite number")]
    NotFinite(&'static str),
    /// A ramp that is not positive, or so steep that the slope overflows.
    #[error("the ramps need a positive width over which the slope is finite")]
    Ramp,
    /// A plateau that is empty.
    #[error("the plateau is empty: the right end must lie beyond the left ramp")]
    Plateau,
    /// No bumps.
    #[error("0 bumps: at least one is needed")]
    Empty,
}

/// A trapezoid: 0 outside of `[a, b + ε]`, `h` on `[a + ε, b]`, linear between.
///
/// # Formula
/// `h/ε · (relu(x − a) − relu(x − (a + ε)) − relu(x − b) + relu(x − (b + ε)))`
///
/// In exact arithmetic `‖bump − h 1_[a, b]‖₁ = hε`, and bumps that share an end join by a straight ramp. In floating point the
/// four terms cancel after they were rounded at the size of `x`, and the slope magnifies that: the error is about
/// `(h/ε) ulp(x)`, for `ε = 10⁻⁷` in binary32 more than `h`.
///
/// # Reference
/// Ollion and Grisel, *Learning with deep networks*, lecture notes, function `rect`; the order of operations is theirs.
///
/// # Example
/// ```
/// use saddlepoint_theory::expressivity::bumps::Bump;
///
/// let bump = Bump::new(0.0, 1.0, 2.0, 0.25)?;
/// assert_eq!([-1.0, 0.125, 0.5, 1.0, 2.0].map(|x| bump.evaluate(x)), [0.0, 1.0, 2.0, 2.0, 0.0]);
/// # Ok::<(), saddlepoint_theory::expressivity::bumps::BumpError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bump<T> {
    left: T,
    right: T,
    height: T,
    ramp: T,
}

impl<T: Scalar> Bump<T> {
    /// The bump of height `h` over `[a, b]` with ramps of width `ε`.
    ///
    /// # Errors
    /// When a number is not finite, `ε` is not positive or `h/ε` overflows, or `a + ε > b`.
    pub fn new(left: T, right: T, height: T, ramp: T) -> Result<Self, BumpError> {
        let numbers = [("the left end", &left), ("the right end", &right), ("the height", &height)];
        if let Some((what, _)) = numbers.into_iter().find(|(_, number)| !number.is_number()) {
            return Err(BumpError::NotFinite(what));
        }
        if !(ramp > T::integer(0) && (height.clone() / ramp.clone()).is_number()) {
            return Err(BumpError::Ramp);
        }
        if !(left.clone() + ramp.clone() <= right && (right.clone() + ramp.clone()).is_number()) {
            return Err(BumpError::Plateau);
        }
        Ok(Self { left, right, height, ramp })
    }

    /// The network's output, computed in `T` as the network computes it.
    pub fn evaluate(&self, x: T) -> T {
        let Self { left, right, height, ramp } = self.clone();
        let unit = |knot: T| (x.clone() - knot).relu();
        let up = unit(left.clone()) - unit(left + ramp.clone());
        let down = up - unit(right.clone());
        height / ramp.clone() * (down + (x - (right + ramp)).relu())
    }

    /// Where the bump is meant to be `h`.
    pub fn on_plateau(&self, x: &T) -> bool {
        self.left.clone() + self.ramp.clone() <= *x && *x <= self.right
    }

    /// Where the bump is meant to be 0.
    pub fn is_outside(&self, x: &T) -> bool {
        *x <= self.left || self.right.clone() + self.ramp.clone() <= *x
    }

    /// `∫ |bump − h 1_[a, b]|`: `|h| ε`.
    pub fn l1_error(&self) -> T {
        let area = self.height.clone() * self.ramp.clone();
        if area < T::integer(0) { T::integer(0) - area } else { area }
    }
}

/// The function on `[0, 1]` made of `N` equal bumps as high as given: a staircase whose steps are ramps of width `ε`, which begin at
/// `k/N`.
///
/// Coinciding knots of neighbours merged, it has `N + 1` ramps of two units each. For an `L`-Lipschitz `f` and heights
/// `f((k + ½)/N)`, the error is at most `L/(2N) + Lε` from the end of the first ramp on.
///
/// # Errors
/// When there is no height, or the bumps are none.
///
/// # Example
/// ```
/// use saddlepoint_theory::expressivity::bumps::staircase;
///
/// let bumps = staircase(&[1.0, 3.0], &0.25)?;
/// let value = |x: f64| bumps.iter().map(|bump| bump.evaluate(x)).sum::<f64>();
/// // Halfway up the ramp between the two.
/// assert_eq!((value(0.5), value(0.625), value(0.75)), (1.0, 2.0, 3.0));
/// # Ok::<(), saddlepoint_theory::expressivity::bumps::BumpError>(())
/// ```
pub fn staircase<T: Scalar>(heights: &[T], ramp: &T) -> Result<Vec<Bump<T>>, BumpError> {
    let count = i32::try_from(heights.len()).ok().filter(|n| *n > 0).ok_or(BumpError::Empty)?;
    let end = |k: i32| T::integer(k) / T::integer(count);
    let bump = |(k, height): (i32, &T)| Bump::new(end(k), end(k + 1), height.clone(), ramp.clone());
    (0..).zip(heights).map(bump).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_bump_is_refused() {
        let error = |a, b, h, e| Bump::new(a, b, h, e).unwrap_err();
        assert_eq!(error(f64::NAN, 1.0, 1.0, 0.1), BumpError::NotFinite("the left end"));
        assert_eq!(error(0.0, 1.0, 1.0, 0.0), BumpError::Ramp);
        assert_eq!(error(0.0, 1.0, 1.0, f64::NAN), BumpError::Ramp);
        assert_eq!(error(0.0, 1.0, 1e300, 1e-300), BumpError::Ramp);
        assert_eq!(error(0.0, 1.0, 1.0, 1.5), BumpError::Plateau);
        assert_eq!(staircase::<f64>(&[], &0.1).unwrap_err(), BumpError::Empty);
    }

    proptest! {
        #[test]
        fn any_bits_are_bounded_or_refused(bits in prop::array::uniform5(any::<u64>())) {
            let [a, b, h, e, x] = bits.map(f64::from_bits);
            if let Ok(bump) = Bump::new(a, b, h, e) {
                prop_assert!(bump.l1_error() >= 0.0);
                let value = bump.evaluate(x);
                prop_assert!(!x.is_finite() || !value.is_nan() || x.abs() > 1e100 || h.abs() / e > 1e100, "{value}");
            }
        }
    }
}
