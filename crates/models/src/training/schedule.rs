//! Learning rates over time.

use serde::{Deserialize, Serialize};

/// The learning rate as a function of the step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// The same rate at every step.
    Constant {
        /// The rate.
        rate: f64,
    },
    /// `η_t = η_0 (1 + cos(π t / T)) / 2`, and 0 from `T` on.
    ///
    /// # Reference
    /// Loshchilov and Hutter 2017, without restarts.
    Cosine {
        /// `η_0`.
        rate: f64,
        /// `T`.
        steps: usize,
    },
}

impl Schedule {
    /// The rate of step `t = 0, 1, …`.
    pub fn rate(self, t: usize) -> f64 {
        match self {
            Schedule::Constant { rate } => rate,
            Schedule::Cosine { rate, steps } if t < steps => {
                let phase = std::f64::consts::PI * t as f64 / steps as f64;
                rate * 0.5 * (1.0 + phase.cos())
            }
            Schedule::Cosine { .. } => 0.0,
        }
    }

    /// The rate at the start, the largest.
    pub fn initial(self) -> f64 {
        match self {
            Schedule::Constant { rate } | Schedule::Cosine { rate, .. } => rate,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cosine_starts_at_the_rate_halves_midway_and_ends_at_zero() {
        let schedule = Schedule::Cosine { rate: 0.2, steps: 100 };
        assert_eq!(schedule.rate(0), 0.2);
        assert!((schedule.rate(50) - 0.1).abs() < 1e-15);
        assert_eq!(schedule.rate(100), 0.0);
        assert!((0..100).all(|t| schedule.rate(t) > schedule.rate(t + 1)));
    }
}
