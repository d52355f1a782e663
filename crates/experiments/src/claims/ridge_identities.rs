//! A product of any number of inputs is a sum of powers of linear functions: one layer, exponentially many units.

use saddlepoint_models::random::Stream;
use saddlepoint_theory::expressivity::ridge::product;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement, maximum};

/// The claim `ridge-identities`.
pub struct RidgeIdentities;

/// Products of uniform numbers in `[−1, 1]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    /// Number of factors.
    pub factors: usize,
    /// Number of points.
    pub points: usize,
    /// Seed.
    pub seed: u64,
}

/// What a task measures.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// The largest error.
    pub error: f64,
    /// The largest error with the last direction left out: what the identity is worth without it.
    pub without_one: f64,
}

impl Claim for RidgeIdentities {
    const CARD: Card = Card {
        id: "ridge-identities",
        version: 1,
        title: "A product is a sum of ridge functions",
        statement: "$$x_1\\cdots x_d=\\frac1{d!\\,2^{d-1}}\\sum_{\\epsilon\\in\\{\\pm1\\}^d,\\ \\epsilon_1=1}\\Bigl(\\prod_i\\epsilon_i\\Bigr)\
            (\\epsilon\\cdot x)^d,$$ for two factors $x_1x_2=\\frac14\\bigl((x_1+x_2)^2-(x_1-x_2)^2\\bigr)$: a sum of $2^{d-1}$ functions, each \
            of one linear combination of the inputs.\n\n\
            Ridge sums are often called *mathematically the same* as the outputs of a first layer. They are not: \
            a layer applies one fixed activation, with biases, to all of its directions, while a ridge sum may choose another function for \
            each. Here one function, the $d$-th power, is enough, and the number of directions doubles with each factor.",
        sources: &[
            Source {
                citation: "Mazur, Orlicz, Grundlegende Eigenschaften der polynomischen Operationen, 1934",
                identifier: None,
            },
            Source {
                citation: "Pinkus, Ridge functions, 2015, section 1",
                identifier: Some("10.1017/CBO9781316408124"),
            },
        ],
        hypotheses: &["in floating point: inputs in $[-1,1]$, at most 8 of them"],
        kind: Kind::Exact,
        tags: &["expressivity", "approximation"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let points = profile.pick(500, 5_000, 50_000);
        (1..=8).map(|factors| Task { factors, points, seed: seed + factors as u64 }).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let mut stream = Stream::new(task.seed);
        let mut outcome = Outcome { error: 0.0, without_one: 0.0 };
        let d = task.factors;
        let scale = (1..=d).map(|i| i as f64).product::<f64>() * 2f64.powi(d as i32 - 1);
        for _ in 0..task.points {
            lab.go_on()?;
            let x: Vec<f64> = (0..d).map(|_| stream.between(-1.0, 1.0)).collect();
            let (sum, exact) = (product(&x)?, x.iter().product::<f64>());
            // The term of the sum in which all signs agree.
            let term = x.iter().sum::<f64>().powi(d as i32) / scale;
            outcome.error = maximum(outcome.error, (sum - exact).abs());
            outcome.without_one = maximum(outcome.without_one, (sum - term - exact).abs());
        }
        Ok(outcome)
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        for Evidence { task, outcome } in evidence {
            checks.push(Check::at_most(
                format!("largest error of {} factors", task.factors),
                outcome.error,
                1e-13,
            ));
            checks.push(Check::at_least(
                format!("the same without one direction, {} factors", task.factors),
                outcome.without_one,
                1e-7,
            ));
        }
        Judgement::from_checks("All products agree to rounding, and no direction can be spared.", checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let by_factors =
            |of: fn(&Outcome) -> f64| evidence.iter().map(move |e| (e.task.factors as f64, of(&e.outcome)));
        vec![
            Figure::new(
                "errors",
                "Products by the identity, and with one direction left out",
                "The identity holds to rounding; each single one of its directions matters by many orders of magnitude more.",
                Axis::linear("factors d"),
                Axis::logarithmic("largest error"),
            )
            .points("all 2^(d−1) directions", by_factors(|o| o.error))
            .points("one left out", by_factors(|o| o.without_one)),
            Figure::new(
                "directions",
                "Directions of the identity",
                "One layer of powers needs twice as many directions for each further factor; a tree of products of pairs, each of two squares, needs two more.",
                Axis::linear("factors d"),
                Axis::logarithmic("directions"),
            )
            .line("one layer, 2^(d−1)", (1..=8).map(|d| (f64::from(d), 2f64.powi(d - 1))))
            .line("a tree of pairs, 2(d − 1)", (2..=8).map(|d| (f64::from(d), 2.0 * f64::from(d - 1)))),
        ]
    }
}
