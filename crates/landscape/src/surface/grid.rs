//! Values of a function over a slice, filled cell by cell.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{SurfaceError, check};

/// A cell of a [`Grid`]: the mask and the value in one, since no value can stand for "not yet".
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cell {
    /// Not computed yet.
    Empty,
    /// The value.
    Value(f64),
    /// Computed, and NaN or infinite: the function overflows there.
    NotFinite,
}

impl Cell {
    /// The value, NaN where there is none.
    pub fn value(&self) -> f64 {
        if let Self::Value(value) = self { *value } else { f64::NAN }
    }
}

/// Values at `(x[column], y[row])`, row by row. A line is a grid with one row.
///
/// It can be written down when it is partly filled, and filled further later: the same cells come out.
///
/// # Example
/// ```
/// use saddlepoint_landscape::surface::grid::{Cell, Grid};
///
/// let mut grid = Grid::new(vec![0.0, 1.0], vec![0.0, 2.0])?;
/// let value = |x: f64, y: f64| Ok::<_, ()>(x - y);
/// assert_eq!(grid.fill(3, value), Ok(1));
/// assert_eq!((grid.rows().nth(1).map(<[_]>::to_vec), grid.filled()), (Some(vec![Cell::Value(-2.0), Cell::Empty]), 3));
/// assert_eq!(grid.fill(10, value), Ok(0));
/// # Ok::<(), saddlepoint_landscape::surface::SurfaceError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Grid {
    x: Vec<f64>,
    y: Vec<f64>,
    cells: Vec<Cell>,
}

impl Grid {
    /// An empty grid.
    ///
    /// # Errors
    /// When an axis is empty or not finite.
    pub fn new(x: Vec<f64>, y: Vec<f64>) -> Result<Self, SurfaceError> {
        for (what, axis) in [("the horizontal axis", &x), ("the vertical axis", &y)] {
            if axis.is_empty() {
                return Err(SurfaceError::TooFew { what, least: 1, found: 0 });
            }
            check(what, axis, axis.len())?;
        }
        let cells = vec![Cell::Empty; x.len() * y.len()];
        Ok(Self { x, y, cells })
    }

    /// Computes at most `limit` cells that are empty, the first ones in their order, and returns how many are left.
    ///
    /// The cells are shared out among the threads; each depends on its own place only, so the number of threads changes
    /// no bit.
    ///
    /// # Errors
    /// That of the first cell whose value fails; all values that were computed stay.
    pub fn fill<E: Send>(
        &mut self,
        limit: usize,
        f: impl Fn(f64, f64) -> Result<f64, E> + Sync,
    ) -> Result<usize, E> {
        let empty: Vec<usize> = self.empty().take(limit).collect();
        let columns = self.x.len();
        let value = |&i: &usize| f(self.x[i % columns], self.y[i / columns]);
        let values: Vec<Result<f64, E>> = empty.par_iter().map(value).collect();
        let mut failed = None;
        for (i, value) in empty.into_iter().zip(values) {
            match value {
                Ok(value) => {
                    self.cells[i] = if value.is_finite() { Cell::Value(value) } else { Cell::NotFinite }
                }
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        match failed {
            Some(error) => Err(error),
            None => Ok(self.empty().count()),
        }
    }

    /// The places of the cells that are not computed yet.
    fn empty(&self) -> impl Iterator<Item = usize> {
        self.cells.iter().enumerate().filter(|(_, cell)| **cell == Cell::Empty).map(|(i, _)| i)
    }

    /// The columns' places.
    pub fn x(&self) -> &[f64] {
        &self.x
    }

    /// The rows' places.
    pub fn y(&self) -> &[f64] {
        &self.y
    }

    /// The cells, row by row.
    pub fn rows(&self) -> impl Iterator<Item = &[Cell]> {
        self.cells.chunks_exact(self.x.len())
    }

    /// The values row by row, NaN where there is none.
    pub fn values(&self) -> Vec<Vec<f64>> {
        self.rows().map(|row| row.iter().map(Cell::value).collect()).collect()
    }

    /// How many cells are computed.
    pub fn filled(&self) -> usize {
        self.cells.len() - self.empty().count()
    }
}

/// `count` places from `low` to `high`, both included.
///
/// # Errors
/// When there are fewer than two, or an end is not finite.
pub fn places(low: f64, high: f64, count: usize) -> Result<Vec<f64>, SurfaceError> {
    check("the ends of an axis", &[low, high], 2)?;
    if count < 2 {
        return Err(SurfaceError::TooFew { what: "places on an axis", least: 2, found: count });
    }
    let last = (count - 1) as f64;
    Ok((0..count).map(|i| low * ((last - i as f64) / last) + high * (i as f64 / last)).collect())
}

/// The affine plane through a point that two directions span.
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    origin: Vec<f64>,
    directions: [Vec<f64>; 2],
}

impl Plane {
    /// A plane.
    ///
    /// # Errors
    /// When a direction has another number of entries than the origin, or an entry is not finite.
    pub fn new(origin: Vec<f64>, directions: [Vec<f64>; 2]) -> Result<Self, SurfaceError> {
        check("the origin", &origin, origin.len())?;
        directions.iter().try_for_each(|direction| check("a direction", direction, origin.len()))?;
        Ok(Self { origin, directions })
    }

    /// `θ + a δ + b η`.
    pub fn at(&self, a: f64, b: f64) -> Vec<f64> {
        let [delta, eta] = &self.directions;
        self.origin.iter().zip(delta.iter().zip(eta)).map(|(o, (d, e))| o + a * d + b * e).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::spectrum::testing::on_threads;

    /// Pitfall: a resumable grid marks filled cells with a mask, not with the sign of the value: negative values,
    /// zeros and overflows are not computed twice.
    #[test]
    fn pitfall_filled_cells_are_marked_by_a_mask() {
        let axis = places(-2.0, 2.0, 5).unwrap();
        let f = |x: f64, y: f64| Ok::<_, ()>(if x == y { f64::INFINITY } else { x * y - 1.0 });
        let mut whole = Grid::new(axis.clone(), axis.clone()).unwrap();
        whole.fill(usize::MAX, f).unwrap();
        let (mut grid, calls) = (Grid::new(axis.clone(), axis).unwrap(), AtomicUsize::new(0));
        while grid.filled() < 25 {
            grid.fill(4, |x, y| {
                calls.fetch_add(1, Ordering::Relaxed);
                f(x, y)
            })
            .unwrap();
            grid = serde_json::from_str(&serde_json::to_string(&grid).unwrap()).unwrap();
        }
        assert_eq!((calls.into_inner(), grid), (25, whole));
    }

    #[test]
    fn a_grid_does_not_depend_on_threads() {
        let filled = || {
            let mut grid = Grid::new(places(-1.0, 1.0, 37).unwrap(), places(0.0, 3.0, 11).unwrap()).unwrap();
            grid.fill(301, |x, y| Ok::<_, ()>((x * 17.0 + y).sin() / x)).unwrap();
            grid
        };
        let one = on_threads(1, filled);
        assert_eq!(one.filled(), 301);
        for threads in [2, 5] {
            assert_eq!(on_threads(threads, filled), one);
        }
    }

    #[test]
    fn a_fill_that_fails_keeps_its_cells() {
        let mut grid = Grid::new(vec![0.0, 1.0, 2.0, 3.0], vec![0.0]).unwrap();
        let f = |x: f64, _| {
            if x == 1.0 {
                Err("one")
            } else if x == 2.0 {
                Err("two")
            } else {
                Ok(x)
            }
        };
        assert_eq!(grid.fill(9, f), Err("one"));
        assert_eq!(grid.filled(), 2);
        let values = grid.values();
        assert!(values[0][1].is_nan() && values[0][3] == 3.0);
        assert!(Grid::new(vec![], vec![0.0]).is_err() && Grid::new(vec![f64::NAN], vec![0.0]).is_err());
        assert!(places(0.0, 1.0, 1).is_err() && places(0.0, f64::NAN, 3).is_err());
    }

    #[test]
    fn a_plane_is_affine() {
        let plane = Plane::new(vec![1.0, 2.0], [vec![1.0, 0.0], vec![0.0, 4.0]]).unwrap();
        assert_eq!(plane.at(3.0, 0.5), [4.0, 4.0]);
        assert!(Plane::new(vec![1.0], [vec![1.0], vec![1.0, 2.0]]).is_err());
    }
}
