//! `saddlepoint diff`: two runs, or two measurements.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{Exit, Failure, print};
use crate::measure::{Comparison, Measurement, SCHEMA, compare};
use crate::run::{Store, diff};
use crate::verdict::show;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A run folder, such as runs/smoke, or the folder of a measurement
    first: PathBuf,
    /// Another one
    second: PathBuf,
    /// Print the differences as a JSON list
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    if let (Some(first), Some(second)) = (measurement(&arguments.first)?, measurement(&arguments.second)?) {
        return measurements(arguments, &first, &second);
    }
    let differences = diff(&Store::new(&arguments.first), &Store::new(&arguments.second))?;
    if arguments.json {
        print(&serde_json::to_string_pretty(&differences).unwrap_or_default())?;
    } else {
        for difference in &differences {
            print(&difference.to_string())?;
        }
        let (first, second) = (arguments.first.display(), arguments.second.display());
        match differences.len() {
            0 => print(&format!("{first} and {second} agree in every record"))?,
            1 => print("1 difference")?,
            count => print(&format!("{count} differences"))?,
        }
    }
    Ok(if differences.is_empty() { Exit::AllWell } else { Exit::SomeFailed })
}

/// What a folder of a measurement holds; nothing for other folders.
fn measurement(folder: &Path) -> Result<Option<Measurement>, Failure> {
    let path = folder.join("measure.json");
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Failure::Input(format!("{}: {error}", path.display()))),
    };
    let read = serde_json::from_slice::<Measurement>(&bytes);
    let measurement = read.map_err(|error| Failure::Input(format!("{}: {error}", path.display())))?;
    if measurement.schema != SCHEMA {
        let found = measurement.schema;
        return Err(Failure::Input(format!("{}: this is {found:?}, not {SCHEMA:?}", path.display())));
    }
    Ok(Some(measurement))
}

fn measurements(arguments: &Arguments, first: &Measurement, second: &Measurement) -> Result<Exit, Failure> {
    let differences = compare(first, second);
    if arguments.json {
        print(&serde_json::to_string_pretty(&differences).unwrap_or_default())?;
    } else {
        let value = |value: Option<f64>| value.map_or_else(|| "nothing".to_owned(), show);
        for Comparison { checkpoint, what, first, second, beyond_doubt } in &differences {
            let doubt = match beyond_doubt {
                Some(true) => ", beyond the intervals",
                Some(false) => ", within the intervals",
                None => "",
            };
            print(&format!("{checkpoint}: {what}: {} against {}{doubt}", value(*first), value(*second)))?;
        }
        if differences.is_empty() {
            print("both measurements agree in every number")?;
        }
    }
    Ok(if differences.is_empty() { Exit::AllWell } else { Exit::SomeFailed })
}
