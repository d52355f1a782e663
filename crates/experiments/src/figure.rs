//! Plots as data: one description, drawn interactively by the report and statically for papers.

use serde::{Deserialize, Serialize};

/// Whether an axis is linear or logarithmic (base 10).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// Equal distances are equal differences.
    #[default]
    Linear,
    /// Equal distances are equal ratios; only positive values are drawn.
    Logarithmic,
}

/// An axis: its title (plain text with a unit where there is one) and its scale, or the names of its places.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Axis {
    /// Title with unit.
    pub title: String,
    /// Linear or logarithmic.
    pub scale: Scale,
    /// What stands at 0, 1, 2 …, instead of numbers; empty on an axis of numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
}

impl Axis {
    /// A linear axis.
    pub fn linear(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// An axis of named places, the first at 0, the next at 1, and so on.
    pub fn named(title: impl Into<String>, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { title: title.into(), scale: Scale::Linear, names: names.into_iter().map(Into::into).collect() }
    }

    /// A logarithmic axis.
    pub fn logarithmic(title: impl Into<String>) -> Self {
        Self { title: title.into(), scale: Scale::Logarithmic, names: Vec::new() }
    }
}

/// How a [`Series`] is drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "mark", rename_all = "kebab-case")]
pub enum Mark {
    /// Points joined by a line.
    Line {
        /// Abscissas.
        x: Vec<f64>,
        /// Ordinates, as many.
        y: Vec<f64>,
        /// Drawn dashed: theory, a bound, a reference.
        dashed: bool,
    },
    /// Separate points, with symmetric error bars where `error` is not empty.
    Points {
        /// Abscissas.
        x: Vec<f64>,
        /// Ordinates, as many.
        y: Vec<f64>,
        /// Half-widths of the error bars: as many, or none.
        error: Vec<f64>,
        /// A text for each point, shown on hover: as many, or none.
        labels: Vec<String>,
    },
    /// The area between two curves: a confidence band.
    Band {
        /// Abscissas.
        x: Vec<f64>,
        /// Lower edge.
        low: Vec<f64>,
        /// Upper edge.
        high: Vec<f64>,
    },
    /// Bars over named categories.
    Bars {
        /// Category names.
        categories: Vec<String>,
        /// Heights, as many.
        heights: Vec<f64>,
    },
    /// Counts of values in equal bins.
    Histogram {
        /// The values.
        values: Vec<f64>,
        /// Number of bins.
        bins: usize,
    },
    /// Level sets of a function on a grid, `z[row][column]` at `(x[column], y[row])`.
    Contour {
        /// Abscissas of the columns.
        x: Vec<f64>,
        /// Ordinates of the rows.
        y: Vec<f64>,
        /// Values, one list a row.
        z: Vec<Vec<f64>>,
        /// What `z` is, for the colour bar.
        title: String,
    },
    /// A picture in cells of one colour each, `z[row][column]`, rows from the bottom up, on linear axes.
    Image {
        /// Left edge of the first column, right edge of the last.
        x: [f64; 2],
        /// Lower edge of the first row, upper edge of the last.
        y: [f64; 2],
        /// Values, one list a row; cells without a finite one stay empty.
        z: Vec<Vec<f64>>,
        /// What `z` is, for the colour bar.
        title: String,
    },
}

/// The rows of a picture that is kept pixel after pixel, as [`Mark::mosaic`] takes them.
pub fn rows(pixels: &[f64], width: usize) -> Vec<Vec<f64>> {
    pixels.chunks(width.max(1)).map(<[f64]>::to_vec).collect()
}

impl Mark {
    /// Pictures side by side, `columns` of them in a row, each a list of its rows from the top down, with empty lines between.
    /// Axes count pixels, as in [`Figure::pictures`].
    pub fn mosaic(pictures: &[Vec<Vec<f64>>], columns: usize, title: impl Into<String>) -> Self {
        let columns = columns.clamp(1, pictures.len().max(1));
        let height = pictures.iter().map(Vec::len).max().unwrap_or(0) + 1;
        let width = pictures.iter().flatten().map(Vec::len).max().unwrap_or(0) + 1;
        let rows = (height * pictures.len().div_ceil(columns)).saturating_sub(1);
        let mut z = vec![vec![f64::NAN; width * columns - 1]; rows];
        for (at, picture) in pictures.iter().enumerate() {
            for (i, row) in picture.iter().enumerate() {
                let from_top = at / columns * height + i;
                let left = at % columns * width;
                z[rows - 1 - from_top][left..left + row.len()].copy_from_slice(row);
            }
        }
        let ends = |cells: usize| [0.0, cells as f64];
        Mark::Image { x: ends(width * columns - 1), y: ends(rows), z, title: title.into() }
    }
}

/// A named set of marks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// Name in the legend.
    pub name: String,
    /// What is drawn.
    pub mark: Mark,
    /// The frame in which it is seen; without one it is seen in all. A figure with frames shows one of them at a time, and its
    /// reader moves between them; its still shows the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame: Option<String>,
}

/// A plot: what it shows, its axes, its series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// File stem, in kebab-case, unique within a claim.
    pub id: String,
    /// Title.
    pub title: String,
    /// What a reader should see in it; also the text alternative for those who cannot see it.
    pub caption: String,
    /// Horizontal axis.
    pub x: Axis,
    /// Vertical axis.
    pub y: Axis,
    /// What is drawn, first at the bottom.
    pub series: Vec<Series>,
}

impl Figure {
    /// An empty plot; add series with [`Figure::line`], [`Figure::points`] and the like.
    pub fn new(id: &str, title: &str, caption: impl Into<String>, x: Axis, y: Axis) -> Self {
        Self { id: id.into(), title: title.into(), caption: caption.into(), x, y, series: Vec::new() }
    }

    /// Adds any mark.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, mark: Mark) -> Self {
        self.series.push(Series { name: name.into(), mark, frame: None });
        self
    }

    /// Shows the series that was added last in this frame only. Series that stand for each other in different frames are added
    /// in the same order, so that they keep their colours.
    #[must_use]
    pub fn in_frame(mut self, frame: impl Into<String>) -> Self {
        if let Some(last) = self.series.last_mut() {
            last.frame = Some(frame.into());
        }
        self
    }

    /// Adds a solid line through `(x, y)` pairs.
    #[must_use]
    pub fn line(self, name: impl Into<String>, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let (x, y) = points.into_iter().unzip();
        self.with(name, Mark::Line { x, y, dashed: false })
    }

    /// Adds a dashed line: theory, a bound, a reference.
    #[must_use]
    pub fn reference(self, name: impl Into<String>, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let (x, y) = points.into_iter().unzip();
        self.with(name, Mark::Line { x, y, dashed: true })
    }

    /// Adds separate points.
    #[must_use]
    pub fn points(self, name: impl Into<String>, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let (x, y) = points.into_iter().unzip();
        self.with(name, Mark::Points { x, y, error: Vec::new(), labels: Vec::new() })
    }

    /// A plot of [pictures](Mark::mosaic) on axes that count pixels.
    pub fn pictures(
        id: &str,
        title: &str,
        caption: impl Into<String>,
        pictures: &[Vec<Vec<f64>>],
        columns: usize,
        value: &str,
    ) -> Self {
        Self::new(id, title, caption, Axis::linear("pixels"), Axis::linear("pixels"))
            .with(value, Mark::mosaic(pictures, columns, value))
    }

    /// Adds points with symmetric error bars: `(x, y, half-width)`.
    #[must_use]
    pub fn measured(self, name: impl Into<String>, points: impl IntoIterator<Item = (f64, f64, f64)>) -> Self {
        let (mut x, mut y, mut error) = (Vec::new(), Vec::new(), Vec::new());
        for (a, b, e) in points {
            x.push(a);
            y.push(b);
            error.push(e);
        }
        self.with(name, Mark::Points { x, y, error, labels: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_stand_beside_and_below_each_other() {
        let picture = |a: f64| vec![vec![a, a + 0.1], vec![a + 0.2, a + 0.3]];
        let Mark::Image { x, y, z, .. } = Mark::mosaic(&[picture(1.0), picture(2.0), picture(3.0)], 2, "z")
        else {
            panic!()
        };
        assert_eq!((x, y), ([0.0, 5.0], [0.0, 5.0]));
        // The bottom row comes first: the lower row of the third picture.
        let shown = |row: &[f64]| row.iter().map(|v| v.is_finite().then_some(*v)).collect::<Vec<_>>();
        assert_eq!(shown(&z[0]), [Some(3.2), Some(3.3), None, None, None]);
        assert_eq!(shown(&z[2]), [None; 5]);
        assert_eq!(shown(&z[4]), [Some(1.0), Some(1.1), None, Some(2.0), Some(2.1)]);
        assert!(matches!(Mark::mosaic(&[], 3, "z"), Mark::Image { z, .. } if z.is_empty()));
        assert!(matches!(Mark::mosaic(&[vec![vec![1.0]]], 0, "z"), Mark::Image { z, .. } if z == [[1.0]]));
    }
}
