//! Halfspaces: points that they shatter, and a proof that no larger set is shattered.

use num_rational::BigRational;
use num_traits::{One, Signed, Zero};
use saddlepoint_rigor::Interval;

use super::VcError;

/// The halfspaces of `ℝᵈ`, with any boundary or with one through the origin.
///
/// # Example
/// ```
/// use saddlepoint_theory::capacity::vc::halfspaces::Halfspaces;
///
/// let plane = Halfspaces::affine(2)?;
/// assert_eq!(plane.vc_dimension(), 3);
/// // No line separates the diagonals of a square.
/// let square = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]];
/// let labels = plane.radon_partition(&square)?.labels();
/// assert_eq!(labels, [labels[0], !labels[0], !labels[0], labels[0]]);
/// # Ok::<(), saddlepoint_theory::capacity::vc::VcError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Halfspaces {
    dimension: usize,
    affine: bool,
}

/// Spaces of fewer dimensions only, so that points can be counted.
const LARGEST: usize = 1 << 31;

/// Points that are [shattered](Halfspaces::shattered) are written down in so many dimensions at most: 128 MiB.
pub const MOST_DIMENSIONS: usize = 1 << 12;

/// The points `x` with `w·x + b > 0`.
#[derive(Debug, Clone, PartialEq)]
pub struct Halfspace {
    /// `w`.
    pub normal: Vec<f64>,
    /// `b`.
    pub offset: f64,
}

/// A linear dependence of points, which proves that some labels are realized by no halfspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RadonPartition {
    coefficients: Vec<BigRational>,
}

impl Halfspaces {
    /// `{x : w·x + b > 0}` for all `w` and `b`.
    ///
    /// # Errors
    /// When `d` is 0, or 2³¹ or more.
    pub fn affine(d: usize) -> Result<Self, VcError> {
        Self::new(d, true)
    }

    /// `{x : w·x > 0}` for all `w`.
    ///
    /// # Errors
    /// When `d` is 0, or 2³¹ or more.
    pub fn homogeneous(d: usize) -> Result<Self, VcError> {
        Self::new(d, false)
    }

    fn new(dimension: usize, affine: bool) -> Result<Self, VcError> {
        match dimension {
            0 => Err(VcError::NoDimension),
            1..LARGEST => Ok(Self { dimension, affine }),
            _ => Err(VcError::TooLarge),
        }
    }

    /// `d + 1`, or `d` for boundaries through the origin.
    ///
    /// # Reference
    /// Vapnik and Chervonenkis 1971; Shalev-Shwartz and Ben-David, *Understanding Machine Learning*, 2014, theorems 9.2
    /// and 9.3.
    pub fn vc_dimension(&self) -> usize {
        self.dimension + usize::from(self.affine)
    }

    /// As many points as the dimension, which are shattered: the unit vectors, after the origin where boundaries need
    /// not contain it.
    ///
    /// # Errors
    /// When the dimension is above [`MOST_DIMENSIONS`].
    pub fn shattered(&self) -> Result<Vec<Vec<f64>>, VcError> {
        if self.dimension > MOST_DIMENSIONS {
            return Err(VcError::TooManyPoints { points: self.vc_dimension(), most: MOST_DIMENSIONS });
        }
        let unit = |i: usize| (0..self.dimension).map(|j| f64::from(u8::from(i == j))).collect();
        let origin = self.affine.then(|| vec![0.0; self.dimension]);
        Ok(origin.into_iter().chain((0..self.dimension).map(unit)).collect())
    }

    /// A halfspace that has exactly the points of [`shattered`](Self::shattered) with the label `true`.
    ///
    /// # Formula
    /// With signs `s`: `wᵢ = sᵢ − s₀`, `b = s₀`; or `wᵢ = sᵢ`, `b = 0`.
    ///
    /// # Errors
    /// When the number of labels is not the dimension.
    ///
    /// # Reference
    /// The proofs of the theorems that [`vc_dimension`](Self::vc_dimension) names.
    pub fn witness(&self, labels: &[bool]) -> Result<Halfspace, VcError> {
        let points = self.vc_dimension();
        if labels.len() != points {
            return Err(VcError::Labels { labels: labels.len(), points });
        }
        let sign = |label: &bool| if *label { 1.0 } else { -1.0 };
        let (offset, rest) = if self.affine { (sign(&labels[0]), &labels[1..]) } else { (0.0, labels) };
        Ok(Halfspace { normal: rest.iter().map(|label| sign(label) - offset).collect(), offset })
    }

    /// Labels of the points that no halfspace realizes, with the proof: an exact dependence `Σ λᵢ xᵢ = 0`, and
    /// `Σ λᵢ = 0` where boundaries are free. If the points with `λᵢ > 0` were in a halfspace and those with `λᵢ < 0` were
    /// not, `Σ λᵢ (w·xᵢ + b)` would be positive; it is 0.
    ///
    /// # Errors
    /// When there are not more points than the dimension, or one does not have `d` finite coordinates.
    ///
    /// # Reference
    /// Radon, Mengen konvexer Körper, die einen gemeinsamen Punkt enthalten, Mathematische Annalen 83, 1921.
    pub fn radon_partition(&self, points: &[impl AsRef<[f64]>]) -> Result<RadonPartition, VcError> {
        let needed = self.vc_dimension() + 1;
        if points.len() < needed {
            return Err(VcError::TooFewPoints { points: points.len(), needed });
        }
        // Any so many points are dependent.
        let columns = points[..needed].iter().enumerate().map(|(i, point)| self.column(i, point.as_ref()));
        let mut coefficients = dependence(&columns.collect::<Result<Vec<_>, _>>()?);
        coefficients.resize(points.len(), BigRational::zero());
        if !coefficients.iter().any(Signed::is_positive) {
            coefficients = coefficients.into_iter().map(|c| -c).collect();
        }
        Ok(RadonPartition { coefficients })
    }

    /// The coordinates of a point, exactly, and 1 for the offset.
    fn column(&self, point: usize, coordinates: &[f64]) -> Result<Vec<BigRational>, VcError> {
        if coordinates.len() != self.dimension {
            let dimension = self.dimension;
            return Err(VcError::Coordinates { point, coordinates: coordinates.len(), dimension });
        }
        let exact = |&value: &f64| BigRational::from_float(value).ok_or(VcError::NotFinite { point, value });
        let one = self.affine.then(|| Ok(BigRational::one()));
        coordinates.iter().map(exact).chain(one).collect()
    }
}

impl Halfspace {
    /// Whether the point is inside; `None` if that is too close to be decided in floats, or the point is of another
    /// space.
    pub fn contains(&self, point: &[f64]) -> Option<bool> {
        if point.len() != self.normal.len() {
            return None;
        }
        let mut sum = Interval::point(self.offset).ok()?;
        for (&w, &x) in self.normal.iter().zip(point) {
            sum = sum + Interval::point(w).ok()? * Interval::point(x).ok()?;
        }
        if sum.low() > 0.0 { Some(true) } else { (sum.high() <= 0.0).then_some(false) }
    }
}

impl RadonPartition {
    /// `λ`, exactly: one for each point, at least one of them positive.
    pub fn coefficients(&self) -> &[BigRational] {
        &self.coefficients
    }

    /// Whether this is a dependence of these points, in exact arithmetic: the proof, checked from nothing else.
    pub fn proves(&self, class: Halfspaces, points: &[impl AsRef<[f64]>]) -> bool {
        let columns = points.iter().enumerate().map(|(i, point)| class.column(i, point.as_ref()));
        let Ok(columns) = columns.collect::<Result<Vec<_>, _>>() else { return false };
        let rows = class.vc_dimension();
        let sum =
            |row: usize| columns.iter().zip(&self.coefficients).map(|(x, c)| c * &x[row]).sum::<BigRational>();
        columns.len() == self.coefficients.len()
            && self.coefficients.iter().any(Signed::is_positive)
            && (0..rows).all(|row| sum(row).is_zero())
    }

    /// The labels that no halfspace realizes: inside where `λᵢ > 0`.
    pub fn labels(&self) -> Vec<bool> {
        self.coefficients.iter().map(Signed::is_positive).collect()
    }
}

/// Coefficients, not all zero, with which the columns sum to zero; there are more columns than rows.
fn dependence(columns: &[Vec<BigRational>]) -> Vec<BigRational> {
    let mut coefficients = vec![BigRational::zero(); columns.len()];
    // Columns reduced so far, each with the row in which it is 1 and all others are 0, and the multiples of the given
    // columns that it is made of.
    let mut basis: Vec<(usize, Vec<BigRational>, Vec<BigRational>)> = Vec::new();
    for (i, column) in columns.iter().enumerate() {
        let mut reduced = column.clone();
        let mut made_of = coefficients.clone();
        made_of[i] = BigRational::one();
        for (row, other, parts) in &basis {
            let factor = reduced[*row].clone();
            subtract(&mut reduced, &factor, other);
            subtract(&mut made_of, &factor, parts);
        }
        let Some(pivot) = reduced.iter().position(|x| !x.is_zero()) else {
            coefficients = made_of;
            break;
        };
        let inverse = reduced[pivot].recip();
        for x in reduced.iter_mut().chain(&mut made_of) {
            *x *= &inverse;
        }
        for (_, other, parts) in &mut basis {
            let factor = other[pivot].clone();
            subtract(other, &factor, &reduced);
            subtract(parts, &factor, &made_of);
        }
        basis.push((pivot, reduced, made_of));
    }
    coefficients
}

fn subtract(from: &mut [BigRational], factor: &BigRational, column: &[BigRational]) {
    for (x, y) in from.iter_mut().zip(column) {
        *x -= factor * y;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_set_of_points_is_refused() {
        assert_eq!(Halfspaces::affine(0), Err(VcError::NoDimension));
        let plane = Halfspaces::affine(2).unwrap();
        assert!(matches!(plane.witness(&[true]), Err(VcError::Labels { labels: 1, points: 3 })));
        let refused = |points: &[Vec<f64>]| plane.radon_partition(points).unwrap_err();
        assert_eq!(refused(&vec![vec![0.0; 2]; 3]), VcError::TooFewPoints { points: 3, needed: 4 });
        assert!(matches!(refused(&vec![vec![0.0]; 4]), VcError::Coordinates { point: 0, .. }));
        assert!(matches!(refused(&vec![vec![0.0, f64::NAN]; 4]), VcError::NotFinite { point: 0, .. }));
    }

    #[test]
    fn points_that_coincide_are_separated_from_themselves() {
        let line = Halfspaces::affine(1).unwrap();
        assert_eq!(line.radon_partition(&[[1.0], [1.0], [2.0]]).unwrap().labels(), [false, true, false]);
        // The origin is in no halfspace whose boundary contains it.
        let through = Halfspaces::homogeneous(1).unwrap();
        assert_eq!(through.radon_partition(&[[0.0], [1.0]]).unwrap().labels(), [true, false]);
    }

    #[test]
    fn dimensions_that_cannot_be_counted_are_refused() {
        assert_eq!(Halfspaces::affine(usize::MAX), Err(VcError::TooLarge));
        assert!(Halfspaces::affine(1000).is_ok());
        let wide = Halfspaces::homogeneous(LARGEST - 1).unwrap();
        assert!(matches!(wide.shattered(), Err(VcError::TooManyPoints { .. })));
    }
}
