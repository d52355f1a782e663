//! Second derivatives: the Hessian of a risk at one point, as products.

use super::pass::{Block, Room, Slopes};
use super::{DenseRisk, Real, TILES};
use crate::parameters::LengthMismatch;
use crate::training::TrainingError;

impl<F: Real> DenseRisk<F> {
    /// The Hessian at these parameters, as products with vectors.
    ///
    /// # Errors
    /// When the parameters do not fit the network or are not finite.
    pub fn hessian(&self, parameters: &[f64]) -> Result<DenseHessian<'_, F>, TrainingError> {
        let parameters = self.rounded(parameters)?;
        let mut ignored = vec![F::default(); self.parameters];
        let evaluate = |block: &Block<F::Tile>| {
            let mut room = self.passes.room(block.inputs.len() / self.passes.inputs());
            self.passes.forward(&parameters, block, &[], &mut room);
            let share = Self::share(self.examples());
            self.passes.backward(&parameters, block, &[], &mut room, share, &mut ignored);
            room
        };
        let rooms = self.blocks.iter().map(evaluate).collect();
        Ok(DenseHessian { risk: self, parameters, rooms })
    }
}

/// The Hessian of a [`DenseRisk`] at one point, with everything that its products share.
#[derive(Debug, Clone)]
pub struct DenseHessian<'a, F: Real> {
    risk: &'a DenseRisk<F>,
    parameters: Vec<F>,
    rooms: Vec<Room<F::Tile>>,
}

impl<F: Real> DenseHessian<'_, F> {
    /// Its order.
    pub fn dimension(&self) -> usize {
        self.parameters.len()
    }

    /// Writes the product with a vector, computed exactly up to rounding.
    ///
    /// # Errors
    /// [`LengthMismatch`] where the vectors do not have the Hessian's order.
    pub fn product(&self, vector: &[f64], product: &mut [f64]) -> Result<(), LengthMismatch> {
        let expected = self.dimension();
        if let Some(found) = [vector.len(), product.len()].into_iter().find(|&len| len != expected) {
            return Err(LengthMismatch { expected, found });
        }
        let direction: Vec<F> = vector.iter().map(|&x| F::from_f64(x)).collect();
        let mut sum = vec![F::default(); expected];
        let DenseRisk { passes, blocks, .. } = self.risk;
        let mut slopes: Slopes<F::Tile> = passes.slopes(TILES);
        let share = DenseRisk::<F>::share(self.risk.examples());
        for (block, room) in blocks.iter().zip(&self.rooms) {
            passes.curve(&self.parameters, &direction, block, room, &mut slopes, share, &mut sum);
        }
        product.iter_mut().zip(sum).for_each(|(to, from)| *to = from.to_f64());
        Ok(())
    }
}
