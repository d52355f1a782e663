//! `ahw-axis-minima`: the count survives what must not change it, and dies with the hypotheses.

use nalgebra::{DMatrix, DVector, Rotation2};
use proptest::prelude::*;
use saddlepoint_landscape::analytic::{AxisConstruction, SigmoidNeuron};
use saddlepoint_landscape::chart::Chart;
use saddlepoint_landscape::critical::inertia::Inertia;
use saddlepoint_landscape::critical::krawczyk::{Certificate, certify};
use saddlepoint_landscape::critical::line::Isolated;
use saddlepoint_landscape::objective::Objective;

fn minima(data: &AxisConstruction) -> Vec<Vec<f64>> {
    data.critical_points()
        .unwrap()
        .into_iter()
        .filter(|(_, index)| *index == 0)
        .map(|(point, _)| point)
        .collect()
}

proptest! {
    #[test]
    fn above_the_critical_ratio_every_sample_has_its_minimum(ratio in 6.0f64..64.0, samples in 1usize..=6) {
        let axis = AxisConstruction::new(1, samples, ratio, 0.75).unwrap().axis(0).unwrap();
        prop_assert_eq!((axis.minima(), axis.maxima()), (samples, samples - 1));
        let kinds: Vec<bool> = axis.points().iter().map(Isolated::is_minimum).collect();
        prop_assert!(kinds.iter().enumerate().all(|(i, minimum)| *minimum == (i % 2 == 0)));
    }

    /// A rotation of the data rotates the minima, and a permutation of the samples does nothing.
    #[test]
    fn rotating_and_permuting_the_data_keeps_the_minima(angle in 0.0f64..std::f64::consts::TAU, shift in 0usize..5) {
        let data = AxisConstruction::new(2, 5, 16.0, 0.75).unwrap();
        let turn = Rotation2::new(angle);
        let mut samples: Vec<[f64; 2]> =
            [[1.0, 0.0], [16.0, 0.0], [256.0, 0.0], [0.0, 1.0], [0.0, 16.0]].to_vec();
        samples.rotate_left(shift);
        let rotated = samples.iter().flat_map(|x| {
            let x = turn * nalgebra::Vector2::from_row_slice(x);
            [x[0], x[1]]
        });
        let inputs = DMatrix::from_row_iterator(5, 2, rotated);
        let neuron = SigmoidNeuron::sum_of_squares(&inputs, vec![0.75; 5]).unwrap();
        let points = minima(&data);
        prop_assert_eq!(points.len(), 6);
        for point in points {
            let w = turn * nalgebra::Vector2::from_row_slice(&point);
            let hessian = neuron.hessian(w.as_slice()).unwrap();
            let (inertia, _) = Inertia::of_symmetric(&hessian, 1e-13).unwrap();
            prop_assert_eq!(inertia, Inertia { negative: 0, zero: 0, positive: 2 });
            // The Newton step, not the gradient: scales mix under the rotation.
            let newton = hessian.lu().solve(&neuron.gradient(w.as_slice()).unwrap()).unwrap();
            prop_assert!(newton.norm() < 1e-9 * w.norm());
        }
    }

    /// Left of zero every sample wants a larger weight, which is why the search need not look there.
    #[test]
    fn a_gradient_step_from_the_left_goes_right(w in -2.0f64..=0.0, samples in 1usize..=6, ratio in 2.0f64..64.0) {
        let neuron = AxisConstruction::new(1, samples, ratio, 0.75).unwrap().neuron().unwrap();
        prop_assert!(neuron.gradient(&[w]).unwrap()[0] < 0.0);
    }

    /// The error is the sum of the errors of the axes.
    #[test]
    fn the_error_is_separable(w in prop::array::uniform3(-2.0f64..2.0)) {
        let data = AxisConstruction::new(3, 6, 16.0, 0.75).unwrap();
        let single = AxisConstruction::new(1, 2, 16.0, 0.75).unwrap().neuron().unwrap();
        let parts: f64 = w.iter().map(|&wj| single.value(&[wj]).unwrap()).sum();
        prop_assert!((data.neuron().unwrap().value(&w).unwrap() - parts).abs() < 1e-13);
        prop_assert!(data.neuron().unwrap().hessian(&w).unwrap().upper_triangle().sum()
            == data.neuron().unwrap().hessian(&w).unwrap().diagonal().sum());
    }

    /// Nothing is missed: where sampled slopes change sign there is a bracket.
    #[test]
    fn a_fine_grid_finds_no_other_critical_point(ratio in 6.0f64..64.0, samples in 1usize..=4, label in 0.74f64..0.76) {
        let data = AxisConstruction::new(1, samples, ratio, label).unwrap();
        let neuron = data.neuron().unwrap();
        let slope = |log: f64| neuron.gradient(&[log.exp()]).unwrap()[0];
        let low = -(samples as f64) * ratio.ln() - 3.0;
        let changes = (0..4000)
            .map(|i| low + (3.0 - low) * f64::from(i) / 4000.0)
            .zip((1..=4000).map(|i| low + (3.0 - low) * f64::from(i) / 4000.0))
            .filter(|(a, b)| (slope(*a) < 0.0) != (slope(*b) < 0.0))
            .count();
        prop_assert_eq!(changes, data.axis(0).unwrap().points().len());
    }
}

/// All critical points for one to six samples, with error and curvature.
#[test]
fn the_catalogues_critical_points() {
    let reference: [&[(f64, f64, f64)]; 6] = REFERENCE;
    for (samples, expected) in (1..).zip(reference) {
        let data = AxisConstruction::new(1, samples, 16.0, 0.75).unwrap();
        let (axis, neuron) = (data.axis(0).unwrap(), data.neuron().unwrap());
        assert_eq!(axis.points().len(), expected.len());
        for (point, (w, error, curvature)) in axis.points().iter().zip(expected) {
            let found = point.location();
            assert!((found / w - 1.0).abs() < 1e-10, "n = {samples}: {found} not {w}");
            let (low, high) = point.bracket();
            assert!(low <= high && (high / low - 1.0) < 1e-10);
            assert!((neuron.value(&[found]).unwrap() - error).abs() < 1e-10 * error.max(1e-10));
            let second = neuron.hessian(&[found]).unwrap()[(0, 0)];
            assert!((second / curvature - 1.0).abs() < 1e-9);
        }
    }
}

#[test]
fn the_minima_of_the_plane_are_minima_of_the_neuron() {
    let data = AxisConstruction::new(2, 8, 16.0, 0.75).unwrap();
    let neuron = data.neuron().unwrap();
    let found = minima(&data);
    assert_eq!(found.len(), 16);
    for point in found {
        let hessian = neuron.hessian(&point).unwrap();
        let newton = hessian.diagonal().zip_map(&neuron.gradient(&point).unwrap(), |h, g| g / h);
        let relative = newton.component_div(&DVector::from_column_slice(&point));
        assert!(hessian.diagonal().min() > 0.0 && relative.amax() < 1e-12);
    }
}

/// Every critical point of the product has a certificate of its index, and the certificates are of different points.
#[test]
fn every_critical_point_is_certified() {
    for (d, n) in [(1, 6), (2, 5), (3, 6), (10, 10)] {
        let data = AxisConstruction::new(d, n, 16.0, 0.75).unwrap();
        let neuron = data.neuron().unwrap();
        let mut certificates: Vec<Certificate> = Vec::new();
        for (point, index) in data.critical_points().unwrap() {
            let radii: Vec<f64> = point.iter().map(|w| 1e-6 * w).collect();
            let found = certify(&neuron, &Chart::identity(d), &point, &radii).unwrap();
            assert_eq!(found.index, index);
            assert!(found.contraction < 1e-4, "{}", found.contraction);
            found.verify(&neuron).unwrap();
            assert!(certificates.iter().all(|other| found.differs_from(other)));
            certificates.push(found);
        }
        assert_eq!(certificates.len(), data.counts_by_index().iter().sum::<usize>());
    }
}

/// A certificate belongs to its data: with another label, ratio or number of samples it does not verify.
#[test]
fn teeth_a_certificate_says_nothing_about_other_data() {
    let neuron = |n, ratio, label| AxisConstruction::new(1, n, ratio, label).unwrap().neuron().unwrap();
    let w = AxisConstruction::new(1, 3, 16.0, 0.75).unwrap().axis(0).unwrap().points()[0].location();
    let found = certify(&neuron(3, 16.0, 0.75), &Chart::identity(1), &[w], &[1e-6 * w]).unwrap();
    found.verify(&neuron(3, 16.0, 0.75)).unwrap();
    for other in [neuron(3, 16.0, 0.7501), neuron(3, 16.01, 0.75), neuron(2, 16.0, 0.75)] {
        assert!(found.verify(&other).is_err());
    }
}

/// Below the critical ratio minima merge.
#[test]
fn teeth_a_ratio_below_the_critical_one_loses_minima() {
    for samples in 2..=6 {
        let count = |ratio| AxisConstruction::new(1, samples, ratio, 0.75).unwrap().axis(0).unwrap().minima();
        assert!(count(5.7190) < samples);
        assert_eq!(count(5.7191), samples);
    }
}

/// The theorem's number is not the count where the samples do not divide evenly.
#[test]
fn teeth_the_theorems_number_is_a_lower_bound_only() {
    let data = AxisConstruction::new(2, 7, 16.0, 0.75).unwrap();
    assert_eq!(minima(&data).len(), 12);
    assert_eq!(data.guaranteed_minima(), 9.0);
}

/// Realizable labels have no bad minimum: the hypothesis that the data are adversarial is needed.
#[test]
fn teeth_realizable_data_have_one_minimum() {
    let inputs = [1.0, 16.0, 256.0];
    let labels = inputs.map(|x: f64| 1.0 / (1.0 + (-0.01 * x).exp()));
    let neuron =
        SigmoidNeuron::sum_of_squares(&DMatrix::from_row_slice(3, 1, &inputs), labels.to_vec()).unwrap();
    let slope = |w: f64| neuron.gradient(&[w]).unwrap()[0];
    for i in 1..2000 {
        let w = 10f64.powf(-6.0 + 7.0 * f64::from(i) / 2000.0);
        assert!(slope(w) * (w - 0.01) >= 0.0, "{w}");
    }
}

/// Weight, error and second derivative at each critical point, from the catalogue (computed with mpmath and numpy).
const REFERENCE: [&[(f64, f64, f64)]; 6] = [
    &[(1.0986122886681098, 0.0, 0.0703125)],
    &[
        (0.07565488774323789, 0.05382052415128795, 15.151697154304347),
        (0.2767106273273333, 0.08959226137856767, -1.1868682132188477),
        (1.0986096454389478, 0.06249998838446866, 0.07030980513984851),
    ],
    &[
        (0.004760732863931215, 0.11572886426998799, 3823.8034407159807),
        (0.016908364275513857, 0.1499732780786621, -332.9323441327356),
        (0.07565485497236157, 0.11632052221170769, 15.151583727337513),
        (0.2767106273273333, 0.15209226137856768, -1.1868682132188477),
        (1.0986096454389478, 0.12499998838446866, 0.07030980513984851),
    ],
    &[
        (0.00029767351931481514, 0.17819166859948649, 978002.3144786132),
        (0.0010553117168086777, 0.21234134259547344, -85698.62974567365),
        (0.004760731043762546, 0.1782288625707829, 3823.7780349302293),
        (0.016908364275513857, 0.2124732780786621, -332.9323441327356),
        (0.07565485497236157, 0.1788205222117077, 15.151583727337513),
        (0.2767106273273333, 0.21459226137856768, -1.1868682132188477),
        (1.0986096454389478, 0.18749998838446866, 0.07030980513984851),
    ],
    &[
        (1.8605094226018476e-05, 0.24068934301554662, 250354319.66413504),
        (6.595128599329948e-05, 0.2748330986006001, -21946338.532316756),
        (0.0002976734063996571, 0.24069166691444432, 977995.8653402395),
        (0.0010553117168086777, 0.27484134259547344, -85698.62974567365),
        (0.004760731043762546, 0.2407288625707829, 3823.7780349302293),
        (0.016908364275513857, 0.2749732780786621, -332.9323441327356),
        (0.07565485497236157, 0.2413205222117077, 15.151583727337513),
        (0.2767106273273333, 0.2770922613785677, -1.1868682132188477),
        (1.0986096454389478, 0.24999998838446866, 0.07030980513984851),
    ],
    &[
        (1.1628203394881568e-06, 0.30318919766321073, 64090477457.55244),
        (4.121933126039418e-06, 0.3373325833586308, -5618382495.454982),
        (1.860508717211261e-05, 0.3031893413313865, 250352669.55734015),
        (6.595128599329948e-05, 0.3373330986006001, -21946338.532316756),
        (0.0002976734063996571, 0.3031916669144443, 977995.8653402395),
        (0.0010553117168086777, 0.33734134259547344, -85698.62974567365),
        (0.004760731043762546, 0.3032288625707829, 3823.7780349302293),
        (0.016908364275513857, 0.3374732780786621, -332.9323441327356),
        (0.07565485497236157, 0.3038205222117077, 15.151583727337513),
        (0.2767106273273333, 0.3395922613785677, -1.1868682132188477),
        (1.0986096454389478, 0.3124999883844687, 0.07030980513984851),
    ],
];
