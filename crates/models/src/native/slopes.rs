//! Functions of a layer's outputs, entry by entry, and what their derivatives do to derivatives.

use super::real::{Real, Tile};
use crate::networks::Activation;

/// `result ← f(a, b)`, entry by entry.
pub(super) fn each<F: Real>(result: &mut [F::Tile], a: &[F::Tile], b: &[F::Tile], f: impl Fn(F, F) -> F) {
    for (result, (a, b)) in result.iter_mut().zip(a.iter().zip(b)) {
        *result = a.zip(b, &f);
    }
}

/// Writes softmax of `z` and returns the sum of the targets, which is 1 where they are distributions.
pub(super) fn softmax<F: Real>(z: &[F::Tile], t: &[F::Tile], p: &mut [F::Tile]) -> F::Tile {
    let (mut most, mut sum, mut mass) = (z[0], F::Tile::default(), F::Tile::default());
    for z in z {
        most = most.zip(z, |most, z| if z > most { z } else { most });
    }
    for ((p, z), t) in p.iter_mut().zip(z).zip(t) {
        *p = z.zip(&most, |z, most| (z - most).exp_of_negative());
        sum = sum.zip(p, |sum, p| sum + p);
        mass = mass.zip(t, |mass, t| mass + t);
    }
    for p in p {
        *p = p.zip(&sum, |p, sum| p / sum);
    }
    mass
}

/// `z ← φ(z)`.
pub(super) fn activate<F: Real, T: Tile<F>>(activation: Activation, z: &mut [T]) {
    match activation {
        Activation::Identity => {}
        Activation::Relu => z.iter_mut().for_each(|z| *z = z.map(F::relu)),
        Activation::Sigmoid => z.iter_mut().for_each(|z| *z = z.map(F::logistic)),
        Activation::Tanh => z.iter_mut().for_each(|z| *z = z.map(F::tanh)),
    }
}

/// `d ← φ′ d`, where the derivative is known from the value `y = φ(z)`; at ReLU's kink it is 0, as in burn.
pub(super) fn times_slope<F: Real, T: Tile<F>>(activation: Activation, y: &[T], d: &mut [T]) {
    let one = F::from_f64(1.0);
    let pairs = d.iter_mut().zip(y);
    match activation {
        Activation::Identity => {}
        Activation::Relu => {
            pairs.for_each(|(d, y)| *d = d.zip(y, |d, y| if y > F::default() { d } else { F::default() }));
        }
        Activation::Sigmoid => pairs.for_each(|(d, y)| *d = d.zip(y, |d, y| d * (y * (one - y)))),
        Activation::Tanh => pairs.for_each(|(d, y)| *d = d.zip(y, |d, y| d * (one - y * y))),
    }
}

/// `d ← m φ′ d`, where the value `y = m φ(z)` has a factor `m`; where that is 0 so is the result.
pub(super) fn times_scaled_slope<F: Real, T: Tile<F>>(
    activation: Activation,
    y: &[T],
    factors: &[T],
    d: &mut [T],
) {
    for (d, (y, factor)) in d.iter_mut().zip(y.iter().zip(factors)) {
        let plain = y.zip(factor, |y, m| if m == F::default() { m } else { y / m });
        *d = d.zip(factor, |d, m| d * m);
        times_slope(activation, &[plain], std::slice::from_mut(d));
    }
}

/// `d ← d + φ″/φ′ dz δ`, where `δ` holds a factor `φ′` already.
pub(super) fn add_bend<F: Real, T: Tile<F>>(
    activation: Activation,
    y: &[T],
    dz: &[T],
    delta: &[T],
    d: &mut [T],
) {
    let (one, two) = (F::from_f64(1.0), F::from_f64(2.0));
    let all = d.iter_mut().zip(y).zip(dz.iter().zip(delta));
    match activation {
        Activation::Identity | Activation::Relu => {}
        Activation::Sigmoid => {
            all.for_each(|((d, y), (dz, delta))| {
                d.add_product(&y.zip(dz, |y, dz| (one - two * y) * dz), delta);
            });
        }
        Activation::Tanh => {
            all.for_each(|((d, y), (dz, delta))| d.add_product(&y.zip(dz, |y, dz| -(two * y * dz)), delta));
        }
    }
}
