//! Rescalings that leave a network with positively homogeneous activations and without biases the same function.

use super::layout::{Filters, Layout};
use super::{SurfaceError, check};

/// Multiplies each tensor of a point by a factor of its own.
///
/// # Formula
/// $\theta_l \leftarrow c_l\,\theta_l$. With $\varphi(cz) = c\,\varphi(z)$ for $c > 0$ and no biases, the network's outputs are
/// multiplied by $\prod_l c_l$: they stay where the product is 1, and to the bit where every $c_l$ is a power of two.
///
/// # Errors
/// When there is another number of factors than of tensors, a factor is not positive, or an entry is not finite.
///
/// # Reference
/// Dinh, Pascanu, Bengio, Bengio, Sharp minima can generalize for deep nets, ICML 2017, section 4.
///
/// # Example
/// ```
/// use saddlepoint_landscape::surface::layout::{Filters, Layout};
/// use saddlepoint_landscape::surface::rescaling::{by_layer, by_unit};
///
/// let network = Layout::new([(4, Filters::Trailing(2)), (2, Filters::Trailing(1))])?;
/// let point = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
/// assert_eq!(by_layer(&network, &point, &[4.0, 0.25])?, [4.0, 8.0, 12.0, 16.0, 1.25, 1.5]);
/// assert_eq!(by_unit(&network, &point, 0, 1, 2.0)?, [1.0, 4.0, 3.0, 8.0, 5.0, 3.0]);
/// # Ok::<(), saddlepoint_landscape::surface::SurfaceError>(())
/// ```
pub fn by_layer(layout: &Layout, point: &[f64], factors: &[f64]) -> Result<Vec<f64>, SurfaceError> {
    check("the point", point, layout.dimension())?;
    check("the factors", factors, layout.tensors().len())?;
    factors.iter().try_for_each(|&factor| positive(factor))?;
    let mut rescaled = point.to_vec();
    for ((range, _), factor) in layout.tensors().iter().zip(factors) {
        rescaled[range.clone()].iter_mut().for_each(|entry| *entry *= factor);
    }
    check("the rescaled point", &rescaled, point.len())?;
    Ok(rescaled)
}

/// Multiplies the incoming weights of one unit by a factor, and divides its outgoing weights by it.
///
/// `layer` is the place of the tensor that holds the incoming weights; the next tensor holds the outgoing ones. Both are
/// weights of fully connected layers, in either order of inputs and outputs.
///
/// # Formula
/// $w_{\cdot j} \leftarrow c\,w_{\cdot j}$ and $v_{j\cdot} \leftarrow v_{j\cdot} / c$ for unit $j$.
///
/// # Errors
/// When there is no such unit or no next layer that reads as many units, the factor is not positive, or an entry is not
/// finite.
pub fn by_unit(
    layout: &Layout,
    point: &[f64],
    layer: usize,
    unit: usize,
    factor: f64,
) -> Result<Vec<f64>, SurfaceError> {
    check("the point", point, layout.dimension())?;
    positive(factor)?;
    let tensors = layout.tensors();
    let shape = |layer: usize| match tensors.get(layer) {
        Some((range, Filters::Leading(outputs))) => Some((range.clone(), *outputs, range.len() / outputs, 1)),
        Some((range, Filters::Trailing(outputs))) => Some((range.clone(), *outputs, 1, *outputs)),
        _ => None,
    };
    let unknown = SurfaceError::Unit { layer, unit };
    let (Some((into, units, to_unit, to_input)), Some((out, outputs, to_output, to_next))) =
        (shape(layer), layer.checked_add(1).and_then(shape))
    else {
        return Err(unknown);
    };
    if unit >= units || out.len() != units * outputs {
        return Err(unknown);
    }
    let mut rescaled = point.to_vec();
    for input in 0..into.len() / units {
        rescaled[into.start + unit * to_unit + input * to_input] *= factor;
    }
    for output in 0..outputs {
        rescaled[out.start + output * to_output + unit * to_next] /= factor;
    }
    check("the rescaled point", &rescaled, point.len())?;
    Ok(rescaled)
}

fn positive(factor: f64) -> Result<(), SurfaceError> {
    if factor > 0.0 && factor.is_finite() { Ok(()) } else { Err(SurfaceError::Factor(factor)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_orders_of_weights_name_the_same_unit() {
        // 2 → 3 → 2, once with inputs first, once with outputs first.
        let rows = Layout::new([(6, Filters::Trailing(3)), (6, Filters::Trailing(2))]).unwrap();
        let columns = Layout::new([(6, Filters::Leading(3)), (6, Filters::Leading(2))]).unwrap();
        assert_eq!(
            by_unit(&rows, &[1.0; 12], 0, 2, 2.0).unwrap(),
            [1.0, 1.0, 2.0, 1.0, 1.0, 2.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.5]
        );
        assert_eq!(
            by_unit(&columns, &[1.0; 12], 0, 2, 2.0).unwrap(),
            [1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 1.0, 1.0, 0.5, 1.0, 1.0, 0.5]
        );
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let layout = Layout::new([(4, Filters::Trailing(2)), (2, Filters::None)]).unwrap();
        assert_eq!(by_unit(&layout, &[1.0; 6], 0, 0, 2.0), Err(SurfaceError::Unit { layer: 0, unit: 0 }));
        assert!(by_unit(&layout, &[1.0; 6], usize::MAX - 1, 0, 2.0).is_err());
        for factor in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(matches!(
                by_layer(&layout, &[1.0; 6], &[factor, 1.0]),
                Err(SurfaceError::Factor(_) | SurfaceError::NotFinite { .. })
            ));
        }
        assert!(by_layer(&layout, &[1.0; 6], &[1.0]).is_err());
        assert!(by_layer(&layout, &[1e300; 6], &[1e300, 1.0]).is_err());
    }
}
