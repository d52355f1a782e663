//! What the inverse of the binary kl costs: one, and a million on two threads, beside the floor: one kl at the same point,
//! bounded on both sides. Its lower bound certifies the result and cannot be saved.
//!
//! `cargo bench -p saddlepoint-theory --bench kl_inverse`

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use saddlepoint_theory::bounds::kl_inverse::{divergence, upper_inverse};
use saddlepoint_theory::quantity::{Divergence, Risk};

const MILLION: usize = 1_000_000;

/// Risks and budgets as they occur: rates of errors, and `ln(1/δ)/n`.
fn cases(count: usize) -> Vec<(Risk, Divergence)> {
    let part = |i: usize, by: usize| (i * by % 9973) as f64 / 9973.0;
    let case = |i: usize| {
        let (q, c) = (0.6 * part(i, 7919), 10f64.powf(-4.0 + 3.5 * part(i, 6007)));
        Some((Risk::new(q).ok()?, Divergence::new(c).ok()?))
    };
    (0..count).filter_map(case).collect()
}

fn black_box_value(value: f64) {
    black_box(value);
}

fn inverse(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("kl inverse");
    let few = cases(1000);
    let inverted: Vec<_> = few.iter().map(|&(q, c)| (q, upper_inverse(q, c))).collect();
    let mut at = 0;
    let mut next = || {
        at = (at + 1) % few.len();
        at
    };
    group.bench_function("floor: both bounds of one kl", |bencher| {
        bencher.iter_batched(&mut next, |i| divergence(inverted[i].0, inverted[i].1), BatchSize::SmallInput);
    });
    group.bench_function("one", |bencher| {
        bencher.iter_batched(&mut next, |i| upper_inverse(few[i].0, few[i].1), BatchSize::SmallInput);
    });
    group.sample_size(20);
    let many = cases(MILLION);
    group.bench_function("a million on two threads", |bencher| {
        bencher.iter(|| {
            std::thread::scope(|scope| {
                for half in many.chunks(MILLION / 2) {
                    scope.spawn(|| {
                        half.iter().map(|&(q, c)| upper_inverse(q, c).get()).for_each(black_box_value);
                    });
                }
            });
        });
    });
    group.finish();
}

criterion_group!(benches, inverse);
criterion_main!(benches);
