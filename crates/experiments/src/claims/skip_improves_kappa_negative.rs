//! Skip connections do not improve the conditioning of ReLU networks at their start: they worsen it.

use saddlepoint_models::device::Precision;
use serde::{Deserialize, Serialize};

use super::normalisation_conditioning::{DEPTHS, Measured, Unit, Variant, measure, median};
use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::sign_test::sign_test;
use crate::verdict::{Check, Judgement};

/// One ReLU network.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    variant: Variant,
    depth: usize,
    seed: u64,
}

/// `skip-improves-kappa-negative`.
pub struct SkipImprovesKappaNegative;

const VARIANTS: [Variant; 4] = [Variant::Plain, Variant::Skip, Variant::Layer, Variant::Batch];

impl Claim for SkipImprovesKappaNegative {
    const CARD: Card = Card {
        id: "skip-improves-kappa-negative",
        version: 1,
        title: "Not true of ReLU networks: “skip connections improve conditioning”",
        statement: r"*Printed:* normalization and skip connections limit the problems of conditioning of deep networks.

            *Refuted* for ReLU networks with He's initialization, at the start: with skip connections of scale
            $1/\sqrt{\text{depth}}$ the condition number of $JJ^\top$ is **higher** than without, at 2, 6 and 12 layers, and the more so the
            deeper the network. Batch normalization lowers the condition number but, at 12 layers, raises the largest
            eigenvalue, which is what limits the learning rate.

            *True instead:* see `normalisation-conditioning`. Skip connections help where plain layers lose the signal, as sigmoids do;
            rectifiers with He's variance do not lose it, and skip connections make their outputs on different inputs more
            alike. Layer normalization lowers the condition number of three in four ReLU networks with 2 layers, but of no more than
            half of those with 12.

            Criterion, fixed before the run: the sign test over the seeds at level $0.05$, one-sided, for each depth.",
        sources: &[
            Source {
                citation: "Hanin, Rolnick 2018, How to start training: the effect of initialization and architecture",
                identifier: Some("arXiv:1803.01719"),
            },
            Source {
                citation: "Yang, Pennington, Rao, Sohl-Dickstein, Schoenholz 2019, A mean field theory of batch normalization",
                identifier: Some("arXiv:1902.08129"),
            },
        ],
        hypotheses: &[
            "at initialization: nothing is said about the conditioning along the way",
            "ReLU with He's variance; for sigmoids the sentence is true",
        ],
        kind: Kind::Statistical,
        tags: &["optimization", "conditioning", "normalization", "skip connections", "negative"],
        data: &[],
        network: Some(Precision::F64),
    };

    type Task = Task;
    type Outcome = Measured;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let seeds = profile.pick(8, 20, 100);
        let tasks = |variant| {
            DEPTHS
                .into_iter()
                .flat_map(move |depth| (0..seeds).map(move |task| Task { variant, depth, seed: seed + task }))
        };
        VARIANTS.into_iter().flat_map(tasks).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Measured, Failure> {
        lab.go_on()?;
        measure(Unit::Relu, task.variant, task.depth, task.seed, &lab.device()?)
    }

    fn judge(evidence: &[Evidence<Task, Measured>]) -> Judgement {
        let mut checks = Vec::new();
        for depth in DEPTHS {
            let ratios = against_plain(evidence, Variant::Skip, depth, |measured| measured.condition);
            checks.push(raised(&format!("κ with skip connections, {depth} layers"), &ratios));
            let factor = median(ratios.into_iter());
            checks.push(Check::at_least(
                format!("median factor of κ by skip connections, {depth} layers"),
                factor,
                1.0,
            ));
        }
        let largest = against_plain(evidence, Variant::Batch, 12, |measured| measured.largest);
        checks.push(raised("largest eigenvalue with batch normalization, 12 layers", &largest));
        let factor = |depth| {
            median(against_plain(evidence, Variant::Skip, depth, |measured| measured.condition).into_iter())
        };
        let layer = against_plain(evidence, Variant::Layer, 12, |measured| measured.condition);
        let worse = layer.iter().filter(|&&ratio| ratio > 1.0).count();
        let sentence = format!(
            "Skip connections multiply the condition number of ReLU networks by {:.1}, {:.1} and {:.1} at 2, 6 and 12 layers; \
             layer normalization raises it in {worse} of {} networks with 12 layers.",
            factor(2),
            factor(6),
            factor(12),
            layer.len()
        );
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Measured>]) -> Vec<Figure> {
        let mut figure = Figure::new(
            "conditioning",
            "Condition numbers of ReLU networks",
            "One point a network. Skip connections lie above the plain networks at each depth, batch normalization below; layer \
             normalization moves some networks up and some down.",
            Axis::linear("hidden layers"),
            Axis::logarithmic("κ(JJᵀ)"),
        );
        for (shift, variant) in VARIANTS.into_iter().enumerate() {
            let points = evidence.iter().filter(|one| one.task.variant == variant);
            let place = |depth: usize| depth as f64 + 0.25 * (shift as f64 - 1.5);
            figure =
                figure.points(variant.name(), points.map(|one| (place(one.task.depth), one.outcome.condition)));
        }
        vec![figure]
    }
}

/// A number of the variant over that of the plain network of the same seed.
fn against_plain(
    evidence: &[Evidence<Task, Measured>],
    variant: Variant,
    depth: usize,
    value: fn(&Measured) -> f64,
) -> Vec<f64> {
    let of = |variant| {
        let chosen = evidence.iter().filter(move |one| one.task.variant == variant && one.task.depth == depth);
        chosen.map(|one| value(&one.outcome))
    };
    of(variant).zip(of(Variant::Plain)).map(|(changed, plain)| changed / plain).collect()
}

/// The sign test on whether ratios exceed 1.
fn raised(what: &str, ratios: &[f64]) -> Check {
    let higher = ratios.iter().filter(|&&ratio| ratio > 1.0).count();
    let what = format!("{what}: higher in {higher} of {}, p of the sign test", ratios.len());
    Check::at_most(what, sign_test(higher, ratios.len()), 0.05)
}
