//! The theorems about the mean of fresh draws, as one kind of evidence.

use super::certificate::Certificate;
use super::clopper_pearson::ClopperPearson;
use super::empirical_bernstein::EmpiricalBernstein;
use super::hoeffding::Hoeffding;
use super::kl_test_set::KlTestSet;

/// A bound of the mean of a number in `[0, 1]` from independent, identically distributed draws of it: losses of one
/// predictor on a fresh sample, or observed risks of predictors that were drawn from one posterior.
///
/// The theorems of this crate that are such bounds implement it, and no others can.
pub trait MeanBound: sealed::Sealed {
    /// The bound.
    fn evaluate(&self) -> Certificate;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! mean_bounds {
    ($($theorem:ty),*) => {
        $(
            impl sealed::Sealed for $theorem {}

            impl MeanBound for $theorem {
                fn evaluate(&self) -> Certificate {
                    <$theorem>::evaluate(self)
                }
            }
        )*
    };
}

mean_bounds!(Hoeffding, KlTestSet, ClopperPearson, EmpiricalBernstein);
