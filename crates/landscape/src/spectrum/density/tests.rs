use super::*;
use crate::operator::{Dense, Scaled};
use crate::spectrum::testing::{Stream, binomial_limit, laplacian, laplacian_eigenvalues, with_spectrum};
use Reorthogonalization::{Full, None as Local};

fn density(a: &dyn SymmetricOperator, probes: usize, steps: usize, seed: u64) -> Density {
    let mut stream = Stream::new(seed);
    Density::of(a, probes, steps, Full, &mut || stream.normal()).unwrap()
}

#[test]
fn pitfall_weights_are_squared_first_components() {
    // Moments of degree below 2m are exact, probe by probe, and only with these weights.
    let a = Dense::new(laplacian(30)).unwrap();
    let found = density(&a, 2, 5, 1);
    let mut stream = Stream::new(1);
    for rule in &found.rules {
        let v = nalgebra::DVector::from_fn(30, |_, _| stream.normal()).normalize();
        assert!((rule.weights.iter().sum::<f64>() - 1.0).abs() < 1e-13);
        let mut power = v.clone();
        for degree in 1..10 {
            power = a.matrix() * power;
            let moment: f64 = rule.nodes.iter().zip(&rule.weights).map(|(x, w)| w * x.powi(degree)).sum();
            assert!((moment / v.dot(&power) - 1.0).abs() < 1e-11, "degree {degree}");
        }
    }
}

#[test]
fn cumulative_bands_cover_as_often_as_they_say() {
    let (n, exact) = (80, laplacian_eigenvalues(80));
    let a = Dense::new(laplacian(n)).unwrap();
    let places = [0.01, 0.5, 1.3, 2.0, 3.2, 3.99];
    let mut misses = [0; 6];
    for seed in 0..1000 {
        let found = density(&a, 5, 8, seed);
        for (missed, at) in misses.iter_mut().zip(places) {
            let share = exact.iter().filter(|value| **value <= at).count() as f64 / n as f64;
            let band = found.cumulative(at, 0.95).unwrap();
            assert!(band.low <= band.value && band.value <= band.high);
            *missed += usize::from(share < band.low || share > band.high);
        }
    }
    assert!(misses.iter().all(|missed| *missed <= binomial_limit(1000, 0.05)), "{misses:?}");
}

#[test]
fn log_determinant_and_effective_dimension_cover_as_often_as_they_say() {
    let spectrum: Vec<f64> = (1..=40).map(|i| 0.5 + f64::from(i % 9)).collect();
    let a = with_spectrum(&spectrum, 2);
    let logarithm: f64 = spectrum.iter().map(|value| value.ln()).sum();
    let effective: f64 = spectrum.iter().map(|value| value / (value + 0.7)).sum();
    let (mut misses, mut halved) = ([0; 2], 0);
    for seed in 0..1000 {
        // Nine distinct eigenvalues: nine steps are exact.
        let found = density(&a, 10, 12, seed);
        let estimates = [found.log_determinant().unwrap(), found.effective_dimension(0.7).unwrap()];
        for ((missed, estimate), truth) in misses.iter_mut().zip(estimates).zip([logarithm, effective]) {
            let (low, high) = estimate.interval(0.95).unwrap();
            *missed += usize::from(!(low..=high).contains(&truth));
        }
        let half = Estimate { standard_error: 0.5 * estimates[0].standard_error, ..estimates[0] };
        let (low, high) = half.interval(0.95).unwrap();
        halved += usize::from(!(low..=high).contains(&logarithm));
    }
    assert!(misses.iter().all(|missed| *missed <= binomial_limit(1000, 0.05)), "{misses:?}");
    assert!(halved > binomial_limit(1000, 0.05), "teeth: half the error must be caught, {halved}");
}

#[test]
fn the_smoothing_error_bounds_the_truncation_and_the_default_width_is_where_it_is_statistical() {
    let a = Dense::new(laplacian(100)).unwrap();
    let whole = density(&a, 4, 100, 3);
    for steps in [10, 20, 40] {
        let found = density(&a, 4, steps, 3);
        let width = found.default_width().unwrap();
        let target = 1.0 / (2.0 * 102.0 * 4.0f64).sqrt();
        assert!((found.smoothing_error(width).unwrap() / target - 1.0).abs() < 1e-6);
        for factor in [1.0, 2.0, 4.0] {
            let width = width * factor;
            let bound = found.smoothing_error(width).unwrap() / (width * std::f64::consts::TAU.sqrt());
            for i in 0..50 {
                let at = 0.08 * f64::from(i);
                let error = found.smoothed(at, width).unwrap().value - whole.smoothed(at, width).unwrap().value;
                assert!(error.abs() <= bound + 1e-12, "{steps} {factor} {at}: {error} {bound}");
            }
        }
        // Teeth: at an eighth of the width the guarantee given for the whole width would be wrong.
        let narrow = width / 8.0;
        let claimed = target / (width * std::f64::consts::TAU.sqrt());
        let worst = (0..50)
            .map(|i| 0.08 * f64::from(i))
            .map(|at| {
                (found.smoothed(at, narrow).unwrap().value - whole.smoothed(at, narrow).unwrap().value).abs()
            })
            .fold(0.0, f64::max);
        assert!(worst > claimed, "{worst} {claimed}");
    }
}

#[test]
fn the_recurrence_alone_gives_the_same_density() {
    // An outlier far out converges at once, and rounding then repeats it.
    let mut spectrum = laplacian_eigenvalues(150);
    spectrum.push(1000.0);
    let a = with_spectrum(&spectrum, 4);
    let run = |mode| {
        let mut stream = Stream::new(5);
        Density::of(&a, 3, 60, mode, &mut || stream.normal()).unwrap()
    };
    let (full, local) = (run(Full), run(Local));
    assert_eq!((full.products, local.products), (180, 180));
    let copies = local.rules[0].nodes.iter().filter(|node| **node > 999.0).count();
    assert!(copies > 1, "the case must be one where orthogonality is lost");
    for at in [0.3, 1.0, 2.0, 3.7, 1000.0] {
        let (x, y) = (full.smoothed(at, 0.5).unwrap().value, local.smoothed(at, 0.5).unwrap().value);
        assert!((x - y).abs() <= 1e-3 * x.abs(), "{at}: {x} {y}");
    }
}

#[test]
fn the_density_of_c_a_is_that_of_a_stretched() {
    let a = with_spectrum(&(0..30).map(f64::from).collect::<Vec<_>>(), 6);
    let one = density(&a, 3, 8, 7);
    for exponent in [-12, -5, 6, 12] {
        let c = 10f64.powi(exponent);
        let other = density(&Scaled::new(c, &a).unwrap(), 3, 8, 7);
        for (x, y) in one.rules.iter().zip(&other.rules) {
            assert_eq!(x.exact, y.exact);
            x.nodes.iter().zip(&y.nodes).for_each(|(x, y)| assert!((x * c - y).abs() <= 1e-11 * 30.0 * c));
            x.weights.iter().zip(&y.weights).for_each(|(x, y)| assert!((x - y).abs() <= 1e-11));
        }
        let (x, y) = (one.default_width().unwrap(), other.default_width().unwrap());
        assert!((x * c / y - 1.0).abs() < 1e-9);
    }
}

#[test]
fn exact_measures_and_bad_input() {
    let identity = Dense::new(nalgebra::DMatrix::identity(5, 5)).unwrap();
    let found = density(&identity, 2, 5, 8);
    assert_eq!(found.products, 2, "one step finds the space invariant");
    assert!(found.rules.iter().all(|rule| rule.exact) && found.default_width().unwrap() == 0.0);
    assert_eq!(found.cumulative(0.5, 0.9).unwrap(), Cumulative { value: 0.0, low: 0.0, high: 0.0 });
    assert!((found.cumulative(1.5, 0.9).unwrap().low - 1.0).abs() < 1e-14);
    assert_eq!(density(&identity, 2, 5, 8), found, "the same draws give the same bits");

    let a = Dense::new(laplacian(6) - nalgebra::DMatrix::identity(6, 6)).unwrap();
    let indefinite = density(&a, 2, 6, 9);
    assert!(matches!(indefinite.log_determinant(), Err(SpectrumError::Undefined { node }) if node <= 0.0));
    assert!(matches!(indefinite.effective_dimension(0.1), Err(SpectrumError::Undefined { .. })));
    assert!(indefinite.effective_dimension(0.0).is_err());
    assert!(indefinite.cumulative(f64::NAN, 0.9).is_err() && indefinite.cumulative(0.0, 1.0).is_err());
    assert!(indefinite.smoothed(0.0, 0.0).is_err() && indefinite.smoothed(f64::NAN, 1.0).is_err());
    assert!(indefinite.smoothing_error(f64::NAN).is_err());
    assert!(Density::of(&a, 1, 5, Full, &mut || 1.0).is_err());
    assert!(Density::of(&a, 2, 0, Full, &mut || 1.0).is_err());
    assert!(matches!(Density::of(&a, 2, 2, Local, &mut || f64::NAN), Err(SpectrumError::Randomness)));
}
