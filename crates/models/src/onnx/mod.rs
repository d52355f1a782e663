//! Networks from ONNX files, run as burn's operations.
//!
//! A graph is read whole before anything runs: operators without support are named all at once, with their places. Its
//! stored tensors keep their names, so that weights of other moments (a `state_dict`) find their places.
//!
//! # Example
//! ```no_run
//! use saddlepoint_models::device::{Backend, Device, Precision};
//! use saddlepoint_models::onnx::OnnxNetwork;
//!
//! let device = Device::open(Backend::default())?;
//! let network = OnnxNetwork::read("model.onnx".as_ref(), Precision::F64, &device)?;
//! for parameter in saddlepoint_models::parameters::named(&network) {
//!     println!("{} {:?}", parameter.name, parameter.shape);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod attributes;
mod error;
mod graph;
mod host;
mod layers;
mod memory;
mod network;
mod operation;
mod proto;
mod reading;
mod storage;
mod value;
mod weights;

pub use error::{FIRST_OPSET, LAST_OPSET, OnnxError, Place, Refusal};
pub use graph::{Graph, Input, Node, Stored};
pub use host::{Host, Numbers};
pub use layers::Layer;
pub use memory::MOST_HELD_FOR_ONE;
pub use network::{OnnxNetwork, Trace};
pub use operation::*;
pub use reading::Reading;
