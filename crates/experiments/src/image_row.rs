//! Images side by side as one plot.

use crate::figure::{Axis, Figure, Mark};

/// Rows of square images of one size, the first row on top, with an empty line between images.
pub fn image_rows(
    id: &str,
    title: &str,
    caption: impl Into<String>,
    side: usize,
    rows: &[Vec<Vec<f64>>],
) -> Figure {
    let (across, down) = (rows.iter().map(Vec::len).max().unwrap_or(0), rows.len());
    let span = |count: usize| (count * (side + 1)).saturating_sub(1);
    let (width, height) = (span(across), span(down));
    let mut z = vec![vec![0.0; width]; height];
    for (row, images) in rows.iter().enumerate() {
        for (column, image) in images.iter().enumerate() {
            for (at, pixel) in image.iter().enumerate().take(side * side) {
                // The axis points up, images are written from the top.
                let line = height - 1 - (row * (side + 1) + at / side);
                z[line][column * (side + 1) + at % side] = *pixel;
            }
        }
    }
    let axis = |count: usize| (0..count).map(|i| i as f64).collect();
    Figure::new(id, title, caption, Axis::linear("pixels"), Axis::linear("pixels")).with(
        "images",
        Mark::Contour { x: axis(width), y: axis(height), z, title: "pixel, from 0 to 1".into() },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_row_is_on_top() {
        let row = |value| vec![vec![value; 4], vec![value; 4]];
        let figure = image_rows("i", "t", "c", 2, &[row(1.0), row(2.0)]);
        let Mark::Contour { z, .. } = &figure.series[0].mark else { panic!("a grid") };
        assert_eq!((z.len(), z[0].len()), (5, 5));
        assert_eq!((z[4][0], z[2][0], z[0][0], z[0][2]), (1.0, 0.0, 2.0, 0.0));
    }
}
