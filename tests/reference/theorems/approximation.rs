//! The catalogue's errors of constructed approximations: bumps, interpolants, the square by depth, trees and grids.

use std::f64::consts::TAU;

use num_bigint::BigInt;
use num_rational::BigRational;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::expressivity::Scalar;
use saddlepoint_theory::expressivity::bumps::{Bump, staircase};
use saddlepoint_theory::expressivity::compositional::{Bilinear, multilinear_tree, tree};
use saddlepoint_theory::expressivity::interpolation::Interpolant;
use saddlepoint_theory::expressivity::sigmoidal::Staircase;
use saddlepoint_theory::expressivity::yarotsky::Square;

fn wave(x: f64) -> f64 {
    (TAU * x).sin()
}

/// 1,000 points from −3 to 3, as numpy spaces them.
fn line() -> impl Iterator<Item = f64> {
    (0..1000).map(|i| if i == 999 { 3.0 } else { f64::from(i) * (6.0 / 999.0) - 3.0 })
}

#[test]
fn bumps_in_double_precision() {
    let bump = Bump::new(0.0, 1.0, 1.3, 1e-7).unwrap();
    let worst = |keep: &dyn Fn(&f64) -> bool, target: f64| -> f64 {
        line().filter(keep).map(|x| (bump.evaluate(x) - target).abs()).fold(0.0, f64::max)
    };
    assert!((worst(&|x| bump.on_plateau(x), 1.3) - 6.843e-10).abs() < 1e-13);
    assert!((worst(&|x| bump.is_outside(x), 0.0) - 2.886579864e-9).abs() < 1e-17);
    let bumps = [(-1.0, 0.4), (0.0, 1.3), (1.0, 0.8)].map(|(a, h)| Bump::new(a, a + 1.0, h, 1e-7).unwrap());
    for (x, value) in [(-0.5, 0.4), (0.5, 1.3), (1.5, 0.8)] {
        assert!((bumps.iter().map(|bump| bump.evaluate(x)).sum::<f64>() - value).abs() < 1e-9);
    }
}

#[test]
fn bumps_in_single_precision() {
    for (ramp, error) in [
        (1e-3f32, 1.5497206e-4),
        (1e-4, 1.5497208e-3),
        (1e-5, 1.7654896e-3),
        (1e-6, 1.7262697e-2),
        (1e-7, 1.5497206),
    ] {
        let bump = Bump::new(0.0f32, 1.0, 1.3, ramp).unwrap();
        let off = |x: f32| {
            let target = if bump.on_plateau(&x) { 1.3 } else { 0.0 };
            let ramps = !bump.on_plateau(&x) && !bump.is_outside(&x);
            if ramps { 0.0 } else { (bump.evaluate(x) - target).abs() }
        };
        let worst = line().map(|x| off(x as f32)).fold(0.0, f32::max);
        assert!((f64::from(worst) / error - 1.0).abs() < 1e-7, "ε = {ramp}: {worst}");
    }
}

#[test]
fn staircases_for_a_wave() {
    let ramp = BigRational::new(1.into(), BigInt::from(1) << 40);
    for (n, error) in
        [(8u32, 0.382683432), (16, 0.195090322), (32, 0.0980171404), (64, 0.0490676744), (128, 0.0245412286)]
    {
        let heights: Vec<BigRational> = (0..n)
            .map(|k| BigRational::from_float(wave((f64::from(k) + 0.5) / f64::from(n))).unwrap())
            .collect();
        let bumps = staircase(&heights, &ramp).unwrap();
        let mut worst: f64 = 0.0;
        for k in 0..n {
            // The wave is monotone in each cell, so that the ends of the plateaus are the worst; only neighbours reach there.
            for x in [BigRational::new(k.into(), n.into()) + &ramp, BigRational::new((k + 1).into(), n.into())]
            {
                let near = &bumps[k.saturating_sub(1) as usize..=k as usize];
                let value =
                    near.iter().map(|bump| bump.evaluate(x.clone())).fold(0.0, |sum, v| sum + v.to_f64());
                worst = worst.max((value - wave(x.to_f64())).abs());
            }
        }
        assert!((worst - error).abs() < 1e-8, "N = {n}: {worst}");
    }
}

#[test]
fn interpolants_of_a_wave_and_of_the_square() {
    for (n, error) in [
        (8, 7.037762e-2),
        (16, 1.884631e-2),
        (32, 4.792099e-3),
        (64, 1.203093e-3),
        (128, 3.010906e-4),
        (256, 7.529242e-5),
    ] {
        let f = Interpolant::of(n, wave).unwrap();
        let points = (0..=1 << 14).map(|i| f64::from(i) / f64::from(1 << 14));
        let worst = points.map(|x| (f.network(x) - wave(x)).abs()).fold(0.0, f64::max);
        assert!((worst / error - 1.0).abs() < 1e-4, "N = {n}: {worst}");
        let square = Interpolant::of(n, |x: f64| x * x).unwrap();
        let middles = (0..n).map(|k| (f64::from(k) + 0.5) / f64::from(n));
        let worst = middles.map(|x| square.network(x) - x * x).fold(0.0, f64::max);
        assert!((worst - 0.25 / f64::from(n * n)).abs() < 1e-12, "x², N = {n}: {worst}");
    }
}

#[test]
fn sigmoids_for_a_wave() {
    let error = |units, steepness| {
        let network = Staircase::of(units, steepness, wave).unwrap();
        let points = (0..=20_000).map(|i| f64::from(i) / 20_000.0);
        points.map(|x| (network.network(x) - wave(x)).abs()).fold(0.0, f64::max)
    };
    for (units, known) in [
        (8, 8.950510e-2),
        (16, 4.642906e-2),
        (32, 2.372716e-2),
        (64, 1.192835e-2),
        (128, 5.972296e-3),
        (256, 2.987164e-3),
    ] {
        assert!((error(units, 4.0) / known - 1.0).abs() < 1e-6, "{units} units");
    }
    assert!((error(16, 0.25) - 0.8376).abs() < 5.1e-5);
}

/// Kinks off the knots: the rate is that of the function's Hölder exponent.
#[test]
fn interpolants_of_kinks() {
    let error = |n: u32, f: fn(f64) -> f64| {
        let interpolant = Interpolant::of(n, f).unwrap();
        let points = (0..=3 << 14).map(|i| f64::from(i) / f64::from(3 << 14));
        points.map(|x| (interpolant.network(x) - f(x)).abs()).fold(0.0, f64::max)
    };
    let rate = |n, f| (error(n, f) / error(2 * n, f)).log2();
    for n in [32, 64, 128] {
        let (root, corner) = (rate(n, |x| (x - 1.0 / 3.0).abs().sqrt()), rate(n, |x| (x - 1.0 / 3.0).abs()));
        assert!((0.499..0.514).contains(&root), "N = {n}: {root}");
        assert!((corner - 1.0).abs() < 1e-3, "N = {n}: {corner}");
    }
}

#[test]
fn the_square_by_depth() {
    for m in 0..=8 {
        let square = Square::new(m).unwrap();
        let points =
            (0..=1u32 << 20).step_by(if m == 8 { 1 } else { 16 }).map(|j| f64::from(j) / f64::from(1 << 20));
        let errors: Vec<f64> = points.map(|x| square.evaluate(x) - x * x).collect();
        assert!(errors.iter().all(|e| *e >= 0.0));
        assert_eq!(errors.into_iter().fold(0.0, f64::max), 0.25f64.powi(m as i32 + 1), "m = {m}");
    }
    assert_eq!(Square::new(8).unwrap().error(), 3.814697265625e-06);
}

#[test]
fn trees_and_grids() {
    let smooth = |a: f64, b: f64| (1.5 * a + 0.5).sin() * (b - 0.3).cos();
    let mut stream = Stream::new(11);
    let points: Vec<Vec<f64>> =
        (0..4000).map(|_| (0..8).map(|_| 2.0 * stream.uniform() - 1.0).collect()).collect();
    let worst = |approximation: &dyn Fn(&[f64]) -> f64| {
        points.iter().map(|x| (approximation(x) - tree(x, smooth).unwrap()).abs()).fold(0.0, f64::max)
    };
    for (cells, error) in [
        (4, 1.545526811e-1),
        (8, 4.708391654e-2),
        (16, 1.220544032e-2),
        (32, 3.490757585e-3),
        (64, 8.416104505e-4),
        (128, 1.853482476e-4),
    ] {
        let node = Bilinear::of(cells, smooth).unwrap();
        let found = worst(&|x| tree(x, |a, b| node.at(a, b)).unwrap());
        assert!((found / error - 1.0).abs() < 1e-9, "{cells} cells, tree: {found}");
    }
    for (cells, error) in
        [(1, 0.6995810), (2, 0.5476459), (3, 0.1875174), (4, 0.2241225), (5, 0.1956809), (6, 0.1009342)]
    {
        let found = worst(&|x| multilinear_tree(x, cells, smooth).unwrap());
        assert!((found - error).abs() < 5.1e-8, "{cells} cells, grid: {found}");
    }
}
