//! The regions of a ReLU network with two inputs: polygons on which it is affine.

use nalgebra::{DMatrix, DVector};

use super::adjacency::{self, Border};
use super::polygon::{self, Affine, Point, Sides};
use super::relu_network::ReluNetwork;

/// Why a network has no arrangement of regions.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum RegionError {
    /// A network whose inputs are no points of a plane.
    #[error("a network of {0} inputs: regions are polygons only for 2")]
    Inputs(usize),
    /// Ends of a rectangle that span no area.
    #[error("[{low}, {high}] is no side of a rectangle: its ends must be finite and increase")]
    Side {
        /// The lower end.
        low: f64,
        /// The upper end.
        high: f64,
    },
    /// Weights so large that an affine map overflows.
    #[error("the affine map of layer {layer} overflows on a region")]
    Overflow {
        /// The layer, from 0.
        layer: usize,
    },
}

/// A rectangle with sides along the axes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rectangle {
    low: Point,
    high: Point,
}

impl Rectangle {
    /// `[low₀, high₀] × [low₁, high₁]`.
    ///
    /// # Errors
    /// When an end is not finite, or a lower end not below its upper end.
    pub fn new(low: [f64; 2], high: [f64; 2]) -> Result<Self, RegionError> {
        for (low, high) in low.into_iter().zip(high) {
            if !(low < high && (high - low).is_finite()) {
                return Err(RegionError::Side { low, high });
            }
        }
        Ok(Self { low, high })
    }

    /// The area.
    pub fn area(&self) -> f64 {
        (self.high[0] - self.low[0]) * (self.high[1] - self.low[1])
    }

    fn vertices(&self) -> Vec<Point> {
        let ([a, b], [c, d]) = (self.low, self.high);
        vec![[a, b], [c, b], [c, d], [a, d]]
    }
}

/// A convex polygon on which every hidden unit is active throughout or inactive throughout.
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    vertices: Vec<Point>,
    pattern: Vec<bool>,
    slopes: DMatrix<f64>,
    offsets: DVector<f64>,
}

impl Region {
    /// The vertices, counterclockwise.
    pub fn vertices(&self) -> &[[f64; 2]] {
        &self.vertices
    }

    /// Which hidden units are active, layer by layer.
    pub fn pattern(&self) -> &[bool] {
        &self.pattern
    }

    /// The matrix of the affine map that the network is here: outputs × 2.
    pub fn slopes(&self) -> &DMatrix<f64> {
        &self.slopes
    }

    /// The value of that map at the origin.
    pub fn offsets(&self) -> &DVector<f64> {
        &self.offsets
    }

    /// The area.
    pub fn area(&self) -> f64 {
        polygon::area(&self.vertices)
    }

    /// A point inside: the mean of the vertices.
    pub fn interior_point(&self) -> [f64; 2] {
        polygon::center(&self.vertices)
    }
}

/// All activation regions of a ReLU network in a rectangle.
///
/// Layer by layer, each polygon is divided by the lines on which a unit's input vanishes there. Coordinates are rounded
/// to nearest, and parts narrower than 10⁻¹² of the largest coordinate are taken for rounding: several lines through
/// one point make no regions between them. The areas of all regions add up to that of the rectangle.
///
/// **Two counts.** An activation region has one pattern of active units: [`len`](Self::len) counts these. Neighbours may have the same
/// affine map, where the units that differ do not reach the output: [`affine_pieces`](Self::affine_pieces) counts maximal
/// connected sets on which the network is one affine map.
///
/// # Reference
/// Montúfar, Pascanu, Cho, Bengio, On the number of linear regions of deep neural networks, NeurIPS 2014, section 2.
///
/// # Example
/// ```
/// use nalgebra::{dmatrix, dvector};
/// use saddlepoint_theory::expressivity::regions::{Rectangle, Regions};
/// use saddlepoint_theory::expressivity::relu_network::ReluNetwork;
///
/// // Three lines in general position divide the plane into seven regions.
/// let lines = (dmatrix![1.0, 0.0; 0.0, 1.0; 1.0, 1.0], dvector![0.0, 0.0, -1.0]);
/// let network = ReluNetwork::new(vec![lines, (dmatrix![1.0, 1.0, 1.0], dvector![0.0])])?;
/// let regions = Regions::of(&network, Rectangle::new([-9.0, -9.0], [9.0, 9.0])?)?;
/// assert_eq!(regions.len(), 7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Regions {
    regions: Vec<Region>,
    /// The width below which a part is rounding.
    sliver: f64,
}

/// A polygon with the affine maps of the units of the layer that was reached.
struct Cell {
    vertices: Vec<Point>,
    pattern: Vec<bool>,
    units: Vec<Affine>,
}

impl Regions {
    /// The regions of a network in a rectangle.
    ///
    /// # Errors
    /// When the network has not two inputs, or its affine maps overflow.
    pub fn of(network: &ReluNetwork, rectangle: Rectangle) -> Result<Self, RegionError> {
        /// The part of the largest coordinate that a polygon is wide at least: some thousand roundings.
        const SLIVER: f64 = 1e-12;
        if network.inputs() != 2 {
            return Err(RegionError::Inputs(network.inputs()));
        }
        let sliver =
            SLIVER * rectangle.vertices().as_flattened().iter().fold(0.0, |most: f64, x| most.max(x.abs()));
        let identity = vec![[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]];
        let start = Cell { vertices: rectangle.vertices(), pattern: Vec::new(), units: identity };
        let mut cells = vec![start];
        let last = network.layers().len() - 1;
        for (layer, (weights, bias)) in network.layers().iter().enumerate() {
            let rows: Vec<Vec<f64>> = weights.row_iter().map(|row| row.iter().copied().collect()).collect();
            for cell in &mut cells {
                cell.units = compose(&rows, bias, &cell.units);
                if cell.units.as_flattened().iter().any(|x| !x.is_finite()) {
                    return Err(RegionError::Overflow { layer });
                }
            }
            if layer < last {
                cells = cells.into_iter().flat_map(|cell| activate(cell, sliver)).collect();
            }
        }
        Ok(Self { regions: cells.into_iter().map(Cell::into_region).collect(), sliver })
    }

    /// The number of activation regions.
    pub fn len(&self) -> usize {
        self.regions.len()
    }

    /// Never: a rectangle has at least one region.
    pub fn is_empty(&self) -> bool {
        self.regions.is_empty()
    }

    /// The regions.
    pub fn iter(&self) -> std::slice::Iter<'_, Region> {
        self.regions.iter()
    }
}

impl Regions {
    /// The maximal affine piece to which each region belongs, in the order of the regions; pieces are numbered in the order of their
    /// first regions. Affine maps count as the same where they differ by less than 10⁻¹⁰ of the largest entry of the two.
    pub fn piece_of_each(&self) -> Vec<usize> {
        let same = |i: usize, j: usize| {
            let maps = [&self.regions[i], &self.regions[j]].map(|r| r.slopes.iter().chain(&r.offsets));
            let [size, other] = maps.clone().map(|map| map.fold(0.0, |most: f64, x| most.max(x.abs())));
            let [first, second] = maps;
            first.zip(second).all(|(x, y)| (x - y).abs() <= 1e-10 * size.max(other))
        };
        adjacency::groups(self.len(), &self.borders(), same)
    }

    /// The number of maximal connected sets on which the network is one affine map: at most [`len`](Self::len).
    pub fn affine_pieces(&self) -> usize {
        self.piece_of_each().into_iter().max().map_or(0, |last| last + 1)
    }

    /// The points of one line that runs through every side of every region: what a plot of the arrangement needs.
    pub fn outline(&self) -> Vec<[f64; 2]> {
        adjacency::outline(&self.polygons(), &self.borders())
    }

    fn polygons(&self) -> Vec<&[Point]> {
        self.regions.iter().map(Region::vertices).collect()
    }

    fn borders(&self) -> Vec<Border> {
        // Vertices are off by as much as the narrowest parts that are kept.
        adjacency::borders(&self.polygons(), 10.0 * self.sliver)
    }
}

impl<'a> IntoIterator for &'a Regions {
    type Item = &'a Region;
    type IntoIter = std::slice::Iter<'a, Region>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Cell {
    fn into_region(self) -> Region {
        let slopes = DMatrix::from_fn(self.units.len(), 2, |i, j| self.units[i][j]);
        let offsets = DVector::from_fn(self.units.len(), |i, _| self.units[i][2]);
        Region { vertices: self.vertices, pattern: self.pattern, slopes, offsets }
    }
}

/// `W units + b`, for the rows of `W`.
fn compose(rows: &[Vec<f64>], bias: &DVector<f64>, units: &[Affine]) -> Vec<Affine> {
    // About half of the units are inactive, and so 0.
    let active: Vec<(usize, &Affine)> =
        units.iter().enumerate().filter(|(_, unit)| **unit != [0.0; 3]).collect();
    let row = |(row, &bias): (&Vec<f64>, &f64)| {
        active.iter().fold([0.0, 0.0, bias], |[a, b, c], &(j, unit)| {
            let weight = row[j];
            [a + weight * unit[0], b + weight * unit[1], c + weight * unit[2]]
        })
    };
    rows.iter().zip(bias).map(row).collect()
}

/// Divides a cell by the lines of its units, and sets those that are inactive to 0.
fn activate(cell: Cell, sliver: f64) -> Vec<Cell> {
    let Cell { vertices, pattern, units } = cell;
    let mut parts = vec![(vertices, pattern)];
    for &unit in &units {
        let mut divided = Vec::with_capacity(parts.len() + 1);
        for (vertices, mut pattern) in parts {
            match polygon::divide(&vertices, unit, sliver) {
                Sides::Both { positive, negative } => {
                    let mut other = pattern.clone();
                    other.push(true);
                    pattern.push(false);
                    divided.push((positive, other));
                    divided.push((negative, pattern));
                }
                side => {
                    pattern.push(matches!(side, Sides::Positive));
                    divided.push((vertices, pattern));
                }
            }
        }
        parts = divided;
    }
    let width = units.len();
    let inactive = |active: &bool, unit: &Affine| if *active { *unit } else { [0.0; 3] };
    let cell = |(vertices, pattern): (Vec<Point>, Vec<bool>)| {
        let layer = &pattern[pattern.len() - width..];
        let units = layer.iter().zip(&units).map(|(active, unit)| inactive(active, unit)).collect();
        Cell { vertices, pattern, units }
    };
    parts.into_iter().map(cell).collect()
}

#[cfg(test)]
mod tests {
    use nalgebra::{dmatrix, dvector};
    use proptest::prelude::*;

    use super::*;

    fn network(widths: &[usize], numbers: &[f64]) -> ReluNetwork {
        let mut numbers = numbers.iter().copied().cycle();
        let layer = |pair: &[usize]| {
            let weights = DMatrix::from_iterator(pair[1], pair[0], numbers.by_ref().take(pair[0] * pair[1]));
            (weights, DVector::from_iterator(pair[1], numbers.by_ref().take(pair[1])))
        };
        ReluNetwork::new(widths.windows(2).map(layer).collect()).unwrap()
    }

    fn square(half: f64) -> Rectangle {
        Rectangle::new([-half, -half], [half, half]).unwrap()
    }

    /// Three of them meet at (−2/3, −1), which is no float: what rounding makes of the parts between them is one point.
    #[test]
    fn concurrent_lines_make_no_region_between_them() {
        let lines = (dmatrix![2.0, 1.0; -3.0, -1.0; 0.0, 3.0; -3.0, 1.0], dvector![3.0, -3.0, 3.0, -1.0]);
        let network = ReluNetwork::new(vec![lines, (DMatrix::repeat(1, 4, 1.0), dvector![0.0])]).unwrap();
        assert_eq!(Regions::of(&network, square(100.0)).unwrap().len(), 10);
    }

    proptest! {
        /// The network is what a region says: the pattern and the affine map, at a point inside. Areas add up.
        #[test]
        fn regions_are_those_of_the_network(
            widths in prop::collection::vec(1usize..6, 0..4), numbers in prop::collection::vec(-2.0..2.0f64, 97),
        ) {
            let mut widths = widths;
            widths.insert(0, 2);
            widths.push(2);
            let network = network(&widths, &numbers);
            let regions = Regions::of(&network, square(3.0)).unwrap();
            let total: f64 = regions.iter().map(Region::area).sum();
            prop_assert!((total / 36.0 - 1.0).abs() < 1e-12, "{total}");
            for region in regions.iter().filter(|region| region.area() > 1e-6) {
                let x = region.interior_point();
                prop_assert_eq!(region.pattern(), network.pattern(&x).unwrap());
                let map = region.slopes() * DVector::from_column_slice(&x) + region.offsets();
                prop_assert!((map - network.value(&x).unwrap()).norm() < 1e-9);
            }
            let mut patterns: Vec<&[bool]> = regions.iter().map(Region::pattern).collect();
            patterns.sort_unstable();
            patterns.dedup();
            prop_assert_eq!(patterns.len(), regions.len());
        }
    }

    #[test]
    fn degenerate_arrangements_have_no_slivers() {
        let count = |lines: DMatrix<f64>, bias: DVector<f64>| {
            let output = (DMatrix::repeat(1, lines.nrows(), 1.0), dvector![0.0]);
            Regions::of(&ReluNetwork::new(vec![(lines, bias), output]).unwrap(), square(100.0)).unwrap().len()
        };
        // Two parallel lines and another, then five through one point.
        assert_eq!(count(dmatrix![1.0, 0.0; 1.0, 0.0; 0.0, 1.0], dvector![0.0, -1.0, 0.0]), 6);
        let angle = |i: usize, j: usize| {
            (0.3 + i as f64 + if j == 0 { 0.0 } else { std::f64::consts::FRAC_PI_2 }).cos()
        };
        assert_eq!(count(DMatrix::from_fn(5, 2, angle), DVector::zeros(5)), 10);
        assert_eq!(count(DMatrix::zeros(3, 2), DVector::zeros(3)), 1);
    }

    /// A unit that no output reads divides regions, not pieces; two bumps apart from each other are two pieces beside the plane.
    #[test]
    fn pieces_are_connected_and_maximal() {
        let layer = (dmatrix![1.0, 0.0; 0.0, 1.0], dvector![0.0, 0.0]);
        let silent = ReluNetwork::new(vec![layer.clone(), (dmatrix![1.0, 0.0], dvector![0.0])]).unwrap();
        let regions = Regions::of(&silent, square(1.0)).unwrap();
        assert_eq!((regions.len(), regions.affine_pieces()), (4, 2));
        assert_eq!(regions.piece_of_each().len(), 4);
        // max(0, |x| − ½), with |x| in two units: 0 on both sides of the kink at the origin.
        let sides = (dmatrix![1.0, 0.0; -1.0, 0.0], dvector![0.0, 0.0]);
        let fold = (dmatrix![1.0, 1.0], dvector![-0.5]);
        let valley = ReluNetwork::new(vec![sides, fold, (dmatrix![1.0], dvector![0.0])]).unwrap();
        let regions = Regions::of(&valley, square(1.0)).unwrap();
        assert_eq!((regions.len(), regions.affine_pieces()), (4, 3));
        // |x| is the same map on no two of its pieces, but max(0, ½ − |x|) is 0 on two that are apart.
        let hill = ReluNetwork::new(vec![
            (dmatrix![1.0, 0.0; -1.0, 0.0], dvector![0.0, 0.0]),
            (dmatrix![-1.0, -1.0], dvector![0.5]),
            (dmatrix![1.0], dvector![0.0]),
        ])
        .unwrap();
        let regions = Regions::of(&hill, square(1.0)).unwrap();
        assert_eq!((regions.len(), regions.affine_pieces()), (4, 4));
        assert!(regions.outline().len() > 4 * 4);
    }

    #[test]
    fn a_linear_network_has_one_region() {
        let regions = Regions::of(&network(&[2, 3], &[0.5, -1.0, 2.0]), square(1.0)).unwrap();
        assert!(regions.len() == 1 && !regions.is_empty());
        assert!(regions.into_iter().next().unwrap().pattern().is_empty());
    }

    #[test]
    fn what_has_no_regions_is_refused() {
        let one = network(&[3, 1], &[1.0]);
        assert_eq!(Regions::of(&one, square(1.0)), Err(RegionError::Inputs(3)));
        assert_eq!(
            Rectangle::new([0.0, 1.0], [1.0, 1.0]).unwrap_err(),
            RegionError::Side { low: 1.0, high: 1.0 }
        );
        assert!(Rectangle::new([0.0, f64::NAN], [1.0, 1.0]).is_err());
        let huge = network(&[2, 2, 1], &[1e200]);
        assert_eq!(Regions::of(&huge, square(1.0)), Err(RegionError::Overflow { layer: 1 }));
    }
}
