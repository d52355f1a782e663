//! Ways to regularize, on the same digits with the same wrong labels.

mod bench;

use saddlepoint_models::data::DataSet;
use saddlepoint_models::device::Precision;
use saddlepoint_models::random::Stream;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure, Mark};
use crate::noisy_digits::{NOISE, NoisyDigits};
use crate::sample::{half_width, mean};
use crate::sign_test::sign_test;
use crate::verdict::{Check, Judgement, show};
use bench::Bench;

/// Members of an ensemble; each gets this share of the steps.
const MEMBERS: usize = 5;
/// The confidence of each limit.
const CONFIDENCE: f64 = 0.95;

/// A way to regularize.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// None: the same training to its end.
    Nothing,
    /// Decoupled weight decay.
    DecoupledDecay,
    /// An L2 penalty in Adam's gradient.
    Penalty,
    /// Dropping hidden units.
    Dropout,
    /// Stopping where validation is best.
    EarlyStopping,
    /// Label smoothing.
    LabelSmoothing,
    /// Shifts by one pixel among the examples.
    Augmentation,
    /// The mean over snapshots of one training with restarts.
    Snapshots,
    /// The mean over independent networks that share the steps among them.
    Independent,
}

use Method::{
    Augmentation, DecoupledDecay, Dropout, EarlyStopping, Independent, LabelSmoothing, Nothing, Penalty,
    Snapshots,
};

impl Method {
    const ALL: [Self; 9] = [
        Nothing,
        DecoupledDecay,
        Penalty,
        Dropout,
        EarlyStopping,
        LabelSmoothing,
        Augmentation,
        Snapshots,
        Independent,
    ];

    fn name(self) -> &'static str {
        match self {
            Nothing => "nothing",
            DecoupledDecay => "decoupled weight decay",
            Penalty => "L2 penalty",
            Dropout => "dropout",
            EarlyStopping => "early stopping",
            LabelSmoothing => "label smoothing",
            Augmentation => "shifted images",
            Snapshots => "snapshot ensemble",
            Independent => "independent ensemble",
        }
    }

    /// The strengths to choose from, the weakest first; one for what has none.
    fn strengths(self) -> &'static [f64] {
        match self {
            DecoupledDecay => &[1.0, 3.0, 10.0],
            Penalty => &[0.003, 0.01, 0.03],
            Dropout => &[0.2, 0.5, 0.7],
            LabelSmoothing => &[0.05, 0.1, 0.3],
            Nothing | EarlyStopping | Augmentation | Snapshots | Independent => &[0.0],
        }
    }
}

/// All methods on one draw of examples, wrong labels and start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    methods: Vec<Method>,
    steps: usize,
    seed: u64,
}

/// What one method achieves on the test digits.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Score {
    method: Method,
    /// The strength, or the step, that validation chose.
    chosen: f64,
    accuracy: f64,
    brier: f64,
}

/// `regularizers-compared`.
pub struct RegularizersCompared;

impl Claim for RegularizersCompared {
    const CARD: Card = Card {
        id: "regularizers-compared",
        version: 1,
        title: "Against wrong labels weight decay, early stopping and dropout all help, by points and not by a bit",
        statement: r"Nine ways to train the same network on the same $200$ digits, a fifth of the labels drawn anew: nothing
            but Adam to the end, decoupled weight decay, an L2 penalty, dropout, early stopping, label smoothing, shifted
            images, an ensemble of five snapshots of one training with restarts, an ensemble of five independent networks.
            All make the same number of steps in total, from the same start on the same data; where a method has a strength,
            $200$ other examples with labels as wrong choose it, and the step at which to stop.

            Decoupled weight decay, early stopping and dropout each have a higher test accuracy than nothing, with a
            one-sided $95\,\%$ limit for the mean of the paired differences above $0$. The other methods are reported without a
            criterion.",
        sources: &[
            Source {
                citation: "Loshchilov, Hutter 2019, Decoupled weight decay regularization",
                identifier: Some("arXiv:1711.05101"),
            },
            Source {
                citation: "Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov 2014, Dropout, JMLR 15",
                identifier: None,
            },
            Source {
                citation: "Szegedy, Vanhoucke, Ioffe, Shlens, Wojna 2016, Rethinking the Inception architecture for computer \
                           vision, section 7",
                identifier: Some("arXiv:1512.00567"),
            },
            Source {
                citation: "Huang, Li, Pleiss, Liu, Hopcroft, Weinberger 2017, Snapshot ensembles: train 1, get M for free",
                identifier: Some("arXiv:1704.00109"),
            },
        ],
        hypotheses: &[
            "a ReLU network $64$-$128$-$10$, Adam with full batches at rate $2\\cdot10^{-3}$; shifted images in batches of \
             $200$; in ensembles the rate falls along cosines",
            "strengths: decay $1$, $3$, $10$; penalty $0.003$, $0.01$, $0.03$; dropout $0.2$, $0.5$, $0.7$; smoothing $0.05$, \
             $0.1$, $0.3$; stops at every 25th step; `smoke` tries the middle strength only",
            "a criterion that snapshots have a worse Brier score than independent networks at the same cost was dropped after \
             the first run: with a fifth of so few steps each, independent networks classify well but are not yet sure of \
             anything; where steps suffice it is the claim `snapshot-ensembles`",
            "differences between seeds are taken to be normal for the limits; the sign tests need no such thing",
        ],
        kind: Kind::Training,
        tags: &["generalization", "regularization", "dropout", "ensembles", "digits"],
        data: &[DataSet::Digits],
        network: Some(Precision::F32),
    };

    const NATIVE: bool = true;

    type Task = Task;
    type Outcome = Vec<Score>;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let few = [Nothing, DecoupledDecay, Dropout, EarlyStopping, Snapshots, Independent];
        let methods: &[Method] = profile.pick(&few, &Method::ALL, &Method::ALL);
        let steps = profile.pick(400, 600, 2000);
        (1..=profile.pick(3, 8, 40))
            .map(|offset| Task { methods: methods.to_vec(), steps, seed: seed + offset })
            .collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Vec<Score>, Failure> {
        let mut stream = Stream::new(task.seed);
        let digits = NoisyDigits::draw(NOISE, lab, &mut stream)?;
        let start = digits.start(&mut stream);
        let bench = Bench { digits, start, steps: task.steps, all: task.methods.len() == Method::ALL.len() };
        task.methods.iter().map(|&method| bench.best(method, &mut stream)).collect()
    }

    fn judge(evidence: &[Evidence<Task, Vec<Score>>]) -> Judgement {
        let mut checks = Vec::new();
        for method in [DecoupledDecay, EarlyStopping, Dropout] {
            let gains = gains(evidence, method, Nothing, |score| score.accuracy);
            let what = format!("{}: lower limit of the gain in test accuracy", method.name());
            checks.push(above_zero(what, &gains));
        }
        let line = |method: Method| {
            let gains = gains(evidence, method, Nothing, |score| score.accuracy);
            let (wins, all) = (gains.iter().filter(|gain| **gain > 0.0).count(), gains.len());
            let p = show(sign_test(wins, all));
            format!("{} {:+.1} ({wins} of {all}, p = {p})", method.name(), 100.0 * mean(&gains))
        };
        let present =
            Method::ALL.into_iter().skip(1).filter(|method| !values(evidence, *method, |s| s.brier).is_empty());
        let sentence = format!(
            "Points of test accuracy over nothing, seeds that agree and the sign test's p: {}.",
            present.map(line).collect::<Vec<_>>().join("; ")
        );
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Vec<Score>>]) -> Vec<Figure> {
        let last = Method::ALL.len() as f64 - 0.5;
        let intervals = |value: fn(&Score) -> f64| {
            let point = |(i, method): (usize, &Method)| {
                let found = gains(evidence, *method, Nothing, value);
                let error = half_width(&found, CONFIDENCE);
                let label = format!("{}: {:+.3} ± {error:.3}", method.name(), mean(&found));
                (!found.is_empty()).then(|| (i as f64, mean(&found), error, label))
            };
            let points: Vec<_> = Method::ALL.iter().enumerate().skip(1).filter_map(point).collect();
            Mark::Points {
                x: points.iter().map(|point| point.0).collect(),
                y: points.iter().map(|point| point.1).collect(),
                error: points.iter().map(|point| point.2).collect(),
                labels: points.into_iter().map(|point| point.3).collect(),
            }
        };
        let plot = |id, title, y: &str, value: fn(&Score) -> f64| {
            Figure::new(
                id,
                title,
                "Paired differences over seeds, with one-sided 95 % limits to both sides.",
                Axis::named("method", Method::ALL.map(Method::name)),
                Axis::linear(y),
            )
            .reference("nothing", [(-0.5, 0.0), (last, 0.0)])
            .with("difference from nothing", intervals(value))
        };
        let bars = Mark::Bars {
            categories: Method::ALL.iter().map(|method| method.name().to_owned()).collect(),
            heights: Method::ALL
                .iter()
                .map(|method| mean(&values(evidence, *method, |score| score.accuracy)))
                .collect(),
        };
        vec![
            plot(
                "gain",
                "What each way to regularize is worth under wrong labels",
                "test accuracy less that of nothing",
                |score| score.accuracy,
            ),
            plot(
                "brier",
                "The same in Brier scores, where less is better",
                "Brier score less that of nothing",
                |score| score.brier,
            ),
            Figure::new(
                "accuracy",
                "Test accuracy of each",
                "Means over seeds; 200 training digits, a fifth of the labels drawn anew.",
                Axis::linear("method"),
                Axis::linear("test accuracy"),
            )
            .with("mean", bars),
        ]
    }
}

/// The lower limit of a mean is above zero; NaN, that of fewer than two values, is not.
fn above_zero(what: String, differences: &[f64]) -> Check {
    let limit = mean(differences) - half_width(differences, CONFIDENCE);
    Check::holds(what, limit > 0.0, show(limit), "above 0")
}

fn values(evidence: &[Evidence<Task, Vec<Score>>], method: Method, value: fn(&Score) -> f64) -> Vec<f64> {
    let scores = evidence.iter().flat_map(|one| &one.outcome);
    scores.filter(|score| score.method == method).map(value).collect()
}

/// For each seed, one method less another.
fn gains(
    evidence: &[Evidence<Task, Vec<Score>>],
    method: Method,
    other: Method,
    value: fn(&Score) -> f64,
) -> Vec<f64> {
    let pairs = values(evidence, method, value).into_iter().zip(values(evidence, other, value));
    pairs.map(|(a, b)| a - b).collect()
}
