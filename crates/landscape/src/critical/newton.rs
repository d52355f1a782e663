//! Newton's method for a zero of the gradient: what puts the centre of a certificate.

use nalgebra::{DMatrix, DVector};

use crate::chart::Chart;
use crate::formula::Formula;

/// Newton steps from a point with these coordinates, until they do not get shorter any more; at most fifty.
///
/// No step is shortened and nothing is proved: whoever starts near a regular critical point arrives at it, up to rounding,
/// and whoever does not arrives anywhere. None where a Hessian is singular, an iterate not finite, or the chart not that of
/// the objective.
///
/// # Example
/// ```
/// use nalgebra::dmatrix;
/// use saddlepoint_landscape::{analytic::SigmoidNeuron, chart::Chart, critical::newton};
///
/// let neuron = SigmoidNeuron::sum_of_squares(&dmatrix![1.0], vec![0.75])?;
/// let minimum = newton::settle(&neuron, &Chart::identity(1), &[1.0]).unwrap();
/// assert!((minimum[0] - 3f64.ln()).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn settle(objective: &impl Formula, chart: &Chart, start: &[f64]) -> Option<Vec<f64>> {
    let k = chart.coordinates()?;
    if chart.parameters() != objective.variables() || start.len() != k {
        return None;
    }
    let function = objective.in_chart(chart);
    let mut point = DVector::from_column_slice(start);
    let mut last = f64::INFINITY;
    for _ in 0..50 {
        let (mut gradient, mut hessian) = (DVector::zeros(k), DMatrix::zeros(k, k));
        function.gradient_over(point.as_slice(), gradient.as_mut_slice());
        function.hessian_over(point.as_slice(), hessian.as_mut_slice());
        let step = hessian.lu().solve(&gradient)?;
        let length = step.component_div(&point.map(|x| x.abs().max(f64::MIN_POSITIVE))).amax();
        if !step.iter().all(|entry| entry.is_finite()) {
            return None;
        }
        // Below the square root of the precision one more step gains all that can be gained.
        if length >= last && last < 1e-8 {
            break;
        }
        point -= step;
        last = length;
    }
    Some(point.as_slice().to_vec())
}
