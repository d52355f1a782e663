//! The report, seen by a reader: files on the disk, and pages in a real browser.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod browser;
mod colours;
mod inert;
mod synthetic;

use std::fs;
use std::path::Path;

use saddlepoint_experiments::report::{ReportError, write};

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn a_report_is_a_complete_folder() {
    let folder = tempfile::tempdir().unwrap();
    let run = synthetic::run();
    let index = write(&run, folder.path()).unwrap();
    assert_eq!(index, folder.path().join("index.html"));
    for claim in &run.claims {
        let page = read(&folder.path().join(format!("claims/{}.html", claim.card.id)));
        assert!(page.contains("<math"), "{}", claim.card.id);
        for figure in &claim.figures {
            let stem = folder.path().join("figures").join(claim.card.id).join(&figure.id);
            assert!(read(&stem.with_extension("svg")).starts_with("<svg"));
            assert!(fs::read(stem.with_extension("png")).unwrap().starts_with(b"\x89PNG"));
        }
    }
    // Every address in a page is inside the folder, exists, or is a citation that a reader may follow.
    for page in fs::read_dir(folder.path().join("claims"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .chain([index, folder.path().join("gallery.html")])
    {
        let html = read(&page);
        let here = page.parent().unwrap();
        for address in attributes(&html, "src=\"").chain(attributes(&html, "href=\"")) {
            let citation =
                ["https://doi.org/", "https://arxiv.org/abs/"].iter().any(|site| address.starts_with(site));
            let inside = here.join(address.split('#').next().unwrap());
            assert!(
                citation || address.starts_with("data:") || inside.exists(),
                "{}: {address}",
                page.display()
            );
        }
    }
}

fn attributes<'h>(html: &'h str, name: &'h str) -> impl Iterator<Item = &'h str> + 'h {
    html.split(name).skip(1).filter_map(|rest| rest.split('"').next())
}

#[test]
fn hostile_text_stays_text_in_every_file() {
    let folder = tempfile::tempdir().unwrap();
    write(&synthetic::run(), folder.path()).unwrap();
    for name in ["index.html", "claims/hostile.html", "claims/fgsm-linear.html", "figures/hostile/hostile.svg"]
    {
        let text = read(&folder.path().join(name));
        for element in ["<script>alert", "<img src=x", "<a href=\"https://example.org"] {
            assert!(!text.contains(element), "{name} contains {element}");
        }
    }
}

#[test]
fn stills_hold_no_number_that_is_none() {
    let folder = tempfile::tempdir().unwrap();
    write(&synthetic::run(), folder.path()).unwrap();
    for figure in synthetic::figures() {
        let svg = read(&folder.path().join(format!("figures/gd-eps-critical-rate/{}.svg", figure.id)));
        for word in ["NaN", "inf"] {
            assert!(!svg.contains(word), "{} contains {word}", figure.id);
        }
    }
}

#[test]
fn a_second_report_replaces_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = synthetic::run();
    write(&run, folder.path()).unwrap();
    run.name = "second".into();
    write(&run, folder.path()).unwrap();
    assert!(read(&folder.path().join("index.html")).contains("second"));
}

#[test]
fn a_second_report_removes_what_the_first_wrote_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = synthetic::run();
    write(&run, folder.path()).unwrap();
    let gone = run.claims.remove(0);
    let page = folder.path().join(format!("claims/{}.html", gone.card.id));
    let pictures = folder.path().join("figures").join(gone.card.id);
    let own = [folder.path().join("claims/notes.html"), folder.path().join("outside.html")];
    for file in &own {
        fs::write(file, "mine").unwrap();
    }
    // A list that somebody edited leads nowhere else.
    let list = folder.path().join("assets/files.txt");
    fs::write(&list, read(&list) + "outside.html\nclaims/../outside.html\n").unwrap();
    assert!(page.is_file() && pictures.is_dir());
    write(&run, folder.path()).unwrap();
    assert!(!page.exists() && !pictures.exists());
    assert!(own.iter().all(|file| file.is_file()));
    for claim in &run.claims {
        assert!(folder.path().join(format!("claims/{}.html", claim.card.id)).is_file());
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let error = write(&synthetic::run(), &file.join("report")).unwrap_err();
    assert!(matches!(error, ReportError::Write { .. }), "{error}");
    assert!(error.to_string().contains("report"), "{error}");
}

#[test]
fn a_figure_that_would_leave_the_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = synthetic::run();
    run.claims[0].figures[0].id = "../../up".into();
    assert!(matches!(write(&run, folder.path()), Err(ReportError::Id { .. })));
    assert!(!folder.path().join("index.html").exists());
}

/// Opens pages in Chromium: nothing on the console, nothing requested outside the folder, plots and formulas drawn.
#[test]
fn a_browser_shows_everything_and_asks_nobody() {
    if !browser::available() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let run = synthetic::run();
    write(&run, folder.path()).unwrap();
    for (page, plots) in [
        ("index.html", 0),
        ("claims/gd-eps-critical-rate.html", run.claims[0].figures.len()),
        ("claims/hostile.html", 2),
        ("claims/fgsm-linear.html", 0),
    ] {
        let visit = browser::visit(folder.path(), page);
        assert!(visit.console.is_empty(), "{page}: {:#?}", visit.console);
        assert!(visit.requests.is_empty(), "{page}: {:#?}", visit.requests);
        assert_eq!(visit.dom.matches("<svg class=\"main-svg\"").count() > 0, plots > 0, "{page}");
        assert_eq!(visit.dom.matches("class=\"plot js-plotly-plot\"").count(), plots, "{page}");
        assert_eq!(visit.dom.contains("<math"), page != "index.html", "{page}");
        for element in ["<script>alert", "<img src=\"x\"", "<a href=\"https://example.org"] {
            assert!(!visit.dom.contains(element), "{page} contains {element}");
        }
    }
}

/// The test above would see a page that asks the network, an error, and a breach of the policy.
#[test]
fn the_browser_tells_on_pages_that_misbehave() {
    if !browser::available() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let picture = "<!doctype html><img src=https://picture.example/x.png>";
    let script =
        "<!doctype html><script>fetch('https://script.example/').catch(() => 0); undefinedName();</script>";
    let hint = "<!doctype html><link rel=preconnect href=https://hint.example>";
    let policy = "<!doctype html><meta http-equiv=Content-Security-Policy content=\"default-src 'none'\"><script></script>\
                  <script>1</script>";
    for (name, html) in
        [("picture.html", picture), ("script.html", script), ("hint.html", hint), ("policy.html", policy)]
    {
        fs::write(folder.path().join(name), html).unwrap();
    }
    let visit = |page: &str| browser::visit(folder.path(), page);
    assert!(visit("picture.html").requests.iter().any(|address| address.contains("picture.example")));
    assert!(!visit("hint.html").requests.is_empty());
    assert!(visit("policy.html").console.iter().any(|line| line.contains("Content Security Policy")));
    let script = visit("script.html");
    assert!(script.requests.iter().any(|address| address.contains("script.example")));
    assert!(script.console.iter().any(|line| line.contains("undefinedName")));
}

/// A filtered list is an address.
#[test]
fn the_address_filters_the_index() {
    if !browser::available() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    write(&synthetic::run(), folder.path()).unwrap();
    for (address, shown) in [
        ("index.html", 6),
        ("index.html#verdict=reproduced", 2),
        ("index.html#verdict=reproduced,error", 3),
        ("index.html#verdict=reproduced&kind=exact&q=sawtooth", 1),
        ("index.html#tag=generalization&sort=-seconds", 2),
        ("index.html#q=nothing-has-this-name", 0),
    ] {
        let visit = browser::visit(folder.path(), address);
        let rows = visit.dom.split("<tr role=\"row\" class=\"").skip(1).filter_map(|row| row.split('>').next());
        assert_eq!(rows.filter(|row| !row.contains("hidden")).count(), shown, "{address}");
        assert!(visit.console.is_empty(), "{address}: {:#?}", visit.console);
    }
}

/// Zooming, saving and changing the theme work under the policy. A script at the end of the report's own presses the
/// buttons and writes down what it saw.
#[test]
fn every_button_does_its_work_within_the_policy() {
    if !browser::available() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    write(&synthetic::run(), folder.path()).unwrap();
    let script = folder.path().join("assets/plots.js");
    fs::write(&script, read(&script) + include_str!("press.js")).unwrap();
    let visit = browser::visit(folder.path(), "claims/gd-eps-critical-rate.html");
    assert!(visit.console.is_empty(), "{:#?}", visit.console);
    assert!(visit.requests.is_empty(), "{:#?}", visit.requests);
    for seen in ["zoomed=true", "reset=true", "svg=true", "png=true", "theme=true"] {
        assert!(
            visit.dom.contains(seen),
            "{seen}: {:?}",
            visit.dom.split_once("data-pressed").map(|(_, after)| &after[..120])
        );
    }
}

/// Tables and formulas scroll in their own boxes, pages never sideways.
#[test]
fn a_telephone_needs_no_sideways_scrolling() {
    if !browser::available() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    write(&synthetic::run(), folder.path()).unwrap();
    for page in
        ["index.html", "claims/gd-eps-critical-rate.html", "claims/hostile.html", "claims/fgsm-linear.html"]
    {
        for width in [360, 1024] {
            assert_eq!(browser::content_width(folder.path(), page, width), width, "{page}");
        }
    }
}

/// Pictures for people: set `SADDLEPOINT_PICTURES` to a folder to get them.
#[test]
fn pictures_of_the_report() {
    let Some(album) = std::env::var_os("SADDLEPOINT_PICTURES").filter(|_| browser::available()) else { return };
    let album = Path::new(&album);
    fs::create_dir_all(album).unwrap();
    let folder = album.join("report");
    write(&synthetic::run(), &folder).unwrap();
    for (page, stem) in [
        ("index.html", "index"),
        ("claims/gd-eps-critical-rate.html", "claim"),
        ("claims/hostile.html", "hostile"),
    ] {
        for (size, dark, name) in
            [((1280, 2400), false, "light"), ((1280, 4600), true, "dark"), ((360, 2400), false, "phone")]
        {
            browser::photograph(&folder, page, size, dark, &album.join(format!("{stem}-{name}.png")));
        }
    }
}
