//! The networks of the models crate: every normalization, with skip connections and dropout.

use burn::tensor::DType;
use saddlepoint_curvature::trace;
use saddlepoint_models::device::{Backend, Device, Precision};
use saddlepoint_models::networks::{
    Activation, Architecture, DeepMlp, DenseLayer, Initialization, Network, Normalization,
    ResidualConvolutional,
};
use saddlepoint_models::random::Stream;

use crate::common::{Cases, case, tensor_of};

const EPSILON: f64 = 0.1;

const NORMALIZATIONS: [Normalization; 6] = [
    Normalization::None,
    Normalization::Batch { epsilon: EPSILON },
    Normalization::BatchStatistics { epsilon: EPSILON },
    Normalization::Layer { epsilon: EPSILON },
    Normalization::Weight,
    Normalization::WeightStandardization,
];

pub(crate) fn cases(dtype: DType) -> Cases {
    let mut cases = Cases::new();
    for normalization in NORMALIZATIONS {
        let layer = DenseLayer::new(4).normalized(normalization).skipped(0.5).dropping(0.5);
        let dense = DeepMlp::uniform(4, layer, 2, 2, Activation::Tanh).unwrap();
        cases.push(traced(&format!("deep {normalization:?}"), &dense, [5, 4], dtype));
        let images = ResidualConvolutional::new([1, 4, 4], &[2, 3], 1, 2).unwrap();
        let images = images.activated(Activation::Tanh).normalized(normalization).unwrap();
        cases.push(traced(&format!("residual {normalization:?}"), &images, [5, 16], dtype));
    }
    cases
}

fn traced<A: Architecture>(
    name: &str,
    architecture: &A,
    shape: [usize; 2],
    dtype: DType,
) -> (String, saddlepoint_curvature::trace::Traced) {
    let precision = if dtype == DType::F64 { Precision::F64 } else { Precision::F32 };
    let device = Device::open(Backend::Flex).unwrap();
    let network =
        architecture.init(Initialization::LecunNormal, precision, &device, &mut Stream::new(1)).unwrap();
    case(name, trace(&network, tensor_of(4, shape, dtype), |m, x| m.forward(x).powi_scalar(2).mean()))
}
