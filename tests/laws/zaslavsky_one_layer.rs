//! `zaslavsky-one-layer`: one hidden layer divides the plane like its lines, counted by their intersections.

use nalgebra::{DMatrix, DVector};
use num_bigint::BigUint;
use num_rational::BigRational;
use proptest::prelude::*;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::expressivity::Scalar;
use saddlepoint_theory::expressivity::regions::{Rectangle, Regions};
use saddlepoint_theory::expressivity::relu_network::ReluNetwork;
use saddlepoint_theory::expressivity::zaslavsky::{central, in_general_position};

/// Lines `a x + b y + c = 0`.
type Line = [i32; 3];

fn regions(lines: &[Line], half: f64) -> usize {
    let weights = DMatrix::from_fn(lines.len(), 2, |i, j| f64::from(lines[i][j]));
    let bias = DVector::from_fn(lines.len(), |i, _| f64::from(lines[i][2]));
    let output = (DMatrix::repeat(1, lines.len(), 1.0), DVector::zeros(1));
    let network = ReluNetwork::new(vec![(weights, bias), output]).unwrap();
    Regions::of(&network, Rectangle::new([-half; 2], [half; 2]).unwrap()).unwrap().len()
}

/// Regions of any arrangement: one, one more for each distinct line, and for each point where `m` of them meet `m − 1` more.
fn by_intersections(lines: &[Line]) -> usize {
    let number = BigRational::integer;
    let mut distinct: Vec<[BigRational; 3]> = Vec::new();
    for line in lines.iter().filter(|line| line[0] != 0 || line[1] != 0) {
        let lead = if line[0] == 0 { line[1] } else { line[0] };
        let normal = line.map(|x| number(x) / number(lead));
        if !distinct.contains(&normal) {
            distinct.push(normal);
        }
    }
    let mut points: Vec<([BigRational; 2], Vec<usize>)> = Vec::new();
    for i in 0..distinct.len() {
        for j in 0..i {
            let ([a, b, c], [d, e, f]) = (&distinct[i], &distinct[j]);
            let determinant = a * e - b * d;
            if determinant == number(0) {
                continue;
            }
            let at = [(b * f - c * e) / &determinant, (c * d - a * f) / &determinant];
            match points.iter_mut().find(|(point, _)| *point == at) {
                Some((_, through)) => through.extend([i, j]),
                None => points.push((at, vec![i, j])),
            }
        }
    }
    let more = points.into_iter().map(|(_, mut through)| {
        through.sort_unstable();
        through.dedup();
        through.len() - 1
    });
    1 + distinct.len() + more.sum::<usize>()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// Parallel, equal and concurrent lines included: coefficients are small on purpose.
    #[test]
    fn a_layer_divides_like_its_lines(lines in prop::collection::vec(prop::array::uniform3(-3..=3i32), 1..9)) {
        prop_assert_eq!(regions(&lines, 100.0), by_intersections(&lines));
    }

    /// Deletion and restriction: a further hyperplane adds as many regions as it is itself divided into.
    #[test]
    fn a_further_hyperplane_adds_its_own_regions(d in 1u32..9, n in 0u32..40) {
        prop_assert_eq!(in_general_position(d, n + 1), in_general_position(d, n) + in_general_position(d - 1, n));
        prop_assert!(central(d, n) <= in_general_position(d, n));
        prop_assert!(n == 0 || central(d, n + 1) == central(d, n) + central(d - 1, n) || d == 1);
    }

    #[test]
    fn general_position_is_the_most(lines in prop::collection::vec(prop::array::uniform3(-9..=9i32), 1..12)) {
        prop_assert!(BigUint::from(by_intersections(&lines)) <= in_general_position(2, lines.len() as u32));
    }
}

#[test]
fn random_layers_are_in_general_position() {
    let square = Rectangle::new([-1e4; 2], [1e4; 2]).unwrap();
    for n in [3, 5, 8, 12, 16, 24] {
        let mut stream = Stream::new(n as u64);
        let network = ReluNetwork::he_normal(&[2, n, 1], 1.0, &mut || stream.normal()).unwrap();
        let found = Regions::of(&network, square).unwrap().len();
        assert_eq!(BigUint::from(found), in_general_position(2, n as u32), "{n} lines");
    }
}

/// Teeth: lines that are not in general position have fewer regions, and layers without biases are such.
#[test]
fn special_position_has_fewer() {
    assert_eq!(regions(&[[1, 0, 0], [1, 0, -1], [0, 1, 0]], 100.0), 6);
    assert_eq!(regions(&[[1, 0, 0], [0, 1, 0], [1, 1, 0], [1, -1, 0], [1, 2, 0]], 100.0), 10);
    for n in 2..9 {
        let mut stream = Stream::new(n as u64);
        let network = ReluNetwork::he_normal(&[2, n, 1], 0.0, &mut || stream.normal()).unwrap();
        let found = Regions::of(&network, Rectangle::new([-1.0; 2], [1.0; 2]).unwrap()).unwrap().len();
        assert_eq!(BigUint::from(found), central(2, n as u32));
        assert_eq!(found, 2 * n);
    }
}
