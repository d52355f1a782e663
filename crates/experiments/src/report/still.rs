//! Stills: each figure once as SVG and once as PNG, for papers and for readers without scripts.

use kuva::backend::raster::RasterBackend;
use kuva::backend::svg::SvgBackend;
use kuva::plot::legend::{LegendEntry, LegendPosition, LegendShape};
use kuva::plot::scatter::MarkerShape;
use kuva::plot::{BandPlot, BarPlot, LinePlot, LineStyle, ScatterPlot};
use kuva::render::layout::Layout;
use kuva::render::plots::Plot;
use kuva::render::render::render_multiple;
use kuva::render::theme::Theme;

use super::areas::{contour, empty_cells, holes, image};
use super::drawing::{Drawing, Drawn, Shape};
use super::ruler::Ruler;
use crate::figure::Axis;

/// Colours of the series, in order: distinct for all common kinds of colour vision, 3:1 or more against white.
/// The style sheet has the same list for the light theme.
const COLOURS: [&str; 8] =
    ["#0b62a8", "#c2410c", "#00775a", "#9d3a8a", "#8a6100", "#3b4cc0", "#a01f35", "#4a5560"];

const MARKERS: [MarkerShape; 5] =
    [MarkerShape::Circle, MarkerShape::Square, MarkerShape::Triangle, MarkerShape::Diamond, MarkerShape::Cross];

/// Pixels of the PNG for each unit of the SVG.
const PIXEL_DENSITY: f32 = 2.0;

/// A figure as files.
pub(super) struct Still {
    pub(super) svg: String,
    pub(super) png: Vec<u8>,
}

/// Dashes that stay apart when they are drawn with round ends.
const DASHES: &str = "9 7";

/// Draws a figure; the error is the drawing library's sentence.
pub(super) fn draw(drawing: &Drawing<'_>) -> Result<Still, String> {
    let on_floor = stands_on_axis(drawing);
    let contour = contour_ruler(drawing);
    let x = Ruler::over(drawing.x, abscissas(drawing), false);
    let y = Ruler::over(drawing.y, ordinates(drawing), on_floor);
    let plots = plots(drawing, &x, &y);
    let legend = legend(drawing);
    let mut layout = Layout::auto_from_plots(&plots)
        .with_width(if legend.len() > 1 { 900.0 } else { 760.0 })
        .with_height(520.0)
        .with_title(literal(drawing.title))
        .with_title_wrap(80)
        .with_title_size(17)
        .with_x_label(literal(&drawing.x.title))
        .with_x_label_wrap(90)
        .with_y_label(literal(&drawing.y.title))
        .with_y_label_wrap(48)
        .with_legend_wrap(30)
        .with_legend_box(false)
        .with_grid_line_width(0.6)
        .with_theme(theme())
        .with_x_tick_format(x.labels(drawing.x))
        .with_y_tick_format(y.labels(drawing.y));
    let colour_bar = contour.is_some() || drawing.series.iter().any(|series| is_image(&series.shape));
    // The colour bar is where the legend would be.
    if colour_bar {
        layout = layout.with_legend_position(LegendPosition::OutsideBottomColumns);
    }
    layout.show_legend = false;
    if legend.len() > usize::from(!colour_bar) {
        layout = layout.with_legend_entries(legend);
    }
    let room = !colour_bar;
    if drawing.categories.is_empty() {
        let (low, high) = x.ends(room, room);
        layout = layout.with_x_axis_min(low).with_x_axis_max(high);
        layout.x_tick_step = x.tick_step();
    }
    let names: Vec<&str> =
        drawing.categories.iter().copied().chain(drawing.x.names.iter().map(String::as_str)).collect();
    if let Some(angle) = slope_of_labels(&names) {
        let (down, left) = extent_of_labels(&names, angle.to_radians());
        layout = layout.with_x_tick_rotate(-angle).with_height(480.0 + down);
        // The library leaves room for ten letters.
        layout.force_margin_bottom = Some(55.0 + down);
        layout.force_margin_left = (left > 70.0).then_some(left);
    }
    let (low, high) = y.ends(room && !on_floor, room);
    layout = layout.with_y_axis_min(low).with_y_axis_max(high);
    layout.y_tick_step = y.tick_step();
    if let Some((z, _)) = contour {
        layout = layout.with_colorbar_tick_format(z.labels(&Axis::default()));
    }
    let scene = render_multiple(plots, layout);
    let svg = SvgBackend::new().render_scene(&scene);
    let png = RasterBackend::new().with_scale(PIXEL_DENSITY).render_scene(&scene)?;
    Ok(Still { svg, png })
}

/// Width of a letter of a tick label, and of the plot, in units of the SVG.
const LETTER: f64 = 5.6;
const ACROSS: f64 = 560.0;

fn width(name: &str) -> f64 {
    name.chars().count() as f64 * LETTER
}

/// By how many degrees names under an axis are turned, if they would not fit side by side.
fn slope_of_labels(names: &[&str]) -> Option<f64> {
    let each = ACROSS / names.len().max(1) as f64;
    names.iter().any(|name| width(name) > each).then_some(if each > 36.0 { 35.0 } else { 60.0 })
}

/// How far turned names reach below the axis, and beyond its left end.
fn extent_of_labels(names: &[&str], angle: f64) -> (f64, f64) {
    let each = ACROSS / names.len().max(1) as f64;
    let down = names.iter().map(|name| width(name) * angle.sin());
    let left = names.iter().enumerate().map(|(at, name)| width(name) * angle.cos() - at as f64 * each);
    (down.fold(0.0, f64::max), left.fold(0.0, f64::max))
}

/// The plots of a drawing, first at the bottom.
fn plots(drawing: &Drawing<'_>, x: &Ruler, y: &Ruler) -> Vec<Plot> {
    // The library's first category stands at one, ours at zero.
    let shift = if drawing.categories.is_empty() { 0.0 } else { 1.0 };
    let place_x = |values: &[f64]| values.iter().map(|&value| x.place(value) + shift).collect::<Vec<_>>();
    let place_y = |values: &[f64]| values.iter().map(|&value| y.place(value)).collect::<Vec<_>>();
    let mut plots: Vec<Plot> = Vec::new();
    let mut bars_drawn = false;
    for (index, series) in drawing.series.iter().enumerate() {
        let colour = colour(index);
        match &series.shape {
            shape if shape.is_empty() => {}
            Shape::Line { x: xs, y: ys, dashed } => {
                let style = if *dashed { LineStyle::Custom(DASHES.into()) } else { LineStyle::Solid };
                plots.push(line(place_x(xs), place_y(ys), colour, 2.0).with_line_style(style).into());
            }
            Shape::Points { x: xs, y: ys, error, .. } => plots.push(
                ScatterPlot::new()
                    .with_data(place_x(xs).into_iter().zip(place_y(ys)))
                    .with_y_err_asymmetric(ys.iter().zip(error).map(|(&value, &half)| y.arms(value, half)))
                    .with_color(colour)
                    .with_marker(marker(index))
                    .with_size(if xs.len() > 500 { 2.0 } else { 4.0 })
                    .into(),
            ),
            Shape::Band { x: xs, low, high } => {
                plots.push(band(place_x(xs), place_y(low), place_y(high), colour, 0.22));
            }
            Shape::Histogram { edges, counts } => {
                let (xs, tops) = outline(&place_x(edges), counts, y);
                let opacity = if drawing.series.len() == 1 { 0.55 } else { 0.3 };
                plots.push(band(xs.clone(), vec![0.0; xs.len()], tops.clone(), colour, opacity));
                plots.push(line(xs, tops, colour, 1.2).into());
            }
            Shape::Bars { .. } if bars_drawn => {}
            Shape::Bars { .. } => {
                bars_drawn = true;
                plots.push(bars(drawing, y).into());
            }
            Shape::Contour { x: xs, y: ys, title, .. } => {
                if let Some((z, grid)) = contour_ruler(drawing) {
                    plots.push(contour(&z, grid, place_x(xs), place_y(ys), title, &series.shape).into());
                    plots.extend(holes(&series.shape, &place_x(xs), &place_y(ys)));
                }
            }
            Shape::Image { x: xs, y: ys, z, title } => {
                plots.push(Plot::Heatmap(image(z, &place_x(xs), &place_y(ys), title)));
                plots.extend(empty_cells(z, &place_x(xs), &place_y(ys)));
            }
        }
    }
    plots
}

fn line(x: Vec<f64>, y: Vec<f64>, colour: &str, width: f64) -> LinePlot {
    LinePlot::new().with_data(x.into_iter().zip(y)).with_color(colour).with_stroke_width(width)
}

pub(super) fn band(x: Vec<f64>, low: Vec<f64>, high: Vec<f64>, colour: &str, opacity: f64) -> Plot {
    BandPlot::new(x, low, high).with_color(colour).with_opacity(opacity).into()
}

/// The outline of a histogram: bars behind bars could not be told apart.
fn outline(edges: &[f64], counts: &[usize], y: &Ruler) -> (Vec<f64>, Vec<f64>) {
    let steps = edges.windows(2).zip(counts).flat_map(|(ends, &count)| {
        let top = if count == 0 { 0.0 } else { y.place(count as f64) };
        [(ends[0], top), (ends[1], top)]
    });
    let first = edges.first().map(|&edge| (edge, 0.0));
    let last = edges.last().map(|&edge| (edge, 0.0));
    first.into_iter().chain(steps).chain(last).unzip()
}

/// Entries of all series that show something; a contour has its colour bar instead.
fn legend(drawing: &Drawing<'_>) -> Vec<LegendEntry> {
    let entry = |(index, series): (usize, &Drawn<'_>)| {
        let (shape, share, dashes) = match &series.shape {
            shape if shape.is_empty() => return None,
            Shape::Contour { .. } | Shape::Image { .. } => return None,
            Shape::Line { dashed, .. } => (LegendShape::Line, 1.0, dashed.then(|| DASHES.to_owned())),
            Shape::Points { .. } => (LegendShape::Marker(marker(index)), 1.0, None),
            Shape::Band { .. } => (LegendShape::Rect, 0.3, None),
            Shape::Histogram { .. } => (LegendShape::Rect, 0.5, None),
            Shape::Bars { .. } => (LegendShape::Rect, 1.0, None),
        };
        Some(LegendEntry {
            label: literal(series.name),
            color: tint(colour(index), share),
            shape,
            dasharray: dashes,
        })
    };
    drawing.series.iter().enumerate().filter_map(entry).collect()
}

fn colour(index: usize) -> &'static str {
    COLOURS[index % COLOURS.len()]
}

fn marker(index: usize) -> MarkerShape {
    MARKERS[index % MARKERS.len()]
}

/// A share of a colour on white, as an opaque colour: the PNG backend knows no others in a legend.
fn tint(colour: &str, share: f64) -> String {
    let channel =
        |at: usize| colour.get(at..at + 2).and_then(|hex| u8::from_str_radix(hex, 16).ok()).unwrap_or(0);
    let mixed = [1, 3, 5].map(|at| (255.0 - share * (255.0 - f64::from(channel(at)))) as u8);
    format!("#{:02x}{:02x}{:02x}", mixed[0], mixed[1], mixed[2])
}

fn bars(drawing: &Drawing<'_>, y: &Ruler) -> BarPlot {
    let series: Vec<_> = drawing
        .series
        .iter()
        .enumerate()
        .filter_map(|(index, series)| match &series.shape {
            Shape::Bars { heights } => Some((colour(index), heights)),
            _ => None,
        })
        .collect();
    drawing.categories.iter().enumerate().fold(BarPlot::new(), |plot, (at, category)| {
        let heights = series.iter().map(|(colour, heights)| (heights[at].map_or(0.0, |h| y.place(h)), *colour));
        plot.with_group(literal(category), heights.collect::<Vec<_>>())
    })
}

fn is_image(shape: &Shape<'_>) -> bool {
    matches!(shape, Shape::Image { .. }) && !shape.is_empty()
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

fn stands_on_axis(drawing: &Drawing<'_>) -> bool {
    drawing.series.iter().any(|series| matches!(series.shape, Shape::Bars { .. } | Shape::Histogram { .. }))
}

fn abscissas<'d>(drawing: &'d Drawing<'_>) -> impl Iterator<Item = f64> + 'd {
    drawing.series.iter().flat_map(|series| match &series.shape {
        Shape::Line { x, .. } | Shape::Points { x, .. } | Shape::Band { x, .. } | Shape::Contour { x, .. } => {
            x.clone()
        }
        Shape::Image { x, .. } => x.to_vec(),
        Shape::Histogram { edges, .. } => edges.clone(),
        Shape::Bars { .. } => Vec::new(),
    })
}

fn ordinates<'d>(drawing: &'d Drawing<'_>) -> impl Iterator<Item = f64> + 'd {
    drawing.series.iter().flat_map(|series| match &series.shape {
        Shape::Line { y, .. } | Shape::Contour { y, .. } => y.clone(),
        Shape::Image { y, .. } => y.to_vec(),
        Shape::Points { y, error, .. } => {
            let arms = y.iter().zip(error).flat_map(|(&value, &half)| [value - half, value + half]);
            y.iter().copied().chain(arms).collect()
        }
        Shape::Band { low, high, .. } => low.iter().chain(high).copied().collect(),
        Shape::Bars { heights } => heights.iter().flatten().copied().collect(),
        Shape::Histogram { counts, .. } => {
            counts.iter().filter(|&&c| c > 0).map(|&count| count as f64).collect()
        }
    })
}

/// Text as it is: the library would read formulas between dollars.
pub(super) fn literal(text: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stills_have_the_colours_of_the_light_theme() {
        let sheet = include_str!("../../assets/style.css");
        for (index, colour) in COLOURS.iter().enumerate() {
            let name = format!("--series-{}: {colour};", index + 1);
            assert!(sheet.contains(&name), "the style sheet has no {name}");
        }
    }

    #[test]
    fn tints_are_mixed_with_white() {
        assert_eq!(tint("#000000", 1.0), "#000000");
        assert_eq!(tint("#000000", 0.0), "#ffffff");
        assert_eq!(tint("#ff0000", 0.5), "#ff7f7f");
    }
}
