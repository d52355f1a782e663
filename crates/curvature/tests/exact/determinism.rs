//! The same bits whatever the number of threads, and however the data are batched the same loss.

use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::tensor::activation::tanh;
use burn::tensor::{DType, Tensor};
use saddlepoint_curvature::mean_curvature::MeanCurvature;
use saddlepoint_curvature::trace;
use saddlepoint_curvature::trace::Traced;

use crate::common::{case, cast_to, device, distance, norm, numbers, point, tensor_of};
use crate::networks::cases;

/// A convolution of more images than one task has.
fn images(dtype: DType, rows: std::ops::Range<usize>) -> Traced {
    // The parameters are those of a point that the tests choose.
    let layer: Conv2d = cast_to(Conv2dConfig::new([2, 3], [3, 3]).init(&device()), dtype);
    let x: Tensor<4> = tensor_of(1, [70, 2, 9, 9], dtype).slice([rows]);
    trace(&layer, x, |m, x| tanh(m.forward(x)).powi_scalar(2).mean()).unwrap()
}

#[test]
fn results_are_the_same_bits_on_one_thread_and_on_four() {
    for dtype in [DType::F32, DType::F64] {
        let large = case("many images", Ok(images(dtype, 0..70)));
        for (name, traced) in cases(dtype).into_iter().chain([large]) {
            let (point, v) = (point(&traced), numbers(2, 3 * traced.dimension()));
            let on = |threads: usize| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                pool.install(|| {
                    let at = traced.linearize(&point).unwrap();
                    (at.gradient().to_vec(), at.hessian_block(&v, 3).unwrap())
                })
            };
            assert_eq!(on(1), on(4), "{name}, {dtype:?}");
        }
    }
}

/// A sum of batch means is not the loss.
#[test]
fn pitfall_batches_of_unequal_size_are_weighted_by_their_size() {
    let ranges = [0..33, 33..36, 36..37];
    let whole = images(DType::F64, 0..37);
    let point = point(&whole);
    let loss = |batch: usize| images(DType::F64, ranges[batch].clone());
    let source = |batch: usize| Ok((loss(batch).linearize(&point)?, ranges[batch].len()));
    let batched = MeanCurvature::new(3, usize::MAX, source).unwrap();
    let at = whole.linearize(&point).unwrap();
    let v = numbers(3, point.len());
    let (expected, found) = (at.hessian_vector(&v).unwrap(), batched.times_block(&v, 1).unwrap());
    assert!(distance(&expected, &found) < 1e-13 * norm(&expected));
    let means = loss(2).linearize(&point).unwrap().hessian_vector(&v).unwrap();
    assert!(distance(&expected, &means) > 1e-3 * norm(&expected), "one batch is not the whole");
}
