//! What bytes from elsewhere reach, one function a reader: whatever the bytes, it answers or refuses, and what it answers
//! holds together. A panic is a bug.
//!
//! `fuzz/` calls these functions from cargo-fuzz, `tests/fuzzing` from a plain test.

use std::fs;
use std::path::Path;

use saddlepoint_experiments::run::engine::{Options, read_tasks};
use saddlepoint_experiments::run::{Record, Store};
use saddlepoint_models::data::{Samples, TargetKind, cifar, csv, idx, npz};
use saddlepoint_theory::bounds::catoni::Catoni;
use saddlepoint_theory::bounds::clopper_pearson::ClopperPearson;
use saddlepoint_theory::bounds::empirical_bernstein::EmpiricalBernstein;
use saddlepoint_theory::bounds::finite_class::FiniteClass;
use saddlepoint_theory::bounds::hoeffding::Hoeffding;
use saddlepoint_theory::bounds::kl_test_set::KlTestSet;
use saddlepoint_theory::bounds::linear_gibbs::LinearGibbs;
use saddlepoint_theory::bounds::maurer::Maurer;
use saddlepoint_theory::bounds::mcallester::McAllester;
use saddlepoint_theory::bounds::pac_bayes::{GibbsRisk, Moment};
use saddlepoint_theory::bounds::split::Split;
use saddlepoint_theory::bounds::vc::VapnikChervonenkis;

/// A name, which its corpus has too, and what it does with bytes.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 8] = [
    ("idx", idx_files),
    ("cifar", cifar_batch),
    ("npz", npz_archive),
    ("csv", csv_table),
    ("record", record),
    ("tasks", tasks),
    ("options", options),
    ("theorems", theorems),
];

/// Calls something with files of these contents.
fn with_files<const N: usize>(contents: [&[u8]; N], f: impl FnOnce([&Path; N])) {
    let folder = tempfile::tempdir().expect("a folder for the files");
    let paths = std::array::from_fn::<_, N, _>(|i| folder.path().join(i.to_string()));
    for (path, bytes) in paths.iter().zip(contents) {
        fs::write(path, bytes).expect("a file in it");
    }
    f(std::array::from_fn(|i| paths[i].as_path()));
}

/// As many inputs and targets as there are samples, and inputs that are numbers.
fn whole(samples: &Samples) {
    assert!(samples.inputs().iter().all(|input| input.is_finite()));
    assert_eq!(samples.inputs().len(), samples.len() * samples.shape().iter().product::<usize>());
}

/// Images and labels: the first byte says where the second file begins.
fn idx_files(bytes: &[u8]) {
    let (&cut, rest) = bytes.split_first().unwrap_or((&0, &[]));
    let (images, labels) = rest.split_at(usize::from(cut).min(rest.len()));
    with_files([images, labels], |[images, labels]| {
        if let Ok(samples) = idx::read(images, labels, 10) {
            whole(&samples);
        }
    });
}

/// A batch of CIFAR-10.
fn cifar_batch(bytes: &[u8]) {
    with_files([bytes], |[batch]| {
        if let Ok(samples) = cifar::read(&[batch]) {
            whole(&samples);
        }
    });
}

/// An archive of arrays, as labels and as values.
fn npz_archive(bytes: &[u8]) {
    with_files([bytes], |[archive]| {
        for kind in
            [TargetKind::Labels { classes: Some(3) }, TargetKind::Labels { classes: None }, TargetKind::Values]
        {
            if let Ok(samples) = npz::read(archive, kind) {
                whole(&samples);
            }
        }
    });
}

/// A table: the first byte says what kind.
fn csv_table(bytes: &[u8]) {
    let (&kind, text) = bytes.split_first().unwrap_or((&0, &[]));
    let target = (kind & 4 != 0).then_some(usize::from(kind >> 4));
    let values = kind & 2 != 0;
    let table = csv::Table {
        header: kind & 1 != 0,
        target,
        kind: if values { TargetKind::Values } else { TargetKind::Labels { classes: None } },
    };
    with_files([text], |[path]| {
        if let Ok(samples) = csv::read(path, table) {
            whole(&samples);
        }
    });
}

/// A record, alone and in the place of one.
fn record(bytes: &[u8]) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::new(folder.path());
    let key = "0123456789abcdef0123456789abcdef";
    let place = folder.path().join("records/claim");
    fs::create_dir_all(&place).expect("a folder of records");
    fs::write(place.join(format!("{key}.json")), bytes).expect("a file");
    let _ = store.find("claim", key);
    let _ = store.identities("claim");
    if let Ok(record) = serde_json::from_slice::<Record>(bytes)
        && record.is_sound()
    {
        let again = serde_json::to_vec(&record).expect("what was read can be written");
        assert_eq!(serde_json::from_slice::<Record>(&again).expect("and read again"), record);
    }
}

/// `tasks.jsonl`: what a worker believes has the key of its content.
fn tasks(bytes: &[u8]) {
    with_files([bytes], |[path]| {
        for (index, chunk) in [(0, 1), (1, 2), (0, 1000)] {
            if let Ok(chunk) = read_tasks(path, index, chunk) {
                assert!(chunk.plan.tasks.iter().all(|task| task.key == task.identity.key()));
            }
        }
    });
}

/// `engine.toml`.
fn options(bytes: &[u8]) {
    with_files([bytes], |[path]| {
        if let Ok(options) = Options::read(path) {
            assert!(options.setup.iter().all(|line| !line.contains('\n')));
        }
    });
}

/// Constructors of theorems, from the bits of numbers: no bound is below what was observed.
fn theorems(bytes: &[u8]) {
    let mut words = bytes.chunks(8).map(|chunk| {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        u64::from_le_bytes(word)
    });
    let mut word = || words.next().unwrap_or_default();
    let (n, size) = (word(), word());
    let [q, delta, x, y] = std::array::from_fn(|_| f64::from_bits(word()));
    let least = |value: f64| assert!(value >= q * (1.0 - 1e-14), "{value} is below {q}");
    let _ = Hoeffding::new(q, n, delta).map(|theorem| least(theorem.evaluate().value()));
    let _ = KlTestSet::new(q, n, delta).map(|theorem| least(theorem.evaluate().value()));
    let _ = EmpiricalBernstein::new(q, x, n, delta).map(|theorem| least(theorem.evaluate().value()));
    let _ = FiniteClass::new(q, size, n, delta).map(|theorem| least(theorem.evaluate().value()));
    let _ = VapnikChervonenkis::new(q, size, n, delta).map(|theorem| least(theorem.evaluate().value()));
    let _ = ClopperPearson::new(size, n, delta).map(|theorem| {
        let value = theorem.evaluate().value();
        assert!((0.0..=1.0).contains(&value), "{value}");
    });
    let _ = LinearGibbs::new(&[q, x], &[y], delta, Moment::Exact).map(|theorem| theorem.evaluate());
    if let (Ok(gibbs), Ok(split)) = (GibbsRisk::exact(q), Split::unseen(n)) {
        let _ =
            McAllester::new(gibbs.clone(), x, split, delta, Moment::Exact).map(|t| least(t.evaluate().value()));
        let _ =
            Maurer::new(gibbs.clone(), x, split, delta, Moment::TwoRoots).map(|t| least(t.evaluate().value()));
        let _ = Catoni::new(gibbs, x, split, delta, &[y, 1.0]).map(|t| least(t.evaluate().value()));
    }
}
