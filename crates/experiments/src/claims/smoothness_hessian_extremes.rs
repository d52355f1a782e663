//! The smoothness constant is the extreme Hessian eigenvalue; for a sigmoid neuron in closed form.

use nalgebra::{DMatrix, dmatrix};
use saddlepoint_landscape::analytic::SigmoidNeuron;
use saddlepoint_landscape::objective::Objective;
use saddlepoint_landscape::operator::HessianAt;
use saddlepoint_landscape::spectrum::lanczos::{End, Lanczos};
use saddlepoint_models::random::Stream;
use saddlepoint_rigor::decomposition::eigenvalues;
use saddlepoint_theory::optimization::SigmoidNeuronSmoothness;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure, Mark};
use crate::verdict::{Check, Judgement, maximum};

/// The claim `smoothness-hessian-extremes`.
pub struct SmoothnessHessianExtremes;

/// One task.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Task {
    /// The closed-form extremes, and curves of the curvature.
    Extremes,
    /// Three samples in two dimensions.
    Example,
    /// Random data and weights: Hessian, its extreme eigenvalue by Lanczos, and the bound.
    Random {
        /// How many.
        runs: usize,
        /// Seed of the draws.
        seed: u64,
    },
}

/// What a task measures.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Outcome {
    /// Enclosures `[low, high]` and curves.
    Extremes {
        /// Largest slope.
        slope: [f64; 2],
        /// Lowest and highest curvature.
        curvatures: [[f64; 2]; 2],
        /// Where they are attained for the label 0.
        arguments: [[f64; 2]; 2],
        /// For the labels 0, ½, 1, the curvature over the activation.
        curves: Vec<Vec<(f64, f64)>>,
    },
    /// The example's numbers.
    Example {
        /// The loss.
        loss: f64,
        /// Its gradient.
        gradient: Vec<f64>,
        /// Its Hessian: entries (0, 0), (0, 1), (1, 1).
        hessian: [f64; 3],
        /// The bound of its norm.
        bound: f64,
    },
    /// Over all runs.
    Random {
        /// Norm of the Hessian over the bound, each run.
        ratios: Vec<f64>,
        /// Largest relative error of Lanczos.
        lanczos: f64,
    },
}

/// Basis vectors of Lanczos.
const BASIS: usize = 12;

impl Claim for SmoothnessHessianExtremes {
    const CARD: Card = Card {
        id: "smoothness-hessian-extremes",
        version: 1,
        title: "Smoothness is the extreme Hessian eigenvalue: 0.0770 λ_max(XᵀX/n) for a sigmoid neuron",
        statement: "The smoothness of a $C^2$ function is $\\beta = \\sup\\max(|\\lambda_{\\min}|, |\\lambda_{\\max}|)$ of its Hessian. For a \
            sigmoid neuron with $\\ell(z) = \\tfrac12(y - \\sigma(z))^2$ and $y \\in [0,1]$ \
            $$|\\ell'| \\le \\tfrac4{27}, \\qquad -0.0601022017273 \\le \\ell'' \\le 0.0770292850607,$$ \
            both attained at $y \\in \\{0, 1\\}$, with $\\sigma(z) = (15\\pm\\sqrt{33})/24$ at $y = 0$. Hence for $\\ell_n(w) = \
            \\tfrac1{2n}\\sum_i(y_i - \\sigma(w\\cdot x_i))^2$ the Hessian satisfies \
            $\\|\\nabla^2\\ell_n\\| \\le 0.0770292850607\\,\\lambda_{\\max}(X^\\top X/n)$ everywhere.",
        sources: &[Source {
            citation: "Nesterov, Introductory Lectures on Convex Optimization, 2004, lemma 1.2.2; the extremes are derived here",
            identifier: None,
        }],
        hypotheses: &[
            "labels in $[0, 1]$",
            "half the mean square: the sum of squares has $2n$ times the constant",
        ],
        kind: Kind::Exact,
        tags: &["optimization", "spectrum"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let (tasks, runs) = profile.pick((2, 200), (8, 1250), (40, 5000));
        let random = (0..tasks).map(|task| Task::Random { runs, seed: seed + task });
        [Task::Extremes, Task::Example].into_iter().chain(random).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        match *task {
            Task::Extremes => {
                let ends = |x: saddlepoint_rigor::Interval| [x.low(), x.high()];
                let curve = |label: f64| -> Result<Vec<(f64, f64)>, Failure> {
                    let one = SigmoidNeuron::half_mean_square(&dmatrix![1.0], vec![label])?;
                    (-80..=80)
                        .map(|i| f64::from(i) / 10.0)
                        .map(|z| Ok((z, one.hessian(&[z])?[(0, 0)])))
                        .collect()
                };
                Ok(Outcome::Extremes {
                    slope: ends(SigmoidNeuronSmoothness::slope()),
                    curvatures: SigmoidNeuronSmoothness::curvatures().map(ends),
                    arguments: SigmoidNeuronSmoothness::arguments().map(ends),
                    curves: [0.0, 0.5, 1.0].into_iter().map(curve).collect::<Result<_, _>>()?,
                })
            }
            Task::Example => {
                let (inputs, labels) = (dmatrix![1.0, 2.0; -1.0, 0.5; 0.3, -1.2], vec![1.0, 0.0, 0.5]);
                let bound = bound(&inputs, &labels)?;
                let f = SigmoidNeuron::half_mean_square(&inputs, labels)?;
                let w = [0.3, -0.2];
                let hessian = f.hessian(&w)?;
                Ok(Outcome::Example {
                    loss: f.value(&w)?,
                    gradient: f.gradient(&w)?.as_slice().to_vec(),
                    hessian: [hessian[(0, 0)], hessian[(0, 1)], hessian[(1, 1)]],
                    bound,
                })
            }
            Task::Random { runs, seed } => {
                let (mut stream, mut ratios, mut lanczos) = (Stream::new(seed), Vec::new(), 0f64);
                for _ in 0..runs {
                    lab.go_on()?;
                    let (n, d) = (1 + stream.index(20), 1 + stream.index(BASIS));
                    let inputs = DMatrix::from_fn(n, d, |_, _| stream.between(-3.0, 3.0));
                    // Half of the labels at the ends, where the extremes are.
                    let labels: Vec<f64> =
                        (0..n).map(|_| (2.0 * stream.uniform() - 0.5).clamp(0.0, 1.0)).collect();
                    let w: Vec<f64> = (0..d).map(|_| stream.between(-2.0, 2.0)).collect();
                    let bound = bound(&inputs, &labels)?;
                    let f = SigmoidNeuron::half_mean_square(&inputs, labels)?;
                    let largest = eigenvalues(f.hessian(&w)?)?.amax();
                    ratios.push(largest / bound);
                    let search =
                        Lanczos::new(End::LargestMagnitude, 1)?.with_basis(BASIS)?.with_tolerance(1e-12)?;
                    let found = search.run(&HessianAt::new(&f, &w)?, &mut || stream.normal())?;
                    let value = found.pairs.first().map_or(f64::NAN, |pair| pair.value.abs());
                    lanczos = maximum(lanczos, ((value - largest) / largest).abs());
                }
                Ok(Outcome::Random { ratios, lanczos })
            }
        }
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let (mut checks, mut runs, mut worst, mut error) = (Vec::new(), 0, 0f64, 0f64);
        for e in evidence {
            match &e.outcome {
                Outcome::Extremes { slope, curvatures, arguments, .. } => {
                    let rows = [
                        ("largest slope |ℓ′|", slope, 4.0 / 27.0, 1e-12),
                        ("lowest curvature", &curvatures[0], -0.0601022017273, 1e-12),
                        ("highest curvature", &curvatures[1], 0.0770292850607, 1e-12),
                        ("argument of the lowest curvature, y = 0", &arguments[0], 1.85195754099, 1e-11),
                        ("argument of the highest curvature, y = 0", &arguments[1], -0.46566317987, 1e-11),
                    ];
                    for (what, [low, high], reference, tolerance) in rows {
                        checks.push(Check::absolute(what, f64::midpoint(*low, *high), reference, tolerance));
                        checks.push(Check::at_most(
                            format!("width of its enclosure: {what}"),
                            high - low,
                            1e-14,
                        ));
                    }
                }
                Outcome::Example { loss, gradient, hessian, bound } => {
                    let found = [*loss, *bound].into_iter().chain(gradient.iter().chain(hessian).copied());
                    for ((what, expected), found) in EXAMPLE.iter().zip(found) {
                        checks.push(Check::absolute(format!("example: {what}"), found, *expected, 1e-12));
                    }
                }
                Outcome::Random { ratios, lanczos } => {
                    runs += ratios.len();
                    worst = ratios.iter().copied().fold(worst, maximum);
                    error = maximum(error, *lanczos);
                }
            }
        }
        checks.push(Check::at_most(format!("norm of the Hessian over the bound, worst of {runs}"), worst, 1.0));
        let what = format!("relative error of Lanczos with {BASIS} vectors, worst of {runs}");
        checks.push(Check::at_most(what, error, 1e-8));
        Judgement::from_checks(
            "The extremes are those of the closed form, and no Hessian exceeds the bound.",
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let curves = evidence.iter().filter_map(|e| match &e.outcome {
            Outcome::Extremes { curvatures, curves, .. } => {
                let figure = Figure::new(
                    "curvature",
                    "The curvature of the squared loss of a sigmoid",
                    "Labels 0 and 1 are mirror images and attain both extremes; a label between them stays between. The loss \
                     is not convex: each curve has a part below zero.",
                    Axis::linear("activation z"),
                    Axis::linear("ℓ″(z)"),
                );
                let figure = curves.iter().zip(["y = 0", "y = ½", "y = 1"]).fold(figure, |figure, (curve, name)| {
                    figure.line(name, curve.iter().copied())
                });
                let extremes = curvatures.iter().zip(["lowest", "highest"]);
                Some(extremes.fold(figure, |figure, ([low, _], name)| figure.reference(name, [(-8.0, *low), (8.0, *low)])))
            }
            _ => None,
        });
        let values: Vec<f64> = evidence
            .iter()
            .filter_map(|e| if let Outcome::Random { ratios, .. } = &e.outcome { Some(ratios) } else { None })
            .flatten()
            .copied()
            .collect();
        let ratios = Figure::new(
            "tightness",
            "How much of the bound random Hessians use",
            "No Hessian exceeds the bound. It is nearly attained where few samples stand at their extreme together, and it \
             is several times too large where many disagree.",
            Axis::linear("‖∇²ℓ_n(w)‖ over the bound"),
            Axis::linear("runs"),
        )
        .with("runs", Mark::Histogram { values, bins: 40 });
        curves.chain([ratios]).collect()
    }
}

/// The example by an independent computation: loss, bound, gradient, Hessian. The bound is that of the closed form with 40
/// digits; with the constant cut to 0.07702928506 it would be 0.1545883700591902.
const EXAMPLE: [(&str, f64); 7] = [
    ("loss", 0.07388988952227206),
    ("bound", 0.1545883700605454),
    ("first entry of the gradient", -0.0737896127548008),
    ("second entry of the gradient", -0.07916554662792702),
    ("Hessian (1, 1)", 0.045813174701341296),
    ("Hessian (1, 2)", 0.017592050886190893),
    ("Hessian (2, 2)", 0.10744940815786191),
];

/// The theorem's bound, with the largest eigenvalue widened by more than the error of its computation.
fn bound(inputs: &DMatrix<f64>, labels: &[f64]) -> Result<f64, Failure> {
    let moments = inputs.transpose() * inputs / inputs.nrows() as f64;
    let largest = eigenvalues(moments)?.max() * (1.0 + 1e-13);
    Ok(SigmoidNeuronSmoothness::new(labels, largest)?.beta())
}
