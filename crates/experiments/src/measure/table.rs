//! All numbers of a measurement as one table, for other programs.

use super::measurement::Measurement;
use super::quantity::{Certainty, Quantity};

/// One line a quantity, bound or refusal.
///
/// Columns: `checkpoint`, `instrument`, `kind` (`quantity`, `bound`, `refusal` or `failure`), `name`, `of`, `value`, `unit`,
/// `certainty`, `low`, `high`, `standard_error`, `confidence`, `method` (of a bound its dominant term, of a refusal its reason).
///
/// # Errors
/// When the table cannot be written.
pub fn write_csv(measurement: &Measurement) -> Result<Vec<u8>, csv::Error> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record([
        "checkpoint",
        "instrument",
        "kind",
        "name",
        "of",
        "value",
        "unit",
        "certainty",
        "low",
        "high",
        "standard_error",
        "confidence",
        "method",
    ])?;
    for checkpoint in &measurement.checkpoints {
        for part in &checkpoint.parts {
            let start = [checkpoint.name.as_str(), part.instrument.as_str()];
            let mut line = |cells: [String; 11]| {
                table.write_record(start.into_iter().chain(cells.iter().map(String::as_str)))
            };
            if let Some(failure) = &part.failure {
                line(text("failure", &part.title, failure))?;
            }
            let Some(findings) = &part.findings else { continue };
            for quantity in &findings.quantities {
                line(cells(quantity))?;
            }
            for bound in &findings.bounds {
                let blank = text("bound", &bound.theorem, &format!("dominated by {}", bound.dominant));
                let [kind, theorem, .., method] = blank;
                let (value, confidence) = (bound.value.to_string(), bound.confidence.to_string());
                let none = String::new;
                let at_most = "at-most".to_owned();
                let of = bound.of.clone();
                line([kind, theorem, of, value, none(), at_most, none(), none(), none(), confidence, method])?;
            }
            for refusal in &findings.refusals {
                line(text("refusal", &refusal.what, &refusal.reason))?;
            }
        }
    }
    table.into_inner().map_err(|error| error.into_error().into())
}

/// A line with a name and a sentence.
fn text(kind: &str, name: &str, sentence: &str) -> [String; 11] {
    std::array::from_fn(|column| match column {
        0 => kind.to_owned(),
        1 => name.to_owned(),
        10 => sentence.to_owned(),
        _ => String::new(),
    })
}

fn cells(quantity: &Quantity) -> [String; 11] {
    let number = |value: f64| if value.is_nan() { String::new() } else { value.to_string() };
    let (certainty, low, high, error, confidence) = match quantity.certainty {
        Certainty::Computed => ("computed", f64::NAN, f64::NAN, f64::NAN, f64::NAN),
        Certainty::Enclosed { low, high } => ("enclosed", low, high, f64::NAN, 1.0),
        Certainty::Estimated { standard_error, low, high, confidence } => {
            ("estimated", low, high, standard_error, confidence)
        }
        Certainty::AtMost => ("at-most", f64::NAN, f64::NAN, f64::NAN, f64::NAN),
        Certainty::AtLeast => ("at-least", f64::NAN, f64::NAN, f64::NAN, f64::NAN),
    };
    [
        "quantity".to_owned(),
        quantity.name.clone(),
        quantity.of.clone(),
        quantity.value.to_string(),
        quantity.unit.clone(),
        certainty.to_owned(),
        number(low),
        number(high),
        number(error),
        number(confidence),
        quantity.method.clone(),
    ]
}
