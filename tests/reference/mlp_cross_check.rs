//! The catalogue's multi-layer perceptron on digits, in f64: data, initialization, loss, automatic
//! differentiation and updates checked in one go, on every backend of the build that computes in f64.

use saddlepoint_models::data::digits;
use saddlepoint_models::device::{Backend, Device, DeviceError, Precision};
use saddlepoint_models::networks::{Activation, Architecture, Initialization, Mlp, MlpNetwork};
use saddlepoint_models::parameters;
use saddlepoint_models::random::Stream;
use saddlepoint_models::training::{Examples, Limit, Loss, Optimizer, Schedule, Training};

/// Step, loss and gradient norm of an independent implementation.
const REFERENCE: [(usize, f64, f64); 4] = [
    (0, 2.45936831146969, 1.08691596595),
    (1, 2.35292513296331, 0.900832058126),
    (10, 1.872055453445, 0.652952492828),
    (100, 0.435810909683383, 0.194464373884),
];

fn network(precision: Precision, device: &Device) -> MlpNetwork {
    Mlp::new(&[64, 128, 10], Activation::Relu)
        .unwrap()
        .init(Initialization::HeNormal, precision, device, &mut Stream::new(1))
        .unwrap()
}

fn after(steps: usize, network: MlpNetwork, train: &Examples) -> MlpNetwork {
    Training::new(Loss::CrossEntropy, Optimizer::sgd(), Schedule::Constant { rate: 0.1 })
        .limit(Limit::Steps(steps))
        .run(network, train, &mut Stream::new(0))
        .unwrap()
        .network
}

fn check(backend: Backend, precision: Precision, tolerance: f64) {
    let device = match Device::open(backend) {
        Err(DeviceError::NoAdapter) if std::env::var_os("SADDLEPOINT_REQUIRE_WGPU").is_none() => {
            println!("skipped on {backend}: this machine has no graphics adapter");
            return;
        }
        device => device.unwrap(),
    };
    let (train, test) = digits::split().unwrap();
    let examples = Examples::new(&train, precision, &device).unwrap();
    let mut net = network(precision, &device);
    let mut done = 0;
    for (step, loss, norm) in REFERENCE {
        net = after(step - done, net, &examples);
        done = step;
        let gradient = examples.gradient(&net, Loss::CrossEntropy).unwrap();
        for (what, found, expected) in [("loss", gradient.loss, loss), ("norm", gradient.norm(), norm)] {
            let error = (found / expected - 1.0).abs();
            assert!(
                error < tolerance,
                "{backend} {precision} step {step}: {what} {found} not {expected}: {error:e}"
            );
        }
    }
    assert_eq!(examples.accuracy(&net).unwrap(), 0.927);
    let second = &parameters::named(&net)[2];
    assert_eq!(second.shape, [128, 10]);
    assert!((second.values[3 * 10 + 4] - 0.251157541371).abs() < tolerance);
    let last = after(1, net, &examples);
    let test = Examples::new(&test, precision, &device).unwrap();
    assert!((test.accuracy(&last).unwrap() - 0.90213).abs() < 1.5 / 797.0);
}

#[test]
fn cpu_backends_agree_with_the_reference_in_f64() {
    for backend in Backend::available().filter(|backend| *backend != Backend::Wgpu) {
        // The reference is printed with 12 digits.
        check(backend, Precision::F64, 2e-12);
    }
}

/// Rounding in f32, 2⁻²⁴ a step: sums of up to 1,000 terms, and 100 steps in which errors add up; the catalogue
/// allows 1e-5.
#[test]
fn every_backend_agrees_with_the_reference_in_f32() {
    for backend in Backend::available() {
        check(backend, Precision::F32, 1e-5);
    }
}
