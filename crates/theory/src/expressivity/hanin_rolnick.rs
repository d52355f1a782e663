//! How many pieces networks have on average: in the first layer, exactly.

/// Why there is no average.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum AverageError {
    /// Weights that are all zero, or no numbers.
    #[error("a standard deviation of the weights of {0}: it must be positive and finite")]
    Weights(f64),
    /// A deviation that is none.
    #[error("a standard deviation of the biases of {0}: it must be at least 0 and finite")]
    Biases(f64),
    /// An interval without inside.
    #[error("[{low}, {high}] is no interval: its ends must be finite and increase")]
    Interval {
        /// The lower end.
        low: f64,
        /// The upper end.
        high: f64,
    },
}

/// The expected number of breakpoints in an interval of **one** unit of the first layer, `x ↦ relu(w x + b)` with independent
/// normal `w` and `b` of mean 0. A layer of `n` such units has `n` times as many on average, and never more than `n`.
///
/// # Formula
/// The breakpoint `−b/w` is a Cauchy variable of scale `s = σ_b/σ_w`, so that it lies in `[low, high]` with probability
/// `(atan(high/s) − atan(low/s))/π`; on `[−r, r]` this is `(2/π) atan(r σ_w/σ_b)`.
///
/// # Errors
/// When `σ_w` is not positive, `σ_b` is negative, one of them or an end is not finite, or the ends do not increase.
///
/// # Reference
/// Hanin, Rolnick, Complexity of linear regions in deep networks, ICML 2019, theorem 1 bounds the mean number of breakpoints by a
/// constant times length and number of neurons, whatever the depth; this is its first layer in closed form.
///
/// # Example
/// ```
/// use saddlepoint_theory::expressivity::hanin_rolnick::first_layer_breakpoints;
///
/// // He-normal weights for one input have variance 2.
/// let share = first_layer_breakpoints(2f64.sqrt(), 1.0, -1.0, 1.0)?;
/// assert!((share - 0.608173).abs() < 1e-6);
/// # Ok::<(), saddlepoint_theory::expressivity::hanin_rolnick::AverageError>(())
/// ```
pub fn first_layer_breakpoints(
    weight_deviation: f64,
    bias_deviation: f64,
    low: f64,
    high: f64,
) -> Result<f64, AverageError> {
    if !(weight_deviation > 0.0 && weight_deviation.is_finite()) {
        return Err(AverageError::Weights(weight_deviation));
    }
    if !(bias_deviation >= 0.0 && bias_deviation.is_finite()) {
        return Err(AverageError::Biases(bias_deviation));
    }
    if !(low < high && low.is_finite() && high.is_finite()) {
        return Err(AverageError::Interval { low, high });
    }
    // The angle in (−π/2, π/2) whose tangent is end/s, also for s = 0 and where the quotient overflows; at 0 / 0 it is 0.
    let angle = |end: f64| libm::atan2(end * weight_deviation, bias_deviation);
    Ok(((angle(high) - angle(low)) / std::f64::consts::PI).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn without_biases_all_units_break_at_the_origin() {
        assert_eq!(first_layer_breakpoints(1.0, 0.0, -1.0, 1.0), Ok(1.0));
        assert_eq!(first_layer_breakpoints(1.0, 0.0, 1.0, 2.0), Ok(0.0));
    }

    proptest! {
        #[test]
        fn any_bits_are_bounded_or_refused(bits in prop::array::uniform4(any::<u64>())) {
            let [w, b, low, high] = bits.map(f64::from_bits);
            if let Ok(share) = first_layer_breakpoints(w, b, low, high) {
                prop_assert!((0.0..=1.0).contains(&share), "{share}");
            }
        }

        #[test]
        fn parts_add_up(b in 0.01..10f64, cuts in prop::array::uniform3(-5.0..5.0f64)) {
            let mut cuts = cuts;
            cuts.sort_by(f64::total_cmp);
            prop_assume!(cuts[0] < cuts[1] && cuts[1] < cuts[2]);
            let share = |i: usize, j: usize| first_layer_breakpoints(1.5, b, cuts[i], cuts[j]).unwrap();
            prop_assert!((share(0, 1) + share(1, 2) - share(0, 2)).abs() < 1e-15);
        }
    }
}
