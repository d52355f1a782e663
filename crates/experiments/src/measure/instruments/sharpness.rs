//! How fast the training loss rises around the parameters, by the measures of the field.

use saddlepoint_landscape::objective::Objective;
use saddlepoint_landscape::sharpness::{SharpnessError, keskar, noise, sam};
use saddlepoint_models::random::Stream;

use super::{Cost, Instrument};
use crate::claim::Failure;
use crate::measure::quantity::{Certainty, Findings, Quantity, Refusal};
use crate::measure::subject::Subject;
use crate::verdict::show;

/// Sharpness, each measure with what a rescaling of layers that leaves the function as it is does to it.
pub(super) struct Sharpness;

/// The sizes of Keskar's box.
const BOXES: [f64; 2] = [5e-4, 1e-3];
/// The radius of SAM's ball, and of the adaptive one.
const BALL: f64 = 0.05;
const ADAPTIVE: f64 = 0.5;
/// The rise of the loss that noise may cause, and how many noises are averaged.
const RISE: f64 = 0.1;
const NOISES: usize = 10;

impl Instrument for Sharpness {
    fn id(&self) -> &'static str {
        "sharpness"
    }

    fn title(&self) -> &'static str {
        "Sharpness"
    }

    fn about(&self) -> &'static str {
        "Keskar's box, SAM's rise and the adaptive one, tolerated noise; each with its behaviour under rescaling"
    }

    fn cost(&self, _: &Subject<'_>) -> Cost {
        Cost::values(2.0 * (3.0 * 60.0 + 10.0 + 2.0 * (15.0 + 10.0) * NOISES as f64))
    }

    fn measure(&self, subject: &Subject<'_>) -> Result<Findings, Failure> {
        let loss = subject.mean_loss()?;
        let point = subject.point();
        let mut found = Findings::default();
        let first = all(&loss, &point, &mut subject.stream(self.id()), &mut |done| subject.step(done))?;
        let here = first.iter().map(|(name, value, _)| (name.clone(), value.as_ref().ok().copied()));
        let here: Vec<(String, Option<f64>)> = here.collect();
        for (name, value, method) in first {
            match value {
                Ok(value) => found.quantities.push(quantity(name, value, &method)),
                Err(error) => found.refusals.push(Refusal::new(name, error)),
            }
        }
        if let Some(error) = loss.take_failure() {
            found.refusals.push(Refusal::new("an evaluation of the loss", error));
        }
        match rescaled(subject, &point) {
            Ok(other) => {
                let again = all(&loss, &other, &mut subject.stream(self.id()), &mut |done| subject.step(done))?;
                for ((name, before), (_, after, _)) in here.iter().zip(again) {
                    if let (Some(before), Ok(after)) = (before, after) {
                        let method = format!(
                            "the measure after a rescaling over before it: the first layer times {FACTOR}, the second divided by it, the same \
                             function"
                        );
                        let ratio = Quantity::computed("factor under a rescaling", after / before, method);
                        found.quantities.push(ratio.of(name.clone()));
                    }
                }
            }
            Err(reason) => found.refusals.push(Refusal::new("behaviour under a rescaling, measured", reason)),
        }
        let said = |name: &str| {
            let value = here.iter().find(|(found, _)| found == name).and_then(|(_, value)| *value);
            value.map_or_else(|| "unknown".to_owned(), show)
        };
        found.sentence = format!(
            "The loss rises by {} within {BALL} along the gradient; it tolerates noise of {} on all parameters alike, and of {} of their \
             own size.",
            said(NAMES[2]),
            said(NAMES[4]),
            said(NAMES[5])
        );
        Ok(found)
    }
}

/// The factor of Dinh's rescaling.
const FACTOR: f64 = 2.0;

/// The parameters of a network that computes the same: the first layer of a chain multiplied, the second divided. The factor is a
/// power of 2, so that no number is rounded.
fn rescaled(subject: &Subject<'_>, point: &[f64]) -> Result<Vec<f64>, Failure> {
    let chain = subject.model.chain()?;
    if !chain.network.activation().is_homogeneous() {
        return Err(format!("{} is not positively homogeneous", chain.network.activation().name()).into());
    }
    let [first, second, ..] = chain.layers.as_slice() else {
        return Err("there is one layer only".into());
    };
    if !chain.folded.is_empty() {
        return Err("normalizations undo the scale of the layers before them".into());
    }
    let (mut scaled, mut offset, mut divided) = (point.to_vec(), 0, 0);
    for parameter in subject.model.parameters() {
        let entries = &mut scaled[offset..offset + parameter.values.len()];
        offset += parameter.values.len();
        let layer = parameter.name.rsplit_once('.').map_or(parameter.name.as_str(), |(layer, _)| layer);
        let weight = parameter.shape.len() > 1;
        if layer == first {
            scale(entries, FACTOR);
        } else if layer == second && weight {
            scale(entries, FACTOR.recip());
            divided += 1;
        }
    }
    if divided == 1 {
        Ok(scaled)
    } else {
        Err("the weights of the second layer are no parameter of their own".into())
    }
}

const NAMES: [&str; 6] = [
    "Keskar's sharpness, box of 5e-4",
    "Keskar's sharpness, box of 1e-3",
    "rise along the gradient (SAM)",
    "rise along the gradient, adaptive (ASAM)",
    "tolerated noise",
    "tolerated noise, relative to the parameters",
];

type Measured = (String, Result<f64, SharpnessError>, String);

/// All measures at a point.
fn all(
    loss: &impl Objective,
    point: &[f64],
    stream: &mut Stream,
    step: &mut dyn FnMut(f64) -> Result<(), crate::claim::Interrupted>,
) -> Result<Vec<Measured>, Failure> {
    let changes = "a rescaling of layers changes it (Dinh et al. 2017)";
    let mut all: Vec<Measured> = Vec::new();
    let boxes = keskar::sharpness(loss, point, &BOXES, keskar::ITERATIONS);
    for (at, name) in NAMES[..2].iter().enumerate() {
        let value = boxes.as_ref().map(|found| found[at].value).map_err(Clone::clone);
        let method = format!("ten steps of a boxed quasi-Newton search, in percent; {changes}");
        all.push(((*name).to_owned(), value, method));
    }
    step(0.3)?;
    all.push((
        NAMES[2].to_owned(),
        sam::rise(loss, point, BALL),
        format!("f(x + 0.05 g/‖g‖) − f(x); {changes}"),
    ));
    let method =
        "the same with every parameter's step scaled by its size: no rescaling of layers or units changes it"
            .to_owned();
    all.push((NAMES[3].to_owned(), sam::adaptive_rise(loss, point, ADAPTIVE, 0.0), method));
    step(0.4)?;
    let mut tolerated =
        |scale: fn(f64) -> f64| noise::tolerated(loss, point, scale, RISE, NOISES, &mut || stream.normal());
    let what = format!(
        "the standard deviation at which the mean loss of {NOISES} fixed Gaussian noises has risen by {RISE}"
    );
    all.push((NAMES[4].to_owned(), tolerated(|_| 1.0), format!("{what}; {changes}")));
    step(0.7)?;
    let method = format!(
        "{what}, each parameter's noise in proportion to its size: no rescaling of layers or units changes it"
    );
    all.push((NAMES[5].to_owned(), tolerated(f64::abs), method));
    step(1.0)?;
    Ok(all)
}

fn quantity(name: String, value: f64, method: &str) -> Quantity {
    let searched = name.starts_with("Keskar");
    let unit = if searched { "%" } else { "" };
    let quantity = Quantity::computed(name, value, method).unit(unit);
    if searched { quantity.that_is(Certainty::AtLeast) } else { quantity }
}

fn scale(numbers: &mut [f64], factor: f64) {
    for number in numbers {
        *number *= factor;
    }
}
