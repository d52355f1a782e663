//! Keskar's sharpness: the largest relative rise in a box.

use nalgebra::{DMatrix, DVector};

use super::{SharpnessError, positive};
use crate::descent::{BoxedLbfgs, End, StopRule};
use crate::objective::Objective;

/// The sharpness of a point in a box of one size.
#[derive(Debug, Clone, PartialEq)]
pub struct Sharpness {
    /// The size of the box, `ε`.
    pub size: f64,
    /// The sharpness in percent: a lower bound of the metric, as the search may miss the maximum.
    pub value: f64,
    /// The largest value found in the box.
    pub highest: f64,
    /// Where it is, in the coordinates of the box.
    pub at: Vec<f64>,
    /// How the search that found it ended; [`End::OutOfSteps`] is usual.
    pub end: End,
}

/// Iterations of the search: those of the paper.
pub const ITERATIONS: usize = 10;

/// Keskar's sharpness of a point, in boxes of increasing sizes.
///
/// # Formula
/// Metric 2.1 of the paper: with $C_\varepsilon = \{z : |z_i| \le \varepsilon(|x_i| + 1)\}$,
/// $$\varphi(\varepsilon) = 100\,\frac{\max_{y\in C_\varepsilon} f(x + y) - f(x)}{1 + f(x)}.$$
///
/// The maximum is searched for with [`BoxedLbfgs`], from `y = 0` and from the maximum found in the box before, for
/// `iterations` steps each: the paper takes 10 of L-BFGS-B. What is found is therefore never negative and never
/// decreases with `ε`, like the metric itself, of which it is a lower bound.
///
/// To first order in `ε` the metric is $100\,\varepsilon \sum_i |\partial_i f|(|x_i| + 1)/(1 + f)$, which says how far the
/// point is from critical and nothing about curvature: compare points at equally small gradients only, or at an `ε`
/// for which the second order dominates.
///
/// # Errors
/// When the point does not fit or is not finite, the sizes are not positive and increasing, or `1 + f(x)` is not positive.
///
/// # Reference
/// Keskar, Mudigere, Nocedal, Smelyanskiy and Tang, *On large-batch training for deep learning: generalization gap and sharp
/// minima* (2016), metric 2.1.
///
/// # Example
/// ```
/// use nalgebra::dmatrix;
/// use saddlepoint_landscape::analytic::Quadratic;
/// use saddlepoint_landscape::sharpness::keskar::{ITERATIONS, sharpness};
///
/// // At the minimum of (x² + 100 y²)/2 the largest rise is at the corners of the box.
/// let bowl = Quadratic::new(dmatrix![1.0, 0.0; 0.0, 100.0])?;
/// let found = sharpness(&bowl, &[0.0, 0.0], &[0.1, 0.2], ITERATIONS)?;
/// assert!(found[1].value >= found[0].value);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn sharpness(
    objective: &(impl Objective + ?Sized),
    point: &[f64],
    sizes: &[f64],
    iterations: usize,
) -> Result<Vec<Sharpness>, SharpnessError> {
    let value = objective.value(point)?;
    let widths: Vec<f64> = point.iter().map(|x| x.abs() + 1.0).collect();
    let rise = Rise { objective, origin: point, basis: None };
    boxes(&rise, value, &widths, sizes, iterations)
}

/// Keskar's sharpness in a subspace, which the columns of `basis` span: in the paper, 100 random ones.
///
/// # Formula
/// With the pseudo-inverse $A^+ = (A^\top A)^{-1}A^\top$ and $C_\varepsilon = \{z : |z_i| \le \varepsilon(|(A^+x)_i| + 1)\}$,
/// $$\varphi(\varepsilon, A) = 100\,\frac{\max_{y\in C_\varepsilon} f(x + Ay) - f(x)}{1 + f(x)}.$$
///
/// The metric depends on the length of the columns: with independent standard normal entries, a corner of the box moves each
/// parameter by about $\varepsilon\sqrt p$.
///
/// # Errors
/// As for [`sharpness`], and when the columns are not linearly independent.
///
/// # Reference
/// The same paper, metric 2.1 with a matrix $A$.
pub fn sharpness_in(
    objective: &(impl Objective + ?Sized),
    point: &[f64],
    basis: &DMatrix<f64>,
    sizes: &[f64],
    iterations: usize,
) -> Result<Vec<Sharpness>, SharpnessError> {
    let value = objective.value(point)?;
    let unfit = SharpnessError::Subspace { columns: basis.ncols(), dimension: point.len() };
    if basis.nrows() != point.len() || basis.ncols() == 0 || basis.iter().any(|entry| !entry.is_finite()) {
        return Err(unfit);
    }
    let gram = basis.tr_mul(basis).cholesky().ok_or(unfit)?;
    // The squared pivots of columns that depend on each other are rounding of the squared largest one.
    let pivots = gram.l_dirty().diagonal();
    let rounding = 64.0 * basis.ncols() as f64 * f64::EPSILON;
    if pivots.min().powi(2) <= rounding * pivots.max().powi(2) {
        return Err(unfit);
    }
    let coordinates = gram.solve(&basis.tr_mul(&DVector::from_column_slice(point)));
    let widths: Vec<f64> = coordinates.iter().map(|x| x.abs() + 1.0).collect();
    if widths.iter().any(|width| !width.is_finite()) {
        return Err(unfit);
    }
    boxes(&Rise { objective, origin: point, basis: Some(basis) }, value, &widths, sizes, iterations)
}

fn boxes<F: Objective + ?Sized>(
    rise: &Rise<'_, F>,
    value: f64,
    widths: &[f64],
    sizes: &[f64],
    iterations: usize,
) -> Result<Vec<Sharpness>, SharpnessError> {
    if value <= -1.0 {
        return Err(SharpnessError::Value { value });
    }
    let search = BoxedLbfgs::new(StopRule::after(iterations))?;
    let mut found: Vec<Sharpness> = Vec::with_capacity(sizes.len());
    for &size in sizes {
        positive("the size of a box", size)?;
        if let Some(before) = found.last().map(|last| last.size).filter(|before| *before >= size) {
            return Err(SharpnessError::Order { before, after: size });
        }
        let high: Vec<f64> = widths.iter().map(|width| size * width).collect();
        let low: Vec<f64> = high.iter().map(|bound| -bound).collect();
        let climb = |start: &[f64]| -> Result<Sharpness, SharpnessError> {
            let top = search.run(rise, start, &low, &high)?;
            let highest = -rise.value(&top.point)?;
            let value = 100.0 * (highest - value) / (1.0 + value);
            Ok(Sharpness { size, value, highest, at: top.point, end: top.end })
        };
        let mut best = climb(&vec![0.0; widths.len()])?;
        if let Some(smaller) = found.last() {
            let other = climb(&smaller.at)?;
            if other.highest > best.highest {
                best = other;
            }
        }
        // Where a maximum is so flat that rounding of a sum decides, the point itself is as high.
        best.value = best.value.max(0.0);
        found.push(best);
    }
    Ok(found)
}

/// `y ↦ −f(x + A y)`, which descent makes small.
struct Rise<'a, F: ?Sized> {
    objective: &'a F,
    origin: &'a [f64],
    basis: Option<&'a DMatrix<f64>>,
}

impl<F: Objective + ?Sized> Rise<'_, F> {
    fn lift(&self, y: &[f64]) -> Vec<f64> {
        match self.basis {
            None => y.to_vec(),
            Some(basis) => (basis * DVector::from_column_slice(y)).as_slice().to_vec(),
        }
    }

    fn at(&self, y: &[f64]) -> Vec<f64> {
        self.lift(y).iter().zip(self.origin).map(|(step, x)| x + step).collect()
    }

    /// Writes `−Aᵀ v`.
    fn pull(&self, v: &[f64], into: &mut [f64]) {
        match self.basis {
            None => into.iter_mut().zip(v).for_each(|(to, v)| *to = -v),
            Some(basis) => {
                let pulled = basis.tr_mul(&DVector::from_column_slice(v));
                into.iter_mut().zip(&pulled).for_each(|(to, v)| *to = -v);
            }
        }
    }
}

impl<F: Objective + ?Sized> Objective for Rise<'_, F> {
    fn dimension(&self) -> usize {
        self.basis.map_or(self.origin.len(), DMatrix::ncols)
    }

    fn value_unchecked(&self, y: &[f64]) -> f64 {
        -self.objective.value_unchecked(&self.at(y))
    }

    fn gradient_unchecked(&self, y: &[f64], gradient: &mut [f64]) {
        let mut full = vec![0.0; self.origin.len()];
        self.objective.gradient_unchecked(&self.at(y), &mut full);
        self.pull(&full, gradient);
    }

    fn hessian_vector_unchecked(&self, y: &[f64], vector: &[f64], product: &mut [f64]) {
        let mut full = vec![0.0; self.origin.len()];
        self.objective.hessian_vector_unchecked(&self.at(y), &self.lift(vector), &mut full);
        self.pull(&full, product);
    }
}

#[cfg(test)]
mod tests {
    use nalgebra::dmatrix;
    use proptest::prelude::*;

    use super::*;
    use crate::analytic::{Quadratic, StrictSaddleQuartic};

    proptest! {
        /// A convex quadratic at its minimum: the maximum over a box is at a corner, and known.
        #[test]
        fn a_diagonal_bowl_rises_most_at_its_corners(a in 0.1f64..10.0, b in 0.1f64..10.0, size in 1e-3f64..1.0) {
            let bowl = Quadratic::new(dmatrix![a, 0.0; 0.0, b]).unwrap();
            // Away from the minimum, where the gradient tells which corner.
            let point = [0.5, -0.25];
            let found = &sharpness(&bowl, &point, &[size], ITERATIONS).unwrap()[0];
            let corner = [0.5 + 1.5 * size, -0.25 - 1.25 * size];
            let (top, here) = (bowl.value(&corner).unwrap(), bowl.value(&point).unwrap());
            let expected = 100.0 * (top - here) / (1.0 + here);
            prop_assert!((found.value / expected - 1.0).abs() < 1e-12, "{found:?} {expected}");
        }

        #[test]
        fn it_is_not_negative_and_does_not_decrease(x in -1.5f64..1.5, y in -1.5f64..1.5, size in 1e-4f64..0.5) {
            let f = StrictSaddleQuartic;
            let found = sharpness(&f, &[x, y], &[size, 2.0 * size, 5.0 * size], ITERATIONS).unwrap();
            prop_assert!(found[0].value >= 0.0);
            prop_assert!(found.windows(2).all(|pair| pair[1].value >= pair[0].value));
        }

        /// The whole space in another basis is the whole space, but its box is another one; along one axis they agree.
        #[test]
        fn a_subspace_is_what_it_spans(x in -1.0f64..1.0, size in 1e-3f64..0.1) {
            let bowl = Quadratic::new(dmatrix![2.0, 0.0; 0.0, 7.0]).unwrap();
            let found = &sharpness_in(&bowl, &[x, 0.5], &dmatrix![0.0; 1.0], &[size], ITERATIONS).unwrap()[0];
            let rise = 3.5 * ((0.5 + 1.5 * size).powi(2) - 0.25);
            let expected = 100.0 * rise / (1.0 + bowl.value(&[x, 0.5]).unwrap());
            prop_assert!((found.value / expected - 1.0).abs() < 1e-10);
        }

        #[test]
        fn any_bits_are_bounded_or_refused(bits in prop::array::uniform4(any::<u64>())) {
            let [x, y, a, b] = bits.map(f64::from_bits);
            if let Ok(found) = sharpness(&StrictSaddleQuartic, &[x, y], &[a, b], 3) {
                prop_assert!(found.iter().all(|one| one.value >= 0.0));
                prop_assert!(x.is_finite() && y.is_finite() && 0.0 < a && a < b);
            }
        }
    }

    #[test]
    fn bad_settings_are_refused() {
        let f = StrictSaddleQuartic;
        let refused = |sizes: &[f64]| sharpness(&f, &[0.0, 1.0], sizes, 5).unwrap_err();
        assert!(matches!(refused(&[f64::NAN]), SharpnessError::NotPositive { .. }));
        assert!(matches!(refused(&[0.0]), SharpnessError::NotPositive { .. }));
        assert!(matches!(refused(&[0.2, 0.1]), SharpnessError::Order { .. }));
        assert!(sharpness(&f, &[f64::NAN, 0.0], &[0.1], 5).is_err());
        let deep = Quadratic::new(dmatrix![-4.0]).unwrap();
        assert!(matches!(sharpness(&deep, &[1.0], &[0.1], 5), Err(SharpnessError::Value { value: -2.0 })));
        for basis in [dmatrix![1.0, 2.0; 1.0, 2.0], dmatrix![0.0; 0.0], dmatrix![f64::NAN; 1.0], dmatrix![1.0]]
        {
            let found = sharpness_in(&f, &[0.0, 1.0], &basis, &[0.1], 5);
            assert!(matches!(found, Err(SharpnessError::Subspace { .. })), "{basis}");
        }
    }
}
