//! The lemma with arbitrary free rows is false: the gradient does not vanish.

use nalgebra::DMatrix;
use saddlepoint_landscape::analytic::TwoLayerLinear;
use saddlepoint_landscape::analytic::baldi_hornik::Strata;
use saddlepoint_landscape::objective::Objective;
use saddlepoint_models::random::Stream;
use serde::{Deserialize, Serialize};

use super::baldi_hornik_critical_points::data::{random_network, reference_network};
use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement, maximum, minimum};

/// The claim `baldi-hornik-free-l-negative`.
pub struct BaldiHornikFreeLNegative;

/// One task: free rows drawn at random for every stratum with `r < p`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    /// Random data sets; with none, the catalogue's data.
    networks: usize,
    /// Seed of the draws.
    seed: u64,
}

/// A point of the printed form with `C = I`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Free {
    /// `‖∇f‖`.
    gradient: f64,
    /// `‖(I − P_J) Σ_YX Mᵀ‖`.
    defect: f64,
    /// The size of the terms that cancel in the gradient at a critical point.
    scale: f64,
}

/// What a task measures.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// The points with arbitrary free rows.
    free: Vec<Free>,
    /// `‖∇f‖` at the same strata with the rows `M = K U_Jᵀ W`, relative to the size of the terms that cancel.
    bound: Vec<f64>,
}

impl Claim for BaldiHornikFreeLNegative {
    const CARD: Card = Card {
        id: "baldi-hornik-free-l-negative",
        version: 1,
        title: "The free rows in the critical points of a linear network are not arbitrary",
        statement: "Printed in lecture notes: $(A, B)$ with $A = [\\,U_J\\ \\ 0\\,]\\,C$ and the remaining $p - r$ rows $M$ of \
            $CB$ arbitrary is a critical point of $\\|Y - ABX\\|_F^2$.\n\n\
            That is false whenever $r < p$. With $C = I$ the gradient has norm exactly \
            $$\\|\\nabla f\\| = 2\\,\\|(I - U_JU_J^\\top)\\,\\Sigma_{YX}M^\\top\\|_F,$$ \
            so the point is critical only if $(I - U_JU_J^\\top)\\Sigma_{YX}M^\\top = 0$, which $M = KU_J^\\top W$ satisfies. \
            The printed form is necessary, not sufficient.",
        sources: &[Source {
            citation: "Chi, ECE 18-898G: Neural networks, a brief touch, 2018, Lemma 12.5 (the statement refuted); Baldi, Hornik \
                1989, Fact 3 (the theorem)",
            identifier: None,
        }],
        hypotheses: &["$r < p$, so that there are free rows", "the rows are drawn from a normal distribution"],
        kind: Kind::Exact,
        tags: &["landscape", "linear-network", "negative"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let (tasks, networks) = profile.pick((2, 10), (4, 30), (16, 100));
        let random = (1..=tasks).map(|task| Task { networks, seed: seed + task });
        [Task { networks: 0, seed }].into_iter().chain(random).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let mut stream = Stream::new(task.seed);
        let mut outcome = Outcome { free: Vec::new(), bound: Vec::new() };
        if task.networks == 0 {
            compare(&reference_network()?, &mut stream, &mut outcome)?;
        }
        for _ in 0..task.networks {
            lab.go_on()?;
            compare(&random_network(0, &mut stream)?, &mut stream, &mut outcome)?;
        }
        Ok(outcome)
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let free = || evidence.iter().flat_map(|e| &e.outcome.free);
        let smallest = |points: &mut dyn Iterator<Item = f64>| points.fold(f64::INFINITY, minimum);
        let catalogue = evidence.iter().filter(|e| e.task.networks == 0).flat_map(|e| &e.outcome.free);
        let absolute = smallest(&mut catalogue.map(|point| point.gradient));
        let relative = smallest(&mut free().map(|point| point.gradient / point.scale));
        let error = |point: &Free| (point.gradient / (2.0 * point.defect) - 1.0).abs();
        let identity = free().filter(|point| point.gradient > 1e-6 * point.scale).map(error).fold(0.0, maximum);
        let bound = evidence.iter().flat_map(|e| &e.outcome.bound).copied().fold(0.0, maximum);
        let count = free().count();
        Judgement::from_checks(
            format!(
                "At none of {count} points with random free rows does the gradient vanish; with rows K U_Jᵀ W it vanishes at every one."
            ),
            vec![
                Check::at_least("points with free rows", count as f64, 4.0),
                Check::at_least("smallest ‖∇f‖ with random free rows, reference data", absolute, 1e-3),
                // Among thousands of random rows some nearly satisfy the condition, so no absolute bound holds for
                // all; a gradient that vanishes is ten orders below the terms that cancel in it.
                Check::at_least("smallest relative ‖∇f‖ with random free rows", relative, 1e-9),
                Check::at_most("relative error of ‖∇f‖ = 2 ‖(I − P_J) Σ_YX Mᵀ‖", identity, 1e-9),
                Check::at_most("largest relative ‖∇f‖ with rows K U_Jᵀ W", bound, 1e-10),
            ],
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let free = || evidence.iter().flat_map(|e| &e.outcome.free);
        let line = [1e-2, 1e3].map(|defect| (defect, 2.0 * defect));
        vec![
            Figure::new(
                "gradient",
                "The gradient at the printed form, for random free rows",
                "Every point lies on the line: the gradient is twice the component of Σ_YX Mᵀ outside the directions J, and it is zero only if that is.",
                Axis::logarithmic("‖(I − P_J) Σ_YX Mᵀ‖"),
                Axis::logarithmic("‖∇f‖"),
            )
            .reference("twice the defect", line)
            .points("random M", free().map(|point| (point.defect, point.gradient))),
        ]
    }
}

/// Adds every stratum with free rows of a network whose data meet the hypotheses.
fn compare(network: &TwoLayerLinear, stream: &mut Stream, outcome: &mut Outcome) -> Result<(), Failure> {
    let Ok(strata) = Strata::of(network) else { return Ok(()) };
    let (p, inputs) = (network.width(), network.inputs().nrows());
    for set in strata.all() {
        let r = set.len();
        if r == p {
            continue;
        }
        let c = DMatrix::identity(p, p);
        let m = DMatrix::from_fn(p - r, inputs, |_, _| stream.normal());
        let scale =
            |point: &[f64]| network.cross().norm() * point.iter().fold(1.0, |norm: f64, x| norm.hypot(*x));
        let printed = strata.with_free_rows(&set, &c, &m)?;
        outcome.free.push(Free {
            gradient: network.gradient(&printed)?.norm(),
            defect: strata.defect(&set, &m)?,
            scale: scale(&printed),
        });
        let k = DMatrix::from_fn(p - r, r, |_, _| stream.normal());
        let critical = strata.critical_point(&set, &c, &k)?;
        outcome.bound.push(network.gradient(&critical)?.norm() / scale(&critical));
    }
    Ok(())
}
