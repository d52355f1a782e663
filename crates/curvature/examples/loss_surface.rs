//! A loss surface that survives being killed: started again, it goes on where it stopped.
//!
//! `cargo run --release -p saddlepoint-curvature --example loss_surface -- surface.json`

use std::path::Path;

use saddlepoint_curvature::surface::layout;
use saddlepoint_curvature::trace;
use saddlepoint_landscape::surface::direction::{Normalization, gaussian};
use saddlepoint_landscape::surface::grid::{Grid, Plane, places};
use saddlepoint_models::data::digits;
use saddlepoint_models::device::{Backend, Device, Precision};
use saddlepoint_models::networks::{Activation, Architecture, Initialization, Mlp, Network};
use saddlepoint_models::random::Stream;
use saddlepoint_models::training::{Examples, Loss};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let state = std::env::args().nth(1).unwrap_or_else(|| "surface.json".into());
    let (device, mut stream) = (Device::open(Backend::default())?, Stream::new(1));
    let network = Mlp::new(&[64, 32, 10], Activation::Relu)?.init(
        Initialization::HeNormal,
        Precision::F64,
        &device,
        &mut stream,
    )?;
    let digits = Examples::new(&digits::all()?, Precision::F64, &device)?;
    let batch = (digits.inputs(), digits.targets());
    let loss = trace(&network, batch, |network, (x, y)| Loss::CrossEntropy.of(network.forward(x), y))?;

    // The directions come from a seed, so a second run has the same plane.
    let layout = layout(loss.parameters())?;
    let mut direction = || gaussian(&layout, loss.point(), Normalization::Filter, &mut || stream.normal());
    let plane = Plane::new(loss.point().to_vec(), [direction()?, direction()?])?;

    let mut grid = match std::fs::read_to_string(&state) {
        Ok(text) => serde_json::from_str(&text)?,
        Err(_) => Grid::new(places(-1.0, 1.0, 51)?, places(-1.0, 1.0, 51)?)?,
    };
    println!("{} of 2601 cells are there", grid.filled());
    loop {
        let left = loss.fill(&mut grid, &plane, 10 * 51)?;
        save(&grid, Path::new(&state))?;
        println!("{left} left");
        if left == 0 {
            return Ok(());
        }
    }
}

/// Under another name first: whoever is killed while writing leaves the last state as it was.
fn save(grid: &Grid, state: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let new = state.with_extension("new");
    std::fs::write(&new, serde_json::to_string(grid)?)?;
    Ok(std::fs::rename(new, state)?)
}
