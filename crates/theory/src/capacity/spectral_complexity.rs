//! The spectral complexity of a network.

use saddlepoint_rigor::{Down, Interval, Rounding, Up, cube_root};

use super::norms::{Layers, NormError, spectral, two_one_over_rows};

/// The spectral complexity of layers from enclosures of their norms; `ρᵢ` bounds the Lipschitz constant of what
/// follows layer `i`.
///
/// Products of the other layers' norms stand where the literature divides by a layer's own, so that a layer that
/// may be zero has a complexity too.
///
/// # Formula
/// `R_A = ∏ᵢ ρᵢ‖Aᵢ‖_σ (Σᵢ (‖Aᵢᵀ − Mᵢᵀ‖₂,₁ / ‖Aᵢ‖_σ)^(2/3))^(3/2) = (Σᵢ (ρᵢ ‖Aᵢᵀ − Mᵢᵀ‖₂,₁ ∏_{j≠i} ρⱼ‖Aⱼ‖_σ)^(2/3))^(3/2)`
///
/// # Shapes
/// One number of each kind for each layer.
///
/// # Errors
/// When there are not as many numbers of each kind, or a Lipschitz constant is negative or not finite.
///
/// # Reference
/// Bartlett, Foster, Telgarsky, Spectrally-normalized margin bounds for neural networks, NeurIPS 2017, equation 1.2.
///
/// # Example
/// ```
/// use saddlepoint_rigor::Interval;
/// use saddlepoint_theory::capacity::spectral_complexity::spectral_complexity;
///
/// let two = [Interval::point(2.0)?; 2];
/// // Two layers: 2 · 2 · (1 + 1)^(3/2).
/// let complexity = spectral_complexity(&two, &two, &[1.0, 1.0])?;
/// assert!(complexity.contains(4.0 * 8f64.sqrt()) && complexity.width() < 1e-13);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn spectral_complexity(
    spectral: &[Interval],
    distances: &[Interval],
    lipschitz: &[f64],
) -> Result<Interval, NormError> {
    fn ends(norms: &[Interval], end: fn(Interval) -> f64) -> Vec<f64> {
        norms.iter().map(|&norm| end(norm).max(0.0)).collect()
    }
    for found in [distances.len(), lipschitz.len()] {
        if found != spectral.len() {
            return Err(NormError::Layers { expected: spectral.len(), found });
        }
    }
    if let Some(&constant) = lipschitz.iter().find(|rho| !(0.0..f64::INFINITY).contains(*rho)) {
        return Err(NormError::Lipschitz(constant));
    }
    let low = of_radii::<Down>(&ends(spectral, Interval::low), &ends(distances, Interval::low), lipschitz);
    let high = of_radii::<Up>(&ends(spectral, Interval::high), &ends(distances, Interval::high), lipschitz);
    Ok(Interval::between(low, high))
}

/// The spectral complexity of a network with 1-Lipschitz activations around reference matrices of zero.
///
/// # Formula
/// `∏ᵢ ‖Aᵢ‖_σ (Σᵢ (‖Aᵢᵀ‖₂,₁ / ‖Aᵢ‖_σ)^(2/3))^(3/2)`
///
/// # Errors
/// When a spectral norm cannot be enclosed.
///
/// # Reference
/// As [`spectral_complexity`], whose `Mᵢ` are 0.
pub fn of_layers(layers: &Layers) -> Result<Interval, NormError> {
    let weights = layers.weights();
    let norms = weights.iter().map(spectral).collect::<Result<Vec<_>, _>>()?;
    let distances: Vec<Interval> = weights.iter().map(two_one_over_rows).collect();
    spectral_complexity(&norms, &distances, &vec![1.0; weights.len()])
}

/// The same of radii `sᵢ` and `bᵢ`, on the side of `R`: it grows with each of them.
pub(crate) fn of_radii<R: Rounding>(spectral: &[f64], distances: &[f64], lipschitz: &[f64]) -> f64 {
    let parts = distances.iter().enumerate().map(|(i, &distance)| {
        let others = spectral.iter().zip(lipschitz).enumerate();
        others.fold(distance, |product, (j, (&norm, &rho))| {
            let factor = if j == i { rho } else { times::<R>(norm, rho) };
            times::<R>(product, factor)
        })
    });
    two_thirds_norm::<R>(&parts.collect::<Vec<_>>())
}

/// A product in which zero times anything is zero, and nothing falls below zero. Of what is no number nothing is known:
/// it is infinite upwards, and zero downwards.
pub(crate) fn times<R: Rounding>(x: f64, y: f64) -> f64 {
    if x == 0.0 || y == 0.0 {
        return 0.0;
    }
    let product = R::mul(x, y);
    let is_upward = R::step(1.0) > 1.0;
    if product.is_nan() && is_upward { f64::INFINITY } else { product.max(0.0) }
}

/// `(Σ xᵢ^(2/3))^(3/2)` by cube roots, whose squares leave room for their sum. Every operation is monotone, and so is the
/// norm to the last bit, which it would not be relative to the largest part.
fn two_thirds_norm<R: Rounding>(parts: &[f64]) -> f64 {
    let squares = parts.iter().map(|&x| {
        let root = cube_root::<R>(x);
        R::mul(root, root)
    });
    let sum = squares.fold(0.0, R::add);
    R::mul(sum, R::sqrt(sum))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_two_forms_agree_and_nest(
            norms in prop::collection::vec((0.01..10.0f64, 0.0..10.0f64, 0.5..2.0f64), 1..6), r in 0.0..0.1f64,
        ) {
            let around = |x: f64, r: f64| Interval::between((x - r).max(0.0), x + r);
            let complexity = |r: f64| {
                let spectral: Vec<_> = norms.iter().map(|n| around(n.0, r)).collect();
                let distances: Vec<_> = norms.iter().map(|n| around(n.1, r)).collect();
                spectral_complexity(&spectral, &distances, &norms.iter().map(|n| n.2).collect::<Vec<_>>()).unwrap()
            };
            let product: f64 = norms.iter().map(|n| n.0 * n.2).product();
            let sum: f64 = norms.iter().map(|n| (n.1 / n.0).powf(2.0 / 3.0)).sum();
            let printed = product * sum.powf(1.5);
            let found = complexity(0.0);
            prop_assert!((found.midpoint() - printed).abs() <= 1e-13 * printed, "{found} {printed}");
            prop_assert!(found.width() <= 1e-13 * printed && found.is_subset_of(complexity(r)));
        }
    }

    #[test]
    fn zeros_and_extremes_have_complexities() {
        let [zero, one] = [0.0, 1.0].map(|x| Interval::between(x, x));
        assert_eq!(spectral_complexity(&[zero, one], &[zero, one], &[1.0, 1.0]).unwrap().high(), 0.0);
        assert!(spectral_complexity(&[zero, one], &[one, one], &[1.0, 1.0]).unwrap().contains(1.0));
        let huge = Interval::between(1e300, 1e300);
        assert_eq!(spectral_complexity(&[huge; 2], &[huge; 2], &[1.0; 2]).unwrap().high(), f64::INFINITY);
        assert_eq!(spectral_complexity(&[huge; 2], &[zero; 2], &[1.0; 2]).unwrap().high(), 0.0);
        let tiny = Interval::between(5e-324, 5e-324);
        assert!(spectral_complexity(&[tiny; 2], &[tiny; 2], &[1.0; 2]).unwrap().low() == 0.0);
    }

    #[test]
    fn what_does_not_fit_is_refused_and_nothing_is_made_of_no_number() {
        let one = Interval::between(1.0, 1.0);
        let refused = |distances: usize, lipschitz: &[f64]| {
            spectral_complexity(&[one; 2], &vec![one; distances], lipschitz).unwrap_err()
        };
        assert_eq!(refused(1, &[1.0; 2]), NormError::Layers { expected: 2, found: 1 });
        assert_eq!(refused(2, &[1.0; 3]), NormError::Layers { expected: 2, found: 3 });
        for constant in [-1.0, f64::INFINITY] {
            assert_eq!(refused(2, &[1.0, constant]), NormError::Lipschitz(constant));
        }
        assert!(matches!(refused(2, &[f64::NAN, 1.0]), NormError::Lipschitz(_)));
        assert_eq!((times::<Up>(f64::NAN, 2.0), times::<Down>(f64::NAN, 2.0)), (f64::INFINITY, 0.0));
    }
}
