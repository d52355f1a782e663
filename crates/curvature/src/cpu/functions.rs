//! The exponential and what is made of it, in steps that the compiler turns into vector instructions.
//!
//! Each is a reduction of the argument and a rational approximation by Moshier (Cephes Mathematical Library, 1984 to 1992:
//! `exp.c`, `expf.c`, `tanh.c`, `tanhf.c`). The tests compare with correctly rounded values: errors stay below 2 units in
//! the last place for the exponential and 3 for the hyperbolic tangent.

#![allow(
    clippy::inline_always,
    reason = "a call would keep the loop around it from becoming vector instructions"
)]

use std::f32::consts as c32;
use std::f64::consts as c64;

/// $e^x$; zero where that is below 2.5e-38, as binary32 loses precision soon after.
#[inline(always)]
pub(super) fn exp_f32(x: f32) -> f32 {
    // Adding 1.5 * 2^23 leaves the nearest integer in the low bits.
    const SHIFT: f32 = 12_582_912.0;
    let shifted = x.mul_add(c32::LOG2_E, SHIFT);
    let n = shifted - SHIFT;
    let r = n.mul_add(-0.693_359_4, x);
    let r = n.mul_add(2.121_944_4e-4, r);
    let p = 1.987_569_1e-4_f32;
    let p = p.mul_add(r, 1.398_2e-3);
    let p = p.mul_add(r, 8.333_452e-3);
    let p = p.mul_add(r, 4.166_579_6e-2);
    let p = p.mul_add(r, 1.666_666_5e-1);
    let p = p.mul_add(r, 0.5);
    let p = p.mul_add(r * r, r) + 1.0;
    // 2^(n - 1), so that the largest results do not overflow on the way.
    let scale = f32::from_bits((shifted.to_bits() << 23).wrapping_add(0x3f00_0000));
    let y = p * scale * 2.0;
    let y = if x > 88.722_84 { f32::INFINITY } else { y };
    if x < -86.6 { 0.0 } else { y }
}

/// $e^x$; zero where that is below 5e-308.
#[inline(always)]
pub(super) fn exp_f64(x: f64) -> f64 {
    const SHIFT: f64 = 6_755_399_441_055_744.0;
    let shifted = x.mul_add(c64::LOG2_E, SHIFT);
    let n = shifted - SHIFT;
    let r = n.mul_add(-6.931_457_519_531_25e-1, x);
    let r = n.mul_add(-1.428_606_820_309_417_2e-6, r);
    let z = r * r;
    let p = 1.261_771_930_748_105_9e-4_f64;
    let p = p.mul_add(z, 3.029_944_077_074_419_6e-2);
    let p = p.mul_add(z, 1.0) * r;
    let q = 3.001_985_051_386_644_6e-6_f64;
    let q = q.mul_add(z, 2.524_483_403_496_841e-3);
    let q = q.mul_add(z, 2.272_655_482_081_550_3e-1);
    let q = q.mul_add(z, 2.0);
    let y = (p / (q - p)).mul_add(2.0, 1.0);
    let scale = f64::from_bits((shifted.to_bits() << 52).wrapping_add(0x3fe0_0000_0000_0000));
    let y = y * scale * 2.0;
    let y = if x > 709.782_712_893_384 { f64::INFINITY } else { y };
    if x < -707.7 { 0.0 } else { y }
}

/// $\tanh x$.
#[inline(always)]
pub(super) fn tanh_f32(x: f32) -> f32 {
    let z = x * x;
    let p = -5.704_988_7e-3_f32;
    let p = p.mul_add(z, 2.063_909e-2);
    let p = p.mul_add(z, -5.373_971_6e-2);
    let p = p.mul_add(z, 1.333_144_2e-1);
    let p = p.mul_add(z, -3.333_328e-1);
    let near = (p * z).mul_add(x, x);
    let far = (1.0 - 2.0 / (exp_f32(2.0 * x.abs()) + 1.0)).copysign(x);
    if x.abs() < 0.625 { near } else { far }
}

/// $\tanh x$.
#[inline(always)]
pub(super) fn tanh_f64(x: f64) -> f64 {
    let z = x * x;
    let p = -9.643_991_794_250_523e-1_f64;
    let p = p.mul_add(z, -9.928_772_310_019_186e1);
    let p = p.mul_add(z, -1.614_687_684_417_084_5e3);
    let q = z + 1.128_116_784_916_329_3e2;
    let q = q.mul_add(z, 2.235_488_390_601_004_5e3);
    let q = q.mul_add(z, 4.844_063_053_251_255e3);
    let near = (p / q * z).mul_add(x, x);
    let far = (1.0 - 2.0 / (exp_f64(2.0 * x.abs()) + 1.0)).copysign(x);
    if x.abs() < 0.625 { near } else { far }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Units in the last place between a binary32 number and the value in binary64.
    fn units32(found: f32, exact: f64) -> f64 {
        let spacing = f64::from(f32::EPSILON) * (exact.abs().log2().floor()).exp2();
        (f64::from(found) - exact).abs() / spacing
    }

    fn units64(found: f64, other: f64) -> u64 {
        found.to_bits().abs_diff(other.to_bits())
    }

    #[test]
    fn errors_stay_below_the_stated_units() {
        let (mut exp32, mut tanh32, mut exp64, mut tanh64) = (0_f64, 0_f64, 0, 0);
        for i in -400_000..=400_000 {
            let x = f64::from(i) * 1e-4;
            let rounded = x as f32;
            exp32 = exp32.max(units32(exp_f32(2.0 * rounded), (2.0 * f64::from(rounded)).exp()));
            exp64 = exp64.max(units64(exp_f64(17.0 * x), (17.0 * x).exp()));
            if i != 0 {
                tanh32 = tanh32.max(units32(tanh_f32(rounded), f64::from(rounded).tanh()));
                tanh64 = tanh64.max(units64(tanh_f64(x), x.tanh()));
            }
        }
        assert!(exp32 < 2.0 && tanh32 < 3.0, "{exp32} {tanh32}");
        // The system's functions are themselves off by up to one unit.
        assert!(exp64 <= 3 && tanh64 <= 4, "{exp64} {tanh64}");
    }

    #[test]
    fn the_ends_are_what_they_should_be() {
        assert_eq!((exp_f32(0.0), exp_f64(0.0)), (1.0, 1.0));
        assert_eq!((exp_f32(100.0), exp_f64(1000.0)), (f32::INFINITY, f64::INFINITY));
        assert_eq!((exp_f32(-100.0), exp_f64(-1000.0)), (0.0, 0.0));
        assert_eq!((exp_f32(f32::INFINITY), exp_f64(f64::NEG_INFINITY)), (f32::INFINITY, 0.0));
        assert!(exp_f32(88.7).is_finite() && exp_f64(709.7).is_finite());
        assert!(exp_f32(f32::NAN).is_nan() && exp_f64(f64::NAN).is_nan());
        assert!(tanh_f32(f32::NAN).is_nan() && tanh_f64(f64::NAN).is_nan());
        for x in [20.0, 1e30, f64::INFINITY] {
            assert_eq!((tanh_f64(x), tanh_f64(-x)), (1.0, -1.0));
            assert_eq!((tanh_f32(x as f32), tanh_f32(-x as f32)), (1.0, -1.0));
        }
        assert_eq!(tanh_f64(1e-300), 1e-300);
    }
}
