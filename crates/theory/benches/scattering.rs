//! What a scattering transform costs, beside the floor: its additions and multiplications at the speed of a dot product.
//!
//! `cargo bench -p saddlepoint-theory --bench scattering`

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use saddlepoint_theory::representation::scattering::FilterBank;

const SAMPLES: usize = 1024;
const OCTAVES: u32 = 5;
const DEPTH: u32 = 2;

fn scattering(criterion: &mut Criterion) {
    let Ok(filters) = FilterBank::morlet(SAMPLES, OCTAVES) else { return };
    let chirp = |t: usize| {
        let t = t as f64 / SAMPLES as f64;
        (2.0 * std::f64::consts::PI * (20.0 * t + 100.0 * t * t)).cos()
    };
    let signal: Vec<f64> = (0..SAMPLES).map(chirp).collect();
    criterion.bench_function("filters of 1,024 samples, 5 octaves", |b| {
        b.iter(|| FilterBank::morlet(black_box(SAMPLES), OCTAVES));
    });
    criterion.bench_function("scattering of 1,024 samples, 5 octaves, depth 2", |b| {
        b.iter(|| filters.scatter(black_box(&signal), DEPTH));
    });
    // A path costs one transform forward and one back for its average, and all but the first one for itself; each is
    // 5 n log₂ n operations. A dot product of as many operations reads and adds at the processor's speed.
    let paths = (0..=DEPTH).map(|order| (OCTAVES as usize).pow(order)).sum::<usize>();
    let transforms = 3 * paths - 1;
    let operations = transforms * 5 * SAMPLES * SAMPLES.ilog2() as usize;
    criterion.bench_function("floor: dot products of as many operations", |b| {
        b.iter(|| {
            let mut sums = [0.0f64; 8];
            for _ in 0..operations / (2 * SAMPLES) {
                for chunk in black_box(&signal).chunks_exact(8) {
                    for (sum, x) in sums.iter_mut().zip(chunk) {
                        *sum = x.mul_add(*x, *sum);
                    }
                }
            }
            sums
        });
    });
}

criterion_group!(benches, scattering);
criterion_main!(benches);
