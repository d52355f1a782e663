//! Margin bounds by a norm: a memorized sample of random labels, whose risk is ½, is not certified; without the norm it
//! would be.

use proptest::prelude::*;
use saddlepoint_models::random::Stream;
use saddlepoint_rigor::{Interval, IntervalMatrix};
use saddlepoint_theory::bounds::certificate::Certificate;
use saddlepoint_theory::bounds::norm_margin::NormMargin;
use saddlepoint_theory::capacity::margins::Margins;

/// Linear functions on the corners `eᵢ` of a space of many more dimensions than the sample has points, each drawn
/// once with a random label: `w = Σ yᵢ eᵢ` has the norm `√n` and all margins 1, and tosses a coin everywhere else.
fn memorized(n: usize, norm: f64, gamma: f64) -> Certificate {
    let labels: Vec<bool> = Stream::new(3).normals(n).iter().map(|x| *x > 0.0).collect();
    let outputs = labels.iter().map(|&positive| if positive { 1.0 } else { -1.0 }).collect();
    let margins = Margins::of_signs(&IntervalMatrix::from_rows(n, 1, outputs).unwrap(), &labels).unwrap();
    // ‖X‖_F / n for the unit ball of linear functions.
    let unit = (n as f64).sqrt() / n as f64;
    NormMargin::new("linear", Interval::between(norm, norm), unit, &margins, gamma, 0.05).unwrap().evaluate()
}

#[test]
fn random_labels_are_not_certified_but_without_their_norm_they_are() {
    for n in [100, 1000, 10_000] {
        let root = (n as f64).sqrt();
        for gamma in [0.1, 0.5, 0.999, 2.0] {
            assert!(memorized(n, root, gamma).value() >= 0.5, "{n} {gamma}");
        }
        assert!(n < 1000 || memorized(n, 0.0, 0.999).value() < 0.5, "{n}");
        // The class of the norm that a true separation by one coordinate needs is certified.
        assert!(n < 10_000 || memorized(n, 1.0, 0.999).value() < 0.25, "{n}");
    }
}

proptest! {
    /// Only the quotient of norm and margin is chosen by the data.
    #[test]
    fn norm_and_margin_scale_together(e in -20i32..20, norm in 0.01..10.0f64, gamma in 0.01..0.9f64) {
        let scale = 2f64.powi(e);
        let outputs = |scale: f64| IntervalMatrix::from_rows(3, 1, vec![scale, -scale, 2.0 * scale]).unwrap();
        let bound = |scale: f64| {
            let margins = Margins::of_signs(&outputs(scale), &[true, true, true]).unwrap();
            let norm = Interval::between(norm * scale, norm * scale);
            NormMargin::new("test", norm, 0.1, &margins, gamma * scale, 0.05).unwrap().evaluate()
        };
        prop_assert_eq!(bound(scale), bound(1.0));
    }

    #[test]
    fn ignorance_costs(norm in 0.0..10.0f64, below in 0.0..5.0f64, above in 0.0..5.0f64, gamma in 0.01..0.9f64) {
        let outputs = IntervalMatrix::from_rows(2, 1, vec![1.0, 0.5]).unwrap();
        let margins = Margins::of_signs(&outputs, &[true, true]).unwrap();
        let bound = |norm| NormMargin::new("test", norm, 0.1, &margins, gamma, 0.05).unwrap().evaluate().value();
        let known = bound(Interval::between(norm, norm));
        prop_assert!(bound(Interval::between((norm - below).max(0.0), norm + above)) >= known);
    }
}

/// A norm that is negative for certain is none, and a kernel of other inputs has another trace.
#[test]
fn negative_norms_and_other_inputs_are_refused() {
    use saddlepoint_rigor::{Interval, IntervalMatrix};
    use saddlepoint_theory::bounds::hypothesis::Violation;
    use saddlepoint_theory::bounds::kernel::{KernelMargin, KernelMatrix};
    use saddlepoint_theory::capacity::margins::Margins;
    let margins =
        Margins::of_signs(&IntervalMatrix::from_rows(2, 1, vec![1.0, 2.0]).unwrap(), &[true; 2]).unwrap();
    let (one, below) = (Interval::between(1.0, 1.0), Interval::between(-2.0, -1.0));
    let bound = |norm, n| {
        let kernel = KernelMatrix::new(IntervalMatrix::identity(n).unwrap()).unwrap();
        KernelMargin::new(norm, &kernel, &margins, 0.5, 0.05)
    };
    assert!(bound(one, 2).is_ok());
    assert_eq!(bound(below, 2), Err(Violation::Radius(-1.0)));
    assert_eq!(bound(one, 3), Err(Violation::Samples { inputs: 3, margins: 2 }));
}
