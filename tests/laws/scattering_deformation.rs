//! `scattering-deformation`: distances that grow with the dilation only, beside one that grows with the frequency.

use saddlepoint_theory::representation::scattering::{FilterBank, WavePacket, fourier_modulus_distance};

fn distances(frequency: f64, s: f64, octaves: u32) -> (f64, f64) {
    let packet = WavePacket::new(60.0, frequency).unwrap();
    let (x, y) = (packet.dilated(1024, 0.0), packet.dilated(1024, s));
    let filters = FilterBank::morlet(1024, octaves).unwrap();
    let (a, b) = (filters.scatter(&x, 2).unwrap(), filters.scatter(&y, 2).unwrap());
    let norm = a.propagated(0).sqrt();
    (fourier_modulus_distance(&x, &y).unwrap() / norm, a.distance(&b).unwrap() / norm)
}

/// Never farther than a constant times the dilation, at frequencies between those of the catalogue as well; there it can
/// be a third of that, where the packet lies on the top of a wavelet's response.
#[test]
fn scattering_is_lipschitz_in_the_dilation() {
    for frequency in [24.0, 48.0, 100.0, 181.0, 300.0] {
        for s in [0.005, 0.01, 0.03, 0.08] {
            for sign in [-1.0, 1.0] {
                let ratio = distances(frequency, sign * s, 6).1 / s;
                assert!((0.5..4.5).contains(&ratio), "{frequency} {s}: {ratio}");
            }
        }
    }
}

#[test]
fn the_fourier_modulus_saturates() {
    for (s, frequency) in [(0.05, 256.0), (0.1, 128.0), (0.1, 256.0)] {
        let (fourier, scattering) = distances(frequency, s, 6);
        assert!(fourier > 1.2 && fourier < 2f64.sqrt() * 1.06 && scattering < 0.4);
    }
}

/// The Fourier modulus is not stable: no constant times the dilation bounds it at all frequencies.
#[test]
fn teeth_the_fourier_modulus_grows_with_the_frequency() {
    assert!(distances(256.0, 0.01, 6).0 > 3.0 * distances(64.0, 0.01, 6).0);
    assert!(distances(256.0, 0.01, 6).1 < 1.1 * distances(64.0, 0.01, 6).1);
}

/// Averages over two samples do not absorb how far the packet moves.
#[test]
fn teeth_a_single_octave_is_less_stable() {
    assert!(distances(256.0, 0.05, 1).1 > 3.0 * distances(256.0, 0.05, 6).1);
}
