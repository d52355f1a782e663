//! The plots of `diagonal-preconditioning`.

use super::{FEATURE_RATES, Outcome, Task};
use crate::claim::Evidence;
use crate::figure::{Axis, Figure};

pub(super) fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
    let mut steps = Figure::new(
        "rotation",
        "Steps to a millionth of the value",
        "One point a rotation: unrotated at 0, rotated at 1. AdaGrad is faster by orders of magnitude where the axes are the \
         eigenvectors, and on a par with gradient descent where they are not.",
        Axis::linear("rotated"),
        Axis::logarithmic("steps at the best rate"),
    );
    let mut rare = Figure::new(
        "rare-features",
        "Excess risk against the learning rate",
        "Logistic regression on 200 one-hot features, one curve a seed. AdaGrad's best is lower than any rate of stochastic \
         gradient descent, which serves either frequent or rare features.",
        Axis::logarithmic("learning rate"),
        Axis::logarithmic("excess risk"),
    );
    let mut points: [Vec<(f64, f64)>; 3] = Default::default();
    for one in evidence {
        match (&one.task, &one.outcome) {
            (_, Outcome::Rotated { descent, ada_grad, adam, .. }) => {
                for (points, steps) in points.iter_mut().zip([descent, ada_grad, adam]) {
                    points.extend([(1.0, steps[0]), (0.0, steps[1])].into_iter().filter(|p| p.1.is_finite()));
                }
            }
            (Task::Rare { seed }, Outcome::Rare { descent, ada_grad }) => {
                let curve = |risks: &[f64]| FEATURE_RATES.into_iter().zip(risks.to_vec()).collect::<Vec<_>>();
                rare = rare
                    .line(format!("SGD, seed {seed}"), curve(descent))
                    .line(format!("AdaGrad, seed {seed}"), curve(ada_grad));
            }
            _ => {}
        }
    }
    for ((name, shift), points) in
        [("gradient descent", -0.05), ("AdaGrad", 0.0), ("Adam", 0.05)].into_iter().zip(points)
    {
        steps = steps.points(name, points.into_iter().map(|(x, y)| (x + shift, y)));
    }
    vec![steps, rare]
}
