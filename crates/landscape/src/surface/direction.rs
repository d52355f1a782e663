//! Directions for slices, and the normalization that makes slices of different networks comparable.

use super::layout::Layout;
use super::{SurfaceError, check};

/// What the lengths within a direction are taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Normalization {
    /// Nothing: the direction as it is.
    None,
    /// Each tensor with filters is as long as the same tensor of the point.
    Layer,
    /// Each filter is as long as the same filter of the point.
    Filter,
}

impl Normalization {
    /// Normalizes a direction at a point.
    ///
    /// # Formula
    /// Per filter, $\delta_{ij} \leftarrow \|\theta_{ij}\|\,\delta_{ij} / \|\delta_{ij}\|$ for filter $j$ of layer $i$;
    /// per layer the same with whole tensors. Entries without a filter (biases, gains and shifts of normalizations)
    /// become 0: their change would not be comparable. A part of the direction that is zero stays so.
    ///
    /// A slice is then invariant under rescaling layers of a network without biases whose activations are positively
    /// homogeneous, exactly so for powers of two; **not** under rescaling single units, which mixes scales within the
    /// filters of the next layer.
    ///
    /// # Errors
    /// When direction or point do not fit the layout, or are not finite.
    ///
    /// # Reference
    /// Li, Xu, Taylor, Studer, Goldstein, Visualizing the loss landscape of neural nets, NeurIPS 2018, section 4.
    pub fn apply(self, layout: &Layout, point: &[f64], direction: &mut [f64]) -> Result<(), SurfaceError> {
        check("the point", point, layout.dimension())?;
        check("the direction", direction, layout.dimension())?;
        match self {
            Self::None => return Ok(()),
            Self::Filter => layout.filters().for_each(|filter| rescale(&filter, point, direction)),
            Self::Layer => {
                for (range, _) in layout.tensors() {
                    rescale(range, point, direction);
                }
            }
        }
        layout.unfiltered().for_each(|i| direction[i] = 0.0);
        Ok(())
    }
}

/// A direction of independent standard normals from the generator passed in, normalized at a point.
///
/// # Errors
/// When the point does not fit the layout, or the generator gives a number that is not finite.
///
/// # Example
/// ```
/// use saddlepoint_landscape::surface::direction::{Normalization, gaussian};
/// use saddlepoint_landscape::surface::layout::{Filters, Layout};
///
/// let layer = Layout::new([(4, Filters::Leading(2)), (2, Filters::None)])?;
/// let mut draws = [0.6, 0.8, -2.0, 0.0, 1.0, 1.0].into_iter().cycle();
/// let mut normal = || draws.next().unwrap_or(0.0);
/// let along = gaussian(&layer, &[3.0, 4.0, 0.0, 1.0, 7.0, 7.0], Normalization::Filter, &mut normal)?;
/// assert_eq!(along, [3.0, 4.0, -1.0, 0.0, 0.0, 0.0]);
/// # Ok::<(), saddlepoint_landscape::surface::SurfaceError>(())
/// ```
pub fn gaussian(
    layout: &Layout,
    point: &[f64],
    normalization: Normalization,
    normal: &mut dyn FnMut() -> f64,
) -> Result<Vec<f64>, SurfaceError> {
    let mut direction: Vec<f64> = (0..layout.dimension()).map(|_| normal()).collect();
    normalization.apply(layout, point, &mut direction)?;
    Ok(direction)
}

fn rescale(entries: &(impl Iterator<Item = usize> + Clone), point: &[f64], direction: &mut [f64]) {
    let norm = |vector: &[f64]| {
        // Weights of 1e±200 would leave the range when squared.
        let largest = entries.clone().map(|i| vector[i].abs()).fold(0.0, f64::max);
        if largest == 0.0 {
            0.0
        } else {
            largest * entries.clone().map(|i| (vector[i] / largest).powi(2)).sum::<f64>().sqrt()
        }
    };
    let (from, to) = (norm(direction), norm(point));
    if from > 0.0 {
        for i in entries.clone() {
            direction[i] = direction[i] / from * to;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::layout::Filters;
    use super::*;

    /// Two layers `[inputs, outputs]` of a ReLU network without biases: 3 → 4 → 2.
    fn layout() -> Layout {
        Layout::new([(12, Filters::Trailing(4)), (8, Filters::Trailing(2))]).unwrap()
    }

    fn network(w: &[f64], x: [f64; 3]) -> [f64; 2] {
        let hidden: Vec<f64> =
            (0..4).map(|h| (0..3).map(|i| w[4 * i + h] * x[i]).sum::<f64>().max(0.0)).collect();
        [0, 1].map(|o| (0..4).map(|h| w[12 + 2 * h + o] * hidden[h]).sum())
    }

    fn slice(w: &[f64], draws: &[f64], at: f64, normalization: Normalization) -> [f64; 2] {
        let mut draws = draws.iter().copied();
        let along = gaussian(&layout(), w, normalization, &mut || draws.next().unwrap()).unwrap();
        let moved: Vec<f64> = w.iter().zip(along).map(|(w, d)| w + at * d).collect();
        network(&moved, [0.5, -1.0, 2.0])
    }

    fn numbers() -> impl Strategy<Value = Vec<f64>> {
        prop::collection::vec(prop_oneof![-3.0..-0.1f64, 0.1..3.0f64], 20)
    }

    proptest! {
        /// Pitfall: filter normalization is per filter, with Gaussian directions. Layers rescaled by `c` and `1/c` leave
        /// the slice as it is, to the bit for powers of two; the raw slice is another one.
        #[test]
        fn pitfall_filter_normalization_is_per_filter(w in numbers(), draws in numbers(), at in 0.1..1.0f64) {
            let rescaled: Vec<f64> =
                w.iter().enumerate().map(|(i, w)| if i < 12 { 16.0 * w } else { w / 16.0 }).collect();
            for normalization in [Normalization::Filter, Normalization::Layer] {
                prop_assert_eq!(slice(&w, &draws, at, normalization), slice(&rescaled, &draws, at, normalization));
            }
            let mut along = draws.clone();
            Normalization::Filter.apply(&layout(), &w, &mut along).unwrap();
            for filter in layout().filters() {
                let norm = |v: &[f64]| filter.clone().map(|i| v[i] * v[i]).sum::<f64>().sqrt();
                prop_assert!((norm(&along) / norm(&w) - 1.0).abs() < 1e-14);
            }
        }
    }

    /// Teeth: the raw slice moves by much, and so does the filter-normalized one when a single unit is rescaled.
    #[test]
    fn what_is_not_invariant_moves() {
        let w: Vec<f64> = (0..20).map(|i| 0.5 + f64::from(i % 7) / 3.0).collect();
        let draws: Vec<f64> = (0..20).map(|i| f64::from(i * 13 % 11) / 5.0 - 1.0).collect();
        let difference = |a: [f64; 2], b: [f64; 2]| (a[0] - b[0]).hypot(a[1] - b[1]) / a[0].hypot(a[1]);
        let layers: Vec<f64> =
            w.iter().enumerate().map(|(i, w)| if i < 12 { 16.0 * w } else { w / 16.0 }).collect();
        let raw = |w: &[f64]| slice(w, &draws, 1.0, Normalization::None);
        assert!(difference(raw(&w), raw(&layers)) > 1e-2);
        let unit: Vec<f64> = w
            .iter()
            .enumerate()
            .map(|(i, w)| match i {
                0 | 4 | 8 => 16.0 * w,
                12 | 13 => w / 16.0,
                _ => *w,
            })
            .collect();
        assert!(network(&w, [1.0; 3]) == network(&unit, [1.0; 3]));
        let filtered = |w: &[f64]| slice(w, &draws, 1.0, Normalization::Filter);
        assert!(difference(filtered(&w), filtered(&unit)) > 1e-2);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let mut normal = || f64::NAN;
        assert!(matches!(
            gaussian(&layout(), &[1.0; 20], Normalization::None, &mut normal),
            Err(SurfaceError::NotFinite { what: "the direction", index: 0 })
        ));
        assert!(Normalization::Filter.apply(&layout(), &[1.0; 19], &mut [1.0; 20]).is_err());
        assert!(Normalization::Filter.apply(&layout(), &[f64::INFINITY; 20], &mut [1.0; 20]).is_err());
        let mut along = [0.0; 20];
        Normalization::Filter.apply(&layout(), &[1e300; 20], &mut along).unwrap();
        assert_eq!(along, [0.0; 20]);
    }
}
