//! Bounds that need no network.

use saddlepoint_theory::bounds::catoni::{Catoni, infimum};
use saddlepoint_theory::bounds::clopper_pearson::ClopperPearson;
use saddlepoint_theory::bounds::dziugaite_roy::{DziugaiteRoy, Penalty, PriorGrid};
use saddlepoint_theory::bounds::empirical_bernstein::EmpiricalBernstein;
use saddlepoint_theory::bounds::error_count::ErrorCount;
use saddlepoint_theory::bounds::finite_class::{FiniteClass, uniform_deviation};
use saddlepoint_theory::bounds::gaussian::{DiagonalGaussian, IsotropicGaussian};
use saddlepoint_theory::bounds::hoeffding::Hoeffding;
use saddlepoint_theory::bounds::kernel::{KernelMargin, KernelMatrix, excess_capacity};
use saddlepoint_theory::bounds::kl_inverse::divergence;
use saddlepoint_theory::bounds::kl_test_set::KlTestSet;
use saddlepoint_theory::bounds::kolmogorov;
use saddlepoint_theory::bounds::linear_gibbs::{LinearGibbs, normalized_margin};
use saddlepoint_theory::bounds::maurer::Maurer;
use saddlepoint_theory::bounds::mcallester::McAllester;
use saddlepoint_theory::bounds::norm_margin::NormMargin;
use saddlepoint_theory::bounds::pac_bayes::{GibbsRisk, Moment};
use saddlepoint_theory::bounds::rademacher::{ClassComplexity, UniformDeviation};
use saddlepoint_theory::bounds::split::Split;
use saddlepoint_theory::bounds::vc::VapnikChervonenkis;
use saddlepoint_theory::capacity::margins::Margins;
use saddlepoint_theory::quantity::{Complexity, Confidence, Divergence, Margin, Risk, SampleSize};

use super::{Theorem, at_least, done, finite, ordered};
use crate::fuzzing::bits::Bits;

/// A split of either kind.
fn split(b: &mut Bits) -> Option<Split> {
    if b.flag() {
        Split::unseen(b.count()).ok()
    } else {
        Split::of_counts(b.count(), b.count(), b.count()).ok()
    }
}

fn moment(b: &mut Bits) -> Moment {
    b.one_of(&[Moment::Exact, Moment::TwoRoots])
}

/// A Gaussian and a prior's means, of one dimension.
fn posterior(b: &mut Bits) -> Option<(DiagonalGaussian, Vec<f64>)> {
    let d = b.few();
    Some((DiagonalGaussian::new(b.exactly(d), b.exactly(d)).ok()?, b.exactly(d)))
}

fn grid(means: Vec<f64>, b: &mut Bits) -> Option<PriorGrid> {
    PriorGrid::new(means, b.number(), b.number()).ok()
}

/// The margins of a few outputs.
pub(super) fn margins(b: &mut Bits, count: usize) -> Option<Margins> {
    Margins::of_signs(&b.enclosure(count, 1)?, &b.flags(count)).ok()
}

pub(super) const TABLE: &[Theorem] = &[
    |b| {
        let q = b.number();
        at_least(q, Hoeffding::new(q, b.count(), b.number()).ok()?.evaluate().value())
    },
    |b| at_least(0.0, Hoeffding::of_errors(b.count(), b.count(), b.number()).ok()?.evaluate().value()),
    |b| {
        let q = b.number();
        at_least(q, KlTestSet::new(q, b.count(), b.number()).ok()?.evaluate().value())
    },
    |b| at_least(0.0, KlTestSet::of_errors(b.count(), b.count(), b.number()).ok()?.evaluate().value()),
    |b| {
        let q = b.number();
        at_least(q, EmpiricalBernstein::new(q, b.number(), b.count(), b.number()).ok()?.evaluate().value())
    },
    |b| at_least(0.0, EmpiricalBernstein::of_draws(&b.numbers(), b.number()).ok()?.evaluate().value()),
    |b| at_least(0.0, ClopperPearson::new(b.count(), b.count(), b.number()).ok()?.evaluate().value()),
    |b| {
        let q = b.number();
        at_least(q, FiniteClass::new(q, b.count(), b.count(), b.number()).ok()?.evaluate().value())
    },
    |b| {
        let (size, n, delta) = (b.count(), SampleSize::new(b.count()).ok()?, Confidence::new(b.number()).ok()?);
        at_least(0.0, uniform_deviation(size, n, delta).ok()?)
    },
    |b| {
        let q = b.number();
        at_least(q, VapnikChervonenkis::new(q, b.count(), b.count(), b.number()).ok()?.evaluate().value())
    },
    |b| {
        let q = b.number();
        let theorem = VapnikChervonenkis::with_log_growth(q, b.number(), b.count(), b.number()).ok()?;
        at_least(q, theorem.evaluate().value())
    },
    |b| {
        let (q, bound, n) = (b.number(), Complexity::new(b.number()).ok()?, SampleSize::new(b.count()).ok()?);
        let complexity =
            if b.flag() { ClassComplexity::empirical(bound, n) } else { ClassComplexity::expected(bound, n) };
        at_least(q, UniformDeviation::new(q, complexity, b.number()).ok()?.evaluate().value())
    },
    |b| {
        let q = b.number();
        let theorem = McAllester::new(GibbsRisk::exact(q).ok()?, b.number(), split(b)?, b.number(), moment(b));
        at_least(q, theorem.ok()?.evaluate().value())
    },
    |b| {
        let q = b.number();
        let theorem = Maurer::new(GibbsRisk::exact(q).ok()?, b.number(), split(b)?, b.number(), moment(b));
        at_least(q, theorem.ok()?.evaluate().value())
    },
    |b| {
        let q = b.number();
        let theorem = Catoni::new(GibbsRisk::exact(q).ok()?, b.number(), split(b)?, b.number(), &b.numbers());
        at_least(q, theorem.ok()?.evaluate().value())
    },
    |b| {
        let theorem = LinearGibbs::new(&b.numbers(), &b.numbers(), b.number(), moment(b)).ok()?;
        at_least(0.0, theorem.evaluate().value())
    },
    |b| {
        let d = b.few();
        let cosine = normalized_margin(&b.exactly(d), &b.exactly(d), b.flag()).ok()?;
        at_least(cosine.abs(), 1.0)
    },
    |b| {
        let draws = EmpiricalBernstein::of_draws(&b.numbers(), b.number()).ok()?;
        let theorem = Maurer::new(GibbsRisk::certified(&draws), b.number(), split(b)?, b.number(), moment(b));
        at_least(0.0, theorem.ok()?.evaluate().value())
    },
    |b| {
        let (posterior, means) = posterior(b)?;
        let prior = IsotropicGaussian::new(means, b.number()).ok()?;
        at_least(0.0, posterior.divergence(&prior).ok()?.get())
    },
    |b| {
        let (posterior, means) = posterior(b)?;
        let prior = IsotropicGaussian::new(means, b.number()).ok()?;
        done(posterior.divergence_gradient(&prior))
    },
    |b| {
        let d = b.few();
        let gaussian = DiagonalGaussian::of_logarithms(b.exactly(d), &b.exactly(d)).ok()?;
        let noise = b.exactly(d);
        let _ = gaussian.pull_back(&b.exactly(d), &noise);
        finite(&gaussian.draw(&noise).ok()?)
    },
    |b| {
        let (posterior, means) = posterior(b)?;
        let (q, grid) = (b.number(), grid(means, b)?);
        let gibbs = GibbsRisk::exact(q).ok()?;
        let theorem = DziugaiteRoy::new(gibbs, &posterior, &grid, b.count(), split(b)?, b.number(), moment(b));
        at_least(q, theorem.ok()?.evaluate().value())
    },
    |b| {
        let (posterior, means) = posterior(b)?;
        let (log_deviation, grid) = (b.number(), grid(means, b)?);
        let delta = Confidence::new(b.number()).ok()?;
        at_least(0.0, Penalty::new(&posterior, &grid, log_deviation, split(b)?, delta).ok()?.value)
    },
    |b| {
        let means = b.numbers();
        let grid = grid(means, b)?;
        done(grid.prior(grid.nearest(b.number()).ok()?))
    },
    |b| {
        let n = b.few();
        let law = ErrorCount::new(SampleSize::new(n as u64).ok()?, Risk::new(b.number()).ok()?).ok()?;
        ordered(law.failure(&b.exactly(n + 1)).ok()?)
    },
    |b| ordered(divergence(Risk::new(b.number()).ok()?, Risk::new(b.number()).ok()?).ok()?),
    |b| at_least(0.0, kolmogorov::tail(SampleSize::new(b.count()).ok()?, Risk::new(b.number()).ok()?).ok()?),
    |b| at_least(0.0, kolmogorov::mean(SampleSize::new(b.count()).ok()?).ok()?),
    |b| {
        let norm = b.interval()?;
        let theorem = NormMargin::new("fuzzed", norm, b.number(), &margins(b, 3)?, b.number(), b.number());
        at_least(0.0, theorem.ok()?.evaluate().value())
    },
    |b| {
        let n = b.few();
        let kernel = KernelMatrix::new(b.enclosure(n, n)?).ok()?;
        let theorem = KernelMargin::new(b.interval()?, &kernel, &margins(b, n)?, b.number(), b.number());
        at_least(0.0, theorem.ok()?.evaluate().value())
    },
    |b| {
        let n = b.few();
        ordered(KernelMatrix::new(b.enclosure(n, n)?).ok()?.squared_interpolant_norm(&b.exactly(n)).ok()?)
    },
    |b| ordered(excess_capacity(b.interval()?, b.interval()?).ok()?),
    |b| {
        let observations = |b: &mut Bits| b.list(Bits::size);
        at_least(1.0, Split::of_observations(&observations(b), &observations(b)).ok()?.bound().get() as f64)
    },
    |b| done(ErrorCount::new(SampleSize::new(b.count()).ok()?, Risk::new(b.number()).ok()?)),
    |b| done(Divergence::new(b.number())),
    |b| done(Margin::new(b.number())),
    |b| {
        let q = b.number();
        at_least(q, infimum(Risk::new(q).ok()?, b.number(), b.count(), b.number()).ok()?.get())
    },
];
