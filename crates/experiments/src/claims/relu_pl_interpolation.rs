//! Piecewise linear interpolation as a ReLU network: the rates that one hidden layer reaches.

use num_rational::BigRational;
use saddlepoint_theory::expressivity::Scalar;
use saddlepoint_theory::expressivity::interpolation::{Interpolant, error_of_lipschitz, error_of_smooth};
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::regression::exponent;
use crate::verdict::{Check, Judgement, maximum};

/// The claim `relu-pl-interpolation`.
pub struct ReluPlInterpolation;

/// A function on `[0, 1]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Function {
    /// `sin 2πx`.
    Wave,
    /// `x²`.
    Square,
    /// `|x − 1/3|`.
    Kink,
    /// `√|x − 1/3|`.
    Root,
}

/// A function on a number of cells.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    /// What is interpolated.
    pub function: Function,
    /// Number of cells and of units.
    pub cells: u32,
}

/// What a task measures.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// The largest error of the network on a grid with the kink on it.
    pub error: f64,
    /// The largest difference between the network and the line between its values.
    pub forms: f64,
    /// Whether both forms are equal in exact arithmetic, at all multiples of 1/97.
    pub exactly: bool,
}

/// Points of the grid: a multiple of three, and of twice the number of cells.
const POINTS: u32 = 3 << 12;

/// The errors for the wave, to the catalogue's seven digits.
const WAVE: [(u32, f64); 6] = [
    (8, 7.037762e-2),
    (16, 1.884631e-2),
    (32, 4.792099e-3),
    (64, 1.203093e-3),
    (128, 3.010906e-4),
    (256, 7.529242e-5),
];

/// The largest second derivative of `sin 2πx`.
const CURVATURE: f64 = std::f64::consts::TAU * std::f64::consts::TAU;

impl Claim for ReluPlInterpolation {
    const CARD: Card = Card {
        id: "relu-pl-interpolation",
        version: 1,
        title: "One hidden layer interpolates: N units, error 1/N² for smooth functions",
        statement: "The function that is affine on $N$ equal cells of $[0,1]$ with slopes $s_1,\\dots,s_N$ is the network \
            $$f(0)+\\sum_{k=0}^{N-1}(s_{k+1}-s_k)\\,\\mathrm{relu}(x-k/N),\\qquad s_0=0,$$ of $N$ units. As the interpolant of $f$ it is within \
            $\\|f''\\|_\\infty/(8N^2)$ if $f$ is twice differentiable, with equality for $x^2$, and within $L/(2N)$ if $f$ is \
            $L$-Lipschitz. A kink between knots has the rate $1/N$, a root $N^{-1/2}$: the rate is that of the function, not of \
            the network.",
        sources: &[Source {
            citation: "de Boor, A practical guide to splines, 1978, chapter III",
            identifier: None,
        }],
        hypotheses: &["one input; fixed, equally spaced knots"],
        kind: Kind::Exact,
        tags: &["expressivity", "approximation"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(_: Profile, _: u64) -> Vec<Task> {
        let cells = WAVE.map(|(cells, _)| cells);
        let all = [Function::Wave, Function::Square, Function::Kink, Function::Root];
        all.into_iter().flat_map(|function| cells.map(|cells| Task { function, cells })).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let f = |x: f64| match task.function {
            Function::Wave => (std::f64::consts::TAU * x).sin(),
            Function::Square => x * x,
            Function::Kink => (x - 1.0 / 3.0).abs(),
            Function::Root => (x - 1.0 / 3.0).abs().sqrt(),
        };
        let network = Interpolant::of(task.cells, f)?;
        let (mut error, mut forms) = (0f64, 0f64);
        for i in 0..=POINTS {
            let x = f64::from(i) / f64::from(POINTS);
            let value = network.network(x);
            error = maximum(error, (value - f(x)).abs());
            forms = maximum(forms, (value - network.between_values(x)).abs());
        }
        lab.go_on()?;
        let values = (0..=task.cells).map(|k| f(f64::from(k) / f64::from(task.cells)));
        let values = values.map(|y| BigRational::from_float(y).ok_or("finite everywhere"));
        let exact = Interpolant::new(values.collect::<Result<_, _>>()?)?;
        let mut exactly = true;
        for i in 0..=97 {
            lab.go_on()?;
            let x = BigRational::integer(i) / BigRational::integer(97);
            exactly &= exact.network(x.clone()) == exact.between_values(x);
        }
        Ok(Outcome { error, forms, exactly })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        for Evidence { task, outcome } in evidence {
            let Task { function, cells } = *task;
            match function {
                Function::Wave => {
                    let reference = WAVE.iter().find(|(n, _)| *n == cells).map_or(f64::NAN, |(_, e)| *e);
                    checks.push(Check::relative(
                        format!("sin 2πx on {cells} cells"),
                        outcome.error,
                        reference,
                        1e-4,
                    ));
                    let bound = error_of_smooth(cells, CURVATURE).unwrap_or(f64::NAN);
                    checks.push(Check::at_most(
                        format!("the same over ‖f''‖/(8N²), {cells} cells"),
                        outcome.error / bound,
                        1.0,
                    ));
                }
                Function::Square => checks.push(Check::absolute(
                    format!("x² on {cells} cells, against 1/(4N²)"),
                    outcome.error,
                    error_of_smooth(cells, 2.0).unwrap_or(f64::NAN),
                    1e-12,
                )),
                Function::Kink => {
                    let bound = error_of_lipschitz(cells, 1.0).unwrap_or(f64::NAN);
                    checks.push(Check::at_most(format!("|x − 1/3| on {cells} cells"), outcome.error, bound));
                }
                Function::Root => (),
            }
        }
        for (function, what, range) in [
            (Function::Wave, "sin 2πx, 64 to 256 cells", -2.01..=-1.97),
            (Function::Kink, "|x − 1/3|, 64 to 256 cells", -1.02..=-0.98),
            (Function::Root, "√|x − 1/3|, 64 to 256 cells", -0.55..=-0.45),
        ] {
            let points = errors(evidence, function).into_iter().filter(|(n, _)| *n >= 64.0);
            checks.push(Check::within(format!("exponent of {what}"), exponent(points), range));
        }
        let forms = evidence.iter().map(|e| e.outcome.forms).fold(0.0, maximum);
        checks.push(Check::at_most("network against line between values, in f64", forms, 1e-13));
        let unequal = evidence.iter().filter(|e| !e.outcome.exactly).count();
        checks.push(Check::equal("interpolants whose forms differ in exact arithmetic", unequal, 0));
        Judgement::from_checks(
            "The network is the interpolant, the bound for x² is reached, and all rates are as stated.",
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let smooth = errors(evidence, Function::Wave);
        let bound =
            WAVE.map(|(cells, _)| (f64::from(cells), error_of_smooth(cells, CURVATURE).unwrap_or(f64::NAN)));
        vec![
            Figure::new(
                "rates",
                "Error of a one-layer network with N units",
                "Slopes 2, 1 and ½ on the same axes: how fast a network converges is decided by how smooth the function is.",
                Axis::logarithmic("units N"),
                Axis::logarithmic("largest error"),
            )
            .points("√|x − 1/3|", errors(evidence, Function::Root))
            .points("|x − 1/3|", errors(evidence, Function::Kink))
            .points("sin 2πx", smooth)
            .points("x²", errors(evidence, Function::Square))
            .reference("‖f''‖/(8N²) for sin 2πx", bound),
        ]
    }
}

/// `(cells, error)` of a function.
fn errors(evidence: &[Evidence<Task, Outcome>], function: Function) -> Vec<(f64, f64)> {
    let of = evidence.iter().filter(|e| e.task.function == function);
    of.map(|e| (f64::from(e.task.cells), e.outcome.error)).collect()
}
