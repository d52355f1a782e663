//! The catalogue's `maurey-covering`.

use nalgebra::DMatrix;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::capacity::covering::Sparsification;
use saddlepoint_theory::capacity::norms::{frobenius, two_one_over_rows};
use saddlepoint_theory::capacity::spectrum::exact;

fn reference() -> (DMatrix<f64>, DMatrix<f64>) {
    let points = DMatrix::from_row_slice(20, 5, &Stream::new(200).normals(100));
    (points, DMatrix::from_row_slice(5, 4, &Stream::new(301).normals(20)))
}

#[test]
fn the_total_and_the_variance() {
    let (x, a) = reference();
    let atoms = Sparsification::new(&x, &a).unwrap();
    assert!((atoms.total().midpoint() / 64.4767918763 - 1.0).abs() < 1e-11, "{}", atoms.total());
    let bound = two_one_over_rows(&exact(&a.transpose()).unwrap()) * frobenius(&exact(&x).unwrap());
    assert!((bound.midpoint() / 79.5745820145 - 1.0).abs() < 1e-11, "{bound}");
    let variance = atoms.mean_squared_error(1).unwrap();
    assert!((variance.midpoint() / 3863.41294698 - 1.0).abs() < 1e-11 && variance.width() < 1e-9, "{variance}");
}

/// Means of drawn atoms, within four standard errors. Teeth: the variance without `‖XA‖²` is seen.
#[test]
fn the_sampler_has_this_error() {
    let (x, a) = reference();
    let (atoms, product) = (Sparsification::new(&x, &a).unwrap(), &x * &a);
    let mut stream = Stream::new(302);
    for k in [1, 4, 16, 64] {
        let errors: Vec<f64> = (0..3000)
            .map(|_| (&product - atoms.sample(k, &mut || stream.uniform()).unwrap()).norm_squared())
            .collect();
        let mean = errors.iter().sum::<f64>() / 3000.0;
        let variance = errors.iter().map(|e| (e - mean).powi(2)).sum::<f64>() / 2999.0;
        let standard_error = (variance / 3000.0).sqrt();
        let formula = atoms.mean_squared_error(k.into()).unwrap().midpoint();
        assert!((mean - formula).abs() <= 4.0 * standard_error, "{k}: {mean} {formula} {standard_error}");
        let weakened = atoms.total().midpoint().powi(2) / f64::from(k);
        assert!((mean - weakened).abs() > 4.0 * standard_error, "{k}: {mean} {weakened}");
    }
}
