//! Yarotsky's network for x²: each further layer divides the error by four.

use num_rational::BigRational;
use saddlepoint_theory::expressivity::Scalar;
use saddlepoint_theory::expressivity::interpolation::Interpolant;
use saddlepoint_theory::expressivity::yarotsky::Square;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement};

/// The claim `yarotsky-square-deep`.
pub struct YarotskySquareDeep;

/// A network of `m` sawtooths.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    /// Number of sawtooths.
    pub m: u32,
    /// The error is measured at all multiples of `2^−bits`.
    pub bits: u32,
}

/// What a task measures.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// The least `f_m(x) − x²` on the grid.
    pub least: f64,
    /// The largest.
    pub largest: f64,
    /// Whether it is the interpolant, in exact arithmetic, at all multiples of 1/97.
    pub interpolates: bool,
    /// Units of the network.
    pub units: u32,
    /// Units that one hidden layer needs at least for the same error.
    pub shallow: f64,
    /// `f_m(x) − x²` at 257 points.
    pub errors: Vec<f64>,
}

impl Claim for YarotskySquareDeep {
    const CARD: Card = Card {
        id: "yarotsky-square-deep",
        version: 1,
        title: "Depth squares with exponentially falling error",
        statement: "$$f_m(x)=x-\\sum_{s=1}^m\\frac{\\mathrm{tri}^{s}(x)}{4^s}$$ is the piecewise linear interpolant of $x^2$ at the \
            multiples of $2^{-m}$. Hence $f_m\\ge x^2$ on $[0,1]$ and $\\sup|f_m-x^2|=4^{-(m+1)}$, exactly: with $O(m)$ units in $O(m)$ layers \
            every further sawtooth divides the error by four.\n\n\
            A function of $p$ affine pieces is at least $1/(8p^2)$ away from $x^2$ somewhere, because on an interval of length $\\ell$ no line \
            is nearer than $\\ell^2/8$. One hidden layer of $h$ units has at most $h+1$ pieces, and so needs \
            $h+1\\ge2^m/\\sqrt2$ for the same error.",
        sources: &[Source {
            citation: "Yarotsky, Error bounds for approximations with deep ReLU networks, Neural Networks 94, 2017, proposition 2",
            identifier: Some("arXiv:1610.01145"),
        }],
        hypotheses: &["one input in $[0,1]$; through products, any number of inputs follows"],
        kind: Kind::Exact,
        tags: &["expressivity", "approximation", "depth"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, _: u64) -> Vec<Task> {
        let bits = profile.pick(16, 20, 20);
        (0..=8).map(|m| Task { m, bits }).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let square = Square::new(task.m)?;
        let error = |x: f64| square.evaluate(x) - x * x;
        let (mut least, mut largest) = (f64::INFINITY, f64::NEG_INFINITY);
        for j in 0..=1u32 << task.bits {
            if j % 1024 == 0 {
                lab.go_on()?;
            }
            let e = error(f64::from(j) / f64::from(1u32 << task.bits));
            (least, largest) = (least.min(e), largest.max(e));
        }
        let interpolant = Interpolant::of(1 << task.m, |x: BigRational| x.clone() * x)?;
        let same = |i| {
            let x = BigRational::integer(i) / BigRational::integer(97);
            square.evaluate(x.clone()) == interpolant.between_values(x)
        };
        Ok(Outcome {
            least,
            largest,
            interpolates: (0..=97).all(same),
            units: square.units(),
            shallow: square.shallow_units_at_least(),
            errors: (0..=256).map(|i| error(f64::from(i) / 256.0)).collect(),
        })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        for Evidence { task, outcome } in evidence {
            let m = task.m;
            checks.push(Check::equal(
                format!("largest f_m − x², m = {m}"),
                outcome.largest,
                0.25f64.powi(m as i32 + 1),
            ));
            checks.push(Check::equal(format!("least f_m − x², m = {m}"), outcome.least, 0.0));
            checks.push(Check::holds(
                format!("f_m is the interpolant, m = {m}"),
                outcome.interpolates,
                outcome.interpolates,
                "true",
            ));
            if m == 8 {
                checks.push(Check::equal("4^−9", outcome.largest, 3.814697265625e-06));
                checks.push(Check::at_least("units of one layer for the error of 40", outcome.shallow, 181.0));
            }
        }
        Judgement::from_checks("The error is 4^−(m+1) to the last bit, on one side, for every m.", checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let mut folds = Figure::new(
            "error",
            "f_m(x) − x²: each sawtooth is subtracted from the error of those before",
            "The error of m sawtooths is a row of equal arches, touching 0 at the knots. The next sawtooth, scaled to their height, takes the middle out of each.",
            Axis::linear("x"),
            Axis::linear("f_m(x) − x²"),
        );
        for e in evidence.iter().filter(|e| e.task.m <= 3) {
            let points = e.outcome.errors.iter().enumerate().map(|(i, y)| (i as f64 / 256.0, *y));
            folds = folds.line(format!("m = {}", e.task.m), points);
        }
        let positive = || evidence.iter().filter(|e| e.task.m > 0);
        let deep = positive().map(|e| (f64::from(e.outcome.units), e.outcome.largest));
        let shallow = positive().map(|e| (e.outcome.shallow, e.outcome.largest));
        // One unit a cell: the interpolant of 2^m cells has the same error.
        let interpolant = positive().map(|e| (f64::from(1u32 << e.task.m), e.outcome.largest));
        vec![
            folds,
            Figure::new(
                "units",
                "Approximation error of x² against units, shallow and deep",
                "Shallow networks buy a digit with three times the units, deep ones with a few more layers. No one-layer network lies to the left of the dashed curve.",
                Axis::logarithmic("hidden units"),
                Axis::logarithmic("largest error"),
            )
            .points("deep: m sawtooths", deep)
            .points("shallow: the interpolant", interpolant)
            .reference("shallow: at least", shallow),
        ]
    }
}
