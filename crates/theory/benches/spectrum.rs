//! What proven singular values cost, beside the floor: the decomposition of the same matrix that proves nothing.
//!
//! Each takes many seconds, so nothing is resampled: two rounds, one after another, and the best of each. What counts
//! is their ratio; where the system says how long a thread was on a processor, beside other work, that is the time.
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

const ROUNDS: usize = 2;

/// How long this thread has been on a processor, which Linux counts in nanoseconds.
fn on_processor() -> Option<Duration> {
    let counts = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(counts.split(' ').next()?.parse().ok()?))
}

fn timed<T>(run: impl FnOnce() -> T) -> (T, Duration) {
    let (before, start) = (on_processor(), Instant::now());
    let result = black_box(run());
    let time = before
        .zip(on_processor())
        .map_or_else(|| start.elapsed(), |(before, after)| after.saturating_sub(before));
    (result, time)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let matrix = IntervalMatrix::from_rows(SIZE, SIZE, entries())?;
    let plain = DMatrix::from_row_slice(SIZE, SIZE, &entries());
    let mut best = [Duration::MAX; 3];
    for round in 1..=ROUNDS {
        let (_, floor) = timed(|| plain.clone().svd(true, true));
        let (values, all) = timed(|| singular_values(&matrix));
        let (norm, one) = timed(|| spectral(&matrix));
        let (values, norm) = (values?, norm?);
        let widest = values.iter().map(|value| value.width()).fold(0.0, f64::max);
        println!("round {round}: floor, nalgebra's decomposition of {SIZE} x {SIZE}: {floor:.2?}");
        println!("all singular values, enclosed to {:.1e} of the norm: {all:.2?}", widest / norm.high());
        println!("spectral norm, enclosed to {:.1e} of itself: {one:.2?}", norm.width() / norm.high());
        for (best, time) in best.iter_mut().zip([floor, all, one]) {
            *best = time.min(*best);
        }
    }
    let [floor, all, one] = best.map(|time| time.as_secs_f64());
    println!("best of {ROUNDS}: {:.2} and {:.2} decompositions", all / floor, one / floor);
    Ok(())
}
