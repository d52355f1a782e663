//! No bound decreases when an interval that it was given widens, and enclosures nest: to the last bit, without a tolerance.
//!
//! A matrix of intervals widens when its radii grow. Everything that is computed from it is either monotone in its
//! entries' ends, rounded by monotone operations, or a proof about a decomposition of the midpoints, which stay.

use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;
use saddlepoint_models::random::Stream;
use saddlepoint_rigor::{Interval, IntervalMatrix};
use saddlepoint_theory::bounds::arora_compression::Compression;
use saddlepoint_theory::bounds::bartlett_foster_telgarsky::{APosteriori, FixedClass, Radii};
use saddlepoint_theory::bounds::golowich::{self, Golowich};
use saddlepoint_theory::bounds::hypothesis::Violation;
use saddlepoint_theory::bounds::inputs::{Inputs, Sample};
use saddlepoint_theory::bounds::kernel::{KernelMargin, KernelMatrix};
use saddlepoint_theory::bounds::network::{Activation, Network, Reference};
use saddlepoint_theory::bounds::neyshabur_pac_bayes::NeyshaburPacBayes;
use saddlepoint_theory::bounds::path_norm::{self, PathNorm};
use saddlepoint_theory::bounds::perturbation::Perturbation;
use saddlepoint_theory::bounds::{grid, kernel};
use saddlepoint_theory::capacity::batch_norm::BatchNorm;
use saddlepoint_theory::capacity::cushions::{Cushions, interlayer_smoothness};
use saddlepoint_theory::capacity::fisher_rao::Homogeneous;
use saddlepoint_theory::capacity::lipschitz::local;
use saddlepoint_theory::capacity::margins::Margins;
use saddlepoint_theory::capacity::norms::{
    Layers, frobenius, schatten, spectral, stable_rank, two_one_over_rows,
};
use saddlepoint_theory::capacity::rademacher::Class;
use saddlepoint_theory::capacity::spectral_complexity::spectral_complexity;
use saddlepoint_theory::capacity::spectrum::{singular_values, symmetric_eigenvalues};
use saddlepoint_theory::expressivity::relu_network::ReluNetwork;
use saddlepoint_theory::quantity::Margin;

/// Numbers with radii: what all matrices here are cut from.
#[derive(Debug, Clone)]
struct Numbers {
    midpoints: Vec<f64>,
    radii: Vec<f64>,
}

impl Numbers {
    /// A matrix from the numbers that begin at `from`.
    fn matrix(&self, rows: usize, columns: usize, from: usize) -> IntervalMatrix {
        let part = |x: &[f64]| (0..rows * columns).map(|i| x[(from + i) % x.len()]).collect();
        IntervalMatrix::with_radii(rows, columns, part(&self.midpoints), part(&self.radii)).unwrap()
    }

    /// A symmetric matrix `A + 9 I`, positive definite where the numbers are small.
    fn symmetric(&self, n: usize) -> IntervalMatrix {
        let part = |x: &[f64], diagonal: f64| {
            let entry = |i: usize, j: usize| {
                let value = x[(i.max(j) * n + i.min(j)) % x.len()];
                if i == j { value + diagonal } else { value }
            };
            (0..n * n).map(|at| entry(at / n, at % n)).collect()
        };
        IntervalMatrix::with_radii(n, n, part(&self.midpoints, 9.0), part(&self.radii, 0.0)).unwrap()
    }
}

/// Numbers, round ones among them so that units are near their kinks, with radii of all magnitudes, and the same numbers
/// with radii that are as large, or larger by anything from a float on.
fn numbers() -> impl Strategy<Value = [Numbers; 2]> {
    let midpoint = prop_oneof![-2.0..2.0f64, (-4i32..=4).prop_map(|x| f64::from(x) / 2.0), Just(0.0)];
    let radius =
        || prop_oneof![Just(0.0), (-60i32..0).prop_map(|e| 2f64.powi(e)), (-40.0..-1.0f64).prop_map(f64::exp)];
    let number = (midpoint, radius(), radius(), 0u8..4);
    prop::collection::vec(number, 30).prop_map(|numbers| {
        let larger = |&(_, r, by, kind): &(f64, f64, f64, u8)| match kind {
            0 => r,
            1 => r.next_up(),
            _ => r + by,
        };
        let midpoints: Vec<f64> = numbers.iter().map(|n| n.0).collect();
        let narrow = numbers.iter().map(|n| n.1).collect();
        let wide = numbers.iter().map(larger).collect();
        [Numbers { midpoints: midpoints.clone(), radii: narrow }, Numbers { midpoints, radii: wide }]
    })
}

/// Names with enclosures; what is refused is all of the line.
type Enclosures = Vec<(&'static str, Interval)>;

fn everything() -> Interval {
    Interval::between(f64::NEG_INFINITY, f64::INFINITY)
}

fn enclosed<E>(value: Result<Interval, E>) -> Interval {
    value.unwrap_or(everything())
}

/// A bound, as all that is not above it.
fn at_most<E>(value: Result<f64, E>) -> Interval {
    Interval::between(f64::NEG_INFINITY, value.unwrap_or(f64::INFINITY))
}

/// A lower bound, as all that is not below it.
fn at_least<E>(value: Result<f64, E>) -> Interval {
    Interval::between(value.unwrap_or(f64::NEG_INFINITY), f64::INFINITY)
}

fn nest(narrow: &Enclosures, wide: &Enclosures) -> Result<(), TestCaseError> {
    for (i, ((name, narrow), (_, wide))) in narrow.iter().zip(wide).enumerate() {
        prop_assert!(narrow.is_subset_of(*wide), "{i}, {name}: {narrow} {wide}");
    }
    Ok(())
}

fn norms(numbers: &Numbers) -> Enclosures {
    let mut all = Vec::new();
    for (rows, columns) in [(3, 2), (1, 4), (4, 4)] {
        let a = numbers.matrix(rows, columns, 5);
        all.push(("frobenius", frobenius(&a)));
        all.push(("two one", two_one_over_rows(&a)));
        all.push(("spectral", enclosed(spectral(&a))));
        for p in [1.0, 1.5, 2.0, 3.0] {
            all.push(("schatten", enclosed(schatten(&a, p))));
        }
        all.push(("stable rank", enclosed(stable_rank(&a))));
        let values = singular_values(&a).map_or(vec![everything(); rows.min(columns)], |values| values);
        all.extend(values.into_iter().map(|value| ("singular value", value)));
    }
    let symmetric = numbers.symmetric(3);
    let values = symmetric_eigenvalues(&symmetric).unwrap_or(vec![everything(); 3]);
    all.extend(values.into_iter().map(|value| ("eigenvalue", value)));
    let kernel = KernelMatrix::new(symmetric);
    let norm = kernel.as_ref().ok().and_then(|k| k.squared_interpolant_norm(&[1.0, -2.0, 0.5]).ok());
    all.push(("interpolant", norm.unwrap_or(everything())));
    all.push(("trace", kernel.map_or(everything(), |k| k.trace())));
    let layers = Layers::new(vec![numbers.matrix(3, 2, 0), numbers.matrix(2, 3, 6)]).unwrap();
    all.push(("product", enclosed(layers.product(spectral))));
    all.push(("path 1", layers.path_l1().total));
    all.push(("path 2", layers.path_l2().total));
    let inputs = Inputs::new(numbers.matrix(4, 3, 9));
    all.push(("largest norm", inputs.largest_norm()));
    all.push(("largest column", inputs.largest_column_norm()));
    all.push(("augmented", inputs.augmented().unwrap().frobenius()));
    let class = Class::finite(&numbers.matrix(3, 4, 2));
    all.push(("class", class.bounds()));
    all.push(("rademacher", class.exact().unwrap()));
    all
}

fn network(numbers: &Numbers, outputs: usize) -> Network {
    let layers = vec![numbers.matrix(3, 2, 0), numbers.matrix(outputs, 3, 6)];
    Network::new(Layers::new(layers).unwrap(), Activation::relu()).unwrap()
}

/// All bounds of a network whose weights, inputs and outputs are intervals.
fn bounds(numbers: &Numbers, gamma: f64) -> Enclosures {
    let value = |bound: Result<f64, Violation>| at_most(bound);
    let inputs = Inputs::new(numbers.matrix(3, 2, 9));
    let signs = Margins::of_signs(&numbers.matrix(3, 1, 15), &[true, false, true]).unwrap();
    let classes = Margins::of_classes(&numbers.matrix(3, 2, 18), &[0, 1, 0]).unwrap();
    let (one, two) = (network(numbers, 1), network(numbers, 2));
    let scalar = || Sample::new(&inputs, &signs).unwrap();
    let vector = || Sample::new(&inputs, &classes).unwrap();
    let (zero, delta) = (Reference::zero(), 0.05);
    let reference = Reference::fixed_before_the_data(vec![numbers.matrix(3, 2, 3), numbers.matrix(2, 3, 8)]);
    let radii = Radii { spectral: vec![20.0; 2], distances: vec![20.0; 2] };
    let fixed = |reference| FixedClass::new(&two, reference, &radii, vector(), gamma, delta);
    let posterior = |reference| APosteriori::new(&two, reference, vector(), gamma, delta);
    let added = [numbers.matrix(3, 2, 12), numbers.matrix(2, 3, 18)].map(|m| m.scaled_by_power_of_two(-5));
    let perturbation = Perturbation::new(&two, &added, 2.0);
    let kernel = KernelMatrix::new(numbers.symmetric(3));
    let norm = numbers.matrix(1, 1, 28).get(0, 0).unwrap() + Interval::between(3.0, 3.0);
    let kernel_margin = kernel.and_then(|k| KernelMargin::new(norm, &k, &signs, gamma, delta));
    let complexity = {
        let norms: Vec<Interval> = two.layers().weights().iter().map(|w| enclosed(spectral(w))).collect();
        let distances: Vec<Interval> = two.layers().weights().iter().map(two_one_over_rows).collect();
        enclosed(spectral_complexity(&norms, &distances, &[1.0, 0.5]))
    };
    vec![
        ("golowich", value(Golowich::new(&one, scalar(), gamma, delta).map(|b| b.evaluate().value()))),
        ("path norm", value(PathNorm::new(&one, scalar(), gamma, delta).map(|b| b.evaluate().value()))),
        ("a posteriori", value(posterior(&zero).map(|b| b.evaluate().value()))),
        ("with a reference", value(posterior(&reference).map(|b| b.evaluate().value()))),
        ("fixed class", value(fixed(&zero).map(|b| b.evaluate().value()))),
        ("fixed class with a reference", value(fixed(&reference).map(|b| b.evaluate().value()))),
        (
            "neyshabur",
            value(NeyshaburPacBayes::new(&two, 9.0, vector(), gamma, delta).map(|b| b.evaluate().value())),
        ),
        ("kernel norm", value(kernel_margin.map(|b| b.evaluate().value()))),
        ("perturbation", value(perturbation.as_ref().map(Perturbation::evaluate).map_err(|e| *e))),
        ("its size", at_least(perturbation.as_ref().map(Perturbation::size))),
        ("spectral complexity", complexity),
        ("normalized", classes.normalized_by(complexity).map_or(everything(), |m| m.median())),
    ]
}

fn margins(numbers: &Numbers, gamma: f64) -> Enclosures {
    let classes = Margins::of_classes(&numbers.matrix(5, 3, 0), &[0, 1, 2, 0, 1]).unwrap();
    let signs = Margins::of_signs(&numbers.matrix(5, 1, 20), &[true, false, true, true, false]).unwrap();
    let scale = numbers.matrix(1, 1, 27).get(0, 0).unwrap() + Interval::between(2.5, 2.5);
    let mut all = Vec::new();
    for margins in [&classes, &signs] {
        all.extend(margins.all().iter().map(|&margin| ("margin", margin)));
        all.push(("median", margins.median()));
        all.extend([0.0, 0.3, 0.5, 1.0].map(|q| ("quantile", margins.quantile(q).unwrap())));
        all.push(("loss", at_most(Margin::new(gamma).map(|gamma| margins.loss(gamma).get()))));
        let normalized = margins.normalized_by(scale).map_or(vec![everything(); 5], |m| m.all().to_vec());
        all.extend(normalized.into_iter().map(|margin| ("normalized margin", margin)));
    }
    let (outputs, homogeneous) = (numbers.matrix(5, 3, 3), Homogeneous::new(&network(numbers, 2)).unwrap());
    all.push(("fisher rao", enclosed(homogeneous.cross_entropy(&outputs, &[0, 1, 2, 0, 1]))));
    all.push(("under the model", enclosed(homogeneous.cross_entropy_under_model(&outputs))));
    all.push(("squared error", enclosed(homogeneous.squared_error(&outputs, &numbers.matrix(5, 3, 11)))));
    all
}

/// A normalization folded into layers whose weights are intervals.
fn folded(numbers: &Numbers) -> Enclosures {
    let channel = |i: usize| numbers.midpoints[3 * i..3 * i + 3].to_vec();
    let variance: Vec<f64> = channel(3).iter().map(|x| x.abs()).collect();
    let norm = BatchNorm::new(&channel(0), &channel(1), &channel(2), &variance, 1e-5).unwrap();
    let weights = numbers.matrix(3, 3, 14);
    let bias = channel(4);
    let mut all = Vec::new();
    for folded in [norm.fold_after(&weights, Some(&bias)), norm.fold_before(&weights, Some(&bias))] {
        let folded = folded.unwrap();
        all.extend(folded.weights.intervals().map(|w| ("folded weight", w)));
        all.extend(folded.bias.intervals().map(|b| ("folded bias", b)));
        all.push(("folded norm", enclosed(spectral(&folded.weights))));
    }
    all
}

/// Cushions, what they make of a compression, and the smoothness between two networks.
fn cushions(numbers: &Numbers) -> Enclosures {
    let layers = |from| Layers::new(vec![numbers.matrix(3, 2, from), numbers.matrix(2, 3, from + 6)]).unwrap();
    let inputs = [vec![1.0, 0.5], vec![-0.5, 1.0], vec![0.5, -2.0]];
    let found = Cushions::new(&layers(0), &inputs);
    let smoothness = interlayer_smoothness(&layers(0), &layers(12), &inputs);
    let mut all = vec![("smoothness", at_least(smoothness))];
    let Ok(found) = found else {
        all.extend([("refused", everything()); 10]);
        return all;
    };
    all.extend(found.layer().iter().map(|&mu| ("layer cushion", mu)));
    all.extend(found.interlayer().iter().map(|&mu| ("interlayer cushion", mu)));
    all.push(("contraction", found.contraction()));
    all.push(("largest output", at_most(Ok::<_, ()>(found.largest_output()))));
    all.push(("sum", at_most(Ok::<_, ()>(found.sum()))));
    all.push(("parameters", at_most(found.effective_parameters(0.5, 0.1))));
    let plan = Compression::new(&found, 0.5, 0.01);
    let projections =
        plan.map_or(vec![f64::INFINITY; 2], |plan| plan.projections().iter().map(|&k| k as f64).collect());
    all.extend(projections.into_iter().map(|k| ("projections", at_most(Ok::<_, ()>(k)))));
    all
}

fn interval() -> impl Strategy<Value = [Interval; 2]> {
    let by = || prop_oneof![Just(0.0), 0.0..2.0f64, (-40.0..-1.0f64).prop_map(f64::exp)];
    (-12.0..12.0f64, by(), by()).prop_map(|(exponent, below, above)| {
        let x = exponent.exp();
        [Interval::between(x, x), Interval::between(x * (-below).exp(), x * above.exp())]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn enclosures_of_norms_nest([narrow, wide] in numbers()) {
        nest(&norms(&narrow), &norms(&wide))?;
    }

    #[test]
    fn bounds_of_networks_never_decrease([narrow, wide] in numbers(), gamma in 0.05..1.0f64) {
        nest(&bounds(&narrow, gamma), &bounds(&wide, gamma))?;
    }

    #[test]
    fn margins_and_losses_of_outputs_nest([narrow, wide] in numbers(), gamma in 0.05..1.0f64) {
        nest(&margins(&narrow, gamma), &margins(&wide, gamma))?;
    }

    #[test]
    fn folded_layers_nest([narrow, wide] in numbers()) {
        nest(&folded(&narrow), &folded(&wide))?;
    }

    #[test]
    fn cushions_nest([narrow, wide] in numbers()) {
        nest(&cushions(&narrow), &cushions(&wide))?;
    }

    /// Intervals that widen on either side by any amount.
    #[test]
    fn what_takes_intervals(a in interval(), b in interval(), c in interval(), d in interval(), [narrow, wide] in numbers()) {
        let inputs = [Inputs::new(narrow.matrix(3, 2, 0)), Inputs::new(wide.matrix(3, 2, 0))];
        let values = |i: usize| {
            let point = grid::round_up(a[i]);
            let high = |x: f64| at_most(Ok::<_, ()>(x));
            vec![
                ("grid", high(point.value)),
                ("price", high(point.nats)),
                ("golowich", high(golowich::complexity(3, a[i], &inputs[i]))),
                ("path norm", high(path_norm::complexity(3, a[i], &inputs[i]))),
                ("kernel", high(kernel::complexity(a[i], b[i], 7))),
                ("excess", enclosed(kernel::excess_capacity(a[i], b[i]))),
                ("spectral complexity", spectral_complexity(&[a[i], b[i]], &[c[i], d[i]], &[1.0, 0.5]).unwrap()),
            ]
        };
        nest(&values(0), &values(1))?;
    }
}

/// Larger boxes, around the same center or grown on one side: the certified Lipschitz constant never falls, whatever the
/// budget of boxes that it is cut into.
#[test]
fn lipschitz_constants_of_larger_boxes() {
    for seed in 0..100 {
        let mut stream = Stream::new(seed);
        let layer = |d: [usize; 2], stream: &mut Stream| {
            let weights = DMatrix::from_vec(d[1], d[0], stream.normals(d[0] * d[1]));
            (weights, DVector::from_vec(stream.normals(d[1])))
        };
        let layers = [[2, 4], [4, 3], [3, 2]].map(|d| layer(d, &mut stream));
        let network = ReluNetwork::new(layers.to_vec()).unwrap();
        let low = stream.normals(2);
        let high: Vec<f64> = low.iter().map(|x| x + 0.01 + stream.uniform()).collect();
        let by = 2f64.powi(-(seed as i32 % 40));
        let moved = |ends: &[f64], by: f64| ends.iter().map(|x| x + by).collect::<Vec<_>>();
        for budget in [1, 4, 32] {
            let of = |low: &[f64], high: &[f64]| local(&network, low, high, budget).unwrap().constant;
            let inner = of(&low, &high);
            for outer in [of(&moved(&low, -by), &moved(&high, by)), of(&low, &moved(&high, by))] {
                assert!(inner.high() <= outer.high(), "{seed} {budget}: {inner} {outer}");
            }
        }
    }
}

/// Teeth: midpoints, which the widening of a one-sided interval moves, do not nest, and a Gershgorin-like bound by them
/// would decrease.
#[test]
fn bounds_by_midpoints_are_caught() {
    let [narrow, wide] = [Interval::between(1.0, 1.0), Interval::between(0.5, 1.0)];
    let value = |x: Interval| vec![("midpoint", at_most(Ok::<_, ()>(x.midpoint())))];
    assert!(nest(&value(narrow), &value(wide)).is_err());
    let pair = |radius: f64| Numbers { midpoints: vec![1.0; 30], radii: vec![radius; 30] };
    assert!(nest(&norms(&pair(0.1)), &norms(&pair(0.0))).is_err());
}
