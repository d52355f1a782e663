//! Forward, backward, and both once more along a direction: the passes of a dense network over one block of examples.

use super::outer::add_outer;
use super::products::{Layer, add_linear, affine, pull_back};
use super::real::{Real, Tile};
use super::slopes::{activate, add_bend, each, softmax, times_scaled_slope, times_slope};
use crate::networks::Activation;
use crate::training::Loss;

/// A block of examples as tiles: for each group of examples, all inputs, and all targets.
#[derive(Debug, Clone, Default)]
pub(super) struct Block<T> {
    pub(super) inputs: Vec<T>,
    pub(super) targets: Vec<T>,
    pub(super) examples: usize,
}

/// What the passes over one block leave behind; room made once.
#[derive(Debug, Clone)]
pub(super) struct Room<T> {
    /// Outputs of each layer.
    values: Vec<Vec<T>>,
    /// Derivatives of the loss with respect to each layer's output before the activation.
    deltas: Vec<Vec<T>>,
    /// For products.
    scratch: Vec<T>,
}

/// The derivatives of all that along a direction.
#[derive(Debug, Clone)]
pub(super) struct Slopes<T> {
    /// Of each layer's output before the activation.
    inputs: Vec<Vec<T>>,
    /// Of each layer's output.
    values: Vec<Vec<T>>,
    /// Of the deltas.
    deltas: Vec<Vec<T>>,
    /// For products.
    scratch: Vec<T>,
}

/// The passes of one network.
#[derive(Debug, Clone)]
pub(super) struct Passes {
    pub(super) layers: Vec<Layer>,
    pub(super) activation: Activation,
    pub(super) loss: Loss,
}

impl Passes {
    pub(super) fn inputs(&self) -> usize {
        self.layers[0].inputs
    }

    pub(super) fn outputs(&self) -> usize {
        self.layers[self.layers.len() - 1].outputs
    }

    /// Room for blocks of this many tiles.
    pub(super) fn room<T: Copy + Default>(&self, tiles: usize) -> Room<T> {
        Room { values: self.tiles(tiles), deltas: self.tiles(tiles), scratch: Vec::new() }
    }

    /// Room for derivatives along a direction.
    pub(super) fn slopes<T: Copy + Default>(&self, tiles: usize) -> Slopes<T> {
        Slopes {
            inputs: self.tiles(tiles),
            values: self.tiles(tiles),
            deltas: self.tiles(tiles),
            scratch: Vec::new(),
        }
    }

    fn tiles<T: Copy + Default>(&self, tiles: usize) -> Vec<Vec<T>> {
        self.layers.iter().map(|layer| vec![T::default(); layer.outputs * tiles]).collect()
    }

    /// The network's outputs on a block. Hidden layer `l` is multiplied by `factors[l]`, where there are factors.
    pub(super) fn forward<'a, F: Real>(
        &self,
        parameters: &[F],
        block: &Block<F::Tile>,
        factors: &[Vec<F::Tile>],
        room: &'a mut Room<F::Tile>,
    ) -> &'a [F::Tile] {
        let tiles = block.inputs.len() / self.inputs();
        let last = self.layers.len() - 1;
        for (l, &layer) in self.layers.iter().enumerate() {
            let (before, after) = room.values.split_at_mut(l);
            let x = before.last().map_or(&block.inputs[..], |x| &x[..tiles * layer.inputs]);
            let z = &mut after[0][..tiles * layer.outputs];
            affine(layer, parameters, x, z);
            if l < last {
                activate(self.activation, z);
                if let Some(factors) = factors.get(l) {
                    z.iter_mut()
                        .zip(factors)
                        .for_each(|(z, factor)| *z = z.zip(factor, |z, factor| z * factor));
                }
            }
        }
        &room.values[last][..tiles * self.outputs()]
    }

    /// Adds the gradient of `scale · Σ ℓ` over a block, after [`forward`](Self::forward) on it with the same factors.
    pub(super) fn backward<F: Real>(
        &self,
        parameters: &[F],
        block: &Block<F::Tile>,
        factors: &[Vec<F::Tile>],
        room: &mut Room<F::Tile>,
        scale: F,
        gradient: &mut [F],
    ) {
        let tiles = block.inputs.len() / self.inputs();
        let last = self.layers.len() - 1;
        let end = tiles * self.outputs();
        self.loss_slopes(block, &room.values[last][..end], scale, &mut room.deltas[last][..end]);
        for (l, &layer) in self.layers.iter().enumerate().rev() {
            let (below, here) = room.deltas.split_at_mut(l);
            let delta = &here[0][..tiles * layer.outputs];
            match below.last_mut() {
                None => add_outer(layer, &block.inputs, delta, block.examples, &mut room.scratch, gradient),
                Some(under) => {
                    let (x, under) = (&room.values[l - 1][..], &mut under[..tiles * layer.inputs]);
                    add_outer(layer, &x[..under.len()], delta, block.examples, &mut room.scratch, gradient);
                    under.fill(F::Tile::default());
                    pull_back(layer, parameters, delta, under);
                    match factors.get(l - 1) {
                        None => times_slope(self.activation, x, under),
                        Some(factors) => times_scaled_slope(self.activation, x, factors, under),
                    }
                }
            }
        }
    }

    /// Adds the Hessian of `scale · Σ ℓ` over a block times `direction`, after [`backward`](Self::backward) on it:
    /// the derivative of both passes along the direction.
    ///
    /// # Reference
    /// Pearlmutter 1994, *Fast exact multiplication by the Hessian*.
    #[allow(clippy::too_many_arguments, reason = "what a derivative of a derivative depends on")]
    pub(super) fn curve<F: Real>(
        &self,
        parameters: &[F],
        direction: &[F],
        block: &Block<F::Tile>,
        room: &Room<F::Tile>,
        slopes: &mut Slopes<F::Tile>,
        scale: F,
        product: &mut [F],
    ) {
        let tiles = block.inputs.len() / self.inputs();
        let last = self.layers.len() - 1;
        for (l, &layer) in self.layers.iter().enumerate() {
            let (before, after) = slopes.values.split_at_mut(l);
            let slope = &mut after[0][..tiles * layer.outputs];
            match before.last() {
                None => affine(layer, direction, &block.inputs, slope),
                Some(below) => {
                    let len = tiles * layer.inputs;
                    affine(layer, direction, &room.values[l - 1][..len], slope);
                    add_linear(layer, parameters, &below[..len], slope);
                }
            }
            if l < last {
                slopes.inputs[l][..slope.len()].copy_from_slice(slope);
                times_slope(self.activation, &room.values[l], slope);
            }
        }
        let end = tiles * self.outputs();
        self.loss_curves(
            block,
            &room.values[last][..end],
            &slopes.values[last][..end],
            scale,
            &mut slopes.deltas[last][..end],
        );
        for (l, &layer) in self.layers.iter().enumerate().rev() {
            let (below, here) = slopes.deltas.split_at_mut(l);
            let (delta, slope) = (&room.deltas[l][..tiles * layer.outputs], &here[0][..tiles * layer.outputs]);
            match below.last_mut() {
                None => add_outer(layer, &block.inputs, slope, block.examples, &mut slopes.scratch, product),
                Some(under) => {
                    let len = tiles * layer.inputs;
                    let (x, dx, under) =
                        (&room.values[l - 1][..len], &slopes.values[l - 1][..len], &mut under[..len]);
                    add_outer(layer, x, slope, block.examples, &mut slopes.scratch, product);
                    add_outer(
                        Layer { bias: false, ..layer },
                        dx,
                        delta,
                        block.examples,
                        &mut slopes.scratch,
                        product,
                    );
                    under.fill(F::Tile::default());
                    pull_back(layer, parameters, slope, under);
                    pull_back(layer, direction, delta, under);
                    times_slope(self.activation, x, under);
                    add_bend(self.activation, x, &slopes.inputs[l - 1], &room.deltas[l - 1], under);
                }
            }
        }
    }

    /// The sum of the losses of a block's examples.
    pub(super) fn loss<F: Real>(&self, block: &Block<F::Tile>, outputs: &[F::Tile]) -> f64 {
        let k = self.outputs();
        let mut sum = 0.0;
        for (group, (z, t)) in outputs.chunks_exact(k).zip(block.targets.chunks_exact(k)).enumerate() {
            for lane in 0..F::Tile::LANES.min(block.examples - group * F::Tile::LANES) {
                let pairs =
                    z.iter().zip(t).map(|(z, t)| (z.as_ref()[lane].to_f64(), t.as_ref()[lane].to_f64()));
                sum += match self.loss {
                    Loss::Squared => pairs.map(|(z, t)| (z - t) * (z - t)).sum::<f64>(),
                    Loss::HalfSquared => 0.5 * pairs.map(|(z, t)| (z - t) * (z - t)).sum::<f64>(),
                    Loss::Logistic => {
                        pairs.map(|(z, t)| z.max(0.0) - t * z + (-z.abs()).exp().ln_1p()).sum::<f64>()
                    }
                    Loss::CrossEntropy => {
                        let most = pairs.clone().fold(f64::NEG_INFINITY, |most, (z, _)| most.max(z));
                        let log_sum = pairs.clone().map(|(z, _)| (z - most).exp()).sum::<f64>().ln();
                        pairs.map(|(z, t)| t * (log_sum + most - z)).sum::<f64>()
                    }
                };
            }
        }
        sum
    }

    /// The derivatives of `scale · Σ ℓ` with respect to the outputs; zero where a tile is not filled.
    fn loss_slopes<F: Real>(
        &self,
        block: &Block<F::Tile>,
        outputs: &[F::Tile],
        scale: F,
        slopes: &mut [F::Tile],
    ) {
        let k = self.outputs();
        let groups = outputs.chunks_exact(k).zip(block.targets.chunks_exact(k)).zip(slopes.chunks_exact_mut(k));
        let twice = scale + scale;
        for ((z, t), slope) in groups {
            match self.loss {
                Loss::Squared => each::<F>(slope, z, t, |z, t| (z - t) * twice),
                Loss::HalfSquared => each::<F>(slope, z, t, |z, t| (z - t) * scale),
                Loss::Logistic => each::<F>(slope, z, t, |z, t| (z.logistic() - t) * scale),
                Loss::CrossEntropy => {
                    let mass = softmax::<F>(z, t, slope);
                    for (slope, t) in slope.iter_mut().zip(t) {
                        *slope = slope.zip(&mass, |p, mass| p * mass).zip(t, |p, t| (p - t) * scale);
                    }
                }
            }
        }
        self.blank::<F>(block, slopes);
    }

    /// The derivatives of [`loss_slopes`](Self::loss_slopes) along changes `dz` of the outputs.
    fn loss_curves<F: Real>(
        &self,
        block: &Block<F::Tile>,
        outputs: &[F::Tile],
        dz: &[F::Tile],
        scale: F,
        curves: &mut [F::Tile],
    ) {
        let k = self.outputs();
        let groups = outputs.chunks_exact(k).zip(block.targets.chunks_exact(k)).zip(dz.chunks_exact(k));
        let twice = scale + scale;
        for (((z, t), dz), curve) in groups.zip(curves.chunks_exact_mut(k)) {
            match self.loss {
                Loss::Squared => each::<F>(curve, dz, dz, |dz, _| dz * twice),
                Loss::HalfSquared => each::<F>(curve, dz, dz, |dz, _| dz * scale),
                // σ′(z) = σ(z) σ(−z), without cancellation.
                Loss::Logistic => each::<F>(curve, z, dz, |z, dz| z.logistic() * (-z).logistic() * dz * scale),
                Loss::CrossEntropy => {
                    let mass = softmax::<F>(z, t, curve);
                    let mut mean = F::Tile::default();
                    curve.iter().zip(dz).for_each(|(p, dz)| mean.add_product(p, dz));
                    for (curve, dz) in curve.iter_mut().zip(dz) {
                        let centred = dz.zip(&mean, |dz, mean| dz - mean).zip(&mass, |dz, mass| dz * mass);
                        *curve = curve.zip(&centred, |p, dz| p * dz * scale);
                    }
                }
            }
        }
        self.blank::<F>(block, curves);
    }

    /// Clears the lanes of the last tiles that hold no example.
    fn blank<F: Real>(&self, block: &Block<F::Tile>, outputs: &mut [F::Tile]) {
        let filled = block.examples % F::Tile::LANES;
        if filled > 0 {
            for tile in outputs.iter_mut().rev().take(self.outputs()) {
                tile.as_mut()[filled..].fill(F::default());
            }
        }
    }
}
