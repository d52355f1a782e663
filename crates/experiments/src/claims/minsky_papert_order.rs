//! Parity and connectedness need polynomials of growing degree.

use saddlepoint_theory::expressivity::threshold_order::{BooleanFunction, Refutation, symmetries};
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement};

/// The claim `minsky-papert-order`.
pub struct MinskyPapertOrder;

/// One function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "function", rename_all = "kebab-case")]
pub enum Task {
    /// Whether an odd number of bits is set.
    Parity {
        /// Number of bits.
        bits: usize,
    },
    /// Whether the set cells of a grid hang together.
    Connected {
        /// Rows of the grid.
        rows: usize,
        /// Columns of the grid.
        columns: usize,
    },
}

/// Its order, with what proves it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// The order.
    order: usize,
    /// Whether both certificates hold at every point.
    verified: bool,
    /// Points at which the function is true.
    positive: usize,
    /// Monomials of the polynomial.
    monomials: usize,
    /// Points that the refutation of the next smaller degree gives weight to.
    support: usize,
}

impl Claim for MinskyPapertOrder {
    const CARD: Card = Card {
        id: "minsky-papert-order",
        version: 1,
        title: "Parity needs every bit at once, connectedness more and more of them",
        statement: r"The order of a Boolean function is the smallest degree of a polynomial in its bits that is positive
            exactly where the function is true. It is how many bits the features of a perceptron must look at together.

            Parity of $n$ bits has order $n$. Whether the set cells of a line hang together has order at most $2$, whatever
            its length: they form $\sum_i x_i - \sum_i x_ix_{i+1}$ runs. On growing grids of two dimensions the order of
            connectedness is not bounded: it is $2$ on $2 \times 2$ to $2\times 4$ and $3$ on $3 \times 3$ already. No fixed
            order suffices for all grids, which is what is meant by the saying that connectedness takes unlimited
            information.",
        sources: &[Source {
            citation: "Minsky, Papert, Perceptrons: an introduction to computational geometry, MIT Press 1969, Theorem 3.1 \
                (parity) and chapter 5 (connectedness); the small grids computed for this project",
            identifier: None,
        }],
        hypotheses: &[
            "cells hang together along sides; the empty set does",
            "each order is decided in integers, with a polynomial and a proof that none of smaller degree exists; both are \
                checked at every point",
        ],
        kind: Kind::Exact,
        tags: &["expressivity", "perceptron"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, _seed: u64) -> Vec<Task> {
        let parity = (1..=profile.pick(5, 5, 10)).map(|bits| Task::Parity { bits });
        let lines = (3..=profile.pick(8, 8, 10)).map(|columns| Task::Connected { rows: 1, columns });
        let grids = [(2, 2), (2, 3), (2, 4), (3, 3)].map(|(rows, columns)| Task::Connected { rows, columns });
        parity.chain(lines).chain(grids).collect()
    }

    fn run(task: &Task, _lab: &Lab) -> Result<Outcome, Failure> {
        let (function, symmetries) = match *task {
            Task::Parity { bits } => (BooleanFunction::parity(bits)?, symmetries::all(bits)),
            Task::Connected { rows, columns } => {
                (BooleanFunction::connected(rows, columns)?, symmetries::grid(rows, columns))
            }
        };
        let order = function.order(&symmetries)?;
        let support = order.refutation().map_or(0, Refutation::support);
        Ok(Outcome {
            order: order.degree(),
            verified: order.verify(&function),
            positive: function.values().iter().filter(|value| **value).count(),
            monomials: order.polynomial().coefficients().len(),
            support,
        })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = vec![Check::at_least("functions decided", evidence.len() as f64, 15.0)];
        for e in evidence {
            let (name, expected) = match e.task {
                Task::Parity { bits } => (format!("parity of {bits} bits"), bits),
                Task::Connected { rows, columns } => {
                    let order = match (rows, columns) {
                        (1, 3) => 1,
                        (3, 3) => 3,
                        _ => 2,
                    };
                    (format!("connectedness on {rows} × {columns}"), order)
                }
            };
            checks.push(Check::equal(format!("order of {name}"), e.outcome.order, expected));
            checks.push(Check::equal(format!("both certificates hold, {name}"), e.outcome.verified, true));
            if e.task == (Task::Connected { rows: 3, columns: 3 }) {
                checks.push(Check::equal(format!("true at, {name}, of 512"), e.outcome.positive, 219));
            }
        }
        let sentence = "Parity has full order, connectedness order 2 on lines and narrow grids and 3 on 3 × 3, each proved from both sides.";
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let family = |rows: Option<usize>| -> Vec<(f64, f64)> {
            let cells = |e: &Evidence<Task, Outcome>| match e.task {
                Task::Parity { bits } if rows.is_none() => Some(bits),
                Task::Connected { rows: own, columns } if rows == Some(own) => Some(own * columns),
                _ => None,
            };
            evidence.iter().filter_map(|e| Some((cells(e)? as f64, e.outcome.order as f64))).collect()
        };
        vec![
            Figure::new(
                "orders",
                "How many bits a perceptron must look at together",
                "The order of parity is the number of bits. Connectedness of a line never needs more than two neighbours at once; the first square grid of side three needs three cells.",
                Axis::linear("number of bits"),
                Axis::linear("order"),
            )
            .line("parity", family(None))
            .line("connected, one row", family(Some(1)))
            .line("connected, two rows", family(Some(2)))
            .points("connected, three rows", family(Some(3))),
        ]
    }
}
