//! The catalogue's numbers of regions: lines in general position, and networks that fold the square.

use nalgebra::{DMatrix, DVector};
use saddlepoint_models::random::Stream;
use saddlepoint_theory::expressivity::montufar::{folding_network, maximal_regions_at_least};
use saddlepoint_theory::expressivity::regions::{Rectangle, Regions};
use saddlepoint_theory::expressivity::relu_network::ReluNetwork;

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
    }
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
    }
}
