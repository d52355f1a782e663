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

/// A network whose layers are near a rotation of some inputs, so that little of a unit's input is cancelled, and inputs.
fn drawn(dimensions: &[usize], seed: u64) -> (Vec<DMatrix<f64>>, Vec<Vec<f64>>) {
    let mut stream = Stream::new(seed);
    let layer =
        |d: &[usize], stream: &mut Stream| {
            DMatrix::from_fn(d[1], d[0], |i, j| {
                if i % d[0] == j || j % d[1] == i { 1.0 } else { 0.3 * stream.uniform() }
            })
        };
    let weights = dimensions.windows(2).map(|d| layer(d, &mut stream)).collect();
    (weights, (0..4).map(|_| (0..dimensions[0]).map(|_| 0.5 + stream.uniform()).collect()).collect())
}

fn output_of(weights: &[DMatrix<f64>], x: &[f64]) -> DVector<f64> {
    let last = weights.len() - 1;
    weights.iter().enumerate().fold(DVector::from_column_slice(x), |x, (i, w)| {
        let z = w * x;
        if i < last { z.map(|z| z.max(0.0)) } else { z }
    })
}

/// Random networks of several shapes: with the planned projections no output of a draw that is smooth enough moves by more
/// than `ε` of its norm. Teeth: with two projections most do.
#[test]
fn random_networks_are_compressed_as_planned() {
    let mut stream = Stream::new(8);
    let (mut kept, mut rough, mut lost, mut tried) = (0, 0, 0, 0);
    for (seed, dimensions) in
        (0..).zip([&[2, 2, 2][..], &[3, 3, 2], &[2, 3, 3], &[4, 3, 2], &[3, 2], &[2, 2, 2, 2]])
    {
        let (weights, inputs) = drawn(dimensions, seed);
        let cushions = Cushions::new(&layers(&weights), &inputs).unwrap();
        let gamma = 1.4 * cushions.largest_output();
        let plan = Compression::new(&cushions, gamma, 0.01).unwrap();
        let epsilon = (gamma / (2f64.sqrt() * cushions.largest_output())).min(1.0);
        let moved = |compressed: &[DMatrix<f64>]| {
            let relative = |x: &Vec<f64>| {
                let f = output_of(&weights, x);
                (output_of(compressed, x) - &f).norm() / f.norm()
            };
            inputs.iter().map(relative).fold(0.0, f64::max)
        };
        for _ in 0..3 {
            let compressed = plan.compress(&weights, || stream.sign() > 0.0).unwrap();
            let rho = interlayer_smoothness(&layers(&weights), &layers(&compressed), &inputs).unwrap();
            if rho < 3.0 * weights.len() as f64 {
                rough += 1;
                continue;
            }
            assert!(moved(&compressed) <= epsilon, "{dimensions:?}: {} {epsilon}", moved(&compressed));
            kept += 1;
        }
        // The events of the proof have far more room than a draw uses: a few projections are what is caught.
        for _ in 0..20 {
            let mut project = |w: &DMatrix<f64>| matrix_project(w, 2, 0.0, || stream.sign() > 0.0).unwrap();
            let compressed: Vec<_> = weights.iter().map(&mut project).collect();
            lost += u32::from(moved(&compressed) > epsilon);
            tried += 1;
        }
    }
    assert!(kept >= 12 && 2 * lost > tried, "{kept} {rough} {lost} {tried}");
}

/// Teeth of the smoothness: near a kink a small noise turns a unit over. The network is then no longer what its Jacobian says,
/// and the theorem refuses it.
#[test]
fn a_network_at_its_kinks_is_not_smooth() {
    let weights = vec![dmatrix![1.0, -1.0; 1.0, 1.0], dmatrix![5.0, 1.0; 1.0, 1.0]];
    let inputs = vec![vec![1.0, 1.001]];
    let mut noisy = weights.clone();
    noisy[0][(0, 0)] += 0.2;
    let rho = interlayer_smoothness(&layers(&weights), &layers(&noisy), &inputs).unwrap();
    assert!(rho < 6.0, "{rho}");
    let far = vec![vec![3.0, 1.0]];
    assert!(interlayer_smoothness(&layers(&weights), &layers(&noisy), &far).unwrap() > 1e6);
}
