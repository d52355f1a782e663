//! What Rademacher complexities cost: drawn signs beside the floor, their additions alone, and all signs.
//!
//! `cargo bench -p saddlepoint-theory --bench rademacher`

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use saddlepoint_rigor::IntervalMatrix;
use saddlepoint_theory::capacity::rademacher::Class;

const POINTS: usize = 1000;
const DIMENSION: usize = 100;
const DRAWS: u32 = 10_000;

/// `SplitMix64`.
fn words(mut state: u64) -> impl FnMut() -> u64 {
    move || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

fn matrix(rows: usize, columns: usize) -> IntervalMatrix {
    let mut word = words(1);
    let entries = (0..rows * columns).map(|_| (word() >> 11) as f64 / (1u64 << 52) as f64 - 1.0).collect();
    IntervalMatrix::from_rows(rows, columns, entries).expect("finite entries fill the shape")
}

fn monte_carlo(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("Monte Carlo, linear class, n = 1000, d = 100, 10,000 draws");
    group.sample_size(20);
    // Eight points share a row of a table: one addition for each eight, and nothing for tables, signs and norms.
    let additions = DRAWS as usize * POINTS / 8 * DIMENSION / 16;
    let table = vec![[0.5f64; 16]; 256];
    group.bench_function("floor: the additions alone, from the first cache", |bencher| {
        bencher.iter(|| {
            let mut sums = [0.0; 16];
            for i in 0..additions {
                let row = &table[i * 7 % 64];
                sums.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
            }
            black_box(sums)
        });
    });
    let points = matrix(POINTS, DIMENSION);
    for (name, class) in
        [("Euclidean ball", Class::euclidean_ball(&points, 1.0)), ("l1 ball", Class::l1_ball(&points, 1.0))]
    {
        let class = class.expect("a valid radius");
        group.bench_function(name, |bencher| bencher.iter(|| class.estimate(DRAWS, &mut words(2))));
    }
    group.finish();
}

fn enumeration(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("All signs");
    group.sample_size(10);
    for (points, functions) in [(12, 4096), (20, 16)] {
        let class = Class::finite(&matrix(functions, points));
        group.bench_function(format!("{functions} functions on {points} points"), |bencher| {
            bencher.iter(|| class.exact());
        });
    }
    group.finish();
}

criterion_group!(benches, monte_carlo, enumeration);
criterion_main!(benches);
