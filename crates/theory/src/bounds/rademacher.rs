//! Uniform deviation through the Rademacher complexity.

use saddlepoint_rigor::{Rounding, Up};

use super::certificate::{Certificate, Expense, Ledger};
use super::finite_class::hoeffding;
use super::hypothesis::{Violation, log_inverse};
use crate::capacity::rademacher::Estimate;
use crate::quantity::{Complexity, Confidence, Risk, SampleSize};

/// The mean loss of any member of a class, chosen in whatever way, from its mean on `n` observations.
///
/// The losses are independent, identically distributed and in `[0, 1]`; the class was fixed before they were seen. The
/// complexity is that of the class of losses, without absolute value.
///
/// # Example
/// Thresholds on the line, whose complexity is the same on every sample:
/// ```
/// use saddlepoint_theory::bounds::rademacher::{ClassComplexity, UniformDeviation};
/// use saddlepoint_theory::capacity::rademacher::thresholds;
/// use saddlepoint_theory::quantity::SampleSize;
///
/// let n = SampleSize::new(1000)?;
/// let expected = UniformDeviation::new(0.1, ClassComplexity::expected(thresholds(n), n), 0.05)?.evaluate();
/// let empirical = UniformDeviation::new(0.1, ClassComplexity::empirical(thresholds(n), n), 0.05)?.evaluate();
/// assert!(expected.value() < 0.19 && empirical.value() < 0.28);
/// # Ok::<(), saddlepoint_theory::bounds::hypothesis::Violation>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct UniformDeviation {
    observed: Risk,
    complexity: ClassComplexity,
    delta: Confidence,
}

/// A Rademacher complexity with the size of the samples that it is one of, and what it is known from, which decides what
/// it costs.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassComplexity {
    /// Before what it was estimated from draws of signs is paid for, and after; the same if nothing was drawn.
    estimate: f64,
    bound: Complexity,
    n: SampleSize,
    source: Source,
    ledger: Ledger,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Sample,
    Expectation,
}

impl ClassComplexity {
    /// An upper bound of the empirical complexity on the very sample of the theorem, of `n` observations.
    pub fn empirical(bound: Complexity, n: SampleSize) -> Self {
        Self { estimate: bound.get(), bound, n, source: Source::Sample, ledger: Ledger::default() }
    }

    /// An upper bound of the expected complexity, over all samples of `n` observations: a sample that is not looked at
    /// costs nothing.
    pub fn expected(bound: Complexity, n: SampleSize) -> Self {
        Self { source: Source::Expectation, ..Self::empirical(bound, n) }
    }

    /// The empirical complexity, estimated from draws of signs for the points of the sample; the failure probability `delta`
    /// of its upper limit adds to that of the theorem.
    ///
    /// # Errors
    /// When `delta` is not in `(0, 1)`.
    pub fn estimated(draws: &Estimate, delta: f64) -> Result<Self, Violation> {
        let delta = Confidence::new(delta)?;
        let bound = draws.upper(delta)?;
        let ledger = Ledger::of(Expense::new("the draws of signs", delta, 1));
        let (estimate, n) = (draws.mean().high().min(bound.get()), SampleSize::new(draws.points() as u64)?);
        Ok(Self { estimate, bound, n, source: Source::Sample, ledger })
    }

    /// The size of the samples that it is the complexity on.
    pub fn sample_size(&self) -> SampleSize {
        self.n
    }
}

impl UniformDeviation {
    /// A mean loss `observed` (rounded up, if it had to be rounded) of one member of the class on as many observations as
    /// the complexity is one of.
    ///
    /// # Errors
    /// When `observed` is not in `[0, 1]`, or `delta` is not in `(0, 1)` or leaves no confidence together with what the
    /// estimate of the complexity has cost.
    pub fn new(observed: f64, complexity: ClassComplexity, delta: f64) -> Result<Self, Violation> {
        let theorem = Self { observed: Risk::new(observed)?, complexity, delta: Confidence::new(delta)? };
        theorem.ledger().solvent()?;
        Ok(theorem)
    }

    /// The bound.
    ///
    /// # Formula
    /// `q + 2 R̂ₙ + 3 √(ln(2/δ) / 2n)` with the empirical complexity, which is itself observed: two statements share `δ`.
    /// `q + 2 Rₙ + √(ln(1/δ) / 2n)` with the expected one.
    ///
    /// # Reference
    /// Bartlett and Mendelson, Rademacher and Gaussian complexities, JMLR 3, 2002, theorem 8; Mohri, Rostamizadeh,
    /// Talwalkar, *Foundations of Machine Learning*, 2nd edition 2018, theorem 3.3.
    pub fn evaluate(&self) -> Certificate {
        let observed = self.observed.get();
        let class = Up::add(observed, 2.0 * self.complexity.estimate);
        let drawn = Up::add(observed, 2.0 * self.complexity.bound.get());
        let n = self.complexity.n;
        let confidence = match self.complexity.source {
            Source::Sample => confidence_on_sample(self.delta, 0.0, n),
            Source::Expectation => hoeffding(log_inverse(self.delta), n),
        };
        let mut levels = vec![("class", class)];
        if !self.complexity.ledger.expenses().is_empty() {
            levels.push(("Monte Carlo", drawn));
        }
        levels.push(("confidence", Up::add(drawn, confidence)));
        Certificate::new("Rademacher", self.ledger(), ("observed risk", observed), &levels)
    }

    fn ledger(&self) -> Ledger {
        let (purpose, shared_by) = match self.complexity.source {
            Source::Sample => ("the deviation of the class and that of its complexity", 2),
            Source::Expectation => ("the deviation of the class", 1),
        };
        self.complexity.ledger.clone().with(Expense::new(purpose, self.delta, shared_by))
    }
}

/// `3 √((ln(2/δ) + t) / 2n)`, rounded up.
fn confidence_on_sample(delta: Confidence, t: f64, n: SampleSize) -> f64 {
    Up::mul(3.0, hoeffding(Up::add(Up::ln(Up::div(2.0, delta.delta())), t), n))
}

/// The certificate of one function of a class that was chosen from a grid: its name and sample mean, upper bounds of
/// the class's empirical complexity with more and more of its parts, and the price of the grid in nats.
pub(crate) fn certificate(
    theorem: &'static str,
    observed: (&'static str, Risk),
    complexities: &[(&'static str, f64)],
    grid: Option<f64>,
    n: SampleSize,
    delta: Confidence,
) -> Certificate {
    let mut level = observed.1.get();
    let mut levels = Vec::new();
    for &(name, complexity) in complexities {
        level = Up::add(observed.1.get(), 2.0 * complexity);
        levels.push((name, level));
    }
    levels.push(("confidence", Up::add(level, confidence_on_sample(delta, 0.0, n))));
    if let Some(nats) = grid {
        levels.push(("grid", Up::add(level, confidence_on_sample(delta, nats, n))));
    }
    let purpose = "the deviation of the class and that of its complexity";
    let ledger = Ledger::of(Expense::new(purpose, delta, 2).weighted(grid.unwrap_or(0.0)));
    Certificate::new(theorem, ledger, (observed.0, observed.1.get()), &levels)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::quantity::QuantityError;

    fn size(n: u64) -> SampleSize {
        SampleSize::new(n).unwrap()
    }

    fn complexity(value: f64) -> Complexity {
        Complexity::new(value).unwrap()
    }

    #[test]
    fn the_empirical_complexity_costs_a_second_statement() {
        let known = |source| UniformDeviation::new(0.25, source, 0.05).unwrap().evaluate();
        let empirical = known(ClassComplexity::empirical(complexity(0.125), size(200)));
        let expected = known(ClassComplexity::expected(complexity(0.125), size(200)));
        let gap = |logarithm: f64| (logarithm / 400.0).sqrt();
        assert!((empirical.value() / (0.5 + 3.0 * gap(40f64.ln())) - 1.0).abs() < 1e-14);
        assert!((expected.value() / (0.5 + gap(20f64.ln())) - 1.0).abs() < 1e-14);
        assert_eq!(empirical.ledger().expenses()[0].shared_by, 2);
        assert_eq!((empirical.ledger().total(), expected.ledger().total()), (0.05, 0.05));
    }

    #[test]
    fn what_violates_a_hypothesis_is_refused() {
        let refused = |q, delta| {
            UniformDeviation::new(q, ClassComplexity::empirical(complexity(0.1), size(10)), delta).unwrap_err()
        };
        assert_eq!(refused(1.5, 0.05), QuantityError::Risk(1.5).into());
        assert_eq!(refused(0.5, 1.0), QuantityError::Confidence(1.0).into());
    }

    proptest! {
        #[test]
        fn any_bits_are_bounded_or_refused(bits in any::<[u64; 3]>(), n in any::<u64>(), expected in any::<bool>()) {
            let [q, r, delta] = bits.map(f64::from_bits);
            if let (Ok(bound), Ok(n)) = (Complexity::new(r), SampleSize::new(n)) {
                let source = if expected { ClassComplexity::expected } else { ClassComplexity::empirical };
                if let Ok(theorem) = UniformDeviation::new(q, source(bound, n), delta) {
                    prop_assert!(theorem.evaluate().value() >= q + r);
                }
            }
        }
    }
}
