//! How far perturbed weights move an output, and the PAC-Bayes bound that rests on it.

use nalgebra::{DMatrix, DVector};
use saddlepoint_models::random::Stream;
use saddlepoint_rigor::IntervalMatrix;
use saddlepoint_theory::bounds::network::{Activation, Network};
use saddlepoint_theory::bounds::neyshabur_pac_bayes::{NeyshaburPacBayes as Theorem, with_papers_constant};
use saddlepoint_theory::bounds::perturbation::{Perturbation, stretched_share};
use saddlepoint_theory::capacity::norms::{Layers, spectral};
use saddlepoint_theory::expressivity::relu_network::ReluNetwork;
use saddlepoint_theory::quantity::Divergence;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::reference_network::{DELTA, GAMMA, ReferenceNetwork, drawn, normals};
use crate::verdict::{Check, Judgement, maximum, minimum, show};

/// The claim `neyshabur-pac-bayes`.
pub struct NeyshaburPacBayes;

/// In which direction weights are perturbed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// At random.
    Random,
    /// Along themselves: every layer is stretched.
    Stretched,
}

/// What is evaluated.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "on", rename_all = "kebab-case")]
pub enum Task {
    /// The bound of the reference network at a margin.
    Bound {
        /// The margin.
        gamma: f64,
    },
    /// The perturbation lemma on random networks.
    Lemma {
        /// Inputs, hidden units, outputs.
        widths: Vec<usize>,
        /// The perturbations.
        direction: Direction,
        /// How many networks.
        networks: usize,
        /// Of networks, inputs and perturbations.
        seed: u64,
    },
}

/// What came of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "on", rename_all = "kebab-case")]
pub enum Outcome {
    /// The bound.
    Bound {
        /// The divergence with the proof's constant.
        divergence: f64,
        /// Its value.
        bound: f64,
        /// Names of its parts.
        names: Vec<String>,
        /// The parts.
        parts: Vec<f64>,
    },
    /// How far outputs moved, over the lemma's bound.
    Lemma {
        /// The largest quotient.
        worst: f64,
        /// The smallest part of the largest perturbation that the lemma allows.
        least_size: f64,
    },
}

impl Claim for NeyshaburPacBayes {
    const CARD: Card = Card {
        id: "neyshabur-pac-bayes",
        version: 1,
        title: "The spectral PAC-Bayes bound: its perturbation lemma holds, and costs most of it",
        statement: r"Perturb each weight matrix of a ReLU network of depth $d$ by $U_i$ with $\|U_i\|\le\|W_i\|/d$. Then
            $$\|f_{W+U}(x)-f_W(x)\|\le e\|x\|\prod_i\|W_i\|\sum_i\frac{\|U_i\|}{\|W_i\|}.$$
            Random perturbations stay far below; stretching every layer of a chain of single units along itself reaches the part
            $((1+1/d)^d-1)/e\to1-1/e$ of it, so that $e$ cannot be replaced by $e/2$.

            With it, for inputs of norm at most $B$, width $h$ and margin $\gamma$,
            $$P(\text{error})\le\hat L_\gamma+4\sqrt{\frac{K+\ln(6n/\delta)+\ldots}{n-1}},\qquad
            K=\tfrac{42^2e^2}2\,B^2d^2h\ln(4dh)\prod_i\|W_i\|^2\sum_i\frac{\|W_i\|_F^2}{\|W_i\|^2}\Big/\gamma^2.$$
            A grid for the deviation of the prior alone replaces $42^2e^2/2$ by $2^{1/4}16e^2$, a forty-sixth. On a network of 95 weights the bound
            is above $10^4$ all the same.",
        sources: &[Source {
            citation: "Neyshabur, Bhojanapalli, Srebro, A PAC-Bayesian approach to spectrally-normalized margin bounds for neural \
                networks, ICLR 2018, lemmas 1 and 2, theorem 1",
            identifier: Some("arXiv:1707.09564"),
        }],
        hypotheses: &[
            "no biases, ReLU (or another 1-Lipschitz, positive homogeneous activation)",
            "the radius $B$ is known before the data; where the reference value takes the largest norm that was seen, it is compared \
             as a number and not as a bound",
            "the bound is evaluated, its coverage is not tested: it is far above 1",
        ],
        kind: Kind::Exact,
        tags: &["generalization", "bounds", "pac-bayes", "norms"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let bounds = [0.0625, GAMMA, 1.0, 4.0, 16.0].map(|gamma| Task::Bound { gamma });
        let networks = profile.pick(50, 400, 10_000);
        let random: [&[usize]; 5] =
            [&[5, 7, 3], &[5, 7, 6, 3], &[5, 7, 7, 6, 3], &[5, 7, 7, 7, 6, 3], &[5, 7, 7, 7, 7, 6, 3]];
        let depths: &[usize] = profile.pick(&[2, 4, 8], &[2, 3, 4, 6, 8, 16], &[2, 3, 4, 6, 8, 16, 64, 256]);
        let random = random.into_iter().map(|widths| (widths.to_vec(), Direction::Random, networks));
        let chains = depths.iter().map(|depth| (vec![1; depth + 1], Direction::Stretched, 20));
        let lemma = random.chain(chains).map(|(widths, direction, networks)| Task::Lemma {
            widths,
            direction,
            networks,
            seed: seed + 1,
        });
        bounds.into_iter().chain(lemma).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        match task {
            Task::Bound { gamma } => {
                lab.go_on()?;
                let known = ReferenceNetwork::on(20)?;
                let radius = known.inputs.largest_norm().high();
                let theorem = Theorem::new(&known.network, radius, known.sample()?, *gamma, DELTA)?;
                let certificate = theorem.evaluate();
                Ok(Outcome::Bound {
                    divergence: theorem.divergence(),
                    bound: certificate.value(),
                    names: certificate.terms().iter().map(|term| term.name.to_owned()).collect(),
                    parts: certificate.terms().iter().map(|term| term.value).collect(),
                })
            }
            Task::Lemma { widths, direction, networks, seed } => {
                let mut stream = Stream::new(*seed);
                let (mut worst, mut least_size) = (0.0, f64::INFINITY);
                for _ in 0..*networks {
                    lab.go_on()?;
                    let (quotient, size) = perturbed(widths, *direction, &mut stream)?;
                    // A chain whose units are switched off shows nothing: its outputs are 0.
                    worst = maximum(worst, quotient);
                    least_size = minimum(least_size, size);
                }
                Ok(Outcome::Lemma { worst, least_size })
            }
        }
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        let (mut random, mut stretched, mut size) = (f64::NEG_INFINITY, f64::NEG_INFINITY, f64::INFINITY);
        let mut value = f64::NAN;
        for Evidence { task, outcome } in evidence {
            match (task, outcome) {
                (Task::Bound { gamma }, Outcome::Bound { divergence, bound, .. }) if *gamma == GAMMA => {
                    let what = "divergence of the reference network, with the paper's constant";
                    let papers = Divergence::new(*divergence).map_or(f64::NAN, with_papers_constant);
                    checks.push(Check::relative(what, papers, 39_220_835_298.1, 1e-9));
                    value = *bound;
                }
                (Task::Lemma { widths, direction, .. }, Outcome::Lemma { worst, least_size }) => {
                    size = minimum(size, *least_size);
                    if *direction == Direction::Random {
                        random = maximum(random, *worst);
                    } else {
                        stretched = maximum(stretched, *worst);
                        let depth = depth(widths);
                        let what =
                            format!("chain of {depth} units, stretched: quotient with the lemma's bound");
                        let limit = stretched_share(depth).midpoint();
                        checks.push(Check::relative(what, *worst, limit, 0.02));
                    }
                }
                _ => {}
            }
        }
        checks.push(Check::at_most("largest quotient with the lemma's bound, random", random, 1.0));
        checks.push(Check::at_most("largest quotient with the lemma's bound, stretched", stretched, 1.0));
        checks.push(Check::at_least("the same, which e/2 in the place of e would forbid", stretched, 0.5));
        checks.push(Check::at_least("the random one, which e/20 in the place of e would forbid", random, 0.05));
        checks.push(Check::at_least(
            "least part of the largest perturbation allowed that was tried",
            size,
            0.98,
        ));
        checks.push(Check::at_least("the bound of the reference network", value, 1e4));
        let sentence = format!(
            "Random perturbations move outputs by {} of what the lemma allows, stretched chains by {}; the bound is {}.",
            show(random),
            show(stretched),
            show(value)
        );
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let quotients = |wanted: Direction| {
            evidence.iter().filter_map(move |e| match (&e.task, &e.outcome) {
                (Task::Lemma { widths, direction, .. }, Outcome::Lemma { worst, .. })
                    if *direction == wanted =>
                {
                    Some((f64::from(depth(widths)), *worst))
                }
                _ => None,
            })
        };
        let depths = evidence.iter().filter_map(|e| match &e.task {
            Task::Lemma { widths, direction: Direction::Stretched, .. } => Some(depth(widths)),
            _ => None,
        });
        let lemma = Figure::new(
            "lemma",
            "How much of the lemma's bound a perturbation uses",
            "The largest change of an output over the bound. Random directions use a few percent, a chain that is stretched along \
             itself comes near 1 − 1/e: the lemma is not loose, random weights are not adversarial.",
            Axis::logarithmic("depth d"),
            Axis::logarithmic("change over the bound"),
        )
        .line("random perturbations, worst of all networks", quotients(Direction::Random))
        .points("stretched chains of single units", quotients(Direction::Stretched))
        .reference(
            "((1 + 1/d)^d − 1)/e",
            depths.clone().map(|depth| (f64::from(depth), stretched_share(depth).midpoint())),
        )
        .reference("1: the bound", depths.map(|depth| (f64::from(depth), 1.0)));
        let mut terms = Figure::new(
            "terms",
            "Which part of the bound is large",
            "The parts of the bound of the reference network, 20 examples, at several margins. Even where no margin is left the divergence decides.",
            Axis::logarithmic("margin γ"),
            Axis::logarithmic("part of the bound"),
        );
        let bounds: Vec<(f64, &[String], &[f64])> = evidence
            .iter()
            .filter_map(|e| match (&e.task, &e.outcome) {
                (Task::Bound { gamma }, Outcome::Bound { names, parts, .. }) => {
                    Some((*gamma, names.as_slice(), parts.as_slice()))
                }
                _ => None,
            })
            .collect();
        let names = bounds.first().map_or(&[][..], |(_, names, _)| names);
        for (i, name) in names.iter().enumerate() {
            terms = terms.line(name.as_str(), bounds.iter().map(|(gamma, _, parts)| (*gamma, parts[i])));
        }
        vec![lemma, terms]
    }
}

fn depth(widths: &[usize]) -> u32 {
    u32::try_from(widths.len().saturating_sub(1)).unwrap_or(u32::MAX)
}

/// The change of the output of a random network on an input of norm 1 over the lemma's bound, and the part that the
/// perturbations take of the largest that the lemma allows.
fn perturbed(widths: &[usize], direction: Direction, stream: &mut Stream) -> Result<(f64, f64), Failure> {
    let mut layers = drawn(widths, stream)?;
    if direction == Direction::Stretched {
        // Units that are on, for positive inputs.
        let positive = |layer: &IntervalMatrix| {
            let (rows, columns) = layer.shape();
            IntervalMatrix::from_rows(rows, columns, layer.midpoints().iter().map(|w| w.abs()).collect())
        };
        layers = Layers::new(layers.weights().iter().map(positive).collect::<Result<_, _>>()?)?;
    }
    let mut added = Vec::new();
    for layer in layers.weights() {
        let (rows, columns) = layer.shape();
        let along = match direction {
            Direction::Random => normals(rows, columns, 1.0, stream)?,
            Direction::Stretched => layer.clone(),
        };
        // Just below the largest size that the lemma allows.
        let part = 0.999 / layers.weights().len() as f64;
        let scale = part * spectral(layer)?.low() / spectral(&along)?.high();
        let entries = along.midpoints().iter().map(|u| u * scale).collect();
        added.push(IntervalMatrix::from_rows(rows, columns, entries)?);
    }
    let mut x = stream.normals(widths[0]);
    if direction == Direction::Stretched {
        for x in &mut x {
            *x = x.abs();
        }
    }
    let length = x.iter().map(|x| x * x).sum::<f64>().sqrt();
    let x: Vec<f64> = x.iter().map(|x| x / length).collect();
    let network = |matrices: Vec<DMatrix<f64>>| {
        let layer = |weights: DMatrix<f64>| {
            let biases = DVector::zeros(weights.nrows());
            (weights, biases)
        };
        ReluNetwork::new(matrices.into_iter().map(layer).collect())
    };
    let matrix = |layer: &IntervalMatrix| {
        let (rows, columns) = layer.shape();
        DMatrix::from_row_slice(rows, columns, layer.midpoints())
    };
    let plain = network(layers.weights().iter().map(matrix).collect())?.value(&x)?;
    let sums = layers.weights().iter().zip(&added).map(|(w, u)| matrix(w) + matrix(u));
    let moved = network(sums.collect())?.value(&x)?;
    let lemma = Perturbation::new(&Network::new(layers, Activation::relu())?, &added, 1.0)?;
    Ok(((moved - plain).norm() / lemma.evaluate(), lemma.size()))
}
