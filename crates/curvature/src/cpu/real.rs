//! The two precisions, and the functions of one number.
#![allow(
    clippy::inline_always,
    reason = "a call would keep the loop around it from becoming vector instructions"
)]

use num_traits::{Float, NumAssign};

use super::functions;
use crate::rules::Unary;

/// IEEE binary32 or binary64.
pub(crate) trait Real: Float + NumAssign + Default + Send + Sync + 'static + std::iter::Sum {
    fn of(x: f64) -> Self;
    fn to(self) -> f64;
    fn erf(self) -> Self;
    /// $e^x$, to 2 units in the last place.
    fn exponential(self) -> Self;
    /// $\tanh x$, to 3 units in the last place.
    fn hyperbolic_tangent(self) -> Self;
}

impl Real for f32 {
    fn of(x: f64) -> Self {
        x as f32
    }

    fn to(self) -> f64 {
        f64::from(self)
    }

    fn erf(self) -> Self {
        libm::erff(self)
    }

    #[inline(always)]
    fn exponential(self) -> Self {
        functions::exp_f32(self)
    }

    #[inline(always)]
    fn hyperbolic_tangent(self) -> Self {
        functions::tanh_f32(self)
    }
}

impl Real for f64 {
    fn of(x: f64) -> Self {
        x
    }

    fn to(self) -> f64 {
        self
    }

    fn erf(self) -> Self {
        libm::erf(self)
    }

    #[inline(always)]
    fn exponential(self) -> Self {
        functions::exp_f64(self)
    }

    #[inline(always)]
    fn hyperbolic_tangent(self) -> Self {
        functions::tanh_f64(self)
    }
}

/// $1 / (1 + e^{-x})$.
#[inline(always)]
fn sigmoid<T: Real>(x: T) -> T {
    T::one() / (T::one() + (-x).exponential())
}

/// Writes `f(x)` for each entry.
pub(crate) fn apply<T: Real>(f: Unary, x: &[T], out: &mut [T]) {
    let each = |out: &mut [T], f: &dyn Fn(T) -> T| out.iter_mut().zip(x).for_each(|(y, &x)| *y = f(x));
    match f {
        Unary::Exp => entries(x, out, T::exponential),
        Unary::Log => each(out, &T::ln),
        Unary::Log1p => each(out, &T::ln_1p),
        Unary::Sqrt => entries(x, out, T::sqrt),
        Unary::Sin => each(out, &T::sin),
        Unary::Cos => each(out, &T::cos),
        Unary::Tanh => entries(x, out, T::hyperbolic_tangent),
        Unary::Erf => each(out, &T::erf),
        Unary::Recip => entries(x, out, T::recip),
        Unary::Abs => entries(x, out, T::abs),
        Unary::Sign => entries(x, out, |x| {
            if x > T::zero() {
                T::one()
            } else if x < T::zero() {
                -T::one()
            } else {
                x
            }
        }),
        Unary::Relu => entries(x, out, |x| if x < T::zero() { T::zero() } else { x }),
        Unary::Sigmoid => entries(x, out, sigmoid),
        Unary::LogSigmoid => each(out, &|x| x.min(T::zero()) - (-x.abs()).exponential().ln_1p()),
        Unary::Power(2.0) => entries(x, out, |x| x * x),
        Unary::Power(p) => each(out, &|x| x.powf(T::of(p))),
        Unary::Add(c) => entries(x, out, |x| x + T::of(c)),
        Unary::Scale(c) => entries(x, out, |x| x * T::of(c)),
        Unary::Divide(c) => entries(x, out, |x| x / T::of(c)),
        Unary::Clamp(min, max) => entries(x, out, |x| {
            if x < T::of(min) {
                T::of(min)
            } else if x > T::of(max) {
                T::of(max)
            } else {
                x
            }
        }),
    }
}

/// A loop that the compiler turns into vector instructions.
#[inline]
fn entries<T: Real>(x: &[T], out: &mut [T], f: impl Fn(T) -> T) {
    out.iter_mut().zip(x).for_each(|(y, &x)| *y = f(x));
}
