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
    /// The same again and again: `η_t = η_0 (1 + cos(π (t mod T) / T)) / 2`.
    ///
    /// # Reference
    /// Huang, Li, Pleiss, Liu, Hopcroft and Weinberger 2017, *Snapshot ensembles*, equation 2.
    CosineRestarts {
        /// `η_0`.
        rate: f64,
        /// `T`; 0 counts as 1.
        cycle: usize,
    },
}

impl Schedule {
    /// The rate of step `t = 0, 1, …`.
    pub fn rate(self, t: usize) -> f64 {
        match self {
            Schedule::Constant { rate } => rate,
            Schedule::Cosine { rate, steps } if t < steps => cosine(rate, t, steps),
            Schedule::Cosine { .. } => 0.0,
            Schedule::CosineRestarts { rate, cycle } => cosine(rate, t % cycle.max(1), cycle.max(1)),
        }
    }

    /// The rate at the start, the largest.
    pub fn initial(self) -> f64 {
        match self {
            Schedule::Constant { rate }
            | Schedule::Cosine { rate, .. }
            | Schedule::CosineRestarts { rate, .. } => rate,
        }
    }
}

/// `η_0 (1 + cos(π t / T)) / 2`.
fn cosine(rate: f64, t: usize, steps: usize) -> f64 {
    let phase = std::f64::consts::PI * t as f64 / steps as f64;
    rate * 0.5 * (1.0 + phase.cos())
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

    #[test]
    fn a_restart_repeats_the_cosine() {
        let (once, again) =
            (Schedule::Cosine { rate: 0.2, steps: 40 }, Schedule::CosineRestarts { rate: 0.2, cycle: 40 });
        assert!((0..200).all(|t| again.rate(t) == once.rate(t % 40)));
        assert_eq!(Schedule::CosineRestarts { rate: 0.1, cycle: 0 }.rate(7), 0.1);
    }
}
