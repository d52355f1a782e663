//! All landscapes of two parameters on one page: level sets, descent paths, and critical points by index and certificate.

use maud::{Markup, html};

use super::page::{Frame, badge, header};
use super::{ClaimPage, ReportError, RunSummary, interactive};
use crate::figure::{Figure, Mark};

/// The page's name in the report's folder.
pub(super) const FILE: &str = "gallery.html";

/// Whether a figure is a landscape: one with level sets.
fn is_landscape(figure: &Figure) -> bool {
    figure.series.iter().any(|series| matches!(series.mark, Mark::Contour { .. }))
}

fn landscapes(claim: &ClaimPage) -> impl Iterator<Item = &Figure> {
    claim.figures.iter().filter(|figure| is_landscape(figure))
}

/// How many landscapes a run has.
pub(super) fn count(run: &RunSummary) -> usize {
    run.claims.iter().flat_map(landscapes).count()
}

/// The page; nothing where a run has no landscape.
pub(super) fn page(run: &RunSummary) -> Result<Option<Markup>, ReportError> {
    if count(run) == 0 {
        return Ok(None);
    }
    let mut rooms = Vec::new();
    for claim in &run.claims {
        let figures = landscapes(claim)
            .map(|figure| interactive::figure("", claim.card.id, figure))
            .collect::<Result<Vec<_>, _>>()?;
        if !figures.is_empty() {
            rooms.push(room(claim, &figures));
        }
    }
    let header = header(run);
    let frame = Frame { root: "", title: "Gallery – Saddlepoint", plots: true, header: &header };
    Ok(Some(frame.around(&html! {
        nav class="turn" aria-label="Claims" { a class="all" href="index.html" { "All claims" } }
        h1 { "Gallery of landscapes" }
        p class="lead" {
            "Level sets of the objectives of two parameters, the paths that descent takes on them, and their critical \
             points. Point at a mark to read what it is and what proves it; drag to zoom."
        }
        @for room in &rooms { (room) }
    })))
}

fn room(claim: &ClaimPage, figures: &[Markup]) -> Markup {
    let heading = format!("of-{}", claim.card.id);
    html! {
        section aria-labelledby=(heading) {
            h2 id=(heading) { a href={ "claims/" (claim.card.id) ".html" } { (claim.card.title) } }
            p { (badge(claim.judgement.verdict)) " " span class="sentence" { (claim.judgement.sentence) } }
            @for figure in figures { (figure) }
        }
    }
}
