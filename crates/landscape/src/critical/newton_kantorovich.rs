//! The Newton-Kantorovich theorem: one small Newton step proves a critical point, and how far around it is alone.

use nalgebra::DMatrix;
use saddlepoint_rigor::{Down, Interval, Rounding, Up};
use serde::{Deserialize, Serialize};

use super::krawczyk::{Refusal, enclose_box, identity_minus, magnitude, product, sizes, sizes_of_proof};
use super::ldlt;
use crate::chart::Chart;
use crate::formula::Formula;
use crate::scalar::{Dual, Scalar};

/// The proof that a ball holds a critical point next to its centre: data that anyone can check.
///
/// # Formula
/// Norms are maximum norms scaled by the half-widths `r` of a box, in a chart; its ball of radius 1 is the box. With
/// `C` near the inverse of the Hessian `H(c)` and `δ = ‖I − C H(c)‖ < 1`,
/// $$\eta = \frac{\|C g(c)\|}{1-\delta} \ge \|H(c)^{-1}g(c)\|,\qquad
/// L = \frac{\sup\|C\,\partial H\|}{1-\delta} \ge \frac{\|H(c)^{-1}(H(x)-H(y))\|}{\|x-y\|},$$
/// the supremum over the box. If `h = ηL < ½` and `t = 2η/(1 + √(1 − 2h)) ≤ 1`, there is a critical point at distance at most `t`
/// from `c` and no other at distance below `min(1, (1 + √(1 − 2h))/L)`. The Hessian is regular on the ball of radius `t`, so its
/// inertia there is that at `c`.
///
/// The third derivatives in `L` are those of the same formula, over dual numbers of intervals. What a
/// chart with fewer coordinates than parameters means is said at [`krawczyk::Certificate`](super::krawczyk::Certificate).
///
/// # Reference
/// Deuflhard, *Newton Methods for Nonlinear Problems*, 2004, Theorem 2.1 (the affine covariant form of Kantorovich's
/// theorem).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Certificate {
    /// The coordinates.
    pub chart: Chart,
    /// `c`, in the chart.
    pub centre: Vec<f64>,
    /// `r`: the units of the norm.
    pub radii: Vec<f64>,
    /// `C`, row by row.
    pub preconditioner: Vec<f64>,
    /// An upper bound of `η`.
    pub step: f64,
    /// An upper bound of `L`.
    pub lipschitz: f64,
    /// An upper bound of `h = ηL`, below ½.
    pub kantorovich: f64,
    /// An upper bound of `t`: there is a critical point this near.
    pub existence: f64,
    /// A lower bound of the radius below which there is no other.
    pub uniqueness: f64,
    /// The number of negative eigenvalues of the Hessian at the critical point.
    pub index: usize,
}

impl Certificate {
    /// Proves the certificate anew, from nothing but its data and the objective.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub fn verify(&self, objective: &impl Formula) -> Result<(), Refusal> {
        let found = prove(objective, &self.chart, &self.centre, &self.radii, &self.preconditioner)?;
        let stated = found.step <= self.step
            && found.lipschitz <= self.lipschitz
            && found.kantorovich <= self.kantorovich
            && found.existence <= self.existence
            && found.uniqueness >= self.uniqueness
            && found.index == self.index;
        if stated { Ok(()) } else { Err(Refusal::OtherStatement) }
    }
}

/// Finds a certificate for the critical point next to `centre`, with third derivatives bounded on the box of these half-widths.
///
/// # Errors
/// [`Refusal::NotContained`] where `h` is not below ½ or the ball is larger than the box.
pub fn certify(
    objective: &impl Formula,
    chart: &Chart,
    centre: &[f64],
    radii: &[f64],
) -> Result<Certificate, Refusal> {
    let k = sizes(objective, chart, &[centre, radii])?;
    let mut hessian = vec![0.0; k * k];
    objective.in_chart(chart).hessian_over(centre, &mut hessian);
    let inverse = DMatrix::from_vec(k, k, hessian).try_inverse().ok_or(Refusal::Singular)?;
    prove(objective, chart, centre, radii, inverse.as_slice())
}

/// An upper bound of the norm of a matrix of magnitudes, from the maximum norm scaled by `r` to itself.
fn norm(k: usize, magnitudes: &[f64], r: &[f64]) -> f64 {
    let rows = magnitudes.chunks_exact(k).zip(r).map(|(row, &ri)| {
        Up::div(row.iter().zip(r).fold(0.0, |sum, (&m, &rj)| Up::add(sum, Up::mul(m, rj))), ri)
    });
    // NaN must not vanish: it is no bound.
    rows.fold(0.0, |largest: f64, row| if row > largest || row.is_nan() { row } else { largest })
}

fn prove(
    objective: &impl Formula,
    chart: &Chart,
    centre: &[f64],
    radii: &[f64],
    preconditioner: &[f64],
) -> Result<Certificate, Refusal> {
    let k = sizes_of_proof(objective, chart, centre, radii, preconditioner)?;
    let function = objective.in_chart(chart);
    let zero = Interval::constant(0.0);
    let points: Vec<_> = centre.iter().map(|&c| Interval::constant(c)).collect();
    let (mut gradient, mut hessian) = (vec![zero; k], vec![zero; k * k]);
    function.gradient_over(&points, &mut gradient);
    function.hessian_over(&points, &mut hessian);
    let magnitudes = |m: &[Interval]| m.iter().copied().map(magnitude).collect::<Vec<_>>();
    let delta = norm(k, &magnitudes(&identity_minus(k, &product(k, preconditioner, &hessian))), radii);
    if delta.is_nan() || delta >= 1.0 {
        return Err(Refusal::Singular);
    }
    let regular = Down::sub(1.0, delta);

    let steps = product(k, preconditioner, &gradient);
    let step =
        steps.iter().zip(radii).fold(0.0, |largest: f64, (&s, &r)| largest.max(Up::div(magnitude(s), r)));
    let step = Up::div(step, regular);

    // ‖C ∂H[v]‖ ≤ ‖Σ_m |C ∂_m H| r_m‖ for ‖v‖ ≤ 1.
    let wide = enclose_box(centre, radii);
    let mut total = vec![0.0; k * k];
    let mut third = vec![Dual::constant(0.0); k * k];
    for (m, &r) in radii.iter().enumerate() {
        let along = |j: usize| Interval::constant(f64::from(j == m));
        let duals: Vec<_> =
            wide.iter().enumerate().map(|(j, &value)| Dual { value, slope: along(j) }).collect();
        function.hessian_over(&duals, &mut third);
        let slopes: Vec<_> = third.iter().map(|entry| entry.slope).collect();
        for (sum, x) in total.iter_mut().zip(product(k, preconditioner, &slopes)) {
            *sum = Up::add(*sum, Up::mul(magnitude(x), r));
        }
    }
    let lipschitz = Up::div(norm(k, &total, radii), regular);

    let kantorovich = Up::mul(step, lipschitz);
    let root = Down::sqrt(Down::sub(1.0, Up::mul(2.0, kantorovich)));
    let existence = Up::div(Up::mul(2.0, step), Down::add(1.0, root));
    let proved = kantorovich < 0.5 && existence <= 1.0;
    if !proved {
        let (low, high) = (-existence, existence);
        return Err(Refusal::NotContained { coordinate: 0, low, high, centre: 0.0, radius: 1.0 });
    }
    let index = ldlt::inertia(&hessian)?.negative;
    // Without curvature of the gradient the point is alone in the whole box.
    let alone = if lipschitz > 0.0 { Down::div(Down::add(1.0, root), lipschitz).min(1.0) } else { 1.0 };
    Ok(Certificate {
        chart: chart.clone(),
        centre: centre.to_vec(),
        radii: radii.to_vec(),
        preconditioner: preconditioner.to_vec(),
        step,
        lipschitz,
        kantorovich,
        existence,
        uniqueness: alone,
        index,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analytic::{AxisConstruction, SigmoidNeuron};
    use nalgebra::dmatrix;

    fn neuron() -> SigmoidNeuron {
        SigmoidNeuron::sum_of_squares(&dmatrix![1.0], vec![0.75]).unwrap()
    }

    #[test]
    fn one_sample_is_certified_with_its_constants() {
        // In one variable, L is sup|E‴| over the box divided by E″(c), times the unit of the norm.
        let found = certify(&neuron(), &Chart::identity(1), &[3f64.ln()], &[0.1]).unwrap();
        assert!(found.step < 1e-12 && found.existence < 1e-12 && found.index == 0, "{found:?}");
        assert!(found.lipschitz > 0.05 && found.lipschitz < 0.5, "{}", found.lipschitz);
        assert_eq!(found.uniqueness, 1.0);
        found.verify(&neuron()).unwrap();
    }

    /// The catalogue's constants for the wells of six samples: `h ≈ 1e-14` in the scaled variable.
    #[test]
    fn the_wells_of_six_samples() {
        let data = AxisConstruction::new(1, 6, 16.0, 0.75).unwrap();
        let neuron = data.neuron().unwrap();
        for point in data.axis(0).unwrap().points() {
            let w = point.location();
            let found = certify(&neuron, &Chart::identity(1), &[w], &[0.01 * w]).unwrap();
            assert!(found.kantorovich < 1e-10 && found.uniqueness == 1.0);
            assert_eq!(found.index == 0, point.is_minimum());
            found.verify(&neuron).unwrap();
        }
    }

    /// Teeth: a step that is too long, a box that is too small, forged constants.
    #[test]
    fn what_is_not_proved_is_refused() {
        let at = |c: f64, r: f64| certify(&neuron(), &Chart::identity(1), &[c], &[r]);
        assert!(at(3f64.ln() + 0.01, 0.1).is_ok());
        assert!(matches!(at(3f64.ln() + 0.01, 0.001), Err(Refusal::NotContained { .. })));
        assert!(at(-3.0, 1.0).is_err());
        assert!(at(f64::NAN, 1.0).is_err() && at(1.0, f64::INFINITY).is_err() && at(1.0, 0.0).is_err());
        let honest = at(3f64.ln() + 0.01, 0.1).unwrap();
        for change in [
            (|c| c.step = 0.0) as fn(&mut Certificate),
            |c| c.lipschitz = 0.0,
            |c| c.kantorovich = 0.0,
            |c| c.existence = 0.0,
            |c| c.uniqueness = 2.0,
            |c| c.uniqueness = f64::NAN,
            |c| c.index = 1,
            |c| c.preconditioner[0] = 1.0,
        ] {
            let mut forged = honest.clone();
            change(&mut forged);
            assert!(forged.verify(&neuron()).is_err(), "{forged:?}");
        }
    }
}
