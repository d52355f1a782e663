//! Random draws and matrices of known spectrum for the tests.

use nalgebra::{DMatrix, DVector};

use crate::operator::{Dense, OperatorError, SymmetricOperator};

/// `SplitMix64` and the cosine branch of Box and Muller.
#[derive(Debug, Clone)]
pub(crate) struct Stream(u64);

impl Stream {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 * 2f64.powi(-53)
    }

    pub(crate) fn normal(&mut self) -> f64 {
        let (u, v) = (self.uniform(), self.uniform());
        (-2.0 * (-u).ln_1p()).sqrt() * (std::f64::consts::TAU * v).cos()
    }
}

/// The second difference of a path of `n` points; its eigenvalues are [`laplacian_eigenvalues`].
pub(crate) fn laplacian(n: usize) -> DMatrix<f64> {
    DMatrix::from_fn(n, n, |i, j| match i.abs_diff(j) {
        0 => 2.0,
        1 => -1.0,
        _ => 0.0,
    })
}

/// `2 − 2 cos(kπ/(n+1))`, increasing.
pub(crate) fn laplacian_eigenvalues(n: usize) -> Vec<f64> {
    (1..=n).map(|k| 2.0 - 2.0 * (std::f64::consts::PI * k as f64 / (n as f64 + 1.0)).cos()).collect()
}

/// A matrix with given eigenvalues: `Q diag(λ) Qᵀ` with a random orthogonal `Q`.
pub(crate) fn with_spectrum(eigenvalues: &[f64], seed: u64) -> Dense {
    let n = eigenvalues.len();
    let mut stream = Stream::new(seed);
    let q = DMatrix::from_fn(n, n, |_, _| stream.normal()).qr().q();
    let a = &q * DMatrix::from_diagonal(&DVector::from_column_slice(eigenvalues)) * q.transpose();
    Dense::new((&a + a.transpose()) * 0.5).unwrap()
}

/// The largest number of failures of probability `p` each among `n` that chance explains at one in a million.
pub(crate) fn binomial_limit(n: usize, p: f64) -> usize {
    let mut tail = 1.0;
    let mut term = (n as f64 * (-p).ln_1p()).exp();
    for k in 0..n {
        tail -= term;
        if tail < 1e-6 {
            return k;
        }
        term *= (n - k) as f64 / (k + 1) as f64 * p / (1.0 - p);
    }
    n
}

/// A diagonal matrix: as good as any for probes whose law no rotation changes, and its product is cheap.
#[derive(Debug, Clone)]
pub(crate) struct Diagonal(pub(crate) Vec<f64>);

impl SymmetricOperator for Diagonal {
    fn dimension(&self) -> usize {
        self.0.len()
    }
    fn apply_unchecked(&self, vector: &[f64], product: &mut [f64]) -> Result<(), OperatorError> {
        product.iter_mut().zip(vector).zip(&self.0).for_each(|((product, x), value)| *product = x * value);
        Ok(())
    }
}

/// What a computation gives on a number of threads of its own.
pub(crate) fn on_threads<T: Send>(threads: usize, compute: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(compute)
}
