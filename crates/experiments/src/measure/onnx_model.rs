//! A network from an ONNX file as a model.

use std::collections::HashMap;

use burn::tensor::Tensor;
use saddlepoint_landscape::surface::layout::{Filters, Layout};
use saddlepoint_models::device::{Device, Precision};
use saddlepoint_models::onnx::{Linear, OnnxNetwork, Operation};
use saddlepoint_models::parameters;
use saddlepoint_models::random::Stream;

use super::model::{BurnModel, Model};
use super::structure::Structure;
use crate::claim::Failure;

/// A network from an ONNX file, with its layers as linear maps and its parameters as filters.
///
/// # Errors
/// When a parameter is empty.
pub fn onnx_model(
    network: OnnxNetwork,
    precision: Precision,
    device: &Device,
) -> Result<impl Model + use<>, Failure> {
    let layout = layout(&network)?;
    // Rows of another length are refused where data are bound to the network; a graph that takes two zero examples and not
    // these gives no number, which every measurement reports.
    let forward = |network: &OnnxNetwork, rows: Tensor<2>| {
        let (device, dtype) = (rows.device(), rows.dtype());
        let count = rows.dims()[0];
        network.forward(rows).unwrap_or_else(|_| Tensor::full([count, 1], f64::NAN, (&device, dtype)))
    };
    let on = device.clone();
    let describe =
        move |network: &OnnxNetwork| Ok(Structure::of_network(network, precision, &on, &mut Stream::new(0))?);
    Ok(BurnModel::new(network, precision, device, forward).with_layout(layout).with_structure(describe))
}

/// Weights of `Gemm` with a transposed second factor, as PyTorch's `Linear` has them, are `[outputs, inputs]`; those of `MatMul` and
/// of a plain `Gemm` are `[inputs, outputs]`; kernels of convolutions are `[outputs, inputs, …]`.
fn layout(network: &OnnxNetwork) -> Result<Layout, Failure> {
    let graph = network.graph();
    // A stored matrix may reach its product through a transposition.
    let mut leading: HashMap<&str, bool> = HashMap::new();
    for node in &graph.nodes {
        let Some(second) = node.inputs.get(1) else { continue };
        match &node.operation {
            Operation::Linear(Linear::Gemm { transpose_b, .. }) => {
                leading.insert(second, *transpose_b);
            }
            Operation::Linear(Linear::MatMul) => {
                let by = graph.nodes.iter().find(|node| node.outputs.first() == Some(second));
                match by.and_then(|node| node.inputs.first()) {
                    Some(stored) => leading.insert(stored, true),
                    None => leading.insert(second, false),
                };
            }
            _ => {}
        }
    }
    let filters = parameters::named(network).into_iter().map(|parameter| {
        let filters = match *parameter.shape.as_slice() {
            [] | [_] => Filters::None,
            [_, outputs] if leading.get(parameter.name.as_str()) == Some(&false) => Filters::Trailing(outputs),
            [outputs, ..] => Filters::Leading(outputs),
        };
        (parameter.values.len(), filters)
    });
    Ok(Layout::new(filters)?)
}
