//! The settings of a node.

use super::host::Host;
use super::proto;

/// The attributes of a node, with the edition of its operators.
pub(super) struct Attributes<'a> {
    pub(super) all: &'a [proto::Attribute],
    pub(super) opset: i64,
}

impl<'a> Attributes<'a> {
    fn find(&self, name: &str) -> Option<&'a proto::Attribute> {
        self.all.iter().find(|attribute| attribute.name == name)
    }

    /// An integer; if it is not stated, its default.
    pub(super) fn int(&self, name: &str, default: i64) -> i64 {
        self.find(name).map_or(default, |attribute| attribute.i)
    }

    /// A truth value, stored as an integer.
    pub(super) fn flag(&self, name: &str, default: bool) -> bool {
        self.int(name, i64::from(default)) != 0
    }

    /// A number; if it is not stated, its default.
    pub(super) fn float(&self, name: &str, default: f64) -> f64 {
        self.find(name).map_or(default, |attribute| shortest(attribute.f))
    }

    /// A list of integers.
    pub(super) fn ints(&self, name: &str) -> Option<&'a [i64]> {
        self.find(name).map(|attribute| attribute.ints.as_slice())
    }

    /// A word; if it is not stated, its default.
    pub(super) fn text(&self, name: &str, default: &'static str) -> Result<&'a str, String> {
        self.find(name).map_or(Ok(default), |attribute| {
            std::str::from_utf8(&attribute.s).map_err(|_| format!("has an attribute `{name}` that is no text"))
        })
    }

    /// The value of a constant, in whichever of its forms.
    pub(super) fn constant(&self) -> Result<Host, String> {
        let known = |name| self.find(name);
        if let Some(tensor) = known("value").and_then(|attribute| attribute.t.as_ref()) {
            return Host::stored(tensor, None);
        }
        if let Some(attribute) = known("value_float") {
            return Ok(Host::number(f64::from(attribute.f)));
        }
        if let Some(attribute) = known("value_int") {
            return Ok(Host::integers(vec![attribute.i]).reshaped(vec![]));
        }
        if let Some(attribute) = known("value_ints") {
            return Ok(Host::integers(attribute.ints.clone()));
        }
        if let Some(attribute) = known("value_floats") {
            let floats: Vec<f64> = attribute.floats.iter().map(|&x| f64::from(x)).collect();
            return Ok(Host { shape: vec![floats.len()], numbers: super::host::Numbers::Float(floats) });
        }
        Err("is a constant whose value is of a kind that is not read".to_owned())
    }

    /// The tensor of an attribute.
    pub(super) fn tensor(&self, name: &str) -> Result<Option<Host>, String> {
        self.find(name).and_then(|attribute| attribute.t.as_ref()).map(|t| Host::stored(t, None)).transpose()
    }
}

/// What a binary32 attribute was before it was rounded: the decimal number that a person wrote, as 1e-5 or 0.1. In f64 the
/// network then computes what its author meant, and what PyTorch computes in f64.
fn shortest(rounded: f32) -> f64 {
    format!("{rounded:e}").parse().unwrap_or(f64::from(rounded))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rounded_decimal_is_the_decimal() {
        for decimal in [1e-5, 0.1, 0.01, 1.0, 0.0, 3.5, 1.6732632423543772] {
            let read = shortest(decimal as f32);
            assert!((read - decimal).abs() <= 1e-7 * decimal, "{decimal} is read as {read}");
        }
        assert_eq!(shortest(1e-5), 1e-5);
        assert_eq!(shortest(0.1), 0.1);
    }
}
