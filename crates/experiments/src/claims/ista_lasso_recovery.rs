//! The lasso finds a sparse code through noise, and iterative thresholding finds the lasso at its rate.

use saddlepoint_models::random::Stream;
use saddlepoint_theory::representation::dictionary::{Dictionary, SpikesAndHadamard};
use saddlepoint_theory::representation::lasso::{Lasso, fista_rate, ista_rate};
use saddlepoint_theory::representation::lasso_recovery::LassoRecovery;
use saddlepoint_theory::representation::thresholding::Threshold;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::sparse_code::{distance, noise_of_norm, sparse_code};
use crate::verdict::{Check, Judgement, maximum};

const ROWS: usize = 64;
const NOISE: f64 = 0.02;
/// `‖[I, H]‖²`.
const SMOOTHNESS: f64 = 2.0;

/// The claim `ista-lasso-recovery`.
pub struct IstaLassoRecovery;

/// One measurement.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Task {
    /// Errors of the minimizer with `λ = 4ε`.
    Recovery {
        /// Coefficients.
        sparsity: usize,
        /// Random signals.
        trials: usize,
        /// Their seed.
        seed: u64,
    },
    /// The way to the minimizer.
    Rate {
        /// Of the random signal.
        seed: u64,
        /// Steps that are followed.
        steps: usize,
    },
}

/// What a task measures.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Outcome {
    /// Of all signals of a sparsity.
    Recovery {
        /// The largest error of a coefficient over ε.
        error: f64,
        /// What the theorem proves of it, if it applies.
        bound: Option<f64>,
        /// Signals with an atom that does not belong to the code.
        wrong: usize,
        /// The largest duality gap that was left.
        gap: f64,
    },
    /// `F(x_k) − F*`.
    Rate {
        /// Of ISTA, from the start.
        ista: Vec<f64>,
        /// Of FISTA, from the start.
        fista: Vec<f64>,
        /// `‖x_0 − x*‖`.
        distance: f64,
        /// The duality gap at what is taken for the minimizer.
        gap: f64,
        /// Whether the first step from 0 with `L = 1` is one soft thresholding of the correlations.
        first_step: bool,
    },
}

fn signal(stream: &mut Stream, dictionary: SpikesAndHadamard, code: &[f64]) -> Result<Vec<f64>, Failure> {
    let noise = noise_of_norm(stream, ROWS, NOISE);
    Ok(dictionary.synthesize(code)?.iter().zip(noise).map(|(x, e)| x + e).collect())
}

impl Claim for IstaLassoRecovery {
    const CARD: Card = Card {
        id: "ista-lasso-recovery",
        version: 1,
        title: "The lasso recovers sparse codes within 7.5 ε; iterative thresholding reaches it at rate 1/k",
        statement: r"Let $F(x)=\tfrac12\lVert y-Dx\rVert^2+\lambda\lVert x\rVert_1$ and $L\ge\lVert D\rVert^2$. Iterative soft thresholding has
            $F(x_k)-F^*\le L\lVert x_0-x^*\rVert^2/2k$, and with momentum $2L\lVert x_0-x^*\rVert^2/(k+1)^2$. Its first iterate from 0 with
            $L=1$ is $S_\lambda(D^\top y)$: the forward pass of lecture notes is one step, which is the minimizer for orthonormal $D$
            only.

            If $y=D\Gamma+e$, $\lVert e\rVert_2\le\varepsilon$, $\lVert\Gamma\rVert_0<\tfrac13(1+1/\mu)$ and $\lambda=4\varepsilon$, the minimizer uses no wrong
            atom and is within $7.5\,\varepsilon$ of $\Gamma$ in each coefficient. Beyond the condition both fail.",
        sources: &[
            Source {
                citation: "Beck, Teboulle, A fast iterative shrinkage-thresholding algorithm, SIAM Journal on Imaging Sciences 2, \
                    2009, theorems 3.1 and 4.4",
                identifier: Some("10.1137/080716542"),
            },
            Source {
                citation: "Daubechies, Defrise, De Mol, Communications on Pure and Applied Mathematics 57, 2004",
                identifier: Some("10.1002/cpa.20042"),
            },
            Source {
                citation: "Tropp, Just relax, IEEE Transactions on Information Theory 52, 2006; Papyan, Romano, Elad, JMLR 18, \
                    2017, theorem 6",
                identifier: Some("10.1109/TIT.2005.864420"),
            },
        ],
        hypotheses: &[
            r"$D=[I,H/\sqrt{64}]$, so that $\mu=\tfrac18$, $\lVert D\rVert^2=2$ and the condition is $\lVert\Gamma\rVert_0<3$",
            "what is taken for the minimizer has a duality gap of rounding size",
        ],
        kind: Kind::Exact,
        tags: &["representation", "sparse-coding", "optimization"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let trials = profile.pick(20, 20, 500);
        [1, 2, 3, 4, 6, 8, 10, 12, 16]
            .into_iter()
            .zip(seed..)
            .map(|(sparsity, seed)| Task::Recovery { sparsity, trials, seed })
            .chain((0..profile.pick(2, 5, 20)).map(|i| Task::Rate { seed: seed + 100 + i, steps: 200 }))
            .collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let dictionary = SpikesAndHadamard::new(ROWS)?;
        let (atoms, penalty) = (dictionary.atoms(), 4.0 * NOISE);
        let origin = vec![0.0; atoms];
        match *task {
            Task::Recovery { sparsity, trials, seed } => {
                let theorem = LassoRecovery::new(dictionary.gram_bounds(), sparsity, NOISE, penalty).ok();
                let mut stream = Stream::new(seed);
                let (mut error, mut wrong, mut gap) = (0.0f64, 0, 0.0f64);
                for _ in 0..trials {
                    lab.go_on()?;
                    let code = sparse_code(&mut stream, atoms, sparsity, (1.0, 2.0));
                    let lasso = Lasso::new(&dictionary, signal(&mut stream, dictionary, &code)?, penalty)?;
                    let found = lasso.ista(&origin, SMOOTHNESS, 1500)?.point;
                    let largest = found.iter().zip(&code).map(|(a, b)| (a - b).abs()).fold(0.0, maximum);
                    error = maximum(error, largest / NOISE);
                    wrong += usize::from(found.iter().zip(&code).any(|(a, b)| *a != 0.0 && *b == 0.0));
                    gap = maximum(gap, lasso.duality_gap(&found)?);
                }
                let bound = theorem.map(|theorem| theorem.largest_error() / NOISE);
                Ok(Outcome::Recovery { error, bound, wrong, gap })
            }
            Task::Rate { seed, steps } => {
                lab.go_on()?;
                let mut stream = Stream::new(seed);
                let code = sparse_code(&mut stream, atoms, 8, (1.0, 2.0));
                let y = signal(&mut stream, dictionary, &code)?;
                let lasso = Lasso::new(&dictionary, y.clone(), penalty)?;
                let minimizer = lasso.ista(&origin, SMOOTHNESS, 5000)?.point;
                let least = lasso.objective(&minimizer)?;
                let above = |objectives: Vec<f64>| objectives.into_iter().map(|f| f - least).collect();
                let threshold = Threshold::new(penalty)?;
                let thresholded: Vec<f64> =
                    dictionary.correlate(&y)?.into_iter().map(|x| threshold.soft(x)).collect();
                let crude = Lasso::new(&dictionary, y, penalty)?.step(&origin, 1.0)?;
                Ok(Outcome::Rate {
                    ista: above(lasso.ista(&origin, SMOOTHNESS, steps)?.objectives),
                    fista: above(lasso.fista(&origin, SMOOTHNESS, steps)?.objectives),
                    distance: distance(&origin, &minimizer),
                    gap: lasso.duality_gap(&minimizer)?,
                    first_step: crude == thresholded,
                })
            }
        }
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        for e in evidence {
            match (&e.task, &e.outcome) {
                (&Task::Recovery { sparsity, .. }, Outcome::Recovery { error, bound, wrong, gap }) => {
                    let what = |what: &str| format!("{what}, {sparsity} atoms");
                    checks.push(Check::at_most(what("duality gap"), *gap, 1e-10));
                    if sparsity <= 2 {
                        checks.push(Check::equal(what("signals with a wrong atom"), *wrong, 0));
                        checks.push(Check::at_most(what("largest error over ε"), *error, 7.5));
                        checks.push(Check::at_most(
                            what("largest error over the theorem's"),
                            error / bound.unwrap_or(f64::NAN),
                            1.0,
                        ));
                    } else if sparsity == 16 {
                        checks.push(Check::at_least(
                            what("largest error over ε, beyond the condition"),
                            *error,
                            7.5,
                        ));
                    }
                }
                (&Task::Rate { seed, .. }, Outcome::Rate { ista, fista, distance, gap, first_step }) => {
                    let what = |what: &str| format!("{what}, seed {seed}");
                    let worst = |above: &[f64], rate: fn(f64, f64, usize) -> f64| {
                        let ratio = |(k, f): (usize, &f64)| f / rate(SMOOTHNESS, *distance, k);
                        above.iter().enumerate().skip(1).map(ratio).reduce(maximum).unwrap_or(f64::NAN)
                    };
                    checks.push(Check::at_most(
                        what("F(x_k) − F* over the rate, ISTA"),
                        worst(ista, ista_rate),
                        1.0,
                    ));
                    checks.push(Check::at_most(
                        what("F(x_k) − F* over the rate, FISTA"),
                        worst(fista, fista_rate),
                        1.0,
                    ));
                    checks.push(Check::at_most(what("duality gap at the minimizer"), *gap, 1e-12));
                    checks.push(Check::equal(
                        what("the first step from 0 is one threshold"),
                        *first_step,
                        true,
                    ));
                }
                _ => (),
            }
        }
        let sentence = "Within the condition no atom was wrong and no error above 7.5 ε; all steps of both descents stayed below their rates.";
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let errors = evidence.iter().filter_map(|e| match (&e.task, &e.outcome) {
            (Task::Recovery { sparsity, .. }, Outcome::Recovery { error, .. }) => {
                Some((*sparsity as f64, *error))
            }
            _ => None,
        });
        let mut figures = vec![
            Figure::new(
                "errors",
                "How far off the lasso is",
                "Left of the vertical line the theorem promises errors below 7.5 ε, the horizontal line. Random codes keep to it a little longer, then exceed it.",
                Axis::linear("number of atoms in the signal"),
                Axis::linear("largest error of a coefficient, in ε"),
            )
            .points("measured", errors)
            .reference("7.5 ε", [(1.0, 7.5), (16.0, 7.5)])
            .reference("the theorem ends below 3 atoms", [(3.0, 0.0), (3.0, 10.0)]),
        ];
        let rates = evidence.iter().find_map(|e| match &e.outcome {
            Outcome::Rate { ista, fista, distance, .. } => Some((ista, fista, *distance)),
            Outcome::Recovery { .. } => None,
        });
        if let Some((ista, fista, distance)) = rates {
            let steps = |above: &[f64]| {
                // Below this only the rounding of F is seen.
                let seen = |(k, f): (usize, &f64)| (*f > 1e-14).then_some((k as f64, *f));
                above.iter().enumerate().skip(1).filter_map(seen).collect::<Vec<_>>()
            };
            let rate = |rate: fn(f64, f64, usize) -> f64| {
                (1..ista.len()).map(move |k| (k as f64, rate(SMOOTHNESS, distance, k))).collect::<Vec<_>>()
            };
            figures.push(
                Figure::new(
                    "descent",
                    "Iterative thresholding, plain and with momentum",
                    "Both stay far below what is guaranteed. Once the right atoms are found, the plain steps converge linearly.",
                    Axis::logarithmic("step"),
                    Axis::logarithmic("F(x) − F*"),
                )
                .line("ISTA", steps(ista))
                .line("FISTA", steps(fista))
                .reference("L d² / 2k", rate(ista_rate))
                .reference("2 L d² / (k + 1)²", rate(fista_rate)),
            );
        }
        figures
    }
}
