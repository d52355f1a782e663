//! `lipschitz-exact-vs-bounds`: the constant is that of the definition, and depth loosens the product.

use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;
use saddlepoint_theory::capacity::lipschitz::{largest_slope, product, sampled};
use saddlepoint_theory::expressivity::regions::{Rectangle, Regions};
use saddlepoint_theory::expressivity::relu_network::ReluNetwork;

use crate::evidence::{one_number_decides, smoke};

const ID: &str = "lipschitz-exact-vs-bounds";

fn network(hidden: &[usize], numbers: &[f64]) -> ReluNetwork {
    let mut numbers = numbers.iter().copied().cycle();
    let widths = [&[2], hidden, &[1]].concat();
    let layer = |pair: &[usize]| {
        let weights = DMatrix::from_iterator(pair[1], pair[0], numbers.by_ref().take(pair[0] * pair[1]));
        (weights, DVector::from_iterator(pair[1], numbers.by_ref().take(pair[1])))
    };
    ReluNetwork::new(widths.windows(2).map(layer).collect()).unwrap()
}

fn exact(network: &ReluNetwork, half: f64) -> [f64; 2] {
    let regions = Regions::of(network, Rectangle::new([-half; 2], [half; 2]).unwrap()).unwrap();
    let norm = largest_slope(network, &regions).unwrap().norm;
    [norm.low(), norm.high()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// By the definition, from below: no difference quotient in the square is above the exact constant, near or far; and the
    /// region that has it shows it: some quotient inside reaches it.
    #[test]
    fn the_constant_is_the_largest_difference_quotient(
        hidden in prop::collection::vec(1usize..6, 1..4), numbers in prop::collection::vec(-2.0..2.0f64, 97),
        points in prop::collection::vec(prop::array::uniform4(-2.0..2.0f64), 40),
    ) {
        let network = network(&hidden, &numbers);
        let square = Rectangle::new([-2.0; 2], [2.0; 2]).unwrap();
        let regions = Regions::of(&network, square).unwrap();
        let found = largest_slope(&network, &regions).unwrap();
        for [a, b, c, d] in points {
            let difference = (network.value(&[a, b]).unwrap() - network.value(&[c, d]).unwrap()).norm();
            prop_assert!(difference <= found.norm.high() * (a - c).hypot(b - d) + 1e-12);
        }
        prop_assert!(found.norm.low() <= product(&network).unwrap());
        let steepest = regions.iter().nth(found.region).unwrap();
        let (x, slope) = (steepest.interior_point(), steepest.slopes());
        let length = slope.norm();
        if length > 1e-6 && steepest.area() > 1e-6 {
            let step = 1e-7;
            let y = [x[0] + step * slope[(0, 0)] / length, x[1] + step * slope[(0, 1)] / length];
            let quotient = (network.value(&y).unwrap() - network.value(&x).unwrap()).norm() / step;
            prop_assert!((quotient / found.norm.midpoint() - 1.0).abs() < 1e-5, "{quotient} {}", found.norm);
        }
    }

    /// A larger square has no smaller constant.
    #[test]
    fn the_constant_is_that_of_the_square(hidden in prop::collection::vec(1usize..6, 1..3), numbers in prop::collection::vec(-2.0..2.0f64, 97)) {
        let network = network(&hidden, &numbers);
        prop_assert!(exact(&network, 1.0)[0] <= exact(&network, 3.0)[1]);
    }
}

/// Teeth: a spike that no sample of a grid meets; half of the product is below the truth where layers are aligned; and a square
/// that is too small has another constant.
#[test]
fn what_is_missed_and_what_is_tight() {
    let spike = ReluNetwork::new(vec![
        (
            DMatrix::from_row_slice(3, 2, &[1.0, 0.0, 1.0, 0.0, 1.0, 0.0]),
            DVector::from_vec(vec![-0.301, -0.302, -0.303]),
        ),
        (DMatrix::from_row_slice(1, 3, &[100.0, -200.0, 100.0]), DVector::zeros(1)),
    ])
    .unwrap();
    let grid: Vec<[f64; 2]> = (0..20).map(|i| [f64::from(i) * 0.1 - 1.003, 0.2]).collect();
    assert!(sampled(&spike, &grid).unwrap().bound < 1e-9 && exact(&spike, 1.0)[0] > 99.0);
    assert!(exact(&spike, 0.25)[1] < 1e-9);
    let chain = ReluNetwork::new(vec![
        (DMatrix::from_row_slice(1, 2, &[2.0, 0.0]), DVector::zeros(1)),
        (DMatrix::from_row_slice(1, 1, &[3.0]), DVector::zeros(1)),
    ])
    .unwrap();
    let tight = exact(&chain, 1.0)[0];
    assert!((tight - 6.0).abs() < 1e-12 && product(&chain).unwrap() / 2.0 < tight);
}

#[test]
fn teeth_of_the_verdict() {
    let evidence = smoke(ID);
    one_number_decides(ID, &evidence, "/exact/0", 1.877_844_5);
    one_number_decides(ID, &evidence, "/product", 4.8286);
    one_number_decides(ID, &evidence, "/sampled", 1.9);
    one_number_decides(ID, &evidence, "/averaged", 1.5);
    one_number_decides(ID, &evidence, "/area_defect", 1e-6);
}
