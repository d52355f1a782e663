//! The catalogue's numbers of scattering, of convolutions that move with their input, and of the smallest dependent atoms.

use std::f64::consts::TAU;
use std::num::NonZeroUsize;

use saddlepoint_models::random::Stream;
use saddlepoint_theory::representation::coherence::uniqueness_limit;
use saddlepoint_theory::representation::dictionary::{Dictionary, GramBounds, SpikesAndHadamard};
use saddlepoint_theory::representation::equivariance::{circular_convolution, pooled_layer, translated};
use saddlepoint_theory::representation::scattering::{FilterBank, WavePacket, fourier_modulus_distance};
use saddlepoint_theory::representation::spark::{dependent_atoms, spikes_and_hadamard};

const SAMPLES: usize = 1024;

fn close(found: f64, known: f64) {
    assert!((found / known - 1.0).abs() < 1e-9, "{found} is not {known}");
}

#[test]
fn filters() {
    let raw = FilterBank::unnormalized_morlet(SAMPLES, 5).unwrap().littlewood_paley();
    close(raw.into_iter().fold(f64::INFINITY, f64::min), 0.252494488015);
    let bank = FilterBank::morlet(SAMPLES, 5).unwrap();
    let (phi, psi) = (bank.lowpass(), bank.wavelets());
    for (found, known) in [
        (phi[0], 1.0),
        (phi[16], 0.654175361882),
        (psi[0][384], 1.41420299423),
        (psi[3][48], 1.37132719736),
        (psi[4][24], 1.36217844346),
    ] {
        close(found, known);
    }
}

#[test]
fn energies_of_scattering() {
    let time = (0..SAMPLES).map(|i| i as f64 / SAMPLES as f64);
    let chirp = time.map(|t| (TAU * (20.0 * t + 100.0 * t * t)).cos()).collect();
    let impulse = (0..SAMPLES).map(|i| f64::from(u8::from(i == 300))).collect();
    let cases: [(Vec<f64>, [f64; 3], [f64; 3]); 3] = [
        (
            chirp,
            [0.00199923426361, 0.994438197064, 0.0032806115457],
            [0.998000765736, 0.00356256867222, 0.000281957126518],
        ),
        (
            Stream::new(1).normals(SAMPLES),
            [0.0337701225989, 0.795817821533, 0.152308741897],
            [0.966229877401, 0.170412055868, 0.0181033139706],
        ),
        (
            impulse,
            [0.0306248162575, 0.393209692826, 0.454348895229],
            [0.969375183742, 0.576165490916, 0.121816595687],
        ),
    ];
    let bank = FilterBank::morlet(SAMPLES, 5).unwrap();
    for (signal, kept, passed) in cases {
        let scattering = bank.scatter(&signal, 2).unwrap();
        let energy = scattering.propagated(0);
        for order in 0..3 {
            close(scattering.energy(order) / energy, kept[order]);
            close(scattering.propagated(order + 1) / energy, passed[order]);
        }
    }
}

/// Noise that moves by 8 samples: less change with more octaves, more with more depth.
#[test]
fn changes_of_scattering_under_translation() {
    let x = Stream::new(1).normals(SAMPLES);
    let mut moved = x.clone();
    moved.rotate_right(8);
    let norm = x.iter().map(|x| x * x).sum::<f64>().sqrt();
    let change = |octaves: u32, depth: u32| {
        let bank = FilterBank::morlet(SAMPLES, octaves).unwrap();
        let [still, moved] = [&x, &moved].map(|x| bank.scatter(x, depth).unwrap());
        still.distance(&moved).unwrap() / norm
    };
    for (octaves, known) in [(3, 0.6738), (4, 0.3255), (5, 0.1392), (6, 0.0548), (7, 0.0216), (8, 0.0079)] {
        let found = change(octaves, 2);
        assert!((found - known).abs() < 5.1e-5, "J = {octaves}: {found}");
    }
    for (depth, known) in [(0, 0.0857), (1, 0.1273), (2, 0.1392)] {
        let found = change(5, depth);
        assert!((found - known).abs() < 5.1e-5, "depth {depth}: {found}");
    }
}

#[test]
fn distances_of_dilated_wave_packets() {
    let bank = FilterBank::morlet(SAMPLES, 6).unwrap();
    let frequencies = [16.0, 32.0, 64.0, 128.0, 256.0];
    for (s, fourier, scattering) in [
        (0.01, [0.0429, 0.0843, 0.1675, 0.3312, 0.6356], [0.0248, 0.0323, 0.0361, 0.0373, 0.0376]),
        (0.05, [0.2196, 0.4251, 0.7929, 1.2554, 1.4306], [0.1259, 0.1590, 0.1741, 0.1788, 0.1797]),
    ] {
        for ((frequency, f), d) in frequencies.into_iter().zip(fourier).zip(scattering) {
            let packet = WavePacket::new(60.0, frequency).unwrap();
            let (x, y) = (packet.dilated(SAMPLES, 0.0), packet.dilated(SAMPLES, s));
            let (before, after) = (bank.scatter(&x, 2).unwrap(), bank.scatter(&y, 2).unwrap());
            let norm = before.propagated(0).sqrt();
            let found = [fourier_modulus_distance(&x, &y).unwrap(), before.distance(&after).unwrap()];
            let [by_fourier, by_scattering] = found.map(|distance| distance / norm);
            assert!((by_fourier - f).abs() < 5.1e-5, "s = {s}, ξ = {frequency}: {by_fourier}");
            assert!((by_scattering - d).abs() < 5.1e-5, "s = {s}, ξ = {frequency}: {by_scattering}");
        }
    }
}

#[test]
fn convolutions_move_and_strides_do_not() {
    let (x, kernel) = (Stream::new(1).normals(32), Stream::new(2).normals(5));
    let one = translated(&x, 1);
    assert_eq!(circular_convolution(&kernel, &one), translated(&circular_convolution(&kernel, &x), 1));
    let two = NonZeroUsize::MIN.saturating_add(1);
    let change = |c, stride| {
        (pooled_layer(&kernel, &translated(&x, c), stride) - pooled_layer(&kernel, &x, stride)).abs()
    };
    assert!((change(1, two) - 0.262).abs() < 5.1e-4, "{}", change(1, two));
    assert!(change(2, two) < 1e-15 && change(1, NonZeroUsize::MIN) < 1e-15);
}

#[test]
fn smallest_dependent_atoms() {
    assert_eq!(dependent_atoms(&spikes_and_hadamard(4).unwrap(), 4).unwrap(), Some(vec![0, 1, 4, 6]));
    assert_eq!(dependent_atoms(&spikes_and_hadamard(16).unwrap(), 5).unwrap(), None);
    let bound = |gram: GramBounds| uniqueness_limit(gram);
    assert!((bound(SpikesAndHadamard::new(16).unwrap().gram_bounds()) - 2.5).abs() < 1e-15);
    let corners = [[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]].map(Vec::from);
    assert_eq!(dependent_atoms(&corners, 4).unwrap(), Some(vec![0, 1, 2, 3]));
    assert!((bound(GramBounds::new(3.0, 3.0, 1.0).unwrap()) - 2.0).abs() < 1e-15);
}
