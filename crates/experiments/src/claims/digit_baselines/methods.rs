//! The data and the classifiers of [`super`].

use nalgebra::DMatrix;
use saddlepoint_models::data::{DataError, DataSet, Part, Samples, digits};
use saddlepoint_models::device::Precision;
use saddlepoint_models::networks::{Activation, Architecture, Convolutional, Initialization, Mlp, Pooling};
use saddlepoint_models::random::Stream;
use saddlepoint_models::training::{Batch, Examples, Limit, Loss, Optimizer, Schedule, Stop, Training};
use saddlepoint_theory::estimation::kernel_machine::{Kernel, KernelMachine, median_distance};
use saddlepoint_theory::estimation::neighbours::NearestNeighbours;
use serde::{Deserialize, Serialize};

use crate::claim::{Failure, Lab};
use crate::sample_matrix;

/// Networks pass over the examples at most so often.
const EPOCHS: usize = 200;

/// Where digits come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Data {
    /// The embedded digits: 1,000 to learn from, 797 to test on.
    Digits,
    /// MNIST's test part in a fixed random order: so many to learn from, the rest of 10,000 to test on.
    Mnist(usize),
}

/// A classifier, in the order of the printed table: the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Softmax regression: a network of one layer.
    Linear,
    /// The vote of three nearest neighbours.
    Neighbours,
    /// A ReLU network with one hidden layer of 128 units.
    Mlp,
    /// Ridge regression with a Gaussian kernel.
    Kernel,
    /// A convolutional network in the style of LeNet.
    Convolutional,
}

impl Method {
    pub(super) const ALL: [Self; 5] =
        [Self::Linear, Self::Neighbours, Self::Mlp, Self::Kernel, Self::Convolutional];

    pub(super) fn is_network(self) -> bool {
        !matches!(self, Self::Neighbours | Self::Kernel)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Neighbours => "nearest neighbours",
            Self::Mlp => "one hidden layer",
            Self::Kernel => "kernel machine",
            Self::Convolutional => "convolutional",
        }
    }

    /// The error in percent that LeCun et al. print for MNIST, without distortions of the training images.
    pub(super) fn printed(self) -> f64 {
        match self {
            Self::Linear => 12.0,
            Self::Neighbours => 5.0,
            Self::Mlp => 4.7,
            Self::Kernel => 1.4,
            Self::Convolutional => 0.95,
        }
    }
}

impl Data {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Digits => "UCI digits",
            Self::Mnist(_) => "MNIST",
        }
    }

    /// Training and test examples, if they are there.
    pub(super) fn load(self, lab: &Lab) -> Result<Option<(Samples, Samples)>, Failure> {
        match self {
            Self::Digits => Ok(Some(digits::split()?)),
            Self::Mnist(train) => match lab.data().load(DataSet::Mnist, Part::Test) {
                Ok(all) => {
                    let order = Stream::new(2024).permutation(all.len());
                    Ok(Some(all.select(&order)?.split_at(train)?))
                }
                Err(DataError::Missing { .. }) => Ok(None),
                Err(other) => Err(other.into()),
            },
        }
    }
}

impl super::Task {
    /// The classes that the method gives to training and test examples.
    pub(super) fn classify(
        &self,
        train: &Samples,
        test: &Samples,
        lab: &Lab,
    ) -> Result<[Vec<usize>; 2], Failure> {
        let (labels, classes) = train.labels()?;
        let pixels = train.dimension();
        match self.method {
            Method::Neighbours => {
                let columns = DMatrix::from_column_slice(pixels, train.len(), train.inputs());
                let voters = NearestNeighbours::new(columns, labels.to_vec(), 3)?;
                let class = |point: &[f64]| {
                    lab.go_on()?;
                    Ok::<_, Failure>(voters.class(point))
                };
                Ok([
                    train.rows().map(class).collect::<Result<_, _>>()?,
                    test.rows().map(class).collect::<Result<_, _>>()?,
                ])
            }
            Method::Kernel => {
                let points = sample_matrix::inputs(train);
                let kernel = Kernel::gaussian(0.5 * median_distance(&points)?)?;
                let machine = KernelMachine::with_ridge(kernel, points, 1e-3)?;
                let function = machine.fit(&sample_matrix::one_hot(train, (classes as f64).recip())?)?;
                let class = |samples: &Samples| {
                    let mut found = Vec::with_capacity(samples.len());
                    for part in samples.inputs().chunks(100 * pixels) {
                        lab.go_on()?;
                        let part = DMatrix::from_row_slice(part.len() / pixels, pixels, part);
                        found.extend(sample_matrix::classes(&function.values(&machine.kernels(&part)?)?));
                    }
                    Ok::<_, Failure>(found)
                };
                Ok([class(train)?, class(test)?])
            }
            Method::Linear => self.trained(&Mlp::new(&[pixels, classes], Activation::Relu)?, train, test, lab),
            Method::Mlp => {
                self.trained(&Mlp::new(&[pixels, 128, classes], Activation::Relu)?, train, test, lab)
            }
            Method::Convolutional => {
                let network = if self.data == Data::Digits {
                    Convolutional::new(
                        [1, 8, 8],
                        &[(16, 3, 1), (32, 3, 1)],
                        &[64, classes],
                        Activation::Relu,
                        Pooling::Max,
                    )?
                } else {
                    Convolutional::lenet5()?
                };
                self.trained(&network, train, test, lab)
            }
        }
    }

    fn trained<A: Architecture>(
        &self,
        architecture: &A,
        train: &Samples,
        test: &Samples,
        lab: &Lab,
    ) -> Result<[Vec<usize>; 2], Failure> {
        let (device, mut stream) = (lab.device()?, Stream::new(self.seed));
        let network = architecture.init(Initialization::HeNormal, Precision::F32, &device, &mut stream)?;
        let examples = |samples| Examples::new(samples, Precision::F32, &device);
        let training = Training::new(Loss::CrossEntropy, Optimizer::adam(), Schedule::Constant { rate: 3e-3 })
            .batch(Batch::Size(50))
            .limit(Limit::Epochs(EPOCHS))
            .stop(Stop::Accuracy(1.0));
        let learnt = examples(train)?;
        let network = training.run_watched(network, &learnt, &mut stream, &mut lab.watch())?.network;
        lab.go_on()?;
        Ok([learnt.classes(&network)?, examples(test)?.classes(&network)?])
    }
}
