//! One claim from the library, without a run folder: plan, run every task, judge.

use saddlepoint_experiments::claim::{Failure, Lab, Profile};
use saddlepoint_experiments::claims;

fn main() -> Result<(), Failure> {
    let claim = claims::find("kl-inverse")?;
    let lab = Lab::bench();
    let mut evidence = Vec::new();
    for task in claim.plan(Profile::Smoke, 0)? {
        let outcome = claim.run(&task, &lab)?;
        evidence.push((task, outcome));
    }
    let (judgement, figures) = claim.conclude(&evidence)?;
    println!("{}: {}", judgement.verdict, judgement.sentence);
    for check in &judgement.checks {
        println!("  {}: {}, expected {}", check.what, check.measured, check.expected);
    }
    println!("{} plots", figures.len());
    Ok(())
}
