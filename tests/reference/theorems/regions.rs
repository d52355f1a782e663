//! The catalogue's numbers of regions: lines in general position, networks that fold, bounds of shapes, averages.

use nalgebra::{DMatrix, DVector};
use saddlepoint_models::random::Stream;
use saddlepoint_theory::expressivity::breakpoints::Breakpoints;
use saddlepoint_theory::expressivity::hanin_rolnick::first_layer_breakpoints;
use saddlepoint_theory::expressivity::montufar::{
    folding_network, folding_network_on_a_line, maximal_regions_at_least,
};
use saddlepoint_theory::expressivity::regions::{Rectangle, Regions};
use saddlepoint_theory::expressivity::relu_network::ReluNetwork;
use saddlepoint_theory::expressivity::serra::maximal_regions_at_most;
use saddlepoint_theory::expressivity::zaslavsky::{central, in_general_position};

fn with_output(mut layers: Vec<(DMatrix<f64>, DVector<f64>)>) -> ReluNetwork {
    let units = layers[layers.len() - 1].0.nrows();
    layers.push((DMatrix::repeat(1, units, 1.0), DVector::zeros(1)));
    ReluNetwork::new(layers).unwrap()
}

#[test]
fn lines_in_general_position() {
    let square = Rectangle::new([-1e4; 2], [1e4; 2]).unwrap();
    for (n, count) in [(3, 7), (5, 16), (8, 37), (12, 79), (16, 137)] {
        let mut stream = Stream::new(n as u64);
        let lines = DMatrix::from_row_slice(n, 2, &stream.normals(2 * n));
        let network = with_output(vec![(lines, DVector::from_vec(stream.normals(n)))]);
        assert_eq!(Regions::of(&network, square).unwrap().len(), count, "{n} lines");
        assert_eq!(in_general_position(2, n as u32), count.into());
    }
    for (n, count) in [(3, 8u32), (5, 26), (10, 176)] {
        assert_eq!(in_general_position(3, n), count.into(), "{n} planes");
    }
    assert_eq!(central(2, 5), 10u32.into());
}

#[test]
fn folding_networks_attain_montufars_lower_bound() {
    let square = Rectangle::new([0.0; 2], [1.0; 2]).unwrap();
    let cases: [(&[u32], u32); 8] = [
        (&[4, 4], 44),
        (&[4, 4, 4], 176),
        (&[6, 4], 99),
        (&[6, 6], 198),
        (&[4, 4, 4, 4], 704),
        (&[8, 8], 592),
        (&[10, 10], 1400),
        // One layer of as many units has far fewer.
        (&[20], 211),
    ];
    for (widths, count) in cases {
        assert_eq!(maximal_regions_at_least(2, widths).unwrap(), count.into(), "{widths:?}");
        let regions = Regions::of(&folding_network(widths).unwrap(), square).unwrap();
        assert_eq!(regions.len(), count as usize, "{widths:?}");
    }
    let cases: [(&[u32], u32); 4] = [(&[3, 3], 12), (&[3, 3, 3], 36), (&[4, 4, 4], 80), (&[5, 5, 5, 5], 750)];
    for (widths, count) in cases {
        assert_eq!(maximal_regions_at_least(1, widths).unwrap(), count.into(), "{widths:?} on a line");
        let network = folding_network_on_a_line(widths).unwrap();
        let found = Breakpoints::of(&network, 0.0, f64::from(widths[0])).unwrap();
        assert_eq!((found.activation_regions(), found.affine_pieces()), (count as usize, count as usize));
    }
}

#[test]
fn serras_upper_bounds() {
    let cases: [(u32, &[u32], u32); 13] = [
        (1, &[3, 4], 20),
        (2, &[3, 3], 40),
        (2, &[5, 5], 256),
        (2, &[8, 4], 407),
        (2, &[4, 8], 407),
        (2, &[8, 8], 1369),
        (2, &[10, 10], 3136),
        (2, &[4, 4, 4], 1331),
        (2, &[4, 4, 4, 4], 14641),
        (2, &[2, 8], 56),
        (3, &[5, 5], 576),
        (3, &[4, 4, 4], 1631),
        (4, &[6, 6], 2424),
    ];
    for (inputs, widths, bound) in cases {
        assert_eq!(
            maximal_regions_at_most(inputs, widths).unwrap(),
            bound.into(),
            "{inputs} inputs, {widths:?}"
        );
    }
    assert_eq!(maximal_regions_at_most(2, &[16]).unwrap(), 137u32.into());
}

#[test]
fn breakpoints_of_the_first_layer() {
    for (bias_deviation, share) in [(1.0, 0.608173), (0.1, 0.955059)] {
        let found = first_layer_breakpoints(2f64.sqrt(), bias_deviation, -1.0, 1.0).unwrap();
        assert!((found - share).abs() < 5.1e-7, "σ_b = {bias_deviation}: {found}");
    }
}
