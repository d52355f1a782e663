//! Critical points that a symmetry moves about: certified on a section that fixes the gauge.

use nalgebra::{DMatrix, DVector};
use saddlepoint_rigor::{Interval, Rounding, Up};
use serde::{Deserialize, Serialize};

use super::inertia::Inertia;
use super::krawczyk::{self, Refusal, identity_minus, magnitude, product};
use super::newton;
use crate::chart::{Chart, whitening};
use crate::formula::Formula;
use crate::scalar::Scalar;
use saddlepoint_rigor::decomposition::{DecompositionError, eigen};

/// A function that does not change along the orbits of a continuous symmetry.
pub trait Symmetric: Formula {
    /// Vector fields tangent to the orbits: at every point the gradient is orthogonal to each of them. One vector a
    /// generator of the symmetry, each with as many entries as there are variables.
    fn orbit_tangents_over<S: Scalar>(&self, point: &[S]) -> Vec<Vec<S>>;
}

/// The proof that one orbit of critical points crosses a section in a box, exactly once there, and of its inertia.
///
/// # Formula
/// The symmetry makes the Hessian singular along the orbit, so Krawczyk's test cannot succeed on all parameters. It does on a
/// section `w₀ + B v` with `n − m` coordinates, for some `m` of the tangents, `T(w)`. At the zero of `Bᵀ∇f` that it proves,
/// `Tᵀ∇f = 0` by the symmetry; if the square matrix `M = [B  T(w)]` is regular for every `w` in the box, `∇f = 0` follows. At a critical point `∇²f T = 0`, so the inertia of the full Hessian is that on the section and `m` zeros.
/// `M` is regular where `‖I − R M‖_∞ < 1` for some matrix `R`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Certificate {
    /// The critical point on the section.
    pub section: krawczyk::Certificate,
    /// The tangents in `T`, by their numbers: where the orbit is smaller than the symmetry, not all of them.
    pub tangents: Vec<usize>,
    /// `R`, row by row: near the inverse of `M`.
    pub transversal: Vec<f64>,
}

impl Certificate {
    /// Proves the certificate anew, from nothing but its data and the objective.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub fn verify(&self, objective: &impl Symmetric) -> Result<(), SectionRefusal> {
        self.section.verify(objective)?;
        prove_transversal(objective, &self.section, &self.tangents, &self.transversal)
    }

    /// The inertia of the full Hessian along the orbit: its zeros are the symmetry's, exactly.
    pub fn inertia(&self) -> Inertia {
        let (n, k) = (self.section.chart.parameters(), self.section.centre.len());
        let negative = self.section.index;
        Inertia { negative, zero: n.saturating_sub(k), positive: k.saturating_sub(negative) }
    }
}

/// Why an orbit of critical points is not certified.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SectionRefusal {
    /// On the section there is no proof of a critical point.
    #[error(transparent)]
    Section(#[from] Refusal),
    /// Coordinates and tangents are not as many as parameters, or their vectors have not as many entries.
    #[error("{coordinates} coordinates and {tangents} tangents are no basis of {parameters} parameters")]
    Sizes {
        /// Coordinates of the section.
        coordinates: usize,
        /// Tangents of the orbit.
        tangents: usize,
        /// Parameters.
        parameters: usize,
    },
    /// A tangent is named that the symmetry has not.
    #[error("the symmetry has {tangents} tangents, and another one is named")]
    UnknownTangent {
        /// Tangents of the symmetry.
        tangents: usize,
    },
    /// The orbit may touch the section instead of crossing it.
    #[error("the orbit is not proved to cross the section: ‖I − RM‖ may be {bound}, and must be below 1")]
    NotTransversal {
        /// The bound of the norm.
        bound: f64,
    },
    /// A matrix has no decomposition, or an iteration for it came to nothing.
    #[error(transparent)]
    Decomposition(#[from] DecompositionError),
}

/// Finds a certificate for the orbit through the point with these coordinates on the section, in the box of these half-widths;
/// coordinates and the tangents of these numbers together are a basis.
///
/// # Errors
/// Where [`krawczyk::certify`] has one on the section, and when the orbit does not cross the section in all of the box.
pub fn certify(
    objective: &impl Symmetric,
    section: &Chart,
    tangents: &[usize],
    centre: &[f64],
    radii: &[f64],
) -> Result<Certificate, SectionRefusal> {
    let section = krawczyk::certify(objective, section, centre, radii)?;
    let n = section.chart.parameters();
    let middle = section.chart.parameters_at(centre);
    let basis = basis(&section, &chosen(&objective.orbit_tangents_over(&middle), tangents)?)?;
    let inverse = DMatrix::from_row_slice(n, n, &basis)
        .try_inverse()
        .ok_or(SectionRefusal::NotTransversal { bound: 1.0 })?;
    let transversal = inverse.transpose().as_slice().to_vec();
    prove_transversal(objective, &section, tangents, &transversal)?;
    Ok(Certificate { section, tangents: tangents.to_vec(), transversal })
}

/// Finds a certificate for the orbit through a point near a critical one: on the section orthogonal to the orbit there, in the
/// chart that makes the Hessian on it `diag(±1)`, in the largest box of half-width `10⁻²`, `10⁻³`, … that succeeds.
///
/// # Errors
/// As for [`certify`], for the smallest box, `10⁻¹⁴`; and when the directions across the orbit are not found.
pub fn certify_near(objective: &impl Symmetric, point: &[f64]) -> Result<Certificate, SectionRefusal> {
    let n = objective.variables();
    if n == 0 || point.len() != n || point.iter().any(|entry| !entry.is_finite()) {
        return Err(Refusal::Shape { what: "the point" }.into());
    }
    // Gram and Schmidt: a tangent that the earlier ones nearly span adds nothing to the orbit.
    let (mut tangents, mut orbit) = (Vec::new(), Vec::<DVector<f64>>::new());
    for (i, tangent) in objective.orbit_tangents_over(point).into_iter().enumerate() {
        let whole = DVector::from_vec(tangent);
        if whole.len() != n {
            return Err(SectionRefusal::Sizes { coordinates: 0, tangents: whole.len(), parameters: n });
        }
        // Twice is enough: the second pass removes what rounding left.
        let rest =
            (0..2).fold(whole.clone(), |rest, _| orbit.iter().fold(rest, |rest, q| &rest - q * q.dot(&rest)));
        if rest.norm() > DEPENDENT * whole.norm() {
            tangents.push(i);
            orbit.push(rest.normalize());
        }
    }
    let projection = orbit.iter().fold(DMatrix::identity(n, n), |p, q| p - q * q.transpose());
    let eigen = eigen(projection)?;
    let across: Vec<_> = (0..n).filter(|&j| eigen.eigenvalues[j] > 0.5).collect();
    if across.is_empty() {
        return Err(SectionRefusal::Sizes { coordinates: 0, tangents: tangents.len(), parameters: n });
    }
    let flat = Chart::affine(point.to_vec(), &eigen.eigenvectors.select_columns(&across));
    let k = across.len();
    let mut hessian = DMatrix::zeros(k, k);
    objective.in_chart(&flat).hessian_over(&vec![0.0; k], hessian.as_mut_slice());
    let scaled = whitening(&vec![0.0; k], &hessian).ok_or(Refusal::Singular)?;
    let inner = DMatrix::from_row_slice(k, k, &scaled.matrix);
    let section = Chart::affine(point.to_vec(), &(eigen.eigenvectors.select_columns(&across) * inner));
    let centre = newton::settle(objective, &section, &vec![0.0; k]).ok_or(Refusal::Singular)?;
    let attempt = |digits: i32| certify(objective, &section, &tangents, &centre, &vec![10f64.powi(-digits); k]);
    (2..14).find_map(|digits| attempt(digits).ok()).map_or_else(|| attempt(14), Ok)
}

/// A tangent of which less than this share stands out of the span of the others is left to them.
const DEPENDENT: f64 = 1e-6;

/// The tangents of these numbers.
fn chosen<S: Scalar>(all: &[Vec<S>], numbers: &[usize]) -> Result<Vec<Vec<S>>, SectionRefusal> {
    let known = numbers.iter().map(|&i| all.get(i).cloned());
    known.collect::<Option<_>>().ok_or(SectionRefusal::UnknownTangent { tangents: all.len() })
}

/// `[B  T]`, row by row.
fn basis<S: Scalar>(section: &krawczyk::Certificate, tangents: &[Vec<S>]) -> Result<Vec<S>, SectionRefusal> {
    let (parameters, coordinates) = (section.chart.parameters(), section.centre.len());
    if coordinates + tangents.len() != parameters || tangents.iter().any(|t| t.len() != parameters) {
        return Err(SectionRefusal::Sizes { coordinates, tangents: tangents.len(), parameters });
    }
    let rows = section.chart.matrix.chunks_exact(coordinates).enumerate();
    Ok(rows
        .flat_map(|(i, row)| {
            let row = row.iter().map(|&b| S::constant(b));
            row.chain(tangents.iter().map(move |t| t[i]))
        })
        .collect())
}

fn prove_transversal(
    objective: &impl Symmetric,
    section: &krawczyk::Certificate,
    tangents: &[usize],
    inverse: &[f64],
) -> Result<(), SectionRefusal> {
    let n = section.chart.parameters();
    let wide = krawczyk::enclose_box(&section.centre, &section.radii);
    let all = objective.orbit_tangents_over(&section.chart.parameters_at(&wide));
    let basis: Vec<Interval> = basis(section, &chosen(&all, tangents)?)?;
    if inverse.len() != n * n {
        return Err(SectionRefusal::NotTransversal { bound: f64::INFINITY });
    }
    let rest = identity_minus(n, &product(n, inverse, &basis));
    let sums = rest.chunks_exact(n).map(|row| row.iter().fold(0.0, |sum, &x| Up::add(sum, magnitude(x))));
    let bound = sums.fold(0.0, |largest: f64, sum| if sum > largest || sum.is_nan() { sum } else { largest });
    if bound < 1.0 { Ok(()) } else { Err(SectionRefusal::NotTransversal { bound }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `(uv − 1)² + z⁴/4 − z²/2`: hyperbolas of minima and of saddles, which `(u, v) ↦ (cu, v/c)` moves along.
    struct Hyperbola;

    impl Formula for Hyperbola {
        fn variables(&self) -> usize {
            3
        }

        fn value_over<S: Scalar>(&self, p: &[S]) -> S {
            let z = p[2].square();
            (p[0] * p[1] - S::constant(1.0)).square() + S::constant(0.25) * z.square() - S::constant(0.5) * z
        }

        fn gradient_over<S: Scalar>(&self, p: &[S], gradient: &mut [S]) {
            let slope = S::constant(2.0) * (p[0] * p[1] - S::constant(1.0));
            gradient[0] = slope * p[1];
            gradient[1] = slope * p[0];
            gradient[2] = p[2] * (p[2].square() - S::constant(1.0));
        }

        fn hessian_over<S: Scalar>(&self, p: &[S], hessian: &mut [S]) {
            let (zero, two) = (S::constant(0.0), S::constant(2.0));
            let mixed = two * (two * p[0] * p[1] - S::constant(1.0));
            let last = S::constant(3.0) * p[2].square() - S::constant(1.0);
            let (uu, vv) = (two * p[1].square(), two * p[0].square());
            hessian.copy_from_slice(&[uu, mixed, zero, mixed, vv, zero, zero, zero, last]);
        }
    }

    impl Symmetric for Hyperbola {
        fn orbit_tangents_over<S: Scalar>(&self, p: &[S]) -> Vec<Vec<S>> {
            vec![vec![p[0], -p[1], S::constant(0.0)]]
        }
    }

    /// Fixes `u = 2`.
    fn gauge() -> Chart {
        Chart::affine(vec![2.0, 0.0, 0.0], &DMatrix::from_row_slice(3, 2, &[0.0, 0.0, 1.0, 0.0, 0.0, 1.0]))
    }

    /// `½‖AB − diag(3, 1)‖²` for 2 × 2 matrices, entries of `A` then `B` row by row; `(A, B) ↦ (AC, C⁻¹B)` changes nothing.
    struct Factors;

    impl Factors {
        /// `AB − diag(3, 1)`
        fn residual<S: Scalar>(p: &[S]) -> [S; 4] {
            let entry = |i: usize, j: usize| p[2 * i] * p[4 + j] + p[2 * i + 1] * p[6 + j];
            [entry(0, 0) - S::constant(3.0), entry(0, 1), entry(1, 0), entry(1, 1) - S::constant(1.0)]
        }

        /// The derivatives of one residual.
        fn row<S: Scalar>(p: &[S], i: usize, j: usize) -> [S; 8] {
            let mut row = [S::constant(0.0); 8];
            (row[2 * i], row[2 * i + 1]) = (p[4 + j], p[6 + j]);
            (row[4 + j], row[6 + j]) = (p[2 * i], p[2 * i + 1]);
            row
        }
    }

    impl Formula for Factors {
        fn variables(&self) -> usize {
            8
        }

        fn value_over<S: Scalar>(&self, p: &[S]) -> S {
            let squares = Self::residual(p).into_iter().map(S::square);
            S::constant(0.5) * squares.fold(S::constant(0.0), |sum, square| sum + square)
        }

        fn gradient_over<S: Scalar>(&self, p: &[S], gradient: &mut [S]) {
            gradient.fill(S::constant(0.0));
            for (k, r) in Self::residual(p).into_iter().enumerate() {
                let row = Self::row(p, k / 2, k % 2);
                gradient.iter_mut().zip(row).for_each(|(entry, x)| *entry = *entry + r * x);
            }
        }

        fn hessian_over<S: Scalar>(&self, p: &[S], hessian: &mut [S]) {
            hessian.fill(S::constant(0.0));
            for (k, r) in Self::residual(p).into_iter().enumerate() {
                let (i, j) = (k / 2, k % 2);
                let row = Self::row(p, i, j);
                for (at, entry) in hessian.iter_mut().enumerate() {
                    *entry = *entry + row[at / 8] * row[at % 8];
                }
                for (a, b) in [(2 * i, 4 + j), (2 * i + 1, 6 + j)] {
                    hessian[8 * a + b] = hessian[8 * a + b] + r;
                    hessian[8 * b + a] = hessian[8 * b + a] + r;
                }
            }
        }
    }

    impl Symmetric for Factors {
        fn orbit_tangents_over<S: Scalar>(&self, p: &[S]) -> Vec<Vec<S>> {
            // The generator with a one in row `s`, column `t`: column `s` of `A` to column `t`, row `t` of `B` off row `s`.
            let generator = |s: usize, t: usize| {
                let mut tangent = vec![S::constant(0.0); 8];
                for i in 0..2 {
                    tangent[2 * i + t] = p[2 * i + s];
                    tangent[4 + 2 * s + i] = -p[4 + 2 * t + i];
                }
                tangent
            };
            vec![generator(0, 0), generator(0, 1), generator(1, 0), generator(1, 1)]
        }
    }

    /// Baldi and Hornik's inertia, proved: `r(2p − r)` zeros at rank `r`, also where the orbit is smaller than the symmetry.
    #[test]
    fn strata_of_a_linear_network_are_certified() {
        let three = 3f64.sqrt();
        let minimum = [three, 0.0, 0.0, 1.0, three, 0.0, 0.0, 1.0];
        let saddle = [three, 0.0, 0.0, 0.0, three, 0.0, 0.0, 0.0];
        for (point, negative, zero) in [(minimum, 0, 4), (saddle, 1, 3), ([0.0; 8], 4, 0)] {
            let found = certify_near(&Factors, &point).unwrap();
            assert_eq!(found.inertia(), Inertia { negative, zero, positive: 8 - negative - zero });
            found.verify(&Factors).unwrap();
        }
        let mut off = minimum;
        off[0] += 0.5;
        off[5] += 0.2;
        assert_eq!(certify_near(&Factors, &off).unwrap().inertia().zero, 4, "Newton settles on the orbit");
        assert!(certify_near(&Factors, &[f64::NAN; 8]).is_err() && certify_near(&Factors, &[]).is_err());
        let mut forged = certify_near(&Factors, &minimum).unwrap();
        forged.tangents[0] = 9;
        assert!(matches!(forged.verify(&Factors), Err(SectionRefusal::UnknownTangent { .. })));
    }

    #[test]
    fn orbits_are_certified_where_points_cannot_be() {
        assert!(krawczyk::certify(&Hyperbola, &Chart::identity(3), &[2.0, 0.5, 1.0], &[1e-3; 3]).is_err());
        for (z, negative) in [(1.0, 0), (-1.0, 0), (0.0, 1)] {
            let found = certify(&Hyperbola, &gauge(), &[0], &[0.5, z], &[1e-2; 2]).unwrap();
            assert_eq!(found.inertia(), Inertia { negative, zero: 1, positive: 2 - negative });
            found.verify(&Hyperbola).unwrap();
        }
    }

    /// Teeth: at `u = v = 0` the orbit is a point, and the section `u + v = const` touches the orbit through `u = v`.
    #[test]
    fn sections_that_do_not_cross_are_refused() {
        let along = DMatrix::from_row_slice(3, 2, &[1.0, 0.0, -1.0, 0.0, 0.0, 1.0]);
        let touching =
            certify(&Hyperbola, &Chart::affine(vec![1.0, 1.0, 0.0], &along), &[0], &[0.0, 1.0], &[1e-3; 2]);
        assert!(touching.is_err(), "{touching:?}");
        let full = certify(&Hyperbola, &Chart::identity(3), &[], &[2.0, 0.5, 1.0], &[1e-3; 3]);
        assert!(matches!(full, Err(SectionRefusal::Section(_))));
        let mut forged = certify(&Hyperbola, &gauge(), &[0], &[0.5, 1.0], &[1e-2; 2]).unwrap();
        forged.transversal[0] = f64::NAN;
        assert!(matches!(forged.verify(&Hyperbola), Err(SectionRefusal::NotTransversal { .. })));
        forged.transversal.clear();
        assert!(forged.verify(&Hyperbola).is_err());
    }
}
