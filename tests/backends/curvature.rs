//! Hessian products on every backend, against this project's own CPU engine.

use burn::nn::loss::CrossEntropyLossConfig;
use burn::tensor::{Int, Tensor, TensorData};
use saddlepoint_curvature::mean_curvature::{LocalShare, MeanCurvature, Opener, share_out};
use saddlepoint_curvature::trace;
use saddlepoint_curvature::trace::Traced;
use saddlepoint_models::data::{Samples, Targets};
use saddlepoint_models::device::{Backend, Device, Precision};
use saddlepoint_models::networks::{Activation, Architecture, Convolutional, Initialization, Mlp, Network};
use saddlepoint_models::random::Stream;
use saddlepoint_models::training::Examples;

/// The loss of a network on some digits.
fn traced<N: Network + Clone>(network: &N, samples: &Samples, precision: Precision, device: &Device) -> Traced {
    let examples = Examples::new(samples, precision, device).unwrap();
    let Targets::Classes { labels, .. } = samples.targets() else { panic!("digits have classes") };
    let labels: Vec<i64> = labels.iter().map(|&label| i64::try_from(label).unwrap()).collect();
    let count = labels.len();
    let labels = Tensor::<1, Int>::from_data(TensorData::new(labels, [count]), &device.burn());
    let loss = CrossEntropyLossConfig::new().init(&device.burn());
    trace(network, (examples.inputs(), labels), |network, (x, y)| loss.forward(network.forward(x), y)).unwrap()
}

fn disagreement(traced: &Traced, device: &Device) -> f64 {
    let mut stream = Stream::new(5);
    let vectors = stream.normals(2 * traced.dimension());
    let ours = traced.linearize(traced.point()).unwrap().hessian_block(&vectors, 2).unwrap();
    let theirs =
        traced.linearize_on(traced.point(), &device.burn()).unwrap().hessian_block(&vectors, 2).unwrap();
    let distance = ours.iter().zip(&theirs).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
    distance / ours.iter().map(|a| a * a).sum::<f64>().sqrt()
}

/// Entries are sums over 60 examples of sums over at most 64 inputs: in any order their relative error is below
/// `124 u`, and two engines differ by at most twice that, forward and backward.
#[test]
fn products_agree_with_the_cpu_engine() {
    let (samples, _) = crate::samples().split_at(60).unwrap();
    let devices = std::iter::once(Device::open(Backend::default()).unwrap()).chain(crate::others());
    for device in devices {
        for (precision, unit) in [(Precision::F32, 2f64.powi(-24)), (Precision::F64, 2f64.powi(-53))] {
            if precision == Precision::F64 && device.backend() == Backend::Wgpu {
                continue;
            }
            let mlp = Mlp::new(&[64, 32, 10], Activation::Tanh).unwrap();
            let mlp = mlp.init(Initialization::GlorotUniform, precision, &device, &mut Stream::new(7)).unwrap();
            let error = disagreement(&traced(&mlp, &samples, precision, &device), &device);
            assert!(error < 4.0 * 124.0 * unit, "mlp, {} {precision}: {error:e}", device.backend());
            let network = Convolutional::digits().unwrap();
            let network =
                network.init(Initialization::GlorotUniform, precision, &device, &mut Stream::new(3)).unwrap();
            let error = disagreement(&traced(&network, &samples, precision, &device), &device);
            // Weights of a convolution sum over the positions of an image as well.
            assert!(error < 4.0 * 124.0 * 64.0 * unit, "cnn, {} {precision}: {error:e}", device.backend());
        }
    }
}

/// The examples are shared out over every device of every backend; each computes its batches, and the sum is that of one device.
#[test]
fn devices_share_the_examples_of_a_product() {
    const BATCHES: usize = 6;
    let (samples, _) = crate::samples().split_at(60).unwrap();
    let home = Device::open(Backend::default()).unwrap();
    let mlp = Mlp::new(&[64, 32, 10], Activation::Tanh).unwrap();
    let mlp = mlp.init(Initialization::GlorotUniform, Precision::F32, &home, &mut Stream::new(7)).unwrap();
    let batch = |at: usize| {
        let rows: Vec<usize> = (10 * at..10 * at + 10).collect();
        traced(&mlp, &samples.select(&rows).unwrap(), Precision::F32, &home)
    };
    let devices: Vec<Device> = crate::others()
        .iter()
        .map(Device::backend)
        .chain([home.backend()])
        .flat_map(|b| Device::all(b).unwrap())
        .collect();
    let shares = devices.iter().zip(share_out(BATCHES, devices.len())).map(|(device, range)| -> Opener<'_> {
        let source = move |at: usize| {
            let traced = batch(at);
            Ok((traced.linearize_on(traced.point(), &device.burn())?, 10))
        };
        Box::new(move || Ok(Box::new(LocalShare::new(range, usize::MAX, source)?)))
    });
    let shared = MeanCurvature::gather(BATCHES, shares.collect()).unwrap();
    let whole = traced(&mlp, &samples, Precision::F32, &home);
    let vectors = Stream::new(5).normals(2 * whole.dimension());
    let expected = whole.linearize(whole.point()).unwrap().hessian_block(&vectors, 2).unwrap();
    let found = shared.times_block(&vectors, 2).unwrap();
    let distance = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
    let error = distance(&found, &expected) / distance(&expected, &vec![0.0; expected.len()]);
    assert!(error < 4.0 * 124.0 * 2f64.powi(-24), "{} devices: {error:e}", devices.len());
}
