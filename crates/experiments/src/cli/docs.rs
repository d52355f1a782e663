//! `saddlepoint docs`: a page for each claim, its card first, then what a run measured.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use clap::Args;

use super::target::existing;
use super::{Exit, Failure, print};
use crate::claim::{AnyClaim, Card};
use crate::claims;
use crate::run::{Assessment, Computer, Manifest, Store, assess, table_of_costs, write_atomically};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Folder of the pages
    #[arg(long, value_name = "DIR", default_value = "docs/claims")]
    out: PathBuf,
    /// Run folder to take the measurements from
    #[arg(long, value_name = "RUN", default_value = "runs/quick")]
    run: PathBuf,
    /// File for what a task of each claim took in that run, by which a first run elsewhere tells the time left
    #[arg(long, value_name = "FILE", conflicts_with = "check")]
    costs: Option<PathBuf>,
    /// Write nothing; fail if a page is missing or its claim has changed since
    #[arg(long)]
    check: bool,
}

/// Separates what follows from the card from what follows from a run.
const MEASURED: &str = "## Measured\n";

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    if arguments.check {
        let stale: Vec<&str> = claims::all()
            .iter()
            .map(|claim| claim.card())
            .filter(|card| {
                let page = fs::read_to_string(arguments.out.join(format!("{}.md", card.id)));
                page.ok().as_deref().and_then(|page| page.split(MEASURED).next()) != Some(&head(card))
            })
            .map(|card| card.id)
            .collect();
        return match stale.as_slice() {
            [] => Ok(Exit::AllWell),
            ids => Err(Failure::Stale(format!(
                "stale or missing pages in {}: {}; `cargo xtask reproduce` and then `cargo xtask docs` write them",
                arguments.out.display(),
                ids.join(", ")
            ))),
        };
    }
    let store = Store::new(&arguments.run);
    let (manifest, plan) = existing(&store)?;
    let assessments = assess(&plan, &store)?;
    for a in &assessments {
        let page = format!("{}{MEASURED}\n{}", head(a.card), measured(a, &manifest));
        write_atomically(&arguments.out.join(format!("{}.md", a.card.id)), page.as_bytes())?;
    }
    write_atomically(&arguments.out.join("README.md"), index(&assessments).as_bytes())?;
    if let Some(file) = &arguments.costs {
        let each = assessments.iter().filter_map(|a| {
            let tasks = (a.planned() > 0).then_some(a.planned() as f64)?;
            Some((a.card.id, manifest.claims.get(a.card.id)? / tasks))
        });
        let ids = claims::all().iter().map(|claim| claim.card().id);
        let table = table_of_costs(manifest.profile, ids, &each.collect());
        write_atomically(file, &table.map_err(|error| Failure::Measure(error.into()))?)?;
    }
    let missing = claims::all().len() - assessments.len();
    print(&format!(
        "{} pages in {}, {missing} claims without a run",
        assessments.len(),
        arguments.out.display()
    ))?;
    Ok(Exit::AllWell)
}

fn head(card: &Card) -> String {
    let mut text =
        format!("# {}\n\n`{}`: {} claim, version {}.\n\n", card.title, card.id, card.kind, card.version);
    text.push_str("<!-- Written by `cargo xtask docs`; edit the claim instead. -->\n\n");
    // Statements are indented like the code around them, which Markdown would take for code.
    let lines: Vec<&str> = card.statement.lines().map(str::trim).collect();
    let _ = writeln!(text, "{}\n", lines.join("\n").trim());
    if !card.hypotheses.is_empty() {
        text.push_str("## Hypotheses\n\n");
        for hypothesis in card.hypotheses {
            let _ = writeln!(text, "- {hypothesis}");
        }
        text.push('\n');
    }
    text.push_str("## Sources\n\n");
    for source in card.sources {
        let identifier = source.identifier.map(|id| format!(" ({id})")).unwrap_or_default();
        let _ = writeln!(text, "- {}{identifier}", source.citation);
    }
    text.push('\n');
    text
}

fn measured(a: &Assessment, manifest: &Manifest) -> String {
    let computer = claims::find(a.card.id).map(|claim| Computer::of(claim, manifest.backend));
    let network = a.card.network.zip(computer.ok()).map(|(precision, on)| format!(", {precision} on {on}"));
    let network = network.unwrap_or_default();
    let mut text = format!(
        "**{}** at the {} profile (seed {}, {} tasks{network}).\n\n{}\n",
        a.judgement.verdict,
        manifest.profile,
        manifest.seed,
        a.planned(),
        a.judgement.sentence
    );
    if !a.judgement.checks.is_empty() {
        text.push_str("\n| | measured | expected | |\n|---|---|---|---|\n");
        for check in &a.judgement.checks {
            let cell = |text: &str| text.replace('|', "\\|");
            let mark = if check.passed { "✓" } else { "✗" };
            let (what, measured, expected) = (cell(&check.what), cell(&check.measured), cell(&check.expected));
            let _ = writeln!(text, "| {what} | {measured} | {expected} | {mark} |");
        }
    }
    text
}

fn index(assessments: &[Assessment]) -> String {
    let mut text = "# The claims\n\n| claim | kind | verdict | |\n|---|---|---|---|\n".to_owned();
    for claim in claims::all().iter().map(|claim: &&dyn AnyClaim| claim.card()) {
        let found = assessments.iter().find(|a| a.card.id == claim.id);
        let verdict = found.map_or_else(|| "not run".into(), |a| a.judgement.verdict.to_string());
        let _ =
            writeln!(text, "| [`{0}`]({0}.md) | {1} | {verdict} | {2} |", claim.id, claim.kind, claim.title);
    }
    text
}
