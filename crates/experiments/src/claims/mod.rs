//! The claims, one file each, in the order in which the report lists them.

use crate::claim::{AnyClaim, Erased};

pub mod fgsm_linear;
pub mod kl_inverse;
pub mod livni_overspecified;
pub mod random_label_fit;

/// Every claim.
pub fn all() -> &'static [&'static dyn AnyClaim] {
    ALL
}

static ALL: &[&dyn AnyClaim] = &[
    &Erased::<kl_inverse::KlInverse>::new(),
    &Erased::<random_label_fit::RandomLabelFit>::new(),
    &Erased::<livni_overspecified::LivniOverspecified>::new(),
    &Erased::<fgsm_linear::FgsmLinear>::new(),
];

/// The claim with this id.
///
/// # Errors
/// [`UnknownClaim`] with the nearest id, where one is near.
pub fn find(id: &str) -> Result<&'static dyn AnyClaim, UnknownClaim> {
    all().iter().copied().find(|claim| claim.card().id == id).ok_or_else(|| UnknownClaim {
        id: id.to_owned(),
        nearest: all()
            .iter()
            .map(|claim| (strsim::jaro_winkler(claim.card().id, id), claim.card().id))
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .filter(|(likeness, _)| *likeness > 0.7)
            .map(|(_, id)| id),
    })
}

/// No claim has this id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no claim {id:?}{}", .nearest.map_or_else(
    || "; `saddlepoint list` shows all".to_owned(),
    |nearest| format!("; did you mean {nearest:?}?"),
))]
pub struct UnknownClaim {
    /// What was asked for.
    pub id: String,
    /// The likeliest meant.
    pub nearest: Option<&'static str>,
}
