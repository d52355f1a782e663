//! Kernel machines that interpolate noisy labels and generalize, and what their norm says about it.

use saddlepoint_models::data::{DataSet, corruption, digits};
use saddlepoint_models::random::Stream;
use saddlepoint_rigor::Interval;
use saddlepoint_theory::bounds::kernel::{complexity, excess_capacity};
use saddlepoint_theory::estimation::kernel_machine::{Kernel, KernelMachine, median_distance};
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::sample_matrix::{accuracy, inputs, one_hot};
use crate::verdict::{Check, Judgement, minimum};

/// The claim `kernel-interpolation`.
pub struct KernelInterpolationClaim;

/// The shape of a kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// `exp(−‖x − z‖/m)` with the median distance `m`.
    Laplace,
    /// `exp(−‖x − z‖²/2s²)` with `s = m/2`.
    Gaussian,
}

/// A kernel with all labels to be interpolated.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    shape: Shape,
    /// Shares of labels that are replaced by random ones.
    corruptions: Vec<f64>,
    seed: u64,
    /// Whether the extreme eigenvalues are computed, which takes longer than all else.
    spectrum: bool,
}

/// What an interpolant of the labels does.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Row {
    corruption: f64,
    /// Accuracy on the labels that it was made of.
    train: f64,
    /// Accuracy on other digits.
    test: f64,
    /// In the space of the kernel.
    squared_norm: f64,
    /// Twice the Rademacher complexity of the ball of this norm.
    rademacher: f64,
}

/// What the kernel is, and its interpolants.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    median: f64,
    extremes: Option<(f64, f64)>,
    rows: Vec<Row>,
}

/// The catalogue's test accuracies and squared norms at these shares of random labels; the Gaussian kernel's norms are printed for
/// the first and the last.
const CORRUPTIONS: [f64; 6] = [0.0, 0.1, 0.25, 0.5, 0.75, 1.0];
const LAPLACE: [(f64, f64); 6] = [
    (0.9862, 358.36769),
    (0.9812, 832.05069),
    (0.9624, 1429.2678),
    (0.8294, 2310.7975),
    (0.4956, 2767.3077),
    (0.0790, 2957.2808),
];
const GAUSSIAN: [(f64, Option<f64>); 6] = [
    (0.9900, Some(365.59158)),
    (0.9322, None),
    (0.8369, None),
    (0.5960, None),
    (0.3262, None),
    (0.0966, Some(8570.8806)),
];

impl Claim for KernelInterpolationClaim {
    const CARD: Card = Card {
        id: "kernel-interpolation",
        version: 2,
        title: "Interpolating noisy labels with a kernel does little harm, and its norm cannot explain why",
        statement: r"The function of least norm through $n$ labelled points in the space of a positive definite kernel fits any labels
            exactly, $f=\sum_i\alpha_ik(x_i,\cdot)$ with $\alpha=K^{-1}y$ and $\lVert f\rVert^2=y^\top K^{-1}y$. On digits it has training
            accuracy $1$ for every share of random labels; with a quarter of them random the Laplace kernel still is right on more than
            $0.93$ of new digits, although it fits all wrong labels.

            The norm grows strictly with the noise, and the bound by the ball of that norm, $2\lVert f\rVert\sqrt{\mathrm{tr}K}/n$, is
            above $1$ for true labels already: what holds for deep networks (the excess capacity) holds for kernel machines.

            Here: $1{,}000$ digits, targets one-hot minus $0.1$; Laplace kernel $e^{-\lVert x-z\rVert/m}$ with the median distance $m$,
            Gaussian kernel of width $m/2$; labels are replaced where a uniform number is below the share.",
        sources: &[
            Source {
                citation: "Belkin, Ma, Mandal, To understand deep learning we need to understand kernel learning, ICML 2018, sections 3 and 4",
                identifier: Some("arXiv:1802.01396"),
            },
            Source {
                citation: "Bartlett and Mendelson, Rademacher and Gaussian complexities, JMLR 3, 2002, lemma 22",
                identifier: None,
            },
        ],
        hypotheses: &["the kernel is positive definite and the inputs are distinct"],
        kind: Kind::Exact,
        tags: &["generalization", "interpolation", "kernel", "digits"],
        data: &[DataSet::Digits],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let task = |shape, corruptions: &[f64], offset| Task {
            shape,
            corruptions: corruptions.to_vec(),
            seed: seed + 31 + offset,
            spectrum: profile != Profile::Smoke && offset == 0,
        };
        let both = [Shape::Laplace, Shape::Gaussian];
        match profile {
            Profile::Smoke => vec![task(Shape::Laplace, &[0.0, 0.25, 1.0], 0)],
            Profile::Quick => both.map(|shape| task(shape, &CORRUPTIONS, 0)).to_vec(),
            Profile::Paper => {
                (0..20).flat_map(|offset| both.map(|shape| task(shape, &CORRUPTIONS, offset))).collect()
            }
        }
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let (train, test) = digits::split()?;
        let (x, unseen) = (inputs(&train), inputs(&test));
        let median = median_distance(&x)?;
        let kernel = match task.shape {
            Shape::Laplace => Kernel::laplace(median)?,
            Shape::Gaussian => Kernel::gaussian(median / 2.0)?,
        };
        lab.go_on()?;
        let machine = KernelMachine::new(kernel, x)?;
        let unseen = machine.kernels(&unseen)?;
        let mut rows = Vec::new();
        for &corruption in &task.corruptions {
            lab.go_on()?;
            let labelled = corruption::random_labels(&train, corruption, &mut Stream::new(task.seed))?;
            let through = machine.fit(&one_hot(&labelled, 0.1)?)?;
            let norm = Interval::point(through.squared_norm())?.sqrt()?;
            rows.push(Row {
                corruption,
                train: accuracy(&through.values(machine.matrix())?, &labelled)?,
                test: accuracy(&through.values(&unseen)?, &test)?,
                squared_norm: through.squared_norm(),
                rademacher: 2.0 * complexity(norm, Interval::point(machine.trace())?, train.len() as u64),
            });
        }
        lab.go_on()?;
        Ok(Outcome { median, extremes: task.spectrum.then(|| machine.extremes()).transpose()?, rows })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let (mut checks, mut sentence) = (Vec::new(), String::new());
        let first = evidence.iter().map(|e| e.task.seed).min();
        for Evidence { task, outcome } in evidence {
            let name = if task.shape == Shape::Laplace { "Laplace" } else { "Gaussian" };
            let known = |corruption: f64| {
                let at = CORRUPTIONS
                    .iter()
                    .position(|known| *known == corruption)
                    .filter(|_| Some(task.seed) == first)?;
                Some(match task.shape {
                    Shape::Laplace => (LAPLACE[at].0, Some(LAPLACE[at].1)),
                    Shape::Gaussian => GAUSSIAN[at],
                })
            };
            if Some(task.seed) == first {
                checks.push(Check::relative(
                    format!("median distance, {name}"),
                    outcome.median,
                    3.082207,
                    2e-7,
                ));
            }
            if let (Shape::Laplace, Some((least, largest))) = (task.shape, outcome.extremes) {
                checks.push(Check::relative("smallest eigenvalue, Laplace", least, 0.133392, 1e-5));
                checks.push(Check::relative("largest eigenvalue, Laplace", largest, 380.867, 1e-5));
            }
            for row in &outcome.rows {
                let name = format!("{name}, {} % random labels, seed {}", 100.0 * row.corruption, task.seed);
                checks.push(Check::equal(format!("training accuracy, {name}"), row.train, 1.0));
                if let Some((test, norm)) = known(row.corruption) {
                    checks.push(Check::absolute(format!("test accuracy, {name}"), row.test, test, 5.1e-5));
                    checks.extend(norm.map(|norm| {
                        Check::relative(format!("squared norm, {name}"), row.squared_norm, norm, 1e-6)
                    }));
                }
                if task.shape == Shape::Laplace && row.corruption == 0.25 {
                    checks.push(Check::at_least(
                        format!("interpolation does no harm: test accuracy, {name}"),
                        row.test,
                        0.93,
                    ));
                }
                if row.corruption == 0.0 {
                    checks.push(Check::at_least(
                        format!("Rademacher term of the ball, {name}"),
                        row.rademacher,
                        1.0,
                    ));
                    if task.shape == Shape::Laplace {
                        checks.push(Check::absolute(
                            format!("the same, {name}, against the catalogue"),
                            row.rademacher,
                            1.197,
                            5.1e-4,
                        ));
                    }
                }
            }
            let growth = outcome.rows.windows(2).map(|pair| pair[1].squared_norm / pair[0].squared_norm);
            checks.push(Check::at_least(
                format!("smallest growth of the squared norm with the noise, {name}, seed {}", task.seed),
                growth.fold(f64::INFINITY, minimum),
                1.0 + 1e-9,
            ));
            if let (Shape::Laplace, [clean, .., random]) = (task.shape, &outcome.rows[..]) {
                let point = |row: &Row| Interval::point(row.squared_norm).ok();
                let excess = point(clean)
                    .zip(point(random))
                    .and_then(|(clean, random)| excess_capacity(clean, random).ok());
                sentence = format!(
                    "Every label is interpolated; random labels take {:.1} times the squared norm of true ones, whose bound is vacuous already.",
                    excess.map_or(f64::NAN, Interval::midpoint)
                );
            }
        }
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let first = evidence.iter().map(|e| e.task.seed).min();
        let mut tests = Figure::new(
            "test",
            "Test error of interpolants of noisy labels",
            "Training error is 0 everywhere. The Laplace kernel's interpolant stays far below the share of wrong labels that it fits, until more than half of them are random.",
            Axis::linear("share of random labels"),
            Axis::linear("test error"),
        );
        let mut norms = Figure::new(
            "norm",
            "What the norm sees of the noise",
            "It grows with every wrong label, and so does the bound by it, which is above 1 (dashed) for the true labels already.",
            Axis::linear("share of random labels"),
            Axis::linear("2‖f‖√(tr K)/n"),
        );
        for e in evidence.iter().filter(|e| Some(e.task.seed) == first) {
            let name = if e.task.shape == Shape::Laplace { "Laplace" } else { "Gaussian" };
            let rows = || e.outcome.rows.iter();
            tests = tests.line(format!("{name} kernel"), rows().map(|row| (row.corruption, 1.0 - row.test)));
            norms = norms.line(format!("{name} kernel"), rows().map(|row| (row.corruption, row.rademacher)));
        }
        vec![
            tests.reference("share of wrong training labels", [(0.0, 0.0), (1.0, 0.9)]),
            norms.reference("vacuous above", [(0.0, 1.0), (1.0, 1.0)]),
        ]
    }
}
