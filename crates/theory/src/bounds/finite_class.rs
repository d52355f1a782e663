//! Uniform deviation over a finite class.

use saddlepoint_rigor::{Down, Rounding, Up};

use super::certificate::{Certificate, Expense, Ledger};
use super::hypothesis::{Violation, count, log_inverse};
use crate::quantity::{Confidence, QuantityError, Risk, SampleSize};

/// The mean loss of any member of a finite class, chosen in whatever way, from its mean on `n` observations.
///
/// The losses are independent, identically distributed and in `[0, 1]`; the class was fixed before they were seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FiniteClass {
    observed: Risk,
    size: u64,
    n: SampleSize,
    delta: Confidence,
}

impl FiniteClass {
    /// A mean loss `observed` (rounded up, if it had to be rounded) of one of `size` hypotheses on `n` observations.
    ///
    /// # Errors
    /// When `observed` is not in `[0, 1]`, the class is empty, `n` is 0, or `delta` is not in `(0, 1)`.
    pub fn new(observed: f64, size: u64, n: u64, delta: f64) -> Result<Self, Violation> {
        let (observed, n, delta) = (Risk::new(observed)?, SampleSize::new(n)?, Confidence::new(delta)?);
        if size == 0 {
            return Err(QuantityError::EmptyClass.into());
        }
        Ok(Self { observed, size, n, delta })
    }

    /// The bound.
    ///
    /// # Formula
    /// `q + √((ln|F| + ln(1/δ)) / 2n)`
    ///
    /// # Reference
    /// Hoeffding's inequality and the union bound; Shalev-Shwartz and Ben-David, *Understanding Machine Learning*,
    /// 2014, corollary 4.6 (one-sided).
    pub fn evaluate(&self) -> Certificate {
        let observed = self.observed.get();
        let size = log_size(self.size);
        let class = Up::add(observed, hoeffding(size, self.n));
        let bound = Up::add(observed, hoeffding(Up::add(size, log_inverse(self.delta)), self.n));
        let ledger = Ledger::of(Expense::new("one sample for each hypothesis", self.delta, self.size));
        let levels = [("class", class), ("confidence", bound)];
        Certificate::new("finite class", ledger, ("observed risk", observed), &levels)
    }
}

/// With probability at least `1 − δ`, no hypothesis of the class has an expected loss that exceeds its observed
/// loss by more than this, rounded up: what [`FiniteClass`] adds to the observed risk.
///
/// # Formula
/// `√((ln|F| + ln(1/δ)) / 2n)`
///
/// # Errors
/// When the class is empty.
///
/// # Reference
/// As [`FiniteClass::evaluate`].
pub fn uniform_deviation(class_size: u64, n: SampleSize, delta: Confidence) -> Result<f64, QuantityError> {
    if class_size == 0 {
        return Err(QuantityError::EmptyClass);
    }
    Ok(hoeffding(Up::add(log_size(class_size), log_inverse(delta)), n))
}

fn log_size(size: u64) -> f64 {
    Up::ln(count::<Up>(size))
}

/// `√(t / 2n)`, rounded up.
pub(crate) fn hoeffding(t: f64, n: SampleSize) -> f64 {
    Up::sqrt(Up::div(t, 2.0 * count::<Down>(n.get())))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::hoeffding::Hoeffding;
    use super::*;

    fn bound(observed: f64, size: u64, n: u64) -> f64 {
        FiniteClass::new(observed, size, n, 0.05).unwrap().evaluate().value()
    }

    #[test]
    fn one_hypothesis_has_hoeffdings_bound() {
        let (n, delta) = (SampleSize::new(100).unwrap(), Confidence::new(0.05).unwrap());
        let gap = uniform_deviation(1, n, delta).unwrap();
        assert!((gap - 0.122_387_341_5).abs() < 1e-10);
        assert!(uniform_deviation(2, n, delta).unwrap() > gap);
        assert!(uniform_deviation(0, n, delta).is_err());
        assert_eq!(bound(0.25, 1, 100), Hoeffding::new(0.25, 100, 0.05).unwrap().evaluate().value());
    }

    #[test]
    fn what_violates_a_hypothesis_is_refused() {
        assert_eq!(FiniteClass::new(0.1, 0, 10, 0.05), Err(QuantityError::EmptyClass.into()));
        assert_eq!(FiniteClass::new(-0.1, 1, 10, 0.05), Err(QuantityError::Risk(-0.1).into()));
        assert_eq!(FiniteClass::new(0.1, 1, 0, 0.05), Err(QuantityError::EmptySample.into()));
        assert_eq!(FiniteClass::new(0.1, 1, 10, -1.0), Err(QuantityError::Confidence(-1.0).into()));
    }

    proptest! {
        #[test]
        fn any_bits_are_bounded_or_refused(
            q in any::<u64>(), size in any::<u64>(), n in any::<u64>(), delta in any::<u64>(),
        ) {
            if let Ok(theorem) = FiniteClass::new(f64::from_bits(q), size, n, f64::from_bits(delta)) {
                let certificate = theorem.evaluate();
                prop_assert!(certificate.value() >= f64::from_bits(q));
                prop_assert!(certificate.ledger().expenses()[0].each() <= f64::from_bits(delta));
            }
        }

        #[test]
        fn no_bound_is_below_the_formula(q in 0.0..=1.0f64, size in 1u64..u64::MAX, n in 1u64..u64::MAX) {
            let naive = q + (((size as f64).ln() + 20f64.ln()) / (2.0 * n as f64)).sqrt();
            prop_assert!(bound(q, size, n) >= naive * (1.0 - 4e-16));
            prop_assert!(bound(q, size, n) <= naive * (1.0 + 1e-14));
        }
    }
}
