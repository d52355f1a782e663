//! Spikes and Hadamard atoms: the two bases with the least coherence.

use super::{Dictionary, DictionaryError, GramBounds, same_length};

/// Unit spikes and the columns of Sylvester's Hadamard matrix over `√n`: coherence `1/√n`, the least that two bases have.
///
/// # Formula
/// $D = [\,I,\ H/\sqrt n\,]$, $DD^\top = 2I$. For $n$ a power of 4 all entries are powers of two and all atoms exactly unit.
///
/// # Reference
/// Donoho and Huo, Uncertainty principles and ideal atomic decomposition, IEEE Transactions on Information Theory 47, 2001.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpikesAndHadamard(usize);

impl SpikesAndHadamard {
    /// For signals of `n` entries.
    ///
    /// # Errors
    /// When `n` is no power of 4, or above 2²⁴.
    pub fn new(n: usize) -> Result<Self, DictionaryError> {
        let power_of_four = n.is_power_of_two() && n.trailing_zeros().is_multiple_of(2);
        if power_of_four && n <= 1 << 24 { Ok(Self(n)) } else { Err(DictionaryError::NotPowerOfFour(n)) }
    }

    fn transform(self, data: &mut [f64]) {
        walsh_hadamard(data);
        let scale = (self.0 as f64).sqrt().recip();
        for x in data {
            *x *= scale;
        }
    }
}

impl Dictionary for SpikesAndHadamard {
    fn rows(&self) -> usize {
        self.0
    }

    fn atoms(&self) -> usize {
        2 * self.0
    }

    fn gram_bounds(&self) -> GramBounds {
        // A power of two: exact. For n = 1 both atoms are the same.
        GramBounds { least: 1.0, largest: 1.0, product: (self.0 as f64).sqrt().recip() }
    }

    fn squared_norm(&self) -> f64 {
        2.0
    }

    fn synthesize(&self, code: &[f64]) -> Result<Vec<f64>, DictionaryError> {
        same_length(code.len(), self.atoms())?;
        let (spikes, waves) = code.split_at(self.0);
        let mut signal = waves.to_vec();
        self.transform(&mut signal);
        for (x, spike) in signal.iter_mut().zip(spikes) {
            *x += spike;
        }
        Ok(signal)
    }

    fn correlate(&self, signal: &[f64]) -> Result<Vec<f64>, DictionaryError> {
        same_length(signal.len(), self.rows())?;
        let mut code = [signal, signal].concat();
        self.transform(&mut code[self.0..]);
        Ok(code)
    }
}

/// Multiplies by Sylvester's Hadamard matrix in place, in `n log n` additions.
fn walsh_hadamard(data: &mut [f64]) {
    let mut half = 1;
    while half < data.len() {
        for block in data.chunks_exact_mut(2 * half) {
            let (a, b) = block.split_at_mut(half);
            for (x, y) in a.iter_mut().zip(b) {
                (*x, *y) = (*x + *y, *x - *y);
            }
        }
        half *= 2;
    }
}
