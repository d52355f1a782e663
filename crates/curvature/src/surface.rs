//! Slices through the loss of a burn module.

use saddlepoint_landscape::surface::SurfaceError;
use saddlepoint_landscape::surface::grid::{Grid, Plane};
use saddlepoint_landscape::surface::layout::{Filters, Layout};

use crate::execute::check;
use crate::program::ProgramError;
use crate::trace::{Parameter, Traced};

/// How the parameters of a burn module split into filters.
///
/// Matrices are taken for weights `[inputs, outputs]` of fully connected layers, tensors of higher rank for kernels
/// `[outputs, inputs, …]` of convolutions. What has one dimension, biases and the gains and shifts of normalizations, has no
/// filters, as Li et al. have it.
///
/// # Errors
/// When a tensor is empty.
pub fn layout(parameters: &[Parameter]) -> Result<Layout, SurfaceError> {
    Layout::new(parameters.iter().map(|Parameter { shape, .. }| {
        let filters = match *shape.as_slice() {
            [] | [_] => Filters::None,
            [_, outputs] => Filters::Trailing(outputs),
            [outputs, ..] => Filters::Leading(outputs),
        };
        (shape.iter().product(), filters)
    }))
}

impl Traced {
    /// Computes at most `limit` cells of a slice that are empty, and returns how many are left.
    ///
    /// Each cell is one forward pass on one thread; the cells are shared out among the threads. The result does not depend on
    /// their number, nor on how often the grid was written down and filled further. Where the loss overflows, the cell says so.
    ///
    /// # Errors
    /// When the plane has another number of entries than the module has parameters.
    ///
    /// # Example
    /// ```
    /// use burn::nn::LinearConfig;
    /// use burn::tensor::Tensor;
    /// use saddlepoint_curvature::trace;
    /// use saddlepoint_landscape::surface::grid::{Grid, Plane};
    ///
    /// # let device = saddlepoint_models::device::Device::open(Default::default())?.burn();
    /// let layer = LinearConfig::new(2, 1).with_bias(false).init(&device);
    /// let x = Tensor::<2>::from_floats([[1.0, 0.0], [0.0, 2.0]], &device);
    /// let loss = trace(&layer, x, |layer, x| layer.forward(x).powi_scalar(2).sum())?;
    /// let plane = Plane::new(vec![0.0; 2], [vec![1.0, 0.0], vec![0.0, 1.0]])?;
    /// let mut grid = Grid::new(vec![0.0, 1.0], vec![0.0, 3.0])?;
    /// assert_eq!(loss.fill(&mut grid, &plane, 3)?, 1);
    /// assert_eq!(loss.fill(&mut grid, &plane, 3)?, 0);
    /// assert_eq!(grid.values(), [[0.0, 1.0], [36.0, 37.0]]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn fill(&self, grid: &mut Grid, plane: &Plane, limit: usize) -> Result<usize, ProgramError> {
        let program = self.program();
        check(&plane.at(0.0, 0.0), self.dimension())?;
        let machine = self.machine().for_one_of_many();
        grid.fill(limit, |a, b| {
            let point = plane.at(a, b);
            if point.iter().any(|entry| !entry.is_finite()) {
                return Ok(f64::NAN);
            }
            let loss = machine.values(&program.graph, &point, &[program.loss])?;
            Ok(loss.first().and_then(|loss| loss.first()).copied().unwrap_or(f64::NAN))
        })
    }
}
