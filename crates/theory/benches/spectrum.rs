//! What proven singular values cost, beside the floor: the decomposition of the same matrix that proves nothing.
//!
//! Each takes seconds, so the best of three runs is printed and nothing is resampled.
//!
//! `cargo bench -p saddlepoint-theory --bench spectrum`

use std::hint::black_box;
use std::time::{Duration, Instant};

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

fn best_of_three<T>(mut run: impl FnMut() -> T) -> Duration {
    let time = |_| {
        let start = Instant::now();
        black_box(run());
        start.elapsed()
    };
    (0..3).map(time).min().unwrap_or_default()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let matrix = IntervalMatrix::from_rows(SIZE, SIZE, entries())?;
    let plain = DMatrix::from_row_slice(SIZE, SIZE, &entries());
    let norm = spectral(&matrix)?;
    println!("{SIZE} x {SIZE}, spectral norm {norm}: relative width {:.1e}", norm.width() / norm.high());
    let floor = best_of_three(|| plain.clone().svd(true, true));
    println!("floor, nalgebra's decomposition: {floor:.2?}");
    for (what, time) in [
        ("all singular values, enclosed", best_of_three(|| singular_values(&matrix))),
        ("spectral norm, enclosed", best_of_three(|| spectral(&matrix))),
    ] {
        println!("{what}: {time:.2?}, {:.2} decompositions", time.as_secs_f64() / floor.as_secs_f64());
    }
    Ok(())
}
