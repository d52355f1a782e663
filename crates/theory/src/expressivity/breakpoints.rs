//! The pieces of a ReLU network with one input: in floating point with a bound of all rounding, or exactly.

use num_rational::BigRational;

use super::Scalar;
use super::piecewise_linear::{PiecewiseLinear, PiecewiseLinearError};
use super::relu_network::ReluNetwork;

/// Why a network has no breakpoints.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum BreakpointError {
    /// A network whose inputs are no points of a line.
    #[error("a network of {0} inputs: breakpoints are numbers only for 1")]
    Inputs(usize),
    /// An interval without inside.
    #[error("the ends of the interval must be finite and increase")]
    Interval,
    /// Weights so large that a unit overflows on the interval.
    #[error("the units of layer {layer} overflow on the interval")]
    Overflow {
        /// The layer, from 0.
        layer: usize,
    },
}

/// A network with one input on an interval: the points at which some hidden unit switches, and the outputs there.
///
/// Layer by layer, all units are affine between neighbouring points, so that values at the points are all there is to keep; a
/// unit that changes its sign between two of them adds one.
///
/// **Merging.** In floating point a breakpoint that lies on an earlier one is found again beside it, so that equal numbers are not
/// enough to count. Every value carries a bound of its rounding (to first order, doubled), from which follows how far a breakpoint
/// may lie from where it was found. Two that cannot be told apart are one. The count is therefore never above the exact one, and equal
/// to it where the breakpoints are further apart than rounding.
///
/// # Example
/// ```
/// use nalgebra::{dmatrix, dvector};
/// use saddlepoint_theory::expressivity::breakpoints::Breakpoints;
/// use saddlepoint_theory::expressivity::relu_network::ReluNetwork;
///
/// let tent = ReluNetwork::new(vec![
///     (dmatrix![1.0; 1.0], dvector![0.0, -0.5]),
///     (dmatrix![2.0, -4.0], dvector![0.0]),
/// ])?;
/// let found = Breakpoints::of(&tent, -1.0, 1.0)?;
/// assert_eq!((found.knots(), found.affine_pieces()), (&[-1.0, 0.0, 0.5, 1.0][..], 3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Breakpoints<T> {
    knots: Vec<T>,
    /// Outputs at each knot.
    values: Vec<Vec<T>>,
    /// The end of each maximal piece, as an index of `knots`.
    ends: Vec<usize>,
}

impl Breakpoints<f64> {
    /// The breakpoints of a network in `[low, high]`, in floating point.
    ///
    /// # Errors
    /// When the network has not one input, the ends do not increase, or its units overflow.
    pub fn of(network: &ReluNetwork, low: f64, high: f64) -> Result<Self, BreakpointError> {
        propagate(network, low, high, f64::EPSILON, |x| x)
    }
}

impl Breakpoints<BigRational> {
    /// The breakpoints of a network in `[low, high]`, exactly: its weights are taken for the rational numbers that they are.
    /// Numerators grow with each layer: meant for small networks.
    ///
    /// # Errors
    /// When the network has not one input or the ends do not increase.
    pub fn exactly(
        network: &ReluNetwork,
        low: BigRational,
        high: BigRational,
    ) -> Result<Self, BreakpointError> {
        // Weights of a network are finite, so that none is left out.
        propagate(network, low, high, 0.0, |x| {
            BigRational::from_float(x).unwrap_or_else(|| BigRational::integer(0))
        })
    }

    /// An output as a piecewise linear function.
    ///
    /// # Errors
    /// None in practice, for knots increase; an output that the network has not has no values.
    pub fn output(&self, output: usize) -> Result<PiecewiseLinear, PiecewiseLinearError> {
        let values = self.values.iter().filter_map(|values| values.get(output).cloned()).collect();
        PiecewiseLinear::interpolate(self.knots.clone(), values)
    }
}

impl<T: Scalar> Breakpoints<T> {
    /// The ends of the interval, and between them the points at which a hidden unit switches.
    pub fn knots(&self) -> &[T] {
        &self.knots
    }

    /// The outputs at each knot; between knots they are affine.
    pub fn values(&self) -> &[Vec<T>] {
        &self.values
    }

    /// The number of intervals on which every hidden unit is active throughout or inactive throughout.
    pub fn activation_regions(&self) -> usize {
        self.knots.len() - 1
    }

    /// The number of maximal intervals on which the outputs are affine: at most as many, since units that switch need not reach an
    /// output.
    pub fn affine_pieces(&self) -> usize {
        self.ends.len()
    }
}

/// A point with the units of the layer that was reached.
#[derive(Clone)]
struct Knot<T> {
    at: T,
    /// How far the true point may lie.
    spread: f64,
    units: Vec<T>,
    /// How far the true values may lie.
    errors: Vec<f64>,
}

fn propagate<T: Scalar>(
    network: &ReluNetwork,
    low: T,
    high: T,
    roundoff: f64,
    number: impl Fn(f64) -> T,
) -> Result<Breakpoints<T>, BreakpointError> {
    if network.inputs() != 1 {
        return Err(BreakpointError::Inputs(network.inputs()));
    }
    if !(low.is_number() && high.is_number() && low < high) {
        return Err(BreakpointError::Interval);
    }
    let end = |at: T| Knot { spread: 0.0, units: vec![at.clone()], errors: vec![0.0], at };
    let mut knots = vec![end(low), end(high)];
    let last = network.layers().len() - 1;
    for (layer, (weights, bias)) in network.layers().iter().enumerate() {
        let rows: Vec<Vec<T>> =
            weights.row_iter().map(|row| row.iter().map(|&w| number(w)).collect()).collect();
        let bias: Vec<T> = bias.iter().map(|&b| number(b)).collect();
        for knot in &mut knots {
            knot.affine(&rows, &bias, roundoff);
            if !knot.units.iter().all(T::is_number) {
                return Err(BreakpointError::Overflow { layer });
            }
        }
        if layer < last {
            knots = with_crossings(knots, roundoff);
            for unit in knots.iter_mut().flat_map(|knot| &mut knot.units) {
                *unit = unit.clone().relu();
            }
        }
    }
    let ends = (1..knots.len()).filter(|&i| i + 1 == knots.len() || bends(&knots[i - 1..=i + 1], roundoff));
    let ends = ends.collect();
    let (knots, values) = knots.into_iter().map(|knot| (knot.at, knot.units)).unzip();
    Ok(Breakpoints { knots, values, ends })
}

impl<T: Scalar> Knot<T> {
    /// `units ↦ W units + b`.
    fn affine(&mut self, rows: &[Vec<T>], bias: &[T], roundoff: f64) {
        let mut errors = Vec::with_capacity(rows.len());
        let mut units = Vec::with_capacity(rows.len());
        for (row, bias) in rows.iter().zip(bias) {
            let products = row.iter().zip(&self.units).map(|(w, x)| w.clone() * x.clone());
            units.push(products.fold(bias.clone(), |sum, product| sum + product));
            errors.push(if roundoff == 0.0 {
                0.0
            } else {
                // Inherited, and as many roundings as terms of a sum of this size.
                let terms = row.iter().zip(&self.units).zip(&self.errors);
                let (inherited, size) =
                    terms.fold((0.0, bias.to_f64().abs()), |(inherited, size), ((w, x), error)| {
                        let w = w.to_f64().abs();
                        (inherited + w * error, size + w * x.to_f64().abs())
                    });
                inherited + roundoff * (row.len() + 1) as f64 * size
            });
        }
        (self.units, self.errors) = (units, errors);
    }

    /// The point at a fraction of the way to another.
    fn towards(&self, other: &Self, fraction: &T, at: T, spread: f64, roundoff: f64) -> Self {
        let between = |(p, q): (&T, &T)| p.clone() + fraction.clone() * (q.clone() - p.clone());
        let units: Vec<T> = self.units.iter().zip(&other.units).map(between).collect();
        let errors = if roundoff == 0.0 {
            vec![0.0; units.len()]
        } else {
            let ends = self.errors.iter().zip(&other.errors).zip(self.units.iter().zip(&other.units));
            ends.map(|((a, b), (p, q))| a.max(*b) + 2.0 * roundoff * p.to_f64().abs().max(q.to_f64().abs()))
                .collect()
        };
        Self { at, spread, units, errors }
    }
}

/// The knots with those added at which a unit changes its sign.
fn with_crossings<T: Scalar>(knots: Vec<Knot<T>>, roundoff: f64) -> Vec<Knot<T>> {
    let zero = T::integer(0);
    let mut knots = knots.into_iter();
    let mut all: Vec<Knot<T>> = knots.next().into_iter().collect();
    for mut right in knots {
        let first = all.len() - 1;
        let left = &all[first];
        let length = right.at.clone() - left.at.clone();
        let (from, to) = (left.at.to_f64(), right.at.to_f64());
        let mut crossings: Vec<(T, T, f64, usize)> = Vec::new();
        for (unit, (p, q)) in left.units.iter().zip(&right.units).enumerate() {
            if (*p < zero && *q > zero) || (*p > zero && *q < zero) {
                let rise = p.clone() - q.clone();
                let fraction = p.clone() / rise.clone();
                let at = left.at.clone() + fraction.clone() * length.clone();
                let spread = if roundoff == 0.0 {
                    0.0
                } else {
                    let error = left.errors[unit].max(right.errors[unit]) / rise.to_f64().abs();
                    2.0 * error * (to - from) + 4.0 * roundoff * from.abs().max(to.abs())
                };
                crossings.push((fraction, at, spread, unit));
            }
        }
        crossings.sort_by(|a, b| a.0.partial_cmp(&b.0).unwrap_or(std::cmp::Ordering::Equal));
        for (fraction, at, spread, unit) in crossings {
            let near = |knot: &Knot<T>| {
                let apart = || (at.to_f64() - knot.at.to_f64()).abs() > spread + knot.spread;
                at == knot.at || (roundoff > 0.0 && !apart())
            };
            let newest = all.len() - 1;
            // A unit that vanishes at a knot has its sign from the other end.
            if near(&right) {
                right.units[unit] = zero.clone();
            } else if near(&all[newest]) {
                all[newest].units[unit] = zero.clone();
            } else {
                let mut knot = all[first].towards(&right, &fraction, at, spread, roundoff);
                knot.units[unit] = zero.clone();
                all.push(knot);
            }
        }
        all.push(right);
    }
    all
}

/// Whether an output has different slopes before and after the middle one of three knots.
fn bends<T: Scalar>(knots: &[Knot<T>], roundoff: f64) -> bool {
    let [p, q, r] = knots else { return false };
    let slope = |a: &Knot<T>, b: &Knot<T>, i: usize| {
        (b.units[i].clone() - a.units[i].clone()) / (b.at.clone() - a.at.clone())
    };
    (0..q.units.len()).any(|i| {
        let (before, after) = (slope(p, q, i), slope(q, r, i));
        if roundoff == 0.0 {
            return before != after;
        }
        let error = |a: &Knot<T>, b: &Knot<T>, slope: f64| {
            let values = a.errors[i] + b.errors[i] + slope.abs() * (a.spread + b.spread);
            2.0 * values / (b.at.to_f64() - a.at.to_f64()) + 4.0 * roundoff * slope.abs()
        };
        let (before, after) = (before.to_f64(), after.to_f64());
        (before - after).abs() > error(p, q, before) + error(q, r, after)
    })
}
