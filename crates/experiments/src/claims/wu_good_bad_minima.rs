//! There are global minima that generalize badly; they are sharper, and random starts do not find them.

use saddlepoint_landscape::sharpness::log_volume;
use saddlepoint_landscape::spectrum::lanczos::{End, Lanczos};
use saddlepoint_models::data::{Samples, Targets};
use saddlepoint_models::device::Precision;
use saddlepoint_models::native::DenseRisk;
use saddlepoint_models::networks::{Activation, Initialization, Mlp};
use saddlepoint_models::random::Stream;
use saddlepoint_models::risk::{EmpiricalRisk, labelled_by};
use saddlepoint_models::training::{Limit, Loss, Optimizer, Schedule, Stop, Training};
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::correlation::spearman;
use crate::dense_risk::RiskHessian;
use crate::figure::{Axis, Figure};
use crate::sample::mean;
use crate::verdict::{Check, Judgement, maximum, minimum};

const DIMENSION: usize = 10;
const CLEAN: usize = 200;
const TEST: usize = 10_000;
/// Hidden units of the teacher.
const TEACHER: usize = 10;
/// Eigenvalues in the volume.
const LARGEST: usize = 50;

/// One task.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Task {
    /// A minimum for the clean examples and so many attacking ones.
    Attacked {
        /// Examples with wrong labels.
        attack: usize,
        /// Seed of data and start.
        seed: u64,
    },
    /// Minima without attack from several starts, on the same data.
    Starts {
        /// How many.
        starts: usize,
        /// Seed of the data.
        seed: u64,
    },
}

/// What a minimum is like, on the clean examples and on new ones.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Outcome {
    /// With its curvature.
    Attacked {
        /// Accuracy on the clean examples.
        clean_accuracy: f64,
        /// Accuracy on new examples.
        test_accuracy: f64,
        /// Loss on the clean examples.
        #[serde(with = "crate::number")]
        clean_loss: f64,
        /// Trace of the Hessian of that loss.
        #[serde(with = "crate::number")]
        trace: f64,
        /// Its largest eigenvalues.
        largest: Vec<f64>,
        /// Largest residual of an eigenpair.
        #[serde(with = "crate::number")]
        residual: f64,
    },
    /// Without.
    Starts {
        /// Accuracies on new examples.
        test_accuracies: Vec<f64>,
    },
}

/// `wu-good-bad-minima`.
pub struct WuGoodBadMinima;

impl Claim for WuGoodBadMinima {
    const CARD: Card = Card {
        id: "wu-good-bad-minima",
        version: 1,
        title: "Global minima that generalize badly exist, are sharper, and are not found from random starts",
        statement: r"A network that fits $K$ examples with wrong labels besides the clean ones is, for the clean examples alone, a
            global minimum of the training loss like any other. The larger $K$, the worse it classifies new examples, and the
            sharper the clean loss is around it: the largest eigenvalue of its Hessian, its trace, and the sum of the logarithms
            of the $50$ largest eigenvalues (minus twice the logarithm of the basin's volume) all grow. Training without an
            attack does not arrive at such minima: their basins are too small.

            Here: $200$ clean examples in $10$ dimensions, ReLU networks $10\to40\to40\to1$, logistic loss down to $0.01$ on all
            examples. The Hessian of the clean loss is exact. Cross entropy flattens as it falls, so the ratio of trace and
            loss is shown too; it grows as well.",
        sources: &[Source {
            citation: "Wu, Zhu, E, Towards understanding generalization of deep learning: perspective of loss landscapes, 2017, \
                       section 3",
            identifier: Some("arXiv:1706.10239"),
        }],
        hypotheses: &[
            "the network can fit clean and attacking examples together",
            "labels are those of a random tanh network with $10$ hidden units, attacking ones are wrong; full batches, Adam at \
             rate $10^{-3}$",
        ],
        kind: Kind::Training,
        tags: &["landscape", "generalization", "sharpness"],
        data: &[],
        network: Some(Precision::F32),
    };

    const NATIVE: bool = true;

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let (attacks, seeds, starts): (&[usize], _, _) = profile.pick(
            (&[0, 100, 400], 2, 2),
            (&[0, 50, 100, 200, 400], 5, 10),
            (&[0, 50, 100, 200, 400], 20, 50),
        );
        (1..=seeds)
            .flat_map(|offset| {
                let seed = seed + offset;
                let attacked = attacks.iter().map(move |&attack| Task::Attacked { attack, seed });
                attacked.chain([Task::Starts { starts, seed }])
            })
            .collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let (&Task::Attacked { seed, .. } | &Task::Starts { seed, .. }) = task;
        let mut stream = Stream::new(seed);
        let world = World::draw(&mut stream)?;
        Ok(match *task {
            Task::Attacked { attack, .. } => {
                let found = world.train(attack, &mut stream, lab)?;
                let clean = DenseRisk::<f64>::new(&world.student, &world.clean, Loss::Logistic)?;
                let hessian = RiskHessian(clean.hessian(&found)?);
                let search = Lanczos::new(End::Largest, LARGEST)?.with_tolerance(1e-6)?;
                let top = search.run(&hessian, &mut || stream.normal())?;
                Outcome::Attacked {
                    clean_accuracy: world.accuracy(&found, &world.clean)?,
                    test_accuracy: world.accuracy(&found, &world.test)?,
                    clean_loss: clean.loss(&found)?,
                    trace: hessian.trace(|| lab.go_on().map_err(Failure::from))?,
                    residual: top.pairs.iter().map(|pair| pair.residual).fold(0.0, maximum),
                    largest: top.values(),
                }
            }
            Task::Starts { starts, .. } => {
                let accuracy = |_| world.accuracy(&world.train(0, &mut stream, lab)?, &world.test);
                Outcome::Starts { test_accuracies: (0..starts).map(accuracy).collect::<Result<_, _>>()? }
            }
        })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let (minima, mut checks) = (minima(evidence), Vec::new());
        let worst = minima.iter().map(|m| m.clean_accuracy).fold(1.0, minimum);
        checks.push(Check::at_least("lowest accuracy on the clean examples", worst, 1.0));
        let residual = minima.iter().map(|m| m.residual / m.largest[0]).fold(0.0, maximum);
        checks.push(Check::at_most("largest residual over the largest eigenvalue", residual, 1e-5));
        let mut attacks: Vec<usize> = minima.iter().map(|m| m.attack).collect();
        attacks.sort_unstable();
        attacks.dedup();
        let mean = |of: fn(&Minimum<'_>) -> f64, attack| {
            mean(&minima.iter().filter(|m| m.attack == attack).map(of).collect::<Vec<_>>())
        };
        let most = attacks.last().copied().unwrap_or(0);
        checks.push(Check::at_most(
            format!("mean accuracy on new examples, K = {most}"),
            mean(|m| m.test_accuracy, most),
            0.45,
        ));
        for pair in attacks.windows(2) {
            let grows = |what: &str, of: fn(&Minimum<'_>) -> f64| {
                let (before, after) = (mean(of, pair[0]), mean(of, pair[1]));
                let measured = format!("{before:.4} to {after:.4}");
                let what = format!("mean {what} from K = {} to {}", pair[0], pair[1]);
                (what, measured, before, after)
            };
            let (what, measured, before, after) = grows("accuracy on new examples", |m| m.test_accuracy);
            checks.push(Check::holds(what, after < before, measured, "falls"));
            for (name, of) in SHARPNESS {
                let (what, measured, before, after) = grows(name, of);
                checks.push(Check::holds(what, after > before, measured, "grows"));
            }
        }
        let pairs: Vec<(f64, f64)> = minima.iter().map(|m| (m.test_accuracy, m.trace.ln())).collect();
        let rank = spearman(&pairs);
        checks.push(Check::at_most("rank correlation of accuracy on new examples and ln trace", rank, -0.8));
        let starts: Vec<f64> = evidence
            .iter()
            .filter_map(|e| match &e.outcome {
                Outcome::Starts { test_accuracies } => Some(test_accuracies),
                Outcome::Attacked { .. } => None,
            })
            .flatten()
            .copied()
            .collect();
        let lowest = starts.iter().copied().fold(f64::INFINITY, minimum);
        let bad = mean(|m| m.test_accuracy, 100);
        let what = format!("lowest accuracy from {} random starts, above the mean at K = 100", starts.len());
        checks.push(Check::at_least(what, lowest, bad));
        let sentence = format!(
            "Minima that fit all clean examples classify from {:.0} down to {:.0} % of new ones; the bad ones are sharper, and random starts give {:.0} % at least.",
            100.0 * mean(|m| m.test_accuracy, 0),
            100.0 * mean(|m| m.test_accuracy, most),
            100.0 * lowest
        );
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let minima = minima(evidence);
        let points = |of: fn(&Minimum<'_>) -> f64| minima.iter().map(move |m| (m.test_accuracy, of(m)));
        vec![
            Figure::new(
                "sharpness",
                "The worse a minimum generalizes, the sharper it is",
                "Every point is a network that classifies all clean examples correctly. Trace, largest eigenvalue, and trace \
                 over loss of the clean loss grow as the accuracy on new examples falls.",
                Axis::linear("accuracy on new examples"),
                Axis::logarithmic("curvature of the clean loss"),
            )
            .points("trace over loss", points(|m| m.trace / m.clean_loss))
            .points("trace", points(|m| m.trace))
            .points("largest eigenvalue", points(|m| m.largest[0])),
            Figure::new(
                "volume",
                "Basins of bad minima are smaller by tens of orders of magnitude",
                "The logarithm of the volume of the basin, from the 50 largest eigenvalues and up to a constant: a random \
                 start ends in a large one.",
                Axis::linear("accuracy on new examples"),
                Axis::linear("ln volume, from 50 eigenvalues"),
            )
            .points("minima", points(|m| log_volume(m.largest).unwrap_or(f64::NAN))),
        ]
    }
}

/// Teacher's data and the student's shape.
struct World {
    student: Mlp,
    teacher: (Mlp, Vec<f64>),
    clean: Samples,
    test: Samples,
}

impl World {
    fn draw(stream: &mut Stream) -> Result<Self, Failure> {
        let teacher = Mlp::new(&[DIMENSION, TEACHER, 2], Activation::Tanh)?;
        let parameters = teacher.draw(Initialization::LecunNormal, stream);
        let teacher = (teacher, parameters);
        let mut samples = |n| labelled(&teacher, n, false, stream);
        let (clean, test) = (samples(CLEAN)?, samples(TEST)?);
        Ok(Self { student: Mlp::new(&[DIMENSION, 40, 40, 1], Activation::Relu)?, teacher, clean, test })
    }

    /// A network from a random start that fits the clean examples and so many wrong ones.
    fn train(&self, attack: usize, stream: &mut Stream, lab: &Lab) -> Result<Vec<f64>, Failure> {
        let start = self.student.draw(Initialization::HeNormal, stream);
        let all = if attack > 0 {
            self.clean.concat(&labelled(&self.teacher, attack, true, stream)?)?
        } else {
            self.clean.clone()
        };
        let training = Training::new(Loss::Logistic, Optimizer::adam(), Schedule::Constant { rate: 1e-3 })
            .limit(Limit::Steps(20_000))
            .stop(Stop::Loss(1e-2));
        let risk = EmpiricalRisk::new(&self.student, &all, Loss::Logistic, Precision::F32, &lab.engine()?)?;
        let trained = risk.train_watched(&training, &start, stream, &mut lab.watch())?;
        lab.go_on()?;
        Ok(trained.network)
    }

    fn accuracy(&self, parameters: &[f64], samples: &Samples) -> Result<f64, Failure> {
        let outputs = DenseRisk::<f64>::new(&self.student, samples, Loss::Logistic)?.outputs(parameters)?;
        let Targets::Values(targets) = samples.targets() else { return Ok(f64::NAN) };
        let right = outputs.iter().zip(targets).filter(|(z, t)| (**z > 0.0) == (**t > 0.5)).count();
        Ok(right as f64 / samples.len() as f64)
    }
}

/// New examples with the teacher's class, or the other one, as 0 or 1.
fn labelled(teacher: &(Mlp, Vec<f64>), n: usize, wrong: bool, stream: &mut Stream) -> Result<Samples, Failure> {
    let samples = labelled_by(&teacher.0, &teacher.1, stream.normals(n * DIMENSION))?;
    let values = samples.labels()?.0.iter().map(|&label| f64::from(u8::from((label == 1) != wrong))).collect();
    Ok(samples.with_targets(Targets::Values(values))?)
}

/// A number that a minimum has.
type Measure = fn(&Minimum<'_>) -> f64;

/// What grows as minima get worse.
const SHARPNESS: [(&str, Measure); 3] = [
    ("largest eigenvalue", |m| m.largest[0]),
    ("trace", |m| m.trace),
    ("sum of the logarithms of 50 eigenvalues", |m| {
        log_volume(m.largest).map_or(f64::NAN, |volume| -2.0 * volume)
    }),
];

/// A minimum with its attack.
struct Minimum<'a> {
    attack: usize,
    clean_accuracy: f64,
    test_accuracy: f64,
    clean_loss: f64,
    trace: f64,
    largest: &'a [f64],
    residual: f64,
}

fn minima(evidence: &[Evidence<Task, Outcome>]) -> Vec<Minimum<'_>> {
    let minimum = |e| match e {
        &Evidence {
            task: Task::Attacked { attack, .. },
            outcome:
                Outcome::Attacked { clean_accuracy, test_accuracy, clean_loss, trace, ref largest, residual },
        } => Some(Minimum { attack, clean_accuracy, test_accuracy, clean_loss, trace, largest, residual }),
        _ => None,
    };
    evidence.iter().filter_map(minimum).filter(|m| !m.largest.is_empty()).collect()
}
