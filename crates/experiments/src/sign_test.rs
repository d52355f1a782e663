//! The sign test: whether one of two paired measurements is larger more often than a fair coin would have it.

use statrs::distribution::{Binomial, DiscreteCDF};

/// The probability that a fair coin shows heads at least `wins` times in `trials`: the one-sided p-value of the sign
/// test. Ties count as losses, which can only make it larger.
///
/// # Reference
/// Conover, *Practical nonparametric statistics* (1999), section 3.4.
///
/// # Example
/// ```
/// use saddlepoint_experiments::sign_test::sign_test;
///
/// assert_eq!(sign_test(5, 5), 1.0 / 32.0);
/// assert_eq!(sign_test(0, 0), 1.0);
/// ```
pub fn sign_test(wins: usize, trials: usize) -> f64 {
    if wins == 0 {
        return 1.0;
    }
    let more = |coin: Binomial| coin.sf(wins as u64 - 1);
    if wins == trials {
        // To the last bit, where the incomplete beta function is near it only.
        return 0.5f64.powi(trials as i32);
    }
    Binomial::new(0.5, trials as u64).map_or(f64::NAN, more)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_of_the_binomial_distribution() {
        assert!((sign_test(9, 10) - 11.0 / 1024.0).abs() < 1e-15);
        assert!((sign_test(3, 6) - 42.0 / 64.0).abs() < 1e-14);
        assert_eq!(sign_test(6, 6), 1.0 / 64.0);
    }
}
