//! Critical points of deep linear networks: those of two layers, lifted, and saddles without negative curvature.

use nalgebra::DMatrix;

use super::baldi_hornik::{HypothesisError, Strata};
use super::{ConstructionError, DeepLinear};
use crate::critical::inertia::Inertia;
use saddlepoint_rigor::decomposition::{Svd, singular_values, svd};

impl Strata<'_> {
    /// A critical point of the deep network with the same data and all hidden layers of width `p`, from that of
    /// `(J, C, K)` and invertible `W_{D−1}, …, W_2`, given in this order.
    ///
    /// # Formula
    /// $W_D = A\,(W_{D-1}\cdots W_2)^{-1}$, $W_1 = B$: the product stays $AB$, and each gradient has the factor
    /// $A^\top E$ or $EB^\top$ that vanishes for two layers.
    ///
    /// # Errors
    /// When `J`, `C` or `K` is none (see [`critical_point`](Self::critical_point)), or a middle matrix is not `p × p`
    /// or not invertible.
    pub fn lifted(
        &self,
        directions: &[usize],
        c: &DMatrix<f64>,
        k: &DMatrix<f64>,
        middle: &[DMatrix<f64>],
    ) -> Result<Vec<f64>, HypothesisError> {
        let shallow = self.critical_point(directions, c, k)?;
        let (d, p) = (self.eigenvalues().len(), c.nrows());
        let (a, b) = shallow.split_at(d * p);
        let mut product = DMatrix::identity(p, p);
        for factor in middle {
            if factor.shape() != (p, p) {
                let found = factor.shape();
                return Err(HypothesisError::Shape { what: "a middle matrix", rows: p, columns: p, found });
            }
            product *= factor;
        }
        let inverse = product.try_inverse().filter(|inverse| inverse.iter().all(|entry| entry.is_finite()));
        let last = DMatrix::from_column_slice(d, p, a) * inverse.ok_or(HypothesisError::SingularMiddle)?;
        let middle = middle.iter().flat_map(DMatrix::as_slice);
        Ok(last.as_slice().iter().chain(middle).chain(b).copied().collect())
    }

    /// The inertia of the Hessian at the [`lifted`](Self::lifted) points of a stratum in a network of `depth` matrices.
    ///
    /// # Formula
    /// Near such a point the loss depends on $W_D\cdots W_2$ and $W_1$ alone, and these together with the invertible
    /// $W_{D-1}, \dots, W_2$ are coordinates: the inertia of two layers, and $(D-2)p^2$ more zeros.
    ///
    /// # Errors
    /// When `J` is no set of at most `p` directions, or the depth is below 2.
    pub fn lifted_inertia(&self, directions: &[usize], depth: usize) -> Result<Inertia, HypothesisError> {
        let Inertia { negative, zero, positive } = self.inertia(directions)?;
        let middle = depth.checked_sub(2).ok_or(HypothesisError::Shallow { depth })?;
        let width = self.width();
        Ok(Inertia { negative, zero: zero + middle * width * width, positive })
    }
}

/// The critical points of a deep linear network at which the first and the last matrix vanish.
///
/// # Formula
/// For $W_1 = 0$, $W_D = 0$ and $R = W_{D-1}\cdots W_2$ ($R = I$ for $D = 2$) the second-order term of the loss along
/// $V$ is $-2\langle\Sigma_{YX}, V_DRV_1\rangle$. So the Hessian's eigenvalues are
/// $$\pm 2\,s_i(R)\,\sigma_k(\Sigma_{YX})$$
/// and zeros: $\operatorname{rank}R\cdot\operatorname{rank}\Sigma_{YX}$ of them are negative. Where $R = 0$ there is no
/// negative one, and yet the point is a saddle.
///
/// # Reference
/// Kawaguchi, *Deep learning without poor local minima* (2016), Theorem 2.3 (iii) and (iv).
///
/// # Example
/// ```
/// use nalgebra::{DMatrix, dmatrix};
/// use saddlepoint_landscape::analytic::{DeepLinear, kawaguchi::VanishingEnds};
///
/// let network = DeepLinear::new(DMatrix::identity(2, 2), dmatrix![3.0, 0.0; 0.0, 1.0], &[1, 1])?;
/// let strict = VanishingEnds::new(&network, &[dmatrix![0.5]])?;
/// assert_eq!(strict.spectrum(), [-3.0, -1.0, 0.0, 1.0, 3.0]);
/// let degenerate = VanishingEnds::new(&network, &[dmatrix![0.0]])?;
/// assert_eq!(degenerate.spectrum(), [0.0; 5]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct VanishingEnds {
    point: Vec<f64>,
    /// Singular values of `R` and of `Σ_YX`.
    middle: Vec<f64>,
    cross: Vec<f64>,
}

impl VanishingEnds {
    /// The point with these `W_{D−1}, …, W_2`, given in this order.
    ///
    /// # Errors
    /// When the depth is below 2, when there are not `D − 2` matrices, when one has the wrong shape, an entry is not
    /// finite, or singular values are not found.
    pub fn new(network: &DeepLinear, middle: &[DMatrix<f64>]) -> Result<Self, ConstructionError> {
        let shapes: Vec<(usize, usize)> = network.shapes().collect();
        let [first, .., last] = shapes[..] else {
            return Err(ConstructionError::Shape { what: "matrices", expected: 2, found: shapes.len() });
        };
        let zero = |(rows, columns)| DMatrix::zeros(rows, columns);
        let factors: Vec<DMatrix<f64>> =
            [zero(first)].into_iter().chain(middle.iter().cloned()).chain([zero(last)]).collect();
        let point = network.point(&factors)?;
        super::all_finite("a middle matrix", &point)?;
        let product =
            middle.iter().fold(DMatrix::identity(first.1, first.1), |product, factor| product * factor);
        let singular = |matrix| singular_values(matrix).map(|values| values.as_slice().to_vec());
        Ok(Self { point, middle: singular(product)?, cross: singular(network.cross().clone())? })
    }

    /// The point.
    pub fn point(&self) -> &[f64] {
        &self.point
    }

    /// The Hessian's eigenvalues, increasing.
    pub fn spectrum(&self) -> Vec<f64> {
        let products = self.middle.iter().flat_map(|s| self.cross.iter().map(move |sigma| 2.0 * s * sigma));
        let mut spectrum: Vec<f64> = products.flat_map(|value| [value, -value]).collect();
        spectrum.resize(self.point.len(), 0.0);
        spectrum.sort_by(f64::total_cmp);
        spectrum
    }
}

/// A straight way down from the origin, where for three matrices and more all second derivatives vanish.
///
/// # Formula
/// With $\Sigma_{YX}v = \sigma_1u$ for the largest singular value, $V_D = ue_1^\top$, $V_l = e_1e_1^\top$ and
/// $V_1 = e_1v^\top$,
/// $$f(tV) = \operatorname{tr}\Sigma_{YY} - 2\sigma_1t^D + (v^\top\Sigma_{XX}v)\,t^{2D}.$$
/// With the sign of $V_1$ reversed the loss rises first: the origin is a saddle of order $D$.
#[derive(Debug, Clone, PartialEq)]
pub struct OriginEscape {
    direction: Vec<f64>,
    depth: i32,
    linear: f64,
    quadratic: f64,
}

impl OriginEscape {
    /// The way down of a network.
    ///
    /// # Errors
    /// When `Σ_YX` vanishes, so that there is none, or when its singular values are not found.
    pub fn of(network: &DeepLinear) -> Result<Self, ConstructionError> {
        let Svd { u, singular_values, v_t } = svd(network.cross().clone())?;
        let largest = singular_values.imax();
        let sigma = singular_values[largest];
        super::positive("the largest singular value of YXᵀ", sigma)?;
        let (u, v) = (u.column(largest), v_t.row(largest));
        let count = network.depth();
        let mut direction = Vec::new();
        for (position, (rows, columns)) in network.shapes().enumerate() {
            let left = |i: usize| if position == 0 { u[i] } else { f64::from(u8::from(i == 0)) };
            let right = |j: usize| if position + 1 == count { v[j] } else { f64::from(u8::from(j == 0)) };
            direction.extend((0..columns).flat_map(|j| (0..rows).map(move |i| left(i) * right(j))));
        }
        let quadratic = (v * network.gram() * v.transpose())[(0, 0)];
        Ok(Self { direction, depth: count as i32, linear: 2.0 * sigma, quadratic })
    }

    /// The point `tV`.
    pub fn point(&self, t: f64) -> Vec<f64> {
        self.direction.iter().map(|entry| t * entry).collect()
    }

    /// `f(0) − f(tV)`.
    pub fn gain(&self, t: f64) -> f64 {
        let power = t.powi(self.depth);
        power * (self.linear - self.quadratic * power)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analytic::TwoLayerLinear;
    use crate::objective::Objective;
    use nalgebra::dmatrix;

    fn data() -> (DMatrix<f64>, DMatrix<f64>) {
        let x = dmatrix![2.0, -1.0, 0.0, 3.0, 1.0, -2.0; 0.0, 1.0, 4.0, -1.0, 2.0, 1.0; 1.0, 0.0, -1.0, 2.0, -3.0, 2.0];
        let y = dmatrix![1.0, 0.0, 2.0, -1.0, 3.0, 1.0; 2.0, -3.0, 1.0, 0.0, 1.0, -1.0; 0.0, 1.0, 1.0, 4.0, -2.0, 2.0];
        (x, y)
    }

    #[test]
    fn lifted_points_are_critical_with_the_predicted_inertia() {
        let (x, y) = data();
        let shallow = TwoLayerLinear::new(x.clone(), y.clone(), 2).unwrap();
        let strata = Strata::of(&shallow).unwrap();
        let middle = [dmatrix![1.0, 0.5; -0.3, 1.2], dmatrix![0.8, 0.1; 0.4, -1.1]];
        for count in 0..=2 {
            let network = DeepLinear::new(x.clone(), y.clone(), &vec![2; count + 1]).unwrap();
            for set in strata.all() {
                let (c, k) = (dmatrix![1.0, 0.2; 0.1, 0.9], DMatrix::repeat(2 - set.len(), set.len(), 0.3));
                let point = strata.lifted(&set, &c, &k, &middle[..count]).unwrap();
                assert!(network.gradient(&point).unwrap().norm() < 1e-11, "{set:?}");
                let (inertia, _) = Inertia::of_symmetric(&network.hessian(&point).unwrap(), 1e-9).unwrap();
                assert_eq!(inertia, strata.lifted_inertia(&set, count + 2).unwrap(), "{set:?}");
            }
        }
    }

    #[test]
    fn the_spectrum_with_vanishing_ends_is_that_of_the_hessian() {
        let (x, y) = data();
        for (middle, negative) in [
            (vec![dmatrix![1.0, 0.0; 0.0, 1.0]], 6),
            (vec![dmatrix![1.0, 0.0; 0.0, 0.0]], 3),
            (vec![DMatrix::zeros(2, 2)], 0),
            (vec![dmatrix![1.0, 0.5; -0.3, 1.2], dmatrix![0.8, 0.1; 0.4, -1.1]], 6),
            (vec![], 6),
        ] {
            let network = DeepLinear::new(x.clone(), y.clone(), &vec![2; middle.len() + 1]).unwrap();
            let saddle = VanishingEnds::new(&network, &middle).unwrap();
            assert_eq!(network.gradient(saddle.point()).unwrap().amax(), 0.0);
            let hessian = network.hessian(saddle.point()).unwrap();
            let (inertia, eigenvalues) = Inertia::of_symmetric(&hessian, 1e-12).unwrap();
            assert_eq!(inertia.negative, negative);
            for (value, expected) in eigenvalues.iter().zip(saddle.spectrum()) {
                assert!((value - expected).abs() < 1e-12, "{value} and {expected}");
            }
        }
    }

    #[test]
    fn the_way_down_from_the_origin_has_the_predicted_losses() {
        let (x, y) = data();
        for widths in [&[2][..], &[2, 3], &[1, 2, 2]] {
            let network = DeepLinear::new(x.clone(), y.clone(), widths).unwrap();
            let escape = OriginEscape::of(&network).unwrap();
            let top = network.value(&vec![0.0; network.dimension()]).unwrap();
            for t in [-0.5, 0.1, 0.7] {
                let loss = network.value(&escape.point(t)).unwrap();
                assert!((top - loss - escape.gain(t)).abs() < 1e-12 * top);
            }
            assert!(escape.gain(0.1) > 0.0);
        }
        let flat = DeepLinear::new(dmatrix![1.0, 0.0], dmatrix![0.0, 1.0], &[1]).unwrap();
        assert!(OriginEscape::of(&flat).is_err());
    }

    #[test]
    fn bad_middles_are_refused() {
        let (x, y) = data();
        let shallow = TwoLayerLinear::new(x.clone(), y.clone(), 2).unwrap();
        let strata = Strata::of(&shallow).unwrap();
        let (c, k) = (DMatrix::identity(2, 2), DMatrix::zeros(0, 2));
        let lifted = |middle: DMatrix<f64>| strata.lifted(&[0, 1], &c, &k, &[middle]);
        assert_eq!(lifted(DMatrix::zeros(2, 2)), Err(HypothesisError::SingularMiddle));
        assert!(matches!(lifted(DMatrix::zeros(1, 2)), Err(HypothesisError::Shape { .. })));
        assert!(lifted(DMatrix::repeat(2, 2, f64::NAN)).is_err());
        assert_eq!(strata.lifted_inertia(&[0], 1), Err(HypothesisError::Shallow { depth: 1 }));
        let network = DeepLinear::new(x.clone(), y.clone(), &[2, 2]).unwrap();
        assert!(VanishingEnds::new(&network, &[]).is_err());
        assert!(VanishingEnds::new(&network, &[dmatrix![1.0]]).is_err());
        assert!(VanishingEnds::new(&network, &[DMatrix::repeat(2, 2, f64::INFINITY)]).is_err());
        assert!(VanishingEnds::new(&DeepLinear::new(x, y, &[]).unwrap(), &[]).is_err());
    }
}
