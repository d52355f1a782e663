//! The first page: what was found, claim by claim, and with what it was run.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::page::{Frame, badge, duration_or_dash, header, icon, meaning, slug, tasks};
use super::{ClaimPage, RunSummary};
use crate::claim::Kind;
use crate::verdict::Verdict;

pub(super) fn page(run: &RunSummary) -> Markup {
    let title = format!("Saddlepoint: {}", run.name);
    Frame { root: "", title: &title, plots: false, header: &header(run) }.around(&html! {
        h1 { "What holds, and what does not" }
        p class="lead" { (lead(run)) }
        (gallery(run))
        (share(run))
        (filters(run))
        (table(run))
        (facts(run))
    })
}

fn count(run: &RunSummary, verdict: Verdict) -> usize {
    run.claims.iter().filter(|claim| claim.judgement.verdict == verdict).count()
}

fn lead(run: &RunSummary) -> String {
    let all = run.claims.len();
    let good = count(run, Verdict::Reproduced);
    let took =
        run.seconds.map(|seconds| format!(", in {}", super::page::duration(seconds))).unwrap_or_default();
    match (all, good) {
        (0, _) => "This run holds no claim.".into(),
        (1, 1) => format!("The one claim of this run is reproduced{took}."),
        (all, good) if all == good => format!("All {all} claims of this run are reproduced{took}."),
        (all, good) => format!("{good} of {all} claims of this run are reproduced{took}."),
    }
}

/// Where the landscapes are, if there are any.
fn gallery(run: &RunSummary) -> Markup {
    html! {
        @match super::gallery::count(run) {
            0 => {}
            1 => p { a href=(super::gallery::FILE) { "Gallery: one landscape" } },
            n => p { a href=(super::gallery::FILE) { "Gallery: " (n) " landscapes" } },
        }
    }
}

/// The verdicts as one bar. Its numbers are written on the filters below it, so it is hidden from screen readers.
fn share(run: &RunSummary) -> Markup {
    let all = run.claims.len().max(1) as f64;
    let widths = Verdict::ALL.map(|verdict| 100.0 * count(run, verdict) as f64 / all);
    html! {
        svg class="share" viewBox="0 0 100 2" preserveAspectRatio="none" aria-hidden="true" {
            @for (at, (verdict, width)) in Verdict::ALL.into_iter().zip(widths).enumerate() {
                @let start: f64 = widths[..at].iter().sum();
                @if width > 0.0 {
                    rect class=(slug(verdict)) x=(format!("{start:.3}")) y="0" width=(format!("{width:.3}")) height="2" {}
                }
            }
        }
    }
}

/// Native controls only, so that a keyboard works them; without scripts they would do nothing, so they stay hidden.
fn filters(run: &RunSummary) -> Markup {
    let tags: BTreeSet<&str> = run.claims.iter().flat_map(|claim| claim.card.tags.iter().copied()).collect();
    html! {
        form id="filters" class="filters" role="search" aria-label="Filter the claims" hidden {
            fieldset {
                legend { "Verdict" }
                div class="chips" {
                    @for verdict in Verdict::ALL {
                        @let number = count(run, verdict);
                        label class={ "chip " (slug(verdict)) } title=(meaning(verdict)) {
                            input type="checkbox" name="verdict" value=(slug(verdict)) disabled[number == 0];
                            span { (icon(verdict)) (verdict) " " b { (number) } }
                        }
                    }
                }
            }
            fieldset {
                legend { "Kind" }
                div class="chips" {
                    @for kind in [Kind::Exact, Kind::Statistical, Kind::Training] {
                        @let number = run.claims.iter().filter(|claim| claim.card.kind == kind).count();
                        label class="chip" {
                            input type="checkbox" name="kind" value=(kind) disabled[number == 0];
                            span { (kind) " " b { (number) } }
                        }
                    }
                }
            }
            @if !tags.is_empty() {
                fieldset {
                    legend { "Tag" }
                    div class="chips" {
                        @for tag in &tags {
                            label class="chip" {
                                input type="checkbox" name="tag" value=(tag);
                                span { (tag) }
                            }
                        }
                    }
                }
            }
            div class="search" {
                label for="q" { "Text" }
                input type="search" id="q" name="q" autocomplete="off" placeholder="title, sentence or id";
                button type="reset" class="quiet" { "Show all" }
                output id="shown" for="q" aria-live="polite" {}
            }
        }
    }
}

/// Roles are written out because the style sheet turns rows into cards on narrow screens, and browsers then forget
/// that they were a table.
fn table(run: &RunSummary) -> Markup {
    let heads =
        [("order", "Claim"), ("verdict", "Verdict"), ("kind", "Kind"), ("seconds", "Time"), ("tasks", "Tasks")];
    html! {
        table id="claims" class="claims" role="table" {
            caption class="unseen" { "The claims of this run" }
            thead role="rowgroup" {
                tr role="row" {
                    @for (key, label) in heads {
                        th role="columnheader" scope="col" data-key=(key) { (label) }
                    }
                }
            }
            tbody role="rowgroup" {
                @for (order, claim) in run.claims.iter().enumerate() { (row(order, claim)) }
            }
        }
        p id="none" class="none" hidden { "No claim matches these filters." }
    }
}

fn row(order: usize, claim: &ClaimPage) -> Markup {
    let ClaimPage { card, judgement, .. } = claim;
    let rank = Verdict::ALL.iter().position(|&verdict| verdict == judgement.verdict).unwrap_or_default();
    html! {
        tr role="row" class=(slug(judgement.verdict)) data-verdict=(slug(judgement.verdict)) data-kind=(card.kind)
            data-tags=(card.tags.join(" ")) data-order=(order) data-rank=(rank)
            data-seconds=[claim.seconds] data-tasks=(claim.tasks_planned) {
            th role="rowheader" scope="row" {
                a class="title" href={ "claims/" (card.id) ".html" } { (card.title) }
                span class="sentence" { (judgement.sentence) }
                span class="tags" {
                    code { (card.id) }
                    @for tag in card.tags { span class="tag" { (tag) } }
                }
            }
            td role="cell" { (badge(judgement.verdict)) }
            td role="cell" { (card.kind) }
            td role="cell" class="number" { (duration_or_dash(claim.seconds)) }
            td role="cell" class="number" title=(tasks(claim.tasks_done, claim.tasks_planned)) {
                @if claim.tasks_done != claim.tasks_planned { (claim.tasks_done) "/" }
                (claim.tasks_planned)
                span class="unit" { " tasks" }
            }
        }
    }
}

fn facts(run: &RunSummary) -> Markup {
    let optional = |label: &str, value: &Option<String>| value.clone().map(|value| (label.to_owned(), value));
    let entries = [
        Some(("Run".to_owned(), run.name.clone())),
        Some(("Profile".into(), run.profile.to_string())),
        Some(("Seed".into(), run.seed.to_string())),
        Some(("Backend".into(), run.backend.clone())),
        optional("Started", &run.started),
        optional("Finished", &run.finished),
        run.seconds.map(|seconds| ("Duration".into(), super::page::duration(seconds))),
    ];
    html! {
        section class="facts" aria-labelledby="facts" {
            h2 id="facts" { "This run" }
            dl {
                @for (label, value) in entries.iter().flatten().chain(&run.versions) {
                    div { dt { (label) } dd { (value) } }
                }
            }
        }
    }
}
