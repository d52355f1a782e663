use super::*;
use crate::operator::{Dense, Scaled, SymmetricOperator};
use crate::spectrum::testing::{Diagonal, Stream, binomial_limit, laplacian, laplacian_eigenvalues};
use Reorthogonalization::{Full, None as Local};

fn density_by(
    mode: Reorthogonalization,
    a: &dyn SymmetricOperator,
    probes: usize,
    steps: usize,
    seed: u64,
) -> Density {
    let mut stream = Stream::new(seed);
    let method = StochasticLanczos::new(probes, steps).unwrap().with_reorthogonalization(mode);
    method.run(a, &mut || stream.normal()).unwrap()
}

fn density(a: &dyn SymmetricOperator, probes: usize, steps: usize, seed: u64) -> Density {
    density_by(Local, a, probes, steps, seed)
}

/// The shares that unit probes, drawn as a density with this seed draws them, give the eigenvalues of a diagonal matrix.
fn measures(n: usize, probes: usize, seed: u64) -> Vec<Vec<f64>> {
    let mut stream = Stream::new(seed);
    (0..probes)
        .map(|_| {
            let v: Vec<f64> = (0..n).map(|_| stream.normal()).collect();
            let square: f64 = v.iter().map(|x| x * x).sum();
            v.iter().map(|x| x * x / square).collect()
        })
        .collect()
}

/// Spectra of increasing order that make Lanczos lose orthogonality, each in its own way.
fn hard_spectra() -> Vec<(&'static str, Vec<f64>)> {
    let bulk = |n: usize| (0..n).map(move |i| (i as f64 / n as f64).powi(3));
    let with = |rest: Vec<f64>| {
        let mut all: Vec<f64> = bulk(300).chain(rest).collect();
        all.sort_by(f64::total_cmp);
        all
    };
    vec![
        ("a smooth bulk", with(vec![])),
        ("one outlier far out", with(vec![1000.0])),
        ("ten outliers", with((1..=10).map(|i| 3.0 * f64::from(i)).collect())),
        ("outliers at both ends", with(vec![-40.0, -15.0, 8.0, 90.0])),
        ("clusters", (0..300).map(|i| f64::from(i / 60) + 1e-9 * f64::from(i % 60)).collect()),
        (
            "clusters and an outlier",
            (0..300).map(|i| f64::from(i / 75) + 1e-5 * f64::from(i)).chain([500.0]).collect(),
        ),
        ("geometric", (0..300).map(|i| 0.9f64.powi(300 - i)).collect()),
        ("mostly zero", (0..200).map(|_| 0.0).chain((1..=100).map(|i| f64::from(i * i))).collect()),
    ]
}

#[test]
fn pitfall_weights_are_squared_first_components() {
    // Moments of degree below 2m are exact, probe by probe, and only with these weights.
    let values = laplacian_eigenvalues(30);
    for mode in [Full, Local] {
        let found = density_by(mode, &Diagonal(values.clone()), 2, 5, 1);
        for (rule, measure) in found.rules.iter().zip(measures(30, 2, 1)) {
            assert!((rule.weights.iter().sum::<f64>() - 1.0).abs() < 1e-13);
            for degree in 1..10 {
                let moment: f64 = rule.nodes.iter().zip(&rule.weights).map(|(x, w)| w * x.powi(degree)).sum();
                let exact: f64 = values.iter().zip(&measure).map(|(x, w)| w * x.powi(degree)).sum();
                assert!((moment / exact - 1.0).abs() < 1e-11, "degree {degree}");
            }
        }
    }
}

#[test]
fn the_recurrence_alone_integrates_as_the_theory_says() {
    // Chebyshev polynomials of degree below 2m on the spectrum, against the probe's own measure: Knizhnerman's statement.
    let mut lost = 0;
    for (name, values) in hard_spectra() {
        let n = values.len();
        let (low, high) = (values[0], values[n - 1]);
        let exact = measures(n, 2, 3);
        for scale in [1e-12, 1.0, 1e12] {
            let a = Diagonal(values.iter().map(|x| x * scale).collect());
            for steps in [30, 100] {
                let (local, full) = (density_by(Local, &a, 2, steps, 3), density_by(Full, &a, 2, steps, 3));
                for (mode, found) in [(Local, &local), (Full, &full)] {
                    for (rule, measure) in found.rules.iter().zip(&exact) {
                        let place = |x: f64| ((2.0 * x - low - high) / (high - low)).clamp(-1.0, 1.0).acos();
                        // A node off by rounding moves a polynomial of degree k by k² times that, relative to the half-width.
                        let rounding = rule.rounding / (0.5 * scale * (high - low));
                        for degree in 0..2 * rule.nodes.len() {
                            let chebyshev = |x: f64| (degree as f64 * place(x)).cos();
                            let found: f64 = rule
                                .nodes
                                .iter()
                                .zip(&rule.weights)
                                .map(|(x, w)| w * chebyshev(x / scale))
                                .sum();
                            let exact: f64 = values.iter().zip(measure).map(|(x, w)| w * chebyshev(*x)).sum();
                            let tolerance = rounding * (degree * degree + 1) as f64;
                            assert!(
                                (found - exact).abs() <= tolerance,
                                "{name} {scale:e} {mode:?} {steps}, degree {degree}: {found} {exact}"
                            );
                        }
                        assert!(rule.exact || rule.nodes.len() == steps);
                    }
                }
                // Where orthogonality is lost, nodes come twice: closer than the rule of an orthogonal basis has them.
                let copies = |found: &Density| {
                    let nodes = &found.rules[0].nodes;
                    nodes.windows(2).filter(|pair| pair[1] - pair[0] <= 1e-11 * (high - low) * scale).count()
                };
                lost += usize::from(copies(&local) > copies(&full));
            }
        }
    }
    assert!(lost >= 12, "the cases must be ones where orthogonality is lost: {lost}");
}

#[test]
fn every_rule_brackets_its_probes_measure_and_smooths_it_within_the_bound() {
    for (name, values) in hard_spectra() {
        let n = values.len();
        for scale in [1e-12, 1.0, 1e12] {
            let a = Diagonal(values.iter().map(|x| x * scale).collect());
            for mode in [Local, Full] {
                let found = density_by(mode, &a, 3, 60, 4);
                let exact = measures(n, 3, 4);
                for (rule, measure) in found.rules.iter().zip(&exact) {
                    for i in 0..2 * n - 1 {
                        // At each eigenvalue, and between it and the next.
                        let at = if i % 2 == 0 { a.0[i / 2] } else { 0.5 * (a.0[i / 2] + a.0[i / 2 + 1]) };
                        let mass: f64 =
                            a.0.iter().zip(measure).filter(|(x, _)| **x <= at).map(|(_, w)| w).sum();
                        let (low, high) = rule.mass_up_to(at);
                        assert!(
                            low <= mass + 1e-12 && mass <= high + 1e-12,
                            "{name} {scale:e} {mode:?} {at:e}: {low} {mass} {high}"
                        );
                    }
                }
                let (bottom, top) = found.range();
                for width in [found.default_width().unwrap(), 0.02 * (top - bottom)] {
                    if width <= 0.0 {
                        continue;
                    }
                    let height = 1.0 / (width * std::f64::consts::TAU.sqrt());
                    let bound = (found.smoothing_error(width).unwrap() + 1e-11) * height;
                    for (at, estimate) in found.curve(60, width).unwrap() {
                        let mean = |measure: &Vec<f64>| {
                            let kernel = |x: &f64| (-0.5 * ((at - x) / width).powi(2)).exp() * height;
                            a.0.iter().zip(measure).map(|(x, w)| w * kernel(x)).sum::<f64>()
                        };
                        let exact = exact.iter().map(mean).sum::<f64>() / 3.0;
                        assert!(
                            (estimate.value - exact).abs() <= bound,
                            "{name} {scale:e} {mode:?} {at:e}: {} {exact} {bound}",
                            estimate.value
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn cumulative_bands_cover_as_often_as_they_say() {
    let exact = laplacian_eigenvalues(80);
    let n = exact.len();
    let a = Diagonal(exact.clone());
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
    // Nine distinct eigenvalues, for which twelve steps are exact; and a spread that five steps leave open.
    let few: Vec<f64> = (1..=40).map(|i| 0.5 + f64::from(i % 9)).collect();
    let spread: Vec<f64> = (0..60).map(|i| 30.0 * 0.9f64.powi(i)).collect();
    let limit = binomial_limit(1000, 0.05);
    for (values, steps, ends, closed) in [(few, 12, (0.4, 9.0), true), (spread, 5, (0.0, 31.0), false)] {
        let logarithm: f64 = values.iter().map(|value| (value + 0.3).ln()).sum();
        let effective: f64 = values.iter().map(|value| value / (value + 0.7)).sum();
        let a = Diagonal(values);
        let (mut misses, mut brackets, mut halved) = ([0; 2], [0; 2], 0);
        for seed in 0..1000 {
            let found = density(&a, 10, steps, seed);
            let estimates = [found.log_determinant(0.3).unwrap(), found.effective_dimension(0.7).unwrap()];
            let ranges = [
                found.log_determinant_bracket(0.3, ends).unwrap(),
                found.effective_dimension_bracket(0.7, ends).unwrap(),
            ];
            for (i, truth) in [logarithm, effective].into_iter().enumerate() {
                let outside = |(low, high): (f64, f64)| usize::from(!(low..=high).contains(&truth));
                misses[i] += outside(estimates[i].interval(0.95).unwrap());
                brackets[i] += outside(ranges[i].interval(0.95).unwrap());
                let half = Estimate { standard_error: 0.5 * estimates[i].standard_error, ..estimates[i] };
                halved += outside(half.interval(0.95).unwrap());
                assert!(ranges[i].low.value <= ranges[i].high.value);
            }
        }
        assert!(brackets.iter().all(|missed| *missed <= limit), "{brackets:?}");
        if closed {
            assert!(misses.iter().all(|missed| *missed <= limit), "{misses:?}");
            assert!(
                misses.iter().all(|missed| *missed > 20),
                "one that hardly ever misses is not calibrated: {misses:?}"
            );
            assert!(halved > 2 * limit, "teeth: half the error must be caught, {halved}");
        } else {
            // The standard error is that of the probes: where steps are too few, only the bracket covers.
            assert!(misses[1] > limit, "{misses:?}");
        }
    }
}

#[test]
fn quadratic_forms_lie_in_their_brackets_which_close_as_steps_are_added() {
    type Function = (&'static str, fn(f64) -> f64);
    let functions: [Function; 5] = [
        ("ln", f64::ln),
        ("root", f64::sqrt),
        ("share", |x| x / (x + 0.1)),
        ("inverse", |x| 1.0 / x),
        ("decay", |x| (-x).exp()),
    ];
    let mut stream = Stream::new(5);
    for outliers in [vec![], vec![400.0], vec![20.0, 30.0, 40.0, 50.0]] {
        let values: Vec<f64> = (0..150).map(|i| 0.05 + f64::from(i) / 50.0).chain(outliers).collect();
        let (a, largest) = (Diagonal(values.clone()), *values.last().unwrap());
        let v: Vec<f64> = values.iter().map(|_| stream.normal()).collect();
        let square: f64 = v.iter().map(|x| x * x).sum();
        for mode in [Local, Full] {
            for (name, f) in functions {
                let exact = values.iter().zip(&v).map(|(x, v)| v * v * f(*x)).sum::<f64>() / square;
                let mut widths = Vec::new();
                for steps in [1, 2, 4, 8, 16, 32, 64] {
                    let rule = Rule::of(&a, &v, steps, mode).unwrap();
                    let found = rule.bracket(f, (0.04, 1.1 * largest)).unwrap();
                    assert!(found.contains(exact), "{name} {mode:?} {steps}: {found} {exact}");
                    widths.push(found.width());
                }
                assert!(widths[6] < 1e-7 * (1.0 + exact.abs()), "{name} {mode:?}: {widths:?}");
            }
        }
    }
}

#[test]
fn brackets_miss_where_their_hypotheses_are_violated() {
    let values: Vec<f64> = (0..150).map(|i| 0.05 + f64::from(i) / 50.0).collect();
    let missed = |f: fn(f64) -> f64, ends| {
        let exact = values.iter().map(|x| f(*x)).sum::<f64>() / 150.0;
        (1..8)
            // A wrong end is refused as soon as a node lies beyond it.
            .filter_map(|steps| {
                Rule::of(&Diagonal(values.clone()), &[1.0; 150], steps, Local).unwrap().bracket(f, ends).ok()
            })
            .filter(|bracket| !bracket.contains(exact))
            .count()
    };
    assert_eq!(missed(|x| 1.0 / x, (0.04, 3.5)), 0);
    assert!(missed(|x| 1.0 / x, (0.2, 3.5)) > 0, "an end inside the spectrum");
    assert!(missed(|x| (20.0 * (x - 1.7)).tanh(), (0.04, 3.5)) > 0, "derivatives of both signs");
}

#[test]
fn the_smoothing_error_bounds_the_truncation_and_the_default_width_is_where_it_is_statistical() {
    let a = Diagonal(laplacian_eigenvalues(100));
    let whole = density_by(Full, &a, 4, 100, 3);
    for steps in [10, 20, 40] {
        let found = density_by(Full, &a, 4, steps, 3);
        let width = found.default_width().unwrap();
        let target = 1.0 / (2.0 * 102.0 * 4.0f64).sqrt();
        assert!((found.smoothing_error(width).unwrap() / target - 1.0).abs() < 1e-6);
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
fn a_killed_density_resumes_with_identical_bits() {
    // Seven values, so that a probe may end early; blocks of two, so that probes are drawn on the way.
    let a = Diagonal((0..40).map(|i| f64::from(i % 7)).collect());
    for mode in [Local, Full] {
        for steps in [5, 12] {
            let method = StochasticLanczos::new(5, steps).unwrap().with_block(2).unwrap();
            let method = method.with_reorthogonalization(mode);
            let mut stream = Stream::new(6);
            let whole = method.run(&a, &mut || stream.normal()).unwrap();
            let mut state = State::new(40);
            loop {
                let file = serde_json::to_vec(&state).unwrap();
                state = serde_json::from_slice(&file).unwrap();
                assert_eq!(serde_json::to_vec(&state).unwrap(), file);
                let mut stream = Stream::new(6);
                for _ in 0..state.draws() {
                    stream.normal();
                }
                if method.step(&a, &mut state, &mut || stream.normal()).unwrap() {
                    break;
                }
            }
            let resumed = method.finish(&state).unwrap();
            assert_eq!(serde_json::to_vec(&resumed).unwrap(), serde_json::to_vec(&whole).unwrap());
            assert_eq!((resumed.rules.len(), resumed.products), (5, state.products()));
        }
    }
}

#[test]
fn the_block_and_the_threads_change_no_bit() {
    let n = 40_000;
    let a = Diagonal((0..n).map(|i| 1.0 / f64::from(i + 1)).collect());
    let of = |block| {
        let mut stream = Stream::new(7);
        let method = StochasticLanczos::new(3, 4).unwrap().with_block(block).unwrap();
        method.run(&a, &mut || stream.normal()).unwrap()
    };
    let one = crate::spectrum::testing::on_threads(1, || of(3));
    assert_eq!(of(1), one);
    assert_eq!(crate::spectrum::testing::on_threads(4, || of(2)), one);
}

#[test]
fn the_density_of_c_a_is_that_of_a_stretched() {
    let a = Diagonal((0..30).map(f64::from).collect());
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
    assert!(found.log_determinant_bracket(0.0, (1.0, 1.0)).unwrap().high.value.abs() < 1e-12);

    let a = Dense::new(laplacian(6) - nalgebra::DMatrix::identity(6, 6)).unwrap();
    let indefinite = density(&a, 2, 6, 9);
    let refused = indefinite.log_determinant(0.5);
    assert!(matches!(refused, Err(SpectrumError::NotPositive { quotient, shift: 0.5 }) if quotient < -0.5));
    assert!(indefinite.log_determinant(1.0).is_ok() && indefinite.log_determinant(f64::NAN).is_err());
    assert!(matches!(indefinite.effective_dimension(0.1), Err(SpectrumError::NotPositive { .. })));
    assert!(indefinite.effective_dimension(0.0).is_err());
    assert!(indefinite.cumulative(f64::NAN, 0.9).is_err() && indefinite.cumulative(0.0, 1.0).is_err());
    assert!(indefinite.smoothed(0.0, 0.0).is_err() && indefinite.smoothed(f64::NAN, 1.0).is_err());
    assert!(indefinite.smoothing_error(f64::NAN).is_err() && indefinite.curve(1, 1.0).is_err());
    // Ends that are none, and ends at which the function is not defined.
    let bracket = |low, high| indefinite.log_determinant_bracket(1.0, (low, high));
    assert!(matches!(bracket(-0.5, 4.0), Err(SpectrumError::Inside { end: -0.5 })));
    assert!(matches!(bracket(-0.95, 2.0), Err(SpectrumError::Inside { end: 2.0 })));
    assert!(matches!(bracket(-1.0, 4.0), Err(SpectrumError::Undefined { .. })));
    assert!(bracket(f64::NAN, 4.0).is_err() && bracket(-0.95, f64::INFINITY).is_err());

    assert!(StochasticLanczos::new(1, 5).is_err() && StochasticLanczos::new(2, 0).is_err());
    let method = StochasticLanczos::new(2, 2).unwrap();
    assert!(method.with_block(0).is_err());
    for constant in [0.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(method.run(&a, &mut || constant), Err(SpectrumError::Randomness)));
    }
    let mut stream = Stream::new(10);
    let mut state = State::new(6);
    method.step(&a, &mut state, &mut || stream.normal()).unwrap();
    let other = method.with_reorthogonalization(Full);
    let refused = other.step(&a, &mut state, &mut || stream.normal());
    assert!(matches!(refused, Err(SpectrumError::State { .. })), "kept in another way");
    let refused = method.step(&identity, &mut state, &mut || stream.normal());
    assert!(matches!(refused, Err(SpectrumError::State { .. })), "another dimension");
    assert!(method.finish(&state).is_err(), "no probe is done");
    for bad in [vec![0.0; 6], vec![f64::NAN; 6], vec![1.0; 5]] {
        assert!(Rule::of(&a, &bad, 3, Local).is_err());
    }
}
