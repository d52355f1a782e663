//! What every theorem returns: an upper bound with its confidence, its terms and the account of both.

use std::fmt::{self, Display};

use saddlepoint_rigor::{Down, Rounding, Up};

use super::hypothesis::{Violation, count};
use crate::quantity::Confidence;

/// An upper bound of a risk, true with at least the [`confidence`](Self::confidence) that its ledger leaves.
///
/// # Example
/// ```
/// use saddlepoint_theory::bounds::certificate::Verdict;
/// use saddlepoint_theory::bounds::hoeffding::Hoeffding;
///
/// let bound = Hoeffding::new(0.05, 100, 0.05)?.evaluate();
/// assert!(bound.value() < 0.1724 && bound.confidence() == 0.95);
/// assert_eq!((bound.verdict(), bound.dominant().name), (Verdict::Informative, "confidence"));
/// # Ok::<(), saddlepoint_theory::bounds::hypothesis::Violation>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Certificate {
    theorem: &'static str,
    value: f64,
    terms: Vec<Term>,
    dominant: Term,
    ledger: Ledger,
}

/// By how much a bound grows when one of its ingredients is let in, after those before it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Term {
    /// The ingredient.
    pub name: &'static str,
    /// Its part of the bound, rounded up.
    pub value: f64,
}

/// Whether a bound says anything about a risk, which is at most 1 in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Below 1.
    Informative,
    /// 1 or more.
    Vacuous,
}

impl Certificate {
    /// A bound that ends in the last of the `levels`: its values with more and more ingredients, after the observed
    /// one. What is not a number bounds nothing, and becomes infinite.
    pub(crate) fn new(
        theorem: &'static str,
        ledger: Ledger,
        observed: (&'static str, f64),
        levels: &[(&'static str, f64)],
    ) -> Self {
        let mut level = number(observed.1);
        let mut dominant = Term { name: observed.0, value: level };
        let mut terms = vec![dominant];
        for &(name, next) in levels {
            let next = number(next);
            // Ingredients that are rounded away may lower a level by a float: their part is 0.
            let part = if next > level { Up::sub(next, level) } else { 0.0 };
            let term = Term { name, value: part };
            if term.value > dominant.value {
                dominant = term;
            }
            terms.push(term);
            level = next;
        }
        Self { theorem, value: level, terms, dominant, ledger }
    }

    /// The theorem that was used.
    pub fn theorem(&self) -> &'static str {
        self.theorem
    }

    /// The bound, rounded up; it may exceed 1.
    pub fn value(&self) -> f64 {
        self.value
    }

    /// The probability with which the bound is true at least, rounded down.
    pub fn confidence(&self) -> f64 {
        Down::sub(1.0, self.ledger.total())
    }

    /// The smaller of two bounds that hold together, because one ledger pays for both; this one, if they are equal.
    pub(crate) fn or_smaller(self, other: Self) -> Self {
        if other.value < self.value { other } else { self }
    }

    /// The parts of the bound in the order in which they were let in; their sum is not below the bound.
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// The largest part.
    pub fn dominant(&self) -> Term {
        self.dominant
    }

    /// How far the bound stays below 1, rounded down: negative beyond.
    pub fn slack(&self) -> f64 {
        Down::sub(1.0, self.value)
    }

    /// Whether the bound says anything.
    pub fn verdict(&self) -> Verdict {
        if self.value < 1.0 { Verdict::Informative } else { Verdict::Vacuous }
    }

    /// How the failure probability was spent.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }
}

fn number(x: f64) -> f64 {
    if x.is_nan() { f64::INFINITY } else { x }
}

impl Display for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: at most {} with confidence {}", self.theorem, self.value, self.confidence())?;
        for (i, term) in self.terms.iter().enumerate() {
            write!(f, "{} {} {}", if i == 0 { " =" } else { " +" }, term.name, term.value)?;
        }
        write!(f, "{}", if self.verdict() == Verdict::Vacuous { " (vacuous)" } else { "" })
    }
}

/// How a failure probability was spent: one expense for each random event that the bound rests on.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Ledger(Vec<Expense>);

/// A failure probability, and the part of it that is left for each statement: equal parts are counted, unequal ones are
/// given by their logarithm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expense {
    /// What it pays for.
    pub purpose: &'static str,
    /// The failure probability of all statements together.
    pub delta: f64,
    /// The number of statements that share it in equal parts: the members of a class or of a finite grid. 1 where there is
    /// one statement, or the parts are unequal.
    pub shared_by: u64,
    /// For a countable grid, whose parts are unequal: minus the logarithm of the part in use, rounded up. 0 where there is
    /// none.
    pub nats: f64,
}

impl Expense {
    pub(crate) fn new(purpose: &'static str, delta: Confidence, shared_by: u64) -> Self {
        Self { purpose, delta: delta.delta(), shared_by, nats: 0.0 }
    }

    /// The same for one value of a countable grid, whose parts sum to 1 at most: minus the logarithm of its part.
    pub(crate) fn weighted(self, nats: f64) -> Self {
        Self { nats, ..self }
    }

    /// What is left for each statement, or for the value of the grid that was used, rounded down.
    pub fn each(&self) -> f64 {
        let part = Down::mul(self.delta, Down::exp(-self.nats));
        Down::div(part, count::<Up>(self.shared_by)).max(0.0)
    }
}

impl Ledger {
    /// The expenses.
    pub fn expenses(&self) -> &[Expense] {
        &self.0
    }

    /// The probability that anything fails at most, rounded up.
    pub fn total(&self) -> f64 {
        self.0.iter().fold(0.0, |sum, expense| Up::add(sum, expense.delta))
    }

    pub(crate) fn of(expense: Expense) -> Self {
        Self(vec![expense])
    }

    /// One expense more.
    pub(crate) fn with(mut self, expense: Expense) -> Self {
        self.0.push(expense);
        self
    }

    /// The same, if any confidence is left.
    pub(crate) fn solvent(self) -> Result<Self, Violation> {
        let total = self.total();
        if total < 1.0 { Ok(self) } else { Err(Violation::Overspent(total)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expense(delta: f64) -> Expense {
        Expense::new("a test", Confidence::new(delta).unwrap(), 3)
    }

    #[test]
    fn levels_become_terms() {
        let ledger = Ledger::of(expense(0.1)).with(expense(0.2));
        let bound = Certificate::new("test", ledger, ("observed", 0.25), &[("large", 0.75), ("small", 0.875)]);
        let parts: Vec<f64> = bound.terms().iter().map(|term| term.value).collect();
        assert_eq!((parts, bound.dominant().name), (vec![0.25, 0.5, 0.125], "large"));
        assert_eq!((bound.value(), bound.slack(), bound.verdict()), (0.875, 0.125, Verdict::Informative));
        assert!(bound.confidence() <= 0.7 && bound.confidence() > 0.7 - 1e-15);
        assert!(bound.ledger().expenses()[0].each() * 3.0 <= 0.1);
        assert!(!bound.to_string().contains("vacuous"));
    }

    #[test]
    fn what_is_no_number_is_vacuous() {
        let bound = Certificate::new("test", Ledger::default(), ("observed", 0.5), &[("confidence", f64::NAN)]);
        assert_eq!((bound.value(), bound.verdict()), (f64::INFINITY, Verdict::Vacuous));
    }

    #[test]
    fn a_ledger_without_confidence_is_refused() {
        let refusal = Ledger::of(expense(0.6)).with(expense(0.5)).solvent().unwrap_err();
        assert!(matches!(refusal, Violation::Overspent(total) if total >= 1.1), "{refusal}");
    }
}
