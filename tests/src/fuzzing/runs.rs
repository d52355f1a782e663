//! What runs leave for runs: records, tasks, options of engines.

use std::fs;

use saddlepoint_experiments::run::engine::{Options, read_tasks};
use saddlepoint_experiments::run::{Record, Store};

use super::with_files;

/// A record, alone and in the place of one.
pub(super) fn record(bytes: &[u8]) {
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
pub(super) fn tasks(bytes: &[u8]) {
    with_files([("tasks.jsonl", bytes)], |[path]| {
        for (index, chunk) in [(0, 1), (1, 2), (0, 1000)] {
            if let Ok(chunk) = read_tasks(path, index, chunk) {
                assert!(chunk.plan.tasks.iter().all(|task| task.key == task.identity.key()));
            }
        }
    });
}

/// `engine.toml`.
pub(super) fn options(bytes: &[u8]) {
    with_files([("engine.toml", bytes)], |[path]| {
        if let Ok(options) = Options::read(path) {
            assert!(options.setup.iter().all(|line| !line.contains('\n')));
        }
    });
}
