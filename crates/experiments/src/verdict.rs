//! What came of a claim: checks that can fail, and the verdict that follows from them.

use std::fmt::{self, Display};
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

/// The five ways in which a claim can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every check passed.
    Reproduced,
    /// At least one check failed.
    NotReproduced,
    /// The statement holds but says nothing here (a bound above its trivial value).
    Vacuous,
    /// The evidence does not decide: too few samples, or tasks missing.
    Inconclusive,
    /// A task could not be run.
    Error,
}

impl Verdict {
    /// All verdicts, in the order in which reports list them.
    pub const ALL: [Verdict; 5] =
        [Verdict::Reproduced, Verdict::NotReproduced, Verdict::Vacuous, Verdict::Inconclusive, Verdict::Error];
}

impl Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Verdict::Reproduced => "reproduced",
            Verdict::NotReproduced => "not reproduced",
            Verdict::Vacuous => "vacuous",
            Verdict::Inconclusive => "inconclusive",
            Verdict::Error => "error",
        })
    }
}

/// One number (or value) measured against what was expected of it.
///
/// Every constructor fixes the comparison; NaN passes none of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// What was measured, in words.
    pub what: String,
    /// The measured value, as it is shown.
    pub measured: String,
    /// The criterion, as it is shown: `≤ 0.05`, `2 ± 1e-9`.
    pub expected: String,
    /// Whether the criterion holds.
    pub passed: bool,
}

impl Check {
    fn new(what: impl Into<String>, measured: impl Display, expected: String, passed: bool) -> Self {
        Check { what: what.into(), measured: measured.to_string(), expected, passed }
    }

    /// `measured ≤ bound`.
    pub fn at_most(what: impl Into<String>, measured: f64, bound: f64) -> Self {
        Self::new(what, show(measured), format!("≤ {}", show(bound)), measured <= bound)
    }

    /// `measured ≥ bound`.
    pub fn at_least(what: impl Into<String>, measured: f64, bound: f64) -> Self {
        Self::new(what, show(measured), format!("≥ {}", show(bound)), measured >= bound)
    }

    /// `measured` lies in a closed interval.
    pub fn within(what: impl Into<String>, measured: f64, range: RangeInclusive<f64>) -> Self {
        let expected = format!("in [{}, {}]", show(*range.start()), show(*range.end()));
        Self::new(what, show(measured), expected, range.contains(&measured))
    }

    /// `|measured − reference| ≤ tolerance`.
    pub fn absolute(what: impl Into<String>, measured: f64, reference: f64, tolerance: f64) -> Self {
        let expected = format!("{} ± {}", precise(reference), show(tolerance));
        Self::new(what, precise(measured), expected, (measured - reference).abs() <= tolerance)
    }

    /// `|measured − reference| ≤ tolerance · |reference|`, with no absolute floor hidden in it.
    pub fn relative(what: impl Into<String>, measured: f64, reference: f64, tolerance: f64) -> Self {
        let expected = format!("{} (relative {})", precise(reference), show(tolerance));
        let passed = (measured - reference).abs() <= tolerance * reference.abs();
        Self::new(what, precise(measured), expected, passed)
    }

    /// `measured = expected`, exactly.
    #[allow(clippy::needless_pass_by_value, reason = "called with numbers, words and texts made on the spot")]
    pub fn equal<T: PartialEq + Display>(what: impl Into<String>, measured: T, expected: T) -> Self {
        let passed = measured == expected;
        Self::new(what, measured, expected.to_string(), passed)
    }

    /// A yes-or-no condition with its own words for what is expected and what was seen.
    pub fn holds(
        what: impl Into<String>,
        passed: bool,
        measured: impl Display,
        expected: impl Into<String>,
    ) -> Self {
        Self::new(what, measured, expected.into(), passed)
    }
}

/// The larger of two measurements. Where one is NaN so is the result: [`f64::max`] hides it, and a check would pass.
pub fn maximum(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) }
}

/// The smaller of two measurements. Where one is NaN so is the result.
pub fn minimum(a: f64, b: f64) -> f64 {
    -maximum(-a, -b)
}

/// A number with six significant digits, in scientific notation where that is shorter to read.
pub fn show(value: f64) -> String {
    digits(value, 6)
}

fn precise(value: f64) -> String {
    digits(value, 12)
}

fn digits(value: f64, significant: usize) -> String {
    let magnitude = value.abs();
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    if (1e-4..1e7).contains(&magnitude) {
        let before_point = magnitude.log10().floor() as i32 + 1;
        let decimals = usize::try_from(significant as i32 - before_point).unwrap_or(0);
        let text = format!("{value:.decimals$}");
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
    } else {
        let text = format!("{value:.*e}", significant - 1);
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let mantissa = if mantissa.contains('.') {
            mantissa.trim_end_matches('0').trim_end_matches('.')
        } else {
            mantissa
        };
        format!("{mantissa}e{exponent}")
    }
}

/// The verdict on a claim, with the sentence and the numbers behind it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// How the claim ended.
    pub verdict: Verdict,
    /// One sentence that its reader can act on.
    pub sentence: String,
    /// The numbers behind it.
    pub checks: Vec<Check>,
}

impl Judgement {
    /// Reproduced if every check passed; otherwise not, and the sentence names the first failed check.
    ///
    /// `sentence` says what was found when all is well. No checks at all is inconclusive, not a success.
    pub fn from_checks(sentence: impl Into<String>, checks: Vec<Check>) -> Self {
        let failed = checks.iter().filter(|check| !check.passed).count();
        match checks.iter().find(|check| !check.passed) {
            _ if checks.is_empty() => Self {
                verdict: Verdict::Inconclusive,
                sentence: "Nothing was measured, so nothing is decided.".into(),
                checks,
            },
            None => Self { verdict: Verdict::Reproduced, sentence: sentence.into(), checks },
            Some(first) => Self {
                verdict: Verdict::NotReproduced,
                sentence: format!(
                    "{failed} of {} checks failed; the first: {} is {}, expected {}.",
                    checks.len(),
                    first.what,
                    first.measured,
                    first.expected
                ),
                checks,
            },
        }
    }

    /// A claim whose statement holds but says nothing here.
    pub fn vacuous(sentence: impl Into<String>, checks: Vec<Check>) -> Self {
        Self { verdict: Verdict::Vacuous, sentence: sentence.into(), checks }
    }

    /// A claim on which the evidence does not decide.
    pub fn inconclusive(sentence: impl Into<String>, checks: Vec<Check>) -> Self {
        Self { verdict: Verdict::Inconclusive, sentence: sentence.into(), checks }
    }

    /// A claim one of whose tasks could not be run.
    pub fn error(sentence: impl Into<String>) -> Self {
        Self { verdict: Verdict::Error, sentence: sentence.into(), checks: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_passes_no_check() {
        let nan = f64::NAN;
        for check in [
            Check::at_most("x", nan, 1.0),
            Check::at_least("x", nan, 1.0),
            Check::within("x", nan, 0.0..=1.0),
            Check::absolute("x", nan, 1.0, f64::INFINITY),
            Check::relative("x", nan, 1.0, f64::INFINITY),
            Check::equal("x", nan, nan),
        ] {
            assert!(!check.passed, "{check:?}");
        }
    }

    #[test]
    fn pitfall_a_maximum_does_not_hide_nan() {
        assert_eq!([1.0, 3.0, -2.0].into_iter().fold(0.0, maximum), 3.0);
        assert_eq!([1.0, 3.0, -2.0].into_iter().fold(f64::INFINITY, minimum), -2.0);
        for values in [[f64::NAN, 1.0], [1.0, f64::NAN]] {
            assert!(values.into_iter().fold(0.0, maximum).is_nan());
            assert!(values.into_iter().fold(f64::INFINITY, minimum).is_nan());
        }
    }

    #[test]
    fn pitfall_a_relative_check_has_no_hidden_floor() {
        assert!(!Check::relative("tiny", 2e-23, 1e-23, 1e-9).passed);
        assert!(Check::relative("tiny", 1e-23, 1e-23, 0.0).passed);
    }

    #[test]
    fn the_first_failed_check_is_named() {
        let judgement = Judgement::from_checks(
            "fine",
            vec![Check::at_most("good", 1.0, 2.0), Check::at_most("bad", 3.0, 2.0)],
        );
        assert_eq!(judgement.verdict, Verdict::NotReproduced);
        assert_eq!(judgement.sentence, "1 of 2 checks failed; the first: bad is 3, expected ≤ 2.");
    }

    #[test]
    fn no_evidence_is_inconclusive() {
        assert_eq!(Judgement::from_checks("fine", vec![]).verdict, Verdict::Inconclusive);
    }

    #[test]
    fn numbers_are_shown_as_people_write_them() {
        for (value, text) in [
            (0.0, "0"),
            (3.0, "3"),
            (0.05, "0.05"),
            (1234.5, "1234.5"),
            (1e-9, "1e-9"),
            (1.25e30, "1.25e30"),
            (1_000_000.0, "1000000"),
            (f64::INFINITY, "inf"),
        ] {
            assert_eq!(show(value), text);
        }
    }
}
