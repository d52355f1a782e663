//! The loss snippet of the lecture, called as it is written, is the loss of another function.

use saddlepoint_landscape::analytic::{Reading, TwoParameterMlp};
use saddlepoint_landscape::objective::Objective;
use serde::{Deserialize, Serialize};

use super::seed4_mlp_landscape::{C_STAR, grid, portrait};
use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::Figure;
use crate::portrait::Portrait;
use crate::verdict::{Check, Judgement, maximum};

/// The claim `seed4-swapped-arguments-negative`.
pub struct Seed4SwappedArgumentsNegative;

/// The one task: both readings on a square grid over `[−3, 3]²`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    /// Points a side.
    side: usize,
}

/// What it measures.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// Values of the swapped reading at the points of the reference table.
    values: Vec<f64>,
    /// Value of the intended reading at `(1, −1)` and `(−1, −2)`.
    intended: [f64; 2],
    /// Share of the grid on which the readings differ by more than 1e-9.
    differing: f64,
    /// Largest difference between the swapped loss at `w` and at `−w`.
    asymmetry: f64,
    /// Largest relative difference between the closed form and the mean over samples.
    difference: f64,
    /// Largest relative deviation from the plateau where `w₁w₂ ≤ 0`.
    plateau: f64,
    /// Relative error of the loss at the minimum of the second branch.
    branch: f64,
    /// The plot's raw material.
    portrait: Portrait,
}

/// Where the swapped reading is evaluated, and its values there.
const REFERENCE: [([f64; 2], f64); 5] = [
    ([1.0, 1.0], 1.5072272307172965),
    ([1.0, 2.0], 0.21318331756162956),
    ([2.0, 1.0], 0.21318331756162956),
    ([1.0, -1.0], 5.685504436745837),
    ([-1.0, -2.0], 0.21318331756162956),
];

impl Claim for Seed4SwappedArgumentsNegative {
    const CARD: Card = Card {
        id: "seed4-swapped-arguments-negative",
        version: 2,
        title: "The lecture's loss snippet does not compute the loss of its network",
        statement: "Printed: with `mlp(x, w1, w2)` computing $w_2\\,\\mathrm{relu}(w_1x)$, the loss surface is the sum of \
            `sq_loss(yi - mlp(w1, w2, xi))`.\n\n\
            The squared loss takes two arguments, so the snippet does not run; and with that repaired, the call computes \
            $x\\,\\mathrm{relu}(w_1w_2)$, whose loss is another function: it has both branches of the hyperbola \
            $w_1w_2 = c^*$ as global minima, is symmetric under $w \\to -w$, and is constant where $w_1w_2 \\le 0$ instead \
            of where $w_1 \\le 0$. At $(1,-1)$ the network's loss is $12.748$ and the snippet's $5.686$; at $(-1,-2)$ they \
            are $5.686$ and $0.213$.",
        sources: &[Source {
            citation: "Ollion, Grisel, Learning with Deep Networks: Expressivity, Optimization & Generalization, the slide on the \
                loss surface of an MLP (the statement refuted)",
            identifier: None,
        }],
        hypotheses: &["all inputs are positive, as in the lecture's thirty samples"],
        kind: Kind::Exact,
        tags: &["landscape", "relu", "negative"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(_: Profile, _: u64) -> Vec<Task> {
        vec![Task { side: 201 }]
    }

    fn run(task: &Task, _: &Lab) -> Result<Outcome, Failure> {
        let intended = TwoParameterMlp::seed42(Reading::Intended);
        let swapped = TwoParameterMlp::seed42(Reading::Swapped);
        let (mut differing, mut asymmetry, mut difference, mut plateau) = (0, 0f64, 0f64, 0f64);
        for (w1, w2) in grid(task.side) {
            let value = swapped.value(&[w1, w2])?;
            differing += u32::from((value - intended.value(&[w1, w2])?).abs() > 1e-9);
            asymmetry = maximum(asymmetry, (value - swapped.value(&[-w1, -w2])?).abs());
            difference = maximum(difference, (value / swapped.mean_loss((w1, w2)) - 1.0).abs());
            if w1 * w2 <= 0.0 {
                plateau = maximum(plateau, (swapped.mean_loss((w1, w2)) / swapped.plateau() - 1.0).abs());
            }
        }
        let valley = swapped.product_at_minimum().sqrt();
        let branch = swapped.value(&[-1.0, -swapped.product_at_minimum()])? / swapped.minimum() - 1.0;
        Ok(Outcome {
            values: REFERENCE.iter().map(|(w, _)| Ok(swapped.value(w)?)).collect::<Result<_, Failure>>()?,
            intended: [intended.value(&[1.0, -1.0])?, intended.value(&[-1.0, -2.0])?],
            differing: f64::from(differing) / (task.side * task.side) as f64,
            asymmetry,
            difference,
            plateau,
            branch: branch.abs(),
            portrait: portrait(&swapped)?.with_orbits(&swapped, &[[valley, valley], [-valley, -valley]]),
        })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        for Evidence { outcome, .. } in evidence {
            for (value, (w, expected)) in outcome.values.iter().zip(REFERENCE) {
                checks.push(Check::absolute(format!("snippet's loss at {w:?}"), *value, expected, 1e-12));
            }
            checks.push(Check::absolute(
                "network's loss at (1, −1)",
                outcome.intended[0],
                12.74801493564725,
                1e-12,
            ));
            checks.push(Check::absolute(
                "network's loss at (−1, −2)",
                outcome.intended[1],
                5.685504436745837,
                1e-12,
            ));
            checks.push(Check::at_least("share of [−3, 3]² on which the two differ", outcome.differing, 0.4));
            checks.push(Check::equal("largest |L(w) − L(−w)| of the snippet", outcome.asymmetry, 0.0));
            checks.push(Check::at_most(
                "snippet against the mean over samples, 201² grid",
                outcome.difference,
                1e-12,
            ));
            checks.push(Check::at_most("snippet on w₁w₂ ≤ 0 against the plateau", outcome.plateau, 1e-12));
            checks.push(Check::at_most("relative error of L = L* on the second branch", outcome.branch, 1e-12));
            let valleys = outcome.portrait.certified_orbits(0);
            checks.push(Check::equal("curves of minima certified on the map", valleys, 2));
        }
        Judgement::from_checks(
            "As called, the snippet has two valleys and two dead quadrants; the network has one valley and a dead half-plane.",
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let branch = |sign: f64| {
            let weights = (0..=80).map(|i| C_STAR / 3.0 + (3.0 - C_STAR / 3.0) * f64::from(i) / 80.0);
            weights.map(move |w1| (sign * w1, sign * C_STAR / w1))
        };
        evidence
            .iter()
            .map(|Evidence { outcome, .. }| {
                outcome
                    .portrait
                    .figure(
                        "landscape",
                        "The snippet's landscape: two valleys, two dead quadrants",
                        "With input and weights swapped the surface is symmetric about the origin; descent from the lower left finds a valley that the network does not have.",
                        ["w₁", "w₂"],
                        "log₁₀ L",
                    )
                    .reference("global minima", branch(1.0))
                    .reference("global minima, second branch", branch(-1.0))
                    .points("half-saddle (not smooth)", [(0.0, 0.0)])
            })
            .collect()
    }
}
