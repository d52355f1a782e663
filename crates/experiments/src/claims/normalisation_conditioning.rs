//! What normalization does to the condition number of a random network's Jacobian, and of its inputs.

use nalgebra::DMatrix;
use saddlepoint_models::device::Precision;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::optimization::{
    GramConditioning, marchenko_pastur_condition_number, offset_condition_number,
};
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement, minimum};

mod jacobians;

pub(super) use jacobians::{Measured, Unit, Variant, jacobian, measure};

/// Features of the experiment on inputs: how many, of how many examples, in how many standard deviations off centre.
const FEATURES: usize = 20;
const EXAMPLES: usize = 2000;
const OFFSET: f64 = 3.3;

/// One network, or one set of features.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// The Jacobian of a random network.
    Network {
        /// Its activation.
        unit: Unit,
        /// What is changed in it.
        variant: Variant,
        /// Hidden layers.
        depth: usize,
        /// Seed of weights and inputs.
        seed: u64,
    },
    /// Features with offsets and scales.
    Inputs {
        /// Seed of the features.
        seed: u64,
    },
    /// A network with normalized weights against the same without.
    WeightNormalization {
        /// Hidden layers.
        depth: usize,
        /// Seed of weights and inputs.
        seed: u64,
    },
}

/// What came of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Of a network.
    Network(Measured),
    /// Condition numbers of the features' second moments.
    Inputs {
        /// As they are.
        raw: f64,
        /// Without their means.
        centred: f64,
        /// Over their root mean square.
        scaled: f64,
        /// Without their means, over their deviations: what batch normalization of the inputs does.
        normalized: f64,
        /// What the offsets alone give, in theory.
        offset: f64,
        /// What is left by chance, in theory.
        edge: f64,
    },
    /// Of normalized weights.
    WeightNormalization {
        /// Largest difference of the Gram matrices at the start, relative to their largest entry.
        difference: f64,
        /// That of the Gram matrix at raw weights 4 times as long from `T/16 + R`, where `T + R` and `T/4 + R` are those at
        /// lengths 1 and 2.
        departure: f64,
    },
}

/// `normalisation-conditioning`.
pub struct NormalisationConditioning;

impl Claim for NormalisationConditioning {
    const CARD: Card = Card {
        id: "normalisation-conditioning",
        version: 1,
        title: "Batch normalization and skips make deep sigmoid networks well conditioned; weight normalization does not",
        statement: r"Let $J = \partial f(x_i)/\partial\theta$ be the Jacobian of a random network's output on $n$ inputs. The condition number of
            $JJ^\top$ is that of the Hessian of a squared loss at zero residual, on its range. For sigmoids it grows
            exponentially with depth. Batch normalization lowers it by more than $10^4$ at 6 layers, and skip connections of
            scale 1 by more than $10^2$. For ReLU networks, which are well conditioned already, batch normalization lowers it
            at each depth.

            **Inputs.** Features with an offset $\mu$ in standard deviations have the condition number $1 + \|\mu\|^2$, and different scales
            multiply it by the square of their ratio. Normalizing each feature over the examples leaves what chance does:
            $\big((1+\sqrt{d/n})/(1-\sqrt{d/n})\big)^2$.

            **Weight normalization** changes nothing: where $g = \|v\|$, the Gram matrix of the derivatives in $(g, v)$ *equals* the plain
            one. With longer raw weights its tangential part is multiplied by $(g/\|v\|)^2$, a learning rate in disguise.

            Condition numbers are taken from the singular values of $J$. Eigenvalues of $JJ^\top$, formed in f64, end at $4.5\cdot10^{15}$:
            that is where the infinite ones of plain sigmoid networks with 12 layers come from, whose true value is near
            $10^{18}$. The singular values of $J$ resolve up to about $10^{23}$ here.

            Here: 20 inputs in 10 dimensions, width 40, one output, biases; Glorot's variance for sigmoids and tanh, He's for
            ReLU; skip connections of scale 1, for ReLU $1/\sqrt{\text{depth}}$; batch statistics.",
        sources: &[
            Source {
                citation: "LeCun, Kanter, Solla 1991, Eigenvalues of covariance matrices: application to neural-network learning",
                identifier: Some("10.1103/PhysRevLett.66.2396"),
            },
            Source {
                citation: "Ioffe, Szegedy 2015, Batch normalization",
                identifier: Some("arXiv:1502.03167"),
            },
            Source {
                citation: "Salimans, Kingma 2016, Weight normalization",
                identifier: Some("arXiv:1602.07868"),
            },
        ],
        hypotheses: &[
            "at initialization, where the network is random",
            "more parameters than outputs, so that $JJ^\\top$ is regular",
        ],
        kind: Kind::Statistical,
        tags: &["optimization", "conditioning", "normalization", "skip connections"],
        data: &[],
        network: Some(Precision::F64),
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let seeds = profile.pick(3, 5, 40);
        let mut tasks = Vec::new();
        for (unit, variants) in [
            (Unit::Sigmoid, [Variant::Plain, Variant::Layer, Variant::Batch, Variant::Skip].as_slice()),
            (Unit::Relu, &[Variant::Plain, Variant::Layer, Variant::Batch]),
            (Unit::Tanh, &[Variant::Plain]),
        ] {
            for depth in DEPTHS {
                for &variant in variants {
                    tasks.extend((0..seeds).map(|task| Task::Network {
                        unit,
                        variant,
                        depth,
                        seed: seed + task,
                    }));
                }
            }
        }
        tasks.extend((0..seeds).map(|task| Task::Inputs { seed: seed + task }));
        tasks.extend(DEPTHS.map(|depth| Task::WeightNormalization { depth, seed }));
        tasks
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        lab.go_on()?;
        Ok(match *task {
            Task::Network { unit, variant, depth, seed } => {
                Outcome::Network(measure(unit, variant, depth, seed, &lab.device()?)?)
            }
            Task::Inputs { seed } => inputs(seed)?,
            Task::WeightNormalization { depth, seed } => {
                let device = lab.device()?;
                let gram = |variant, stretch| {
                    let jacobian = jacobian(Unit::Tanh, variant, depth, seed, stretch, &device)?;
                    Ok::<_, Failure>(&jacobian * jacobian.transpose())
                };
                let plain = gram(Variant::Plain, 1.0)?;
                let [one, two, four] =
                    [gram(Variant::Weight, 1.0)?, gram(Variant::Weight, 2.0)?, gram(Variant::Weight, 4.0)?];
                let tangential = (&one - &two) / (1.0 - 0.25);
                let expected = &one - &tangential * (1.0 - 1.0 / 16.0);
                Outcome::WeightNormalization {
                    difference: (&one - &plain).amax() / plain.amax(),
                    departure: (&four - &expected).amax() / expected.amax(),
                }
            }
        })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        for (variant, name, least) in
            [(Variant::Batch, "batch normalization", 1e4), (Variant::Skip, "skips", 1e2)]
        {
            let ratio = ratios(evidence, Unit::Sigmoid, 6, variant).fold(f64::INFINITY, minimum);
            let ratio = if ratio.is_finite() { ratio } else { f64::NAN };
            let what = format!("sigmoid, 6 layers: least κ of plain over κ with {name}");
            checks.push(Check::at_least(what, ratio, least));
        }
        for depth in DEPTHS {
            let ratio = median(ratios(evidence, Unit::Relu, depth, Variant::Batch));
            checks.push(Check::at_least(
                format!("ReLU, {depth} layers: median κ of plain over κ with batch normalization"),
                ratio,
                1.0,
            ));
        }
        let deep = conditions(evidence, Unit::Sigmoid, Variant::Plain, 12);
        let least = deep.iter().map(|measured| measured.condition).fold(f64::INFINITY, minimum);
        let resolved = !deep.is_empty() && deep.iter().all(|measured| measured.resolved);
        checks.push(Check::within("sigmoid, 12 layers: least κ of plain", least, 4.5e15..=1e30));
        checks.push(Check::holds(
            "whether it is resolved in f64",
            resolved,
            resolved,
            "resolved for every seed",
        ));
        for one in evidence {
            match (&one.task, &one.outcome) {
                (Task::Inputs { seed }, Outcome::Inputs { raw, centred, scaled, normalized, offset, edge }) => {
                    let of = |what: &str| format!("inputs, seed {seed}: {what}");
                    checks.push(Check::relative(of("κ of normalized features"), *normalized, *edge, 0.1));
                    checks.push(Check::within(
                        of("κ of scaled features over 1 + ‖μ‖²"),
                        scaled / offset,
                        0.5..=2.0,
                    ));
                    checks.push(Check::at_least(
                        of("κ of raw over normalized features"),
                        raw / normalized,
                        1e5,
                    ));
                    checks.push(Check::within(of("κ of centred features"), *centred, 5e3..=2e4));
                }
                (
                    Task::WeightNormalization { depth, .. },
                    Outcome::WeightNormalization { difference, departure },
                ) => {
                    let of = |what: &str| format!("weight normalization, {depth} layers: {what}");
                    checks.push(Check::at_most(of("change of the Gram matrix"), *difference, 1e-12));
                    checks.push(Check::at_most(of("departure from (g/‖v‖)²"), *departure, 1e-12));
                }
                _ => {}
            }
        }
        let at = |variant| {
            median(conditions(evidence, Unit::Sigmoid, variant, 6).iter().map(|measured| measured.condition))
        };
        let sentence = format!(
            "At 6 sigmoid layers the condition number is {:.1e} plain, {:.1e} with skip connections and {:.0} with batch \
             normalization.",
            at(Variant::Plain),
            at(Variant::Skip),
            at(Variant::Batch)
        );
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let mut networks = Figure::new(
            "depth",
            "Condition numbers of random networks",
            "Medians over the seeds. Plain sigmoids lose more than a digit a layer, and layer normalization saves less than half of it; \
             with batch normalization the network gets better conditioned as it gets deeper.",
            Axis::linear("hidden layers"),
            Axis::logarithmic("κ(JJᵀ)"),
        );
        for unit in [Unit::Sigmoid, Unit::Relu, Unit::Tanh] {
            for variant in Variant::ALL {
                let points: Vec<(f64, f64)> = DEPTHS
                    .into_iter()
                    .map(|depth| {
                        let found = conditions(evidence, unit, variant, depth);
                        (depth as f64, median(found.iter().map(|measured| measured.condition)))
                    })
                    .filter(|(_, condition)| condition.is_finite())
                    .collect();
                if !points.is_empty() {
                    networks = networks.line(format!("{}, {}", unit.name(), variant.name()), points);
                }
            }
        }
        vec![networks]
    }
}

/// Numbers of hidden layers.
pub(super) const DEPTHS: [usize; 3] = [2, 6, 12];

/// The median, NaN of nothing.
pub(super) fn median(values: impl Iterator<Item = f64>) -> f64 {
    crate::sample::median(&values.collect::<Vec<_>>())
}

fn conditions(
    evidence: &[Evidence<Task, Outcome>],
    unit: Unit,
    variant: Variant,
    depth: usize,
) -> Vec<&Measured> {
    let chosen = evidence.iter().filter_map(|one| match (&one.task, &one.outcome) {
        (Task::Network { unit: u, variant: v, depth: d, .. }, Outcome::Network(measured))
            if (*u, *v, *d) == (unit, variant, depth) =>
        {
            Some(measured)
        }
        _ => None,
    });
    chosen.collect()
}

/// The condition number of the plain network over that of the variant, seed by seed.
fn ratios(
    evidence: &[Evidence<Task, Outcome>],
    unit: Unit,
    depth: usize,
    variant: Variant,
) -> impl Iterator<Item = f64> {
    let [plain, other] = [Variant::Plain, variant].map(|variant| conditions(evidence, unit, variant, depth));
    let ratios: Vec<f64> = plain.iter().zip(&other).map(|(a, b)| a.condition / b.condition).collect();
    ratios.into_iter()
}

/// Features in rows, with offsets and with scales from 1 to 100, as they are and normalized in part.
fn inputs(seed: u64) -> Result<Outcome, Failure> {
    let mut stream = Stream::new(seed);
    let scale = |j: usize| 100f64.powf(j as f64 / (FEATURES - 1) as f64);
    let standard = DMatrix::from_row_slice(FEATURES, EXAMPLES, &stream.normals(FEATURES * EXAMPLES));
    let rows = |map: &dyn Fn(f64, f64, f64) -> f64| {
        let mut features = standard.clone();
        for (j, mut row) in features.row_iter_mut().enumerate() {
            row.iter_mut().for_each(|x| *x = scale(j) * (*x + OFFSET));
            let (mean, deviation) = (row.mean(), row.variance().sqrt());
            row.iter_mut().for_each(|x| *x = map(*x, mean, deviation));
        }
        Ok::<_, Failure>(GramConditioning::new(&features)?.condition_number())
    };
    Ok(Outcome::Inputs {
        raw: rows(&|x, _, _| x)?,
        centred: rows(&|x, mean, _| x - mean)?,
        scaled: rows(&|x, _, deviation| x / deviation)?,
        normalized: rows(&|x, mean, deviation| (x - mean) / deviation)?,
        offset: offset_condition_number(&[OFFSET; FEATURES])?,
        edge: marchenko_pastur_condition_number(FEATURES, EXAMPLES)?,
    })
}
