//! Laws of `bounds::arora_compression`: what compression promises holds, draw by draw.

use nalgebra::{DMatrix, DVector, dmatrix};
use saddlepoint_models::random::Stream;
use saddlepoint_rigor::IntervalMatrix;
use saddlepoint_theory::bounds::arora_compression::{AroraCompression, Compression, Smoothness};
use saddlepoint_theory::bounds::certificate::Verdict;
use saddlepoint_theory::capacity::cushions::{Cushions, interlayer_smoothness};
use saddlepoint_theory::capacity::margins::Margins;
use saddlepoint_theory::capacity::matrix_project::matrix_project;
use saddlepoint_theory::capacity::norms::Layers;
use saddlepoint_theory::capacity::spectrum::exact;

fn weights() -> Vec<DMatrix<f64>> {
    vec![dmatrix![1.0, 0.2; 0.1, 0.9], dmatrix![0.8, 0.1; 0.3, 1.0]]
}

fn layers(weights: &[DMatrix<f64>]) -> Layers {
    Layers::new(weights.iter().map(|w| exact(w).unwrap()).collect()).unwrap()
}

fn inputs() -> Vec<Vec<f64>> {
    vec![vec![1.0, 0.7], vec![0.6, 1.0], vec![0.9, 0.9]]
}

fn output(weights: &[DMatrix<f64>], x: &[f64]) -> DVector<f64> {
    let hidden = (&weights[0] * DVector::from_column_slice(x)).map(|z| z.max(0.0));
    &weights[1] * hidden
}

/// The relative change of the output, at most, over the sample.
fn change(compressed: &[DMatrix<f64>]) -> f64 {
    let original = weights();
    let relative = |x: &Vec<f64>| {
        let f = output(&original, x);
        (output(compressed, x) - &f).norm() / f.norm()
    };
    inputs().iter().map(relative).fold(0.0, f64::max)
}

/// With the plan's projections no output of any draw moves by more than `ε` of its norm. Teeth: with few projections
/// most draws do.
#[test]
fn compressed_networks_are_close_on_the_sample() {
    let cushions = Cushions::new(&layers(&weights()), &inputs()).unwrap();
    let gamma = 0.5;
    let compression = Compression::new(&cushions, gamma, 0.01).unwrap();
    let epsilon = gamma / (2f64.sqrt() * cushions.largest_output());
    assert!(epsilon < 0.4, "{epsilon}");
    let mut stream = Stream::new(3);
    let mut smoothness = Vec::new();
    for _ in 0..5 {
        let compressed = compression.compress(&weights(), || stream.sign() > 0.0).unwrap();
        assert!(change(&compressed) <= epsilon, "{}", change(&compressed));
        smoothness.push(interlayer_smoothness(&layers(&weights()), &layers(&compressed), &inputs()).unwrap());
    }
    // No unit is near its kink, so the network is linear where the noise reaches.
    assert!(smoothness.iter().all(|&rho| rho > 1e6), "{smoothness:?}");
    let few = (0..200).filter(|_| {
        let project =
            |w: &DMatrix<f64>, stream: &mut Stream| matrix_project(w, 5, 0.0, || stream.sign() > 0.0).unwrap();
        let compressed: Vec<_> = weights().iter().map(|w| project(w, &mut stream)).collect();
        change(&compressed) > epsilon
    });
    assert!(few.count() > 100);
}

/// Few draws leave little confidence in the smoothness; enough of them certify the compressed network, which needs more
/// numbers than the original has weights.
#[test]
fn small_networks_are_not_compressed() {
    let cushions = Cushions::new(&layers(&weights()), &inputs()).unwrap();
    let compression = Compression::new(&cushions, 0.5, 0.01).unwrap();
    let outputs = inputs().iter().flat_map(|x| output(&weights(), x).as_slice().to_vec()).collect();
    let outputs = IntervalMatrix::from_rows(3, 2, outputs).unwrap();
    let margins = Margins::of_classes(&outputs, &[0, 1, 0]).unwrap();
    let drawn = |draws: usize| Smoothness::of_draws(6.0, &vec![1e9; draws], 0.01).unwrap();
    let certificate = |smoothness: &Smoothness| {
        let theorem = AroraCompression::new(compression.clone(), &margins, smoothness, 0.01).unwrap();
        theorem.evaluate()
    };
    let (few, many) = (certificate(&drawn(10)), certificate(&drawn(1000)));
    let confidence = |bound: &saddlepoint_theory::bounds::arora_compression::CompressedCertificate| {
        bound.of_the_compressed_network().confidence()
    };
    assert!(confidence(&few) < 0.7 && confidence(&many) > 0.96);
    assert_eq!(many.of_the_compressed_network().verdict(), Verdict::Vacuous);
    assert!(many.parameters() > 8 && cushions.effective_parameters(0.5, 0.1).unwrap() > 8.0);
}

/// A larger margin never needs more projections, and more failure probability never costs more.
#[test]
fn the_plan_is_monotone() {
    let cushions = Cushions::new(&layers(&weights()), &inputs()).unwrap();
    let plan = |gamma, failure| Compression::new(&cushions, gamma, failure).unwrap().projections().to_vec();
    let ordered = |a: &[u64], b: &[u64]| a.iter().zip(b).all(|(a, b)| a >= b);
    for gamma in [0.01, 0.1, 1.0] {
        assert!(ordered(&plan(gamma, 0.01), &plan(2.0 * gamma, 0.01)));
        assert!(ordered(&plan(gamma, 0.001), &plan(gamma, 0.01)));
    }
}
