//! The catalogue's norms of its reference network.

use saddlepoint_rigor::Interval;
use saddlepoint_theory::capacity::norms::{Layers, frobenius, spectral, two_one_over_rows};

use super::norm_bounds::layers;

/// The interval encloses a number with these digits, and hardly any other.
fn assert_digits(interval: Interval, value: f64, tolerance: f64) {
    let error = (interval.midpoint() - value).abs();
    assert!(error <= tolerance * value && interval.width() <= 1e-13 * value, "{interval} is not {value}");
}

#[test]
fn norms_of_the_layers() {
    let values = [
        [2.83248523983, 7.34206444507, 1.9359468408],
        [2.54281786188, 6.09818815298, 1.85480786796],
        [1.53606849277, 2.62967503635, 1.20711847737],
    ];
    for (layer, [of_frobenius, two_one, of_spectral]) in layers().iter().zip(values) {
        assert_digits(frobenius(layer), of_frobenius, 1e-11);
        assert_digits(two_one_over_rows(layer), two_one, 1e-11);
        assert_digits(spectral(layer).unwrap(), of_spectral, 1e-10);
    }
}

#[test]
fn path_norms_of_the_network() {
    let network = Layers::new(layers()).unwrap();
    for (norm, values) in [
        (network.path_l1(), [6.21132327, 5.43464477, 9.59309374]),
        (network.path_l2(), [0.69537386, 0.77038289, 1.08177139]),
    ] {
        for (output, value) in norm.outputs.into_iter().zip(values) {
            assert_digits(output, value, 1e-8);
        }
    }
}
