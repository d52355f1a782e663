//! The reference network of the catalogue, and bounds of it that `norm_bounds.py` computes with 50 digits.

use std::collections::HashMap;

use saddlepoint_models::random::Stream;
use saddlepoint_rigor::{Interval, IntervalMatrix};
use saddlepoint_theory::bounds::bartlett_foster_telgarsky::{
    APosteriori, FixedClass, Radii, log_covering_number, rademacher_complexity,
};
use saddlepoint_theory::bounds::golowich::{self, Golowich};
use saddlepoint_theory::bounds::inputs::{Inputs, Sample};
use saddlepoint_theory::bounds::network::{Activation, Network, Reference};
use saddlepoint_theory::bounds::neyshabur_pac_bayes::NeyshaburPacBayes;
use saddlepoint_theory::bounds::path_norm::PathNorm;
use saddlepoint_theory::capacity::margins::Margins;
use saddlepoint_theory::capacity::norms::{Layers, frobenius, spectral, two_one_over_rows};
use saddlepoint_theory::capacity::spectral_complexity::spectral_complexity;
use saddlepoint_theory::quantity::{Margin, SampleSize};

const GAMMA: f64 = 0.25;
const DELTA: f64 = 0.05;

fn drawn(seed: u64, rows: usize, columns: usize, divisor: f64) -> IntervalMatrix {
    let entries = Stream::new(seed).normals(rows * columns).iter().map(|x| x / divisor).collect();
    IntervalMatrix::from_rows(rows, columns, entries).unwrap()
}

/// `A₁ = SM(101).normal(7, 5)/√5`, `A₂ = SM(102).normal(6, 7)/√7`, `A₃ = SM(103).normal(3, 6)/√6`.
pub(super) fn layers() -> Vec<IntervalMatrix> {
    [(101, 7, 5), (102, 6, 7), (103, 3, 6)]
        .map(|(seed, rows, columns): (u64, usize, usize)| drawn(seed, rows, columns, (columns as f64).sqrt()))
        .to_vec()
}

fn points() -> IntervalMatrix {
    drawn(200, 20, 5, 1.0)
}

fn network(layers: Vec<IntervalMatrix>) -> Network {
    Network::new(Layers::new(layers).unwrap(), Activation::relu()).unwrap()
}

/// What the network computes, in plain floats.
fn outputs(layers: &[IntervalMatrix]) -> Vec<f64> {
    let last = layers.len() - 1;
    let forward = |x: &[f64]| {
        layers.iter().enumerate().fold(x.to_vec(), |x, (i, a)| {
            let sums =
                a.midpoints().chunks(x.len()).map(|row| row.iter().zip(&x).map(|(w, t)| w * t).sum::<f64>());
            sums.map(|sum| if i < last { sum.max(0.0) } else { sum }).collect()
        })
    };
    points().midpoints().chunks(5).flat_map(forward).collect()
}

/// The label is the largest output, but for the first example, where it is the class after it.
fn margins() -> Margins {
    let outputs = IntervalMatrix::from_rows(20, 3, outputs(&layers())).unwrap();
    let labels: Vec<usize> = outputs
        .midpoints()
        .chunks(3)
        .enumerate()
        .map(|(i, f)| {
            (0..3).max_by(|&a, &b| f[a].total_cmp(&f[b])).map_or(0, |j| (j + usize::from(i == 0)) % 3)
        })
        .collect();
    Margins::of_classes(&outputs, &labels).unwrap()
}

fn assert_near(found: f64, expected: f64, tolerance: f64) {
    assert!((found / expected - 1.0).abs() <= tolerance, "{found} is not {expected}");
}

fn complexity() -> Interval {
    let layers = layers();
    let norms: Vec<_> = layers.iter().map(|a| spectral(a).unwrap()).collect();
    let distances: Vec<_> = layers.iter().map(two_one_over_rows).collect();
    spectral_complexity(&norms, &distances, &[1.0; 3]).unwrap()
}

#[test]
fn the_catalogues_reference_network() {
    let inputs = Inputs::new(points());
    assert_near(complexity().midpoint(), 68.9248294201, 1e-11);
    assert_near(inputs.frobenius().midpoint(), 9.64482350162, 1e-11);
    assert_near(inputs.largest_norm().midpoint(), 3.56614329239, 1e-11);

    let margins = margins();
    assert_near(margins.quantile(0.0).unwrap().midpoint(), -0.312316175536, 1e-10);
    assert_near(margins.median().midpoint(), 0.109899640046, 1e-10);
    assert_near(margins.loss(Margin::new(GAMMA).unwrap()).get(), 0.85, 1e-15);

    let (r, x, n) = (complexity().high(), inputs.frobenius().high(), SampleSize::new(20).unwrap());
    // Twice what the catalogue prints, for the ceilings.
    assert_near(log_covering_number(r, 7, x, 1.0).unwrap(), 2.0 * 2026171.62252, 1e-10);
    let rademacher = rademacher_complexity(r, 7, x, n, Margin::new(GAMMA).unwrap()).unwrap();
    assert_near(rademacher, 30702.5354498, 1e-10);
    assert_near(2.0 * rademacher - 8.0 / 20f64.powf(1.5), 61404.9814568, 1e-10);

    let product = layers().iter().map(frobenius).reduce(|a, b| a * b).unwrap();
    assert_near(golowich::complexity(3, product, &inputs), 16.2157187983, 1e-10);
    let radius = inputs.largest_norm().high();
    assert_near(golowich::complexity_on_ball(3, product, radius, n).unwrap(), 26.8136358806, 1e-10);
}

/// The catalogue has the divergence of the paper, whose constant is `42² e²/2`.
#[test]
fn the_catalogues_divergence() {
    let (inputs, margins) = (Inputs::new(points()), margins());
    let sample = Sample::new(&inputs, &margins).unwrap();
    let radius = inputs.largest_norm().high();
    let theorem = NeyshaburPacBayes::new(&network(layers()), radius, sample, GAMMA, DELTA).unwrap();
    let constants = 42.0 * 42.0 / 2.0 / (16.0 * 2f64.powf(0.25));
    assert_near(theorem.divergence() * constants, 39220835298.1, 1e-11);
}

#[test]
fn fifty_digits() {
    let values: HashMap<&str, f64> = include_str!("norm_bounds.csv")
        .lines()
        .map(|line| line.split_once(',').unwrap())
        .map(|(name, value)| (name, value.parse().unwrap()))
        .collect();
    let check = |name: &str, found: f64| {
        let expected = values[name];
        // The draws of the two programs differ in their last bits.
        assert!(
            found >= expected * (1.0 - 1e-13) && found <= expected * (1.0 + 1e-11),
            "{name}: {found} {expected}"
        );
    };
    let (inputs, margins, network_of_three) = (Inputs::new(points()), margins(), network(layers()));
    let sample = Sample::new(&inputs, &margins).unwrap();
    let zero = Reference::zero();
    check("spectral complexity", complexity().high());
    let posterior = APosteriori::new(&network_of_three, &zero, sample, GAMMA, DELTA).unwrap();
    check("Bartlett-Foster-Telgarsky a posteriori", posterior.evaluate().value());
    let radii = Radii {
        spectral: layers().iter().map(|a| spectral(a).unwrap().high()).collect(),
        distances: layers().iter().map(|a| two_one_over_rows(a).high()).collect(),
    };
    let fixed = FixedClass::new(&network_of_three, &zero, &radii, sample, GAMMA, DELTA).unwrap();
    check("Bartlett-Foster-Telgarsky fixed class", fixed.evaluate().value());
    let pac_bayes = NeyshaburPacBayes::new(&network_of_three, 4.0, sample, GAMMA, DELTA).unwrap();
    check("Neyshabur divergence", pac_bayes.divergence());
    check("Neyshabur bound", pac_bayes.evaluate().value());

    let mut first = layers();
    first[2] = IntervalMatrix::from_rows(1, 6, first[2].midpoints()[..6].to_vec()).unwrap();
    let of_first = IntervalMatrix::from_rows(20, 1, outputs(&first)).unwrap();
    let margins = Margins::of_signs(&of_first, &[true; 20]).unwrap();
    let (network_of_one, sample) = (network(first), Sample::new(&inputs, &margins).unwrap());
    let golowich = Golowich::new(&network_of_one, sample, GAMMA, DELTA).unwrap();
    check("Golowich bound of the first output", golowich.evaluate().value());
    let path = PathNorm::new(&network_of_one, sample, GAMMA, DELTA).unwrap();
    check("path bound of the first output", path.evaluate().value());
}
