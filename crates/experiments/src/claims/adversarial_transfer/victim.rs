//! The networks that are attacked.

use saddlepoint_models::data::Samples;
use saddlepoint_models::device::{Device, Precision};
use saddlepoint_models::networks::{
    Activation, Architecture, Convolutional, ConvolutionalNetwork, Initialization, Mlp, MlpNetwork,
};
use saddlepoint_models::parameters;
use saddlepoint_models::random::Stream;
use saddlepoint_models::training::{
    Batch, Examples, Limit, Loss, Optimizer, ProjectedAttack, Schedule, Training,
};
use saddlepoint_theory::regularization::adversarial::LinearClassifier;

use super::Task;
use crate::claim::{Failure, Lab};

const LOSS: Loss = Loss::CrossEntropy;

/// A trained network.
pub(super) enum Victim {
    Dense(MlpNetwork),
    Convolutional(Box<ConvolutionalNetwork>),
}

impl Victim {
    pub(super) fn train(
        index: usize,
        task: &Task,
        train: &Samples,
        device: &Device,
        stream: &mut Stream,
        lab: &Lab,
    ) -> Result<Self, Failure> {
        let inputs = train.dimension();
        let examples = Examples::new(train, Precision::F32, device)?;
        // The linear model and the two perceptrons, then the convolutional network.
        let hidden: [&[usize]; 3] = [&[], &[128], &[512]];
        Ok(if let Some(hidden) = hidden.get(index) {
            let network = Mlp::new(&[&[inputs][..], hidden, &[10]].concat(), Activation::Relu)?;
            Self::Dense(fit(&network, task, &examples, device, stream, lab)?)
        } else {
            let network = if inputs == 64 { Convolutional::digits()? } else { Convolutional::lenet5()? };
            Self::Convolutional(Box::new(fit(&network, task, &examples, device, stream, lab)?))
        })
    }

    pub(super) fn accuracy(&self, on: &Examples) -> Result<f64, Failure> {
        Ok(match self {
            Self::Dense(network) => on.accuracy(network)?,
            Self::Convolutional(network) => on.accuracy(network.as_ref())?,
        })
    }

    pub(super) fn attacked(&self, on: &Examples, attack: ProjectedAttack) -> Examples {
        let (inputs, targets) = (on.inputs(), on.targets());
        on.with_inputs(match self {
            Self::Dense(network) => attack.run(network, &inputs, &targets, LOSS),
            Self::Convolutional(network) => attack.run(network.as_ref(), &inputs, &targets, LOSS),
        })
    }

    /// The fraction of samples whose right answer no change of this size alters, for a linear model.
    pub(super) fn certified(&self, test: &Samples, epsilons: &[f64]) -> Result<Vec<f64>, Failure> {
        let Self::Dense(network) = self else { return Ok(Vec::new()) };
        let (dimension, flat) = (test.dimension(), parameters::flat(network));
        let (labels, classes) = test.labels()?;
        let (columns, biases) = flat.split_at(dimension * classes);
        // Inputs by outputs, as burn keeps them: turned.
        let weights =
            (0..classes).flat_map(|k| (0..dimension).map(move |j| columns[j * classes + k])).collect();
        let classifier = LinearClassifier::new(dimension, weights, biases.to_vec())?;
        let radii = test.rows().zip(labels).map(|(x, &label)| classifier.robustness(x, label));
        let radii: Vec<f64> = radii.collect::<Result<_, _>>()?;
        let safe =
            |epsilon: &f64| radii.iter().filter(|radius| *radius > epsilon).count() as f64 / radii.len() as f64;
        Ok(epsilons.iter().map(safe).collect())
    }
}

fn fit<A: Architecture>(
    architecture: &A,
    task: &Task,
    examples: &Examples,
    device: &Device,
    stream: &mut Stream,
    lab: &Lab,
) -> Result<A::Network, Failure> {
    let network = architecture.init(Initialization::HeNormal, Precision::F32, device, stream)?;
    let training = Training::new(LOSS, Optimizer::adam(), Schedule::Constant { rate: 1e-3 })
        .batch(Batch::Size(100))
        .limit(Limit::Epochs(task.epochs));
    let trained = training.run_watched(network, examples, stream, &mut lab.watch())?;
    lab.go_on()?;
    Ok(trained.network)
}
