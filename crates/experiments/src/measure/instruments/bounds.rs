//! Every bound of the risk, with its hypotheses checked.

use saddlepoint_models::data::Targets;
use saddlepoint_theory::bounds::bartlett_foster_telgarsky::APosteriori;
use saddlepoint_theory::bounds::certificate::Certificate;
use saddlepoint_theory::bounds::clopper_pearson::ClopperPearson;
use saddlepoint_theory::bounds::golowich::Golowich;
use saddlepoint_theory::bounds::hoeffding::Hoeffding;
use saddlepoint_theory::bounds::hypothesis::Violation;
use saddlepoint_theory::bounds::inputs::{Gathering, Inputs, Sample};
use saddlepoint_theory::bounds::kl_test_set::KlTestSet;
use saddlepoint_theory::bounds::network::Reference;
use saddlepoint_theory::bounds::neyshabur_pac_bayes::NeyshaburPacBayes;
use saddlepoint_theory::bounds::path_norm::PathNorm;
use saddlepoint_theory::bounds::vc::VapnikChervonenkis;

use super::margins::margins;
use super::{Cost, Instrument};
use crate::claim::Failure;
use crate::figure::{Axis, Figure, Mark};
use crate::measure::quantity::{Bound, CONFIDENCE, Findings, Quantity, Refusal};
use crate::measure::structure::Chain;
use crate::measure::subject::{Scores, Subject};
use crate::verdict::show;

/// Bounds from test data, from the VC dimension, from norms and margins.
pub(super) struct Bounds;

/// The failure probability of each.
pub(super) const DELTA: f64 = 1.0 - CONFIDENCE;
/// Margins are taken at the first of these quantiles of the training data at which they are positive; bounds for all margins at
/// once allow that.
const QUANTILES: [f64; 5] = [0.1, 0.25, 0.5, 0.75, 0.9];
/// What all of them bound.
pub(super) const ERROR: &str = "error on new examples";

impl Instrument for Bounds {
    fn id(&self) -> &'static str {
        "bounds"
    }

    fn title(&self) -> &'static str {
        "Bounds of the error on new examples"
    }

    fn about(&self) -> &'static str {
        "every bound whose hypotheses hold, with what dominates it; the others are refused by name"
    }

    fn cost(&self, _: &Subject<'_>) -> Cost {
        Cost::passes(2.0)
    }

    fn measure(&self, subject: &Subject<'_>) -> Result<Findings, Failure> {
        let mut found = Findings::default();
        let scores = Scores::of(subject, subject.train)?;
        if !matches!(scores.targets, Targets::Classes { .. }) {
            return Err("bounds of the error are about class labels; the targets are values".into());
        }
        subject.step(0.1)?;
        of_test_data(subject, &mut found)?;
        of_vc_dimension(subject, &scores, &mut found)?;
        subject.step(0.2)?;
        of_norms(subject, &scores, &mut found)?;
        found.sentence = summary(&found.bounds);
        found.figures.extend(figure(&found.bounds));
        Ok(found)
    }
}

fn keep(found: &mut Findings, name: &str, of: &str, bound: Result<Certificate, Failure>) {
    match bound {
        Ok(certificate) => {
            found.bounds.push(Bound { theorem: name.to_owned(), ..Bound::new(of, &certificate) });
        }
        Err(reason) => found.refusals.push(Refusal::new(name, reason)),
    }
}

fn of_test_data(subject: &Subject<'_>, found: &mut Findings) -> Result<(), Failure> {
    let Some(test) = subject.test else {
        found.refusals.push(Refusal::new("test set bounds", "there are no test data: give them with --test"));
        return Ok(());
    };
    let scores = Scores::of(subject, test)?;
    let (n, errors) = (scores.len() as u64, (scores.len() - scores.right()?) as u64);
    let each: [(&str, Result<Certificate, Violation>); 3] = [
        ("Clopper-Pearson, test set", ClopperPearson::new(errors, n, DELTA).map(|bound| bound.evaluate())),
        ("kl inverse, test set", KlTestSet::of_errors(errors, n, DELTA).map(|bound| bound.evaluate())),
        ("Hoeffding, test set", Hoeffding::of_errors(errors, n, DELTA).map(|bound| bound.evaluate())),
    ];
    for (name, bound) in each {
        keep(found, name, ERROR, bound.map_err(Into::into));
    }
    Ok(())
}

fn of_vc_dimension(subject: &Subject<'_>, scores: &Scores, found: &mut Findings) -> Result<(), Failure> {
    let name = "Vapnik-Chervonenkis";
    let structure = subject.structure();
    let architecture = match &structure {
        Ok(structure) => structure.architecture.as_ref().map_err(ToString::to_string),
        Err(failure) => Err(failure.to_string()),
    };
    let architecture = match architecture {
        Ok(architecture) => architecture,
        Err(reason) => {
            found.refusals.push(Refusal::new(name, reason));
            return Ok(());
        }
    };
    let dimension = architecture.vc_dimension_bound();
    let method =
        "Bartlett, Harvey, Liaw, Mehrabian 2019, theorem 7, for one output of this architecture; rounded up";
    let quantity = Quantity::computed("bound of the VC dimension of one output", dimension as f64, method);
    found.quantities.push(quantity.that_is(crate::measure::quantity::Certainty::AtMost));
    if scores.width > 2 {
        let reason = format!("the theorem is about two classes; the network has {}", scores.width);
        found.refusals.push(Refusal::new(name, reason));
        return Ok(());
    }
    let (n, wrong) = (scores.len(), scores.len() - scores.right()?);
    let observed = (wrong as f64 / n as f64).next_up().min(1.0);
    let bound =
        VapnikChervonenkis::with_log_growth(observed, architecture.log_growth(2 * n as u64), n as u64, DELTA);
    keep(found, name, ERROR, bound.map(|bound| bound.evaluate()).map_err(Into::into));
    Ok(())
}

fn of_norms(subject: &Subject<'_>, scores: &Scores, found: &mut Findings) -> Result<(), Failure> {
    const NAMES: [&str; 4] = [
        "Bartlett-Foster-Telgarsky, spectral complexity",
        "Neyshabur et al., PAC-Bayes with spectral norms",
        "Golowich-Rakhlin-Shamir, Frobenius norms",
        "ℓ₁ path norm",
    ];
    let mut refuse = |reason: &str| {
        for name in NAMES {
            found.refusals.push(Refusal::new(name, reason));
        }
    };
    let chain = match subject.model.chain() {
        Ok(chain) => chain,
        Err(failure) => {
            refuse(&failure.to_string());
            return Ok(());
        }
    };
    let margins = margins(scores)?;
    let mut positive = None;
    for q in QUANTILES {
        let gamma = margins.quantile(q)?.low();
        if gamma > 0.0 {
            positive = Some((q, gamma));
            break;
        }
    }
    let Some((q, gamma)) = positive else {
        let most = 100.0 * QUANTILES[QUANTILES.len() - 1];
        refuse(&format!("{most} % of the training examples have no positive margin"));
        return Ok(());
    };
    let inputs = match inputs(subject, chain) {
        Ok(inputs) => inputs,
        Err(failure) => {
            refuse(&failure.to_string());
            return Ok(());
        }
    };
    let sample = Sample::new(&inputs, &margins)?;
    let network = &chain.network;
    let method =
        format!("the margin that {} % of the training examples do not exceed, rounded down", 100.0 * q);
    found.quantities.push(Quantity::computed("margin of the norm bounds", gamma, method));
    let reference = reference(subject, chain);
    let radius = subject.settings.radius.ok_or_else(|| {
        Failure::from(
            "all inputs must lie in a ball that is known before the data: give its radius with --radius",
        )
    });
    let bounds: [Result<Certificate, Failure>; 4] = [
        reference.and_then(|from| Ok(APosteriori::new(network, &from, sample, gamma, DELTA)?.evaluate())),
        radius.and_then(|r| {
            let r = if chain.augmented { r.hypot(1.0).next_up() } else { r };
            Ok(NeyshaburPacBayes::new(network, r, sample, gamma, DELTA)?.evaluate())
        }),
        Golowich::new(network, sample, gamma, DELTA).map(|bound| bound.evaluate()).map_err(Into::into),
        PathNorm::new(network, sample, gamma, DELTA).map(|bound| bound.evaluate()).map_err(Into::into),
    ];
    for (name, bound) in NAMES.into_iter().zip(bounds) {
        keep(found, name, ERROR, bound);
    }
    let reason = "the smoothness between its layers would have to be certified on networks compressed at random, which is not done here";
    found.refusals.push(Refusal::new("Arora et al., compression by noise cushions", reason));
    Ok(())
}

/// The inputs as the chain sees them.
fn inputs(subject: &Subject<'_>, chain: &Chain) -> Result<Inputs, Failure> {
    let mut gathering = Gathering::new(subject.train.shape().iter().product());
    for at in 0..subject.batches(subject.train) {
        let batch = subject.batch(subject.train, at)?;
        batch.rows().try_for_each(|row| gathering.push(row))?;
    }
    let inputs = gathering.finish()?;
    Ok(if chain.augmented { inputs.augmented()? } else { inputs })
}

/// The weights before training, if they are known and form the same chain; zero otherwise.
fn reference(subject: &Subject<'_>, chain: &Chain) -> Result<Reference, Failure> {
    let Some(initial) = subject.initial else { return Ok(Reference::zero()) };
    let from = initial.chain()?;
    if from.augmented != chain.augmented {
        return Err("the initial network has biases of another kind than the trained one".into());
    }
    Ok(Reference::fixed_before_the_data(from.network.layers().weights().to_vec()))
}

fn summary(bounds: &[Bound]) -> String {
    let least = |bounds: &mut dyn Iterator<Item = &Bound>| {
        bounds.min_by(|a, b| a.value.total_cmp(&b.value)).map(|bound| (bound.theorem.clone(), bound.value))
    };
    let test = least(&mut bounds.iter().filter(|bound| bound.theorem.ends_with("test set")));
    let other = least(&mut bounds.iter().filter(|bound| !bound.theorem.ends_with("test set")));
    let said = |(theorem, value): (String, f64)| {
        let says = if value < 1.0 { "" } else { ", which says nothing" };
        format!("{} ({theorem}){says}", show(value))
    };
    match (test, other) {
        (Some(test), Some(other)) => {
            format!("The error is at most {}; from training data alone at most {}.", said(test), said(other))
        }
        (Some(test), None) => format!("The error is at most {}; no other bound applies.", said(test)),
        (None, Some(other)) => format!("From training data alone the error is at most {}.", said(other)),
        (None, None) => "No bound applies to this network with these data.".to_owned(),
    }
}

fn figure(bounds: &[Bound]) -> Option<Figure> {
    (!bounds.is_empty()).then(|| {
        Figure::new(
            "bounds",
            "Bounds of the error on new examples",
            "From 1 on a bound says nothing: the error is at most 1 anyway.",
            Axis::linear("theorem"),
            Axis::logarithmic("bound"),
        )
        .with(
            "bound",
            Mark::Bars {
                categories: bounds.iter().map(|bound| bound.theorem.clone()).collect(),
                heights: bounds.iter().map(|bound| bound.value).collect(),
            },
        )
    })
}
