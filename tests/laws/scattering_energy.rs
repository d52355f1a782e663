//! `scattering-energy`: the identity and non-expansiveness at any size, for any signal, and filters that lose energy.

use proptest::prelude::*;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::representation::scattering::FilterBank;

fn squares(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn nothing_is_lost_and_nothing_expands(
        seed in any::<u64>(), log in 3u32..9, octaves in 1u32..6, depth in 0u32..3, exponent in -60i32..60, near in 1e-6f64..2.0,
    ) {
        let (n, octaves) = (1usize << log, octaves.min(log));
        let mut stream = Stream::new(seed);
        let x: Vec<f64> = stream.normals(n).iter().map(|x| x * 2f64.powi(exponent)).collect();
        let y: Vec<f64> = x.iter().map(|x| x + near * 2f64.powi(exponent) * stream.normal()).collect();
        let filters = FilterBank::morlet(n, octaves).unwrap();
        let (a, b) = (filters.scatter(&x, depth).unwrap(), filters.scatter(&y, depth).unwrap());
        let kept: f64 = (0..=depth as usize).map(|m| a.energy(m)).sum();
        let energy = squares(&x);
        prop_assert!((kept + a.propagated(depth as usize + 1) - energy).abs() <= 1e-12 * energy);
        let apart = squares(&x.iter().zip(&y).map(|(x, y)| x - y).collect::<Vec<_>>()).sqrt();
        // The last term is the rounding of the transforms themselves.
        prop_assert!(a.distance(&b).unwrap() <= apart * (1.0 + 1e-12) + 1e-13 * energy.sqrt());
        for order in 0..=depth as usize {
            prop_assert!(a.propagated(order + 1) <= a.propagated(order) * (1.0 + 1e-12));
        }
    }

    /// Moduli know no sign, averages no order of magnitude: `S(−x)` differs from `S(x)` at order 0 only, `S(2x) = 2 S(x)` exactly.
    #[test]
    fn signs_and_scales(seed in any::<u64>()) {
        let x = Stream::new(seed).normals(64);
        let filters = FilterBank::morlet(64, 3).unwrap();
        let scattered = |factor: f64| filters.scatter(&x.iter().map(|x| factor * x).collect::<Vec<_>>(), 2).unwrap();
        let (one, two, minus) = (scattered(1.0), scattered(2.0), scattered(-1.0));
        for order in 0..=2 {
            for (a, b) in one.order(order).iter().flatten().zip(two.order(order).iter().flatten()) {
                prop_assert_eq!(2.0 * a, *b);
            }
        }
        for (a, b) in one.order(1).iter().flatten().zip(minus.order(1).iter().flatten()) {
            prop_assert!((a - b).abs() < 1e-13);
        }
        prop_assert!(one.order(0)[0].iter().zip(&minus.order(0)[0]).all(|(a, b)| (a + b).abs() < 1e-13));
    }
}

#[test]
fn teeth_filters_that_are_not_normalized_lose_energy() {
    let filters = FilterBank::unnormalized_morlet(1024, 5).unwrap();
    let noise = filters.scatter(&Stream::new(1).normals(1024), 2).unwrap();
    let kept: f64 = (0..=2).map(|m| noise.energy(m)).sum::<f64>() + noise.propagated(3);
    assert!(kept < 0.5 * noise.propagated(0));
}

/// A complex signal would need the other half of the frequencies: analytic wavelets hold real signals only. What shows it is
/// the negative half alone, of which they see nothing.
#[test]
fn teeth_wavelets_are_blind_to_negative_frequencies() {
    let filters = FilterBank::morlet(64, 3).unwrap();
    let seen = |k: usize| filters.wavelets().iter().map(|psi| psi[k]).fold(0.0, f64::max);
    assert!((33..64).all(|k| seen(k) == 0.0) && (8..=32).all(|k| seen(k) > 0.5));
}
