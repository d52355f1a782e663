//! `ml-csc-layered-thresholding`: codes of two layers generated inside the conditions, and an error that may not be dropped.

use proptest::prelude::*;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::representation::dictionary::{
    Dictionary, GramBounds, SparseDictionary, SpikesAndHadamard,
};
use saddlepoint_theory::representation::layered_thresholding::{
    LayeredThresholding, Shrinkage, layered_basis_pursuit_errors,
};
use saddlepoint_theory::representation::thresholding_recovery::CodeBounds;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// One or two deep atoms at sizes where the conditions hold often: what is promised is kept at both layers.
    #[test]
    fn both_layers_are_recovered_where_the_conditions_hold(
        seed in any::<u64>(), weight in 3usize..5, noise in 0.0f64..0.03, soft in any::<bool>(),
    ) {
        let mut stream = Stream::new(seed);
        let first = SpikesAndHadamard::new(1024).unwrap();
        let second = SparseDictionary::lines(2048, weight, 1024, &mut || stream.sign()).unwrap();
        prop_assert!(second.gram_bounds().coherence() <= 1.0 / weight as f64 + 1e-14);
        let mut deep = vec![0.0; 1024];
        deep[stream.index(1024)] = stream.sign() * stream.between(0.5, 2.0);
        let shallow = second.synthesize(&deep).unwrap();
        let direction = stream.normals(1024);
        let norm = direction.iter().map(|x| x * x).sum::<f64>().sqrt();
        let signal: Vec<f64> = first.synthesize(&shallow).unwrap().iter().zip(direction)
            .map(|(x, e)| x + e * (noise * (1.0 - 1e-12) / norm)).collect();
        let layers = [
            (first.gram_bounds(), CodeBounds::of(&shallow).unwrap()),
            (second.gram_bounds(), CodeBounds::of(&deep).unwrap()),
        ];
        let shrinkage = if soft { Shrinkage::Soft } else { Shrinkage::Hard };
        let Ok(guarantee) = LayeredThresholding::new(&layers, noise, shrinkage) else { return Ok(()) };
        let codes = guarantee.pursue(&[&first, &second], &signal).unwrap();
        for ((found, code), layer) in codes.iter().zip([&shallow, &deep]).zip(guarantee.layers()) {
            prop_assert!(found.iter().zip(code).all(|(a, b)| (*a == 0.0) == (*b == 0.0)));
            let error = found.iter().zip(code).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt();
            prop_assert!(error <= layer.error + 1e-14);
        }
    }

    /// Deeper layers, more noise, more atoms: errors only grow.
    #[test]
    fn errors_are_monotone(mu in 1e-4f64..0.02, k in 1usize..4, noise in 0.0f64..0.01) {
        let layer = |k| (GramBounds::unit(mu).unwrap(), CodeBounds::new(k, 1.0, 1.0).unwrap());
        let errors = |k, noise| LayeredThresholding::new(&[layer(k); 2], noise, Shrinkage::Hard).map(|g| g.layers()[1].error);
        if let (Ok(here), Ok(more), Ok(louder)) = (errors(k, noise), errors(k + 1, noise), errors(k, 2.0 * noise)) {
            prop_assert!(here <= more && here <= louder);
        }
    }
}

/// The test is not empty: the setting of the catalogue meets both conditions.
#[test]
fn the_conditions_can_hold_at_two_layers() {
    let signs = &mut || 1.0;
    let layers = [
        (SpikesAndHadamard::new(256).unwrap().gram_bounds(), CodeBounds::new(4, 0.5, 0.5).unwrap()),
        (
            SparseDictionary::lines(512, 4, 256, signs).unwrap().gram_bounds(),
            CodeBounds::new(1, 1.0, 1.0).unwrap(),
        ),
    ];
    assert!(LayeredThresholding::new(&layers, 0.005, Shrinkage::Hard).is_ok());
    assert_eq!(LayeredThresholding::new(&layers, 0.005, Shrinkage::Soft).unwrap_err().layer, 2);
}

/// A theory that forgot the error of the first layer would promise recovery where the second layer's code drowns.
#[test]
fn teeth_the_first_layers_error_counts() {
    let layer = (GramBounds::unit(0.1).unwrap(), CodeBounds::new(3, 1.0, 1.0).unwrap());
    assert!(LayeredThresholding::new(&[layer], 0.0, Shrinkage::Hard).is_ok());
    let refused = LayeredThresholding::new(&[layer, layer], 0.0, Shrinkage::Hard).unwrap_err();
    assert_eq!(refused.layer, 2);
}

/// Basis pursuit's constant is 7.5 a layer where a third of the coherence bound is kept, and nothing is promised beyond.
#[test]
fn teeth_basis_pursuit_needs_its_condition() {
    let errors = layered_basis_pursuit_errors(&[(GramBounds::unit(0.1).unwrap(), 3); 2], 1e-3).unwrap();
    assert!(errors[0] <= 7.5e-3 * 3f64.sqrt() && errors[1] <= 7.5 * 7.5e-3 * 3.0);
    assert!(layered_basis_pursuit_errors(&[(GramBounds::unit(0.1).unwrap(), 6)], 1e-3).is_err());
}
