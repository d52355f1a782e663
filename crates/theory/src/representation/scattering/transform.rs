//! The cascade itself.

use nalgebra::Complex;

use super::{FilterBank, ScatteringError};
use crate::representation::fourier::Fourier;

const MOST_COEFFICIENTS: usize = 1 << 27;

/// The scattering coefficients of a signal, all paths of each order, without subsampling.
///
/// # Formula
/// $U_0=\{x\}$, $U_{m+1}=\{\,|u*\psi_j| : u\in U_m,\ j<J\}$, $S_m=\{u*\phi : u\in U_m\}$. With filters that keep all energy
/// $$\sum_{m\le M}\lVert S_m\rVert^2+\lVert U_{M+1}\rVert^2=\lVert x\rVert^2,$$ and the transform is not expansive:
/// $\lVert Sx-Sy\rVert\le\lVert x-y\rVert$.
///
/// # Reference
/// Mallat 2012, propositions 2.5 and 2.6.
///
/// # Example
/// ```
/// use saddlepoint_theory::representation::scattering::FilterBank;
///
/// let filters = FilterBank::morlet(64, 3)?;
/// let wave: Vec<f64> = (0..64).map(|t| (t as f64 * 1.3).sin()).collect();
/// let scattering = filters.scatter(&wave, 2)?;
/// let kept: f64 = (0..=2).map(|order| scattering.energy(order)).sum();
/// let energy: f64 = wave.iter().map(|x| x * x).sum();
/// assert!((kept + scattering.propagated(3) - energy).abs() < 1e-12 * energy);
/// # Ok::<(), saddlepoint_theory::representation::scattering::ScatteringError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Scattering {
    /// Of each order, of each path, in time; the children of a path follow one another.
    coefficients: Vec<Vec<Vec<f64>>>,
    /// `‖U_0‖², …, ‖U_{M+1}‖²`.
    propagated: Vec<f64>,
}

impl FilterBank {
    /// Scatters a signal down to paths of length `depth`.
    ///
    /// # Errors
    /// When the signal has another length than the filters or squares that overflow, or there are too many paths.
    pub fn scatter(&self, signal: &[f64], depth: u32) -> Result<Scattering, ScatteringError> {
        let (n, octaves) = (self.samples(), self.wavelets().len());
        if signal.len() != n {
            return Err(ScatteringError::Signal { found: signal.len(), expected: n });
        }
        let limit = (f64::MAX / n as f64).sqrt() / n as f64;
        if let Some(at) = signal.iter().position(|x| x.is_nan() || x.abs() > limit) {
            return Err(ScatteringError::NotFinite(at));
        }
        let paths = octaves.checked_pow(depth).and_then(|last| last.checked_mul(2 * n));
        if paths.is_none_or(|numbers| numbers > MOST_COEFFICIENTS) {
            return Err(ScatteringError::TooDeep(depth, octaves));
        }

        let fourier = Fourier::new(n.trailing_zeros());
        let (mut spectrum, mut work) = (vec![Complex::new(0.0, 0.0); n], vec![Complex::new(0.0, 0.0); n]);
        let mut coefficients = Vec::with_capacity(depth as usize + 1);
        let mut propagated = vec![squares(signal)];
        let mut level = vec![signal.to_vec()];
        for order in 0..=depth {
            let (mut averaged, mut next, mut energy) = (Vec::with_capacity(level.len()), Vec::new(), 0.0);
            for u in &level {
                for (z, x) in spectrum.iter_mut().zip(u) {
                    *z = Complex::new(*x, 0.0);
                }
                fourier.forward(&mut spectrum);
                filtered(&fourier, &spectrum, self.lowpass(), &mut work);
                averaged.push(work.iter().map(|z| z.re).collect());
                for wavelet in self.wavelets() {
                    if order < depth {
                        filtered(&fourier, &spectrum, wavelet, &mut work);
                        // Not `norm`, whose care for overflow costs more than the transform.
                        let moduli: Vec<f64> = work.iter().map(|z| z.norm_sqr().sqrt()).collect();
                        energy += squares(&moduli);
                        next.push(moduli);
                    } else {
                        // Parseval: the last moduli are needed by their energy only.
                        let kept: f64 =
                            spectrum.iter().zip(wavelet).map(|(z, psi)| z.norm_sqr() * (psi * psi)).sum();
                        energy += kept / n as f64;
                    }
                }
            }
            coefficients.push(averaged);
            propagated.push(energy);
            level = next;
        }
        Ok(Scattering { coefficients, propagated })
    }
}

fn filtered(fourier: &Fourier, spectrum: &[Complex<f64>], filter: &[f64], work: &mut [Complex<f64>]) {
    for ((z, x), h) in work.iter_mut().zip(spectrum).zip(filter) {
        *z = x * *h;
    }
    fourier.inverse(work);
}

fn squares(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum()
}

impl Scattering {
    /// The length of the longest paths.
    pub fn depth(&self) -> usize {
        self.coefficients.len() - 1
    }

    /// The coefficients of one order, path by path; none beyond the depth.
    pub fn order(&self, order: usize) -> &[Vec<f64>] {
        self.coefficients.get(order).map_or(&[], Vec::as_slice)
    }

    /// `‖S_m‖²`; 0 beyond the depth.
    pub fn energy(&self, order: usize) -> f64 {
        self.order(order).iter().map(|path| squares(path)).sum()
    }

    /// `‖U_m‖²`, for `m` up to one beyond the depth; 0 after that.
    pub fn propagated(&self, order: usize) -> f64 {
        self.propagated.get(order).copied().unwrap_or(0.0)
    }

    /// The Euclidean distance of all coefficients.
    ///
    /// # Errors
    /// When the transforms differ in length, number of wavelets or depth.
    pub fn distance(&self, other: &Self) -> Result<f64, ScatteringError> {
        let shape =
            |s: &Self| s.coefficients.iter().map(|order| (order.len(), order[0].len())).collect::<Vec<_>>();
        if shape(self) != shape(other) {
            return Err(ScatteringError::Incomparable);
        }
        let all = |s: &'_ Self| s.coefficients.iter().flatten().flatten().copied().collect::<Vec<f64>>();
        Ok(all(self).iter().zip(all(other)).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt())
    }

    /// The part down to paths of length `depth`, as if no deeper one had been computed.
    #[must_use]
    pub fn truncated(&self, depth: usize) -> Self {
        let orders = (depth + 1).min(self.coefficients.len());
        Self {
            coefficients: self.coefficients[..orders].to_vec(),
            propagated: self.propagated[..=orders].to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_bits_are_transformed_or_refused(bits in prop::collection::vec(any::<u64>(), 16)) {
            let signal: Vec<f64> = bits.into_iter().map(f64::from_bits).collect();
            let filters = FilterBank::morlet(16, 2).unwrap();
            if let Ok(scattering) = filters.scatter(&signal, 2) {
                let kept: f64 = (0..=2).map(|m| scattering.energy(m)).sum();
                let energy = squares(&signal);
                prop_assert!(energy.is_finite());
                prop_assert!((kept + scattering.propagated(3) - energy).abs() <= 1e-12 * energy + 1e-300);
            }
        }
    }

    #[test]
    fn a_shallower_transform_is_a_part_of_a_deeper_one() {
        let filters = FilterBank::morlet(32, 3).unwrap();
        let signal: Vec<f64> = (0..32).map(|t| f64::from(t * t % 7)).collect();
        let (two, one) = (filters.scatter(&signal, 2).unwrap(), filters.scatter(&signal, 1).unwrap());
        let part = two.truncated(1);
        assert_eq!(part.coefficients, one.coefficients);
        assert!((part.propagated(2) - one.propagated(2)).abs() < 1e-12 * one.propagated(0));
        assert!(matches!(two.distance(&one), Err(ScatteringError::Incomparable)));
        assert_eq!((two.depth(), two.order(3).len(), two.energy(3), two.propagated(4)), (2, 0, 0.0, 0.0));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let filters = FilterBank::morlet(16, 4).unwrap();
        assert!(matches!(filters.scatter(&[0.0; 15], 1), Err(ScatteringError::Signal { .. })));
        assert!(matches!(filters.scatter(&[f64::NAN; 16], 1), Err(ScatteringError::NotFinite(0))));
        assert!(matches!(filters.scatter(&[0.0; 16], 60), Err(ScatteringError::TooDeep(60, 4))));
    }
}
