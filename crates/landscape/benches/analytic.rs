//! What evaluations and steps on the analytic objectives cost.
//!
//! `cargo bench -p saddlepoint-landscape --bench analytic`. A descent step on the two-parameter network is measured as a run of
//! a thousand steps, tests for the end included.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use nalgebra::DMatrix;
use saddlepoint_landscape::analytic::{
    AveragedSigmoids, ClassificationLoss, PlantedNeuron, Reading, ScalarReluNetwork, TwoParameterMlp,
};
use saddlepoint_landscape::descent::{GradientDescent, StopRule};
use saddlepoint_landscape::objective::Objective;

/// A thousand steps along the valley, none of which ends the run.
fn descent(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("A descent step");
    group.throughput(Throughput::Elements(1000));
    let two = TwoParameterMlp::seed42(Reading::Intended);
    let descent = GradientDescent::new(1e-5, StopRule::after(1000)).expect("valid parameters");
    group.bench_function("two-parameter network", |bencher| bencher.iter(|| descent.run(&two, &[0.3, 0.4])));
    for units in [1, 8] {
        let wide = ScalarReluNetwork::on_data_of(&two, units).expect("at least one unit");
        let start = [0.3, 0.1].repeat(units);
        group.bench_function(format!("{units} units"), |bencher| bencher.iter(|| descent.run(&wide, &start)));
    }
    group.finish();
}

fn risks(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("Risks");
    let planted = PlantedNeuron::new(vec![1.0, 0.0]).expect("finite weights");
    group.bench_function("planted neuron: gradient", |bencher| bencher.iter(|| planted.gradient(&[0.3, 2.0])));
    group.bench_function("planted neuron: Hessian", |bencher| bencher.iter(|| planted.hessian(&[0.3, 2.0])));
    let network = AveragedSigmoids::population(&DMatrix::identity(2, 2), ClassificationLoss::CrossEntropy, 1.2)
        .expect("a truth within reach");
    let point = [1.0, 0.1, 0.0, 1.1];
    group.bench_function("averaged sigmoids: Hessian of the population", |bencher| {
        bencher.iter(|| network.hessian(&point));
    });
    let inputs = DMatrix::from_fn(1000, 10, |i, j| ((i * 7 + j * 13) as f64).sin());
    let mut truth = vec![0.0; 10];
    truth[0] = 1.0;
    let neuron = PlantedNeuron::new(truth.clone())
        .and_then(|planted| planted.sample(&inputs, f64::round))
        .expect("inputs of ten entries");
    group.bench_function("1000 samples in 10 dimensions: gradient", |bencher| {
        bencher.iter(|| neuron.gradient(&truth));
    });
    let inputs = DMatrix::from_fn(1000, 32, |i, j| ((i * 7 + j * 13) as f64).sin());
    let truth = [vec![1.0], vec![0.0; 31]].concat();
    let neuron = PlantedNeuron::new(truth.clone())
        .and_then(|planted| planted.sample(&inputs, f64::round))
        .expect("inputs of 32 entries");
    group.bench_function("1000 samples in 32 dimensions: Hessian", |bencher| {
        bencher.iter(|| neuron.hessian(&truth));
    });
    group.finish();
}

criterion_group!(benches, descent, risks);
criterion_main!(benches);
