//! Each operator with each of its settings, in graphs of one node, at the editions that read it differently. `operators.py`
//! made the graphs and their values.

use burn::tensor::{Tensor, TensorData};
use saddlepoint_curvature::trace;
use saddlepoint_models::device::{Device, Precision};
use saddlepoint_models::onnx::{Graph, OnnxNetwork};
use serde::Deserialize;

use super::{device, file};

#[derive(Deserialize)]
pub(super) struct Case {
    name: String,
    opsets: Vec<i64>,
    models: Vec<String>,
    shape: Vec<usize>,
    smooth: bool,
    examples: Vec<f64>,
    values: Vec<f64>,
}

const EXAMPLES: usize = 2;

pub(super) fn cases() -> Vec<Case> {
    serde_json::from_str(&std::fs::read_to_string(file("operators.json")).unwrap()).unwrap()
}

/// What base64 letters stand for.
pub(super) fn decoded(text: &str) -> Vec<u8> {
    let value = |letter: u8| match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let (mut bytes, mut bits, mut width) = (vec![], 0u32, 0);
    for letter in text.bytes().filter(|&letter| letter != b'=') {
        bits = bits << 6 | u32::from(value(letter));
        width += 6;
        if width >= 8 {
            width -= 8;
            bytes.push((bits >> width) as u8);
            bits &= (1 << width) - 1;
        }
    }
    bytes
}

impl Case {
    /// Each graph, with its edition.
    pub(super) fn graphs(&self) -> impl Iterator<Item = (i64, Vec<u8>)> {
        self.opsets.iter().copied().zip(self.models.iter().map(|model| decoded(model)))
    }

    fn rows(&self, device: &Device) -> Tensor<2> {
        let width = self.examples.len() / EXAMPLES;
        let data = TensorData::new(self.examples.clone(), [EXAMPLES, width]);
        Tensor::from_data(data, (&device.burn(), Precision::F64.dtype()))
    }

    fn network(bytes: &[u8], device: &Device) -> Result<OnnxNetwork, String> {
        let graph = Graph::parse(bytes, None).map_err(|error| error.to_string())?;
        OnnxNetwork::new(graph, Precision::F64, device).map_err(|error| error.to_string())
    }

    /// The relative error, or what else is wrong.
    fn error(&self, bytes: &[u8], device: &Device) -> Result<f64, String> {
        let network = Self::network(bytes, device)?;
        let (output, traces) = network.traced(self.rows(device)).map_err(|error| error.to_string())?;
        let node = network.graph().nodes.iter().position(|node| node.outputs.iter().any(|name| name == "out"));
        let shape = &traces[node.ok_or("no node gives `out`")?].output;
        if *shape != self.shape {
            return Err(format!("the shape {shape:?}, not {:?}", self.shape));
        }
        let found: Vec<f64> = output.into_data().iter::<f64>().collect();
        let distance = |(found, expected): (&f64, &f64)| {
            let error = (found - expected).abs() / expected.abs().max(1.0);
            if error.is_nan() { f64::INFINITY } else { error }
        };
        Ok(found.iter().zip(&self.values).map(distance).fold(0.0, f64::max))
    }

    /// Gradient and Hessian by all parameters, against differences of values and gradients. The largest error of each.
    fn derivatives(&self, bytes: &[u8], device: &Device) -> Result<[f64; 2], String> {
        let network = Self::network(bytes, device)?;
        let loss = |network: &OnnxNetwork, rows: Tensor<2>| {
            let y = network.forward(rows).unwrap();
            (y.clone() * y.clone() + y * 0.5).mean()
        };
        let traced = trace(&network, self.rows(device), loss).map_err(|error| error.to_string())?;
        let point = traced.point().to_vec();
        let at = |n: usize, step: f64| {
            let mut moved = point.clone();
            moved[n] += step;
            traced.value_and_gradient(&moved).map_err(|error| error.to_string())
        };
        let (_, gradient) = traced.value_and_gradient(&point).map_err(|error| error.to_string())?;
        let hessian = traced.hessian(&point).map_err(|error| error.to_string())?;
        let scale = |numbers: &[f64]| numbers.iter().fold(1.0, |most: f64, x| most.max(x.abs()));
        let scales = [scale(&gradient), scale(&hessian)];
        let mut worst = [0f64; 2];
        let mut see = |which: usize, error: f64| {
            let error = error.abs() / scales[which];
            worst[which] = if error.is_nan() { f64::INFINITY } else { worst[which].max(error) };
        };
        let step = 2f64.powi(-16);
        for n in 0..point.len() {
            let (above, below) = (at(n, step)?, at(n, -step)?);
            see(0, (above.0 - below.0) / (2.0 * step) - gradient[n]);
            for m in 0..point.len() {
                see(1, (above.1[m] - below.1[m]) / (2.0 * step) - hessian[n * point.len() + m]);
            }
        }
        Ok(worst)
    }
}

#[test]
fn every_operator_agrees_with_the_reference() {
    let (device, mut wrong, mut graphs, mut worst) = (device(), vec![], 0, 0f64);
    for case in cases() {
        for (opset, bytes) in case.graphs() {
            graphs += 1;
            match case.error(&bytes, &device) {
                Ok(error) if error <= 1e-11 => worst = worst.max(error),
                Ok(error) => wrong.push(format!("{} (opset {opset}): off by {error:e}", case.name)),
                Err(reason) => wrong.push(format!("{} (opset {opset}): {reason}", case.name)),
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {graphs} graphs:\n{}", wrong.len(), wrong.join("\n"));
    println!("{graphs} graphs, the largest error {worst:e}");
}

#[test]
fn every_operator_has_exact_first_and_second_derivatives() {
    let (device, mut wrong, mut worst) = (device(), vec![], [0f64; 2]);
    for case in cases().into_iter().filter(|case| case.smooth) {
        let (opset, bytes) = case.graphs().last().unwrap();
        match case.derivatives(&bytes, &device) {
            Ok(errors) if errors.iter().all(|&error| error <= 1e-7) => {
                worst = [worst[0].max(errors[0]), worst[1].max(errors[1])];
            }
            Ok(errors) => wrong.push(format!("{} (opset {opset}): off by {errors:?}", case.name)),
            Err(reason) => wrong.push(format!("{} (opset {opset}): {reason}", case.name)),
        }
    }
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
    println!("largest errors {worst:?}");
}
