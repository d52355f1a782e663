//! What it costs to enclose the norm of a convolution, and the floor: the multiplications of the method at the rate of
//! this machine's matrix product.
//!
//! `cargo bench -p saddlepoint-theory --bench convolution`. The layer is one of a small residual network: 64 to 64 channels,
//! 3 × 3, on 32 × 32 with zero padding. The target is an enclosure within 2 % in at most 2 s.

use std::hint::black_box;
use std::time::Instant;

use criterion::{Criterion, criterion_group, criterion_main};
use nalgebra::DMatrix;
use saddlepoint_theory::capacity::convolution::{Axis, Channels, Convolution};

const CHANNELS: usize = 64;
const SIDE: usize = 32;

/// `SplitMix64` and the cosine branch of Box and Muller.
fn normals(mut state: u64) -> impl FnMut() -> f64 {
    let mut uniform = move || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 * 2f64.powi(-53)
    };
    move || (-2.0 * (-uniform()).ln_1p()).sqrt() * (std::f64::consts::TAU * uniform()).cos()
}

/// Multiplications a second of nalgebra's product of two matrices of this size: the best of 20.
fn rate(size: usize) -> f64 {
    let a = DMatrix::from_fn(size, size, |i, j| (i as f64 - j as f64).sin());
    let seconds = |()| {
        let start = Instant::now();
        black_box(&a * black_box(&a));
        start.elapsed().as_secs_f64()
    };
    let best = (0..20).map(|_| seconds(())).fold(f64::INFINITY, f64::min);
    (size as f64).powi(3) / best
}

fn convolution(criterion: &mut Criterion) {
    let axis = Axis::new(SIDE, 3).with_padding(1, 1);
    let mut normal = normals(1);
    let kernel = (0..CHANNELS * CHANNELS * 9).map(|_| normal() / 24.0).collect();
    let layer = Convolution::new(Channels::dense(CHANNELS, CHANNELS), [axis, axis], kernel).expect("a layer");

    let (rate, found) = (rate(512), layer.spectral_norm(0.02, &mut normals(2)).expect("finite"));
    let applied = (CHANNELS * CHANNELS * 9 * SIDE * SIDE) as f64;
    // One complex Gram matrix of half of the symbols on a torus of 33 × 33: three real products each.
    let symbols = (3 * 545 * CHANNELS.pow(3)) as f64;
    println!(
        "norm {}: relative width {:.2e}, {:?}",
        found.norm,
        found.norm.width() / found.norm.low(),
        found.upper_end
    );
    println!("this machine: {:.1}e9 multiplications a second", rate / 1e9);
    println!("floor, a product with the operator: {:.1} ms", 1e3 * applied / rate);
    println!("floor, one product with each symbol: {:.1} ms", 1e3 * symbols / rate);

    let mut group = criterion.benchmark_group("64 to 64 channels, 3 x 3 on 32 x 32");
    group.sample_size(10);
    let (input, _) = layer.dimensions();
    let x: Vec<f64> = (0..input).map(|_| normal()).collect();
    group.bench_function("a product", |bencher| bencher.iter(|| layer.apply(&x)));
    let y = layer.apply(&x).expect("finite");
    group.bench_function("a product with the adjoint", |bencher| bencher.iter(|| layer.adjoint(&y)));
    for width in [0.02, 0.002] {
        group.bench_function(format!("an enclosure within {width}"), |bencher| {
            bencher.iter(|| layer.spectral_norm(width, &mut normals(2)));
        });
    }
    group.finish();
}

criterion_group!(benches, convolution);
criterion_main!(benches);
