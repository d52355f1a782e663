//! How fast descents are, and when they escape.

use saddlepoint_theory::optimization::backpropagation::SigmoidNetwork;
use saddlepoint_theory::optimization::{
    ChainPlateau, CriticalRate, DescentLemma, ExitTimeRatio, Gap, GramConditioning, LinearEscape, MeanField,
    Nonlinearity, PerturbedDescent, QuadraticDescent, SigmoidNeuronSmoothness, Smoothness, StableStep,
    StationaryNoise, jacobi_condition_number, marchenko_pastur_condition_number, offset_condition_number,
};

use super::{Theorem, at_least, done, ordered};
use crate::fuzzing::bits::Bits;

fn smoothness(b: &mut Bits) -> Option<Smoothness> {
    Smoothness::new(b.number()).ok()
}

fn step(b: &mut Bits) -> Option<StableStep> {
    StableStep::new(b.number(), smoothness(b)?).ok()
}

fn rate(b: &mut Bits) -> Option<CriticalRate> {
    Some(CriticalRate::new(smoothness(b)?, Gap::new(b.number()).ok()?))
}

pub(super) const TABLE: &[Theorem] = &[
    |b| {
        let widths = b.list(Bits::few);
        let network = SigmoidNetwork::<f64>::new(&widths, b.numbers()).ok()?;
        let (input, target) = (b.exactly(*widths.first()?), b.exactly(*widths.last()?));
        let _ = network.differences(&input, &target, b.number());
        done(network.evaluate(&input).and_then(|units| network.gradient(&units, &target)))
    },
    |b| at_least(1.0, GramConditioning::new(&b.matrix()).ok()?.condition_number()),
    |b| {
        let n = b.few();
        at_least(1.0, jacobi_condition_number(&b.shaped(n, n)).ok()?)
    },
    |b| at_least(1.0, offset_condition_number(&b.numbers()).ok()?),
    |b| at_least(1.0, marchenko_pastur_condition_number(b.size(), b.size()).ok()?),
    |b| at_least(0.0, rate(b)?.classic(b.count()).ok()?),
    |b| at_least(0.0, rate(b)?.with_step(step(b)?, b.count()).ok()?),
    |b| at_least(0.0, rate(b)?.steps_to(b.number()).ok()?),
    |b| at_least(0.0, rate(b)?.tight(b.count())),
    |b| done(DescentLemma::new(step(b)?, b.number())),
    |b| ordered(LinearEscape::new(b.number(), b.number()).ok()?.steps(b.number(), b.number()).ok()?),
    |b| ordered(ExitTimeRatio::new(b.number(), b.number(), b.number()).ok()?.kappa()),
    |b| {
        let nonlinearity = b.one_of(&[Nonlinearity::Sigmoid, Nonlinearity::Tanh, Nonlinearity::Relu]);
        let field = MeanField::new(nonlinearity, b.number()).ok()?;
        let q = b.number();
        let _ = (field.slope(q), field.fixed_point(), field.gradient_factor());
        done(field.length_map(q))
    },
    |b| {
        let (dimension, smoothness, [rho, epsilon]) = (b.size(), smoothness(b)?, b.array());
        let gap = Gap::new(b.number()).ok()?;
        let theorem =
            PerturbedDescent::new(dimension, smoothness, rho, epsilon, gap, b.number(), b.number()).ok()?;
        at_least(1.0, theorem.wait() as f64)
    },
    |b| {
        let chain = ChainPlateau::new(b.narrow()).ok()?;
        let start = b.number();
        let _ = chain.lag(b.number(), start);
        at_least(0.0, chain.time_to_half(start).ok()?)
    },
    |b| done(SigmoidNeuronSmoothness::new(&b.numbers(), b.number())),
    |b| done(StationaryNoise::new(&b.numbers(), step(b)?, b.number())),
    |b| {
        let eigenvalues = b.numbers();
        let descent = QuadraticDescent::new(&eigenvalues, b.number()).ok()?;
        ordered(descent.loss(&b.exactly(eigenvalues.len()), b.narrow()).ok()?)
    },
];
