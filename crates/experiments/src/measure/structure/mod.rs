//! What theory can say of a network before any data is seen: its layers as operators, how far it can stretch distances, and
//! whether it is one of the networks that theorems are about.
//!
//! # Example
//! ```no_run
//! use saddlepoint_experiments::measure::structure::Structure;
//! use saddlepoint_models::device::{Backend, Device, Precision};
//! use saddlepoint_models::onnx::OnnxNetwork;
//! use saddlepoint_models::random::Stream;
//!
//! let device = Device::open(Backend::default())?;
//! let network = OnnxNetwork::read("model.onnx".as_ref(), Precision::F64, &device)?;
//! let structure = Structure::of_network(&network, Precision::F64, &device, &mut Stream::new(0))?;
//! for layer in &structure.layers {
//!     println!("{}: {}", layer.name, layer.norms.clone()?.spectral);
//! }
//! match &structure.upper {
//!     Ok(upper) => println!("no two examples are moved apart by more than a factor {}", upper.constant),
//!     Err(refusal) => println!("{refusal}"),
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod applicable;
mod architecture;
mod arithmetic;
mod chain;
mod curve;
mod flow;
mod gate;
mod layer;
mod linear;
mod operator;
mod part;
mod rearrangement;
mod standardization;
mod upper;

pub use applicable::Applicable;
pub use chain::{Chain, Refused};
pub use curve::{Curve, Pieces};
pub use layer::{Folded, LinearLayer};
pub use operator::{MOST_ENTRIES, Norms, Operator, OperatorError};
pub use upper::{Growth, NotLipschitz, Upper};

use saddlepoint_models::device::{Device, Precision};
use saddlepoint_models::onnx::{OnnxError, OnnxNetwork, Refusal};
use saddlepoint_models::random::Stream;
use saddlepoint_rigor::{Interval, IntervalMatrix};
use saddlepoint_theory::capacity::norms::{Layers, NormError};
use saddlepoint_theory::capacity::vc::piecewise_linear::Architecture;

/// What a network is.
#[derive(Debug, Clone, PartialEq)]
pub struct Structure {
    /// Its linear layers, in order.
    pub layers: Vec<LinearLayer>,
    /// The nodes that look like linear layers but are none, since their weights depend on the data, or for other reasons.
    pub no_layers: Vec<Refusal>,
    /// An upper bound of its Lipschitz constant.
    pub upper: Result<Upper, NotLipschitz>,
    /// The network of the norm bounds that it is.
    pub chain: Result<Chain, Refused>,
    /// The network of the bound of the VC dimension that it is.
    pub architecture: Result<Architecture, Refused>,
}

impl Structure {
    /// Reads a network; `stream` draws the vectors from which convolutions' norms are searched. All bounds are true whatever it
    /// draws.
    ///
    /// # Errors
    /// When the network does not run on one example.
    pub fn of_network(
        network: &OnnxNetwork,
        precision: Precision,
        device: &Device,
        stream: &mut Stream,
    ) -> Result<Self, OnnxError> {
        let reading = network.reading(precision, device)?;
        let flow = flow::Flow::new(network.graph(), &reading);
        let (layers, found, no_layers) = layer::layers(&flow, stream);
        let parts = part::Parts::new(&flow, &found, &no_layers);
        let upper = upper::upper(&flow, &layers, &parts);
        let (chain, architecture) = both(chain::Sequence::new(&flow, &layers, &parts));
        Ok(Self { layers, no_layers, upper, chain, architecture })
    }

    /// A chain of fully connected layers with an activation between each and the next: what a network that was not read from a
    /// file is described by. Each layer has its name, its weights with a row for each output, and its biases.
    ///
    /// # Errors
    /// When there is no layer, weights or biases are not finite, or shapes do not fit each other.
    ///
    /// # Example
    /// ```
    /// use saddlepoint_experiments::measure::structure::{Curve, Dense, Structure};
    /// use saddlepoint_models::random::Stream;
    /// use saddlepoint_rigor::IntervalMatrix;
    ///
    /// let dense = |name: &str, weights, biases| Dense { name: name.to_owned(), weights, biases };
    /// let structure = Structure::of_layers(
    ///     vec![
    ///         dense("hidden", IntervalMatrix::from_rows(2, 2, vec![2.0, 0.0, 0.0, 1.0])?, vec![0.0, 1.0]),
    ///         dense("output", IntervalMatrix::from_rows(1, 2, vec![3.0, 4.0])?, vec![0.0]),
    ///     ],
    ///     Curve::RELU,
    ///     &mut Stream::new(0),
    /// )?;
    /// assert!((structure.upper?.constant - 10.0).abs() < 1e-9);
    /// assert!(structure.chain?.augmented);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn of_layers(layers: Vec<Dense>, activation: Curve, stream: &mut Stream) -> Result<Self, NormError> {
        Layers::new(layers.iter().map(|layer| layer.weights.clone()).collect())?;
        let mut biases = vec![];
        let layers: Vec<LinearLayer> = layers
            .into_iter()
            .map(|layer| {
                let bias: Vec<Interval> = layer.biases.iter().map(|&b| Interval::between(b, b)).collect();
                biases.push(bias);
                let operator = Operator::Dense { matrix: layer.weights, copies: 1 };
                LinearLayer::dense(layer.name, operator, stream)
            })
            .collect();
        let upper = upper::of_chain(&layers, activation);
        let (chain, architecture) = both(Ok(chain::Sequence::dense(&layers, biases, activation)));
        Ok(Self { layers, no_layers: vec![], upper, chain, architecture })
    }
}

/// A fully connected layer of a network that was not read from a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Dense {
    /// Its name.
    pub name: String,
    /// A row for each output.
    pub weights: IntervalMatrix,
    /// One for each output.
    pub biases: Vec<f64>,
}

/// The networks of two kinds of theorems that a chain is.
fn both(sequence: Result<chain::Sequence, Refused>) -> (Result<Chain, Refused>, Result<Architecture, Refused>) {
    match sequence {
        Ok(sequence) => (sequence.chain(), sequence.architecture()),
        Err(refused) => (Err(refused.clone()), Err(refused)),
    }
}
