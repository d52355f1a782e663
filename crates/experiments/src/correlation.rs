//! Rank correlation: does one quantity grow with another, whatever the shape?

use saddlepoint_models::random::Stream;

/// Spearman's rank correlation of pairs, equal values sharing the mean of their ranks.
///
/// # Formula
/// Pearson's correlation of the ranks. NaN where it is not determined: all `x` or all `y` equal.
pub fn spearman(pairs: &[(f64, f64)]) -> f64 {
    let x = ranks(pairs.iter().map(|pair| pair.0));
    let y = ranks(pairs.iter().map(|pair| pair.1));
    pearson(&x, &y)
}

/// Kendall's rank correlation `τ_b` of pairs.
///
/// # Formula
/// $$\tau_b = \frac{\sum_{i<j} s(x_i-x_j)\,s(y_i-y_j)}{\sqrt{\sum_{i<j} s(x_i-x_j)^2\;\sum_{i<j} s(y_i-y_j)^2}}$$
/// with signs $s \in \{-1,0,1\}$: pairs that are tied in one of the two are taken off what the sum could reach. NaN where it is not determined: all `x` or all
/// `y` equal, or one of them NaN.
///
/// # Reference
/// Kendall, The treatment of ties in ranking problems, Biometrika 33, 1945.
///
/// # Example
/// ```
/// use saddlepoint_experiments::correlation::kendall;
///
/// assert_eq!(kendall(&[(1.0, 1.0), (2.0, 3.0), (3.0, 2.0)]), 1.0 / 3.0);
/// ```
pub fn kendall(pairs: &[(f64, f64)]) -> f64 {
    let mut counts = SignCounts::default();
    for (i, a) in pairs.iter().enumerate() {
        pairs[..i].iter().for_each(|b| counts.add(sign(a.0, b.0), sign(a.1, b.1), 1.0));
    }
    counts.tau_b()
}

/// The sign of `a − b`; NaN where one of them is.
pub(crate) fn sign(a: f64, b: f64) -> f64 {
    match a.partial_cmp(&b) {
        Some(order) => f64::from(order as i8),
        None => f64::NAN,
    }
}

/// Sums over weighted pairs of which rank correlations are made.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SignCounts {
    agreement: f64,
    untied_x: f64,
    untied_y: f64,
    all: f64,
}

impl SignCounts {
    /// Adds a pair by the signs of its differences.
    pub(crate) fn add(&mut self, x: f64, y: f64, weight: f64) {
        self.agreement += weight * x * y;
        self.untied_x += weight * x * x;
        self.untied_y += weight * y * y;
        self.all += weight;
    }

    /// Agreements less disagreements, over what they could be where ties are.
    pub(crate) fn tau_b(self) -> f64 {
        self.agreement / (self.untied_x * self.untied_y).sqrt()
    }

    /// Agreements less disagreements over all pairs: a tie counts as neither.
    pub(crate) fn tau_a(self) -> f64 {
        self.agreement / self.all
    }
}

/// The share of permutations within each group whose mean rank correlation is at least the one found, the identity counted
/// among them. Groups whose correlation is not determined are left out.
///
/// # Formula
/// `(1 + #{ρ̄ ≥ ρ̄₀}) / (1 + draws)`: a valid p-value of the one-sided test that within groups large `x` go with large `y`.
///
/// # Reference
/// Phipson and Smyth, Permutation p-values should never be zero, Stat. Appl. Genet. Mol. Biol. 9, 2010.
pub fn pooled_permutation_p(groups: &[Vec<(f64, f64)>], draws: usize, stream: &mut Stream) -> f64 {
    let ranked = groups
        .iter()
        .filter(|pairs| spearman(pairs).is_finite())
        .map(|pairs| (ranks(pairs.iter().map(|pair| pair.0)), ranks(pairs.iter().map(|pair| pair.1))));
    let ranked: Vec<_> = ranked.collect();
    let found: f64 = ranked.iter().map(|(x, y)| pearson(x, y)).sum();
    // Rounding must not make the same arrangement look smaller.
    let as_large = (0..draws).filter(|_| {
        let shuffled = ranked.iter().map(|(x, y)| {
            let shuffled: Vec<f64> = stream.permutation(y.len()).into_iter().map(|i| y[i]).collect();
            pearson(x, &shuffled)
        });
        shuffled.sum::<f64>() >= found - 1e-12
    });
    (1 + as_large.count()) as f64 / (1 + draws) as f64
}

/// Ranks from 1, ties sharing their mean.
fn ranks(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let values: Vec<f64> = values.collect();
    let below = |v: f64| values.iter().filter(|w| **w < v).count() as f64;
    let equal = |v: f64| values.iter().filter(|w| **w == v).count() as f64;
    values.iter().map(|&v| below(v) + 0.5 * (equal(v) + 1.0)).collect()
}

fn pearson(x: &[f64], y: &[f64]) -> f64 {
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let (mx, my) = (mean(x), mean(y));
    let (sxy, sxx, syy) = x.iter().zip(y).fold((0.0, 0.0, 0.0), |(sxy, sxx, syy), (x, y)| {
        let (a, b) = (x - mx, y - my);
        (sxy + a * b, sxx + a * a, syy + b * b)
    });
    sxy / (sxx * syy).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_all_that_counts() {
        let grows = [1.0, 2.0, 3.0, 4.0].map(|x: f64| (x, x.exp()));
        assert!((spearman(&grows) - 1.0).abs() < 1e-15);
        assert!((spearman(&grows.map(|(x, y)| (x, -y))) + 1.0).abs() < 1e-15);
    }

    /// scipy.stats.spearmanr([1, 2, 2, 4, 5], [5, 6, 7, 8, 7]).
    #[test]
    fn ties_share_their_rank() {
        let pairs = [(1.0, 5.0), (2.0, 6.0), (2.0, 7.0), (4.0, 8.0), (5.0, 7.0)];
        assert!((spearman(&pairs) - 0.763_157_894_736_842_1).abs() < 1e-12, "{}", spearman(&pairs));
        assert!(spearman(&[(1.0, 2.0), (1.0, 3.0)]).is_nan());
    }

    /// Counted by hand: 7 pairs agree and 1 does not, 1 is tied in each; of ten values, 24 of 40 and 39 untied pairs.
    #[test]
    fn kendalls_correlation_with_ties() {
        let pairs = [(1.0, 5.0), (2.0, 6.0), (2.0, 7.0), (4.0, 8.0), (5.0, 7.0)];
        assert!((kendall(&pairs) - 2.0 / 3.0).abs() < 1e-15, "{}", kendall(&pairs));
        let x = [1.0, 1.0, 1.0, 2.0, 2.0, 3.0, 4.0, 4.0, 5.0, 6.0];
        let y = [2.0, 1.0, 2.0, 2.0, 3.0, 1.0, 4.0, 4.0, 3.0, 6.0];
        let pairs: Vec<(f64, f64)> = x.into_iter().zip(y).collect();
        assert!((kendall(&pairs) - 24.0 / 1560f64.sqrt()).abs() < 1e-15, "{}", kendall(&pairs));
        assert!(kendall(&[(1.0, 2.0), (1.0, 3.0)]).is_nan());
        assert!(kendall(&[(f64::NAN, 2.0), (1.0, 3.0)]).is_nan() && kendall(&[]).is_nan());
    }

    #[test]
    fn kendalls_correlation_sees_the_order_only() {
        let grows = [1.0, 2.0, 3.0, 4.0].map(|x: f64| (x, x.exp()));
        assert_eq!(kendall(&grows), 1.0);
        assert_eq!(kendall(&grows.map(|(x, y)| (x, -y))), -1.0);
    }

    #[test]
    fn the_p_value_is_the_share_of_permutations() {
        let line = |sign: f64| (0..4).map(|x| (f64::from(x), sign * f64::from(x))).collect::<Vec<_>>();
        let p = |groups: &[Vec<(f64, f64)>]| pooled_permutation_p(groups, 20_000, &mut Stream::new(1));
        assert!((p(&[line(1.0)]) - 1.0 / 24.0).abs() < 0.01);
        assert!((p(&[line(1.0), line(1.0)]) - 1.0 / 576.0).abs() < 0.002);
        assert_eq!(p(&[line(-1.0)]), 1.0);
        assert_eq!(p(&[vec![(1.0, 1.0), (1.0, 2.0)]]), 1.0, "what is not determined proves nothing");
    }
}
