//! VC dimensions and growth functions: what shatters, what does not, and the bound that follows.

use num_bigint::BigInt;
use num_rational::BigRational;
use proptest::prelude::*;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::bounds::kolmogorov;
use saddlepoint_theory::bounds::vc::VapnikChervonenkis;
use saddlepoint_theory::capacity::vc::growth::log_growth;
use saddlepoint_theory::capacity::vc::halfspaces::{Halfspace, Halfspaces};
use saddlepoint_theory::capacity::vc::piecewise_linear::Architecture;
use saddlepoint_theory::capacity::vc::sine;
use saddlepoint_theory::quantity::{Risk, SampleSize};

fn labellings(n: usize) -> impl Iterator<Item = Vec<bool>> {
    (0..1u32 << n).map(move |labels| (0..n).map(|i| labels >> i & 1 == 1).collect())
}

#[test]
fn as_many_points_as_the_dimension_are_shattered() {
    for d in 1..=6 {
        for class in [Halfspaces::affine(d).unwrap(), Halfspaces::homogeneous(d).unwrap()] {
            let points = class.shattered().unwrap();
            assert_eq!(points.len(), class.vc_dimension());
            for labels in labellings(points.len()) {
                let halfspace = class.witness(&labels).unwrap();
                let found: Vec<bool> = points.iter().map(|x| halfspace.contains(x).unwrap()).collect();
                assert_eq!(found, labels, "{d}");
                assert!(class.vc_dimension() > d || halfspace.offset == 0.0);
            }
        }
    }
}

proptest! {
    /// The certificate is checked in exact arithmetic, and against halfspaces through pairs of the points.
    #[test]
    fn one_point_more_is_not_shattered(
        d in 1usize..6, affine in any::<bool>(), coordinates in prop::collection::vec(-4i32..=4, 42), seed in any::<u64>(),
    ) {
        let class = if affine { Halfspaces::affine(d) } else { Halfspaces::homogeneous(d) }.unwrap();
        let points: Vec<Vec<f64>> = coordinates.chunks(d).take(class.vc_dimension() + 1)
            .map(|x| x.iter().map(|&x| f64::from(x)).collect()).collect();
        let partition = class.radon_partition(&points).unwrap();
        let zero = BigRational::from_integer(BigInt::from(0));
        for j in 0..d + usize::from(affine) {
            let coordinate = |x: &[f64]| BigRational::from_float(x.get(j).copied().unwrap_or(1.0)).unwrap();
            let sum = points.iter().zip(partition.coefficients()).map(|(x, c)| c * coordinate(x)).fold(zero.clone(), |a, b| a + b);
            prop_assert_eq!(&sum, &zero);
        }
        let labels = partition.labels();
        prop_assert!(labels.contains(&true));
        let relevant: Vec<usize> = (0..points.len()).filter(|&i| partition.coefficients()[i] != zero).collect();
        let mut stream = Stream::new(seed);
        for _ in 0..50 {
            let offset = if affine { stream.normal() } else { 0.0 };
            let halfspace = Halfspace { normal: stream.normals(d), offset };
            let realized = relevant.iter().all(|&i| halfspace.contains(&points[i]).is_none_or(|inside| inside == labels[i]));
            prop_assert!(!realized, "{halfspace:?}");
        }
    }
}

/// Three points on a line: of the eight labellings, the two that alternate are realized by no halfline. Teeth: those that
/// differ in one label are.
#[test]
fn radons_labels_are_those_that_are_missing() {
    let line = Halfspaces::affine(1).unwrap();
    let points = [[-1.5], [0.25], [3.0]];
    let realized = |labels: &[bool]| {
        [-2.0, -1.0, 1.0, 4.0].iter().any(|t| {
            [1.0, -1.0].iter().any(|&w| {
                let halfline = Halfspace { normal: vec![w], offset: -w * t };
                points.iter().zip(labels).all(|(x, label)| halfline.contains(x) == Some(*label))
            })
        })
    };
    let missing = line.radon_partition(&points).unwrap().labels();
    assert!(!realized(&missing));
    for i in 0..3 {
        let mut other = missing.clone();
        other[i] = !other[i];
        // The alternating labels with the other sign are the second of the two.
        assert_eq!(realized(&other), other.iter().zip(&other[1..]).any(|(a, b)| a == b), "{other:?}");
    }
}

/// The VC dimension of a set of labellings of `m` points, by definition.
fn dimension(class: &[u32], m: u32) -> u32 {
    let shattered = |points: u32| {
        let mut restricted: Vec<u32> = class.iter().map(|f| f & points).collect();
        restricted.sort_unstable();
        restricted.dedup();
        restricted.len() == 1 << points.count_ones()
    };
    (0..1u32 << m).filter(|&points| shattered(points)).map(u32::count_ones).max().unwrap()
}

proptest! {
    #[test]
    fn no_class_grows_faster_than_its_dimension_allows(mut class in prop::collection::vec(0u32..64, 1..40)) {
        class.sort_unstable();
        class.dedup();
        prop_assert!((class.len() as f64).ln() <= log_growth(dimension(&class, 6).into(), 6) * (1.0 + 1e-15));
    }
}

/// Teeth: all sets of at most three of twelve points are more than dimension 2 allows; where there are fewer points than
/// dimensions, Sauer's closed form is below the truth.
#[test]
fn weakened_growth_bounds_are_caught() {
    let class: Vec<u32> = (0..1u32 << 12).filter(|set| set.count_ones() <= 3).collect();
    assert_eq!((class.len(), dimension(&class, 12)), (299, 3));
    assert!(299f64.ln() <= log_growth(3, 12) && 299f64.ln() > log_growth(2, 12));
    let (d, m) = (20.0f64, 5.0f64);
    assert!(d * (std::f64::consts::E * m / d).ln() < m * 2f64.ln());
    assert!(log_growth(20, 5) >= m * 2f64.ln());
}

proptest! {
    #[test]
    fn the_forms_are_ordered_and_the_growth_bound_is_outgrown(
        inputs in 1u64..200, widths in prop::collection::vec(1u64..300, 1..5), p in 1u64..4,
    ) {
        let network = Architecture::fully_connected(inputs, &[widths, vec![1]].concat(), p).unwrap();
        let [product, implicit] = [network.product_form(), network.implicit()];
        prop_assert!(product <= implicit * (1.0 + 1e-14));
        if let Ok(closed) = network.closed_form() {
            prop_assert!(implicit <= closed * (1.0 + 1e-14));
        }
        let bound = network.vc_dimension_bound();
        let outgrown = |m: u64| network.log_growth(m) < m as f64 * 2f64.ln() * (1.0 - 1e-15);
        prop_assert!(outgrown(bound + 1) && outgrown(3 * bound));
        // Teeth: a bound that is a hundredth smaller is not what the growth function gives.
        prop_assert!(!outgrown(bound - bound / 100 - 1));
        // A network with a hidden unit can be a halfspace, on any finite set, and so shatters one more point than inputs.
        prop_assert!(bound > inputs);
        prop_assert!(network.effective_depth() <= network.depth() as f64 && network.effective_depth() >= 1.0);
    }

    /// Labels that random networks of two hidden units take on some points, against the growth bound.
    #[test]
    fn small_networks_do_not_outgrow_their_bound(seed in any::<u64>(), m in 3usize..16) {
        let mut stream = Stream::new(seed);
        let points = stream.normals(m);
        let mut taken: Vec<Vec<bool>> = (0..400).map(|_| {
            let w = stream.normals(7);
            let unit = |w: f64, b: f64, x: f64| (w * x + b).max(0.0);
            points.iter().map(|&x| w[4] * unit(w[0], w[1], x) + w[5] * unit(w[2], w[3], x) + w[6] > 0.0).collect()
        }).collect();
        taken.sort_unstable();
        taken.dedup();
        let network = Architecture::fully_connected(1, &[2, 1], 1).unwrap();
        prop_assert!((taken.len() as f64).ln() <= network.log_growth(m as u64));
    }
}

/// Teeth: in floats, the same sines miss labels from sixteen points on.
#[test]
fn one_parameter_shatters_any_number_of_points() {
    for n in 1..=9 {
        let points = sine::points(n).unwrap();
        for labels in labellings(n) {
            let omega = sine::frequency(&labels).unwrap();
            assert!(points.iter().zip(&labels).all(|(x, label)| sine::is_positive(&omega, x) == *label));
        }
    }
    let mut stream = Stream::new(16);
    let missed = (0..200).filter(|_| {
        let labels: Vec<bool> = (0..16).map(|_| stream.sign() > 0.0).collect();
        let omega: f64 = (1..=16).zip(&labels).filter(|(_, label)| !**label).map(|(i, _)| 10f64.powi(i)).sum();
        let omega = std::f64::consts::PI * (1.0 + omega);
        (1..=16).zip(&labels).any(|(i, label)| ((omega * 10f64.powi(-i)).sin() > 0.0) != *label)
    });
    assert!(missed.count() > 5);
}

/// Thresholds have dimension 1, and their deviation an exact law. Teeth: with a hundredth of the constant 8, the bound
/// fails.
#[test]
fn thresholds_are_covered_and_with_a_weakened_constant_they_are_not() {
    for n in [1_000, 10_000, 100_000] {
        let deviation = VapnikChervonenkis::new(0.0, 1, n, 0.05).unwrap().evaluate().value();
        let tail = |gap: f64| kolmogorov::tail(SampleSize::new(n).unwrap(), Risk::new(gap).unwrap()).unwrap();
        assert!(tail(deviation) <= 0.05, "{n}: {deviation}");
        assert!(tail(deviation / 10.0) > 0.05, "{n}");
    }
}

proptest! {
    #[test]
    fn the_bound_moves_with_its_arguments(d in 1u64..1_000_000, n in 1u64..1_000_000, q in 0.0..1.0f64, delta in 1e-9..0.5f64) {
        let at = |q, d, n, delta| VapnikChervonenkis::new(q, d, n, delta).unwrap().evaluate().value();
        let value = at(q, d, n, delta);
        prop_assert!(value >= q && at(q, d + 1, n, delta) >= value * (1.0 - 1e-15));
        prop_assert!(at(q, d, n, delta / 2.0) >= value && at(q, d, 2 * n, delta) <= value * (1.0 + 1e-14));
        // Sauer's lemma on 2n points wherever it applies.
        if 2 * n >= d {
            let sauer = d as f64 * (2.0 * std::f64::consts::E * n as f64 / d as f64).ln();
            let naive = q + (8.0 / n as f64 * (sauer.min(2.0 * n as f64 * 2f64.ln()) + (4.0 / delta).ln())).sqrt();
            prop_assert!((value / naive - 1.0).abs() < 1e-13);
        }
    }
}
