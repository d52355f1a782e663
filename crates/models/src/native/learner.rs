//! Training: steps of an update rule in the loop that burn networks train in too.

use std::ops::ControlFlow;

use super::pass::{Block, Room};
use super::{DenseRisk, Real, TILES, Update};
use crate::random::Stream;
use crate::training::{Learner, Trained, Training, TrainingError, accuracy};

impl<F: Real> DenseRisk<F> {
    /// Trains from a start; `watch` sees the number of each finished step and may end it there.
    ///
    /// # Errors
    /// [`TrainingError`] when settings, start and examples do not fit together, and for adversarial training,
    /// AdaDelta, Shampoo and K-FAC, which only burn networks do.
    pub fn train(
        &self,
        training: &Training,
        start: &[f64],
        stream: &mut Stream,
        watch: &mut dyn FnMut(usize) -> ControlFlow<()>,
    ) -> Result<Trained<Vec<f64>>, TrainingError> {
        if training.adversarial > 0.0 {
            return Err(TrainingError::NotNative("adversarial training"));
        }
        let learner = DenseLearner {
            risk: self,
            parameters: self.rounded(start)?,
            gradient: vec![F::default(); self.parameters],
            update: Update::new(training.optimizer, self.parameters)?,
            block: Block::default(),
            room: self.passes.room(TILES),
        };
        let numbers = |learner: DenseLearner<'_, F>| learner.parameters.iter().map(|x| x.to_f64()).collect();
        Ok(training.drive(learner, stream, watch)?.map(numbers))
    }
}

/// Parameters in training.
#[derive(Debug)]
struct DenseLearner<'a, F: Real> {
    risk: &'a DenseRisk<F>,
    parameters: Vec<F>,
    gradient: Vec<F>,
    update: Update<F>,
    block: Block<F::Tile>,
    room: Room<F::Tile>,
}

impl<F: Real> DenseLearner<'_, F> {
    fn add_gradient(&mut self, block: &Block<F::Tile>, scale: F) {
        let passes = &self.risk.passes;
        passes.forward(&self.parameters, block, &mut self.room);
        passes.backward(&self.parameters, block, &mut self.room, scale, &mut self.gradient);
    }
}

impl<F: Real> Learner for DenseLearner<'_, F> {
    fn examples(&self) -> usize {
        self.risk.examples()
    }

    fn step(mut self, rate: f64, batch: Option<&[usize]>) -> Result<Self, TrainingError> {
        self.gradient.fill(F::default());
        let risk = self.risk;
        match batch {
            None => {
                let share = DenseRisk::<F>::share(risk.examples());
                risk.blocks.iter().for_each(|block| self.add_gradient(block, share));
            }
            Some(indices) => {
                let mut block = std::mem::take(&mut self.block);
                for part in indices.chunks(DenseRisk::<F>::block_size()) {
                    risk.gather(part, &mut block);
                    self.add_gradient(&block, DenseRisk::<F>::share(indices.len()));
                }
                self.block = block;
            }
        }
        self.update.apply(rate, &mut self.parameters, &self.gradient);
        Ok(self)
    }

    fn observe(&mut self) -> Result<(f64, Option<f64>), TrainingError> {
        let (loss, outputs) = self.risk.look(&self.parameters, &mut self.room);
        Ok((loss, self.risk.labels.as_deref().map(|labels| accuracy(&outputs, labels))))
    }

    fn all_finite(&self) -> bool {
        self.parameters.iter().all(|x| x.to_f64().is_finite())
    }
}
