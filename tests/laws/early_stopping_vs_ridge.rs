//! `early-stopping-vs-ridge`: gradient flow against small steps of descent, and the constant against random designs.

use nalgebra::DMatrix;
use proptest::prelude::*;
use saddlepoint_experiments::claims;
use saddlepoint_experiments::decaying_design::{decaying_design, direction};
use saddlepoint_experiments::verdict::Verdict;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::regularization::early_stopping::{STATED, STATED_TUNED, bias_ratio, variance_ratio};
use saddlepoint_theory::regularization::spectral_filter::{Family, Filter, FixedDesign};
use serde_json::{Value, json};

proptest! {
    #[test]
    fn no_design_exceeds_the_constants(
        seed in any::<u64>(), n in 1usize..25, d in 1usize..20, power in 0.0f64..3.0, signal in -2.0f64..2.0, time in -4.0f64..4.0
    ) {
        let mut stream = Stream::new(seed);
        let design = decaying_design(n, d, power, &mut stream);
        let radius = 10f64.powf(signal);
        let problem = FixedDesign::new(&design, &direction(d, radius, &mut stream), 1.0).unwrap();
        let time = 10f64.powf(time);
        let (flow, ridge) = (problem.risk(Filter::GradientFlow(time)).unwrap(), problem.risk(Filter::Ridge(1.0 / time)).unwrap());
        prop_assert!(flow <= STATED * ridge, "{}", flow / ridge);
        let tuned = |family| problem.least_bayes_risk(family, radius).unwrap().1;
        let ratio = tuned(Family::GradientFlow) / tuned(Family::Ridge);
        prop_assert!((1.0 - 1e-9..=STATED_TUNED).contains(&ratio), "{ratio}");
    }

    /// Direction by direction: squared bias below, variance at most the constant above.
    #[test]
    fn each_direction_keeps_both_bounds(x in 1e-6f64..1e3) {
        prop_assert!(bias_ratio(x) <= 1.0 + 1e-15 && variance_ratio(x) <= STATED && variance_ratio(x) >= 1.0 - 1e-12);
    }
}

/// Many small steps of gradient descent from zero are the flow: their risk, from the matrices, is the closed form's.
#[test]
fn small_steps_are_the_flow() {
    let mut stream = Stream::new(3);
    let (n, d, time, steps) = (12, 5, 2.5, 20_000);
    let design = decaying_design(n, d, 0.5, &mut stream);
    let beta = direction(d, 1.0, &mut stream);
    let problem = FixedDesign::new(&design, &beta, 0.7).unwrap();
    // The estimator is linear in the labels: follow its matrix.
    let (gram, rate) = (design.transpose() * &design / n as f64, time / f64::from(steps));
    let mut map = DMatrix::zeros(d, n);
    for _ in 0..steps {
        map = &map + (design.transpose() / n as f64 - &gram * &map) * rate;
    }
    let bias = (&map * &design - DMatrix::identity(d, d)) * nalgebra::DVector::from_column_slice(&beta);
    let risk = bias.norm_squared() + 0.49 * map.norm_squared();
    let flow = problem.risk(Filter::GradientFlow(time)).unwrap();
    assert!((risk / flow - 1.0).abs() < 1e-3, "{risk} {flow}");
    // Teeth: twice the time is told apart.
    assert!((risk / problem.risk(Filter::GradientFlow(2.0 * time)).unwrap() - 1.0).abs() > 1e-2);
}

#[test]
fn teeth_a_smaller_constant_is_refuted() {
    let silent = FixedDesign::new(&DMatrix::from_element(1, 1, 1.0), &[0.0], 1.0).unwrap();
    let (flow, ridge) = (Filter::GradientFlow(1.79328), Filter::Ridge(1.0 / 1.79328));
    let ratio = silent.risk(flow).unwrap() / silent.risk(ridge).unwrap();
    assert!(ratio > 1.6859 && ratio < STATED, "{ratio}");
}

fn run(best: f64, validated: f64, largest: f64) -> Vec<(Value, Value)> {
    let curve = [(1.0, 1.488556, 1.0), (2.0, 0.997881, 1.0)];
    let reference = json!({"reference": {
        "curve": curve, "best": [1.6, 0.865805922], "tuned": 1.002323,
        "peak": [1.79328, 1.68590906, 1.686], "attained": 1.68590906
    }});
    let looks = json!({"digits": [[25, 0.7, best, 0.6], [50, 0.9, validated, 0.6], [75, 0.5, 0.80, 1.0]]});
    vec![
        (json!("reference"), reference),
        (json!({"random": {"problems": 1, "seed": 0}}), json!({"random": {"largest": largest, "tuned": 1.1}})),
        (json!({"digits": {"steps": 75, "seed": 1}}), looks),
    ]
}

#[test]
fn teeth_the_verdict_needs_every_part() {
    let claim = claims::find("early-stopping-vs-ridge").unwrap();
    let verdict = |evidence: &[(Value, Value)]| claim.conclude(evidence).unwrap().0.verdict;
    assert_eq!(verdict(&run(0.88, 0.85, 1.6)), Verdict::Reproduced);
    assert_eq!(verdict(&run(0.84, 0.84, 1.6)), Verdict::NotReproduced, "four points");
    assert_eq!(verdict(&run(0.88, 0.81, 1.6)), Verdict::NotReproduced, "validation chooses badly");
    assert_eq!(verdict(&run(0.88, 0.85, 1.69)), Verdict::NotReproduced, "a design above the constant");
    assert_eq!(verdict(&[]), Verdict::NotReproduced);
}
