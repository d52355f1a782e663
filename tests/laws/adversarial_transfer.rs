//! `adversarial-transfer`: the projected attack stays in its cube, is the single step where it makes one, and never passes what
//! is certain of a linear classifier.

use proptest::prelude::*;
use saddlepoint_experiments::claims;
use saddlepoint_experiments::verdict::Verdict;
use saddlepoint_models::data::{Samples, Targets};
use saddlepoint_models::device::{Backend, Device, Precision};
use saddlepoint_models::networks::{Activation, Architecture, Initialization, Mlp, MlpNetwork};
use saddlepoint_models::parameters;
use saddlepoint_models::random::Stream;
use saddlepoint_models::training::{Examples, Loss, ProjectedAttack, fgsm};
use saddlepoint_theory::regularization::adversarial::LinearClassifier;
use serde_json::{Value, json};

const LOSS: Loss = Loss::CrossEntropy;

fn setting(widths: &[usize], seed: u64) -> (MlpNetwork, Examples, Samples) {
    let (device, mut stream) = (Device::open(Backend::default()).unwrap(), Stream::new(seed));
    let network = Mlp::new(widths, Activation::Relu)
        .unwrap()
        .init(Initialization::HeNormal, Precision::F64, &device, &mut stream)
        .unwrap();
    let labels = (0..20).map(|_| stream.index(3)).collect();
    let samples = Samples::new(&[6], stream.normals(120), Targets::Classes { labels, classes: 3 }).unwrap();
    (network, Examples::new(&samples, Precision::F64, &device).unwrap(), samples)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn ten_steps_stay_in_the_cube_and_raise_the_loss(seed in 0..10_000u64, epsilon in 1e-3..0.3f64) {
        let (network, examples, samples) = setting(&[6, 9, 3], seed);
        let attack = ProjectedAttack { epsilon, step: 0.25 * epsilon, steps: 10 };
        let moved = examples.with_inputs(attack.run(&network, &examples.inputs(), &examples.targets(), LOSS));
        let farthest = moved.input_numbers().iter().zip(samples.inputs()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        prop_assert!(farthest <= epsilon * (1.0 + 1e-12));
        prop_assert!(moved.loss(&network, LOSS).unwrap() > examples.loss(&network, LOSS).unwrap());
    }

    #[test]
    fn one_full_step_is_the_single_step(seed in 0..10_000u64) {
        let (network, examples, _) = setting(&[6, 9, 3], seed);
        let once = ProjectedAttack { epsilon: 0.1, step: 0.1, steps: 1 };
        let one = examples.with_inputs(once.run(&network, &examples.inputs(), &examples.targets(), LOSS)).input_numbers();
        let other = examples.with_inputs(fgsm(&network, examples.inputs(), examples.targets(), LOSS, 0.1)).input_numbers();
        prop_assert!(one.iter().zip(other).all(|(a, b)| (a - b).abs() < 1e-15));
    }

    /// Below the certified radius no attack changes a right answer of a linear model; teeth: just above it one does.
    #[test]
    fn the_certificate_holds_and_is_tight(seed in 0..10_000u64, epsilon in 0.01..0.5f64) {
        let (network, examples, samples) = setting(&[6, 3], seed);
        let flat = parameters::flat(&network);
        let weights: Vec<f64> = (0..3).flat_map(|k| (0..6).map(move |j| (j, k))).map(|(j, k)| flat[3 * j + k]).collect();
        let classifier = LinearClassifier::new(6, weights.clone(), flat[18..].to_vec()).unwrap();
        let labels = samples.labels().unwrap().0;
        let attack = ProjectedAttack { epsilon, step: 0.25 * epsilon, steps: 10 };
        let moved = examples.with_inputs(attack.run(&network, &examples.inputs(), &examples.targets(), LOSS)).input_numbers();
        let score = |x: &[f64], k: usize| flat[18 + k] + weights[6 * k..][..6].iter().zip(x).map(|(w, x)| w * x).sum::<f64>();
        let right = |x: &[f64], y: usize| (0..3).all(|k| k == y || score(x, y) > score(x, k));
        for ((x, moved), &y) in samples.rows().zip(moved.chunks(6)).zip(labels) {
            let radius = classifier.robustness(x, y).unwrap();
            if radius > epsilon * (1.0 + 1e-9) {
                prop_assert!(right(moved, y));
            }
            if radius > 1e-9 {
                let broken = (0..3).filter(|k| *k != y).any(|k| {
                    let towards = |j: usize| 1.000_001 * radius * (weights[6 * k + j] - weights[6 * y + j]).signum();
                    let x: Vec<f64> = x.iter().enumerate().map(|(j, x)| x + towards(j)).collect();
                    !right(&x, y)
                });
                prop_assert!(broken);
            }
        }
    }
}

fn run(off: f64, projected: f64, certified: f64) -> Vec<(Value, Value)> {
    let row = |on: usize| (0..4).map(|against| if on == against { 0.02 } else { off }).collect::<Vec<f64>>();
    let same = |value: f64| vec![value; 4];
    let outcome = json!({
        "clean": same(0.96), "random": same(0.93), "transfer": (0..4).map(row).collect::<Vec<_>>(),
        "fast": [same(0.8), same(0.3), same(0.2), same(0.1)],
        "projected": [same(projected), same(0.25), same(0.1), same(0.0)],
        "certified": [certified, 0.24, 0.09, 0.0], "images": []
    });
    vec![(json!({"data": "digits", "epochs": 60, "seed": 1}), outcome)]
}

#[test]
fn teeth_the_verdict_needs_every_part() {
    let claim = claims::find("adversarial-transfer").unwrap();
    let verdict = |evidence: &[(Value, Value)]| claim.conclude(evidence).unwrap().0.verdict;
    assert_eq!(verdict(&run(0.5, 0.79, 0.78)), Verdict::Reproduced);
    assert_eq!(verdict(&run(0.9, 0.79, 0.78)), Verdict::NotReproduced, "no worse than random signs");
    assert_eq!(verdict(&run(0.01, 0.79, 0.78)), Verdict::NotReproduced, "stronger on others than on itself");
    assert_eq!(verdict(&run(0.5, 0.82, 0.8)), Verdict::NotReproduced, "ten steps weaker than one");
    assert_eq!(verdict(&run(0.5, 0.79, 0.795)), Verdict::NotReproduced, "an attack below what is certain");
    assert_eq!(verdict(&run(0.5, 0.79, 0.65)), Verdict::NotReproduced, "attacks far from what is certain");
    assert_eq!(verdict(&[]), Verdict::NotReproduced);
}
