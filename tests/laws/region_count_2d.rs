//! `region-count-2d`: the polygons on which a network is affine, and the two ways to count them.

use nalgebra::{DMatrix, DVector, dmatrix, dvector};
use num_bigint::BigUint;
use proptest::prelude::*;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::expressivity::regions::{Rectangle, Region, Regions};
use saddlepoint_theory::expressivity::relu_network::ReluNetwork;
use saddlepoint_theory::expressivity::serra::maximal_regions_at_most;

fn random(widths: &[usize], seed: u64) -> ReluNetwork {
    let mut stream = Stream::new(seed);
    ReluNetwork::he_normal(&[&[2], widths, &[1]].concat(), 0.5, &mut || stream.normal()).unwrap()
}

fn square(half: f64) -> Rectangle {
    Rectangle::new([-half; 2], [half; 2]).unwrap()
}

/// The pieces, counted on a fine grid: connected sets of points with the same gradient, found by central differences.
fn pieces_on_a_grid(network: &ReluNetwork, half: f64, side: usize) -> usize {
    let at = |i: usize| -half + 2.0 * half * (i as f64 + 0.5) / side as f64;
    let value = |x: f64, y: f64| network.value(&[x, y]).unwrap()[0];
    let step = 1e-6;
    let gradient: Vec<[f64; 2]> = (0..side * side)
        .map(|k| {
            let (x, y) = (at(k % side), at(k / side));
            [value(x + step, y) - value(x - step, y), value(x, y + step) - value(x, y - step)]
                .map(|d| d / (2.0 * step))
        })
        .collect();
    let (mut group, mut groups) = (vec![usize::MAX; side * side], 0);
    for start in 0..side * side {
        if group[start] != usize::MAX {
            continue;
        }
        let (mut open, mut size) = (vec![start], 0);
        group[start] = groups;
        while let Some(k) = open.pop() {
            size += 1;
            let (x, y) = (k % side, k / side);
            let next = [
                (x > 0, k.wrapping_sub(1)),
                (x + 1 < side, k + 1),
                (y > 0, k.wrapping_sub(side)),
                (y + 1 < side, k + side),
            ];
            for (_, n) in next.into_iter().filter(|(inside, _)| *inside) {
                let same = gradient[n].iter().zip(gradient[k]).all(|(a, b)| (a - b).abs() < 1e-6);
                if group[n] == usize::MAX && same {
                    group[n] = groups;
                    open.push(n);
                }
            }
        }
        // Single points are differences taken across a kink.
        groups += usize::from(size > 3);
    }
    groups
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn regions_make_up_the_square(widths in prop::collection::vec(2usize..9, 1..4), seed in any::<u64>()) {
        let network = random(&widths, seed);
        let regions = Regions::of(&network, square(2.0)).unwrap();
        let total: f64 = regions.iter().map(Region::area).sum();
        prop_assert!((total / 16.0 - 1.0).abs() < 1e-12, "{total}");
        let shape: Vec<u32> = widths.iter().map(|&n| n as u32).collect();
        prop_assert!(BigUint::from(regions.len()) <= maximal_regions_at_most(2, &shape).unwrap());
        let pieces = regions.piece_of_each();
        prop_assert!(regions.affine_pieces() <= regions.len() && pieces.len() == regions.len());
        for (region, piece) in regions.iter().zip(&pieces).filter(|(region, _)| region.area() > 1e-6) {
            let x = region.interior_point();
            prop_assert_eq!(region.pattern(), network.pattern(&x).unwrap());
            let map = region.slopes() * DVector::from_column_slice(&x) + region.offsets();
            prop_assert!((map - network.value(&x).unwrap()).norm() < 1e-9);
            // All regions of a piece have its map.
            let first = regions.iter().nth(pieces.iter().position(|p| p == piece).unwrap()).unwrap();
            prop_assert!((first.slopes() - region.slopes()).norm() < 1e-9);
        }
    }

    #[test]
    fn a_further_unit_loses_nothing(widths in prop::collection::vec(2usize..7, 1..4), seed in any::<u64>()) {
        let network = random(&widths, seed);
        let (last, hidden) = (widths.len(), widths.len() - 1);
        let mut layers = network.layers().to_vec();
        let units = layers[hidden].0.nrows();
        let row = DMatrix::from_fn(units + 1, layers[hidden].0.ncols(), |i, j| if i < units { layers[hidden].0[(i, j)] } else { 0.3 + j as f64 });
        layers[hidden] = (row, layers[hidden].1.clone().insert_row(units, -0.1));
        layers[last].0 = layers[last].0.clone().insert_column(units, 1.0);
        let count = |network: &ReluNetwork| Regions::of(network, square(2.0)).unwrap().len();
        prop_assert!(count(&ReluNetwork::new(layers).unwrap()) >= count(&network));
    }

    /// The line that is drawn runs along all sides and nowhere else: around each region once.
    #[test]
    fn the_outline_is_as_long_as_all_perimeters(widths in prop::collection::vec(2usize..7, 1..3), seed in any::<u64>()) {
        let regions = Regions::of(&random(&widths, seed), square(2.0)).unwrap();
        let length = |p: &[[f64; 2]]| (p[1][0] - p[0][0]).hypot(p[1][1] - p[0][1]);
        let drawn: f64 = regions.outline().windows(2).map(length).sum();
        let around = |region: &Region| {
            let v = region.vertices();
            v.windows(2).map(length).sum::<f64>() + length(&[v[v.len() - 1], v[0]])
        };
        let all: f64 = regions.iter().map(around).sum();
        prop_assert!((drawn / all - 1.0).abs() < 1e-9, "{drawn} {all}");
    }
}

/// Narrow networks whose pieces are large: a grid of points finds the same ones.
#[test]
fn a_grid_finds_the_same_pieces() {
    let mut compared = 0;
    for seed in 0..10 {
        let network = random(&[3, 2], seed);
        let regions = Regions::of(&network, square(1.0)).unwrap();
        let pieces = regions.piece_of_each();
        let area = |piece: usize| {
            regions.iter().zip(&pieces).filter(|(_, p)| **p == piece).map(|(r, _)| r.area()).sum::<f64>()
        };
        if (0..regions.affine_pieces()).all(|piece| area(piece) > 5e-3) {
            compared += 1;
            assert_eq!(pieces_on_a_grid(&network, 1.0, 200), regions.affine_pieces(), "seed {seed}");
        }
    }
    assert!(compared >= 4, "{compared}");
}

/// Teeth: units that no output reads divide regions but no pieces, so that the two counts differ where they should.
#[test]
fn patterns_are_not_pieces() {
    let layer = (dmatrix![1.0, 0.0; 0.0, 1.0; 1.0, 1.0], dvector![0.1, 0.2, -0.3]);
    let deaf = ReluNetwork::new(vec![layer.clone(), (dmatrix![1.0, 0.0, 0.0], dvector![0.0])]).unwrap();
    let regions = Regions::of(&deaf, square(2.0)).unwrap();
    assert_eq!((regions.len(), regions.affine_pieces()), (7, 2));
    // Equal maps that do not touch are two pieces: counting distinct maps would give one less.
    let ridge = ReluNetwork::new(vec![
        (dmatrix![1.0, 0.0; -1.0, 0.0], dvector![0.0, 0.0]),
        (dmatrix![-1.0, -1.0], dvector![0.5]),
        (dmatrix![1.0], dvector![0.0]),
    ])
    .unwrap();
    assert_eq!(Regions::of(&ridge, square(1.0)).unwrap().affine_pieces(), 4);
}
