//! What the test-set bounds share: a sample that the predictor was not chosen on.

use saddlepoint_rigor::{Down, Rounding, Up};

use super::certificate::{Certificate, Expense, Ledger};
use super::hypothesis::{Violation, count, error_rate, log_inverse};
use crate::quantity::{Confidence, Divergence, Risk, SampleSize};

/// The mean of `n` independent, identically distributed losses in `[0, 1]` of one predictor that was fixed before they
/// were seen, and the probability with which a statement about it may fail.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct TestSample {
    observed: Risk,
    n: SampleSize,
    delta: Confidence,
}

impl TestSample {
    /// Refuses an `observed` outside `[0, 1]`, no observations, and a `delta` outside `(0, 1)`.
    pub(crate) fn new(observed: f64, n: u64, delta: f64) -> Result<Self, Violation> {
        Ok(Self { observed: Risk::new(observed)?, n: SampleSize::new(n)?, delta: Confidence::new(delta)? })
    }

    /// The same for errors, of which there cannot be more than observations.
    pub(crate) fn of_errors(errors: u64, n: u64, delta: f64) -> Result<Self, Violation> {
        Self::new(error_rate(errors, n)?.get(), n, delta)
    }

    pub(crate) fn observed(&self) -> Risk {
        self.observed
    }

    pub(crate) fn size(&self) -> SampleSize {
        self.n
    }

    pub(crate) fn delta(&self) -> Confidence {
        self.delta
    }

    /// `ln(1/δ)/n`, rounded up: what the divergence between the observed and the true risk stays below.
    pub(crate) fn budget(&self) -> Divergence {
        Divergence::saturated(Up::div(log_inverse(self.delta), count::<Down>(self.n.get())))
    }

    /// The certificate of an upper bound of the true risk.
    pub(crate) fn certificate(&self, theorem: &'static str, bound: f64) -> Certificate {
        let ledger = Ledger::of(Expense::new("the test sample", self.delta, 1));
        Certificate::new(theorem, ledger, ("observed risk", self.observed.get()), &[("confidence", bound)])
    }
}
