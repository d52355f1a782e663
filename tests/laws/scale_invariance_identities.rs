//! `scale-invariance-identities`: normalized losses do not see the scale of their weights.

use proptest::prelude::*;
use saddlepoint_curvature::trace;
use saddlepoint_experiments::claim::Lab;
use saddlepoint_experiments::claims;
use saddlepoint_models::data::{Samples, Targets};
use saddlepoint_models::device::{Backend, Device, Precision};
use saddlepoint_models::networks::{
    Activation, Architecture, DeepMlp, DenseLayer, Initialization, Network, Normalization,
};
use saddlepoint_models::random::Stream;
use saddlepoint_models::training::{Examples, Loss};
use serde_json::json;

fn run(task: &serde_json::Value) -> serde_json::Value {
    claims::find("scale-invariance-identities").unwrap().run(task, &Lab::bench()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// For any scale that leaves digits, of either sign of its exponent.
    #[test]
    fn loss_gradient_and_hessian_scale_as_they_should(
        seed in 0u64..1_000_000, exponent in -10.0f64..10.0, norm in prop::sample::select(vec!["batch", "layer", "weight"]),
    ) {
        let outcome = run(&json!({"identities": {"norm": norm, "factor": exponent.exp2(), "seed": seed}}));
        let of = |name: &str| outcome["identities"][name].as_f64().unwrap();
        for name in ["loss", "cosine", "gradient", "hessian", "euler"] {
            // Units that hardly vary over the batch divide by their deviation three times in a Hessian.
            prop_assert!(of(name) < 1e-8, "{norm}, {name}: {outcome}");
        }
        prop_assert!(norm == "layer" || of("unit") < 1e-8, "{outcome}");
    }

    #[test]
    fn norms_grow_by_pythagoras(seed in any::<u64>()) {
        let outcome = run(&json!({"descent": {"seed": seed}}));
        let of = |name: &str| outcome["descent"][name].as_f64().unwrap();
        prop_assert!(of("pythagoras") < 1e-12 && of("cosine") < 1e-10, "{outcome}");
    }
}

/// The relative change of a loss when the weights of the first layer are multiplied by 3.
fn change(normalization: Normalization) -> f64 {
    let (device, mut stream) = (Device::open(Backend::default()).unwrap(), Stream::new(1));
    let samples = Samples::new(&[4], stream.normals(32), Targets::Values(stream.normals(8))).unwrap();
    let examples = Examples::new(&samples, Precision::F64, &device).unwrap();
    let layer = DenseLayer::new(5).normalized(normalization);
    let network = DeepMlp::uniform(4, layer, 2, 1, Activation::Tanh)
        .unwrap()
        .init(Initialization::LecunNormal, Precision::F64, &device, &mut stream)
        .unwrap();
    let loss = trace(&network, (examples.inputs(), examples.targets()), |network, (x, y)| {
        Loss::HalfSquared.of(network.forward(x), y)
    })
    .unwrap();
    let mut point = loss.point().to_vec();
    let before = loss.value(&point).unwrap();
    point[..20].iter_mut().for_each(|weight| *weight *= 3.0);
    (loss.value(&point).unwrap() - before).abs() / before
}

/// The hypotheses matter: an ε, running averages in place of the batch's statistics, no normalization at all.
#[test]
fn teeth_without_its_hypotheses_the_scale_is_seen() {
    assert!(change(Normalization::BatchStatistics { epsilon: 0.0 }) < 1e-13);
    assert!(change(Normalization::BatchStatistics { epsilon: 0.1 }) > 1e-4);
    assert!(change(Normalization::Batch { epsilon: 0.0 }) > 1e-2, "running averages");
    assert!(change(Normalization::None) > 1e-2);
}

/// Layer normalization sees the scale of a single unit.
#[test]
fn teeth_layer_normalization_is_invariant_in_the_whole_matrix_only() {
    let outcome = run(&json!({"identities": {"norm": "layer", "factor": 3.0, "seed": 5}}));
    assert!(outcome["identities"]["unit"].as_f64().unwrap() > 1e-4, "{outcome}");
}
