//! Gradient descent that is kicked where the gradient is small, and answers where a kick brings nothing.

use std::ops::ControlFlow;

use super::{Descent, DescentError, End, Iterate, all_finite, is_short, noise, norm, positive};
use crate::objective::{Objective, check_point};

/// When to kick, how hard, and when to answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Kicks {
    /// `g_thres`: kick where the gradient is not longer than this.
    pub gradient_norm: f64,
    /// `r`: the kick is uniform in a ball of this radius.
    pub radius: f64,
    /// `t_thres`: this many steps are waited for the kick to take effect, and none is kicked meanwhile.
    pub wait: usize,
    /// `f_thres`: answer with the point before the kick if the wait has not lowered the value by this much. Without it
    /// the descent never answers.
    pub decrease: Option<f64>,
}

/// Perturbed gradient descent.
///
/// # Formula
/// At step $t$, with $t_{\text{noise}}$ the step of the last kick and $\tilde x$ the point before it:
///
/// 1. if $\lVert\nabla f(x_t)\rVert \le g_{\text{thres}}$ and $t - t_{\text{noise}} > t_{\text{thres}}$, then
///    $\tilde x \leftarrow x_t$, $t_{\text{noise}} \leftarrow t$ and $x_t \leftarrow \tilde x + \xi$ with $\xi$ uniform
///    in the ball of radius $r$;
/// 2. if $t - t_{\text{noise}} = t_{\text{thres}}$ and $f(x_t) - f(\tilde x) > -f_{\text{thres}}$, answer $\tilde x$;
/// 3. $x_{t+1} \leftarrow x_t - \eta\nabla f(x_t)$.
///
/// The watcher sees the iterates of the third line: after the kick, where there was one.
///
/// # Reference
/// Jin, Ge, Netrapalli, Kakade and Jordan, *How to escape saddle points efficiently* (2017), algorithm 2.
///
/// # Example
/// ```
/// use saddlepoint_landscape::analytic::StrictSaddleQuartic;
/// use saddlepoint_landscape::descent::{End, Kicks, PerturbedDescent};
///
/// # let mut state = 1u64;
/// # let mut normal = || { // a stand-in for a generator of normals
/// #     state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
/// #     (state >> 33) as f64 / f64::from(1u32 << 30) - 1.0
/// # };
/// let kicks = Kicks { gradient_norm: 1e-3, radius: 1e-3, wait: 200, decrease: Some(1e-4) };
/// let descent = PerturbedDescent::new(0.3, kicks, 10_000)?;
/// let found = descent.run(&StrictSaddleQuartic, &[0.0, 0.0], &mut normal)?;
/// assert_eq!(found.end, End::SecondOrder);
/// assert!((found.point[1].abs() - 1.0).abs() < 1e-3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PerturbedDescent {
    step: f64,
    kicks: Kicks,
    steps: usize,
}

impl PerturbedDescent {
    /// Descent with step size `η` for at most `steps` steps.
    ///
    /// # Errors
    /// When a number is not finite and positive, or the wait is 0.
    pub fn new(step: f64, kicks: Kicks, steps: usize) -> Result<Self, DescentError> {
        positive("the step size", step)?;
        positive("the gradient threshold", kicks.gradient_norm)?;
        positive("the radius of the kicks", kicks.radius)?;
        positive("the wait", kicks.wait as f64)?;
        if let Some(decrease) = kicks.decrease {
            positive("the decrease threshold", decrease)?;
        }
        Ok(Self { step, kicks, steps })
    }

    /// Descends from `start`.
    ///
    /// # Errors
    /// When the start has the wrong dimension or is not finite, or the generator gives no usable vector.
    pub fn run(
        &self,
        objective: &(impl Objective + ?Sized),
        start: &[f64],
        normal: &mut dyn FnMut() -> f64,
    ) -> Result<Descent, DescentError> {
        self.watch(objective, start, normal, |_| ControlFlow::Continue(()))
    }

    /// Descends from `start` and shows every iterate to `watcher`, which may break off.
    ///
    /// # Errors
    /// As for [`run`](Self::run).
    pub fn watch(
        &self,
        objective: &(impl Objective + ?Sized),
        start: &[f64],
        normal: &mut dyn FnMut() -> f64,
        mut watcher: impl FnMut(Iterate<'_>) -> ControlFlow<()>,
    ) -> Result<Descent, DescentError> {
        check_point(objective.dimension(), start)?;
        let Kicks { gradient_norm, radius, wait, decrease } = self.kicks;
        let mut point = start.to_vec();
        let mut gradient = vec![0.0; point.len()];
        let mut next = vec![0.0; point.len()];
        let mut last: Option<Kicked> = None;
        let mut step = 0;
        let end = loop {
            objective.gradient_unchecked(&point, &mut gradient);
            let rested = last.as_ref().is_none_or(|last| step - last.step > wait);
            if rested && is_short(&gradient, gradient_norm) {
                let value = decrease.map(|_| objective.value(&point)).transpose()?;
                last = Some(Kicked { step, value, point: point.clone(), gradient: gradient.clone() });
                noise::in_ball(radius, normal, &mut next)?;
                for (x, kick) in point.iter_mut().zip(&next) {
                    *x += kick;
                }
                objective.gradient_unchecked(&point, &mut gradient);
            }
            if watcher(Iterate { step, point: &point, gradient: &gradient }).is_break() {
                break End::Stopped;
            }
            if let (Some(kicked), Some(decrease)) = (&last, decrease)
                && step - kicked.step == wait
                && let Some(before) = kicked.value
                && objective.value(&point)? - before > -decrease
            {
                point.clone_from(&kicked.point);
                gradient.clone_from(&kicked.gradient);
                break End::SecondOrder;
            }
            if step == self.steps {
                break End::OutOfSteps;
            }
            for ((next, x), g) in next.iter_mut().zip(&point).zip(&gradient) {
                *next = x - self.step * g;
            }
            if !all_finite(&next) {
                break End::Diverged;
            }
            std::mem::swap(&mut point, &mut next);
            step += 1;
        };
        Ok(Descent { gradient_norm: norm(&gradient), point, steps: step, end })
    }
}

/// The point before the last kick.
struct Kicked {
    step: usize,
    /// Its value, where a decrease is asked for.
    value: Option<f64>,
    point: Vec<f64>,
    gradient: Vec<f64>,
}

#[cfg(test)]
mod tests {
    use super::super::noise::testing::normals;
    use super::*;
    use crate::analytic::{Quadratic, StrictSaddleQuartic};
    use nalgebra::dmatrix;

    const KICKS: Kicks = Kicks { gradient_norm: 1e-3, radius: 1e-2, wait: 50, decrease: Some(1e-3) };

    #[test]
    fn it_leaves_a_saddle_and_answers_with_a_minimum() {
        for seed in 0..20 {
            let descent = PerturbedDescent::new(0.3, KICKS, 10_000).unwrap();
            let found = descent.run(&StrictSaddleQuartic, &[0.0, 0.0], &mut normals(seed)).unwrap();
            assert_eq!(found.end, End::SecondOrder);
            assert!(found.gradient_norm <= KICKS.gradient_norm);
            assert!((found.point[1].abs() - 1.0).abs() < 1e-3 && found.steps > 2 * KICKS.wait);
        }
    }

    /// At a minimum the first kick brings nothing: the answer is the start itself, after one wait.
    #[test]
    fn at_a_minimum_it_answers_with_its_start() {
        let descent = PerturbedDescent::new(0.3, KICKS, 10_000).unwrap();
        let found = descent.run(&StrictSaddleQuartic, &[0.0, 1.0], &mut normals(3)).unwrap();
        assert_eq!((found.point.as_slice(), found.steps, found.end), (&[0.0, 1.0][..], 50, End::SecondOrder));
    }

    #[test]
    fn without_a_threshold_of_decrease_it_kicks_for_ever() {
        let kicks = Kicks { decrease: None, wait: 1, ..KICKS };
        let descent = PerturbedDescent::new(0.3, kicks, 1000).unwrap();
        let found = descent.run(&StrictSaddleQuartic, &[0.0, 1.0], &mut normals(3)).unwrap();
        assert_eq!((found.end, found.steps), (End::OutOfSteps, 1000));
    }

    /// Where no gradient is small it is gradient descent.
    #[test]
    fn far_from_critical_points_there_are_no_kicks() {
        let f = Quadratic::new(dmatrix![1.0]).unwrap();
        let descent = PerturbedDescent::new(0.5, KICKS, 5).unwrap();
        assert_eq!(descent.run(&f, &[64.0], &mut || f64::NAN).unwrap().point, [2.0]);
    }

    #[test]
    fn bad_settings_are_refused() {
        for broken in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(PerturbedDescent::new(broken, KICKS, 1).is_err());
            for kicks in [
                Kicks { gradient_norm: broken, ..KICKS },
                Kicks { radius: broken, ..KICKS },
                Kicks { decrease: Some(broken), ..KICKS },
                Kicks { wait: 0, ..KICKS },
            ] {
                assert!(PerturbedDescent::new(0.1, kicks, 1).is_err());
            }
        }
    }
}
