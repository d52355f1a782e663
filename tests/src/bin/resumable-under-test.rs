//! Long work that saves its state after each step, for the tests that kill it: `resumable-under-test WORK FOLDER`.

#![forbid(unsafe_code)]

use std::error::Error;
use std::fs;
use std::path::Path;

use nalgebra::DMatrix;
use saddlepoint_experiments::run::write_atomically;
use saddlepoint_landscape::operator::Dense;
use saddlepoint_landscape::spectrum::lanczos::{End, Lanczos, State};
use saddlepoint_landscape::surface::grid::{Grid, places};
use saddlepoint_models::random::Stream;
use serde::Serialize;
use serde::de::DeserializeOwned;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["lanczos", folder] => lanczos(Path::new(folder)),
        ["surface", folder] => surface(Path::new(folder)),
        _ => Err("usage: resumable-under-test lanczos|surface FOLDER".into()),
    }
}

/// The state in a folder, if one was saved there.
fn saved<T: DeserializeOwned>(folder: &Path) -> Result<Option<T>, Box<dyn Error>> {
    match fs::read(folder.join("state.json")) {
        Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn save(value: &impl Serialize, folder: &Path, name: &str) -> Result<(), Box<dyn Error>> {
    Ok(write_atomically(&folder.join(name), &serde_json::to_vec(value)?)?)
}

/// The five largest eigenvalues of a random symmetric matrix, to nearly full precision.
fn lanczos(folder: &Path) -> Result<(), Box<dyn Error>> {
    const DIMENSION: usize = 120;
    let mut entries = Stream::new(1);
    let a = DMatrix::from_fn(DIMENSION, DIMENSION, |_, _| entries.normal());
    let operator = Dense::new(&a + a.transpose())?;
    let search = Lanczos::new(End::Largest, 5)?.with_tolerance(1e-12)?;
    let mut normals = Stream::new(2);
    let mut state: State = match saved::<State>(folder)? {
        Some(state) => {
            // The generator goes to where it was.
            for _ in 0..state.draws {
                normals.normal();
            }
            state
        }
        None => search.start(DIMENSION, &mut || normals.normal())?,
    };
    while !search.step(&operator, &mut state, &mut || normals.normal())? {
        save(&state, folder, "state.json")?;
    }
    let found = search.finish(&operator, &state)?;
    let pairs: Vec<(f64, Vec<f64>)> =
        found.pairs.iter().map(|pair| (pair.value, pair.vector.clone())).collect();
    save(&pairs, folder, "result.json")
}

/// A loss surface whose every cell is a sum of a thousand terms.
fn surface(folder: &Path) -> Result<(), Box<dyn Error>> {
    let axis = places(-1.0, 1.0, 41)?;
    let mut grid: Grid = match saved(folder)? {
        Some(grid) => grid,
        None => Grid::new(axis.clone(), axis)?,
    };
    let height = |x: f64, y: f64| -> Result<f64, std::convert::Infallible> {
        Ok((1..1000).map(|k| (f64::from(k) * x).sin() * (f64::from(k) * y).cos() / f64::from(k)).sum())
    };
    while grid.fill(50, height)? > 0 {
        save(&grid, folder, "state.json")?;
    }
    save(&grid.values(), folder, "result.json")
}
