//! What a Lipschitz function applied to all values does to a complexity.

use saddlepoint_rigor::{Rounding, Up};

use super::RademacherError;
use crate::quantity::Complexity;

/// A bound of the complexity of `φ ∘ f` over all `f`, where `φ` is `L`-Lipschitz (it may differ from point to point), from
/// that of the class: without absolute value, and with no need for `φ(0) = 0`.
///
/// # Formula
/// `R̂ₙ(φ ∘ F) ≤ L R̂ₙ(F)`
///
/// # Errors
/// When the constant is negative or not finite, or the product overflows.
///
/// # Reference
/// Meir and Zhang, Generalization error bounds for Bayesian mixture algorithms, JMLR 4, 2003, theorem 7; Mohri,
/// Rostamizadeh, Talwalkar, *Foundations of Machine Learning*, 2nd edition 2018, lemma 5.7.
pub fn contraction(lipschitz: f64, complexity: Complexity) -> Result<Complexity, RademacherError> {
    scaled(lipschitz, 1.0, complexity)
}

/// A bound of the *absolute* complexity of `φ ∘ f` over all `f` from the absolute complexity of the class, for an
/// `L`-Lipschitz `φ` with `φ(0) = 0`: the factor 2 is not there without the absolute value, and cannot be left out here.
///
/// # Formula
/// `R̂ₙ^{abs}(φ ∘ F) ≤ 2 L R̂ₙ^{abs}(F)`
///
/// # Errors
/// When the constant is negative or not finite, or the product overflows.
///
/// # Reference
/// Ledoux and Talagrand, *Probability in Banach Spaces*, 1991, theorem 4.12.
pub fn contraction_absolute(lipschitz: f64, complexity: Complexity) -> Result<Complexity, RademacherError> {
    scaled(lipschitz, 2.0, complexity)
}

fn scaled(lipschitz: f64, factor: f64, complexity: Complexity) -> Result<Complexity, RademacherError> {
    let refused = RademacherError::Lipschitz(lipschitz);
    if !(lipschitz >= 0.0 && lipschitz.is_finite()) {
        return Err(refused);
    }
    Complexity::new(Up::mul(factor * lipschitz, complexity.get())).map_err(|_| refused)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bits_are_bounded_or_refused(l in any::<u64>(), r in any::<u64>()) {
            let (l, r) = (f64::from_bits(l), f64::from_bits(r));
            if let Ok(complexity) = Complexity::new(r)
                && let (Ok(one), Ok(two)) = (contraction(l, complexity), contraction_absolute(l, complexity))
            {
                prop_assert!(one.get() >= l * r && two.get() >= one.get());
            }
        }
    }

    #[test]
    fn what_is_no_constant_is_refused() {
        let complexity = Complexity::new(0.5).unwrap();
        for l in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(matches!(contraction(l, complexity), Err(RademacherError::Lipschitz(_))), "{l}");
        }
        assert_eq!(contraction(3.0, complexity).unwrap().get(), 1.5);
        assert_eq!(contraction_absolute(3.0, complexity).unwrap().get(), 3.0);
    }
}
