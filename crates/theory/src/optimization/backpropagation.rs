//! Backpropagation: all derivatives of a network for the price of about two evaluations.

use std::ops::{Add, Mul, Sub};

/// The numbers that a sigmoid network computes with: `f64`, and [`Counted`] ones.
pub trait Number: Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> {
    /// $1/(1 + e^{-z})$.
    #[must_use]
    fn sigmoid(self) -> Self;

    /// $1 - x$.
    #[must_use]
    fn complement(self) -> Self;

    /// False for NaN and infinities.
    fn is_number(self) -> bool;
}

impl Number for f64 {
    fn sigmoid(self) -> Self {
        let e = (-self.abs()).exp();
        if self >= 0.0 { 1.0 / (1.0 + e) } else { e / (1.0 + e) }
    }

    fn complement(self) -> Self {
        1.0 - self
    }

    fn is_number(self) -> bool {
        self.is_finite()
    }
}

/// A fully connected network of sigmoid units without biases, its last layer included.
///
/// # Formula
/// $$h^0 = x,\qquad h^l_m = \sigma\Bigl(\sum_j w^l_{mj}h^{l-1}_j\Bigr),\qquad \ell = \tfrac12\lVert h^L - y\rVert^2.$$
/// Backpropagation goes from the last layer to the first:
/// $$\delta^L_m = (h^L_m - y_m)\,h^L_m(1 - h^L_m),\qquad
/// \delta^{l-1}_j = \Bigl(\sum_m w^l_{mj}\delta^l_m\Bigr)h^{l-1}_j(1 - h^{l-1}_j),\qquad
/// \frac{\partial\ell}{\partial w^l_{mj}} = \delta^l_m h^{l-1}_j.$$
/// For a single unit this is the delta rule, $(\hat y - y)\,\hat y(1 - \hat y)\,x$.
///
/// With $E$ weights, $E_1$ of them in the first layer, and $V$ units, evaluation takes $E$ multiplications and
/// backpropagation $2E - E_1 + 2V$: it is $O(V + E)$, and at most $3E$ where the units have two inputs or more on average.
///
/// # Shapes
/// `widths` are those of input, hidden layers and output; weights are listed layer by layer, unit by unit.
///
/// # Reference
/// Widrow and Hoff, *Adaptive switching circuits* (1960), for the delta rule; Rumelhart, Hinton and Williams, *Learning
/// representations by back-propagating errors*, Nature 323 (1986), 533-536.
///
/// # Example
/// ```
/// use saddlepoint_theory::optimization::backpropagation::SigmoidNetwork;
///
/// let neuron = SigmoidNetwork::new(&[2, 1], vec![0.0, 0.0])?;
/// let units = neuron.evaluate(&[1.0, -2.0])?;
/// assert_eq!(units.output(), [0.5]);
/// assert_eq!(neuron.gradient(&units, &[1.0])?, [-0.125, 0.25]);
/// # Ok::<(), saddlepoint_theory::optimization::backpropagation::NetworkError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SigmoidNetwork<T = f64> {
    widths: Vec<usize>,
    weights: Vec<T>,
}

/// The activations of all units on one input, the input's own entries first.
#[derive(Debug, Clone, PartialEq)]
pub struct Activations<T = f64> {
    layers: Vec<Vec<T>>,
}

impl<T> Activations<T> {
    /// Those of a layer; layer 0 is the input.
    pub fn layer(&self, index: usize) -> Option<&[T]> {
        self.layers.get(index).map(Vec::as_slice)
    }

    /// Those of the last layer.
    pub fn output(&self) -> &[T] {
        self.layers.last().map_or(&[], Vec::as_slice)
    }
}

impl<T: Number> SigmoidNetwork<T> {
    /// A network with these widths and weights.
    ///
    /// # Errors
    /// When there are fewer than two widths, a width is 0, the number of weights does not fit, or one is not finite.
    pub fn new(widths: &[usize], weights: Vec<T>) -> Result<Self, NetworkError> {
        if widths.len() < 2 || widths.contains(&0) {
            return Err(NetworkError::Widths { widths: widths.to_vec() });
        }
        let overflow = || NetworkError::Widths { widths: widths.to_vec() };
        let products = widths.windows(2).map(|pair| pair[0].checked_mul(pair[1]));
        let expected =
            products.reduce(|sum, product| sum?.checked_add(product?)).flatten().ok_or_else(overflow)?;
        if weights.len() != expected {
            return Err(NetworkError::Count { what: "weights", expected, found: weights.len() });
        }
        finite("weights", &weights)?;
        Ok(Self { widths: widths.to_vec(), weights })
    }

    /// The weights, layer by layer and unit by unit.
    pub fn weights(&self) -> &[T] {
        &self.weights
    }

    /// `E`, the number of weights: the multiplications of an evaluation.
    pub fn edges(&self) -> usize {
        self.weights.len()
    }

    /// `V`, the number of units.
    pub fn units(&self) -> usize {
        self.widths[1..].iter().sum()
    }

    /// The multiplications of [`gradient`](Self::gradient): `2E − E₁ + 2V`.
    pub fn backward_multiplications(&self) -> usize {
        2 * self.edges() - self.widths[0] * self.widths[1] + 2 * self.units()
    }

    /// For each layer, the inputs of a unit and all weights.
    fn layers(&self) -> Vec<(usize, &[T])> {
        let mut rest = self.weights.as_slice();
        let cut = |pair: &[usize]| {
            let (layer, after) = rest.split_at(pair[0] * pair[1]);
            rest = after;
            (pair[0], layer)
        };
        self.widths.windows(2).map(cut).collect()
    }

    /// The activations on an input.
    ///
    /// # Errors
    /// When the input has the wrong number of entries or one is not finite.
    pub fn evaluate(&self, input: &[T]) -> Result<Activations<T>, NetworkError> {
        fits("inputs", self.widths[0], input.len())?;
        finite("inputs", input)?;
        let mut layers = vec![input.to_vec()];
        let mut below = input.to_vec();
        for (inputs, weights) in self.layers() {
            below = weights
                .chunks_exact(inputs)
                .filter_map(|row| sum(row.iter().zip(&below).map(|(w, h)| *w * *h)))
                .map(T::sigmoid)
                .collect();
            layers.push(below.clone());
        }
        Ok(Activations { layers })
    }

    /// The derivatives of half the squared error with respect to all weights, in their order.
    ///
    /// # Errors
    /// When the activations or the target are those of another network, or a target is not finite.
    pub fn gradient(&self, units: &Activations<T>, target: &[T]) -> Result<Vec<T>, NetworkError> {
        fits("layers of activations", self.widths.len(), units.layers.len())?;
        for (width, layer) in self.widths.iter().zip(&units.layers) {
            fits("activations of a layer", *width, layer.len())?;
        }
        let output = units.output();
        fits("targets", output.len(), target.len())?;
        finite("targets", target)?;
        let slope = |h: T| h * h.complement();
        let mut deltas: Vec<T> = output.iter().zip(target).map(|(h, y)| (*h - *y) * slope(*h)).collect();
        let mut gradients = Vec::with_capacity(self.widths.len() - 1);
        for (index, (inputs, weights)) in self.layers().into_iter().enumerate().rev() {
            let below = &units.layers[index];
            let products = deltas.iter().flat_map(|delta| below.iter().map(|h| *delta * *h));
            gradients.push(products.collect::<Vec<T>>());
            if index > 0 {
                let back =
                    |j: usize| sum(weights.chunks_exact(inputs).zip(&deltas).map(|(row, d)| row[j] * *d));
                deltas = (0..inputs).filter_map(|j| Some(back(j)? * slope(below[j]))).collect();
            }
        }
        Ok(gradients.into_iter().rev().flatten().collect())
    }
}

impl SigmoidNetwork<f64> {
    /// Half the squared error on an example.
    ///
    /// # Errors
    /// When input or target has the wrong number of entries or one is not finite.
    pub fn loss(&self, input: &[f64], target: &[f64]) -> Result<f64, NetworkError> {
        let units = self.evaluate(input)?;
        fits("targets", units.output().len(), target.len())?;
        finite("targets", target)?;
        Ok(0.5 * units.output().iter().zip(target).map(|(h, y)| (h - y) * (h - y)).sum::<f64>())
    }

    /// The derivatives by central differences of the loss: twice as many evaluations as there are weights.
    ///
    /// # Errors
    /// As for [`loss`](Self::loss).
    pub fn differences(&self, input: &[f64], target: &[f64], width: f64) -> Result<Vec<f64>, NetworkError> {
        let mut moved = self.clone();
        (0..self.weights.len())
            .map(|index| {
                let mut at = |weight: f64| {
                    moved.weights[index] = weight;
                    moved.loss(input, target)
                };
                let (high, low) = (self.weights[index] + width, self.weights[index] - width);
                let rise = at(high)? - at(low)?;
                moved.weights[index] = self.weights[index];
                Ok(rise / (high - low))
            })
            .collect()
    }
}

fn sum<T: Number>(terms: impl Iterator<Item = T>) -> Option<T> {
    terms.reduce(Add::add)
}

fn fits(what: &'static str, expected: usize, found: usize) -> Result<(), NetworkError> {
    if expected == found { Ok(()) } else { Err(NetworkError::Count { what, expected, found }) }
}

fn finite<T: Number>(what: &'static str, numbers: &[T]) -> Result<(), NetworkError> {
    match numbers.iter().position(|number| !number.is_number()) {
        Some(index) => Err(NetworkError::NotFinite { what, index }),
        None => Ok(()),
    }
}

/// An `f64` that counts the multiplications it takes part in.
///
/// # Example
/// ```
/// use std::cell::Cell;
/// use saddlepoint_theory::optimization::backpropagation::{Counted, SigmoidNetwork};
///
/// let count = Cell::new(0);
/// let number = |value| Counted::new(value, &count);
/// let network = SigmoidNetwork::new(&[2, 3, 1], [0.5; 9].map(number).to_vec())?;
/// let units = network.evaluate(&[1.0, -1.0].map(number))?;
/// assert_eq!(count.replace(0), 9);
/// network.gradient(&units, &[number(1.0)])?;
/// assert_eq!(count.get(), network.backward_multiplications());
/// # Ok::<(), saddlepoint_theory::optimization::backpropagation::NetworkError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Counted<'a> {
    value: f64,
    multiplications: &'a std::cell::Cell<usize>,
}

impl<'a> Counted<'a> {
    /// A number that counts in `multiplications`.
    pub fn new(value: f64, multiplications: &'a std::cell::Cell<usize>) -> Self {
        Self { value, multiplications }
    }

    /// The number alone.
    pub fn get(self) -> f64 {
        self.value
    }
}

impl Add for Counted<'_> {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { value: self.value + other.value, ..self }
    }
}

impl Sub for Counted<'_> {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self { value: self.value - other.value, ..self }
    }
}

impl Mul for Counted<'_> {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        self.multiplications.set(self.multiplications.get() + 1);
        Self { value: self.value * other.value, ..self }
    }
}

impl Number for Counted<'_> {
    fn sigmoid(self) -> Self {
        Self { value: self.value.sigmoid(), ..self }
    }

    fn complement(self) -> Self {
        Self { value: self.value.complement(), ..self }
    }

    fn is_number(self) -> bool {
        self.value.is_number()
    }
}

/// Why a network cannot be made or evaluated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// These are no widths of a network.
    #[error("a network needs two widths or more, none of them zero and not too large, not {widths:?}")]
    Widths {
        /// What was given.
        widths: Vec<usize>,
    },
    /// An entry of a list is NaN or infinite.
    #[error("entry {index} of the {what} is not finite")]
    NotFinite {
        /// Which list.
        what: &'static str,
        /// Position of the first such entry.
        index: usize,
    },
    /// A list has the wrong length.
    #[error("expected {expected} {what}, found {found}")]
    Count {
        /// Of what.
        what: &'static str,
        /// The length that fits.
        expected: usize,
        /// The length found.
        found: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogues_example() {
        let network =
            SigmoidNetwork::new(&[2, 3, 1], vec![0.1, 0.2, -0.3, 0.4, 0.5, -0.6, 0.7, -0.8, 0.9]).unwrap();
        let units = network.evaluate(&[0.5, -1.0]).unwrap();
        let gradient = network.gradient(&units, &[0.25]).unwrap();
        let close =
            |found: f64, expected: f64| assert!((found - expected).abs() < 1e-14, "{found} not {expected}");
        let hidden = [0.46257015465625045, 0.36586440898919936, 0.7005671424739729];
        units.layer(1).unwrap().iter().zip(hidden).for_each(|(h, expected)| close(*h, expected));
        close(units.output()[0], 0.6596237580813749);
        close(network.loss(&[0.5, -1.0], &[0.25]).unwrap(), 0.08389581159235436);
        let expected = [
            0.00800217600847614,
            -0.01600435201695228,
            -0.008534988689291319,
            0.017069977378582638,
            0.008681652517300513,
            -0.017363305034601026,
            0.042542036364939376,
            0.03364812198794386,
            0.06443034110870668,
        ];
        gradient.iter().zip(expected).for_each(|(g, expected)| close(*g, expected));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for widths in [&[][..], &[2], &[2, 0, 1], &[usize::MAX, 2]] {
            assert!(matches!(SigmoidNetwork::<f64>::new(widths, vec![]), Err(NetworkError::Widths { .. })));
        }
        let network = SigmoidNetwork::new(&[2, 1], vec![0.1, 0.2]).unwrap();
        assert!(SigmoidNetwork::new(&[2, 1], vec![0.1]).is_err());
        assert!(network.evaluate(&[1.0]).is_err());
        for broken in [f64::NAN, f64::INFINITY] {
            assert!(SigmoidNetwork::new(&[1, 1], vec![broken]).is_err());
            assert_eq!(
                network.evaluate(&[0.0, broken]),
                Err(NetworkError::NotFinite { what: "inputs", index: 1 })
            );
            assert!(network.loss(&[0.0, 0.0], &[broken]).is_err());
        }
        let units = network.evaluate(&[1.0, 2.0]).unwrap();
        assert!(network.gradient(&units, &[]).is_err());
        let other = SigmoidNetwork::new(&[2, 2], vec![0.1; 4]).unwrap();
        assert!(other.gradient(&units, &[0.0, 0.0]).is_err());
    }
}
