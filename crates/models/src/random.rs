//! The random stream of the claims: SplitMix64, with every derived draw fixed to the bit.
//!
//! The reference values of the catalogue are stated for exactly these draws, so they are part of the
//! interface. burn's own generators are never used: their streams differ from backend to backend.

/// SplitMix64 (Steele, Lea, Flood 2014), and draws made of its words.
///
/// Word `k = 1, 2, …` of seed `s` mixes `s + k · 0x9E3779B97F4A7C15`.
///
/// # Example
/// ```
/// use saddlepoint_models::random::Stream;
///
/// let mut stream = Stream::new(42);
/// assert_eq!(stream.word(), 0xbdd7_3226_2feb_6e95);
/// assert_eq!(Stream::new(7).permutation(10), [8, 1, 5, 9, 0, 4, 3, 2, 6, 7]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    state: u64,
}

impl Stream {
    /// The stream of a seed.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next 64 random bits.
    pub fn word(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Uniform in `[0, 1)`: a multiple of 2⁻⁵³. One word.
    pub fn uniform(&mut self) -> f64 {
        (self.word() >> 11) as f64 * 2f64.powi(-53)
    }

    /// Uniform in `[low, high)`. One word.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// Standard normal: the cosine branch of Box and Muller. Two words.
    pub fn normal(&mut self) -> f64 {
        let (u1, u2) = (self.uniform(), self.uniform());
        (-2.0 * (-u1).ln_1p()).sqrt() * (2.0 * std::f64::consts::PI * u2).cos()
    }

    /// `n` standard normals.
    pub fn normals(&mut self, n: usize) -> Vec<f64> {
        (0..n).map(|_| self.normal()).collect()
    }

    /// `+1` where the top bit of the word is set, otherwise `-1`. One word.
    pub fn sign(&mut self) -> f64 {
        if self.word() >> 63 == 1 { 1.0 } else { -1.0 }
    }

    /// An index below `n`: the word modulo `n`. One word.
    ///
    /// # Panics
    /// When `n` is 0: there is nothing to choose from.
    pub fn index(&mut self, n: usize) -> usize {
        (self.word() % n as u64) as usize
    }

    /// A permutation of `0..n` (Fisher and Yates from the end). `n − 1` words.
    pub fn permutation(&mut self, n: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..n).collect();
        for i in (1..n).rev() {
            order.swap(i, self.index(i + 1));
        }
        order
    }

    /// A stream of its own for a part of the work, independent of how much of this one is used later. One word.
    #[must_use]
    pub fn split(&mut self) -> Stream {
        Stream::new(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogues_first_draws() {
        let mut words = Stream::new(42);
        assert_eq!(
            [words.word(), words.word(), words.word()],
            [0xbdd7_3226_2feb_6e95, 0x28ef_e333_b266_f103, 0x4752_6757_130f_9f52]
        );
        let mut uniforms = Stream::new(42);
        for expected in [0.741_564_878_771_823_3, 0.159_910_392_876_920_1, 0.278_601_130_255_138_66] {
            assert_eq!(uniforms.uniform(), expected);
        }
        let mut normals = Stream::new(42);
        for expected in [0.882_248_906_222_268_8, -0.450_849_875_718_860_1, 0.188_352_634_115_931_5] {
            assert!((normals.normal() - expected).abs() < 1e-15);
        }
        let mut signs = Stream::new(42);
        let signs: Vec<f64> = (0..8).map(|_| signs.sign()).collect();
        assert_eq!(signs, [1.0, -1.0, -1.0, -1.0, -1.0, 1.0, -1.0, 1.0]);
    }
}
