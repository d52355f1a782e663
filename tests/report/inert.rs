//! Names of files that are HTML: what a person calls a file, a folder or a run stays text on every page.

use std::fs;

use saddlepoint_experiments::report::write;
use saddlepoint_experiments::verdict::Judgement;
use saddlepoint_models::data::{DataError, TargetKind, npz};
use serde_json::json;

use crate::{browser, read, synthetic};

/// Loads a picture that is not there and runs a script, wherever it is taken for HTML. A file may be called so.
const NAME: &str = "<img src=x onerror=document.title=1>'\".npz";

/// What reading a file of that name says.
fn complaint() -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(NAME);
    fs::write(&path, "no archive").unwrap();
    let error: DataError = npz::read(&path, TargetKind::Values).unwrap_err();
    assert!(error.to_string().contains(NAME), "{error}");
    error.to_string()
}

#[test]
fn a_file_name_that_is_html_stays_a_name() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = synthetic::run();
    run.name = NAME.into();
    run.versions.push((NAME.into(), NAME.into()));
    let page = &mut run.claims[0];
    page.failures = vec![complaint()];
    page.judgement = Judgement::error(format!("1 of 24 tasks failed; the first: {}", complaint()));
    page.parameters[0] = json!({NAME: NAME});
    let claim = format!("claims/{}.html", page.card.id);
    write(&run, folder.path()).unwrap();
    for name in ["index.html", &claim] {
        let text = read(&folder.path().join(name));
        assert!(text.contains("&lt;img src=x onerror="), "{name} does not name the file");
        assert!(!text.contains("<img src=x"), "{name} takes the name for HTML");
    }
    if !browser::available() {
        return;
    }
    for name in ["index.html", &claim] {
        let visit = browser::visit(folder.path(), name);
        assert!(
            visit.console.is_empty() && visit.requests.is_empty(),
            "{:#?}{:#?}",
            visit.console,
            visit.requests
        );
        assert!(!visit.dom.contains("<img src=\"x\"") && !visit.dom.contains("<title>1</title>"), "{name}");
        assert!(visit.dom.contains("onerror=document.title=1"), "{name} does not show the name");
    }
}
