//! The native path of `saddlepoint_models::native`: what it computes is what burn computes.

use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;
use saddlepoint_models::data::{Samples, Targets};
use saddlepoint_models::device::{Backend, Device, Precision};
use saddlepoint_models::native::DenseRisk;
use saddlepoint_models::networks::{Activation, Architecture, Initialization, Mlp};
use saddlepoint_models::parameters;
use saddlepoint_models::random::Stream;
use saddlepoint_models::risk::{EmpiricalRisk, Engine};
use saddlepoint_models::training::{
    Batch, Ended, Limit, Loss, Optimizer, Schedule, Stop, Trained, Training, TrainingError,
};

const LOSSES: [Loss; 4] = [Loss::CrossEntropy, Loss::Squared, Loss::HalfSquared, Loss::Logistic];
const ACTIVATIONS: [Activation; 4] =
    [Activation::Identity, Activation::Relu, Activation::Sigmoid, Activation::Tanh];

/// Every optimizer, with a rate at which the parameters of a small network stay of order one.
fn optimizers() -> Vec<(Optimizer, f64)> {
    vec![
        (Optimizer::sgd(), 0.1),
        (Optimizer::Sgd { momentum: 0.9, weight_decay: 0.01 }, 0.02),
        (Optimizer::adam(), 0.01),
        (Optimizer::adam_with_penalty(0.1), 0.01),
        (Optimizer::AdamW { weight_decay: 0.1 }, 0.01),
        (Optimizer::rms_prop(), 0.003),
        (Optimizer::ada_grad(), 0.05),
    ]
}

/// Normal inputs with one-hot targets, which every loss accepts; `n` fills no tile exactly.
fn samples(n: usize, inputs: usize, outputs: usize, stream: &mut Stream) -> Samples {
    let mut targets = vec![0.0; n * outputs];
    (0..n).for_each(|row| targets[row * outputs + stream.index(outputs)] = 1.0);
    Samples::new(&[inputs], stream.normals(n * inputs), Targets::Values(targets)).unwrap()
}

fn engines() -> [Engine; 2] {
    [Engine::Native, Engine::Burn(Device::open(Backend::default()).unwrap())]
}

fn largest(numbers: impl Iterator<Item = f64>) -> f64 {
    numbers.map(f64::abs).fold(0.0, f64::max)
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    largest(a.iter().zip(b).map(|(a, b)| a - b))
}

/// 50 steps of each rule on each loss: the parameters of both paths part by rounding only.
#[test]
fn native_and_burn_train_alike() {
    for precision in [Precision::F64, Precision::F32] {
        for (number, (optimizer, rate)) in optimizers().into_iter().enumerate() {
            for loss in LOSSES {
                let batch = if number % 2 == 0 { Batch::Size(24) } else { Batch::Full };
                let network = Mlp::new(&[3, 7, 5, 2], ACTIVATIONS[2 + number % 2]).unwrap();
                let mut stream = Stream::new(number as u64);
                let samples = samples(75, 3, 2, &mut stream);
                let start = network.draw(Initialization::GlorotNormal, &mut stream);
                let schedule = Schedule::Cosine { rate, steps: 60 };
                let training = Training::new(loss, optimizer, schedule)
                    .batch(batch)
                    .limit(Limit::Steps(50))
                    .record_every(5);
                let ends: Vec<Trained<Vec<f64>>> = engines()
                    .iter()
                    .map(|engine| {
                        let risk = EmpiricalRisk::new(&network, &samples, loss, precision, engine).unwrap();
                        risk.train(&training, &start, &mut stream.clone()).unwrap()
                    })
                    .collect();
                // Adam divides by roots of second moments, which for a small entry of the gradient magnifies its
                // rounding error; 1,000 units in the last place are far below what a wrong formula does.
                let unit = if precision == Precision::F64 { f64::EPSILON } else { f64::from(f32::EPSILON) };
                let apart = distance(&ends[0].network, &ends[1].network);
                assert!(apart <= 1000.0 * unit, "{precision} {optimizer:?} {loss:?}: {apart:e}");
                assert!(distance(&ends[0].network, &start) > 1e-3, "{optimizer:?} {loss:?} does not move");
                let losses =
                    |end: &Trained<Vec<f64>>| end.trajectory.iter().map(|p| p.loss).collect::<Vec<_>>();
                assert!(distance(&losses(&ends[0]), &losses(&ends[1])) <= 1000.0 * unit);
                assert_eq!(ends[0].ended, Ended::Limit);
            }
        }
    }
}

/// Masks are drawn alike, and unlike those of another stream.
#[test]
fn native_and_burn_drop_the_same_units() {
    for (number, activation) in ACTIVATIONS.into_iter().enumerate() {
        let batch = if number % 2 == 0 { Batch::Size(24) } else { Batch::Full };
        let network = Mlp::new(&[3, 7, 5, 2], activation).unwrap();
        let mut stream = Stream::new(number as u64);
        let samples = samples(300, 3, 2, &mut stream);
        let start = network.draw(Initialization::GlorotNormal, &mut stream);
        let training = Training::new(Loss::CrossEntropy, Optimizer::sgd(), Schedule::Constant { rate: 0.1 })
            .batch(batch)
            .dropout(0.4)
            .snapshot_every(7)
            .limit(Limit::Steps(30));
        let train = |engine: &Engine, training: &Training, seed: u64| {
            let risk =
                EmpiricalRisk::new(&network, &samples, Loss::CrossEntropy, Precision::F64, engine).unwrap();
            risk.train(training, &start, &mut Stream::new(seed)).unwrap()
        };
        let [native, burn] = engines().map(|engine| train(&engine, &training, 9));
        let apart = distance(&native.network, &burn.network);
        assert!(apart <= 1000.0 * f64::EPSILON, "{activation:?}: {apart:e}");
        assert_eq!(native.snapshots.iter().map(|at| at.step).collect::<Vec<_>>(), [7, 14, 21, 28]);
        for (one, other) in native.snapshots.iter().zip(&burn.snapshots) {
            assert!(distance(&one.parameters, &other.parameters) <= 1000.0 * f64::EPSILON);
        }
        // Teeth: other masks and no masks lead elsewhere.
        for other in [train(&Engine::Native, &training, 10), train(&Engine::Native, &training.dropout(0.0), 9)]
        {
            assert!(distance(&native.network, &other.network) > 1e-3, "{activation:?}");
        }
    }
    let network = Mlp::new(&[3, 2], Activation::Relu).unwrap();
    let samples = samples(10, 3, 2, &mut Stream::new(1));
    let training = Training::new(Loss::Squared, Optimizer::sgd(), Schedule::Constant { rate: 0.1 });
    for engine in engines() {
        let risk = EmpiricalRisk::new(&network, &samples, Loss::Squared, Precision::F64, &engine).unwrap();
        for rate in [1.0, -0.1, f64::NAN] {
            let refused =
                risk.train(&training.dropout(rate), &vec![0.0; network.parameters()], &mut Stream::new(1));
            assert!(matches!(refused, Err(TrainingError::Dropout(_))));
        }
    }
}

#[test]
fn the_same_stream_draws_the_same_network() {
    let device = Device::open(Backend::default()).unwrap();
    for initialization in [Initialization::PytorchDefault, Initialization::HeNormal] {
        for network in [
            Mlp::new(&[3, 4, 2], Activation::Relu).unwrap(),
            Mlp::new(&[5, 1], Activation::Tanh).unwrap().without_bias(),
        ] {
            let (mut one, mut other) = (Stream::new(5), Stream::new(5));
            let burn = network.init(initialization, Precision::F64, &device, &mut one).unwrap();
            assert_eq!(parameters::flat(&burn), network.draw(initialization, &mut other));
            assert_eq!(network.parameters(), parameters::flat(&burn).len());
            assert_eq!(one, other);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Losses, outputs, accuracies and gradients of random networks, across tile and block sizes.
    #[test]
    fn both_paths_see_the_same_function(
        seed in 0..1000u64, n in 1..300usize, width in 1..10usize, loss in 0..4usize, activation in 0..4usize, bias in any::<bool>()
    ) {
        let (loss, mut stream) = (LOSSES[loss], Stream::new(seed));
        let network = Mlp::new(&[3, width, width + 1, 2], ACTIVATIONS[activation]).unwrap();
        let network = if bias { network } else { network.without_bias() };
        let labels: Vec<usize> = (0..n).map(|_| stream.index(2)).collect();
        let samples = Samples::new(&[3], stream.normals(3 * n), Targets::Classes { labels, classes: 2 }).unwrap();
        let point = stream.normals(network.parameters());
        let [native, burn] = engines().map(|engine| EmpiricalRisk::new(&network, &samples, loss, Precision::F64, &engine).unwrap());
        let (a, b) = (native.gradient(&point).unwrap(), burn.gradient(&point).unwrap());
        // Residuals and losses near 0 are differences of numbers near 1, whose rounding does not shrink with them.
        let scale = largest(b.entries.iter().copied()).max(b.loss).max(1e-2);
        prop_assert!(distance(&a.entries, &b.entries) <= 1e-12 * scale);
        prop_assert!((a.loss - b.loss).abs() <= 1e-12 * b.loss.max(1e-2) && a.loss == native.loss(&point).unwrap());
        let (a, b) = (native.outputs(&point).unwrap(), burn.outputs(&point).unwrap());
        prop_assert!(distance(&a, &b) <= 1e-12 * largest(b.iter().copied()));
        prop_assert_eq!(native.accuracy(&point).unwrap(), burn.accuracy(&point).unwrap());
    }

    /// Hessian products against differences of gradients, where the network is smooth.
    #[test]
    fn hessian_products_are_derivatives_of_gradients(seed in 0..1000u64, n in 1..200usize, loss in 0..4usize, activation in 2..4usize) {
        let (loss, mut stream) = (LOSSES[loss], Stream::new(seed));
        let network = Mlp::new(&[2, 5, 3, 2], ACTIVATIONS[activation]).unwrap();
        let risk = DenseRisk::<f64>::new(&network, &samples(n, 2, 2, &mut stream), loss).unwrap();
        let (point, vector) = (stream.normals(risk.parameters()), stream.normals(risk.parameters()));
        let mut product = vec![0.0; point.len()];
        risk.hessian(&point).unwrap().product(&vector, &mut product).unwrap();
        let h = 1e-5;
        let moved = |t: f64| {
            let point: Vec<f64> = point.iter().zip(&vector).map(|(x, v)| x + t * v).collect();
            risk.gradient(&point).unwrap().entries
        };
        let slopes: Vec<f64> = moved(h).iter().zip(moved(-h)).map(|(a, b)| (a - b) / (2.0 * h)).collect();
        prop_assert!(distance(&slopes, &product) <= 1e-6 * (1.0 + largest(slopes.iter().copied())));
    }

    #[test]
    fn any_bits_are_bounded_or_refused(bits in prop::collection::vec(any::<u64>(), 9)) {
        let network = Mlp::new(&[1, 2, 1], Activation::Tanh).unwrap();
        let line = Samples::new(&[1], vec![0.0, 1.0], Targets::Values(vec![0.0, 1.0])).unwrap();
        let risk = DenseRisk::<f64>::new(&network, &line, Loss::Logistic).unwrap();
        let point: Vec<f64> = bits.iter().map(|&bits| f64::from_bits(bits)).collect();
        match risk.loss(&point[..7]) {
            Ok(loss) => prop_assert!(loss >= 0.0),
            Err(TrainingError::Parameter { index, value }) => prop_assert!(!value.is_finite() && !point[index].is_finite()),
            Err(other) => prop_assert!(false, "{}", other),
        }
        prop_assert!(matches!(risk.loss(&point), Err(TrainingError::Parameters(_))));
    }
}

/// The Hessian of a linear network under the squared error is known: `2 XᵀX/n`, with a column of ones for the bias.
#[test]
fn the_hessian_of_least_squares_is_the_gram_matrix() {
    let mut stream = Stream::new(3);
    let data = samples(37, 4, 1, &mut stream);
    let risk =
        DenseRisk::<f64>::new(&Mlp::new(&[4, 1], Activation::Tanh).unwrap(), &data, Loss::Squared).unwrap();
    let hessian = risk.hessian(&stream.normals(5)).unwrap();
    let columns: Vec<DVector<f64>> = (0..5)
        .map(|j| {
            let (mut unit, mut column) = (vec![0.0; 5], vec![0.0; 5]);
            unit[j] = 1.0;
            hessian.product(&unit, &mut column).unwrap();
            DVector::from_vec(column)
        })
        .collect();
    let x = DMatrix::from_row_slice(37, 4, data.inputs()).insert_column(4, 1.0);
    let gram = x.transpose() * &x * (2.0 / 37.0);
    assert!((DMatrix::from_columns(&columns) - &gram).amax() <= 1e-14 * gram.amax());
}

#[test]
fn what_does_not_fit_is_refused_alike() {
    let mut stream = Stream::new(1);
    let data = samples(10, 3, 2, &mut stream);
    let network = |widths: &[usize]| Mlp::new(widths, Activation::Relu).unwrap();
    for engine in engines() {
        let refuse = |widths: &[usize]| {
            EmpiricalRisk::new(&network(widths), &data, Loss::Squared, Precision::F32, &engine).unwrap_err()
        };
        assert_eq!(refuse(&[2, 2]), TrainingError::Inputs { found: 3, expected: 2 });
        assert!(matches!(refuse(&[3, 1]), TrainingError::ShapeMismatch { found: [10, 1], expected: [10, 2] }));
        let risk =
            EmpiricalRisk::new(&network(&[3, 2]), &data, Loss::Squared, Precision::F32, &engine).unwrap();
        assert!(matches!(risk.loss(&[0.0; 7]), Err(TrainingError::Parameters(_))));
        assert!(matches!(risk.gradient(&[f64::NAN; 8]), Err(TrainingError::Parameter { index: 0, .. })));
        assert_eq!(risk.accuracy(&[0.0; 8]), Err(TrainingError::NotLabelled));
        let rate = Schedule::Constant { rate: 0.1 };
        let other = Training::new(Loss::CrossEntropy, Optimizer::sgd(), rate);
        assert!(matches!(risk.train(&other, &[0.0; 8], &mut stream), Err(TrainingError::LossMismatch { .. })));
        let training = Training::new(Loss::Squared, Optimizer::sgd(), rate);
        let too_large = training.batch(Batch::Size(11));
        assert!(matches!(risk.train(&too_large, &[0.0; 8], &mut stream), Err(TrainingError::BatchSize { .. })));
        // Both see that training diverges, and both stop where they are told to.
        let wild = Training::new(Loss::Squared, Optimizer::sgd(), Schedule::Constant { rate: 1e30 });
        assert_eq!(risk.train(&wild, &[1.0; 8], &mut stream).unwrap().ended, Ended::Diverged);
        let soon = training.stop(Stop::Loss(1e3)).limit(Limit::Epochs(3));
        assert_eq!(risk.train(&soon, &[1.0; 8], &mut stream).unwrap().ended, Ended::Target);
    }
}

/// Softmax and logistic losses keep their digits where outputs are large, and are infinite or refused only if they are.
#[test]
fn saturated_outputs_lose_nothing() {
    let one = Samples::new(&[1], vec![1.0], Targets::Values(vec![1.0])).unwrap();
    let line = Mlp::new(&[1, 1], Activation::Identity).unwrap().without_bias();
    for engine in engines() {
        let risk = EmpiricalRisk::new(&line, &one, Loss::Logistic, Precision::F64, &engine).unwrap();
        for (z, loss, slope) in [
            (40.0, (-40f64).exp(), -(-40f64).exp()),
            (-40.0, 40.0, -1.0),
            (0.0, 2f64.ln(), -0.5),
            (-700.0, 700.0, -1.0),
        ] {
            let found = risk.gradient(&[z]).unwrap();
            assert!((found.loss - loss).abs() <= 1e-15 * loss, "{engine:?} {z}: {}", found.loss);
            assert!((found.entries[0] - slope).abs() <= 1e-12, "{engine:?} {z}: {:?}", found.entries);
        }
    }
}
