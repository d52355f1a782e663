//! `maurey-covering`: means of few atoms, the identity of their error, and the size of a cover.

use nalgebra::DMatrix;
use proptest::prelude::*;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::capacity::covering::{Sparsification, maurey_log_covering};
use saddlepoint_theory::capacity::norms::{frobenius, two_one_over_rows};
use saddlepoint_theory::capacity::spectrum::exact;

use crate::evidence::{one_number_decides, smoke};

const ID: &str = "maurey-covering";

fn drawn(rows: usize, columns: usize, stream: &mut Stream) -> DMatrix<f64> {
    DMatrix::from_row_slice(rows, columns, &stream.normals(rows * columns))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    /// `c ≤ ‖A‖₂,₁ ‖X‖_F`, and where both are known some mean of the lemma's number of atoms is within `ε`, as its expectation is.
    #[test]
    fn the_lemmas_atoms_are_enough_on_average(
        n in 1usize..8, d in 1usize..6, m in 1usize..5, seed in any::<u64>(), part in 0.1..0.9f64,
    ) {
        let mut stream = Stream::new(seed);
        let (x, a) = (drawn(n, d, &mut stream), drawn(d, m, &mut stream));
        let atoms = Sparsification::new(&x, &a).unwrap();
        let norm = two_one_over_rows(&exact(&a.transpose()).unwrap()).high();
        let inputs = frobenius(&exact(&x).unwrap()).high();
        prop_assert!(atoms.total().low() <= norm * inputs * (1.0 + 1e-14));
        let epsilon = part * norm * inputs;
        let entropy = maurey_log_covering(norm, inputs, epsilon, d as u64, m as u64).unwrap();
        let k = (entropy / (2.0 * (d * m) as f64).ln()).round() as u64;
        prop_assert!(atoms.mean_squared_error(k).unwrap().low() <= epsilon * epsilon);
        // Teeth: for a product of nothing but its norms, a tenth of the atoms is not.
        if k >= 10 {
            let single = Sparsification::new(&DMatrix::identity(2, 2), &DMatrix::from_row_slice(2, 1, &[1.0, 1.0])).unwrap();
            let scale = single.total().midpoint();
            // c = 2, ‖XA‖ = √2: the error at k atoms is 2/k.
            let few = single.mean_squared_error(k / 10).unwrap().midpoint();
            prop_assert!(few > scale * scale / k as f64);
        }
    }
}

/// Teeth of the identity: another constant than `c² − ‖XA‖²` is seen within four standard errors.
#[test]
fn the_measured_constant_is_the_identitys() {
    let evidence = smoke(ID);
    for (task, outcome) in &evidence {
        let number = |name: &str| outcome[name].as_f64().unwrap();
        let k = task["atoms"].as_f64().unwrap();
        let without = number("total").powi(2) / k;
        assert!((number("mean") - number("expected")).abs() <= 4.0 * number("standard_error"));
        assert!((number("mean") - without).abs() > 4.0 * number("standard_error"), "{k}");
    }
    one_number_decides(ID, &evidence, "/total", 64.5);
    one_number_decides(ID, &evidence, "/mean", 4200.0);
    one_number_decides(ID, &evidence, "/least", 4000.0);
}
