//! `vc-halfspace`: no more than d + 1 points. What is shattered, and Radon's proof in exact arithmetic against random halfspaces, is
//! in `theorems/vc_dimension.rs`.

use proptest::prelude::*;
use saddlepoint_experiments::verdict::Verdict;
use saddlepoint_theory::capacity::vc::halfspaces::Halfspaces;
use saddlepoint_theory::expressivity::dichotomies::Vectors;
use saddlepoint_theory::expressivity::separation::{Decision, Separation};

use crate::evidence::{smoke, verdict, verdict_if};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Points on a small grid coincide and line up: Radon's labels are refuted by the simplex method in any case.
    #[test]
    fn radons_labels_are_refuted(d in 1usize..5, coordinates in prop::collection::vec(-3i64..=3, 24)) {
        let grid: Vec<Vec<i64>> = coordinates.chunks(d).take(d + 2).map(<[i64]>::to_vec).collect();
        let class = Halfspaces::affine(d).unwrap();
        let points: Vec<Vec<f64>> = grid.iter().map(|x| x.iter().map(|&x| x as f64).collect()).collect();
        let partition = class.radon_partition(&points).unwrap();
        prop_assert!(partition.proves(class, &points));
        let features = grid.into_iter().map(|x| [x, vec![1]].concat()).collect();
        let problem = Separation::new(features, partition.labels()).unwrap();
        prop_assert!(matches!(problem.decide(), Decision::Inseparable(weights) if problem.refutes(&weights)));
    }

    /// The same by counting: d + 2 points have fewer than all dichotomies, d + 1 in general position have all.
    #[test]
    fn dichotomies_run_out_at_the_dimension(d in 1usize..4, coordinates in prop::collection::vec(-9i64..=9, 15)) {
        let points: Vec<Vec<i64>> = coordinates.chunks(d).take(d + 2).map(<[i64]>::to_vec).collect();
        let count = |points: &[Vec<i64>]| 2 * Vectors::affine(points).unwrap().dichotomies().count();
        prop_assert!(count(&points) < 1 << (d + 2));
        let fewer = &points[..=d];
        let general = Vectors::affine(fewer).unwrap().in_general_position().is_ok();
        prop_assert_eq!(count(fewer) == 1 << (d + 1), general);
    }
}

/// Teeth: a dependence of other points proves nothing, nor does one of an affine class that is taken for a homogeneous one's.
#[test]
fn a_proof_is_one_of_its_points() {
    let plane = Halfspaces::affine(2).unwrap();
    let square = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]];
    let partition = plane.radon_partition(&square).unwrap();
    assert!(partition.proves(plane, &square));
    let mut moved = square;
    moved[3] = [1.0, 1.0 + f64::EPSILON];
    assert!(!partition.proves(plane, &moved) && !partition.proves(plane, &square[..3]));
    assert!(!partition.proves(Halfspaces::affine(1).unwrap(), &square));
    // Three points through the origin are dependent without adding up to zero.
    let through_origin = Halfspaces::homogeneous(2).unwrap().radon_partition(&square[1..]).unwrap();
    assert!(!through_origin.proves(plane, &square[1..]));
}

/// Teeth: one labelling more or less, and one partition without a proof, are caught.
#[test]
fn the_verdict_needs_every_labelling_and_every_proof() {
    let (id, runs) = ("vc-halfspace", smoke("vc-halfspace"));
    assert_eq!(verdict(id, &runs), Verdict::Reproduced);
    for (pointer, by) in [
        ("/realized", -1.0),
        ("/unproved", 1.0),
        ("/separable", 1.0),
        ("/vc_dimension", 1.0),
        ("/separable_neighbours", -1.0),
    ] {
        assert_eq!(verdict_if(id, &runs, pointer, |x| x + by), Verdict::NotReproduced, "{pointer}");
    }
}
