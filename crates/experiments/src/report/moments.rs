//! The moments of a network side by side.

use std::path::Path;

use maud::{Markup, html};

use super::measurement::{facts, header, slug};
use super::page::Frame;
use super::{ReportError, assets, drawing, interactive, still};
use crate::figure::{Axis, Figure, Mark};
use crate::measure::{Measurement, Quantity};
use crate::verdict::show;

/// A quantity of the network as a whole, at each moment.
struct Row<'a> {
    instrument: &'a str,
    title: &'a str,
    name: &'a str,
    of: &'a str,
    unit: &'a str,
    values: Vec<Option<&'a Quantity>>,
}

/// The quantities that are not of a layer, in the order in which they were measured.
fn rows(measurement: &Measurement) -> Vec<Row<'_>> {
    let mut rows: Vec<Row<'_>> = Vec::new();
    let count = measurement.checkpoints.len();
    for (at, checkpoint) in measurement.checkpoints.iter().enumerate() {
        for part in &checkpoint.parts {
            for quantity in part.findings.iter().flat_map(|findings| &findings.quantities) {
                if !(quantity.of.is_empty() || quantity.of.ends_with(" data")) {
                    continue;
                }
                let same = |row: &Row<'_>| {
                    row.instrument == part.instrument && row.name == quantity.name && row.of == quantity.of
                };
                let place = rows.iter().position(same).unwrap_or_else(|| {
                    let (instrument, title) = (part.instrument.as_str(), part.title.as_str());
                    let (name, of, unit) = (&*quantity.name, &*quantity.of, &*quantity.unit);
                    rows.push(Row { instrument, title, name, of, unit, values: vec![None; count] });
                    rows.len() - 1
                });
                rows[place].values[at] = Some(quantity);
            }
        }
    }
    rows
}

pub(super) fn page(measurement: &Measurement, folder: &Path) -> Result<Markup, ReportError> {
    let rows = rows(measurement);
    let mut plots = Vec::new();
    for (at, row) in rows.iter().enumerate().filter(|(_, row)| changes(row)) {
        let figure = figure(measurement, row, at);
        let failed = |reason| ReportError::Still { claim: "moments".into(), figure: figure.id.clone(), reason };
        let still = still::draw(&drawing::Drawing::of(&figure)).map_err(failed)?;
        let stem = folder.join("figures").join("moments");
        assets::replace(&stem.join(format!("{}.svg", figure.id)), still.svg.as_bytes())?;
        assets::replace(&stem.join(format!("{}.png", figure.id)), &still.png)?;
        plots.push(interactive::figure("", "moments", &figure)?);
    }
    let header = header(measurement);
    let title = format!("{} – Saddlepoint", measurement.network.file);
    Ok(Frame { root: "", title: &title, plots: true, header: &header }.around(&html! {
        article {
            p class="overline" { code { (measurement.network.file) } }
            h1 { (measurement.checkpoints.len()) " moments side by side" }
            (table(measurement, &rows))
            section aria-labelledby="figures" {
                h2 id="figures" { "Figures" }
                @for plot in &plots { (plot) }
            }
            (facts(measurement))
        }
    }))
}

fn changes(row: &Row<'_>) -> bool {
    let mut values = row.values.iter().flatten().map(|quantity| quantity.value.to_bits());
    let first = values.next();
    values.any(|value| Some(value) != first)
}

fn figure(measurement: &Measurement, row: &Row<'_>, at: usize) -> Figure {
    let of = if row.of.is_empty() { String::new() } else { format!(", {}", row.of) };
    let unit = if row.unit.is_empty() { String::new() } else { format!(" in {}", row.unit) };
    let names = measurement.checkpoints.iter().map(|checkpoint| checkpoint.name.clone());
    let known: Vec<(f64, &Quantity)> =
        row.values.iter().enumerate().filter_map(|(at, value)| Some((at as f64, (*value)?))).collect();
    let error = |quantity: &Quantity| quantity.ends().map_or(0.0, |(low, high)| (high - low) / 2.0);
    let middle =
        |quantity: &Quantity| quantity.ends().map_or(quantity.value, |(low, high)| f64::midpoint(low, high));
    Figure::new(
        &format!("quantity-{}", at + 1),
        &format!("{}{of}", row.name),
        format!("{}: at each moment, with its interval where it has one.", row.title),
        Axis::named("moment", names),
        Axis::linear(format!("{}{unit}", row.name)),
    )
    .line("value", known.iter().map(|(at, quantity)| (*at, quantity.value)))
    .with(
        "interval",
        Mark::Points {
            x: known.iter().map(|(at, _)| *at).collect(),
            y: known.iter().map(|(_, quantity)| middle(quantity)).collect(),
            error: known.iter().map(|(_, quantity)| error(quantity)).collect(),
            labels: known.iter().map(|(_, quantity)| show(quantity.value)).collect(),
        },
    )
}

fn table(measurement: &Measurement, rows: &[Row<'_>]) -> Markup {
    html! {
        div class="scroll" tabindex="0" role="region" aria-label="All moments" {
            table class="plain" {
                thead { tr {
                    th scope="col" { "Quantity" }
                    @for (at, checkpoint) in measurement.checkpoints.iter().enumerate() {
                        th scope="col" class="number" {
                            a href={ "checkpoints/" (slug(at)) ".html" } { (checkpoint.name) }
                        }
                    }
                } }
                tbody {
                    @for row in rows {
                        tr {
                            th scope="row" {
                                (row.name)
                                @if !row.of.is_empty() { small { " " (row.of) } }
                                @if !row.unit.is_empty() { small { " in " (row.unit) } }
                            }
                            @for value in &row.values {
                                td class="number" { @if let Some(quantity) = value { (show(quantity.value)) } @else { "–" } }
                            }
                        }
                    }
                }
            }
        }
    }
}
