//! Critical points that a symmetry moves about: certified on a section that fixes the gauge.

use nalgebra::DMatrix;
use saddlepoint_rigor::{Interval, Rounding, Up};
use serde::{Deserialize, Serialize};

use super::inertia::Inertia;
use super::krawczyk::{self, Refusal, identity_minus, magnitude, product};
use crate::chart::Chart;
use crate::formula::Formula;
use crate::scalar::Scalar;

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
/// section `w₀ + B v` with `n − m` coordinates, where `m` is the number of tangents `T(w)`. At the zero of `Bᵀ∇f` that it
/// proves, `Tᵀ∇f = 0` by the symmetry; if the square matrix `M = [B  T(w)]` is regular for every `w` in the box, `∇f = 0`
/// follows. At a critical point `∇²f T = 0`, so the inertia of the full Hessian is that on the section and `m` zeros.
/// `M` is regular where `‖I − R M‖_∞ < 1` for some matrix `R`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Certificate {
    /// The critical point on the section.
    pub section: krawczyk::Certificate,
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
        prove_transversal(objective, &self.section, &self.transversal)
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
    /// The orbit may touch the section instead of crossing it.
    #[error("the orbit is not proved to cross the section: ‖I − RM‖ may be {bound}, and must be below 1")]
    NotTransversal {
        /// The bound of the norm.
        bound: f64,
    },
}

/// Finds a certificate for the orbit through the point with these coordinates on the section, in the box of these half-widths.
///
/// # Errors
/// Where [`krawczyk::certify`] has one on the section, and when the orbit does not cross the section in all of the box.
pub fn certify(
    objective: &impl Symmetric,
    section: &Chart,
    centre: &[f64],
    radii: &[f64],
) -> Result<Certificate, SectionRefusal> {
    let section = krawczyk::certify(objective, section, centre, radii)?;
    let n = section.chart.parameters();
    let middle = section.chart.parameters_at(centre);
    let basis = basis(&section, &objective.orbit_tangents_over(&middle))?;
    let inverse = DMatrix::from_row_slice(n, n, &basis)
        .try_inverse()
        .ok_or(SectionRefusal::NotTransversal { bound: 1.0 })?;
    let transversal = inverse.transpose().as_slice().to_vec();
    prove_transversal(objective, &section, &transversal)?;
    Ok(Certificate { section, transversal })
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
    inverse: &[f64],
) -> Result<(), SectionRefusal> {
    let n = section.chart.parameters();
    let wide = krawczyk::enclose_box(&section.centre, &section.radii);
    let tangents = objective.orbit_tangents_over(&section.chart.parameters_at(&wide));
    let basis: Vec<Interval> = basis(section, &tangents)?;
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

    #[test]
    fn orbits_are_certified_where_points_cannot_be() {
        assert!(krawczyk::certify(&Hyperbola, &Chart::identity(3), &[2.0, 0.5, 1.0], &[1e-3; 3]).is_err());
        for (z, negative) in [(1.0, 0), (-1.0, 0), (0.0, 1)] {
            let found = certify(&Hyperbola, &gauge(), &[0.5, z], &[1e-2; 2]).unwrap();
            assert_eq!(found.inertia(), Inertia { negative, zero: 1, positive: 2 - negative });
            found.verify(&Hyperbola).unwrap();
        }
    }

    /// Teeth: at `u = v = 0` the orbit is a point, and the section `u + v = const` touches the orbit through `u = v`.
    #[test]
    fn sections_that_do_not_cross_are_refused() {
        let along = DMatrix::from_row_slice(3, 2, &[1.0, 0.0, -1.0, 0.0, 0.0, 1.0]);
        let touching =
            certify(&Hyperbola, &Chart::affine(vec![1.0, 1.0, 0.0], &along), &[0.0, 1.0], &[1e-3; 2]);
        assert!(touching.is_err(), "{touching:?}");
        let full = certify(&Hyperbola, &Chart::identity(3), &[2.0, 0.5, 1.0], &[1e-3; 3]);
        assert!(matches!(full, Err(SectionRefusal::Section(_))));
        let mut forged = certify(&Hyperbola, &gauge(), &[0.5, 1.0], &[1e-2; 2]).unwrap();
        forged.transversal[0] = f64::NAN;
        assert!(matches!(forged.verify(&Hyperbola), Err(SectionRefusal::NotTransversal { .. })));
        forged.transversal.clear();
        assert!(forged.verify(&Hyperbola).is_err());
    }
}
