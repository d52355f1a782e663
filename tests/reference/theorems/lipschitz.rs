//! The catalogue's Lipschitz constants of random networks of two inputs.

use nalgebra::{DMatrix, DVector};
use saddlepoint_models::random::Stream;
use saddlepoint_theory::capacity::lipschitz::{averaged, largest_slope, local, product, sampled};
use saddlepoint_theory::expressivity::regions::{Rectangle, Region, Regions};
use saddlepoint_theory::expressivity::relu_network::ReluNetwork;

/// Layer by layer: weights with variance 2/inputs, then standard normal biases; outputs with variance 1/inputs.
fn network(widths: &[usize], seed: u64) -> ReluNetwork {
    let mut stream = Stream::new(seed);
    let mut inputs = 2;
    let mut layers = Vec::new();
    for &outputs in widths {
        let scale = (2.0 / inputs as f64).sqrt();
        let weights = stream.normals(outputs * inputs).into_iter().map(|w| w * scale);
        let weights = DMatrix::from_row_iterator(outputs, inputs, weights);
        layers.push((weights, DVector::from_vec(stream.normals(outputs))));
        inputs = outputs;
    }
    let scale = (1.0 / inputs as f64).sqrt();
    let output = stream.normals(inputs).into_iter().map(|w| w * scale);
    layers.push((DMatrix::from_row_iterator(1, inputs, output), DVector::zeros(1)));
    ReluNetwork::new(layers).unwrap()
}

/// On `[−20, 20]²`, which the maxima need: with biases scaled by `s`, the networks are the same on a square of side `40 s`.
#[test]
fn the_catalogues_constants_and_products() {
    let cases: [(&[usize], [f64; 3], [f64; 3]); 4] = [
        (&[8], [1.87784391, 1.22827307, 1.73382202], [4.82859328, 1.71132985, 2.49594732]),
        (&[8, 8], [2.43562289, 1.36543782, 1.25138521], [11.9035499, 3.8163754, 5.29903273]),
        (&[16, 16], [2.02855442, 1.19049874, 1.49097444], [15.7391657, 7.64078001, 8.77120846]),
        (&[8, 8, 8], [0.94978903, 1.5142834, 1.11954094], [22.1975789, 7.27485411, 17.3933775]),
    ];
    let half = 20.0;
    let square = Rectangle::new([-half; 2], [half; 2]).unwrap();
    for (widths, constants, products) in cases {
        for ((seed, constant), expected) in (1..).zip(constants).zip(products) {
            let network = network(widths, seed);
            let regions = Regions::of(&network, square).unwrap();
            let area: f64 = regions.iter().map(Region::area).sum();
            assert!((area / square.area() - 1.0).abs() < 1e-12);
            let exact = largest_slope(&network, &regions).unwrap().norm;
            assert!((exact.midpoint() / constant - 1.0).abs() < 5e-9, "{widths:?} {seed}: {exact}");
            let product = product(&network).unwrap();
            assert!((product / expected - 1.0).abs() < 5e-9, "{widths:?} {seed}: {product}");
            let averaged = averaged(&network).unwrap();
            assert!(exact.low() <= averaged && averaged <= product, "{widths:?} {seed}: {averaged}");
            // Two ways to the same number: polygons, and boxes in interval arithmetic.
            let local = local(&network, &[-half; 2], &[half; 2], 300).unwrap().constant;
            assert!(exact.low() <= local.high() && local.low() <= exact.high());
            assert!(local.width() < 1e-8 || widths != [8], "{widths:?} {seed}: {local}");
            let mut points = Stream::new(seed);
            let mut point = || [points.between(-half, half), points.between(-half, half)];
            let points: Vec<[f64; 2]> = (0..2000).map(|_| point()).collect();
            assert!(sampled(&network, &points).unwrap().bound <= exact.high());
        }
    }
}
