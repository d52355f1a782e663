//! Where trained networks meet PAC-Bayes theory: a normal law over the weights, trained on its own bound.

use std::ops::ControlFlow;

use saddlepoint_models::native::Update;
use saddlepoint_models::random::Stream;
use saddlepoint_models::risk::EmpiricalRisk;
use saddlepoint_models::training::{Loss, Optimizer, Schedule};
use saddlepoint_theory::bounds::dziugaite_roy::{Penalty, PriorGrid};
use saddlepoint_theory::bounds::gaussian::DiagonalGaussian;
use saddlepoint_theory::bounds::split::Split;
use saddlepoint_theory::quantity::Confidence;

use crate::claim::Failure;

/// How the posterior of a stochastic network is trained.
///
/// # Formula
/// Adam on means, logarithms of deviations and the logarithm of the prior's deviation, of `surrogate(w) + √(B/2)`, with one
/// `w = mean + deviation · noise` drawn in each step.
///
/// # Reference
/// Dziugaite and Roy, UAI 2017, section 4.
#[derive(Debug, Clone, Copy)]
pub struct PosteriorTraining {
    /// Steps.
    pub steps: usize,
    /// The first rate; it falls to 0 by a cosine.
    pub rate: f64,
    /// The deviation of all weights at the start.
    pub deviation: f64,
    /// The prior's deviation at the start.
    pub prior_deviation: f64,
    /// How many observations the bound counts.
    pub split: Split,
    /// Its failure probability.
    pub delta: Confidence,
    /// A point of the trajectory is kept every so many steps.
    pub record_every: usize,
}

/// What training leaves behind.
#[derive(Debug, Clone)]
pub struct TrainedPosterior {
    /// The law of the weights.
    pub posterior: DiagonalGaussian,
    /// The logarithm of the prior's deviation, not yet on its grid.
    pub log_deviation: f64,
    /// `(step, surrogate of the network drawn, penalty)`.
    pub trajectory: Vec<(f64, f64, f64)>,
}

impl PosteriorTraining {
    /// Trains from means, with the logistic risk of a network of one output on targets in `{0, 1}`. `watch` sees the number of
    /// each finished step and may end it there.
    ///
    /// # Errors
    /// When the means do not fit the network or the prior, another risk than the logistic one is given, or a number overflows.
    pub fn run(
        &self,
        risk: &EmpiricalRisk,
        grid: &PriorGrid,
        means: Vec<f64>,
        stream: &mut Stream,
        watch: &mut dyn FnMut(usize) -> ControlFlow<()>,
    ) -> Result<TrainedPosterior, Failure> {
        if risk.loss_function() != Loss::Logistic {
            return Err(format!("the surrogate is the logistic loss, not {:?}", risk.loss_function()).into());
        }
        let d = means.len();
        let mut parameters = means;
        parameters.resize(2 * d, self.deviation.ln());
        parameters.push(self.prior_deviation.ln());
        let mut update = Update::<f64>::new(Optimizer::adam(), parameters.len())?;
        let schedule = Schedule::Cosine { rate: self.rate, steps: self.steps };
        let (mut gradient, mut trajectory) = (vec![0.0; parameters.len()], Vec::new());
        for step in 0..self.steps {
            let posterior = DiagonalGaussian::of_logarithms(parameters[..d].to_vec(), &parameters[d..2 * d])?;
            let noise = stream.normals(d);
            let mut of_loss = risk.gradient(&posterior.draw(&noise)?)?;
            // In bits: the surrogate is 1 at margin 0, as an error is.
            of_loss.entries.iter_mut().for_each(|g| *g /= std::f64::consts::LN_2);
            let surrogate = posterior.pull_back(&of_loss.entries, &noise)?;
            let penalty = Penalty::new(&posterior, grid, parameters[2 * d], self.split, self.delta)?;
            let sums = [
                (&surrogate.means, &penalty.posterior.means),
                (&surrogate.log_deviations, &penalty.posterior.log_deviations),
            ];
            let terms = sums.iter().flat_map(|(a, b)| a.iter().zip(*b));
            for (to, (a, b)) in gradient.iter_mut().zip(terms) {
                *to = a + b;
            }
            gradient[2 * d] = penalty.log_deviation;
            if step % self.record_every.max(1) == 0 {
                trajectory.push((step as f64, of_loss.loss / std::f64::consts::LN_2, penalty.value));
            }
            update.apply(schedule.rate(step), &mut parameters, &gradient);
            if watch(step + 1).is_break() {
                break;
            }
        }
        let posterior = DiagonalGaussian::of_logarithms(parameters[..d].to_vec(), &parameters[d..2 * d])?;
        Ok(TrainedPosterior { posterior, log_deviation: parameters[2 * d], trajectory })
    }
}

/// The shares of examples that networks drawn from a posterior put on the wrong side of 0, one number a draw; the positive ones are
/// those whose `labels` are true, and an output of exactly 0 is an error.
///
/// # Errors
/// When the posterior does not fit the network, or there is not one output for each label.
pub fn drawn_errors(
    risk: &EmpiricalRisk,
    labels: &[bool],
    posterior: &DiagonalGaussian,
    draws: usize,
    stream: &mut Stream,
    mut go_on: impl FnMut() -> Result<(), Failure>,
) -> Result<Vec<f64>, Failure> {
    let draw = |_| {
        go_on()?;
        let outputs = risk.outputs(&posterior.draw(&stream.normals(posterior.means().len()))?)?;
        if outputs.len() != labels.len() {
            return Err(format!("{} outputs for {} labels", outputs.len(), labels.len()).into());
        }
        let wrong = outputs
            .iter()
            .zip(labels)
            .filter(|(output, label)| if **label { **output <= 0.0 } else { **output >= 0.0 });
        Ok(wrong.count() as f64 / labels.len() as f64)
    };
    (0..draws).map(draw).collect()
}

#[cfg(test)]
mod tests {
    use saddlepoint_models::data::{Samples, Targets};
    use saddlepoint_models::device::Precision;
    use saddlepoint_models::networks::{Activation, Mlp};
    use saddlepoint_models::risk::Engine;

    use super::*;

    fn line(loss: Loss) -> (EmpiricalRisk, Vec<bool>) {
        let inputs: Vec<f64> = (0..40).map(|i| f64::from(i) / 10.0 - 1.95).collect();
        let labels: Vec<bool> = inputs.iter().map(|x| *x > 0.0).collect();
        let targets = Targets::Values(labels.iter().map(|&label| f64::from(u8::from(label))).collect());
        let samples = Samples::new(&[1], inputs, targets).unwrap();
        let network = Mlp::new(&[1, 1], Activation::Identity).unwrap();
        (EmpiricalRisk::new(&network, &samples, loss, Precision::F64, &Engine::Native).unwrap(), labels)
    }

    fn training() -> PosteriorTraining {
        PosteriorTraining {
            steps: 400,
            rate: 0.05,
            deviation: 0.2,
            prior_deviation: 0.5,
            split: Split::unseen(40).unwrap(),
            delta: Confidence::new(0.025).unwrap(),
            record_every: 10,
        }
    }

    #[test]
    fn what_separates_is_learned_and_its_objective_falls() {
        let (risk, labels) = line(Loss::Logistic);
        let grid = PriorGrid::new(vec![0.0; 2], 1.0, 100.0).unwrap();
        let run = |seed| {
            training()
                .run(&risk, &grid, vec![0.0; 2], &mut Stream::new(seed), &mut |_| ControlFlow::Continue(()))
                .unwrap()
        };
        let trained = run(1);
        assert_eq!(trained.trajectory.len(), 40);
        let objective = |(_, surrogate, penalty): (f64, f64, f64)| surrogate + penalty;
        let of = |points: &[(f64, f64, f64)]| {
            points.iter().copied().map(objective).sum::<f64>() / points.len() as f64
        };
        assert!(of(&trained.trajectory[30..]) < of(&trained.trajectory[..10]));
        let errors =
            drawn_errors(&risk, &labels, &trained.posterior, 200, &mut Stream::new(2), || Ok(())).unwrap();
        assert!(errors.iter().sum::<f64>() / 200.0 < 0.1);
        assert_eq!(run(1).posterior, trained.posterior);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let (risk, labels) = line(Loss::Squared);
        let grid = PriorGrid::new(vec![0.0; 2], 1.0, 100.0).unwrap();
        let mut go_on = |_| ControlFlow::Continue(());
        assert!(training().run(&risk, &grid, vec![0.0; 2], &mut Stream::new(1), &mut go_on).is_err());
        let (risk, _) = line(Loss::Logistic);
        assert!(training().run(&risk, &grid, vec![0.0; 3], &mut Stream::new(1), &mut go_on).is_err());
        let posterior = DiagonalGaussian::new(vec![0.0; 2], vec![1.0; 2]).unwrap();
        assert!(drawn_errors(&risk, &labels[1..], &posterior, 1, &mut Stream::new(1), || Ok(())).is_err());
    }
}
