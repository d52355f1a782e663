//! Test-set bounds: how large they are, and how often they fail, computed exactly.

use saddlepoint_theory::bounds::clopper_pearson::ClopperPearson;
use saddlepoint_theory::bounds::error_count::ErrorCount;
use saddlepoint_theory::bounds::hoeffding::Hoeffding;
use saddlepoint_theory::bounds::hypothesis::Violation;
use saddlepoint_theory::bounds::kl_test_set::KlTestSet;
use saddlepoint_theory::quantity::{Risk, SampleSize};
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement, maximum};

/// The claim `test-set-bound`.
pub struct TestSetBound;

/// One task.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Task {
    /// The bounds for one observation.
    Point {
        /// Errors.
        errors: u64,
        /// Observations.
        n: u64,
    },
    /// How often they fail, at all risks of a grid.
    Coverage {
        /// Observations.
        n: u64,
        /// Steps from 0 to 1.
        risks: u32,
    },
    /// The bounds of a classifier that errs on 2 % of more and more observations, for the figure.
    Width {
        /// Observations.
        n: u64,
    },
}

/// What a task measures; always Clopper-Pearson, kl, Hoeffding in this order.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Outcome {
    /// Three bounds.
    Bounds {
        /// Their values.
        values: [f64; 3],
    },
    /// Rows `(risk, failures…)`: probabilities that a bound is below the risk, rounded up; last of them that of
    /// Clopper and Pearson's bound for one error less than was seen.
    Coverage {
        /// One row a risk.
        rows: Vec<[f64; 5]>,
    },
}

/// The catalogue's values at δ = 0.05.
const REFERENCES: [(u64, u64, [f64; 3]); 5] = [
    (0, 100, [0.02951304961, 0.02951304961, 0.1223873415]),
    (5, 100, [0.1022533776, 0.1215270364, 0.1723873415]),
    (10, 1000, [0.01690317512, 0.0197561293, 0.0487022756]),
    (159, 797, [0.2242206997, 0.2356005715, 0.2428499385]),
    (20, 797, [0.03625653438, 0.04110203185, 0.06844592346]),
];

/// The catalogue's largest failure probabilities.
const WORST: [(u64, [f64; 3]); 3] =
    [(20, [0.04992, 0.04897, 0.01240]), (100, [0.04998, 0.04755, 0.00904]), (500, [0.05000, 0.04934, 0.00785])];

const DELTA: f64 = 0.05;
const NAMES: [&str; 4] = ["Clopper-Pearson", "kl", "Hoeffding", "Clopper-Pearson with an error less"];

fn bounds(errors: u64, n: u64) -> Result<[f64; 3], Violation> {
    Ok([
        ClopperPearson::new(errors, n, DELTA)?.evaluate().value(),
        KlTestSet::of_errors(errors, n, DELTA)?.evaluate().value(),
        Hoeffding::of_errors(errors, n, DELTA)?.evaluate().value(),
    ])
}

impl Claim for TestSetBound {
    const CARD: Card = Card {
        id: "test-set-bound",
        version: 1,
        title: "Three test-set bounds: ordered, valid at every risk, and the exact one sharp",
        statement: r"Of $n$ independent observations a fixed classifier gets $k$ wrong. With probability at least $1-\delta$ its risk is at
            most each of $$\max\{p:P(\mathrm{Bin}(n,p)\le k)\ge\delta\}\ \le\ \mathrm{kl}^{-1}\Bigl(\frac kn,\frac{\ln(1/\delta)}n\Bigr)\ \le\
            \frac kn+\sqrt{\frac{\ln(1/\delta)}{2n}}$$ (Clopper and Pearson; Chernoff, with equality at $k=0$; Hoeffding).

            How often they fail is a binomial sum at every risk: here over a grid of risks, with probabilities from ratios of
            neighbours, so that nothing of the bounds is used to test them. All fail in at most $\delta$ of all samples, the
            first two nearly that often, Hoeffding's in a fifth of it. Off by one, the quantile with parameters $k,n-k+1$
            says $0$ where no error is seen, and fails almost surely at small risks.",
        sources: &[
            Source {
                citation: "Langford, Tutorial on practical prediction theory for classification, JMLR 6, 2005, theorem 3.3",
                identifier: None,
            },
            Source {
                citation: "Clopper and Pearson, The use of confidence or fiducial limits illustrated in the case of the binomial, \
                           Biometrika 26, 1934",
                identifier: Some("10.1093/biomet/26.4.404"),
            },
            Source {
                citation: "Hoeffding, Probability inequalities for sums of bounded random variables, JASA 58, 1963, theorem 1",
                identifier: Some("10.1080/01621459.1963.10500830"),
            },
        ],
        hypotheses: &[
            "the observations are independent and identically distributed",
            "the classifier was fixed before they were seen",
        ],
        kind: Kind::Exact,
        tags: &["generalization", "bounds"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, _seed: u64) -> Vec<Task> {
        let (risks, more): (u32, &[u64]) =
            profile.pick((1000, &[]), (1000, &[50, 200]), (10_000, &[50, 200, 1000, 2000]));
        let points = REFERENCES.iter().map(|&(errors, n, _)| Task::Point { errors, n });
        let coverage = WORST.iter().map(|known| known.0).chain(more.iter().copied());
        let widths = [50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000];
        points
            .chain(coverage.map(|n| Task::Coverage { n, risks }))
            .chain(widths.map(|n| Task::Width { n }))
            .collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        match *task {
            Task::Point { errors, n } => Ok(Outcome::Bounds { values: bounds(errors, n)? }),
            Task::Width { n } => Ok(Outcome::Bounds { values: bounds(n / 50, n)? }),
            Task::Coverage { n, risks } => {
                let of_errors = (0..=n).map(|errors| bounds(errors, n)).collect::<Result<Vec<_>, _>>()?;
                let column = |i: usize| of_errors.iter().map(|bounds| bounds[i]).collect::<Vec<f64>>();
                let off_by_one = std::iter::once(0.0).chain(column(0)).take(of_errors.len()).collect();
                let columns = [column(0), column(1), column(2), off_by_one];
                let mut rows = Vec::new();
                for step in 1..risks {
                    lab.go_on()?;
                    let risk = f64::from(step) / f64::from(risks);
                    let errors = ErrorCount::new(SampleSize::new(n)?, Risk::new(risk)?)?;
                    let mut row = [risk; 5];
                    for (failure, bounds) in row[1..].iter_mut().zip(&columns) {
                        *failure = errors.failure(bounds)?.high();
                    }
                    rows.push(row);
                }
                Ok(Outcome::Coverage { rows })
            }
        }
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        for e in evidence {
            match (&e.task, &e.outcome) {
                (&Task::Point { errors, n }, Outcome::Bounds { values }) => {
                    let known = REFERENCES.iter().find(|known| (known.0, known.1) == (errors, n));
                    for (i, name) in NAMES.iter().take(3).enumerate() {
                        let value = known.map_or(f64::NAN, |known| known.2[i]);
                        checks.push(Check::relative(
                            format!("{name}, {errors} of {n}"),
                            values[i],
                            value,
                            1e-9,
                        ));
                    }
                }
                (&Task::Width { n }, Outcome::Bounds { values: [exact, kl, hoeffding] }) => {
                    let order = format!("{exact:.6} {kl:.6} {hoeffding:.6}");
                    checks.push(Check::holds(
                        format!("order, {} of {n}", n / 50),
                        exact <= kl && kl <= hoeffding,
                        order,
                        "increasing",
                    ));
                }
                (&Task::Coverage { n, risks }, Outcome::Coverage { rows }) => {
                    let worst = |i: usize| rows.iter().map(|row| row[i + 1]).fold(0.0, maximum);
                    for (i, name) in NAMES.iter().take(3).enumerate() {
                        checks.push(Check::at_most(
                            format!("largest failure probability, {name}, n = {n}"),
                            worst(i),
                            DELTA + 1e-12,
                        ));
                        let known = WORST.iter().find(|known| known.0 == n);
                        // On the catalogue's grid, to its digits.
                        if let Some((_, known)) = known.filter(|_| risks == 1000) {
                            checks.push(Check::absolute(
                                format!("the same, n = {n}, {name}, against the catalogue"),
                                worst(i),
                                known[i],
                                5.1e-6,
                            ));
                        }
                    }
                    for (i, name) in NAMES.iter().take(2).enumerate() {
                        checks.push(Check::at_least(
                            format!("sharpness: failure of {name}, n = {n}"),
                            worst(i),
                            0.045,
                        ));
                    }
                    // Where nothing is seen it says 0, which at the smallest risk of the grid is likely.
                    let likely = (1.0 - 1.0 / f64::from(risks)).powf(n as f64);
                    checks.push(Check::at_least(
                        format!("failure of the bound that is off by one, n = {n}"),
                        worst(3),
                        likely * (1.0 - 1e-9),
                    ));
                }
                _ => (),
            }
        }
        Judgement::from_checks(
            "The bounds have the catalogue's values, none fails too often at any risk, and the exact one and the kl's are sharp.",
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let mut figures = Vec::new();
        for e in evidence {
            let (&Task::Coverage { n, .. }, Outcome::Coverage { rows }) = (&e.task, &e.outcome) else {
                continue;
            };
            if ![20, 100].contains(&n) {
                continue;
            }
            let mut figure = Figure::new(
                &format!("coverage-{n}"),
                &format!("How often a bound from {n} observations is below the risk"),
                "Each tooth is one number of errors. The exact bound touches δ again and again, the kl's comes near at the ends, Hoeffding's never: it pays for the largest variance at every risk.",
                Axis::linear("risk"),
                Axis::linear("probability of failure"),
            )
            .reference("δ", [(0.0, DELTA), (1.0, DELTA)]);
            for (i, name) in NAMES.iter().take(3).enumerate() {
                figure = figure.line(*name, rows.iter().map(|row| (row[0], row[i + 1])));
            }
            figures.push(figure);
            if n == 100 {
                let wrong = rows.iter().map(|row| (row[0], row[4]));
                figures.push(
                    Figure::new(
                        "off-by-one",
                        "The same quantile with one error less",
                        "Parameters k and n − k + 1 in place of k + 1 and n − k: the failure probability exceeds δ at almost every risk, and is near 1 where no error is seen.",
                        Axis::linear("risk"),
                        Axis::logarithmic("probability of failure"),
                    )
                    .line("off by one", wrong)
                    .reference("δ", [(0.0, DELTA), (1.0, DELTA)]),
                );
            }
        }
        let mut widths = Figure::new(
            "width",
            "Bounds of a classifier that errs on one observation in fifty",
            "At small risks Hoeffding's bound needs an order of magnitude more observations than the exact one for the same statement.",
            Axis::logarithmic("observations n"),
            Axis::logarithmic("bound − 0.02"),
        );
        for (i, name) in NAMES.iter().take(3).enumerate() {
            let curve = evidence.iter().filter_map(|e| match (&e.task, &e.outcome) {
                (Task::Width { n }, Outcome::Bounds { values }) => Some((*n as f64, values[i] - 0.02)),
                _ => None,
            });
            widths = widths.line(*name, curve);
        }
        figures.push(widths);
        figures
    }
}
