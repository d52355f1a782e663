//! The landscape of an objective of two parameters as a plot: level sets and descent paths.

use saddlepoint_landscape::descent::GradientDescent;
use saddlepoint_landscape::objective::Objective;
use serde::{Deserialize, Serialize};

use crate::claim::Failure;
use crate::figure::{Axis, Figure, Mark};

/// Raw material of a contour plot with descent paths.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Portrait {
    x: Vec<f64>,
    y: Vec<f64>,
    z: Vec<Vec<f64>>,
    paths: Vec<Vec<(f64, f64)>>,
}

/// Grid points a side: fine enough for smooth level sets, small enough for a record.
const SIDE: usize = 61;

impl Portrait {
    /// Values on a square grid over the ranges.
    pub(crate) fn of(f: &impl Objective, x: [f64; 2], y: [f64; 2]) -> Result<Self, Failure> {
        Self::map(x, y, |x, y| Ok(f.value(&[x, y])?))
    }

    /// The same for any function of two coordinates.
    pub(crate) fn map(
        x: [f64; 2],
        y: [f64; 2],
        f: impl Fn(f64, f64) -> Result<f64, Failure>,
    ) -> Result<Self, Failure> {
        let grid = |[low, high]: [f64; 2]| -> Vec<f64> {
            (0..SIDE).map(|i| low + (high - low) * i as f64 / (SIDE - 1) as f64).collect()
        };
        let (x, y) = (grid(x), grid(y));
        let row = |&y: &f64| x.iter().map(|&x| f(x, y)).collect::<Result<Vec<f64>, _>>();
        let z = y.iter().map(row).collect::<Result<_, _>>()?;
        Ok(Self { x, y, z, paths: Vec::new() })
    }

    /// Adds the paths of a descent from some starts, every `every`-th iterate.
    pub(crate) fn with_paths(
        self,
        f: &impl Objective,
        descent: &GradientDescent,
        starts: &[[f64; 2]],
        every: usize,
    ) -> Result<Self, Failure> {
        self.with_mapped_paths(f, descent, starts, every, |point| point)
    }

    /// The same, drawn in other coordinates; consecutive points closer than a pixel are thinned out.
    pub(crate) fn with_mapped_paths(
        mut self,
        f: &impl Objective,
        descent: &GradientDescent,
        starts: &[[f64; 2]],
        every: usize,
        coordinates: impl Fn((f64, f64)) -> (f64, f64),
    ) -> Result<Self, Failure> {
        let pixel = (self.x[1] - self.x[0]).hypot(self.y[1] - self.y[0]) / 8.0;
        for start in starts {
            let (_, trajectory) = descent.record(f, start, every)?;
            let mut path: Vec<(f64, f64)> = Vec::new();
            for point in &trajectory.points {
                let next = coordinates((point[0], point[1]));
                if path.last().is_none_or(|last| (next.0 - last.0).hypot(next.1 - last.1) >= pixel) {
                    path.push(next);
                }
            }
            self.paths.push(path);
        }
        Ok(self)
    }

    /// The plot; critical points are added by the claim.
    pub(crate) fn figure(&self, id: &str, title: &str, caption: &str, axes: [&str; 2], value: &str) -> Figure {
        let contour =
            Mark::Contour { x: self.x.clone(), y: self.y.clone(), z: self.z.clone(), title: value.into() };
        let [x, y] = axes.map(Axis::linear);
        let figure = Figure::new(id, title, caption, x, y).with(value, contour);
        self.paths.iter().enumerate().fold(figure, |figure, (i, path)| {
            let name = format!("descent {}", i + 1);
            match path[..] {
                [stays] => figure.points(name + ", which stays", [stays]),
                _ => figure.line(name, path.iter().copied()),
            }
        })
    }
}
