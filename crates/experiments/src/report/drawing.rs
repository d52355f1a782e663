//! A figure made drawable: what no axis can show is dropped, histograms are counted, categories and levels fixed.
//!
//! The interactive plot and the still are both drawn from this, so they cannot disagree.

use serde::Serialize;

use crate::figure::{Axis, Figure, Mark, Scale};

/// A figure whose every number can be drawn on its axes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Drawing<'a> {
    pub(super) title: &'a str,
    pub(super) x: &'a Axis,
    pub(super) y: &'a Axis,
    /// The categories of all bar series, in order of first appearance; they stand at 0, 1, 2 … on the x axis.
    pub(super) categories: Vec<&'a str>,
    /// The frames, in order of first appearance; none where everything is seen at once.
    pub(super) frames: Vec<&'a str>,
    pub(super) series: Vec<Drawn<'a>>,
}

/// A series of a [`Drawing`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Drawn<'a> {
    pub(super) name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) frame: Option<&'a str>,
    #[serde(flatten)]
    pub(super) shape: Shape<'a>,
}

/// How a series is drawn, all lists of equal length.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "shape", rename_all = "kebab-case")]
pub(super) enum Shape<'a> {
    Line {
        x: Vec<f64>,
        y: Vec<f64>,
        dashed: bool,
    },
    Points {
        x: Vec<f64>,
        y: Vec<f64>,
        /// Empty when no point has one; zero where one point has none.
        error: Vec<f64>,
        labels: Vec<&'a str>,
    },
    Band {
        x: Vec<f64>,
        low: Vec<f64>,
        high: Vec<f64>,
    },
    Bars {
        /// One a category of the drawing; `None` where the series has nothing to show.
        heights: Vec<Option<f64>>,
    },
    Histogram {
        /// One more than counts.
        edges: Vec<f64>,
        counts: Vec<usize>,
    },
    Contour {
        x: Vec<f64>,
        y: Vec<f64>,
        z: Vec<Vec<Option<f64>>>,
        title: &'a str,
        /// Lowest level, distance of levels, number of levels.
        levels: Levels,
    },
    Image {
        /// Its outer edges.
        x: [f64; 2],
        y: [f64; 2],
        /// Rows of equal length, from the bottom up.
        z: Vec<Vec<Option<f64>>>,
        title: &'a str,
    },
}

impl Shape<'_> {
    /// Whether there is nothing to draw.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Shape::Line { x, .. } | Shape::Points { x, .. } | Shape::Band { x, .. } => x.is_empty(),
            Shape::Bars { heights } => heights.iter().all(Option::is_none),
            Shape::Histogram { counts, .. } => counts.is_empty(),
            Shape::Contour { levels, .. } => levels.count == 0,
            Shape::Image { z, .. } => z.iter().flatten().all(Option::is_none),
        }
    }
}

/// Equally spaced levels at round numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Levels {
    pub(super) start: f64,
    pub(super) step: f64,
    pub(super) count: usize,
}

impl Levels {
    /// Ten to twenty round levels strictly inside a range; one in the middle of an empty range.
    fn over(low: f64, high: f64) -> Self {
        let span = high - low;
        if !(span.is_finite() && span > 0.0) {
            return Levels { start: low, step: 1.0, count: 1 };
        }
        let rough = span / 20.0;
        let power = 10f64.powf(rough.log10().floor());
        let step = power * [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().find(|m| m * power >= rough).unwrap_or(10.0);
        let start = (low / step).floor().mul_add(step, step);
        Levels { start, step, count: ((high - start) / step).floor().max(0.0) as usize + 1 }
    }

    pub(super) fn values(self) -> impl Iterator<Item = f64> {
        (0..self.count).map(move |i| (i as f64).mul_add(self.step, self.start))
    }
}

impl<'a> Drawing<'a> {
    pub(super) fn of(figure: &'a Figure) -> Self {
        let categories = categories(figure);
        let edges = histogram_edges(figure);
        let series = figure
            .series
            .iter()
            .map(|series| Drawn {
                name: &series.name,
                frame: series.frame.as_deref(),
                shape: shape(&series.mark, &figure.x, &figure.y, &categories, edges),
            })
            .collect();
        let mut frames: Vec<&str> = Vec::new();
        for frame in figure.series.iter().filter_map(|series| series.frame.as_deref()) {
            if !frames.contains(&frame) {
                frames.push(frame);
            }
        }
        Drawing { title: &figure.title, x: &figure.x, y: &figure.y, categories, frames, series }
    }

    /// What a still shows: the last frame.
    pub(super) fn last_frame(mut self) -> Self {
        let last = self.frames.last().copied();
        self.series.retain(|series| series.frame.is_none() || series.frame == last);
        self.frames.clear();
        self
    }
}

/// Whether an axis can show a value.
fn shows(axis: &Axis, value: f64) -> bool {
    value.is_finite() && (axis.scale == Scale::Linear || value > 0.0)
}

fn shape<'a>(mark: &'a Mark, on_x: &Axis, on_y: &Axis, categories: &[&str], range: (f64, f64)) -> Shape<'a> {
    match mark {
        Mark::Line { x, y, dashed } => {
            let (x, y) = pairs(x, y).filter(|&(a, b)| shows(on_x, a) && shows(on_y, b)).unzip();
            Shape::Line { x, y, dashed: *dashed }
        }
        Mark::Points { x, y, error, labels } => {
            let kept: Vec<usize> =
                (0..x.len().min(y.len())).filter(|&i| shows(on_x, x[i]) && shows(on_y, y[i])).collect();
            let half_width =
                |i: usize| error.get(i).copied().filter(|e| e.is_finite() && *e > 0.0).unwrap_or(0.0);
            Shape::Points {
                x: kept.iter().map(|&i| x[i]).collect(),
                y: kept.iter().map(|&i| y[i]).collect(),
                error: if error.is_empty() {
                    Vec::new()
                } else {
                    kept.iter().map(|&i| half_width(i)).collect()
                },
                labels: if labels.is_empty() {
                    Vec::new()
                } else {
                    kept.iter().map(|&i| labels.get(i).map_or("", String::as_str)).collect()
                },
            }
        }
        Mark::Band { x, low, high } => {
            let (mut xs, mut lows, mut highs) = (Vec::new(), Vec::new(), Vec::new());
            for ((x, low), &high) in pairs(x, low).zip(high) {
                if shows(on_x, x) && shows(on_y, low) && shows(on_y, high) {
                    xs.push(x);
                    lows.push(low);
                    highs.push(high);
                }
            }
            Shape::Band { x: xs, low: lows, high: highs }
        }
        Mark::Bars { categories: named, heights } => Shape::Bars {
            heights: categories
                .iter()
                .map(|category| {
                    let at = named.iter().position(|name| name == category)?;
                    heights.get(at).copied().filter(|&height| shows(on_y, height))
                })
                .collect(),
        },
        Mark::Histogram { values, bins } => histogram(values, *bins, range, on_x),
        Mark::Contour { x, y, z, title } => contour(x, y, z, title, on_x, on_y),
        Mark::Image { x, y, z, title } => Shape::Image { x: *x, y: *y, z: cells(z), title },
    }
}

/// Rows of equal length: what is missing at the end of one is a hole, like what is not finite.
fn cells(z: &[Vec<f64>]) -> Vec<Vec<Option<f64>>> {
    let columns = z.iter().map(Vec::len).max().unwrap_or(0);
    let value = |row: &[f64], column: usize| row.get(column).copied().filter(|value| value.is_finite());
    z.iter().map(|row| (0..columns).map(|column| value(row, column)).collect()).collect()
}

fn pairs<'a>(x: &'a [f64], y: &'a [f64]) -> impl Iterator<Item = (f64, f64)> + 'a {
    x.iter().copied().zip(y.iter().copied())
}

fn categories(figure: &Figure) -> Vec<&str> {
    let mut all: Vec<&str> = Vec::new();
    for series in &figure.series {
        if let Mark::Bars { categories, .. } = &series.mark {
            for category in categories {
                if !all.contains(&category.as_str()) {
                    all.push(category);
                }
            }
        }
    }
    all
}

/// The smallest and the largest value of all histograms, so that their bins can be compared.
fn histogram_edges(figure: &Figure) -> (f64, f64) {
    let values = figure.series.iter().flat_map(|series| match &series.mark {
        Mark::Histogram { values, .. } => values.as_slice(),
        _ => &[],
    });
    values
        .filter(|&&value| shows(&figure.x, value))
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &value| (low.min(value), high.max(value)))
}

/// Counts in bins that are equally wide on the axis as it is drawn.
fn histogram<'a>(values: &[f64], bins: usize, (low, high): (f64, f64), axis: &Axis) -> Shape<'a> {
    let logarithmic = axis.scale == Scale::Logarithmic;
    let forward = |value: f64| if logarithmic { value.log10() } else { value };
    let backward = |value: f64| if logarithmic { 10f64.powf(value) } else { value };
    if low > high {
        return Shape::Histogram { edges: Vec::new(), counts: Vec::new() };
    }
    let bins = bins.max(1);
    let (mut from, mut to) = (forward(low), forward(high));
    if from == to {
        // One value only: a single bar of visible width around it.
        let half = if from == 0.0 { 0.5 } else { from.abs() * 0.05 };
        (from, to) = (from - half, to + half);
    }
    let width = (to - from) / bins as f64;
    let mut counts = vec![0; bins];
    for value in values.iter().copied().filter(|&value| shows(axis, value)) {
        let bin = ((forward(value) - from) / width).floor().max(0.0) as usize;
        counts[bin.min(bins - 1)] += 1;
    }
    let edges = (0..=bins).map(|i| backward((i as f64).mul_add(width, from))).collect();
    Shape::Histogram { edges, counts }
}

fn contour<'a>(x: &[f64], y: &[f64], z: &[Vec<f64>], title: &'a str, on_x: &Axis, on_y: &Axis) -> Shape<'a> {
    let columns: Vec<usize> = (0..x.len()).filter(|&i| shows(on_x, x[i])).collect();
    let rows: Vec<usize> = (0..y.len().min(z.len())).filter(|&i| shows(on_y, y[i])).collect();
    let value = |row: usize, column: usize| z[row].get(column).copied().filter(|value| value.is_finite());
    let grid: Vec<Vec<Option<f64>>> =
        rows.iter().map(|&row| columns.iter().map(|&column| value(row, column)).collect()).collect();
    let (low, high) = grid
        .iter()
        .flatten()
        .flatten()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &value| (low.min(value), high.max(value)));
    let levels = if low <= high { Levels::over(low, high) } else { Levels { start: 0.0, step: 1.0, count: 0 } };
    Shape::Contour {
        x: columns.iter().map(|&i| x[i]).collect(),
        y: rows.iter().map(|&i| y[i]).collect(),
        z: grid,
        title,
        levels,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(x: Axis, y: Axis) -> Figure {
        Figure::new("f", "t", "c", x, y)
    }

    #[test]
    fn what_an_axis_cannot_show_is_dropped_with_its_partners() {
        let figure = figure(Axis::linear("x"), Axis::logarithmic("y"))
            .line("l", [(1.0, 1.0), (f64::NAN, 1.0), (2.0, 0.0), (3.0, f64::INFINITY), (4.0, 2.0)])
            .with(
                "p",
                Mark::Points {
                    x: vec![1.0, 2.0, 3.0],
                    y: vec![-1.0, 1.0, 2.0],
                    error: vec![0.1, f64::NAN, 0.2],
                    labels: vec!["a".into(), "b".into()],
                },
            );
        let drawing = Drawing::of(&figure);
        assert_eq!(
            drawing.series[0].shape,
            Shape::Line { x: vec![1.0, 4.0], y: vec![1.0, 2.0], dashed: false }
        );
        let Shape::Points { x, error, labels, .. } = &drawing.series[1].shape else { panic!() };
        assert_eq!((x, error, labels), (&vec![2.0, 3.0], &vec![0.0, 0.2], &vec!["b", ""]));
    }

    #[test]
    fn a_still_shows_what_is_in_no_frame_and_the_last_frame() {
        let mut figure = figure(Axis::linear("x"), Axis::linear("y")).points("data", [(0.0, 0.0)]);
        for frame in ["small", "large"] {
            figure =
                figure.line("fit", [(0.0, 1.0)]).in_frame(frame).line("other", [(0.0, 2.0)]).in_frame(frame);
        }
        let drawing = Drawing::of(&figure);
        assert_eq!((drawing.frames.as_slice(), drawing.series.len()), (["small", "large"].as_slice(), 5));
        let still = drawing.last_frame();
        let shown: Vec<_> = still.series.iter().map(|series| (series.name, series.frame)).collect();
        assert_eq!(shown, [("data", None), ("fit", Some("large")), ("other", Some("large"))]);
    }

    #[test]
    fn a_histogram_counts_every_drawable_value_once() {
        let values: Vec<f64> = (1..=1000).map(f64::from).chain([f64::NAN, -1.0, 0.0]).collect();
        for (axis, total) in [(Axis::linear("x"), 1002), (Axis::logarithmic("x"), 1000)] {
            let figure = figure(axis, Axis::linear("count"))
                .with("h", Mark::Histogram { values: values.clone(), bins: 7 });
            let Shape::Histogram { edges, counts } = &Drawing::of(&figure).series[0].shape.clone() else {
                panic!()
            };
            assert_eq!((edges.len(), counts.len(), counts.iter().sum::<usize>()), (8, 7, total));
            assert!(edges.windows(2).all(|pair| pair[0] < pair[1]));
        }
    }

    #[test]
    fn degenerate_histograms_are_drawable() {
        for values in [vec![], vec![f64::NAN], vec![3.0; 5]] {
            let total = values.iter().filter(|v| v.is_finite()).count();
            let figure =
                figure(Axis::linear("x"), Axis::linear("count")).with("h", Mark::Histogram { values, bins: 0 });
            let Shape::Histogram { counts, .. } = &Drawing::of(&figure).series[0].shape.clone() else {
                panic!()
            };
            assert_eq!(counts.iter().sum::<usize>(), total);
        }
    }

    #[test]
    fn bars_of_several_series_share_their_categories() {
        let bars = |names: &[&str], heights: &[f64]| Mark::Bars {
            categories: names.iter().map(ToString::to_string).collect(),
            heights: heights.to_vec(),
        };
        let figure = figure(Axis::linear(""), Axis::linear(""))
            .with("one", bars(&["a", "b"], &[1.0, 2.0]))
            .with("two", bars(&["c", "b"], &[3.0, f64::NAN]));
        let drawing = Drawing::of(&figure);
        assert_eq!(drawing.categories, ["a", "b", "c"]);
        assert_eq!(drawing.series[1].shape, Shape::Bars { heights: vec![None, None, Some(3.0)] });
    }

    #[test]
    fn contour_levels_are_round_and_inside() {
        for (low, high) in [(0.0, 1.0), (-3.0, 17.5), (1e-9, 2e-9), (1e6, 3e8)] {
            let levels = Levels::over(low, high);
            assert!((8..=20).contains(&levels.count), "{levels:?}");
            assert!(levels.values().all(|level| low < level && level <= high * (1.0 + 1e-12)), "{levels:?}");
        }
        assert_eq!(Levels::over(2.0, 2.0).count, 1);
    }

    #[test]
    fn an_image_is_drawn_with_its_holes() {
        let image = |z| Mark::Image { x: [0.0, 2.0], y: [0.0, 1.0], z, title: "z".into() };
        let of = |z| figure(Axis::linear("x"), Axis::linear("y")).with("i", image(z));
        let figure = of(vec![vec![1.0], vec![f64::INFINITY, 2.0]]);
        let Shape::Image { z, .. } = &Drawing::of(&figure).series[0].shape.clone() else { panic!() };
        assert_eq!(*z, vec![vec![Some(1.0), None], vec![None, Some(2.0)]]);
        assert!(Drawing::of(&of(vec![vec![f64::NAN]])).series[0].shape.is_empty());
    }

    #[test]
    fn holes_and_ragged_rows_of_a_grid_are_holes() {
        let z = vec![vec![1.0, f64::NAN], vec![2.0]];
        let figure = figure(Axis::linear("x"), Axis::linear("y"))
            .with("c", Mark::Contour { x: vec![0.0, 1.0], y: vec![0.0, 1.0, 2.0], z, title: "z".into() });
        let Shape::Contour { y, z, .. } = &Drawing::of(&figure).series[0].shape.clone() else { panic!() };
        assert_eq!(y.len(), 2);
        assert_eq!(*z, vec![vec![Some(1.0), None], vec![Some(2.0), None]]);
    }
}
