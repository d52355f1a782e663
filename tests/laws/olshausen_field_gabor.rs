//! `olshausen-field-gabor`: sources that are known are found, spectra are kept by the control, and Gaussian data have none.

use nalgebra::DMatrix;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::representation::dead_leaves::{dead_leaves, phase_randomized};
use saddlepoint_theory::representation::independent_components::{
    FastIca, Whitening, excess_kurtosis, participation_ratio,
};

fn unmixed(data: &DMatrix<f64>, seed: u64, steps: usize) -> (Whitening, DMatrix<f64>, f64, Vec<f64>) {
    let whitening = Whitening::new(data, 1.0).unwrap();
    let white = whitening.whiten(data).unwrap();
    let k = white.nrows();
    let start = DMatrix::from_vec(k, k, Stream::new(seed).normals(k * k));
    let mut ica = FastIca::new(&white, &start).unwrap();
    let turned = (0..steps).map(|_| ica.step().unwrap()).last().unwrap();
    (whitening, ica.unmixing().clone(), turned, ica.excess_kurtoses())
}

/// Laplacian sources under random mixtures: each atom is a column of the mixing matrix, from any start.
#[test]
fn known_sources_are_found() {
    for seed in 0..5 {
        let mut stream = Stream::new(seed);
        let sources = DMatrix::from_fn(4, 8000, |_, _| {
            let magnitude = -(-stream.uniform()).ln_1p();
            stream.sign() * magnitude
        });
        let mixing = DMatrix::from_vec(4, 4, stream.normals(16)) + DMatrix::identity(4, 4);
        let (whitening, unmixing, turned, kurtoses) = unmixed(&(&mixing * sources), seed + 50, 60);
        assert!(turned < 1e-6 && kurtoses.iter().all(|k| (1.5..6.0).contains(k)), "{turned} {kurtoses:?}");
        let atoms = whitening.atoms(&unmixing);
        for column in mixing.column_iter() {
            let cosine = atoms
                .row_iter()
                .map(|a| (a * column)[0].abs() / (a.norm() * column.norm()))
                .fold(0.0, f64::max);
            assert!(cosine > 0.99, "{cosine}");
        }
    }
}

/// Gaussian data have no independent components to find: kurtoses stay near 0, whatever the directions.
#[test]
fn teeth_gaussian_data_have_none() {
    let data = DMatrix::from_vec(6, 8000, Stream::new(3).normals(48_000));
    let (_, _, _, kurtoses) = unmixed(&data, 4, 40);
    assert!(kurtoses.iter().all(|k| k.abs() < 0.5), "{kurtoses:?}");
}

/// The control differs from the images in nothing that a covariance sees.
#[test]
fn the_control_has_the_spectrum_of_the_image_and_no_edges() {
    let mut stream = Stream::new(100);
    let image = dead_leaves(128, (3.0, 60.0), &mut || stream.uniform()).unwrap();
    let noise = DMatrix::from_vec(128, 128, stream.normals(128 * 128));
    let control = phase_randomized(&image, &noise).unwrap();
    let (mean, norm) = (image.mean(), image.norm());
    assert!((control.mean().abs() - mean).abs() < 1e-12 && (control.norm() - norm).abs() < 1e-9);
    let differences = |x: &DMatrix<f64>| {
        // Around the torus, on which the transform sees the image.
        let steps = DMatrix::from_fn(128, 128, |i, j| x[(i, (j + 1) % 128)] - x[(i, j)]);
        (steps.norm(), excess_kurtosis(steps.as_slice()))
    };
    let (edges, smooth) = (differences(&image), differences(&control));
    assert!((edges.0 / smooth.0 - 1.0).abs() < 1e-9, "{edges:?} {smooth:?}");
    assert!(edges.1 > 5.0 && smooth.1.abs() < 1.0, "{edges:?} {smooth:?}");
}

/// A third for Gaussian vectors, less for sparse ones: the measure that the claim's criteria stand on.
#[test]
fn participation_of_gaussian_vectors_is_a_third() {
    let mut stream = Stream::new(9);
    let ratios: f64 = (0..200).map(|_| participation_ratio(&stream.normals(1000))).sum::<f64>() / 200.0;
    assert!((ratios - 1.0 / 3.0).abs() < 0.01);
}
