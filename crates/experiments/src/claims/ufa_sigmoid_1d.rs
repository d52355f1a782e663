//! One layer of sigmoids comes as close as one likes to a Lipschitz function, with an explicit constant.

use std::f64::consts::TAU;

use saddlepoint_theory::expressivity::sigmoidal::Staircase;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement, maximum};

/// The claim `ufa-sigmoid-1d`.
pub struct UfaSigmoid1d;

/// One network for `sin 2πx`.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Task {
    units: u32,
    steepness: f64,
}

/// How far it is from the function.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    error: f64,
    bound: f64,
    /// Its graph at every hundredth point of the grid.
    graph: Vec<f64>,
}

/// The grid has this many cells.
const GRID: u32 = 20_000;
const STEEPNESS: f64 = 4.0;
const TOO_FLAT: f64 = 0.25;

/// Units and errors from the catalogue.
const REFERENCE: [(u32, f64); 6] = [
    (8, 8.950510e-2),
    (16, 4.642906e-2),
    (32, 2.372716e-2),
    (64, 1.192835e-2),
    (128, 5.972296e-3),
    (256, 2.987164e-3),
];

impl Claim for UfaSigmoid1d {
    const CARD: Card = Card {
        id: "ufa-sigmoid-1d",
        version: 1,
        title: "Sigmoidal networks approximate every Lipschitz function uniformly, at an explicit rate",
        statement: r"For $f$ with Lipschitz constant $L$ on $[0,1]$ and the logistic $\sigma$, the network of $N$ units
            $$g(x)=f(0)+\sum_{k=1}^N\Bigl[f\bigl(\tfrac kN\bigr)-f\bigl(\tfrac{k-1}N\bigr)\Bigr]\sigma\bigl(qN(x-\tfrac{k-1/2}N)\bigr)$$
            satisfies, at every $x$,
            $$\lvert f(x)-g(x)\rvert\le\frac LN\Bigl(1+\frac2{e^q-1}\Bigr).$$

            Universal approximation is about the largest error over all $x$ at once; lecture notes that leave out this
            quantifier say much less. An activation allows it exactly if it is not a polynomial, ReLU included.

            Here: $\sin 2\pi x$ with $q=4$, and with $q=1/4$, where units are too flat and the bound of $q=4$ must fail.",
        sources: &[
            Source {
                citation: "Cybenko 1989, Approximation by superpositions of a sigmoidal function, theorem 2; the \
                           construction with its constant is elementary and this project's",
                identifier: Some("doi:10.1007/BF02551274"),
            },
            Source {
                citation: "Leshno, Lin, Pinkus and Schocken 1993, Multilayer feedforward networks with a nonpolynomial \
                           activation function can approximate any function, theorem 1",
                identifier: Some("doi:10.1016/S0893-6080(05)80131-5"),
            },
        ],
        hypotheses: &["$f$ is Lipschitz on $[0,1]$", "errors are the largest of a grid of 20,001 points"],
        kind: Kind::Exact,
        tags: &["approximation", "expressivity"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, _seed: u64) -> Vec<Task> {
        let more = profile.pick(8, 10, 13);
        let widths = (3..=more).map(|power| Task { units: 1 << power, steepness: STEEPNESS });
        let slopes = [TOO_FLAT, 1.0, 2.0, 8.0, 16.0].map(|steepness| Task { units: 16, steepness });
        widths.chain(slopes).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let wave = |x: f64| (TAU * x).sin();
        let network = Staircase::of(task.units, task.steepness, wave)?;
        let (mut error, mut graph) = (0f64, Vec::new());
        for i in 0..=GRID {
            lab.go_on()?;
            let x = f64::from(i) / f64::from(GRID);
            let value = network.network(x);
            error = maximum(error, (value - wave(x)).abs());
            if i % 100 == 0 {
                graph.push(value);
            }
        }
        Ok(Outcome { error, bound: network.error_bound(TAU)?, graph })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let of = |units, steepness| {
            let found = evidence.iter().find(|e| (e.task.units, e.task.steepness) == (units, steepness));
            found.map_or((f64::NAN, f64::NAN), |e| (e.outcome.error, e.outcome.bound))
        };
        let worst = evidence.iter().map(|e| e.outcome.error / e.outcome.bound).fold(0.0, maximum);
        let mut checks = vec![Check::at_most("largest error over its bound", worst, 1.0)];
        checks.extend(REFERENCE.map(|(units, error)| {
            Check::relative(format!("error of {units} units"), of(units, STEEPNESS).0, error, 1e-6)
        }));
        let halving = (of(64, STEEPNESS).0 / of(128, STEEPNESS).0).log2();
        checks.push(Check::within("log₂ of the errors of 64 and 128 units", halving, 0.95..=1.05));
        let (flat, steep) = (of(16, TOO_FLAT).0, of(16, STEEPNESS).1);
        checks.push(Check::absolute("error of 16 units that are too flat", flat, 0.8376, 1e-4));
        checks.push(Check::at_least(
            "the same over the bound of steep units, which must be broken",
            flat / steep,
            1.0,
        ));
        Judgement::from_checks("The error falls as 1/N and never rises above its bound.", checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let steep = || evidence.iter().filter(|e| e.task.steepness == STEEPNESS);
        let units = |e: &Evidence<Task, Outcome>| f64::from(e.task.units);
        let abscissa = |i: usize| i as f64 * 100.0 / f64::from(GRID);
        let wave = (0..=200).map(|i| (abscissa(i), (TAU * abscissa(i)).sin()));
        let staircase = Figure::new(
            "staircase",
            "A wave built of sigmoids",
            "Each unit adds the rise of one cell. Eight units show their steps, sixteen are close; sixteen that are too flat smear the wave out.",
            Axis::linear("x"),
            Axis::linear("network output"),
        )
        .reference("sin 2πx", wave);
        let shown = [(8, STEEPNESS), (16, STEEPNESS), (16, TOO_FLAT)];
        let staircase = shown.iter().fold(staircase, |figure, shown| {
            match evidence.iter().find(|e| (e.task.units, e.task.steepness) == *shown) {
                Some(e) => figure.line(
                    format!("{} units, q = {}", shown.0, shown.1),
                    e.outcome.graph.iter().enumerate().map(|(i, y)| (abscissa(i), *y)),
                ),
                None => figure,
            }
        });
        let rate = Figure::new(
            "rate",
            "Error against units",
            "Twice the units, half the largest error: the measured errors run parallel to the bound.",
            Axis::logarithmic("units N"),
            Axis::logarithmic("largest error"),
        )
        .line("measured, q = 4", steep().map(|e| (units(e), e.outcome.error)))
        .reference("bound, q = 4", steep().map(|e| (units(e), e.outcome.bound)));
        vec![staircase, rate]
    }
}
