//! JSON has no infinity and no NaN, records need both: non-finite numbers are written as words.
//!
//! Use it as `#[serde(with = "crate::number")]` on an `f64` field, `crate::number::list` on a `Vec<f64>`.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Finite(f64),
    Word(String),
}

impl From<f64> for Written {
    fn from(value: f64) -> Self {
        if value.is_finite() { Written::Finite(value) } else { Written::Word(value.to_string()) }
    }
}

impl Written {
    fn read<E: serde::de::Error>(self) -> Result<f64, E> {
        match self {
            Written::Finite(value) => Ok(value),
            Written::Word(word) => match word.as_str() {
                "inf" => Ok(f64::INFINITY),
                "-inf" => Ok(f64::NEG_INFINITY),
                "NaN" => Ok(f64::NAN),
                _ => Err(E::custom(format!("{word:?} is no number; expected inf, -inf or NaN"))),
            },
        }
    }
}

/// Writes a finite number as a number and `inf`, `-inf`, `NaN` as strings.
///
/// # Errors
/// Whatever the serializer reports.
pub fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    Written::from(*value).serialize(serializer)
}

/// Reads what [`serialize`] wrote, to the last bit for finite numbers.
///
/// # Errors
/// When the value is neither a number nor one of the three words.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Written::deserialize(deserializer)?.read()
}

/// The same for lists of numbers.
pub mod list {
    use super::{Deserialize, Deserializer, Serialize, Serializer, Written};

    /// Writes each number as [`super::serialize`] does.
    ///
    /// # Errors
    /// Whatever the serializer reports.
    pub fn serialize<S: Serializer>(values: &[f64], serializer: S) -> Result<S::Ok, S::Error> {
        values.iter().map(|&value| Written::from(value)).collect::<Vec<_>>().serialize(serializer)
    }

    /// Reads what [`serialize`] wrote.
    ///
    /// # Errors
    /// When an entry is neither a number nor one of the three words.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f64>, D::Error> {
        Vec::<Written>::deserialize(deserializer)?.into_iter().map(Written::read).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize)]
    struct Pair {
        #[serde(with = "super")]
        one: f64,
        #[serde(with = "super::list")]
        many: Vec<f64>,
    }

    #[test]
    fn every_kind_of_number_survives_a_round_trip() {
        let many = vec![0.1, -0.0, f64::INFINITY, f64::NEG_INFINITY, 5e-324];
        let text = serde_json::to_string(&Pair { one: f64::NAN, many: many.clone() }).unwrap();
        let back: Pair = serde_json::from_str(&text).unwrap();
        assert!(back.one.is_nan());
        let bits = |list: &[f64]| list.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&back.many), bits(&many));
    }

    #[test]
    fn another_word_is_refused() {
        let error = serde_json::from_str::<Pair>(r#"{"one":"huge","many":[]}"#).err().unwrap();
        assert!(error.to_string().contains("huge"), "{error}");
    }
}
