//! No bound decreases when an interval that it was given widens, and enclosures of norms nest.

use proptest::prelude::*;
use saddlepoint_rigor::{Interval, IntervalMatrix};
use saddlepoint_theory::bounds::bartlett_foster_telgarsky::APosteriori;
use saddlepoint_theory::bounds::golowich::{self, Golowich};
use saddlepoint_theory::bounds::hypothesis::Violation;
use saddlepoint_theory::bounds::inputs::{Inputs, Sample};
use saddlepoint_theory::bounds::network::{Activation, Network, Reference};
use saddlepoint_theory::bounds::neyshabur_pac_bayes::NeyshaburPacBayes;
use saddlepoint_theory::bounds::path_norm::{self, PathNorm};
use saddlepoint_theory::bounds::{grid, kernel};
use saddlepoint_theory::capacity::margins::Margins;
use saddlepoint_theory::capacity::norms::Layers;
use saddlepoint_theory::capacity::rademacher::Class;
use saddlepoint_theory::capacity::spectral_complexity::spectral_complexity;

/// Four entries and their radii as a matrix.
fn matrix(rows: usize, columns: usize, entries: &[f64], radius: f64) -> IntervalMatrix {
    let size = rows * columns;
    IntervalMatrix::with_radii(rows, columns, entries[..size].to_vec(), vec![radius; size]).unwrap()
}

/// All norm bounds of a network whose weights, inputs and outputs are known up to a radius.
fn bounds(entries: &[f64], radius: f64, gamma: f64) -> Vec<f64> {
    let layers = vec![matrix(3, 2, entries, radius), matrix(1, 3, &entries[6..], radius)];
    let network = Network::new(Layers::new(layers).unwrap(), Activation::relu()).unwrap();
    let inputs = Inputs::new(matrix(3, 2, &entries[9..], radius));
    let margins = Margins::of_signs(&matrix(3, 1, &entries[15..], radius), &[true, false, true]).unwrap();
    let sample = || Sample::new(&inputs, &margins).unwrap();
    let value = |bound: Result<f64, Violation>| bound.unwrap_or(f64::INFINITY);
    vec![
        value(Golowich::new(&network, sample(), gamma, 0.05).map(|b| b.evaluate().value())),
        value(PathNorm::new(&network, sample(), gamma, 0.05).map(|b| b.evaluate().value())),
        value(
            APosteriori::new(&network, &Reference::zero(), sample(), gamma, 0.05).map(|b| b.evaluate().value()),
        ),
        value(NeyshaburPacBayes::new(&network, 9.0, sample(), gamma, 0.05).map(|b| b.evaluate().value())),
    ]
}

fn interval() -> impl Strategy<Value = [Interval; 2]> {
    (-12.0..12.0f64, 0.0..2.0f64, 0.0..2.0f64).prop_map(|(exponent, below, above)| {
        let x = exponent.exp();
        [Interval::between(x, x), Interval::between(x * (-below).exp(), x * above.exp())]
    })
}

proptest! {
    #[test]
    fn norm_bounds_of_networks(
        entries in prop::collection::vec(-2.0..2.0f64, 18), exponent in -40.0..0.0f64, gamma in 0.05..1.0f64,
    ) {
        let (narrow, wide) = (bounds(&entries, 0.0, gamma), bounds(&entries, exponent.exp(), gamma));
        for (narrow, wide) in narrow.iter().zip(&wide) {
            // A spectral norm is computed anew for the wider matrix.
            prop_assert!(*wide >= narrow * (1.0 - 1e-12), "{narrow} {wide}");
        }
    }

    #[test]
    fn what_takes_intervals(a in interval(), b in interval(), c in interval(), d in interval(), entries in prop::collection::vec(-2.0..2.0f64, 6)) {
        let inputs = |radius| Inputs::new(matrix(3, 2, &entries, radius));
        let class = |radius| Class::finite(&matrix(3, 2, &entries, radius));
        let values = |i: usize, radius: f64| {
            let point = grid::round_up(a[i]);
            [
                point.value,
                point.nats,
                golowich::complexity(3, a[i], &inputs(radius)),
                path_norm::complexity(3, a[i], &inputs(radius)),
                kernel::complexity(a[i], b[i], 7),
                spectral_complexity(&[a[i], b[i]], &[c[i], d[i]], &[1.0, 0.5]).unwrap().high(),
                -spectral_complexity(&[a[i], b[i]], &[c[i], d[i]], &[1.0, 0.5]).unwrap().low(),
                class(radius).bounds().high(),
                class(radius).exact().unwrap().high(),
            ]
        };
        for (at, (narrow, wide)) in values(0, 0.0).into_iter().zip(values(1, 0.1)).enumerate() {
            prop_assert!(wide >= narrow, "{at}: {narrow} {wide}");
        }
    }
}
