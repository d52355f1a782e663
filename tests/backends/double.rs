//! What a device says it computes in f64, it computes in f64.

use burn::tensor::activation::log_softmax;
use burn::tensor::{Tensor, TensorData};
use saddlepoint_models::data::{Samples, Targets};
use saddlepoint_models::device::{Backend, Device, Precision};
use saddlepoint_models::networks::{Activation, Architecture, Initialization, Mlp};
use saddlepoint_models::random::Stream;
use saddlepoint_models::training::{Examples, Limit, Loss, Optimizer, Schedule, Training, TrainingError};

type Operation = (&'static str, fn(Tensor<2>) -> Tensor<2>);

const OPERATIONS: [Operation; 12] = [
    ("exp", Tensor::exp),
    ("log", |x| (x.clone() * x + 0.1).log()),
    ("tanh", Tensor::tanh),
    ("sqrt", |x| (x.clone() * x).sqrt()),
    ("reciprocal", |x| (x.clone() * x + 0.5).recip()),
    ("log softmax", |x| log_softmax(x, 1)),
    ("matrix product", |x| x.clone().matmul(x.transpose())),
    ("mean", |x| x.mean_dim(0)),
    ("sum", |x| x.sum_dim(1)),
    ("maximum", |x| x.max_dim(1)),
    ("broadcast", |x| x.clone() - x.mean_dim(1)),
    ("powi", |x| x.powi_scalar(3)),
];

/// The largest difference from the default backend's numbers, over those of a wide range.
fn errors(device: &Device) -> Vec<(&'static str, f64)> {
    let rows: Vec<f64> = Stream::new(1).normals(50 * 64).iter().map(|z| 3.0 * z).collect();
    let on = |device: &Device| {
        let data = TensorData::new(rows.clone(), [50, 64]);
        Tensor::<2>::from_data(data, (&device.burn(), Precision::F64.dtype()))
    };
    let home = Device::open(Backend::default()).unwrap();
    let each = OPERATIONS.iter().map(|(name, operation)| {
        let numbers = |device| operation(on(device)).into_data().iter::<f64>().collect::<Vec<f64>>();
        let pairs = numbers(&home).into_iter().zip(numbers(device)).collect::<Vec<_>>();
        let largest = pairs.iter().map(|(a, _)| a.abs()).fold(0.0, f64::max);
        let error =
            pairs.iter().map(|(a, b)| if b.is_finite() { (a - b).abs() / largest } else { f64::INFINITY });
        (*name, error.fold(0.0, f64::max))
    });
    each.collect()
}

#[test]
fn elementary_operations_agree_in_f64() {
    for device in crate::others().iter().filter(|device| device.require_functions(Precision::F64).is_ok()) {
        let found = errors(device);
        for (name, error) in found {
            assert!(error <= 1e-12, "{} computes {name} with the relative error {error:e}", device.backend());
        }
    }
}

/// wgpu holds tensors of f64 and returns numbers for their exponentials, without one right digit.
#[test]
fn pitfall_a_device_that_only_holds_f64_does_not_train_in_it() {
    for device in crate::others().iter().filter(|device| device.backend() == Backend::Wgpu) {
        assert_eq!(device.backend().precision(Precision::F64), Precision::F32);
        let wrong = errors(device).into_iter().filter(|(_, error)| *error > 0.1).count();
        assert!(wrong > 0, "wgpu computes in f64 now: its backend's precision need not be f32 any more");
        let samples = Samples::new(&[1], vec![1.0, 2.0], Targets::Values(vec![0.0, 1.0])).unwrap();
        let examples = Examples::new(&samples, Precision::F64, device).unwrap();
        let network = Mlp::new(&[1, 1], Activation::Tanh).unwrap();
        let network =
            network.init(Initialization::GlorotUniform, Precision::F64, device, &mut Stream::new(1)).unwrap();
        let refused = |error: TrainingError| matches!(error, TrainingError::Device(_));
        assert!(examples.loss(&network, Loss::Squared).is_err_and(refused));
        assert!(examples.gradient(&network, Loss::Squared).is_err_and(refused));
        let training = Training::new(Loss::Squared, Optimizer::sgd(), Schedule::Constant { rate: 0.1 });
        let trained = training.limit(Limit::Steps(1)).run(network, &examples, &mut Stream::new(0));
        assert!(trained.map(drop).is_err_and(refused));
    }
}
