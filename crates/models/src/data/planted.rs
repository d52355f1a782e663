//! Planted models: samples of a model that is known, so that one can ask whether training finds it.

use super::{DataError, Samples, Targets};
use crate::random::Stream;

/// A two-layer network with unit-norm rows and alternating output signs, the teacher of over-specified students.
///
/// # Formula
/// `f(x) = Σ_j s_j φ(⟨w_j, x⟩)` with `s = (+1, −1, +1, …)`, `‖w_j‖ = 1`.
///
/// # Reference
/// Livni, Shalev-Shwartz, Shamir 2014, On the computational efficiency of training neural networks, section 5.
#[derive(Debug, Clone)]
pub struct Teacher {
    activation: fn(f64) -> f64,
    rows: Vec<Vec<f64>>,
}

impl Teacher {
    /// Draws a teacher: each row is a standard normal vector over its norm.
    ///
    /// # Errors
    /// [`DataError::Empty`] without units or inputs.
    ///
    /// # Example
    /// ```
    /// use saddlepoint_models::{data::planted::Teacher, random::Stream};
    ///
    /// let mut stream = Stream::new(0);
    /// let teacher = Teacher::draw(|z| z.max(0.0), 10, 5, &mut stream)?;
    /// let (train, test) = teacher.samples(2000, 2000, &mut stream)?;
    /// assert_eq!((train.dimension(), test.len()), (10, 2000));
    /// # Ok::<(), saddlepoint_models::data::DataError>(())
    /// ```
    pub fn draw(
        activation: fn(f64) -> f64,
        dimension: usize,
        units: usize,
        stream: &mut Stream,
    ) -> Result<Self, DataError> {
        if dimension == 0 || units == 0 {
            return Err(DataError::Empty);
        }
        let mut row = || {
            let row = stream.normals(dimension);
            let norm = dot(&row, &row).sqrt();
            row.into_iter().map(|w| w / norm).collect()
        };
        Ok(Self { activation, rows: (0..units).map(|_| row()).collect() })
    }

    /// The teacher's value at an input.
    pub fn value(&self, input: &[f64]) -> f64 {
        let signs = [1.0, -1.0].into_iter().cycle();
        self.rows.iter().zip(signs).map(|(row, sign)| sign * (self.activation)(dot(row, input))).sum()
    }

    /// Standard normal inputs with the teacher's values, for training and for testing. Both parts are shifted and
    /// scaled alike, so that the values of the training part have mean 0 and variance 1: an error threshold is then
    /// relative to the variance.
    ///
    /// # Errors
    /// [`DataError::Empty`] where a part is empty, [`DataError::NotFinite`] where all training values are equal.
    pub fn samples(
        &self,
        train: usize,
        test: usize,
        stream: &mut Stream,
    ) -> Result<(Samples, Samples), DataError> {
        if train == 0 || test == 0 {
            return Err(DataError::Empty);
        }
        let dimension = self.rows[0].len();
        let inputs = stream.normals((train + test) * dimension);
        let values: Vec<f64> = inputs.chunks_exact(dimension).map(|input| self.value(input)).collect();
        standardized(dimension, inputs, &values, train)
    }
}

/// Inputs with one value each, the first `train` of them to train on, the others to test on. Values are shifted and scaled so
/// that those of the training part have mean 0 and variance 1: a mean squared error is then relative to their variance.
///
/// # Errors
/// As [`Samples::new`] and [`Samples::split_at`]: where a part is empty, inputs and values do not match, or all training
/// values are equal.
///
/// # Example
/// ```
/// use saddlepoint_models::data::{Targets, planted::standardized};
///
/// let (train, test) = standardized(1, vec![0.0, 1.0, 2.0], &[3.0, 5.0, 7.0], 2)?;
/// assert_eq!(train.targets(), &Targets::Values(vec![-1.0, 1.0]));
/// assert_eq!(test.targets(), &Targets::Values(vec![3.0]));
/// # Ok::<(), saddlepoint_models::data::DataError>(())
/// ```
pub fn standardized(
    dimension: usize,
    inputs: Vec<f64>,
    values: &[f64],
    train: usize,
) -> Result<(Samples, Samples), DataError> {
    let (mean, deviation) = moments(&values[..train.min(values.len())]);
    let values = values.iter().map(|value| (value - mean) / deviation).collect();
    Samples::new(&[dimension], inputs, Targets::Values(values))?.split_at(train)
}

/// A single sigmoid unit: logistic regression's own model, or its noiseless mean.
///
/// # Formula
/// `P(y = 1 | x) = σ(⟨w*, x⟩)`, `x ~ N(0, I)`.
///
/// # Reference
/// Mei, Bai, Montanari 2018, The landscape of empirical risk for non-convex losses, section 3.
#[derive(Debug, Clone, PartialEq)]
pub struct SigmoidUnit {
    weights: Vec<f64>,
}

impl SigmoidUnit {
    /// The unit with weights `w*`.
    ///
    /// # Errors
    /// [`DataError::Empty`] without weights, [`DataError::NotFinite`].
    pub fn new(weights: Vec<f64>) -> Result<Self, DataError> {
        if weights.is_empty() {
            return Err(DataError::Empty);
        }
        match weights.iter().position(|weight| !weight.is_finite()) {
            Some(position) => Err(DataError::NotFinite { what: "weight", position, value: weights[position] }),
            None => Ok(Self { weights }),
        }
    }

    /// The probability of class 1 at an input.
    pub fn probability(&self, input: &[f64]) -> f64 {
        1.0 / (1.0 + (-dot(&self.weights, input)).exp())
    }

    /// `n` standard normal inputs with Bernoulli labels: all inputs are drawn first, then a uniform number each.
    ///
    /// # Errors
    /// [`DataError::Empty`] if `n` is 0.
    pub fn labelled(&self, n: usize, stream: &mut Stream) -> Result<Samples, DataError> {
        let inputs = stream.normals(n * self.weights.len());
        let draw = |input| usize::from(stream.uniform() < self.probability(input));
        let labels = inputs.chunks_exact(self.weights.len()).map(draw).collect();
        Samples::new(&[self.weights.len()], inputs, Targets::Classes { labels, classes: 2 })
    }

    /// `n` standard normal inputs, each with its probability as the target: no noise at all.
    ///
    /// # Errors
    /// [`DataError::Empty`] if `n` is 0.
    pub fn noiseless(&self, n: usize, stream: &mut Stream) -> Result<Samples, DataError> {
        let inputs = stream.normals(n * self.weights.len());
        let values = inputs.chunks_exact(self.weights.len()).map(|input| self.probability(input)).collect();
        Samples::new(&[self.weights.len()], inputs, Targets::Values(values))
    }
}

/// Interleaved spiral arms in the plane, one class an arm.
///
/// # Formula
/// A point of arm `k` of `K` is `t (cos α, sin α) + noise · N(0, I)` with `α = 2π (turns · t + k/K)`, `t` uniform on
/// `[0, 1)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spirals {
    /// Number of arms, at least 2.
    pub arms: usize,
    /// How often an arm winds around the origin.
    pub turns: f64,
    /// Standard deviation of the noise.
    pub noise: f64,
}

impl Spirals {
    /// `n` points; the arms take turns, so that their sizes differ by one at most.
    ///
    /// # Errors
    /// [`DataError::Parameter`] where a field is out of range, [`DataError::Empty`] if `n` is 0.
    pub fn samples(self, n: usize, stream: &mut Stream) -> Result<Samples, DataError> {
        let Self { arms, turns, noise } = self;
        let wrong = |name, expected, found| Err(DataError::Parameter { name, expected, found });
        if arms < 2 {
            return wrong("the number of arms", "at least 2", arms as f64);
        }
        if !turns.is_finite() {
            return wrong("the number of turns", "finite", turns);
        }
        if !(noise >= 0.0 && noise.is_finite()) {
            return wrong("the noise", "finite and not negative", noise);
        }
        let mut inputs = Vec::with_capacity(2 * n);
        for i in 0..n {
            let t = stream.uniform();
            let angle = 2.0 * std::f64::consts::PI * (turns * t + (i % arms) as f64 / arms as f64);
            inputs
                .extend([t * angle.cos() + noise * stream.normal(), t * angle.sin() + noise * stream.normal()]);
        }
        let labels = (0..n).map(|i| i % arms).collect();
        Samples::new(&[2], inputs, Targets::Classes { labels, classes: arms })
    }
}

/// Circles around the origin, one class each.
///
/// # Formula
/// A point of the circle of radius `r` is `r (cos α, sin α) + noise · N(0, I)` with `α` uniform.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Circles<const K: usize> {
    /// The radii, one for each class.
    pub radii: [f64; K],
    /// Standard deviation of the noise.
    pub noise: f64,
}

impl<const K: usize> Circles<K> {
    /// `n` points; the circles take turns, so that their sizes differ by one at most.
    ///
    /// # Errors
    /// [`DataError::Parameter`] where a field is out of range, [`DataError::Empty`] if `n` is 0.
    pub fn samples(self, n: usize, stream: &mut Stream) -> Result<Samples, DataError> {
        let wrong = |name, expected, found| Err(DataError::Parameter { name, expected, found });
        if K < 2 {
            return wrong("the number of circles", "at least 2", K as f64);
        }
        for size in self.radii.into_iter().chain([self.noise]) {
            if !(size >= 0.0 && size.is_finite()) {
                return wrong("a radius or the noise", "finite and not negative", size);
            }
        }
        let mut inputs = Vec::with_capacity(2 * n);
        for i in 0..n {
            let (angle, radius) = (2.0 * std::f64::consts::PI * stream.uniform(), self.radii[i % K]);
            let mut coordinate = |part: f64| radius * part + self.noise * stream.normal();
            inputs.extend([coordinate(angle.cos()), coordinate(angle.sin())]);
        }
        let labels = (0..n).map(|i| i % K).collect();
        Samples::new(&[2], inputs, Targets::Classes { labels, classes: K })
    }
}

/// A wave on `[−3, 3]` whose noise grows to the right: regression with one input.
///
/// # Formula
/// `y = sin 1.5x + 0.3x + (0.1 + 0.16 max(x, 0)) N(0, 1)` with `x` uniform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoisyWave;

impl NoisyWave {
    /// Where inputs lie.
    pub const INTERVAL: (f64, f64) = (-3.0, 3.0);

    /// The expected value at an input.
    pub fn mean(x: f64) -> f64 {
        (1.5 * x).sin() + 0.3 * x
    }

    /// The standard deviation there.
    pub fn deviation(x: f64) -> f64 {
        0.1 + 0.16 * x.max(0.0)
    }

    /// `n` points: all inputs are drawn first, then the noise.
    ///
    /// # Errors
    /// [`DataError::Empty`] if `n` is 0.
    pub fn samples(n: usize, stream: &mut Stream) -> Result<Samples, DataError> {
        let inputs: Vec<f64> = (0..n).map(|_| 6.0 * stream.uniform() - 3.0).collect();
        let noisy = |&x: &f64| Self::mean(x) + Self::deviation(x) * stream.normal();
        let values = inputs.iter().map(noisy).collect();
        Samples::new(&[1], inputs, Targets::Values(values))
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Mean and standard deviation of all of the numbers (not of a sample of them).
pub(super) fn moments(numbers: &[f64]) -> (f64, f64) {
    let n = numbers.len() as f64;
    let mean = numbers.iter().sum::<f64>() / n;
    (mean, (numbers.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_teacher_is_a_signed_sum_of_its_units() {
        let teacher = Teacher { activation: |z| z.max(0.0), rows: vec![vec![0.6, 0.8], vec![1.0, 0.0]] };
        assert_eq!(teacher.value(&[1.0, 1.0]), 0.6 + 0.8 - 1.0);
        assert_eq!(teacher.value(&[-1.0, 0.0]), 0.0);
        let drawn = Teacher::draw(|z| (2.0 * z).tanh(), 10, 5, &mut Stream::new(3)).unwrap();
        assert_eq!(drawn.rows.len(), 5);
        for row in &drawn.rows {
            assert!((dot(row, row) - 1.0).abs() < 1e-15);
        }
        assert!(Teacher::draw(|z| z, 0, 5, &mut Stream::new(3)).is_err());
    }

    #[test]
    fn training_values_are_standardized_and_test_values_follow() {
        let mut stream = Stream::new(25);
        let teacher = Teacher::draw(|z| z.max(0.0), 10, 5, &mut stream).unwrap();
        let (train, test) = teacher.samples(500, 300, &mut stream).unwrap();
        let (Targets::Values(train_values), Targets::Values(test_values)) = (train.targets(), test.targets())
        else {
            panic!("a teacher gives values");
        };
        let (mean, deviation) = moments(train_values);
        assert!(mean.abs() < 1e-14 && (deviation - 1.0).abs() < 1e-14);
        // The same affine map takes the teacher's values to the targets of both parts.
        let raw: Vec<f64> = train.rows().chain(test.rows()).map(|row| teacher.value(row)).collect();
        let (shift, scale) = moments(&raw[..500]);
        for (value, target) in raw.iter().zip(train_values.iter().chain(test_values)) {
            assert!(((value - shift) / scale - target).abs() < 1e-12);
        }
        assert!(teacher.samples(0, 3, &mut stream).is_err());
        let constant = Teacher::draw(|_| 1.0, 2, 2, &mut stream).unwrap();
        assert!(matches!(constant.samples(5, 5, &mut stream), Err(DataError::NotFinite { .. })));
    }

    #[test]
    fn bernoulli_labels_have_the_planted_probability() {
        let unit = SigmoidUnit::new(vec![2.0, -1.0]).unwrap();
        let n = 20_000;
        let samples = unit.labelled(n, &mut Stream::new(14)).unwrap();
        let (labels, _) = samples.labels().unwrap();
        // Σ (y − p) has mean 0 and variance Σ p (1 − p).
        let (mut excess, mut variance) = (0.0, 0.0);
        for (row, &label) in samples.rows().zip(labels) {
            let p = unit.probability(row);
            excess += label as f64 - p;
            variance += p * (1.0 - p);
        }
        assert!(excess.abs() < 4.0 * f64::sqrt(variance));
        let mean = unit.noiseless(n, &mut Stream::new(14)).unwrap();
        assert_eq!(mean.inputs(), samples.inputs());
        assert!(matches!(SigmoidUnit::new(vec![f64::NAN]), Err(DataError::NotFinite { position: 0, .. })));
    }

    #[test]
    fn without_noise_a_point_of_a_spiral_tells_its_arm() {
        let spirals = Spirals { arms: 3, turns: 1.5, noise: 0.0 };
        let samples = spirals.samples(256, &mut Stream::new(5)).unwrap();
        let (labels, classes) = samples.labels().unwrap();
        assert_eq!(classes, 3);
        for (row, &label) in samples.rows().zip(labels) {
            let turned = row[1].atan2(row[0]) / (2.0 * std::f64::consts::PI) - 1.5 * row[0].hypot(row[1]);
            let arm = (3.0 * turned).rem_euclid(3.0);
            assert!((arm - label as f64).abs() < 1e-6 || (arm - label as f64 - 3.0).abs() < 1e-6);
        }
        assert!(Spirals { arms: 1, ..spirals }.samples(4, &mut Stream::new(5)).is_err());
        assert!(Spirals { turns: f64::NAN, ..spirals }.samples(4, &mut Stream::new(5)).is_err());
        assert!(Spirals { noise: -0.1, ..spirals }.samples(4, &mut Stream::new(5)).is_err());
    }

    #[test]
    fn without_noise_points_lie_on_their_circles() {
        let samples = Circles { radii: [1.0, 0.5], noise: 0.0 }.samples(31, &mut Stream::new(10)).unwrap();
        for (row, &label) in samples.rows().zip(samples.labels().unwrap().0) {
            assert!((row[0].hypot(row[1]) - [1.0, 0.5][label]).abs() < 1e-15);
        }
        let refused = |radii, noise| Circles { radii, noise }.samples(4, &mut Stream::new(1)).is_err();
        assert!(
            refused([1.0, f64::NAN], 0.0) && refused([1.0, -0.5], 0.0) && refused([1.0, 0.5], f64::INFINITY)
        );
        assert!(Circles { radii: [1.0], noise: 0.0 }.samples(4, &mut Stream::new(1)).is_err());
        assert!(Circles { radii: [1.0, 0.5], noise: 0.0 }.samples(0, &mut Stream::new(1)).is_err());
    }

    #[test]
    fn the_noise_of_the_wave_has_its_deviation_on_both_sides() {
        let samples = NoisyWave::samples(40_000, &mut Stream::new(900)).unwrap();
        let Targets::Values(values) = samples.targets() else { panic!("regression") };
        for side in [-1.0, 1.0] {
            let residuals: Vec<f64> = samples
                .inputs()
                .iter()
                .zip(values)
                .filter(|(x, _)| **x * side > 0.0)
                .map(|(&x, y)| (y - NoisyWave::mean(x)) / NoisyWave::deviation(x))
                .collect();
            let (mean, deviation) = moments(&residuals);
            // Four standard errors of each.
            let n = residuals.len() as f64;
            assert!(mean.abs() < 4.0 / n.sqrt() && (deviation - 1.0).abs() < 4.0 / (2.0 * n).sqrt());
        }
        assert!(NoisyWave::samples(0, &mut Stream::new(1)).is_err());
    }
}
