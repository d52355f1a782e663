//! Binomial probabilities by logarithms of factorials: exact sums in place of simulations.

/// `P(X = k)` for `k = 0, …, n`.
pub(super) fn probabilities(n: u64, p: f64) -> Vec<f64> {
    log_probabilities(n, p).into_iter().map(f64::exp).collect()
}

/// `ln P(X = k)` for `k = 0, …, n`.
pub(super) fn log_probabilities(n: u64, p: f64) -> Vec<f64> {
    let mut factorials = vec![0.0];
    for k in 1..=n {
        factorials.push(factorials[k as usize - 1] + (k as f64).ln());
    }
    let choose = |k: u64| factorials[n as usize] - factorials[k as usize] - factorials[(n - k) as usize];
    (0..=n).map(|k| choose(k) + k as f64 * p.ln() + (n - k) as f64 * (-p).ln_1p()).collect()
}

/// The largest probability, over so many risks between 0 and 1, that the bound for the observed number of errors is below the risk.
pub(crate) fn worst_failure(n: u64, risks: u32, bound: impl Fn(u64) -> f64) -> f64 {
    let bounds: Vec<f64> = (0..=n).map(bound).collect();
    let failure = |p: f64| -> f64 {
        probabilities(n, p).iter().zip(&bounds).filter(|(_, bound)| **bound < p).map(|(mass, _)| mass).sum()
    };
    (1..risks).map(|i| failure(f64::from(i) / f64::from(risks))).fold(0.0, f64::max)
}
