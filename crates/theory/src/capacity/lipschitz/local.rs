//! The Lipschitz constant of a ReLU network on a box, by branch and bound.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use saddlepoint_rigor::{Interval, IntervalMatrix, IntervalVector, MatrixError, Up};

use super::LipschitzError;
use super::jacobian::{Exact, Slope, chain, norm_above, relu, slopes, times_slopes};
use super::sampled::norm_below;
use super::upper::{averaged_over, separated};
use crate::expressivity::relu_network::{NetworkError, ReluNetwork};

/// What branch and bound found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Local {
    /// An enclosure of the Lipschitz constant on the box. Its lower end is the norm of a Jacobian inside.
    pub constant: Interval,
    /// How many boxes were looked at.
    pub boxes: usize,
}

/// A Lipschitz constant of a network on the box `[low, high]`, enclosed; any number of inputs, biases allowed.
///
/// On a box, interval arithmetic fixes the slopes of most units; few that are open are tried in all combinations, since
/// the norm is convex in each slope; with many, the bound of [`averaged`](super::averaged) is used, where only open
/// units separate factors. The box with the largest bound is halved until the ends of the enclosure meet to 10⁻⁹ or the
/// `budget` of boxes is spent; the result is valid at any budget, and never above
/// [`averaged`](super::averaged).
///
/// # Errors
/// When the box does not fit the network, one of its ranges is not finite or does not increase, or a product overflows.
///
/// # Reference
/// Jordan, Dimakis, Exactly computing the local Lipschitz constant of ReLU networks, NeurIPS 2020 (the generalized
/// Jacobian); the bound of a box is the one above.
pub fn local(network: &ReluNetwork, low: &[f64], high: &[f64], budget: usize) -> Result<Local, LipschitzError> {
    /// Where the ends of the enclosure meet.
    const MEET: f64 = 1.0 + 1e-9;
    for ends in [low, high] {
        if ends.len() != network.inputs() {
            return Err(NetworkError::Point { inputs: network.inputs(), found: ends.len() }.into());
        }
    }
    for (index, (&low, &high)) in low.iter().zip(high).enumerate() {
        if !(low < high && (high - low).is_finite()) {
            return Err(LipschitzError::Range { index, low, high });
        }
    }
    let exact = Exact::new(network)?;
    // Fixing some slopes alone may raise the bound of a box: it never counts for more than that of all.
    let whole =
        Part { bound: averaged_over(&exact.weights)?, low: low.to_vec(), high: high.to_vec(), widest: 0 };
    let (mut below, mut boxes) = (0.0f64, 0);
    let mut queue = BinaryHeap::new();
    let mut next = vec![whole];
    loop {
        for mut part in next.drain(..) {
            boxes += 1;
            part.look(&exact)?;
            if let Some(norm) = norm_below(&exact, network, &part.center())? {
                below = below.max(norm);
            }
            queue.push(part);
        }
        // The queue is never empty: a part that is taken is put back or halved.
        let Some(part) = queue.pop() else { break };
        let above = part.bound;
        let halves = if boxes < budget && above > below * MEET { part.halves() } else { None };
        match halves {
            Some(halves) => next.extend(halves),
            None => return Ok(Local { constant: Interval::between(below.min(above), above), boxes }),
        }
    }
    Ok(Local { constant: Interval::between(below, f64::INFINITY), boxes })
}

/// A box and what is known of it. Ordered by its bound.
#[derive(Debug)]
struct Part {
    bound: f64,
    low: Vec<f64>,
    high: Vec<f64>,
    widest: usize,
}

impl Part {
    fn center(&self) -> Vec<f64> {
        self.low.iter().zip(&self.high).map(|(&low, &high)| f64::midpoint(low, high)).collect()
    }

    /// The two halves along the widest side, or nothing where floats end.
    fn halves(self) -> Option<[Part; 2]> {
        let (i, middle) = (self.widest, f64::midpoint(self.low[self.widest], self.high[self.widest]));
        if middle <= self.low[i] || middle >= self.high[i] {
            return None;
        }
        let mut first = Part { bound: self.bound, low: self.low.clone(), high: self.high.clone(), widest: i };
        let mut second = self;
        first.high[i] = middle;
        second.low[i] = middle;
        Some([first, second])
    }

    /// Bounds the norm of the Jacobian on the box, and finds the side along which outputs vary most.
    fn look(&mut self, network: &Exact) -> Result<(), MatrixError> {
        /// Up to so many open units, all combinations of their slopes are tried.
        const TRIED: usize = 4;
        let sides = self.low.iter().zip(&self.high).map(|(&low, &high)| Interval::between(low, high));
        let mut units = IntervalVector::from_intervals(sides)?;
        let (center, radii) = (units.as_column().midpoints().to_vec(), units.as_column().radii().to_vec());
        let spread = spread(&radii)?;
        let mut at_center = IntervalVector::new(center)?;
        let mut jacobian: Option<IntervalMatrix> = None;
        let mut layers: Vec<Vec<Slope>> = Vec::new();
        for (i, (weights, bias)) in network.weights.iter().zip(&network.biases).enumerate() {
            let derivative = match (&jacobian, layers.last()) {
                (Some(before), Some(slopes)) => times_slopes(weights, slopes)?.times(before)?,
                _ => weights.clone(),
            };
            if i + 1 < network.weights.len() {
                // Two enclosures: the layer's map of the box, and the mean value theorem from the center.
                let z = weights.times_vector(&units)?.plus(bias)?;
                let z_center = weights.times_vector(&at_center)?.plus(bias)?;
                let z = meet(&z, &z_center.plus(&derivative.times_vector(&spread)?)?)?;
                units = relu(&z)?;
                at_center = relu(&z_center)?;
                layers.push(slopes(&z));
            }
            jacobian = Some(derivative);
        }
        let Some(jacobian) = jacobian else { return Ok(()) };
        let steep = |j: usize| {
            let column = jacobian.magnitudes::<Up>().map(|mut row| row.nth(j).unwrap_or(0.0));
            column.fold(0.0, f64::max) * radii[j]
        };
        self.widest = (0..radii.len()).fold(0, |best, j| if steep(j) > steep(best) { j } else { best });
        let open: Vec<(usize, usize)> = (layers.iter().enumerate())
            .flat_map(|(layer, slopes)| {
                slopes.iter().enumerate().map(move |(unit, slope)| (layer, unit, slope))
            })
            .filter(|(.., slope)| **slope == Slope::Either)
            .map(|(layer, unit, _)| (layer, unit))
            .collect();
        let bound = if open.len() <= TRIED {
            let mut most = 0.0f64;
            for choice in 0..1u32 << open.len() {
                for (bit, &(layer, unit)) in open.iter().enumerate() {
                    layers[layer][unit] = if choice >> bit & 1 == 1 { Slope::Active } else { Slope::Inactive };
                }
                let jacobian = chain(&network.weights, &layers)?;
                if jacobian.spectral_norm_bound() > most {
                    most = most.max(norm_above(&jacobian));
                }
            }
            most
        } else {
            norm_above(&jacobian).min(separated(&network.weights, &layers)?)
        };
        self.bound = self.bound.min(bound);
        Ok(())
    }
}

/// Vectors between `−radii` and `radii`.
fn spread(radii: &[f64]) -> Result<IntervalVector, MatrixError> {
    IntervalVector::with_radii(vec![0.0; radii.len()], radii.to_vec())
}

/// What lies in both of two enclosures of the same numbers.
fn meet(one: &IntervalVector, other: &IntervalVector) -> Result<IntervalVector, MatrixError> {
    // Enclosures of one number have it in common.
    let common = one.intervals().zip(other.intervals()).map(|(a, b)| a.intersection(b).unwrap_or(a));
    IntervalVector::from_intervals(common)
}

impl Ord for Part {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bound.total_cmp(&other.bound)
    }
}

impl PartialOrd for Part {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Part {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Part {}
