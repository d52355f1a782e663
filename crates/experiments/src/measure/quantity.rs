//! What is measured of a network, as data: numbers with what is certain about them, bounds, refusals, plots.

use serde::{Deserialize, Serialize};

use crate::figure::Figure;

/// How certain a number is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "certainty", rename_all = "kebab-case")]
pub enum Certainty {
    /// Computed without sampling: right up to the rounding of the precision in which the network runs.
    Computed,
    /// The true number lies between these ends, all rounding included.
    Enclosed {
        /// Lower end.
        #[serde(with = "crate::number")]
        low: f64,
        /// Upper end.
        #[serde(with = "crate::number")]
        high: f64,
    },
    /// Estimated from random draws or from the examples as a sample of their distribution.
    Estimated {
        /// Estimated standard deviation of the estimate; NaN where the interval is exact and has none.
        #[serde(with = "crate::number")]
        standard_error: f64,
        /// Lower end of the interval.
        #[serde(with = "crate::number")]
        low: f64,
        /// Upper end of the interval.
        #[serde(with = "crate::number")]
        high: f64,
        /// The probability with which such intervals contain the true number.
        confidence: f64,
    },
    /// The true number is not larger.
    AtMost,
    /// The true number is not smaller: a search or a sample, which may have missed the largest.
    AtLeast,
}

/// A measured number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quantity {
    /// What it is, in the field's words: `largest eigenvalue of the Hessian`.
    pub name: String,
    /// Which layer, block of parameters or part of the data it is of; empty for the network as a whole.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub of: String,
    /// The number.
    #[serde(with = "crate::number")]
    pub value: f64,
    /// Its unit; empty for a number without one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// How certain it is.
    #[serde(flatten)]
    pub certainty: Certainty,
    /// How it was made.
    pub method: String,
}

impl Quantity {
    /// A number that is [computed](Certainty::Computed).
    pub fn computed(name: impl Into<String>, value: f64, method: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            of: String::new(),
            value,
            unit: String::new(),
            certainty: Certainty::Computed,
            method: method.into(),
        }
    }

    /// A number between two ends that are certain; its value is the middle.
    pub fn enclosed(
        name: impl Into<String>,
        within: saddlepoint_rigor::Interval,
        method: impl Into<String>,
    ) -> Self {
        let certainty = Certainty::Enclosed { low: within.low(), high: within.high() };
        Self { certainty, ..Self::computed(name, within.midpoint(), method) }
    }

    /// An estimate with its interval.
    pub fn estimated(
        name: impl Into<String>,
        value: f64,
        standard_error: f64,
        (low, high): (f64, f64),
        method: impl Into<String>,
    ) -> Self {
        let certainty = Certainty::Estimated { standard_error, low, high, confidence: CONFIDENCE };
        Self { certainty, ..Self::computed(name, value, method) }
    }

    /// The same with another certainty.
    #[must_use]
    pub fn that_is(self, certainty: Certainty) -> Self {
        Self { certainty, ..self }
    }

    /// The same of a part.
    #[must_use]
    pub fn of(self, part: impl Into<String>) -> Self {
        Self { of: part.into(), ..self }
    }

    /// The same with a unit.
    #[must_use]
    pub fn unit(self, unit: impl Into<String>) -> Self {
        Self { unit: unit.into(), ..self }
    }

    /// The ends between which it lies, where it has any.
    pub fn ends(&self) -> Option<(f64, f64)> {
        match self.certainty {
            Certainty::Enclosed { low, high } | Certainty::Estimated { low, high, .. } => Some((low, high)),
            _ => None,
        }
    }
}

/// The confidence of all intervals.
pub const CONFIDENCE: f64 = 0.95;

/// A bound of the risk that a theorem certifies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bound {
    /// The theorem.
    pub theorem: String,
    /// What it bounds.
    pub of: String,
    /// The bound, rounded up; from 1 on it says nothing about a probability.
    #[serde(with = "crate::number")]
    pub value: f64,
    /// The probability with which it holds, over draws of the data.
    pub confidence: f64,
    /// Whether it is below 1.
    pub informative: bool,
    /// The largest of its terms.
    pub dominant: String,
    /// Its terms, in the order in which they were let in.
    pub terms: Vec<Term>,
}

/// A part of a [`Bound`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Term {
    /// The ingredient.
    pub name: String,
    /// By how much it raises the bound.
    #[serde(with = "crate::number")]
    pub value: f64,
}

impl Bound {
    /// A bound of `of` from what a theorem returned.
    pub fn new(of: &str, certificate: &saddlepoint_theory::bounds::certificate::Certificate) -> Self {
        let terms = certificate.terms().iter();
        Self {
            theorem: certificate.theorem().to_owned(),
            of: of.to_owned(),
            value: certificate.value(),
            confidence: certificate.confidence(),
            informative: certificate.value() < 1.0,
            dominant: certificate.dominant().name.to_owned(),
            terms: terms.map(|term| Term { name: term.name.to_owned(), value: term.value }).collect(),
        }
    }
}

/// Something that cannot be said of this network, and the hypothesis that fails.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Refusal {
    /// What was asked for.
    pub what: String,
    /// Why it is refused.
    pub reason: String,
}

impl Refusal {
    /// A refusal with its reason.
    pub fn new(what: impl Into<String>, reason: impl std::fmt::Display) -> Self {
        Self { what: what.into(), reason: reason.to_string() }
    }
}

/// What one instrument found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Findings {
    /// One or two sentences for someone who reads nothing else.
    pub sentence: String,
    /// The numbers.
    pub quantities: Vec<Quantity>,
    /// The bounds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bounds: Vec<Bound>,
    /// What could not be measured or does not hold here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refusals: Vec<Refusal>,
    /// The plots.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub figures: Vec<Figure>,
}

impl Findings {
    /// The quantity of this name, of the network as a whole.
    pub fn find(&self, name: &str) -> Option<&Quantity> {
        self.quantities.iter().find(|quantity| quantity.name == name && quantity.of.is_empty())
    }

    /// Adds what an attempt gave: numbers, or a refusal with the error's sentence.
    pub fn attempt<E: std::fmt::Display>(&mut self, what: &str, found: Result<Vec<Quantity>, E>) {
        match found {
            Ok(quantities) => self.quantities.extend(quantities),
            Err(error) => self.refusals.push(Refusal::new(what, error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_read_back_with_numbers_that_json_has_not() {
        let quantity = Quantity::computed("κ", f64::INFINITY, "division by zero").of("layer 1").unit("nats");
        let estimate = Quantity::estimated("trace", 3.0, f64::NAN, (f64::NEG_INFINITY, 4.0), "by hand");
        let findings = Findings { quantities: vec![quantity.clone(), estimate], ..Findings::default() };
        let text = serde_json::to_string(&findings).unwrap();
        let back: Findings = serde_json::from_str(&text).unwrap();
        assert_eq!(back.quantities[0], quantity);
        assert_eq!(back.quantities[1].ends(), Some((f64::NEG_INFINITY, 4.0)));
        assert_eq!(serde_json::to_string(&back).unwrap(), text);
        assert_eq!(back.find("κ"), None, "it is of a layer");
    }
}
