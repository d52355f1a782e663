//! The sawtooth: 3k units make 2^k affine pieces, exactly; floating point loses them.

use num_rational::BigRational;
use saddlepoint_theory::expressivity::Scalar;
use saddlepoint_theory::expressivity::sawtooth::Sawtooth;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement};

/// The claim `telgarsky-sawtooth-exact`.
pub struct TelgarskySawtoothExact;

/// One task.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Task {
    /// The function that the network computes, knot by knot in exact arithmetic.
    Pieces {
        /// Number of blocks.
        k: u32,
    },
    /// The network in f64 against integer arithmetic on all multiples of `2^−bits` in `[0, 1]`.
    Dyadic {
        /// Number of blocks.
        k: u32,
        /// Fineness of the grid.
        bits: u32,
    },
    /// Orbits of .3 and .123456789 in exact arithmetic, and of 1/3 in f32 and f64.
    Orbits {
        /// The longest.
        depth: u32,
    },
}

/// What a task measures.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Outcome {
    /// Counts over `[0, 1]`.
    Pieces {
        /// Maximal affine pieces.
        pieces: usize,
        /// Strict local maxima.
        peaks: usize,
        /// Crossings of ½.
        crossings: usize,
        /// Layers as coded.
        layers: u32,
        /// Units as coded.
        units: u32,
        /// Whether each knot has the value of the closed form.
        closed_form: bool,
        /// Knots with values, for the figure.
        knots: Vec<[f64; 2]>,
    },
    /// How many inputs of the grid have another value than integer arithmetic gives.
    Dyadic {
        /// Inputs that differ.
        differing: usize,
    },
    /// Values of `tri^k` for `k = 1, 2, …`.
    Orbits {
        /// From 3/10, exact.
        from_three_tenths: Vec<f64>,
        /// From 123456789/10⁹, exact.
        from_digits: Vec<f64>,
        /// From 1/3, in f64; the exact value is 2/3 throughout.
        double: Vec<f64>,
        /// From 1/3, in f32.
        single: Vec<f64>,
    },
}

impl Claim for TelgarskySawtoothExact {
    const CARD: Card = Card {
        id: "telgarsky-sawtooth-exact",
        version: 1,
        title: "A ReLU network with 3k units has 2ᵏ affine pieces",
        statement: "Let $\\mathrm{tri}(x)=\\mathrm{relu}(\\mathrm{relu}(2x)-\\mathrm{relu}(4x-2))$. Its $k$-fold composition, a network of \
            $2k$ layers and $3k$ units, is $$\\mathrm{tri}^{k}(x) = 1-\\left|2\\,\\mathrm{frac}(2^{k-1}x)-1\\right|$$ on $[0,1]$ and 0 \
            outside: $2^k$ affine pieces, $2^{k-1}$ peaks, $2^k$ crossings of the level ½.\n\n\
            The slogan that one more layer doubles the oscillations is about one more triangle block, which is two layers as \
            written. In floating point the map doubles the absolute error at each block, so that the network is exact on \
            dyadic inputs and wrong elsewhere once $k$ reaches the precision: $\\mathrm{tri}^k(1/3)=2/3$ for all $k$, but f64 \
            arrives at 0 and stays there.",
        sources: &[
            Source {
                citation: "Telgarsky, Representation benefits of deep feedforward networks, 2015, lemma 2.3",
                identifier: Some("arXiv:1509.08101"),
            },
            Source {
                citation: "Telgarsky, Benefits of depth in neural networks, COLT 2016",
                identifier: Some("arXiv:1602.04485"),
            },
        ],
        hypotheses: &["inputs are dyadic, or arithmetic is exact"],
        kind: Kind::Exact,
        tags: &["expressivity", "depth"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, _: u64) -> Vec<Task> {
        let (deepest, bits) = profile.pick((8, 16), (10, 20), (12, 20));
        (1..=deepest)
            .map(|k| Task::Pieces { k })
            .chain((1..=16).map(|k| Task::Dyadic { k, bits }))
            .chain([Task::Orbits { depth: 64 }])
            .collect()
    }

    fn run(task: &Task, _: &Lab) -> Result<Outcome, Failure> {
        match *task {
            Task::Pieces { k } => {
                let sawtooth = Sawtooth::new(k)?;
                let function = sawtooth.on_unit_interval()?;
                let half = BigRational::new(1.into(), 2.into());
                Ok(Outcome::Pieces {
                    pieces: function.pieces(),
                    peaks: function.peaks(),
                    crossings: function.crossings(&half),
                    layers: sawtooth.layers(),
                    units: sawtooth.units(),
                    closed_form: function.knots().all(|(x, y)| sawtooth.closed_form(x) == *y),
                    knots: if k <= 5 {
                        function.knots().map(|(x, y)| [x.to_f64(), y.to_f64()]).collect()
                    } else {
                        Vec::new()
                    },
                })
            }
            Task::Dyadic { k, bits } => {
                let sawtooth = Sawtooth::new(k)?;
                let one = 1u64 << bits;
                let differing = (0..=one).filter(|&j| {
                    // 1 − |2 frac(2^(k−1) j/2^bits) − 1|, in units of 2^−bits.
                    let phase = (j << (k - 1)) % one;
                    let expected = one - (2 * phase).abs_diff(one);
                    sawtooth.evaluate(j as f64 / one as f64) != expected as f64 / one as f64
                });
                Ok(Outcome::Dyadic { differing: differing.count() })
            }
            Task::Orbits { depth } => {
                let orbit = |numerator: u64, denominator: u64| {
                    let start = BigRational::new(numerator.into(), denominator.into());
                    (1..=depth)
                        .map(|k| Ok(Sawtooth::new(k)?.evaluate(start.clone()).to_f64()))
                        .collect::<Result<_, Failure>>()
                };
                let sawtooths = (1..=depth).map(Sawtooth::new).collect::<Result<Vec<_>, _>>()?;
                Ok(Outcome::Orbits {
                    from_three_tenths: orbit(3, 10)?,
                    from_digits: orbit(123_456_789, 1_000_000_000)?,
                    double: sawtooths.iter().map(|s| s.evaluate(1.0f64 / 3.0)).collect(),
                    single: sawtooths.iter().map(|s| s.evaluate(1.0f32 / 3.0).into()).collect(),
                })
            }
        }
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let (mut checks, mut differing, mut inputs) = (Vec::new(), 0, 0u64);
        for e in evidence {
            match (&e.task, &e.outcome) {
                (
                    &Task::Pieces { k },
                    Outcome::Pieces { pieces, peaks, crossings, layers, units, closed_form, .. },
                ) => {
                    let counts = format!("{pieces}, {peaks}, {crossings}, {layers}, {units}");
                    let expected = format!("{}, {}, {}, {}, {}", 1 << k, 1 << (k - 1), 1 << k, 2 * k, 3 * k);
                    checks.push(Check::equal(
                        format!("pieces, peaks, crossings, layers, units for k = {k}"),
                        counts,
                        expected,
                    ));
                    checks.push(Check::holds(
                        format!("the closed form at each knot, k = {k}"),
                        *closed_form,
                        closed_form,
                        "true",
                    ));
                }
                (&Task::Dyadic { bits, .. }, Outcome::Dyadic { differing: found }) => {
                    differing += found;
                    inputs += (1 << bits) + 1;
                }
                (_, Outcome::Orbits { from_three_tenths, from_digits, double, single }) => {
                    let expected = [0.6, 0.8, 0.4, 0.8, 0.4];
                    checks.push(Check::holds(
                        "tri^k(3/10)",
                        from_three_tenths.starts_with(&expected),
                        show(from_three_tenths),
                        ".6, .8, .4, .8, .4, …",
                    ));
                    let expected = [0.246913578, 0.493827156, 0.987654312, 0.024691376];
                    checks.push(Check::holds(
                        "tri^k(0.123456789)",
                        from_digits.starts_with(&expected),
                        show(from_digits),
                        ".246913578, .493827156, .987654312, .024691376, …",
                    ));
                    let at = |orbit: &[f64], k: usize| orbit.get(k - 1).copied().unwrap_or(f64::NAN);
                    for (k, value) in [(50, 0.6875), (53, 0.5), (60, 0.0)] {
                        checks.push(Check::equal(format!("tri^{k}(1/3) in f64"), at(double, k), value));
                    }
                    checks.push(Check::absolute(
                        "tri^12(1/3) in f32, wrong in the fourth digit",
                        at(single, 12),
                        0.6666,
                        1e-4,
                    ));
                    checks.push(Check::equal("tri^26(1/3) in f32", at(single, 26), 0.0));
                }
                _ => (),
            }
        }
        checks.push(Check::equal(
            format!("f64 values other than integer arithmetic gives, of {inputs} dyadic inputs"),
            differing,
            0,
        ));
        Judgement::from_checks(
            "The network has exactly 2^k pieces and equals its closed form; f64 is exact on dyadic inputs and loses 1/3 after 50 blocks.",
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let mut teeth = Figure::new(
            "teeth",
            "A sawtooth, folded block by block",
            "From the bottom up, triᵏ for k = 1 to 5, each one step higher than the one before: a block of two layers and three \
             units folds the line once more, which doubles the number of affine pieces.",
            Axis::linear("x"),
            Axis::linear("triᵏ(x) + 1.2 (k − 1)"),
        );
        let mut figures = Vec::new();
        for e in evidence {
            match (&e.task, &e.outcome) {
                (Task::Pieces { k }, Outcome::Pieces { knots, .. }) if *k <= 5 => {
                    teeth = teeth.line(
                        format!("k = {k}"),
                        knots.iter().map(|p| (p[0], p[1] + 1.2 * (f64::from(*k) - 1.0))),
                    );
                }
                (_, Outcome::Orbits { double, single, .. }) => {
                    let number = |orbit: &[f64]| {
                        orbit.iter().zip(1u32..).map(|(y, k)| (f64::from(k), *y)).collect::<Vec<_>>()
                    };
                    figures.push(
                        Figure::new(
                            "rounding",
                            "triᵏ(1/3) in floating point",
                            "The exact value is 2/3 for every k. The rounding error of 1/3 doubles at each block: f32 is lost after about 22 blocks and f64 after about 50, and both end at 0.",
                            Axis::linear("k"),
                            Axis::linear("triᵏ(1/3)"),
                        )
                        .reference("exact", (1..=double.len()).map(|k| (k as f64, 2.0 / 3.0)))
                        .line("f32", number(single))
                        .line("f64", number(double)),
                    );
                }
                _ => (),
            }
        }
        figures.insert(0, teeth);
        figures
    }
}

fn show(orbit: &[f64]) -> String {
    orbit.iter().take(5).map(f64::to_string).collect::<Vec<_>>().join(", ") + ", …"
}
