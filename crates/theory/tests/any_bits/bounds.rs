//! The bounds.

use proptest::prelude::*;
use saddlepoint_rigor::{Interval, IntervalMatrix};
use saddlepoint_theory::bounds::bartlett_foster_telgarsky::{
    FixedClass, Radii, log_covering_number, rademacher_complexity,
};
use saddlepoint_theory::bounds::gaussian::{DiagonalGaussian, IsotropicGaussian};
use saddlepoint_theory::bounds::golowich::complexity_on_ball;
use saddlepoint_theory::bounds::inputs::{Inputs, Sample};
use saddlepoint_theory::bounds::kernel::{self, excess_capacity};
use saddlepoint_theory::bounds::kolmogorov;
use saddlepoint_theory::bounds::network::{Activation, Network, Operation, Reference};
use saddlepoint_theory::bounds::norm_margin::NormMargin;
use saddlepoint_theory::bounds::perturbation::Perturbation;
use saddlepoint_theory::capacity::margins::Margins;
use saddlepoint_theory::capacity::norms::Layers;
use saddlepoint_theory::quantity::{Margin, Risk, SampleSize};

use super::bits::{count, float, floats, interval, matrix, matrix_of, size};

/// A network of 2, 2 and 1 units with two inputs and their margins.
fn network() -> impl Strategy<Value = (Network, Inputs, Margins)> {
    let parts = (matrix_of(2, 2), matrix_of(1, 2), matrix_of(2, 2), matrix_of(2, 1));
    parts.prop_filter_map("no network", |(hidden, last, inputs, outputs)| {
        let layers = Layers::new(vec![hidden, last]).ok()?;
        let margins = Margins::of_signs(&outputs, &[true, false]).ok()?;
        Some((Network::new(layers, Activation::relu()).ok()?, Inputs::new(inputs), margins))
    })
}

mod any_bits_are_bounded_or_refused {
    use super::*;

    proptest! {
        #[test]
        fn of_fixed_classes(
            (network, inputs, margins) in network(), spectral in floats(), distances in floats(), reference in matrix(),
            gamma in float(), delta in float(),
        ) {
            let sample = Sample::new(&inputs, &margins).unwrap();
            let radii = Radii { spectral, distances };
            let references = [Reference::zero(), Reference::fixed_before_the_data(vec![reference; 2])];
            let large = Radii { spectral: vec![f64::MAX; 2], distances: vec![f64::MAX; 2] };
            for (reference, radii) in references.iter().flat_map(|r| [(r, &radii), (r, &large)]) {
                if let Ok(theorem) = FixedClass::new(&network, reference, radii, sample, gamma, delta) {
                    prop_assert!(theorem.evaluate().value() >= 0.0);
                }
            }
        }

        #[test]
        fn of_covers(complexity in float(), width in size(), norm in float(), epsilon in float(), n in count(), gamma in float()) {
            if let Ok(logarithm) = log_covering_number(complexity, width, norm, epsilon) {
                prop_assert!(logarithm >= 0.0);
            }
            if let (Ok(n), Ok(gamma)) = (SampleSize::new(n), Margin::new(gamma))
                && let Ok(bound) = rademacher_complexity(complexity, width, norm, n, gamma)
            {
                prop_assert!(bound >= 0.0);
            }
        }

        #[test]
        fn of_norms_over_margins(norm in interval(), unit in float(), outputs in matrix(), gamma in float(), delta in float()) {
            let positive = vec![true; outputs.shape().0];
            if let Ok(margins) = Margins::of_signs(&outputs, &positive)
                && let Ok(theorem) = NormMargin::new("test", norm, unit, &margins, gamma, delta)
            {
                prop_assert!(theorem.evaluate().value() >= 0.0);
            }
        }

        #[test]
        fn of_perturbations((network, ..) in network(), first in matrix(), second in matrix(), radius in float()) {
            let zero = |rows, columns| IntervalMatrix::from_rows(rows, columns, vec![0.0; rows * columns]).unwrap();
            for added in [vec![], vec![first.clone()], vec![first, second], vec![zero(2, 2), zero(1, 2)]] {
                if let Ok(lemma) = Perturbation::new(&network, &added, radius) {
                    prop_assert!(lemma.evaluate() >= 0.0 && lemma.size() <= 1.0);
                }
            }
        }

        #[test]
        fn of_activations(lipschitz in float(), at_zero in float(), homogeneous in any::<bool>()) {
            let of = Activation::new("any", lipschitz, at_zero, homogeneous);
            prop_assert_eq!(of.is_ok(), (0.0..=f64::MAX).contains(&lipschitz) && at_zero.is_finite());
            let leaky = Activation::leaky_relu(lipschitz);
            prop_assert_eq!(leaky.is_ok(), lipschitz.is_finite());
            prop_assert!(leaky.is_err() || leaky.is_ok_and(|leaky| leaky.lipschitz() >= lipschitz.abs()));
        }

        #[test]
        fn of_biases((network, ..) in network(), first in floats(), second in floats(), fits in any::<bool>()) {
            let first = if fits { [first, vec![0.5; 2]].concat()[..2].to_vec() } else { first };
            let second = if fits { [second, vec![0.5]].concat()[..1].to_vec() } else { second };
            let biases = [first.clone(), second];
            let finite = biases.iter().flatten().all(|b| b.is_finite());
            let augmented = Network::augmented(network.layers(), &biases, Activation::relu());
            prop_assert_eq!(augmented.is_ok(), finite && biases[0].len() == 2 && biases[1].len() == 1);
            let weights = network.layers().weights();
            let operations = vec![
                Operation::Linear(weights[0].clone()),
                Operation::Bias(first.clone()),
                Operation::Activation(Activation::relu()),
                Operation::Linear(weights[1].clone()),
            ];
            let zero = first.len() == 2 && first.iter().all(|&b| b == 0.0);
            prop_assert_eq!(Network::from_operations(operations).is_ok(), zero);
        }

        #[test]
        fn of_balls(depth in size(), norm in interval(), radius in float(), n in count()) {
            let Ok(n) = SampleSize::new(n) else { return Ok(()) };
            if let Ok(complexity) = complexity_on_ball(depth, norm, radius, n) {
                prop_assert!(complexity >= 0.0);
            }
            prop_assert!(kernel::complexity(norm, Interval::between(radius, radius), n.get()) >= 0.0);
        }

        #[test]
        fn of_random_labels(a in interval(), b in interval()) {
            if let Ok(factor) = excess_capacity(a, b) {
                prop_assert!(a.low() > 0.0 && factor.low() <= factor.high());
            }
        }

        #[test]
        fn of_gaussians(
            means in floats(), scales in floats(), prior in floats(), variance in float(), noise in floats(), small in any::<bool>(),
        ) {
            let fit = |x: Vec<f64>| if small { [x, vec![0.5]].concat()[..1].to_vec() } else { x };
            let [means, scales, prior, noise] = [means, scales, prior, noise].map(fit);
            let posteriors = [DiagonalGaussian::new(means.clone(), scales.clone()), DiagonalGaussian::of_logarithms(means, &scales)];
            for posterior in posteriors.into_iter().flatten() {
                prop_assert!(posterior.deviations().iter().all(|s| *s > 0.0 && s.is_finite()));
                if let Ok(drawn) = posterior.draw(&noise) {
                    prop_assert!(drawn.iter().all(|w| w.is_finite()));
                }
                if let Ok(gradient) = posterior.pull_back(&noise, &noise) {
                    prop_assert!(gradient.log_deviations.iter().all(|g| g.is_finite()));
                }
                if let Ok(prior) = IsotropicGaussian::new(prior.clone(), variance) {
                    if let Ok(divergence) = posterior.divergence(&prior) {
                        prop_assert!(divergence.get() >= 0.0);
                    }
                    if let Ok((gradient, scale)) = posterior.divergence_gradient(&prior) {
                        prop_assert!(scale.is_finite() && gradient.means.iter().all(|g| g.is_finite()));
                        prop_assert!(gradient.log_deviations.iter().all(|g| g.is_finite()));
                    }
                }
            }
        }

        #[test]
        fn of_thresholds(mut points in floats(), n in count(), gap in float(), z in float()) {
            if let Some(gap) = kolmogorov::statistic(&mut points) {
                prop_assert!((0.0..=1.0).contains(&gap));
            }
            let (Ok(n), Ok(gap)) = (SampleSize::new(n), Risk::new(gap)) else { return Ok(()) };
            if let (Ok(tail), Ok(mean)) = (kolmogorov::tail(n, gap), kolmogorov::mean(n)) {
                prop_assert!((0.0..=1.0).contains(&tail) && (0.0..=1.0).contains(&mean));
            }
            prop_assert!(z.is_nan() || (0.0..=1.0).contains(&kolmogorov::limit_tail(z)));
        }
    }
}
