//! Rectangular bumps of four ReLU units: a staircase for any Lipschitz function, if the arithmetic has the digits.

use num_bigint::BigInt;
use num_rational::BigRational;
use saddlepoint_theory::expressivity::Scalar;
use saddlepoint_theory::expressivity::bumps::{Bump, staircase};
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement, maximum};

/// The claim `relu-rect-bumps`.
pub struct ReluRectBumps;

/// One task.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Task {
    /// A bump of height 1.3 over `[0, 1]` at 1,000 points of `[−3, 3]`, in f64.
    Rounding {
        /// Width of the ramps.
        ramp: f64,
    },
    /// Three bumps side by side, in the middle of each, in f64.
    Three,
    /// A staircase for `sin 2πx`, in exact arithmetic.
    Staircase {
        /// Number of bumps.
        bumps: u32,
    },
}

/// What a task measures.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// The largest error on the plateau; for a staircase, at the ends of all plateaus.
    pub plateau: f64,
    /// The largest value outside of the ramps.
    pub outside: f64,
    /// Values: of the three bumps, or corners of the staircase.
    pub values: Vec<[f64; 2]>,
}

/// Width of a staircase's ramps, as a power of two.
const RAMP_BITS: u32 = 40;

/// The errors of staircases, to the catalogue's nine digits.
const STAIRCASES: [(u32, f64); 5] =
    [(8, 0.382683432), (16, 0.195090322), (32, 0.0980171404), (64, 0.0490676744), (128, 0.0245412286)];

impl Claim for ReluRectBumps {
    const CARD: Card = Card {
        id: "relu-rect-bumps",
        version: 1,
        title: "Four ReLU units make a bump, and N bumps a staircase for any Lipschitz function",
        statement: "$$\\mathrm{rect}(x)=\\tfrac h\\varepsilon\\bigl(\\mathrm{relu}(x-a)-\\mathrm{relu}(x-a-\\varepsilon)-\
            \\mathrm{relu}(x-b)+\\mathrm{relu}(x-b-\\varepsilon)\\bigr)$$ is a trapezoid in exact arithmetic: $h$ on $[a+\\varepsilon,b]$, 0 \
            outside of $[a,b+\\varepsilon]$, at $L^1$ distance $h\\varepsilon$ from the rectangle and never nearer than $h$ in the \
            maximum norm. Bumps that share an end join by one straight ramp. For an $L$-Lipschitz function, $N$ bumps of heights \
            $f((k+\\frac12)/N)$ are within $L/(2N)+L\\varepsilon$ beyond the first ramp. They are $4N$ units as written; merged where \
            knots coincide, $2N+2$: two for each of $N+1$ ramps.\n\n\
            In floating point the four terms are rounded at the size of $x$ and the slope $h/\\varepsilon$ magnifies that. In f64 \
            and at $\\varepsilon=10^{-7}$ eight digits are left; in f32, none (`relu-rect-bumps-negative`).",
        sources: &[
            Source {
                citation: "Ollion, Grisel, Learning with deep networks: expressivity, optimization and generalization, lecture notes, \
                    function rect",
                identifier: None,
            },
            Source {
                citation: "Cybenko, Approximation by superpositions of a sigmoidal function, 1989",
                identifier: Some("10.1007/BF02551274"),
            },
        ],
        hypotheses: &[
            "arithmetic with enough digits: the error is of the order $(h/\\varepsilon)\\,\\mathrm{ulp}(x)$",
        ],
        kind: Kind::Exact,
        tags: &["expressivity", "approximation"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, _: u64) -> Vec<Task> {
        let most = profile.pick(64, 128, 128);
        let staircases =
            STAIRCASES.iter().filter(|(n, _)| *n <= most).map(|&(bumps, _)| Task::Staircase { bumps });
        let ramps = [1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-9, 1e-11].map(|ramp| Task::Rounding { ramp });
        staircases.chain(ramps).chain([Task::Three]).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        lab.go_on()?;
        match *task {
            Task::Rounding { ramp } => {
                let (plateau, outside) = errors(&Bump::new(0.0, 1.0, 1.3, ramp)?, 1.3, line());
                Ok(Outcome { plateau, outside, values: Vec::new() })
            }
            Task::Three => {
                let bumps = [(-1.0, 0.4), (0.0, 1.3), (1.0, 0.8)];
                let bumps = bumps.map(|(a, height)| Bump::new(a, a + 1.0, height, 1e-7));
                let bumps = bumps.into_iter().collect::<Result<Vec<_>, _>>()?;
                let sum = |x: f64| [x, bumps.iter().map(|bump| bump.evaluate(x)).sum()];
                Ok(Outcome { plateau: 0.0, outside: 0.0, values: [-0.5, 0.5, 1.5].map(sum).to_vec() })
            }
            Task::Staircase { bumps } => approximate(bumps, lab),
        }
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        let mut staircases: Vec<(u32, f64)> = Vec::new();
        for Evidence { task, outcome } in evidence {
            match *task {
                Task::Rounding { ramp } => {
                    let worst = outcome.plateau.max(outcome.outside);
                    checks.push(Check::at_most(
                        format!("f64 error at ε = {ramp}, in units of (h/ε) 2^−52"),
                        worst / (1.3 / ramp * f64::EPSILON),
                        4.0,
                    ));
                    if ramp == 1e-7 {
                        checks.push(Check::absolute(
                            "f64 error outside, ε = 1e-7",
                            outcome.outside,
                            2.886579864e-9,
                            1e-17,
                        ));
                        checks.push(Check::absolute(
                            "f64 error on the plateau, ε = 1e-7",
                            outcome.plateau,
                            6.843e-10,
                            1e-13,
                        ));
                    }
                }
                Task::Three => {
                    for (found, expected) in outcome.values.iter().zip([0.4, 1.3, 0.8]) {
                        checks.push(Check::absolute(
                            format!("three bumps at {}", found[0]),
                            found[1],
                            expected,
                            1e-9,
                        ));
                    }
                }
                Task::Staircase { bumps } => {
                    let reference = STAIRCASES.iter().find(|(n, _)| *n == bumps).map_or(f64::NAN, |(_, e)| *e);
                    checks.push(Check::absolute(
                        format!("error of {bumps} bumps"),
                        outcome.plateau,
                        reference,
                        1e-8,
                    ));
                    staircases.push((bumps, outcome.plateau));
                }
            }
        }
        staircases.sort_by_key(|(bumps, _)| *bumps);
        for pair in staircases.windows(2) {
            let what = format!("error of {} bumps over that of {}", pair[0].0, pair[1].0);
            checks.push(Check::within(what, pair[0].1 / pair[1].1, 1.95..=2.0));
        }
        Judgement::from_checks(
            "Staircases converge at rate 1/N, and f64 keeps the digits that the slope leaves.",
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let mut steps = Figure::new(
            "staircase",
            "A wave, and the staircase of sixteen bumps",
            "Heights are those of the middle of each cell, so that the error is largest at the ends, half a cell away.",
            Axis::linear("x"),
            Axis::linear("value"),
        );
        let (mut errors, mut rounding) = (Vec::new(), Vec::new());
        for Evidence { task, outcome } in evidence {
            match *task {
                Task::Staircase { bumps } => {
                    errors.push((f64::from(bumps), outcome.plateau));
                    if bumps == 16 {
                        steps = steps
                            .reference(
                                "sin 2πx",
                                (0..=200).map(|i| (f64::from(i) / 200.0, wave(f64::from(i) / 200.0))),
                            )
                            .line("16 bumps", outcome.values.iter().map(|p| (p[0], p[1])));
                    }
                }
                Task::Rounding { ramp } => rounding.push((ramp, outcome.plateau.max(outcome.outside))),
                Task::Three => (),
            }
        }
        let bound = errors.iter().map(|(n, _)| (*n, std::f64::consts::PI / n)).collect::<Vec<_>>();
        let slope = rounding.iter().map(|(ramp, _)| (*ramp, 1.3 / ramp * f64::EPSILON)).collect::<Vec<_>>();
        vec![
            steps,
            Figure::new(
                "rate",
                "Error of N bumps for sin 2πx",
                "Exact arithmetic: twice as many bumps halve the error, as L/(2N) = π/N says.",
                Axis::logarithmic("bumps N"),
                Axis::logarithmic("largest error"),
            )
            .points("staircase", errors)
            .reference("π/N", bound),
            Figure::new(
                "rounding",
                "Rounding of one bump of height 1.3, in f64",
                "The steeper the ramps, the more the rounding of x is magnified: a sharper edge costs digits everywhere.",
                Axis::logarithmic("width of the ramps ε"),
                Axis::logarithmic("largest error off the ramps"),
            )
            .points("measured", rounding)
            .reference("(h/ε) 2⁻⁵²", slope),
        ]
    }
}

/// `sin 2πx`.
fn wave(x: f64) -> f64 {
    (std::f64::consts::TAU * x).sin()
}

/// 1,000 points from −3 to 3.
pub(super) fn line() -> impl Iterator<Item = f64> {
    (0..1000).map(|i| if i == 999 { 3.0 } else { f64::from(i) * (6.0 / 999.0) - 3.0 })
}

/// The largest error on the plateau, and outside of the ramps.
pub(super) fn errors<T: Scalar>(bump: &Bump<T>, height: f64, points: impl Iterator<Item = T>) -> (f64, f64) {
    points.fold((0.0, 0.0), |(plateau, outside): (f64, f64), x| {
        let (top, bottom) = (bump.on_plateau(&x), bump.is_outside(&x));
        let value = bump.evaluate(x).to_f64();
        (
            if top { plateau.max((value - height).abs()) } else { plateau },
            if bottom { outside.max(value.abs()) } else { outside },
        )
    })
}

/// The wave is monotone in each cell, so that its distance from a plateau is largest at the ends.
fn approximate(bumps: u32, lab: &Lab) -> Result<Outcome, Failure> {
    let ramp = BigRational::new(1.into(), BigInt::from(1) << RAMP_BITS);
    let height = |k: u32| {
        let value = wave((f64::from(k) + 0.5) / f64::from(bumps));
        BigRational::from_float(value).ok_or("a wave is finite everywhere")
    };
    let heights = (0..bumps).map(height).collect::<Result<Vec<_>, _>>()?;
    let all = staircase(&heights, &ramp)?;
    let mut outcome = Outcome { plateau: 0.0, outside: 0.0, values: Vec::new() };
    for k in 0..bumps {
        lab.go_on()?;
        let ends =
            [BigRational::new(k.into(), bumps.into()) + &ramp, BigRational::new((k + 1).into(), bumps.into())];
        for x in ends {
            let sum = all.iter().fold(BigRational::integer(0), |sum, bump| sum + bump.evaluate(x.clone()));
            let (x, value) = (x.to_f64(), sum.to_f64());
            outcome.plateau = maximum(outcome.plateau, (value - wave(x)).abs());
            outcome.values.push([x, value]);
        }
    }
    Ok(outcome)
}
