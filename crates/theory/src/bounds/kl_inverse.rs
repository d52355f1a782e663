//! The binary Kullback-Leibler divergence and its inverse from above.
//!
//! For independent losses in `[0, 1]` with mean `p`, the observed mean `q` satisfies
//! `P(q < p and kl(q‖p) > c) ≤ e^(−nc)`: Chernoff's bound. Turned around, `p ≤ kl⁻¹(q, c)`, which is what
//! test-set and PAC-Bayes bounds end in.

use std::cmp::Ordering;

use saddlepoint_rigor::{Down, Interval, IntervalError, Nearest, Rounding, Up};

use crate::quantity::{Divergence, Risk};

/// Bounds of `kl(q‖p)`, in nats.
///
/// # Formula
/// `kl(q‖p) = q ln(q/p) + (1 − q) ln((1 − q)/(1 − p))`, with `0 ln 0 = 0`.
///
/// # Errors
/// When the divergence is infinite, because `p` is 0 or 1 and `q` is not: no interval contains it.
///
/// # Reference
/// Cover and Thomas, *Elements of Information Theory*, 2nd edition 2006, equation 2.26, for two laws on `{0, 1}`.
///
/// # Example
/// ```
/// use saddlepoint_theory::bounds::kl_inverse::divergence;
/// use saddlepoint_theory::quantity::Risk;
///
/// let kl = divergence(Risk::new(0.5)?, Risk::new(0.25)?)?;
/// assert!(kl.contains(0.14384103622589045) && kl.width() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn divergence(q: Risk, p: Risk) -> Result<Interval, IntervalError> {
    let (q, p) = (q.get(), p.get());
    Interval::new(bound::<Down>(q, p).max(0.0), bound::<Up>(q, p))
}

/// The largest `p` with `kl(q‖p) ≤ c`, rounded up: never below the true inverse, and within a few floats of it.
///
/// # Formula
/// `kl⁻¹(q, c) = sup { p ∈ [q, 1] : kl(q‖p) ≤ c }`
///
/// The returned `p` satisfies `kl(q‖p) ≥ c` by a bound of `kl` from below, and its predecessor does not; since
/// `kl(q‖·)` increases on `[q, 1]`, no `p` above the returned one is feasible.
///
/// # Reference
/// Langford, Tutorial on practical prediction theory for classification, JMLR 6, 2005, section 3;
/// Seeger, PAC-Bayesian generalisation error bounds for Gaussian process classification, JMLR 3, 2002.
///
/// # Example
/// ```
/// use saddlepoint_theory::bounds::kl_inverse::upper_inverse;
/// use saddlepoint_theory::quantity::{Divergence, Risk};
///
/// let p = upper_inverse(Risk::ZERO, Divergence::new(0.01)?);
/// assert!(p.get() >= -(-0.01f64).exp_m1() && p.get() < 0.00995016625083196);
/// # Ok::<(), saddlepoint_theory::quantity::QuantityError>(())
/// ```
pub fn upper_inverse(q: Risk, c: Divergence) -> Risk {
    let (q, c) = (q.get(), c.get());
    if c == 0.0 || q == 1.0 {
        return Risk::clamped(q);
    }
    if q.next_up() == 1.0 {
        return Risk::ONE;
    }
    let certified = |p: u64| bound::<Down>(q, f64::from_bits(p)) >= c;
    let p = first_certified(q.to_bits(), 1f64.to_bits(), guess(q, c).to_bits(), certified);
    Risk::clamped(f64::from_bits(p))
}

/// Pinsker's relaxation of the inverse, rounded up; above 1 it says nothing.
///
/// # Formula
/// `kl⁻¹(q, c) ≤ q + √(c/2)`
///
/// # Reference
/// Cover and Thomas 2006, lemma 11.6.1: `kl(q‖p) ≥ 2(p − q)²`.
pub fn pinsker(q: Risk, c: Divergence) -> f64 {
    Up::add(q.get(), Up::sqrt(Up::div(c.get(), 2.0)))
}

/// The relaxation that is fast for small risks, rounded up; above 1 it says nothing.
///
/// # Formula
/// `kl⁻¹(q, c) ≤ q + √(2qc) + 2c`
///
/// # Reference
/// Taylor's theorem: `kl(q‖p) ≥ (p − q)²/2p` for `q < p`, because the second derivative of `x ↦ kl(x‖p)` is at least `1/p`
/// between them. The rest is a quadratic inequality in `√p`, and `√(a + b) ≤ √a + √b`.
pub fn fast_rate(q: Risk, c: Divergence) -> f64 {
    let (q, c) = (q.get(), c.get());
    Up::add(Up::add(q, Up::sqrt(Up::mul(2.0 * q, c))), 2.0 * c)
}

/// `kl(q‖p)` to a few units in the last place, for formulas that are no bounds.
pub(crate) fn nearly(q: f64, p: f64) -> f64 {
    bound::<Nearest>(q, p)
}

/// A mass rounded on the side of the result and on the other side; both are the same if it is a float.
#[derive(Clone, Copy)]
struct Mass {
    near: f64,
    far: f64,
}

impl Mass {
    fn exact(mass: f64) -> Self {
        Self { near: mass, far: mass }
    }

    fn complement<R: Rounding>(mass: f64) -> Self {
        Self { near: R::sub(1.0, mass), far: R::Opposite::sub(1.0, mass) }
    }
}

/// `kl(q‖p)`, bounded on the side of `R`.
///
/// One of the outcomes has mass `g` that grows by `d = |p − q|`, the other mass `s` that shrinks by `d`, and
/// `kl = −g ln(1 + d/g) − s ln(1 − d/s)`. For small `d` the linear terms cancel; they are left out and what remains
/// is a sum of positive terms, so that small divergences keep their relative accuracy. `g f(d/g)` decreases in `g`
/// for convex `f` with `f(0) = 0`, hence the side on which the masses are rounded.
#[inline]
pub(crate) fn bound<R: Rounding>(q: f64, p: f64) -> f64 {
    let d = (p - q).abs();
    let (grows, shrinks) = if p > q { (q, 1.0 - q) } else { (1.0 - q, q) };
    if d <= grows && 2.0 * d <= shrinks && d >= SERIES_FROM {
        return series_bound::<R>(d, grows, shrinks);
    }
    let (grows, shrinks, left) = if p > q {
        (Mass::exact(q), Mass::complement::<R>(q), Mass::complement::<R>(p))
    } else {
        (Mass::complement::<R>(q), Mass::exact(q), Mass::exact(p))
    };
    let (d, d_far) = (R::sub(p.max(q), p.min(q)), R::Opposite::sub(p.max(q), p.min(q)));
    if d <= 0.0 {
        return 0.0;
    }
    let (rise, fall) = (R::div(d, grows.far), R::div(d, shrinks.far));
    if rise <= 1.0 && fall <= 0.5 {
        return R::add(
            R::mul(grows.far, excess_above::<R>(rise)),
            R::mul(shrinks.far, excess_below::<R>(fall)),
        );
    }
    let gain = if fall <= 0.5 {
        R::mul(shrinks.far, -R::Opposite::ln_1p(-fall))
    } else {
        R::mul(shrinks.near, -R::Opposite::ln(R::Opposite::div(left.far, shrinks.near)))
    };
    // ln(1 + d/g) is at most ln(1/5e-324) < 745 even where the quotient overflows.
    let growth = R::Opposite::ln_1p(R::Opposite::div(d_far, grows.far)).min(745.0);
    R::sub(gain, R::Opposite::mul(grows.far, growth))
}

/// From this difference of the masses on, nothing underflows in [`series_bound`]: its smallest product is of the
/// order of the difference's fourth power.
const SERIES_FROM: f64 = 1e-60;

/// `kl` for `d ≤ g` and `d ≤ s/2`, rounded to nearest and then moved to the side of `R` by a proven error.
///
/// With `a = d/(2g + d)` and `b = d/(2s − d)`, both at most ⅓, and `S(t) = 1/3 + t/5 + t²/7 + …`,
/// `kl = (da − 2ga³ S(a²)) + (db + 2sb³ S(b²))`.
///
/// In units of 2⁻⁵³, relative: `a` and `b` are off by 2, `da` and `db` by 3, and the cubic terms by 13 (2 from `a`,
/// 5 from `a²`, 3 from `S`, 3 from their products). The cubic terms are at most 0.083 and 0.161 of the terms beside
/// them, so either bracket is off by at most 5.5, and their sum by 6.5. The difference `d` and the complement among
/// `g` and `s` are off by 1 each, which `kl` amplifies by at most 2.6 and 1.6. All are below 11, or 12 with the
/// last product; 16 are taken.
#[inline]
fn series_bound<R: Rounding>(d: f64, g: f64, s: f64) -> f64 {
    const ERROR: f64 = 1.0 / (1u64 << 49) as f64;
    let (a, b) = (d / (2.0 * g + d), d / (2.0 * s - d));
    let (a2, b2) = (a * a, b * b);
    let above = d * a - 2.0 * g * a * a2 * nearly_series(a2);
    let below = d * b + 2.0 * s * b * b2 * nearly_series(b2);
    match R::TOWARDS {
        Ordering::Greater => (above + below) * (1.0 + ERROR),
        Ordering::Equal => above + below,
        Ordering::Less => (above + below) * (1.0 - ERROR),
    }
}

/// `1/3 + t/5 + t²/7 + …` for `t ∈ [0, 1/9]`, off by less than 3 · 2⁻⁵³ of itself.
///
/// Estrin's scheme: halves are joined by powers of `t`, so that the processor evaluates them side by side. All terms
/// are positive. What follows 1/3 is less than a tenth of the sum and off by less than 7 units, 1/3 itself by one and
/// the last step by one; the terms left out are below a tenth of a unit.
#[inline]
fn nearly_series(t: f64) -> f64 {
    let r = &RECIPROCALS;
    let t2 = t * t;
    let t4 = t2 * t2;
    let pair = |i: usize| r[i + 1].mul_add(t, r[i]);
    let four = |i: usize| pair(i + 2).mul_add(t2, pair(i));
    let eight = |i: usize| four(i + 4).mul_add(t4, four(i));
    eight(9).mul_add(t4 * t4, eight(1)).mul_add(t, r[0])
}

/// `x − ln(1 + x)` for `x ∈ [0, 1]`.
///
/// With `s = x/(2 + x)`, `ln(1 + x) = 2s + 2s³(1/3 + s²/5 + s⁴/7 + …)` and `x − 2s = xs`.
#[inline]
fn excess_above<R: Rounding>(x: f64) -> f64 {
    let s = R::div(x, R::Opposite::add(2.0, x));
    let t = R::Opposite::div(x, R::add(2.0, x));
    let t2 = R::Opposite::mul(t, t);
    R::sub(R::mul(x, s), R::Opposite::mul(2.0 * R::Opposite::mul(t, t2), series::<R::Opposite>(t2)))
}

/// `−y − ln(1 − y)` for `y ∈ [0, ½]`: the same series, all of whose terms are now positive.
#[inline]
fn excess_below<R: Rounding>(y: f64) -> f64 {
    let s = R::div(y, R::Opposite::sub(2.0, y));
    let s2 = R::mul(s, s);
    R::add(R::mul(y, s), R::mul(2.0 * R::mul(s, s2), series::<R>(s2)))
}

/// `1/3 + t/5 + t²/7 + …` for `t ∈ [0, 1/9]`, bounded on the side of `R`.
///
/// Each step of Horner's rule adds a relative error of at most 2⁻⁵³ by its one rounding and as much by its
/// coefficient, and multiplies what was there by `t`: together below 2.25 · 2⁻⁵³, which is less than 3 floats for a
/// sum in `[1/3, 1/2)`. The terms left out are below a tenth of a float. Four steps cover both.
#[inline]
fn series<R: Rounding>(t: f64) -> f64 {
    let terms = match t {
        0.0..1e-6 => 3,
        1e-6..1e-3 => 6,
        1e-3..0.02 => 10,
        _ => RECIPROCALS.len(),
    };
    let sum = RECIPROCALS[..terms].iter().rev().fold(0.0, |sum: f64, &reciprocal| sum.mul_add(t, reciprocal));
    R::step(R::step(R::step(R::step(sum))))
}

/// 1/3, 1/5, 1/7 …, rounded to nearest.
const RECIPROCALS: [f64; 17] = {
    let mut table = [0.0; 17];
    let mut k = 0;
    while k < table.len() {
        table[k] = 1.0 / (2 * k + 3) as f64;
        k += 1;
    }
    table
};

/// An approximate inverse: Halley's iteration in `u = −ln(1 − p)`, in which `kl(q‖·)` is convex with
/// derivatives `(p − q)/p` and `q(1 − p)/p²`, from the least relaxation.
#[inline]
fn guess(q: f64, c: f64) -> f64 {
    let relaxed = (c / 2.0).sqrt().min((2.0 * q * c).sqrt() + 2.0 * c);
    // The first two terms of the inverse's expansion in √c, where the second is a correction.
    let (root, correction) = ((2.0 * q * (1.0 - q) * c).sqrt(), 2.0 / 3.0 * (1.0 - 2.0 * q) * c);
    let expanded = if correction > -0.5 * root { root + correction } else { f64::INFINITY };
    let start = q + relaxed.min(expanded);
    // −(1 − q) ln(1 − p) ≤ c + ln 2, for the entropy of q is at most ln 2.
    let ceiling = if start > 0.5 { 1.0 - libm::exp(-(c + 0.7) / (1.0 - q)) } else { 1.0 };
    let highest = 1f64.next_down();
    let mut p = start.min(ceiling).clamp(q.next_up(), highest);
    let halley = |p: f64, excess: f64| {
        let newton = excess * p / (p - q);
        let u = newton / (1.0 - newton * q * (1.0 - p) / (2.0 * p * (p - q)));
        // Where a step is small, what three terms leave out is the next step's business.
        let grown = if u.abs() < 1e-2 { u * (1.0 + u / 2.0 * (1.0 + u / 3.0)) } else { libm::expm1(u) };
        (1.0 - p) * grown
    };
    for _ in 0..6 {
        let step = halley(p, nearly(q, p) - c);
        let scale = (p - q).min(1.0 - p);
        p = (p - step).clamp(q.next_up(), highest);
        // The next step would be of the order of this one's cube.
        if step.abs() <= 1e-3 * scale {
            break;
        }
    }
    // The last step aims at what will be certified instead of the truth, a few floats below.
    (p - halley(p, bound::<Down>(q, p) - c)).clamp(q.next_up(), highest)
}

/// Between an uncertified `low` and a certified `high`, a certified number whose predecessor is not, searched
/// outward from a guess. Non-negative floats are ordered like their bits.
#[inline]
pub(crate) fn first_certified(mut low: u64, mut high: u64, guess: u64, certified: impl Fn(u64) -> bool) -> u64 {
    let (mut probe, mut stride) = (guess, 1);
    // Gallop away from the guess until it is bracketed, then bisect.
    while low < probe && probe < high {
        if certified(probe) {
            high = probe;
            probe = if probe <= guess { probe.saturating_sub(stride) } else { low };
        } else {
            low = probe;
            probe = if probe >= guess { probe.saturating_add(stride) } else { high };
        }
        stride *= 2;
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if certified(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn inverse(q: f64, c: f64) -> f64 {
        upper_inverse(Risk::new(q).unwrap(), Divergence::new(c).unwrap()).get()
    }

    #[test]
    fn the_divergence_is_symmetric_under_complements() {
        for (q, p) in [(0.5, 0.25), (0.25, 0.5), (0.125, 0.75), (0.0, 0.5), (1.0, 0.5), (0.5, 0.4375)] {
            let kl = |q, p| divergence(Risk::new(q).unwrap(), Risk::new(p).unwrap()).unwrap();
            let (one, other) = (kl(q, p), kl(1.0 - q, 1.0 - p));
            assert_eq!((one.low(), one.high()), (other.low(), other.high()), "{q} {p}");
        }
    }

    proptest! {
        /// Directed rounding of every operation is the oracle. Its enclosure is a few floats wide and contains the
        /// truth, so that a proven error that is too small would show as a gap between the two.
        #[test]
        fn the_proven_error_covers_what_directed_rounding_encloses(
            g in 0.0..=1.0f64, s in 0.0..=1.0f64, x in -50.0..=0.0f64, scale in 0.0..=1.0f64,
        ) {
            fn directed<R: Rounding>(d: f64, g: f64, s: f64) -> f64 {
                let (above, below) = (excess_above::<R>(R::div(d, g)), excess_below::<R>(R::div(d, s)));
                R::add(R::mul(g, above), R::mul(s, below))
            }
            let d = g.min(s / 2.0) * scale * 10f64.powf(x);
            prop_assume!(d >= SERIES_FROM);
            let [low, high] = [directed::<Down>(d, g, s), directed::<Up>(d, g, s)];
            let middle = f64::midpoint(low, high);
            prop_assert!(series_bound::<Down>(d, g, s) <= middle && middle <= series_bound::<Up>(d, g, s));
            prop_assert!(high - low <= 1e-14 * high);
        }
    }

    #[test]
    fn the_corners() {
        assert_eq!((inverse(0.3, 0.0), inverse(1.0, 0.5), inverse(0.5, 1e6)), (0.3, 1.0, 1.0));
        assert!(divergence(Risk::new(0.5).unwrap(), Risk::ONE).is_err());
        assert!(divergence(Risk::ONE, Risk::ZERO).is_err());
        let zero = divergence(Risk::ONE, Risk::ONE).unwrap();
        assert_eq!((zero.low(), zero.high()), (0.0, 0.0));
        // Next to 1 there is no other float to search.
        assert_eq!((inverse(1f64.next_down(), 0.1), inverse(1f64.next_down(), 1e-300)), (1.0, 1.0));
        // Where everything underflows the result is still a bound.
        for (q, c) in [(5e-324, 0.1), (0.0, 5e-324), (1e-310, 1e-310), (0.5, 5e-324), (1e-300, 1e-320)] {
            let p = inverse(q, c);
            assert!(p > q && p <= pinsker(Risk::new(q).unwrap(), Divergence::new(c).unwrap()), "{q} {c} {p}");
        }
    }
}
