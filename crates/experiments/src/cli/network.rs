//! `saddlepoint network`.

use std::path::PathBuf;

use clap::Args;
use saddlepoint_models::device::{Backend, Device, Precision};
use saddlepoint_models::onnx::{Layer, OnnxNetwork};
use saddlepoint_models::random::Stream;
use saddlepoint_rigor::Interval;
use serde_json::json;

use super::{Exit, Failure, print};
use crate::measure::structure::{Applicable, LinearLayer, Structure};

#[derive(Debug, Args)]
#[command(after_help = "\
A network is written by PyTorch with docs/pytorch/export.py, in short
  batch = torch.export.Dim(\"batch\", min=2)
  torch.onnx.export(model.eval(), (example,), \"model.onnx\", dynamo=True,
                    optimize=False, external_data=False,
                    dynamic_shapes=({0: batch},))")]
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
    let structure = Structure::of_network(&network, Precision::F64, &device, &mut Stream::new(0));
    let structure = structure.map_err(|error| named(&error))?;
    if arguments.json {
        let layers: Vec<_> = layers.iter().map(as_json).collect();
        let graph = network.graph();
        let all = json!({
            "producer": graph.producer, "opset": graph.opset,
            "input": { "name": graph.input.name, "shape": graph.input.shape }, "layers": layers,
            "operators": structure.layers.iter().map(operator_as_json).collect::<Vec<_>>(),
            "lipschitz": lipschitz_as_json(&structure),
            "applicable": structure.applicable().iter().map(applicable_as_json).collect::<Vec<_>>(),
        });
        print(&serde_json::to_string_pretty(&all).unwrap_or_default())?;
        return Ok(Exit::AllWell);
    }
    table(&network, &layers)?;
    operators(&structure)?;
    applicable(&structure)?;
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

/// The linear layers' norms.
fn operators(structure: &Structure) -> Result<(), Failure> {
    print("")?;
    print(&format!(
        "{:<22} {:>14} {:>12} {:>12} {:>18}  of the operator on one example",
        "linear layer", "spectral norm", "Frobenius", "stable rank", "spectral exponent"
    ))?;
    for layer in &structure.layers {
        let exponent = match &layer.exponent {
            Some(Ok(fit)) => format!("{:.2} ± {:.2}", fit.alpha(), fit.standard_error()),
            _ => "-".to_owned(),
        };
        let line = match &layer.norms {
            Ok(norms) => format!(
                "{:<22} {:>14} {:>12} {:>12} {exponent:>18}",
                layer.name,
                digits(norms.spectral),
                digits(norms.frobenius),
                norms.stable_rank.map_or_else(|| "-".to_owned(), digits),
            ),
            Err(error) => format!("{:<22} {error}", layer.name),
        };
        print(&line)?;
    }
    Ok(())
}

/// The middle of an interval, to as many digits as both ends share, and six at most.
fn digits(x: Interval) -> String {
    let shared = (2..=6).rev().map(|n| (format!("{:.n$e}", x.low()), format!("{:.n$e}", x.high())));
    match shared.into_iter().find(|(low, high)| low == high) {
        Some((digits, _)) => digits.parse::<f64>().map_or(digits, |x| x.to_string()),
        None => format!("[{:.3}, {:.3}]", x.low(), x.high()),
    }
}

/// What holds for the network, and what does not.
fn applicable(structure: &Structure) -> Result<(), Failure> {
    print("")?;
    match &structure.upper {
        Ok(upper) => print(&format!("Lipschitz constant: at most {:.6e}", upper.constant))?,
        Err(refusal) => print(&refusal.to_string())?,
    }
    for (title, admitted) in [("applies", true), ("does not apply", false)] {
        print("")?;
        print(title)?;
        for Applicable { what, verdict } in structure.applicable() {
            match verdict {
                Ok(remark) if admitted && remark.is_empty() => print(&format!("  {what}"))?,
                Ok(remark) if admitted => print(&format!("  {what}: {remark}"))?,
                Err(reason) if !admitted => print(&format!("  {what}: {reason}"))?,
                _ => {}
            }
        }
    }
    Ok(())
}

fn interval(x: Interval) -> serde_json::Value {
    json!({ "low": x.low(), "high": x.high() })
}

fn operator_as_json(layer: &LinearLayer) -> serde_json::Value {
    let norms = match &layer.norms {
        Ok(norms) => json!({
            "spectral": interval(norms.spectral), "frobenius": interval(norms.frobenius),
            "stable_rank": norms.stable_rank.map(interval), "two_one_over_rows": interval(norms.two_one_over_rows),
            "largest_row_sum": interval(norms.largest_row_sum),
            "largest_column_sum": interval(norms.largest_column_sum),
        }),
        Err(error) => json!({ "refused": error.to_string() }),
    };
    let exponent = match &layer.exponent {
        Some(Ok(fit)) => json!({
            "alpha": fit.alpha(), "standard_error": fit.standard_error(), "distance": fit.distance(),
            "tail": fit.tail(),
        }),
        Some(Err(error)) => json!({ "refused": error.to_string() }),
        None => serde_json::Value::Null,
    };
    json!({
        "name": layer.name, "node": layer.place.as_ref().map(|place| place.index), "norms": norms,
        "spectral_exponent": exponent, "folded_into": layer.folded.as_ref().map(|folded| &folded.into),
    })
}

fn lipschitz_as_json(structure: &Structure) -> serde_json::Value {
    match &structure.upper {
        Ok(upper) => json!({
            "upper": upper.constant, "jump": upper.jump,
            "growth": upper.growth.iter().map(|growth| json!({
                "node": growth.place.index, "what": growth.what, "factor": growth.factor, "constant": growth.constant,
            })).collect::<Vec<_>>(),
        }),
        Err(refusal) => json!({
            "refused": refusal.nodes.iter().map(ToString::to_string).collect::<Vec<_>>(),
        }),
    }
}

fn applicable_as_json(found: &Applicable) -> serde_json::Value {
    json!({
        "what": found.what, "applies": found.verdict.is_ok(),
        "why": match &found.verdict { Ok(remark) => remark, Err(reason) => reason },
    })
}
