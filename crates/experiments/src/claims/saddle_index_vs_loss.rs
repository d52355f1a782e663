//! The higher the loss of a critical point, the more directions lead down.

mod figures;

use std::collections::BTreeMap;

use nalgebra::{DMatrix, DVector};
use saddlepoint_landscape::analytic::baldi_hornik::Strata;
use saddlepoint_landscape::analytic::{Activation, HiddenLayer, TwoLayerLinear};
use saddlepoint_landscape::critical::search::{Criteria, Ending, LevenbergMarquardt, Search};
use saddlepoint_landscape::critical::{classify, krawczyk, symmetry};
use saddlepoint_landscape::descent::{GradientDescent, StopRule};
use saddlepoint_landscape::objective::Objective;
use saddlepoint_models::random::Stream;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::correlation::{pooled_permutation_p, spearman};
use crate::figure::Figure;
use crate::verdict::{Check, Judgement, maximum};

/// The claim `saddle-index-vs-loss`.
pub struct SaddleIndexVsLoss;

/// One task.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Task {
    /// Every stratum of critical points of a two-layer linear network with `λ = d, …, 1`.
    Linear {
        /// Inputs and outputs.
        outputs: usize,
        /// Hidden units.
        width: usize,
    },
    /// Searches from points near descents of a tanh network.
    Tanh {
        /// Hidden units.
        units: usize,
        /// Samples.
        samples: usize,
        /// Starts.
        starts: usize,
        /// Seed of data and starts.
        seed: u64,
    },
}

/// Critical points of the same loss and inertia, up to the exchange and the signs of units.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Class {
    /// The loss.
    loss: f64,
    /// The index.
    index: usize,
    /// Zero eigenvalues.
    zeros: usize,
}

/// What a task measures.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Outcome {
    /// The strata.
    Linear {
        /// `(loss, index)` of each.
        strata: Vec<(f64, f64)>,
        /// Rank correlation of loss and index.
        correlation: f64,
        /// Strata without a negative eigenvalue.
        minima: usize,
        /// The largest index, as a share of the number of parameters.
        largest: f64,
    },
    /// The search.
    Tanh {
        /// Searches that ended critical, gradient-flat and neither.
        endings: [usize; 3],
        /// Critical points that no symmetry of units maps to each other.
        distinct: usize,
        /// Those without zero eigenvalues.
        regular: usize,
        /// Those of them that are certified to be alone in a box, with their index.
        certified: usize,
        /// Classes of loss and inertia.
        classes: Vec<Class>,
        /// Rank correlation of loss and index over the classes, NaN where all have one index.
        #[serde(with = "crate::number")]
        correlation: f64,
    },
}

/// Sizes, numbers of strata and rank correlations, from the catalogue (scipy).
const STRATA: [(usize, usize, usize, f64); 4] =
    [(3, 2, 7, 1.0), (5, 3, 26, 0.997934), (8, 4, 163, 0.998545), (10, 5, 638, 0.998454)];

/// Of the search: gradients below this are critical, and beyond the bound a point is on its way to infinity. Flat is a
/// gradient of which the Hessian sees less than a thousandth.
const CRITERIA: Criteria = Criteria { steps: 300, gradient_norm: 1e-12, bound: 50.0, flatness: 1e-3 };

/// Size of the noise by which a start is moved off the descent.
const NOISE: f64 = 0.1;

/// Data sets without which the search decides nothing: a single one may have any correlation.
const SETS: u64 = 8;

/// Eigenvalues below this share of the largest count as zero.
const ZERO: f64 = 1e-7;

impl Claim for SaddleIndexVsLoss {
    const CARD: Card = Card {
        id: "saddle-index-vs-loss",
        version: 2,
        title: "Critical points of higher loss have more descent directions",
        statement: "Over the critical points of a network's loss, the index (the number of negative eigenvalues of the Hessian) \
            grows with the loss.\n\n\
            Exact: the two-layer linear network has one stratum of critical points for each set of at most $p$ of $d$ principal \
            directions; loss and index are known in closed form, and their rank correlation is above $0.99$. One stratum is the \
            minimum, all others are strict saddles, and the largest index is half the number of parameters.\n\n\
            By search: a tanh network with three hidden units. Levenberg-Marquardt descent on the squared gradient, from points near \
            gradient descents as Dauphin et al. start theirs, ends in critical points of many indices, and often in gradient-flat \
            points, where the gradient lies in the kernel of the Hessian: these are no critical points and are counted apart. Most \
            critical points are degenerate (duplicated or dead units); the others get a certificate each.\n\n\
            For a single data set the rank correlation over classes of loss and index is anything from about $0$ to $0.9$, because \
            duplicated units give one loss several indices. So eight data sets are judged together, by a permutation test \
            within each. This design was chosen after a first one, with 300 starts from $N(0, I)$ on one data set, had met a rank \
            correlation of $0.4$ for one seed of three only. How many data sets meet the first criterion by themselves, a rank \
            correlation above $0.4$ that a permutation test finds significant at $0.01$, is shown and not judged: among the seeds \
            $0$ to $11$ four do.",
        sources: &[
            Source {
                citation: "Dauphin, Pascanu, Gulcehre, Cho, Ganguli, Bengio, Identifying and attacking the saddle point problem in high-dimensional non-convex optimization, NIPS 2014",
                identifier: Some("arXiv:1406.2572"),
            },
            Source {
                citation: "Frye, Simon, Wadia, Ligeralde, DeWeese, Bouchard, Critical point-finding methods reveal gradient-flat regions of deep network losses, Neural Computation 33, 2021",
                identifier: Some("arXiv:2003.10397"),
            },
        ],
        hypotheses: &[
            "linear part: whitened inputs, targets with $\\lambda = d, \\dots, 1$",
            "search: inputs $x \\sim N(0, I_2)$, targets $\\sin(1.5x_1)x_2 + 0.3\\xi$, half mean squared error; descents from $\\theta \\sim N(0, I)$ with step $0.1$ for 1 to 1000 steps, then noise of size $0.1$",
        ],
        kind: Kind::Statistical,
        tags: &["landscape", "saddles", "certificate"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let linear = STRATA.map(|(outputs, width, ..)| Task::Linear { outputs, width });
        let tanh = |units, samples, starts, sets| {
            (0..sets).map(move |k| Task::Tanh { units, samples, starts, seed: seed + k }).collect::<Vec<_>>()
        };
        let searches = profile.pick(
            tanh(3, 20, 40, 2),
            tanh(3, 20, 150, SETS),
            [tanh(3, 20, 300, 4 * SETS), tanh(4, 30, 300, SETS)].concat(),
        );
        linear.into_iter().chain(searches).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        match *task {
            Task::Linear { outputs, width } => {
                let roots = DVector::from_fn(outputs, |i, _| ((outputs - i) as f64).sqrt());
                let (inputs, targets) = (DMatrix::identity(outputs, outputs), DMatrix::from_diagonal(&roots));
                let network = TwoLayerLinear::new(inputs, targets, width)?;
                let strata = Strata::of(&network)?;
                let points = strata
                    .all()
                    .into_iter()
                    .map(|set| Ok((strata.loss(&set)?, strata.inertia(&set)?.negative as f64)));
                let points = points.collect::<Result<Vec<_>, Failure>>()?;
                let indices = || points.iter().map(|point| point.1);
                Ok(Outcome::Linear {
                    correlation: spearman(&rounded(&points)),
                    minima: indices().filter(|index| *index == 0.0).count(),
                    largest: indices().fold(0.0, maximum) / network.dimension() as f64,
                    strata: points,
                })
            }
            Task::Tanh { units, samples, starts, seed } => {
                let mut stream = Stream::new(seed);
                let inputs = DMatrix::from_row_iterator(samples, 2, stream.normals(2 * samples));
                let target = |x: f64, y: f64, noise: f64| (1.5 * x).sin() * y + 0.3 * noise;
                let targets = inputs.row_iter().map(|x| target(x[0], x[1], stream.normal())).collect();
                let network = HiddenLayer::half_mean_square(Activation::Tanh, units, &inputs, targets)?;
                let n = network.dimension();
                let starts = (0..starts).map(|i| {
                    // Epochs from 1 to 1000, evenly in their logarithm.
                    let epochs = 10f64.powf(3.0 * i as f64 / starts as f64) as usize;
                    let descent = GradientDescent::new(0.1, StopRule::after(epochs))?;
                    let point = descent.run(&network, &stream.normals(n))?.point;
                    Ok(point.iter().map(|x| x + NOISE * stream.normal()).collect())
                });
                let starts = starts.collect::<Result<Vec<Vec<f64>>, Failure>>()?;
                let mut found = Vec::new();
                for some in starts.chunks(50) {
                    lab.go_on()?;
                    found.extend(LevenbergMarquardt { criteria: CRITERIA }.run_all(&network, some)?);
                }
                let count = |ending| found.iter().filter(|f| f.ending == ending).count();
                let endings = [count(Ending::Critical), count(Ending::GradientFlat), count(Ending::Failed)];
                let points: Vec<Vec<f64>> =
                    found.iter().filter(|f| f.ending == Ending::Critical).map(|f| f.point.clone()).collect();
                let kept = symmetry::distinct(&network, &points, 1e-6);
                let (mut classes, mut regular, mut certified) = (Vec::<Class>::new(), 0, 0);
                for point in kept.iter().map(|&i| &points[i]) {
                    let known = classify(&network, point, CRITERIA.gradient_norm, ZERO)?;
                    let (loss, index, zeros) = (known.value, known.index(), known.inertia.zero);
                    if zeros == 0 {
                        regular += 1;
                        let proof = krawczyk::certify_near(&network, point);
                        certified +=
                            usize::from(proof.is_ok_and(|c| c.index == index && c.verify(&network).is_ok()));
                    }
                    let same = |class: &Class| {
                        class.index == index && (class.loss - loss).abs() <= 1e-7 * loss.abs().max(1e-3)
                    };
                    if !classes.iter().any(same) {
                        classes.push(Class { loss, index, zeros });
                    }
                }
                let pairs: Vec<_> = classes.iter().map(|class| (class.loss, class.index as f64)).collect();
                Ok(Outcome::Tanh {
                    endings,
                    distinct: kept.len(),
                    regular,
                    certified,
                    classes,
                    correlation: spearman(&pairs),
                })
            }
        }
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let (mut checks, mut flat) = (Vec::new(), (0, 0));
        // By number of units: the classes of each data set.
        let mut searches: BTreeMap<usize, Vec<Vec<(f64, f64)>>> = BTreeMap::new();
        let (mut certified, mut regular) = (0, 0);
        for e in evidence {
            match (&e.task, &e.outcome) {
                (
                    &Task::Linear { outputs: d, width: p },
                    Outcome::Linear { strata, correlation, minima, largest },
                ) => {
                    let expected = STRATA.iter().find(|known| (known.0, known.1) == (d, p));
                    let (count, reference) = expected.map_or((0, f64::NAN), |known| (known.2, known.3));
                    let at = format!("d = {d}, p = {p}");
                    checks.push(Check::equal(format!("strata, {at}"), strata.len(), count));
                    checks.push(Check::absolute(
                        format!("rank correlation, {at}"),
                        *correlation,
                        reference,
                        1e-6,
                    ));
                    checks.push(Check::equal(format!("strata of minima, {at}"), *minima, 1));
                    checks.push(Check::equal(format!("largest index by parameters, {at}"), *largest, 0.5));
                }
                (
                    Task::Tanh { units, .. },
                    Outcome::Tanh { endings, classes, certified: proved, regular: all, .. },
                ) => {
                    flat = (flat.0 + endings[1], flat.1 + endings.iter().sum::<usize>());
                    let pairs = classes.iter().map(|class| (class.loss, class.index as f64)).collect();
                    searches.entry(*units).or_default().push(pairs);
                    certified += proved;
                    regular += all;
                }
                _ => {}
            }
        }
        for (units, sets) in &searches {
            let at = format!("m = {units}, {} data sets", sets.len());
            let fewest = sets.iter().map(Vec::len).min().unwrap_or(0);
            checks.push(Check::at_least(format!("fewest classes of loss and index, {at}"), fewest as f64, 3.0));
            if sets.len() as u64 >= SETS {
                let mean = sets.iter().map(|pairs| spearman(pairs)).sum::<f64>() / sets.len() as f64;
                checks.push(Check::at_least(format!("mean rank correlation, {at}"), mean, 0.4));
                let p = pooled_permutation_p(sets, 10_000, &mut Stream::new(37));
                checks.push(Check::at_most(format!("p-value of the mean, {at}"), p, 0.01));
            }
        }
        checks.push(Check::equal("nondegenerate critical points certified", certified, regular));
        let (flat, all) = flat;
        let alone: usize = searches.values().flatten().filter(|pairs| meets_alone(pairs)).count();
        let sets: usize = searches.values().map(Vec::len).sum();
        Judgement::from_checks(
            format!(
                "Index grows with loss in the linear network exactly and in the tanh networks by rank, in {alone} of {sets} data sets significantly by themselves; {flat} of {all} searches ended gradient-flat."
            ),
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        figures::all(evidence)
    }
}

/// Whether one data set by itself has a rank correlation above 0.4 that a permutation test finds significant at 0.01.
fn meets_alone(pairs: &[(f64, f64)]) -> bool {
    let p = pooled_permutation_p(std::slice::from_ref(&pairs.to_vec()), 10_000, &mut Stream::new(37));
    spearman(pairs) > 0.4 && p < 0.01
}

/// Losses rounded to nine digits, so that strata of equal loss tie in spite of rounding.
fn rounded(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    points.iter().map(|&(loss, index)| ((loss * 1e9).round() * 1e-9, index)).collect()
}
