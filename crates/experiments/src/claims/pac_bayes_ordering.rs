//! McAllester's, Maurer's and Catoni's bounds side by side, and the infimum that looks better and is no bound.

use saddlepoint_models::random::Stream;
use saddlepoint_theory::bounds::catoni::{Catoni, best_temperature, infimum};
use saddlepoint_theory::bounds::hypothesis::Violation;
use saddlepoint_theory::bounds::maurer::Maurer;
use saddlepoint_theory::bounds::mcallester::McAllester;
use saddlepoint_theory::bounds::pac_bayes::{GibbsRisk, Moment};
use saddlepoint_theory::bounds::split::Split;
use saddlepoint_theory::quantity::Risk;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement};

/// The claim `pac-bayes-ordering`.
pub struct PacBayesOrdering;

/// What a bound is given.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Setting {
    /// The observed Gibbs risk.
    observed: f64,
    /// The divergence from the prior, in nats.
    kl: f64,
    /// The number of observations.
    n: u64,
    /// The failure probability.
    delta: f64,
}

/// One task.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Task {
    /// All bounds in one setting, and Catoni's along a grid of temperatures.
    Point(Setting),
    /// The laws in random settings.
    Random {
        /// How many.
        settings: usize,
        /// Seed of the draws.
        seed: u64,
    },
    /// The bounds along the number of observations.
    Sizes(Setting),
}

/// What a task measures.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Outcome {
    /// The bounds in one setting.
    Point {
        /// McAllester, Maurer.
        bounds: [f64; 2],
        /// Catoni's bound at the best temperature, and the kl inverse that it is.
        infimum: [f64; 2],
        /// The best temperature.
        #[serde(with = "crate::number")]
        temperature: f64,
        /// Catoni's bound over a grid of temperatures that pays for it.
        grid: f64,
        /// `(temperature, bound)` for one temperature that was fixed.
        curve: Vec<(f64, f64)>,
    },
    /// Counts of violations in the order of `LAWS`.
    Random {
        /// How many of each.
        violations: [usize; 6],
    },
    /// `(n, McAllester, Maurer, Catoni's grid)`.
    Sizes {
        /// One row a size.
        rows: Vec<[f64; 4]>,
    },
}

/// The catalogue's settings with McAllester's and Maurer's bound and the infimum of Catoni's, at δ = 0.05.
const REFERENCES: [(f64, f64, u64, [f64; 3]); 5] = [
    (0.02, 50.0, 1000, [0.189030703, 0.1065361897, 0.10193933]),
    (0.0, 50.0, 1000, [0.169030703, 0.05554076851, 0.05161594]),
    (0.028, 5000.0, 55000, [0.2413956297, 0.1579699696, 0.1578555]),
    (0.1, 10.0, 500, [0.2296000907, 0.1949637542, 0.18181091]),
    (0.3, 300.0, 1000, [0.6918818426, 0.6826783916, 0.6803189]),
];

const LAWS: [&str; 6] = [
    "Maurer's bound above McAllester's",
    "a bound that falls with the divergence",
    "a bound that falls with the observed risk",
    "a bound that grows with the observations",
    "a bound that falls with the confidence",
    "one temperature of Catoni's below the infimum",
];

impl Setting {
    fn hypotheses(self) -> Result<(GibbsRisk, Split), Violation> {
        Ok((GibbsRisk::exact(self.observed)?, Split::unseen(self.n)?))
    }

    fn mcallester(self) -> Result<f64, Violation> {
        let (gibbs, split) = self.hypotheses()?;
        Ok(McAllester::new(gibbs, self.kl, split, self.delta, Moment::TwoRoots)?.evaluate().value())
    }

    fn maurer(self) -> Result<f64, Violation> {
        let (gibbs, split) = self.hypotheses()?;
        Ok(Maurer::new(gibbs, self.kl, split, self.delta, Moment::TwoRoots)?.evaluate().value())
    }

    fn catoni(self, temperatures: &[f64]) -> Result<f64, Violation> {
        let (gibbs, split) = self.hypotheses()?;
        Ok(Catoni::new(gibbs, self.kl, split, self.delta, temperatures)?.evaluate().value())
    }

    fn infimum(self) -> Result<Risk, Violation> {
        infimum(Risk::new(self.observed)?, self.kl, self.n, self.delta)
    }

    /// Where Catoni's bound is smallest; a large one stands for infinity.
    fn temperature(self) -> Result<f64, Violation> {
        let best = best_temperature(Risk::new(self.observed)?, self.infimum()?);
        Ok(if best.is_finite() { best } else { 60.0 })
    }
}

/// Fixed before the data: from 0.05 to 10 by factors of 1.5.
fn grid() -> Vec<f64> {
    (0..14).map(|i| 0.05 * 1.5f64.powi(i)).collect()
}

impl Claim for PacBayesOrdering {
    const CARD: Card = Card {
        id: "pac-bayes-ordering",
        version: 1,
        title: "Maurer's PAC-Bayes bound is below McAllester's; Catoni's best temperature must be paid for",
        statement: r"With probability at least $1-\delta$ over $n$ observations, for all posteriors $Q$ with observed Gibbs risk $\hat R$,
            each of $$R\le\hat R+\sqrt{\frac{\mathrm{KL}+\ln(2\sqrt n/\delta)}{2n}}\ \text{(McAllester)},\quad
            \mathrm{kl}(\hat R\|R)\le\frac{\mathrm{KL}+\ln(2\sqrt n/\delta)}n\ \text{(Maurer)},$$
            $$R\le\frac{1-e^{-C\hat R-(\mathrm{KL}+\ln(1/\delta))/n}}{1-e^{-C}}\ \text{(Catoni, for one $C$ fixed beforehand)}.$$
            Maurer's is never above McAllester's; all grow with $\mathrm{KL}$, $\hat R$ and $1/\delta$ and fall with $n$.

            The infimum of Catoni's bound over $C$ is $\mathrm{kl}^{-1}(\hat R,(\mathrm{KL}+\ln(1/\delta))/n)$, below Maurer's, and no
            bound: its $C$ depends on the data. A grid of temperatures that is paid for by a union costs a little more than it.",
        sources: &[
            Source {
                citation: "McAllester, PAC-Bayesian stochastic model selection, Machine Learning 51, 2003, theorem 1",
                identifier: Some("10.1023/A:1021840411064"),
            },
            Source {
                citation: "Maurer, A note on the PAC Bayesian theorem, 2004",
                identifier: Some("arXiv:cs/0411099"),
            },
            Source {
                citation: "Catoni, PAC-Bayesian supervised classification: the thermodynamics of statistical learning, 2007, theorem 1.2.6",
                identifier: Some("arXiv:0712.0248"),
            },
        ],
        hypotheses: &[
            "losses in $[0,1]$, independent and identically distributed",
            "the prior and Catoni's $C$ are fixed before the observations",
        ],
        kind: Kind::Exact,
        tags: &["generalization", "bounds", "pac-bayes"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let (tasks, settings) = profile.pick((1, 2000), (4, 10_000), (40, 50_000));
        let setting = |observed, kl, n| Setting { observed, kl, n, delta: 0.05 };
        let points = REFERENCES.iter().map(|&(observed, kl, n, _)| Task::Point(setting(observed, kl, n)));
        let sizes = [Task::Sizes(setting(0.02, 50.0, 1))];
        points.chain(sizes).chain((0..tasks).map(|task| Task::Random { settings, seed: seed + task })).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        match *task {
            Task::Point(setting) => {
                let temperature = setting.temperature()?;
                let along = (-30..=40).map(|i| 10f64.powf(f64::from(i) / 20.0));
                Ok(Outcome::Point {
                    bounds: [setting.mcallester()?, setting.maurer()?],
                    infimum: [setting.catoni(&[temperature])?, setting.infimum()?.get()],
                    temperature,
                    grid: setting.catoni(&grid())?,
                    curve: along.map(|c| Ok((c, setting.catoni(&[c])?))).collect::<Result<_, Violation>>()?,
                })
            }
            Task::Random { settings, seed } => {
                let (mut stream, mut violations) = (Stream::new(seed), [0; 6]);
                for setting in 0..settings {
                    if setting % 100 == 0 {
                        lab.go_on()?;
                    }
                    let drawn = random(&mut stream);
                    violations
                        .iter_mut()
                        .zip(broken(drawn, &mut stream)?)
                        .for_each(|(n, broken)| *n += usize::from(broken));
                }
                Ok(Outcome::Random { violations })
            }
            Task::Sizes(setting) => {
                let row = |i: i32| {
                    let n = 10f64.powf(f64::from(i) / 8.0) as u64;
                    let at = Setting { n, ..setting };
                    Ok([n as f64, at.mcallester()?, at.maurer()?, at.catoni(&grid())?])
                };
                Ok(Outcome::Sizes { rows: (16..=48).map(row).collect::<Result<_, Violation>>()? })
            }
        }
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let (mut checks, mut counts, mut drawn) = (Vec::new(), [0; 6], 0);
        for e in evidence {
            match (&e.task, &e.outcome) {
                (Task::Point(setting), Outcome::Point { bounds, infimum, grid, .. }) => {
                    let Setting { observed, kl, n, .. } = *setting;
                    let name = format!("R̂ = {observed}, KL = {kl}, n = {n}");
                    let known =
                        REFERENCES.iter().find(|known| (known.0, known.1, known.2) == (observed, kl, n));
                    let known = known.map_or([f64::NAN; 3], |known| known.3);
                    checks.extend([
                        Check::relative(format!("McAllester, {name}"), bounds[0], known[0], 5e-9),
                        Check::relative(format!("Maurer, {name}"), bounds[1], known[1], 1e-9),
                        Check::absolute(
                            format!("Catoni at the best temperature, {name}"),
                            infimum[0],
                            known[2],
                            1e-7,
                        ),
                        Check::absolute(
                            format!("the same against the kl inverse, {name}"),
                            infimum[0],
                            infimum[1],
                            1e-7,
                        ),
                        Check::within(
                            format!("Catoni over a grid, over the infimum, {name}"),
                            grid / infimum[0],
                            1.0..=1.1,
                        ),
                    ]);
                }
                (Task::Random { settings, .. }, Outcome::Random { violations }) => {
                    drawn += settings;
                    counts.iter_mut().zip(violations).for_each(|(sum, count)| *sum += count);
                }
                _ => (),
            }
        }
        for (law, count) in LAWS.iter().zip(counts) {
            checks.push(Check::equal(format!("{law}, of {drawn} settings"), count, 0));
        }
        Judgement::from_checks(
            "The bounds have the catalogue's values, keep their order and move as they should; the infimum of Catoni's is a kl inverse.",
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let (mut figures, mut smallest, mut paid) = (Vec::new(), Vec::new(), Vec::new());
        let mut temperatures = Figure::new(
            "temperature",
            "Catoni's bound against its inverse temperature",
            "Each point of a curve is a bound for one temperature that was fixed before the data. The smallest of all of them is none; that over a grid of 14 that is paid for is one, and little larger.",
            Axis::logarithmic("inverse temperature C"),
            Axis::linear("bound of the risk"),
        );
        for e in evidence {
            match (&e.task, &e.outcome) {
                (Task::Point(setting), Outcome::Point { infimum, temperature, grid, curve, .. }) => {
                    let name = format!("R̂ = {}, KL = {}, n = {}", setting.observed, setting.kl, setting.n);
                    let informative = curve.iter().copied().filter(|point| point.1 < 1.0);
                    temperatures = temperatures.line(name, informative);
                    smallest.push((*temperature, infimum[1]));
                    paid.push((*temperature, *grid));
                }
                (Task::Sizes(setting), Outcome::Sizes { rows }) => {
                    let column =
                        |i: usize| rows.iter().map(move |row| (row[0], row[i])).filter(|point| point.1 < 2.0);
                    figures.push(
                        Figure::new(
                            "sizes",
                            "Bounds against the number of observations",
                            format!(
                                "Observed risk {} and divergence {} nats throughout. At small risks the inverse of the kl falls like 1/n where McAllester's root falls like 1/√n.",
                                setting.observed, setting.kl
                            ),
                            Axis::logarithmic("observations n"),
                            Axis::logarithmic("bound of the risk"),
                        )
                        .line("McAllester", column(1))
                        .line("Maurer", column(2))
                        .line("Catoni, grid of 14", column(3))
                        .reference("observed", [(100.0, setting.observed), (1e6, setting.observed)])
                        .reference("vacuous", [(100.0, 1.0), (1e6, 1.0)]),
                    );
                }
                _ => (),
            }
        }
        figures.push(
            temperatures
                .points("infimum, chosen after the data: no bound", smallest)
                .points("grid of 14, paid for", paid),
        );
        figures
    }
}

/// A setting in which the bounds are neither zero nor one, mostly.
fn random(stream: &mut Stream) -> Setting {
    Setting {
        observed: stream.uniform() * 10f64.powf(stream.between(-3.0, 0.0)),
        kl: 10f64.powf(stream.between(-2.0, 3.5)),
        n: 10f64.powf(stream.between(0.0, 6.0)) as u64,
        delta: 10f64.powf(stream.between(-8.0, -0.4)),
    }
}

/// Which of the laws are broken. Inverses are a few floats above the truth, in which they may differ.
fn broken(setting: Setting, stream: &mut Stream) -> Result<[bool; 6], Violation> {
    let below = |smaller: f64, larger: f64| smaller < larger * (1.0 - 1e-14);
    let both = |setting: Setting| Ok::<_, Violation>([setting.mcallester()?, setting.maurer()?]);
    let bounds = both(setting)?;
    let worse = |other: Setting| {
        Ok::<_, Violation>(both(other)?.iter().zip(bounds).any(|(&other, bound)| below(other, bound)))
    };
    let factor = 1.0 + stream.uniform();
    let temperature = 10f64.powf(stream.between(-3.0, 2.0));
    Ok([
        below(bounds[0], bounds[1]),
        worse(Setting { kl: setting.kl * factor, ..setting })?,
        worse(Setting { observed: setting.observed + (1.0 - setting.observed) * stream.uniform(), ..setting })?,
        both(Setting { n: 2 * setting.n, ..setting })?
            .iter()
            .zip(bounds)
            .any(|(&other, bound)| below(bound, other)),
        worse(Setting { delta: setting.delta / factor, ..setting })?,
        below(setting.catoni(&[temperature])?, setting.infimum()?.get()),
    ])
}
