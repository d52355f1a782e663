//! Laws of `capacity::lipschitz`: what is below is below, and no difference quotient is above.

use nalgebra::{DMatrix, DVector, dmatrix, dvector};
use proptest::prelude::*;
use saddlepoint_theory::capacity::lipschitz::{
    LipschitzError, averaged, largest_slope, local, product, sampled,
};
use saddlepoint_theory::expressivity::regions::{Rectangle, Regions};
use saddlepoint_theory::expressivity::relu_network::{NetworkError, ReluNetwork};

fn network(widths: &[usize], numbers: &[f64]) -> ReluNetwork {
    let mut numbers = numbers.iter().copied().cycle();
    let layer = |pair: &[usize]| {
        let weights = DMatrix::from_iterator(pair[1], pair[0], numbers.by_ref().take(pair[0] * pair[1]));
        (weights, DVector::from_iterator(pair[1], numbers.by_ref().take(pair[1])))
    };
    ReluNetwork::new(widths.windows(2).map(layer).collect()).unwrap()
}

fn widths(inputs: usize) -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(1usize..6, 1..4).prop_map(move |mut widths| {
        widths.insert(0, inputs);
        widths.push(2);
        widths
    })
}

fn numbers() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(-2.0..2.0f64, 113)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// sampled ≤ exact ≤ local ≤ averaged ≤ product, and a larger budget never widens.
    #[test]
    fn the_sandwich_of_two_inputs(
        widths in widths(2), numbers in numbers(), points in prop::collection::vec(prop::array::uniform2(-2.0..2.0f64), 50),
    ) {
        let network = network(&widths, &numbers);
        let regions = Regions::of(&network, Rectangle::new([-2.0; 2], [2.0; 2]).unwrap()).unwrap();
        let exact = largest_slope(&network, &regions).unwrap().norm;
        if let Ok(sampled) = sampled(&network, &points) {
            prop_assert!(sampled.bound <= exact.high());
        }
        let (averaged, product) = (averaged(&network).unwrap(), product(&network).unwrap());
        prop_assert!(averaged <= product * (1.0 + 1e-12));
        let mut before = f64::INFINITY;
        for budget in [1, 8, 64] {
            let local = local(&network, &[-2.0; 2], &[2.0; 2], budget).unwrap();
            prop_assert!(exact.low() <= local.constant.high() && local.constant.low() <= exact.high());
            prop_assert!(local.constant.high() <= averaged * (1.0 + 1e-12) && local.constant.high() <= before);
            before = local.constant.high();
        }
    }

    /// Difference quotients, in more dimensions than two: the definition, which knows no Jacobian.
    #[test]
    fn no_difference_quotient_is_above(
        inputs in 1usize..6, shape in widths(1), numbers in numbers(), points in prop::collection::vec(-1.0..1.0f64, 60), step in -6..1i32,
    ) {
        let mut shape = shape;
        shape[0] = inputs;
        let network = network(&shape, &numbers);
        let bound = local(&network, &vec![-1.0; inputs], &vec![1.0; inputs], 8).unwrap().constant.high();
        prop_assert!(bound <= product(&network).unwrap() * (1.0 + 1e-12));
        for pair in points.chunks_exact(2 * inputs) {
            let (x, y) = pair.split_at(inputs);
            let t = 10f64.powi(step);
            let y: Vec<f64> = x.iter().zip(y).map(|(x, y)| x + t * (y - x)).collect();
            let distance = DVector::from_vec(y.clone()) - DVector::from_column_slice(x);
            let moved = network.value(&y).unwrap() - network.value(x).unwrap();
            prop_assert!(moved.norm() <= bound * distance.norm() + 1e-10, "{moved} {distance} {bound}");
        }
    }

    #[test]
    fn any_bits_are_bounded_or_refused(bits in prop::array::uniform5(any::<u64>())) {
        let [w, b, v, low, high] = bits.map(f64::from_bits);
        let layers = vec![(dmatrix![w; 1.0], dvector![b, 0.5]), (dmatrix![v, 1.0], dvector![0.0])];
        let Ok(network) = ReluNetwork::new(layers) else { return Ok(()) };
        if let Ok(local) = local(&network, &[low], &[high], 20) {
            prop_assert!(local.constant.high() >= 0.0 && local.boxes <= 21);
        }
        if let Ok(sampled) = sampled(&network, &[[low], [high]]) {
            prop_assert!(sampled.bound >= 0.0 && sampled.bound.is_finite());
        }
    }
}

/// Teeth: a hat, whose slopes cancel where all units are active. The norm of the merged matrices alone, without the
/// separated factors, is below the truth; so is the Jacobian at the center of a box that holds a steeper region.
#[test]
fn parts_of_the_bounds_are_no_bounds() {
    let hat =
        ReluNetwork::new(vec![(dmatrix![1.0; 1.0], dvector![0.0, -0.5]), (dmatrix![1.0, -1.0], dvector![0.0])])
            .unwrap();
    let truth = sampled(&hat, &[[0.25]]).unwrap().bound;
    let merged = (&hat.layers()[1].0 * &hat.layers()[0].0).norm();
    assert!(merged < truth && truth <= averaged(&hat).unwrap());
    let center = sampled(&hat, &[[0.75]]).unwrap().bound;
    let around = local(&hat, &[-0.5], &[2.0], 100).unwrap().constant;
    assert!(center < 0.5 && around.low() > 0.999 && around.high() < 1.001);
    // Outside of the box the network may be steeper than inside.
    assert!(local(&hat, &[1.0], &[2.0], 100).unwrap().constant.high() < 1e-9);
}

#[test]
fn what_has_no_constant_is_refused() {
    let kink = ReluNetwork::new(vec![(dmatrix![1.0], dvector![0.0]), (dmatrix![1.0], dvector![0.0])]).unwrap();
    assert_eq!(sampled(&kink, &[[0.0]]).unwrap_err(), LipschitzError::NoDerivative(1));
    assert_eq!(sampled::<[f64; 1]>(&kink, &[]).unwrap_err(), LipschitzError::NoDerivative(0));
    let point = NetworkError::Point { inputs: 1, found: 2 };
    assert_eq!(sampled(&kink, &[[0.0, 1.0]]).unwrap_err(), point.into());
    assert_eq!(local(&kink, &[0.0, 0.0], &[1.0, 1.0], 5).unwrap_err(), point.into());
    assert!(sampled(&kink, &[[f64::NAN]]).is_err());
    assert_eq!(
        local(&kink, &[1.0], &[1.0], 5).unwrap_err(),
        LipschitzError::Range { index: 0, low: 1.0, high: 1.0 }
    );
    assert!(
        local(&kink, &[f64::NAN], &[1.0], 5).is_err() && local(&kink, &[0.0], &[f64::INFINITY], 5).is_err()
    );
    let plane = |units| network(&[2, units, 1], &[0.3, -0.7, 1.1]);
    let regions = Regions::of(&plane(3), Rectangle::new([-1.0; 2], [1.0; 2]).unwrap()).unwrap();
    assert_eq!(
        largest_slope(&plane(4), &regions).unwrap_err(),
        LipschitzError::Pattern { expected: 4, found: 3 }
    );
}
