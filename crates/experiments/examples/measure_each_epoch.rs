//! Trains a network with burn and measures it after each epoch.

use saddlepoint_experiments::claim::Failure;
use saddlepoint_experiments::measure::structure::{Curve, Dense, Structure};
use saddlepoint_experiments::measure::{BurnModel, Settings, Subject, instruments};
use saddlepoint_models::data::digits;
use saddlepoint_models::device::{Backend, Device, Precision};
use saddlepoint_models::networks::{Activation, Architecture, Initialization, Mlp, MlpNetwork, Network};
use saddlepoint_models::parameters;
use saddlepoint_models::random::Stream;
use saddlepoint_models::training::{Batch, Examples, Limit, Loss, Optimizer, Schedule, Training};
use saddlepoint_rigor::IntervalMatrix;

const WIDTHS: [usize; 3] = [64, 16, 10];

fn main() -> Result<(), Failure> {
    let device = Device::open(Backend::default())?;
    let (train, test) = digits::split()?;
    let (mut stream, precision) = (Stream::new(1), Precision::F64);
    let mut network =
        Mlp::new(&WIDTHS, Activation::Relu)?.init(Initialization::HeNormal, precision, &device, &mut stream)?;
    let examples = Examples::new(&train, precision, &device)?;
    let epoch = Training::new(Loss::CrossEntropy, Optimizer::adam(), Schedule::Constant { rate: 3e-3 })
        .batch(Batch::Size(100))
        .limit(Limit::Epochs(1));
    for number in 1..=5 {
        network = epoch.run(network, &examples, &mut stream)?.network;
        let model =
            BurnModel::new(network.clone(), precision, &device, Network::forward).with_structure(layers);
        let subject = Subject { test: Some(&test), ..Subject::new(&model, &train, Settings::default()) };
        println!("epoch {number}");
        for name in ["fit", "margins", "lipschitz", "critical"] {
            let instrument = instruments::find(name).ok_or("no such instrument")?;
            println!("  {}", instrument.measure(&subject)?.sentence);
        }
    }
    Ok(())
}

/// The layers of the network, whose weights burn keeps with a row for each input.
fn layers(network: &MlpNetwork) -> Result<Structure, Failure> {
    let named = parameters::named(network);
    let layer = |(pair, widths): (&[parameters::Parameter], &[usize])| -> Result<Dense, Failure> {
        let weights = IntervalMatrix::from_rows(widths[0], widths[1], pair[0].values.clone())?.transpose();
        let name = pair[0].name.trim_end_matches(".weight").to_owned();
        Ok(Dense { name, weights, biases: pair[1].values.clone() })
    };
    let layers = named.chunks_exact(2).zip(WIDTHS.windows(2)).map(layer).collect::<Result<_, _>>()?;
    Ok(Structure::of_layers(layers, Curve::RELU, &mut Stream::new(0))?)
}
