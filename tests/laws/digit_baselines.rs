//! `digit-baselines`: the classical methods against brute force, and the verdict.

use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;
use saddlepoint_experiments::claims;
use saddlepoint_experiments::sample_matrix;
use saddlepoint_experiments::verdict::Verdict;
use saddlepoint_models::data::digits;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::estimation::kernel_machine::{Kernel, KernelMachine, median_distance};
use saddlepoint_theory::estimation::neighbours::NearestNeighbours;
use serde_json::{Value, json};

fn points(d: usize, n: usize, stream: &mut Stream) -> DMatrix<f64> {
    DMatrix::from_vec(d, n, stream.normals(d * n))
}

proptest! {
    /// The vote does not depend on where the origin lies or how the axes are turned.
    #[test]
    fn neighbours_do_not_see_a_motion(seed in 0u64..10_000, k in 1usize..8) {
        let mut stream = Stream::new(seed);
        let examples = points(3, 30, &mut stream);
        let labels: Vec<usize> = (0..30).map(|_| stream.index(3)).collect();
        let query = DVector::from_vec(stream.normals(3));
        let rotation = points(3, 3, &mut stream).qr().q();
        let shift = DVector::from_vec(stream.normals(3));
        let mut moved = &rotation * &examples;
        moved.column_iter_mut().for_each(|mut column| column += &shift);
        let class = |examples, query: &DVector<f64>| {
            NearestNeighbours::new(examples, labels.clone(), k).unwrap().class(query.as_slice())
        };
        prop_assert_eq!(class(examples, &query), class(moved, &(rotation * &query + shift)));
    }

    /// `f` is stationary: the residual over the ridge is the coefficients, whatever the data.
    #[test]
    fn kernel_machines_minimize(seed in 0u64..10_000, ridge in 1e-3f64..10.0, laplacian: bool) {
        let mut stream = Stream::new(seed);
        let (examples, targets) = (points(15, 2, &mut stream), points(15, 2, &mut stream));
        let kernel = if laplacian { Kernel::laplace(1.5) } else { Kernel::gaussian(0.7) }.unwrap();
        let machine = KernelMachine::with_ridge(kernel, examples, ridge).unwrap();
        let function = machine.fit(&targets).unwrap();
        let risk = |outputs: &DMatrix<f64>, squared_norm: f64| (outputs - &targets).norm_squared() + ridge * squared_norm;
        let matrix = machine.matrix();
        let found = risk(&function.values(matrix).unwrap(), function.squared_norm());
        // No other function of the span of the examples is better.
        let exact = (matrix + DMatrix::identity(15, 15) * ridge).cholesky().unwrap().solve(&targets);
        for size in [1e-3, 0.1, 1.0] {
            let other = &exact + points(15, 2, &mut stream) * size;
            let outputs = matrix * &other;
            let squared_norm = (other.transpose() * matrix * &other).trace();
            prop_assert!(risk(&outputs, squared_norm) >= found - 1e-9 * (1.0 + found));
        }
    }

    #[test]
    fn without_ridge_a_kernel_machine_interpolates(seed in 0u64..1000) {
        let mut stream = Stream::new(seed);
        let (examples, targets) = (points(20, 4, &mut stream), points(20, 3, &mut stream));
        let machine = KernelMachine::new(Kernel::laplace(2.0).unwrap(), examples.clone()).unwrap();
        let function = machine.fit(&targets).unwrap();
        let outputs = function.values(&machine.kernels(&examples).unwrap()).unwrap();
        prop_assert!((outputs - &targets).amax() < 1e-9);
        prop_assert!(function.squared_norm() > 0.0);
    }
}

/// The catalogue's median distance of the training digits, and its test accuracy of the Laplacian interpolant.
#[test]
fn the_laplacian_interpolant_of_digits_is_the_catalogues() {
    let (train, test) = digits::split().unwrap();
    let examples = sample_matrix::inputs(&train);
    let median = median_distance(&examples).unwrap();
    assert!((median - 3.082_207).abs() < 5e-7, "{median}");
    let (_, classes) = train.labels().unwrap();
    let machine = KernelMachine::new(Kernel::laplace(median).unwrap(), examples).unwrap();
    let function = machine.fit(&sample_matrix::one_hot(&train, (classes as f64).recip()).unwrap()).unwrap();
    assert!((function.squared_norm() / 358.36769 - 1.0).abs() < 1e-6, "{}", function.squared_norm());
    let kernels = machine.kernels(&sample_matrix::inputs(&test)).unwrap();
    let found = sample_matrix::classes(&function.values(&kernels).unwrap());
    let right = found.iter().zip(test.labels().unwrap().0).filter(|(a, b)| a == b).count();
    assert_eq!(right, 786, "0.9862 of 797");
}

#[test]
fn teeth_neighbours_of_shuffled_labels_are_at_chance() {
    let (train, test) = digits::split().unwrap();
    let (labels, _) = train.labels().unwrap();
    let shuffled: Vec<usize> =
        Stream::new(1).permutation(labels.len()).into_iter().map(|i| labels[i]).collect();
    let examples = DMatrix::from_column_slice(64, train.len(), train.inputs());
    let right = |labels: &[usize]| {
        let voters = NearestNeighbours::new(examples.clone(), labels.to_vec(), 3).unwrap();
        test.rows().zip(test.labels().unwrap().0).filter(|(row, label)| voters.class(row) == **label).count()
    };
    assert!(right(labels) > 760);
    assert!(right(&shuffled) < 160);
}

/// Errors of the five methods on the UCI digits: each misclassifies the first so many examples.
fn evidence(errors: [usize; 5]) -> Vec<(Value, Value)> {
    let methods = ["linear", "neighbours", "mlp", "kernel", "convolutional"];
    methods
        .iter()
        .zip(errors)
        .map(|(method, wrong)| {
            let task = json!({"data": "digits", "method": method, "seed": 1});
            (task, json!({"tested": 797, "wrong": (0..wrong).collect::<Vec<_>>(), "train_errors": 0}))
        })
        .collect()
}

fn verdict(evidence: &[(Value, Value)]) -> Verdict {
    claims::find("digit-baselines").unwrap().conclude(evidence).unwrap().0.verdict
}

#[test]
fn teeth_the_verdict_needs_every_part() {
    assert_eq!(verdict(&evidence([45, 15, 20, 10, 12])), Verdict::Reproduced);
    assert_eq!(
        verdict(&evidence([45, 15, 40, 10, 12])),
        Verdict::NotReproduced,
        "a network is no better than linear"
    );
    assert_eq!(
        verdict(&evidence([45, 10, 15, 5, 25])),
        Verdict::NotReproduced,
        "convolutions are worse than kernels"
    );
    assert_eq!(verdict(&evidence([45, 15, 20, 10, 12])[..4]), Verdict::NotReproduced, "a method is missing");
    let mut absent = evidence([45, 15, 20, 10, 12]);
    let nothing = json!({"tested": 0, "wrong": [], "train_errors": 0});
    absent.push((json!({"data": {"mnist": 2000}, "method": "linear", "seed": 1}), nothing));
    let (judgement, figures) = claims::find("digit-baselines").unwrap().conclude(&absent).unwrap();
    assert_eq!((judgement.verdict, figures.len()), (Verdict::Reproduced, 2));
    assert!(judgement.sentence.contains("MNIST was not given"));
    assert_eq!(verdict(&[]), Verdict::Inconclusive);
}
