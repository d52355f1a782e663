//! Continuous piecewise linear functions with equal cells: ReLU networks with one hidden layer and fixed knots.

use nalgebra::{DMatrix, DVector};

use super::least_squares::{LeastSquares, LeastSquaresError};
use super::legendre::gauss;

/// The continuous functions on `[0, 1]` that are linear on each of `h` equal cells, and the best of them for one target.
///
/// # Formula
/// In the basis of hats, with mass matrix $M$ ($\tfrac{1}{6h}$ times $4$ on the diagonal, $2$ at its ends, $1$ beside it) and
/// loads $b_i = \int f\,\text{hat}_i$, the best approximation in mean square is $c^* = M^{-1}b$. For smooth $f$,
/// $$h^4\int (f - s^*)^2 \to \tfrac1{720}\int (f'')^2 .$$
///
/// # Reference
/// The constant: de Boor, *A Practical Guide to Splines* (1978), chapter III, from the best approximation on one cell.
///
/// # Example
/// ```
/// use saddlepoint_theory::estimation::spline::Splines;
///
/// let splines = Splines::new(4, |x| 2.0 * x - 1.0)?;
/// assert!(splines.approximation() < 1e-30);
/// # Ok::<(), saddlepoint_theory::estimation::least_squares::LeastSquaresError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Splines {
    cells: usize,
    mass: DMatrix<f64>,
    best: DVector<f64>,
    approximation: f64,
}

/// The leading term of the approximation error of a smooth target for many cells: a number, no bound.
///
/// # Formula
/// $\tfrac1{720 h^4}\int (f'')^2$ for `h` cells, where `squared_curvature` is the integral
///
/// # Reference
/// As for [`Splines`].
pub fn leading_approximation(cells: usize, squared_curvature: f64) -> f64 {
    squared_curvature / 720.0 / (cells as f64).powi(4)
}

/// Nodes of Gauss's rule in a cell.
const NODES: usize = 16;

impl Splines {
    /// The class with `cells` cells and its best member for `target`, which should be smooth within cells: integrals are
    /// taken by Gauss's rule with 16 nodes a cell, which for `cos ωx` are exact to rounding up to one wave a cell, `ω ≤ 2πh`; of
    /// three waves a cell five digits are right.
    ///
    /// # Errors
    /// When there is no cell, or the target is not finite somewhere.
    pub fn new(cells: usize, target: impl Fn(f64) -> f64) -> Result<Self, LeastSquaresError> {
        if cells == 0 {
            return Err(LeastSquaresError::Underdetermined { samples: 0, coefficients: 1 });
        }
        let width = 1.0 / cells as f64;
        let mass = DMatrix::from_fn(cells + 1, cells + 1, |i, j| match i.abs_diff(j) {
            0 if i == 0 || i == cells => width / 3.0,
            0 => 2.0 * width / 3.0,
            1 => width / 6.0,
            _ => 0.0,
        });
        // (cell, place in it, weight, value of the target)
        let rule = gauss(NODES);
        let nodes: Vec<(usize, f64, f64, f64)> = (0..cells)
            .flat_map(|cell| {
                rule.iter().map(move |&(x, weight)| (cell, f64::midpoint(x, 1.0), weight * width / 2.0))
            })
            .map(|(cell, place, weight)| (cell, place, weight, target((cell as f64 + place) * width)))
            .collect();
        let mut loads = DVector::zeros(cells + 1);
        for &(cell, place, weight, value) in &nodes {
            loads[cell] += weight * value * (1.0 - place);
            loads[cell + 1] += weight * value * place;
        }
        let best = mass.clone().cholesky().ok_or(LeastSquaresError::NotFinite)?.solve(&loads);
        let error = |&(cell, place, weight, value): &(usize, f64, f64, f64)| {
            let difference = value - (best[cell] * (1.0 - place) + best[cell + 1] * place);
            weight * difference * difference
        };
        let approximation: f64 = nodes.iter().map(error).sum();
        if !approximation.is_finite() {
            return Err(LeastSquaresError::NotFinite);
        }
        Ok(Self { cells, mass, best, approximation })
    }

    /// `∫(f − s*)²`: the approximation error.
    pub fn approximation(&self) -> f64 {
        self.approximation
    }

    /// The excess risk `∫(f − ŝ)²` of the spline that fits a sample best.
    ///
    /// # Formula
    /// $\int(f-s^*)^2 + (\hat c-c^*)^T M(\hat c-c^*)$: approximation and estimation error.
    ///
    /// # Errors
    /// When an abscissa is outside `[0, 1]` or not finite, or the sample does not determine the fit: a hat without enough
    /// points under it.
    pub fn excess_risk(&self, abscissae: &[f64], labels: &[f64]) -> Result<f64, LeastSquaresError> {
        if !abscissae.iter().all(|x| (0.0..=1.0).contains(x)) {
            return Err(LeastSquaresError::NotFinite);
        }
        let mut features = DMatrix::zeros(abscissae.len(), self.cells + 1);
        for (row, &x) in abscissae.iter().enumerate() {
            let scaled = x * self.cells as f64;
            let cell = (scaled as usize).min(self.cells - 1);
            let place = scaled - cell as f64;
            features[(row, cell)] = 1.0 - place;
            features[(row, cell + 1)] = place;
        }
        let problem = LeastSquares::new(&features, &DVector::from_row_slice(labels))?;
        let difference = problem.minimizer() - &self.best;
        Ok(self.approximation + difference.dot(&(&self.mass * &difference)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    #[test]
    fn a_spline_is_its_own_best_approximation() {
        let hat = |x: f64| 1.0 - (4.0 * x - 2.0).abs();
        let splines = Splines::new(8, hat).unwrap();
        assert!(splines.approximation() < 1e-30);
        let abscissae: Vec<f64> = (0..=40).map(|i| f64::from(i) / 40.0).collect();
        let labels: Vec<f64> = abscissae.iter().map(|&x| hat(x)).collect();
        assert!(splines.excess_risk(&abscissae, &labels).unwrap() < 1e-28);
    }

    /// The rest is of second order. Teeth: 1/120, the constant of interpolation in the place of approximation, is six times as large.
    #[test]
    fn the_leading_term_leads() {
        let rest = |cells| {
            let found = Splines::new(cells, |x| x.powi(4)).unwrap().approximation();
            found / leading_approximation(cells, 144.0 / 5.0) - 1.0
        };
        let (few, many) = (rest(16), rest(64));
        assert!(few.abs() < 0.005 && many.abs() < few.abs() / 10.0, "{few}, {many}");
    }

    #[test]
    fn the_distances_of_a_sine_are_the_catalogues() {
        let values = [
            (2, 0.196036449073),
            (4, 0.00582153290452),
            (8, 0.00029777291692),
            (16, 1.7078152138e-05),
            (32, 1.0413020341e-06),
            (64, 6.46566529205e-08),
        ];
        for (cells, value) in values {
            let found = Splines::new(cells, |x| (TAU * x).sin()).unwrap().approximation();
            assert!((found / value - 1.0).abs() < 1e-9, "{cells}: {found}");
        }
    }

    #[test]
    fn what_does_not_determine_a_spline_is_refused() {
        let splines = Splines::new(4, f64::sin).unwrap();
        assert!(splines.excess_risk(&[0.1; 9], &[1.0; 9]).is_err());
        assert!(splines.excess_risk(&[1.5; 9], &[1.0; 9]).is_err());
        assert!(splines.excess_risk(&[f64::NAN; 9], &[1.0; 9]).is_err());
        assert!(Splines::new(0, f64::sin).is_err() && Splines::new(2, |_| f64::NAN).is_err());
    }
}
