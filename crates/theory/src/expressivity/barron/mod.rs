//! Barron's theorem: networks of one layer whose rate of approximation does not depend on the dimension.
//!
//! A finite sum of waves stands for a function with a Fourier representation: every quantity of the theorem is then a
//! finite sum. `f − f(0)` is an average of threshold units of one height, by which both constructions go: the
//! [`greedy`](Target::greedy) one, which adds the best unit at each step, and [`maurey`](Target::maurey)'s, which draws
//! units at random.

mod greedy;
mod maurey;

use std::f64::consts::PI;

use saddlepoint_rigor::{Rounding, Up};

pub use self::greedy::{Greedy, Step};

/// `x ↦ a cos(⟨w, x⟩ + b)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Wave {
    /// `a`.
    pub amplitude: f64,
    /// `w`.
    pub frequency: Vec<f64>,
    /// `b`.
    pub phase: f64,
}

/// A unit of a network: a height on one side of a hyperplane, zero on the other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Unit {
    /// The wave whose direction `u` it has.
    pub wave: usize,
    /// The threshold `t` of `⟨u, x⟩`.
    pub threshold: f64,
    /// Whether it is active where `⟨u, x⟩ > t`; otherwise where `⟨u, x⟩ < t`.
    pub above: bool,
    /// Its value where it is active.
    pub height: f64,
}

/// Why there is nothing to approximate.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum BarronError {
    /// No waves or no points.
    #[error("there are no {0}")]
    Empty(&'static str),
    /// A wave or point of another dimension.
    #[error("{what} {index} has {found} coordinates where {expected} are needed")]
    Shape {
        /// What it is.
        what: &'static str,
        /// Which one.
        index: usize,
        /// Its coordinates.
        found: usize,
        /// The dimension.
        expected: usize,
    },
    /// A number that is NaN or infinite, or from which one would follow.
    #[error("{what} {index} has entries that are not finite, or too large to be added up")]
    NotFinite {
        /// What it is.
        what: &'static str,
        /// Which one.
        index: usize,
    },
    /// A radius that is not positive and finite.
    #[error("a radius r = {0}: it must be positive and finite")]
    Radius(f64),
    /// A point outside of the ball.
    #[error("point {point} has norm {norm}: it is not in the ball of radius {radius}")]
    Outside {
        /// Which point.
        point: usize,
        /// Its norm, rounded up.
        norm: f64,
        /// The radius.
        radius: f64,
    },
    /// Weights that are no measure.
    #[error("weight {0} is not a non-negative number, or all are zero")]
    Weight(usize),
}

/// A sum of waves, with points of a ball on which it is to be approximated.
///
/// # Formula
/// For $f(x)=\sum_ja_j\cos(\langle w_j,x\rangle+b_j)$, $C_f=\sum_j\lvert a_j\rvert\lVert w_j\rVert$, and any probability $\mu$ on
/// the ball of radius $r$, for every $n$ some $f_n$ of $n$ threshold units has
/// $$\lVert f-f(0)-f_n\rVert_{L^2(\mu)}\le\frac{2rC_f}{\sqrt n}.$$
/// With $z=\langle w,x\rangle/\lVert w\rVert$,
/// $$a\cos(\lVert w\rVert z+b)-a\cos b=\int_0^r-a\lVert w\rVert\sin(\lVert w\rVert t+b)1[\,z>t\,]\,dt+\int_{-r}^0a\lVert w\rVert\sin(\lVert w\rVert t+b)1[\,z<t\,]\,dt,$$
/// so $f-f(0)$ is an average of units $\pm V1[\cdot]$ of height
/// $V=\sum_j\lvert a_j\rvert\lVert w_j\rVert\int_{-r}^r\lvert\sin(\lVert w_j\rVert t+b_j)\rvert\,dt\le2rC_f$.
///
/// # Shapes
/// Waves and points of one dimension; a weight for each point, not necessarily of sum 1.
///
/// # Reference
/// Barron, Universal approximation bounds for superpositions of a sigmoidal function, 1993, theorem 1 and section VIII.
///
/// # Example
/// ```
/// use saddlepoint_theory::expressivity::barron::{Target, Wave};
///
/// let wave = Wave { amplitude: 1.0, frequency: vec![3.0, 4.0], phase: 0.5 };
/// let points = (0..100).map(|i| f64::from(i) * 0.01).map(|x| vec![x * x - x, 0.6 * x]).collect::<Vec<_>>();
/// let target = Target::new(vec![wave], &points, &[1.0; 100], 1.0)?;
/// assert_eq!(target.constant(), 5.0);
/// for step in target.greedy(target.variation()).take(20) {
///     assert!(step.squared_error <= target.rate(target.variation(), step.units));
///     assert!(step.squared_error.sqrt() <= target.error_bound(step.units));
/// }
/// # Ok::<(), saddlepoint_theory::expressivity::barron::BarronError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    waves: Vec<Wave>,
    /// `‖w‖` of each wave.
    lengths: Vec<f64>,
    radius: f64,
    /// `⟨u, x⟩` of each point, one list a wave; zero for a wave without direction.
    projections: Vec<Vec<f64>>,
    /// The weights of the points, of sum 1.
    weights: Vec<f64>,
    /// `f − f(0)` at the points.
    values: Vec<f64>,
}

impl Target {
    /// A sum of waves on weighted points of the ball of a radius.
    ///
    /// # Errors
    /// When there are no waves or points, their dimensions differ, numbers are not finite, a point is not in the ball, or the
    /// weights are no measure.
    pub fn new(
        waves: Vec<Wave>,
        points: &[Vec<f64>],
        weights: &[f64],
        radius: f64,
    ) -> Result<Self, BarronError> {
        use BarronError::{Empty, NotFinite, Outside, Radius, Shape, Weight};
        let expected = waves.first().ok_or(Empty("waves"))?.frequency.len();
        if points.is_empty() {
            return Err(Empty("points"));
        }
        if !(radius > 0.0 && radius.is_finite()) {
            return Err(Radius(radius));
        }
        let of_waves = waves.iter().map(|wave| ("wave", &wave.frequency)).enumerate();
        let of_points = points.iter().map(|point| ("point", point)).enumerate();
        for (index, (what, row)) in of_waves.chain(of_points) {
            if row.len() != expected {
                return Err(Shape { what, index, found: row.len(), expected });
            }
        }
        for (point, row) in points.iter().enumerate() {
            let norm = length(row);
            if norm.is_nan() {
                return Err(NotFinite { what: "point", index: point });
            }
            if norm > radius {
                return Err(Outside { point, norm, radius });
            }
        }
        let total: f64 = weights.iter().sum();
        if let Some(bad) = weights.iter().position(|weight| !(*weight >= 0.0 && weight.is_finite())) {
            return Err(Weight(bad));
        }
        if weights.len() != points.len() || !(total > 0.0 && total.is_finite()) {
            return Err(Weight(weights.len().min(points.len())));
        }
        let lengths: Vec<f64> = waves.iter().map(|wave| length(&wave.frequency)).collect();
        for (index, (wave, length)) in waves.iter().zip(&lengths).enumerate() {
            // The phase turns by ‖w‖r at most. Beyond 2³² turns nothing of it is left in a float that is worth a name.
            let turns = length * radius + wave.phase.abs();
            if !(turns < 2f64.powi(32)
                && (wave.amplitude * length * radius).abs() < 1e100
                && wave.amplitude.abs() < 1e100)
            {
                return Err(NotFinite { what: "wave", index });
            }
        }
        let project = |(wave, &length): (&Wave, &f64)| -> Vec<f64> {
            let inverse = if length > 0.0 { 1.0 / length } else { 0.0 };
            let project = |point: &Vec<f64>| {
                let unit = wave.frequency.iter().map(|w| if inverse.is_finite() { w * inverse } else { 0.0 });
                unit.zip(point).map(|(u, x)| u * x).sum::<f64>().clamp(-radius, radius)
            };
            points.iter().map(project).collect()
        };
        let projections: Vec<Vec<f64>> = waves.iter().zip(&lengths).map(project).collect();
        let value = |point: usize| -> f64 {
            let waves = waves.iter().zip(&lengths).zip(&projections);
            let rise = |((wave, length), z): ((&Wave, &f64), &Vec<f64>)| {
                wave.amplitude * ((length * z[point] + wave.phase).cos() - wave.phase.cos())
            };
            waves.map(rise).sum()
        };
        let values = (0..points.len()).map(value).collect();
        let weights = weights.iter().map(|weight| weight / total).collect();
        Ok(Self { waves, lengths, radius, projections, weights, values })
    }

    /// Barron's constant `C_f`, rounded up.
    pub fn constant(&self) -> f64 {
        let waves = self.waves.iter().zip(&self.lengths);
        waves.fold(0.0, |sum, (wave, &length)| Up::add(sum, Up::mul(wave.amplitude.abs(), length)))
    }

    /// Barron's bound `2rC_f/√n` on the error of the best network of `n` units, rounded up.
    pub fn error_bound(&self, units: usize) -> f64 {
        Up::div(Up::mul(2.0 * self.radius, self.constant()), saddlepoint_rigor::Down::sqrt(units as f64))
    }

    /// The height `V` of the units, up to rounding.
    pub fn variation(&self) -> f64 {
        self.variations().iter().sum()
    }

    /// `‖f − f(0)‖²`, up to rounding.
    pub fn squared_norm(&self) -> f64 {
        self.squared_distance(&vec![0.0; self.values.len()])
    }

    /// What greedy steps by units of a height guarantee for the squared error of `n` of them, up to rounding: if
    /// `f − f(0)` is an average of such units.
    ///
    /// # Formula
    /// $(h^2-\lVert f-f(0)\rVert^2)/n$
    pub fn rate(&self, height: f64, units: usize) -> f64 {
        (height * height - self.squared_norm()) / units as f64
    }

    /// The part of each wave in `V`.
    fn variations(&self) -> Vec<f64> {
        let ends = |j: usize| (turn(self, j, -self.radius), turn(self, j, self.radius));
        (0..self.waves.len())
            .map(|j| self.waves[j].amplitude.abs() * (swing(ends(j).1) - swing(ends(j).0)))
            .collect()
    }

    fn squared_distance(&self, fitted: &[f64]) -> f64 {
        let points = self.weights.iter().zip(&self.values).zip(fitted);
        points.map(|((weight, value), fitted)| weight * (value - fitted) * (value - fitted)).sum()
    }
}

/// The argument of a wave's cosine at `t` along its direction.
fn turn(target: &Target, wave: usize, t: f64) -> f64 {
    target.lengths[wave] * t + target.waves[wave].phase
}

/// `∫₀^θ |sin|`: how far the cosine has gone up and down.
fn swing(angle: f64) -> f64 {
    let halves = (angle / PI).floor();
    2.0 * halves + 1.0 - (angle - halves * PI).cos()
}

/// The norm, rounded up; NaN stays NaN.
fn length(row: &[f64]) -> f64 {
    Up::sqrt(row.iter().fold(0.0, |sum, x| Up::add(sum, Up::mul(*x, *x))))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wave(amplitude: f64, frequency: &[f64], phase: f64) -> Wave {
        Wave { amplitude, frequency: frequency.to_vec(), phase }
    }

    #[test]
    fn what_is_no_target_is_refused() {
        use BarronError::{Empty, NotFinite, Outside, Radius, Shape, Weight};
        let one = || vec![wave(1.0, &[1.0], 0.0)];
        let target = |waves, points: &[f64], weights: &[f64], radius| {
            let points: Vec<Vec<f64>> = points.iter().map(|x| vec![*x]).collect();
            Target::new(waves, &points, weights, radius).unwrap_err()
        };
        assert_eq!(target(vec![], &[0.0], &[1.0], 1.0), Empty("waves"));
        assert_eq!(target(one(), &[], &[], 1.0), Empty("points"));
        assert_eq!(target(one(), &[0.0], &[1.0], 0.0), Radius(0.0));
        assert_eq!(target(one(), &[0.0, 2.0], &[1.0; 2], 1.0), Outside { point: 1, norm: 2.0, radius: 1.0 });
        assert_eq!(target(one(), &[f64::NAN], &[1.0], 1.0), NotFinite { what: "point", index: 0 });
        assert_eq!(target(one(), &[0.0], &[-1.0], 1.0), Weight(0));
        assert_eq!(target(one(), &[0.0, 0.5], &[0.0, 0.0], 1.0), Weight(2));
        assert_eq!(target(one(), &[0.0, 0.5], &[1.0], 1.0), Weight(1));
        assert_eq!(
            target(vec![wave(1.0, &[1.0, 2.0], 0.0)], &[0.0], &[1.0], 1.0),
            Shape { what: "point", index: 0, found: 1, expected: 2 }
        );
        for bad in [wave(f64::NAN, &[1.0], 0.0), wave(1.0, &[1e300], 0.0), wave(1.0, &[1.0], f64::INFINITY)] {
            assert_eq!(target(vec![bad], &[0.0], &[1.0], 1.0), NotFinite { what: "wave", index: 0 });
        }
    }

    #[test]
    fn the_height_of_one_wave_is_its_variation() {
        // From −r to r the cosine of 2πt goes up and down twice.
        let target = Target::new(vec![wave(0.5, &[2.0 * PI], 0.3)], &[vec![0.2]], &[3.0], 1.0).unwrap();
        assert!((target.variation() - 4.0).abs() < 1e-14);
        assert!(target.variation() <= 2.0 * target.constant());
        let value = 0.5 * ((0.4 * PI + 0.3).cos() - 0.3f64.cos());
        assert!((target.squared_norm() - value * value).abs() < 1e-15);
    }

    #[test]
    fn what_is_constant_is_fitted_by_no_units() {
        let target = Target::new(vec![wave(2.0, &[0.0], 1.0)], &[vec![0.5]], &[1.0], 1.0).unwrap();
        assert_eq!((target.variation(), target.squared_norm(), target.constant()), (0.0, 0.0, 0.0));
        assert!(target.greedy(0.0).take(3).all(|step| step.squared_error == 0.0));
        assert_eq!(target.maurey(5, || 0.5), 0.0);
    }

    proptest! {
        #[test]
        fn any_bits_are_bounded_or_refused(
            bits in prop::collection::vec(any::<[u64; 4]>(), 0..4),
            points in prop::collection::vec((any::<[u64; 2]>(), any::<u64>()), 0..4),
            radius in any::<u64>(), sane in any::<bool>(),
        ) {
            // Bits alone are hardly ever numbers of similar size.
            let number = |bits: u64| if sane { (bits >> 11) as f64 * 2f64.powi(-52) - 1.0 } else { f64::from_bits(bits) };
            let waves = bits.iter().map(|b| wave(number(b[0]), &[number(b[1]), number(b[2])], number(b[3]))).collect();
            let (points, weights): (Vec<_>, Vec<_>) =
                points.iter().map(|(p, w)| (vec![number(p[0]) * 0.7, number(p[1]) * 0.7], number(*w).abs())).unzip();
            if let Ok(target) = Target::new(waves, &points, &weights, if sane { 1.0 } else { number(radius) }) {
                let height = target.variation();
                // A phase of 2³² has lost 20 bits.
                let lost = 1e-6 * target.waves.iter().map(|w| w.amplitude.abs()).sum::<f64>();
                let largest = 2.0 * target.radius * target.constant() * (1.0 + 1e-9);
                prop_assert!(height.is_finite() && height <= largest + lost);
                for step in target.greedy(height).take(5) {
                    prop_assert!(step.squared_error.is_finite());
                }
                prop_assert!(target.maurey(3, || 0.25).is_finite());
            }
        }
    }
}
