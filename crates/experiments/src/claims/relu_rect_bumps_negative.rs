//! In single precision the bump of the lecture notes is wrong by more than its height.

use saddlepoint_theory::expressivity::bumps::Bump;
use serde::{Deserialize, Serialize};

use super::relu_rect_bumps::{errors, line};
use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement};

/// The claim `relu-rect-bumps-negative`.
pub struct ReluRectBumpsNegative;

/// A bump of height 1.3 over `[0, 1]` at 1,000 points of `[−3, 3]`, in f32.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    /// Width of the ramps.
    pub ramp: f64,
}

/// What a task measures.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// The largest error in f32, off the ramps.
    pub single: f64,
    /// The same in f64.
    pub double: f64,
    /// Least and largest value in f32 where it is meant to be 1.3.
    pub plateau: [f64; 2],
    /// Points with f32 values.
    pub values: Vec<[f64; 2]>,
}

/// `(ε, error)`, as numpy's f32 computes them.
const REFERENCE: [(f64, f64); 5] =
    [(1e-3, 1.5497206e-4), (1e-4, 1.5497208e-3), (1e-5, 1.7654896e-3), (1e-6, 1.7262697e-2), (1e-7, 1.5497206)];

impl Claim for ReluRectBumpsNegative {
    const CARD: Card = Card {
        id: "relu-rect-bumps-negative",
        version: 1,
        title: "A bump with ramps of width 1e-7 is no bump in single precision",
        statement: "The function `rect` of the lecture notes, with its $\\varepsilon=10^{-7}$, approximates any function \
            *in the arithmetic in which networks compute*. This is false in f32: at $|x|\\le3$ the four terms are rounded to multiples of \
            about $2^{-23}$, the slope $h/\\varepsilon$ makes $1.55$ of it, and a bump of height $1.3$ takes values between $1.16$ and \
            $1.55$ on its plateau, and $1.55$ where it should be 0.\n\n\
            What is true: the error is of the order $(h/\\varepsilon)\\,\\mathrm{ulp}(x)$. In f64, or with \
            $\\varepsilon\\ge10^{-3}$ in f32, the construction works (`relu-rect-bumps`).",
        sources: &[Source {
            citation: "Ollion, Grisel, Learning with deep networks: expressivity, optimization and generalization, lecture notes, \
                function rect",
            identifier: None,
        }],
        hypotheses: &[
            "height 1.3 over $[0,1]$, at 1,000 points of $[-3,3]$, in the notes' order of operations",
        ],
        kind: Kind::Exact,
        tags: &["expressivity", "approximation", "precision"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(_: Profile, _: u64) -> Vec<Task> {
        REFERENCE.map(|(ramp, _)| Task { ramp }).to_vec()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        lab.go_on()?;
        let (single, double) =
            (Bump::new(0.0, 1.0, 1.3, task.ramp as f32)?, Bump::new(0.0, 1.0, 1.3, task.ramp)?);
        let points = || line().map(|x| x as f32);
        let worst = |(plateau, outside): (f64, f64)| plateau.max(outside);
        let top = points().filter(|x| single.on_plateau(x)).map(|x| f64::from(single.evaluate(x)));
        let plateau = top.fold([f64::INFINITY, 0.0], |[low, high], y| [low.min(y), high.max(y)]);
        Ok(Outcome {
            single: worst(errors(&single, 1.3f32.into(), points())),
            double: worst(errors(&double, 1.3, line())),
            plateau,
            values: points().map(|x| [x.into(), single.evaluate(x).into()]).collect(),
        })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        for Evidence { task, outcome } in evidence {
            let reference = REFERENCE.iter().find(|(ramp, _)| *ramp == task.ramp).map_or(f64::NAN, |(_, e)| *e);
            checks.push(Check::relative(
                format!("f32 error at ε = {}", task.ramp),
                outcome.single,
                reference,
                1e-7,
            ));
            checks.push(Check::at_most(format!("f64 error at ε = {}", task.ramp), outcome.double, 1e-8));
            if task.ramp == 1e-7 {
                checks.push(Check::at_least("f32 error at ε = 1e-7, of a height of 1.3", outcome.single, 1.3));
                checks.push(Check::absolute(
                    "least f32 value on the plateau",
                    outcome.plateau[0],
                    1.1623,
                    5.1e-5,
                ));
                checks.push(Check::absolute(
                    "largest f32 value on the plateau",
                    outcome.plateau[1],
                    1.5497,
                    5.1e-5,
                ));
            }
        }
        Judgement::from_checks(
            "In f32 the bump is wrong by more than its height, in f64 by 3e-9: refuted as predicted.",
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let mut shape = Figure::new(
            "bump",
            "A bump of height 1.3 over [0, 1] in f32",
            "With ramps of width 1e-7 the plateau is off by a fifth, and far from it the bump comes back at full height. Ramps of width 1e-3 show what is meant.",
            Axis::linear("x"),
            Axis::linear("rect(x)"),
        );
        for e in evidence.iter().filter(|e| [1e-3, 1e-7].contains(&e.task.ramp)) {
            shape = shape.line(format!("ε = {:e}", e.task.ramp), e.outcome.values.iter().map(|p| (p[0], p[1])));
        }
        let by_ramp = |of: fn(&Outcome) -> f64| evidence.iter().map(move |e| (e.task.ramp, of(&e.outcome)));
        vec![
            shape,
            Figure::new(
                "precision",
                "The largest error off the ramps",
                "Both precisions pay for steep ramps; f32 has nothing left at 1e-7.",
                Axis::logarithmic("width of the ramps ε"),
                Axis::logarithmic("largest error"),
            )
            .line("f32", by_ramp(|o| o.single))
            .line("f64", by_ramp(|o| o.double))
            .reference("the height", by_ramp(|_| 1.3)),
        ]
    }
}
