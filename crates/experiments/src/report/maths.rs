//! Text with formulas to HTML: `$…$` and `$$…$$` become MathML when the report is written, so that a page needs
//! no script to show them.

use std::fmt::Display;

use maud::{Markup, PreEscaped, html};
use pulldown_latex::config::DisplayMode;
use pulldown_latex::event::{Content, Dimension, DimensionUnit};
use pulldown_latex::{Event, Parser, RenderConfig, Storage, push_mathml};

/// Why a text with formulas cannot be shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MarkupError {
    /// The parser refuses a formula.
    #[error("the formula {formula:?} does not parse: {reason}")]
    Formula {
        /// TeX source between the dollars.
        formula: String,
        /// What the parser says.
        reason: String,
    },
    /// A formula is opened and not closed within its paragraph.
    #[error("a formula is opened and never closed: {rest:?}")]
    Unclosed {
        /// From the opening dollars to the end of the paragraph.
        rest: String,
    },
}

/// A piece of a paragraph.
#[derive(Debug, PartialEq, Eq)]
enum Piece<'a> {
    Text(String),
    Formula { source: &'a str, display: bool },
}

/// Paragraphs, split by blank lines.
pub(super) fn paragraphs(text: &str) -> Result<Markup, MarkupError> {
    let normal = text.replace("\r\n", "\n");
    let blocks = normal.split("\n\n").map(str::trim).filter(|block| !block.is_empty());
    let rendered = blocks.map(inline).collect::<Result<Vec<_>, _>>()?;
    Ok(html! { @for paragraph in rendered { p { (paragraph) } } })
}

/// One paragraph, without the element around it.
pub(super) fn inline(text: &str) -> Result<Markup, MarkupError> {
    let rendered = pieces(text)?
        .into_iter()
        .map(|piece| match piece {
            Piece::Text(text) => Ok(with_code(&text)),
            Piece::Formula { source, display } => formula(source, display),
        })
        .collect::<Result<Vec<_>, _>>()?;
    Ok(html! { @for piece in rendered { (piece) } })
}

/// Text in which a pair of backticks encloses code; one without a partner is a backtick.
fn with_code(text: &str) -> Markup {
    let parts: Vec<&str> = text.split('`').collect();
    let is_code = |at: usize| at % 2 == 1 && at + 1 < parts.len();
    html! {
        @for (at, &part) in parts.iter().enumerate() {
            @if is_code(at) { code { (part) } } @else { @if at % 2 == 1 { "`" } (part) }
        }
    }
}

/// Splits at unescaped dollars; `\$` outside a formula is a dollar.
fn pieces(text: &str) -> Result<Vec<Piece<'_>>, MarkupError> {
    let mut found = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['$', '\\']) {
        let (before, from) = rest.split_at(at);
        plain.push_str(before);
        if let Some(after) = from.strip_prefix("\\$") {
            plain.push('$');
            rest = after;
            continue;
        }
        if let Some(after) = from.strip_prefix('\\') {
            plain.push('\\');
            rest = after;
            continue;
        }
        let fence = if from.starts_with("$$") { "$$" } else { "$" };
        let body = &from[fence.len()..];
        let end = closing(body, fence).ok_or_else(|| MarkupError::Unclosed { rest: from.to_owned() })?;
        if !plain.is_empty() {
            found.push(Piece::Text(std::mem::take(&mut plain)));
        }
        found.push(Piece::Formula { source: body[..end].trim(), display: fence == "$$" });
        rest = &body[end + fence.len()..];
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        found.push(Piece::Text(plain));
    }
    Ok(found)
}

/// Where an unescaped fence ends the formula.
fn closing(body: &str, fence: &str) -> Option<usize> {
    body.match_indices(fence).map(|(at, _)| at).find(|&at| !body[..at].ends_with('\\'))
}

fn formula(source: &str, display: bool) -> Result<Markup, MarkupError> {
    let refuse =
        |reason: &dyn Display| MarkupError::Formula { formula: source.to_owned(), reason: reason.to_string() };
    let storage = Storage::new();
    // The writer turns parse errors into red boxes and goes on, so they are looked for before it runs.
    let events: Vec<Event<'_>> =
        Parser::new(source, &storage).collect::<Result<_, _>>().map_err(|error| refuse(&error))?;
    if events.is_empty() {
        return Err(refuse(&"it is empty"));
    }
    let config = RenderConfig {
        display_mode: if display { DisplayMode::Block } else { DisplayMode::Inline },
        ..RenderConfig::default()
    };
    let mut mathml = String::new();
    let events = events.into_iter().map(|event| Ok::<_, std::convert::Infallible>(space(event)));
    push_mathml(&mut mathml, events, config).map_err(|error| refuse(&error))?;
    // Wide formulas scroll in their own box; the source is kept for those who copy it or cannot see MathML.
    let class = if display { "formula display" } else { "formula" };
    Ok(html! { span class=(class) title=[display.then_some(source)] { (PreEscaped(mathml)) } })
}

/// The parser's space is an HTML entity, which its writer then escapes: readers would see the word.
fn space(event: Event<'_>) -> Event<'_> {
    match event {
        Event::Content(Content::Text("&nbsp;")) => Event::Space {
            width: Some(Dimension::new(1.0 / 3.0, DimensionUnit::Em)),
            height: None,
            depth: None,
        },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_formulas_become_mathml() {
        let html = inline(r"if $a < b$ then <script>alert(1)</script> costs \$5").unwrap().into_string();
        assert!(html.contains("<math"), "{html}");
        assert!(html.contains("&lt;script&gt;") && !html.contains("<script"), "{html}");
        assert!(html.ends_with("costs $5"), "{html}");
    }

    #[test]
    fn backticks_enclose_code() {
        let html = inline("see `a < b`, $x$ and `c").unwrap().into_string();
        assert!(html.starts_with("see <code>a &lt; b</code>, ") && html.ends_with(" and `c"), "{html}");
    }

    #[test]
    fn display_formulas_are_blocks_and_blank_lines_split_paragraphs() {
        let html = paragraphs("first\n\n$$\\sum_{i=1}^n x_i$$\n\nlast").unwrap().into_string();
        assert_eq!(html.matches("<p>").count(), 3, "{html}");
        assert!(html.contains("display=\"block\""), "{html}");
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let error = inline(r"so $\frac{1}{$ fails").unwrap_err();
        assert!(
            matches!(error, MarkupError::Formula { ref formula, .. } if formula == r"\frac{1}{"),
            "{error}"
        );
        assert!(matches!(inline("an open $x"), Err(MarkupError::Unclosed { .. })));
        assert!(matches!(inline(r"$\nosuchcommand$"), Err(MarkupError::Formula { .. })));
        assert!(matches!(inline("$ $"), Err(MarkupError::Formula { .. })));
    }

    #[test]
    fn markup_inside_a_formula_stays_text() {
        let html = inline(r"$\text{<script>alert(1)</script>}$").unwrap().into_string();
        assert!(!html.contains("<script"), "{html}");
    }

    #[test]
    fn spaces_are_spaces() {
        for source in [r"a\ b", "a~b", r"\text{a b}"] {
            let html = formula(source, false).unwrap().into_string();
            assert!(!html.contains("&amp;nbsp;"), "{html}");
        }
    }

    #[test]
    fn commands_that_statements_use_parse() {
        for source in [
            r"\mathbb{E}\left[\ell(w)\right] \le \frac{1}{n}\sum_{i=1}^{n} \ell_i + \sqrt{\frac{\ln(2\sqrt{n}/\delta)}{2n}}",
            r"\|\nabla f(x)\|_2 \le \varepsilon,\quad \lambda_{\min}(\nabla^2 f(x)) \ge -\sqrt{\rho\varepsilon}",
            r"\begin{cases} 2x & x \le 1/2 \\ 2 - 2x & \text{otherwise}\end{cases}",
            r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}^{\!\top}",
            r"\operatorname{kl}(q \,\|\, p) = q \ln\frac{q}{p}, \quad \hat{R}_S, \tilde{O}(d), \mathcal{N}(0, \sigma^2 I)",
            r"\min_{x \in \mathbb{R}^d} f(x), \qquad \binom{n}{k}, \lfloor x \rfloor, \lceil x \rceil, \underbrace{a+b}_{c}",
            r"\operatorname*{arg\,min}_w \overline{W}, \mathrm{sgn}(x), \mathbf{1}\{x>0\}, x \mapsto \max(0,x), \prod_{l=1}^{L} \|W_l\|",
        ] {
            assert!(formula(source, true).is_ok(), "{source}: {:?}", formula(source, true).err());
        }
    }
}
