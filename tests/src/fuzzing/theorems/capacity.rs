//! Measures of capacity.

use saddlepoint_theory::bounds::network::Network;
use saddlepoint_theory::capacity::batch_norm::BatchNorm;
use saddlepoint_theory::capacity::convolution::{Axis, Channels, Convolution};
use saddlepoint_theory::capacity::covering::{Sparsification, maurey_log_covering};
use saddlepoint_theory::capacity::dudley::Dudley;
use saddlepoint_theory::capacity::lipschitz::{self, functions};
use saddlepoint_theory::capacity::margins::Margins;
use saddlepoint_theory::capacity::matrix_project::{
    ProjectedForm, failure_at_most, matrix_project, printed_projections, projection_variance, projections,
};
use saddlepoint_theory::capacity::norms::{schatten, spectral, stable_rank};
use saddlepoint_theory::capacity::rademacher::{
    Class, UnitNorm, contraction, contraction_absolute, relu_networks_in_the_plane, thresholds,
};
use saddlepoint_theory::capacity::spectral_exponent::PowerLaw;
use saddlepoint_theory::capacity::spectrum::{singular_values, symmetric_eigenvalues};
use saddlepoint_theory::capacity::vc::halfspaces::Halfspaces;
use saddlepoint_theory::capacity::vc::piecewise_linear::{Architecture, Layer, existential_lower_bound};
use saddlepoint_theory::capacity::vc::sine;
use saddlepoint_theory::expressivity::regions::{Rectangle, Regions};
use saddlepoint_theory::quantity::{Complexity, Confidence, SampleSize};

use super::expressivity::relu_network;
use super::{Theorem, at_least, done, finite, ordered};
use crate::fuzzing::bits::Bits;

fn axis(b: &mut Bits) -> Axis {
    let axis = Axis::new(b.few(), b.few()).with_padding(b.few(), b.few());
    if b.flag() { axis } else { axis.with_stride(b.few()).with_dilation(b.few()) }
}

/// A convolution over one axis.
fn convolution(b: &mut Bits) -> Option<Convolution> {
    let (axis, channels) = (axis(b), Channels { inputs: 1 + b.few() % 2, outputs: 1 + b.few() % 2, groups: 1 });
    let kernel = b.exactly(channels.inputs * channels.outputs * axis.kernel);
    Convolution::line(channels, axis, kernel).ok()
}

fn class(b: &mut Bits) -> Option<Class> {
    let values = b.enclosed()?;
    match b.few() {
        0 => Class::euclidean_ball(&values, b.number()).ok(),
        1 => Class::l1_ball(&values, b.number()).ok(),
        2 => Some(Class::finite_absolute(&values)),
        _ => Some(Class::finite(&values)),
    }
}

/// The fold of a normalization's numbers.
fn normalization(b: &mut Bits, channels: usize) -> Option<BatchNorm> {
    let [gamma, beta, mean, variance] = std::array::from_fn(|_| b.exactly(channels));
    BatchNorm::new(&gamma, &beta, &mean, &variance, b.number()).ok()
}

pub(super) const TABLE: &[Theorem] = &[
    |b| {
        let folded = normalization(b, 2)?
            .fold_after(&b.enclosure(2, 2)?, b.flag().then(|| [0.5, -1.0]).as_ref().map(|x| &x[..]));
        let _ = folded.as_ref().map(|folded| folded.bias_free().is_ok());
        done(folded)
    },
    |b| done(normalization(b, 2)?.fold_before(&b.enclosure(1, 2)?, None)),
    |b| {
        let convolution = convolution(b)?;
        done(normalization(b, convolution.channels().inputs)?.fold_before_convolution(&convolution, None))
    },
    |b| at_least(1.0, axis(b).output().ok()? as f64),
    |b| {
        let convolution = convolution(b)?;
        let (inputs, outputs) = convolution.dimensions();
        let _ = (
            convolution.apply(&b.exactly(inputs)),
            convolution.adjoint(&b.exactly(outputs)),
            convolution.matrix(),
        );
        ordered(convolution.frobenius())?;
        ordered(convolution.two_one_over_rows())?;
        ordered(convolution.largest_row_sum())?;
        ordered(convolution.largest_column_sum())
    },
    |b| {
        let (convolution, mut stream) = (convolution(b)?, b.stream());
        ordered(convolution.spectral_norm(b.number(), &mut || stream.normal()).ok()?.norm)
    },
    |b| {
        let channels = Channels { inputs: b.few(), outputs: b.few(), groups: b.few() };
        let weights = if b.flag() { b.few() } else { channels.inputs * channels.outputs };
        let axes = [axis(b), axis(b)];
        let count = weights * axes[0].kernel * axes[1].kernel;
        done(Convolution::new(channels, axes, b.exactly(count)))
    },
    |b| {
        let (channels, axes) = (Channels { inputs: 1, outputs: 1, groups: 1 }, [axis(b), axis(b)]);
        let count = axes[0].kernel * axes[1].kernel;
        done(Convolution::enclosing(channels, axes, &b.enclosure(1, count)?))
    },
    |b| at_least(0.0, maurey_log_covering(b.number(), b.number(), b.number(), b.count(), b.count()).ok()?),
    |b| {
        let n = b.few();
        let (rows, columns) = (b.few(), b.few());
        let atoms = Sparsification::new(&b.shaped(n, rows), &b.shaped(rows, columns)).ok()?;
        let mut stream = b.stream();
        let _ = atoms.sample(b.few() as u32, &mut || stream.uniform());
        ordered(atoms.mean_squared_error(b.count()).ok()?)
    },
    |b| at_least(0.0, Dudley::new(b.count()).ok()?.inverse_scale(b.number()).ok()?.value),
    |b| at_least(0.0, Dudley::new(b.count()).ok()?.inverse_scale_at(b.number(), b.number()).ok()?.value),
    |b| {
        let (dudley, scale) = (Dudley::new(b.count()).ok()?, b.number());
        at_least(0.0, dudley.upper_sums(|epsilon| scale / epsilon).ok()?.value)
    },
    |b| at_least(0.0, functions::standardization(b.number(), b.number()).ok()?),
    |b| at_least(0.0, functions::softplus_jump(b.number(), b.interval()?, b.interval()?).ok()?),
    |b| at_least(0.0, lipschitz::product(&relu_network(b, 2)?).ok()?),
    |b| at_least(0.0, lipschitz::averaged(&relu_network(b, 2)?).ok()?),
    |b| {
        let network = relu_network(b, 2)?;
        let points = b.list(|b| b.exactly(2));
        done(lipschitz::sampled(&network, &points))
    },
    |b| {
        let network = relu_network(b, 2)?;
        let (low, high) = (b.exactly(2), b.exactly(2));
        done(lipschitz::local(&network, &low, &high, b.few()))
    },
    |b| {
        let network = relu_network(b, 2)?;
        let regions = Regions::of(&network, Rectangle::new(b.array(), b.array()).ok()?).ok()?;
        done(lipschitz::largest_slope(&network, &regions))
    },
    |b| done(Network::of_relu(&relu_network(b, 2)?)),
    |b| {
        let outputs = b.enclosed()?;
        let labels: Vec<usize> = (0..outputs.shape().0).map(|_| usize::from(b.byte() % 4)).collect();
        let margins = Margins::of_classes(&outputs, &labels).ok()?;
        let _ = margins.normalized_by(b.interval()?);
        ordered(margins.quantile(b.number()).ok()?)
    },
    |b| at_least(1.0, projections(b.number(), b.number()).ok()? as f64),
    |b| done(printed_projections(b.number(), b.number())),
    |b| at_least(0.0, failure_at_most(b.number(), b.count()).ok()?),
    |b| {
        let (matrix, mut stream) = (b.matrix(), b.stream());
        finite(&matrix_project(&matrix, b.few() as u64, b.number(), || stream.sign() > 0.0).ok()?)
    },
    |b| {
        let a = b.matrix();
        let (u, v) = (b.exactly(a.nrows()), b.exactly(a.ncols()));
        finite(&[projection_variance(&a, &u, &v).ok()?])
    },
    |b| {
        let a = b.matrix();
        let (u, v, mut stream) = (b.exactly(a.nrows()), b.exactly(a.ncols()), b.stream());
        done(ProjectedForm::new(&a, &u, &v).ok()?.draw(b.few() as u64, || stream.word()))
    },
    |b| ordered(spectral(&b.enclosed()?).ok()?),
    |b| ordered(schatten(&b.enclosed()?, b.number()).ok()?),
    |b| ordered(stable_rank(&b.enclosed()?).ok()?),
    |b| ordered(class(b)?.exact().ok()?),
    |b| {
        let (class, mut stream) = (class(b)?, b.stream());
        let estimate = class.estimate(b.few() as u32, &mut || stream.word()).ok()?;
        at_least(0.0, estimate.upper(Confidence::new(b.number()).ok()?).ok()?.get())
    },
    |b| at_least(0.0, contraction(b.number(), Complexity::new(b.number()).ok()?).ok()?.get()),
    |b| at_least(0.0, contraction_absolute(b.number(), Complexity::new(b.number()).ok()?).ok()?.get()),
    |b| {
        let norm = b.one_of(&[UnitNorm::Euclidean, UnitNorm::SumOfAbsolutes]);
        at_least(0.0, relu_networks_in_the_plane(&b.list(Bits::array), norm).ok()?)
    },
    |b| at_least(0.0, thresholds(SampleSize::new(b.count()).ok()?).get()),
    |b| done(PowerLaw::of_weights(&b.enclosure(10, 10)?)),
    |b| {
        let values: Option<Vec<_>> = (0..10 + b.few()).map(|_| b.interval()).collect();
        done(PowerLaw::of_singular_values(&values?))
    },
    |b| {
        let (law, mut stream) = (PowerLaw::fit(&b.exactly(12)).ok()?, b.stream());
        done(law.p_value(b.few() as u32, &mut || stream.uniform()))
    },
    |b| singular_values(&b.enclosed()?).ok()?.into_iter().try_for_each(ordered),
    |b| {
        let n = b.few();
        symmetric_eigenvalues(&b.enclosure(n, n)?).ok()?.into_iter().try_for_each(ordered)
    },
    |b| {
        let d = b.few();
        let class = if b.flag() { Halfspaces::affine(d) } else { Halfspaces::homogeneous(d) }.ok()?;
        let _ = (class.witness(&b.flags(d)), class.shattered());
        let points: Vec<_> = (0..d + 2).map(|_| b.exactly(d)).collect();
        done(class.radon_partition(&points))
    },
    |b| {
        let layers = b.list(|b| Layer { units: b.count(), parameters: b.count() });
        at_least(0.0, Architecture::new(&layers, b.count()).ok()?.closed_form().ok()?)
    },
    |b| {
        let shape =
            Architecture::fully_connected(b.count(), &[b.counts(), vec![1]].concat(), b.count()).ok()?;
        let _ = shape.vc_dimension_bound();
        at_least(0.0, shape.implicit())
    },
    |b| at_least(0.0, existential_lower_bound(b.count(), b.count(), b.number()).ok()?),
    |b| done(sine::points(b.size())),
    |b| {
        let labels = b.flags(8);
        done(sine::frequency(&labels[..b.few()]))
    },
];
