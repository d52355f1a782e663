//! Mistakes in searches for critical points.

use saddlepoint_landscape::analytic::StrictSaddleQuartic;
use saddlepoint_landscape::critical::search::{Criteria, Ending, LevenbergMarquardt, Search};

/// Where the gradient is short but lies in the kernel of the Hessian, a search for critical points ends, and its end is
/// none: the norm alone cannot tell it from one, so an ending has three names.
#[test]
fn a_small_gradient_norm_is_not_a_critical_point() {
    let search = |steps, start: [f64; 2]| {
        let criteria = Criteria { steps, gradient_norm: 1e-12, bound: 50.0, flatness: 1e-3 };
        LevenbergMarquardt { criteria }.run(&StrictSaddleQuartic, &start).unwrap()
    };
    let (saddle, flat, stopped) =
        (search(100, [0.5, 0.2]), search(100, [0.0, 1.0 / 3f64.sqrt()]), search(0, [0.05, 0.0]));
    assert_eq!(
        [saddle.ending, flat.ending, stopped.ending],
        [Ending::Critical, Ending::GradientFlat, Ending::Failed]
    );
    // A tolerance that took the flat point for critical would take the unfinished search, too.
    assert!(flat.gradient_norm > 0.1 && flat.flatness <= 1e-3 && stopped.gradient_norm < flat.gradient_norm);
}
