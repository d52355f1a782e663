//! Every critical point of the two-layer linear network, with its loss and the inertia of its Hessian.

mod hypothesis;

use nalgebra::{DMatrix, DVector};

use super::TwoLayerLinear;
use crate::critical::inertia::Inertia;
use saddlepoint_rigor::decomposition::eigen;

pub use hypothesis::HypothesisError;
use hypothesis::check;

/// The strata of critical points of [`TwoLayerLinear`], one for each set `J` of at most `p` principal directions.
///
/// # Formula
/// With $W = \Sigma_{YX}\Sigma_{XX}^{-1}$ and $\Sigma = W\Sigma_{XY} = U\Lambda U^\top$, eigenvalues decreasing,
/// $(A, B)$ is critical exactly if for some $J$ of $r \le p$ elements, some invertible $C$ and some
/// $M \in \mathbb{R}^{(p-r)\times m}$ with $(I - U_JU_J^\top)\Sigma_{YX}M^\top = 0$
/// $$A = [\,U_J\ \ 0\,]\,C,\qquad B = C^{-1}\begin{bmatrix}U_J^\top W\\ M\end{bmatrix},
/// \qquad f = \operatorname{tr}\Sigma_{YY} - \sum_{j\in J}\lambda_j .$$
/// $M = KU_J^\top W$ satisfies the condition for every $K$; where $d = m$ and all eigenvalues are positive, nothing
/// else does.
///
/// # Reference
/// Baldi and Hornik (1989), Facts 3 and 4. Their free rows are arbitrary as printed in some lecture notes; the
/// condition on $M$ is what makes the printed form critical.
///
/// # Example
/// ```
/// use nalgebra::{DMatrix, dmatrix};
/// use saddlepoint_landscape::analytic::{TwoLayerLinear, baldi_hornik::Strata};
/// use saddlepoint_landscape::objective::Objective;
///
/// let network = TwoLayerLinear::new(DMatrix::identity(2, 2), dmatrix![3.0, 0.0; 0.0, 1.0], 1)?;
/// let strata = Strata::of(&network)?;
/// let saddle = strata.critical_point(&[1], &DMatrix::identity(1, 1), &DMatrix::zeros(0, 1))?;
/// assert!(network.gradient(&saddle)?.norm() < 1e-14);
/// assert_eq!(strata.inertia(&[1])?.negative, 1);
/// assert_eq!(strata.loss(&[1])?, 9.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Strata<'a> {
    network: &'a TwoLayerLinear,
    regression: DMatrix<f64>,
    eigenvalues: DVector<f64>,
    eigenvectors: DMatrix<f64>,
}

/// Smallest distance between eigenvalues of Σ, and from zero, that counts as a distance; relative to the largest.
const DISTINCT: f64 = 1e-12;

impl<'a> Strata<'a> {
    /// The strata of a network whose data meet the hypotheses of Baldi and Hornik.
    ///
    /// # Errors
    /// When `p > d`, when `XXᵀ` is singular, when `Σ` has an eigenvalue that is zero or not simple, or when
    /// they are not found.
    pub fn of(network: &'a TwoLayerLinear) -> Result<Self, HypothesisError> {
        let (outputs, width) = (network.targets().nrows(), network.width());
        if width > outputs {
            return Err(HypothesisError::TooWide { width, outputs });
        }
        let inverse = network.gram().clone().cholesky().ok_or(HypothesisError::SingularInputs)?;
        // Σ_XX is symmetric, so W = (Σ_XX⁻¹ Σ_XY)ᵀ.
        let regression = inverse.solve(&network.cross().transpose()).transpose();
        let sigma = &regression * network.cross().transpose();
        let spectrum = eigen((&sigma + sigma.transpose()) * 0.5)?;
        let mut order: Vec<usize> = (0..outputs).collect();
        order.sort_by(|&i, &j| spectrum.eigenvalues[j].total_cmp(&spectrum.eigenvalues[i]));
        let eigenvalues = DVector::from_iterator(outputs, order.iter().map(|&i| spectrum.eigenvalues[i]));
        let eigenvectors = spectrum.eigenvectors.select_columns(&order);
        let below = (0..outputs).map(|i| eigenvalues.get(i + 1).copied().unwrap_or(0.0));
        let distance =
            eigenvalues.iter().zip(below).map(|(value, next)| value - next).fold(f64::INFINITY, f64::min);
        // Also refuses NaN, which a nearly singular Gram matrix can produce.
        if distance > DISTINCT * eigenvalues[0] {
            Ok(Self { network, regression, eigenvalues, eigenvectors })
        } else {
            Err(HypothesisError::NotDistinct { distance })
        }
    }

    /// Number of hidden units, `p`.
    pub(super) fn width(&self) -> usize {
        self.network.width()
    }

    /// `W = Σ_YX Σ_XX⁻¹`, the least-squares regression of the targets on the inputs.
    pub fn regression(&self) -> &DMatrix<f64> {
        &self.regression
    }

    /// Eigenvalues of `Σ`, decreasing.
    pub fn eigenvalues(&self) -> &DVector<f64> {
        &self.eigenvalues
    }

    /// The smallest distance between two eigenvalues of `Σ`, or between the smallest and zero.
    pub fn smallest_gap(&self) -> f64 {
        let values = self.eigenvalues.as_slice();
        values
            .windows(2)
            .map(|pair| pair[0] - pair[1])
            .chain(values.last().copied())
            .fold(f64::INFINITY, f64::min)
    }

    /// Every set of at most `p` directions, numbered from 0 in order of decreasing eigenvalue.
    pub fn all(&self) -> Vec<Vec<usize>> {
        let d = self.eigenvalues.len();
        let mut sets: Vec<Vec<usize>> = (0..1usize << d)
            .map(|mask| (0..d).filter(|j| mask >> j & 1 == 1).collect::<Vec<_>>())
            .filter(|set| set.len() <= self.network.width())
            .collect();
        sets.sort_by(|a, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
        sets
    }

    /// The critical point of `(J, C, K)`, that is, of free rows `M = K U_Jᵀ W`.
    ///
    /// # Errors
    /// When `J` is no set of at most `p` directions, `C` is not `p × p` and invertible, or `K` is not `(p − r) × r`.
    pub fn critical_point(
        &self,
        directions: &[usize],
        c: &DMatrix<f64>,
        k: &DMatrix<f64>,
    ) -> Result<Vec<f64>, HypothesisError> {
        let u = self.directions(directions)?;
        check("K", k, self.network.width() - directions.len(), directions.len())?;
        self.with_free_rows(directions, c, &(k * u.transpose() * &self.regression))
    }

    /// The point of `(J, C, M)` with any free rows `M`, critical only if [`defect`](Self::defect) vanishes.
    ///
    /// # Errors
    /// When `J` is no set of at most `p` directions, `C` is not `p × p` and invertible, or `M` is not `(p − r) × m`.
    pub fn with_free_rows(
        &self,
        directions: &[usize],
        c: &DMatrix<f64>,
        m: &DMatrix<f64>,
    ) -> Result<Vec<f64>, HypothesisError> {
        let u = self.directions(directions)?;
        let (d, p, r) = (self.eigenvalues.len(), self.network.width(), directions.len());
        let inputs = self.network.inputs().nrows();
        check("C", c, p, p)?;
        check("M", m, p - r, inputs)?;
        let mut left = DMatrix::zeros(d, p);
        left.columns_mut(0, r).copy_from(&u);
        let mut right = DMatrix::zeros(p, inputs);
        right.rows_mut(0, r).copy_from(&(u.transpose() * &self.regression));
        right.rows_mut(r, p - r).copy_from(m);
        let b = c.clone().lu().solve(&right).ok_or(HypothesisError::SingularC)?;
        Ok((left * c).as_slice().iter().chain(b.as_slice()).copied().collect())
    }

    /// How far free rows `M` are from making a critical point: `‖(I − U_J U_Jᵀ) Σ_YX Mᵀ‖_F`.
    ///
    /// # Errors
    /// When `J` is no set of at most `p` directions, or `M` is not `(p − r) × m`.
    pub fn defect(&self, directions: &[usize], m: &DMatrix<f64>) -> Result<f64, HypothesisError> {
        let u = self.directions(directions)?;
        check("M", m, self.network.width() - directions.len(), self.network.inputs().nrows())?;
        let image = self.network.cross() * m.transpose();
        Ok((&image - &u * u.tr_mul(&image)).norm())
    }

    /// How far the product `AB` at a point is from `P_J W`, which it is at critical points: relative, in Frobenius norm.
    ///
    /// # Errors
    /// When `J` is no set of at most `p` directions, or the point has the wrong number of entries.
    pub fn distance_from_projection(
        &self,
        directions: &[usize],
        point: &[f64],
    ) -> Result<f64, HypothesisError> {
        let u = self.directions(directions)?;
        let (d, p, m) = (self.eigenvalues.len(), self.network.width(), self.network.inputs().nrows());
        if point.len() != p * (d + m) {
            let found = (point.len(), 1);
            return Err(HypothesisError::Shape { what: "the point", rows: p * (d + m), columns: 1, found });
        }
        let (a, b) = point.split_at(d * p);
        let product = DMatrix::from_column_slice(d, p, a) * DMatrix::from_column_slice(p, m, b);
        let projection = &u * u.tr_mul(&self.regression);
        Ok((product - projection).norm() / self.regression.norm())
    }

    /// The loss on the stratum, `tr Σ_YY − Σ_{j∈J} λ_j`.
    ///
    /// # Errors
    /// When `J` is no set of at most `p` directions.
    pub fn loss(&self, directions: &[usize]) -> Result<f64, HypothesisError> {
        self.check_directions(directions)?;
        Ok(self.network.targets().norm_squared() - directions.iter().map(|&j| self.eigenvalues[j]).sum::<f64>())
    }

    /// The inertia of the Hessian on the stratum.
    ///
    /// # Formula
    /// With $\operatorname{inv}(J) = \#\{(i, j): i\notin J, j\in J, i<j\}$ and $m \ge d$ inputs, the Hessian has
    /// $\operatorname{inv}(J) + (p-r)(d-r)$ negative and $r(2p - r) + (p-r)(m-d)$ zero eigenvalues of $p(d+m)$. Only
    /// $J = \{1..p\}$ has no negative one: every other critical point is a strict saddle.
    ///
    /// In whitened coordinates, with $C$ and $K$ transformed away, the Hessian splits into blocks of one and two variables:
    /// $\bigl(\begin{smallmatrix}2s_j^2&-2s_i\\-2s_i&2\end{smallmatrix}\bigr)$ for $i\notin J$, $j\in J$ and
    /// $\bigl(\begin{smallmatrix}2\lVert m\rVert^2&-2s_i\\-2s_i&0\end{smallmatrix}\bigr)$ for $i\notin J$ and each dead unit
    /// with free row $m$, whose signs do not depend on $m$.
    ///
    /// # Errors
    /// When `J` is no set of at most `p` directions.
    pub fn inertia(&self, directions: &[usize]) -> Result<Inertia, HypothesisError> {
        self.check_directions(directions)?;
        let (d, p, r) = (self.eigenvalues.len(), self.network.width(), directions.len());
        // The eigenvalues of Σ are positive, so there are at least as many inputs as outputs.
        let inputs = self.network.inputs().nrows();
        let inversions: usize =
            directions.iter().map(|&j| (0..j).filter(|i| !directions.contains(i)).count()).sum();
        let negative = inversions + (p - r) * (d - r);
        let zero = r * (2 * p - r) + (p - r) * (inputs - d);
        Ok(Inertia { negative, zero, positive: p * (d + inputs) - negative - zero })
    }

    /// The Hessian's eigenvalues, increasing, at the balanced point of the stratum for whitened inputs.
    ///
    /// # Formula
    /// For $XX^\top = I$ and [`balanced`](Self::balanced), with $s_i = \sqrt{\lambda_i}$: $2(s_j \pm s_i)$ for
    /// $i\notin J$, $j\in J$; $2(s_j + s_{j'})$ and $0$ for $(j, j')\in J^2$; $\pm 2s_i$ for $i\notin J$ and each of the
    /// $p - r$ dead units; $0$ twice for $j\in J$ and each dead unit; and for each of the $m - d$ further inputs $2s_j$
    /// for $j\in J$ and $0$ for each dead unit.
    ///
    /// # Errors
    /// When `J` is no set of at most `p` directions, or when the inputs are not whitened to 1e-12.
    pub fn whitened_spectrum(&self, directions: &[usize]) -> Result<Vec<f64>, HypothesisError> {
        self.check_whitened(directions)?;
        let s = self.eigenvalues.map(f64::sqrt);
        let dead = self.network.width() - directions.len();
        let further = self.network.inputs().nrows() - s.len();
        let outside: Vec<usize> = (0..s.len()).filter(|i| !directions.contains(i)).collect();
        let mut spectrum = vec![0.0; dead * further];
        for &j in directions {
            spectrum.extend(outside.iter().flat_map(|&i| [2.0 * (s[j] + s[i]), 2.0 * (s[j] - s[i])]));
            spectrum.extend(directions.iter().flat_map(|&k| [2.0 * (s[j] + s[k]), 0.0]));
            spectrum.extend(std::iter::repeat_n(0.0, 2 * dead));
            spectrum.extend(std::iter::repeat_n(2.0 * s[j], further));
        }
        for _ in 0..dead {
            spectrum.extend(outside.iter().flat_map(|&i| [2.0 * s[i], -2.0 * s[i]]));
        }
        spectrum.sort_by(f64::total_cmp);
        Ok(spectrum)
    }

    /// The balanced critical point of the stratum, `A = U_J S_J^{1/2}` and `B = S_J^{1/2} V_Jᵀ`, padded with dead units.
    ///
    /// # Errors
    /// As for [`whitened_spectrum`](Self::whitened_spectrum).
    pub fn balanced(&self, directions: &[usize]) -> Result<Vec<f64>, HypothesisError> {
        self.check_whitened(directions)?;
        self.even(directions)
    }

    /// The critical point of the stratum whose units have equally long incoming and outgoing weights, with dead units of
    /// weight zero. For whitened inputs it is the [`balanced`](Self::balanced) one.
    ///
    /// # Errors
    /// When `J` is no set of at most `p` directions.
    pub fn even(&self, directions: &[usize]) -> Result<Vec<f64>, HypothesisError> {
        let u = self.directions(directions)?;
        let (p, r) = (self.network.width(), directions.len());
        let mut c = DMatrix::identity(p, p);
        for (unit, row) in (u.transpose() * &self.regression).row_iter().enumerate() {
            c[(unit, unit)] = row.norm().sqrt();
        }
        self.critical_point(directions, &c, &DMatrix::zeros(p - r, r))
    }

    fn check_directions(&self, directions: &[usize]) -> Result<(), HypothesisError> {
        let (outputs, width) = (self.eigenvalues.len(), self.network.width());
        let increasing = directions.windows(2).all(|pair| pair[0] < pair[1]);
        if increasing && directions.len() <= width && directions.last().is_none_or(|&j| j < outputs) {
            Ok(())
        } else {
            Err(HypothesisError::Directions { directions: directions.to_vec(), outputs, width })
        }
    }

    fn directions(&self, directions: &[usize]) -> Result<DMatrix<f64>, HypothesisError> {
        self.check_directions(directions)?;
        Ok(self.eigenvectors.select_columns(directions))
    }

    fn check_whitened(&self, directions: &[usize]) -> Result<(), HypothesisError> {
        self.check_directions(directions)?;
        let m = self.network.gram().nrows();
        let deviation = (self.network.gram() - DMatrix::identity(m, m)).amax();
        if deviation <= 1e-12 { Ok(()) } else { Err(HypothesisError::NotWhitened { deviation }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objective::Objective;
    use nalgebra::dmatrix;

    fn whitened() -> TwoLayerLinear {
        let targets = DMatrix::from_diagonal(&DVector::from_row_slice(&[3.0, 2.0, 1.5, 0.5]));
        TwoLayerLinear::new(DMatrix::identity(4, 4), targets, 2).unwrap()
    }

    #[test]
    fn the_catalogues_whitened_spectrum() {
        let network = whitened();
        let strata = Strata::of(&network).unwrap();
        let expected = [-1.0, 0.0, 0.0, 0.0, 0.0, 2.0, 2.0, 4.0, 5.0, 6.0, 7.0, 7.0, 9.0, 9.0, 10.0, 12.0];
        for (value, expected) in strata.whitened_spectrum(&[0, 2]).unwrap().iter().zip(expected) {
            assert!((value - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn the_whitened_spectrum_is_that_of_the_hessian() {
        let network = whitened();
        let strata = Strata::of(&network).unwrap();
        assert_eq!(strata.all().len(), 11);
        for set in strata.all() {
            let hessian = network.hessian(&strata.balanced(&set).unwrap()).unwrap();
            let (inertia, eigenvalues) = Inertia::of_symmetric(&hessian, 1e-9).unwrap();
            assert_eq!(inertia, strata.inertia(&set).unwrap());
            for (value, expected) in eigenvalues.iter().zip(strata.whitened_spectrum(&set).unwrap()) {
                assert!((value - expected).abs() < 1e-12, "{set:?}: {value} and {expected}");
            }
        }
    }

    /// Further inputs add `r(m − d)` positive and `(p − r)(m − d)` zero eigenvalues and change nothing else.
    #[test]
    fn more_inputs_than_outputs() {
        let square = DMatrix::from_diagonal(&DVector::from_row_slice(&[3.0, 2.0, 1.5]));
        let targets = square.resize_horizontally(5, 0.0);
        let network = TwoLayerLinear::new(DMatrix::identity(5, 5), targets, 2).unwrap();
        let strata = Strata::of(&network).unwrap();
        for set in strata.all() {
            let hessian = network.hessian(&strata.balanced(&set).unwrap()).unwrap();
            let (inertia, eigenvalues) = Inertia::of_symmetric(&hessian, 1e-9).unwrap();
            assert_eq!(inertia, strata.inertia(&set).unwrap(), "{set:?}");
            for (value, expected) in eigenvalues.iter().zip(strata.whitened_spectrum(&set).unwrap()) {
                assert!((value - expected).abs() < 1e-12, "{set:?}: {value} and {expected}");
            }
        }
    }

    #[test]
    fn failed_hypotheses_are_named() {
        let network = |x, y, p| TwoLayerLinear::new(x, y, p).unwrap();
        let eye = DMatrix::identity(2, 2);
        let wide = network(eye.clone(), eye.clone(), 3);
        assert_eq!(Strata::of(&wide).unwrap_err(), HypothesisError::TooWide { width: 3, outputs: 2 });
        let flat = network(dmatrix![1.0, 2.0; 2.0, 4.0], eye.clone(), 1);
        assert!(Strata::of(&flat).is_err());
        let double = network(eye.clone(), eye.clone(), 1);
        assert!(matches!(Strata::of(&double), Err(HypothesisError::NotDistinct { .. })));
        let network = whitened();
        let strata = Strata::of(&network).unwrap();
        for set in [vec![0, 0], vec![1, 0], vec![4], vec![0, 1, 2]] {
            assert!(matches!(strata.loss(&set), Err(HypothesisError::Directions { .. })));
        }
        let singular = strata.critical_point(&[0, 1], &DMatrix::zeros(2, 2), &DMatrix::zeros(0, 2));
        assert_eq!(singular.unwrap_err(), HypothesisError::SingularC);
        let nan = strata.critical_point(&[0, 1], &DMatrix::repeat(2, 2, f64::NAN), &DMatrix::zeros(0, 2));
        assert_eq!(nan.unwrap_err(), HypothesisError::NotFinite { what: "C" });
    }
}
