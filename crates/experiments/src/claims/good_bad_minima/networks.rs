//! The networks of [`super`], trained: those of its table, and poisoned ones.

use saddlepoint_landscape::spectrum::lanczos::{End, Lanczos};
use saddlepoint_models::data::planted::Circles;
use saddlepoint_models::data::{Samples, Targets};
use saddlepoint_models::device::Precision;
use saddlepoint_models::native::DenseRisk;
use saddlepoint_models::networks::{Activation, Initialization, Mlp};
use saddlepoint_models::random::Stream;
use saddlepoint_models::risk::EmpiricalRisk;
use saddlepoint_models::training::{Limit, Loss, Optimizer, Schedule, Training};

use super::{Outcome, Poisoned, RATE, Start, Task};
use crate::claim::{Failure, Lab};
use crate::dense_risk::RiskHessian;
use crate::verdict::{maximum, minimum};

const EXAMPLES: usize = 30;
const TEST: usize = 2000;
const CIRCLES: Circles<2> = Circles { radii: [1.0, 0.5], noise: 0.08 };
/// Units of a hidden layer of a poisoned network.
const POISONED: usize = 128;
/// For how long descent goes on from a poisoned start: rate times steps.
const TIME: f64 = 100.0;

/// Trains the network of a task.
pub(super) fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
    let (&Task::Table { seed, .. } | &Task::Poisoned { seed, .. }) = task;
    let mut stream = Stream::new(seed);
    let clean = CIRCLES.samples(EXAMPLES, &mut stream)?;
    let test = CIRCLES.samples(TEST, &mut stream)?;
    let (width, initialization) = match *task {
        Task::Table { start, width, .. } => (width, start.initialization()),
        Task::Poisoned { .. } => (POISONED, Initialization::HeNormal),
    };
    let network = Mlp::new(&[2, width, width, 2], Activation::Relu)?;
    let engine = lab.engine()?;
    let risk = |samples| EmpiricalRisk::new(&network, samples, Loss::CrossEntropy, Precision::F32, &engine);
    let (learnt, new) = (risk(&clean)?, risk(&test)?);
    let start = network.draw(initialization, &mut stream);
    let mut train = |on: &EmpiricalRisk, start: &[f64], optimizer, rate, steps, every| {
        let training = Training::new(Loss::CrossEntropy, optimizer, Schedule::Constant { rate })
            .limit(Limit::Steps(steps))
            .record_every(every);
        let trained = on.train_watched(&training, start, &mut stream, &mut lab.watch())?;
        lab.go_on()?;
        Ok::<_, Failure>(trained)
    };
    let (end, poisoned) = match *task {
        Task::Table { start: Start::Pytorch, .. } => {
            (train(&learnt, &start, Optimizer::adam(), 1e-2, 1000, 0)?.network, None)
        }
        Task::Table { .. } => (train(&learnt, &start, Optimizer::sgd(), RATE, 3000, 0)?.network, None),
        Task::Poisoned { wrong, .. } => {
            let mut draws = Stream::new(seed).split();
            let all = risk(&poisoned(&clean, wrong, &mut draws)?)?;
            let bad = train(&all, &start, Optimizer::adam(), 1e-3, 6000, 0)?.network;
            let exact = DenseRisk::<f64>::new(&network, &clean, Loss::CrossEntropy)?;
            let search = Lanczos::new(End::Largest, 1)?.with_tolerance(1e-3)?;
            let top = search.run(&RiskHessian(exact.hessian(&bad)?), &mut || draws.normal())?.pairs[0].clone();
            lab.go_on()?;
            let mut descend = |rate: f64| {
                let steps = (TIME / rate).ceil() as usize;
                train(&learnt, &bad, Optimizer::sgd(), rate, steps, 1)
            };
            let fast = descend(RATE)?;
            let stable = minimum(RATE, top.value.recip());
            let way = if stable < RATE { descend(stable)? } else { fast.clone() };
            let before = Poisoned {
                test: new.accuracy(&bad)?,
                loss: exact.loss(&bad)?,
                top: top.value,
                residual: top.residual,
                highest: fast.trajectory.iter().map(|point| point.loss).fold(0.0, maximum),
                thrown: new.accuracy(&fast.network)?,
            };
            (way.network, Some(before))
        }
    };
    Ok(Outcome { train: learnt.accuracy(&end)?, loss: learnt.loss(&end)?, test: new.accuracy(&end)?, poisoned })
}

impl Start {
    fn initialization(self) -> Initialization {
        match self {
            Self::Glorot => Initialization::GlorotUniform,
            Self::Pytorch => Initialization::PytorchDefault,
            Self::He => Initialization::HeNormal,
        }
    }
}

/// The clean points and new ones with the other label.
fn poisoned(clean: &Samples, wrong: usize, stream: &mut Stream) -> Result<Samples, Failure> {
    if wrong == 0 {
        return Ok(clean.clone());
    }
    let new = CIRCLES.samples(wrong, stream)?;
    let (labels, classes) = new.labels()?;
    let labels = labels.iter().map(|label| 1 - label).collect();
    Ok(clean.concat(&new.with_targets(Targets::Classes { labels, classes })?)?)
}
