//! The top Hessian eigenvalue of a module of one's own.

use burn::module::Module;
use burn::nn::loss::{MseLoss, Reduction};
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Distribution, Tensor, activation::tanh};
use saddlepoint_curvature::trace;
use saddlepoint_models::device::{Backend, Device};

#[derive(Module, Debug)]
struct Net {
    hidden: Linear,
    out: Linear,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let device = Device::open(Backend::default())?.burn();
    let net =
        Net { hidden: LinearConfig::new(8, 16).init(&device), out: LinearConfig::new(16, 1).init(&device) };
    let x = Tensor::<2>::random([64, 8], Distribution::Normal(0.0, 1.0), &device);
    let y = x.clone().powi_scalar(2).mean_dim(1);

    let traced = trace(&net, (x, y), |net, (x, y)| {
        MseLoss::new().forward(net.out.forward(tanh(net.hidden.forward(x))), y, Reduction::Mean)
    })?;
    let at = traced.linearize(traced.point())?;

    let mut vector = vec![1.0; at.dimension()];
    for step in 1..=20 {
        let length = vector.iter().map(|x| x * x).sum::<f64>().sqrt();
        vector = vector.iter().map(|x| x / length).collect();
        let product = at.hessian_vector(&vector)?;
        let value: f64 = vector.iter().zip(&product).map(|(v, p)| v * p).sum();
        let residual = vector.iter().zip(&product).map(|(v, p)| (p - value * v).powi(2)).sum::<f64>().sqrt();
        println!("{step:2}: an eigenvalue lies within {residual:.1e} of {value:.6}");
        vector = product;
    }
    Ok(())
}
