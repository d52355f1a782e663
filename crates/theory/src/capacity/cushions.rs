//! What noise cushions a trained network has: how much of a layer's norm its data feel, and how little of a noise.

use saddlepoint_rigor::{
    Down, Interval, IntervalError, IntervalMatrix, IntervalVector, MatrixError, Rounding, Up,
};

use super::lipschitz::jacobian::Slope;
use super::matrix_project::ProjectionError;
use super::norms::{Layers, frobenius};
use crate::quantity::Confidence;

/// Why a network has no cushions on a sample.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum CushionError {
    /// A sample without inputs.
    #[error("an empty sample: at least one input is needed")]
    EmptySample,
    /// An input on which a layer, or all that follows it, may be zero: the cushion is a quotient by its norm.
    #[error("on input {example} the norm that the {cushion} of layer {layer} is divided by may be 0")]
    Zero {
        /// The input, from 0.
        example: usize,
        /// The cushion.
        cushion: &'static str,
        /// The layer, from 1.
        layer: usize,
    },
    /// Networks of different shapes.
    #[error("a compressed network of another shape than the original")]
    Shapes,
    /// An input that does not fit or is not finite, or an overflow.
    #[error(transparent)]
    Matrix(#[from] MatrixError),
}

/// The noise cushions of a ReLU network without biases on a sample, enclosed.
///
/// With `x⁰` an input, `xⁱ` the inputs of layer `i`'s units, `φ` the ReLU (and `φ(x⁰) = x⁰`), `J^{i,j}` the Jacobian of
/// `xʲ` in `xⁱ`, and the minimum and maximum over the sample:
///
/// # Formula
/// `μᵢ = min ‖xⁱ‖ / (‖Aⁱ‖_F ‖φ(xⁱ⁻¹)‖)`, `μ_{i→} = min(1/√hᵢ, min_{j>i} min ‖xʲ‖ / (‖J^{i,j}‖_F ‖xⁱ‖))`,
/// `c = max(1, max ‖xⁱ‖/‖φ(xⁱ)‖)`
///
/// # Reference
/// Arora, Ge, Neyshabur, Zhang, Stronger generalization bounds for deep nets via a compression approach, ICML 2018,
/// section 4: layer cushion, interlayer cushion and activation contraction.
#[derive(Debug, Clone, PartialEq)]
pub struct Cushions {
    layer: Vec<Interval>,
    interlayer: Vec<Interval>,
    contraction: Interval,
    largest_output: f64,
    examples: usize,
    shapes: Vec<(usize, usize)>,
}

impl Cushions {
    /// The cushions of a network on the `inputs`.
    ///
    /// Where the sign of a unit's input is lost to rounding, both slopes are enclosed.
    ///
    /// # Errors
    /// When there is no input, one does not fit or is not finite, or a quotient has no value: on some input all units of
    /// a layer are inactive, or a layer is zero.
    pub fn new(network: &Layers, inputs: &[Vec<f64>]) -> Result<Self, CushionError> {
        let weights = network.weights();
        let depth = weights.len();
        let one = Interval::between(1.0, 1.0);
        let norms: Vec<Interval> = weights.iter().map(frobenius).collect();
        let mut result: Option<Self> = None;
        for (example, x) in inputs.iter().enumerate() {
            let trace = Trace::of(weights, x)?;
            let quotient = |cushion, layer: usize, numerator: Interval, denominator: Interval| {
                let zero = |_: IntervalError| CushionError::Zero { example, cushion, layer };
                numerator.checked_div(denominator).map_err(zero)
            };
            let mut found = Self {
                layer: Vec::with_capacity(depth),
                interlayer: Vec::with_capacity(depth),
                contraction: one,
                largest_output: trace.inputs[depth - 1].norm().high(),
                examples: inputs.len(),
                shapes: weights.iter().map(IntervalMatrix::shape).collect(),
            };
            for i in 0..depth {
                let (before, after) = (trace.units[i].norm(), trace.inputs[i].norm());
                found.layer.push(quotient("layer cushion", i + 1, after, norms[i] * before)?);
                let root = Interval::between(weights[i].shape().0 as f64, weights[i].shape().0 as f64);
                // The root of a positive number divides 1.
                let root = root.sqrt().and_then(|root| one.checked_div(root)).unwrap_or(one);
                found.interlayer.push(root);
                if i + 1 < depth {
                    let contraction =
                        quotient("activation contraction", i + 1, after, trace.units[i + 1].norm())?;
                    found.contraction = greatest(found.contraction, contraction);
                }
            }
            for j in 1..depth {
                // From the last layer down, so that products have few rows.
                let mut jacobian = times_slopes(&weights[j], &slopes(&trace.inputs[j - 1]))?;
                for i in (0..j).rev() {
                    let denominator = frobenius(&jacobian) * trace.inputs[i].norm();
                    let cushion = quotient("interlayer cushion", i + 1, trace.inputs[j].norm(), denominator)?;
                    found.interlayer[i] = least(found.interlayer[i], cushion);
                    if i > 0 {
                        jacobian =
                            jacobian.times(&times_slopes(&weights[i], &slopes(&trace.inputs[i - 1]))?)?;
                    }
                }
            }
            result = Some(match result {
                None => found,
                Some(before) => before.merged(&found),
            });
        }
        result.ok_or(CushionError::EmptySample)
    }

    fn merged(mut self, other: &Self) -> Self {
        let least = |a: &[Interval], b: &[Interval]| a.iter().zip(b).map(|(&a, &b)| least(a, b)).collect();
        self.layer = least(&self.layer, &other.layer);
        self.interlayer = least(&self.interlayer, &other.interlayer);
        self.contraction = greatest(self.contraction, other.contraction);
        self.largest_output = self.largest_output.max(other.largest_output);
        self
    }

    /// `μᵢ` of each layer.
    pub fn layer(&self) -> &[Interval] {
        &self.layer
    }

    /// `μ_{i→}` of each layer.
    pub fn interlayer(&self) -> &[Interval] {
        &self.interlayer
    }

    /// The activation contraction `c`.
    pub fn contraction(&self) -> Interval {
        self.contraction
    }

    /// The largest norm of an output on the sample, rounded up.
    pub fn largest_output(&self) -> f64 {
        self.largest_output
    }

    /// The size of the sample.
    pub fn examples(&self) -> usize {
        self.examples
    }

    /// Rows and columns of each layer.
    pub fn shapes(&self) -> &[(usize, usize)] {
        &self.shapes
    }

    /// `Σ 1/(μᵢ² μ_{i→}²)`, rounded up.
    pub fn sum(&self) -> f64 {
        let term = |(layer, interlayer): (&Interval, &Interval)| {
            let inverse = Up::div(Up::div(1.0, layer.low()), interlayer.low());
            Up::mul(inverse, inverse)
        };
        self.layer.iter().zip(&self.interlayer).map(term).fold(0.0, Up::add)
    }

    /// The number of parameters that the paper counts for the compressed network, rounded up. It is the paper's: with its
    /// number of projections, which is too small (see [`matrix_project`](super::matrix_project)).
    ///
    /// # Formula
    /// `72 c² d² ln(m d h/δ)/ε² · Σ 1/(μᵢ² μ_{i→}²)` with depth `d`, largest width `h` and sample size `m`
    ///
    /// # Reference
    /// Arora, Ge, Neyshabur, Zhang, ICML 2018, section 4: the count that theorem 4.1 rests on.
    ///
    /// # Errors
    /// When `epsilon` is not positive and finite, or `delta` not in `(0, 1)`.
    pub fn effective_parameters(&self, epsilon: f64, delta: f64) -> Result<f64, ProjectionError> {
        if !(epsilon > 0.0 && epsilon.is_finite()) {
            return Err(ProjectionError::Accuracy(epsilon));
        }
        let delta = Confidence::new(delta)?.delta();
        let (depth, width) = (self.shapes.len() as f64, self.width() as f64);
        let events = Up::mul(Up::mul(self.examples as f64, depth), width);
        let scale = Up::div(Up::mul(self.contraction.high(), depth), epsilon);
        let scale = Up::mul(Up::mul(scale, scale), Up::mul(72.0, Up::ln(Up::div(events, delta))));
        Ok(Up::mul(scale, self.sum()))
    }

    /// The largest number of units of a layer, inputs aside.
    pub fn width(&self) -> usize {
        self.shapes.iter().fold(0, |width, shape| width.max(shape.0))
    }
}

/// How smooth a network is between layers under the noise that a compressed network brings in: the largest `ρ`, rounded
/// down, for which the definition holds on the sample. Infinite for a network of one layer.
///
/// The noise at layer `i` is that of replacing the weights of all layers up to `i`, or up to `i − 1`.
///
/// # Formula
/// `min ‖η‖‖xʲ‖ / (‖xⁱ‖ ‖M^{i,j}(xⁱ + η) − J^{i,j}(xⁱ + η)‖)` over the inputs and `i < j`, with the map `M^{i,j}` from layer
/// `i` to layer `j` and its Jacobian `J^{i,j}` at `xⁱ`
///
/// # Errors
/// When the networks have different shapes, there is no input, or one does not fit.
///
/// # Reference
/// Arora, Ge, Neyshabur, Zhang, ICML 2018, section 4: interlayer smoothness.
pub fn interlayer_smoothness(
    network: &Layers,
    compressed: &Layers,
    inputs: &[Vec<f64>],
) -> Result<f64, CushionError> {
    let (weights, changed) = (network.weights(), compressed.weights());
    let shapes = |weights: &[IntervalMatrix]| weights.iter().map(IntervalMatrix::shape).collect::<Vec<_>>();
    if shapes(weights) != shapes(changed) {
        return Err(CushionError::Shapes);
    }
    if inputs.is_empty() {
        return Err(CushionError::EmptySample);
    }
    let mut smallest = f64::INFINITY;
    for x in inputs {
        let (trace, other) = (Trace::of(weights, x)?, Trace::of(changed, x)?);
        for i in 0..weights.len() - 1 {
            let replaced = other.inputs[i].clone();
            let before = weights[i].times_vector(&other.units[i])?;
            // With no layer replaced there is no noise.
            let noisy = if i == 0 { vec![replaced] } else { vec![replaced, before] };
            for start in noisy {
                let noise = start.minus(&trace.inputs[i])?.norm().low().max(0.0);
                let (mut map, mut linear) = (start.clone(), start);
                for (j, weights) in weights.iter().enumerate().skip(i + 1) {
                    map = weights.times_vector(&relu(&map)?)?;
                    linear = times_slopes(weights, &slopes(&trace.inputs[j - 1]))?.times_vector(&linear)?;
                    let difference = Up::mul(map.minus(&linear)?.norm().high(), trace.inputs[i].norm().high());
                    let scale = Down::mul(noise, trace.inputs[j].norm().low().max(0.0));
                    if difference > 0.0 {
                        smallest = smallest.min(Down::div(scale, difference).max(0.0));
                    }
                }
            }
        }
    }
    Ok(smallest)
}

/// The numbers in a network on one input.
struct Trace {
    /// What each layer is applied to: `x`, `φ(x¹)`, …
    units: Vec<IntervalVector>,
    /// The inputs of the units: `x¹`, …, `x^d`.
    inputs: Vec<IntervalVector>,
}

impl Trace {
    fn of(weights: &[IntervalMatrix], x: &[f64]) -> Result<Self, MatrixError> {
        let mut units = vec![IntervalVector::new(x.to_vec())?];
        let mut inputs = Vec::with_capacity(weights.len());
        for (i, weights) in weights.iter().enumerate() {
            let z = weights.times_vector(&units[i])?;
            units.push(relu(&z)?);
            inputs.push(z);
        }
        Ok(Self { units, inputs })
    }
}

/// The activations of units whose inputs are these, around those of the midpoints.
///
/// Here and in [`slopes`], midpoints depend on midpoints alone, so that cushions of wider weights are wider to the last bit.
/// Where the sign of an input is lost, the ends would give an interval of half the width.
fn relu(inputs: &IntervalVector) -> Result<IntervalVector, MatrixError> {
    let column = inputs.as_column();
    let units = inputs.intervals().zip(column.midpoints().iter().zip(column.radii()));
    let (midpoints, radii) = units
        .map(|(input, (&m, &r))| match Slope::of(input) {
            Slope::Inactive => (0.0, 0.0),
            Slope::Either if m < 0.0 => (0.0, input.high().max(0.0)),
            Slope::Active | Slope::Either => (m, r),
        })
        .unzip();
    IntervalVector::with_radii(midpoints, radii)
}

/// The slopes of these units, by midpoint and radius.
fn slopes(inputs: &IntervalVector) -> Vec<(f64, f64)> {
    let units = inputs.intervals().zip(inputs.as_column().midpoints());
    units
        .map(|(input, &m)| match Slope::of(input) {
            Slope::Inactive => (0.0, 0.0),
            Slope::Active => (1.0, 0.0),
            Slope::Either => (f64::from(m > 0.0), 1.0),
        })
        .collect()
}

/// `W D` with the diagonal of slopes `D`.
fn times_slopes(weights: &IntervalMatrix, slopes: &[(f64, f64)]) -> Result<IntervalMatrix, MatrixError> {
    let middle = weights.scale_columns(&slopes.iter().map(|slope| slope.0).collect::<Vec<_>>())?;
    let magnitudes = weights.magnitudes::<Up>().flat_map(|row| row.zip(slopes));
    let radii = magnitudes.zip(middle.radii()).map(|((x, slope), &r)| Up::add(r, Up::mul(slope.1, x)));
    let (rows, columns) = weights.shape();
    IntervalMatrix::with_radii(rows, columns, middle.midpoints().to_vec(), radii.collect())
}

fn least(a: Interval, b: Interval) -> Interval {
    Interval::between(a.low().min(b.low()), a.high().min(b.high()))
}

fn greatest(a: Interval, b: Interval) -> Interval {
    Interval::between(a.low().max(b.low()), a.high().max(b.high()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn network(widths: &[usize], numbers: &[f64]) -> Layers {
        let mut numbers = numbers.iter().copied().cycle();
        let layer = |pair: &[usize]| {
            let entries = numbers.by_ref().take(pair[0] * pair[1]).collect();
            IntervalMatrix::from_rows(pair[1], pair[0], entries).unwrap()
        };
        Layers::new(widths.windows(2).map(layer).collect()).unwrap()
    }

    /// By hand: one unit a layer has all cushions 1, and a hidden layer with one of two units active contracts.
    #[test]
    fn small_networks_by_hand() {
        let line = network(&[1, 1, 1], &[2.0]);
        let cushions = Cushions::new(&line, &[vec![3.0], vec![0.5]]).unwrap();
        for cushion in cushions.layer().iter().chain(cushions.interlayer()).chain([&cushions.contraction()]) {
            assert!(cushion.contains(1.0) && cushion.width() < 1e-13);
        }
        assert!((cushions.largest_output() - 12.0).abs() < 1e-12 && (cushions.sum() - 2.0).abs() < 1e-12);
        let halves = network(&[1, 2, 1], &[3.0, -4.0, 1.0, 1.0]);
        let cushions = Cushions::new(&halves, &[vec![1.0]]).unwrap();
        assert!(cushions.contraction().contains(5.0 / 3.0) && cushions.layer()[0].contains(1.0));
        // xⁱ = (3, −4), φ = (3, 0), A² = (1, 1): 3/(√2 · 3); J = (1, 0): 3/(1 · 5).
        assert!((cushions.layer()[1].midpoint() - 0.5f64.sqrt()).abs() < 1e-13);
        assert!((cushions.interlayer()[0].midpoint() - 0.6).abs() < 1e-13);
        assert_eq!((cushions.examples(), cushions.width()), (1, 2));
    }

    #[test]
    fn what_has_no_cushions_is_refused() {
        let dead = network(&[1, 1, 1], &[-1.0]);
        assert_eq!(
            Cushions::new(&dead, &[vec![-1.0], vec![1.0]]).unwrap_err(),
            CushionError::Zero { example: 1, cushion: "activation contraction", layer: 1 }
        );
        assert_eq!(Cushions::new(&dead, &[]), Err(CushionError::EmptySample));
        assert!(Cushions::new(&dead, &[vec![1.0, 2.0]]).is_err());
        assert!(
            Cushions::new(&dead, &[vec![f64::NAN]]).is_err() && Cushions::new(&dead, &[vec![0.0]]).is_err()
        );
        let other = network(&[1, 2, 1], &[1.0]);
        assert_eq!(interlayer_smoothness(&dead, &other, &[vec![1.0]]), Err(CushionError::Shapes));
    }

    proptest! {
        /// Scaling a layer changes no cushion; the layer cushion is at most 1.
        #[test]
        fn cushions_do_not_see_the_scale_of_a_layer(
            numbers in prop::collection::vec(-2.0..2.0f64, 37), x in prop::array::uniform3(-1.0..1.0f64), e in -5i32..5,
        ) {
            let one = network(&[3, 4, 3, 2], &numbers);
            let mut weights = one.weights().to_vec();
            weights[1] = weights[1].scaled_by_power_of_two(e);
            let other = Layers::new(weights).unwrap();
            let inputs = [x.to_vec()];
            if let (Ok(a), Ok(b)) = (Cushions::new(&one, &inputs), Cushions::new(&other, &inputs)) {
                for (a, b) in a.layer().iter().zip(b.layer()).chain(a.interlayer().iter().zip(b.interlayer())) {
                    prop_assert!(a.intersection(*b).is_some() && a.low() <= 1.0 && a.low() >= 0.0);
                }
                prop_assert!(a.contraction().intersection(b.contraction()).is_some());
            }
            // The network itself brings in no noise; another keeps all signs or is finite.
            prop_assert!(interlayer_smoothness(&one, &one, &inputs).unwrap() >= 0.0);
        }

        #[test]
        fn any_bits_have_cushions_or_are_refused(bits in prop::array::uniform3(any::<u64>())) {
            let [a, b, x] = bits.map(f64::from_bits);
            let layer = |w: f64| IntervalMatrix::from_rows(1, 1, vec![w]);
            let (Ok(first), Ok(second)) = (layer(a), layer(b)) else { return Ok(()) };
            let network = Layers::new(vec![first, second]).unwrap();
            if let Ok(cushions) = Cushions::new(&network, &[vec![x]]) {
                prop_assert!(cushions.sum() >= 1.0 || cushions.sum().is_nan());
            }
            let _ = interlayer_smoothness(&network, &network, &[vec![x]]);
        }
    }
}
