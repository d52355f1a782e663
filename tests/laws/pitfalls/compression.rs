//! Mistakes about compression, sampled predictors and Lipschitz constants.

use nalgebra::{dmatrix, dvector};
use saddlepoint_models::random::Stream;
use saddlepoint_theory::bounds::arora_compression::{AroraCompression, Compression, Smoothness};
use saddlepoint_theory::bounds::dziugaite_roy::{DziugaiteRoy, PriorGrid};
use saddlepoint_theory::bounds::empirical_bernstein::EmpiricalBernstein;
use saddlepoint_theory::bounds::gaussian::DiagonalGaussian;
use saddlepoint_theory::bounds::hypothesis::Violation;
use saddlepoint_theory::bounds::maurer::Maurer;
use saddlepoint_theory::bounds::pac_bayes::{GibbsRisk, Moment};
use saddlepoint_theory::bounds::split::Split;
use saddlepoint_theory::capacity::cushions::Cushions;
use saddlepoint_theory::capacity::lipschitz::{averaged, product, sampled};
use saddlepoint_theory::capacity::margins::Margins;
use saddlepoint_theory::capacity::norms::{Layers, frobenius, spectral};
use saddlepoint_theory::capacity::spectrum::exact;
use saddlepoint_theory::expressivity::relu_network::ReluNetwork;

/// A Gibbs risk that is the mean over drawn networks is an estimate: without a term of its own, it lies below the truth
/// about every second time, and with it hardly ever.
#[test]
fn a_monte_carlo_gibbs_risk_needs_its_own_term() {
    let (truth, mut stream) = (0.3, Stream::new(11));
    let (mut below, mut certified_below) = (0, 0);
    for _ in 0..300 {
        let draws: Vec<f64> = (0..100).map(|_| f64::from(u8::from(stream.uniform() < truth))).collect();
        let certificate = EmpiricalBernstein::of_draws(&draws, 0.01).unwrap().evaluate();
        below += u32::from(certificate.terms()[0].value < truth);
        certified_below += u32::from(certificate.value() < truth);
    }
    assert!(below > 100 && certified_below <= 3, "{below} {certified_below}");
    // The term is in the bound, and its price in the ledger.
    let draws = EmpiricalBernstein::of_draws(&[0.1, 0.2, 0.15, 0.12], 0.01).unwrap();
    let bound =
        Maurer::new(GibbsRisk::certified(&draws), 5.0, Split::unseen(1000).unwrap(), 0.04, Moment::TwoRoots)
            .unwrap()
            .evaluate();
    assert!(bound.ledger().total() >= 0.05 && bound.terms().iter().any(|term| term.name == "Monte Carlo"));
}

/// The scale of the prior is optimized on the data, so each scale of the grid pays.
#[test]
fn a_prior_scale_chosen_on_the_data_needs_the_union() {
    let grid = PriorGrid::new(vec![0.0; 50], 1.0, 100.0).unwrap();
    let posterior = DiagonalGaussian::new(vec![0.1; 50], vec![0.3; 50]).unwrap();
    let (j, split) = (grid.nearest(-1.1).unwrap(), Split::unseen(1000).unwrap());
    let gibbs = || GibbsRisk::exact(0.02).unwrap();
    let bound = DziugaiteRoy::new(gibbs(), &posterior, &grid, j, split, 0.05, Moment::TwoRoots);
    let bound = bound.unwrap().evaluate();
    let kl = posterior.divergence(&grid.prior(j).unwrap()).unwrap().get();
    let without = Maurer::new(gibbs(), kl, split, 0.05, Moment::TwoRoots).unwrap().evaluate();
    assert!(bound.value() > without.value() + 0.01, "{bound} {without}");
    assert!(bound.ledger().expenses()[0].nats > 2.0 * (j as f64).ln());
}

/// A prior that was trained on observations counts none of them again.
#[test]
fn a_trained_prior_leaves_its_observations_out_of_the_bound() {
    let overlap = Split::of_counts(1400, 700, 1400).unwrap_err();
    assert_eq!(overlap, Violation::Overlap { prior: 700, bound: 1400, total: 1400 });
    assert_eq!(Split::of_observations(&[0, 1], &[1, 2]), Err(Violation::SeenByThePrior(1)));
}

/// Drawn with the variance in the place of the standard deviation, networks are more certain than the divergence says.
#[test]
fn the_standard_deviation_is_not_the_variance() {
    let deviation = 0.1;
    let posterior = DiagonalGaussian::new(vec![0.0], vec![deviation]).unwrap();
    let mut stream = Stream::new(5);
    let noise: Vec<f64> = stream.normals(4000);
    let spread = |draw: &dyn Fn(f64) -> f64| {
        (noise.iter().map(|&z| draw(z) * draw(z)).sum::<f64>() / noise.len() as f64).sqrt()
    };
    let drawn = spread(&|z| posterior.draw(&[z]).unwrap()[0]);
    assert!((drawn / deviation - 1.0).abs() < 0.05, "{drawn}");
    assert!(spread(&|z| deviation * deviation * z) < 0.2 * deviation);
    // The divergence is that of what is drawn: that of the wrong one is another number.
    let prior = PriorGrid::new(vec![0.0], 1.0, 100.0).unwrap().prior(1).unwrap();
    let wrong = DiagonalGaussian::new(vec![0.0], vec![deviation * deviation]).unwrap();
    let (kl, other) = (posterior.divergence(&prior).unwrap().get(), wrong.divergence(&prior).unwrap().get());
    assert!(other > kl + 2.0, "{kl} {other}");
}

/// LipSDP-Network adds multipliers for pairs of neurons, which assert `(Δφᵢ − Δφⱼ)(Δzᵢ − Δzⱼ) ≥ (Δφᵢ − Δφⱼ)²`. One
/// active and one inactive neuron with `Δzᵢ = Δzⱼ` have 0 on the left and 1 on the right. For a hat it follows from that
/// inequality that the output never changes: a "Lipschitz constant" of 0 where the truth is 1.
#[test]
fn lipsdp_with_coupled_neurons_is_no_bound() {
    let hat =
        ReluNetwork::new(vec![(dmatrix![1.0; 1.0], dvector![1.0, -1.0]), (dmatrix![1.0, -1.0], dvector![0.0])])
            .unwrap();
    let relu = |z: f64| z.max(0.0);
    let [before, after] = [-0.5, 0.5].map(|x: f64| [x + 1.0, x - 1.0]);
    let moved = [0, 1].map(|i: usize| after[i] - before[i]);
    let active = [0, 1].map(|i: usize| relu(after[i]) - relu(before[i]));
    let difference = active[0] - active[1];
    assert!(difference * (moved[0] - moved[1]) < difference * difference, "the inequality would hold");
    // As Δz₁ = Δz₂ for all inputs, the inequality reads 0 ≥ (f(x) − f(y))².
    let truth = sampled(&hat, &[[0.0]]).unwrap().bound;
    assert!(truth > 0.999 && averaged(&hat).unwrap() >= truth && product(&hat).unwrap() >= truth);
}

/// Both are above the Lipschitz constant, but only one is what papers call the product bound.
#[test]
fn products_of_frobenius_norms_are_not_the_product_bound() {
    let (identity, rotation) = (dmatrix![1.0, 0.0; 0.0, 1.0], dmatrix![0.0, -1.0; 1.0, 0.0]);
    let network =
        ReluNetwork::new(vec![(identity.clone(), dvector![0.0, 0.0]), (rotation.clone(), dvector![0.0, 0.0])]);
    let spectral_product = product(&network.unwrap()).unwrap();
    let layers = Layers::new(vec![exact(&identity).unwrap(), exact(&rotation).unwrap()]).unwrap();
    let entrywise = layers.product(|layer| Ok::<_, ()>(frobenius(layer))).unwrap();
    assert!((spectral_product - 1.0).abs() < 1e-12 && entrywise.low() > 1.999);
    assert!(layers.product(spectral).unwrap().contains(1.0));
}

/// Arora et al. compress to what has a bound; nothing is said about the network that was trained. The type has no other
/// way to its certificate, whose theorem says so too.
#[test]
fn arora_et_al_bound_the_compressed_network() {
    let (compression, margins) = identity();
    let smooth = Smoothness::assumed(6.0, 0.01).unwrap();
    let bound = AroraCompression::new(compression, &margins, &smooth, 0.01).unwrap().evaluate();
    let certificate = bound.of_the_compressed_network();
    assert!(certificate.theorem().contains("compressed network"));
    assert!(certificate.ledger().expenses().len() == 3 && bound.parameters() > 8);
}

#[test]
fn arora_et_al_need_smoothness_of_three_times_the_depth() {
    let (compression, margins) = identity();
    let rough = Smoothness::assumed(6.0f64.next_down(), 0.01).unwrap();
    let refused = AroraCompression::new(compression, &margins, &rough, 0.01).unwrap_err();
    assert!(matches!(refused, Violation::Smoothness { needed: 6.0, .. }), "{refused}");
}

/// Two identity layers on one input.
fn identity() -> (Compression, Margins) {
    let layer = || exact(&dmatrix![1.0, 0.0; 0.0, 1.0]).unwrap();
    let network = Layers::new(vec![layer(), layer()]).unwrap();
    let cushions = Cushions::new(&network, &[vec![2.0, 1.0]]).unwrap();
    let outputs = exact(&dmatrix![2.0, 1.0]).unwrap();
    let margins = Margins::of_classes(&outputs, &[0]).unwrap();
    (Compression::new(&cushions, 0.5, 0.01).unwrap(), margins)
}
