//! What a certificate costs, and what the Hessian of a small network costs.
//!
//! `cargo bench -p saddlepoint-landscape --bench certificates`.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use nalgebra::DMatrix;
use saddlepoint_landscape::analytic::{Activation, AxisConstruction, HiddenLayer, SubsetConstruction};
use saddlepoint_landscape::chart::Chart;
use saddlepoint_landscape::critical::krawczyk::certify;
use saddlepoint_landscape::critical::search::{Criteria, LevenbergMarquardt, Search};
use saddlepoint_landscape::critical::{ldlt, newton_kantorovich};
use saddlepoint_landscape::objective::Objective;
use saddlepoint_rigor::Interval;

/// Numbers that look random and are always the same.
fn numbers(n: usize) -> Vec<f64> {
    (0..n).map(|i| (0.618_033_988_749_895 * (i * i + 3 * i + 1) as f64).fract() * 2.0 - 1.0).collect()
}

fn certificates(bench: &mut Criterion) {
    let data = SubsetConstruction::planar(4, 16.0, 0.75).expect("valid");
    let neuron = data.neuron().expect("valid");
    let found = data.minimum(&neuron, &[0, 1]).expect("certified");
    bench.bench_function("krawczyk, 2 variables, 4 samples", |b| {
        b.iter(|| certify(&neuron, &found.chart, black_box(&found.centre), &found.radii));
    });
    bench.bench_function("verify, 2 variables, 4 samples", |b| b.iter(|| found.verify(black_box(&neuron))));
    bench.bench_function("newton-kantorovich, 2 variables, 4 samples", |b| {
        b.iter(|| newton_kantorovich::certify(&neuron, &found.chart, black_box(&found.centre), &found.radii));
    });
    let eight = SubsetConstruction::planar(8, 32.0, 0.75).expect("valid");
    let neuron = eight.neuron().expect("valid");
    let found = eight.minimum(&neuron, &[0, 7]).expect("certified");
    bench.bench_function("verify, 2 variables, 8 samples", |b| b.iter(|| found.verify(black_box(&neuron))));

    let data = AxisConstruction::new(10, 20, 16.0, 0.75).expect("valid");
    let neuron = data.neuron().expect("valid");
    let axis = data.axis(0).expect("isolated");
    let point = vec![axis.points()[0].location(); 10];
    let radii: Vec<f64> = point.iter().map(|w| 1e-6 * w).collect();
    bench.bench_function("krawczyk, 10 variables, 20 samples", |b| {
        b.iter(|| certify(&neuron, &Chart::identity(10), black_box(&point), &radii));
    });
    bench.bench_function("all critical points on an axis of 6 samples", |b| {
        let line = AxisConstruction::new(1, 6, 16.0, 0.75).expect("valid");
        b.iter(|| black_box(&line).axis(0));
    });
}

fn tanh(bench: &mut Criterion) {
    let inputs = DMatrix::from_vec(20, 2, numbers(40));
    let network = HiddenLayer::half_mean_square(Activation::Tanh, 3, &inputs, numbers(20)).expect("valid");
    let theta = numbers(13);
    let mut hessian = vec![0.0; 169];
    bench.bench_function("hessian, 13 parameters, 20 samples", |b| {
        b.iter(|| network.hessian_unchecked(black_box(&theta), &mut hessian));
    });
    let mut gradient = vec![0.0; 13];
    bench.bench_function("gradient, 13 parameters, 20 samples", |b| {
        b.iter(|| network.gradient_unchecked(black_box(&theta), &mut gradient));
    });
    network.hessian_unchecked(&theta, &mut hessian);
    let enclosed: Vec<_> = hessian.iter().map(|&h| Interval::between(h - 1e-9, h + 1e-9)).collect();
    bench.bench_function("inertia of 13 x 13", |b| b.iter(|| ldlt::inertia(black_box(&enclosed))));
    let criteria = Criteria { steps: 1000, gradient_norm: 1e-12, bound: 50.0, flatness: 1e-3 };
    let search = LevenbergMarquardt { criteria };
    bench.bench_function("one search, 13 parameters", |b| b.iter(|| search.run(&network, black_box(&theta))));
}

criterion_group!(benches, certificates, tanh);
criterion_main!(benches);
