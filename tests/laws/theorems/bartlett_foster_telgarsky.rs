//! Bartlett, Foster, Telgarsky: each link of the chain from the layers' covers to the bound. The bound itself is so
//! loose that its coverage would test nothing.

use proptest::prelude::*;
use saddlepoint_models::random::Stream;
use saddlepoint_rigor::IntervalMatrix;
use saddlepoint_theory::bounds::bartlett_foster_telgarsky::{
    APosteriori, FixedClass, Radii, log_covering_number, rademacher_complexity,
};
use saddlepoint_theory::bounds::hypothesis::Violation;
use saddlepoint_theory::bounds::inputs::{Inputs, Sample};
use saddlepoint_theory::bounds::network::{Activation, Network, Reference};
use saddlepoint_theory::capacity::covering::maurey_log_covering;
use saddlepoint_theory::capacity::dudley::Dudley;
use saddlepoint_theory::capacity::margins::Margins;
use saddlepoint_theory::capacity::norms::{Layers, spectral, two_one_over_rows};
use saddlepoint_theory::quantity::{Margin, SampleSize};

/// Link 1, in full for two inputs of one output: every `A` with `‖A‖ ≤ 1` is within `‖X‖_F/√k` of a mean of `k` of the
/// `2dm = 4` atoms `±X e_j/‖X e_j‖`, times `‖X‖_F`. The distance over that radius, at its worst.
fn worst_distance(x: [[f64; 2]; 2], k: usize) -> f64 {
    let columns = [[x[0][0], x[1][0]], [x[0][1], x[1][1]]];
    let norms = columns.map(|c| c[0].hypot(c[1]));
    let frobenius = norms[0].hypot(norms[1]);
    // A mean of k atoms is a choice of how often each sign of each column occurs.
    let mut cover = Vec::new();
    for a in -(k as i32)..=k as i32 {
        for b in -(k as i32)..=k as i32 {
            let rest = k as i32 - a.abs() - b.abs();
            if rest >= 0 && rest % 2 == 0 {
                let share = |count: i32, j: usize| f64::from(count) / k as f64 * frobenius / norms[j];
                let (s, t) = (share(a, 0), share(b, 1));
                cover.push([0, 1].map(|i| s * columns[0][i] + t * columns[1][i]));
            }
        }
    }
    let worst = (0..200).map(|step| {
        let angle = f64::from(step) * std::f64::consts::TAU / 200.0;
        let point = [0, 1].map(|i| angle.cos() * columns[0][i] + angle.sin() * columns[1][i]);
        cover.iter().map(|c| (c[0] - point[0]).hypot(c[1] - point[1])).fold(f64::INFINITY, f64::min)
    });
    worst.fold(0.0, f64::max) / (frobenius / (k as f64).sqrt())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn the_layers_cover_covers(x in prop::array::uniform2(prop::array::uniform2(0.1..2.0f64)), k in 1usize..12) {
        prop_assert!(worst_distance(x, k) <= 1.0 + 1e-12);
    }

    /// Link 1, the ceiling: a factor 2 is enough for Maurey's count, which is 0 where one matrix is a cover.
    #[test]
    fn ceilings_cost_two(a in 0.01..10.0f64, b in 0.01..10.0f64, epsilon in 0.01..100.0f64, d in 1u64..50, m in 1u64..50) {
        let ratio = (a * b / epsilon).powi(2);
        let maurey = maurey_log_covering(a, b, epsilon, d, m).unwrap();
        prop_assert!(maurey <= 2.0 * ratio * (2.0 * d as f64 * m as f64).ln() * (1.0 + 1e-12));
    }

    /// Link 2, the radii: at `tᵢ ∝ cᵢ^(2/3)` the sum `Σ cᵢ²/tᵢ²` is `(Σ cᵢ^(2/3))³/ε²`, and no split of `ε` has less.
    #[test]
    fn the_best_radii(c in prop::collection::vec(0.1..10.0f64, 1..6), seed in any::<u64>(), epsilon in 0.1..10.0f64) {
        let total: f64 = c.iter().map(|c| c.powf(2.0 / 3.0)).sum();
        let least = total.powi(3) / (epsilon * epsilon);
        let cost = |t: &[f64]| c.iter().zip(t).map(|(c, t)| (c / t).powi(2)).sum::<f64>();
        let best: Vec<f64> = c.iter().map(|c| epsilon * c.powf(2.0 / 3.0) / total).collect();
        prop_assert!((cost(&best) / least - 1.0).abs() < 1e-12);
        let mut stream = Stream::new(seed);
        let raw: Vec<f64> = c.iter().map(|_| 0.01 + stream.uniform()).collect();
        let sum: f64 = raw.iter().sum();
        let other: Vec<f64> = raw.iter().map(|t| t * epsilon / sum).collect();
        prop_assert!(cost(&other) >= least * (1.0 - 1e-12));
    }

    /// Link 2, the errors: outputs move by `Σ εᵢ ρᵢ ∏_{j>i} ρⱼ sⱼ` at most, if layer `i` is replaced by something `εᵢ` away.
    #[test]
    fn errors_pass_through_later_layers(dimensions in prop::collection::vec(1usize..6, 2..6), seed in any::<u64>()) {
        let mut stream = Stream::new(seed);
        let (mut exact, mut moved) = (stream.normals(dimensions[0]), Vec::new());
        moved.clone_from(&exact);
        let mut bound = 0.0;
        for d in dimensions.windows(2) {
            let w = stream.normals(d[0] * d[1]);
            let norm = spectral(&IntervalMatrix::from_rows(d[1], d[0], w.clone()).unwrap()).unwrap().high();
            let step: Vec<f64> = stream.normals(d[1]).iter().map(|x| 0.1 * x).collect();
            bound = norm * bound + length(&step);
            let apply = |x: &[f64]| -> Vec<f64> {
                w.chunks(d[0]).map(|row| row.iter().zip(x).map(|(w, x)| w * x).sum()).collect()
            };
            exact = apply(&exact).into_iter().map(|t| t.max(0.0)).collect();
            moved = apply(&moved).iter().zip(&step).map(|(t, s)| (t + s).max(0.0)).collect();
            let distance: Vec<f64> = exact.iter().zip(&moved).map(|(a, b)| a - b).collect();
            prop_assert!(length(&distance) <= bound * (1.0 + 1e-12));
        }
    }

    /// Link 3: the margin is √2-Lipschitz in the Euclidean norm.
    #[test]
    fn margins_are_lipschitz(
        one in prop::collection::vec(-3.0..3.0f64, 4), other in prop::collection::vec(-3.0..3.0f64, 4), label in 0usize..4,
    ) {
        let distance = length(&one.iter().zip(&other).map(|(a, b)| a - b).collect::<Vec<_>>());
        prop_assert!((margin(&one, label) - margin(&other, label)).abs() <= 2f64.sqrt() * distance + 1e-12);
    }

    /// Link 4: Dudley's integral of the losses' covering numbers, whose root is `C/ε`, is the complexity.
    #[test]
    fn the_complexity_is_dudleys_integral(
        r in 0.01..100.0f64, width in 1usize..1000, frobenius in 0.01..100.0f64, n in 1u64..1_000_000, gamma in 0.01..10.0f64,
    ) {
        // Losses within ε come from outputs within γε/√2.
        let root = log_covering_number(r, width, frobenius, gamma / 2f64.sqrt()).unwrap().sqrt();
        let size = n as f64;
        let dudley = 4.0 / size.powf(1.5) + 12.0 / size * root * 1.5 * size.ln();
        let (n, gamma) = (SampleSize::new(n).unwrap(), Margin::new(gamma).unwrap());
        let found = rademacher_complexity(r, width, frobenius, n, gamma).unwrap();
        prop_assert!((found / dudley - 1.0).abs() < 1e-12, "{found} {dudley}");
        let integral = Dudley::new(n.get()).unwrap().inverse_scale_at(root, 1.0 / size).unwrap().value;
        prop_assert!((found / integral - 1.0).abs() < 1e-12, "{found} {integral}");
    }

    /// The a-posteriori form is never below the fixed class with the network's own norms for radii, which is what it
    /// would be if nothing were paid for looking; and it grows with the radii of its inputs.
    #[test]
    fn looking_costs_and_ignorance_too(seed in any::<u64>(), gamma in 0.01..3.0f64, r in 0.0..0.01f64) {
        let mut stream = Stream::new(seed);
        let dimensions = [3, 4, 3];
        let entries: Vec<Vec<f64>> = dimensions.windows(2).map(|d| stream.normals(d[0] * d[1])).collect();
        let x = stream.normals(15);
        let wide = |entries: &[f64], columns: usize, r: f64| {
            let rows = entries.len() / columns;
            IntervalMatrix::with_radii(rows, columns, entries.to_vec(), vec![r; entries.len()]).unwrap()
        };
        let network = |r: f64| {
            let layers = entries.iter().zip(dimensions).map(|(e, d)| wide(e, d, r)).collect();
            Network::new(Layers::new(layers).unwrap(), Activation::relu()).unwrap()
        };
        let posterior = |r: f64| {
            let inputs = Inputs::new(wide(&x, 3, r));
            let margins = Margins::of_classes(&wide(&x, 3, r), &[0, 1, 2, 0, 1]).unwrap();
            let sample = Sample::new(&inputs, &margins).unwrap();
            APosteriori::new(&network(r), &Reference::zero(), sample, gamma, 0.05).unwrap().evaluate()
        };
        prop_assert!(posterior(r).value() >= posterior(0.0).value());
        let norms = |of: &dyn Fn(&IntervalMatrix) -> f64| network(0.0).layers().weights().iter().map(of).collect();
        let radii = Radii {
            spectral: norms(&|w| spectral(w).unwrap().high()),
            distances: norms(&|w| two_one_over_rows(w).high()),
        };
        let inputs = Inputs::new(wide(&x, 3, 0.0));
        let margins = Margins::of_classes(&wide(&x, 3, 0.0), &[0, 1, 2, 0, 1]).unwrap();
        let sample = Sample::new(&inputs, &margins).unwrap();
        let fixed = FixedClass::new(&network(0.0), &Reference::zero(), &radii, sample, gamma, 0.05).unwrap().evaluate();
        prop_assert!(posterior(0.0).value() > fixed.value());
        prop_assert!(posterior(0.0).ledger().expenses()[0].each() < fixed.ledger().expenses()[0].each());
        // No quantity is rounded up by more than a step: 2^(1/8) for each layer's norm, its distance and the margin.
        let part = |certificate: &saddlepoint_theory::bounds::certificate::Certificate| {
            certificate.terms().iter().find(|term| term.name == "spectral complexity").unwrap().value
        };
        prop_assert!(part(&posterior(0.0)) <= part(&fixed) * 2f64.powf(3.0 / 8.0) * (1.0 + 1e-9));
    }
}

/// Teeth of link 1: at half the radius some matrix is not covered. Of link 3: a constant of 1.4 is violated.
#[test]
fn weakened_links_are_caught() {
    assert!((1..12).any(|k| worst_distance([[1.0, 0.0], [0.0, 1.0]], k) > 0.5));
    let (one, other) = ([1.0, 0.0, -5.0], [0.0, 1.0, -5.0]);
    assert!((margin(&one, 0) - margin(&other, 0)).abs() > 1.4 * 2f64.sqrt());
    // Just above r = 1 a factor 1.9 is not enough.
    assert!(maurey_log_covering(1.005, 1.0, 1.0, 3, 3).unwrap() > 1.9 * 1.005f64.powi(2) * 18f64.ln());
}

/// What the covers of all layers cost, with layer `i` at the radius `εᵢ = ε cᵢ^(2/3) / (Σ cⱼ^(2/3) ∏_{j>i} sⱼ)` for `cᵢ = bᵢ ∏_{j≠i} sⱼ`,
/// and the cover of the network by the theorem. All dimensions are `width`.
fn covers(norms: &[(f64, f64)], width: usize, frobenius: f64, epsilon: f64) -> [f64; 2] {
    let product: f64 = norms.iter().map(|n| n.0).product();
    let c: Vec<f64> = norms.iter().map(|n| product / n.0 * n.1).collect();
    let total: f64 = c.iter().map(|c| c.powf(2.0 / 3.0)).sum();
    let size = width as u64;
    let layers = norms.iter().enumerate().map(|(i, &(_, b))| {
        let [before, after]: [f64; 2] = [&norms[..i], &norms[i + 1..]].map(|n| n.iter().map(|n| n.0).product());
        let radius = epsilon * c[i].powf(2.0 / 3.0) / total / after;
        maurey_log_covering(b, frobenius * before, radius, size, size).unwrap()
    });
    let complexity = total.powf(1.5);
    [layers.sum(), log_covering_number(complexity, width, frobenius, epsilon).unwrap()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// Link 2, whole: the layers' covers, each from Maurey's lemma with its ceiling, cost no more than the network's.
    #[test]
    fn the_networks_cover_pays_for_those_of_the_layers(
        norms in prop::collection::vec((0.1..10.0f64, 0.1..10.0f64), 1..6), width in 1usize..100, frobenius in 0.1..10.0f64, epsilon in 0.01..1000.0f64,
    ) {
        let [layers, network] = covers(&norms, width, frobenius, epsilon);
        prop_assert!(layers <= network * (1.0 + 1e-12), "{layers} {network}");
    }

    /// The fixed class's constant: twice the complexity of the ramp losses, and `3 √(ln(2/δ)/2n)`.
    #[test]
    fn the_fixed_class_has_the_constant_of_the_chain(seed in any::<u64>(), gamma in 0.01..3.0f64, delta in 1e-6..0.5f64, slack in 1.0..3.0f64) {
        let mut stream = Stream::new(seed);
        let matrix = |rows: usize, columns: usize, stream: &mut Stream| {
            IntervalMatrix::from_rows(rows, columns, stream.normals(rows * columns)).unwrap()
        };
        let layers = vec![matrix(4, 3, &mut stream), matrix(3, 4, &mut stream)];
        let norms = |of: fn(&IntervalMatrix) -> f64| layers.iter().map(|w| slack * of(w)).collect::<Vec<f64>>();
        let radii = Radii { spectral: norms(|w| spectral(w).unwrap().high()), distances: norms(|w| two_one_over_rows(w).high()) };
        let network = Network::new(Layers::new(layers.clone()).unwrap(), Activation::relu()).unwrap();
        let (x, outputs) = (matrix(5, 3, &mut stream), matrix(5, 3, &mut stream));
        let frobenius = x.midpoints().iter().map(|x| x * x).sum::<f64>().sqrt();
        let (inputs, margins) = (Inputs::new(x), Margins::of_classes(&outputs, &[0, 1, 2, 0, 1]).unwrap());
        let sample = Sample::new(&inputs, &margins).unwrap();
        let found = FixedClass::new(&network, &Reference::zero(), &radii, sample, gamma, delta).unwrap().evaluate().value();
        let [s, b] = [&radii.spectral, &radii.distances];
        let r = ((b[0] * s[1]).powf(2.0 / 3.0) + (b[1] * s[0]).powf(2.0 / 3.0)).powf(1.5);
        let (n, loss) = (5f64, margins.loss(Margin::new(gamma).unwrap()).get());
        let ramp = rademacher_complexity(r, 4, frobenius, SampleSize::new(5).unwrap(), Margin::new(gamma).unwrap()).unwrap();
        let chain = loss + 2.0 * ramp + 3.0 * ((2.0 / delta).ln() / (2.0 * n)).sqrt();
        let printed = loss + 8.0 / n.powf(1.5) + 72.0 * n.ln() / (gamma * n) * frobenius * 32f64.ln().sqrt() * r
            + 3.0 * ((2.0 / delta).ln() / (2.0 * n)).sqrt();
        prop_assert!((found / chain - 1.0).abs() < 1e-11 && (found / printed - 1.0).abs() < 1e-11, "{found} {chain} {printed}");
    }
}

/// Teeth of link 2. The ceilings take all of the factor 2 where every layer needs just more than one atom. Errors of a chain
/// of single units add up to the last digit, so that no factor of a later layer can be left out. Radii in other
/// proportions than `cᵢ^(2/3)`, such as equal ones, cost more than the bound pays.
#[test]
fn a_weakened_second_link_is_caught() {
    let norms = [(1.0, 1.0); 3];
    // c = 1, the three radii are ε/3, and three inputs of norm 1 need (3/ε)² atoms each.
    let [layers, network] = covers(&norms, 10, 1.0, 3.0 / 1.001);
    assert!(layers > 0.99 * network && layers <= network, "{layers} {network}");
    let uneven = [(1.0, 0.01), (1.0, 10.0)];
    let [_, network] = covers(&uneven, 10, 1.0, 1.0);
    let equal: f64 = uneven.iter().map(|n| maurey_log_covering(n.1, 1.0, 0.5, 10, 10).unwrap()).sum();
    assert!(equal > 1.5 * network, "{equal} {network}");
    // x ↦ 2x three times, where each layer's result is moved up by 0.1: 0.1 (4 + 2 + 1).
    let run = |by: f64| (0..3).fold(1.0f64, |x, _| (2.0 * x + by).max(0.0));
    assert!((run(0.1) - run(0.0) - 0.7).abs() < 1e-12);
    assert!(run(0.1) - run(0.0) > 0.1 * (2.0 + 1.0 + 1.0) && run(0.1) - run(0.0) > 0.99 * 0.7);
}

/// Teeth of the hypothesis: radii that are taken from the network after the data are no fixed class; one that is a float too
/// small is refused, and the form that pays for looking is never cheaper.
#[test]
fn a_network_outside_of_its_class_is_refused() {
    let layers = vec![IntervalMatrix::identity(3).unwrap(), IntervalMatrix::identity(3).unwrap()];
    let network = Network::new(Layers::new(layers).unwrap(), Activation::relu()).unwrap();
    let points = IntervalMatrix::identity(3).unwrap();
    let (inputs, margins) = (Inputs::new(points.clone()), Margins::of_classes(&points, &[0, 1, 2]).unwrap());
    let sample = || Sample::new(&inputs, &margins).unwrap();
    let class = |distance: f64| {
        let radii = Radii { spectral: vec![1.0 + 1e-9; 2], distances: vec![distance; 2] };
        FixedClass::new(&network, &Reference::zero(), &radii, sample(), 0.5, 0.05)
    };
    assert!(class(3.0 + 1e-9).is_ok());
    let refused = class(3.0 - 1e-9).unwrap_err();
    assert!(matches!(refused, Violation::OutsideClass { layer: 0, .. }), "{refused}");
}

fn length(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

fn margin(outputs: &[f64], label: usize) -> f64 {
    let others = outputs.iter().enumerate().filter(|(j, _)| *j != label).map(|(_, x)| *x);
    outputs[label] - others.fold(f64::NEG_INFINITY, f64::max)
}
