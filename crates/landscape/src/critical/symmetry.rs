//! Points that a finite symmetry maps to each other count once.

/// A function that a finite group of symmetries leaves unchanged, such as the exchange of hidden units.
pub trait FiniteSymmetry {
    /// One point of the orbit, the same for all of them: points are equivalent exactly if their representatives are equal.
    fn representative(&self, point: &[f64]) -> Vec<f64>;
}

/// No symmetry: each point represents itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NoSymmetry;

impl FiniteSymmetry for NoSymmetry {
    fn representative(&self, point: &[f64]) -> Vec<f64> {
        point.to_vec()
    }
}

/// The positions of points of which none is equivalent to an earlier one: representatives further apart than
/// `tolerance · max(1, |entry|)` in some entry.
///
/// # Example
/// ```
/// use saddlepoint_landscape::critical::symmetry::{FiniteSymmetry, distinct};
///
/// struct Even;
/// impl FiniteSymmetry for Even {
///     fn representative(&self, point: &[f64]) -> Vec<f64> {
///         point.iter().map(|x| x.abs()).collect()
///     }
/// }
/// assert_eq!(distinct(&Even, &[vec![1.0], vec![-1.0], vec![2.0], vec![1.0 + 1e-12]], 1e-9), [0, 2]);
/// ```
pub fn distinct(symmetry: &impl FiniteSymmetry, points: &[Vec<f64>], tolerance: f64) -> Vec<usize> {
    let mut kept: Vec<(usize, Vec<f64>)> = Vec::new();
    for (i, point) in points.iter().enumerate() {
        let representative = symmetry.representative(point);
        let known = kept.iter().any(|(_, other)| near(other, &representative, tolerance));
        if !known {
            kept.push((i, representative));
        }
    }
    kept.into_iter().map(|(i, _)| i).collect()
}

fn near(a: &[f64], b: &[f64], tolerance: f64) -> bool {
    a.len() == b.len()
        && a.iter().zip(b).all(|(x, y)| (x - y).abs() <= tolerance * x.abs().max(y.abs()).max(1.0))
}
