//! Morlet wavelets that keep all energy.

use std::f64::consts::PI;

use saddlepoint_rigor::{Rounding, Up};

use super::ScatteringError;

/// A low-pass filter and wavelets of one per octave, by their Fourier transforms, which are real.
///
/// # Formula
/// At $\omega_k=2\pi k/N$, negative for $k\ge N/2$, with $\xi=3\pi/4$ and $\sigma=0.3\,\xi$,
/// $$\hat\psi_j(\omega)\propto e^{-(2^j\omega-\xi)^2/2\sigma^2}-e^{-\xi^2/2\sigma^2}e^{-(2^j\omega)^2/2\sigma^2}\ (\omega>0),\qquad
///   \hat\phi(\omega)\propto e^{-(2^{J-1}\omega)^2/2(0.45\xi)^2}.$$
/// The finest wavelet falls off four times as slowly above $\xi$ and is 1 at the Nyquist frequency, so that nothing is lost
/// there. All are divided by $\sqrt A$, where $A=\hat\phi^2+\tfrac12\sum_j(\hat\psi_j(\omega)^2+\hat\psi_j(-\omega)^2)$; then $A=1$, and
/// $\lVert x*\phi\rVert^2+\sum_j\lVert x*\psi_j\rVert^2=\lVert x\rVert^2$ for real $x$.
///
/// # Reference
/// Mallat, Group invariant scattering, Communications on Pure and Applied Mathematics 65, 2012, proposition 2.1.
#[derive(Debug, Clone, PartialEq)]
pub struct FilterBank {
    lowpass: Vec<f64>,
    wavelets: Vec<Vec<f64>>,
}

impl FilterBank {
    /// For signals of `n` samples and `octaves` wavelets.
    ///
    /// # Errors
    /// When `n` is no power of two from 4 to 2²⁴, or `octaves` is 0 or `2^octaves > n`.
    pub fn morlet(n: usize, octaves: u32) -> Result<Self, ScatteringError> {
        let mut bank = Self::unnormalized_morlet(n, octaves)?;
        let roots: Vec<f64> = bank.littlewood_paley().into_iter().map(f64::sqrt).collect();
        for filter in bank.wavelets.iter_mut().chain([&mut bank.lowpass]) {
            for (x, root) in filter.iter_mut().zip(&roots) {
                *x /= root;
            }
        }
        Ok(bank)
    }

    /// The same without the division by `√A`: these filters lose energy.
    ///
    /// # Errors
    /// As [`morlet`](Self::morlet).
    pub fn unnormalized_morlet(n: usize, octaves: u32) -> Result<Self, ScatteringError> {
        if !n.is_power_of_two() || !(4..=1 << 24).contains(&n) {
            return Err(ScatteringError::Length(n));
        }
        if octaves == 0 || octaves > n.trailing_zeros() {
            return Err(ScatteringError::Octaves(octaves, n));
        }
        let center = 0.75 * PI;
        let width = 0.3 * center;
        let bell = |x: f64, width: f64| libm::exp(-x * x / (2.0 * width * width));
        let frequency = |k: usize| {
            let signed = if k < n / 2 { k as f64 } else { k as f64 - n as f64 };
            2.0 * PI * signed / n as f64
        };
        let dilated = |j: u32, w: f64| f64::from(j).exp2() * w;
        let wavelet = |j: u32, w: f64| {
            if w <= 0.0 {
                return 0.0;
            }
            let w = dilated(j, w);
            let morlet = bell(w - center, width) - bell(center, width) * bell(w, width);
            if j == 0 && w > center { morlet.max(bell(w - center, 4.0 * width)) } else { morlet }
        };
        let mut wavelets: Vec<Vec<f64>> =
            (0..octaves).map(|j| (0..n).map(|k| wavelet(j, frequency(k))).collect()).collect();
        wavelets[0][n / 2] = 1.0;
        let lowpass = (0..n).map(|k| bell(dilated(octaves - 1, frequency(k)), 0.45 * center)).collect();
        Ok(Self { lowpass, wavelets })
    }

    /// Number of samples.
    pub fn samples(&self) -> usize {
        self.lowpass.len()
    }

    /// The Fourier transform of the low-pass filter.
    pub fn lowpass(&self) -> &[f64] {
        &self.lowpass
    }

    /// The Fourier transforms of the wavelets, the finest first.
    pub fn wavelets(&self) -> &[Vec<f64>] {
        &self.wavelets
    }

    /// `A(ω) = φ̂² + ½ Σ_j (ψ̂_j(ω)² + ψ̂_j(−ω)²)`: the share of each frequency's energy that is kept.
    pub fn littlewood_paley(&self) -> Vec<f64> {
        let n = self.samples();
        let share = |k: usize| {
            let both = |psi: &Vec<f64>| psi[k] * psi[k] + psi[(n - k) % n] * psi[(n - k) % n];
            self.lowpass[k] * self.lowpass[k] + 0.5 * self.wavelets.iter().map(both).sum::<f64>()
        };
        (0..n).map(share).collect()
    }

    /// How much a translation can change what the low-pass filter lets through, relative to its input; rounded up.
    ///
    /// # Formula
    /// $$\kappa(c,J) = \max_\omega|\hat\phi_J(\omega)|\,|1-e^{i\omega c}| = O(2^{-J}|c|).$$ A cascade of operators that commute with
    /// translations ends in the low-pass filter, hence
    /// $\lVert S_JT_cx-S_Jx\rVert \le \kappa(c,J)\bigl(\sum_{m\le M}\lVert U_mx\rVert^2\bigr)^{1/2}$. Depth $M$ only adds terms.
    ///
    /// # Reference
    /// Mallat 2012, section 2.4.
    pub fn translation_modulus(&self, shift: i64) -> f64 {
        let n = self.samples() as i128;
        let modulus = |(k, filter): (usize, &f64)| {
            // |1 − e^(iωc)| = 2 |sin(π k c / n)|, with the angle reduced exactly to [0, π/2].
            let turns = (k as i128 * i128::from(shift)).rem_euclid(n);
            let angle = PI * turns.min(n - turns) as f64 / n as f64;
            // Six roundings, of less than a unit each, lie between the angle and the sine.
            let chord = Up::mul(2.0 * libm::sin(angle), 1.0 + 8.0 * f64::EPSILON);
            Up::mul(filter.abs(), chord.min(2.0))
        };
        self.lowpass.iter().enumerate().map(modulus).fold(0.0, f64::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn all_energy_is_kept_at_every_size() {
        for log in 2..11 {
            for octaves in 1..=log {
                let bank = FilterBank::morlet(1 << log, octaves).unwrap();
                assert!(bank.littlewood_paley().iter().all(|a| (a - 1.0).abs() < 1e-15), "{log} {octaves}");
                assert!((bank.lowpass()[0] - 1.0).abs() < 1e-15, "{log} {octaves}");
            }
        }
    }

    #[test]
    fn what_has_no_filters_is_refused() {
        assert_eq!(FilterBank::morlet(1000, 3), Err(ScatteringError::Length(1000)));
        assert_eq!(FilterBank::morlet(0, 3), Err(ScatteringError::Length(0)));
        assert_eq!(FilterBank::morlet(64, 0), Err(ScatteringError::Octaves(0, 64)));
        assert_eq!(FilterBank::morlet(64, 7), Err(ScatteringError::Octaves(7, 64)));
    }

    proptest! {
        #[test]
        fn whole_turns_change_nothing(turns in any::<i32>(), shift in any::<i64>()) {
            let bank = FilterBank::morlet(64, 3).unwrap();
            prop_assert_eq!(bank.translation_modulus(i64::from(turns) * 64), 0.0);
            let modulus = bank.translation_modulus(shift);
            prop_assert!((0.0..=2.0).contains(&modulus));
            prop_assert_eq!(modulus, bank.translation_modulus(shift.wrapping_neg()));
        }
    }
}
