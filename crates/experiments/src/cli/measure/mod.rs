//! `saddlepoint measure`.

mod children;
mod inputs;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::{Args, ValueEnum};
use saddlepoint_models::data::Collection;
use saddlepoint_models::device::{Backend, Device, Precision};
use saddlepoint_models::onnx::OnnxNetwork;
use saddlepoint_models::training::Loss;

use self::children::{Children, serve};
use self::inputs::{at, card, data, input, name};
use super::instrument_progress::InstrumentProgress;
use super::{Exit, Failure, print};
use crate::claim::Interrupted;
use crate::measure::instruments::{self, Instrument};
use crate::measure::{
    Checkpoint, Measurement, Model, NetworkCard, SCHEMA, Session, Settings, SettingsCard, Subject, Unfit,
    onnx_model, write_csv,
};
use crate::report;
use crate::run::write_atomically;
use crate::verdict::show;

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LossName {
    /// Cross entropy of the softmax of the outputs, for class labels
    CrossEntropy,
    /// Squared distance to the target, the mean over examples
    Squared,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Dtype {
    F32,
    F64,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Data are recognized by what they are: an .npz file with arrays `x` and `y`, an
IDX file of images with its labels beside it, CIFAR's binary batches, a CSV
table whose last column is the target, or a folder with one folder of images a
class.

A network and data are written from PyTorch with docs/pytorch/export.py. Then
  saddlepoint measure model.onnx --train train.npz --test test.npz --out report
  saddlepoint measure model.onnx --train train.npz --only fit,curvature \\
    --weights epoch1.safetensors,epoch2.safetensors

What is measured is kept in the folder: the same command goes on where it was
interrupted, and measures nothing twice.
`saddlepoint measure --list` shows the instruments.")]
pub(super) struct Arguments {
    /// The network, an ONNX file
    #[arg(value_name = "MODEL.onnx", required_unless_present = "list")]
    network: Option<PathBuf>,
    /// The data that the network was trained on
    #[arg(long, value_name = "DATA", required_unless_present = "list")]
    train: Option<PathBuf>,
    /// Data that it has not seen
    #[arg(long, value_name = "DATA")]
    test: Option<PathBuf>,
    /// Weights of other moments, .safetensors, .pt or .pth, each of which is measured in place of those in the network's file
    #[arg(long, value_name = "FILE", value_delimiter = ',')]
    weights: Vec<PathBuf>,
    /// The weights before training, for bounds by the distance from them
    #[arg(long, value_name = "FILE")]
    init: Option<PathBuf>,
    /// Folder for the report, measure.json and measure.csv
    #[arg(long, value_name = "DIR", default_value = "measured")]
    out: PathBuf,
    /// Only these instruments, separated by commas
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    only: Vec<String>,
    /// All but these instruments
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    skip: Vec<String>,
    /// The loss whose landscape is measured
    #[arg(long, value_enum, default_value_t = LossName::CrossEntropy)]
    loss: LossName,
    /// The number of classes, where labels alone do not tell it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..))]
    classes: Option<u32>,
    /// The precision in which the network runs
    #[arg(long, value_enum, default_value_t = Dtype::F64)]
    dtype: Dtype,
    /// Where the network runs
    #[arg(long)]
    backend: Option<Backend>,
    /// Examples at a time: what memory depends on
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    batch: u32,
    /// Memory that may be spent to save work, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 1024)]
    memory: u32,
    /// Processes that compute curvature together, each on its share of the data; the numbers are the same to the bit
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    processes: u16,
    /// Compute shares for the process that started this one
    #[arg(long, hide = true)]
    serve: bool,
    /// Seed of all random draws
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// The radius of a ball that holds every input that can ever be drawn, for the one bound that needs it: known before the
    /// data, as the square root of the number of pixels in [0, 1]
    #[arg(long, value_name = "R")]
    radius: Option<f64>,
    /// List the instruments and leave
    #[arg(long)]
    list: bool,
    /// Print no progress
    #[arg(long, short)]
    quiet: bool,
}

impl Arguments {
    /// Whether this process computes for another one.
    pub(super) fn serves(&self) -> bool {
        self.serve
    }
}

pub(super) fn run(arguments: &Arguments, stop: &Arc<AtomicBool>) -> Result<Exit, Failure> {
    if arguments.list {
        for instrument in instruments::ALL {
            print(&format!("{:<11} {}", instrument.id(), instrument.about()))?;
        }
        return Ok(Exit::AllWell);
    }
    let (Some(file), Some(train)) = (&arguments.network, &arguments.train) else { return Ok(Exit::Usage) };
    let chosen = chosen(arguments)?;
    let place = Place::of(arguments)?;
    let Place { backend, ref device, precision } = place;
    let wrong = input(file);
    let bytes = std::fs::read(file).map_err(|error| wrong(&error))?;
    let network = OnnxNetwork::read(file, precision, device).map_err(|error| wrong(&error))?;
    let train = data(train, arguments, &network)?;
    if arguments.serve {
        return serve(arguments, &place, network, &train.1);
    }
    let test = arguments.test.as_deref().map(|test| data(test, arguments, &network)).transpose()?;
    let initial = match &arguments.init {
        Some(init) => Some(onnx_model(at(&network, init)?, precision, device).map_err(|error| wrong(&error))?),
        None => None,
    };
    let mut moments = Vec::new();
    for weights in &arguments.weights {
        moments.push((name(weights), Some(weights.as_path()), at(&network, weights)?));
    }
    if moments.is_empty() {
        moments.push((name(file), None, network.clone()));
    }
    let settings = settings(arguments);
    let session = Session::open(&arguments.out, &bytes, backend)?;
    let graph = network.graph();
    let mut measurement = Measurement {
        schema: SCHEMA.to_owned(),
        program: format!("saddlepoint {}", env!("CARGO_PKG_VERSION")),
        network: NetworkCard {
            file: name(file),
            producer: graph.producer.clone(),
            opset: graph.opset,
            parameters: graph.parameters.iter().map(|stored| stored.values.len()).sum(),
            sha256: session.network().to_owned(),
        },
        data: std::iter::once(("train", &train))
            .chain(test.as_ref().map(|test| ("test", test)))
            .map(card)
            .collect(),
        settings: SettingsCard::new(settings, precision, backend),
        checkpoints: Vec::new(),
    };
    let progress = InstrumentProgress::new(moments.len() > 1, arguments.quiet);
    let go_on = || if stop.load(Ordering::Relaxed) { Err(Interrupted) } else { Ok(()) };
    let done = |done: f64| crate::measure::Watch::at(&progress, done);
    for (name, weights, network) in moments {
        let model = onnx_model(network, precision, device).map_err(|error| wrong(&error))?;
        let children = Children::new(arguments, weights);
        let subject = Subject {
            test: test.as_ref().map(|(_, spool)| spool as &dyn Collection),
            initial: initial.as_ref().map(|model| model as &dyn Model),
            go_on: &go_on,
            progress: &done,
            peers: &|| children.peers(),
            ..Subject::new(&model, &train.1, settings)
        };
        let mut moment = session.moment(&name, &subject, &progress);
        let mut parts = Vec::new();
        for instrument in &chosen {
            match moment.part(*instrument) {
                Ok(part) => parts.push(part),
                Err(failure) if failure.is::<Interrupted>() => {
                    progress.clear();
                    eprintln!(
                        "what was measured is kept in {}; the same command goes on",
                        arguments.out.display()
                    );
                    return Ok(Exit::Interrupted);
                }
                Err(failure) if failure.is::<Unfit>() => return Err(wrong(&failure)),
                Err(failure) => return Err(Failure::Measure(failure)),
            }
        }
        measurement.checkpoints.push(Checkpoint { name, parts });
    }
    progress.clear();
    finish(&measurement, &arguments.out, arguments.quiet)
}

/// Where networks run, and in which precision.
struct Place {
    backend: Backend,
    device: Device,
    precision: Precision,
}

impl Place {
    fn of(arguments: &Arguments) -> Result<Self, Failure> {
        let backend = arguments.backend.unwrap_or_default();
        let device = Device::open(backend).map_err(|error| Failure::Input(error.to_string()))?;
        let precision = match arguments.dtype {
            Dtype::F32 => Precision::F32,
            Dtype::F64 => Precision::F64,
        };
        device.require_functions(precision).map_err(|error| Failure::Input(error.to_string()))?;
        Ok(Self { backend, device, precision })
    }
}

fn settings(arguments: &Arguments) -> Settings {
    Settings {
        loss: match arguments.loss {
            LossName::CrossEntropy => Loss::CrossEntropy,
            LossName::Squared => Loss::Squared,
        },
        batch: arguments.batch as usize,
        memory: (arguments.memory as usize) << 20,
        seed: arguments.seed,
        radius: arguments.radius,
    }
}

/// Writes everything down, and says the most important of it.
fn finish(measurement: &Measurement, out: &Path, quiet: bool) -> Result<Exit, Failure> {
    let json = serde_json::to_string_pretty(measurement).map_err(|error| Failure::Measure(error.into()))?;
    write_atomically(&out.join("measure.json"), format!("{json}\n").as_bytes())?;
    let csv = write_csv(measurement).map_err(|error| Failure::Measure(error.into()))?;
    write_atomically(&out.join("measure.csv"), &csv)?;
    let index = report::measurement::write(measurement, &out.join("report"))?;
    let mut exit = Exit::AllWell;
    for checkpoint in &measurement.checkpoints {
        if !quiet && measurement.checkpoints.len() > 1 {
            print(&format!("\n{}", checkpoint.name))?;
        }
        for part in &checkpoint.parts {
            let text = match (&part.findings, &part.failure) {
                (Some(findings), _) => findings.sentence.clone(),
                (None, failure) => {
                    exit = Exit::Execution;
                    format!("not measured: {}", failure.as_deref().unwrap_or("no reason was given"))
                }
            };
            if !quiet || part.findings.is_none() {
                print(&format!("{:<11} {text}", part.instrument))?;
            }
            for bound in part.findings.iter().flat_map(|findings| &findings.bounds).filter(|_| !quiet) {
                let says = if bound.informative { "" } else { " (says nothing)" };
                print(&format!("{:<11}   {}: at most {}{says}", "", bound.theorem, show(bound.value)))?;
            }
        }
    }
    if !quiet {
        print(&format!("\n{}", index.display()))?;
    }
    Ok(exit)
}

fn chosen(arguments: &Arguments) -> Result<Vec<&'static dyn Instrument>, Failure> {
    for name in arguments.only.iter().chain(&arguments.skip) {
        if instruments::find(name).is_none() {
            let known: Vec<&str> = instruments::ALL.iter().map(|instrument| instrument.id()).collect();
            let known = known.join(", ");
            return Err(Failure::Input(format!("there is no instrument {name:?}; there are {known}")));
        }
    }
    let wanted = |instrument: &&dyn Instrument| {
        let named = |names: &[String]| names.iter().any(|name| name == instrument.id());
        (arguments.only.is_empty() || named(&arguments.only)) && !named(&arguments.skip)
    };
    let chosen: Vec<_> = instruments::ALL.into_iter().filter(wanted).collect();
    if chosen.is_empty() {
        return Err(Failure::Input("--only and --skip leave no instrument".into()));
    }
    Ok(chosen)
}
