//! `mode-connectivity`: the verdict, and that a curve's control point is trained by what it is weighted with.

use proptest::prelude::*;
use saddlepoint_experiments::claims;
use saddlepoint_experiments::verdict::Verdict;
use saddlepoint_landscape::surface::SurfaceError;
use saddlepoint_landscape::surface::path::{Kind, Path};
use serde_json::json;

proptest! {
    /// The derivative of `f(γ(t))` along the control point is its weight times that of `f`: here for a linear function.
    #[test]
    fn the_control_point_moves_the_curve_by_its_weight(t in 0.0..=1.0f64, step in -1.0..1.0f64, slope in -2.0..2.0f64) {
        let f = |x: &[f64]| slope * x[0];
        let mut curve = Path::new(Kind::Bezier, vec![vec![0.0], vec![0.5], vec![1.0]]).unwrap();
        let (before, weight) = (f(&curve.at(t)), curve.weights(t)[1]);
        curve.inner_mut()[0][0] += step;
        prop_assert!((f(&curve.at(t)) - before - step * weight * slope).abs() < 1e-12);
    }
}

/// Between the two minima of a double well the line has a barrier, and a curve around the hill has none.
#[test]
fn a_barrier_on_the_line_says_nothing_about_curves() {
    let ring = |x: &[f64]| Ok::<f64, SurfaceError>((x[0] * x[0] + x[1] * x[1] - 1.0).powi(2));
    let ends = [vec![-1.0, 0.0], vec![1.0, 0.0]];
    let line = Path::new(Kind::Polygon, ends.to_vec()).unwrap();
    let curve = Path::new(Kind::Bezier, vec![ends[0].clone(), vec![0.0, 2.0], ends[1].clone()]).unwrap();
    assert_eq!(line.barrier(61, ring).unwrap().height, 1.0);
    assert!(curve.barrier(61, ring).unwrap().height < 0.1);
}

fn verdict(line: f64, curve: f64, accuracy: f64) -> Verdict {
    let path = |top: f64, accuracy: f64| json!([[1e-4, 1.0], [top, accuracy], [2e-4, 1.0]]);
    let evidence: Vec<_> = (1..=3)
        .map(|seed| {
            let outcome = json!({"line": path(line, 0.5), "curve": path(curve, accuracy)});
            (json!({"width": 32, "steps": 3000, "seed": seed}), outcome)
        })
        .collect();
    claims::find("mode-connectivity").unwrap().conclude(&evidence).unwrap().0.verdict
}

#[test]
fn teeth_the_verdict_needs_a_barrier_and_a_low_curve() {
    assert_eq!(verdict(1.5, 0.002, 1.0), Verdict::Reproduced);
    assert_eq!(verdict(0.4, 0.002, 1.0), Verdict::NotReproduced, "no barrier on the line");
    assert_eq!(verdict(1.5, 0.03, 1.0), Verdict::NotReproduced, "the curve rises");
    assert_eq!(verdict(1.5, 0.002, 0.99), Verdict::NotReproduced, "an example is lost on the curve");
}
