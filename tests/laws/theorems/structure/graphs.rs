//! Graphs written by hand, each with a pair of examples that the bound is just met by, and teeth: without a branch or a
//! factor of overlap it would not be a bound.

use proptest::prelude::*;
use saddlepoint_experiments::measure::structure::Structure;
use saddlepoint_models::onnx::{
    Activation, Axes, Binary, Choice, Convolution, Gather, Layout, Linear, Normalization, Operation, Pad,
    Padding, Pooling, Reduction, ReductionKind, Slice, Unary, Window,
};
use saddlepoint_models::random::Stream;

use super::{Written, random_pairs, steepest, structure};

const RELU: Operation = Operation::Activation(Activation::Relu);
const MATMUL: Operation = Operation::Linear(Linear::MatMul);
const ADD: Operation = Operation::Binary(Binary::Add);
const MUL: Operation = Operation::Binary(Binary::Mul);

fn window(strides: Vec<usize>, padding: Vec<(usize, usize)>) -> Window {
    Window { strides, dilations: vec![], padding: Padding::Fixed(padding) }
}

fn reduction(kind: ReductionKind) -> Operation {
    Operation::Reduction(Reduction { kind, axes: Some(vec![1]), keep: false, empty_is_none: false })
}

/// The bound, and the slope between two examples.
fn bound_and_slope(written: Written, x: &[f64], y: &[f64]) -> (f64, f64) {
    let network = written.network();
    let upper = structure(&network).upper.unwrap();
    (upper.constant, steepest(&network, &[(x.to_vec(), y.to_vec())], upper.jump))
}

/// The bound holds, and is met up to rounding.
fn met(what: &str, written: Written, x: &[f64], y: &[f64]) {
    let (bound, slope) = bound_and_slope(written, x, y);
    assert!(slope <= bound * (1.0 + 1e-12), "{what}: {slope} above {bound}");
    assert!(slope >= bound * (1.0 - 1e-6), "{what}: {slope} below {bound}");
}

/// `x + relu(2x)`: the bound is 3, and without the branch it would be 2, which two positive examples exceed.
#[test]
fn a_residual_branch_counts() {
    let residual = || {
        Written::new(&[2]).parameter("w", &[2, 2], &[2.0, 0.0, 0.0, 2.0]).then(MATMUL, &["x", "w"], "h").then(
            RELU,
            &["h"],
            "r",
        )
    };
    let (without, _) = bound_and_slope(residual(), &[1.0, 1.0], &[2.0, 2.0]);
    let (with, slope) = bound_and_slope(residual().then(ADD, &["x", "r"], "y"), &[1.0, 1.0], &[2.0, 2.0]);
    assert!((without - 2.0).abs() < 1e-9 && (with - 3.0).abs() < 1e-9, "{without} {with}");
    assert!(slope > without + 0.99 && slope <= with * (1.0 + 1e-12));
    let wired = residual().then(Operation::Binary(Binary::Sub), &["r", "x"], "y");
    let (with, slope) = bound_and_slope(wired, &[-1.0, -1.0], &[-2.0, -2.0]);
    assert!((with - 3.0).abs() < 1e-9 && (slope - 1.0).abs() < 1e-12);
}

/// An entry that two windows share moves two maxima: without the factor of overlap the bound would be 1.
#[test]
fn overlapping_windows_count() {
    let pooled = |stride| {
        let pooling = Pooling::Max { kernel: vec![2], window: window(vec![stride], vec![]), ceiling: false };
        Written::new(&[1, 4]).then(Operation::Pooling(pooling), &["x"], "y")
    };
    let (x, y) = ([0.0, 5.0, 0.0, 0.0], [0.0, 6.0, 0.0, 0.0]);
    let (bound, slope) = bound_and_slope(pooled(1), &x, &y);
    let without = bound_and_slope(pooled(2), &x, &y).0;
    assert!((bound - 2f64.sqrt()).abs() < 1e-12 && (without - 1.0).abs() < 1e-12);
    assert!(slope > without * 1.4 && slope <= bound * (1.0 + 1e-12), "{slope}");
    met("windows side by side", pooled(2), &x, &y);
}

#[test]
fn poolings_and_reductions_meet_their_bounds() {
    let ones = |n: usize| (vec![1.0; n], vec![2.0; n]);
    let (x, y) = ones(16);
    let average = |kernel, strides, padding, count_padding| {
        let window = window(strides, padding);
        let pooling = Pooling::Average { kernel, window, ceiling: false, count_padding };
        Written::new(&[1, 4, 4]).then(Operation::Pooling(pooling), &["x"], "y")
    };
    met("means side by side", average(vec![2, 2], vec![2, 2], vec![], false), &x, &y);
    // With padding in the mean, four corners have a quarter of one entry each.
    let (bound, slope) = bound_and_slope(average(vec![2, 2], vec![2, 2], vec![(1, 1); 2], true), &x, &y);
    assert!(slope <= bound && bound <= 0.5 + 1e-12, "{slope} {bound}");
    let (bound, slope) = bound_and_slope(average(vec![3, 3], vec![1, 1], vec![], false), &x, &y);
    assert!(slope <= bound && slope >= 0.4 * bound, "{slope} {bound}");
    met(
        "a mean of all",
        Written::new(&[1, 4, 4]).then(Operation::Pooling(Pooling::GlobalAverage), &["x"], "y"),
        &x,
        &y,
    );
    let (x, y) = ones(5);
    for (name, kind) in [
        ("mean", ReductionKind::Mean),
        ("sum", ReductionKind::Sum),
        ("l1", ReductionKind::L1),
        ("l2", ReductionKind::L2),
    ] {
        met(name, Written::new(&[5]).then(reduction(kind), &["x"], "y"), &x, &y);
    }
    met(
        "maximum",
        Written::new(&[2]).then(reduction(ReductionKind::Max), &["x"], "y"),
        &[0.0, 1.0],
        &[0.0, 2.0],
    );
    let large = ([0.0, 50.0], [0.0, 51.0]);
    met(
        "log-sum-exp",
        Written::new(&[2]).then(reduction(ReductionKind::LogSumExp), &["x"], "y"),
        &large.0,
        &large.1,
    );
}

#[test]
fn repetitions_meet_their_bounds() {
    let (x, y) = ([1.0, 0.0, 0.0], [2.0, 0.0, 0.0]);
    let of = |shape: &[usize]| Written::new(shape);
    let gathered =
        of(&[3]).integers("at", &[0, 0, -3, 2]).then(Operation::Gather(Gather { axis: 1 }), &["x", "at"], "y");
    met("an entry taken three times", gathered, &x, &y);
    let beside = of(&[3]).then(Operation::Slice(Slice::Concat(1)), &["x", "x"], "y");
    met("twice side by side", beside, &x, &y);
    let edge = of(&[3]).integers("pads", &[0, 2, 0, 0]).then(Operation::Pad(Pad::Edge), &["x", "pads"], "y");
    met("the first entry three times", edge, &x, &y);
    let zeros =
        of(&[3]).integers("pads", &[0, 2, 0, 0]).then(Operation::Pad(Pad::Constant), &["x", "pads"], "y");
    met("zeros around", zeros, &x, &y);
    let repeated =
        of(&[3, 1]).integers("shape", &[1, 3, 4]).then(Operation::Layout(Layout::Expand), &["x", "shape"], "y");
    met("four times", repeated, &x, &y);
    let spread = of(&[3, 1]).parameter("b", &[1, 4], &[1.0, 2.0, 3.0, 4.0]).then(ADD, &["x", "b"], "y");
    met("a sum that repeats", spread, &x, &y);
    let turned = of(&[3, 1]).then(Operation::Layout(Layout::Transpose(Some(vec![0, 2, 1]))), &["x"], "y");
    met("a transposition", turned, &x, &y);
}

#[test]
fn functions_of_vectors_meet_their_bounds() {
    let step = 1e-4;
    let softmax =
        Written::new(&[2]).then(Operation::Activation(Activation::Softmax(Axes::One(1))), &["x"], "y");
    met("softmax", softmax, &[-step, step], &[step, -step]);
    let logarithm =
        || Written::new(&[2]).then(Operation::Activation(Activation::LogSoftmax(Axes::One(1))), &["x"], "y");
    met("log-softmax", logarithm(), &[50.0, -49.0], &[51.0, -50.0].map(|x: f64| x * (1.0 + 1e-12)));
    let normal = Normalization::Layer { epsilon: 1e-2, axis: -1 };
    let layer = Written::new(&[2]).parameter("g", &[2], &[3.0, 0.5]).then(
        Operation::Normalization(normal),
        &["x", "g"],
        "y",
    );
    // Near equal entries the variance vanishes beside ε; the gain of one entry is the larger.
    let (bound, slope) = bound_and_slope(layer, &[1e-5, -1e-5], &[-1e-5, 1e-5]);
    assert!((bound - 30.0).abs() < 1e-12 && slope <= bound && slope > 0.7 * bound, "{slope} {bound}");
    let largest = Written::new(&[2]).then(Operation::Unary(Unary::Neg), &["x"], "n").then(
        Operation::Binary(Binary::Max),
        &["x", "n"],
        "y",
    );
    let (bound, slope) = bound_and_slope(largest, &[1.0, 1.0], &[2.0, 2.0]);
    assert!(slope <= bound && (bound - 2f64.sqrt()).abs() < 1e-12);
}

/// The same normalization as several nodes, as exporters wrote it before opset 17.
#[test]
fn a_normalization_in_pieces_is_recognized() {
    let mean = |input: &str| {
        (
            Operation::Reduction(Reduction {
                kind: ReductionKind::Mean,
                axes: Some(vec![-1]),
                keep: true,
                empty_is_none: false,
            }),
            input.to_owned(),
        )
    };
    let pieces = |of_variance: &str| {
        let (of_x, of_squares) = (mean("x"), mean("q"));
        Written::new(&[3])
            .number("two", 2.0)
            .number("epsilon", 1e-2)
            .then(of_x.0, &[&of_x.1], "m")
            .then(Operation::Binary(Binary::Sub), &["x", "m"], "c")
            .then(Operation::Binary(Binary::Pow), &[of_variance, "two"], "q")
            .then(of_squares.0, &[&of_squares.1], "v")
            .then(ADD, &["v", "epsilon"], "w")
            .then(Operation::Unary(Unary::Sqrt), &["w"], "s")
            .then(Operation::Binary(Binary::Div), &["c", "s"], "y")
    };
    met("a normalization", pieces("c"), &[1e-5, 0.0, -1e-5], &[-1e-5, 0.0, 1e-5]);
    // Of the values themselves the mean square is no variance.
    assert!(structure(&pieces("x").network()).upper.unwrap_err().to_string().contains("divides"));
}

/// A normalization that shrinks what the layer stretches: folded, the product of norms is not paid.
#[test]
fn a_folded_normalization_is_tighter() {
    let linear = |alone: bool| {
        let gemm = Linear::Gemm { alpha: 1.0, beta: 1.0, transpose_a: false, transpose_b: true };
        let written = Written::new(&[2])
            .parameter("w", &[2, 2], &[10.0, 0.0, 0.0, 0.1])
            .parameter("g", &[2], &[0.1, 10.0])
            .parameter("zero", &[2], &[0.0, 0.0])
            .parameter("one", &[2], &[1.0, 1.0])
            .then(Operation::Linear(gemm), &["x", "w", "zero"], "h")
            .then(
                Operation::Normalization(Normalization::Batch { epsilon: 1e-12 }),
                &["h", "g", "zero", "zero", "one"],
                "n",
            );
        if alone { written } else { written.then(ADD, &["n", "h"], "y") }
    };
    met("folded", linear(true), &[1.0, 0.0], &[2.0, 0.0]);
    // The layer has another consumer: both are computed, and the factors multiply.
    let (bound, slope) = bound_and_slope(linear(false), &[1.0, 0.0], &[2.0, 0.0]);
    assert!(slope <= bound && (bound - 110.0).abs() < 1e-6, "{slope} {bound}");
}

#[test]
fn products_of_a_value_with_its_gate_are_activations() {
    let sigmoid = Operation::Activation(Activation::Sigmoid);
    let swish = Written::new(&[1])
        .number("k", 1.7)
        .then(MUL, &["x", "k"], "u")
        .then(sigmoid.clone(), &["u"], "s")
        .then(MUL, &["s", "x"], "y");
    let (bound, slope) = bound_and_slope(swish, &[2.3993 / 1.7], &[2.3995 / 1.7]);
    assert!(slope <= bound && slope > bound - 1e-5, "{slope} {bound}");
    // A gate of another value is none.
    let other = Written::new(&[1]).parameter("w", &[1, 1], &[2.0]).then(MATMUL, &["x", "w"], "h").then(
        RELU,
        &["h"],
        "r",
    );
    let network = other.then(sigmoid, &["r"], "s").then(MUL, &["s", "x"], "y").network();
    let refusal = structure(&network).upper.unwrap_err();
    assert_eq!(refusal.nodes.len(), 1, "{refusal}");
}

/// All of them at once, with their places.
#[test]
fn what_has_no_constant_is_refused_by_name() {
    let network = Written::new(&[2])
        .then(Operation::Unary(Unary::Exp), &["x"], "e")
        .then(Operation::Unary(Unary::Sqrt), &["x"], "r")
        .then(MUL, &["e", "r"], "p")
        .then(Operation::Binary(Binary::Div), &["p", "x"], "q")
        .then(ADD, &["q", "x"], "y")
        .network();
    let refusal = structure(&network).upper.unwrap_err();
    let places: Vec<usize> = refusal.nodes.iter().map(|node| node.place.index).collect();
    assert_eq!(places, [0, 1, 2, 3], "{refusal}");
    let steps =
        Written::new(&[2]).number("limit", 0.5).then(Operation::Choice(Choice::Greater), &["x", "limit"], "c");
    let chosen = steps.then(Operation::Choice(Choice::Where), &["c", "x", "limit"], "y").network();
    assert_eq!(structure(&chosen).upper.unwrap_err().nodes.len(), 1);
    let flat = Written::new(&[2]).number("zero", 0.0).then(Operation::Binary(Binary::Div), &["x", "zero"], "y");
    assert!(structure(&flat.network()).upper.unwrap_err().to_string().contains("divides by 0"));
}

/// A residual network with convolutions, overlapping pools, a branch of two layers and a shared value.
fn drawn(numbers: &[f64]) -> (Written, Structure) {
    let mut numbers = numbers.iter().copied().cycle();
    let mut take = |count: usize| numbers.by_ref().take(count).collect::<Vec<f64>>();
    let convolution =
        |stride| Operation::Convolution(Convolution { window: window(vec![stride], vec![(1, 1)]), groups: 1 });
    let pool = Pooling::Max { kernel: vec![3], window: window(vec![2], vec![(1, 1)]), ceiling: true };
    let gemm = Linear::Gemm { alpha: 0.5, beta: 2.0, transpose_a: false, transpose_b: false };
    let mut written = || {
        Written::new(&[2, 6])
            .parameter("a.weight", &[2, 2, 3], &take(12))
            .parameter("b.weight", &[2, 2, 3], &take(12))
            .parameter("b.bias", &[2], &take(2))
            .parameter("o.weight", &[8, 3], &take(24))
            .then(convolution(1), &["x", "a.weight"], "a")
            .then(Operation::Activation(Activation::LeakyRelu { slope: 0.2 }), &["a"], "l")
            .then(convolution(1), &["l", "b.weight", "b.bias"], "b")
            .then(ADD, &["b", "x"], "s")
            .then(MUL, &["s", "half"], "h")
            .number("half", 0.5)
            .then(Operation::Pooling(pool.clone()), &["h"], "p")
            .then(Operation::Layout(Layout::Flatten(1)), &["p"], "f")
            .then(Operation::Linear(gemm), &["f", "o.weight"], "o")
    };
    let first = written();
    let structure = structure(&Written { graph: first.graph.clone() }.network());
    (first, structure)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_slope_is_above_the_bound_of_a_random_graph(numbers in prop::collection::vec(-1.0..1.0f64, 50), seed: u64) {
        let (written, structure) = drawn(&numbers);
        let (network, upper) = (written.network(), structure.upper.unwrap());
        let slope = steepest(&network, &random_pairs(200, 12, &mut Stream::new(seed)), 0.0);
        prop_assert!(slope <= upper.constant, "{slope} {}", upper.constant);
        prop_assert!(upper.growth.len() == 8);
    }
}
