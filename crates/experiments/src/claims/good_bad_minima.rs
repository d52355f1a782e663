//! Wide networks generalize from thirty points, if they start small; and descent does not leave a bad minimum.

mod networks;

use saddlepoint_models::device::Precision;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::sample::{mean, standard_error};
use crate::verdict::{Check, Judgement, maximum, minimum};

/// The rate of gradient descent.
const RATE: f64 = 0.1;

/// How a network of the table starts and is trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// Glorot's uniform weights, gradient descent.
    Glorot,
    /// PyTorch's default, Adam.
    Pytorch,
    /// He's normal weights, gradient descent.
    He,
}

/// One network.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Task {
    /// A network of the table: its two hidden layers have so many units.
    Table {
        /// How it starts.
        start: Start,
        /// Its width.
        width: usize,
        /// Seed of data and start.
        seed: u64,
    },
    /// A network that first fits so many points with wrong labels too, then descends on the clean ones alone.
    Poisoned {
        /// Points with wrong labels.
        wrong: usize,
        /// Seed of data and start.
        seed: u64,
    },
}

/// Where training ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// Accuracy on the clean training points.
    train: f64,
    /// Loss there.
    #[serde(with = "crate::number")]
    loss: f64,
    /// Accuracy on new points.
    test: f64,
    /// For a poisoned network.
    poisoned: Option<Poisoned>,
}

/// A minimum for clean and wrong points, and the way from there on the clean ones alone.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Poisoned {
    /// Accuracy on new points before.
    test: f64,
    /// Loss on the clean points before.
    #[serde(with = "crate::number")]
    loss: f64,
    /// The largest eigenvalue of its Hessian there, and its residual.
    #[serde(with = "crate::number")]
    top: f64,
    #[serde(with = "crate::number")]
    residual: f64,
    /// The largest loss on the way at the rate 0.1, and the accuracy on new points after it. The rest of the outcome is that of stable
    /// descent.
    #[serde(with = "crate::number")]
    highest: f64,
    thrown: f64,
}

/// `good-bad-minima`.
pub struct GoodBadMinima;

impl Claim for GoodBadMinima {
    const CARD: Card = Card {
        id: "good-bad-minima",
        version: 1,
        title: "A network of any width learns two circles from 30 points, if it starts small; stable descent does not leave a bad minimum",
        statement: r"Networks $2\to h\to h\to 2$ learn two noisy circles from $30$ points, all of which they classify correctly
            from $h = 8$ on. Started by Glorot's rule and trained by gradient descent, the widest classify at least $95\,\%$ of new
            points correctly and are, up to $2$ points of percent, no worse than those with $h = 16$: of all global minima of the loss, descent
            arrives at good ones, however many parameters there are.

            That is not a property of descent alone. Started by He's rule, whose weights are larger, wide networks classify fewer
            new points than narrow ones. And a network that has first fitted $60$ points with wrong labels besides stays
            bad: gradient descent with full batches on the clean points alone, at a rate of at most half of what is stable there,
            ends with all of them fitted at a loss below $10^{-3}$, and with at most $60\,\%$ of new ones correct on average.

            At a larger rate it may be thrown out. Where the largest eigenvalue $\lambda$ of the clean loss's Hessian is twice the
            threshold $2/\eta$, the loss rises above $1$ on the way, and the network lands elsewhere, often in a good minimum; where
            $\lambda$ is below the threshold it does not rise. (A first run, at the rate $0.1$ alone and other seeds, found $72.5\,\%$ of
            new points correct where at most $60$ were expected: two of the three networks had gone above $80\,\%$.) That such minima are sharp, and their basins small, is
            shown by `wu-good-bad-minima`.",
        sources: &[
            Source {
                citation: "Wu, Zhu, E, Towards understanding generalization of deep learning: perspective of loss landscapes, 2017",
                identifier: Some("arXiv:1706.10239"),
            },
            Source {
                citation: "Huang, Emam, Goldblum, Fowl, Terry, Huang, Goldstein, Understanding generalization through visualizations, \
                           2019: poisoned minima",
                identifier: Some("arXiv:1906.03291"),
            },
        ],
        hypotheses: &[
            "circles of radii $1$ and $\\frac12$ with noise $0.08$; ReLU, cross entropy; means over seeds, each with its own points: the accuracies of \
             single runs differ by several points of percent, so a table of single runs cannot tell widths apart",
            "gradient descent at rate $0.1$ for $3{,}000$ steps; PyTorch's default start with Adam at rate $10^{-2}$ for $1{,}000$ steps, \
             as a third row",
            "poisoned: $h = 128$, He's start, Adam at rate $10^{-3}$ for $6{,}000$ steps on clean and wrong points, then gradient descent on the \
             clean ones at the rate $0.1$ or, for stable descent, $\\min(0.1, 1/\\lambda)$, until rate times steps is $100$. Wrong points are new ones \
             with the other label",
        ],
        kind: Kind::Training,
        tags: &["generalization", "landscape", "overfitting"],
        data: &[],
        network: Some(Precision::F32),
    };

    const NATIVE: bool = true;

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let widths: [(Start, &[usize]); 3] = profile.pick(
            [(Start::Glorot, &[8, 16, 64]), (Start::Pytorch, &[]), (Start::He, &[])],
            [
                (Start::Glorot, &[4, 8, 16, 32, 64, 128, 256]),
                (Start::Pytorch, &[4, 16, 64, 256]),
                (Start::He, &[32, 128, 256]),
            ],
            [
                (Start::Glorot, &[4, 8, 16, 32, 64, 128, 256, 512]),
                (Start::Pytorch, &[4, 8, 16, 32, 64, 128, 256, 512]),
                (Start::He, &[4, 8, 16, 32, 64, 128, 256, 512]),
            ],
        );
        let (seeds, poisoned) = profile.pick((3, 1), (5, 5), (20, 10));
        let wrong: &[usize] = profile.pick(&[60], &[60], &[15, 30, 60, 120]);
        let table = widths.into_iter().flat_map(|(start, widths)| {
            let table = move |width| {
                (0..seeds).map(move |k| Task::Table { start, width, seed: seed.wrapping_add(10 + k) })
            };
            widths.iter().copied().flat_map(table)
        });
        let bad = wrong.iter().flat_map(|&wrong| {
            (0..poisoned).map(move |k| Task::Poisoned { wrong, seed: seed.wrapping_add(20 + k) })
        });
        table.chain(bad).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        networks::run(task, lab)
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let rows = rows(evidence, Start::Glorot);
        let (widest, widest_test) = rows.last().map_or((0, f64::NAN), |(width, tests)| (*width, mean(tests)));
        let narrow = rows.iter().find(|(width, _)| *width == 16).map_or(f64::NAN, |(_, tests)| mean(tests));
        let fitted = evidence.iter().filter_map(|e| match e.task {
            Task::Table { start: Start::Glorot, width: 8.., .. } => Some(e.outcome.train),
            _ => None,
        });
        let mut checks = vec![
            Check::at_least(
                format!("Glorot: mean test accuracy at width {widest}, less that at 16"),
                widest_test - narrow,
                -0.02,
            ),
            Check::at_least(format!("Glorot: mean test accuracy at width {widest}"), widest_test, 0.95),
            Check::at_least(
                "Glorot: least training accuracy from width 8 on",
                fitted.reduce(minimum).unwrap_or(f64::NAN),
                1.0,
            ),
        ];
        let he = self::rows(evidence, Start::He);
        if let [(narrow, at_narrow), .., (wide, at_wide)] = he.as_slice() {
            let what = format!("He: mean test accuracy at width {wide}, less that at {narrow}");
            checks.push(Check::at_most(what, mean(at_wide) - mean(at_narrow), -0.02));
        }
        let bad: Vec<(&Outcome, &Poisoned)> = evidence
            .iter()
            .filter(|e| matches!(e.task, Task::Poisoned { wrong: 60, .. }))
            .filter_map(|e| Some((&e.outcome, e.outcome.poisoned.as_ref()?)))
            .collect();
        let of = |value: fn(&Outcome) -> f64| bad.iter().map(|(o, _)| value(o)).collect::<Vec<f64>>();
        let worst =
            |values: Vec<f64>, fold: fn(f64, f64) -> f64| values.into_iter().reduce(fold).unwrap_or(f64::NAN);
        let poisoned = mean(&of(|o| o.test));
        checks.extend([
            Check::at_least(
                "poisoned, stable descent: least accuracy on the clean points",
                worst(of(|o| o.train), minimum),
                1.0,
            ),
            Check::at_most(
                "poisoned, stable descent: largest loss on the clean points",
                worst(of(|o| o.loss), maximum),
                1e-3,
            ),
            Check::at_most("poisoned, stable descent: mean test accuracy", poisoned, 0.6),
        ]);
        let threshold = 2.0 / RATE;
        let residual = bad.iter().map(|(_, p)| p.residual / p.top).fold(0.0, maximum);
        checks.push(Check::at_most("largest residual over the largest eigenvalue", residual, 1e-2));
        let rises = |keep: &dyn Fn(f64) -> bool| {
            bad.iter().filter(|(_, p)| keep(p.top)).map(|(_, p)| p.highest).collect::<Vec<f64>>()
        };
        let (sharp, flat) = (rises(&|top| top >= 2.0 * threshold), rises(&|top| top < threshold));
        if !sharp.is_empty() {
            let what = format!("rate 0.1, {} starts with λ ≥ 4/η: least highest loss", sharp.len());
            checks.push(Check::at_least(what, worst(sharp, minimum), 1.0));
        }
        if !flat.is_empty() {
            let what = format!("rate 0.1, {} starts with λ < 2/η: largest highest loss", flat.len());
            checks.push(Check::at_most(what, worst(flat, maximum), 1.0));
        }
        let sentence = format!(
            "From Glorot's start a network of width {widest} classifies {:.1} % of new points correctly; from a poisoned one, \
             by stable descent, {:.1} %.",
            100.0 * widest_test,
            100.0 * poisoned
        );
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let mut table = Figure::new(
            "table",
            "New points classified correctly, by width and start",
            "Means over seeds with their standard errors. Every network from width 8 on classifies all 30 training points \
             correctly. Started by Glorot's rule or PyTorch's, it does not matter how wide it is; started by He's, it does.",
            Axis::logarithmic("units in each of two hidden layers"),
            Axis::linear("accuracy on new points"),
        );
        for start in [Start::Glorot, Start::Pytorch, Start::He] {
            let rows = rows(evidence, start);
            if !rows.is_empty() {
                table = table.measured(
                    start.name(),
                    rows.iter().map(|(width, tests)| (*width as f64, mean(tests), standard_error(tests))),
                );
            }
        }
        let runs = || evidence.iter().filter_map(|e| Some((e.outcome.test, e.outcome.poisoned.as_ref()?)));
        let tops = || runs().map(|(_, p)| p.top);
        let ends = [tops().fold(f64::INFINITY, minimum), tops().fold(0.0, maximum)];
        let poisoned = Figure::new(
            "poisoned",
            "Stable descent does not leave a bad minimum; at a larger rate a sharp one is left",
            "One point a network that has fitted clean points and wrong ones, over the sharpness of the clean loss there. Descent \
             on the clean points alone changes little at a stable rate. At the rate 0.1 networks are thrown out whose largest \
             eigenvalue is above 20 = 2/0.1.",
            Axis::logarithmic("largest eigenvalue of the clean loss's Hessian at the poisoned start"),
            Axis::linear("accuracy on new points"),
        )
        .points("when all are fitted", runs().map(|(_, p)| (p.top, p.test)))
        .points("after stable descent on the clean points", runs().map(|(test, p)| (p.top, test)))
        .points("after descent at the rate 0.1", runs().map(|(_, p)| (p.top, p.thrown)))
        .reference("chance", ends.map(|top| (top, 0.5)))
        .reference("2/η at the rate 0.1", [(2.0 / RATE, 0.2), (2.0 / RATE, 1.0)]);
        vec![table, poisoned]
    }
}

impl Start {
    fn name(self) -> &'static str {
        match self {
            Self::Glorot => "Glorot, gradient descent",
            Self::Pytorch => "PyTorch's default, Adam",
            Self::He => "He, gradient descent",
        }
    }
}

/// Widths of the table's networks with this start, in order, with the test accuracies of all seeds.
fn rows(evidence: &[Evidence<Task, Outcome>], start: Start) -> Vec<(usize, Vec<f64>)> {
    let mut rows: Vec<(usize, Vec<f64>)> = Vec::new();
    for e in evidence {
        if let Task::Table { start: started, width, .. } = e.task
            && started == start
        {
            match rows.iter_mut().find(|(w, _)| *w == width) {
                Some((_, tests)) => tests.push(e.outcome.test),
                None => rows.push((width, vec![e.outcome.test])),
            }
        }
    }
    rows.sort_by_key(|(width, _)| *width);
    rows
}
