//! The Jacobi matrix of a Lanczos process and its quadratures, with free nodes and with one end fixed.

use serde::{Deserialize, Serialize};

use crate::spectrum::SpectrumError;

/// The recurrence of a Lanczos process: the tridiagonal matrix `T` and the coupling to the vector after the last.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Jacobi {
    /// The diagonal of `T`.
    pub diagonal: Vec<f64>,
    /// The couplings between neighbours, and the last one to what `T` does not contain: 0 where the space is invariant.
    pub couplings: Vec<f64>,
}

impl Jacobi {
    /// Nodes and weights of the Gauss rule: eigenvalues of `T`, squared first components of its eigenvectors.
    ///
    /// # Errors
    /// When the eigenvalue iteration does not converge.
    ///
    /// # Reference
    /// Golub and Welsch, Math. Comp. 23 (1969), 221-230.
    pub fn gauss(&self) -> Result<(Vec<f64>, Vec<f64>), SpectrumError> {
        golub_welsch(self.diagonal.clone(), &self.couplings)
    }

    /// Nodes and weights of the Gauss-Radau rule with one node at `end`.
    ///
    /// # Formula
    /// $T$ is bordered by the last coupling $\beta$ and a diagonal entry that makes `end` an eigenvalue,
    /// $a + \beta^2\,e_m^\top(T - aI)^{-1}e_m$; the quotient is the last pivot of $T - aI$.
    ///
    /// # Errors
    /// When `end` lies between two nodes of the Gauss rule, or on one: it then is no end of the spectrum.
    ///
    /// # Reference
    /// Golub, SIAM Review 15 (1973), 318-334, section 7.
    pub fn radau(&self, end: f64) -> Result<(Vec<f64>, Vec<f64>), SpectrumError> {
        let mut pivots = self.diagonal.iter().zip([0.0].iter().chain(&self.couplings));
        let above = self.diagonal.first().is_some_and(|first| *first < end);
        let last = pivots.try_fold(f64::INFINITY, |pivot, (diagonal, coupling)| {
            let next = (diagonal - end) - coupling * (coupling / pivot);
            let same = if above { next < 0.0 } else { next > 0.0 };
            if same { Ok(next) } else { Err(SpectrumError::Inside { end }) }
        })?;
        let (mut diagonal, mut couplings) = (self.diagonal.clone(), self.couplings.clone());
        let coupling = couplings.last().copied().unwrap_or(0.0);
        diagonal.push(end + coupling * (coupling / last));
        couplings.push(0.0);
        golub_welsch(diagonal, &couplings)
    }
}

/// Eigenvalues, increasing, and squared first components of the eigenvectors of a tridiagonal matrix, by the implicit QL
/// iteration carried out on the first row only: of the order of `m²` operations.
fn golub_welsch(mut d: Vec<f64>, couplings: &[f64]) -> Result<(Vec<f64>, Vec<f64>), SpectrumError> {
    let m = d.len();
    let mut e: Vec<f64> = couplings.iter().take(m.saturating_sub(1)).copied().chain([0.0]).collect();
    let mut first: Vec<f64> = (0..m).map(|i| f64::from(i == 0)).collect();
    for l in 0..m {
        let mut sweeps = 0;
        loop {
            let negligible = |i: &usize| e[*i].abs() <= f64::EPSILON * (d[*i].abs() + d[*i + 1].abs());
            let end = (l..m - 1).find(negligible).unwrap_or(m - 1);
            if end == l {
                break;
            }
            // Two or three sweeps an eigenvalue are usual, thirty the customary limit; NaN gets here, too.
            sweeps += 1;
            if sweeps > 30 {
                return Err(SpectrumError::Projected { size: m });
            }
            // Wilkinson's shift, then one sweep of rotations from the bottom up.
            let ratio = (d[l + 1] - d[l]) / (2.0 * e[l]);
            let mut g = d[end] - d[l] + e[l] / (ratio + ratio.hypot(1.0).copysign(ratio));
            let (mut sin, mut cos, mut shift) = (1.0, 1.0, 0.0);
            let mut split = false;
            for i in (l..end).rev() {
                let (f, b) = (sin * e[i], cos * e[i]);
                let r = f.hypot(g);
                e[i + 1] = r;
                if r == 0.0 {
                    d[i + 1] -= shift;
                    e[end] = 0.0;
                    split = true;
                    break;
                }
                (sin, cos) = (f / r, g / r);
                g = d[i + 1] - shift;
                let r = (d[i] - g) * sin + 2.0 * cos * b;
                shift = sin * r;
                d[i + 1] = g + shift;
                g = cos * r - b;
                (first[i], first[i + 1]) =
                    (cos * first[i] - sin * first[i + 1], sin * first[i] + cos * first[i + 1]);
            }
            if !split {
                d[l] -= shift;
                e[l] = g;
                e[end] = 0.0;
            }
        }
    }
    let mut order: Vec<usize> = (0..m).collect();
    order.sort_by(|&i, &j| d[i].total_cmp(&d[j]));
    Ok((order.iter().map(|&i| d[i]).collect(), order.iter().map(|&i| first[i] * first[i]).collect()))
}

#[cfg(test)]
mod tests {
    use nalgebra::DMatrix;

    use super::*;
    use crate::spectrum::dense_eigen;
    use crate::spectrum::testing::Stream;

    fn random(m: usize, scale: f64, seed: u64) -> Jacobi {
        let mut stream = Stream::new(seed);
        let diagonal = (0..m).map(|_| scale * stream.normal()).collect();
        let couplings = (0..m).map(|_| scale * stream.uniform()).collect();
        Jacobi { diagonal, couplings }
    }

    fn dense(jacobi: &Jacobi) -> DMatrix<f64> {
        let m = jacobi.diagonal.len();
        DMatrix::from_fn(m, m, |i, j| match i.abs_diff(j) {
            0 => jacobi.diagonal[i],
            1 => jacobi.couplings[i.min(j)],
            _ => 0.0,
        })
    }

    #[test]
    fn nodes_and_weights_are_those_of_the_dense_eigenproblem() {
        for (m, scale) in [(1, 1.0), (2, 1.0), (7, 1e-200), (30, 1e12), (100, 1e-12)] {
            let jacobi = random(m, scale, m as u64);
            let (nodes, weights) = jacobi.gauss().unwrap();
            let (values, vectors) = dense_eigen(dense(&jacobi) / scale).unwrap();
            assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-13);
            for i in 0..m {
                assert!((nodes[i] / scale - values[i]).abs() < 1e-13 * m as f64, "{m} {i}");
                assert!((weights[i] - vectors[(0, i)].powi(2)).abs() < 1e-12, "{m} {i}");
            }
        }
        // Couplings that vanish, and a diagonal that does.
        let odd = Jacobi { diagonal: vec![0.0; 4], couplings: vec![1.0, 0.0, 2.0, 0.0] };
        let (nodes, weights) = odd.gauss().unwrap();
        for (found, expected) in nodes.iter().zip([-2.0, -1.0, 1.0, 2.0]) {
            assert!((found - expected).abs() < 1e-15);
        }
        assert!(weights[0] == 0.0 && (weights[1] - 0.5).abs() < 1e-15);
        let broken = Jacobi { diagonal: vec![1.0, f64::NAN, 2.0], couplings: vec![1.0; 3] };
        assert!(matches!(broken.gauss(), Err(SpectrumError::Projected { size: 3 })));
    }

    #[test]
    fn the_fixed_end_is_a_node_and_moments_stay_exact() {
        let jacobi = random(6, 1.0, 1);
        let (nodes, weights) = jacobi.gauss().unwrap();
        for end in [nodes[0] - 0.3, nodes[5] + 2.0] {
            let (fixed, shares) = jacobi.radau(end).unwrap();
            assert!(fixed.iter().any(|node| (node - end).abs() < 1e-13), "{fixed:?} {end}");
            // The bordered process has the moments of the first below degree 2m, and one more node.
            assert_eq!(fixed.len(), 7);
            for degree in 0..12 {
                let moment = |nodes: &[f64], weights: &[f64]| {
                    nodes.iter().zip(weights).map(|(x, w)| w * x.powi(degree)).sum::<f64>()
                };
                let (x, y) = (moment(&nodes, &weights), moment(&fixed, &shares));
                assert!((x - y).abs() < 1e-11 * (1.0 + x.abs()), "{degree}: {x} {y}");
            }
        }
        for end in [0.5 * (nodes[2] + nodes[3]), nodes[0] + 1e-3, f64::NAN] {
            assert!(matches!(jacobi.radau(end), Err(SpectrumError::Inside { .. })));
        }
    }
}
