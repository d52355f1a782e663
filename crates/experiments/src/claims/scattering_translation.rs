//! How little a translation changes a scattering transform: a matter of scale, not of depth.

use saddlepoint_theory::representation::scattering::FilterBank;
use serde::{Deserialize, Serialize};

use super::scattering_energy::Signal;
use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement, maximum};

const SHIFT: usize = 8;

/// The claim `scattering-translation`.
pub struct ScatteringTranslation;

/// One scale.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Task {
    /// Octaves: coefficients are averaged over `2^octaves` samples.
    pub(crate) octaves: u32,
    /// Of the noise.
    pub(crate) seed: u64,
}

/// Changes under a translation, relative to the norm of the signal.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// `‖S_J T_c x − S_J x‖ / ‖x‖` with paths up to length 0, 1, 2.
    pub(crate) changes: Vec<f64>,
    /// The bounds of these.
    pub(crate) bounds: Vec<f64>,
    /// Changes relative to `‖S_J x‖` instead.
    pub(crate) relative: Vec<f64>,
}

impl Claim for ScatteringTranslation {
    const CARD: Card = Card {
        id: "scattering-translation",
        version: 1,
        title: "Scattering forgets translations at a rate that its scale sets",
        statement: r"For a translation $T_c$ by $c$ samples
            $$\lVert S_JT_cx-S_Jx\rVert\le\kappa(c,J)\Bigl(\sum_{m\le M}\lVert U_mx\rVert^2\Bigr)^{1/2},\qquad
              \kappa=\max_\omega|\hat\phi_J(\omega)|\,|1-e^{i\omega c}|=O(2^{-J}|c|).$$ Of noise, each octave more at least divides the change by $1.8$.",
        sources: &[Source {
            citation: "Mallat, Group invariant scattering, Communications on Pure and Applied Mathematics 65, 2012, section 2.4, \
                theorem 2.10",
            identifier: Some("10.1002/cpa.21413"),
        }],
        hypotheses: &["Morlet wavelets, one an octave, on a circle of 1,024 samples; noise moved by 8 samples"],
        kind: Kind::Exact,
        tags: &["representation", "scattering", "invariance"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        // The reference values belong to seed 1.
        let seeds = 1 + seed..1 + seed + profile.pick(1, 3, 30);
        seeds.flat_map(|seed| (3..=8).map(move |octaves| Task { octaves, seed })).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        lab.go_on()?;
        let x = Signal::Noise(task.seed).samples();
        let filters = FilterBank::morlet(x.len(), task.octaves)?;
        let mut moved = x.clone();
        moved.rotate_right(SHIFT);
        let (still, moved) = (filters.scatter(&x, 2)?, filters.scatter(&moved, 2)?);
        let modulus = filters.translation_modulus(SHIFT as i64);
        let norm = still.propagated(0).sqrt();
        let mut outcome = Outcome { changes: Vec::new(), bounds: Vec::new(), relative: Vec::new() };
        for depth in 0..=2 {
            let (a, b) = (still.truncated(depth), moved.truncated(depth));
            let change = a.distance(&b)?;
            let passed: f64 = (0..=depth).map(|order| still.propagated(order)).sum();
            let kept: f64 = (0..=depth).map(|order| still.energy(order)).sum();
            outcome.changes.push(change / norm);
            outcome.bounds.push(modulus * passed.sqrt() / norm);
            outcome.relative.push(change / kept.sqrt());
        }
        Ok(outcome)
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let reference = [0.6738, 0.3255, 0.1392, 0.0548, 0.0216, 0.0079];
        let mut checks = Vec::new();
        for Evidence { task, outcome } in evidence {
            let setting = format!("2^{} samples, seed {}", task.octaves, task.seed);
            let worst = outcome
                .changes
                .iter()
                .zip(&outcome.bounds)
                .map(|(a, b)| a / b)
                .reduce(maximum)
                .unwrap_or(f64::NAN);
            checks.push(Check::at_most(format!("change over its bound, {setting}"), worst, 1.0));
            let expected = usize::try_from(task.octaves).ok().and_then(|j| reference.get(j.wrapping_sub(3)));
            if let (1, Some(expected)) = (task.seed, expected) {
                checks.push(Check::absolute(
                    format!("change at depth 2, {setting}"),
                    last(outcome),
                    *expected,
                    5e-5,
                ));
            }
        }
        for pair in evidence.windows(2).filter(|pair| pair[1].task.octaves == pair[0].task.octaves + 1) {
            checks.push(Check::at_least(
                format!("gain of octave {}, seed {}", pair[1].task.octaves, pair[1].task.seed),
                last(&pair[0].outcome) / last(&pair[1].outcome),
                1.8,
            ));
        }
        let sentence = "Every change is below its bound, and each octave more divides it by 1.8 or more.";
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let first = evidence.first().map(|e| e.task.seed);
        let curve = |of: fn(&Outcome) -> f64| {
            evidence
                .iter()
                .filter(|e| Some(e.task.seed) == first)
                .map(|e| (f64::from(e.task.octaves), of(&e.outcome)))
                .collect::<Vec<_>>()
        };
        vec![
            Figure::new(
                "scale",
                "Noise moved by 8 samples: how much its scattering changes",
                "The change falls with each octave of averaging, at the rate of the bound. More depth, at the same scale, means more change.",
                Axis::linear("octaves J"),
                Axis::logarithmic("change relative to the signal"),
            )
            .line("depth 2", curve(last))
            .line("depth 1", curve(|o| o.changes.get(1).copied().unwrap_or(f64::NAN)))
            .line("depth 0", curve(|o| o.changes.first().copied().unwrap_or(f64::NAN)))
            .reference("bound, depth 2", curve(|o| o.bounds.last().copied().unwrap_or(f64::NAN))),
        ]
    }
}

fn last(outcome: &Outcome) -> f64 {
    outcome.changes.last().copied().unwrap_or(f64::NAN)
}
