//! How well a measure predicts the order of networks that were trained with different settings.

use saddlepoint_models::random::Stream;

use crate::correlation::{SignCounts, sign};
use crate::sample::{mean, quantile};

/// Networks on a grid of settings, each with replicates.
///
/// A measure may agree with the generalization gap over all networks only because both follow one setting, say the width. So
/// Jiang et al. also compare networks that differ in one setting alone, setting by setting, and take the mean.
///
/// # Formula
/// $$\psi_i = \operatorname{mean}\, s(\mu-\mu')\,s(g-g')\ \text{over pairs that differ in setting } i \text{ alone},\qquad
/// \Psi = \tfrac1n\sum_{i=1}^n\psi_i$$
/// with signs $s$; a tie counts as 0. Over all pairs, Kendall's $\tau_b$.
///
/// # Reference
/// Jiang, Neyshabur, Mobahi, Krishnan, Bengio, Fantastic generalization measures and where to find them, ICLR 2020, section 2.2.1.
///
/// # Example
/// ```
/// use saddlepoint_experiments::granulated::Grid;
///
/// // Two widths and two rates. The gap falls with the width, and the measure with the width only.
/// let grid = Grid::new(&[[0, 0], [0, 1], [1, 0], [1, 1]].map(|at| (at.to_vec(), 1)));
/// let found = grid.agreement(&[2.0, 2.0, 1.0, 1.0], &[0.4, 0.3, 0.2, 0.1]);
/// assert_eq!((found.settings, found.granulated), (vec![1.0, 0.0], 0.5));
/// assert!((found.tau - 4.0 / 24f64.sqrt()).abs() < 1e-15);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grid {
    networks: usize,
    settings: usize,
    /// Pairs of networks; with the setting in which they differ, if there is one alone.
    pairs: Vec<(usize, usize, Option<usize>)>,
}

/// How a measure and the gap agree.
#[derive(Debug, Clone, PartialEq)]
pub struct Agreement {
    /// Kendall's rank correlation `τ_b` over all pairs.
    pub tau: f64,
    /// `ψᵢ` for each setting.
    pub settings: Vec<f64>,
    /// `Ψ`: their mean.
    pub granulated: f64,
}

/// An agreement with percentile intervals.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimated {
    /// Of the networks as they are.
    pub agreement: Agreement,
    /// The interval of `τ_b`.
    pub tau: (f64, f64),
    /// The interval of `Ψ`.
    pub granulated: (f64, f64),
}

impl Grid {
    /// The grid of networks from the level of each setting and the number of the replicate. Pairs that are compared for
    /// one setting agree in the replicate.
    pub fn new(networks: &[(Vec<usize>, u64)]) -> Self {
        let settings = networks.iter().map(|(levels, _)| levels.len()).min().unwrap_or(0);
        let alone = |a: &(Vec<usize>, u64), b: &(Vec<usize>, u64)| {
            let mut differing = (0..settings).filter(|&i| a.0[i] != b.0[i]);
            let one = differing.next().filter(|_| a.1 == b.1);
            one.filter(|_| differing.next().is_none())
        };
        let pairs = (0..networks.len())
            .flat_map(|a| (0..a).map(move |b| (a, b)))
            .map(|(a, b)| (a, b, alone(&networks[a], &networks[b])))
            .collect();
        Self { networks: networks.len(), settings, pairs }
    }

    /// The agreement of a measure with the gap, one number of each for each network.
    ///
    /// NaN where it is not determined, as where one of the numbers is NaN.
    pub fn agreement(&self, measure: &[f64], gap: &[f64]) -> Agreement {
        self.weighted(&self.signs(measure, gap), &vec![1.0; self.networks])
    }

    /// The same with percentile intervals that hold `level` of the values of bootstrap samples: as many networks, drawn
    /// with replacement. The data that they share are given: the interval speaks of other networks on the same data.
    ///
    /// # Reference
    /// Efron and Tibshirani, *An introduction to the bootstrap* (1993), section 13.3.
    pub fn estimated(
        &self,
        measure: &[f64],
        gap: &[f64],
        level: f64,
        draws: usize,
        stream: &mut Stream,
    ) -> Estimated {
        let signs = self.signs(measure, gap);
        let (mut taus, mut granulated) = (Vec::with_capacity(draws), Vec::with_capacity(draws));
        for _ in 0..draws {
            let mut weights = vec![0.0; self.networks];
            (0..self.networks).for_each(|_| weights[stream.index(self.networks)] += 1.0);
            let drawn = self.weighted(&signs, &weights);
            taus.push(drawn.tau);
            granulated.push(drawn.granulated);
        }
        let tail = 0.5 * (1.0 - level);
        let ends = |values: &[f64]| (quantile(values, tail), quantile(values, 1.0 - tail));
        Estimated {
            agreement: self.weighted(&signs, &vec![1.0; self.networks]),
            tau: ends(&taus),
            granulated: ends(&granulated),
        }
    }

    fn signs(&self, measure: &[f64], gap: &[f64]) -> Vec<(f64, f64)> {
        let of = |&(a, b, _): &(usize, usize, Option<usize>)| {
            let at = |values: &[f64], i: usize| values.get(i).copied().unwrap_or(f64::NAN);
            (sign(at(measure, a), at(measure, b)), sign(at(gap, a), at(gap, b)))
        };
        self.pairs.iter().map(of).collect()
    }

    /// Each network as often as its weight says; a network and its copy are no pair that could differ.
    fn weighted(&self, signs: &[(f64, f64)], weights: &[f64]) -> Agreement {
        let (mut all, mut each) = (SignCounts::default(), vec![SignCounts::default(); self.settings]);
        for (&(a, b, setting), &(x, y)) in self.pairs.iter().zip(signs) {
            let weight = weights[a] * weights[b];
            if weight > 0.0 {
                all.add(x, y, weight);
                if let Some(setting) = setting {
                    each[setting].add(x, y, weight);
                }
            }
        }
        let settings: Vec<f64> = each.into_iter().map(SignCounts::tau_a).collect();
        Agreement { tau: all.tau_b(), granulated: mean(&settings), settings }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::correlation::kendall;

    /// All combinations of three settings with two levels, twice.
    fn cube() -> Vec<(Vec<usize>, u64)> {
        (0..16u64).map(|i| ((0..3).map(|k| (i >> k & 1) as usize).collect(), i >> 3)).collect()
    }

    #[test]
    fn the_overall_coefficient_is_kendalls() {
        let mut stream = Stream::new(7);
        let (measure, gap): (Vec<f64>, Vec<f64>) =
            (0..16).map(|_| (stream.index(5) as f64, stream.normal())).unzip();
        let pairs: Vec<(f64, f64)> = measure.iter().copied().zip(gap.iter().copied()).collect();
        let found = Grid::new(&cube()).agreement(&measure, &gap);
        assert!((found.tau - kendall(&pairs)).abs() < 1e-15);
    }

    #[test]
    fn pairs_differ_in_one_setting_and_share_the_replicate() {
        let grid = Grid::new(&cube());
        for setting in 0..3 {
            // Four pairs along each edge direction of a cube, and two cubes.
            assert_eq!(grid.pairs.iter().filter(|pair| pair.2 == Some(setting)).count(), 8);
        }
    }

    /// A measure that follows one setting, which drives the gap, correlates; granulated, it gets a third.
    #[test]
    fn a_measure_that_sees_one_setting_only_gets_its_share() {
        let networks = cube();
        let gap: Vec<f64> =
            networks.iter().map(|(at, k)| (4 * at[0] + 2 * at[1] + at[2]) as f64 + *k as f64 * 0.01).collect();
        let measure: Vec<f64> = networks.iter().map(|(at, _)| at[0] as f64).collect();
        let found = Grid::new(&networks).agreement(&measure, &gap);
        assert_eq!(found.settings, [1.0, 0.0, 0.0]);
        assert!((found.granulated - 1.0 / 3.0).abs() < 1e-15 && found.tau > 0.7);
        let perfect = Grid::new(&networks).agreement(&gap, &gap);
        assert_eq!((perfect.tau, perfect.granulated), (1.0, 1.0));
    }

    #[test]
    fn intervals_hold_the_value_and_shrink_to_a_perfect_one() {
        let networks = cube();
        let gap: Vec<f64> = (0..16).map(f64::from).collect();
        let mut stream = Stream::new(3);
        let noise: Vec<f64> = gap.iter().map(|g| g + 4.0 * stream.normal()).collect();
        let grid = Grid::new(&networks);
        let found = grid.estimated(&noise, &gap, 0.95, 500, &mut stream);
        assert!(found.tau.0 < found.agreement.tau && found.agreement.tau < found.tau.1);
        assert!(found.tau.1 - found.tau.0 < 1.0);
        let perfect = grid.estimated(&gap, &gap, 0.95, 200, &mut stream);
        assert_eq!((perfect.tau, perfect.granulated), ((1.0, 1.0), (1.0, 1.0)));
    }

    #[test]
    fn pitfall_what_is_no_number_does_not_rank() {
        let mut measure: Vec<f64> = (0..16).map(f64::from).collect();
        let gap = measure.clone();
        measure[3] = f64::NAN;
        let found = Grid::new(&cube()).agreement(&measure, &gap);
        assert!(found.tau.is_nan() && found.granulated.is_nan());
        assert!(Grid::new(&cube()).agreement(&measure[..10], &gap).tau.is_nan());
    }
}
