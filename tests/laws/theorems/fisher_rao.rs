//! The Fisher-Rao norm is what its definition says: the mean squared derivative of the loss along the parameters, taken
//! here by forward differentiation, which knows nothing of homogeneity.

use proptest::prelude::*;
use saddlepoint_models::random::Stream;
use saddlepoint_rigor::{Interval, IntervalMatrix};
use saddlepoint_theory::bounds;
use saddlepoint_theory::bounds::hypothesis::Violation;
use saddlepoint_theory::bounds::network::{Activation, Operation};
use saddlepoint_theory::capacity::fisher_rao::{FisherRaoError, Homogeneous};
use saddlepoint_theory::capacity::norms::Layers;

/// A number and its derivative in `c`, where the parameters are `c θ`, at `c = 1`.
type Dual = (f64, f64);

/// Networks by their widths, the value and slope of their activation, and a bias that all units have.
struct Network {
    widths: Vec<usize>,
    weights: Vec<Vec<f64>>,
    activation: fn(f64) -> Dual,
    bias: f64,
}

fn relu(z: f64) -> Dual {
    (z.max(0.0), f64::from(z > 0.0))
}

fn tanh(z: f64) -> Dual {
    (z.tanh(), 1.0 - z.tanh().powi(2))
}

impl Network {
    fn drawn(widths: &[usize], seed: u64) -> Self {
        let mut stream = Stream::new(seed);
        let weights = widths.windows(2).map(|d| stream.normals(d[0] * d[1])).collect();
        Self { widths: widths.to_vec(), weights, activation: relu, bias: 0.0 }
    }

    fn outputs(&self, x: &[f64]) -> Vec<Dual> {
        let input = x.iter().map(|&x| (x, 0.0)).collect();
        let last = self.weights.len() - 1;
        self.weights.iter().zip(&self.widths).enumerate().fold(input, |units: Vec<Dual>, (i, (w, &d))| {
            let sum = |row: &[f64]| {
                let terms = row.iter().zip(&units);
                terms.fold((self.bias, self.bias), |(z, dz), (w, (u, du))| (z + w * u, dz + w * u + w * du))
            };
            let activate = |(z, dz): Dual| {
                let (value, slope) = (self.activation)(z);
                if i < last { (value, slope * dz) } else { (z, dz) }
            };
            w.chunks(d).map(sum).map(activate).collect()
        })
    }

    /// The norms by definition: with the labels of the data, with those of the model, and of the squared error with
    /// targets of 0; and by the formula for so many layers.
    fn norms(&self, inputs: &[Vec<f64>], labels: &[usize], layers: usize) -> [(f64, Interval); 3] {
        let rows: Vec<Vec<Dual>> = inputs.iter().map(|x| self.outputs(x)).collect();
        let softmax = |f: &[Dual]| -> Vec<f64> {
            let powers: Vec<f64> = f.iter().map(|f| f.0.exp()).collect();
            powers.iter().map(|p| p / powers.iter().sum::<f64>()).collect()
        };
        // The derivative of −ln p_y = ln Σ exp f − f_y.
        let along = |f: &[Dual], y: usize| softmax(f).iter().zip(f).map(|(p, f)| p * f.1).sum::<f64>() - f[y].1;
        let mean = |square: &dyn Fn(usize) -> f64| {
            ((0..rows.len()).map(square).sum::<f64>() / rows.len() as f64).sqrt()
        };
        let of_data = mean(&|i| along(&rows[i], labels[i]).powi(2));
        let of_model = mean(&|i| {
            let all = softmax(&rows[i]).into_iter().enumerate();
            all.map(|(y, p)| p * along(&rows[i], y).powi(2)).sum()
        });
        let of_squares = mean(&|i| rows[i].iter().map(|f| 2.0 * f.0 * f.1).sum::<f64>().powi(2));
        let values: Vec<f64> = rows.concat().iter().map(|f| f.0).collect();
        let outputs = IntervalMatrix::from_rows(rows.len(), rows[0].len(), values).unwrap();
        let zeros =
            IntervalMatrix::from_rows(rows.len(), rows[0].len(), vec![0.0; rows.concat().len()]).unwrap();
        let formula = Homogeneous::new(&of_depth(layers, Activation::relu())).unwrap();
        [
            (of_data, formula.cross_entropy(&outputs, labels).unwrap()),
            (of_model, formula.cross_entropy_under_model(&outputs).unwrap()),
            (of_squares, formula.squared_error(&outputs, &zeros).unwrap()),
        ]
    }
}

/// A network of so many layers, all that the formula takes of it.
fn of_depth(layers: usize, activation: Activation) -> bounds::network::Network {
    let weights = vec![IntervalMatrix::identity(1).unwrap(); layers];
    bounds::network::Network::new(Layers::new(weights).unwrap(), activation).unwrap()
}

/// Both ways agree but for the rounding of the reference.
fn agree((definition, formula): (f64, Interval)) -> bool {
    let room = 1e-9 * definition.max(1e-3);
    formula.low() - room <= definition && definition <= formula.high() + room
}

fn sample(seed: u64) -> (Vec<Vec<f64>>, Vec<usize>) {
    let mut stream = Stream::new(seed);
    let inputs = (0..5).map(|_| stream.normals(3)).collect();
    (inputs, (0..5).map(|_| stream.index(3)).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn the_formula_is_the_definition(hidden in prop::collection::vec(1usize..6, 0..4), seed in any::<u64>()) {
        let widths = [vec![3], hidden, vec![3]].concat();
        let (inputs, labels) = sample(seed ^ 1);
        let norms = Network::drawn(&widths, seed).norms(&inputs, &labels, widths.len() - 1);
        prop_assert!(norms.into_iter().all(agree), "{norms:?}");
    }

    /// What the norm is made for: it does not see how the scale of a network is shared by its layers.
    #[test]
    fn scale_that_moves_between_layers_is_not_seen(seed in any::<u64>(), e in -8i32..=8) {
        let (inputs, labels) = sample(seed ^ 1);
        let plain = Network::drawn(&[3, 4, 3], seed);
        let mut moved = Network::drawn(&[3, 4, 3], seed);
        moved.weights[0].iter_mut().for_each(|w| *w *= 2f64.powi(e));
        moved.weights[1].iter_mut().for_each(|w| *w *= 2f64.powi(-e));
        let values = |network: &Network| network.norms(&inputs, &labels, 2).map(|(_, formula)| formula);
        prop_assert_eq!(values(&plain), values(&moved));
    }
}

/// Teeth: hidden layers counted for layers (the `L` of the paper), biases, and an activation that is not homogeneous.
/// The two declared violations are refused.
#[test]
fn another_depth_biases_and_other_activations_are_caught() {
    let (inputs, labels) = sample(7);
    let network = || Network::drawn(&[3, 6, 5, 3], 5);
    let caught = |network: Network, layers| {
        network.norms(&inputs, &labels, layers).into_iter().filter(|&norms| !agree(norms)).count()
    };
    assert_eq!(caught(network(), 3), 0);
    assert_eq!(caught(network(), 2), 3);
    assert_eq!(caught(Network { bias: 0.5, ..network() }, 3), 3);
    assert_eq!(caught(Network { activation: tanh, ..network() }, 3), 3);
    let refused = Homogeneous::new(&of_depth(3, Activation::tanh())).unwrap_err();
    assert_eq!(refused, FisherRaoError::Activation("tanh"));
    let one = || Operation::Linear(IntervalMatrix::identity(1).unwrap());
    let biased = vec![one(), Operation::Bias(vec![0.5]), Operation::Activation(Activation::relu()), one()];
    let refused = bounds::network::Network::from_operations(biased).unwrap_err();
    assert_eq!(refused, Violation::Bias { layer: 0, unit: 0, value: 0.5 });
}
