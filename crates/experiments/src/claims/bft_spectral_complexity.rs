//! The spectral complexity, what it does not see, and the bound that it makes, constant by constant.

use saddlepoint_models::random::Stream;
use saddlepoint_rigor::{Interval, IntervalMatrix};
use saddlepoint_theory::bounds::bartlett_foster_telgarsky::{
    APosteriori, log_covering_number, rademacher_complexity,
};
use saddlepoint_theory::bounds::network::Reference;
use saddlepoint_theory::capacity::norms::{Layers, frobenius, spectral, two_one_over_rows};
use saddlepoint_theory::capacity::spectral_complexity;
use saddlepoint_theory::quantity::{Margin, SampleSize};
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::reference_network::{DELTA, GAMMA, ReferenceNetwork, WIDTHS, drawn};
use crate::verdict::{Check, Judgement, maximum, minimum, show};

/// The claim `bft-spectral-complexity`.
pub struct BftSpectralComplexity;

/// What is evaluated.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "on", rename_all = "kebab-case")]
pub enum Task {
    /// The reference network on 20 inputs.
    Reference,
    /// The same network on so many inputs.
    Examples {
        /// How many.
        examples: usize,
    },
    /// A random network, rescaled and rearranged.
    Random {
        /// Inputs, hidden units, outputs.
        widths: Vec<usize>,
        /// Of the weights.
        seed: u64,
    },
}

/// What came of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "on", rename_all = "kebab-case")]
pub enum Outcome {
    /// Quantities of the reference network, in the order of [`REFERENCE`].
    Reference {
        /// Their values.
        values: Vec<f64>,
        /// The bound is above 1 with all smaller powers of two for numbers of examples of this norm.
        needed: f64,
    },
    /// Parts of the bound.
    Examples {
        /// Their names.
        names: Vec<String>,
        /// Their values.
        parts: Vec<f64>,
        /// The bound.
        bound: f64,
    },
    /// How the complexity moves.
    Random {
        /// Relative change when scale moves between layers.
        shifted: f64,
        /// Relative distance from `3 R` when one layer is multiplied by 3.
        multiplied: f64,
        /// Relative change when hidden units change places.
        permuted: f64,
        /// `R` over `L^(3/2) ∏‖A‖`.
        over_product: f64,
    },
}

/// Names and values of what is known of the reference network.
pub const REFERENCE: [(&str, f64); 17] = [
    ("‖A₁‖", 1.935_946_840_8),
    ("‖A₂‖", 1.854_807_867_96),
    ("‖A₃‖", 1.207_118_477_37),
    ("‖A₁ᵀ‖₂,₁", 7.342_064_445_07),
    ("‖A₂ᵀ‖₂,₁", 6.098_188_152_98),
    ("‖A₃ᵀ‖₂,₁", 2.629_675_036_35),
    ("‖A₁‖_F", 2.832_485_239_83),
    ("‖A₂‖_F", 2.542_817_861_88),
    ("‖A₃‖_F", 1.536_068_492_77),
    ("R_A", 68.924_829_420_1),
    ("‖X‖_F", 9.644_823_501_62),
    ("max ‖x‖", 3.566_143_292_39),
    ("least margin", -0.312_316_175_536),
    ("median margin", 0.109_899_640_046),
    ("fraction of margins ≤ 0.25", 0.85),
    ("ln N(1), half of the bound with ceilings", 2_026_171.622_52),
    ("complexity of the ramp losses", 30_702.535_449_8),
];

impl Claim for BftSpectralComplexity {
    const CARD: Card = Card {
        id: "bft-spectral-complexity",
        version: 1,
        title: "The margin bound by spectral complexity, with every constant: what it counts, and how much it leaves",
        statement: r"For networks $x\mapsto\sigma_L(A_L\cdots\sigma_1(A_1x))$ with $\rho_i$-Lipschitz $\sigma_i$, $\sigma_i(0)=0$, and matrices $M_i$ that
            were fixed before the data, let
            $$R_A=\prod_i\rho_i\|A_i\|_\sigma\Bigl(\sum_i\Bigl(\frac{\|A_i^\top-M_i^\top\|_{2,1}}{\|A_i\|_\sigma}\Bigr)^{2/3}\Bigr)^{3/2},$$
            where the $(2,1)$ norm sums the Euclidean norms of the *rows* of $A_i-M_i$, one for each unit. With $W$ the largest dimension, for
            fixed radii and margin $\gamma$, with probability at least $1-\delta$,
            $$P(\text{error})\le\hat R_\gamma+\frac8{n^{3/2}}+\frac{72\ln n}{\gamma n}\|X\|_F\sqrt{\ln 2W^2}\,R_A+3\sqrt{\frac{\ln(2/\delta)}{2n}}.$$
            For a trained network, each of the $2L+1$ quantities is rounded up to a power of $2^{1/8}$ and pays for that in the confidence term.

            $R_A$ (with $M_i=0$) does not change when scale moves between the layers of a ReLU network or hidden units change places; it grows in
            proportion to each layer, and is at least $L^{3/2}\prod\|A_i\|_\sigma$.

            The constants decide: for a 5-7-6-3 network with weights of variance $1/\text{inputs}$ and normal inputs the bound is vacuous until there
            are more than $10^{12}$ examples.",
        sources: &[
            Source {
                citation: "Bartlett, Foster, Telgarsky, Spectrally-normalized margin bounds for neural networks, NeurIPS 2017, theorem 1.1, \
                    equation 1.2, lemma 3.2, theorem 3.3, lemmas A.7 and A.8; the constant 72 derived anew",
                identifier: Some("arXiv:1706.08498"),
            },
            Source {
                citation: "Ollion, Grisel, Learning with deep networks: expressivity, optimization and generalization: the bound without W, \
                    the matrices M and the constants",
                identifier: None,
            },
        ],
        hypotheses: &[
            "no biases; activations that map 0 to 0; the matrices $M_i$ are fixed before the data, here 0",
            "Maurey's covers have a whole number of atoms: the covering number is twice what is printed, and the constant 72 pays \
             for it because the margin is $\\sqrt2$- and not 2-Lipschitz in the Euclidean norm",
            "the bound is evaluated, its coverage is not tested: it is far above 1",
        ],
        kind: Kind::Exact,
        tags: &["generalization", "bounds", "norms", "margins"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let sizes: &[usize] =
            profile.pick(&[20, 200], &[20, 200, 2000, 20_000], &[20, 200, 2000, 20_000, 200_000]);
        let shapes: [&[usize]; 4] = [&[5, 7, 3], &WIDTHS, &[10, 20, 20, 10, 5], &[8, 8, 8, 8, 8, 8, 8]];
        let random = (1..=profile.pick(2, 10, 100)).flat_map(|offset| {
            shapes.map(move |widths| Task::Random { widths: widths.to_vec(), seed: seed + offset })
        });
        let sizes = sizes.iter().map(|&examples| Task::Examples { examples });
        std::iter::once(Task::Reference).chain(sizes).chain(random).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        lab.go_on()?;
        match task {
            Task::Reference => reference(),
            Task::Examples { examples } => {
                let known = ReferenceNetwork::on(*examples)?;
                let bound =
                    APosteriori::new(&known.network, &Reference::zero(), known.sample()?, GAMMA, DELTA)?;
                let certificate = bound.evaluate();
                Ok(Outcome::Examples {
                    names: certificate.terms().iter().map(|term| term.name.to_owned()).collect(),
                    parts: certificate.terms().iter().map(|term| term.value).collect(),
                    bound: certificate.value(),
                })
            }
            Task::Random { widths, seed } => random(widths, &mut Stream::new(*seed)),
        }
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let (mut checks, mut invariances) = (Vec::new(), Vec::new());
        let (mut over_product, mut least, mut examples) = (f64::INFINITY, f64::INFINITY, f64::NAN);
        for Evidence { task: _, outcome } in evidence {
            match outcome {
                Outcome::Reference { values, needed } => {
                    for ((what, expected), found) in REFERENCE.iter().zip(values) {
                        checks.push(Check::relative(*what, *found, *expected, 1e-9));
                    }
                    examples = *needed;
                }
                Outcome::Examples { bound, .. } => least = minimum(least, *bound),
                Outcome::Random { shifted, multiplied, permuted, over_product: over } => {
                    invariances.push([*shifted, *multiplied, *permuted]);
                    over_product = minimum(over_product, *over);
                }
            }
        }
        let what = [
            "largest relative change when scale moves between layers",
            "largest relative distance from 3 R_A when a layer is multiplied by 3",
            "largest relative change when hidden units change places",
        ];
        for (i, what) in what.into_iter().enumerate() {
            let worst = invariances.iter().map(|change| change[i]).reduce(maximum).unwrap_or(f64::NAN);
            checks.push(Check::at_most(what, worst, 1e-12));
        }
        checks.push(Check::at_least("least R_A / (L^(3/2) ∏‖A‖)", over_product, 1.0 - 1e-12));
        checks.push(Check::at_least("least bound on up to the most examples that were drawn", least, 1.0));
        checks.push(Check::at_least("examples without which the bound stays above 1", examples, 1e12));
        let sentence = format!(
            "All constants are as derived; the bound of a network of 95 weights is at least {} here, and would be below 1 only with more \
             than {} examples.",
            show(least),
            show(examples)
        );
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let sizes: Vec<(f64, &[String], &[f64])> = evidence
            .iter()
            .filter_map(|e| match (&e.task, &e.outcome) {
                (Task::Examples { examples }, Outcome::Examples { names, parts, .. }) => {
                    Some((*examples as f64, names.as_slice(), parts.as_slice()))
                }
                _ => None,
            })
            .collect();
        let mut terms = Figure::new(
            "terms",
            "Which part of the bound is large",
            "The parts of the bound of the reference network on more and more examples; below the dashed line a bound says something. The \
             spectral complexity decides, and it falls like ln n/√n only.",
            Axis::logarithmic("examples n"),
            Axis::logarithmic("part of the bound"),
        )
        .reference("1: everything errs", sizes.iter().map(|(n, ..)| (*n, 1.0)));
        let names = sizes.first().map_or(&[][..], |(_, names, _)| names);
        for (i, name) in names.iter().enumerate() {
            terms = terms.line(name.as_str(), sizes.iter().map(|(n, _, parts)| (*n, parts[i])));
        }
        vec![terms]
    }
}

/// The quantities of [`REFERENCE`].
fn reference() -> Result<Outcome, Failure> {
    let known = ReferenceNetwork::on(20)?;
    let layers = known.network.layers();
    let mut values = Vec::new();
    for layer in layers.weights() {
        values.push(spectral(layer)?.midpoint());
    }
    for norm in [two_one_over_rows, frobenius] {
        values.extend(layers.weights().iter().map(|layer| norm(layer).midpoint()));
    }
    let complexity = spectral_complexity::of_layers(layers)?;
    let (norm, margins, width) = (known.inputs.frobenius().high(), &known.margins, known.network.width());
    let (gamma, n) = (Margin::new(GAMMA)?, SampleSize::new(20)?);
    let radius = known.inputs.largest_norm().midpoint();
    values.extend([complexity.midpoint(), norm, radius]);
    values.extend([margins.quantile(0.0)?.midpoint(), margins.median().midpoint(), margins.loss(gamma).get()]);
    values.push(log_covering_number(complexity.high(), width, norm, 1.0)? / 2.0);
    values.push(rademacher_complexity(complexity.high(), width, norm, n, gamma)?);
    let mut needed = f64::INFINITY;
    for exponent in 5..63 {
        let n = 2f64.powi(exponent);
        let inputs = (n * WIDTHS[0] as f64).sqrt();
        let size = SampleSize::new(1 << exponent)?;
        if 2.0 * rademacher_complexity(complexity.high(), width, inputs, size, gamma)? < 1.0 {
            needed = n;
            break;
        }
    }
    Ok(Outcome::Reference { values, needed })
}

/// How the complexity of a random network moves.
fn random(widths: &[usize], stream: &mut Stream) -> Result<Outcome, Failure> {
    let layers = drawn(widths, stream)?;
    let complexity = |weights: Vec<IntervalMatrix>| {
        Ok::<_, Failure>(spectral_complexity::of_layers(&Layers::new(weights)?)?)
    };
    let plain = spectral_complexity::of_layers(&layers)?.midpoint();
    let moved = |weights: Vec<IntervalMatrix>, factor: f64| {
        Ok::<_, Failure>((complexity(weights)?.midpoint() / (factor * plain) - 1.0).abs())
    };
    let scaled = |layer: &IntervalMatrix, factor: f64| {
        let (rows, columns) = layer.shape();
        IntervalMatrix::from_rows(rows, columns, layer.midpoints().iter().map(|x| factor * x).collect())
    };
    let mut weights = layers.weights().to_vec();
    weights[0] = scaled(&weights[0], 10.0)?;
    let last = weights.len() - 1;
    weights[last] = scaled(&weights[last], 0.1)?;
    let shifted = moved(weights, 1.0)?;
    let mut weights = layers.weights().to_vec();
    weights[0] = scaled(&weights[0], 3.0)?;
    let multiplied = moved(weights, 3.0)?;

    let mut weights = layers.weights().to_vec();
    let order = stream.permutation(widths[1]);
    let rearranged = |layer: &IntervalMatrix| {
        let (rows, columns) = layer.shape();
        let rows_in_order = order.iter().flat_map(|&i| &layer.midpoints()[i * columns..(i + 1) * columns]);
        IntervalMatrix::from_rows(rows, columns, rows_in_order.copied().collect())
    };
    weights[0] = rearranged(&weights[0])?;
    weights[1] = rearranged(&weights[1].transpose())?.transpose();
    let permuted = moved(weights, 1.0)?;
    let depth = widths.len() as f64 - 1.0;
    let product: Interval = layers.product(spectral)?;
    let over_product = plain / (depth.powf(1.5) * product.midpoint());
    Ok(Outcome::Random { shifted, multiplied, permuted, over_product })
}
