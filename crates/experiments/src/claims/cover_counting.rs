//! Cover's count of the dichotomies of points in general position.

use num_traits::ToPrimitive;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::expressivity::dichotomies::Vectors;
use saddlepoint_theory::expressivity::zaslavsky::central;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement};

/// The claim `cover-counting`.
pub struct CoverCounting;

/// Points to be separated.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "points", rename_all = "kebab-case")]
pub enum Task {
    /// Gaussian ones.
    Gaussian {
        /// Of this space.
        dimension: usize,
        /// How many.
        number: usize,
        /// Seed of the first set.
        seed: u64,
        /// How many sets.
        sets: u64,
    },
    /// Three of four on a line, or all.
    Collinear {
        /// How many are on the line.
        on_line: usize,
    },
}

/// What was counted in one set of points, or in the one of several that differs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// Dichotomies found by search, one number a set.
    found: Vec<u64>,
    /// The same by Whitney's theorem.
    counted: Vec<u64>,
    /// Cover's number for as many points in general position.
    cover: u64,
    /// Sets that are not in general position.
    degenerate: u64,
    /// Certificates that do not hold.
    unproved: u64,
}

/// Dimensions, points and dichotomies of the catalogue.
const REFERENCE: [(usize, usize, u64); 7] =
    [(2, 4, 14), (2, 5, 22), (2, 6, 32), (2, 8, 58), (3, 5, 30), (3, 7, 84), (1, 5, 10)];

/// Gaussian points on a grid of 2⁻²⁰, as integers: what is decided is decided exactly for them.
pub fn gaussian(dimension: usize, number: usize, seed: u64) -> Vec<Vec<i64>> {
    let mut stream = Stream::new(seed);
    let mut coordinate = |_| (stream.normal() * 2f64.powi(20)).round() as i64;
    (0..number).map(|_| (0..dimension).map(&mut coordinate).collect()).collect()
}

impl Claim for CoverCounting {
    const CARD: Card = Card {
        id: "cover-counting",
        version: 1,
        title: "Points in general position have exactly as many dichotomies as Cover says",
        statement: r"Let $n$ points of $\mathbb R^d$ be in general position: no $k+2$ of them in a flat of dimension $k<d$.
            Hyperplanes separate them in exactly
            $$2\sum_{k=0}^d\binom{n-1}k$$
            ways, whatever the points; points that are not in general position have fewer. All $2^n$ dichotomies are
            separable up to $n=d+1$, exactly half of them at $n=2(d+1)$: the capacity of a threshold unit is two points a
            weight.

            Here: Gaussian points on a fine grid, whose position is checked exactly; each dichotomy is found with integer
            weights and each dead end refuted by a certificate, and all are counted once more by Whitney's theorem.",
        sources: &[Source {
            citation: "Cover 1965, Geometrical and statistical properties of systems of linear inequalities with applications \
                       in pattern recognition, theorem 1",
            identifier: Some("doi:10.1109/PGEC.1965.264137"),
        }],
        hypotheses: &["the points are in general position, which is checked"],
        kind: Kind::Exact,
        tags: &["expressivity", "perceptron", "capacity"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let sets = profile.pick(1, 10, 100);
        let more: &[(usize, usize)] =
            profile.pick(&[], &[(1, 2), (1, 8), (2, 3), (3, 4), (3, 8), (4, 8)], &[(4, 10), (5, 10), (5, 12)]);
        let shapes = REFERENCE.iter().map(|(d, n, _)| (*d, *n)).chain(more.iter().copied());
        let random = shapes.map(|(dimension, number)| {
            let seed = seed + 100 * dimension as u64 + 10_000 * number as u64;
            Task::Gaussian { dimension, number, seed, sets }
        });
        random.chain([3, 4].map(|on_line| Task::Collinear { on_line })).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let sets: Vec<Vec<Vec<i64>>> = match *task {
            Task::Gaussian { dimension, number, seed, sets } => {
                (seed..seed + sets).map(|seed| gaussian(dimension, number, seed)).collect()
            }
            Task::Collinear { on_line } => {
                vec![(0..4).map(|i| vec![i, if (i as usize) < on_line { 2 * i } else { 1 }]).collect()]
            }
        };
        let (mut found, mut counted) = (Vec::new(), Vec::new());
        let (mut cover, mut degenerate, mut unproved) = (0, 0, 0);
        for points in &sets {
            let vectors = Vectors::affine(points)?;
            let (mut search, mut dichotomies) = (vectors.dichotomies(), 0);
            while search.next().is_some() {
                lab.go_on()?;
                // Each with its sides exchanged.
                dichotomies += 2;
            }
            found.push(dichotomies);
            counted.push(vectors.without_broken_circuit().count() as u64);
            unproved += search.unproved();
            degenerate += u64::from(vectors.in_general_position().is_err());
            cover = central(points[0].len() as u32 + 1, points.len() as u32).to_u64().unwrap_or(u64::MAX);
        }
        Ok(Outcome { found, counted, cover, degenerate, unproved })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        let unproved: u64 = evidence.iter().map(|e| e.outcome.unproved).sum();
        checks.push(Check::equal("certificates that fail", unproved, 0));
        for Evidence { task, outcome } in evidence {
            let (name, expected, degenerate) = match *task {
                Task::Gaussian { dimension, number, .. } => {
                    let known = REFERENCE.iter().find(|known| (known.0, known.1) == (dimension, number));
                    let expected = known.map_or(outcome.cover, |known| known.2);
                    (format!("{number} points, d = {dimension}"), expected, 0)
                }
                Task::Collinear { on_line } => {
                    (format!("4 points, {on_line} on a line"), if on_line == 3 { 12 } else { 8 }, 1)
                }
            };
            let differ = |counts: &[u64]| counts.iter().filter(|count| **count != expected).count();
            checks.push(Check::equal(
                format!("sets with not {expected} dichotomies found, {name}"),
                differ(&outcome.found),
                0,
            ));
            checks.push(Check::equal(format!("the same by Whitney, {name}"), differ(&outcome.counted), 0));
            checks.push(Check::equal(
                format!("sets not in general position, {name}"),
                outcome.degenerate,
                degenerate,
            ));
            if degenerate > 0 {
                checks.push(Check::at_least(
                    format!("Cover's number less the dichotomies, {name}"),
                    outcome.cover as f64 - expected as f64,
                    1.0,
                ));
            }
        }
        Judgement::from_checks(
            "Every set in general position has Cover's number, and collinear points have fewer.",
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let fraction = |d: u32, n: u32| {
            let all = f64::from(n).exp2();
            (f64::from(n) / f64::from(d + 1), central(d + 1, n).to_f64().unwrap_or(f64::NAN) / all)
        };
        let measured = evidence.iter().filter_map(|e| match e.task {
            Task::Gaussian { dimension, number, .. } => Some((
                number as f64 / (dimension + 1) as f64,
                *e.outcome.found.first()? as f64 / (number as f64).exp2(),
            )),
            Task::Collinear { .. } => None,
        });
        let figure = Figure::new(
            "capacity",
            "Two points a weight",
            "The part of all dichotomies that a hyperplane makes, against points for each weight. At two points a weight it is exactly one half in every dimension, and in high dimensions it drops from one to nothing there.",
            Axis::linear("points over weights n/(d + 1)"),
            Axis::linear("separable part of the dichotomies"),
        );
        let figure = [1, 3, 10, 100].into_iter().fold(figure, |figure, d| {
            figure.reference(format!("Cover, d = {d}"), (1..=4 * (d + 1)).map(|n| fraction(d, n)))
        });
        vec![figure.points("counted", measured)]
    }
}
