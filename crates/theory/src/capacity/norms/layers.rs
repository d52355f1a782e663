//! Norms of networks whose layers are matrices.

use saddlepoint_rigor::{Down, Interval, IntervalMatrix, Rounding, Up, euclidean_norm};

use super::NormError;

/// The weights of a network without biases, in the order in which an input meets them: layer `i` maps `x` to
/// `φ(Wᵢ x)`, and each takes as many inputs as the one before it has outputs.
///
/// # Example
/// ```
/// use saddlepoint_rigor::IntervalMatrix;
/// use saddlepoint_theory::capacity::norms::{Layers, frobenius};
///
/// let hidden = IntervalMatrix::from_rows(2, 1, vec![3.0, -4.0])?;
/// let output = IntervalMatrix::from_rows(1, 2, vec![1.0, 1.0])?;
/// let network = Layers::new(vec![hidden, output])?;
/// assert!(network.path_l1().total.contains(7.0) && network.path_l2().total.contains(5.0));
/// let product = network.product(|layer| Ok::<_, ()>(frobenius(layer))).unwrap();
/// assert!(product.low() > 7.07 && product.high() < 7.08);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Layers(Vec<IntervalMatrix>);

/// A path norm of each output and of all together.
#[derive(Debug, Clone, PartialEq)]
pub struct PathNorm {
    /// One for each output, over the paths that end there.
    pub outputs: Vec<Interval>,
    /// Over all paths.
    pub total: Interval,
}

impl Layers {
    /// A network of these layers.
    ///
    /// # Errors
    /// When there is none, or one does not fit the one before it.
    pub fn new(weights: Vec<IntervalMatrix>) -> Result<Self, NormError> {
        if weights.is_empty() {
            return Err(NormError::NoLayers);
        }
        for (i, pair) in weights.windows(2).enumerate() {
            let (outputs, inputs) = (pair[0].shape().0, pair[1].shape().1);
            if outputs != inputs {
                return Err(NormError::Chain { layer: i + 1, inputs, outputs });
            }
        }
        Ok(Self(weights))
    }

    /// The weights.
    pub fn weights(&self) -> &[IntervalMatrix] {
        &self.0
    }

    /// The product of a norm over the layers.
    ///
    /// # Formula
    /// `∏ᵢ ‖Wᵢ‖`; with the spectral norm and 1-Lipschitz activations, an upper bound of the Lipschitz constant.
    ///
    /// # Errors
    /// Those of the norm.
    pub fn product<E>(&self, norm: impl Fn(&IntervalMatrix) -> Result<Interval, E>) -> Result<Interval, E> {
        let (first, rest) = (&self.0[0], &self.0[1..]);
        rest.iter().try_fold(norm(first)?, |product, layer| Ok(product * norm(layer)?))
    }

    /// The ℓ₁ path norm: over all paths from an input to an output, the sum of the absolute products of weights.
    ///
    /// # Formula
    /// `Σ_paths ∏ |w|`, and for all outputs the row sums of `|W_d| ⋯ |W₁|`.
    ///
    /// # Reference
    /// Neyshabur, Tomioka, Srebro, Norm-based capacity control in neural networks, COLT 2015, section 3.
    pub fn path_l1(&self) -> PathNorm {
        fn sum<R: Rounding>(values: Vec<f64>) -> f64 {
            values.into_iter().fold(0.0, R::add)
        }
        self.enclose(&sum::<Down>, &sum::<Up>)
    }

    /// The ℓ₂ path norm: the root of the sum of squared products of weights over all paths.
    ///
    /// # Formula
    /// `√(Σ_paths ∏ w²)`
    ///
    /// # Reference
    /// Neyshabur, Salakhutdinov, Srebro, Path-SGD, NeurIPS 2015, section 3.
    pub fn path_l2(&self) -> PathNorm {
        self.enclose(&euclidean_norm::<Down>, &euclidean_norm::<Up>)
    }

    fn enclose(&self, down: &dyn Fn(Vec<f64>) -> f64, up: &dyn Fn(Vec<f64>) -> f64) -> PathNorm {
        let (low, high) = (self.outputs::<Down>(down), self.outputs::<Up>(up));
        let outputs = low.iter().zip(&high).map(|(&low, &high)| Interval::between(low, high)).collect();
        PathNorm { outputs, total: Interval::between(down(low), up(high)) }
    }

    /// Layer by layer, the norm over the paths that end in each unit. Roots are taken at every layer, so that
    /// squares of products need no range that the products do not need.
    fn outputs<R: Rounding>(&self, norm: &dyn Fn(Vec<f64>) -> f64) -> Vec<f64> {
        let inputs = vec![1.0; self.0[0].shape().1];
        self.0.iter().fold(inputs, |units, layer| {
            let paths =
                layer.magnitudes::<R>().map(|row| row.zip(&units).map(|(w, &u)| through::<R>(w, u)).collect());
            paths.map(norm).collect()
        })
    }
}

/// `w · u`, where a weight of zero is no path however large the other factor may be.
fn through<R: Rounding>(w: f64, u: f64) -> f64 {
    if w == 0.0 || u == 0.0 { 0.0 } else { R::mul(w, u).max(0.0) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::capacity::norms::testing::{assert_digits, network};
    use crate::capacity::norms::{frobenius, spectral};

    #[test]
    fn the_catalogues_path_norms() {
        let network = Layers::new(network()).unwrap();
        for (norm, values) in [
            (network.path_l1(), [6.21132327, 5.43464477, 9.59309374]),
            (network.path_l2(), [0.69537386, 0.77038289, 1.08177139]),
        ] {
            for (output, value) in norm.outputs.into_iter().zip(values) {
                assert_digits(output, value, 1e-8);
            }
        }
    }

    /// Integer networks of three layers: sums over paths are exact.
    fn integers() -> impl Strategy<Value = [(usize, usize, Vec<f64>); 3]> {
        prop::array::uniform4(1usize..4).prop_flat_map(|d| {
            let layer = move |i: usize| {
                let entries = prop::collection::vec((-9i32..=9).prop_map(f64::from), d[i] * d[i + 1]);
                (Just(d[i + 1]), Just(d[i]), entries)
            };
            [layer(0), layer(1), layer(2)]
        })
    }

    fn layers(parts: &[(usize, usize, Vec<f64>)]) -> Layers {
        let matrix =
            |(m, n, x): &(usize, usize, Vec<f64>)| IntervalMatrix::from_rows(*m, *n, x.clone()).unwrap();
        Layers::new(parts.iter().map(matrix).collect()).unwrap()
    }

    proptest! {
        /// Against the definition, path by path.
        #[test]
        fn all_paths_are_counted([a, b, c] in integers()) {
            let network = layers(&[a.clone(), b.clone(), c.clone()]);
            for o in 0..c.0 {
                let (mut sum, mut squares) = (0.0, 0.0);
                for i in 0..a.1 {
                    for h in 0..a.0 {
                        for g in 0..b.0 {
                            let path: f64 = a.2[h * a.1 + i] * b.2[g * b.1 + h] * c.2[o * c.1 + g];
                            sum += path.abs();
                            squares += path * path;
                        }
                    }
                }
                prop_assert!(network.path_l1().outputs[o].contains(sum));
                let norm = network.path_l2().outputs[o];
                prop_assert!(Down::mul(norm.low(), norm.low()) <= squares && Up::mul(norm.high(), norm.high()) >= squares);
                prop_assert!(norm.width() <= 1e-13 * norm.high());
            }
        }

        /// Scaling a hidden unit's incoming weights by `s` and its outgoing ones by `1/s` leaves the function of a
        /// ReLU network and its path norms as they are; the product of Frobenius norms changes, which are the teeth.
        #[test]
        fn path_norms_do_not_see_rescaled_units([a, b, c] in integers(), exponents in prop::array::uniform3(-9i32..=9)) {
            let scaled = |(m, n, x): &(usize, usize, Vec<f64>), rows: i32, columns: i32| {
                let factor = |at: usize| {
                    let power = |sign: i32, unit: usize| f64::from(sign * exponents[unit % 3]).exp2();
                    power(rows, at / n) * power(columns, at % n)
                };
                (*m, *n, x.iter().enumerate().map(|(at, x)| x * factor(at)).collect::<Vec<_>>())
            };
            let network = layers(&[a.clone(), b.clone(), c.clone()]);
            let rescaled = layers(&[scaled(&a, 1, 0), scaled(&b, 1, -1), scaled(&c, 0, -1)]);
            prop_assert_eq!(network.path_l1(), rescaled.path_l1());
            for (norm, other) in network.path_l2().outputs.iter().zip(rescaled.path_l2().outputs) {
                prop_assert!(norm.intersection(other).is_some());
            }
        }

        #[test]
        fn path_norms_are_below_products_and_nest([a, b, c] in integers(), r in 0.0..1.0f64) {
            let network = layers(&[a, b, c]);
            let product = network.product(|layer| Ok::<_, NormError>(frobenius(layer))).unwrap();
            prop_assert!(network.path_l2().total.low() <= product.high());
            prop_assert!(network.path_l2().total.low() <= network.path_l1().total.high());
            let lipschitz = network.product(spectral).unwrap();
            prop_assert!(lipschitz.low() <= product.high());
            let wide = network.weights().iter().map(|w| {
                IntervalMatrix::with_radii(w.shape().0, w.shape().1, w.midpoints().to_vec(), vec![r; w.radii().len()])
            });
            let wide = Layers::new(wide.collect::<Result<_, _>>().unwrap()).unwrap();
            prop_assert!(network.path_l1().total.is_subset_of(wide.path_l1().total));
            prop_assert!(network.path_l2().total.is_subset_of(wide.path_l2().total));
        }
    }

    #[test]
    fn the_product_of_frobenius_norms_sees_rescaled_units() {
        let one = layers(&[(2, 1, vec![1.0, 1.0]), (1, 2, vec![1.0, 1.0])]);
        let other = layers(&[(2, 1, vec![8.0, 1.0]), (1, 2, vec![0.125, 1.0])]);
        let product = |network: &Layers| network.product(|layer| Ok::<_, NormError>(frobenius(layer))).unwrap();
        assert_eq!(one.path_l1(), other.path_l1());
        assert!(product(&other).low() > 2.0 * product(&one).high());
    }

    #[test]
    fn layers_that_do_not_fit_are_refused() {
        assert_eq!(Layers::new(vec![]), Err(NormError::NoLayers));
        let part = |m, n| IntervalMatrix::from_rows(m, n, vec![1.0; m * n]).unwrap();
        let error = Layers::new(vec![part(3, 2), part(4, 3), part(1, 5)]).unwrap_err();
        assert_eq!(error.to_string(), "layer 2 takes 5 inputs, but the layer before it has 4 outputs");
    }

    #[test]
    fn overflow_gives_infinite_upper_ends() {
        let huge = layers(&[(1, 1, vec![1e200]), (1, 1, vec![1e200]), (1, 1, vec![0.0])]);
        let zero = huge.path_l1().total;
        assert_eq!((zero.low(), zero.high()), (0.0, 0.0));
        let huge = layers(&[(1, 1, vec![1e200]), (1, 1, vec![1e200])]).path_l2().total;
        assert!(huge.low() > 1e300 && huge.high() == f64::INFINITY);
    }
}
