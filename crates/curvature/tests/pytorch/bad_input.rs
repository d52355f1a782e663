//! Files that are damaged, or made to do harm: a typed error, never a panic.

use saddlepoint_models::checkpoint::Checkpoint;
use saddlepoint_models::device::Precision;
use saddlepoint_models::onnx::{Graph, OnnxError, OnnxNetwork};
use saddlepoint_models::random::Stream;

use super::{device, file};

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(file(name)).unwrap()
}

#[test]
fn a_truncated_network_is_refused_at_every_length() {
    let whole = bytes("mlp_old.onnx");
    for length in (0..whole.len()).step_by(61) {
        let error = Graph::parse(&whole[..length], None).expect_err("part of a network");
        assert!(!error.to_string().is_empty());
    }
}

/// Bytes changed at random: whatever comes out is a network that runs, or an error.
#[test]
fn damaged_networks_are_networks_or_errors() {
    let device = device();
    let mut stream = Stream::new(9);
    let mut draw = |below: usize| (stream.uniform() * below as f64) as usize;
    let mut read = 0;
    for name in ["mlp_old.onnx", "lenet_old.onnx", "transformer_old.onnx"] {
        let whole = bytes(name);
        for _ in 0..400 {
            let mut damaged = whole.clone();
            for _ in 0..1 + draw(4) {
                let at = draw(damaged.len());
                damaged[at] = draw(256) as u8;
            }
            if let Ok(graph) = Graph::parse(&damaged, None) {
                read += usize::from(OnnxNetwork::new(graph, Precision::F64, &device).is_ok());
            }
        }
    }
    assert!(read > 0, "most changes hit weights, and leave a network");
}

#[test]
fn damaged_checkpoints_are_checkpoints_or_errors() {
    let folder = tempfile::tempdir().unwrap();
    let mut stream = Stream::new(10);
    let mut draw = |below: usize| (stream.uniform() * below as f64) as usize;
    for name in ["mlp.safetensors", "mlp.pt"] {
        let whole = bytes(name);
        let path = folder.path().join(name);
        for round in 0..200 {
            let mut damaged = whole.clone();
            if round % 4 == 0 {
                damaged.truncate(draw(whole.len()));
            } else {
                // The beginning and the end hold what the file says about itself.
                let near = 512.min(damaged.len());
                let at = if round % 2 == 0 { draw(near) } else { damaged.len() - 1 - draw(near) };
                damaged[at] = draw(256) as u8;
            }
            std::fs::write(&path, &damaged).unwrap();
            match Checkpoint::read(&path) {
                Ok(checkpoint) => assert!(checkpoint.weights.values().all(|weight| !weight.values.is_empty())),
                Err(error) => assert!(error.to_string().contains(name)),
            }
        }
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
