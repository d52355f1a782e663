//! A norm that does not see how the units of a network are scaled, and the complexity that it bounds.

use saddlepoint_models::random::Stream;
use saddlepoint_rigor::{Interval, IntervalMatrix};
use saddlepoint_theory::bounds::inputs::Inputs;
use saddlepoint_theory::bounds::path_norm::complexity;
use saddlepoint_theory::capacity::norms::{Layers, frobenius, spectral};
use saddlepoint_theory::capacity::rademacher::{UnitNorm, relu_networks_in_the_plane};
use saddlepoint_theory::capacity::spectral_complexity;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::reference_network::{ReferenceNetwork, WIDTHS, drawn, normals};
use crate::verdict::{Check, Judgement, maximum, minimum};

/// The claim `path-norm`.
pub struct PathNorm;

/// What is measured.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "on", rename_all = "kebab-case")]
pub enum Task {
    /// The reference network.
    Reference,
    /// A random network, each of whose hidden units is scaled by a factor and unscaled by the next layer.
    Rescaled {
        /// Inputs, hidden units, outputs.
        widths: Vec<usize>,
        /// Standard deviation of the logarithms of the factors.
        strength: f64,
        /// Of weights, inputs and factors.
        seed: u64,
    },
    /// Two-layer networks on random points of the plane.
    Points {
        /// How many.
        count: usize,
        /// Of the points.
        seed: u64,
    },
}

/// What came of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "on", rename_all = "kebab-case")]
pub enum Outcome {
    /// Path norms of each output.
    Reference {
        /// ℓ₁.
        l1: Vec<f64>,
        /// ℓ₂.
        l2: Vec<f64>,
    },
    /// After the rescaling over before, by measure in the order of `MEASURES`.
    Rescaled {
        /// The factors.
        factors: Vec<f64>,
        /// The largest change of an output, over the largest output.
        outputs: f64,
        /// The ℓ₂ path norm over the product of Frobenius norms.
        over_product: f64,
    },
    /// Complexities at ℓ₁ path norm 1.
    Points {
        /// The complexity itself.
        exact: f64,
        /// Its bound.
        bound: f64,
    },
}

/// What a rescaling may change.
const MEASURES: [&str; 5] = [
    "ℓ₁ path norm",
    "ℓ₂ path norm",
    "product of Frobenius norms",
    "product of spectral norms",
    "spectral complexity",
];

impl Claim for PathNorm {
    const CARD: Card = Card {
        id: "path-norm",
        version: 1,
        title: "Path norms do not see the scale of a unit; products of norms do",
        statement: r"Multiply the incoming weights of a hidden ReLU unit by $c>0$ and divide its outgoing ones by $c$: the function is
            the same. The path norms $\bigl(\sum_{\text{paths}}\prod|w|^p\bigr)^{1/p}$ are the same too, for every factor of every unit, while
            products of Frobenius or spectral norms and the spectral complexity change without bound. The $\ell_2$ path norm is at most the product
            of the Frobenius norms, for any of these scalings.

            The $\ell_1$ path norm bounds the complexity: for scalar networks of $d$ layers in $D$ dimensions,
            $$\hat R_n\le2^{d-1}\,\mathrm{path}_1\,\max_j\|X_{:j}\|\frac{\sqrt{2\ln2D}}n.$$",
        sources: &[
            Source {
                citation: "Neyshabur, Tomioka, Srebro, Norm-based capacity control in neural networks, COLT 2015, theorem 5 and corollary 7",
                identifier: Some("arXiv:1503.00036"),
            },
            Source {
                citation: "Neyshabur, Salakhutdinov, Srebro, Path-SGD, NeurIPS 2015, section 3",
                identifier: Some("arXiv:1506.02617"),
            },
        ],
        hypotheses: &[
            "positive homogeneous activations, no biases",
            "scalar output for the bound; factors are log-normal, one for each hidden unit",
        ],
        kind: Kind::Exact,
        tags: &["generalization", "bounds", "norms", "rademacher"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let shapes: [&[usize]; 3] = [&[5, 7, 3], &WIDTHS, &[6, 10, 10, 10, 4]];
        let seeds = profile.pick(1, 5, 50);
        let rescaled = shapes.into_iter().flat_map(|widths| {
            [0.25, 0.5, 1.0, 2.0, 4.0].into_iter().flat_map(move |strength| {
                (1..=seeds).map(move |k| Task::Rescaled { widths: widths.to_vec(), strength, seed: seed + k })
            })
        });
        let most = profile.pick(6, 10, 14);
        let points = (1..=profile.pick(2, 10, 50))
            .flat_map(|k| (1..=most).map(move |count| Task::Points { count, seed: seed + k }));
        std::iter::once(Task::Reference).chain(rescaled).chain(points).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        lab.go_on()?;
        match task {
            Task::Reference => {
                let known = ReferenceNetwork::on(20)?;
                let values = |outputs: Vec<Interval>| outputs.into_iter().map(Interval::midpoint).collect();
                let layers = known.network.layers();
                Ok(Outcome::Reference {
                    l1: values(layers.path_l1().outputs),
                    l2: values(layers.path_l2().outputs),
                })
            }
            Task::Rescaled { widths, strength, seed } => rescaled(widths, *strength, &mut Stream::new(*seed)),
            Task::Points { count, seed } => {
                let mut stream = Stream::new(*seed);
                let points: Vec<[f64; 2]> = (0..*count).map(|_| [stream.normal(), stream.normal()]).collect();
                let inputs = Inputs::new(IntervalMatrix::from_rows(*count, 2, points.concat())?);
                Ok(Outcome::Points {
                    exact: relu_networks_in_the_plane(&points, UnitNorm::SumOfAbsolutes)?,
                    bound: complexity(2, Interval::point(1.0)?, &inputs),
                })
            }
        }
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        let (mut same, mut outputs, mut moved) = (f64::NEG_INFINITY, f64::NEG_INFINITY, f64::INFINITY);
        let (mut over_product, mut complexity) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
        for Evidence { task, outcome } in evidence {
            match (task, outcome) {
                (Task::Reference, Outcome::Reference { l1, l2 }) => {
                    let known = [
                        ("ℓ₁", l1, [6.211_323_27, 5.434_644_77, 9.593_093_74]),
                        ("ℓ₂", l2, [0.695_373_86, 0.770_382_89, 1.081_771_39]),
                    ];
                    for (name, found, expected) in known {
                        for (output, (found, expected)) in found.iter().zip(expected).enumerate() {
                            let what = format!("{name} path norm of output {}", output + 1);
                            checks.push(Check::relative(what, *found, expected, 1e-8));
                        }
                    }
                }
                (
                    Task::Rescaled { strength, .. },
                    Outcome::Rescaled { factors, outputs: changed, over_product: over },
                ) => {
                    same = factors[..2].iter().map(|f| (f - 1.0).abs()).fold(same, maximum);
                    outputs = maximum(outputs, *changed);
                    over_product = maximum(over_product, *over);
                    if *strength >= 1.0 {
                        moved = factors[2..].iter().copied().fold(moved, minimum);
                    }
                }
                (_, Outcome::Points { exact, bound }) => complexity = maximum(complexity, exact / bound),
                _ => {}
            }
        }
        checks.push(Check::at_most("largest relative change of a path norm under rescaling", same, 1e-12));
        checks.push(Check::at_most("largest change of an output, over the largest", outputs, 1e-12));
        let what =
            "least factor by which a rescaling of strength 1 or more multiplies any product or complexity";
        checks.push(Check::at_least(what, moved, 1.2));
        let what = "largest ℓ₂ path norm over the product of Frobenius norms";
        checks.push(Check::at_most(what, over_product, 1.0 + 1e-12));
        checks.push(Check::at_most("largest exact complexity over its bound, in the plane", complexity, 1.0));
        let sentence = format!(
            "Rescalings change path norms by {same:.0e} at most, and every product of norms by a factor of {moved:.1} at least."
        );
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let mut rescaled = Figure::new(
            "rescaled",
            "The same function, measured again",
            "Hidden units are scaled by random factors and unscaled by the next layer: no output changes. Path norms stay, products \
             of norms grow without bound. Means over networks, of the logarithm.",
            Axis::linear("standard deviation of the logarithms of the factors"),
            Axis::logarithmic("after over before the rescaling"),
        );
        for (i, name) in MEASURES.into_iter().enumerate() {
            let at = |wanted: f64| {
                let logarithms: Vec<f64> = evidence
                    .iter()
                    .filter_map(|e| match (&e.task, &e.outcome) {
                        (Task::Rescaled { strength, .. }, Outcome::Rescaled { factors, .. })
                            if *strength == wanted =>
                        {
                            Some(factors[i].ln())
                        }
                        _ => None,
                    })
                    .collect();
                (wanted, crate::sample::mean(&logarithms).exp())
            };
            rescaled = rescaled.line(name, [0.25, 0.5, 1.0, 2.0, 4.0].map(at));
        }
        let points = evidence.iter().filter_map(|e| match &e.outcome {
            Outcome::Points { exact, bound } => Some((*bound, *exact)),
            _ => None,
        });
        let points: Vec<(f64, f64)> = points.collect();
        let largest = points.iter().map(|p| p.1).fold(0.0, maximum);
        let plane = Figure::new(
            "plane",
            "The exact complexity at path norm 1",
            "Each point is a set of points of the plane. Two layers cost a factor 2 in the bound, and Massart's lemma the rest.",
            Axis::linear("bound"),
            Axis::linear("exact complexity"),
        )
        .points("sets of points", points)
        .reference("equal", [(0.0, 0.0), (largest, largest)]);
        vec![rescaled, plane]
    }
}

/// Measures of a network and of the same with rescaled units.
fn rescaled(widths: &[usize], strength: f64, stream: &mut Stream) -> Result<Outcome, Failure> {
    let before = drawn(widths, stream)?;
    let points = normals(20, widths[0], 1.0, stream)?;
    let mut weights = before.weights().to_vec();
    for layer in 0..weights.len() - 1 {
        let factors: Vec<f64> = (0..widths[layer + 1]).map(|_| (strength * stream.normal()).exp()).collect();
        let inverse: Vec<f64> = factors.iter().map(|factor| 1.0 / factor).collect();
        weights[layer] = columns_scaled(&weights[layer].transpose(), &factors)?.transpose();
        weights[layer + 1] = columns_scaled(&weights[layer + 1], &inverse)?;
    }
    let after = Layers::new(weights)?;
    let measures = |layers: &Layers| {
        Ok::<_, Failure>([
            layers.path_l1().total.midpoint(),
            layers.path_l2().total.midpoint(),
            layers.product(|layer| Ok::<_, Failure>(frobenius(layer)))?.midpoint(),
            layers.product(spectral)?.midpoint(),
            spectral_complexity::of_layers(layers)?.midpoint(),
        ])
    };
    let (one, other) = (measures(&before)?, measures(&after)?);
    let (f, g) = (before.relu_outputs(&points)?, after.relu_outputs(&points)?);
    let change = f.midpoints().iter().zip(g.midpoints()).map(|(f, g)| (f - g).abs()).fold(0.0, maximum);
    let largest = f.midpoints().iter().map(|f| f.abs()).fold(0.0, maximum);
    Ok(Outcome::Rescaled {
        factors: other.iter().zip(one).map(|(after, before)| after / before).collect(),
        outputs: change / largest,
        over_product: other[1] / other[2],
    })
}

/// A matrix without radii, whose columns are multiplied by numbers, each entry rounded to nearest.
fn columns_scaled(matrix: &IntervalMatrix, factors: &[f64]) -> Result<IntervalMatrix, Failure> {
    let (rows, columns) = matrix.shape();
    let scaled = matrix.midpoints().chunks(columns).flat_map(|row| row.iter().zip(factors).map(|(x, f)| x * f));
    Ok(IntervalMatrix::from_rows(rows, columns, scaled.collect())?)
}
