//! Laws: for each claim, property tests that try to falsify it, and teeth: what must fail does.

mod fgsm_linear;
mod livni_overspecified;
mod random_label_fit;
