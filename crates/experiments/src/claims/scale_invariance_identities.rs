//! What normalization makes of the scale of weights: the loss does not see it, the derivatives see nothing else.

mod network;

use network::{Normalized, descent, identities};
use saddlepoint_models::device::Precision;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::regression::exponent;
use crate::verdict::{Check, Judgement};

/// The normalization of the hidden layers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Norm {
    /// Batch normalization by batch statistics.
    Batch,
    /// Layer normalization.
    Layer,
    /// Weight normalization.
    Weight,
}

/// One experiment.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// The first layer's weights, multiplied by a factor, with `ε = 0`.
    Identities {
        /// What normalizes.
        norm: Norm,
        /// The factor.
        factor: f64,
        /// Seed of network and data.
        seed: u64,
    },
    /// The same with the `ε` of batch normalization.
    Epsilon {
        /// The `ε`.
        epsilon: f64,
        /// Seed of network and data.
        seed: u64,
    },
    /// Gradient descent on normalized weights.
    Descent {
        /// Seed of network and data.
        seed: u64,
    },
}

/// What was measured; all of it zero in theory, except where said.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Relative departures from the identities.
    Identities {
        /// `L(aw)` from `L(w)`.
        loss: f64,
        /// The cosine between the gradient and the weights.
        cosine: f64,
        /// `a ∇L(aw)` from `∇L(w)`.
        gradient: f64,
        /// `a² ∇²L(aw)` from `∇²L(w)`.
        hessian: f64,
        /// `∇²L(w) w` from `−∇L(w)`.
        euler: f64,
        /// `L` from its value when one unit's weights alone are multiplied: zero but for layer normalization.
        unit: f64,
    },
    /// The relative departure of `L(3w)` from `L(w)`.
    Epsilon(f64),
    /// Descent on normalized weights.
    Descent {
        /// The largest departure of `‖v_{t+1}‖²` from `‖v_t‖² + η²‖∇_v L‖²`, relative.
        pythagoras: f64,
        /// The largest cosine between gradient and weights of a unit.
        cosine: f64,
        /// `‖v‖` of the first layer after each step.
        norms: Vec<f64>,
    },
}

/// `scale-invariance-identities`.
pub struct ScaleInvarianceIdentities;

impl Claim for ScaleInvarianceIdentities {
    const CARD: Card = Card {
        id: "scale-invariance-identities",
        version: 1,
        title: "A normalized loss does not see the scale of its weights, and its derivatives fall with it",
        statement: r"With **batch normalization** ($\varepsilon = 0$) the loss depends on the direction of a unit's incoming weights $w$ only. So for every
            $a > 0$
            $$L(aw) = L(w),\quad \langle\nabla L, w\rangle = 0,\quad \nabla L(aw) = \tfrac1a\nabla L(w),\quad \nabla^2L(aw) = \tfrac1{a^2}\nabla^2L(w),\quad \nabla^2L(w)\,w = -\nabla L(w).$$
            Flatness in $w$ can be had for free: ten times the weights, a hundredth of the curvature. With $\varepsilon > 0$ the loss departs by an
            amount proportional to $\varepsilon$.

            With **weight normalization** the same holds in $v$, so gradient steps are tangential:
            $\|v_{t+1}\|^2 = \|v_t\|^2 + \eta^2\|\nabla_vL\|^2$, and $\|v\|$ never falls.

            With **layer normalization** the same holds for the whole incoming matrix of a layer, but not for the weights of one
            unit.

            The Hessians are exact: derivatives of the gradient program, not differences.",
        sources: &[
            Source {
                citation: "Ioffe, Szegedy 2015, Batch normalization, section 3.3",
                identifier: Some("arXiv:1502.03167"),
            },
            Source {
                citation: "Salimans, Kingma 2016, Weight normalization, section 2.1",
                identifier: Some("arXiv:1602.07868"),
            },
            Source {
                citation: "Ba, Kiros, Hinton 2016, Layer normalization, section 5.1",
                identifier: Some("arXiv:1607.06450"),
            },
        ],
        hypotheses: &[
            "$\\varepsilon = 0$ and no unit that is constant over the batch (or over the layer)",
            "batch normalization by the statistics of the batch, not by running averages",
            "no bias before the normalization of a layer",
        ],
        kind: Kind::Exact,
        tags: &["normalization", "symmetry", "curvature"],
        data: &[],
        network: Some(Precision::F64),
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let seeds = profile.pick(2, 10, 100);
        let mut tasks = Vec::new();
        for seed in seed..seed + seeds {
            for norm in [Norm::Batch, Norm::Layer, Norm::Weight] {
                tasks.extend([0.1, 3.0, 1000.0].map(|factor| Task::Identities { norm, factor, seed }));
            }
            tasks.extend([1e-3, 1e-4, 1e-5, 1e-6].map(|epsilon| Task::Epsilon { epsilon, seed }));
            tasks.push(Task::Descent { seed });
        }
        tasks
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        lab.go_on()?;
        let device = lab.device()?;
        Ok(match *task {
            Task::Identities { norm, factor, seed } => {
                identities(&Normalized::new(norm, 0.0, seed, &device)?, factor)?
            }
            Task::Epsilon { epsilon, seed } => {
                let network = Normalized::new(Norm::Batch, epsilon, seed, &device)?;
                let (plain, scaled) = (network.loss(1.0)?, network.loss(3.0)?);
                Outcome::Epsilon((scaled - plain).abs() / plain)
            }
            Task::Descent { seed } => descent(&Normalized::new(Norm::Weight, 0.0, seed, &device)?, lab)?,
        })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        for (norm, name) in [
            (Norm::Batch, "batch normalization"),
            (Norm::Layer, "layer normalization"),
            (Norm::Weight, "weight normalization"),
        ] {
            // Loss, cosine, gradient, Hessian, Euler, and the effect of one unit's scale.
            let mut worst = [0.0f64; 5];
            let mut units: Vec<f64> = Vec::new();
            for one in evidence {
                if let (
                    Task::Identities { norm: of, .. },
                    &Outcome::Identities { loss, cosine, gradient, hessian, euler, unit },
                ) = (&one.task, &one.outcome)
                    && *of == norm
                {
                    for (worst, value) in worst.iter_mut().zip([loss, cosine, gradient, hessian, euler]) {
                        // A NaN must stay.
                        *worst = if value <= *worst { *worst } else { value };
                    }
                    units.push(unit);
                }
            }
            for (value, what) in worst.into_iter().zip([
                "L(aw) from L(w)",
                "cosine of gradient and weights",
                "a ∇L(aw) from ∇L(w)",
                "a² ∇²L(aw) from ∇²L(w)",
                "∇²L(w) w from −∇L(w)",
            ]) {
                checks.push(Check::at_most(format!("{name}: {what}"), value, 1e-10));
            }
            let (least, most) = units
                .iter()
                .fold((f64::INFINITY, 0.0f64), |(least, most), &unit| (least.min(unit), most.max(unit)));
            checks.push(if norm == Norm::Layer {
                Check::at_least(format!("{name}: least effect of one unit's scale"), least, 1e-6)
            } else {
                Check::at_most(format!("{name}: largest effect of one unit's scale"), most, 1e-10)
            });
        }
        let departures = exponent(evidence.iter().filter_map(departure));
        checks.push(Check::within("exponent of the departure in ε", departures, 0.9..=1.1));
        for one in evidence {
            if let (Task::Descent { seed }, Outcome::Descent { pythagoras, cosine, norms }) =
                (&one.task, &one.outcome)
            {
                let of = |what: &str| format!("descent, seed {seed}: {what}");
                checks.push(Check::at_most(of("‖v‖² from ‖v‖² + η²‖∇‖², largest"), *pythagoras, 1e-13));
                checks.push(Check::at_most(of("cosine of gradient and weights, largest"), *cosine, 1e-12));
                let grows = norms.is_sorted();
                checks.push(Check::holds(of("‖v‖ never falls"), grows, grows, "true"));
            }
        }
        Judgement::from_checks(
            "Loss, gradient and exact Hessian scale as 1, 1/a and 1/a², to rounding; an ε breaks this in proportion.",
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let epsilon = Figure::new(
            "epsilon",
            "What ε costs",
            "The relative change of the loss when the weights before batch normalization are multiplied by 3, one point a \
             network: proportional to ε, and zero without.",
            Axis::logarithmic("ε"),
            Axis::logarithmic("|L(3w) − L(w)| / L(w)"),
        )
        .points("one network", evidence.iter().filter_map(departure))
        .reference("∝ ε", [1e-6, 1e-3].map(|epsilon| (epsilon, 10.0 * epsilon)));
        let mut norms = Figure::new(
            "norms",
            "Normalized weights only grow",
            "The norm of the first layer's raw weights under gradient descent: each step is tangential, so the norm grows by \
             Pythagoras, and the effective step on the sphere shrinks.",
            Axis::linear("step"),
            Axis::linear("‖v‖"),
        );
        for one in evidence {
            if let (Task::Descent { seed }, Outcome::Descent { norms: values, .. }) = (&one.task, &one.outcome)
            {
                let points = values.iter().enumerate().map(|(step, norm)| (step as f64, *norm));
                norms = norms.line(format!("seed {seed}"), points);
            }
        }
        vec![epsilon, norms]
    }
}

fn departure(one: &Evidence<Task, Outcome>) -> Option<(f64, f64)> {
    match (&one.task, &one.outcome) {
        (Task::Epsilon { epsilon, .. }, Outcome::Epsilon(departure)) => Some((*epsilon, *departure)),
        _ => None,
    }
}
