//! Colours of the style sheet against the rules for contrast: 4.5 for text and 3 for lines (WCAG 2.2, 1.4.3 and 1.4.11).

use std::collections::BTreeMap;

const SHEET: &str = include_str!("../../crates/experiments/assets/style.css");

/// Names and colours of one theme: what stands between its selector and the next brace.
fn theme(selector: &str) -> BTreeMap<&'static str, &'static str> {
    let (_, rest) = SHEET.split_once(selector).expect("the style sheet has the theme");
    let body = rest.split('}').next().unwrap();
    body.split(';').filter_map(|line| line.trim().strip_prefix("--")?.split_once(": #")).collect()
}

/// Relative luminance of `rrggbb`.
fn luminance(colour: &str) -> f64 {
    let channel = |at: usize| {
        let share = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
        if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(0) + 0.7152 * channel(2) + 0.0722 * channel(4)
}

fn contrast(one: &str, other: &str) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

const THEMES: [&str; 3] = [":root {", ":root[data-theme=\"dark\"] {", ":root:not([data-theme=\"light\"]) {"];

#[test]
fn text_and_lines_can_be_told_from_what_they_stand_on() {
    for selector in THEMES {
        let theme = theme(selector);
        let check = |front: &str, back: &str, least: f64| {
            let found = contrast(theme[front], theme[back]);
            assert!(found >= least, "{selector} {front} on {back}: {found:.2}, at least {least}");
        };
        for back in ["paper", "ground", "raised"] {
            for front in ["ink", "soft", "link"] {
                check(front, back, 4.5);
            }
            check("focus", back, 3.0);
        }
        for verdict in ["reproduced", "not-reproduced", "vacuous", "inconclusive", "error"] {
            let tint = format!("{verdict}-tint");
            check(verdict, "paper", 4.5);
            for front in [verdict, "ink", "soft"] {
                check(front, &tint, 4.5);
            }
        }
        for series in 1..=8 {
            check(&format!("series-{series}"), "paper", 3.0);
        }
    }
}

#[test]
fn dark_is_dark_whoever_asks_for_it() {
    assert_eq!(theme(THEMES[1]), theme(THEMES[2]));
}
