//! `scattering-translation` and its negative: the bound for any shift, and depth that adds change instead of taking it.

use proptest::prelude::*;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::representation::scattering::{FilterBank, Scattering};

fn moved(x: &[f64], shift: i64) -> Vec<f64> {
    let mut moved = x.to_vec();
    moved.rotate_right(shift.rem_euclid(x.len() as i64) as usize);
    moved
}

fn passed(scattering: &Scattering, depth: usize) -> f64 {
    (0..=depth).map(|order| scattering.propagated(order)).sum::<f64>().sqrt()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn the_bound_holds_for_every_shift(seed in any::<u64>(), octaves in 1u32..6, shift in -200i64..200, depth in 0u32..3) {
        let x = Stream::new(seed).normals(128);
        let filters = FilterBank::morlet(128, octaves).unwrap();
        let (still, other) = (filters.scatter(&x, depth).unwrap(), filters.scatter(&moved(&x, shift), depth).unwrap());
        let bound = filters.translation_modulus(shift) * passed(&still, depth as usize);
        let norm = still.propagated(0).sqrt();
        prop_assert!(still.distance(&other).unwrap() <= bound + 1e-13 * norm);
    }

    /// The transform is equivariant: all coefficients of a moved signal are moved coefficients.
    #[test]
    fn coefficients_move_with_the_signal(seed in any::<u64>(), shift in 0i64..64) {
        let x = Stream::new(seed).normals(64);
        let filters = FilterBank::morlet(64, 3).unwrap();
        let (still, other) = (filters.scatter(&x, 2).unwrap(), filters.scatter(&moved(&x, shift), 2).unwrap());
        for order in 0..=2 {
            for (a, b) in still.order(order).iter().zip(other.order(order)) {
                prop_assert!(moved(a, shift).iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-13));
            }
        }
    }

    /// Depth cannot take change away: a sum of squares gets one more term.
    #[test]
    fn depth_adds_change(seed in any::<u64>(), shift in 1i64..64) {
        let x = Stream::new(seed).normals(64);
        let filters = FilterBank::morlet(64, 4).unwrap();
        let (still, other) = (filters.scatter(&x, 2).unwrap(), filters.scatter(&moved(&x, shift), 2).unwrap());
        let change = |depth| still.truncated(depth).distance(&other.truncated(depth)).unwrap();
        prop_assert!(change(0) <= change(1) && change(1) <= change(2));
    }
}

/// The bound without the deeper paths' energy would be broken: depth does add change.
#[test]
fn teeth_deeper_paths_count_in_the_bound() {
    // A wave without low frequencies has next to no average of its own; all that moves is in deeper paths.
    let x: Vec<f64> =
        (0..256).map(|t| f64::from(t) * 0.9).map(|t| t.cos() * (1.0 + (t / 20.0).sin())).collect();
    let filters = FilterBank::morlet(256, 4).unwrap();
    let (still, other) = (filters.scatter(&x, 2).unwrap(), filters.scatter(&moved(&x, 16), 2).unwrap());
    let change = |depth: usize| still.truncated(depth).distance(&other.truncated(depth)).unwrap();
    assert!(change(2) > 3.0 * change(0), "{} {}", change(0), change(2));
}

/// The catalogue's noise: a modulus that were a half of itself would not bound the change of a pure low frequency.
#[test]
fn teeth_half_the_modulus_is_no_bound() {
    let filters = FilterBank::morlet(128, 4).unwrap();
    let modulus = filters.translation_modulus(8);
    let worst = (0..64)
        .map(|k| {
            let wave: Vec<f64> =
                (0..128).map(|t| (2.0 * std::f64::consts::PI * f64::from(k * t) / 128.0).cos()).collect();
            let (a, b) = (filters.scatter(&wave, 0).unwrap(), filters.scatter(&moved(&wave, 8), 0).unwrap());
            a.distance(&b).unwrap() / a.propagated(0).sqrt()
        })
        .fold(0.0, f64::max);
    assert!(worst > 0.99 * modulus && worst <= modulus * (1.0 + 1e-12));
}
