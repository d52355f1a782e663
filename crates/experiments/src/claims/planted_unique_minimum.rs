//! With enough samples the empirical risk has one minimum as well; with too few it has many, or none.

use saddlepoint_landscape::descent::End;
use saddlepoint_models::random::Stream;
use serde::{Deserialize, Serialize};

use super::planted_erm_rate::{distance, search};
use super::planted_uniform_convergence::{draw, in_ball, planted};
use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement};

/// The claim `planted-unique-minimum`.
pub struct PlantedUniqueMinimum;

/// Minimize the empirical risk of one sample from many starts.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    samples: usize,
    starts: usize,
    seed: u64,
}

/// Where the searches end.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// Different ends, counted up to `1e-5`, among those of length at most 50.
    limits: usize,
    /// Searches that ran farther than 50 from the origin.
    escaped: usize,
    /// Searches within that length that did not end at a critical point.
    lost: usize,
    /// The lengths of the ends.
    lengths: Vec<f64>,
}

const DIMENSION: usize = 10;
const FAR: f64 = 50.0;

impl Claim for PlantedUniqueMinimum {
    const CARD: Card = Card {
        id: "planted-unique-minimum",
        version: 1,
        title: "With thirty samples a dimension, the empirical risk of a planted neuron has one minimum",
        statement: "In the planted model with $n \\ge C d\\log d$ the empirical risk has, with high probability, a unique local \
            minimum in the ball, to which descent converges from everywhere. Tested in $d = 10$ with $\\lVert w^*\\rVert = 1$: \
            quasi-Newton searches from fifteen random starts in the ball of radius 3 end at one point for every sample with \
            $n \\ge 30d$.\n\n\
            The hypothesis is needed. With $n = 6d$ and fewer the labels of most samples are nearly separable: there is a direction \
            along which the risk decreases without end, and searches run to infinity. A search that is stopped on its way seems to \
            have found one of many minima.",
        sources: &[Source {
            citation: "Mei, Bai, Montanari, The landscape of empirical risk for non-convex losses, Annals of Statistics 46, 2018, \
                theorem 4",
            identifier: Some("arXiv:1607.06534"),
        }],
        hypotheses: &["standard normal inputs, labels from a neuron of the same kind", "$n \\ge 30 d$"],
        kind: Kind::Statistical,
        tags: &["landscape", "planted", "minima"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let (sets, starts) = profile.pick((5, 15), (5, 15), (50, 50));
        let sizes = [1000, 300, 120, 60, 30].into_iter().flat_map(|samples| (0..sets).map(move |_| samples));
        sizes.zip(seed..).map(|(samples, seed)| Task { samples, starts, seed }).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let mut stream = Stream::new(task.seed);
        let sample = draw(&planted(DIMENSION)?, task.samples, &mut stream)?;
        let mut ends: Vec<Vec<f64>> = Vec::new();
        let (mut lengths, mut escaped, mut lost) = (Vec::new(), 0, 0);
        for _ in 0..task.starts {
            lab.go_on()?;
            let found = search()?.run(&sample, &in_ball(DIMENSION, &mut stream))?;
            let length = distance(&found.point, &[0.0; DIMENSION]);
            lengths.push(length);
            if length > FAR {
                escaped += 1;
            } else if found.end != End::Critical {
                lost += 1;
            } else if ends.iter().all(|end| distance(end, &found.point) > 1e-5) {
                ends.push(found.point);
            }
        }
        Ok(Outcome { limits: ends.len(), escaped, lost, lengths })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        for samples in [1000, 300] {
            let sets = || evidence.iter().filter(|e| e.task.samples == samples);
            let unique = sets().filter(|e| e.outcome.limits == 1 && e.outcome.escaped + e.outcome.lost == 0);
            checks.push(Check::equal(
                format!("samples of size {samples} with one limit for all starts, of {}", sets().count()),
                unique.count(),
                sets().count(),
            ));
        }
        // The other side of the threshold: what the hypothesis excludes does happen.
        let outside = evidence.iter().filter(|e| e.task.samples < 100);
        let several = outside.filter(|e| e.outcome.limits > 1 || e.outcome.escaped > 0).count();
        checks.push(Check::at_least(
            "samples of size 60 or 30 with several limits, or runs to infinity",
            several as f64,
            1.0,
        ));
        Judgement::from_checks("With thirty samples a dimension every start leads to the same minimum.", checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let over = |y: fn(&Outcome) -> usize| {
            evidence.iter().map(move |e| (e.task.samples as f64, y(&e.outcome) as f64))
        };
        vec![
            Figure::new(
                "limits",
                "Where fifteen searches end",
                "With 300 samples and more all end at one minimum. With fewer, searches from some or all starts run away: the risk decreases to infinity.",
                Axis::logarithmic("samples n (d = 10)"),
                Axis::linear("of the searches from random starts"),
            )
            .points("different limits", over(|o| o.limits))
            .points("escapes to infinity", over(|o| o.escaped)),
        ]
    }
}
