//! One draw of the data, and every method on it.

use saddlepoint_models::data::Predictions;
use saddlepoint_models::data::augmentation::{ONE_PIXEL, shifted, smoothed_labels};
use saddlepoint_models::random::Stream;
use saddlepoint_models::training::{Batch, Optimizer, Schedule, Training};

use super::Method::{
    self, Augmentation, DecoupledDecay, Dropout, EarlyStopping, Independent, LabelSmoothing, Nothing, Penalty,
    Snapshots,
};
use super::{MEMBERS, Score};
use crate::claim::Failure;
use crate::noisy_digits::{EXAMPLES, NoisyDigits, full_batch};

/// A number that names it, and the networks that vote.
type Candidate = (f64, Vec<Vec<f64>>);

/// One draw of examples, labels and start, on which all methods are tried.
pub(super) struct Bench<'a> {
    pub(super) digits: NoisyDigits<'a>,
    pub(super) start: Vec<f64>,
    pub(super) steps: usize,
    /// Whether all strengths are tried, or the middle one.
    pub(super) all: bool,
}

impl Bench<'_> {
    /// The strength or the step with the best validation accuracy, the weakest among equals, and its scores.
    pub(super) fn best(&self, method: Method, stream: &mut Stream) -> Result<Score, Failure> {
        let strengths = method.strengths();
        let tried = if self.all { strengths } else { &strengths[strengths.len() / 2..][..1] };
        let mut best: Option<(f64, Score)> = None;
        for &strength in tried {
            for (chosen, members) in self.candidates(method, strength, stream)? {
                let predict = |on| {
                    let each = members.iter().map(|parameters| self.digits.predict(parameters, on));
                    Ok::<_, Failure>(Predictions::mean(&each.collect::<Result<Vec<_>, _>>()?)?)
                };
                let validated = predict(&self.digits.validation)?.accuracy();
                if best.as_ref().is_none_or(|(before, _)| validated > *before) {
                    let found = predict(&self.digits.test)?;
                    let (accuracy, brier) = (found.accuracy(), found.brier());
                    best = Some((validated, Score { method, chosen, accuracy, brier }));
                }
            }
        }
        best.map(|(_, score)| score).ok_or_else(|| "a method without candidates".into())
    }

    /// What one strength leaves to choose from.
    fn candidates(
        &self,
        method: Method,
        strength: f64,
        stream: &mut Stream,
    ) -> Result<Vec<Candidate>, Failure> {
        let Self { digits, start, steps, .. } = self;
        let plain = full_batch(Optimizer::adam(), *steps);
        let one = |trained: Vec<f64>| vec![(strength, vec![trained])];
        let fit = |training: &Training, stream: &mut Stream| {
            Ok::<_, Failure>(one(digits.fit(&digits.train, training, start, stream)?.network))
        };
        Ok(match method {
            Nothing => fit(&plain, stream)?,
            DecoupledDecay => {
                fit(&full_batch(Optimizer::AdamW { weight_decay: strength as f32 }, *steps), stream)?
            }
            Penalty => fit(&full_batch(Optimizer::adam_with_penalty(strength as f32), *steps), stream)?,
            Dropout => fit(&plain.dropout(strength), stream)?,
            EarlyStopping => {
                let trained = digits.fit(&digits.train, &plain.snapshot_every(25), start, stream)?;
                trained.snapshots.into_iter().map(|at| (at.step as f64, vec![at.parameters])).collect()
            }
            LabelSmoothing => {
                let smooth = smoothed_labels(&digits.train, strength)?;
                one(digits.fit(&smooth, &plain, start, stream)?.network)
            }
            Augmentation => {
                let mut all = digits.train.clone();
                for (down, right) in ONE_PIXEL {
                    all = all.concat(&shifted(&digits.train, down, right)?)?;
                }
                one(digits.fit(&all, &plain.batch(Batch::Size(EXAMPLES)), start, stream)?.network)
            }
            Snapshots => {
                let cycle = steps / MEMBERS;
                let schedule = Schedule::CosineRestarts { rate: plain.schedule.initial(), cycle };
                let training = Training { schedule, ..plain }.snapshot_every(cycle);
                let trained = digits.fit(&digits.train, &training, start, stream)?;
                vec![(strength, trained.snapshots.into_iter().map(|at| at.parameters).collect())]
            }
            Independent => {
                let share = steps / MEMBERS;
                let schedule = Schedule::Cosine { rate: plain.schedule.initial(), steps: share };
                let training = Training { schedule, ..full_batch(Optimizer::adam(), share) };
                let mut members = Vec::with_capacity(MEMBERS);
                for _ in 0..MEMBERS {
                    let start = digits.start(stream);
                    members.push(digits.fit(&digits.train, &training, &start, stream)?.network);
                }
                vec![(strength, members)]
            }
        })
    }
}
