//! Training: steps of an update rule in the loop that burn networks train in too.

use std::ops::ControlFlow;

use super::pass::{Block, Room};
use super::products::Layer;
use super::{DenseRisk, Real, TILES, Update, scatter};
use crate::random::Stream;
use crate::training::{Learner, Masks, Trained, Training, TrainingError, accuracy};

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
        let learner = DenseLearner::new(self, training, start, stream)?;
        Ok(training.drive(learner, stream, watch)?.map(|learner| learner.parameters()))
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
    masks: Option<Masks>,
    /// The factors of dropout for the examples of this step, row by row, one list a hidden layer; and those of one block.
    factors: Vec<Vec<F>>,
    tiles: Vec<Vec<F::Tile>>,
}

impl<'a, F: Real> DenseLearner<'a, F> {
    fn new(
        risk: &'a DenseRisk<F>,
        training: &Training,
        start: &[f64],
        stream: &mut Stream,
    ) -> Result<Self, TrainingError> {
        Ok(Self {
            risk,
            parameters: risk.rounded(start)?,
            gradient: vec![F::default(); risk.parameters],
            update: Update::new(training.optimizer, risk.parameters)?,
            block: Block::default(),
            room: risk.passes.room(TILES),
            masks: Masks::of(training, stream)?,
            factors: Vec::new(),
            tiles: Vec::new(),
        })
    }

    /// Draws which hidden units of so many examples are kept.
    fn draw_factors(&mut self, examples: usize) {
        let Some(masks) = &mut self.masks else { return };
        let (_, hidden) = self.risk.passes.layers.split_last().unzip();
        let layer = |layer: &Layer| {
            masks.draw(examples * layer.outputs).into_iter().map(F::from_f64).collect::<Vec<F>>()
        };
        self.factors = hidden.unwrap_or_default().iter().map(layer).collect();
        self.tiles.resize(self.factors.len(), Vec::new());
    }

    /// Adds the gradient of a block, whose first example is number `first` of this step.
    fn add_gradient(&mut self, block: &Block<F::Tile>, first: usize, scale: F) {
        let passes = &self.risk.passes;
        let rows: Vec<usize> = (first..first + block.examples).collect();
        for (factors, (layer, tiles)) in self.factors.iter().zip(passes.layers.iter().zip(&mut self.tiles)) {
            scatter(factors, layer.outputs, &rows, tiles);
        }
        passes.forward(&self.parameters, block, &self.tiles, &mut self.room);
        passes.backward(&self.parameters, block, &self.tiles, &mut self.room, scale, &mut self.gradient);
    }
}

impl<F: Real> Learner for DenseLearner<'_, F> {
    fn examples(&self) -> usize {
        self.risk.examples()
    }

    fn step(mut self, rate: f64, batch: Option<&[usize]>) -> Result<Self, TrainingError> {
        self.gradient.fill(F::default());
        let risk = self.risk;
        let count = batch.map_or(risk.examples(), <[usize]>::len);
        self.draw_factors(count);
        let (size, share) = (DenseRisk::<F>::block_size(), DenseRisk::<F>::share(count));
        match batch {
            None => {
                for (number, block) in risk.blocks.iter().enumerate() {
                    self.add_gradient(block, number * size, share);
                }
            }
            Some(indices) => {
                let mut block = std::mem::take(&mut self.block);
                for (number, part) in indices.chunks(size).enumerate() {
                    risk.gather(part, &mut block);
                    self.add_gradient(&block, number * size, share);
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

    fn parameters(&self) -> Vec<f64> {
        self.parameters.iter().map(|x| x.to_f64()).collect()
    }
}
