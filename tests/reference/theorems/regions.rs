//! The catalogue's numbers of regions: lines in general position, and networks that fold the square.

use nalgebra::{DMatrix, DVector};
use saddlepoint_models::random::Stream;
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

/// Each folding layer maps `p` intervals of each coordinate onto `[0, 1]`; the last layer's lines are tangents of one
/// circle, so that all of them meet inside of the square, two at a time.
fn folding(widths: &[usize]) -> ReluNetwork {
    let mut read = DMatrix::identity(2, 2);
    let mut layers = Vec::new();
    for &width in &widths[..widths.len() - 1] {
        let p = width / 2;
        let coordinate = DMatrix::from_fn(2 * p, 2, |unit, c| f64::from(u8::from(unit / p == c)));
        let shift = DVector::from_fn(2 * p, |unit, _| -((unit % p) as f64) / p as f64);
        layers.push((coordinate * &read, shift));
        let slope = |i: usize| p as f64 * if i == 0 { 1.0 } else { 2.0 * (1.0 - 2.0 * (i % 2) as f64) };
        read = DMatrix::from_fn(2, 2 * p, |c, unit| if unit / p == c { slope(unit % p) } else { 0.0 });
    }
    let n = widths[widths.len() - 1];
    let angle = |line: usize| std::f64::consts::PI * (line as f64 + 0.3) / n as f64;
    let lines = DMatrix::from_fn(n, 2, |line, c| if c == 0 { angle(line).cos() } else { angle(line).sin() });
    let shift = DVector::from_fn(n, |line, _| -0.5 * (angle(line).cos() + angle(line).sin()) - 0.02);
    layers.push((lines * read, shift));
    with_output(layers)
}

#[test]
fn folding_networks_attain_the_lower_bound() {
    let square = Rectangle::new([0.0; 2], [1.0; 2]).unwrap();
    let cases: [(&[usize], usize); 7] = [
        (&[4, 4], 44),
        (&[4, 4, 4], 176),
        (&[6, 4], 99),
        (&[6, 6], 198),
        (&[4, 4, 4, 4], 704),
        (&[8, 8], 592),
        (&[10, 10], 1400),
    ];
    for (widths, count) in cases {
        assert_eq!(Regions::of(&folding(widths), square).unwrap().len(), count, "{widths:?}");
    }
    // One layer of as many units has far fewer.
    assert_eq!(Regions::of(&folding(&[20]), square).unwrap().len(), 211);
}
