//! Random functions whose smoothness is known: what statements about all smooth functions are tried on.

use nalgebra::DMatrix;
use saddlepoint_landscape::analytic::{Cauchy, Quadratic, SigmoidNeuron};
use saddlepoint_landscape::objective::Objective;
use saddlepoint_models::random::Stream;
use serde::{Deserialize, Serialize};

use crate::claim::Failure;

/// Functions with a known smoothness constant; all but the indefinite ones are nonnegative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// Positive semidefinite quadratic forms in 1 to 8 variables.
    Quadratic,
    /// Quadratic forms of any signature with entries in [−5, 5], unbounded below.
    Indefinite,
    /// Sums of Cauchy losses: not convex.
    Cauchy,
    /// Sigmoid neurons with random data: not convex, with plateaus.
    Neuron,
}

impl Family {
    /// A random function and its smoothness.
    pub(crate) fn draw(self, stream: &mut Stream) -> Result<(Box<dyn Objective>, f64), Failure> {
        let dimension = 1 + stream.index(8);
        Ok(match self {
            Family::Quadratic => {
                let root = DMatrix::from_fn(dimension, dimension, |_, _| stream.between(-5.0, 5.0));
                let gram = &root * root.transpose();
                quadratic((&gram + gram.transpose()) * 0.5)?
            }
            Family::Indefinite => {
                let entries = DMatrix::from_fn(dimension, dimension, |_, _| stream.between(-5.0, 5.0));
                quadratic((&entries + entries.transpose()) * 0.5)?
            }
            Family::Cauchy => (Box::new(Cauchy::new(dimension)?), Cauchy::SMOOTHNESS),
            Family::Neuron => {
                let samples = 1 + stream.index(10);
                let inputs = DMatrix::from_fn(samples, dimension, |_, _| stream.between(-5.0, 5.0));
                let labels = (0..samples).map(|_| stream.uniform()).collect();
                let f = SigmoidNeuron::half_mean_square(&inputs, labels)?;
                let beta = f.smoothness()?;
                (Box::new(f), beta)
            }
        })
    }
}

fn quadratic(hessian: DMatrix<f64>) -> Result<(Box<dyn Objective>, f64), Failure> {
    let f = Quadratic::new(hessian)?;
    let beta = f.smoothness();
    Ok((Box::new(f), beta))
}
