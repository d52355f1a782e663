//! What all pages share: the frame with its security policy, verdict badges, and how durations are written.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::RunSummary;
use crate::verdict::Verdict;

/// What a page may load: scripts, styles and pictures of its own folder, the font inside a style sheet, and what
/// the plots make themselves when they are saved. Nothing else, and nothing from a network. `file:` stands beside
/// `'self'` because browsers disagree on what `'self'` is for a page that is opened from a disk.
const POLICY: &str = "default-src 'none'; script-src 'self' file:; style-src 'self' file:; \
                      style-src-attr 'unsafe-inline'; img-src 'self' file: data: blob:; font-src data:; \
                      base-uri 'none'; form-action 'none'";

/// A page: where the folder's root is seen from it, its title, whether it has plots, and its content.
pub(super) struct Frame<'a> {
    /// Prefix of links into the folder: empty for the index, `../` for a claim.
    pub(super) root: &'a str,
    pub(super) title: &'a str,
    pub(super) plots: bool,
    /// What stands at the top: which run, which network.
    pub(super) header: &'a Markup,
}

impl Frame<'_> {
    pub(super) fn around(&self, content: &Markup) -> Markup {
        let Frame { root, title, plots, header } = self;
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta http-equiv="Content-Security-Policy" content=(POLICY);
                    meta http-equiv="x-dns-prefetch-control" content="off";
                    meta name="referrer" content="no-referrer";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (title) }
                    link rel="icon" href="data:,";
                    link rel="stylesheet" href={ (root) "assets/stix-two-math.css" };
                    link rel="stylesheet" href={ (root) "assets/style.css" };
                    @if *plots {
                        link rel="stylesheet" href={ (root) "assets/plotly.css" } id="plotly.js-style-global" class="no-inline-styles";
                    }
                    script src={ (root) "assets/report.js" } {}
                    @if *plots {
                        script defer src={ (root) "assets/plotly.js" } {}
                        script defer src={ (root) "assets/plots.js" } {}
                    }
                }
                body {
                    a class="skip" href="#content" { "Skip to the content" }
                    header class="site" {
                        a class="brand" href={ (root) "index.html" } {
                            (LOGO) span { "Saddlepoint" }
                        }
                        span class="run" { (header) }
                        button type="button" id="theme" class="quiet" hidden { "Theme" }
                    }
                    main id="content" tabindex="-1" { (content) }
                    footer class="site" {
                        p {
                            "Written by Saddlepoint " (env!("CARGO_PKG_VERSION")) ". This folder is complete: it loads \
                             nothing from a network. Plots by plotly.js (MIT), formulas in STIX Two Math (OFL); \
                             licences are in " code { "assets/" } "."
                        }
                    }
                }
            }
        }
    }
}

/// The header of a run's pages.
pub(super) fn header(run: &RunSummary) -> Markup {
    html! {
        "Run " strong { (run.name) } " · "
        // A folder is mostly named after its profile.
        @if run.name != run.profile.to_string() { (run.profile) " · " }
        (run.backend)
    }
}

/// A saddle: two valleys that meet at a point.
const LOGO: PreEscaped<&str> = PreEscaped(
    r#"<svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true"><path d="M2 7c5 0 6 5 10 5s5-5 10-5M2 17c5 0 6-5 10-5s5 5 10 5" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round"/><circle cx="12" cy="12" r="2.4" fill="currentColor"/></svg>"#,
);

/// The verdict as a word that is part of a class name or an address.
pub(super) fn slug(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Reproduced => "reproduced",
        Verdict::NotReproduced => "not-reproduced",
        Verdict::Vacuous => "vacuous",
        Verdict::Inconclusive => "inconclusive",
        Verdict::Error => "error",
    }
}

/// What a verdict means, for those who meet the word first here.
pub(super) fn meaning(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Reproduced => "every check passed",
        Verdict::NotReproduced => "at least one check failed",
        Verdict::Vacuous => "the statement holds but says nothing here",
        Verdict::Inconclusive => "the evidence does not decide",
        Verdict::Error => "a task could not be run",
    }
}

/// An icon of its own shape for each verdict: colour alone says nothing.
pub(super) fn icon(verdict: Verdict) -> PreEscaped<&'static str> {
    PreEscaped(match verdict {
        Verdict::Reproduced => {
            r#"<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d="M3 8.5l3.2 3.2L13 4.6"/></svg>"#
        }
        Verdict::NotReproduced => {
            r#"<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d="M4 4l8 8M12 4l-8 8"/></svg>"#
        }
        Verdict::Vacuous => {
            r#"<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="5"/><path d="M4 12l8-8"/></svg>"#
        }
        Verdict::Inconclusive => {
            r#"<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d="M5 5.6C5 4 6.2 3 8 3s3 1 3 2.5c0 2-3 2.2-3 4.3M8 12.6v.2"/></svg>"#
        }
        Verdict::Error => {
            r#"<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d="M8 2.8v6.4M8 12.6v.2"/></svg>"#
        }
    })
}

pub(super) fn badge(verdict: Verdict) -> Markup {
    html! { span class={ "badge " (slug(verdict)) } title=(meaning(verdict)) { (icon(verdict)) (verdict) } }
}

/// A pass or fail mark of one check, in words too.
pub(super) fn mark(passed: bool) -> Markup {
    let (class, verdict, word) = if passed {
        ("reproduced", Verdict::Reproduced, "passed")
    } else {
        ("not-reproduced", Verdict::NotReproduced, "failed")
    };
    html! { span class={ "mark " (class) } { (icon(verdict)) (word) } }
}

/// `420 ms`, `3 min 5 s`, `2 h 10 min`.
pub(super) fn duration(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return "unknown".into();
    }
    if seconds < 0.000_5 {
        return "under 1 ms".into();
    }
    if seconds < 1.0 {
        return format!("{:.0} ms", seconds * 1e3);
    }
    if seconds < 59.95 {
        return format!("{seconds:.1} s");
    }
    let whole = seconds.round() as u64;
    match (whole / 3600, whole % 3600 / 60, whole % 60) {
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

/// A duration, or a dash where none was measured.
pub(super) fn duration_or_dash(seconds: Option<f64>) -> String {
    seconds.map_or_else(|| "–".into(), duration)
}

/// `3 tasks`, `1 task`, `2 of 3 tasks`.
pub(super) fn tasks(done: usize, planned: usize) -> String {
    let plural = if planned == 1 { "" } else { "s" };
    if done == planned {
        format!("{planned} task{plural}")
    } else {
        format!("{done} of {planned} task{plural}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_for_people() {
        for (seconds, text) in [
            (0.0001, "under 1 ms"),
            (0.42, "420 ms"),
            (1.0, "1.0 s"),
            (59.99, "1 min 0 s"),
            (185.0, "3 min 5 s"),
            (7800.0, "2 h 10 min"),
            (f64::NAN, "unknown"),
        ] {
            assert_eq!(duration(seconds), text);
        }
    }

    #[test]
    fn task_counts_say_what_is_missing() {
        assert_eq!(tasks(1, 1), "1 task");
        assert_eq!(tasks(2, 3), "2 of 3 tasks");
    }
}
