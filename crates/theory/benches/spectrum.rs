//! What proven singular values cost, beside the floor: the decomposition of the same matrix that proves nothing.
//!
//! Each takes from seven to forty seconds, so each runs once: what counts is their ratio, and they run one after another.
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

fn timed<T>(run: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = black_box(run());
    (result, start.elapsed())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let matrix = IntervalMatrix::from_rows(SIZE, SIZE, entries())?;
    let plain = DMatrix::from_row_slice(SIZE, SIZE, &entries());
    let (_, floor) = timed(|| plain.svd(true, true));
    println!("floor, nalgebra's decomposition of {SIZE} x {SIZE}: {floor:.2?}");
    let (values, all) = timed(|| singular_values(&matrix));
    let (norm, one) = timed(|| spectral(&matrix));
    let (values, norm) = (values?, norm?);
    let widest = values.iter().map(|value| value.width()).fold(0.0, f64::max);
    for (what, time, width) in [
        ("all singular values, enclosed", all, widest / norm.high()),
        ("spectral norm, enclosed", one, norm.width() / norm.high()),
    ] {
        let ratio = time.as_secs_f64() / floor.as_secs_f64();
        println!("{what} to {width:.1e} of the norm: {time:.2?}, {ratio:.2} decompositions");
    }
    Ok(())
}
