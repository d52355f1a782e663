//! 50-digit values of certificates and divergences, from `dziugaite_roy.py`.

use saddlepoint_theory::bounds::dziugaite_roy::{DziugaiteRoy, PriorGrid};
use saddlepoint_theory::bounds::empirical_bernstein::EmpiricalBernstein;
use saddlepoint_theory::bounds::gaussian::{DiagonalGaussian, IsotropicGaussian};
use saddlepoint_theory::bounds::pac_bayes::{GibbsRisk, Moment};
use saddlepoint_theory::bounds::split::Split;

#[test]
fn certificates_are_rounded_up() {
    for line in include_str!("dziugaite_roy.csv").lines().skip(1) {
        let (kind, numbers) = line.split_once(',').unwrap();
        let numbers: Vec<f64> = numbers.split(',').map(|x| x.parse().unwrap()).collect();
        let [size, mean, spread, exponent, gibbs, n, delta, divergence, value] = numbers[..] else {
            panic!("{line}")
        };
        // The nearest float of a decimal may be above it.
        let close =
            |found: f64, exact: f64, digits: f64| found >= exact.next_down() && found <= exact * (1.0 + digits);
        if kind == "bernstein" {
            let bound = EmpiricalBernstein::new(mean, spread, n as u64, delta).unwrap().evaluate();
            assert!(close(bound.value(), value, 1e-14), "{line}: {bound}");
            continue;
        }
        let posterior = DiagonalGaussian::new(vec![mean; size as usize], vec![spread; size as usize]).unwrap();
        let prior = IsotropicGaussian::new(vec![0.0; size as usize], exponent.exp2()).unwrap();
        let kl = posterior.divergence(&prior).unwrap().get();
        assert!(close(kl, divergence, 1e-12), "{line}: {kl}");
        let steps = 1.0 / std::f64::consts::LN_2;
        let grid = PriorGrid::new(vec![0.0; size as usize], (exponent + 1.0).exp2(), steps).unwrap();
        let split = Split::unseen(n as u64).unwrap();
        let gibbs = GibbsRisk::exact(gibbs).unwrap();
        let bound = DziugaiteRoy::new(gibbs, &posterior, &grid, 1, split, delta, Moment::TwoRoots).unwrap();
        let found = bound.evaluate().value();
        assert!((found / value - 1.0).abs() < 1e-12, "{line}: {found}");
    }
}
