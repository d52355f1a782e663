//! Gradient noise: minibatches over all subsets, unbiased estimates over all draws, and per-sample gradients of a network.

use burn::tensor::Tensor;
use proptest::prelude::*;
use saddlepoint_curvature::jacobian::trace_outputs;
use saddlepoint_curvature::trace;
use saddlepoint_landscape::gradient_noise::SampleGradients;
use saddlepoint_models::device::{Backend, Device, Precision};
use saddlepoint_models::networks::{Activation, Architecture, Initialization, Mlp, Network};
use saddlepoint_models::random::Stream;

/// The mean gradient and the covariance, row by row, of the mean over each of some batches.
fn moments(rows: &[Vec<f64>], batches: &[Vec<usize>]) -> (Vec<f64>, Vec<f64>) {
    let p = rows[0].len();
    let means: Vec<Vec<f64>> = batches
        .iter()
        .map(|batch| {
            (0..p).map(|k| batch.iter().map(|&i| rows[i][k]).sum::<f64>() / batch.len() as f64).collect()
        })
        .collect();
    let count = means.len() as f64;
    let mean: Vec<f64> = (0..p).map(|k| means.iter().map(|m| m[k]).sum::<f64>() / count).collect();
    let covariance = (0..p * p)
        .map(|at| {
            let (j, k) = (at / p, at % p);
            means.iter().map(|m| (m[j] - mean[j]) * (m[k] - mean[k])).sum::<f64>() / count
        })
        .collect();
    (mean, covariance)
}

fn subsets(n: usize, size: usize) -> Vec<Vec<usize>> {
    let members = |mask: usize| (0..n).filter(move |i| mask >> i & 1 == 1).collect::<Vec<_>>();
    (0..1 << n).map(members).filter(|batch| batch.len() == size).collect()
}

fn tuples(n: usize, size: usize) -> Vec<Vec<usize>> {
    (0..n.pow(size as u32)).map(|code| (0..size).map(|k| code / n.pow(k as u32) % n).collect()).collect()
}

fn near(a: &[f64], b: &[f64], tolerance: f64) -> bool {
    a.iter().zip(b).all(|(a, b)| (a - b).abs() <= tolerance)
}

fn gradients() -> impl Strategy<Value = (Vec<Vec<f64>>, usize)> {
    (2usize..=8, 1usize..=3)
        .prop_flat_map(|(n, p)| (prop::collection::vec(prop::collection::vec(-3.0..3.0f64, p), n), 1..=n))
}

proptest! {
    /// Over all subsets of one size the minibatch's gradient is the full one on average, and its covariance is the samples',
    /// times a factor that counts that nothing is drawn twice.
    #[test]
    fn minibatches_are_unbiased_and_their_noise_is_known((rows, batch) in gradients()) {
        let (n, p) = (rows.len(), rows[0].len());
        let samples = SampleGradients::new(rows.concat(), p).unwrap();
        let (mean, covariance) = moments(&rows, &subsets(n, batch));
        let singles: Vec<Vec<usize>> = (0..n).map(|i| vec![i]).collect();
        let factor = samples.minibatch_factor(batch).unwrap();
        let expected: Vec<f64> = moments(&rows, &singles).1.iter().map(|s| factor * s).collect();
        prop_assert!(near(&mean, samples.mean(), 1e-12));
        prop_assert!(near(&covariance, &expected, 1e-11), "{covariance:?} {expected:?}");
        let trace: f64 = (0..p).map(|k| covariance[k * p + k]).sum();
        prop_assert!((trace - factor * samples.trace()).abs() < 1e-11);
        prop_assert!((samples.spectrum().unwrap().iter().sum::<f64>() - samples.trace()).abs() < 1e-11);
    }

    /// Over all draws with replacement, the estimates of the squared gradient and of the trace are those of the population.
    #[test]
    fn the_parts_of_the_noise_scale_are_unbiased(rows in prop::collection::vec(prop::array::uniform2(-1.0..1.0f64), 3)) {
        // Far from zero, so that no draw leaves the scale undetermined.
        let rows: Vec<Vec<f64>> = rows.into_iter().map(|row| row.map(|x| x + 100.0).to_vec()).collect();
        let population = SampleGradients::new(rows.concat(), 2).unwrap();
        let draws = tuples(3, 5);
        let found: Vec<[f64; 2]> = draws
            .iter()
            .map(|draw| {
                let drawn = draw.iter().flat_map(|&i| rows[i].clone()).collect();
                let scale = SampleGradients::new(drawn, 2).unwrap().noise_scale().unwrap();
                [scale.squared_gradient, scale.trace]
            })
            .collect();
        let mean = |k: usize| found.iter().map(|f| f[k]).sum::<f64>() / found.len() as f64;
        let squared: f64 = population.mean().iter().map(|g| g * g).sum();
        prop_assert!((mean(0) - squared).abs() < 1e-9 * squared);
        prop_assert!((mean(1) - population.trace()).abs() < 1e-9);
        // Teeth: the squared norm of the mean, which many take, is too large by a fifth of the trace.
        let naive: f64 = draws
            .iter()
            .map(|draw| {
                let drawn = draw.iter().flat_map(|&i| rows[i].clone()).collect();
                SampleGradients::new(drawn, 2).unwrap().mean().iter().map(|g| g * g).sum::<f64>()
            })
            .sum::<f64>() / draws.len() as f64;
        prop_assert!((naive - squared - population.trace() / 5.0).abs() < 1e-9);
    }
}

/// Teeth: `S / b`, the law with replacement, is not that of minibatches of an epoch, and the other way round.
#[test]
fn teeth_drawing_without_replacement_matters() {
    let rows: Vec<Vec<f64>> = [1.0, -2.0, 0.5, 4.0].map(|x| vec![x]).to_vec();
    let samples = SampleGradients::new(rows.concat(), 1).unwrap();
    let without = moments(&rows, &subsets(4, 2)).1[0];
    let with = moments(&rows, &tuples(4, 2)).1[0];
    assert!((with - samples.trace() / 2.0).abs() < 1e-12);
    assert!((without - samples.trace() / 3.0).abs() < 1e-12);
    assert!(with / without > 1.4);
}

/// The standard error is one: of many estimates from normal gradients, about 95 % lie within two of the truth.
#[test]
fn standard_errors_cover() {
    let mut stream = Stream::new(5);
    let (runs, n, p) = (400, 60, 4);
    let inside = (0..runs).filter(|_| {
        let rows = (0..n * p).map(|_| stream.normal() + 1.0).collect();
        let scale = SampleGradients::new(rows, p).unwrap().noise_scale().unwrap();
        // |G|² = 4 and tr Σ = 4.
        (scale.scale - 1.0).abs() < 2.0 * scale.scale_error
    });
    // At a coverage of 0.9 or of 0.99, fewer than one run of this test in a thousand ends here.
    let share = inside.count() as f64 / f64::from(runs);
    assert!((0.91..0.99).contains(&share), "{share}");
}

/// The Jacobian of the samples' losses holds the gradients of the losses of single samples.
#[test]
fn per_sample_gradients_are_those_of_single_samples() {
    let device = Device::open(Backend::default()).unwrap();
    let mut stream = Stream::new(1);
    let network = Mlp::new(&[3, 4, 2], Activation::Tanh)
        .unwrap()
        .init(Initialization::LecunNormal, Precision::F64, &device, &mut stream)
        .unwrap();
    let numbers = stream.normals(15);
    let inputs = |rows: &[f64]| {
        let data = burn::tensor::TensorData::new(rows.to_vec(), [rows.len() / 3, 3]);
        Tensor::<2>::from_data(data, (&device.autodiff(), Precision::F64.dtype()))
    };
    let losses =
        trace_outputs(&network, inputs(&numbers), |network, x| network.forward(x).powi_scalar(2).sum_dim(1))
            .unwrap();
    for block in [1, 2, 7] {
        let rows = losses.linearize(losses.point()).unwrap().dense(block).unwrap();
        let samples = SampleGradients::new(rows, losses.dimension()).unwrap();
        assert_eq!(samples.samples(), 5);
        for (row, x) in samples.rows().zip(numbers.chunks(3)) {
            let single =
                trace(&network, inputs(x), |network, x| network.forward(x).powi_scalar(2).sum()).unwrap();
            let (_, gradient) = single.value_and_gradient(single.point()).unwrap();
            assert!(near(row, &gradient, 1e-13));
        }
    }
}
