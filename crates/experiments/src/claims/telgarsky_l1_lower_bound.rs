//! No function of few affine pieces is near a sawtooth: what one hidden layer pays for what depth gives away.

use num_bigint::BigUint;
use num_rational::BigRational;
use saddlepoint_theory::expressivity::Scalar;
use saddlepoint_theory::expressivity::depth_separation::{
    Separation, l1_error_at_least, shallow_units_at_least,
};
use saddlepoint_theory::expressivity::piecewise_linear::PiecewiseLinear;
use saddlepoint_theory::expressivity::sawtooth::Sawtooth;
use saddlepoint_theory::expressivity::segmented_fit::least_absolute_errors;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement};

/// The claim `telgarsky-l1-lower-bound`.
pub struct TelgarskyL1LowerBound;

/// One task.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Task {
    /// The best pieces that need not join, at the middles of `8 · 2^k` cells, ending at every second cell.
    Pieces {
        /// Depth of the sawtooth.
        k: u32,
    },
    /// The distance of the constant ½, exactly.
    Constant {
        /// Depth of the sawtooth.
        k: u32,
    },
    /// The constants of the theorem.
    Separation {
        /// Its `k`.
        k: u32,
    },
    /// Units of one hidden layer.
    Units {
        /// The deepest sawtooth.
        deepest: u32,
    },
}

/// What a task measures.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Outcome {
    /// By the number of pieces, from 1.
    Pieces {
        /// Errors that dynamic programming reaches.
        errors: Vec<f64>,
        /// Lower bounds.
        bounds: Vec<f64>,
    },
    /// `∫ |tri^k − ½|`, as a fraction.
    Constant {
        /// The fraction.
        distance: String,
    },
    /// Sizes and the lower bound.
    Separation {
        /// Layers of the deep network.
        layers: u32,
        /// Units of the deep network.
        units: u32,
        /// The lower bound for the shallow ones.
        bound: f64,
    },
    /// By depth, from 1.
    Units {
        /// Units that one hidden layer needs at least for `L¹` distance 1/16.
        shallow: Vec<f64>,
        /// Units of the sawtooth.
        deep: Vec<u32>,
    },
}

/// `(N, error, bound)` at `k = 4`, to the catalogue's six decimals.
const REFERENCE: [(usize, f64, f64); 8] = [
    (1, 0.25, 0.117188),
    (2, 0.231445, 0.101562),
    (3, 0.212891, 0.085938),
    (4, 0.197286, 0.070312),
    (8, 0.134797, 0.007812),
    (12, 0.072329, 0.0),
    (15, 0.025391, 0.0),
    (16, 0.0, 0.0),
];

impl Claim for TelgarskyL1LowerBound {
    const CARD: Card = Card {
        id: "telgarsky-l1-lower-bound",
        version: 1,
        title: "Functions of few affine pieces stay away from a sawtooth",
        statement: "If $g$ is affine on each of $N$ intervals that make up $[0,1]$, continuous or not, then \
            $$\\int_0^1|\\mathrm{tri}^k-g|\\ \\ge\\ \\tfrac18-\\frac{2N-1}{2^{k+3}}.$$ \
            Each piece crosses ½ at most once, so that $g\\ge\\frac12$ changes at most $2N-1$ times, while each of the $2^k-1$ full \
            triangles of $\\mathrm{tri}^k$ around ½ has the area $2^{-k-2}$.\n\n\
            A ReLU network with one input and hidden widths $m_l$ has at most $\\prod_l(m_l+1)$ pieces. One hidden layer therefore needs \
            $2^{k-2}$ units to come within $\\frac1{16}$ of what $3k$ units in $2k$ layers compute exactly.\n\n\
            Telgarsky's theorem says it for all depths: $\\mathrm{tri}^{k^3+4}$, computed by $2k^3+8$ layers and $3k^3+12$ units with \
            $4+d$ distinct parameters, is at distance at least $\\frac1{64}$ from every ReLU network with at most $k$ layers and \
            $2^k$ units in all. It is often told with units per layer, or as an approximation by the deep network; both are weaker.",
        sources: &[
            Source {
                citation: "Telgarsky, Benefits of depth in neural networks, COLT 2016, theorem 1.1",
                identifier: Some("arXiv:1602.04485"),
            },
            Source {
                citation: "Telgarsky, Representation benefits of deep feedforward networks, 2015",
                identifier: Some("arXiv:1509.08101"),
            },
        ],
        hypotheses: &[
            "distance is the mean over $[0,1]$",
            "the best pieces are found at the middles of $8\\cdot2^k$ cells, with ends at every second cell",
        ],
        kind: Kind::Exact,
        tags: &["expressivity", "depth"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, _: u64) -> Vec<Task> {
        let deepest = profile.pick(4, 4, 5);
        let pieces = (2..=deepest).map(|k| Task::Pieces { k });
        let constants = (1..=8).map(|k| Task::Constant { k });
        let separations = (1..=profile.pick(6, 6, 9)).map(|k| Task::Separation { k });
        pieces.chain(constants).chain(separations).chain([Task::Units { deepest: 16 }]).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        lab.go_on()?;
        match *task {
            Task::Pieces { k } => {
                let (sawtooth, cells) = (Sawtooth::new(k)?, 8u32 << k);
                let middle = |i: u32| (f64::from(i) + 0.5) / f64::from(cells);
                let values: Vec<f64> = (0..cells).map(|i| sawtooth.evaluate(middle(i))).collect();
                let errors = least_absolute_errors(&values, 2, 1 << k)?;
                let bounds = (1..=errors.len()).map(|n| Ok(l1_error_at_least(k, &BigUint::from(n))?.to_f64()));
                Ok(Outcome::Pieces { bounds: bounds.collect::<Result<_, Failure>>()?, errors })
            }
            Task::Constant { k } => {
                let [zero, one, two] = [0, 1, 2].map(BigRational::integer);
                let half = PiecewiseLinear::interpolate(vec![zero, one.clone()], vec![one / two; 2])?;
                let distance = Sawtooth::new(k)?.on_unit_interval()?.l1_distance(&half)?;
                Ok(Outcome::Constant { distance: distance.to_string() })
            }
            Task::Separation { k } => {
                let separation = Separation::new(k)?;
                Ok(Outcome::Separation {
                    layers: separation.layers(),
                    units: separation.units(),
                    bound: separation.l1_error_at_least().to_f64(),
                })
            }
            Task::Units { deepest } => {
                let shallow = |k| Ok(shallow_units_at_least(k)?.to_string().parse()?);
                let deep = |k| Ok(Sawtooth::new(k)?.units());
                Ok(Outcome::Units {
                    shallow: (1..=deepest).map(shallow).collect::<Result<_, Failure>>()?,
                    deep: (1..=deepest).map(deep).collect::<Result<_, Failure>>()?,
                })
            }
        }
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        for e in evidence {
            match (&e.task, &e.outcome) {
                (&Task::Pieces { k }, Outcome::Pieces { errors, bounds }) => {
                    let below = errors.iter().zip(bounds).filter(|(error, bound)| *error < *bound).count();
                    checks.push(Check::equal(
                        format!("numbers of pieces nearer than the bound, k = {k}"),
                        below,
                        0,
                    ));
                    let last = |list: &[f64]| list.last().copied().unwrap_or(f64::NAN);
                    checks.push(Check::equal(format!("error of 2^k pieces, k = {k}"), last(errors), 0.0));
                    checks.push(Check::equal(format!("bound for 2^k pieces, k = {k}"), last(bounds), 0.0));
                    for (n, error, bound) in REFERENCE.into_iter().filter(|_| k == 4) {
                        let at = |list: &[f64]| list.get(n - 1).copied().unwrap_or(f64::NAN);
                        checks.push(Check::absolute(
                            format!("error of {n} pieces, k = 4"),
                            at(errors),
                            error,
                            5.1e-7,
                        ));
                        checks.push(Check::absolute(
                            format!("bound for {n} pieces, k = 4"),
                            at(bounds),
                            bound,
                            5.1e-7,
                        ));
                    }
                }
                (&Task::Constant { k }, Outcome::Constant { distance }) => checks.push(Check::equal(
                    format!("distance of the constant ½, k = {k}"),
                    distance.as_str(),
                    "1/4",
                )),
                (&Task::Separation { k }, Outcome::Separation { layers, units, bound }) => {
                    let sizes = format!("{}, {}", 2 * k.pow(3) + 8, 3 * k.pow(3) + 12);
                    checks.push(Check::equal(
                        format!("layers and units at k = {k}"),
                        format!("{layers}, {units}"),
                        sizes,
                    ));
                    checks.push(Check::at_least(
                        format!("distance of k layers and 2^k units, k = {k}"),
                        *bound,
                        1.0 / 64.0,
                    ));
                }
                (_, Outcome::Units { shallow, deep }) => {
                    let at = |k: usize| shallow.get(k - 1).copied().unwrap_or(f64::NAN);
                    checks.push(Check::equal(
                        "units of one layer within 1/16 of tri^12, at least",
                        at(12),
                        1024.0,
                    ));
                    let deep = deep.get(11).copied().map_or(f64::NAN, f64::from);
                    checks.push(Check::equal("units of tri^12", deep, 36.0));
                }
                _ => (),
            }
        }
        Judgement::from_checks(
            "No number of pieces comes nearer than the bound, and the theorem's 1/64 holds with room.",
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let mut figures = Vec::new();
        for e in evidence {
            match (&e.task, &e.outcome) {
                (Task::Pieces { k: 4 }, Outcome::Pieces { errors, bounds }) => {
                    let by_pieces =
                        |list: &[f64]| (1u32..).map(f64::from).zip(list.iter().copied()).collect::<Vec<_>>();
                    figures.push(
                        Figure::new(
                            "pieces",
                            "How near N affine pieces come to tri⁴",
                            "The sawtooth has 16 pieces. With fewer the error falls in a straight line, about twice as high as what is proven, and it is 0 only with all 16: no piece can follow two teeth.",
                            Axis::linear("pieces N"),
                            Axis::linear("mean absolute error"),
                        )
                        .points("best pieces found", by_pieces(errors))
                        .reference("lower bound", by_pieces(bounds)),
                    );
                }
                (_, Outcome::Units { shallow, deep }) => {
                    let by_depth = |list: Vec<f64>| (1u32..).map(f64::from).zip(list).collect::<Vec<_>>();
                    figures.push(
                        Figure::new(
                            "units",
                            "Units that triᵏ takes, deep and shallow",
                            "Deep, three units a fold compute it exactly. One hidden layer needs twice as many for each further fold, only to come within 1/16: the curves cross after six folds and part for good.",
                            Axis::linear("folds k"),
                            Axis::logarithmic("units"),
                        )
                        .line("one hidden layer, at least", by_depth(shallow.clone()))
                        .line("2k layers, exactly", by_depth(deep.iter().map(|&n| n.into()).collect())),
                    );
                }
                _ => (),
            }
        }
        figures
    }
}
