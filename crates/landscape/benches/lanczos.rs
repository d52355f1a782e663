//! What spectra cost beside the operator's own products, at the dimension of a 784-256-128-10 network, and the floor: the
//! memory that must pass.
//!
//! `cargo bench -p saddlepoint-landscape`. The operator multiplies entry `i` by `i`, which is one pass over two vectors.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use rayon::prelude::*;
use saddlepoint_landscape::operator::{OperatorError, SymmetricOperator};
use saddlepoint_landscape::spectrum::density::{self, StochasticLanczos};
use saddlepoint_landscape::spectrum::estimate;
use saddlepoint_landscape::spectrum::lanczos::{End, Lanczos, State};
use saddlepoint_landscape::spectrum::trace::hutchinson;

const N: usize = 234_752;

struct Ramp;

impl SymmetricOperator for Ramp {
    fn dimension(&self) -> usize {
        N
    }

    fn apply_unchecked(&self, vector: &[f64], product: &mut [f64]) -> Result<(), OperatorError> {
        product.iter_mut().zip(vector).enumerate().for_each(|(i, (product, x))| *product = i as f64 * x);
        Ok(())
    }
}

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

/// The state of a search whose basis has `vectors` vectors.
fn state(lanczos: Lanczos, vectors: usize, normal: &mut dyn FnMut() -> f64) -> State {
    let mut state = lanczos.start(N, normal).expect("enough dimensions");
    while state.steps() + state.pending() < vectors {
        lanczos.step(&Ramp, &mut state, normal).expect("the operator does not fail");
    }
    state
}

fn lanczos(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("Lanczos");
    group.sample_size(20);
    let mut normal = normals(1);

    let basis: Vec<f64> = (0..50 * N).into_par_iter().map(|i| i as f64).collect();
    group.bench_function("floor: 50 vectors read twice", |bencher| {
        bencher.iter(|| {
            for _ in 0..2 {
                let sums = |chunk: &[f64]| {
                    let mut sums = [0.0; 8];
                    chunk.chunks_exact(8).for_each(|x| (0..8).for_each(|lane| sums[lane] += x[lane]));
                    sums.iter().sum::<f64>()
                };
                black_box(basis.par_chunks(4096).map(sums).sum::<f64>());
            }
        });
    });
    drop(basis);

    let mut product = vec![0.0; N];
    let vector = vec![1.0; N];
    group.bench_function("the operator", |bencher| bencher.iter(|| Ramp.apply(&vector, &mut product)));

    let tight = |block| {
        let search = Lanczos::new(End::Largest, 2).and_then(|search| search.with_tolerance(1e-15));
        search.and_then(|search| search.with_block(block)?.with_basis(100)).expect("valid parameters")
    };
    for (block, vectors) in [(1, 2), (1, 20), (1, 50), (5, 50)] {
        let search = tight(block);
        let start = state(search, vectors, &mut normal);
        group.bench_function(format!("a step of {block} products against {vectors} vectors"), |bencher| {
            bencher.iter_batched_ref(
                || start.clone(),
                |state| search.step(&Ramp, state, &mut normal),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

fn probes(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("Probes");
    group.sample_size(20);
    let mut normal = normals(2);
    for block in [1, 10] {
        let method = StochasticLanczos::new(10, N)
            .and_then(|method| method.with_block(block))
            .expect("valid parameters");
        let mut state = density::State::new(N);
        method.step(&Ramp, &mut state, &mut normal).expect("the operator does not fail");
        group.bench_function(format!("density: a step of {block} probes"), |bencher| {
            bencher.iter(|| method.step(&Ramp, &mut state, &mut normal));
        });
    }
    group.bench_function("trace: 10 probes", |bencher| {
        bencher.iter(|| hutchinson(&Ramp, estimate::StopRule::exactly(10), &mut normal));
    });
    group.finish();
}

criterion_group!(benches, lanczos, probes);
criterion_main!(benches);
