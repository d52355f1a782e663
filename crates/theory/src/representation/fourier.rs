//! The fast Fourier transform of a length that is a power of two.
//!
//! A hundred lines instead of a dependency: the transform is the same to the bit on every machine, as everything in this
//! crate is, and no other length is needed.

use nalgebra::Complex;

/// What a transform of one length needs.
#[derive(Debug, Clone)]
pub(crate) struct Fourier {
    /// `reversed[i]`: the bits of `i` in opposite order.
    reversed: Vec<u32>,
    /// `e^(−2πik/2h)` for `k < h`, for `h = 1, 2, 4, …` one after another.
    twiddles: Vec<Complex<f64>>,
}

impl Fourier {
    /// For the length `2^log`.
    pub(crate) fn new(log: u32) -> Self {
        let n = 1usize << log;
        let reversed =
            (0..n as u32).map(|i| if log == 0 { 0 } else { i.reverse_bits() >> (32 - log) }).collect();
        let mut twiddles = Vec::with_capacity(n);
        let mut half = 1;
        while half < n {
            twiddles.extend((0..half).map(|k| {
                let (sin, cos) = libm::sincos(std::f64::consts::PI * k as f64 / half as f64);
                Complex::new(cos, -sin)
            }));
            half *= 2;
        }
        Self { reversed, twiddles }
    }

    /// `Σ_t x_t e^(−2πiωt/n)` in place.
    pub(crate) fn forward(&self, data: &mut [Complex<f64>]) {
        for (i, &j) in self.reversed.iter().enumerate() {
            if i < j as usize {
                data.swap(i, j as usize);
            }
        }
        let (mut half, mut twiddles) = (1, self.twiddles.as_slice());
        while half < self.reversed.len() {
            let (these, later) = twiddles.split_at(half);
            for block in data.chunks_exact_mut(2 * half) {
                let (low, high) = block.split_at_mut(half);
                for ((a, b), w) in low.iter_mut().zip(high).zip(these) {
                    let turned = Complex::new(b.re * w.re - b.im * w.im, b.re * w.im + b.im * w.re);
                    (*a, *b) = (*a + turned, *a - turned);
                }
            }
            (half, twiddles) = (2 * half, later);
        }
    }

    /// The inverse of [`forward`](Self::forward), with its factor `1/n`.
    pub(crate) fn inverse(&self, data: &mut [Complex<f64>]) {
        self.forward(data);
        if let Some(rest) = data.get_mut(1..) {
            rest.reverse();
        }
        let scale = (self.reversed.len() as f64).recip();
        for x in data {
            *x *= scale;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_that_defines_it() {
        for log in 0..8 {
            let n = 1usize << log;
            let signal: Vec<_> =
                (0..n).map(|t| Complex::new((t * t % 13) as f64 - 5.0, (t * 7 % 5) as f64)).collect();
            let fourier = Fourier::new(log);
            let mut data = signal.clone();
            fourier.forward(&mut data);
            for (frequency, value) in data.iter().enumerate() {
                let sum: Complex<f64> = signal
                    .iter()
                    .enumerate()
                    .map(|(t, x)| {
                        let angle = -2.0 * std::f64::consts::PI * (frequency * t % n) as f64 / n as f64;
                        x * Complex::new(angle.cos(), angle.sin())
                    })
                    .sum();
                assert!((sum - value).norm() < 1e-11, "{n} {frequency}");
            }
            fourier.inverse(&mut data);
            assert!(data.iter().zip(&signal).all(|(a, b)| (a - b).norm() < 1e-13));
        }
    }
}
