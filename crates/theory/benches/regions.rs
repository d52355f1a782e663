//! What it costs to know all regions of a network, to bound their number, and to memorize a million labels.
//!
//! `cargo bench -p saddlepoint-theory --bench regions`. The floor of an arrangement is what its affine maps cost at least: one
//! multiplication of the last hidden layer's weights with two slopes and an offset for each region, at the rate of a sum of
//! products of this machine. The floor of a memorizer is the sorting of its projections.

use std::hint::black_box;
use std::time::Instant;

use criterion::{Criterion, criterion_group, criterion_main};
use saddlepoint_theory::expressivity::breakpoints::Breakpoints;
use saddlepoint_theory::expressivity::memorizer::Memorizer;
use saddlepoint_theory::expressivity::regions::{Rectangle, Regions};
use saddlepoint_theory::expressivity::relu_network::ReluNetwork;
use saddlepoint_theory::expressivity::serra::maximal_regions_at_most;

/// `SplitMix64`, uniform in `[0, 1)`.
fn uniforms(mut state: u64) -> impl FnMut() -> f64 {
    move || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 * 2f64.powi(-53)
    }
}

fn normals(seed: u64) -> impl FnMut() -> f64 {
    let mut uniform = uniforms(seed);
    move || (-2.0 * (-uniform()).ln_1p()).sqrt() * (std::f64::consts::TAU * uniform()).cos()
}

/// Multiplications a second of a sum of products: the best of 20.
fn rate() -> f64 {
    let x: Vec<f64> = (0..1 << 12).map(|i| f64::from(i).sin()).collect();
    let seconds = |()| {
        let start = Instant::now();
        for _ in 0..100 {
            black_box(black_box(&x).iter().zip(black_box(&x)).map(|(a, b)| a * b).sum::<f64>());
        }
        start.elapsed().as_secs_f64()
    };
    f64::from(100 << 12) / (0..20).map(|_| seconds(())).fold(f64::INFINITY, f64::min)
}

fn arrangements(criterion: &mut Criterion) {
    let rate = rate();
    println!("this machine: {:.2}e9 multiplications a second in sums of products", rate / 1e9);
    let square = Rectangle::new([-1.0; 2], [1.0; 2]).expect("a square");
    let mut group = criterion.benchmark_group("regions on [-1, 1]^2");
    group.sample_size(10);
    for (shape, widths) in [("16, 16", [2, 16, 16, 1]), ("64, 64", [2, 64, 64, 1])] {
        let network = ReluNetwork::he_normal(&widths, 1.0, &mut normals(1)).expect("a network");
        let regions = Regions::of(&network, square).expect("regions");
        let floor = (3 * widths[1] * widths[2] * regions.len()) as f64 / rate;
        println!(
            "({shape}): {} regions, {} affine pieces; floor {:.2} ms",
            regions.len(),
            regions.affine_pieces(),
            1e3 * floor
        );
        group.bench_function(format!("({shape}), activation regions"), |bencher| {
            bencher.iter(|| Regions::of(black_box(&network), square));
        });
        group.bench_function(format!("({shape}), affine pieces of these"), |bencher| {
            bencher.iter(|| black_box(&regions).affine_pieces());
        });
    }
    let deep: Vec<usize> = [vec![1], vec![16; 8], vec![1]].concat();
    let network = ReluNetwork::he_normal(&deep, 1.0, &mut normals(1)).expect("a network");
    group.bench_function("8 layers of 16 on a line", |bencher| {
        bencher.iter(|| Breakpoints::of(black_box(&network), -1.0, 1.0));
    });
    group.finish();
}

fn bounds(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("Serra's bound, ten layers of 64");
    group.sample_size(10);
    for inputs in [2, 64] {
        group.bench_function(format!("{inputs} inputs"), |bencher| {
            bencher.iter(|| maximal_regions_at_most(black_box(inputs), &[64; 10]));
        });
    }
    group.finish();
}

fn memorizer(criterion: &mut Criterion) {
    const POINTS: usize = 1_000_000;
    let mut uniform = uniforms(2);
    let points: Vec<f64> = (0..POINTS).map(|_| uniform()).collect();
    let labels: Vec<f64> = (0..POINTS).map(|_| 2.0 * uniform() - 1.0).collect();
    let memorizer = Memorizer::fit(&points, &labels, &[1.0], 0.0).expect("distinct points");
    let values = memorizer.evaluate_all(&points).expect("finite points");
    let residual = values.iter().zip(&labels).map(|(v, y)| (v - y).abs()).fold(0.0, f64::max);
    println!("a million labels: residual {residual:.1e}, {} weights", memorizer.parameters());
    let mut group = criterion.benchmark_group("a million labels");
    group.sample_size(10);
    group.bench_function("floor: sorting", |bencher| {
        bencher.iter(|| {
            let mut sorted = points.clone();
            sorted.sort_unstable_by(f64::total_cmp);
            sorted
        });
    });
    group.bench_function("fitting", |bencher| {
        bencher.iter(|| Memorizer::fit(black_box(&points), &labels, &[1.0], 0.0));
    });
    group.bench_function("evaluating all", |bencher| {
        bencher.iter(|| memorizer.evaluate_all(black_box(&points)));
    });
    group.finish();
}

criterion_group!(benches, arrangements, bounds, memorizer);
criterion_main!(benches);
