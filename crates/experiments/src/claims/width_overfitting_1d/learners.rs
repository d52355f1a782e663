//! What learns in [`super`]: trees, polynomials and networks of growing size.

use nalgebra::DMatrix;
use saddlepoint_models::data::planted::NoisyWave;
use saddlepoint_models::data::{Samples, Targets};
use saddlepoint_models::device::Precision;
use saddlepoint_models::networks::{Activation, Initialization, Mlp};
use saddlepoint_models::random::Stream;
use saddlepoint_models::risk::EmpiricalRisk;
use saddlepoint_models::training::{Limit, Loss, Optimizer, Schedule, Training};
use saddlepoint_theory::estimation::chebyshev::Polynomial;
use saddlepoint_theory::estimation::regression_tree::RegressionTree;
use serde::{Deserialize, Serialize};

use super::EXAMPLES;
use crate::claim::{Failure, Lab};
use crate::sample::mean;

/// Updates of a network.
const STEPS: usize = 3000;

/// How the biases of the hidden layer start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Biases {
    /// At 0: every unit bends at the origin.
    Zero,
    /// Uniform on `±3√2`: units bend all over the interval.
    Spread,
}

/// What learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Learner {
    /// A regression tree of this depth; 0 for a full one.
    Tree(usize),
    /// A polynomial of this degree.
    Polynomial(usize),
    /// A ReLU network with so many units in one hidden layer.
    Wide(usize, Biases),
    /// With so many hidden layers of 64 units.
    Deep(usize),
}

/// Learners that differ by their size only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Tree,
    Polynomial,
    Zero,
    Spread,
    Deep,
}

impl Family {
    pub(super) const ALL: [Self; 5] = [Self::Tree, Self::Polynomial, Self::Zero, Self::Spread, Self::Deep];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Tree => "tree",
            Self::Polynomial => "polynomial",
            Self::Zero => "network, biases at 0",
            Self::Spread => "network, spread biases",
            Self::Deep => "network, 1 and more layers of 64",
        }
    }

    /// How many numbers a learner of a size has; for a tree, the largest number of leaves.
    pub(super) fn parameters(self, size: usize) -> usize {
        match self {
            Self::Tree => EXAMPLES.min(1 << size.min(6)),
            Self::Polynomial => size + 1,
            Self::Zero | Self::Spread => 3 * size + 1,
            Self::Deep => 193 + (size - 1) * 65 * 64,
        }
    }
}

impl Learner {
    pub(super) fn family(self) -> Family {
        match self {
            Self::Tree(_) => Family::Tree,
            Self::Polynomial(_) => Family::Polynomial,
            Self::Wide(_, Biases::Zero) => Family::Zero,
            Self::Wide(_, Biases::Spread) => Family::Spread,
            Self::Deep(_) => Family::Deep,
        }
    }

    /// What orders the members of a family.
    pub(super) fn size(self) -> usize {
        match self {
            // A full tree has at most as many leaves as examples.
            Self::Tree(0) => EXAMPLES,
            Self::Tree(size) | Self::Polynomial(size) | Self::Wide(size, _) | Self::Deep(size) => size,
        }
    }

    pub(super) fn words(self) -> String {
        match self {
            Self::Tree(0) => "until leaves are pure".into(),
            Self::Tree(depth) => format!("depth {depth}"),
            Self::Polynomial(degree) => format!("degree {degree}"),
            Self::Wide(units, _) => format!("{units} units in one layer"),
            Self::Deep(layers) => format!("{layers} layers of 64 units"),
        }
    }

    /// The fit on the grid, and its mean squared error on the sample.
    pub(super) fn fit(
        self,
        samples: &Samples,
        grid: &[f64],
        stream: &mut Stream,
        lab: &Lab,
    ) -> Result<(Vec<f64>, f64), Failure> {
        let Targets::Values(values) = samples.targets() else { return Err("a wave has values".into()) };
        let inputs = samples.inputs();
        let error = |value: &dyn Fn(f64) -> f64| {
            mean(&inputs.iter().zip(values).map(|(&x, y)| (value(x) - y).powi(2)).collect::<Vec<_>>())
        };
        lab.go_on()?;
        let widths: Vec<usize> = match self {
            Self::Tree(depth) => {
                let inputs = DMatrix::from_column_slice(inputs.len(), 1, inputs);
                let tree = RegressionTree::fit(&inputs, values, (depth > 0).then_some(depth))?;
                let value = |x| tree.value(&[x]);
                return Ok((grid.iter().map(|&x| value(x)).collect(), error(&value)));
            }
            Self::Polynomial(degree) => {
                let points: Vec<(f64, f64)> = inputs.iter().copied().zip(values.iter().copied()).collect();
                let polynomial = Polynomial::fit(&points, NoisyWave::INTERVAL, degree)?;
                let value = |x| polynomial.value(x);
                return Ok((grid.iter().map(|&x| value(x)).collect(), error(&value)));
            }
            Self::Wide(units, _) => vec![1, units, 1],
            Self::Deep(layers) => [vec![1], vec![64; layers], vec![1]].concat(),
        };
        let network = Mlp::new(&widths, Activation::Relu)?;
        let mut start = network.draw(Initialization::HeNormal, stream);
        let schedule = if let Self::Wide(units, Biases::Spread) = self {
            // With one input, the biases of the first layer follow as many weights.
            let half = 3.0 * 2f64.sqrt();
            start[units..2 * units].iter_mut().for_each(|bias| *bias = stream.between(-half, half));
            Schedule::Cosine { rate: 5e-3, steps: STEPS }
        } else {
            Schedule::Constant { rate: 1e-3 }
        };
        let training = Training::new(Loss::Squared, Optimizer::adam(), schedule).limit(Limit::Steps(STEPS));
        let engine = lab.engine()?;
        let risk = |samples| EmpiricalRisk::new(&network, samples, Loss::Squared, Precision::F32, &engine);
        let learnt = risk(samples)?;
        let trained = learnt.train_watched(&training, &start, stream, &mut lab.watch())?;
        lab.go_on()?;
        let everywhere = Samples::new(&[1], grid.to_vec(), Targets::Values(vec![0.0; grid.len()]))?;
        Ok((risk(&everywhere)?.outputs(&trained.network)?, learnt.loss(&trained.network)?))
    }
}
