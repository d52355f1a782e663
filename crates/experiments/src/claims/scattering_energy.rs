//! The scattering transform keeps all energy, expands no distance, and deeper orders carry little.

use saddlepoint_models::random::Stream;
use saddlepoint_theory::representation::scattering::FilterBank;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure, Mark};
use crate::sparse_code::distance;
use crate::verdict::{Check, Judgement, maximum, minimum};

const SAMPLES: usize = 1024;
const OCTAVES: u32 = 5;

/// The claim `scattering-energy`.
pub struct ScatteringEnergy;

/// A signal of 1,024 samples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signal {
    /// `cos 2π(20 t + 100 t²)` for `t` in `[0, 1)`.
    Chirp,
    /// Standard normals of this seed.
    Noise(u64),
    /// 1 at sample 300.
    Impulse,
}

impl Signal {
    /// Its samples.
    pub(crate) fn samples(self) -> Vec<f64> {
        match self {
            Signal::Chirp => (0..SAMPLES)
                .map(|i| i as f64 / SAMPLES as f64)
                .map(|t| (2.0 * std::f64::consts::PI * (20.0 * t + 100.0 * t * t)).cos())
                .collect(),
            Signal::Noise(seed) => Stream::new(seed).normals(SAMPLES),
            Signal::Impulse => (0..SAMPLES).map(|i| f64::from(u8::from(i == 300))).collect(),
        }
    }
}

/// One measurement.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Task {
    /// The filters themselves.
    Filters,
    /// Where the energy of a signal goes.
    Energy {
        /// The signal.
        signal: Signal,
        /// Whether the filters are divided by `√A`.
        normalized: bool,
    },
    /// Distances of pairs of noises.
    Pairs {
        /// Of the noises.
        seed: u64,
        /// Number of pairs.
        pairs: usize,
    },
}

/// What a task measures.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Outcome {
    /// Values of filters.
    Filters {
        /// The least value of `A` before the division.
        least: f64,
        /// φ at 0 and 16, ψ₀ at 384, ψ₃ at 48, ψ₄ at 24.
        values: [f64; 5],
    },
    /// Shares of the energy.
    Energy {
        /// `‖x‖²`.
        energy: f64,
        /// `‖S_m‖²/‖x‖²` for `m = 0, 1, 2`.
        kept: [f64; 3],
        /// `‖U_m‖²/‖x‖²` for `m = 1, 2, 3`.
        propagated: [f64; 3],
        /// First-order coefficients of the chirp, each eighth sample, for the figure.
        first_order: Vec<Vec<f64>>,
    },
    /// The largest of `‖Sx − Sy‖/‖x − y‖`.
    Pairs {
        /// It.
        ratio: f64,
    },
}

impl Claim for ScatteringEnergy {
    const CARD: Card = Card {
        id: "scattering-energy",
        version: 1,
        title: "Scattering keeps all energy, expands nothing, and needs few orders",
        statement: r"With wavelets that satisfy $\hat\phi^2+\tfrac12\sum_j(\hat\psi_j(\omega)^2+\hat\psi_j(-\omega)^2)=1$, $U_0=\{x\}$,
            $U_{m+1}=\{|u*\psi_j|\}$ and $S_m=\{u*\phi : u\in U_m\}$: for real $x$
            $$\sum_{m\le M}\lVert S_m\rVert^2+\lVert U_{M+1}\rVert^2=\lVert x\rVert^2,\qquad \lVert Sx-Sy\rVert\le\lVert x-y\rVert,$$ and $\lVert U_m\rVert\to0$: after two
            orders at most an eighth of the energy is left, even of an impulse.

            Without the division by the root of that sum, more than half of the energy is lost.",
        sources: &[Source {
            citation: "Mallat, Group invariant scattering, Communications on Pure and Applied Mathematics 65, 2012, \
                propositions 2.1, 2.5 and 2.6",
            identifier: Some("10.1002/cpa.21413"),
        }],
        hypotheses: &[
            "Morlet wavelets, one an octave, five octaves, on a circle of 1,024 samples, no subsampling",
        ],
        kind: Kind::Exact,
        tags: &["representation", "scattering"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let signals = [Signal::Chirp, Signal::Noise(1), Signal::Impulse];
        let energy = |normalized| move |signal| Task::Energy { signal, normalized };
        std::iter::once(Task::Filters)
            .chain(signals.into_iter().map(energy(true)))
            .chain(signals.into_iter().take(2).map(energy(false)))
            .chain([Task::Pairs { seed, pairs: profile.pick(20, 40, 4000) }])
            .collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        lab.go_on()?;
        let filters = FilterBank::morlet(SAMPLES, OCTAVES)?;
        match *task {
            Task::Filters => {
                let raw = FilterBank::unnormalized_morlet(SAMPLES, OCTAVES)?.littlewood_paley();
                let (phi, psi) = (filters.lowpass(), filters.wavelets());
                Ok(Outcome::Filters {
                    least: raw.into_iter().fold(f64::INFINITY, minimum),
                    values: [phi[0], phi[16], psi[0][384], psi[3][48], psi[4][24]],
                })
            }
            Task::Energy { signal, normalized } => {
                let bank =
                    if normalized { filters } else { FilterBank::unnormalized_morlet(SAMPLES, OCTAVES)? };
                let scattering = bank.scatter(&signal.samples(), 2)?;
                let energy = scattering.propagated(0);
                let first_order = if signal == Signal::Chirp && normalized {
                    let thinned = |path: &Vec<f64>| path.iter().copied().step_by(8).collect();
                    scattering.order(1).iter().map(thinned).collect()
                } else {
                    Vec::new()
                };
                Ok(Outcome::Energy {
                    energy,
                    kept: [0, 1, 2].map(|m| scattering.energy(m) / energy),
                    propagated: [1, 2, 3].map(|m| scattering.propagated(m) / energy),
                    first_order,
                })
            }
            Task::Pairs { seed, pairs } => {
                let mut stream = Stream::new(seed);
                let mut ratio = 0.0f64;
                for pair in 0..pairs {
                    lab.go_on()?;
                    let x = stream.normals(SAMPLES);
                    // From far to near, since what does not expand must not do so at any distance.
                    let scale = 0.1f64.powi(pair as i32 % 4);
                    let y: Vec<f64> = x.iter().map(|x| x + scale * stream.normal()).collect();
                    let apart = filters.scatter(&x, 2)?.distance(&filters.scatter(&y, 2)?)?;
                    ratio = maximum(ratio, apart / distance(&x, &y));
                }
                Ok(Outcome::Pairs { ratio })
            }
        }
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        for e in evidence {
            match (&e.task, &e.outcome) {
                (_, Outcome::Filters { least, values }) => {
                    checks.push(Check::relative(
                        "least share before the division",
                        *least,
                        0.252494488015,
                        1e-9,
                    ));
                    let names = ["φ(0)", "φ(16)", "ψ₀(384)", "ψ₃(48)", "ψ₄(24)"];
                    let expected = [1.0, 0.654175361882, 1.41420299423, 1.37132719736, 1.36217844346];
                    for ((name, value), expected) in names.into_iter().zip(values).zip(expected) {
                        checks.push(Check::relative(name, *value, expected, 1e-9));
                    }
                }
                (Task::Energy { signal, normalized }, Outcome::Energy { energy, kept, propagated, .. }) => {
                    let (name, expected) = match signal {
                        Signal::Chirp => ("the chirp", CHIRP),
                        Signal::Noise(_) => ("noise", NOISE),
                        Signal::Impulse => ("an impulse", IMPULSE),
                    };
                    let defect = (kept.iter().sum::<f64>() + propagated[2] - 1.0).abs();
                    if !normalized {
                        let what = format!("energy that unnormalized filters lose, {name}");
                        checks.push(Check::at_least(what, defect, 0.5));
                        continue;
                    }
                    checks.push(Check::at_most(format!("defect of the identity, {name}"), defect, 1e-12));
                    checks.push(Check::at_most(format!("left after two orders, {name}"), propagated[2], 0.13));
                    if *signal == Signal::Chirp {
                        checks.push(Check::relative("energy of the chirp", *energy, 512.079255367, 1e-9));
                    }
                    let shares = kept.iter().chain(propagated);
                    let labels = ["‖S₀‖²", "‖S₁‖²", "‖S₂‖²", "‖U₁‖²", "‖U₂‖²", "‖U₃‖²"];
                    for ((label, share), expected) in labels.into_iter().zip(shares).zip(expected) {
                        checks.push(Check::relative(format!("{label}/‖x‖², {name}"), *share, expected, 1e-9));
                    }
                }
                (_, Outcome::Pairs { ratio }) => {
                    checks.push(Check::at_most("‖Sx − Sy‖ over ‖x − y‖", *ratio, 1.0 + 1e-12));
                }
                _ => (),
            }
        }
        let sentence = "The energies of all orders add up to that of the signal, no distance grew, and two orders keep all but an eighth.";
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let mut shares = Figure::new(
            "energy",
            "Energy that has not been averaged yet",
            "What the modulus passes on to the next order shrinks fast. An impulse, which has all frequencies at one instant, keeps most for later orders.",
            Axis::linear("order"),
            Axis::logarithmic("share of the energy"),
        );
        let mut figures = Vec::new();
        for e in evidence {
            if let (
                Task::Energy { signal, normalized: true },
                Outcome::Energy { propagated, first_order, .. },
            ) = (&e.task, &e.outcome)
            {
                let name = match signal {
                    Signal::Chirp => "chirp",
                    Signal::Noise(_) => "noise",
                    Signal::Impulse => "impulse",
                };
                shares = shares.line(name, (0u32..).map(f64::from).zip([1.0].into_iter().chain(*propagated)));
                if !first_order.is_empty() {
                    let octaves = first_order.len();
                    figures.push(
                        Figure::new(
                            "chirp",
                            "First-order scattering of a chirp",
                            "The frequency of the chirp rises from 20 to 220 periods a signal. One wavelet after another responds, the coarse ones first: averaged in time, the coefficients still tell which frequency is there when.",
                            Axis::linear("time, samples"),
                            Axis::linear("octave below the Nyquist frequency"),
                        )
                        .with(
                            "first-order coefficients",
                            Mark::Image {
                                x: [-4.0, 8.0 * first_order[0].len() as f64 - 4.0],
                                y: [-0.5, octaves as f64 - 0.5],
                                z: first_order.clone(),
                                title: "coefficient".into(),
                            },
                        ),
                    );
                }
            }
        }
        figures.push(shares);
        figures
    }
}

/// Shares of `S_0, S_1, S_2, U_1, U_2, U_3`, by a prototype in another language.
const CHIRP: [f64; 6] =
    [0.00199923426361, 0.994438197064, 0.0032806115457, 0.998000765736, 0.00356256867222, 0.000281957126518];
const NOISE: [f64; 6] =
    [0.0337701225989, 0.795817821533, 0.152308741897, 0.966229877401, 0.170412055868, 0.0181033139706];
const IMPULSE: [f64; 6] =
    [0.0306248162575, 0.393209692826, 0.454348895229, 0.969375183742, 0.576165490916, 0.121816595687];
