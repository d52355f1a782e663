//! The top Hessian eigenvalues of a module of one's own, and a plot of its spectral density.

use burn::module::Module;
use burn::nn::{Linear, LinearConfig, loss::MseLoss, loss::Reduction};
use burn::tensor::{Distribution, Tensor, activation::tanh};
use kuva::prelude::{Layout, LinePlot, Plot, render_to_svg};
use saddlepoint_curvature::trace;
use saddlepoint_landscape::spectrum::density::StochasticLanczos;
use saddlepoint_landscape::spectrum::lanczos::{End, Lanczos};
use saddlepoint_models::{device::Backend, device::Device, random::Stream};

#[derive(Module, Debug)]
struct Net {
    hidden: Linear,
    out: Linear,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let device = Device::open(Backend::default())?.burn();
    device.seed(1);
    let net =
        Net { hidden: LinearConfig::new(8, 16).init(&device), out: LinearConfig::new(16, 1).init(&device) };
    let x = Tensor::<2>::random([64, 8], Distribution::Normal(0.0, 1.0), &device);
    let y = x.clone().powi_scalar(2).mean_dim(1);
    let traced = trace(&net, (x, y), |net, (x, y)| {
        MseLoss::new().forward(net.out.forward(tanh(net.hidden.forward(x))), y, Reduction::Mean)
    })?;
    let hessian = traced.linearize(traced.point())?;

    let mut stream = Stream::new(1);
    for pair in
        Lanczos::new(End::Largest, 5)?.with_tolerance(1e-6)?.run(&hessian, &mut || stream.normal())?.pairs
    {
        println!("an eigenvalue lies within {:.1e} of {:.6}", pair.radius, pair.value);
    }
    let density = StochasticLanczos::new(10, 60)?.run(&hessian, &mut || stream.normal())?;
    let curve = density.curve(400, density.default_width()?)?;
    let line = LinePlot::new().with_data(curve.iter().map(|(at, density)| (*at, density.value)));
    let plots: Vec<Plot> = vec![line.into()];
    let layout = Layout::auto_from_plots(&plots).with_x_label("eigenvalue").with_y_label("density");
    std::fs::write("density.svg", render_to_svg(plots, layout))?;
    Ok(())
}
