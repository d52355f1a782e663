//! A trained network under all instruments: accuracy, norms, margins, bounds, curvature, sharpness, surfaces.
//!
//! `saddlepoint measure` does it for networks from ONNX files. For a burn module it is a few lines:
//!
//! ```
//! use burn::nn::LinearConfig;
//! use saddlepoint_experiments::measure::{BurnModel, Settings, Subject, instruments};
//! use saddlepoint_models::data::digits;
//! use saddlepoint_models::device::{Device, Precision};
//!
//! let device = Device::open(Default::default())?;
//! let layer = LinearConfig::new(64, 10).init(&device.burn());
//! let model = BurnModel::new(layer, Precision::F32, &device, |layer, x| layer.forward(x));
//! let train = digits::split()?.0;
//! let subject = Subject::new(&model, &train, Settings::default());
//! let found = instruments::find("critical").ok_or("no such instrument")?.measure(&subject)?;
//! println!("{}", found.sentence);
//! # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
//! ```
//!
//! An instrument is given a [`Subject`] and returns [`Findings`]: numbers that say how certain they are, bounds with their
//! confidence, refusals that name the hypothesis that fails, plots. A [`Session`] keeps what is measured in a folder, so that an
//! interrupted measurement goes on where it was.

pub mod instruments;
mod measurement;
mod model;
mod onnx_model;
mod quantity;
mod session;
pub mod structure;
mod subject;
mod table;

pub use measurement::{
    Checkpoint, Comparison, DataCard, Measurement, NetworkCard, Part, SCHEMA, SettingsCard, compare,
};
pub use model::{BurnModel, Model};
pub use onnx_model::onnx_model;
pub use quantity::{Bound, CONFIDENCE, Certainty, Findings, Quantity, Refusal, Term};
pub use session::{Moment, Session, Unfit, Watch};
pub use subject::{Scores, Settings, Subject};
pub use table::write_csv;

use saddlepoint_models::training::Loss;

/// The unit of a loss.
pub(crate) fn loss_unit(loss: Loss) -> &'static str {
    match loss {
        Loss::CrossEntropy | Loss::Logistic => "nats",
        Loss::Squared | Loss::HalfSquared => "squared units of the target",
    }
}
