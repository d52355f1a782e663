//! The octopus: a chain of strict saddles on which gradient descent takes exponential time.

mod logarithmic;

pub use logarithmic::ExitError;

use super::{ConstructionError, positive};
use crate::formula::Formula;
use crate::scalar::Scalar;

/// A smooth function whose descent passes `d` strict saddles, one after the other, each more closely than the last.
///
/// # Formula
/// With $a = |x|$, $\tau = e$, and $i$ the number of leading coordinates that are at least $2\tau$,
/// $$f(x) = -i\nu + \sum_{j\le i} L(a_j - 4\tau)^2 + \begin{cases}
/// -\gamma a_{i+1}^2 + L\sum_{j>i+1} a_j^2 & a_{i+1} \le \tau\\
/// g_1(a_{i+1}) + g_2(a_{i+1})\,a_{i+2}^2 + L\sum_{j>i+2} a_j^2 & \tau < a_{i+1} < 2\tau\end{cases}$$
/// $$g_1(a) = -\gamma a^2 + \frac{(10\gamma - 14L)(a-\tau)^3}{3\tau} + \frac{(5L-3\gamma)(a-\tau)^4}{2\tau^2},\qquad
/// g_2(a) = -\gamma - (L+\gamma)(10u^3 + 15u^4 + 6u^5),\quad u = \frac{a}{\tau} - 2,$$
/// $\nu = \tfrac{37}6L\tau^2 + \tfrac{13}6\gamma\tau^2$. Where fewer than $i+2$ coordinates are left the missing terms
/// are absent. The saddles are the points with the first $i < d$ coordinates at $\pm4\tau$ and the others 0; all have
/// curvature $-2\gamma$ along coordinate $i + 1$. The minima have all coordinates at $\pm4\tau$.
///
/// The function is twice continuously differentiable where all coordinates after the active one, number $i + 1$, are at
/// most $\tau$: the tubes that descent from $[-1, 1]^d$ runs through. Elsewhere the formula is evaluated as it stands.
///
/// # Reference
/// Du, Jin, Lee, Jordan, Póczos and Singh, *Gradient descent can take exponential time to escape saddle points* (2017),
/// section 4.
///
/// # Example
/// ```
/// use saddlepoint_landscape::{analytic::Octopus, objective::Objective};
///
/// let f = Octopus::new(3, 1.0, 1.0)?;
/// let minimum = [4.0 * Octopus::TAU; 3];
/// assert_eq!(f.value(&minimum)?, -3.0 * f.depth());
/// assert_eq!(f.gradient(&minimum)?.norm(), 0.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Octopus {
    dimension: usize,
    attraction: f64,
    repulsion: f64,
}

/// What the formula says of the coordinates from the active one on.
struct Region {
    /// Number of leading coordinates that have left.
    gone: usize,
    /// Whether the active coordinate is on its way out, so that its successor's curvature turns.
    turning: bool,
}

impl Octopus {
    /// The scale `τ`.
    pub const TAU: f64 = std::f64::consts::E;

    /// The function of `dimension` coordinates with curvature `2L` (`attraction` is `L`) and `−2γ` (`repulsion` is `γ`).
    ///
    /// # Errors
    /// When there is no coordinate, or when not `0 < γ ≤ L < ∞`.
    pub fn new(dimension: usize, attraction: f64, repulsion: f64) -> Result<Self, ConstructionError> {
        if dimension == 0 {
            return Err(ConstructionError::Empty { what: "the coordinates" });
        }
        positive("the attraction L", attraction)?;
        positive("the repulsion γ", repulsion)?;
        if repulsion > attraction {
            let what = "the repulsion γ";
            return Err(ConstructionError::OutOfRange { what, low: 0.0, high: attraction, value: repulsion });
        }
        Ok(Self { dimension, attraction, repulsion })
    }

    /// `ν`: what each saddle passed lowers the value by.
    pub fn depth(&self) -> f64 {
        self.depth_over()
    }

    fn depth_over<S: Scalar>(&self) -> S {
        let sum =
            S::constant(37.0) * S::constant(self.attraction) + S::constant(13.0) * S::constant(self.repulsion);
        (S::constant(Self::TAU) * S::constant(Self::TAU) * sum).over(S::constant(6.0))
    }

    /// Whether the last coordinate has left too: the basin of a minimum is reached.
    pub fn has_escaped(&self, point: &[f64]) -> bool {
        point.iter().all(|x| x.abs() >= 2.0 * Self::TAU)
    }

    /// The region that all of the point lies in; none where that is not decided.
    fn region<S: Scalar>(point: &[S]) -> Option<Region> {
        for (gone, &x) in point.iter().enumerate() {
            if !beyond(x, 2.0 * Self::TAU)? {
                return Some(Region { gone, turning: beyond(x, Self::TAU)? });
            }
        }
        Some(Region { gone: point.len(), turning: false })
    }

    /// `g₁` and its first two derivatives.
    fn outward<S: Scalar>(&self, a: S) -> [S; 3] {
        let (l, g, tau) = (self.attraction, self.repulsion, Self::TAU);
        let constant = |x: f64| S::constant(x);
        let t = a - constant(tau);
        let cubic =
            (constant(10.0) * constant(g) - constant(14.0) * constant(l)).over(constant(3.0) * constant(tau));
        let quartic = (constant(5.0) * constant(l) - constant(3.0) * constant(g))
            .over(constant(2.0) * constant(tau) * constant(tau));
        [
            constant(-g) * a * a + t * t * t * (cubic + quartic * t),
            constant(-2.0 * g) * a + t * t * (constant(3.0) * cubic + constant(4.0) * quartic * t),
            constant(-2.0 * g) + t * (constant(6.0) * cubic + constant(12.0) * quartic * t),
        ]
    }

    /// `g₂` and its first two derivatives.
    fn turn<S: Scalar>(&self, a: S) -> [S; 3] {
        let (one, tau) = (S::constant(1.0), S::constant(Self::TAU));
        let (g, sum) =
            (S::constant(self.repulsion), S::constant(self.attraction) + S::constant(self.repulsion));
        let constant = |x: f64| S::constant(x);
        let u = (a - S::constant(2.0 * Self::TAU)).over(tau);
        [
            -g - sum * u * u * u * (constant(10.0) + u * (constant(15.0) + constant(6.0) * u)),
            (constant(-30.0) * sum).over(tau) * u * u * (one + u) * (one + u),
            (constant(-60.0) * sum).over(tau * tau) * u * (one + u) * (one + constant(2.0) * u),
        ]
    }
}

/// Whether `|x|` is at least `bound`, if that is decided.
fn beyond<S: Scalar>(x: S, bound: f64) -> Option<bool> {
    match (x.at_least(bound), (-x).at_least(bound)) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }
}

/// The sign of a number that keeps away from zero.
fn sign<S: Scalar>(x: S) -> S {
    S::constant(if x.at_least(0.0) == Some(true) { 1.0 } else { -1.0 })
}

/// Over intervals a box that is not proved to lie in one region has all reals for values.
impl Formula for Octopus {
    fn variables(&self) -> usize {
        self.dimension
    }

    fn value_over<S: Scalar>(&self, x: &[S]) -> S {
        let Some(Region { gone, turning }) = Self::region(x) else { return S::unknown() };
        let (l, gamma) = (S::constant(self.attraction), S::constant(self.repulsion));
        let sum = |terms: &[S]| terms.iter().fold(S::constant(0.0), |sum, x| sum + x.square());
        let rest = S::constant(4.0 * Self::TAU);
        let left = x[..gone].iter().fold(S::constant(0.0), |sum, &x| sum + (sign(x) * x - rest).square());
        let settled = l * left - S::constant(gone as f64) * self.depth_over();
        settled
            + match x[gone..] {
                [] => S::constant(0.0),
                [active, ref rest @ ..] if !turning => l * sum(rest) - gamma * active.square(),
                [active] => self.outward(sign(active) * active)[0],
                [active, next, ref rest @ ..] => {
                    let a = sign(active) * active;
                    self.outward(a)[0] + self.turn(a)[0] * next.square() + l * sum(rest)
                }
            }
    }

    fn gradient_over<S: Scalar>(&self, x: &[S], gradient: &mut [S]) {
        let Some(Region { gone, turning }) = Self::region(x) else { return gradient.fill(S::unknown()) };
        let twice = S::constant(2.0 * self.attraction);
        for (j, (entry, &x)) in gradient.iter_mut().zip(x).enumerate() {
            *entry = twice * if j < gone { x - S::constant(4.0 * Self::TAU) * sign(x) } else { x };
        }
        let Some(&active) = x.get(gone) else { return };
        if !turning {
            gradient[gone] = S::constant(-2.0 * self.repulsion) * active;
            return;
        }
        let a = sign(active) * active;
        let mut slope = self.outward(a)[1];
        if let Some(&next) = x.get(gone + 1) {
            let [turn, turn_slope, _] = self.turn(a);
            slope = slope + turn_slope * next * next;
            gradient[gone + 1] = S::constant(2.0) * turn * next;
        }
        gradient[gone] = slope * sign(active);
    }

    fn hessian_over<S: Scalar>(&self, x: &[S], hessian: &mut [S]) {
        let Some(Region { gone, turning }) = Self::region(x) else { return hessian.fill(S::unknown()) };
        let n = self.dimension;
        hessian.fill(S::constant(0.0));
        hessian.iter_mut().step_by(n + 1).for_each(|entry| *entry = S::constant(2.0 * self.attraction));
        let Some(&active) = x.get(gone) else { return };
        if !turning {
            hessian[gone * (n + 1)] = S::constant(-2.0 * self.repulsion);
            return;
        }
        let a = sign(active) * active;
        let mut curvature = self.outward(a)[2];
        if let Some(&next) = x.get(gone + 1) {
            let [turn, slope, bend] = self.turn(a);
            curvature = curvature + bend * next * next;
            let mixed = S::constant(2.0) * slope * sign(active) * next;
            (hessian[gone * n + gone + 1], hessian[(gone + 1) * n + gone]) = (mixed, mixed);
            hessian[(gone + 1) * (n + 1)] = S::constant(2.0) * turn;
        }
        hessian[gone * (n + 1)] = curvature;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::critical::krawczyk;
    use crate::formula::enclosures;
    use crate::objective::{Objective, derivatives};
    use proptest::prelude::*;

    const TAU: f64 = Octopus::TAU;

    proptest! {
        #[test]
        fn derivatives_agree_inside_every_region(
            gone in 0usize..=3,
            signs in prop::array::uniform4(any::<bool>()),
            left in prop::array::uniform4(2.1f64..5.9),
            active in 0.05f64..1.9,
            waiting in prop::array::uniform4(-0.9f64..0.9),
            l in 1.0f64..3.0,
        ) {
            prop_assume!((active - 1.0).abs() > 0.01);
            let mut x: Vec<f64> = waiting.iter().map(|w| w * TAU).collect();
            for j in 0..gone {
                x[j] = left[j] * TAU;
            }
            if gone < 4 {
                x[gone] = active * TAU;
            }
            x.iter_mut().zip(signs).for_each(|(x, minus)| if minus { *x = -*x });
            derivatives::agree(&Octopus::new(4, l, 1.0).unwrap(), &x, 1e-4, 1e-5);
        }

        #[test]
        fn intervals_enclose(
            x in prop::array::uniform3(-14.0f64..14.0),
            width in 0.0f64..2.0,
            at in prop::array::uniform3(0.0f64..=1.0),
        ) {
            enclosures::hold(&Octopus::new(3, 1.7, 1.0).unwrap(), &x, width, &at);
        }

        /// Value, gradient and Hessian are the same from both sides of a border of two regions.
        #[test]
        fn regions_fit_together_with_two_derivatives(
            gone in 0usize..4,
            leaves in any::<bool>(),
            waiting in prop::array::uniform4(-0.9f64..0.9),
            l in 1.0f64..3.0,
        ) {
            let f = Octopus::new(4, l, 0.7).unwrap();
            let mut x: Vec<f64> = waiting.iter().map(|w| w * TAU).collect();
            x[..gone].fill(-3.3 * TAU);
            let border = if leaves { 2.0 * TAU } else { TAU };
            let at = |a: f64| {
                let mut x = x.clone();
                x[gone] = a;
                (f.value(&x).unwrap(), f.gradient(&x).unwrap(), f.hessian(&x).unwrap())
            };
            let (below, above) = (at(border * (1.0 - 1e-12)), at(border * (1.0 + 1e-12)));
            let scale = 1e-9 * l * TAU * TAU;
            prop_assert!((below.0 - above.0).abs() < scale * 10.0);
            prop_assert!((below.1 - above.1).amax() < scale);
            prop_assert!((below.2 - above.2).amax() < scale);
        }
    }

    #[test]
    fn saddles_are_strict_and_only_the_last_point_is_a_minimum() {
        let f = Octopus::new(3, 2.0, 1.0).unwrap();
        for gone in 0..=3 {
            let mut x = [0.0; 3];
            x[..gone].fill(-4.0 * TAU);
            let point = crate::critical::classify(&f, &x, 0.0, 1e-9).unwrap();
            assert_eq!(point.index(), usize::from(gone < 3));
            assert_eq!(f.has_escaped(&x), gone == 3);
        }
    }

    /// Teeth: a box across a border of regions proves nothing.
    #[test]
    fn saddles_and_minima_are_certified_and_borders_are_not() {
        let f = Octopus::new(3, 2.0, 1.0).unwrap();
        for gone in 0..=3 {
            let mut x = [0.0; 3];
            x[..gone].fill(-4.0 * TAU);
            let found = krawczyk::certify_near(&f, &x).unwrap();
            assert_eq!(found.index, usize::from(gone < 3));
            found.verify(&f).unwrap();
            let mut wide = found.clone();
            wide.radii.fill(10.0 * TAU);
            assert!(wide.verify(&f).is_err());
        }
    }

    #[test]
    fn bad_constants_are_refused() {
        assert!(Octopus::new(0, 1.0, 1.0).is_err());
        for (l, g) in [(1.0, 2.0), (0.0, 0.0), (1.0, -1.0), (f64::NAN, 1.0), (f64::INFINITY, 1.0)] {
            assert!(Octopus::new(2, l, g).is_err(), "{l} {g}");
        }
    }
}
