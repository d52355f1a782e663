//! `autoencoder-pca`: the product of a linear autoencoder's matrices is the projection on the principal directions.

use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;
use saddlepoint_landscape::analytic::TwoLayerLinear;
use saddlepoint_landscape::descent::{GradientDescent, StopRule};
use saddlepoint_landscape::objective::Objective;
use saddlepoint_models::random::Stream;

/// The product `AB` after a descent from normal weights.
fn product(data: &DMatrix<f64>, width: usize, stream: &mut Stream) -> DMatrix<f64> {
    let d = data.nrows();
    let network = TwoLayerLinear::new(data.clone(), data.clone(), width).unwrap();
    let start: Vec<f64> = (0..network.dimension()).map(|_| 0.3 * stream.normal()).collect();
    let largest = data.singular_values().max().powi(2);
    let stop = StopRule { steps: 100_000, gradient_norm: 1e-11 * largest };
    let descent = GradientDescent::new(0.1 / largest, stop).unwrap();
    let end = descent.run(&network, &start).unwrap().point;
    let (a, b) = end.split_at(d * width);
    DMatrix::from_column_slice(d, width, a) * DMatrix::from_column_slice(width, d, b)
}

/// An orthogonal matrix.
fn rotation(size: usize, stream: &mut Stream) -> DMatrix<f64> {
    DMatrix::from_fn(size, size, |_, _| stream.normal()).qr().q()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// Against the singular vectors of the data, which are known by construction.
    #[test]
    fn it_is_the_projection_on_the_first_singular_vectors(seed in any::<u64>(), width in 1usize..3) {
        let mut stream = Stream::new(seed);
        let (u, v) = (rotation(4, &mut stream), rotation(9, &mut stream));
        let singular = DMatrix::from_diagonal(&DVector::from_row_slice(&[2.0, 1.5, 1.0, 0.6]));
        let data = &u * singular * v.rows(0, 4);
        let principal = u.columns(0, width).clone_owned();
        let expected = &principal * principal.transpose();
        let found = product(&data, width, &mut stream);
        prop_assert!((&found - &expected).norm() < 1e-6);
        prop_assert!((&found * &found - &found).norm() < 1e-6, "a projection");
    }
}

/// Without a gap after `λ_p` the loss is the same, but the product depends on the start: the hypothesis is needed.
#[test]
fn teeth_without_a_gap_the_product_depends_on_the_start() {
    let data = DMatrix::from_diagonal(&DVector::from_row_slice(&[2.0, 1.0, 1.0]));
    let [first, second] = [1, 2].map(|seed| product(&data, 2, &mut Stream::new(seed)));
    let loss = |product: &DMatrix<f64>| (&data - product * &data).norm_squared();
    assert!((loss(&first) - 1.0).abs() < 1e-8 && (loss(&second) - 1.0).abs() < 1e-8);
    assert!((first - second).norm() > 1e-2);
}

/// Neither factor is the principal directions, only their product is determined.
#[test]
fn teeth_the_factors_are_not_determined() {
    let data = DMatrix::from_diagonal(&DVector::from_row_slice(&[3.0, 2.0, 1.0]));
    let network = TwoLayerLinear::new(data.clone(), data, 1).unwrap();
    let column = |x: f64| DMatrix::from_column_slice(3, 1, &[x, 0.0, 0.0]);
    for x in [0.1, 1.0, 7.0] {
        let point = network.point(&column(x), &column(1.0 / x).transpose()).unwrap();
        assert!((network.value(&point).unwrap() - 5.0).abs() < 1e-12);
        assert!(network.gradient(&point).unwrap().norm() < 1e-12);
    }
}
