//! Rademacher complexities over all signs, against Massart's lemma, Khintchine's inequality and contraction.

use saddlepoint_models::random::Stream;
use saddlepoint_rigor::{Interval, IntervalMatrix};
use saddlepoint_theory::capacity::rademacher::Class;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure, Mark};
use crate::verdict::{Check, Judgement, maximum};

mod changes;

use changes::{LAWS, laws};

/// The claim `rademacher-exact`.
pub struct RademacherExact;

/// One task.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Task {
    /// Finitely many sign vectors.
    Finite {
        /// How many.
        functions: u64,
        /// Seed of the signs.
        seed: u64,
    },
    /// Linear functions on Gaussian points in five dimensions.
    Linear {
        /// The ball that the weights are in.
        ball: Ball,
        /// How many points.
        points: usize,
        /// Seed of the points.
        seed: u64,
    },
    /// Multiples of the identity on points that are all 1.
    Equal {
        /// How many points.
        points: usize,
    },
    /// Random classes before and after a change that has a law.
    Laws {
        /// How many.
        classes: usize,
        /// Seed of the draws.
        seed: u64,
    },
}

/// Weights of norm 1 at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ball {
    /// Euclidean.
    L2,
    /// The sum of magnitudes.
    L1,
}

/// What a task measures.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Outcome {
    /// A complexity and its bounds without enumeration.
    Class {
        /// The complexity, as an interval.
        exact: [f64; 2],
        /// Its bounds.
        bounds: [f64; 2],
    },
    /// Violations of laws, in the order of `LAWS`, and the ratios that contraction leaves.
    Laws {
        /// Counts.
        violations: [usize; 6],
        /// `R(φ∘F)/R(F)` without absolute values.
        ratios: Vec<f64>,
        /// The same with absolute values and ReLU.
        absolute: Vec<f64>,
    },
}

/// Functions, complexity and Massart's bound: the catalogue's values.
const FINITE: [(u64, f64, f64); 8] = [
    (2, 0.15625, 0.339888997),
    (4, 0.315755208333, 0.480675629),
    (8, 0.405802408854, 0.588705011),
    (16, 0.508015950521, 0.679777993),
    (64, 0.647379557292, 0.832554611),
    (256, 0.769694010417, 0.961351258),
    (1024, 0.864420572917, 1.07482338),
    (4096, 0.938028971354, 1.17741002),
];

/// Of the catalogue's point set in five dimensions: complexity, upper bound.
const LINEAR: [(Ball, f64, f64); 2] =
    [(Ball::L2, 0.637686344897, 0.669681933333), (Ball::L1, 0.47119010532, 0.881071808774)];

/// Points of the catalogue's classes.
const POINTS: usize = 12;

impl Claim for RademacherExact {
    const CARD: Card = Card {
        id: "rademacher-exact",
        version: 1,
        title: "Rademacher complexities, enumerated, obey Massart, Khintchine and contraction",
        statement: r"Let $\hat R_n(F)=\mathbb E_\sigma\sup_{f\in F}\frac1n\sum_i\sigma_if(x_i)$ over all signs $\sigma\in\{\pm1\}^n$.

            A finite class has $\hat R_n\le\max_f\lVert f\rVert\sqrt{2\ln|F|}/n$ (Massart). The linear functions with
            $\lVert w\rVert_2\le1$ have $\hat R_n\in[1/\sqrt2,1]\cdot\lVert X\rVert_F/n$ (Khintchine), where the lower end is
            attained by two equal points; those with $\lVert w\rVert_1\le1$ have
            $\hat R_n\le\max_j\lVert X_{\cdot j}\rVert\sqrt{2\ln2d}/n$.

            It is not negative, does not change when one function is added to all or convex combinations are added, and
            never falls when functions are added. For $1$-Lipschitz $\varphi$, with or without $\varphi(0)=0$,
            $\hat R_n(\varphi\circ F)\le\hat R_n(F)$. With an absolute value inside the supremum that is false, and a factor $2$ is
            needed.",
        sources: &[
            Source {
                citation: "Massart, Some applications of concentration inequalities to statistics, Annales de la Faculté des \
                           Sciences de Toulouse 9, 2000, lemma 5.2",
                identifier: None,
            },
            Source {
                citation: "Meir and Zhang, Generalization error bounds for Bayesian mixture algorithms, JMLR 4, 2003, theorem 7",
                identifier: None,
            },
            Source {
                citation: "Ledoux and Talagrand, Probability in Banach Spaces, 1991, theorem 4.12, for the absolute value",
                identifier: None,
            },
        ],
        hypotheses: &["the class is fixed; the complexity is that of one sample"],
        kind: Kind::Exact,
        tags: &["generalization", "capacity", "rademacher"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let (most, tasks, classes) = profile.pick((12, 1, 1200), (17, 5, 1200), (22, 50, 2000));
        let finite =
            FINITE.iter().map(|&(functions, ..)| Task::Finite { functions, seed: seed + 60 + functions });
        // The catalogue's points, and the first of them.
        let linear = [Ball::L2, Ball::L1]
            .into_iter()
            .flat_map(|ball| (2..=most).map(move |points| Task::Linear { ball, points, seed: seed + 70 }));
        let equal = [2, POINTS].map(|points| Task::Equal { points });
        let laws = (0..tasks).map(|task| Task::Laws { classes, seed: seed + 900 + task });
        finite.chain(linear).chain(equal).chain(laws).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let class = match *task {
            Task::Finite { functions, seed } => {
                let mut stream = Stream::new(seed);
                let rows = usize::try_from(functions)?;
                let signs = (0..rows * POINTS).map(|_| stream.sign()).collect();
                Class::finite(&IntervalMatrix::from_rows(rows, POINTS, signs)?)
            }
            Task::Linear { ball, points, seed } => {
                let matrix = IntervalMatrix::from_rows(points, 5, Stream::new(seed).normals(5 * points))?;
                match ball {
                    Ball::L2 => Class::euclidean_ball(&matrix, 1.0)?,
                    Ball::L1 => Class::l1_ball(&matrix, 1.0)?,
                }
            }
            Task::Equal { points } => {
                Class::euclidean_ball(&IntervalMatrix::from_rows(points, 1, vec![1.0; points])?, 1.0)?
            }
            Task::Laws { classes, seed } => return laws(classes, seed, lab),
        };
        lab.go_on()?;
        let ends = |interval: Interval| [interval.low(), interval.high()];
        Ok(Outcome::Class { exact: ends(class.exact()?), bounds: ends(class.bounds()) })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let (mut checks, mut counts, mut drawn) = (Vec::new(), [0; 6], 0);
        let (mut outside, mut plain, mut absolute) = (0, 0.0, 0.0);
        for e in evidence {
            match (&e.task, &e.outcome) {
                (task, Outcome::Class { exact, bounds }) => {
                    let value = f64::midpoint(exact[0], exact[1]);
                    outside += usize::from(!(bounds[0] <= exact[1] && exact[0] <= bounds[1]));
                    match *task {
                        Task::Finite { functions, .. } => {
                            if let Some(known) = FINITE.iter().find(|known| known.0 == functions) {
                                let name = format!("{functions} sign vectors");
                                checks.push(Check::absolute(
                                    format!("complexity of {name}"),
                                    value,
                                    known.1,
                                    5.1e-13,
                                ));
                                checks.push(Check::absolute(
                                    format!("Massart's bound of {name}"),
                                    bounds[1],
                                    known.2,
                                    5.1e-9,
                                ));
                            }
                        }
                        Task::Linear { ball, points: POINTS, .. } => {
                            if let Some(known) = LINEAR.iter().find(|known| known.0 == ball) {
                                let name =
                                    if ball == Ball::L2 { "‖w‖₂ ≤ 1" } else { "‖w‖₁ ≤ 1" };
                                checks.push(Check::absolute(
                                    format!("complexity of {name}"),
                                    value,
                                    known.1,
                                    5.1e-12,
                                ));
                                checks.push(Check::absolute(
                                    format!("upper bound of {name}"),
                                    bounds[1],
                                    known.2,
                                    5.1e-13,
                                ));
                            }
                        }
                        Task::Equal { points: 2 } => {
                            let root = 0.5f64.sqrt();
                            checks.push(Check::absolute(
                                "complexity over its upper bound, two equal points",
                                value / bounds[1],
                                root,
                                1e-14,
                            ));
                        }
                        Task::Equal { .. } => {
                            checks.push(Check::absolute(
                                "complexity on twelve equal points",
                                value,
                                0.2255859375,
                                1e-14,
                            ));
                        }
                        _ => (),
                    }
                }
                (Task::Laws { classes, .. }, Outcome::Laws { violations, ratios, absolute: with }) => {
                    drawn += classes;
                    counts.iter_mut().zip(violations).for_each(|(sum, count)| *sum += count);
                    plain = ratios.iter().copied().fold(plain, maximum);
                    absolute = with.iter().copied().fold(absolute, maximum);
                }
                _ => (),
            }
        }
        checks.push(Check::equal("classes outside their bounds without enumeration", outside, 0));
        for (law, count) in LAWS.iter().zip(counts) {
            checks.push(Check::equal(format!("{law}, of {drawn} drawn"), count, 0));
        }
        checks.push(Check::within(
            "largest ratio after ReLU, with absolute values",
            absolute,
            1.0 + 1e-6..=2.0,
        ));
        Judgement::from_checks(
            format!(
                "All values and laws hold; contraction leaves at most {plain:.4} of the complexity, but {absolute:.4} of the absolute one."
            ),
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let classes = |at: fn(&Task) -> Option<f64>, value: fn([f64; 2], [f64; 2]) -> f64| {
            evidence.iter().filter_map(move |e| match &e.outcome {
                Outcome::Class { exact, bounds } => Some((at(&e.task)?, value(*exact, *bounds))),
                Outcome::Laws { .. } => None,
            })
        };
        let functions = |task: &Task| {
            if let Task::Finite { functions, .. } = task { Some(*functions as f64) } else { None }
        };
        let euclidean = |task: &Task| match task {
            Task::Linear { ball: Ball::L2, points, .. } => Some(*points as f64),
            _ => None,
        };
        let taxicab = |task: &Task| match task {
            Task::Linear { ball: Ball::L1, points, .. } => Some(*points as f64),
            _ => None,
        };
        let finite = Figure::new(
            "finite",
            "Random sign vectors on twelve points",
            "The complexity grows like the root of the logarithm of the number of functions, as Massart's bound does, until all 4,096 signs are nearly there and it cannot exceed 1.",
            Axis::logarithmic("functions"),
            Axis::linear("Rademacher complexity"),
        )
        .reference("Massart's bound", classes(functions, |_, bounds| bounds[1]))
        .points("exact", classes(functions, |exact, _| f64::midpoint(exact[0], exact[1])));
        let linear = Figure::new(
            "linear",
            "Linear functions on Gaussian points",
            "Khintchine's inequality leaves a factor of √2 for weights of Euclidean norm 1. A bound on the sum of their magnitudes makes the class smaller.",
            Axis::linear("points n"),
            Axis::linear("Rademacher complexity"),
        )
        .reference("‖X‖_F/n", classes(euclidean, |_, bounds| bounds[1]))
        .reference("‖X‖_F/√2n", classes(euclidean, |_, bounds| bounds[0]))
        .line("‖w‖₂ ≤ 1, exact", classes(euclidean, |exact, _| f64::midpoint(exact[0], exact[1])))
        .reference("bound of ‖w‖₁ ≤ 1", classes(taxicab, |_, bounds| bounds[1]))
        .line("‖w‖₁ ≤ 1, exact", classes(taxicab, |exact, _| f64::midpoint(exact[0], exact[1])));
        let collect = |of: fn(&Outcome) -> Option<&Vec<f64>>| -> Vec<f64> {
            evidence.iter().filter_map(|e| of(&e.outcome)).flatten().copied().collect()
        };
        let ratios =
            collect(|outcome| if let Outcome::Laws { ratios, .. } = outcome { Some(ratios) } else { None });
        let absolute =
            collect(|outcome| if let Outcome::Laws { absolute, .. } = outcome { Some(absolute) } else { None });
        let contraction = Figure::new(
            "contraction",
            "What a 1-Lipschitz function leaves of a complexity",
            "Without absolute values never more than all of it. With absolute values ReLU sometimes leaves more than 1, so the factor 2 of the theorem is no carelessness.",
            Axis::linear("complexity after, over before"),
            Axis::linear("classes"),
        )
        .with("without absolute value, five functions", Mark::Histogram { values: ratios, bins: 40 })
        .with("with absolute value, ReLU", Mark::Histogram { values: absolute, bins: 40 });
        vec![finite, linear, contraction]
    }
}
