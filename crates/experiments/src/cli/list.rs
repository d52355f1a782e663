//! `saddlepoint list`.

use clap::Args;

use super::target::Claims;
use super::{Exit, Failure, print};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    claims: Claims,
    /// Print the cards of the claims as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let claims = arguments.claims.selection().claims()?;
    if arguments.json {
        let cards: Vec<_> = claims.iter().map(|claim| claim.card()).collect();
        print(&serde_json::to_string_pretty(&cards).unwrap_or_default())?;
        return Ok(Exit::AllWell);
    }
    let width = claims.iter().map(|claim| claim.card().id.len()).max().unwrap_or(0);
    for claim in claims {
        let card = claim.card();
        print(&format!("{:<width$}  {:<11}  {}  [{}]", card.id, card.kind, card.title, card.tags.join(", ")))?;
    }
    Ok(Exit::AllWell)
}
