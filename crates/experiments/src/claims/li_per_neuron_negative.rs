//! Filter normalization does not undo a rescaling of single units.

use saddlepoint_landscape::surface::direction::Normalization;
use saddlepoint_landscape::surface::rescaling;
use saddlepoint_models::data::DataSet;
use saddlepoint_models::device::Precision;
use saddlepoint_models::random::Stream;
use serde::{Deserialize, Serialize};

use super::li_filter_normalisation::{LiFilterNormalisation, Trained, relative};
use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement};

/// The claim `li-per-neuron-negative`.
pub struct LiPerNeuronNegative;

/// A network to train, and slices to take.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    seed: u64,
}

/// What rescaling the units changes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// Relative change of the loss at the point itself.
    loss: f64,
    /// Largest relative change of the filter-normalized slice.
    slice: f64,
    /// The loss along one filter-normalized direction, before and after.
    lines: [Vec<f64>; 2],
}

/// Hidden units of the first layer, by turns multiplied and divided by this.
const UNITS: usize = 16;
const FACTOR: f64 = 4.0;

impl Claim for LiPerNeuronNegative {
    const CARD: Card = Card {
        id: "li-per-neuron-negative",
        version: 1,
        title: "Filter-normalized slices see the scales of single units",
        statement: r"Refuted: filter-normalized slices are the same for all parameters that rescaling makes of one ReLU network.

            Multiply the incoming weights of one hidden unit by $a$ and divide its outgoing weights by $a$: the function stays, to the
            last bit for powers of two. But the outgoing weights are entries of the filters of the next layer, one in each. A Gaussian
            direction has entries of one size within a filter, and one norm for all of them; after the rescaling it moves some units'
            weights relatively more than others'. The slice changes. What does hold is `li-filter-normalisation`: whole layers may be
            rescaled.

            Here: the $16$ units of the first hidden layer, by turns with $a=4$ and $a=1/4$.",
        sources: LiFilterNormalisation::CARD.sources,
        hypotheses: &["no biases, positively homogeneous activations"],
        kind: Kind::Exact,
        tags: &["landscape", "surface", "sharpness", "digits"],
        data: &[DataSet::Digits],
        network: Some(Precision::F64),
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        (1..=profile.pick(1, 5, 20)).map(|offset| Task { seed: seed + offset }).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let mut stream = Stream::new(task.seed);
        let trained = Trained::new(&mut stream, lab)?;
        lab.go_on()?;
        let mut other = trained.point.clone();
        for unit in 0..UNITS {
            let factor = if unit % 2 == 0 { FACTOR } else { FACTOR.recip() };
            other = rescaling::by_unit(&trained.layout, &other, 0, unit, factor)?;
        }
        let draws = stream.split();
        let line = |point| trained.line(point, Normalization::Filter, &draws);
        Ok(Outcome {
            loss: relative(trained.loss.value(&trained.point)?, trained.loss.value(&other)?),
            slice: trained.change(&other, Normalization::Filter, &draws)?,
            lines: [line(&trained.point)?, line(&other)?],
        })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let checks = evidence.iter().flat_map(|Evidence { task, outcome }| {
            let seed = task.seed;
            [
                Check::at_most(format!("change of the loss itself, seed {seed}"), outcome.loss, 0.0),
                Check::at_least(
                    format!("change of the filter-normalized slice, seed {seed}"),
                    outcome.slice,
                    1e-2,
                ),
            ]
        });
        Judgement::from_checks(
            "Rescaled units leave the function as it is, to the bit, and change its filter-normalized slice.",
            checks.collect(),
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let Some(Evidence { outcome, .. }) = evidence.first() else { return Vec::new() };
        let at = |values: &[f64]| {
            let last = values.len().max(2) as f64 - 1.0;
            values.iter().enumerate().map(|(i, y)| (2.0 * i as f64 / last - 1.0, *y)).collect::<Vec<_>>()
        };
        let slices = Figure::new(
            "slices",
            "One function, its units rescaled, both slices filter-normalized",
            "Both curves are losses of the same function near its trained parameters, along the same Gaussian draws, filter-normalized; \
             they agree in the middle only.",
            Axis::linear("place along the direction"),
            Axis::logarithmic("loss"),
        )
        .line("as trained", at(&outcome.lines[0]))
        .line("units times 4 and ¼ by turns", at(&outcome.lines[1]));
        vec![slices]
    }
}
