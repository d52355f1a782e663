//! Maurey's argument: units drawn at random, whose mean is the function.

use std::f64::consts::PI;

use super::{Target, Unit, Wave, swing, turn};

impl Target {
    /// The expected squared error of `n` units drawn at random, up to rounding.
    ///
    /// # Formula
    /// $$\mathbb E\lVert f-f(0)-f_n\rVert^2=\frac{\mathbb E\lVert g\rVert^2-\lVert f-f(0)\rVert^2}n,\qquad
    /// \mathbb E\lVert g\rVert^2=V\sum_j\lvert a_j\rvert\int\Bigl\lvert\int_{b_j}^{b_j+\langle w_j,x\rangle}\lvert\sin\theta\rvert\,d\theta\Bigr\rvert\,d\mu(x)$$
    ///
    /// # Reference
    /// Pisier, Remarques sur un résultat non publié de B. Maurey, 1981; Barron 1993, lemma 1.
    pub fn maurey_error(&self, units: usize) -> f64 {
        (self.second_moment() - self.squared_norm()) / units as f64
    }

    /// `E‖g‖²` of one unit drawn at random.
    pub fn second_moment(&self) -> f64 {
        // A unit of wave j is active at a point if its threshold lies between 0 and the point's projection.
        let wave = |j: usize| {
            let start = swing(self.waves[j].phase);
            let way = |(weight, &z): (&f64, &f64)| weight * (swing(turn(self, j, z)) - start).abs();
            self.waves[j].amplitude.abs() * self.weights.iter().zip(&self.projections[j]).map(way).sum::<f64>()
        };
        self.variation() * (0..self.waves.len()).map(wave).sum::<f64>()
    }

    /// A unit drawn from the representation of `f − f(0)` as a mean; nothing if `f` is constant. Two uniform numbers.
    pub fn draw(&self, mut uniform: impl FnMut() -> f64) -> Option<Unit> {
        let (variations, total) = (self.variations(), self.variation());
        let mut rest = uniform() * total;
        let along = uniform();
        let mut moving = variations.iter().enumerate().filter(|(_, part)| **part > 0.0).peekable();
        while let Some((wave, &part)) = moving.next() {
            if rest >= part && moving.peek().is_some() {
                rest -= part;
                continue;
            }
            let (low, high) = (swing(turn(self, wave, -self.radius)), swing(turn(self, wave, self.radius)));
            let angle = swing_inverse(low + along * (high - low));
            let Wave { amplitude, phase, .. } = &self.waves[wave];
            let threshold = (angle - phase) / self.lengths[wave];
            let above = threshold >= 0.0;
            let sign = amplitude.signum() * angle.sin().signum() * if above { -1.0 } else { 1.0 };
            return Some(Unit { wave, threshold, above, height: total * sign });
        }
        None
    }

    /// The squared error of the mean of `n` units drawn at random.
    pub fn maurey(&self, units: usize, mut uniform: impl FnMut() -> f64) -> f64 {
        let mut fitted = vec![0.0; self.values.len()];
        for _ in 0..units {
            let Some(unit) = self.draw(&mut uniform) else { break };
            for (i, fitted) in fitted.iter_mut().enumerate() {
                if self.is_active(&unit, i) {
                    *fitted += unit.height / units as f64;
                }
            }
        }
        self.squared_distance(&fitted)
    }
}

/// The angle up to which the cosine has gone so far.
fn swing_inverse(way: f64) -> f64 {
    let halves = (way / 2.0).floor();
    halves * PI + (1.0 - (way - 2.0 * halves)).clamp(-1.0, 1.0).acos()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inverse_of_the_swing() {
        for i in -400..400 {
            let angle = f64::from(i) * 0.037;
            assert!((swing_inverse(swing(angle)) - angle).abs() < 1e-7, "{angle}");
        }
        assert!((swing(2.5 * PI) - 5.0).abs() < 1e-14 && (swing(-PI) + 2.0).abs() < 1e-14);
    }
}
