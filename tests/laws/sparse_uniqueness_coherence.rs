//! `sparse-uniqueness-coherence`: the bound against exhaustive search over random dictionaries, and where it is sharp.

use nalgebra::DMatrix;
use proptest::prelude::*;
use saddlepoint_theory::representation::coherence::{UniqueRepresentation, least_spark, uniqueness_limit};
use saddlepoint_theory::representation::dictionary::{DenseDictionary, Dictionary, GramBounds};
use saddlepoint_theory::representation::spark::{dependent_atoms, spikes_and_hadamard};

/// The unit dictionary in the directions of integer atoms, with its coherence.
fn unit(atoms: &[Vec<i64>]) -> Option<DenseDictionary> {
    let columns: Vec<f64> = atoms
        .iter()
        .flat_map(|atom| {
            let norm = atom.iter().map(|x| (x * x) as f64).sum::<f64>().sqrt();
            atom.iter().map(move |x| *x as f64 / norm)
        })
        .collect();
    DenseDictionary::new(DMatrix::from_column_slice(atoms[0].len(), atoms.len(), &columns)).ok()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// The spark is at least what coherence says: no smaller set is dependent, by exact arithmetic.
    #[test]
    fn no_set_below_the_bound_is_dependent(
        atoms in prop::collection::vec(prop::collection::vec(-3i64..=3, 5), 2..9),
    ) {
        prop_assume!(atoms.iter().all(|atom| atom.iter().any(|x| *x != 0)));
        let gram = unit(&atoms).unwrap().gram_bounds();
        let spark = least_spark(gram);
        let below = if spark.is_finite() { spark as usize - 1 } else { atoms.len() };
        prop_assert_eq!(dependent_atoms(&atoms, below.min(atoms.len())).unwrap(), None);
        prop_assert!(2.0 * uniqueness_limit(gram) <= spark);
    }

    /// Scaling atoms by integers changes no dependency.
    #[test]
    fn the_spark_knows_no_scale(
        atoms in prop::collection::vec(prop::collection::vec(-3i64..=3, 4), 2..7),
        scales in prop::collection::vec(1i64..1000, 7),
    ) {
        let scaled: Vec<Vec<i64>> =
            atoms.iter().zip(&scales).map(|(atom, s)| atom.iter().map(|x| x * s).collect()).collect();
        prop_assert_eq!(dependent_atoms(&atoms, 5).unwrap(), dependent_atoms(&scaled, 5).unwrap());
    }
}

#[test]
fn the_catalogues_sparks() {
    let simplex = [[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]].map(Vec::from);
    assert_eq!(dependent_atoms(&simplex, 3).unwrap(), None);
    assert_eq!(dependent_atoms(&simplex, 4).unwrap(), Some(vec![0, 1, 2, 3]));
    assert_eq!(dependent_atoms(&spikes_and_hadamard(4).unwrap(), 4).unwrap(), Some(vec![0, 1, 4, 6]));
    assert_eq!(dependent_atoms(&spikes_and_hadamard(16).unwrap(), 4).unwrap(), None);
}

/// On the tetrahedron two atoms are too many already: a bound that allowed `k ≤ ½(1 + 1/μ)` would be refuted by it.
#[test]
fn teeth_the_inequality_is_strict() {
    let simplex = GramBounds::new(3.0, 3.0, 1.0).unwrap();
    assert!((uniqueness_limit(simplex) - 2.0).abs() < 1e-15);
    assert!(UniqueRepresentation::new(simplex, 1).is_ok());
    assert!(UniqueRepresentation::new(simplex, 2).is_err());
}

/// With the average product in place of the largest the bound would promise a spark that the atoms do not have.
#[test]
fn teeth_the_largest_product_counts() {
    let atoms = [vec![1, 0, 0, 0], vec![0, 1, 0, 0], vec![0, 0, 1, 0], vec![1, 1, 0, 0]];
    let products = [0.0, 0.0, 0.5f64.sqrt(), 0.0, 0.5f64.sqrt(), 0.0];
    let mean = GramBounds::unit(products.iter().sum::<f64>() / 6.0).unwrap();
    let dependent = dependent_atoms(&atoms, 4).unwrap().unwrap().len() as f64;
    assert!(least_spark(mean) > dependent);
    assert!(least_spark(unit(&atoms).unwrap().gram_bounds()) <= dependent);
}
