//! The complexity of networks by the product of their Frobenius norms, beside the exact one in the plane.

use saddlepoint_models::random::Stream;
use saddlepoint_rigor::{Interval, IntervalMatrix};
use saddlepoint_theory::bounds::golowich::{complexity, complexity_on_ball, peeled_complexity};
use saddlepoint_theory::bounds::inputs::Inputs;
use saddlepoint_theory::capacity::norms::frobenius;
use saddlepoint_theory::capacity::rademacher::{Class, UnitNorm, relu_networks_in_the_plane};
use saddlepoint_theory::quantity::SampleSize;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::reference_network::ReferenceNetwork;
use crate::verdict::{Check, Judgement, maximum};

/// The claim `golowich-bound`.
pub struct GolowichBound;

/// What is bounded.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "on", rename_all = "kebab-case")]
pub enum Task {
    /// The reference network of three layers.
    Reference,
    /// Networks of two layers on points of the plane.
    Points {
        /// The points; random ones if there are none.
        points: Vec<[f64; 2]>,
        /// How many random ones.
        count: usize,
        /// Of the random ones.
        seed: u64,
    },
}

/// Complexities.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "on", rename_all = "kebab-case")]
pub enum Outcome {
    /// Of the reference network.
    Reference {
        /// By its inputs.
        on_data: f64,
        /// By the largest norm of an input.
        on_ball: f64,
        /// For products of norms 1 on the same inputs: depth, bound, bound by peeling.
        depths: Vec<(usize, f64, f64)>,
    },
    /// Of all networks of two layers with `‖v‖ ‖W‖_F ≤ 1`.
    Points {
        /// The complexity itself.
        exact: f64,
        /// That of linear functions of norm at most 1.
        linear: f64,
        /// The theorem's.
        bound: f64,
        /// By peeling at a factor 2.
        peeled: f64,
    },
}

/// Eight normal points, the catalogue's.
fn eight() -> Vec<[f64; 2]> {
    Stream::new(400).normals(16).chunks(2).map(|pair| [pair[0], pair[1]]).collect()
}

/// Three points on which networks make more of the signs than linear functions do.
pub const BEYOND_LINEAR: [[f64; 2]; 3] = [[2.06, -2.72], [2.49, -0.16], [-0.41, -2.53]];

impl Claim for GolowichBound {
    const CARD: Card = Card {
        id: "golowich-bound",
        version: 1,
        title: "The complexity of a network grows with the root of its depth and the product of its Frobenius norms",
        statement: r"For scalar networks of $d$ weight matrices with 1-Lipschitz positive homogeneous activations,
            $$\hat R_n\le\frac{\|X\|_F}n\bigl(\sqrt{2d\ln2}+1\bigr)\prod_j\|W_j\|_F.$$
            Peeling off layer by layer without the logarithm gives $2^{d-1}$ in place of $\sqrt{2d\ln 2}+1$: smaller for two layers, larger from four on.

            For two layers on points of the plane the complexity is computed exactly, and lies below both: the supremum over all
            networks with $\|v\|\|W\|_F\le1$ is attained by one unit. It may be above the complexity of linear functions of norm 1, but not above
            twice that: three points are shown on which it is 1.1 times as large.",
        sources: &[
            Source {
                citation: "Golowich, Rakhlin, Shamir, Size-independent sample complexity of neural networks, COLT 2018, theorem 1",
                identifier: Some("arXiv:1712.06541"),
            },
            Source {
                citation: "Neyshabur, Tomioka, Srebro, Norm-based capacity control in neural networks, COLT 2015, theorem 1",
                identifier: Some("arXiv:1503.00036"),
            },
        ],
        hypotheses: &[
            "scalar output: a bound for $k$ classes needs a vector contraction, at a further factor",
            "no biases, positive homogeneous activations",
            "the product is of Frobenius norms: that of spectral norms bounds the Lipschitz constant, not this complexity",
        ],
        kind: Kind::Exact,
        tags: &["generalization", "bounds", "norms", "rademacher"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let given = |points| Task::Points { points, count: 0, seed };
        let (repetitions, most) = profile.pick((3, 7), (20, 10), (100, 14));
        let random = (1..=repetitions)
            .flat_map(|offset| (1..=most).map(move |count| (offset, count)))
            .map(|(offset, count)| Task::Points { points: Vec::new(), count, seed: seed + offset });
        [Task::Reference, given(eight()), given(BEYOND_LINEAR.to_vec())].into_iter().chain(random).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        lab.go_on()?;
        let one = Interval::point(1.0)?;
        match task {
            Task::Reference => {
                let known = ReferenceNetwork::on(20)?;
                let layers = known.network.layers();
                let product = layers.product(|layer| Ok::<_, Failure>(frobenius(layer)))?;
                let (depth, n) = (known.network.depth(), SampleSize::new(20)?);
                let radius = known.inputs.largest_norm().high();
                let at = |depth| {
                    (depth, complexity(depth, one, &known.inputs), peeled_complexity(depth, one, &known.inputs))
                };
                Ok(Outcome::Reference {
                    on_data: complexity(depth, product, &known.inputs),
                    on_ball: complexity_on_ball(depth, product, radius, n)?,
                    depths: (1..=12).map(at).collect(),
                })
            }
            Task::Points { points, count, seed } => {
                let mut stream = Stream::new(*seed);
                let random = (0..*count).map(|_| [stream.normal(), stream.normal()]).collect();
                let points = if points.is_empty() { random } else { points.clone() };
                let matrix = IntervalMatrix::from_rows(points.len(), 2, points.concat())?;
                let linear = Class::euclidean_ball(&matrix, 1.0)?.exact()?.midpoint();
                let inputs = Inputs::new(matrix);
                Ok(Outcome::Points {
                    exact: relu_networks_in_the_plane(&points, UnitNorm::Euclidean)?,
                    linear,
                    bound: complexity(2, one, &inputs),
                    peeled: peeled_complexity(2, one, &inputs),
                })
            }
        }
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        let mut worst = [f64::NEG_INFINITY; 3];
        for Evidence { task, outcome } in evidence {
            match (task, outcome) {
                (Task::Reference, Outcome::Reference { on_data, on_ball, depths }) => {
                    checks.push(Check::relative(
                        "reference network, by its inputs",
                        *on_data,
                        16.215_718_798_3,
                        1e-9,
                    ));
                    let what = "reference network, by the largest norm of an input";
                    checks.push(Check::relative(what, *on_ball, 26.813_635_880_6, 1e-9));
                    let crossing = depths.iter().find(|(_, bound, peeled)| bound < peeled).map_or(0, |at| at.0);
                    checks.push(Check::equal("depth from which the root beats peeling", crossing, 3));
                }
                (Task::Points { points, .. }, Outcome::Points { exact, linear, bound, peeled }) => {
                    worst[0] = maximum(worst[0], exact / bound);
                    worst[1] = maximum(worst[1], exact / peeled);
                    worst[2] = maximum(worst[2], exact / (2.0 * linear));
                    if points.len() == 8 {
                        let values = [
                            ("exact complexity", exact, 0.257_295_962_983),
                            ("that of linear functions", linear, 0.273_354_551_273),
                            ("the theorem's bound", bound, 0.815_930_679_48),
                            ("peeling", peeled, 0.612_305_621_584),
                        ];
                        for (what, found, expected) in values {
                            checks.push(Check::relative(
                                format!("eight points: {what}"),
                                *found,
                                expected,
                                1e-9,
                            ));
                        }
                    } else if !points.is_empty() {
                        let what = "three points: exact complexity over that of linear functions";
                        checks.push(Check::at_least(what, exact / linear, 1.05));
                    }
                }
                _ => {}
            }
        }
        let names = ["the theorem's bound", "peeling", "twice that of linear functions"];
        for (name, worst) in names.into_iter().zip(worst) {
            checks.push(Check::at_most(format!("largest exact complexity over {name}"), worst, 1.0 + 1e-12));
        }
        let sentence = format!(
            "In the plane the exact complexity of two layers is at most {:.2} of the bound, and {:.2} times twice the linear one.",
            worst[0], worst[2]
        );
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let mut plane = Figure::new(
            "plane",
            "The exact complexity and its bounds",
            "Each point is a set of points of the plane; all lie below the diagonal. Linear functions of norm 1 are the nearest \
             comparison, and no bound: some sets lie above it.",
            Axis::linear("bound"),
            Axis::linear("exact complexity of two-layer networks"),
        );
        let sets = || {
            evidence.iter().filter_map(|e| match &e.outcome {
                Outcome::Points { exact, linear, bound, peeled } => Some((*exact, [*linear, *peeled, *bound])),
                Outcome::Reference { .. } => None,
            })
        };
        for (i, name) in ["linear functions", "peeling", "theorem"].into_iter().enumerate() {
            plane = plane.points(name, sets().map(|(exact, bounds)| (bounds[i], exact)));
        }
        let largest = sets().map(|(exact, _)| exact).fold(0.0, maximum);
        let plane = plane.reference("equal", [(0.0, 0.0), (largest, largest)]);
        let depths = evidence.iter().find_map(|e| match &e.outcome {
            Outcome::Reference { depths, .. } => Some(depths.clone()),
            Outcome::Points { .. } => None,
        });
        let depths = depths.unwrap_or_default();
        let depth = Figure::new(
            "depth",
            "What depth costs",
            "Bounds of the complexity for a product of norms 1. Peeling doubles with each layer; inside of a logarithm the layers add up, and \
             only the root remains.",
            Axis::linear("weight matrices d"),
            Axis::logarithmic("bound of the complexity"),
        )
        .line("√(2d ln 2) + 1", depths.iter().map(|at| (at.0 as f64, at.1)))
        .line("2^(d−1)", depths.iter().map(|at| (at.0 as f64, at.2)));
        vec![plane, depth]
    }
}
