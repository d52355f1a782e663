//! What the runner itself costs: tasks that do nothing, tasks that are done, and a report of 100 claims.

use std::path::Path;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use saddlepoint_experiments::claim::{
    AnyClaim, Card, Claim, Erased, Evidence, Failure, Kind, Lab, Profile, Source,
};
use saddlepoint_experiments::claims;
use saddlepoint_experiments::figure::{Axis, Figure};
use saddlepoint_experiments::report::{self, ClaimPage, RunSummary};
use saddlepoint_experiments::run::{Plan, Settings, Store, Watch, assess, execute};
use saddlepoint_experiments::verdict::{Check, Judgement};
use saddlepoint_models::device::Backend;

const TASKS: u64 = 1000;

struct Idle;

impl Claim for Idle {
    const CARD: Card = Card {
        id: "idle",
        version: 1,
        title: "Tasks that do nothing",
        statement: "$0 = 0$.",
        sources: &[Source { citation: "Peano 1889", identifier: None }],
        hypotheses: &[],
        kind: Kind::Exact,
        tags: &[],
        data: &[],
        network: None,
    };
    type Task = u64;
    type Outcome = f64;

    fn plan(_: Profile, seed: u64) -> Vec<u64> {
        (seed..seed + TASKS).collect()
    }

    fn run(task: &u64, _: &Lab) -> Result<f64, Failure> {
        Ok(*task as f64)
    }

    fn judge(evidence: &[Evidence<u64, f64>]) -> Judgement {
        Judgement::from_checks("Done.", vec![Check::equal("tasks", evidence.len() as u64, TASKS)])
    }
}

static IDLE: &dyn AnyClaim = &Erased::<Idle>::new();

struct Nobody;

impl Watch for Nobody {
    fn started(&self, _: &'static str) {}
    fn failed(&self, _: &'static str, _: &str) {}
    fn finished(&self, _: &'static str, _: Option<std::time::Duration>) {}
    fn says(&self, _: &str) {}
    fn waits(&self, _: &str) {}
}

fn run(folder: &Path) -> usize {
    let store = Store::new(folder);
    let plan = Plan::new(vec![IDLE], Profile::Quick, 0, Some(Backend::default()), &store, false).expect("plan");
    let settings = Settings { jobs: 2, keep_going: false };
    execute(&plan.due().collect::<Vec<_>>(), &store, &Lab::bench(), settings, &Nobody).expect("run");
    assess(&plan, &store).expect("assess")[0].done
}

fn tasks(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("runner, 1000 tasks");
    group.throughput(Throughput::Elements(TASKS)).sample_size(10);
    let fresh = || tempfile::tempdir().expect("a temporary folder");
    group.bench_function("run and record", |bencher| {
        bencher.iter_batched_ref(fresh, |folder| run(folder.path()), BatchSize::PerIteration);
    });
    let folder = fresh();
    run(folder.path());
    group.bench_function("all done before", |bencher| bencher.iter(|| run(folder.path())));
    group.finish();
}

fn page(index: usize) -> ClaimPage {
    let all = claims::all();
    // Pages are told apart by their ids, and there are fewer claims than pages.
    let id = Box::leak(format!("claim-{index}").into_boxed_str());
    let card = Box::leak(Box::new(Card { id, ..*all[index % all.len()].card() }));
    let curve = |scale: f64| (1..200).map(move |i| (f64::from(i), scale / f64::from(i)));
    let figure = Figure::new("decay", "Decay", "It falls.", Axis::logarithmic("n"), Axis::logarithmic("error"));
    let figure = figure.line("measured", curve(1.0)).reference("bound", curve(2.0));
    ClaimPage {
        card,
        judgement: Judgement::from_checks("Found.", vec![Check::at_most("error", 0.1, 0.2); 8]),
        figures: vec![figure.clone(), Figure { id: "again".into(), ..figure }],
        parameters: (0..10).map(|seed| serde_json::json!({"seed": seed, "n": 100})).collect(),
        tasks_done: 10,
        tasks_planned: 10,
        seconds: Some(1.0),
        failures: Vec::new(),
    }
}

fn reports(criterion: &mut Criterion) {
    let summary = RunSummary {
        name: "bench".into(),
        profile: Profile::Quick,
        seed: 0,
        backend: "flex".into(),
        started: None,
        finished: None,
        seconds: None,
        versions: Vec::new(),
        claims: (0..100).map(page).collect(),
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut group = criterion.benchmark_group("report, 100 claims with two plots");
    group.sample_size(10);
    group.bench_function("write", |bencher| {
        bencher.iter(|| report::write(&summary, folder.path()).expect("report"));
    });
    group.finish();
}

criterion_group!(benches, tasks, reports);
criterion_main!(benches);
