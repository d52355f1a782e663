//! Loss surfaces with a formula, what is proved of them, and descents on them.

use saddlepoint_landscape::analytic::baldi_hornik::Strata;
use saddlepoint_landscape::analytic::kawaguchi::{OriginEscape, VanishingEnds};
use saddlepoint_landscape::analytic::neuron_line;
use saddlepoint_landscape::analytic::{
    Activation, AveragedSigmoids, AxisConstruction, Cauchy, ClassificationLoss, DeepLinear, DoubleWell,
    HiddenLayer, Octopus, OneHotLogistic, PlantedNeuron, Quadratic, Reading, SawtoothGradient,
    ScalarReluNetwork, SigmoidNeuron, SubsetConstruction, TwoLayerLinear, TwoParameterMlp,
};
use saddlepoint_landscape::chart::Chart;
use saddlepoint_landscape::critical::inertia::Inertia;
use saddlepoint_landscape::critical::{classify, krawczyk, newton_kantorovich};
use saddlepoint_landscape::descent::{
    AcceleratedDescent, AdaptiveDescent, Bfgs, BoxedLbfgs, GradientDescent, Kicks, Momentum, NoisyDescent,
    PerturbedDescent, StopRule,
};
use saddlepoint_landscape::gradient_noise::SampleGradients;
use saddlepoint_landscape::objective::Objective;
use saddlepoint_landscape::quadrature::NormalRule;
use saddlepoint_landscape::sharpness::{keskar, log_volume, sam};
use saddlepoint_landscape::surface::grid::places;
use saddlepoint_landscape::surface::path::{Kind, Path};
use saddlepoint_landscape::surface::trajectory::{PrincipalPlane, random_walk_share};

use super::{Theorem, at_least, done, finite};
use crate::fuzzing::bits::Bits;

/// The value, the gradient and the Hessian at any point.
fn seen(f: &impl Objective, b: &mut Bits) -> Option<()> {
    let point = b.exactly(f.dimension().min(16));
    let _ = (f.value(&point), f.hessian(&point));
    finite(&f.gradient(&point).ok()?)
}

/// Inputs as rows, and a number for each.
fn data(b: &mut Bits) -> (nalgebra::DMatrix<f64>, Vec<f64>) {
    let inputs = b.matrix();
    let labels = b.exactly(inputs.nrows());
    (inputs, labels)
}

fn neuron(b: &mut Bits) -> Option<SigmoidNeuron> {
    let (inputs, labels) = data(b);
    if b.flag() {
        SigmoidNeuron::sum_of_squares(&inputs, labels).ok()
    } else {
        SigmoidNeuron::half_mean_square(&inputs, labels).ok()
    }
}

fn two_layers(b: &mut Bits) -> Option<TwoLayerLinear> {
    let n = 1 + b.few();
    let (d, k) = (1 + b.few() % 2, 1 + b.few() % 2);
    TwoLayerLinear::new(b.shaped(d, n), b.shaped(k, n), 1 + b.few() % 2).ok()
}

fn deep(b: &mut Bits) -> Option<DeepLinear> {
    let n = 1 + b.few();
    DeepLinear::new(b.shaped(2, n), b.shaped(1, n), &b.list(Bits::few)).ok()
}

fn bowl(b: &mut Bits) -> Option<Quadratic> {
    let n = 1 + b.few() % 2;
    Quadratic::new(b.shaped(n, n)).ok()
}

/// A few steps.
fn stop(b: &mut Bits) -> StopRule {
    StopRule { steps: b.few(), gradient_norm: b.number() }
}

pub(super) const TABLE: &[Theorem] = &[
    |b| {
        let (inputs, labels) = data(b);
        let loss = b.one_of(&[ClassificationLoss::CrossEntropy, ClassificationLoss::HalfSquared]);
        seen(&AveragedSigmoids::empirical(b.few(), &inputs, &labels, loss).ok()?, b)
    },
    |b| {
        let truth = b.shaped(1, 1);
        let loss = b.one_of(&[ClassificationLoss::CrossEntropy, ClassificationLoss::HalfSquared]);
        seen(&AveragedSigmoids::population(&truth, loss, b.number()).ok()?, b)
    },
    |b| {
        let construction = AxisConstruction::new(b.few() % 4, b.few(), b.number(), b.number()).ok()?;
        let _ = construction.axis(b.few());
        seen(&construction.neuron().ok()?, b)
    },
    |b| done(AxisConstruction::critical_ratio(b.few(), b.number(), b.number())),
    |b| {
        let network = two_layers(b)?;
        let strata = Strata::of(&network).ok()?;
        let directions = b.list(Bits::few);
        let _ = (strata.loss(&directions), strata.inertia(&directions), strata.whitened_spectrum(&directions));
        finite(&strata.balanced(&directions).ok()?)
    },
    |b| seen(&two_layers(b)?, b),
    |b| seen(&deep(b)?, b),
    |b| done(OriginEscape::of(&deep(b)?)),
    |b| {
        let network = deep(b)?;
        done(VanishingEnds::new(&network, &b.list(Bits::matrix)))
    },
    |b| seen(&Cauchy::new(b.few()).ok()?, b),
    |b| seen(&DoubleWell::new(b.few()).ok()?, b),
    |b| {
        let (inputs, targets) = data(b);
        let activation = b.one_of(&[Activation::Relu, Activation::Tanh, Activation::Logistic]);
        let layer = if b.flag() {
            HiddenLayer::mean_square(activation, b.few(), &inputs, targets)
        } else {
            HiddenLayer::half_mean_square(activation, b.few(), &inputs, targets)
        };
        seen(&layer.ok()?, b)
    },
    |b| seen(&HiddenLayer::exclusive_or(Activation::Tanh, b.few()).ok()?, b),
    |b| done(neuron_line::critical_points(&SigmoidNeuron::sum_of_squares(&b.shaped(2, 1), b.exactly(2)).ok()?)),
    |b| {
        let octopus = Octopus::new(b.few(), b.number(), b.number()).ok()?;
        let _ = octopus.exit_times(b.number(), &b.exactly(octopus.dimension()));
        seen(&octopus, b)
    },
    |b| {
        let n = b.few();
        seen(&OneHotLogistic::new(&b.exactly(n), &b.exactly(n)).ok()?, b)
    },
    |b| seen(&OneHotLogistic::zipf(&b.numbers()).ok()?, b),
    |b| {
        let planted = PlantedNeuron::new(b.numbers()).ok()?;
        let inputs = b.shaped(2, planted.dimension());
        let _ = planted.sample(&inputs, |p| p);
        seen(&planted, b)
    },
    |b| seen(&bowl(b)?, b),
    |b| seen(&SawtoothGradient::new(b.number(), b.number(), b.narrow()).ok()?, b),
    |b| {
        let (reading, n) = (b.one_of(&[Reading::Intended, Reading::Swapped]), b.few());
        let one = TwoParameterMlp::new(reading, b.exactly(n), b.exactly(n)).ok()?;
        seen(&ScalarReluNetwork::on_data_of(&one, b.few()).ok()?, b)
    },
    |b| {
        let neuron = neuron(b)?;
        let _ = neuron.smoothness();
        seen(&neuron, b)
    },
    |b| {
        let construction = SubsetConstruction::new(&b.matrix(), b.number(), b.number()).ok()?;
        done(construction.chart(&b.list(Bits::few)))
    },
    |b| seen(&SubsetConstruction::planar(b.few(), b.number(), b.number()).ok()?.neuron().ok()?, b),
    |b| {
        let (neuron, matrix) = (neuron(b)?, b.matrix());
        let (centre, radii) = (b.exactly(neuron.dimension()), b.exactly(neuron.dimension()));
        let chart = Chart::affine(centre.clone(), &matrix);
        let _ = newton_kantorovich::certify(&neuron, &chart, &centre, &radii);
        let found = krawczyk::certify(&neuron, &chart, &centre, &radii).ok()?;
        assert!(found.verify(&neuron).is_ok());
        Some(())
    },
    |b| {
        let neuron = neuron(b)?;
        let found = krawczyk::certify_near(&neuron, &b.exactly(neuron.dimension())).ok()?;
        assert!(found.verify(&neuron).is_ok());
        Some(())
    },
    |b| {
        let n = b.few();
        done(Inertia::of_symmetric(&b.shaped(n, n), b.number()))
    },
    |b| {
        let bowl = bowl(b)?;
        done(classify(&bowl, &b.exactly(bowl.dimension()), b.number(), b.number()))
    },
    |b| {
        let bowl = bowl(b)?;
        let start = b.exactly(bowl.dimension());
        done(GradientDescent::new(b.number(), stop(b)).ok()?.run(&bowl, &start))
    },
    |b| {
        let bowl = bowl(b)?;
        let (start, momentum) =
            (b.exactly(bowl.dimension()), b.one_of(&[Momentum::Convex, Momentum::Constant(0.5)]));
        done(AcceleratedDescent::new(b.number(), momentum, stop(b)).ok()?.run(&bowl, &start))
    },
    |b| {
        let bowl = bowl(b)?;
        let start = b.exactly(bowl.dimension());
        let makers = [AdaptiveDescent::ada_grad, AdaptiveDescent::rms_prop, AdaptiveDescent::adam];
        done(b.one_of(&makers)(b.number()).ok()?.run(&bowl, &start, b.few()))
    },
    |b| {
        let bowl = bowl(b)?;
        done(Bfgs::new(stop(b)).ok()?.run(&bowl, &b.exactly(bowl.dimension())))
    },
    |b| {
        let bowl = bowl(b)?;
        let n = bowl.dimension();
        let [start, low, high] = std::array::from_fn(|_| b.exactly(n));
        done(BoxedLbfgs::new(stop(b)).ok()?.run(&bowl, &start, &low, &high))
    },
    |b| {
        let (bowl, mut stream) = (bowl(b)?, b.stream());
        let start = b.exactly(bowl.dimension());
        done(
            NoisyDescent::new(b.number(), b.number(), stop(b))
                .ok()?
                .run(&bowl, &start, &mut || stream.normal()),
        )
    },
    |b| {
        let (bowl, mut stream) = (bowl(b)?, b.stream());
        let start = b.exactly(bowl.dimension());
        let kicks = Kicks {
            gradient_norm: b.number(),
            radius: b.number(),
            wait: b.size(),
            decrease: b.flag().then(|| b.number()),
        };
        done(
            PerturbedDescent::new(b.number(), kicks, b.few()).ok()?.run(&bowl, &start, &mut || stream.normal()),
        )
    },
    |b| {
        let (dimension, rows) = (b.few(), b.numbers());
        let gradients = SampleGradients::new(rows, dimension).ok()?;
        let _ = (gradients.spectrum(), gradients.minibatch_factor(b.size()), gradients.noise_scale());
        finite(&[gradients.trace()])
    },
    |b| done(NormalRule::within(b.number(), b.number())),
    |b| done(NormalRule::new(b.number())),
    |b| {
        let bowl = bowl(b)?;
        keskar::sharpness(&bowl, &b.exactly(bowl.dimension()), &b.numbers(), b.few())
            .ok()?
            .iter()
            .try_for_each(|found| at_least(0.0, found.value))
    },
    |b| {
        let bowl = bowl(b)?;
        let point = b.exactly(bowl.dimension());
        let _ = sam::adaptive_rise(&bowl, &point, b.number(), b.number());
        finite(&[sam::rise(&bowl, &point, b.number()).ok()?])
    },
    |b| done(log_volume(&b.numbers())),
    |b| finite(&places(b.number(), b.number(), b.few()).ok()?),
    |b| {
        let n = b.few();
        let path = Path::new(b.one_of(&[Kind::Polygon, Kind::Bezier]), b.list(|b| b.exactly(n))).ok()?;
        done(path.barrier(b.few(), |x| Ok::<_, saddlepoint_landscape::surface::SurfaceError>(x.iter().sum())))
    },
    |b| {
        let n = b.few();
        done(PrincipalPlane::of(&b.list(|b| b.exactly(n))))
    },
    |b| at_least(0.0, random_walk_share(b.few(), b.few()).ok()?),
];
