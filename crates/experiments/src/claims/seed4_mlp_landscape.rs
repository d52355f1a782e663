//! The loss surface of a two-parameter ReLU network, in closed form: a valley, a plateau, a half-saddle.

use saddlepoint_landscape::analytic::{Reading, TwoParameterMlp};
use saddlepoint_landscape::critical::inertia::Inertia;
use saddlepoint_landscape::descent::{GradientDescent, StopRule};
use saddlepoint_landscape::objective::Objective;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::portrait::Portrait;
use crate::verdict::{Check, Judgement, maximum};

/// The claim `seed4-mlp-landscape`.
pub struct Seed4MlpLandscape;

/// One task.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Task {
    /// The numbers of the closed form.
    Numbers,
    /// The closed form against the program of the lecture on a square grid over `[−3, 3]²`.
    Grid {
        /// Points a side.
        side: usize,
    },
    /// The valley at some first weights.
    Valley {
        /// The first weights.
        weights: Vec<f64>,
    },
    /// The stochastic loss: what each sample alone asks for.
    Samples,
    /// The landscape with a few descents.
    Portrait,
}

/// What a task measures.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Outcome {
    /// Named numbers, in the order of the reference table.
    Numbers {
        /// The numbers.
        values: Vec<f64>,
    },
    /// Largest relative difference between the closed form and the mean over samples.
    Grid {
        /// The difference.
        difference: f64,
        /// The largest relative amount by which a point of the closed left half-plane with `w₁ < 0` differs from the
        /// plateau.
        plateau: f64,
        /// The largest gradient there.
        slope: f64,
    },
    /// Relative errors along the valley.
    Valley {
        /// Largest `‖∇L‖`.
        gradient: f64,
        /// Largest relative error of `L = L*`.
        loss: f64,
        /// Largest smaller eigenvalue, relative to the larger.
        flat: f64,
        /// Largest relative error of the larger eigenvalue.
        sharp: f64,
    },
    /// Each input with the product `w₁w₂` that its sample alone asks for.
    Samples {
        /// The pairs.
        optima: Vec<(f64, f64)>,
    },
    /// Grid, paths, and the values along the border `w₁ = 0`.
    Portrait {
        /// The plot's raw material.
        portrait: Portrait,
    },
}

/// What the numbers are and what they should be: the catalogue's values; those that it prints with fewer than sixteen
/// digits were computed again from the sixty data in exact rational arithmetic.
const NUMBERS: [(&str, f64); 22] = [
    ("S_xx", 1.4421166464364366),
    ("S_xy", 2.8101969262324884),
    ("S_yy", 5.685504436745835),
    ("product w₁w₂ on the valley", 1.9486613188861432),
    ("minimum L*", 0.20938238814384835),
    ("plateau", 5.685504436745835),
    ("flattest first weight √c*", 1.395944597355548),
    ("sharpness there", 11.240787704929954),
    ("sharpness at w₁ = 1", 13.836477390076848),
    ("sharpness at w₁ = ½", 44.53003471203411),
    ("L(1, 1)", 1.5072272307172965),
    ("L(1, 2)", 0.21318331756162956),
    ("L(1, −1)", 12.74801493564725),
    ("L(−1, −2)", 5.685504436745837),
    ("lower eigenvalue of the one-sided Hessian at the origin", -5.620393852464977),
    ("upper eigenvalue of the one-sided Hessian at the origin", 5.620393852464977),
    ("∂L/∂w₂ at (1, 0): not critical", -5.620393852464977),
    ("right derivative by w₁ at (0, 1): not a minimum", -5.620393852464977),
    ("smallest per-sample optimum y/x", -15.950060437200058),
    ("largest per-sample optimum y/x", 3.867979536578099),
    ("median per-sample optimum y/x", 1.9746727501375951),
    ("trace of the per-sample gradient covariance at (√c*, √c*)", 3.873099824121517),
];

impl Claim for Seed4MlpLandscape {
    const CARD: Card = Card {
        id: "seed4-mlp-landscape",
        version: 3,
        title: "The loss surface of a two-parameter ReLU network has bad local minima of infinite measure",
        statement: "For inputs $x > 0$ the mean squared loss of $w_2\\,\\mathrm{relu}(w_1 x)$ is \
            $$L(w_1, w_2) = S_{yy} - 2S_{xy}w_1w_2 + S_{xx}w_1^2w_2^2\\quad (w_1 > 0),\\qquad L = S_{yy}\\quad (w_1 \\le 0).$$ \
            The global minima are the branch $w_1w_2 = c^* = S_{xy}/S_{xx}$, $w_1 > 0$, of a hyperbola, with Hessian \
            eigenvalues $0$ and $2S_{xx}(w_1^2+w_2^2)$. The half-plane $w_1 < 0$ is a plateau of local minima with the \
            larger value $S_{yy}$. At the origin $L$ is differentiable but not continuously so: seen from $w_1 > 0$ it is \
            half a saddle with eigenvalues $\\pm 2S_{xy}$. No other point is critical, save the non-smooth minima \
            $w_1 = 0$, $w_2 < 0$.",
        sources: &[Source {
            citation: "Ollion, Grisel, Learning with Deep Networks: Expressivity, Optimization & Generalization, the loss surface \
                of a two-parameter MLP; the closed form derived for this project",
            identifier: None,
        }],
        hypotheses: &[
            "all inputs are positive, as in the lecture's thirty samples",
            "the network is called as it was meant",
        ],
        kind: Kind::Exact,
        tags: &["landscape", "minima", "relu"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(_: Profile, _: u64) -> Vec<Task> {
        let weights = (-8..=8).map(|exponent| 2f64.powi(exponent)).collect();
        vec![Task::Numbers, Task::Grid { side: 201 }, Task::Valley { weights }, Task::Samples, Task::Portrait]
    }

    fn run(task: &Task, _: &Lab) -> Result<Outcome, Failure> {
        let loss = TwoParameterMlp::seed42(Reading::Intended);
        Ok(match task {
            Task::Numbers => Outcome::Numbers { values: numbers(&loss)? },
            Task::Grid { side } => {
                let (mut difference, mut plateau, mut slope) = (0f64, 0f64, 0f64);
                for w in grid(*side) {
                    let value = loss.value(&[w.0, w.1])?;
                    difference = maximum(difference, (value / loss.mean_loss(w) - 1.0).abs());
                    if w.0 < 0.0 {
                        plateau = maximum(plateau, (loss.mean_loss(w) / loss.plateau() - 1.0).abs());
                        slope = maximum(slope, loss.gradient(&[w.0, w.1])?.norm());
                    }
                }
                Outcome::Grid { difference, plateau, slope }
            }
            Task::Valley { weights } => {
                let (mut gradient, mut error, mut flat, mut sharp) = (0f64, 0f64, 0f64, 0f64);
                for &w1 in weights {
                    let w = [w1, loss.product_at_minimum() / w1];
                    let (_, eigenvalues) = Inertia::of_symmetric(&loss.hessian(&w)?, 0.0)?;
                    gradient = maximum(gradient, loss.gradient(&w)?.norm() / eigenvalues[1]);
                    error = maximum(error, (loss.value(&w)? / loss.minimum() - 1.0).abs());
                    flat = maximum(flat, (eigenvalues[0] / eigenvalues[1]).abs());
                    sharp = maximum(sharp, (eigenvalues[1] / loss.sharpness(w1) - 1.0).abs());
                }
                Outcome::Valley { gradient, loss: error, flat, sharp }
            }
            Task::Samples => Outcome::Samples { optima: loss.samples().map(|(x, y)| (x, y / x)).collect() },
            Task::Portrait => {
                let valley = loss.product_at_minimum().sqrt();
                Outcome::Portrait { portrait: portrait(&loss)?.with_orbits(&loss, &[[valley, valley]]) }
            }
        })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        for e in evidence {
            match &e.outcome {
                Outcome::Numbers { values } => {
                    checks.push(Check::equal("numbers of the closed form", values.len(), NUMBERS.len()));
                    for (value, (what, expected)) in values.iter().zip(NUMBERS) {
                        checks.push(Check::absolute(what, *value, expected, 1e-12));
                    }
                }
                Outcome::Grid { difference, plateau, slope } => {
                    checks.push(Check::at_most(
                        "closed form against the mean over samples, 201² grid",
                        *difference,
                        1e-12,
                    ));
                    checks.push(Check::at_most("loss on w₁ < 0 against the plateau", *plateau, 1e-12));
                    checks.push(Check::equal("largest gradient on w₁ < 0", *slope, 0.0));
                }
                Outcome::Valley { gradient, loss, flat, sharp } => {
                    checks.push(Check::at_most("gradient on the valley, over the curvature", *gradient, 1e-12));
                    checks.push(Check::at_most("relative error of L = L* on the valley", *loss, 1e-12));
                    checks.push(Check::at_most(
                        "smaller eigenvalue on the valley, over the larger",
                        *flat,
                        1e-12,
                    ));
                    checks.push(Check::at_most("relative error of the sharpness on the valley", *sharp, 1e-12));
                }
                Outcome::Portrait { portrait } => {
                    let valleys = portrait.certified_orbits(0);
                    checks.push(Check::equal("curves of minima certified on the map", valleys, 1));
                }
                Outcome::Samples { .. } => {}
            }
        }
        Judgement::from_checks(
            "The closed form is the loss of the lecture's program, with a valley at 0.2094 and a plateau at 5.6855.",
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let branch = (0..=80)
            .map(|i| C_STAR / 3.0 + (3.0 - C_STAR / 3.0) * f64::from(i) / 80.0)
            .map(|w1| (w1, C_STAR / w1));
        evidence
            .iter()
            .filter_map(|e| match &e.outcome {
                Outcome::Portrait { portrait } => Some(
                    portrait
                        .figure(
                            "landscape",
                            "One hidden ReLU unit: a valley and a plateau",
                            "Descent from the right half-plane reaches the valley w₁w₂ = c* or jumps onto the plateau w₁ ≤ 0, where every gradient is zero and it stays for ever.",
                            ["w₁", "w₂"],
                            "log₁₀ L",
                        )
                        .reference("global minima", branch.clone())
                        .points("half-saddle (not smooth)", [(0.0, 0.0)]),
                ),
                Outcome::Samples { optima } => Some(
                    Figure::new(
                        "stochastic",
                        "Each sample has a valley of its own",
                        "The loss of one sample is least on the hyperbola w₁w₂ = y/x, and a stochastic step moves towards that. Small inputs ask for wild products, but weigh little: the mean of the losses is the full loss, with its one valley.",
                        Axis::logarithmic("input x"),
                        Axis::linear("product y/x at the sample's own minimum"),
                    )
                    .points("samples", optima.iter().copied())
                    .reference("c*", [(0.01, C_STAR), (3.0, C_STAR)]),
                ),
                _ => None,
            })
            .collect()
    }
}

/// `c*`, for the plots.
pub(super) const C_STAR: f64 = NUMBERS[3].1;

/// A square grid over `[−3, 3]²`.
pub(super) fn grid(side: usize) -> impl Iterator<Item = (f64, f64)> {
    let at = move |i: usize| -3.0 + 6.0 * i as f64 / (side - 1) as f64;
    (0..side).flat_map(move |row| (0..side).map(move |column| (at(column), at(row))))
}

/// Level sets of the logarithm of the loss, so that the valley shows beside the steep quadrant, and five descents.
pub(super) fn portrait(loss: &TwoParameterMlp) -> Result<Portrait, Failure> {
    let descent = GradientDescent::new(0.005, StopRule::after(4000))?;
    let starts = [[0.3, 0.3], [2.5, -0.8], [0.6, -2.0], [2.8, 2.6], [-1.5, -1.8]];
    let portrait = Portrait::map([-3.0, 3.0], [-3.0, 3.0], |w1, w2| Ok(loss.value(&[w1, w2])?.log10()))?;
    portrait.with_paths(loss, &descent, &starts, 1)
}

fn numbers(loss: &TwoParameterMlp) -> Result<Vec<f64>, Failure> {
    let (sxx, sxy, syy) = loss.moments();
    let root = loss.product_at_minimum().sqrt();
    let tiny = f64::MIN_POSITIVE;
    let (_, origin) = Inertia::of_symmetric(&loss.hessian(&[tiny, 0.0])?, 0.0)?;
    let mut optima: Vec<f64> = loss.samples().map(|(x, y)| y / x).collect();
    optima.sort_by(f64::total_cmp);
    let middle = optima.len() / 2;
    Ok(vec![
        sxx,
        sxy,
        syy,
        loss.product_at_minimum(),
        loss.minimum(),
        loss.plateau(),
        root,
        loss.sharpness(root),
        loss.sharpness(1.0),
        loss.sharpness(0.5),
        loss.value(&[1.0, 1.0])?,
        loss.value(&[1.0, 2.0])?,
        loss.value(&[1.0, -1.0])?,
        loss.value(&[-1.0, -2.0])?,
        origin[0],
        origin[1],
        loss.gradient(&[1.0, 0.0])?[1],
        loss.gradient(&[tiny, 1.0])?[0],
        optima[0],
        optima[optima.len() - 1],
        0.5 * (optima[middle - 1] + optima[middle]),
        loss.gradient_noise((root, root)),
    ])
}
