//! The list of pages and pictures that a report leaves in its folder, by which the next report knows what to remove.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use super::{ReportError, RunSummary, assets, gallery, is_file_name};

/// Where the list is, a path a line.
const LIST: &str = "assets/files.txt";

/// Removes the pages and pictures of the earlier report that this one does not have, and writes down those it has.
///
/// Only what the list names is removed, and only where a report could have written it: a list that was edited leads
/// nowhere else.
pub(super) fn update(summary: &RunSummary, folder: &Path) -> Result<(), ReportError> {
    let now: BTreeSet<String> = summary
        .claims
        .iter()
        .flat_map(|claim| {
            let id = claim.card.id;
            let pictures = claim.figures.iter().flat_map(move |figure| {
                ["svg", "png"].map(|format| format!("figures/{id}/{}.{format}", figure.id))
            });
            pictures.chain([format!("claims/{id}.html")])
        })
        .chain((gallery::count(summary) > 0).then(|| gallery::FILE.to_owned()))
        .collect();
    let list = folder.join(LIST);
    let earlier = match fs::read(&list) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        read => read.map_err(|source| ReportError::Write { path: list.clone(), source })?,
    };
    for gone in String::from_utf8_lossy(&earlier).lines().filter(|line| is_ours(line) && !now.contains(*line)) {
        let path = folder.join(gone);
        match fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(ReportError::Write { path, source });
            }
            _ => {}
        }
        // A claim's folder of pictures goes with its last picture; one that holds anything else stays.
        if let Some(pictures) = path.parent().filter(|_| gone.starts_with("figures/")) {
            let _ = fs::remove_dir(pictures);
        }
    }
    let lines: String = now.into_iter().map(|path| path + "\n").collect();
    assets::replace(&list, lines.as_bytes())
}

/// Whether a report writes files of this name.
fn is_ours(path: &str) -> bool {
    match path.split('/').collect::<Vec<_>>()[..] {
        [page] => page == gallery::FILE,
        ["claims", page] => page.strip_suffix(".html").is_some_and(is_file_name),
        ["figures", id, picture] => {
            let figure = picture.strip_suffix(".svg").or_else(|| picture.strip_suffix(".png"));
            is_file_name(id) && figure.is_some_and(is_file_name)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_and_pictures_are_ours() {
        assert!(is_ours("claims/kl-inverse.html") && is_ours("figures/kl-inverse/curve.png"));
        for path in [
            "",
            "index.html",
            "claims",
            "claims/",
            "claims/.html",
            "claims/../index.html",
            "../claims/kl-inverse.html",
            "/claims/kl-inverse.html",
            "claims/notes.txt",
            "figures/../curve.png",
            "figures/kl-inverse/../../records.png",
            "figures/kl-inverse/deep/curve.png",
        ] {
            assert!(!is_ours(path), "{path}");
        }
    }
}
