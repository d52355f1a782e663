//! `thresholding-support-recovery`: every code inside the condition is recovered, by every threshold in the interval.

use nalgebra::DMatrix;
use proptest::prelude::*;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::representation::dictionary::{
    DenseDictionary, Dictionary, GramBounds, SpikesAndHadamard,
};
use saddlepoint_theory::representation::thresholding_recovery::{
    CodeBounds, ThresholdingRecovery, hard_thresholded, some_threshold_separates,
};

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum::<f64>().sqrt()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Any dictionary, its columns not even unit, any code, any noise: where the theorem speaks it is right.
    #[test]
    fn what_is_promised_is_kept(
        seed in any::<u64>(),
        k in 1usize..4,
        spread in 0.6f64..1.0,
        scale in 0.97f64..1.03,
        noise in 0.0f64..0.1,
        position in 0.0f64..1.0,
    ) {
        let mut stream = Stream::new(seed);
        let spikes = SpikesAndHadamard::new(64).unwrap();
        let mut columns = Vec::new();
        for j in 0..128 {
            let mut code = vec![0.0; 128];
            code[j] = if j % 2 == 0 { 1.0 } else { scale };
            columns.extend(spikes.synthesize(&code).unwrap());
        }
        let dictionary = DenseDictionary::new(DMatrix::from_vec(64, 128, columns)).unwrap();
        let mut code = vec![0.0; 128];
        for at in stream.permutation(128).into_iter().take(k) {
            code[at] = stream.between(spread, 1.0) * stream.sign();
        }
        let direction = stream.normals(64);
        let norm = direction.iter().map(|x| x * x).sum::<f64>().sqrt();
        // A hair below the norm that the theorem is told.
        let signal: Vec<f64> = dictionary.synthesize(&code).unwrap().iter().zip(direction)
            .map(|(x, e)| x + e * (noise * (1.0 - 1e-12) / norm)).collect();
        let Ok(recovery) =
            ThresholdingRecovery::new(dictionary.gram_bounds(), CodeBounds::of(&code).unwrap(), noise) else {
            return Ok(())
        };
        let (low, high) = recovery.interval();
        let beta = recovery.admit((low + position * (high - low)).min(high.next_down()));
        let Ok(beta) = beta else { return Ok(()) };
        let found = hard_thresholded(&dictionary, &signal, beta).unwrap();
        prop_assert!(found.iter().zip(&code).all(|(a, b)| (*a == 0.0) == (*b == 0.0)));
        prop_assert!(distance(&found, &code) <= recovery.hard_error() + 1e-14);
        let soft: Vec<f64> = dictionary.correlate(&signal).unwrap().iter().map(|x| beta.soft(*x)).collect();
        prop_assert!(distance(&soft, &code) <= recovery.soft_error(beta) + 1e-14);
        prop_assert!(some_threshold_separates(&dictionary, &signal, &code).unwrap());
    }
}

/// Every product of an atom of the support with all others at its worst: the condition cannot be weakened by one atom.
#[test]
fn teeth_one_atom_more_can_fail() {
    // Three atoms of the support and one outside, all products μ: coherence ⅕ and ratio ½ allow k < ½(1 + 2.5) = 1.75.
    let mu: f64 = 0.2;
    let gram = DMatrix::from_fn(4, 4, |i, j| if i == j { 1.0 } else { mu });
    let factor = gram.cholesky().unwrap().l().transpose();
    let dictionary = DenseDictionary::new(factor).unwrap();
    let bounds = GramBounds::unit(mu).unwrap();
    assert!(ThresholdingRecovery::new(bounds, CodeBounds::new(1, 0.5, 1.0).unwrap(), 0.0).is_ok());
    assert!(ThresholdingRecovery::new(bounds, CodeBounds::new(3, 0.5, 1.0).unwrap(), 0.0).is_err());
    // On the smallest coefficient 0.5 − 0.4 against 1 + 1 − 0.5 correlations of 0.3 outside.
    let code = [0.5, -1.0, -1.0, 0.0];
    let signal = dictionary.synthesize(&code).unwrap();
    assert!(!some_threshold_separates(&dictionary, &signal, &code).unwrap());
}

#[test]
fn teeth_eight_atoms_are_often_lost() {
    let dictionary = SpikesAndHadamard::new(64).unwrap();
    let mut stream = Stream::new(8);
    let found = (0..300)
        .filter(|_| {
            let mut code = vec![0.0; 128];
            for at in stream.permutation(128).into_iter().take(8) {
                code[at] = stream.between(0.8, 1.0) * stream.sign();
            }
            let signal = dictionary.synthesize(&code).unwrap();
            some_threshold_separates(&dictionary, &signal, &code).unwrap()
        })
        .count();
    assert!(found < 240, "{found}");
}
