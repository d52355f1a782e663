//! Contours and images of the stills, with white where there is no value: the library knows no holes.

use kuva::plot::{BandPlot, ColorMap, ContourPlot, Heatmap};
use kuva::render::plots::Plot;

use super::drawing::Shape;
use super::ruler::Ruler;
use super::still::{band, literal};

/// Level sets; what has no value is drawn as the lowest one and [covered](holes).
pub(super) fn contour(
    z: &Ruler,
    grid: &[Vec<Option<f64>>],
    x: Vec<f64>,
    y: Vec<f64>,
    title: &str,
    shape: &Shape<'_>,
) -> ContourPlot {
    let lowest = grid.iter().flatten().flatten().copied().fold(f64::INFINITY, f64::min);
    let values =
        grid.iter().map(|row| row.iter().map(|value| z.place(value.unwrap_or(lowest))).collect()).collect();
    let levels: Vec<f64> = match shape {
        Shape::Contour { levels, .. } => levels.values().map(|level| z.place(level)).collect(),
        _ => Vec::new(),
    };
    ContourPlot::new()
        .with_grid(values, x, y)
        .with_levels(&levels)
        .with_filled()
        .with_colormap(ColorMap::Viridis)
        .with_line_color("#ffffff")
        .with_line_width(0.5)
        .with_legend(literal(title))
}

/// An image in its cells.
pub(super) fn image(z: &[Vec<Option<f64>>], x: &[f64], y: &[f64], title: &str) -> Heatmap {
    let lowest = z.iter().flatten().flatten().copied().fold(f64::INFINITY, f64::min);
    Heatmap::new()
        .with_data(z.iter().map(|row| row.iter().map(|value| value.unwrap_or(lowest)).collect::<Vec<_>>()))
        .with_color_map(ColorMap::Viridis)
        .with_x_range(x[0], x[1])
        .with_y_range(y[0], y[1])
        .with_cell_size(1.0)
        .with_legend(literal(title))
}

/// White patches over the cells of an image that have no value.
pub(super) fn empty_cells(z: &[Vec<Option<f64>>], x: &[f64], y: &[f64]) -> Vec<Plot> {
    let edge = |ends: &[f64], at: usize, count: usize| ends[0] + (ends[1] - ends[0]) * at as f64 / count as f64;
    let mut patches = Vec::new();
    for (r, row) in z.iter().enumerate() {
        let (low, high) = (edge(y, r, z.len()), edge(y, r + 1, z.len()));
        // Neighbours without a value share a patch.
        let mut from = 0;
        for run in row.chunk_by(|a, b| a.is_none() == b.is_none()) {
            let to = from + run.len();
            if run[0].is_none() {
                let ends = [edge(x, from, row.len()), edge(x, to, row.len())];
                patches.push(band(ends.to_vec(), vec![low; 2], vec![high; 2], "white", 1.0));
            }
            from = to;
        }
    }
    patches
}

/// White patches over the cells of which a corner has no value.
pub(super) fn holes(shape: &Shape<'_>, x: &[f64], y: &[f64]) -> Vec<Plot> {
    let Shape::Contour { z, .. } = shape else { return Vec::new() };
    let cells = |row: usize| (0..x.len().saturating_sub(1)).map(move |column| (row, column));
    (0..y.len().saturating_sub(1))
        .flat_map(cells)
        .filter(|&(r, c)| [z[r][c], z[r][c + 1], z[r + 1][c], z[r + 1][c + 1]].iter().any(Option::is_none))
        .map(|(r, c)| {
            BandPlot::new([x[c], x[c + 1]], [y[r]; 2], [y[r + 1]; 2])
                .with_color("white")
                .with_opacity(1.0)
                .into()
        })
        .collect()
}
