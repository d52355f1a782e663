//! Reads a part of a data set and says what is in it.
//!
//! ```text
//! cargo run -p saddlepoint-models --example read_data -- digits
//! cargo run -p saddlepoint-models --example read_data -- mnist path/to/data
//! ```

use std::error::Error;

use saddlepoint_models::data::{DataFolder, DataSet, Part};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_else(|| "digits".to_owned());
    let folder = DataFolder::new(arguments.next().map(Into::into));
    let set = DataSet::ALL.into_iter().find(|set| set.to_string() == name);
    let set = set.ok_or_else(|| format!("no data set is called {name}"))?;

    let samples = folder.load(set, Part::Test)?;
    let (labels, classes) = samples.labels()?;
    println!("{set}: {} inputs of shape {:?}, {classes} classes", samples.len(), samples.shape());
    for class in 0..classes {
        println!("  class {class}: {}", labels.iter().filter(|&&label| label == class).count());
    }
    println!("checksum {}", set.checksum());
    Ok(())
}
