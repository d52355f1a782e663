//! Critical points of a small tanh network from many starts, told apart from gradient-flat points, and certified.
//!
//! `cargo run --release -p saddlepoint-landscape --example critical_points`

use std::collections::BTreeMap;
use std::time::Instant;

use nalgebra::DMatrix;
use saddlepoint_landscape::analytic::{Activation, HiddenLayer};
use saddlepoint_landscape::critical::search::{Criteria, Ending, LevenbergMarquardt, Search};
use saddlepoint_landscape::critical::{classify, krawczyk, symmetry};

/// Numbers between −1 and 1 that look random and are always the same.
fn number(i: usize) -> f64 {
    (0.618_033_988_749_895 * (i * i + 3 * i + 1) as f64).fract() * 2.0 - 1.0
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let inputs = DMatrix::from_fn(20, 2, |t, j| 2.0 * number(2 * t + j));
    let targets = inputs.row_iter().map(|x| (1.5 * x[0]).sin() * x[1]).collect();
    let network = HiddenLayer::half_mean_square(Activation::Tanh, 3, &inputs, targets)?;

    let starts: Vec<Vec<f64>> =
        (0..300).map(|s| (0..13).map(|j| 2.0 * number(1000 + 13 * s + j)).collect()).collect();
    let criteria = Criteria { steps: 1000, gradient_norm: 1e-12, bound: 50.0, flatness: 1e-3 };
    let clock = Instant::now();
    let found = LevenbergMarquardt { criteria }.run_all(&network, &starts)?;
    println!("{} searches in {:.2} s", starts.len(), clock.elapsed().as_secs_f64());
    for ending in [Ending::Critical, Ending::GradientFlat, Ending::Failed] {
        println!("{ending:?}: {}", found.iter().filter(|f| f.ending == ending).count());
    }

    let points: Vec<Vec<f64>> =
        found.into_iter().filter(|f| f.ending == Ending::Critical).map(|f| f.point).collect();
    let mut kinds = BTreeMap::new();
    for point in symmetry::distinct(&network, &points, 1e-6).into_iter().map(|i| &points[i]) {
        let known = classify(&network, point, 1e-11, 1e-7)?;
        let certificate = krawczyk::certify_near(&network, point).ok();
        if let Some(certificate) = &certificate {
            certificate.verify(&network)?;
        }
        let tally = kinds.entry((known.index(), known.inertia.zero)).or_insert((0, 0));
        *tally = (tally.0 + 1, tally.1 + usize::from(certificate.is_some()));
    }
    for ((index, zero), (count, certified)) in kinds {
        println!("index {index}, {zero} zero eigenvalues: {count}, of which {certified} certified");
    }
    Ok(())
}
