//! The inverse of the binary kl from above: exact, never below the truth, below both relaxations.

use saddlepoint_models::random::Stream;
use saddlepoint_theory::bounds::kl_inverse::{divergence, fast_rate, pinsker, upper_inverse};
use saddlepoint_theory::quantity::{Divergence, QuantityError, Risk};
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement};

/// The claim `kl-inverse`.
pub struct KlInverse;

/// One task.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Task {
    /// The inverse and its relaxations at one pair.
    Point {
        /// The observed risk.
        q: f64,
        /// The divergence.
        c: f64,
    },
    /// The inverse over all observed risks, for the figure.
    Curve {
        /// The divergence.
        c: f64,
    },
    /// The laws on random pairs.
    Random {
        /// How many pairs.
        pairs: usize,
        /// Seed of the draws.
        seed: u64,
    },
}

/// What a task measures.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Outcome {
    /// The inverse at a pair.
    Point {
        /// The inverse.
        inverse: f64,
    },
    /// `(q, inverse, Pinsker, fast rate)`, relaxations cut at 1.
    Curve {
        /// The rows.
        rows: Vec<[f64; 4]>,
    },
    /// Counts of violations.
    Random {
        /// Pairs whose inverse does not certify `kl ≥ c`.
        uncertified: usize,
        /// Pairs where 32 floats further down are not certified to have `kl < c`.
        loose: usize,
        /// Pairs where the inverse decreases in `c`.
        decreasing: usize,
        /// Pairs above Pinsker's or the fast-rate relaxation.
        above_relaxations: usize,
    },
}

/// The catalogue's values, to its 15 digits.
pub const REFERENCES: [(f64, f64, f64); 6] = [
    (0.0, 0.01, 0.00995016625083195),
    (0.02, 0.05, 0.0985721677367292),
    (0.1, 0.01, 0.147675539298007),
    (0.3, 0.2, 0.61263272402374),
    (0.5, 0.5, 0.897530048810325),
    (0.9, 0.1, 0.983435642085315),
];

/// Half a unit in the fifteenth digit of the least precise reference, relative, rounded up.
const DIGITS: f64 = 1e-14;

impl Claim for KlInverse {
    const CARD: Card = Card {
        id: "kl-inverse",
        version: 1,
        title: "The inverse of the binary kl turns an observed risk into a certified one",
        statement: "With $$\\mathrm{kl}(q\\|p) = q\\ln\\frac qp + (1-q)\\ln\\frac{1-q}{1-p},$$ the number \
            $\\mathrm{kl}^{-1}(q, c) = \\sup\\{p \\in [q, 1] : \\mathrm{kl}(q\\|p) \\le c\\}$ satisfies \
            $$\\mathrm{kl}^{-1}(q,c) \\le q + \\sqrt{c/2}, \\qquad \
            \\mathrm{kl}^{-1}(q,c) \\le q + \\sqrt{2qc} + 2c,$$ increases in $c$, and can be computed from above: the \
            returned float is never below the true inverse, and its predecessor cannot be certified.\n\n\
            The second relaxation is of order $c$ at $q = 0$ where Pinsker's is of order $\\sqrt c$.",
        sources: &[
            Source {
                citation: "Langford, Tutorial on practical prediction theory for classification, JMLR 6, 2005, section 3",
                identifier: None,
            },
            Source {
                citation: "Seeger, PAC-Bayesian generalisation error bounds for Gaussian process classification, JMLR 3, 2002",
                identifier: None,
            },
        ],
        hypotheses: &["$q \\in [0, 1]$", "$c \\ge 0$ and finite"],
        kind: Kind::Exact,
        tags: &["generalization", "bounds"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let (tasks, pairs) = profile.pick((2, 5_000), (8, 50_000), (64, 500_000));
        REFERENCES
            .iter()
            .map(|&(q, c, _)| Task::Point { q, c })
            .chain([0.01, 0.1, 0.5].map(|c| Task::Curve { c }))
            .chain((0..tasks).map(|task| Task::Random { pairs, seed: seed + task }))
            .collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        match *task {
            Task::Point { q, c } => {
                Ok(Outcome::Point { inverse: upper_inverse(Risk::new(q)?, Divergence::new(c)?).get() })
            }
            Task::Curve { c } => {
                let c = Divergence::new(c)?;
                let row = |i: i32| {
                    let q = Risk::new(f64::from(i) / 200.0)?;
                    Ok([q.get(), upper_inverse(q, c).get(), pinsker(q, c).min(1.0), fast_rate(q, c).min(1.0)])
                };
                Ok(Outcome::Curve { rows: (0..=200).map(row).collect::<Result<_, QuantityError>>()? })
            }
            Task::Random { pairs, seed } => {
                let mut stream = Stream::new(seed);
                let (mut uncertified, mut loose, mut decreasing, mut above_relaxations) = (0, 0, 0, 0);
                for pair in 0..pairs {
                    if pair % 1000 == 0 {
                        lab.go_on()?;
                    }
                    // Small risks and small divergences are where formulas lose their digits.
                    let q = stream.uniform() * 10f64.powf(stream.between(-6.0, 0.0));
                    let (q, c) = (Risk::new(q)?, Divergence::new(10f64.powf(stream.between(-9.0, 0.7)))?);
                    let p = upper_inverse(q, c);
                    let below = Risk::new((0..32).fold(p.get(), |p, _| p.next_down()).max(q.get()))?;
                    // kl(q‖1) is infinite: certified, and in no interval.
                    uncertified += usize::from(divergence(q, p).is_ok_and(|kl| kl.low() < c.get()));
                    loose += usize::from(divergence(q, below)?.high() >= c.get());
                    let more = Divergence::new(c.get() * (1.0 + stream.uniform()))?;
                    decreasing += usize::from(upper_inverse(q, more) < p);
                    above_relaxations += usize::from(p.get() > pinsker(q, c).min(fast_rate(q, c)).next_up());
                }
                Ok(Outcome::Random { uncertified, loose, decreasing, above_relaxations })
            }
        }
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let (mut checks, mut violations, mut drawn) = (Vec::new(), [0; 4], 0);
        for e in evidence {
            match (&e.task, &e.outcome) {
                (&Task::Point { q, c }, &Outcome::Point { inverse }) => {
                    let reference = REFERENCES.iter().find(|r| (r.0, r.1) == (q, c)).map_or(f64::NAN, |r| r.2);
                    checks.push(Check::relative(format!("kl⁻¹({q}, {c})"), inverse, reference, DIGITS));
                }
                (
                    &Task::Random { pairs, .. },
                    &Outcome::Random { uncertified, loose, decreasing, above_relaxations },
                ) => {
                    drawn += pairs;
                    for (sum, count) in
                        violations.iter_mut().zip([uncertified, loose, decreasing, above_relaxations])
                    {
                        *sum += count;
                    }
                }
                _ => (),
            }
        }
        let laws = [
            "results below the true inverse",
            "results more than 32 floats above the true inverse",
            "results that decrease in c",
            "results above a relaxation",
        ];
        for (law, count) in laws.into_iter().zip(violations) {
            checks.push(Check::equal(format!("{law}, of {drawn} pairs"), count, 0));
        }
        Judgement::from_checks(
            "Every inverse is certified from above, within 32 floats of the truth, and below both relaxations.",
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let mut figure = Figure::new(
            "inverse",
            "Certified risk against observed risk",
            "The inverse of the binary kl stays below 1 and hugs the diagonal at small observed risks, where Pinsker's relaxation keeps a distance of √(c/2).",
            Axis::linear("observed risk q"),
            Axis::linear("certified risk p"),
        );
        for e in evidence {
            if let (&Task::Curve { c }, Outcome::Curve { rows }) = (&e.task, &e.outcome) {
                let column = |i: usize| rows.iter().map(move |row| (row[0], row[i]));
                figure = figure
                    .line(format!("inverse, c = {c}"), column(1))
                    .reference(format!("Pinsker, c = {c}"), column(2))
                    .reference(format!("q + √(2qc) + 2c, c = {c}"), column(3));
            }
        }
        vec![figure]
    }
}
