//! The report of a measurement: a page for each moment of the network, and one that puts them side by side.

use std::path::{Path, PathBuf};

use maud::{Markup, html};
use rayon::prelude::*;

use super::page::Frame;
use super::{ReportError, assets, drawing, interactive, moments, still};
use crate::measure::{Bound, Certainty, Checkpoint, Findings, Measurement, Part, Quantity, Refusal};
use crate::verdict::show;

/// Writes the report of a measurement into a folder and returns the path of its `index.html`. It loads nothing from outside.
///
/// # Errors
/// [`ReportError`]: a figure that cannot be drawn, a full disk, a read-only folder.
pub fn write(measurement: &Measurement, folder: &Path) -> Result<PathBuf, ReportError> {
    assets::write(folder)?;
    let several = measurement.checkpoints.len() > 1;
    measurement.checkpoints.par_iter().enumerate().try_for_each(|(at, checkpoint)| {
        for part in &checkpoint.parts {
            let figures = part.findings.iter().flat_map(|findings| &findings.figures);
            for figure in figures {
                let failed = |reason| ReportError::Still { claim: slug(at), figure: figure.id.clone(), reason };
                let still = still::draw(&drawing::Drawing::of(figure).last_frame()).map_err(failed)?;
                let stem = folder.join("figures").join(slug(at));
                assets::replace(&stem.join(format!("{}.svg", figure.id)), still.svg.as_bytes())?;
                assets::replace(&stem.join(format!("{}.png", figure.id)), &still.png)?;
            }
        }
        if several {
            let page = page(measurement, at, "../")?;
            let path = folder.join("checkpoints").join(format!("{}.html", slug(at)));
            assets::replace(&path, page.into_string().as_bytes())?;
        }
        Ok(())
    })?;
    let index = folder.join("index.html");
    let page = if several { moments::page(measurement, folder)? } else { page(measurement, 0, "")? };
    assets::replace(&index, page.into_string().as_bytes())?;
    Ok(index)
}

/// The folder of a moment's figures and the stem of its page.
pub(super) fn slug(at: usize) -> String {
    format!("moment-{}", at + 1)
}

/// What stands at the top of each page.
pub(super) fn header(measurement: &Measurement) -> Markup {
    html! { "Network " strong { (measurement.network.file) } " · " (measurement.settings.backend) " " (measurement.settings.precision) }
}

fn page(measurement: &Measurement, at: usize, root: &str) -> Result<Markup, ReportError> {
    let empty = Checkpoint { name: measurement.network.file.clone(), parts: Vec::new() };
    let checkpoint = measurement.checkpoints.get(at).unwrap_or(&empty);
    let sections =
        checkpoint.parts.iter().map(|part| section(part, at, root)).collect::<Result<Vec<_>, ReportError>>()?;
    let title = format!("{} – Saddlepoint", checkpoint.name);
    let header = header(measurement);
    Ok(Frame { root, title: &title, plots: true, header: &header }.around(&html! {
        @if !root.is_empty() {
            nav class="turn" aria-label="Moments" { a class="all" href={ (root) "index.html" } { "All moments" } }
        }
        article {
            p class="overline" { code { (measurement.network.file) } }
            h1 { (checkpoint.name) }
            ul class="hypotheses" {
                @for part in &checkpoint.parts {
                    li {
                        a href={ "#" (part.instrument) } { (part.title) } ": "
                        @match &part.findings {
                            Some(findings) => (findings.sentence),
                            None => { "not measured. " (part.failure.as_deref().unwrap_or_default()) },
                        }
                    }
                }
            }
            @for section in &sections { (section) }
            (facts(measurement))
        }
    }))
}

fn section(part: &Part, at: usize, root: &str) -> Result<Markup, ReportError> {
    let empty = Findings::default();
    let findings = part.findings.as_ref().unwrap_or(&empty);
    let figures = findings
        .figures
        .iter()
        .map(|figure| interactive::figure(root, &slug(at), figure))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(html! {
        section aria-labelledby=(part.instrument) {
            h2 id=(part.instrument) { (part.title) }
            @if let Some(failure) = &part.failure { div class="verdict error" { p class="sentence" { (failure) } } }
            @if !findings.sentence.is_empty() { p { (findings.sentence) } }
            (bounds(&findings.bounds))
            (quantities(&findings.quantities))
            (refusals(&findings.refusals))
            @for figure in &figures { (figure) }
        }
    })
}

/// From so many parts with as many numbers each, parts are rows and numbers columns.
const MANY: usize = 3;

fn quantities(quantities: &[Quantity]) -> Markup {
    let mut of: Vec<&str> = Vec::new();
    for quantity in quantities.iter().filter(|quantity| !quantity.of.is_empty()) {
        if !of.contains(&quantity.of.as_str()) {
            of.push(&quantity.of);
        }
    }
    let whole: Vec<&Quantity> = quantities.iter().filter(|quantity| quantity.of.is_empty()).collect();
    let of_parts: Vec<&Quantity> = quantities.iter().filter(|quantity| !quantity.of.is_empty()).collect();
    let matrix = of.len() >= MANY && of_parts.len() >= MANY * of.len();
    html! {
        @if matrix { (by_part(&of, &of_parts)) (list(&whole)) } @else { (list(&quantities.iter().collect::<Vec<_>>())) }
        @if !quantities.is_empty() {
            details {
                summary { "How each number was made" }
                dl { @for (name, method) in methods(quantities) { dt { (name) } dd { (method) } } }
            }
        }
    }
}

/// A row for each part, a column for each number.
fn by_part(parts: &[&str], quantities: &[&Quantity]) -> Markup {
    let mut names: Vec<&str> = Vec::new();
    for quantity in quantities {
        if !names.contains(&quantity.name.as_str()) {
            names.push(&quantity.name);
        }
    }
    let find = |part: &str, name: &str| {
        quantities.iter().find(|quantity| quantity.of == part && quantity.name == name)
    };
    html! {
        div class="scroll" tabindex="0" role="region" aria-label="Numbers by layer" {
            table class="plain" {
                thead { tr {
                    th scope="col" { "Of" }
                    @for name in &names { th scope="col" class="number" { (name) } }
                } }
                tbody {
                    @for part in parts {
                        tr {
                            th scope="row" { (part) }
                            @for name in &names {
                                @match find(part, name) {
                                    Some(quantity) => {
                                        td class="number" title=(certainty(quantity)) { (show(quantity.value)) }
                                    }
                                    None => td class="number" { "–" },
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn list(quantities: &[&Quantity]) -> Markup {
    let parts = quantities.iter().any(|quantity| !quantity.of.is_empty());
    html! {
        @if !quantities.is_empty() {
            div class="scroll" tabindex="0" role="region" aria-label="Numbers" {
                table class="checks" role="table" {
                    thead role="rowgroup" { tr role="row" {
                        th role="columnheader" scope="col" { "Quantity" }
                        @if parts { th role="columnheader" scope="col" { "Of" } }
                        th role="columnheader" scope="col" class="number" { "Value" }
                        th role="columnheader" scope="col" class="number" { "How certain" }
                    } }
                    tbody role="rowgroup" {
                        @for quantity in quantities {
                            tr role="row" title=(quantity.method) {
                                th role="rowheader" scope="row" { (quantity.name) }
                                @if parts { td role="cell" data-label="of " { (quantity.of) } }
                                td role="cell" class="number" data-label="value " {
                                    (show(quantity.value))
                                    @if !quantity.unit.is_empty() { " " (quantity.unit) }
                                }
                                td role="cell" class="number" data-label="certainty " { (certainty(quantity)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Each name with its method, once.
fn methods(quantities: &[Quantity]) -> Vec<(&str, &str)> {
    let mut all: Vec<(&str, &str)> = Vec::new();
    for quantity in quantities {
        if !all.iter().any(|(name, _)| *name == quantity.name) {
            all.push((&quantity.name, &quantity.method));
        }
    }
    all
}

/// How certain a number is, in few words.
pub(super) fn certainty(quantity: &Quantity) -> String {
    match quantity.certainty {
        Certainty::Computed => "computed".into(),
        Certainty::Enclosed { low, high } => {
            let width = (high - low) / quantity.value.abs();
            if width < 1e-6 {
                format!("± {}, certain", show((high - low) / 2.0))
            } else {
                format!("in [{}, {}], certain", show(low), show(high))
            }
        }
        Certainty::Estimated { low, high, confidence, .. } => {
            format!("in [{}, {}], {} %", show(low), show(high), show(100.0 * confidence))
        }
        Certainty::AtMost => "at most".into(),
        Certainty::AtLeast => "at least".into(),
    }
}

fn bounds(bounds: &[Bound]) -> Markup {
    html! {
        @if !bounds.is_empty() {
            div class="scroll" tabindex="0" role="region" aria-label="Bounds" {
                table class="checks" role="table" {
                    thead role="rowgroup" { tr role="row" {
                        th role="columnheader" scope="col" { "Theorem" }
                        th role="columnheader" scope="col" { "Says" }
                        th role="columnheader" scope="col" class="number" { "At most" }
                        th role="columnheader" scope="col" class="number" { "Confidence" }
                        th role="columnheader" scope="col" { "Dominated by" }
                    } }
                    tbody role="rowgroup" {
                        @for bound in bounds {
                            tr role="row" title=(terms(bound)) {
                                th role="rowheader" scope="row" { (bound.theorem) " " small { (bound.of) } }
                                td role="cell" data-label="says " {
                                    @if bound.informative { strong { "something" } } @else { "nothing (vacuous)" }
                                }
                                td role="cell" class="number" data-label="at most " { (show(bound.value)) }
                                td role="cell" class="number" data-label="confidence " { (show(bound.confidence)) }
                                td role="cell" data-label="dominated by " { (bound.dominant) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn terms(bound: &Bound) -> String {
    let terms = bound.terms.iter().map(|term| format!("{} {}", term.name, show(term.value)));
    terms.collect::<Vec<_>>().join(" + ")
}

fn refusals(refusals: &[Refusal]) -> Markup {
    html! {
        @if !refusals.is_empty() {
            h3 { "What does not apply here" }
            ul class="hypotheses" { @for refusal in refusals { li { strong { (refusal.what) } ": " (refusal.reason) } } }
        }
    }
}

/// What was measured and how.
pub(super) fn facts(measurement: &Measurement) -> Markup {
    let Measurement { network, settings, data, .. } = measurement;
    let shape = |shape: &[usize]| shape.iter().map(usize::to_string).collect::<Vec<_>>().join(" × ");
    html! {
        section class="facts" aria-labelledby="facts" {
            h2 id="facts" { "What was measured" }
            dl {
                div { dt { "Network" } dd { (network.file) ", " (network.parameters) " parameters" } }
                div { dt { "Written by" } dd { (network.producer) ", opset " (network.opset) } }
                @for data in data {
                    div { dt { (data.role) " data" } dd { (data.file) ": " (data.examples) " examples of " (shape(&data.shape)) } }
                }
                div { dt { "Loss" } dd { (settings.loss) } }
                div { dt { "Precision" } dd { (settings.precision) " on " (settings.backend) } }
                div { dt { "Seed" } dd { (settings.seed) } }
                div { dt { "SHA-256 of the network" } dd { code { (network.sha256.get(..16).unwrap_or_default()) "…" } } }
            }
            p { "All numbers are in " code { "measure.json" } " and " code { "measure.csv" } " beside this report's folder." }
        }
    }
}
