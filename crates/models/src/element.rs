//! How numbers are written in files of networks: their types, and what little-endian bytes say.

use crate::onnx::Numbers;

/// The types of numbers that networks hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Element {
    Float,
    Uint8,
    Int8,
    Uint16,
    Int16,
    Int32,
    Int64,
    Bool,
    Half,
    Double,
    Uint32,
    Uint64,
    Brain,
}

impl Element {
    /// The type of an ONNX code.
    pub(crate) fn of_onnx(code: i32) -> Result<Self, String> {
        Ok(match code {
            1 => Self::Float,
            2 => Self::Uint8,
            3 => Self::Int8,
            4 => Self::Uint16,
            5 => Self::Int16,
            6 => Self::Int32,
            7 => Self::Int64,
            9 => Self::Bool,
            10 => Self::Half,
            11 => Self::Double,
            12 => Self::Uint32,
            13 => Self::Uint64,
            16 => Self::Brain,
            _ => {
                return Err(format!(
                    "holds numbers of the ONNX type {code}; float, double, half, bfloat16, integers and booleans are \
                     read"
                ));
            }
        })
    }

    /// Bytes of one number.
    pub(crate) fn bytes(self) -> usize {
        match self {
            Self::Uint8 | Self::Int8 | Self::Bool => 1,
            Self::Uint16 | Self::Int16 | Self::Half | Self::Brain => 2,
            Self::Float | Self::Int32 | Self::Uint32 => 4,
            Self::Int64 | Self::Double | Self::Uint64 => 8,
        }
    }

    /// What little-endian bytes say; bytes that are left over are dropped, which the count then shows.
    pub(crate) fn read(self, bytes: &[u8]) -> Numbers {
        fn each<const N: usize, T>(bytes: &[u8], number: impl Fn([u8; N]) -> T) -> Vec<T> {
            bytes.as_chunks::<N>().0.iter().map(|&chunk| number(chunk)).collect()
        }
        match self {
            Self::Float => Numbers::Float(each(bytes, |b| f64::from(f32::from_le_bytes(b)))),
            Self::Double => Numbers::Float(each(bytes, f64::from_le_bytes)),
            Self::Half => Numbers::Float(each(bytes, |b| half(u16::from_le_bytes(b)))),
            Self::Brain => Numbers::Float(each(bytes, |b| brain(u16::from_le_bytes(b)))),
            Self::Bool => Numbers::Bool(bytes.iter().map(|&b| b != 0).collect()),
            Self::Uint8 => Numbers::Int(bytes.iter().map(|&b| i64::from(b)).collect()),
            Self::Int8 => Numbers::Int(each(bytes, |b| i64::from(i8::from_le_bytes(b)))),
            Self::Uint16 => Numbers::Int(each(bytes, |b| i64::from(u16::from_le_bytes(b)))),
            Self::Int16 => Numbers::Int(each(bytes, |b| i64::from(i16::from_le_bytes(b)))),
            Self::Int32 => Numbers::Int(each(bytes, |b| i64::from(i32::from_le_bytes(b)))),
            Self::Uint32 => Numbers::Int(each(bytes, |b| i64::from(u32::from_le_bytes(b)))),
            Self::Int64 => Numbers::Int(each(bytes, i64::from_le_bytes)),
            Self::Uint64 => Numbers::Int(each(bytes, |b| u64::from_le_bytes(b) as i64)),
        }
    }
}

/// A binary16 number.
pub(crate) fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f64::from(bits & 0x3ff));
    sign * match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * 2f64.powi(exponent - 25),
    }
}

/// A bfloat16 number: the upper half of a binary32 one.
pub(crate) fn brain(bits: u16) -> f64 {
    f64::from(f32::from_bits(u32::from(bits) << 16))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrow_numbers_widen_exactly() {
        for (bits, value) in
            [(0x3c00, 1.0), (0xc000, -2.0), (0x0001, 2f64.powi(-24)), (0x7bff, 65504.0), (0, 0.0)]
        {
            assert_eq!(half(bits), value);
        }
        assert!(half(0x7c00).is_infinite() && half(0x7e00).is_nan());
        assert_eq!(brain(0x3f80), 1.0);
        assert_eq!(brain(0xc049), -3.140625);
    }
}
