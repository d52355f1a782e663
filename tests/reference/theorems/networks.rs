//! Bounds of networks of unbalanced scales, none below its formula, with 30 digits from `networks.py`.

use std::collections::HashMap;

use saddlepoint_rigor::{Interval, IntervalMatrix};
use saddlepoint_theory::bounds::arora_compression::{AroraCompression, Compression, Smoothness};
use saddlepoint_theory::bounds::golowich::Golowich;
use saddlepoint_theory::bounds::inputs::{Inputs, Sample};
use saddlepoint_theory::bounds::network::{Activation, Network};
use saddlepoint_theory::bounds::neyshabur_pac_bayes::NeyshaburPacBayes;
use saddlepoint_theory::bounds::path_norm::PathNorm;
use saddlepoint_theory::bounds::perturbation::Perturbation;
use saddlepoint_theory::capacity::cushions::Cushions;
use saddlepoint_theory::capacity::margins::Margins;
use saddlepoint_theory::capacity::norms::Layers;

/// Failure probabilities of the smoothness and of the projections, and the accuracy at which parameters are counted.
const FAILURE: f64 = 0.015625;
const ACCURACY: f64 = 0.25;

/// A line of the table by the names of its columns.
struct Row<'a>(HashMap<&'a str, &'a str>);

impl Row<'_> {
    fn numbers(&self, name: &str) -> Vec<f64> {
        self.0[name].split(' ').map(|x| x.parse().unwrap()).collect()
    }

    fn number(&self, name: &str) -> f64 {
        self.numbers(name)[0]
    }

    /// The matrices of a network, layer by layer.
    fn layers(&self, name: &str) -> Vec<IntervalMatrix> {
        let (widths, entries) = (self.numbers("widths"), self.numbers(name));
        let mut entries = entries.into_iter();
        let layer = |pair: &[f64]| {
            let (rows, columns) = (pair[1] as usize, pair[0] as usize);
            IntervalMatrix::from_rows(rows, columns, entries.by_ref().take(rows * columns).collect()).unwrap()
        };
        widths.windows(2).map(layer).collect()
    }

    fn not_below(&self, name: &str, found: f64, excess: f64) {
        let truth = self.number(name);
        // The nearest float of the truth is at most half a step above it.
        assert!(found >= truth.next_down(), "{name} of {:?}: {found:e} is below {truth:e}", self.0["widths"]);
        assert!(found <= truth * (1.0 + excess), "{name} of {:?}: {found:e} {truth:e}", self.0["widths"]);
    }

    fn encloses(&self, name: &str, found: &[Interval]) {
        let truths = self.numbers(name);
        assert_eq!(truths.len(), found.len());
        for (truth, found) in truths.into_iter().zip(found) {
            assert!(
                found.low() <= truth.next_up() && truth.next_down() <= found.high(),
                "{name}: {found} {truth}"
            );
            assert!(found.width() <= 1e-12 * truth, "{name}: {found}");
        }
    }
}

#[test]
fn no_bound_of_a_network_is_below_its_formula() {
    let mut lines = include_str!("networks.csv").lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    assert_eq!(lines.clone().count(), 12);
    for line in lines {
        let row = Row(header.iter().copied().zip(line.split(',')).collect());
        let (gamma, delta, radius) = (row.number("gamma"), row.number("delta"), row.number("radius"));
        let layers = Layers::new(row.layers("weights")).unwrap();
        let network = Network::new(layers.clone(), Activation::relu()).unwrap();
        let (n, d) = (row.numbers("margins").len(), row.numbers("widths")[0] as usize);
        let points = row.numbers("inputs");
        let inputs = Inputs::new(IntervalMatrix::from_rows(n, d, points.clone()).unwrap());
        let outputs = IntervalMatrix::from_rows(n, 1, row.numbers("margins")).unwrap();
        let margins = Margins::of_signs(&outputs, &vec![true; n]).unwrap();
        let sample = Sample::new(&inputs, &margins).unwrap();

        let neyshabur = NeyshaburPacBayes::new(&network, radius, sample, gamma, delta).unwrap();
        row.not_below("neyshabur divergence", neyshabur.divergence(), 1e-11);
        row.not_below("neyshabur", neyshabur.evaluate().value(), 1e-11);
        let golowich = Golowich::new(&network, sample, gamma, delta).unwrap();
        row.not_below("golowich", golowich.evaluate().value(), 1e-11);
        let path = PathNorm::new(&network, sample, gamma, delta).unwrap();
        row.not_below("path norm", path.evaluate().value(), 1e-11);
        let lemma = Perturbation::new(&network, &row.layers("added"), radius).unwrap();
        row.not_below("perturbation", lemma.evaluate(), 1e-11);

        let points: Vec<Vec<f64>> = points.chunks(d).map(<[f64]>::to_vec).collect();
        let cushions = Cushions::new(&layers, &points).unwrap();
        row.encloses("layer cushions", cushions.layer());
        row.encloses("interlayer cushions", cushions.interlayer());
        row.encloses("contraction", &[cushions.contraction()]);
        let parameters = cushions.effective_parameters(ACCURACY, delta).unwrap();
        row.not_below("effective parameters", parameters, 1e-11);
        let compression = Compression::new(&cushions, gamma, FAILURE).unwrap();
        let smoothness = Smoothness::assumed(3.0 * layers.weights().len() as f64, FAILURE).unwrap();
        let arora = AroraCompression::new(compression, &margins, &smoothness, delta).unwrap().evaluate();
        // A number of projections may be one larger where it is nearly whole.
        row.not_below("arora", arora.of_the_compressed_network().value(), 1e-6);
    }
}
