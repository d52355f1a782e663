//! `saddlepoint network`.

use std::path::PathBuf;

use clap::Args;
use saddlepoint_models::device::{Backend, Device, Precision};
use saddlepoint_models::onnx::{Layer, OnnxNetwork};
use serde_json::json;

use super::{Exit, Failure, print};

#[derive(Debug, Args)]
#[command(after_help = "\
A network is written by PyTorch with the script docs/pytorch/export.py, in short
  torch.onnx.export(model.eval(), (example,), \"model.onnx\", dynamo=True, optimize=False,
                    external_data=False, dynamic_shapes=({0: torch.export.Dim(\"batch\", min=2)},))")]
pub(super) struct Arguments {
    /// The network, an ONNX file
    #[arg(value_name = "MODEL.onnx")]
    network: PathBuf,
    /// Print the layers as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let device = Device::open(Backend::default()).map_err(|error| Failure::Input(error.to_string()))?;
    let read = OnnxNetwork::read(&arguments.network, Precision::F64, &device);
    let named =
        |error: &dyn std::fmt::Display| Failure::Input(format!("{}: {error}", arguments.network.display()));
    let network = read.map_err(|error| named(&error))?;
    let layers = network.layers(Precision::F64, &device).map_err(|error| named(&error))?;
    if arguments.json {
        let layers: Vec<_> = layers.iter().map(as_json).collect();
        let graph = network.graph();
        let all = json!({
            "producer": graph.producer, "opset": graph.opset,
            "input": { "name": graph.input.name, "shape": graph.input.shape }, "layers": layers,
        });
        print(&serde_json::to_string_pretty(&all).unwrap_or_default())?;
        return Ok(Exit::AllWell);
    }
    table(&network, &layers)?;
    Ok(Exit::AllWell)
}

fn as_json(layer: &Layer) -> serde_json::Value {
    json!({
        "node": layer.place.index, "name": layer.place.name, "operator": layer.place.operator, "output": layer.output,
        "parameters": layer.parameters, "parameter_count": layer.count, "operations_per_example": layer.operations,
    })
}

fn table(network: &OnnxNetwork, layers: &[Layer]) -> Result<(), Failure> {
    let graph = network.graph();
    let shape = |shape: &[usize]| shape.iter().map(usize::to_string).collect::<Vec<_>>().join(" x ");
    let length = |axis: &Option<usize>| axis.map_or_else(|| "n".to_owned(), |axis| axis.to_string());
    let input: Vec<String> = graph.input.shape.iter().map(length).collect();
    print(&format!(
        "written by {}, opset {}; input `{}` {}",
        graph.producer,
        graph.opset,
        graph.input.name,
        input.join(" x ")
    ))?;
    print(&format!("{:<22} {:>16} {:>12} {:>14}  takes", "layer", "output", "parameters", "operations"))?;
    for layer in layers {
        let (output, names) = (shape(&layer.output), layer.parameters.join(", "));
        let Layer { place, count, operations, .. } = layer;
        print(&format!("{:<22} {output:>16} {count:>12} {operations:>14}  {names}", place.operator))?;
    }
    let parameters: usize = graph.parameters.iter().map(|stored| stored.values.len()).sum();
    let operations: u64 = layers.iter().map(|layer| layer.operations).sum();
    print(&format!("{:<22} {:>16} {parameters:>12} {operations:>14}  for one example", "together", ""))?;
    Ok(())
}
