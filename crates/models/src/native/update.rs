//! The update rules on plain numbers: the same arithmetic as burn's, in the same order.

use super::Real;
use crate::training::{Optimizer, TrainingError};

/// An update rule with the moments that it keeps.
#[derive(Debug, Clone)]
pub struct Update<F> {
    rule: Optimizer,
    first: Vec<F>,
    second: Vec<F>,
    time: i32,
}

impl<F: Real> Update<F> {
    /// A rule that has seen no gradient yet.
    ///
    /// # Errors
    /// [`TrainingError::NotNative`] for rules that only burn networks know.
    pub fn new(rule: Optimizer, parameters: usize) -> Result<Self, TrainingError> {
        let moments = |kept: bool| vec![F::default(); if kept { parameters } else { 0 }];
        let (first, second) = match rule {
            Optimizer::Sgd { momentum, .. } => (moments(momentum != 0.0), moments(false)),
            Optimizer::Adam { .. } | Optimizer::AdamW { .. } => (moments(true), moments(true)),
            Optimizer::RmsProp { .. } | Optimizer::AdaGrad { .. } => (moments(false), moments(true)),
            Optimizer::AdaDelta { .. } => return Err(TrainingError::NotNative("AdaDelta")),
            Optimizer::Shampoo { .. } => return Err(TrainingError::NotNative("Shampoo")),
            Optimizer::Kfac { .. } => return Err(TrainingError::NotNative("K-FAC")),
        };
        Ok(Self { rule, first, second, time: 0 })
    }

    /// One step at this rate.
    pub fn apply(&mut self, rate: f64, parameters: &mut [F], gradient: &[F]) {
        self.time = self.time.saturating_add(1);
        let (rate, of) = (F::from_f64(rate), |x: f32| F::from_f64(f64::from(x)));
        let all = parameters.iter_mut().zip(gradient);
        match self.rule {
            Optimizer::Sgd { momentum: 0.0, weight_decay } => {
                let decay = of(weight_decay);
                all.for_each(|(p, g)| *p -= (*p * decay + *g) * rate);
            }
            Optimizer::Sgd { momentum, weight_decay } => {
                let (momentum, decay) = (of(momentum), of(weight_decay));
                for ((p, g), v) in all.zip(&mut self.first) {
                    *v = (*p * decay + *g) + *v * momentum;
                    *p -= *v * rate;
                }
            }
            Optimizer::Adam { beta1, beta2, epsilon, weight_decay } => {
                // The corrections in f32, as burn has them.
                let root = (1.0 - beta2.powi(self.time)).sqrt();
                let (factor, epsilon) = (of(root / (1.0 - beta1.powi(self.time))), of(epsilon * root));
                if weight_decay == 0.0 {
                    self.moments(beta1, beta2, gradient);
                } else {
                    let decay = of(weight_decay);
                    let penalized: Vec<F> = all.map(|(p, g)| *p * decay + *g).collect();
                    self.moments(beta1, beta2, &penalized);
                }
                for (p, (m, v)) in parameters.iter_mut().zip(self.first.iter().zip(&self.second)) {
                    *p -= *m * factor / (v.sqrt() + epsilon) * rate;
                }
            }
            Optimizer::AdamW { weight_decay } => {
                let Optimizer::Adam { beta1, beta2, epsilon, .. } = Optimizer::adam() else { return };
                let (one, two) = (of(1.0 - beta1.powi(self.time)), of(1.0 - beta2.powi(self.time)));
                let keep = F::from_f64(1.0 - rate.to_f64() * f64::from(weight_decay));
                self.moments(beta1, beta2, gradient);
                for (p, (m, v)) in parameters.iter_mut().zip(self.first.iter().zip(&self.second)) {
                    *p = *p * keep - *m / one / ((*v / two).sqrt() + of(epsilon)) * rate;
                }
            }
            Optimizer::RmsProp { alpha, epsilon } => {
                let (keep, take, epsilon) = (of(alpha), of(1.0 - alpha), of(epsilon));
                for ((p, g), v) in all.zip(&mut self.second) {
                    *v = *v * keep + *g * *g * take;
                    *p -= *g / (v.sqrt() + epsilon) * rate;
                }
            }
            Optimizer::AdaGrad { epsilon } => {
                let epsilon = of(epsilon);
                for ((p, g), sum) in all.zip(&mut self.second) {
                    *sum += *g * *g;
                    *p -= *g / (sum.sqrt() + epsilon) * rate;
                }
            }
            // Refused when the rule is made.
            Optimizer::AdaDelta { .. } | Optimizer::Shampoo { .. } | Optimizer::Kfac { .. } => {}
        }
    }

    /// Adam's running means of the gradient and of its square.
    fn moments(&mut self, beta1: f32, beta2: f32, gradient: &[F]) {
        let of = |x: f32| F::from_f64(f64::from(x));
        let (keep1, take1) = (of(beta1), of(1.0 - beta1));
        let (keep2, take2) = (of(beta2), of(1.0 - beta2));
        for (g, (m, v)) in gradient.iter().zip(self.first.iter_mut().zip(&mut self.second)) {
            *m = *m * keep1 + *g * take1;
            *v = *v * keep2 + *g * *g * take2;
        }
    }
}
