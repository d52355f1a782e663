//! Networks of burn's layers and losses: every family checked in f64.

use burn::tensor::DType;

use crate::common::{Cases, check};
use crate::{activations, convolutions, losses, normalization, pooling, residual, sequences};

/// Every network, in a precision.
pub(crate) fn cases(dtype: DType) -> Cases {
    let families = [
        activations::cases,
        convolutions::cases,
        losses::cases,
        normalization::cases,
        pooling::cases,
        residual::cases,
        sequences::cases,
    ];
    families.into_iter().flat_map(|family| family(dtype)).collect()
}

fn check_all(cases: Cases) {
    for (name, traced) in cases {
        check(&name, &traced);
    }
}

#[test]
fn perceptrons_with_every_activation() {
    check_all(activations::cases(DType::F64));
}

#[test]
fn convolutions_of_every_geometry() {
    check_all(convolutions::cases(DType::F64));
}

#[test]
fn every_loss() {
    check_all(losses::cases(DType::F64));
}

#[test]
fn every_normalization() {
    check_all(normalization::cases(DType::F64));
}

#[test]
fn pooling_of_every_geometry() {
    check_all(pooling::cases(DType::F64));
}

#[test]
fn embedding_attention_recurrence_and_residual_paths() {
    check_all(sequences::cases(DType::F64));
}

#[test]
fn deep_and_residual_networks_with_every_normalization() {
    check_all(residual::cases(DType::F64));
}
