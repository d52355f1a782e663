//! What estimators achieve, and what regularizes them.

use saddlepoint_theory::estimation::chebyshev::Polynomial;
use saddlepoint_theory::estimation::decomposition::Fit;
use saddlepoint_theory::estimation::gaussian_linear::GaussianLinear;
use saddlepoint_theory::estimation::kernel_machine::{Kernel, KernelMachine, median_distance};
use saddlepoint_theory::estimation::least_squares::LeastSquares;
use saddlepoint_theory::estimation::legendre::Target;
use saddlepoint_theory::estimation::minimum_norm::{minimum_norm, ridge};
use saddlepoint_theory::estimation::neighbours::NearestNeighbours;
use saddlepoint_theory::estimation::random_features::RandomFeatures;
use saddlepoint_theory::estimation::regression_tree::RegressionTree;
use saddlepoint_theory::estimation::spline::Splines;
use saddlepoint_theory::estimation::{Eigenspace, MEstimator, uniform_rate};
use saddlepoint_theory::regularization::adversarial::{LinearAttack, LinearClassifier};
use saddlepoint_theory::regularization::ambiguity::Ambiguity;
use saddlepoint_theory::regularization::dropout::{Dropout, Likelihood};
use saddlepoint_theory::regularization::noise_injection::blurred_least_squares;
use saddlepoint_theory::regularization::spectral_filter::{Family, FixedDesign};
use saddlepoint_theory::regularization::weighted_ridge::WeightedRidge;

use super::{Theorem, at_least, done, finite};
use crate::fuzzing::bits::Bits;

fn design(b: &mut Bits) -> Option<FixedDesign> {
    let design = b.matrix();
    FixedDesign::new(&design, &b.exactly(design.ncols()), b.number()).ok()
}

pub(super) const TABLE: &[Theorem] = &[
    |b| {
        let points = b.list(|b| (b.number(), b.number()));
        done(Polynomial::fit(&points, (b.number(), b.number()), b.few()))
    },
    |b| {
        let target = if b.flag() { Target::AbsoluteValue } else { Target::Polynomial(b.numbers()) };
        let (degree, abscissae) = (b.few() % 3, b.numbers());
        let fit = Fit::new(&target, degree, &abscissae, &b.exactly(abscissae.len())).ok()?;
        at_least(0.0, fit.approximation())
    },
    |b| {
        let model = GaussianLinear::new(b.numbers(), b.number(), b.size()).ok()?;
        let fitted = b.few();
        let _ = model.training_error(fitted);
        at_least(0.0, model.risk(fitted).ok()?)
    },
    |b| {
        let (model, mut stream) = (GaussianLinear::new(b.numbers(), b.number(), 1 + b.few()).ok()?, b.stream());
        done(model.simulate(b.few(), || stream.normal()))
    },
    |b| {
        let kernel = if b.flag() { Kernel::laplace(b.number()) } else { Kernel::gaussian(b.number()) }.ok()?;
        let inputs = b.matrix();
        let values = b.shaped(inputs.nrows(), 1);
        let machine = if b.flag() {
            KernelMachine::new(kernel, inputs.clone())
        } else {
            KernelMachine::with_ridge(kernel, inputs.clone(), b.number())
        };
        let machine = machine.ok()?;
        done(machine.fit(&values).and_then(|fitted| fitted.values(&machine.kernels(&inputs)?)))
    },
    |b| at_least(0.0, median_distance(&b.matrix()).ok()?),
    |b| {
        let features = b.matrix();
        let problem = LeastSquares::new(&features, &b.vector(features.nrows())).ok()?;
        at_least(0.0, problem.extremes().0)
    },
    |b| {
        let spaces = b.list(|b| Eigenspace { dimension: b.narrow(), curvature: b.number(), noise: b.number() });
        at_least(0.0, MEstimator::new(spaces).ok()?.variance())
    },
    |b| at_least(0.0, uniform_rate(b.narrow(), b.count()).ok()?),
    |b| {
        let features = b.matrix();
        let targets = b.shaped(features.nrows(), 1);
        finite(&minimum_norm(&features, &targets).ok()?)
    },
    |b| {
        let features = b.matrix();
        let targets = b.shaped(features.nrows(), 1);
        finite(&ridge(&features, &targets, b.number()).ok()?)
    },
    |b| {
        let points = b.matrix();
        let (labels, width) = (b.flags(points.ncols()).into_iter().map(usize::from).collect(), points.nrows());
        let found = NearestNeighbours::new(points, labels, b.few()).ok()?;
        at_least(0.0, found.class(&b.exactly(width)) as f64)
    },
    |b| {
        let (d, width, n) = (b.few(), b.few(), b.few());
        let (directions, inputs, targets) = (b.shaped(d, width), b.shaped(n, d), b.shaped(n, 1));
        let fit = RandomFeatures::fit(directions, &inputs, &targets).ok()?;
        done(fit.predict(&inputs))
    },
    |b| {
        let inputs = b.matrix();
        let depth = b.flag().then(|| b.few());
        let tree = RegressionTree::fit(&inputs, &b.exactly(inputs.nrows()), depth).ok()?;
        finite(&[tree.value(&b.exactly(inputs.ncols()))])
    },
    |b| {
        let (cells, abscissae) = (b.few(), b.numbers());
        let splines = Splines::new(cells, f64::sin).ok()?;
        at_least(0.0, splines.excess_risk(&abscissae, &b.exactly(abscissae.len())).ok()?)
    },
    |b| {
        let attack = LinearAttack::new(&b.numbers(), b.number()).ok()?;
        at_least(attack.worst(), attack.bound())
    },
    |b| {
        let (d, k) = (b.few(), b.few());
        let classifier = LinearClassifier::new(d, b.exactly(d * k), b.exactly(k)).ok()?;
        done(classifier.robustness(&b.exactly(d), b.few()))
    },
    |b| {
        let n = b.few();
        at_least(0.0, Ambiguity::new(&b.list(|b| b.exactly(n)), &b.exactly(n)).ok()?.ensemble)
    },
    |b| {
        let (design, likelihood) = (b.matrix(), b.one_of(&[Likelihood::Gaussian, Likelihood::Bernoulli]));
        let dropout = Dropout::new(&design, b.number()).ok()?;
        let weights = b.exactly(design.ncols());
        let _ = (dropout.quadratic(likelihood, &weights), dropout.least_squares(&b.exactly(design.nrows())));
        finite(&[dropout.penalty(likelihood, &weights).ok()?])
    },
    |b| {
        let design = b.matrix();
        done(blurred_least_squares(&design, &b.exactly(design.nrows()), b.number()).ok()?.minimizer())
    },
    |b| {
        let (design, family) = (design(b)?, b.one_of(&[Family::Ridge, Family::GradientFlow]));
        at_least(0.0, design.risk(family.at(b.number())).ok()?)
    },
    |b| {
        let (design, family) = (design(b)?, b.one_of(&[Family::Ridge, Family::GradientFlow]));
        at_least(0.0, design.bayes_risk(family.at(b.number()), b.number()).ok()?)
    },
    |b| at_least(0.0, design(b)?.bayes_penalty(b.number()).ok()?),
    |b| {
        let (design, family) = (design(b)?, b.one_of(&[Family::Ridge, Family::GradientFlow]));
        at_least(0.0, design.least_bayes_risk(family, b.number()).ok()?.1)
    },
    |b| {
        let design = b.matrix();
        let problem =
            WeightedRidge::new(&design, &b.exactly(design.nrows()), b.exactly(design.ncols())).ok()?;
        let _ = problem.value(&b.exactly(design.ncols()));
        finite(&problem.minimizer().ok()?)
    },
];
