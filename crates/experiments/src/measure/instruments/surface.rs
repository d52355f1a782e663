//! Slices through the training loss.

use saddlepoint_landscape::surface::direction::{Normalization, gaussian};
use saddlepoint_landscape::surface::grid::{Grid, Plane, places};

use super::{Cost, Instrument};
use crate::claim::Failure;
use crate::figure::{Axis, Figure, Mark};
use crate::measure::quantity::{Certainty, Findings, Quantity};
use crate::measure::subject::Subject;
use crate::verdict::{maximum, minimum, show};

/// A line and a plane through the parameters along random directions, normalized filter by filter as Li et al. do.
pub(super) struct Surface;

/// Places on the line, and on each side of the plane.
const LINE: usize = 101;
const SIDE: usize = 31;

impl Instrument for Surface {
    fn id(&self) -> &'static str {
        "surface"
    }

    fn title(&self) -> &'static str {
        "The loss around this point"
    }

    fn about(&self) -> &'static str {
        "a line and a plane through the training loss along filter-normalized random directions"
    }

    fn cost(&self, _: &Subject<'_>) -> Cost {
        Cost::values((LINE + SIDE * SIDE) as f64)
    }

    fn measure(&self, subject: &Subject<'_>) -> Result<Findings, Failure> {
        let point = subject.point();
        let layout = subject.model.layout()?;
        let mut stream = subject.stream(self.id());
        let mut draw = || gaussian(&layout, &point, Normalization::Filter, &mut || stream.normal());
        let directions = [draw()?, draw()?];
        let plane = Plane::new(point, directions)?;
        let line = slice(subject, &plane, &places(-1.0, 1.0, LINE)?, &[0.0], 0.0..0.15)?;
        let places = places(-1.0, 1.0, SIDE)?;
        let grid = slice(subject, &plane, &places, &places, 0.15..1.0)?;
        let (middle, values) = (line[0][LINE / 2], grid.iter().flatten().copied().filter(|z| z.is_finite()));
        let (low, high) =
            values.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), z| (minimum(a, z), maximum(b, z)));
        let unit = crate::measure::loss_unit(subject.settings.loss);
        let method = format!("exact loss at {} places of one plane", SIDE * SIDE);
        let caption = "Random directions, each filter scaled to the length of the network's own (Li et al. 2018): the network stands in \
                       the middle. What is seen depends on the two directions.";
        let x = saddlepoint_landscape::surface::grid::places(-1.0, 1.0, LINE)?;
        Ok(Findings {
            sentence: format!(
                "Within one filter-normalized unit the loss goes from {} to {}; it is {} at the network.",
                show(low),
                show(high),
                show(middle)
            ),
            quantities: vec![
                Quantity::computed("lowest loss in the plane", low, method.clone())
                    .unit(unit)
                    .that_is(Certainty::AtMost),
                Quantity::computed("highest loss in the plane", high, method)
                    .unit(unit)
                    .that_is(Certainty::AtLeast),
            ],
            figures: vec![
                Figure::new(
                    "line",
                    "The training loss along a line",
                    caption,
                    Axis::linear("distance along a filter-normalized direction"),
                    Axis::linear(format!("mean loss in {unit}")),
                )
                .line("loss", x.into_iter().zip(line[0].iter().copied())),
                Figure::new(
                    "plane",
                    "The training loss on a plane",
                    caption,
                    Axis::linear("along the first direction"),
                    Axis::linear("along the second direction"),
                )
                .with(
                    "loss",
                    Mark::Contour {
                        x: places.clone(),
                        y: places,
                        z: grid,
                        title: format!("mean loss in {unit}"),
                    },
                )
                .points("the network", [(0.0, 0.0)]),
            ],
            ..Findings::default()
        })
    }
}

/// The mean loss over all batches on a grid of a plane: one batch at a time.
fn slice(
    subject: &Subject<'_>,
    plane: &Plane,
    x: &[f64],
    y: &[f64],
    done: std::ops::Range<f64>,
) -> Result<Vec<Vec<f64>>, Failure> {
    let (cells, count) = (x.len() * y.len(), subject.batches(subject.train));
    let mut mean = vec![vec![0.0; x.len()]; y.len()];
    for at in 0..count {
        let batch = subject.batch(subject.train, at)?;
        let traced = subject.model.trace_loss(&batch, subject.settings.loss)?;
        let weight = batch.len() as f64 / subject.train.count() as f64;
        let mut grid = Grid::new(x.to_vec(), y.to_vec())?;
        loop {
            let left = traced.fill(&mut grid, plane, 64)?;
            let part = (at as f64 + 1.0 - left as f64 / cells as f64) / count as f64;
            subject.step(done.start + part * (done.end - done.start))?;
            if left == 0 {
                break;
            }
        }
        for (sums, row) in mean.iter_mut().zip(grid.values()) {
            sums.iter_mut().zip(row).for_each(|(sum, z)| *sum += weight * z);
        }
    }
    Ok(mean)
}
