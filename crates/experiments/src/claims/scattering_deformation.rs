//! A dilation moves high frequencies far; scattering moves by the dilation, whatever the frequency.

use saddlepoint_theory::representation::scattering::{FilterBank, WavePacket, fourier_modulus_distance};
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement};

const SAMPLES: usize = 1024;
const OCTAVES: u32 = 6;
const WIDTH: f64 = 60.0;

/// The claim `scattering-deformation`.
pub struct ScatteringDeformation;

/// One dilation of one packet.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Task {
    /// The packet is dilated by `1 − s`.
    s: f64,
    /// Its periods a signal.
    frequency: f64,
}

/// Distances relative to the norm of the packet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// Of the moduli of the Fourier transforms.
    fourier: f64,
    /// Of the scattering transforms.
    scattering: f64,
}

impl Claim for ScatteringDeformation {
    const CARD: Card = Card {
        id: "scattering-deformation",
        version: 1,
        title: "Scattering is stable to dilations at all frequencies, the Fourier modulus is not",
        statement: r"For a deformation $x_\tau(t)=x(t-\tau(t))$
            $$\lVert S_Jx_\tau-S_Jx\rVert\le C\lVert Ux\rVert_1\Bigl(2^{-J}\lVert\tau\rVert_\infty+\lVert\nabla\tau\rVert_\infty\max\bigl(\log\tfrac{\lVert\Delta\tau\rVert_\infty}{\lVert\nabla\tau\rVert_\infty},1\bigr)+\lVert H\tau\rVert_\infty\Bigr)$$
            with a constant that does not depend on $x$. What follows is put to the test: for a dilation by $1-s$ of a wave packet of
            frequency $\xi$, the distance of the Fourier moduli grows like $s\xi$ until it saturates at $\sqrt2\lVert x\rVert$, while that
            of scattering stays below $Cs$ at all $\xi$. At frequencies an octave apart it is nearly the same; it is smaller by up
            to a factor of three where the packet lies on the top of a wavelet's response instead of its slope.",
        sources: &[Source {
            citation: "Mallat, Group invariant scattering, Communications on Pure and Applied Mathematics 65, 2012, theorem 2.12",
            identifier: Some("10.1002/cpa.21413"),
        }],
        hypotheses: &[
            "Morlet wavelets, one an octave, six octaves, on a circle of 1,024 samples, two orders; envelope of standard deviation 60",
        ],
        kind: Kind::Exact,
        tags: &["representation", "scattering", "invariance"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(_: Profile, _: u64) -> Vec<Task> {
        [0.01, 0.02, 0.05, 0.1]
            .into_iter()
            .flat_map(|s| [16.0, 32.0, 64.0, 128.0, 256.0].map(|frequency| Task { s, frequency }))
            .collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        lab.go_on()?;
        let packet = WavePacket::new(WIDTH, task.frequency)?;
        let (x, y) = (packet.dilated(SAMPLES, 0.0), packet.dilated(SAMPLES, task.s));
        let filters = FilterBank::morlet(SAMPLES, OCTAVES)?;
        let (before, after) = (filters.scatter(&x, 2)?, filters.scatter(&y, 2)?);
        let norm = before.propagated(0).sqrt();
        Ok(Outcome {
            fourier: fourier_modulus_distance(&x, &y)? / norm,
            scattering: before.distance(&after)? / norm,
        })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let references = [
            (0.01, [0.0429, 0.0843, 0.1675, 0.3312, 0.6356], [0.0248, 0.0323, 0.0361, 0.0373, 0.0376]),
            (0.05, [0.2196, 0.4251, 0.7929, 1.2554, 1.4306], [0.1259, 0.1590, 0.1741, 0.1788, 0.1797]),
        ];
        let mut checks = Vec::new();
        for (s, fourier, scattering) in references {
            for (e, (f, d)) in
                evidence.iter().filter(|e| e.task.s == s).zip(fourier.into_iter().zip(scattering))
            {
                let setting = format!("s = {s}, ξ = {}", e.task.frequency);
                checks.push(Check::absolute(
                    format!("Fourier modulus, {setting}"),
                    e.outcome.fourier,
                    f,
                    5.1e-5,
                ));
                checks.push(Check::absolute(format!("scattering, {setting}"), e.outcome.scattering, d, 5.1e-5));
            }
        }
        for e in evidence {
            let setting = format!("s = {}, ξ = {}", e.task.s, e.task.frequency);
            checks.push(Check::within(
                format!("scattering over s, {setting}"),
                e.outcome.scattering / e.task.s,
                2.4..=3.9,
            ));
        }
        let at = |frequency: f64, of: fn(&Outcome) -> f64| {
            let found = evidence.iter().find(|e| e.task.s == 0.01 && e.task.frequency == frequency);
            found.map_or(f64::NAN, |e| of(&e.outcome))
        };
        let growth = |of: fn(&Outcome) -> f64| at(256.0, of) / at(64.0, of);
        checks.push(Check::at_most("growth of scattering from ξ = 64 to 256", growth(|o| o.scattering), 1.1));
        checks.push(Check::at_least(
            "growth of the Fourier modulus from ξ = 64 to 256",
            growth(|o| o.fourier),
            3.0,
        ));
        let sentence = "Scattering moves by about 3.5 s at frequencies from 16 to 256; the Fourier modulus moves the farther the higher the frequency.";
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let curve = |s: f64, of: fn(&Outcome) -> f64| {
            let points = evidence.iter().filter(move |e| e.task.s == s);
            points.map(|e| (e.task.frequency, of(&e.outcome))).collect::<Vec<_>>()
        };
        vec![
            Figure::new(
                "dilation",
                "Distance between a wave packet and its dilation",
                "Solid: Fourier modulus. It grows with the frequency until the two spectra no longer overlap. Dashed: scattering, which depends on the dilation only.",
                Axis::logarithmic("periods a signal ξ"),
                Axis::logarithmic("distance relative to the norm"),
            )
            .line("Fourier, s = 0.01", curve(0.01, |o| o.fourier))
            .line("Fourier, s = 0.05", curve(0.05, |o| o.fourier))
            .reference("scattering, s = 0.01", curve(0.01, |o| o.scattering))
            .reference("scattering, s = 0.05", curve(0.05, |o| o.scattering)),
        ]
    }
}
