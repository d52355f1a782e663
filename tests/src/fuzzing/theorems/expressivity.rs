//! What networks can compute.

use nalgebra::DVector;
use num_bigint::BigUint;
use num_rational::BigRational;
use saddlepoint_theory::expressivity::barron::{self, Wave};
use saddlepoint_theory::expressivity::breakpoints::Breakpoints;
use saddlepoint_theory::expressivity::bumps::{Bump, staircase};
use saddlepoint_theory::expressivity::compositional::{Bilinear, multilinear, multilinear_tree, tree};
use saddlepoint_theory::expressivity::depth_separation::{self, l1_error_at_least, shallow_units_at_least};
use saddlepoint_theory::expressivity::dichotomies::Vectors;
use saddlepoint_theory::expressivity::hanin_rolnick::first_layer_breakpoints;
use saddlepoint_theory::expressivity::interpolation::Interpolant;
use saddlepoint_theory::expressivity::memorizer::Memorizer;
use saddlepoint_theory::expressivity::montufar::{
    folding_network, folding_network_on_a_line, maximal_regions_at_least,
};
use saddlepoint_theory::expressivity::perceptron::Perceptron;
use saddlepoint_theory::expressivity::piecewise_linear::PiecewiseLinear;
use saddlepoint_theory::expressivity::regions::{Rectangle, Regions};
use saddlepoint_theory::expressivity::relu_network::ReluNetwork;
use saddlepoint_theory::expressivity::ridge;
use saddlepoint_theory::expressivity::sawtooth::Sawtooth;
use saddlepoint_theory::expressivity::segmented_fit::least_absolute_errors;
use saddlepoint_theory::expressivity::separation::Separation;
use saddlepoint_theory::expressivity::serra::maximal_regions_at_most;
use saddlepoint_theory::expressivity::sigmoidal::Staircase;
use saddlepoint_theory::expressivity::threshold_order::BooleanFunction;
use saddlepoint_theory::expressivity::yarotsky::Square;
use saddlepoint_theory::expressivity::zaslavsky;

use super::{Theorem, at_least, done, finite};
use crate::fuzzing::bits::Bits;

/// A hidden layer of a few units and one output.
pub(super) fn relu_network(b: &mut Bits, inputs: usize) -> Option<ReluNetwork> {
    let (units, biased) = (1 + b.few(), b.flag());
    let mut layer = |rows, columns| {
        let weights = b.shaped(rows, columns);
        (weights, if biased { b.vector(rows) } else { DVector::zeros(rows) })
    };
    ReluNetwork::new(vec![layer(units, inputs), layer(1, units)]).ok()
}

fn rational(b: &mut Bits) -> Option<BigRational> {
    BigRational::from_float(b.number())
}

fn rationals(b: &mut Bits, count: usize) -> Option<Vec<BigRational>> {
    (0..count).map(|_| rational(b)).collect()
}

/// Functions on one line: knots are steps away from each other.
fn piecewise(b: &mut Bits) -> Option<[PiecewiseLinear; 2]> {
    let mut knots = rationals(b, 1)?;
    for _ in 0..b.few() {
        knots.push(rational(b)? + &knots[knots.len() - 1]);
    }
    let [f, g] = [rationals(b, knots.len())?, rationals(b, knots.len())?];
    Some([PiecewiseLinear::interpolate(knots.clone(), f).ok()?, PiecewiseLinear::interpolate(knots, g).ok()?])
}

/// Whole numbers, most of them small.
fn integers(b: &mut Bits, count: usize) -> Vec<i64> {
    (0..count).map(|_| if b.flag() { i64::from(b.byte()) - 128 } else { b.word() as i64 }).collect()
}

/// Points and their sides.
fn sides(b: &mut Bits) -> (Vec<Vec<i64>>, Vec<bool>) {
    let features = b.list(|b| integers(b, 2));
    let sides = b.flags(features.len());
    (features, sides)
}

fn widths(b: &mut Bits) -> Vec<u32> {
    b.list(Bits::narrow)
}

pub(super) const TABLE: &[Theorem] = &[
    |b| {
        let d = 1 + b.few() % 2;
        let waves = b.list(|b| Wave { amplitude: b.number(), frequency: b.exactly(d), phase: b.number() });
        let points = b.list(|b| b.exactly(d));
        let weights = b.exactly(points.len());
        let target = barron::Target::new(waves, &points, &weights, b.number()).ok()?;
        let mut stream = b.stream();
        let _ = (target.draw(|| stream.uniform()), target.greedy(target.constant()).nth(2));
        at_least(0.0, target.error_bound(1 + b.few()))
    },
    |b| {
        let network = relu_network(b, 1)?;
        done(Breakpoints::<f64>::of(&network, b.number(), b.number()))
    },
    |b| {
        let network = relu_network(b, 1)?;
        done(Breakpoints::exactly(&network, rational(b)?, rational(b)?).ok()?.output(0))
    },
    |b| at_least(0.0, Bump::new(b.number(), b.number(), b.number(), b.number()).ok()?.l1_error()),
    |b| done(staircase(&b.numbers(), &b.number())),
    |b| done(tree(&b.numbers(), |a, b| a * b)),
    |b| {
        let grid = Bilinear::of(b.size(), |a, b| a * b).ok()?;
        let [x, y] = b.array();
        (!grid.at(x, y).is_nan() || x.is_nan() || y.is_nan()).then_some(())
    },
    |b| done(multilinear(&b.numbers(), b.size(), |x| x.iter().product())),
    |b| done(multilinear_tree(&b.numbers(), b.size(), |a, b| a * b)),
    |b| done(l1_error_at_least(b.narrow(), &BigUint::from(b.count()))),
    |b| done(shallow_units_at_least(b.narrow())),
    |b| done(depth_separation::Separation::new(b.narrow())),
    |b| {
        let vectors = Vectors::new(b.list(|b| integers(b, 3))).ok()?;
        let _ = vectors.in_general_position();
        at_least(0.0, vectors.dichotomies().count() as f64)
    },
    |b| done(Vectors::affine(&b.list(|b| integers(b, 2)))),
    |b| done(Vectors::cube(b.size())),
    |b| at_least(0.0, first_layer_breakpoints(b.number(), b.number(), b.number(), b.number()).ok()?),
    |b| {
        let f = Interpolant::new(b.numbers()).ok()?;
        finite(&[f.network(0.5)])
    },
    |b| done(Interpolant::of(b.narrow(), |x: f64| x * x)),
    |b| {
        let d = 1 + b.few() % 2;
        let labels = b.numbers();
        let points = b.exactly(d * labels.len());
        let fitted = Memorizer::fit(&points, &labels, &b.exactly(d), b.number()).ok()?;
        done(fitted.evaluate_all(&points))
    },
    |b| {
        let labels = b.numbers();
        let points = b.exactly(labels.len());
        done(Memorizer::fit_from(&points, &labels, &[1.0], b.number(), b.number()))
    },
    |b| done(maximal_regions_at_least(b.narrow(), &widths(b))),
    |b| done(maximal_regions_at_most(b.narrow(), &widths(b))),
    |b| done(folding_network(&widths(b))),
    |b| done(folding_network_on_a_line(&widths(b))),
    |b| {
        let (features, sides) = sides(b);
        let perceptron = Perceptron::new(features, sides).ok()?;
        let run = perceptron.learn(20);
        assert_eq!(
            perceptron.separation().separates(&run.weights),
            perceptron.mistake_bound(&run.weights).is_ok()
        );
        Some(())
    },
    |b| {
        let (features, sides) = sides(b);
        done(Separation::new(features, sides))
    },
    |b| {
        let [f, g] = piecewise(b)?;
        let _ = (f.minus(&g), f.relu(), f.absolute(), f.restricted(&rational(b)?, &rational(b)?));
        done(f.l1_distance(&g))
    },
    |b| done(PiecewiseLinear::identity(rational(b)?, rational(b)?)),
    |b| {
        let network = relu_network(b, 2)?;
        let regions = Regions::of(&network, Rectangle::new(b.array(), b.array()).ok()?).ok()?;
        at_least(1.0, regions.affine_pieces() as f64)
    },
    |b| {
        let network = relu_network(b, 2)?;
        let _ = (network.first(b.size()), network.pattern(&b.exactly(2)));
        done(network.value(&b.exactly(2)))
    },
    |b| {
        let (widths, mut stream) = (b.list(Bits::few), b.stream());
        done(ReluNetwork::he_normal(&widths, b.number(), &mut || stream.normal()))
    },
    |b| done(ridge::product(&b.numbers())),
    |b| done(Sawtooth::new(b.narrow().min(8)).ok()?.on_unit_interval()),
    |b| done(Sawtooth::new(b.narrow())),
    |b| {
        least_absolute_errors(&b.numbers(), b.size(), b.size()).ok()?.iter().try_for_each(|&e| at_least(0.0, e))
    },
    |b| at_least(0.0, Staircase::new(b.numbers(), b.number()).ok()?.error_bound(b.number()).ok()?),
    |b| done(Staircase::of(b.narrow(), b.number(), f64::sin)),
    |b| {
        let (variables, table) = (b.few() % 4, b.byte());
        done(BooleanFunction::new(variables, |at| table >> (at % 8) & 1 == 1).ok()?.order(&[]))
    },
    |b| done(BooleanFunction::parity(b.size())),
    |b| done(BooleanFunction::connected(b.size(), b.size())),
    |b| finite(&[Square::new(b.narrow()).ok()?.evaluate(0.25)]),
    |b| {
        let (dimension, planes) = (b.narrow() % 1000, b.narrow() % 1000);
        (zaslavsky::in_general_position(dimension, planes) >= zaslavsky::central(dimension, planes))
            .then_some(())
    },
];
