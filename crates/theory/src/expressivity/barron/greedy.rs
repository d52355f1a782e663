//! The relaxed greedy algorithm: the best unit at each step, found exactly.

use super::{Target, Unit};

/// Approximations `f_n = (1 − 1/n) f_{n−1} + g_n/n`, where `g_n` is the unit of a height, or nothing, that leaves the least
/// error. See [`Target::greedy`].
#[derive(Debug, Clone)]
pub struct Greedy<'a> {
    target: &'a Target,
    height: f64,
    /// The points by their projections, one order a wave.
    orders: Vec<Vec<usize>>,
    fitted: Vec<f64>,
    units: usize,
}

/// An approximation by `n` units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// `n`.
    pub units: usize,
    /// `‖f − f(0) − f_n‖²`.
    pub squared_error: f64,
    /// `g_n`; nothing where zero is better than every unit.
    pub unit: Option<Unit>,
}

impl Target {
    /// Approximations by one more unit each, all of one height over `n`.
    ///
    /// # Formula
    /// With $A = h^2-\lVert f-f(0)\rVert^2$, for a height $h \ge V$ and every $n$
    /// $$\lVert f-f(0)-f_n\rVert^2\le\frac An.$$
    /// Units drawn so that their average is $f-f(0)$ leave
    /// $(1-\tfrac1n)^2\lVert f-f(0)-f_{n-1}\rVert^2+\tfrac1{n^2}A$ on average, and the best unit leaves no more; by
    /// induction that is at most $\tfrac{n-1}{n^2}A+\tfrac1{n^2}A$.
    ///
    /// # Reference
    /// Jones, A simple lemma on greedy approximation in Hilbert space and convergence rates for projection pursuit
    /// regression and neural network training, 1992; Barron 1993, section VIII.
    pub fn greedy(&self, height: f64) -> Greedy<'_> {
        let order = |z: &Vec<f64>| {
            let mut order: Vec<usize> = (0..z.len()).collect();
            order.sort_by(|&a, &b| z[a].total_cmp(&z[b]));
            order
        };
        let orders = self.projections.iter().map(order).collect();
        Greedy { target: self, height, orders, fitted: vec![0.0; self.values.len()], units: 0 }
    }

    /// Where a unit is active.
    pub(super) fn is_active(&self, unit: &Unit, point: usize) -> bool {
        let z = self.projections[unit.wave][point];
        if unit.above { z > unit.threshold } else { z < unit.threshold }
    }
}

impl Greedy<'_> {
    /// The unit that comes closest to these values, unless zero is closer.
    ///
    /// A unit that is active on `S` changes the squared distance to `v` by `h²μ(S) − 2h|⟨v, 1_S⟩|`, the better sign taken.
    fn closest(&self, wanted: &[f64]) -> Option<Unit> {
        let weights = &self.target.weights;
        let (mut best, mut least) = (None, 0.0);
        for (wave, order) in self.orders.iter().enumerate() {
            let z = &self.target.projections[wave];
            let all: f64 = order.iter().map(|&i| weights[i] * wanted[i]).sum();
            let (mut mass, mut below) = (0.0, 0.0);
            for (rank, &i) in order.iter().enumerate() {
                // Points with one projection are on one side.
                if rank == 0 || z[order[rank - 1]] < z[i] {
                    let under = if rank == 0 { f64::NEG_INFINITY } else { z[order[rank - 1]] };
                    for (above, threshold, mass, sum) in
                        [(true, under, 1.0 - mass, all - below), (false, z[i], mass, below)]
                    {
                        let change = self.height * (self.height * mass - 2.0 * f64::abs(sum));
                        if change < least {
                            let threshold = threshold.max(-self.target.radius * 2.0);
                            least = change;
                            best = Some(Unit { wave, threshold, above, height: self.height * sum.signum() });
                        }
                    }
                }
                mass += weights[i];
                below += weights[i] * wanted[i];
            }
        }
        best
    }
}

impl Iterator for Greedy<'_> {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        self.units += 1;
        let n = self.units as f64;
        // The error is ‖n(f − f(0)) − (n−1) f_{n−1} − g_n‖/n.
        let values = self.target.values.iter().zip(&self.fitted);
        let wanted: Vec<f64> = values.map(|(value, fitted)| n * value - (n - 1.0) * fitted).collect();
        let unit = self.closest(&wanted);
        for (i, fitted) in self.fitted.iter_mut().enumerate() {
            let output =
                unit.as_ref().filter(|unit| self.target.is_active(unit, i)).map_or(0.0, |unit| unit.height);
            *fitted += (output - *fitted) / n;
        }
        Some(Step { units: self.units, squared_error: self.target.squared_distance(&self.fitted), unit })
    }
}
