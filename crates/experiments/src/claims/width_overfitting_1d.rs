//! Whether trees, polynomials and networks overfit more as they grow: on one input, with noise that grows.

mod learners;

use saddlepoint_models::data::Targets;
use saddlepoint_models::data::planted::NoisyWave;
use saddlepoint_models::device::Precision;
use saddlepoint_models::random::Stream;
use serde::{Deserialize, Serialize};

pub use learners::{Biases, Learner};

use self::learners::Family;
use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::sample::{mean, median};
use crate::verdict::{Check, Judgement, minimum};

const EXAMPLES: usize = 60;
/// Points between which the error is averaged.
const TEST: usize = 2001;
/// One of so many of them is kept for the plots.
const KEPT: usize = 10;

/// Learners to fit to the sample of one seed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    learners: Vec<Learner>,
    /// Whether fitted curves are kept.
    curves: bool,
    seed: u64,
}

/// What one learner made of its sample.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Fit {
    /// Mean squared distance to the true curve.
    #[serde(with = "crate::number")]
    excess: f64,
    /// Mean squared error on the sample.
    #[serde(with = "crate::number")]
    training: f64,
    /// Where curves are kept.
    curve: Vec<f64>,
}

/// One fit for each learner.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    fits: Vec<Fit>,
}

/// `width-overfitting-1d`.
pub struct WidthOverfitting1d;

impl Claim for WidthOverfitting1d {
    const CARD: Card = Card {
        id: "width-overfitting-1d",
        version: 1,
        title: "Wide networks need not overfit more than narrow ones: it depends on their biases",
        statement: r"Fit $60$ noisy points of a curve in one dimension, and measure the mean squared distance of the fit to the
            curve itself. A polynomial of degree $20$ is at least $50$ times as far as the best one. A ReLU network with one hidden
            layer whose biases start at $0$ does not overfit more as it widens: with $1{,}024$ units the median distance is at most
            $1.6$ times that of the best width.

            So it is often said that adding hidden units, or layers, does not make a network overfit more. It depends on the
            initialization and on the depth: with biases spread over the interval, and nothing else of the network changed, the widest network is at least
            twice as far from the curve as one of $16$ units; and with biases at $0$, four hidden layers are between $1.5$ and $8$
            times as far as one.

            Here: $y = \sin 1.5x + 0.3x + (0.1 + 0.16\max(x,0))\,\xi$ with $x$ uniform on $[-3,3]$ and $\xi$ standard normal.
            Trees split where squares shrink most, down to a depth or until leaves are pure; polynomials are fitted by least
            squares in the basis of Chebyshev. Networks start by He's normal weights and take $3{,}000$ steps of Adam with full
            batches, at rate $10^{-3}$ where biases start at $0$, and at $5\cdot10^{-3}$ falling to $0$ as a cosine where they are
            uniform on $\pm3\sqrt2$.",
        sources: &[
            Source {
                citation: "Neyshabur, Tomioka, Srebro, In search of the real inductive bias: on the role of implicit regularization \
                           in deep learning, ICLR 2015 workshop",
                identifier: Some("arXiv:1412.6614"),
            },
            Source {
                citation: "Williams, Trager, Silva, Panozzo, Zorin, Bruna, Gradient dynamics of shallow univariate ReLU networks, \
                           NeurIPS 2019: wide networks are linear or cubic splines by their initialization",
                identifier: Some("arXiv:1906.07842"),
            },
        ],
        hypotheses: &[
            "medians over seeds, with the samples of which all learners are fitted: those of polynomials and trees have no other \
             randomness",
            "both ways to start have a rate of their own, so the comparison between them is within each: widest against best, \
             widest against $16$ units",
        ],
        kind: Kind::Training,
        tags: &["generalization", "overfitting"],
        data: &[],
        network: Some(Precision::F32),
    };

    const NATIVE: bool = true;

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        use Biases::{Spread, Zero};
        let trees = [1, 2, 3, 4, 5, 6, 0].map(Learner::Tree);
        let polynomials = [1, 3, 5, 7, 9, 12, 15, 20, 25].map(Learner::Polynomial);
        let exact = [trees.as_slice(), &polynomials].concat();
        let widths: &[usize] = profile.pick(&[16, 256], &[8, 16, 64, 256, 1024], &[8, 16, 64, 256, 1024, 4096]);
        let spread: &[usize] = profile.pick(&[16, 256], &[16, 64, 256, 1024], &[16, 64, 256, 1024, 4096]);
        let depths: &[usize] = profile.pick(&[1, 4], &[1, 2, 3, 4], &[1, 2, 3, 4, 6, 8]);
        let networks: Vec<Learner> = (widths.iter().map(|&h| Learner::Wide(h, Zero)))
            .chain(spread.iter().map(|&h| Learner::Wide(h, Spread)))
            .chain(depths.iter().map(|&layers| Learner::Deep(layers)))
            .collect();
        // The catalogue's samples are those of the seeds 900, 901, …; what has no other randomness costs nothing.
        let (seeds, exact_seeds) = profile.pick((3, 9), (9, 9), (51, 51));
        (0..exact_seeds)
            .flat_map(|k| {
                let task = move |learners| Task { learners, curves: k == 0, seed: seed.wrapping_add(900 + k) };
                let trained = networks.iter().filter(move |_| k < seeds).map(|&learner| vec![learner]);
                [exact.clone()].into_iter().chain(trained).map(task)
            })
            .collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let mut stream = Stream::new(task.seed);
        let samples = NoisyWave::samples(EXAMPLES, &mut stream)?;
        let grid = grid(1);
        let fit = |&learner: &Learner| {
            let (fitted, training) = learner.fit(&samples, &grid, &mut stream.clone(), lab)?;
            let excess: Vec<f64> =
                grid.iter().zip(&fitted).map(|(&x, y)| (y - NoisyWave::mean(x)).powi(2)).collect();
            let curve = if task.curves { fitted.into_iter().step_by(KEPT).collect() } else { Vec::new() };
            Ok(Fit { excess: mean(&excess), training, curve })
        };
        Ok(Outcome { fits: task.learners.iter().map(fit).collect::<Result<_, Failure>>()? })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let of = |family: Family| medians(evidence, family);
        let best = |family| of(family).iter().map(|(_, excess)| *excess).reduce(minimum).unwrap_or(f64::NAN);
        let largest = |family| of(family).last().copied().unwrap_or((0, f64::NAN));
        let at = |family, size| of(family).iter().find(|(s, _)| *s == size).map_or(f64::NAN, |(_, e)| *e);

        let (zero, spread) = (largest(Family::Zero), largest(Family::Spread));
        let zero_ratio = zero.1 / best(Family::Zero);
        let spread_ratio = spread.1 / at(Family::Spread, 16);
        let depth_ratio = at(Family::Deep, 4) / at(Family::Deep, 1);
        let checks = vec![
            Check::at_most(
                format!("biases at 0: excess error with {} units over the best", zero.0),
                zero_ratio,
                1.6,
            ),
            Check::at_least(
                "excess error of the polynomial of degree 20 over the best",
                at(Family::Polynomial, 20) / best(Family::Polynomial),
                50.0,
            ),
            Check::at_least(
                format!("spread biases: excess error with {} units over that with 16", spread.0),
                spread_ratio,
                2.0,
            ),
            Check::within("excess error with 4 hidden layers over that with 1", depth_ratio, 1.5..=8.0),
        ];
        let sentence = format!(
            "The widest network is {zero_ratio:.2} times as far from the curve as the best width where biases start at 0, \
             {spread_ratio:.1} times as far as 16 units where they are spread; four layers are {depth_ratio:.1} times as far as one."
        );
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let mut sizes = Figure::new(
            "sizes",
            "Excess error of trees, polynomials and networks of growing size",
            "Medians over samples. Polynomials that follow the noise leave the curve by orders of magnitude. Trees stop at pure \
             leaves. Networks that start with biases at 0 stay where they are as they widen, those with spread biases get worse, and so do \
             deeper ones.",
            Axis::logarithmic("numbers that are fitted"),
            Axis::logarithmic("mean squared distance to the true curve"),
        );
        for family in Family::ALL {
            let curve: Vec<(f64, f64)> = medians(evidence, family)
                .into_iter()
                .map(|(size, excess)| (family.parameters(size) as f64, excess))
                .collect();
            sizes = sizes.line(family.name(), curve.clone()).points(format!("{}, sizes", family.name()), curve);
        }
        let mut figures = vec![sizes];
        let Some(first) = evidence.iter().find(|e| e.task.curves) else { return figures };
        let Ok(samples) = NoisyWave::samples(EXAMPLES, &mut Stream::new(first.task.seed)) else {
            return figures;
        };
        let Targets::Values(values) = samples.targets() else { return figures };
        let data: Vec<(f64, f64)> = samples.inputs().iter().copied().zip(values.iter().copied()).collect();
        for (id, title, families) in SIDE_BY_SIDE {
            let mut figure = Figure::new(
                id,
                title,
                "Move the slider to let the fit grow. The noise is larger on the right, and there a fit shows first whether it \
                 follows the curve or the points. Fits that leave the plot are cut off.",
                Axis::linear("x"),
                Axis::linear("y"),
            )
            .points("the sample", data.clone())
            .reference("the true curve", grid(KEPT).into_iter().map(|x| (x, NoisyWave::mean(x))));
            let fits = evidence.iter().filter(|e| e.task.curves);
            let fits = fits.flat_map(|e| e.task.learners.iter().zip(&e.outcome.fits));
            for (learner, fit) in fits.filter(|(learner, _)| families.contains(&learner.family())) {
                let shown = grid(KEPT).into_iter().zip(fit.curve.iter().map(|y| y.clamp(-4.0, 4.0)));
                figure = figure.line("the fit", shown).in_frame(learner.words());
            }
            figures.push(figure);
        }
        figures
    }
}

/// The figures that stand side by side.
const SIDE_BY_SIDE: [(&str, &str, &[Family]); 4] = [
    ("tree", "A regression tree grows", &[Family::Tree]),
    ("polynomial", "The degree of a polynomial grows", &[Family::Polynomial]),
    ("network", "A network widens, and deepens: biases start at 0", &[Family::Zero, Family::Deep]),
    ("spread", "A network widens: biases start spread over the interval", &[Family::Spread]),
];

/// Every so-many-th point of the test points.
fn grid(step: usize) -> Vec<f64> {
    let (low, high) = NoisyWave::INTERVAL;
    (0..TEST).step_by(step).map(|i| low + (high - low) * i as f64 / (TEST - 1) as f64).collect()
}

/// Sizes of a family with their median excess error, in order.
fn medians(evidence: &[Evidence<Task, Outcome>], family: Family) -> Vec<(usize, f64)> {
    let fits = || evidence.iter().flat_map(|e| e.task.learners.iter().zip(&e.outcome.fits));
    let members = || fits().filter(move |(learner, _)| learner.family() == family);
    let mut sizes: Vec<usize> = members().map(|(learner, _)| learner.size()).collect();
    sizes.sort_unstable();
    sizes.dedup();
    let middle = |size| {
        let excess: Vec<f64> = members().filter(|(l, _)| l.size() == size).map(|(_, fit)| fit.excess).collect();
        (size, median(&excess))
    };
    sizes.into_iter().map(middle).collect()
}
