//! The catalogue's `pac-bayes-linear`: digits, two classes at a time, the first 1,400 of the permuted rows to train on.

use nalgebra::{DMatrix, DVector};
use saddlepoint_models::data::digits;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::bounds::linear_gibbs::{LinearGibbs, normalized_margin};
use saddlepoint_theory::bounds::pac_bayes::Moment;

const TRAIN: usize = 1400;

/// Whether a label is positive, for the labels that take part.
type Class = dyn Fn(usize) -> Option<bool>;

/// The best length, and the Gibbs errors on both parts at it.
type Errors = Option<(f64, f64, f64)>;

/// Inputs of unit norm and whether their label is positive, of the rows whose label `class` knows.
fn part(rows: &[usize], class: &Class) -> Vec<(Vec<f64>, bool)> {
    let samples = digits::all().unwrap();
    let labels = samples.labels().unwrap().0;
    let row = |&i: &usize| {
        let x = DVector::from_column_slice(&samples.inputs()[64 * i..64 * (i + 1)]).normalize();
        class(labels[i]).map(|positive| (x.as_slice().to_vec(), positive))
    };
    rows.iter().filter_map(row).collect()
}

fn sign(positive: bool) -> f64 {
    if positive { 1.0 } else { -1.0 }
}

/// The direction of `(ZᵀZ + n/1000)⁻¹ Zᵀy`.
fn ridge(train: &[(Vec<f64>, bool)]) -> Vec<f64> {
    let z = DMatrix::from_fn(train.len(), 64, |i, j| train[i].0[j]);
    let y = DVector::from_fn(train.len(), |i, _| sign(train[i].1));
    let gram = z.transpose() * &z + DMatrix::identity(64, 64) * (1e-3 * train.len() as f64);
    gram.cholesky().unwrap().solve(&(z.transpose() * y)).as_slice().to_vec()
}

fn margins(w: &[f64], part: &[(Vec<f64>, bool)]) -> Vec<f64> {
    part.iter().map(|(x, positive)| normalized_margin(w, x, *positive).unwrap()).collect()
}

/// The Gibbs error at one length, which is what the bound observes.
fn gibbs_error(margins: &[f64], length: f64) -> f64 {
    LinearGibbs::new(margins, &[length], 0.05, Moment::TwoRoots).unwrap().evaluate().terms()[0].value
}

#[test]
fn the_catalogues_bounds() {
    let rows = Stream::new(2024).permutation(1797);
    let pair = |a: usize, b: usize| move |label: usize| (label == a || label == b).then_some(label == b);
    let halves = |label: usize| Some(label >= 5);
    let lengths: Vec<f64> = (-2..=16).map(|k| (f64::from(k) / 2.0).exp2()).collect();
    let cases: [(&Class, usize, f64, Errors); 4] = [
        (&pair(0, 1), 286, 0.20459393, Some((8.0, 0.0254229996, 0.0330789))),
        (&pair(3, 8), 268, 0.384827466, None),
        (&pair(4, 9), 280, 0.278467852, None),
        (&halves, 1400, 0.393638638, Some((2f64.powf(3.5), 0.239791891, 0.252131))),
    ];
    for (class, n, value, errors) in cases {
        let (train, test) = (part(&rows[..TRAIN], class), part(&rows[TRAIN..], class));
        assert_eq!(train.len(), n);
        let w = ridge(&train);
        let bound =
            LinearGibbs::new(&margins(&w, &train), &lengths, 0.05, Moment::TwoRoots).unwrap().evaluate();
        assert!((bound.value() - value).abs() < 1e-6, "{bound} {value}");
        assert_eq!(bound.ledger().expenses()[0].shared_by, 19);
        if let Some((length, of_train, of_test)) = errors {
            let found = [gibbs_error(&margins(&w, &train), length), gibbs_error(&margins(&w, &test), length)];
            assert_eq!(bound.terms()[0].value, found[0]);
            assert!((found[0] - of_train).abs() < 1e-9 && (found[1] - of_test).abs() < 1e-6, "{found:?}");
        }
        // The classifier itself is not the Gibbs one, but here it errs less than the bound too.
        let errors = margins(&w, &test).iter().filter(|margin| **margin <= 0.0).count();
        assert!(bound.value() < 0.5 && errors as f64 / test.len() as f64 <= bound.value());
    }
}
