//! Networks with piecewise-linear activations: how fast they grow on a sample, and their VC dimension.

use saddlepoint_rigor::{Down, Rounding, Up};

use super::VcError;
use crate::quantity::count;

/// The sizes of a feed-forward network whose label is the sign of one output.
///
/// Units are arranged in layers and take inputs from any layers before them; their activation has `p + 1` linear pieces.
/// A parameter that is shared counts once.
///
/// # Reference
/// Bartlett, Harvey, Liaw, Mehrabian, Nearly-tight VC-dimension and pseudodimension bounds for piecewise linear neural
/// networks, JMLR 20, 2019.
///
/// # Example
/// ```
/// use saddlepoint_theory::capacity::vc::piecewise_linear::Architecture;
///
/// let relu = Architecture::fully_connected(64, &[32, 1], 1)?;
/// assert_eq!((relu.parameters(), relu.weighted_units()), (2113, 34));
/// assert_eq!(relu.vc_dimension_bound(), 40_698);
/// # Ok::<(), saddlepoint_theory::capacity::vc::VcError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Architecture {
    layers: Vec<Sizes>,
    breakpoints: u64,
    /// `Σᵢ Wᵢ = L̄ W`.
    total: u64,
    /// `R = Σᵢ i kᵢ`.
    weighted_units: u64,
}

/// A layer of computation units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layer {
    /// `kᵢ`, the number of units.
    pub units: u64,
    /// The number of parameters, biases included, that are met here for the first time.
    pub parameters: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sizes {
    units: u64,
    /// `Wᵢ`, the parameters of layers `1, …, i`.
    parameters: u64,
}

impl Architecture {
    /// Layers from the first hidden one to the output, whose activation has `p` breakpoints (1 for ReLU).
    ///
    /// # Errors
    /// When there is no layer, a layer has no unit, the first has no parameter, the last has several units, `p` is 0, or
    /// the sizes are too large to be counted.
    pub fn new(layers: &[Layer], breakpoints: u64) -> Result<Self, VcError> {
        let output = layers.last().ok_or(VcError::NoLayers)?;
        if breakpoints == 0 {
            return Err(VcError::NoBreakpoint);
        }
        let (mut sizes, mut parameters) = (Vec::new(), 0u64);
        let (mut total, mut weighted_units) = (0u64, 0u64);
        for (i, layer) in layers.iter().enumerate() {
            parameters = parameters.checked_add(layer.parameters).ok_or(VcError::TooLarge)?;
            if layer.units == 0 || parameters == 0 {
                return Err(VcError::EmptyLayer { layer: i, units: layer.units, parameters });
            }
            let weighted = layer.units.checked_mul(i as u64 + 1);
            weighted_units = weighted.and_then(|w| w.checked_add(weighted_units)).ok_or(VcError::TooLarge)?;
            total = total.checked_add(parameters).ok_or(VcError::TooLarge)?;
            sizes.push(Sizes { units: layer.units, parameters });
        }
        if output.units != 1 {
            return Err(VcError::SeveralOutputs(output.units));
        }
        if [total, weighted_units, breakpoints].into_iter().any(|size| size >= 1 << 53) {
            return Err(VcError::TooLarge);
        }
        Ok(Self { layers: sizes, breakpoints, total, weighted_units })
    }

    /// Layers of these widths, the output included, with biases, each connected to all units of the one before it.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn fully_connected(inputs: u64, widths: &[u64], breakpoints: u64) -> Result<Self, VcError> {
        let mut before = inputs;
        let layer = |&units: &u64| {
            let parameters =
                before.checked_add(1).and_then(|n| n.checked_mul(units)).ok_or(VcError::TooLarge)?;
            before = units;
            Ok(Layer { units, parameters })
        };
        Self::new(&widths.iter().map(layer).collect::<Result<Vec<_>, _>>()?, breakpoints)
    }

    /// `W`, the number of parameters.
    pub fn parameters(&self) -> u64 {
        self.layers.last().map_or(0, |layer| layer.parameters)
    }

    /// `L`, the number of layers, the output included.
    pub fn depth(&self) -> usize {
        self.layers.len()
    }

    /// `L̄ = Σᵢ Wᵢ / W`, the depth at which parameters sit on average, to nearest.
    pub fn effective_depth(&self) -> f64 {
        self.total as f64 / self.parameters() as f64
    }

    /// `R = Σᵢ i kᵢ`.
    pub fn weighted_units(&self) -> u64 {
        self.weighted_units
    }

    /// `ln Π(m)`, rounded up: on `m` points, how many combinations of labels the network takes at most.
    ///
    /// # Formula
    /// `Π(m) ≤ ∏ᵢ 2 (2e m kᵢ p i / Wᵢ)^Wᵢ` from `m = W` on, and `Π(m) ≤ 2ᵐ`
    ///
    /// # Reference
    /// Theorem 7, with degree 1.
    pub fn log_growth(&self, points: u64) -> f64 {
        let m = count::<Up>(points);
        let all = Up::mul(m, Up::ln(2.0));
        if points < self.parameters() { all } else { self.log_product(m).min(all) }
    }

    /// An upper bound of the VC dimension: the closed form.
    ///
    /// # Formula
    /// `L + L̄ W log₂(4epR log₂(2epR))`
    ///
    /// # Errors
    /// When the network has fewer than three units.
    ///
    /// # Reference
    /// Theorem 7, equation 2, with degree 1.
    pub fn closed_form(&self) -> Result<f64, VcError> {
        let units = self.layers.iter().map(|layer| layer.units).sum();
        if units < 3 {
            return Err(VcError::TooFewUnits(units));
        }
        let inner = Up::mul(2.0 * E.next_up(), self.scale());
        let logarithm = log2(Up::mul(2.0 * inner, log2(inner)));
        Ok(Up::add(count::<Up>(self.depth() as u64), Up::mul(count::<Up>(self.total), logarithm)))
    }

    /// An upper bound of the VC dimension: where `2ᵐ` outgrows the mean of all layers' bounds.
    ///
    /// # Formula
    /// The largest root of `m = L + L̄W log₂(2epRm / L̄W)`, by the inequality of arithmetic and geometric means.
    ///
    /// # Reference
    /// The proof of theorem 7, with degree 1.
    pub fn implicit(&self) -> f64 {
        let (depth, total) = (count::<Up>(self.depth() as u64), count::<Up>(self.total));
        self.root(|m| {
            let mean = Up::div(Up::mul(2.0 * self.scale(), m), count::<Down>(self.total));
            Up::add(Up::mul(depth, Up::ln(2.0)), Up::mul(total, Up::add(1.0, Up::ln(mean))))
        })
    }

    /// An upper bound of the VC dimension: where `2ᵐ` outgrows the product of all layers' bounds.
    ///
    /// # Formula
    /// The largest root of `2ᵐ = ∏ᵢ 2 (2e m kᵢ p i / Wᵢ)^Wᵢ`
    ///
    /// # Reference
    /// The proof of theorem 7, with degree 1, before the means are taken.
    pub fn product_form(&self) -> f64 {
        self.root(|m| self.log_product(m))
    }

    /// The smallest of the bounds, as the integer that a dimension is.
    pub fn vc_dimension_bound(&self) -> u64 {
        self.product_form().min(self.implicit()) as u64
    }

    fn log_product(&self, m: f64) -> f64 {
        self.layers.iter().zip(1u32..).fold(0.0, |sum, (layer, i)| {
            let [units, parameters, breakpoints] =
                [layer.units, layer.parameters, self.breakpoints].map(count::<Up>);
            let pieces = Up::mul(Up::mul(units, f64::from(i)), breakpoints);
            let base = Up::div(Up::mul(2.0 * m, pieces), count::<Down>(layer.parameters));
            Up::add(sum, Up::add(Up::ln(2.0), Up::mul(parameters, Up::add(1.0, Up::ln(base)))))
        })
    }

    /// `pR`, rounded up.
    fn scale(&self) -> f64 {
        Up::mul(count::<Up>(self.breakpoints), count::<Up>(self.weighted_units))
    }

    /// The largest `m` with `2ᵐ ≤ Π(m)`, rounded up, for a bound whose logarithm has the slope `ΣWᵢ/m`: from `ΣWᵢ/ln 2`
    /// on, `m ln 2 − ln Π(m)` increases, so that one `m` at which it is not negative ends the search. A dimension below
    /// `W`, where `Π` is unknown, is below that, too.
    fn root(&self, log_growth: impl Fn(f64) -> f64) -> f64 {
        let outgrown = |m: f64| Down::mul(m, Down::ln(2.0)) >= log_growth(m);
        let mut low = Up::div(count::<Up>(self.total), Down::ln(2.0));
        let mut high = low;
        // Linear against logarithmic: it ends long before the largest float.
        while !outgrown(high) && high < f64::MAX {
            (low, high) = (high, 2.0 * high);
        }
        loop {
            let middle = low.midpoint(high);
            if middle <= low || middle >= high {
                return high;
            }
            if outgrown(middle) { high = middle } else { low = middle }
        }
    }
}

/// `W L log₂(W/L) / C`, rounded down: for some universal `C` there is, for each such `W` and `L`, a ReLU network of at most
/// `L` layers and `W` parameters whose VC dimension is at least this. Nothing is said about any given network.
///
/// # Errors
/// Unless `W > CL > C²`, `C` is finite and `L` is positive.
///
/// # Reference
/// Theorem 3.
pub fn existential_lower_bound(parameters: u64, layers: u64, constant: f64) -> Result<f64, VcError> {
    let [w, l] = [parameters, layers].map(count::<Down>);
    let product = Up::mul(constant, count::<Up>(layers));
    if !(constant >= 1.0 && l > constant && w > product) {
        return Err(VcError::NoLowerBound { parameters, layers, constant });
    }
    let ratio = Down::div(w, count::<Up>(layers));
    let logarithm = Down::div(Down::ln(ratio), Up::ln(2.0));
    Ok(Down::div(Down::mul(Down::mul(w, l), logarithm), constant))
}

/// `e` lies between its nearest float and the next one.
const E: f64 = std::f64::consts::E;

/// `log₂ x`, rounded up, for `x ≥ 1`.
fn log2(x: f64) -> f64 {
    Up::div(Up::ln(x), Down::ln(2.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_network_is_refused() {
        let relu = |widths: &[u64]| Architecture::fully_connected(3, widths, 1).unwrap_err();
        assert_eq!(relu(&[]), VcError::NoLayers);
        assert_eq!(relu(&[4, 2]), VcError::SeveralOutputs(2));
        assert_eq!(relu(&[0, 1]), VcError::EmptyLayer { layer: 0, units: 0, parameters: 0 });
        assert_eq!(relu(&[u64::MAX, 1]), VcError::TooLarge);
        assert_eq!(Architecture::fully_connected(3, &[4, 1], 0), Err(VcError::NoBreakpoint));
        let perceptron = Architecture::fully_connected(3, &[1], 1).unwrap();
        assert_eq!(perceptron.closed_form(), Err(VcError::TooFewUnits(1)));
    }

    #[test]
    fn the_lower_bound_claims_nothing_for_small_networks() {
        assert!(existential_lower_bound(1_000_000, 100, 10.0).unwrap() > 1.32e8);
        for (w, l, c) in [(100, 100, 10.0), (1_000_000, 5, 10.0), (1_000_000, 100, f64::NAN), (10, 5, 0.0)] {
            assert!(existential_lower_bound(w, l, c).is_err(), "{w} {l} {c}");
        }
    }

    proptest! {
        #[test]
        fn any_sizes_are_bounded_or_refused(
            inputs in any::<u64>(), widths in prop::collection::vec(any::<u64>(), 0..5), p in any::<u64>(), shift in 0u32..64,
        ) {
            let widths: Vec<u64> = widths.into_iter().map(|w| w >> shift).chain([1]).collect();
            if let Ok(network) = Architecture::fully_connected(inputs >> shift, &widths, (p >> shift).max(1)) {
                let bound = network.product_form();
                prop_assert!(bound.is_finite() && bound >= network.parameters() as f64);
                prop_assert!(bound <= network.implicit() * (1.0 + 1e-12));
                if let Ok(closed) = network.closed_form() {
                    prop_assert!(network.implicit() <= closed * (1.0 + 1e-12));
                }
            }
        }
    }
}
