//! Loss and gradient of two networks on every CPU backend of the build, beside the floor: the multiplications of
//! the matrix products over the rate of the fastest product measured in the same run.
//!
//! `cargo xtask bench`, or for both CPU backends
//! `cargo bench -p saddlepoint-models --features flex,ndarray`.

use criterion::{Criterion, criterion_group, criterion_main};
use saddlepoint_models::data::{Samples, Targets};
use saddlepoint_models::device::{Backend, Device, Precision};
use saddlepoint_models::networks::{Activation, Architecture, Initialization, Mlp};
use saddlepoint_models::random::Stream;
use saddlepoint_models::training::{Examples, Loss};

/// Name, layer widths, activation, examples, precision.
type Work = (&'static str, &'static [usize], Activation, usize, Precision);

const WORKS: [Work; 2] = [
    ("W1 784-256-128-10 tanh, n = 2048", &[784, 256, 128, 10], Activation::Tanh, 2048, Precision::F32),
    ("W2 64-32-10 ReLU, n = 1797", &[64, 32, 10], Activation::Relu, 1797, Precision::F64),
];

fn samples(inputs: usize, n: usize, stream: &mut Stream) -> Samples {
    let labels = (0..n).map(|i| i % 10).collect();
    let targets = Targets::Classes { labels, classes: 10 };
    Samples::new(&[inputs], stream.normals(n * inputs), targets).expect("lengths agree by construction")
}

fn gradients(criterion: &mut Criterion) {
    for (name, widths, activation, n, precision) in WORKS {
        // Forward, and backward twice over: but no gradient of the inputs in the first layer.
        let layers: usize = widths.windows(2).map(|pair| pair[0] * pair[1]).sum();
        let products = n * (3 * layers - widths[0] * widths[1]);
        println!("{name}: {:.3} GFLOP in matrix products", 2e-9 * products as f64);
        let mut group = criterion.benchmark_group(name);
        for backend in Backend::available().filter(|backend| *backend != Backend::Wgpu) {
            let device = Device::open(backend).expect("compiled in");
            let mut stream = Stream::new(1);
            let network = Mlp::new(widths, activation)
                .and_then(|mlp| mlp.init(Initialization::GlorotUniform, precision, &device, &mut stream))
                .expect("a valid network");
            let examples =
                Examples::new(&samples(widths[0], n, &mut stream), precision, &device).expect("valid");
            group.bench_function(format!("gradient {backend} {precision}"), |bencher| {
                bencher.iter(|| examples.gradient(&network, Loss::CrossEntropy));
            });
        }
        group.finish();
    }
}

fn products(criterion: &mut Criterion) {
    use burn::tensor::{Tensor, TensorData};
    let side = 1024;
    let mut group = criterion.benchmark_group("matrix product 1024 x 1024 x 1024, 2.147 GFLOP");
    for backend in Backend::available().filter(|backend| *backend != Backend::Wgpu) {
        let device = Device::open(backend).expect("compiled in");
        for precision in [Precision::F32, Precision::F64] {
            let data = TensorData::new(Stream::new(2).normals(side * side), [side, side]);
            let a = Tensor::<2>::from_data(data, (&device.burn(), precision.dtype()));
            group.bench_function(format!("{backend} {precision}"), |bencher| {
                bencher.iter(|| a.clone().matmul(a.clone()).into_data());
            });
        }
    }
    group.finish();
}

criterion_group!(benches, products, gradients);
criterion_main!(benches);
