//! Files that are damaged, or made to do harm: a typed error, never a panic.

use std::path::Path;
use std::time::{Duration, Instant};

use saddlepoint_models::checkpoint::Checkpoint;
use saddlepoint_models::data::hexadecimal;
use saddlepoint_models::device::{Device, Precision};
use saddlepoint_models::onnx::{Graph, OnnxError, OnnxNetwork};
use saddlepoint_models::random::Stream;
use serde::Deserialize;

use super::{device, file};

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(file(name)).unwrap()
}

/// What came of many damaged files.
#[derive(Debug, Default)]
struct Tally {
    runs: usize,
    taken: usize,
    longest: Duration,
}

impl Tally {
    /// Reads a network, and runs it as far as its rehearsal. Whatever comes out is a network or a sentence.
    fn network(&mut self, bytes: &[u8], device: &Device) {
        let start = Instant::now();
        self.runs += 1;
        match Graph::parse(bytes, None).and_then(|graph| OnnxNetwork::new(graph, Precision::F64, device)) {
            Ok(_) => self.taken += 1,
            // Caught at the last door: a check that ought to have come earlier is missing.
            Err(OnnxError::Ends { reason }) => {
                assert!(!reason.contains("tensor library"), "{reason}: {}", hexadecimal(bytes));
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
        self.longest = self.longest.max(start.elapsed());
        assert!(start.elapsed() < Duration::from_mins(1), "{}", hexadecimal(bytes));
    }

    fn checkpoint(&mut self, path: &Path, bytes: &[u8]) {
        std::fs::write(path, bytes).unwrap();
        let start = Instant::now();
        self.runs += 1;
        match Checkpoint::read(path) {
            Ok(checkpoint) => {
                self.taken += 1;
                for weight in checkpoint.weights.values() {
                    assert_eq!(weight.values.len(), weight.shape.iter().product::<usize>());
                    assert!(weight.values.iter().all(|value| value.is_finite()));
                }
            }
            Err(error) => assert!(error.to_string().contains(&path.display().to_string()), "{error}"),
        }
        self.longest = self.longest.max(start.elapsed());
    }
}

/// One to four bytes changed: to anything, or by one bit.
fn damaged(whole: &[u8], stream: &mut Stream) -> Vec<u8> {
    let mut draw = |below: usize| (stream.uniform() * below as f64) as usize;
    let mut bytes = whole.to_vec();
    for _ in 0..=draw(4) {
        let at = draw(bytes.len());
        bytes[at] = if draw(2) == 0 { draw(256) as u8 } else { bytes[at] ^ 1 << draw(8) };
    }
    bytes
}

#[test]
fn a_network_is_refused_at_every_truncation() {
    let (device, mut tally) = (device(), Tally::default());
    let whole = bytes("mlp_old.onnx");
    for length in 0..whole.len() {
        tally.network(&whole[..length], &device);
    }
    assert_eq!(tally.taken, 0, "part of a network");
    for case in super::operators::cases() {
        let (_, graph) = case.graphs().last().unwrap();
        for length in 0..graph.len() {
            tally.network(&graph[..length], &device);
        }
    }
    println!("truncated networks: {tally:?}");
}

#[test]
fn damaged_networks_are_networks_or_errors() {
    let (device, mut tally, mut stream) = (device(), Tally::default(), Stream::new(9));
    for name in ["mlp_old.onnx", "lenet_old.onnx", "transformer_old.onnx", "grouped.onnx"] {
        let whole = bytes(name);
        for _ in 0..250 {
            tally.network(&damaged(&whole, &mut stream), &device);
        }
    }
    for case in super::operators::cases() {
        let (_, whole) = case.graphs().last().unwrap();
        for _ in 0..40 {
            tally.network(&damaged(&whole, &mut stream), &device);
        }
    }
    println!("damaged networks: {tally:?}");
    assert!(tally.taken > 1000, "many changes hit weights and names, and leave a network: {tally:?}");
}

#[test]
fn damaged_checkpoints_are_checkpoints_or_errors() {
    let folder = tempfile::tempdir().unwrap();
    let mut stream = Stream::new(10);
    for name in ["mlp.safetensors", "mlp.pt"] {
        let (whole, path, mut tally) = (bytes(name), folder.path().join(name), Tally::default());
        // Of the middle, which is weights, each hundredth length.
        for length in (0..whole.len()).filter(|at| at % 100 == 0 || *at < 2500 || whole.len() - at < 2500) {
            tally.checkpoint(&path, &whole[..length]);
        }
        assert_eq!(tally.taken, 0, "part of a checkpoint");
        for _ in 0..2000 {
            tally.checkpoint(&path, &damaged(&whole, &mut stream));
        }
        // The beginning and the end hold what a file says about itself.
        for round in 0..2000 {
            let near = 1500.min(whole.len());
            let at = if round % 2 == 0 { 0 } else { whole.len() - near };
            let part = damaged(&whole[at..at + near], &mut stream);
            tally.checkpoint(&path, &[&whole[..at], &part, &whole[at + near..]].concat());
        }
        println!("{name}: {tally:?}");
    }
}

#[derive(Deserialize)]
struct Refused {
    name: String,
    says: String,
    model: String,
}

/// Graphs that ask for what cannot be, or for what does not belong to them.
#[test]
fn malicious_networks_are_refused_in_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("model");
    std::fs::create_dir(&inside).unwrap();
    std::fs::write(folder.path().join("secret"), [0; 32]).unwrap();
    std::fs::write(inside.join("small"), [0; 8]).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(folder.path().join("secret"), inside.join("link")).unwrap();
    let all: Vec<Refused> = serde_json::from_slice(&bytes("refused.json")).unwrap();
    let (device, mut wrong) = (device(), vec![]);
    for Refused { name, says, model } in &all {
        let path = inside.join("network.onnx");
        std::fs::write(&path, super::operators::decoded(model)).unwrap();
        match OnnxNetwork::read(&path, Precision::F64, &device) {
            Ok(_) => wrong.push(format!("{name}: is taken")),
            Err(error) if error.to_string().contains(says) => {}
            Err(error) => wrong.push(format!("{name}: {error}")),
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), all.len(), wrong.join("\n"));
}

/// Every operator without support is named with its place, before anything runs.
#[test]
fn operators_without_support_are_named_all_at_once() {
    let all: Vec<Refused> = serde_json::from_slice(&bytes("refused.json")).unwrap();
    let case = all.iter().find(|case| case.name.contains("all at once")).unwrap();
    let error = Graph::parse(&super::operators::decoded(&case.model), None).unwrap_err().to_string();
    for place in ["node 0 (LSTM `first`)", "node 2 (Loop `second`)"] {
        assert!(error.contains(place), "{error}");
    }
}

/// Weights of another network, and no network at all.
#[test]
fn other_files_are_refused_in_a_sentence() {
    for (name, part) in [("digits.npz", "not an ONNX network"), ("mlp.safetensors", "not an ONNX network")] {
        let error = Graph::read(&file(name)).expect_err(name).to_string();
        assert!(error.contains(part), "{error}");
    }
    assert!(matches!(Graph::read(&file("missing.onnx")), Err(OnnxError::Unreadable { .. })));
}
