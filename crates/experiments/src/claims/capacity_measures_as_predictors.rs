//! Which measures of capacity predict the order of networks by their generalization gap?

use std::fmt::Write;

use saddlepoint_models::data::{DataSet, digits};
use saddlepoint_models::device::Precision;
use saddlepoint_models::native::DenseRisk;
use saddlepoint_models::networks::{Activation, Initialization, Mlp};
use saddlepoint_models::random::Stream;
use saddlepoint_models::risk::EmpiricalRisk;
use saddlepoint_models::training::{Batch, Ended, Limit, Loss, Optimizer, Schedule, Stop, Training};
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure, Mark};
use crate::granulated::{Estimated, Grid};
use crate::measures::{Family, MEASURES, Subject, measure};
use crate::verdict::{Check, Judgement, maximum, minimum};

/// The training loss at which every network stops.
const TARGET: f64 = 0.01;
/// Bootstrap samples, and the level of the intervals that are shown.
const DRAWS: usize = 2000;
const LEVEL: f64 = 0.95;

/// One network.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    /// Digits to train on; the rest is for testing.
    examples: usize,
    width: usize,
    hidden: usize,
    batch: usize,
    rate: f64,
    /// Seed of start and order.
    seed: u64,
}

/// A network as training left it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    reached: bool,
    loss: f64,
    train_error: f64,
    test_error: f64,
    /// In the order of [`MEASURES`].
    #[serde(with = "crate::number::list")]
    measures: Vec<f64>,
}

/// `capacity-measures-as-predictors`.
pub struct CapacityMeasuresAsPredictors;

impl Claim for CapacityMeasuresAsPredictors {
    const CARD: Card = Card {
        id: "capacity-measures-as-predictors",
        version: 1,
        title: "Margins or sharpness predict which network generalizes better; the number of parameters does not",
        statement: r"Train networks of several widths and depths, with several batch sizes and rates, to the same training loss. Does a
            measure of capacity order them as their generalization gaps $g$ (test error less training error) do? Over all pairs
            that is Kendall's $\tau$. A measure can have a large $\tau$ since one setting moves it and the gap alike; so compare, for each setting
            $i$, networks that differ in it alone, and let
            $$\psi_i = \operatorname{mean}\,\operatorname{sign}(\mu-\mu')\operatorname{sign}(g-g'),\qquad \Psi=\tfrac1n\sum_i\psi_i.$$

            At least one measure of margins or of sharpness has a $\Psi$ above $0$: its bootstrap interval, at a level of $95\,\%$ for
            all measures together, lies above. The $\Psi$ of the number of parameters does not: its interval of $95\,\%$ is not above $0$.

            Here $28$ measures: of size, norms, margins, sharpness, and the length of training; each is oriented as its theory wants it, so that a negative
            coefficient says that the measure points the wrong way. The rest of the table is shown as it comes out.",
        sources: &[
            Source {
                citation: "Jiang, Neyshabur, Mobahi, Krishnan, Bengio, Fantastic generalization measures and where to find them, \
                           ICLR 2020",
                identifier: Some("arXiv:1912.02178"),
            },
            Source {
                citation: "Dziugaite, Drouin, Neal, Rajkumar, Caballero, Wang, Mitliagkas, Roy, In search of robust measures of \
                           generalization, NeurIPS 2020: why one number over all settings can mislead",
                identifier: Some("arXiv:2010.11924"),
            },
        ],
        hypotheses: &[
            "UCI digits, the same few to train on for all networks, the rest to test on; ReLU without biases, He's start; gradient \
             descent with momentum $0.9$ until the cross entropy over all training digits, looked at once an epoch, is at most $0.01$",
            "intervals are percentiles over networks drawn with replacement: they speak of other networks on these digits, not of \
             other data",
            "margins are quantiles at $0.1$; measures of sharpness are of the mean training loss, in f64. ReLU networks are piecewise smooth: \
             their Hessian is that of the piece",
        ],
        kind: Kind::Training,
        tags: &["generalization", "sharpness", "margins", "norms", "digits"],
        data: &[DataSet::Digits],
        network: Some(Precision::F32),
    };

    const NATIVE: bool = true;

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let (examples, widths, depths, replicates): (_, &[usize], &[usize], _) = profile.pick(
            (100, &[12, 32], &[1, 2], 3),
            (300, &[16, 64], &[1, 3], 4),
            (1000, &[32, 64, 128, 256], &[1, 2, 3, 4], 5),
        );
        let batches: &[usize] = profile.pick(&[10, 50], &[10, 60], &[10, 32, 100]);
        let rates: &[f64] = profile.pick(&[0.005, 0.02], &[0.005, 0.02], &[0.0025, 0.005, 0.01, 0.02]);
        let mut tasks = Vec::new();
        for replicate in 1..=replicates {
            for &width in widths {
                for &hidden in depths {
                    for &batch in batches {
                        for &rate in rates {
                            let seed = seed.wrapping_add(replicate);
                            tasks.push(Task { examples, width, hidden, batch, rate, seed });
                        }
                    }
                }
            }
        }
        tasks
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let (train, rest) = digits::split()?;
        let (train, test) = if task.examples < train.len() {
            let (train, left) = train.split_at(task.examples)?;
            (train, left.concat(&rest)?)
        } else {
            (train, rest)
        };
        let widths = [vec![64], vec![task.width; task.hidden], vec![10]].concat();
        let network = Mlp::new(&widths, Activation::Relu)?.without_bias();
        let mut stream = Stream::new(task.seed);
        let start = network.draw(Initialization::HeNormal, &mut stream);
        let engine = lab.engine()?;
        let risk = EmpiricalRisk::new(&network, &train, Loss::CrossEntropy, Precision::F32, &engine)?;
        let schedule = Schedule::Constant { rate: task.rate };
        let training = Training::new(Loss::CrossEntropy, Optimizer::momentum(0.9), schedule)
            .batch(Batch::Size(task.batch))
            .limit(Limit::Epochs(5000))
            .stop(Stop::Loss(TARGET));
        let trained = risk.train_watched(&training, &start, &mut stream, &mut lab.watch())?;
        lab.go_on()?;
        let last = trained.last();
        let end = trained.network;
        let exact = DenseRisk::<f64>::new(&network, &train, Loss::CrossEntropy)?;
        let subject = Subject {
            widths: &widths,
            start: &start,
            end: &end,
            train: &train,
            risk: &exact,
            steps: last.step,
        };
        let reached = trained.ended == Ended::Target;
        // The same probes for every network of a replicate. A network that has not learnt may have no margin.
        let measures = if reached {
            measure(&subject, &mut Stream::new(task.seed).split(), &mut || lab.go_on())?
        } else {
            vec![f64::NAN; MEASURES.len()]
        };
        let tested = DenseRisk::<f64>::new(&network, &test, Loss::CrossEntropy)?;
        Ok(Outcome {
            reached,
            loss: exact.loss(&end)?,
            train_error: 1.0 - exact.accuracy(&end)?,
            test_error: 1.0 - tested.accuracy(&end)?,
            measures,
        })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let worst =
            |of: fn(&Outcome) -> f64, start| evidence.iter().map(|e| of(&e.outcome)).fold(start, maximum);
        let reached = evidence.iter().filter(|e| e.outcome.reached).count();
        let ranked = rank(evidence, LEVEL);
        // With as many intervals at this level, all hold together at LEVEL.
        let together = rank(evidence, 1.0 - (1.0 - LEVEL) / MEASURES.len() as f64);
        let best = MEASURES
            .iter()
            .zip(&together)
            .filter(|((_, family), _)| matches!(family, Family::Margin | Family::Sharpness))
            .map(|((name, _), found)| (*name, found.agreement.granulated, found.granulated.0))
            .max_by(|a, b| a.2.total_cmp(&b.2))
            .unwrap_or(("none", f64::NAN, f64::NAN));
        let parameters = ranked.first().map_or(f64::NAN, |found| found.granulated.0);
        let undetermined = ranked.iter().filter(|found| !found.agreement.granulated.is_finite()).count();
        let gaps = gaps(evidence);
        let spread =
            gaps.iter().copied().fold(0.0, maximum) - gaps.iter().copied().fold(f64::INFINITY, minimum);
        let checks = vec![
            Check::equal("networks that reached the loss", reached, evidence.len()),
            Check::at_most("largest training error", worst(|o| o.train_error, 0.0), 0.01),
            Check::at_least("largest less smallest gap", spread, 0.01),
            Check::at_most("measures whose coefficient is not determined", undetermined as f64, 0.0),
            Check::at_least(
                format!("largest lower end of Ψ among margins and sharpness: {}", best.0),
                best.2,
                1e-9,
            ),
            Check::at_most("lower end of Ψ of the number of parameters", parameters, 0.0),
        ];
        let mut sentence = String::new();
        let _ = write!(
            sentence,
            "Of {} networks, {} has Ψ = {:.2} (at least {:.2}); the number of parameters has Ψ = {:.2}.",
            evidence.len(),
            best.0,
            best.1,
            best.2,
            ranked.first().map_or(f64::NAN, |found| found.agreement.granulated)
        );
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let ranked = rank(evidence, LEVEL);
        let mut order: Vec<usize> = (0..ranked.len()).collect();
        order.sort_by(|&a, &b| ranked[b].agreement.tau.total_cmp(&ranked[a].agreement.tau));
        let table = |id: &str, title: &str, caption: &str, of: fn(&Estimated) -> (f64, (f64, f64))| {
            let mut figure = Figure::new(
                id,
                title,
                caption,
                Axis::named("measure, by Kendall's τ", order.iter().map(|&i| MEASURES[i].0)),
                Axis::linear("coefficient"),
            );
            for (family, name) in FAMILIES {
                let members = || (0..).zip(&order).filter(|(_, i)| MEASURES[**i].1 == family);
                let mark = Mark::Points {
                    x: members().map(|(rank, _): (i32, _)| f64::from(rank)).collect(),
                    // Intervals are drawn around their middle: they need not be symmetric around the value.
                    y: members().map(|(_, &i)| middle(of(&ranked[i]).1)).collect(),
                    error: members().map(|(_, &i)| half(of(&ranked[i]).1)).collect(),
                    labels: members()
                        .map(|(_, &i)| format!("{}: {:.2}", MEASURES[i].0, of(&ranked[i]).0))
                        .collect(),
                };
                figure = figure.with(name, mark);
            }
            figure.reference("no relation", [(-0.5, 0.0), (MEASURES.len() as f64 - 0.5, 0.0)])
        };
        let mut figures = vec![
            table(
                "tau",
                "28 measures as predictors of the generalization gap: Kendall's τ",
                "Over all pairs of networks, with bootstrap intervals of 95 %. Above 0, networks for which the measure is \
                 larger generalize worse, as its theory wants it; below, better.",
                |found| (found.agreement.tau, found.tau),
            ),
            table(
                "granulated",
                "The same measures among networks that differ in one setting alone: Ψ",
                "In the same order. A measure that only knows the width or the depth, as the number of parameters, has nothing to say \
                 about batches and rates, and loses what it had.",
                |found| (found.agreement.granulated, found.granulated),
            ),
        ];
        let gaps = gaps(evidence);
        for i in order {
            let (name, _) = MEASURES[i];
            let mut figure = Figure::new(
                &format!("measure-{}", i + 1),
                &format!("The gap against the {name}"),
                format!(
                    "One point a network. τ = {:.2}, Ψ = {:.2}.",
                    ranked[i].agreement.tau, ranked[i].agreement.granulated
                ),
                Axis::logarithmic(name),
                Axis::linear("test error less training error"),
            );
            let mut shapes: Vec<(usize, usize)> =
                evidence.iter().map(|e| (e.task.width, e.task.hidden)).collect();
            shapes.sort_unstable();
            shapes.dedup();
            for shape in shapes {
                let members = evidence.iter().zip(&gaps);
                let members = members.filter(|(e, _)| (e.task.width, e.task.hidden) == shape);
                let points =
                    members.map(|(e, &gap)| (e.outcome.measures.get(i).copied().unwrap_or(f64::NAN), gap));
                figure = figure.points(format!("{} hidden layers of {}", shape.1, shape.0), points);
            }
            figures.push(figure);
        }
        figures
    }
}

/// Families and their names in the legend.
const FAMILIES: [(Family, &str); 5] = [
    (Family::Size, "size"),
    (Family::Norm, "norms"),
    (Family::Margin, "margins and norms"),
    (Family::Sharpness, "sharpness"),
    (Family::Training, "training"),
];

fn gaps(evidence: &[Evidence<Task, Outcome>]) -> Vec<f64> {
    evidence.iter().map(|e| e.outcome.test_error - e.outcome.train_error).collect()
}

/// Each measure's agreement with the gap, with intervals of this level.
fn rank(evidence: &[Evidence<Task, Outcome>], level: f64) -> Vec<Estimated> {
    let level_of = |values: Vec<u64>| {
        let mut sorted = values.clone();
        sorted.sort_unstable();
        sorted.dedup();
        values.iter().map(|v| sorted.iter().position(|s| s == v).unwrap_or(0)).collect::<Vec<usize>>()
    };
    let of = |value: fn(&Task) -> u64| level_of(evidence.iter().map(|e| value(&e.task)).collect());
    let settings =
        [of(|t| t.width as u64), of(|t| t.hidden as u64), of(|t| t.batch as u64), of(|t| t.rate.to_bits())];
    // A setting with one level is none.
    let settings: Vec<&Vec<usize>> = settings.iter().filter(|s| s.iter().any(|&level| level > 0)).collect();
    let network = |(i, e): (usize, &Evidence<Task, Outcome>)| {
        (settings.iter().map(|levels| levels[i]).collect(), e.task.seed)
    };
    let grid = Grid::new(&evidence.iter().enumerate().map(network).collect::<Vec<_>>());
    let gaps = gaps(evidence);
    let estimate = |i: usize| {
        let values: Vec<f64> =
            evidence.iter().map(|e| e.outcome.measures.get(i).copied().unwrap_or(f64::NAN)).collect();
        // The same samples of networks for all measures.
        grid.estimated(&values, &gaps, level, DRAWS, &mut Stream::new(1))
    };
    (0..MEASURES.len()).map(estimate).collect()
}

fn middle((low, high): (f64, f64)) -> f64 {
    f64::midpoint(low, high)
}

fn half((low, high): (f64, f64)) -> f64 {
    0.5 * (high - low)
}
