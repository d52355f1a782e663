//! Steps of the native path on tiny networks, beside the floor: the multiplications and additions of a step's
//! products over the rate of products that never leave the registers, measured in the same run on the same thread.
//!
//! `cargo bench -p saddlepoint-models --bench native`

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use saddlepoint_models::data::{Samples, Targets};
use saddlepoint_models::native::{DenseRisk, Real, Tile};
use saddlepoint_models::networks::{Activation, Initialization, Mlp};
use saddlepoint_models::random::Stream;
use saddlepoint_models::training::{Batch, Limit, Loss, Optimizer, Schedule, Training};

const STEPS: usize = 1000;

/// Widths, activation, loss, examples, examples a step.
type Work = (&'static [usize], Activation, Loss, usize, Batch);

const WORKS: [Work; 3] = [
    (&[2, 16, 16, 1], Activation::Tanh, Loss::Squared, 200, Batch::Full),
    (&[20, 64, 64, 4], Activation::Relu, Loss::CrossEntropy, 1000, Batch::Full),
    (&[20, 64, 64, 4], Activation::Relu, Loss::CrossEntropy, 1000, Batch::Size(8)),
];

fn steps<F: Real>(criterion: &mut Criterion, precision: &str) {
    let rate = rate::<F>();
    println!("{precision}: {:.1} GFLOP/s in registers, one thread", 1e-9 * rate);
    for (widths, activation, loss, n, batch) in WORKS {
        let mut stream = Stream::new(1);
        let network = Mlp::new(widths, activation).expect("widths are positive");
        let start = network.draw(Initialization::LecunNormal, &mut stream);
        let inputs = (0..n * widths[0]).map(|_| stream.between(-1.0, 1.0)).collect();
        let outputs = widths[widths.len() - 1];
        let targets = match loss {
            Loss::CrossEntropy => {
                Targets::Classes { labels: (0..n).map(|i| i % outputs).collect(), classes: outputs }
            }
            _ => Targets::Values(stream.normals(n * outputs)),
        };
        let samples = Samples::new(&[widths[0]], inputs, targets).expect("lengths agree by construction");
        let risk = DenseRisk::<F>::new(&network, &samples, loss).expect("the samples fit the network");
        let training = Training::new(loss, Optimizer::sgd(), Schedule::Constant { rate: 0.1 })
            .batch(batch)
            .limit(Limit::Steps(STEPS));
        // Forward, and backward twice over: but no gradient of the inputs in the first layer.
        let layers: usize = widths.windows(2).map(|pair| pair[0] * pair[1]).sum();
        let (seen, shape) = match batch {
            Batch::Full => (n, format!("all {n}")),
            Batch::Size(size) | Batch::Replacement(size) => (size, format!("{size} of {n}")),
        };
        let flops = 2 * seen * (3 * layers - widths[0] * widths[1]);
        let name = format!("{widths:?} {activation:?}, {shape} examples, {precision}");
        println!("{name}: floor {:.2} µs a step", 1e6 * flops as f64 / rate);
        let mut group = criterion.benchmark_group("native step");
        group.sample_size(20).throughput(Throughput::Elements(STEPS as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                risk.train(&training, &start, &mut stream, &mut |_| std::ops::ControlFlow::Continue(()))
            });
        });
        group.finish();
    }
}

/// Multiplications and additions a second, of products whose factors and sums stay in registers.
fn rate<F: Real>() -> f64 {
    const ROUNDS: usize = 1 << 16;
    let one = |_| {
        let (x, weight) = (black_box(F::Tile::splat(F::from_f64(1.0))), black_box(F::from_f64(1e-9)));
        let mut sums = [x; 6];
        let started = Instant::now();
        for _ in 0..ROUNDS {
            for sum in &mut sums {
                sum.add_scaled(&x, weight);
            }
        }
        black_box(sums);
        started.elapsed()
    };
    let best = (0..50).map(one).min().unwrap_or(Duration::MAX);
    (2 * 6 * ROUNDS * F::Tile::LANES) as f64 / best.as_secs_f64()
}

fn native(criterion: &mut Criterion) {
    steps::<f32>(criterion, "f32");
    steps::<f64>(criterion, "f64");
}

criterion_group!(benches, native);
criterion_main!(benches);
