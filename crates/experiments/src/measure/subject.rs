//! A network, its data and its loss: what every instrument is given.

use saddlepoint_curvature::batches::BatchError;
use saddlepoint_curvature::mean_curvature::{LocalShare, MeanCurvature, Opener, Share, share_out};
use saddlepoint_curvature::mean_loss::MeanLoss;
use saddlepoint_curvature::operators::GaussNewton;
use saddlepoint_curvature::peer::{Matrix, Peer, Work};
use saddlepoint_curvature::trace::Traced;
use saddlepoint_models::data::{Collection, Samples, Targets};
use saddlepoint_models::random::Stream;
use saddlepoint_models::training::{Loss, cross_entropy};

use super::model::Model;
use super::structure::Structure;
use crate::claim::{Failure, Interrupted};

/// How a measurement is done, beside what is measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// The loss.
    pub loss: Loss,
    /// Examples at a time: what memory depends on.
    pub batch: usize,
    /// Bytes that may be kept to save work.
    pub memory: usize,
    /// Seed of all random draws.
    pub seed: u64,
    /// The radius of a ball that holds every input that can ever be drawn, if one is known before the data.
    pub radius: Option<f64>,
}

impl Default for Settings {
    /// Cross entropy, 1,000 examples at a time, 1 GiB, seed 0, no radius.
    fn default() -> Self {
        Self { loss: Loss::CrossEntropy, batch: 1000, memory: 1 << 30, seed: 0, radius: None }
    }
}

/// A network at one moment, with what it is measured on.
pub struct Subject<'a> {
    /// The network.
    pub model: &'a dyn Model,
    /// The examples that it was trained on.
    pub train: &'a dyn Collection,
    /// Examples that it has not seen.
    pub test: Option<&'a dyn Collection>,
    /// The network before training, if it is known.
    pub initial: Option<&'a dyn Model>,
    /// How to measure.
    pub settings: Settings,
    /// Asked between pieces of work.
    pub go_on: &'a (dyn Fn() -> Result<(), Interrupted> + Sync),
    /// Told how much of an instrument's work is done, from 0 to 1.
    pub progress: &'a (dyn Fn(f64) + Sync),
    /// Other processes that know the same network and data, and compute shares of curvature; asked for when they are needed.
    pub peers: &'a (dyn Fn() -> Result<Vec<Peer>, Failure> + Sync),
}

impl<'a> Subject<'a> {
    /// A network with its training data; nothing else is known, and nothing interrupts.
    pub fn new(model: &'a dyn Model, train: &'a dyn Collection, settings: Settings) -> Self {
        let (go_on, progress, peers) = (&(|| Ok(())), &(|_| ()), &(|| Ok(Vec::new())));
        Self { model, train, test: None, initial: None, settings, go_on, progress, peers }
    }

    /// Fails if the measurement was interrupted, and tells how much is done.
    ///
    /// # Errors
    /// [`Interrupted`], exactly then.
    pub fn step(&self, done: f64) -> Result<(), Interrupted> {
        (self.progress)(done);
        (self.go_on)()
    }

    /// The parameters.
    pub fn point(&self) -> Vec<f64> {
        self.model.point()
    }

    /// The layers as linear maps.
    ///
    /// # Errors
    /// When they are not known.
    pub fn structure(&self) -> Result<&Structure, Failure> {
        self.model.structure()
    }

    /// A stream of random numbers of its own for each instrument, so that leaving one out changes no other.
    pub fn stream(&self, instrument: &str) -> Stream {
        let name = instrument.bytes().fold(self.settings.seed, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        Stream::new(name)
    }

    /// The number of batches of data.
    pub fn batches(&self, data: &dyn Collection) -> usize {
        data.count().div_ceil(self.settings.batch.max(1))
    }

    /// A batch of data.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn batch(&self, data: &dyn Collection, at: usize) -> Result<Samples, Failure> {
        let size = self.settings.batch.max(1);
        Ok(data.read(at * size..((at + 1) * size).min(data.count()))?)
    }

    /// The mean loss over the training data as a function of the parameters.
    ///
    /// # Errors
    /// When the data cannot be read or the loss cannot be traced.
    pub fn mean_loss(&self) -> Result<MeanLoss<'_>, Failure> {
        Ok(MeanLoss::new(self.batches(self.train), self.settings.memory, |at| self.traced(at))?)
    }

    /// The Hessian of the mean loss over the training data.
    ///
    /// # Errors
    /// As for [`mean_loss`](Self::mean_loss), and when a peer does not answer.
    pub fn hessian(&self, point: &[f64]) -> Result<MeanCurvature<'_>, Failure> {
        self.curvature(Matrix::Hessian, point)
    }

    /// The Gauss-Newton matrix of the mean loss over the training data.
    ///
    /// # Errors
    /// As for [`hessian`](Self::hessian).
    pub fn gauss_newton(&self, point: &[f64]) -> Result<MeanCurvature<'_>, Failure> {
        self.curvature(Matrix::GaussNewton, point)
    }

    fn curvature(&self, matrix: Matrix, point: &[f64]) -> Result<MeanCurvature<'_>, Failure> {
        let (count, peers) = (self.batches(self.train), (self.peers)()?);
        let mut work = share_out(count, 1 + peers.len()).into_iter().map(|batches| Work {
            matrix,
            point: point.to_vec(),
            batches,
        });
        let own = work.next().into_iter().map(|work| Box::new(move || self.share(work)) as Opener<'_>);
        let own: Vec<_> = own.collect();
        let others = peers
            .into_iter()
            .zip(work)
            .map(|(peer, work)| -> Opener<'_> { Box::new(move || Ok(Box::new(peer.share(&work)?))) });
        Ok(MeanCurvature::gather(count, own.into_iter().chain(others).collect())?)
    }

    /// A curvature matrix of some batches, computed here.
    ///
    /// # Errors
    /// As for [`mean_loss`](Self::mean_loss).
    pub fn share(&self, work: Work) -> Result<Box<dyn Share + '_>, BatchError> {
        let Work { matrix, point, batches } = work;
        let memory = self.settings.memory;
        Ok(match matrix {
            Matrix::Hessian => Box::new(LocalShare::new(batches, memory, move |at| {
                let (traced, size) = self.traced(at)?;
                Ok((traced.linearize(&point)?, size))
            })?),
            Matrix::GaussNewton => Box::new(LocalShare::new(batches, memory, move |at| {
                let batch = self.batch(self.train, at)?;
                let outputs = self.model.trace_outputs(&batch)?;
                let loss = self.model.trace_loss_of_outputs(&outputs, &batch, self.settings.loss)?;
                Ok((GaussNewton::new(&outputs, &loss, &point)?, batch.len()))
            })?),
        })
    }

    /// The loss on a batch of the training data, and its number of examples.
    fn traced(&self, at: usize) -> Result<(Traced, usize), Failure> {
        let batch = self.batch(self.train, at)?;
        Ok((self.model.trace_loss(&batch, self.settings.loss)?, batch.len()))
    }
}

/// Outputs of a network on data, with what is asked of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// The outputs, `n × k`.
    pub outputs: Vec<f64>,
    /// The number of outputs.
    pub width: usize,
    /// The targets.
    pub targets: Targets,
    /// The loss of each example.
    pub losses: Vec<f64>,
}

impl Scores {
    /// The outputs of a subject's network on data, batch by batch.
    ///
    /// # Errors
    /// When the data cannot be read, do not fit the network, or outputs overflow.
    pub fn of(subject: &Subject<'_>, data: &dyn Collection) -> Result<Self, Failure> {
        let mut all =
            Self { outputs: Vec::new(), width: 0, targets: Targets::Values(Vec::new()), losses: Vec::new() };
        let count = subject.batches(data);
        for at in 0..count {
            subject.step(at as f64 / count as f64)?;
            let batch = subject.batch(data, at)?;
            let outputs = subject.model.outputs(&batch)?;
            if let Some(wrong) = outputs.iter().position(|output| !output.is_finite()) {
                let example = at * subject.settings.batch + wrong / (outputs.len() / batch.len()).max(1);
                return Err(format!("the network's output on example {example} is not finite").into());
            }
            all.losses.extend(losses(&outputs, &batch, subject.settings.loss)?);
            all.width = outputs.len() / batch.len();
            all.outputs.extend(outputs);
            match (&mut all.targets, batch.targets()) {
                (Targets::Classes { labels, .. }, Targets::Classes { labels: more, .. }) => labels.extend(more),
                (Targets::Values(values), Targets::Values(more)) => values.extend(more),
                (all, first) => *all = first.clone(),
            }
        }
        Ok(all)
    }

    /// The number of examples.
    pub fn len(&self) -> usize {
        self.losses.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.losses.is_empty()
    }

    /// The labels, for classification.
    ///
    /// # Errors
    /// When the targets are values.
    pub fn labels(&self) -> Result<&[usize], Failure> {
        match &self.targets {
            Targets::Classes { labels, .. } => Ok(labels),
            Targets::Values(_) => Err("the targets are values; this needs class labels".into()),
        }
    }

    /// How many examples have their label as the place of the largest output, the first among equals.
    ///
    /// # Errors
    /// When the targets are values.
    pub fn right(&self) -> Result<usize, Failure> {
        Ok(Self::right_of(&self.outputs, self.width, self.labels()?))
    }

    /// The same of any outputs, `n × width`; where they are not finite, an example is wrong.
    pub fn right_of(outputs: &[f64], width: usize, labels: &[usize]) -> usize {
        let best = |row: &[f64]| {
            row.iter().enumerate().fold(0, |best, (at, output)| if *output > row[best] { at } else { best })
        };
        let rows = outputs.chunks_exact(width.max(1)).zip(labels);
        rows.filter(|(row, label)| row.iter().all(|z| z.is_finite()) && best(row) == **label).count()
    }
}

/// The loss of each example.
fn losses(outputs: &[f64], batch: &Samples, loss: Loss) -> Result<Vec<f64>, Failure> {
    let k = outputs.len() / batch.len();
    let rows = outputs.chunks_exact(k.max(1));
    let squared = |factor: f64, values: &[f64]| {
        let distance = |(row, target): (&[f64], &[f64])| {
            factor * row.iter().zip(target).map(|(a, b)| (a - b).powi(2)).sum::<f64>()
        };
        rows.clone().zip(values.chunks_exact(k.max(1))).map(distance).collect::<Vec<f64>>()
    };
    match (loss, batch.targets()) {
        (Loss::CrossEntropy, Targets::Classes { labels, classes }) => {
            if *classes != k {
                return Err(format!("the network has {k} outputs for {classes} classes").into());
            }
            let each = rows.zip(labels).map(|(row, &label)| cross_entropy(row, label));
            each.collect::<Option<_>>()
                .ok_or_else(|| format!("a label is none of the {classes} classes").into())
        }
        (Loss::Squared | Loss::HalfSquared, targets) => {
            let factor = if loss == Loss::Squared { 1.0 } else { 0.5 };
            match targets {
                Targets::Values(values) if values.len() == outputs.len() => Ok(squared(factor, values)),
                Targets::Values(values) => {
                    let found = values.len() / batch.len();
                    Err(format!("the network has {k} outputs for {found} target values").into())
                }
                Targets::Classes { labels, classes } if *classes == k => {
                    let rows: Vec<f64> = labels
                        .iter()
                        .flat_map(|&label| (0..k).map(move |class| f64::from(u8::from(class == label))))
                        .collect();
                    Ok(squared(factor, &rows))
                }
                Targets::Classes { classes, .. } => {
                    Err(format!("the network has {k} outputs for {classes} classes").into())
                }
            }
        }
        _ => Err("cross entropy needs class labels; for values use --loss squared".into()),
    }
}
