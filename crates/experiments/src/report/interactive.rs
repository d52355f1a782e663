//! A figure on a page: its data for the browser, its still for everyone else, buttons and caption.

use maud::{Markup, PreEscaped, html};

use super::ReportError;
use super::drawing::Drawing;
use crate::figure::Figure;

/// `root` leads from the page to the report's folder: empty, or `../`.
pub(super) fn figure(root: &str, claim: &str, figure: &Figure) -> Result<Markup, ReportError> {
    let drawing = Drawing::of(figure);
    let last = drawing.frames.len().saturating_sub(1);
    let data = serde_json::to_string(&drawing).map_err(|source| ReportError::Data {
        claim: claim.to_owned(),
        figure: figure.id.clone(),
        source,
    })?;
    let still = |extension: &str| format!("{root}figures/{claim}/{}.{extension}", figure.id);
    let buttons = [
        ("in", "Zoom in"),
        ("out", "Zoom out"),
        ("reset", "Reset view"),
        ("svg", "Save view as SVG"),
        ("png", "Save view as PNG"),
    ];
    Ok(html! {
        figure id={ "figure-" (claim) "-" (figure.id) } data-name={ (claim) "-" (figure.id) } {
            h3 { (figure.title) }
            div class="plot" role="img" aria-label=(figure.caption) {}
            noscript { img src=(still("svg")) alt=(figure.caption); }
            script type="application/json" { (PreEscaped(inert(&data))) }
            @if last > 0 {
                div class="frames" hidden {
                    input type="range" min="0" max=(last) step="1" value=(last) aria-label={ "Frame of the figure " (figure.title) };
                    output { (drawing.frames[last]) }
                }
            }
            figcaption { (figure.caption) }
            div class="tools" role="group" aria-label={ "Tools of the figure " (figure.title) } {
                @for (action, label) in buttons {
                    button type="button" class="quiet" data-action=(action) hidden { (label) }
                }
                span class="files" {
                    "For papers: "
                    a href=(still("svg")) download { "SVG" } " "
                    a href=(still("png")) download { "PNG" }
                }
            }
        }
    })
}

/// JSON that cannot end the script element around it, nor open a comment in it.
fn inert(json: &str) -> String {
    json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::Axis;

    #[test]
    fn data_cannot_leave_its_element() {
        let hostile = "</script><script>alert(1)</script><!--";
        let plot = Figure::new("f", hostile, hostile, Axis::linear(hostile), Axis::linear("y"))
            .line(hostile, [(0.0, 1.0)]);
        let html = figure("../", "c", &plot).unwrap().into_string();
        assert_eq!(html.matches("</script>").count(), 1, "{html}");
        assert_eq!(html.matches("<script").count(), 1, "{html}");
        let json = html.split_once("application/json\">").unwrap().1.split_once("</script>").unwrap().0;
        let back: serde_json::Value = serde_json::from_str(json).unwrap();
        assert_eq!(back["title"], hostile);
    }
}
