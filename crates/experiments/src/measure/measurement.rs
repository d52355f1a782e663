//! All that is measured of a network, as it is written to `measure.json`; and how two such files differ.

use saddlepoint_models::device::{Backend, Precision};
use serde::{Deserialize, Serialize};

use super::quantity::{Findings, Quantity};
use super::subject::Settings;

/// The name and version of the file's form.
pub const SCHEMA: &str = "saddlepoint-measure/1";

/// The content of `measure.json`. It holds no time, host or path: the same measurement gives the same bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// [`SCHEMA`].
    pub schema: String,
    /// The program that wrote it, with its version.
    pub program: String,
    /// The network.
    pub network: NetworkCard,
    /// The data, the training data first.
    pub data: Vec<DataCard>,
    /// How it was measured.
    pub settings: SettingsCard,
    /// The network at each moment, in the order in which they were given.
    pub checkpoints: Vec<Checkpoint>,
}

/// Which network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkCard {
    /// The file's name, without its folder.
    pub file: String,
    /// What wrote the file.
    pub producer: String,
    /// The version of the set of operators.
    pub opset: i64,
    /// The number of parameters, all entries counted.
    pub parameters: usize,
    /// The SHA-256 of the file.
    pub sha256: String,
}

/// Which data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataCard {
    /// `train` or `test`.
    pub role: String,
    /// The name of the file or folder, without the folder that it is in.
    pub file: String,
    /// The number of examples.
    pub examples: usize,
    /// The shape of one input.
    pub shape: Vec<usize>,
    /// The checksum of the numbers.
    pub checksum: String,
}

/// How it was measured, as words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsCard {
    /// The loss.
    pub loss: String,
    /// The precision in which the network ran.
    pub precision: String,
    /// The backend on which it ran.
    pub backend: String,
    /// Examples at a time.
    pub batch: usize,
    /// Seed of all draws.
    pub seed: u64,
}

impl SettingsCard {
    /// Settings as words.
    pub fn new(settings: Settings, precision: Precision, backend: Backend) -> Self {
        let loss = serde_json::to_value(settings.loss).ok();
        let loss = loss.and_then(|loss| loss.as_str().map(ToOwned::to_owned)).unwrap_or_default();
        let (precision, backend) = (precision.to_string(), backend.to_string());
        Self { loss, precision, backend, batch: settings.batch, seed: settings.seed }
    }
}

/// The network at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Its name: that of the file of weights, or of the network.
    pub name: String,
    /// What each instrument found, in their order.
    pub parts: Vec<Part>,
}

/// What one instrument found, or why it found nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// The instrument's name.
    pub instrument: String,
    /// Its title.
    pub title: String,
    /// What it found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub findings: Option<Findings>,
    /// Why it could not measure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

impl Checkpoint {
    /// All quantities with the instrument that measured them.
    pub fn quantities(&self) -> impl Iterator<Item = (&str, &Quantity)> {
        self.parts.iter().flat_map(|part| {
            let quantities = part.findings.iter().flat_map(|findings| &findings.quantities);
            quantities.map(|quantity| (part.instrument.as_str(), quantity))
        })
    }
}

/// A number of which two measurements have different values, or only one has any.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// The checkpoint's name.
    pub checkpoint: String,
    /// The instrument, the quantity and the part that it is of.
    pub what: String,
    /// The value in the first.
    pub first: Option<f64>,
    /// The value in the second.
    pub second: Option<f64>,
    /// Whether the intervals of both exclude each other; nothing is said of numbers without intervals.
    pub beyond_doubt: Option<bool>,
}

/// What differs between two measurements. Checkpoints are matched by name, or by place where no names agree.
pub fn compare(first: &Measurement, second: &Measurement) -> Vec<Comparison> {
    let shared = |c: &Checkpoint| second.checkpoints.iter().any(|other| other.name == c.name);
    let by_name = first.checkpoints.iter().any(shared);
    let mut found = Vec::new();
    for (at, checkpoint) in first.checkpoints.iter().enumerate() {
        let other = if by_name {
            second.checkpoints.iter().find(|other| other.name == checkpoint.name)
        } else {
            second.checkpoints.get(at)
        };
        found.extend(differences(checkpoint, other));
    }
    found
}

fn differences(first: &Checkpoint, second: Option<&Checkpoint>) -> Vec<Comparison> {
    let key = |(instrument, q): &(&str, &Quantity)| ((*instrument).to_owned(), q.name.clone(), q.of.clone());
    let others: Vec<(&str, &Quantity)> = second.map(|c| c.quantities().collect()).unwrap_or_default();
    let line = |(instrument, q): (&str, &Quantity), first: Option<&Quantity>, second: Option<&Quantity>| {
        let of = if q.of.is_empty() { String::new() } else { format!(" of {}", q.of) };
        let apart = |a: &Quantity, b: &Quantity| -> Option<bool> {
            let ((a_low, a_high), (b_low, b_high)) = (a.ends()?, b.ends()?);
            Some(a_high < b_low || b_high < a_low)
        };
        (format!("{instrument}: {}{of}", q.name), first.zip(second).and_then(|(a, b)| apart(a, b)))
    };
    let mut found = Vec::new();
    let mut push = |which: (&str, &Quantity), a: Option<&Quantity>, b: Option<&Quantity>| {
        let (what, beyond_doubt) = line(which, a, b);
        let (first_value, second_value) = (a.map(|q| q.value), b.map(|q| q.value));
        if first_value.map(f64::to_bits) != second_value.map(f64::to_bits) {
            found.push(Comparison {
                checkpoint: first.name.clone(),
                what,
                first: first_value,
                second: second_value,
                beyond_doubt,
            });
        }
    };
    for entry in first.quantities() {
        let same = others.iter().find(|other| key(other) == key(&entry)).map(|(_, q)| *q);
        push(entry, Some(entry.1), same);
    }
    for &entry in &others {
        if !first.quantities().any(|known| key(&known) == key(&entry)) {
            push(entry, None, Some(entry.1));
        }
    }
    found
}
