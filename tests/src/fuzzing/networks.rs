//! Networks and their weights.

use saddlepoint_models::checkpoint::Checkpoint;
use saddlepoint_models::device::{Backend, Device, Precision};
use saddlepoint_models::onnx::{Graph, OnnxError, OnnxNetwork};

use super::with_files;

/// A graph, run on the examples of its rehearsal.
pub(super) fn onnx(bytes: &[u8]) {
    let device = Device::open(Backend::default()).expect("a backend");
    let network = Graph::parse(bytes, None).and_then(|graph| OnnxNetwork::new(graph, Precision::F64, &device));
    match network {
        Ok(network) => {
            let reading = network.reading(Precision::F64, &device);
            refused_in_time(reading.err());
            refused_in_time(network.layers(Precision::F64, &device).err());
        }
        Err(error) => refused_in_time(Some(error)),
    }
}

/// What the tensor library refuses ought to have been refused before.
fn refused_in_time(error: Option<OnnxError>) {
    if let Some(OnnxError::Ends { reason }) = error {
        assert!(!reason.contains("tensor library"), "{reason}");
    }
}

/// A file of weights with this name.
fn checkpoint(name: &str, bytes: &[u8]) {
    with_files([(name, bytes)], |[path]| {
        if let Ok(checkpoint) = Checkpoint::read(path) {
            for weight in checkpoint.weights.values() {
                assert_eq!(weight.values.len(), weight.shape.iter().product::<usize>());
                assert!(weight.values.iter().all(|value| value.is_finite()));
            }
        }
    });
}

/// What `safetensors` writes.
pub(super) fn safetensors(bytes: &[u8]) {
    checkpoint("weights.safetensors", bytes);
}

/// What `torch.save` writes.
pub(super) fn pickle(bytes: &[u8]) {
    checkpoint("weights.pt", bytes);
}
