//! `rademacher-exact`: the bounds hold for any class and are attained. What shifts, hulls, more functions and contractions do is in
//! `theorems/rademacher.rs`.

use proptest::prelude::*;
use saddlepoint_experiments::verdict::Verdict;
use saddlepoint_rigor::IntervalMatrix;
use saddlepoint_theory::capacity::rademacher::Class;

use crate::evidence::{smoke, verdict, verdict_if};

fn matrix(rows: &[Vec<f64>]) -> IntervalMatrix {
    IntervalMatrix::from_rows(rows.len(), rows[0].len(), rows.concat()).unwrap()
}

fn rows(n: std::ops::Range<usize>, k: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Vec<f64>>> {
    (n, k).prop_flat_map(|(n, k)| prop::collection::vec(prop::collection::vec(-2.0..2.0f64, n), k))
}

/// By definition, in plain arithmetic: the mean over all signs of the largest signed sum.
fn by_definition(n: usize, sup: impl Fn(&[f64]) -> f64) -> f64 {
    let signs = |code: u32| (0..n).map(|i| if code >> i & 1 == 1 { 1.0 } else { -1.0 }).collect::<Vec<f64>>();
    (0..1u32 << n).map(|code| sup(&signs(code))).sum::<f64>() / f64::from(1u32 << n) / n as f64
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn finite_classes_are_what_they_are_and_massart_is_above(rows in rows(1..8, 1..7)) {
        let class = Class::finite(&matrix(&rows));
        let exact = class.exact().unwrap();
        let naive = by_definition(rows[0].len(), |signs| rows.iter().map(|f| dot(f, signs)).fold(f64::NEG_INFINITY, f64::max));
        prop_assert!((exact.midpoint() - naive).abs() < 1e-13);
        prop_assert!(class.bounds().low() <= exact.high() && exact.low() <= class.bounds().high());
    }

    /// One row a point: the supremum over a ball is the dual norm of the signed sum.
    #[test]
    fn linear_classes_are_dual_norms(points in rows(1..4, 1..8)) {
        let (n, d) = (points.len(), points[0].len());
        let sums = |signs: &[f64]| (0..d).map(|j| (0..n).map(|i| signs[i] * points[i][j]).sum()).collect::<Vec<f64>>();
        let euclidean = by_definition(n, |signs| dot(&sums(signs), &sums(signs)).sqrt());
        let largest = by_definition(n, |signs| sums(signs).into_iter().fold(0.0, |most, x| most.max(x.abs())));
        for (class, naive) in [(Class::euclidean_ball(&matrix(&points), 1.0), euclidean), (Class::l1_ball(&matrix(&points), 1.0), largest)] {
            let class = class.unwrap();
            prop_assert!((class.exact().unwrap().midpoint() - naive).abs() < 1e-13);
            prop_assert!(class.bounds().low() <= naive + 1e-13 && naive <= class.bounds().high() + 1e-13);
        }
        prop_assert!(largest <= euclidean + 1e-13);
    }
}

/// Teeth: Khintchine's constant is attained by two equal points, the upper end by orthogonal ones; for sixteen signs of four points
/// Massart's bound without the factor 2 under the root is too small.
#[test]
fn weakened_bounds_are_caught() {
    let ratio = |rows: &[Vec<f64>]| {
        let class = Class::euclidean_ball(&matrix(rows), 1.0).unwrap();
        class.exact().unwrap().midpoint() / class.bounds().high()
    };
    assert!((ratio(&[vec![1.0, 2.0], vec![1.0, 2.0]]) - 0.5f64.sqrt()).abs() < 1e-14);
    assert!((ratio(&[vec![1.0, 0.0], vec![0.0, 1.0]]) - 1.0).abs() < 1e-14);
    let all: Vec<Vec<f64>> =
        (0..16).map(|code| (0..4).map(|i| if code >> i & 1 == 1 { 1.0 } else { -1.0 }).collect()).collect();
    let class = Class::finite(&matrix(&all));
    let massart = class.bounds().high();
    assert!(
        (class.exact().unwrap().midpoint() - 1.0).abs() < 1e-14 && massart > 1.0 && massart / 2f64.sqrt() < 1.0
    );
}

/// Teeth: a digit of a value, a violated law and an absolute contraction that holds are caught.
#[test]
fn the_verdict_needs_values_laws_and_the_counterexample() {
    let (id, runs) = ("rademacher-exact", smoke("rademacher-exact"));
    assert_eq!(verdict(id, &runs), Verdict::Reproduced);
    assert_eq!(verdict_if(id, &runs, "/exact/0", |x| x - 1e-9), Verdict::NotReproduced);
    assert_eq!(verdict_if(id, &runs, "/violations/5", |_| 1.0), Verdict::NotReproduced);
    let tame: Vec<_> = runs
        .into_iter()
        .map(|(task, mut outcome)| {
            if let Some(ratios) = outcome.pointer_mut("/absolute") {
                *ratios = serde_json::json!([0.9, 1.0]);
            }
            (task, outcome)
        })
        .collect();
    assert_eq!(verdict(id, &tame), Verdict::NotReproduced);
}
