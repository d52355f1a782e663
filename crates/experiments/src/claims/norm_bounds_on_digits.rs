//! Norm bounds of networks that learnt true labels and of networks that learnt random ones.

use saddlepoint_rigor::Interval;
use saddlepoint_theory::bounds::bartlett_foster_telgarsky::APosteriori;
use saddlepoint_theory::bounds::certificate::Certificate;
use saddlepoint_theory::bounds::inputs::Sample;
use saddlepoint_theory::bounds::network::{Activation, Network, Reference};
use saddlepoint_theory::bounds::neyshabur_pac_bayes::NeyshaburPacBayes;
use saddlepoint_theory::bounds::{golowich, path_norm};
use saddlepoint_theory::capacity::margins::Margins;
use saddlepoint_theory::capacity::norms::{frobenius, spectral};
use saddlepoint_theory::capacity::spectral_complexity;
use serde::{Deserialize, Serialize};

use saddlepoint_models::data::DataSet;
use saddlepoint_models::device::Precision;

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::digit_networks::{DigitNetwork, EPOCHS, Recipe, trained};
use crate::figure::{Axis, Figure, Mark};
use crate::sample::{area_under_curve, mean, median};
use crate::verdict::{Check, Judgement, minimum, show};

/// The claim `norm-bounds-on-digits`.
pub struct NormBoundsOnDigits;

/// One network.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    /// How it is trained.
    pub recipe: Recipe,
}

/// A bound and its parts.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Bound {
    /// The theorem.
    pub name: String,
    /// What its complexity adds to the margin loss.
    pub complexity: f64,
    /// Names and values of all parts; of scalar forms the complexity alone.
    pub parts: Vec<(String, f64)>,
}

/// What is measured of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// Parts of the training and test images that it gets right.
    pub accuracy: [f64; 2],
    /// `∏‖A‖_σ`.
    pub product: f64,
    /// `R_A`.
    pub complexity: f64,
    /// The tenth percentile and the median of the margins.
    pub margins: [f64; 2],
    /// All margins over `R_A ‖X‖_F / n`.
    pub normalized: Vec<f64>,
    /// Golowich et al., path norm, Neyshabur et al., Bartlett et al.
    pub bounds: Vec<Bound>,
}

/// The failure probability.
const DELTA: f64 = 0.05;

/// All inputs have norm 1, up to rounding.
const RADIUS: f64 = 1.0 + 1e-9;

/// Bounds whose scalar forms are evaluated, before those of all classes.
const SCALAR: usize = 2;

impl Claim for NormBoundsOnDigits {
    const CARD: Card = Card {
        id: "norm-bounds-on-digits",
        version: 1,
        title: "Norm bounds tell true labels from random ones, and are vacuous by factors of a hundred to a million",
        statement: r"The same ReLU network, trained to fit true labels and to fit random ones, ends with a spectral complexity $R_A$ at least three times as large
            for random labels. Margins divided by $R_A\|X\|_F/n$ are larger for true labels, for nearly every pair of examples. Every norm
            bound, evaluated at the margin that a tenth of the examples do not exceed, is larger for random labels: they know which network
            generalizes. But each is far above $1$ for both. Those by Frobenius and path norms are of the order of $10^2$ to $10^4$, those by spectral
            norms, for all classes at once and with their constants, of $10^5$ to $10^7$.

            Here: $1{,}000$ digits with inputs of norm $1$, a network $64$-$128$-$128$-$10$ without biases, $300$ epochs of Adam.",
        sources: &[
            Source {
                citation: "Bartlett, Foster, Telgarsky, Spectrally-normalized margin bounds for neural networks, NeurIPS 2017, theorem 1.1 and section 2",
                identifier: Some("arXiv:1706.08498"),
            },
            Source {
                citation: "Neyshabur, Bhojanapalli, Srebro, ICLR 2018, theorem 1; Golowich, Rakhlin, Shamir, COLT 2018, theorem 1; Neyshabur, \
                    Tomioka, Srebro, COLT 2015",
                identifier: Some("arXiv:1707.09564"),
            },
            Source {
                citation: "Neyshabur, Bhojanapalli, McAllester, Srebro, Exploring generalization in deep learning, NeurIPS 2017",
                identifier: Some("arXiv:1706.08947"),
            },
        ],
        hypotheses: &[
            "no biases, ReLU; margins and norms are enclosed, bounds round up; all radii and the margin were chosen by the data, which \
             the bounds for all classes pay for",
            "of the bounds by Frobenius and path norms the complexity of scalar networks is evaluated, $2\\hat R_n/\\gamma$: one for ten classes \
             needs a vector contraction and is larger",
        ],
        kind: Kind::Training,
        tags: &["generalization", "bounds", "norms", "margins", "digits"],
        data: &[DataSet::Digits],
        network: Some(Precision::F32),
    };

    const NATIVE: bool = true;

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let seeds = 1..=profile.pick(1, 3, 10);
        let task = |random_labels, offset| Task {
            recipe: Recipe { random_labels, examples: 1000, epochs: EPOCHS, seed: seed + offset },
        };
        seeds.flat_map(|offset| [task(0.0, offset), task(1.0, offset)]).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let found = trained(task.recipe, lab)?;
        lab.go_on()?;
        let margins = found.margins()?;
        let normalized = margins.normalized_by(found.margin_scale()?)?;
        let tenth = margins.quantile(0.1)?;
        lab.go_on()?;
        Ok(Outcome {
            accuracy: [found.train_accuracy, found.test_accuracy],
            product: found.layers.product(spectral)?.midpoint(),
            complexity: spectral_complexity::of_layers(&found.layers)?.midpoint(),
            margins: [tenth.midpoint(), margins.median().midpoint()],
            normalized: normalized.all().iter().map(|margin| margin.midpoint()).collect(),
            bounds: bounds(&found, &margins, tenth.low())?,
        })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        let mut least = f64::INFINITY;
        for (seed, of_true, of_random) in pairs(evidence) {
            let ratio = of_random.complexity / of_true.complexity;
            checks.push(Check::at_least(format!("R_A, random over true labels, seed {seed}"), ratio, 3.0));
            let area = area_under_curve(&of_true.normalized, &of_random.normalized);
            let what = format!("part of pairs whose normalized margin is larger for true labels, seed {seed}");
            checks.push(Check::at_least(what, area, 0.99));
            for (a, b) in of_true.bounds.iter().zip(&of_random.bounds) {
                let what = format!("{}, random over true labels, seed {seed}", a.name);
                checks.push(Check::at_least(what, b.complexity / a.complexity, 1.0));
                least = minimum(least, minimum(a.complexity, b.complexity));
            }
            for (labels, outcome) in [("true", of_true), ("random", of_random)] {
                let (scalar, spectral) = outcome.bounds.split_at(SCALAR);
                let all = |bounds: &[Bound], sign: f64| {
                    bounds.iter().map(|bound| sign * bound.complexity).reduce(minimum).unwrap_or(f64::NAN)
                };
                let what =
                    format!("largest scalar bound over the least spectral one, {labels} labels, seed {seed}");
                checks.push(Check::at_most(what, -all(scalar, -1.0) / all(spectral, 1.0), 1.0));
            }
        }
        let compared = pairs(evidence).len() as f64;
        checks.push(Check::at_least("seeds with both kinds of labels", compared, 1.0));
        checks.push(Check::at_least("least of all bounds", least, 1.0));
        let sentence = format!(
            "All bounds are larger for random labels and normalized margins smaller; the least bound of all is {}, so all are vacuous.",
            show(least)
        );
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let of = |random: bool| evidence.iter().filter(move |e| (e.task.recipe.random_labels > 0.0) == random);
        let names = [(false, "true labels"), (true, "random labels")];
        let mut totals = Figure::new(
            "bounds",
            "Bounds of networks that generalize and of networks that cannot",
            "What each bound adds to the margin loss at the margin of the tenth percentile, the mean over seeds. From 1 on a bound says nothing: \
             all are there. Their order is right: random labels have the larger ones.",
            Axis::linear("theorem"),
            Axis::logarithmic("bound"),
        );
        let mut parts = Figure::new(
            "parts",
            "What makes them large",
            "The parts of the two bounds for all classes. Margin loss, confidence and the price of having looked at the data are small; the \
             complexity decides.",
            Axis::linear("part of the bound"),
            Axis::logarithmic("value"),
        );
        for (random, name) in names {
            let Some(first) = of(random).next() else { continue };
            let bounds = &first.outcome.bounds;
            let categories = bounds.iter().map(|bound| bound.name.clone()).collect();
            let height =
                |i: usize| mean(&of(random).map(|e| e.outcome.bounds[i].complexity).collect::<Vec<_>>());
            let heights = (0..bounds.len()).map(height).collect();
            totals = totals.with(name, Mark::Bars { categories, heights });
            let labelled = bounds[SCALAR..].iter().flat_map(|bound| {
                bound.parts.iter().map(|(part, value)| (format!("{}: {part}", bound.name), *value))
            });
            let (categories, heights) = labelled.unzip();
            parts = parts.with(name, Mark::Bars { categories, heights });
        }
        let mut scatter = Figure::new(
            "complexity",
            "Spectral complexity and test error",
            "One point a network. The complexity knows which labels were learnt.",
            Axis::logarithmic("R_A / median margin"),
            Axis::linear("test error"),
        );
        for (random, name) in names {
            let points =
                of(random).map(|e| (e.outcome.complexity / e.outcome.margins[1], 1.0 - e.outcome.accuracy[1]));
            scatter = scatter.points(name, points);
        }
        let medians = of(false).map(|e| median(&e.outcome.normalized)).collect::<Vec<_>>();
        scatter.caption = format!(
            "{} The median normalized margin of true labels is {} on average.",
            scatter.caption,
            show(mean(&medians))
        );
        vec![totals, parts, scatter]
    }
}

/// Seeds with the outcomes for true and for random labels.
fn pairs(evidence: &[Evidence<Task, Outcome>]) -> Vec<(u64, &Outcome, &Outcome)> {
    let of_true = evidence.iter().filter(|e| e.task.recipe.random_labels == 0.0);
    of_true
        .filter_map(|e| {
            let same =
                |o: &&Evidence<Task, Outcome>| o.task.recipe == Recipe { random_labels: 1.0, ..e.task.recipe };
            Some((e.task.recipe.seed, &e.outcome, &evidence.iter().find(same)?.outcome))
        })
        .collect()
}

/// All bounds at a margin.
fn bounds(found: &DigitNetwork, margins: &Margins, gamma: f64) -> Result<Vec<Bound>, Failure> {
    let network = Network::new(found.layers.clone(), Activation::relu())?;
    let inputs = found.inputs()?;
    let (sample, depth) = (Sample::new(&inputs, margins)?, network.depth());
    let norm = found.layers.product(|layer| Ok::<Interval, Failure>(frobenius(layer)))?;
    let scalar = |name: &str, complexity: f64| {
        let complexity = 2.0 * complexity / gamma;
        Bound { name: name.into(), complexity, parts: vec![("norm over margin".into(), complexity)] }
    };
    let whole = |name: &str, certificate: &Certificate| {
        let parts = certificate.terms().iter().map(|term| (term.name.to_owned(), term.value)).collect();
        Bound { name: name.into(), complexity: certificate.dominant().value, parts }
    };
    let pac_bayes = NeyshaburPacBayes::new(&network, RADIUS, sample, gamma, DELTA)?.evaluate();
    let spectral = APosteriori::new(&network, &Reference::zero(), sample, gamma, DELTA)?.evaluate();
    Ok(vec![
        scalar("Golowich et al., scalar", golowich::complexity(depth, norm, &inputs)),
        scalar("path norm, scalar", path_norm::complexity(depth, found.layers.path_l1().total, &inputs)),
        whole("Neyshabur et al.", &pac_bayes),
        whole("Bartlett et al.", &spectral),
    ])
}
