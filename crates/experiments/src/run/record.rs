//! What a task is, and what is written about it.

use saddlepoint_models::data::hexadecimal;
use std::fmt::{self, Display};
use std::str::FromStr;

use saddlepoint_models::device::{Backend, DeviceError, Precision};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::claim::AnyClaim;

/// What computed the networks of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Computer {
    /// Native loops.
    Native,
    /// burn, on this backend.
    Burn(Backend),
}

impl Computer {
    /// What computes the networks of a claim if this backend is named, or none is.
    pub fn of(claim: &dyn AnyClaim, backend: Option<Backend>) -> Self {
        match backend {
            None if claim.native() => Computer::Native,
            _ => Computer::Burn(backend.unwrap_or_default()),
        }
    }
}

impl Computer {
    /// The precision in which it runs networks where `wanted` is asked for.
    pub fn precision(self, wanted: Precision) -> Precision {
        match self {
            Computer::Native => wanted,
            Computer::Burn(backend) => backend.precision(wanted),
        }
    }
}

impl Display for Computer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Computer::Native => f.pad("native"),
            Computer::Burn(backend) => backend.fmt(f),
        }
    }
}

impl FromStr for Computer {
    type Err = DeviceError;

    fn from_str(text: &str) -> Result<Self, DeviceError> {
        if text == "native" { Ok(Computer::Native) } else { text.parse().map(Computer::Burn) }
    }
}

impl From<Computer> for String {
    fn from(computer: Computer) -> Self {
        computer.to_string()
    }
}

impl TryFrom<String> for Computer {
    type Error = DeviceError;

    fn try_from(text: String) -> Result<Self, DeviceError> {
        text.parse()
    }
}

/// Everything that a task's outcome may depend on; its hash is the task's key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    /// The claim's id.
    pub claim: String,
    /// The claim's version.
    pub version: u32,
    /// The task's parameters, its seed among them.
    pub task: Value,
    /// Precision of the claim's networks, if it has any.
    pub precision: Option<Precision>,
    /// What computes them, if it has any.
    pub backend: Option<Computer>,
    /// Checksums of the data sets that it reads.
    pub data: Vec<String>,
}

impl Identity {
    /// The content key: the first 128 bits of the SHA-256 of the identity in canonical JSON, in hexadecimal.
    pub fn key(&self) -> String {
        let value = serde_json::to_value(self).unwrap_or(Value::Null);
        let mut text = String::new();
        canonical(&value, &mut text);
        hexadecimal(&Sha256::digest(text.as_bytes())[..16])
    }

    /// What differs from another identity of the same task, in words.
    pub fn changes_since(&self, older: &Identity) -> String {
        let mut changes = Vec::new();
        if self.version != older.version {
            changes.push(format!("claim version {} → {}", older.version, self.version));
        }
        if self.backend != older.backend {
            changes.push(format!("backend {} → {}", or_none(older.backend), or_none(self.backend)));
        }
        if self.precision != older.precision {
            changes.push(format!("precision {} → {}", or_none(older.precision), or_none(self.precision)));
        }
        if self.data != older.data {
            changes.push("data changed".into());
        }
        changes.join(", ")
    }
}

fn or_none<T: std::fmt::Display>(value: Option<T>) -> String {
    value.map_or_else(|| "none".into(), |value| value.to_string())
}

/// One finished task. Holds nothing that differs between two runs of the same task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The task's key.
    pub key: String,
    /// What the task is.
    #[serde(flatten)]
    pub identity: Identity,
    /// What it measured.
    pub outcome: Value,
    /// SHA-256 of the outcome: a damaged record is recognized.
    pub checksum: String,
}

impl Record {
    /// The record of an outcome.
    pub fn new(identity: Identity, outcome: Value) -> Self {
        Self { key: identity.key(), checksum: checksum(&outcome), identity, outcome }
    }

    /// Whether key and checksum are those of the content.
    pub fn is_sound(&self) -> bool {
        self.key == self.identity.key() && self.checksum == checksum(&self.outcome)
    }
}

fn checksum(value: &Value) -> String {
    let mut text = String::new();
    canonical(value, &mut text);
    hexadecimal(&Sha256::digest(text.as_bytes()))
}

/// JSON with sorted keys and no spaces, whatever order a map is kept in.
fn canonical(value: &Value, text: &mut String) {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            text.push('{');
            for (index, (key, value)) in entries.into_iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                text.push_str(&Value::String(key.clone()).to_string());
                text.push(':');
                canonical(value, text);
            }
            text.push('}');
        }
        Value::Array(values) => {
            text.push('[');
            for (index, value) in values.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                canonical(value, text);
            }
            text.push(']');
        }
        plain => text.push_str(&plain.to_string()),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;

    pub(in crate::run) fn identity(task: Value) -> Identity {
        Identity { claim: "some-claim".into(), version: 1, task, precision: None, backend: None, data: vec![] }
    }

    #[test]
    fn the_key_depends_on_every_part_and_not_on_the_order_of_a_map() {
        let one = identity(json!({"a": 1, "b": [1.5, null]}));
        let same: Value = serde_json::from_str(r#"{"b": [1.5, null], "a": 1}"#).unwrap();
        assert_eq!(one.key(), identity(same).key());
        let others = [
            identity(json!({"a": 2, "b": [1.5, null]})),
            Identity { version: 2, ..one.clone() },
            Identity { backend: Some(Computer::Burn(Backend::Flex)), ..one.clone() },
            Identity { backend: Some(Computer::Native), ..one.clone() },
            Identity { precision: Some(Precision::F32), ..one.clone() },
            Identity { data: vec!["x".into()], ..one.clone() },
            Identity { claim: "other-claim".into(), ..one.clone() },
        ];
        for other in others {
            assert_ne!(one.key(), other.key());
        }
    }

    #[test]
    fn what_computed_reads_back_under_its_plain_name() {
        for (computer, name) in [(Computer::Native, "native"), (Computer::Burn(Backend::Wgpu), "wgpu")] {
            assert_eq!(serde_json::to_value(computer).unwrap(), json!(name));
            assert_eq!(serde_json::from_value::<Computer>(json!(name)).unwrap(), computer);
        }
        assert!(serde_json::from_value::<Computer>(json!("abacus")).is_err());
    }

    #[test]
    fn a_changed_outcome_is_noticed() {
        let mut record = Record::new(identity(json!(1)), json!({"loss": 0.25}));
        assert!(record.is_sound());
        record.outcome = json!({"loss": 0.2});
        assert!(!record.is_sound());
    }

    #[test]
    fn changes_are_named() {
        let old = identity(json!(1));
        let new = Identity { version: 3, backend: Some(Computer::Burn(Backend::Flex)), ..old.clone() };
        assert_eq!(new.changes_since(&old), "claim version 1 → 3, backend none → flex");
    }
}
