//! burn networks, data and training behind one device choice.
//!
//! - [`device`]: which tensor library runs, in which precision;
//! - [`random`]: the random stream that every draw comes from;
//! - [`data`]: embedded digits, planted models, readers, corruptions;
//! - [`networks`]: perceptron, multi-layer perceptron, linear and convolutional networks, deep and residual ones with
//!   normalization, skip connections and dropout, all with named initializations;
//! - [`parameters`]: the parameters of any burn module as plain numbers;
//! - [`training`]: losses, optimizers, schedules and the loop;
//! - [`onnx`]: networks from ONNX files, run as burn operations; [`checkpoint`]: their weights at other moments;
//! - [`native`]: small dense networks without a tensor library, for when its overhead would dominate;
//! - [`risk`]: the empirical risk of a perceptron as a function of its parameters, natively or on a backend.
//!
//! ```
//! use saddlepoint_models::data::digits;
//! use saddlepoint_models::device::{Backend, Device, Precision};
//! use saddlepoint_models::networks::{Activation, Architecture, Initialization, Mlp};
//! use saddlepoint_models::random::Stream;
//! use saddlepoint_models::training::{Batch, Examples, Limit, Loss, Optimizer, Schedule, Training};
//!
//! let device = Device::open(Backend::default())?;
//! let (train, test) = digits::split()?;
//! let mut stream = Stream::new(1);
//! let network = Mlp::new(&[64, 16, 10], Activation::Tanh)?
//!     .init(Initialization::GlorotUniform, Precision::F32, &device, &mut stream)?;
//! let train = Examples::new(&train, Precision::F32, &device)?;
//! let trained = Training::new(Loss::CrossEntropy, Optimizer::adam(), Schedule::Constant { rate: 1e-2 })
//!     .batch(Batch::Size(100))
//!     .limit(Limit::Epochs(2))
//!     .run(network, &train, &mut stream)?;
//! let test = Examples::new(&test, Precision::F32, &device)?;
//! assert!(test.accuracy(&trained.network)? > 0.5);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

pub mod data;
pub mod device;
pub mod networks;
pub mod parameters;
pub mod random;
pub mod training;

pub mod checkpoint;
mod element;
pub mod native;
pub mod onnx;
pub mod risk;
