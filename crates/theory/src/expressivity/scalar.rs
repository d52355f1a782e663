//! The numbers that networks built by hand are evaluated in.

use std::ops::{Add, Div, Mul, Sub};

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::ToPrimitive;

/// A field with an order: `f32`, `f64`, or exact rationals, which are the oracle of the other two.
pub trait Scalar:
    Clone + PartialOrd + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self>
{
    /// An integer.
    fn integer(value: i32) -> Self;

    /// False for NaN and infinities.
    fn is_number(&self) -> bool;

    /// The nearest f64, or close to it.
    fn to_f64(&self) -> f64;

    /// `max(0, x)`. NaN stays NaN.
    #[must_use]
    fn relu(self) -> Self {
        if self < Self::integer(0) { Self::integer(0) } else { self }
    }
}

impl Scalar for f64 {
    fn integer(value: i32) -> Self {
        value.into()
    }

    fn is_number(&self) -> bool {
        self.is_finite()
    }

    fn to_f64(&self) -> f64 {
        *self
    }
}

impl Scalar for f32 {
    fn integer(value: i32) -> Self {
        value as f32
    }

    fn is_number(&self) -> bool {
        self.is_finite()
    }

    fn to_f64(&self) -> f64 {
        (*self).into()
    }
}

impl Scalar for BigRational {
    fn integer(value: i32) -> Self {
        Self::from_integer(BigInt::from(value))
    }

    fn is_number(&self) -> bool {
        true
    }

    fn to_f64(&self) -> f64 {
        ToPrimitive::to_f64(self).unwrap_or(f64::NAN)
    }
}
