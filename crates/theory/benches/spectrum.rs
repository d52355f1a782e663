//! What proven singular values cost, beside the floor: the decomposition of the same matrix that proves nothing.
//!
//! `cargo bench -p saddlepoint-theory --bench spectrum`

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use nalgebra::DMatrix;
use saddlepoint_rigor::IntervalMatrix;
use saddlepoint_theory::capacity::norms::spectral;
use saddlepoint_theory::capacity::spectrum::singular_values;

const SIZE: usize = 1024;

/// Entries without structure, near to uniform on `[−½, ½]`.
fn entries() -> Vec<f64> {
    let mix = |i: usize| (i as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 11;
    (1..=SIZE * SIZE).map(|i| mix(i * i + 7 * i) as f64 / 9_007_199_254_740_992.0 - 0.5).collect()
}

fn enclosures(criterion: &mut Criterion) {
    let Ok(matrix) = IntervalMatrix::from_rows(SIZE, SIZE, entries()) else { return };
    let plain = DMatrix::from_row_slice(SIZE, SIZE, &entries());
    if let Ok(norm) = spectral(&matrix) {
        println!("spectral norm {norm}: relative width {:.1e}", norm.width() / norm.high());
    }
    let mut group = criterion.benchmark_group("1024 x 1024");
    group.sample_size(10);
    group.bench_function("floor: nalgebra's decomposition", |bencher| {
        bencher.iter(|| black_box(plain.clone().svd(true, true)))
    });
    group.bench_function("all singular values, enclosed", |bencher| {
        bencher.iter(|| black_box(singular_values(&matrix)))
    });
    group.bench_function("spectral norm, enclosed", |bencher| bencher.iter(|| black_box(spectral(&matrix))));
    group.finish();
}

criterion_group!(benches, enclosures);
criterion_main!(benches);
