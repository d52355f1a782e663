//! The report: a finished run as a folder of pages that opens in any browser, offline.
//!
//! [`write()`] makes `index.html`, one page a claim below `claims/`, `gallery.html` where there are landscapes, each figure as SVG and PNG below `figures/`, and
//! scripts, styles and licences below `assets/`. **No page loads anything from outside the folder**: a
//! content security policy in each page forbids it, and a test watches a browser's network log.

use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde_json::Value;

use crate::claim::{Card, Profile};
use crate::figure::Figure;
use crate::verdict::Judgement;

mod areas;
mod assets;
mod claim;
mod drawing;
mod gallery;
mod index;
mod interactive;
mod inventory;
mod maths;
pub mod measurement;
mod moments;
mod page;
mod parameters;
mod ruler;
mod still;

pub use maths::MarkupError;

/// A run, as the report tells it.
#[derive(Debug, Clone)]
pub struct RunSummary {
    /// Name of the run.
    pub name: String,
    /// How much was computed.
    pub profile: Profile,
    /// Base seed.
    pub seed: u64,
    /// Backend on which networks ran.
    pub backend: String,
    /// When it started, as an RFC 3339 time.
    pub started: Option<String>,
    /// When it finished, as an RFC 3339 time.
    pub finished: Option<String>,
    /// How long it took.
    pub seconds: Option<f64>,
    /// What it ran with: pairs of a label and a value (commit, compiler, burn, processor, threads …).
    pub versions: Vec<(String, String)>,
    /// The claims, in the order in which they are listed.
    pub claims: Vec<ClaimPage>,
}

/// A claim of a run, as its page tells it.
#[derive(Debug, Clone)]
pub struct ClaimPage {
    /// What does not depend on the run.
    pub card: &'static Card,
    /// Verdict, sentence and checks.
    pub judgement: Judgement,
    /// Plots.
    pub figures: Vec<Figure>,
    /// Parameters of the tasks, in plan order.
    pub parameters: Vec<Value>,
    /// Number of tasks with a record.
    pub tasks_done: usize,
    /// Number of tasks in the plan.
    pub tasks_planned: usize,
    /// Time that all its tasks took together.
    pub seconds: Option<f64>,
    /// What went wrong, one sentence a task.
    pub failures: Vec<String>,
}

/// Why a report was not written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A statement or a hypothesis cannot be shown.
    #[error("claim {claim}: {source}")]
    Markup {
        /// The claim's id.
        claim: String,
        /// The formula and what is wrong with it.
        source: MarkupError,
    },
    /// An id cannot be a file name everywhere: it must be lower-case letters, digits and hyphens.
    #[error("claim {claim}: {id:?} is no file name; use lower-case letters, digits and hyphens")]
    Id {
        /// The claim's id.
        claim: String,
        /// The id of the claim or of its figure.
        id: String,
    },
    /// Two pages or two figures of a claim have the same id, so one would replace the other.
    #[error("claim {claim}: the id {id:?} is used twice")]
    Twice {
        /// The claim's id.
        claim: String,
        /// The id of the claim or of its figure.
        id: String,
    },
    /// A figure cannot be drawn as a still.
    #[error("claim {claim}: the figure {figure} cannot be drawn: {reason}")]
    Still {
        /// The claim's id.
        claim: String,
        /// The figure's id.
        figure: String,
        /// What the drawing library says.
        reason: String,
    },
    /// A figure cannot be written as data for the browser.
    #[error("claim {claim}: the figure {figure} cannot be written as JSON: {source}")]
    Data {
        /// The claim's id.
        claim: String,
        /// The figure's id.
        figure: String,
        /// What serde says.
        source: serde_json::Error,
    },
    /// A file or a folder cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Writes the report of a run into a folder and returns the path of its `index.html`.
///
/// Each file is written beside its place and renamed, and the index comes last: an interrupted report never shows
/// half a page. Files of an earlier report in the folder are replaced, its pages and pictures of claims that are no
/// longer in the run are removed, and other files are left alone.
///
/// # Errors
/// [`ReportError`]: a formula that does not parse, an id that is no file name, a full disk, a read-only folder.
pub fn write(summary: &RunSummary, folder: &Path) -> Result<PathBuf, ReportError> {
    check_ids(summary)?;
    assets::write(folder)?;
    summary.claims.par_iter().enumerate().try_for_each(|(at, claim)| {
        claim.figures.par_iter().try_for_each(|figure| {
            let still = still::draw(&drawing::Drawing::of(figure).last_frame()).map_err(|reason| {
                ReportError::Still { claim: claim.card.id.to_owned(), figure: figure.id.clone(), reason }
            })?;
            let stem = folder.join("figures").join(claim.card.id);
            assets::replace(&stem.join(format!("{}.svg", figure.id)), still.svg.as_bytes())?;
            assets::replace(&stem.join(format!("{}.png", figure.id)), &still.png)
        })?;
        let neighbours = claim::Neighbours {
            previous: at.checked_sub(1).and_then(|before| summary.claims.get(before)),
            next: summary.claims.get(at + 1),
        };
        let html = claim::page(summary, claim, neighbours)?.into_string();
        assets::replace(&folder.join("claims").join(format!("{}.html", claim.card.id)), html.as_bytes())
    })?;
    if let Some(html) = gallery::page(summary)? {
        assets::replace(&folder.join(gallery::FILE), html.into_string().as_bytes())?;
    }
    let index = folder.join("index.html");
    assets::replace(&index, index::page(summary).into_string().as_bytes())?;
    inventory::update(summary, folder)?;
    Ok(index)
}

/// Ids become file names, so they are checked before anything is written.
fn check_ids(summary: &RunSummary) -> Result<(), ReportError> {
    let mut pages: Vec<&str> = Vec::new();
    for page in &summary.claims {
        let claim = || page.card.id.to_owned();
        check_id(page.card.id, &mut pages, claim)?;
        let mut figures: Vec<&str> = Vec::new();
        for figure in &page.figures {
            check_id(&figure.id, &mut figures, claim)?;
        }
    }
    Ok(())
}

fn check_id<'a>(id: &'a str, seen: &mut Vec<&'a str>, claim: impl Fn() -> String) -> Result<(), ReportError> {
    if !is_file_name(id) {
        return Err(ReportError::Id { claim: claim(), id: id.to_owned() });
    }
    if seen.contains(&id) {
        return Err(ReportError::Twice { claim: claim(), id: id.to_owned() });
    }
    seen.push(id);
    Ok(())
}

fn is_file_name(id: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !id.is_empty() && id.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims;

    #[test]
    fn statements_and_hypotheses_of_every_claim_can_be_shown() {
        for card in claims::all().iter().map(|claim| claim.card()) {
            let shown = maths::paragraphs(card.statement);
            assert!(shown.is_ok(), "{}: {:?}", card.id, shown.err());
            for hypothesis in card.hypotheses {
                let shown = maths::inline(hypothesis);
                assert!(shown.is_ok(), "{}: {:?}", card.id, shown.err());
            }
        }
    }

    #[test]
    fn ids_that_are_no_file_names_are_refused() {
        let claim = || "c".to_owned();
        for id in ["", "../up", "a/b", "A", "a b", "ä", "a.b"] {
            assert!(matches!(check_id(id, &mut Vec::new(), claim), Err(ReportError::Id { .. })), "{id:?}");
        }
        let mut seen = Vec::new();
        assert!(check_id("loss-2", &mut seen, claim).is_ok());
        assert!(matches!(check_id("loss-2", &mut seen, claim), Err(ReportError::Twice { .. })));
    }
}
