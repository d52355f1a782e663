//! Paths between two points of parameter space, and how high a function rises along them.

use super::{SurfaceError, check};

/// A path from `t = 0` to `t = 1` given by control points, its first and last ones fixed.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    kind: Kind,
    control: Vec<Vec<f64>>,
}

/// How control points make a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Straight pieces from each control point to the next, of equal duration.
    Polygon,
    /// The Bezier curve.
    Bezier,
}

/// How much higher than its ends a function lies on a path.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Barrier {
    /// The largest of `f(γ(t)) − (1 − t) f(γ(0)) − t f(γ(1))`.
    pub height: f64,
    /// The largest value.
    pub highest: f64,
    /// Where on the path it is.
    pub at: f64,
}

impl Path {
    /// A path of control points.
    ///
    /// # Errors
    /// When there are fewer than two, their lengths differ, or an entry is not finite.
    pub fn new(kind: Kind, control: Vec<Vec<f64>>) -> Result<Self, SurfaceError> {
        if control.len() < 2 {
            return Err(SurfaceError::TooFew { what: "control points", least: 2, found: control.len() });
        }
        let dimension = control[0].len();
        control.iter().try_for_each(|point| check("a control point", point, dimension))?;
        Ok(Self { kind, control })
    }

    /// The weights of the control points at `t ∈ [0, 1]`; they are not negative and sum to 1.
    ///
    /// # Formula
    /// Bezier: $\binom{m}{k} t^k (1-t)^{m-k}$; polygon: linear between neighbours.
    pub fn weights(&self, t: f64) -> Vec<f64> {
        let m = self.control.len() - 1;
        let t = t.clamp(0.0, 1.0);
        let mut weights = vec![0.0; m + 1];
        match self.kind {
            Kind::Polygon => {
                let piece = ((t * m as f64) as usize).min(m - 1);
                let within = t * m as f64 - piece as f64;
                weights[piece] = 1.0 - within;
                weights[piece + 1] = within;
            }
            Kind::Bezier => {
                // De Casteljau's scheme on the weights: no binomial coefficient overflows.
                weights[0] = 1.0;
                for degree in 1..=m {
                    for k in (0..=degree).rev() {
                        let below = if k > 0 { weights[k - 1] } else { 0.0 };
                        weights[k] = (1.0 - t) * weights[k] + t * below;
                    }
                }
            }
        }
        weights
    }

    /// The point at `t ∈ [0, 1]`.
    pub fn at(&self, t: f64) -> Vec<f64> {
        let mut point = vec![0.0; self.control[0].len()];
        for (weight, control) in self.weights(t).into_iter().zip(&self.control) {
            point.iter_mut().zip(control).for_each(|(sum, c)| *sum += weight * c);
        }
        point
    }

    /// The inner control points, which training moves: the gradient of `f(γ(t))` with respect to the `k`-th control point
    /// is its weight at `t` times `∇f(γ(t))`.
    pub fn inner_mut(&mut self) -> &mut [Vec<f64>] {
        let last = self.control.len() - 1;
        &mut self.control[1..last]
    }

    /// The barrier, seen at `count` equidistant places: a lower bound of that of the whole path.
    ///
    /// # Errors
    /// Those of the function, and when there are fewer than two places.
    pub fn barrier<E: From<SurfaceError>>(
        &self,
        count: usize,
        mut f: impl FnMut(&[f64]) -> Result<f64, E>,
    ) -> Result<Barrier, E> {
        let places = super::grid::places(0.0, 1.0, count)?;
        let values = places.iter().map(|&t| f(&self.at(t))).collect::<Result<Vec<f64>, E>>()?;
        let (first, last) = (values[0], values[count - 1]);
        let mut barrier = Barrier { height: 0.0, highest: first, at: 0.0 };
        for (&t, value) in places.iter().zip(values) {
            barrier.height = barrier.height.max(value - (1.0 - t) * first - t * last);
            if value > barrier.highest {
                (barrier.highest, barrier.at) = (value, t);
            }
        }
        Ok(barrier)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn arc() -> Vec<Vec<f64>> {
        vec![vec![-1.0, 0.0], vec![0.0, 2.0], vec![1.0, 0.0]]
    }

    #[test]
    fn a_bend_avoids_the_hill() {
        let hill = |p: &[f64]| Ok::<_, SurfaceError>((-4.0 * (p[0] * p[0] + p[1] * p[1])).exp());
        let straight = Path::new(Kind::Polygon, vec![vec![-1.0, 0.0], vec![1.0, 0.0]]).unwrap();
        let (direct, bent) = (
            straight.barrier(101, hill).unwrap(),
            Path::new(Kind::Bezier, arc()).unwrap().barrier(101, hill).unwrap(),
        );
        assert_eq!((direct.highest, direct.at), (1.0, 0.5));
        // The ends lie at e⁻⁴, the arc never nearer to the top than its flanks.
        assert!(direct.height > 0.98 && bent.height < direct.height / 10.0);
    }

    #[test]
    fn the_quadratic_curve_is_the_textbooks() {
        let curve = Path::new(Kind::Bezier, arc()).unwrap();
        assert_eq!(curve.weights(0.25), [0.5625, 0.375, 0.0625]);
        assert_eq!(
            (curve.at(0.0), curve.at(0.5), curve.at(1.0)),
            (vec![-1.0, 0.0], vec![0.0, 1.0], vec![1.0, 0.0])
        );
        assert_eq!(Path::new(Kind::Polygon, arc()).unwrap().at(0.75), [0.5, 1.0]);
        assert!(Path::new(Kind::Bezier, vec![vec![0.0]]).is_err());
        assert!(Path::new(Kind::Bezier, vec![vec![0.0], vec![0.0, 1.0]]).is_err());
    }

    proptest! {
        #[test]
        fn weights_are_a_distribution(t in 0.0..=1.0f64, m in 2usize..7) {
            for kind in [Kind::Bezier, Kind::Polygon] {
                let weights = Path::new(kind, vec![vec![0.0]; m]).unwrap().weights(t);
                prop_assert!(weights.iter().all(|w| *w >= 0.0) && (weights.iter().sum::<f64>() - 1.0).abs() < 1e-14);
            }
        }
    }
}
