//! Jacobians, Gauss-Newton and Fisher matrices, blocks and batches, against what they are made of.

use burn::module::Module;
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::{log_softmax, tanh};
use burn::tensor::{Int, Tensor, TensorData};
use saddlepoint_curvature::batches::{BatchError, SourceError};
use saddlepoint_curvature::jacobian::{TracedOutputs, trace_outputs};
use saddlepoint_curvature::linearize::Linearization;
use saddlepoint_curvature::mean_curvature::{LocalShare, MeanCurvature};
use saddlepoint_curvature::operators::{EmpiricalFisher, GaussNewton};
use saddlepoint_curvature::program::ProgramError;
use saddlepoint_curvature::trace;
use saddlepoint_curvature::trace::Traced;
use saddlepoint_landscape::operator::{SymmetricOperator, probe};

use crate::common::{cast, device, distance, norm, numbers, tensor};

const SIZES: (usize, usize, usize, usize) = (7, 3, 5, 4);

#[derive(Module, Debug)]
struct Net {
    first: Linear,
    second: Linear,
}

impl Net {
    fn new() -> Self {
        let (_, inputs, hidden, classes) = SIZES;
        cast(Net {
            first: LinearConfig::new(inputs, hidden).init(&device()),
            second: LinearConfig::new(hidden, classes).init(&device()),
        })
    }

    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        self.second.forward(tanh(self.first.forward(x)))
    }
}

fn labels(labels: &[usize]) -> Tensor<1, Int> {
    let labels: Vec<i64> = labels.iter().map(|&label| label as i64).collect();
    let count = labels.len();
    Tensor::from_data(TensorData::new(labels, [count]), &device())
}

fn entropy(logits: Tensor<2>, y: Tensor<1, Int>) -> Tensor<1> {
    CrossEntropyLossConfig::new().init(&device()).forward(logits, y)
}

fn data() -> (Tensor<2>, Vec<usize>) {
    let (n, inputs, _, classes) = SIZES;
    (tensor(1, [n, inputs]), (0..n).map(|i| (i * i + 1) % classes).collect())
}

/// The loss of some of the samples.
fn loss_of(net: &Net, rows: std::ops::Range<usize>, y: &[usize]) -> Traced {
    let x = data().0.slice([rows, 0..SIZES.1]);
    trace(net, (x, labels(y)), |net, (x, y)| entropy(net.forward(x), y)).unwrap()
}

fn logits(net: &Net) -> TracedOutputs {
    trace_outputs(net, data().0, |net: &Net, x| net.forward(x)).unwrap()
}

fn dense(operator: &impl SymmetricOperator) -> Vec<f64> {
    let n = operator.dimension();
    let units: Vec<f64> = (0..n * n).map(|i| f64::from(u8::from(i / n == i % n))).collect();
    let mut matrix = vec![0.0; n * n];
    operator.apply_block(&units, &mut matrix).unwrap();
    matrix
}

#[test]
fn the_jacobian_agrees_with_differences_and_its_adjoint() {
    let net = Net::new();
    let outputs = logits(&net);
    assert_eq!(outputs.shape(), [SIZES.0, SIZES.3]);
    let point: Vec<f64> =
        outputs.point().iter().zip(numbers(3, outputs.dimension())).map(|(p, z)| p + z).collect();
    let at = outputs.linearize(&point).unwrap();
    let (v, u) = (numbers(4, outputs.dimension()), numbers(5, at.outputs().len()));
    let (jv, ju) = (at.times(&v).unwrap(), at.transposed_times(&u).unwrap());
    let inner = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    assert!((inner(&jv, &u) - inner(&v, &ju)).abs() < 1e-13 * norm(&jv) * norm(&u));
    let moved = |t: f64| {
        let point: Vec<f64> = point.iter().zip(&v).map(|(p, v)| p + t * v).collect();
        outputs.linearize(&point).unwrap().outputs().to_vec()
    };
    let h = 1e-4;
    let (a, b, c, d) = (moved(h), moved(-h), moved(2.0 * h), moved(-2.0 * h));
    let numeric: Vec<f64> = (0..a.len()).map(|i| (8.0 * (a[i] - b[i]) - (c[i] - d[i])) / (12.0 * h)).collect();
    assert!(distance(&jv, &numeric) < 1e-9 * norm(&jv));
    let two = at.times_block(&[v.clone(), v].concat(), 2).unwrap();
    assert_eq!(two, [jv.clone(), jv].concat());
    assert_eq!(at.times(&[1.0]), Err(ProgramError::WrongDimension { expected: outputs.dimension(), found: 1 }));
}

/// With softmax and cross entropy the Gauss-Newton matrix is the Fisher matrix: the mean over the data of the
/// expectation, under the model's own labels, of the outer product of the gradient.
#[test]
fn gauss_newton_is_the_fisher_matrix_of_a_classifier() {
    let (net, (n, _, _, classes)) = (Net::new(), SIZES);
    let outputs = logits(&net);
    let loss = outputs.trace_loss(labels(&data().1), entropy).unwrap();
    let point = outputs.point();
    let gauss_newton = GaussNewton::new(&outputs, &loss, point).unwrap();
    let whole = loss_of(&net, 0..n, &data().1);
    assert!((gauss_newton.value() - whole.value(point).unwrap()).abs() < 1e-14);
    let p = point.len();
    let mut fisher = vec![0.0; p * p];
    for sample in 0..n {
        for class in 0..classes {
            let (loss, g) = loss_of(&net, sample..sample + 1, &[class]).value_and_gradient(point).unwrap();
            for (i, row) in fisher.chunks_exact_mut(p).enumerate() {
                row.iter_mut().zip(&g).for_each(|(f, gj)| *f += (-loss).exp() / n as f64 * g[i] * gj);
            }
        }
    }
    assert!(distance(&dense(&gauss_newton), &fisher) < 1e-13 * norm(&fisher));
}

#[test]
fn the_empirical_fisher_matrix_sums_the_samples_gradients() {
    let (net, n) = (Net::new(), SIZES.0);
    let (x, y) = data();
    let losses = trace_outputs(&net, (x, labels(&y)), |net, (x, y)| {
        log_softmax(net.forward(x), 1).gather(1, y.reshape([-1, 1])).neg()
    })
    .unwrap();
    let point = losses.point();
    let found = dense(&EmpiricalFisher::new(&losses, point).unwrap());
    let p = point.len();
    let mut expected = vec![0.0; p * p];
    for sample in 0..n {
        let (_, g) = loss_of(&net, sample..sample + 1, &y[sample..=sample]).value_and_gradient(point).unwrap();
        for (i, row) in expected.chunks_exact_mut(p).enumerate() {
            row.iter_mut().zip(&g).for_each(|(f, gj)| *f += g[i] * gj / n as f64);
        }
    }
    assert!(distance(&found, &expected) < 1e-13 * norm(&expected));
}

#[test]
fn a_block_is_the_submatrix_of_the_chosen_parameters() {
    let net = Net::new();
    let traced = loss_of(&net, 0..SIZES.0, &data().1);
    let n = traced.dimension();
    let whole = traced.linearize(traced.point()).unwrap();
    let hessian = whole.hessian(8).unwrap();
    for pattern in ["first.*", "second.bias", "*.weight"] {
        let chosen = traced.select(pattern);
        let entries: Vec<usize> = chosen
            .iter()
            .map(|&at| &traced.parameters()[at])
            .flat_map(|p| p.offset..p.offset + p.shape.iter().product::<usize>())
            .collect();
        let at = traced.linearize_block(traced.point(), &chosen).unwrap();
        assert_eq!(at.dimension(), entries.len());
        let expected: Vec<f64> = entries
            .iter()
            .flat_map(|&i| entries.iter().map(move |&j| i * n + j))
            .map(|at| hessian[at])
            .collect();
        let found = at.hessian(5).unwrap();
        assert!(distance(&found, &expected) < 1e-13 * norm(&expected), "{pattern}");
        let gradient: Vec<f64> = entries.iter().map(|&i| whole.gradient()[i]).collect();
        assert!(distance(at.gradient(), &gradient) < 1e-14, "{pattern}");
    }
    assert!(traced.select("third.*").is_empty());
    let error = traced.linearize_block(traced.point(), &[4]).err();
    assert_eq!(error, Some(ProgramError::NoParameter { position: 4, count: 4 }));
}

/// Batches of four, two and one samples: weighted by size they are the whole; a mean of means is not.
#[test]
fn ragged_batches_make_the_loss_of_all_samples() {
    let (net, y) = (Net::new(), data().1);
    let ranges = [0..4, 4..6, 6..7];
    let whole = loss_of(&net, 0..SIZES.0, &y);
    let point = whole.point();
    let source = |batch: usize| -> Result<(Linearization, usize), SourceError> {
        let rows = ranges[batch].clone();
        Ok((loss_of(&net, rows.clone(), &y[rows.clone()]).linearize(point)?, rows.len()))
    };
    let at = whole.linearize(point).unwrap();
    let v = numbers(8, 2 * point.len());
    let expected = at.hessian_block(&v, 2).unwrap();
    let products: Vec<Vec<f64>> = [0, 3000, usize::MAX]
        .into_iter()
        .map(|budget| {
            assert!(LocalShare::new(0..3, budget, source).unwrap().bytes() <= budget);
            let batched = MeanCurvature::new(3, budget, source).unwrap();
            assert!((batched.value() - at.value()).abs() < 1e-14);
            assert!(distance(batched.gradient(), at.gradient()) < 1e-14);
            batched.times_block(&v, 2).unwrap()
        })
        .collect();
    assert!(distance(&products[0], &expected) < 1e-13 * norm(&expected));
    assert_eq!(products[0], products[1]);
    assert_eq!(products[0], products[2]);
    assert!(matches!(MeanCurvature::new(0, 0, source), Err(BatchError::Empty)));
    let wrong =
        |batch: usize| Ok((if batch == 0 { source(0)?.0 } else { block(&loss_of(&net, 0..1, &y[..1]))? }, 1));
    let error = MeanCurvature::new(2, 0, wrong).err();
    assert!(matches!(error, Some(BatchError::OtherModule { batch: 1, expected: 44, found: 5 })), "{error:?}");
}

/// The Hessian along one layer's bias.
fn block(traced: &Traced) -> Result<Linearization, ProgramError> {
    traced.linearize_block(traced.point(), &traced.select("first.bias"))
}

#[test]
fn the_probes_of_the_landscape_crate_find_nothing() {
    let net = Net::new();
    let traced = loss_of(&net, 0..SIZES.0, &data().1);
    let at = traced.linearize(traced.point()).unwrap();
    let mut stream = saddlepoint_models::random::Stream::new(3);
    probe::symmetry(&at, 8, f64::EPSILON, &mut || stream.normal()).unwrap();
    probe::determinism(&at, 3, f64::EPSILON, &mut || stream.normal()).unwrap();
}

/// A network large enough for several tasks, on one thread and on four, and on burn's own backend.
#[test]
fn products_do_not_depend_on_threads_nor_much_on_the_engine() {
    let net: Net = cast(Net {
        first: LinearConfig::new(70, 90).init(&device()),
        second: LinearConfig::new(90, 10).init(&device()),
    });
    let n = 600;
    let y: Vec<usize> = (0..n).map(|i| i % 10).collect();
    let traced =
        trace(&net, (tensor(1, [n, 70]), labels(&y)), |net, (x, y)| entropy(net.forward(x), y)).unwrap();
    let v = numbers(2, 3 * traced.dimension());
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| traced.linearize(traced.point()).unwrap().hessian_block(&v, 3).unwrap())
    };
    let one = on(1);
    assert_eq!(one, on(4));
    let single = traced.linearize(traced.point()).unwrap().hessian_vector(&v[..traced.dimension()]).unwrap();
    assert_eq!(one[..traced.dimension()], single);
    let elsewhere = traced.linearize_on(traced.point(), &device()).unwrap();
    assert!(distance(&elsewhere.hessian_block(&v, 3).unwrap(), &one) < 1e-12 * norm(&one));
}

#[test]
fn the_dense_hessian_by_symmetry_is_that_of_the_columns() {
    let traced = loss_of(&Net::new(), 0..SIZES.0, &data().1);
    let columns = traced.linearize(traced.point()).unwrap().hessian(7).unwrap();
    let symmetric = traced.hessian(traced.point()).unwrap();
    assert!(distance(&symmetric, &columns) < 1e-14 * norm(&columns));
}
