//! What does not change the product of a linear network: an invertible matrix between two layers, and its inverse.

use super::{DeepLinear, Factor};
use crate::critical::section::Symmetric;
use crate::scalar::Scalar;

impl Symmetric for DeepLinear {
    /// The generators of `(W_{l+1}, W_l) ↦ (W_{l+1}C, C⁻¹W_l)`, `C ∈ GL(p_l)`, for each hidden layer of `p_l` units.
    ///
    /// # Formula
    /// For the matrix $E_{st}$ with a one in row $s$ and column $t$: $\dot W_{l+1} = W_{l+1}E_{st}$ and
    /// $\dot W_l = -E_{st}W_l$.
    fn orbit_tangents_over<S: Scalar>(&self, point: &[S]) -> Vec<Vec<S>> {
        let mut tangents = Vec::with_capacity(self.widths().map(|width| width * width).sum());
        for pair in self.factors.windows(2) {
            let (right, left) = (&pair[0], &pair[1]);
            let units = || 0..right.rows;
            tangents.extend(units().flat_map(|s| units().map(move |t| generator(point, left, right, s, t))));
        }
        tangents
    }
}

/// Column `s` of the left matrix in column `t`, minus row `t` of the right one in row `s`.
fn generator<S: Scalar>(point: &[S], left: &Factor, right: &Factor, s: usize, t: usize) -> Vec<S> {
    let mut tangent = vec![S::constant(0.0); point.len()];
    for i in 0..left.rows {
        tangent[left.at(i, t)] = point[left.at(i, s)];
    }
    for j in 0..right.columns {
        tangent[right.at(s, j)] = -point[right.at(t, j)];
    }
    tangent
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analytic::TwoLayerLinear;
    use crate::analytic::baldi_hornik::Strata;
    use crate::critical::inertia::Inertia;
    use crate::critical::{krawczyk, section};
    use crate::objective::Objective;
    use nalgebra::{DMatrix, dmatrix};
    use proptest::prelude::*;

    fn data() -> (DMatrix<f64>, DMatrix<f64>) {
        let x = dmatrix![2.0, -1.0, 0.0, 3.0, 1.0, -2.0; 0.0, 1.0, 4.0, -1.0, 2.0, 1.0; 1.0, 0.0, -1.0, 2.0, -3.0, 2.0];
        let y = dmatrix![1.0, 0.0, 2.0, -1.0, 3.0, 1.0; 2.0, -3.0, 1.0, 0.0, 1.0, -1.0; 0.0, 1.0, 1.0, 4.0, -2.0, 2.0];
        (x, y)
    }

    proptest! {
        /// The gradient is orthogonal to every tangent, at any point and depth.
        #[test]
        fn the_gradient_is_orthogonal_to_the_orbits(
            widths in prop::collection::vec(1usize..4, 1..4),
            entries in prop::collection::vec(-1.5f64..1.5, 64),
        ) {
            let (x, y) = data();
            let network = DeepLinear::new(x, y, &widths).unwrap();
            let point = &entries[..network.dimension()];
            let (gradient, tangents) = (network.gradient(point).unwrap(), network.orbit_tangents_over(point));
            prop_assert_eq!(tangents.len(), widths.iter().map(|p| p * p).sum::<usize>());
            for tangent in tangents {
                let along: f64 = gradient.iter().zip(&tangent).map(|(g, t)| g * t).sum();
                prop_assert!(along.abs() < 1e-11 * gradient.norm());
            }
        }
    }

    /// Baldi and Hornik's inertia, proved for every stratum: the zeros are the symmetry's.
    #[test]
    fn every_stratum_is_certified() {
        let (x, y) = data();
        let network = TwoLayerLinear::new(x, y, 2).unwrap();
        let strata = Strata::of(&network).unwrap();
        for set in strata.all() {
            let point = strata.even(&set).unwrap();
            let found = section::certify_near(&network, &point).unwrap();
            assert_eq!(found.inertia(), strata.inertia(&set).unwrap(), "{set:?}");
            found.verify(&network).unwrap();
            // Without the section only the origin, which the symmetry fixes.
            assert_eq!(krawczyk::certify_near(&network, &point).is_ok(), set.is_empty());
        }
    }

    /// Lifted to more matrices: `(D − 1)p²` zeros at the minimum, all of them the symmetry's.
    #[test]
    fn minima_of_deep_networks_are_certified() {
        let (x, y) = data();
        let shallow = TwoLayerLinear::new(x.clone(), y.clone(), 2).unwrap();
        let strata = Strata::of(&shallow).unwrap();
        let middle = [dmatrix![1.0, 0.5; -0.3, 1.2], dmatrix![0.8, 0.1; 0.4, -1.1]];
        for count in 0..=2 {
            let network = DeepLinear::new(x.clone(), y.clone(), &vec![2; count + 1]).unwrap();
            let point =
                strata.lifted(&[0, 1], &DMatrix::identity(2, 2), &DMatrix::zeros(0, 2), &middle[..count]);
            let found = section::certify_near(&network, &point.unwrap()).unwrap();
            let zero = 4 * (count + 1);
            assert_eq!(found.inertia(), Inertia { negative: 0, zero, positive: network.dimension() - zero });
            found.verify(&network).unwrap();
        }
    }

    /// Teeth: a certificate of one network is none of another, and where the Hessian vanishes there is none.
    #[test]
    fn other_data_and_degenerate_saddles_are_refused() {
        let (x, y) = data();
        let network = TwoLayerLinear::new(x.clone(), y.clone(), 2).unwrap();
        let minimum = Strata::of(&network).unwrap().even(&[0, 1]).unwrap();
        let found = section::certify_near(&network, &minimum).unwrap();
        let other = TwoLayerLinear::new(x.clone(), &y * 1.01, 2).unwrap();
        assert!(found.verify(&other).is_err());
        let deep = DeepLinear::new(x, y, &[2, 2]).unwrap();
        assert!(section::certify_near(&deep, &vec![0.0; deep.dimension()]).is_err());
    }
}
