//! The page of one claim: what it says, what was expected, what was measured.

use maud::{Markup, html};

use super::page::{Frame, badge, duration, header, mark, meaning, tasks};
use super::{ClaimPage, ReportError, RunSummary, interactive, maths, parameters};
use crate::claim::Source;
use crate::verdict::Check;

/// The claims before and after one, for turning pages.
#[derive(Clone, Copy)]
pub(super) struct Neighbours<'a> {
    pub(super) previous: Option<&'a ClaimPage>,
    pub(super) next: Option<&'a ClaimPage>,
}

pub(super) fn page(
    run: &RunSummary,
    claim: &ClaimPage,
    neighbours: Neighbours<'_>,
) -> Result<Markup, ReportError> {
    let ClaimPage { card, judgement, .. } = claim;
    let markup = |source| ReportError::Markup { claim: card.id.to_owned(), source };
    let statement = maths::paragraphs(card.statement).map_err(markup)?;
    let hypotheses = card
        .hypotheses
        .iter()
        .map(|text| maths::inline(text))
        .collect::<Result<Vec<_>, _>>()
        .map_err(markup)?;
    let figures = claim
        .figures
        .iter()
        .map(|figure| interactive::figure("../", card.id, figure))
        .collect::<Result<Vec<_>, _>>()?;
    let title = format!("{} – Saddlepoint", card.title);
    let header = header(run);
    let frame = Frame { root: "../", title: &title, plots: !figures.is_empty(), header: &header };
    Ok(frame.around(&html! {
        (turn(neighbours, "Claims"))
        article {
            p class="overline" { code { (card.id) } }
            h1 { (card.title) }
            div class={ "verdict " (super::page::slug(judgement.verdict)) } {
                (badge(judgement.verdict)) span class="meaning" { " – " (meaning(judgement.verdict)) }
                p class="sentence" { (judgement.sentence) }
            }
            (failures(&claim.failures))
            section aria-labelledby="statement" {
                h2 id="statement" { "Statement" }
                div class="statement" { (statement) }
                @if !hypotheses.is_empty() {
                    h3 { "Hypotheses" }
                    ol class="hypotheses" { @for hypothesis in &hypotheses { li { (hypothesis) } } }
                }
                @if !card.sources.is_empty() {
                    h3 { (if card.sources.len() == 1 { "Source" } else { "Sources" }) }
                    ul class="sources" { @for source in card.sources { li { (citation(source)) } } }
                }
            }
            (checks(&judgement.checks))
            @if !figures.is_empty() {
                section aria-labelledby="figures" {
                    h2 id="figures" { (if figures.len() == 1 { "Figure" } else { "Figures" }) }
                    @for figure in &figures { (figure) }
                }
            }
            (facts(claim))
            @if !claim.parameters.is_empty() {
                details class="parameters" {
                    summary { "Parameters of the " (tasks(claim.parameters.len(), claim.parameters.len())) }
                    (parameters::table(&claim.parameters))
                }
            }
        }
        (turn(neighbours, "More claims"))
    }))
}

fn turn(neighbours: Neighbours<'_>, label: &str) -> Markup {
    html! {
        nav class="turn" aria-label=(label) {
            a class="all" href="../index.html" { "All claims" }
            @if let Some(previous) = neighbours.previous {
                a rel="prev" href={ (previous.card.id) ".html" } title=(previous.card.title) {
                    span aria-hidden="true" { "← " } span class="unseen" { "Previous: " } (previous.card.id)
                }
            }
            @if let Some(next) = neighbours.next {
                a rel="next" href={ (next.card.id) ".html" } title=(next.card.title) {
                    span class="unseen" { "Next: " } (next.card.id) span aria-hidden="true" { " →" }
                }
            }
        }
    }
}

fn failures(failures: &[String]) -> Markup {
    html! {
        @if !failures.is_empty() {
            section class="failures" aria-labelledby="failures" {
                h2 id="failures" { "What went wrong" }
                ul { @for failure in failures { li { (failure) } } }
            }
        }
    }
}

/// Roles are written out because rows become cards on narrow screens, as on the index.
fn checks(checks: &[Check]) -> Markup {
    let failed = checks.iter().filter(|check| !check.passed).count();
    let count = match (checks.len(), failed) {
        (all, 0) => format!("{all} of {all} passed"),
        (all, failed) => format!("{failed} of {all} failed"),
    };
    html! {
        section aria-labelledby="checks" {
            h2 id="checks" { "Measured against expected" @if !checks.is_empty() { " " small { (count) } } }
            @if checks.is_empty() {
                p { "Nothing was measured." }
            } @else {
                div class="scroll" tabindex="0" role="region" aria-labelledby="checks" {
                    table class="checks" role="table" {
                        thead role="rowgroup" { tr role="row" {
                            th role="columnheader" scope="col" { "Check" }
                            th role="columnheader" scope="col" { "What" }
                            th role="columnheader" scope="col" class="number" { "Measured" }
                            th role="columnheader" scope="col" class="number" { "Expected" }
                        } }
                        tbody role="rowgroup" {
                            @for check in checks {
                                tr role="row" class=[(!check.passed).then_some("failed")] {
                                    td role="cell" { (mark(check.passed)) }
                                    th role="rowheader" scope="row" { (check.what) }
                                    td role="cell" class="number" data-label="measured " { (check.measured) }
                                    td role="cell" class="number" data-label="expected " { (check.expected) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn facts(claim: &ClaimPage) -> Markup {
    let ClaimPage { card, .. } = claim;
    let data: Vec<String> = card.data.iter().map(|set| format!("{set:?}").to_lowercase()).collect();
    html! {
        section class="facts" aria-labelledby="facts" {
            h2 id="facts" { "How it was settled" }
            dl {
                div { dt { "Kind" } dd { (card.kind) } }
                div { dt { "Tasks" } dd { (tasks(claim.tasks_done, claim.tasks_planned)) } }
                @if let Some(seconds) = claim.seconds { div { dt { "Computing time" } dd { (duration(seconds)) } } }
                @if let Some(precision) = card.network {
                    div { dt { "Networks in" } dd { (format!("{precision:?}").to_lowercase()) } }
                }
                @if !data.is_empty() { div { dt { "Data" } dd { (data.join(", ")) } } }
                div { dt { "Version of the claim" } dd { (card.version) } }
                @if !card.tags.is_empty() {
                    div { dt { "Tags" } dd {
                        @for (at, tag) in card.tags.iter().enumerate() {
                            @if at > 0 { ", " }
                            a href={ "../index.html#tag=" (tag) } { (tag) }
                        }
                    } }
                }
            }
        }
    }
}

/// The citation, and its identifier as a link that loads nothing until it is followed.
fn citation(source: &Source) -> Markup {
    html! {
        (source.citation)
        @if let Some(identifier) = source.identifier {
            @if !source.citation.ends_with('.') { "." }
            " "
            @match address(identifier) {
                Some(address) => a class="identifier" href=(address) rel="noopener noreferrer" { (identifier) },
                None => span class="identifier" { (identifier) },
            }
        }
    }
}

/// Where an arXiv identifier or a DOI leads; nothing for any other text.
fn address(identifier: &str) -> Option<String> {
    let lower = identifier.to_ascii_lowercase();
    let safe = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || "./-_();:<>".contains(c));
    let without = |prefix: &str| lower.strip_prefix(prefix).map(|rest| rest.trim_start_matches([':', ' ']));
    let doi = without("doi").unwrap_or(&lower);
    if doi.starts_with("10.") && doi.contains('/') && safe(doi) {
        return Some(format!("https://doi.org/{}", doi.replace('<', "%3C").replace('>', "%3E")));
    }
    let arxiv = without("arxiv").unwrap_or(&lower);
    let modern =
        arxiv.len() >= 9 && arxiv.as_bytes()[4] == b'.' && arxiv[..4].bytes().all(|b| b.is_ascii_digit());
    let old = arxiv
        .split_once('/')
        .is_some_and(|(_, number)| number.len() >= 7 && number.as_bytes()[0].is_ascii_digit());
    ((modern || old) && safe(arxiv)).then(|| format!("https://arxiv.org/abs/{arxiv}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_lead_where_they_should_and_other_text_nowhere() {
        for (identifier, expected) in [
            ("arXiv:1706.10239", Some("https://arxiv.org/abs/1706.10239")),
            ("arXiv 1602.04915", Some("https://arxiv.org/abs/1602.04915")),
            ("1703.00887", Some("https://arxiv.org/abs/1703.00887")),
            ("cs/0701001", Some("https://arxiv.org/abs/cs/0701001")),
            ("10.1145/1968.1972", Some("https://doi.org/10.1145/1968.1972")),
            ("doi:10.1007/978-1-4757-3264-1", Some("https://doi.org/10.1007/978-1-4757-3264-1")),
            ("javascript:alert(1)", None),
            ("ISBN 0-387-98780-0", None),
            ("", None),
            ("äöüß", None),
        ] {
            assert_eq!(address(identifier).as_deref(), expected, "{identifier}");
        }
    }
}
