//! Stills: each figure once as SVG and once as PNG, for papers and for readers without scripts.

use std::sync::Arc;

use kuva::backend::raster::RasterBackend;
use kuva::backend::svg::SvgBackend;
use kuva::plot::scatter::MarkerShape;
use kuva::plot::{BandPlot, BarPlot, ColorMap, ContourPlot, Histogram, LinePlot, ScatterPlot};
use kuva::render::layout::{Layout, TickFormat};
use kuva::render::plots::Plot;
use kuva::render::render::render_multiple;
use kuva::render::theme::Theme;

use super::drawing::{Drawing, Shape};
use crate::figure::{Axis, Scale};
use crate::verdict::show;

/// Colours of the series, in order: distinct for all common kinds of colour vision, 3:1 or more against white.
/// The style sheet has the same list for the light theme.
const COLOURS: [&str; 8] =
    ["#0b62a8", "#c2410c", "#00775a", "#9d3a8a", "#8a6100", "#3b4cc0", "#a01f35", "#4a5560"];

const MARKERS: [MarkerShape; 5] = [
    MarkerShape::Circle,
    MarkerShape::Square,
    MarkerShape::Triangle,
    MarkerShape::Diamond,
    MarkerShape::Cross,
];

/// Pixels of the PNG for each unit of the SVG.
const PIXEL_DENSITY: f32 = 2.0;

/// A figure as files.
pub(super) struct Still {
    pub(super) svg: String,
    pub(super) png: Vec<u8>,
}

/// Draws a figure; the error is the drawing library's sentence.
pub(super) fn draw(drawing: &Drawing<'_>) -> Result<Still, String> {
    let x = Ruler::over(drawing.x, abscissas(drawing), false);
    let y = Ruler::over(drawing.y, ordinates(drawing), stands_on_axis(drawing));
    let plots = plots(drawing, &x, &y);
    let mut layout = Layout::auto_from_plots(&plots)
        .with_width(if drawing.series.len() > 1 { 900.0 } else { 760.0 })
        .with_height(520.0)
        .with_title(literal(drawing.title))
        .with_title_wrap(80)
        .with_title_size(17)
        .with_x_label(literal(&drawing.x.title))
        .with_y_label(literal(&drawing.y.title))
        .with_y_label_wrap(48)
        .with_legend_wrap(30)
        .with_legend_box(false)
        .with_grid_line_width(0.6)
        .with_theme(theme())
        .with_x_tick_format(x.labels())
        .with_y_tick_format(y.labels());
    layout.show_legend &= drawing.series.len() > 1;
    layout.x_bin_width = None;
    if let Some(step) = x.tick_step().filter(|_| drawing.categories.is_empty()) {
        layout = layout.with_x_tick_step(step);
    }
    if let Some(step) = y.tick_step() {
        layout = layout.with_y_tick_step(step);
    }
    if let Some((z, _)) = contour_ruler(drawing) {
        layout = layout.with_colorbar_tick_format(z.labels());
    }
    if drawing.categories.len() > 6 {
        layout = layout.with_x_tick_rotate(-35.0);
    }
    let scene = render_multiple(plots, layout);
    let svg = SvgBackend::new().render_scene(&scene);
    let png = RasterBackend::new().with_scale(PIXEL_DENSITY).render_scene(&scene)?;
    Ok(Still { svg, png })
}

/// From values to the numbers that the drawing library sees.
///
/// It clamps logarithmic axes at 1e-10 and draws nothing when a linear range is shorter than the machine epsilon,
/// and our numbers go far below both. So it gets linear axes of numbers near one, and labels in the original unit.
#[derive(Debug, Clone, Copy)]
struct Ruler {
    scale: Scale,
    /// Unit of a linear axis, a power of ten; decade at zero of a logarithmic one.
    unit: f64,
    /// Length of the data in decades.
    decades: f64,
}

impl Ruler {
    fn over(axis: &Axis, values: impl Iterator<Item = f64>, room_below: bool) -> Self {
        let values = values.filter(|value| value.is_finite());
        match axis.scale {
            Scale::Linear => {
                let largest = values.fold(0.0, |largest: f64, value| largest.max(value.abs()));
                let ordinary = largest == 0.0 || (1e-3..1e5).contains(&largest);
                let unit = if ordinary { 1.0 } else { 10f64.powf(largest.log10().floor()) };
                Ruler { scale: Scale::Linear, unit, decades: 0.0 }
            }
            Scale::Logarithmic => {
                let (low, high) = values
                    .filter(|&value| value > 0.0)
                    .map(f64::log10)
                    .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
                let (low, high) = if low <= high { (low, high) } else { (0.0, 1.0) };
                // Bars start at the lower end of the axis, so the smallest needs something to stand on.
                let unit = (low - if room_below { 0.2 } else { 0.0 }).floor();
                Ruler { scale: Scale::Logarithmic, unit, decades: high - unit.min(low) }
            }
        }
    }

    fn place(&self, value: f64) -> f64 {
        match self.scale {
            Scale::Linear => value / self.unit,
            Scale::Logarithmic => value.log10() - self.unit,
        }
    }

    /// Arms of an error bar; one that would leave a logarithmic axis ends at its lower end.
    fn arms(&self, value: f64, half_width: f64) -> (f64, f64) {
        let at = self.place(value);
        let low = if self.scale == Scale::Logarithmic && value <= half_width { 0.0 } else { self.place(value - half_width) };
        ((at - low).max(0.0), self.place(value + half_width) - at)
    }

    fn labels(self) -> TickFormat {
        TickFormat::Custom(Arc::new(move |place| match self.scale {
            Scale::Linear => show(place * self.unit),
            Scale::Logarithmic => decade(place + self.unit),
        }))
    }

    /// Whole decades, or powers of two where there are few decades.
    fn tick_step(self) -> Option<f64> {
        match self.scale {
            Scale::Linear => None,
            Scale::Logarithmic if self.decades <= 1.5 => Some(2f64.log10()),
            Scale::Logarithmic => Some((self.decades / 6.0).ceil().max(1.0)),
        }
    }
}

/// `10⁻³` for whole exponents, the number itself otherwise.
fn decade(exponent: f64) -> String {
    let whole = exponent.round();
    if (exponent - whole).abs() > 1e-6 {
        return show(10f64.powf(exponent));
    }
    if (-2.0..=3.0).contains(&whole) {
        return show(10f64.powf(whole));
    }
    let digits = format!("{whole}");
    let raised = digits.chars().map(|digit| match digit {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        digit => digit.to_digit(10).and_then(|d| char::from_u32(0x2070 + d)).unwrap_or(digit),
    });
    "10".chars().chain(raised).collect()
}

fn plots(drawing: &Drawing<'_>, x: &Ruler, y: &Ruler) -> Vec<Plot> {
    // The library's first category stands at one, ours at zero.
    let shift = if drawing.categories.is_empty() { 0.0 } else { 1.0 };
    let place_x = |values: &[f64]| values.iter().map(|&value| x.place(value) + shift).collect::<Vec<_>>();
    let place_y = |values: &[f64]| values.iter().map(|&value| y.place(value)).collect::<Vec<_>>();
    let mut plots: Vec<Plot> = Vec::new();
    let mut bars_drawn = false;
    for (index, series) in drawing.series.iter().enumerate() {
        let colour = COLOURS[index % COLOURS.len()];
        let name = literal(series.name);
        match &series.shape {
            Shape::Line { x: xs, y: ys, dashed } if !xs.is_empty() => {
                let line = LinePlot::new()
                    .with_data(place_x(xs).into_iter().zip(place_y(ys)))
                    .with_color(colour)
                    .with_stroke_width(2.0)
                    .with_legend(name);
                plots.push(if *dashed { line.with_dashed() } else { line }.into());
            }
            Shape::Points { x: xs, y: ys, error, .. } if !xs.is_empty() => {
                let points = ScatterPlot::new()
                    .with_data(place_x(xs).into_iter().zip(place_y(ys)))
                    .with_y_err_asymmetric(ys.iter().zip(error).map(|(&value, &half)| y.arms(value, half)))
                    .with_color(colour)
                    .with_marker(MARKERS[index % MARKERS.len()])
                    .with_size(if xs.len() > 500 { 2.0 } else { 3.5 })
                    .with_legend(name);
                plots.push(points.into());
            }
            Shape::Band { x: xs, low, high } if !xs.is_empty() => plots.push(
                BandPlot::new(place_x(xs), place_y(low), place_y(high))
                    .with_color(colour)
                    .with_opacity(0.22)
                    .with_legend(name)
                    .into(),
            ),
            Shape::Histogram { edges, counts } if !counts.is_empty() => plots.push(
                Histogram::from_bins(place_x(edges), counts.iter().map(|&count| count_height(y, count)).collect())
                    .with_color(translucent(colour, drawing.series.len() > 1))
                    .with_legend(name)
                    .into(),
            ),
            Shape::Bars { .. } if !bars_drawn => {
                bars_drawn = true;
                plots.push(bars(drawing, y).into());
            }
            Shape::Contour { x: xs, y: ys, title, .. } => {
                if let Some((z, grid)) = contour_ruler(drawing) {
                    plots.push(contour(&z, grid, place_x(xs), place_y(ys), title, &series.shape).into());
                    plots.extend(holes(&series.shape, &place_x(xs), &place_y(ys)));
                }
            }
            _ => {}
        }
    }
    plots
}

fn bars(drawing: &Drawing<'_>, y: &Ruler) -> BarPlot {
    let series: Vec<_> = drawing
        .series
        .iter()
        .enumerate()
        .filter_map(|(index, series)| match &series.shape {
            Shape::Bars { heights } => Some((COLOURS[index % COLOURS.len()], literal(series.name), heights)),
            _ => None,
        })
        .collect();
    let plot = drawing.categories.iter().enumerate().fold(BarPlot::new(), |plot, (at, category)| {
        let heights = series.iter().map(|(colour, _, heights)| (heights[at].map_or(0.0, |h| y.place(h)), *colour));
        plot.with_group(literal(category), heights.collect::<Vec<_>>())
    });
    if drawing.categories.is_empty() {
        return plot;
    }
    plot.with_legend(series.iter().map(|(_, name, _)| name.as_str()).collect())
}

fn contour(z: &Ruler, grid: &[Vec<Option<f64>>], x: Vec<f64>, y: Vec<f64>, title: &str, shape: &Shape<'_>) -> ContourPlot {
    let lowest = grid.iter().flatten().flatten().copied().fold(f64::INFINITY, f64::min);
    let values = grid
        .iter()
        .map(|row| row.iter().map(|value| z.place(value.unwrap_or(lowest))).collect())
        .collect();
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

/// White patches over the cells of which a corner has no value.
fn holes(shape: &Shape<'_>, x: &[f64], y: &[f64]) -> Vec<Plot> {
    let Shape::Contour { z, .. } = shape else { return Vec::new() };
    let cells = |row: usize| (0..x.len().saturating_sub(1)).map(move |column| (row, column));
    (0..y.len().saturating_sub(1))
        .flat_map(cells)
        .filter(|&(r, c)| [z[r][c], z[r][c + 1], z[r + 1][c], z[r + 1][c + 1]].iter().any(Option::is_none))
        .map(|(r, c)| {
            BandPlot::new([x[c], x[c + 1]], [y[r]; 2], [y[r + 1]; 2]).with_color("white").with_opacity(1.0).into()
        })
        .collect()
}

/// The first contour of a drawing and the ruler of its values.
fn contour_ruler<'d>(drawing: &'d Drawing<'_>) -> Option<(Ruler, &'d [Vec<Option<f64>>])> {
    drawing.series.iter().find_map(|series| match &series.shape {
        Shape::Contour { z, levels, .. } if levels.count > 0 => {
            let ruler = Ruler::over(&Axis::linear(""), z.iter().flatten().flatten().copied(), false);
            Some((ruler, z.as_slice()))
        }
        _ => None,
    })
}

fn count_height(y: &Ruler, count: usize) -> f64 {
    if count == 0 { 0.0 } else { y.place(count as f64) }
}

/// Colour with an alpha channel, so that histograms behind each other stay visible.
fn translucent(colour: &str, needed: bool) -> String {
    if needed { format!("{colour}99") } else { colour.to_owned() }
}

fn stands_on_axis(drawing: &Drawing<'_>) -> bool {
    drawing.series.iter().any(|series| matches!(series.shape, Shape::Bars { .. } | Shape::Histogram { .. }))
}

fn abscissas<'d>(drawing: &'d Drawing<'_>) -> impl Iterator<Item = f64> + 'd {
    drawing.series.iter().flat_map(|series| match &series.shape {
        Shape::Line { x, .. } | Shape::Points { x, .. } | Shape::Band { x, .. } | Shape::Contour { x, .. } => x.clone(),
        Shape::Histogram { edges, .. } => edges.clone(),
        Shape::Bars { .. } => Vec::new(),
    })
}

fn ordinates<'d>(drawing: &'d Drawing<'_>) -> impl Iterator<Item = f64> + 'd {
    drawing.series.iter().flat_map(|series| match &series.shape {
        Shape::Line { y, .. } | Shape::Contour { y, .. } => y.clone(),
        Shape::Points { y, error, .. } => {
            let arms = y.iter().zip(error).flat_map(|(&value, &half)| [value - half, value + half]);
            y.iter().copied().chain(arms).collect()
        }
        Shape::Band { low, high, .. } => low.iter().chain(high).copied().collect(),
        Shape::Bars { heights } => heights.iter().flatten().copied().collect(),
        Shape::Histogram { counts, .. } => counts.iter().filter(|&&c| c > 0).map(|&count| count as f64).collect(),
    })
}

/// Text as it is: the library would read formulas between dollars.
fn literal(text: &str) -> String {
    text.replace('$', "\\$")
}

fn theme() -> Theme {
    Theme {
        axis_color: "#4b5563".into(),
        grid_color: "#e2e6ea".into(),
        tick_color: "#4b5563".into(),
        text_color: "#1f2933".into(),
        legend_border: "none".into(),
        colorbar_border: "#4b5563".into(),
        font_family: Some("DejaVu Sans, Verdana, sans-serif".into()),
        ..Theme::light()
    }
}
