//! The files that a measurement reads: data that fit the network, and weights of other moments.

use std::fmt::Display;
use std::path::Path;

use saddlepoint_models::checkpoint::Checkpoint as Weights;
use saddlepoint_models::data::stream::Source;
use saddlepoint_models::data::{Collection, Spool, TargetKind};
use saddlepoint_models::onnx::OnnxNetwork;

use super::{Arguments, Failure, LossName};
use crate::measure::DataCard;

/// A wrong input, with the file that it is in.
pub(super) fn input(file: &Path) -> impl Fn(&dyn Display) -> Failure {
    move |error| Failure::Input(format!("{}: {error}", file.display()))
}

/// Data that fit the network.
pub(super) fn data(
    path: &Path,
    arguments: &Arguments,
    network: &OnnxNetwork,
) -> Result<(String, Spool), Failure> {
    // One output is the logit of two classes, whose loss is not that of a softmax; it is measured as values.
    let classes = arguments.classes.map_or(network.outputs().max(2), |n| n as usize);
    let kind = match arguments.loss {
        LossName::CrossEntropy => TargetKind::Labels { classes: Some(classes) },
        LossName::Squared => TargetKind::Values,
    };
    let wrong = input(path);
    let source = Source::open(path, kind).map_err(|error| Failure::Input(error.to_string()))?;
    if matches!(kind, TargetKind::Labels { .. }) && arguments.classes.is_none() {
        let absent = |error| {
            Failure::Input(format!(
                "{error}; to measure without it, say how many classes there are with --classes"
            ))
        };
        source.require_every_class().map_err(absent)?;
    }
    let (expected, found) =
        (network.example().map_err(|error| wrong(&error))?, source.shape().iter().product::<usize>());
    if expected.iter().product::<usize>() != found {
        let shape = source.shape();
        return Err(wrong(&format!("inputs have the shape {shape:?}, but the network takes {expected:?}")));
    }
    let spool = Spool::new(&source, arguments.batch as usize);
    Ok((name(path), spool.map_err(|error| Failure::Input(error.to_string()))?))
}

/// The network with other weights.
pub(super) fn at(network: &OnnxNetwork, file: &Path) -> Result<OnnxNetwork, Failure> {
    let wrong = input(file);
    let weights = Weights::read(file).map_err(|error| wrong(&error))?;
    network.with_weights(&weights).map_err(|error| wrong(&error))
}

pub(super) fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

pub(super) fn card((role, (file, spool)): (&str, &(String, Spool))) -> DataCard {
    DataCard {
        role: role.to_owned(),
        file: file.clone(),
        examples: spool.count(),
        shape: Collection::shape(spool).to_vec(),
        checksum: spool.checksum(),
    }
}
