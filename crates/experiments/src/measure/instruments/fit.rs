//! Accuracy and loss.

use saddlepoint_landscape::spectrum::estimate::Estimate;
use saddlepoint_models::data::{Collection, Targets};
use saddlepoint_theory::bounds::clopper_pearson::ClopperPearson;

use super::{Cost, Instrument};
use crate::claim::Failure;
use crate::measure::quantity::{CONFIDENCE, Findings, Quantity};
use crate::measure::subject::{Scores, Subject};

/// Accuracy and mean loss on the training and the test data.
///
/// On training data both are what they are: the network depends on these examples, so they are no sample of its risk. On
/// test data they estimate the risk: the error with the exact interval of Clopper and Pearson, the loss with Student's.
pub(super) struct Fit;

impl Instrument for Fit {
    fn id(&self) -> &'static str {
        "fit"
    }

    fn title(&self) -> &'static str {
        "Accuracy and loss"
    }

    fn about(&self) -> &'static str {
        "accuracy and mean loss, with intervals where the data are new to the network"
    }

    fn cost(&self, _: &Subject<'_>) -> Cost {
        Cost::passes(1.0)
    }

    fn measure(&self, subject: &Subject<'_>) -> Result<Findings, Failure> {
        let mut found = Findings::default();
        let train = on(subject, subject.train, "training data", false, &mut found)?;
        let test = subject.test.map(|test| on(subject, test, "test data", true, &mut found)).transpose()?;
        found.sentence = match test {
            Some(test) => format!("{train}; {test}."),
            None => format!("{train}. Without test data nothing is known of new examples."),
        };
        Ok(found)
    }
}

fn on(
    subject: &Subject<'_>,
    data: &dyn Collection,
    name: &str,
    fresh: bool,
    found: &mut Findings,
) -> Result<String, Failure> {
    let scores = Scores::of(subject, data)?;
    let n = scores.len();
    let mut said = format!("{n} examples of {name}");
    found.quantities.push(Quantity::computed("examples", n as f64, "counted").of(name));
    if matches!(scores.targets, Targets::Classes { .. }) {
        let right = scores.right()?;
        let share = right as f64 / n as f64;
        let method = "the class of the largest output, the first among equals, counted";
        let mut accuracy = Quantity::computed("accuracy", share, method).of(name);
        if fresh {
            let error = |errors: usize| -> Result<f64, Failure> {
                let delta = (1.0 - CONFIDENCE) / 2.0;
                Ok(ClopperPearson::new(errors as u64, n as u64, delta)?.evaluate().value())
            };
            let ends = (1.0 - error(n - right)?, error(right)?);
            let method = format!("{method}; interval of Clopper and Pearson");
            accuracy = Quantity::estimated("accuracy", share, f64::NAN, ends, method).of(name);
        }
        found.quantities.push(accuracy);
        said = format!("{said}: {:.2} % right", 100.0 * share);
    }
    let mean = scores.losses.iter().sum::<f64>() / n as f64;
    let unit = crate::measure::loss_unit(subject.settings.loss);
    let quantity = match Estimate::of(&scores.losses) {
        Ok(estimate) if fresh => Quantity::estimated(
            "mean loss",
            mean,
            estimate.standard_error,
            estimate.interval(CONFIDENCE)?,
            "the mean over the examples, with Student's interval",
        ),
        _ => Quantity::computed("mean loss", mean, "the mean over the examples"),
    };
    found.quantities.push(quantity.of(name).unit(unit));
    Ok(format!("{said}, mean loss {}", crate::verdict::show(mean)))
}
