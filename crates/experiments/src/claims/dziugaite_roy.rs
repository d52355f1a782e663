//! A bound below one half for a network with more parameters than examples: train the posterior on it.

use saddlepoint_models::data::{DataSet, Samples, Targets, digits};
use saddlepoint_models::device::Precision;
use saddlepoint_models::networks::{Activation, Initialization, Mlp};
use saddlepoint_models::random::Stream;
use saddlepoint_models::risk::EmpiricalRisk;
use saddlepoint_models::training::{Limit, Loss, Optimizer, Schedule, Training};
use saddlepoint_theory::bounds::dziugaite_roy::{DziugaiteRoy, PriorGrid};
use saddlepoint_theory::bounds::empirical_bernstein::EmpiricalBernstein;
use saddlepoint_theory::bounds::pac_bayes::{GibbsRisk, Moment};
use saddlepoint_theory::bounds::split::Split;
use saddlepoint_theory::bounds::vc::VapnikChervonenkis;
use saddlepoint_theory::capacity::vc::piecewise_linear::Architecture;
use saddlepoint_theory::quantity::Confidence;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::Figure;
use crate::sample::{mean, standard_error};
use crate::stochastic_network::{PosteriorTraining, drawn_errors};
use crate::verdict::{Check, Judgement, maximum, minimum};

mod figures;

/// The claim `dziugaite-roy`.
pub struct DziugaiteRoyClaim;

/// What the network is to learn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Labels {
    /// Whether the digit is 5 or more.
    True,
    /// Coin flips.
    Random,
}

/// Where the prior is centred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Prior {
    /// At the random weights that training begins with; all examples count.
    Initial,
    /// At weights that were trained on the first half of the examples; the other half counts.
    FirstHalf,
}

/// One stochastic network.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    hidden: usize,
    labels: Labels,
    prior: Prior,
    /// Steps of the posterior's training, and its first rate.
    steps: usize,
    rate: f64,
    /// Networks drawn to certify the observed risk.
    draws: usize,
    seed: u64,
}

impl Task {
    fn name(&self) -> String {
        let what = match (self.labels, self.prior) {
            (Labels::True, Prior::Initial) => "true labels",
            (Labels::Random, Prior::Initial) => "random labels",
            (Labels::True, Prior::FirstHalf) => "true labels, prior from the first half",
            (Labels::Random, Prior::FirstHalf) => "random labels, prior from the first half",
        };
        format!("64-{}-1, {what}, seed {}", self.hidden, self.seed)
    }

    fn is(&self, labels: Labels, prior: Prior) -> bool {
        self.labels == labels && self.prior == prior
    }
}

/// What is certified, and what new digits say.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    parameters: usize,
    /// Examples that the bound counts.
    n: usize,
    bound: f64,
    confidence: f64,
    /// In nats, rounded up.
    kl: f64,
    /// The prior's number and standard deviation.
    prior: (u64, f64),
    /// Mean error of the drawn networks on the examples, and what of it is certified.
    gibbs: f64,
    certified: f64,
    /// On new digits, with its standard error over draws.
    test: f64,
    test_error: f64,
    /// Vapnik's and Chervonenkis's bound for the same network without an error.
    vc: f64,
    /// `(step, surrogate, penalty)`.
    trajectory: Vec<(f64, f64, f64)>,
    /// The posterior's standard deviations.
    deviations: Vec<f64>,
}

/// Training digits, and those in a half.
const TRAIN: usize = 1400;
const HALF: usize = TRAIN / 2;
/// Failure probabilities: of the theorem, and of the draws that certify the observed risk.
const DELTA: f64 = 0.025;
const DRAWS_DELTA: f64 = 0.01;
/// The prior's variances are `e^(−j/100)`.
const STEPS_A_NAT: f64 = 100.0;

impl Claim for DziugaiteRoyClaim {
    const CARD: Card = Card {
        id: "dziugaite-roy",
        version: 1,
        title: "A stochastic network with more parameters than examples has a bound below one half, if it learned something",
        statement: r"Let $Q=N(w,\mathrm{diag}(s^2))$ be a law over the weights of a network, $P_j=N(w_0,\lambda_j^2I)$ with
            $\lambda_j^2=e^{-j/100}$ priors around its random start. With probability at least $1-\delta$ over $n$ examples, for all
            $Q$ and all $j\ge1$ at once,
            $$R(Q)\le\mathrm{kl}^{-1}\Bigl(\hat R(Q),\frac{\mathrm{KL}(Q\|P_j)+\ln\frac{\pi^2j^2}6+\ln\frac{2\sqrt n}\delta}n\Bigr).$$
            Trained on that bound, with one reparametrised draw a step, $w$, $s$ and $\lambda$ reach a bound below $0.45$ on digits for
            a network with more parameters than examples, above the true error, where bounds from dimensions and norms are vacuous.
            On random labels the same training ends above $0.5$: the posterior falls back to the prior.

            Here: digits $0$–$4$ against $5$–$9$, $n=1{,}400$, $64$-$30$-$1$ ReLU ($1{,}981$ parameters); $1{,}000$ steps of Adam from $w_0$
            for the start of $w$; then $5{,}000$ steps of Adam at $0.02$ falling by a cosine (at the smoke profile $2{,}500$ at $0.03$), objective logistic loss in bits plus $\sqrt{B/2}$; $\lambda$ rounded
            to its grid; the observed risk certified from drawn networks by an empirical Bernstein bound at $0.01$, so that all holds
            with probability $0.965$. A prior centred at weights trained on the first half of the examples, with a bound from the other half, is better still.",
        sources: &[
            Source {
                citation: "Dziugaite and Roy, Computing nonvacuous generalization bounds for deep (stochastic) neural networks with \
                           many more parameters than training data, UAI 2017",
                identifier: Some("arXiv:1703.11008"),
            },
            Source {
                citation: "Ambroladze, Parrado-Hernández, Shawe-Taylor, Tighter PAC-Bayes bounds, NeurIPS 2006, section 3, for the prior from a part of the examples",
                identifier: None,
            },
        ],
        hypotheses: &[
            "the examples are independent and identically distributed: the rows are permuted before they are split",
            "the prior's centre has seen no example that the bound counts",
            "the bound is about networks drawn from $Q$, not about one with the weights $w$",
        ],
        kind: Kind::Training,
        tags: &["generalization", "bounds", "pac-bayes", "digits"],
        data: &[DataSet::Digits],
        network: Some(Precision::F32),
    };

    const NATIVE: bool = true;

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let (steps, rate, draws) = profile.pick((2500, 0.03, 500), (5000, 0.02, 2000), (10_000, 0.02, 10_000));
        let task = |hidden, labels, prior, seed| Task { hidden, labels, prior, steps, rate, draws, seed };
        let seeds = seed + 1..seed + 1 + profile.pick(1, 2, 10);
        let mut tasks: Vec<Task> =
            seeds.clone().map(|seed| task(30, Labels::True, Prior::Initial, seed)).collect();
        tasks.push(task(30, Labels::Random, Prior::Initial, seed + 1));
        if profile != Profile::Smoke {
            tasks.push(task(30, Labels::True, Prior::FirstHalf, seed + 1));
        }
        if profile == Profile::Paper {
            let more = |hidden| seeds.clone().map(move |seed| task(hidden, Labels::True, Prior::Initial, seed));
            tasks.extend([10, 100, 300].into_iter().flat_map(more));
            tasks.extend(seeds.skip(1).map(|seed| task(30, Labels::Random, Prior::Initial, seed)));
        }
        tasks
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let (engine, mut stream) = (lab.engine()?, Stream::new(task.seed));
        let (train, test) = digits::split_at(TRAIN)?;
        let (labels, unseen) = (true_labels(&train)?, true_labels(&test)?);
        let network = Mlp::new(&[64, task.hidden, 1], Activation::Relu)?;
        let start = network.draw(Initialization::HeNormal, &mut stream);
        let mut part = stream.split();
        let labels: Vec<bool> = match task.labels {
            Labels::True => labels,
            Labels::Random => labels.iter().map(|_| part.sign() > 0.0).collect(),
        };
        let risk = |samples: &Samples, labels: &[bool]| -> Result<EmpiricalRisk, Failure> {
            let targets = labels.iter().map(|&label| f64::from(u8::from(label))).collect();
            let samples = samples.with_targets(Targets::Values(targets))?;
            Ok(EmpiricalRisk::new(&network, &samples, Loss::Logistic, Precision::F32, &engine)?)
        };
        // What the start of the means, and the prior's centre if it is theirs, is trained on; and what the bound counts.
        let (first, rest) = match task.prior {
            Prior::Initial => (0..TRAIN, 0..TRAIN),
            Prior::FirstHalf => (0..HALF, HALF..TRAIN),
        };
        let select = |range: std::ops::Range<usize>| -> Result<EmpiricalRisk, Failure> {
            risk(&train.select(&range.clone().collect::<Vec<_>>())?, &labels[range])
        };
        let (of_start, of_bound) = (select(first)?, select(rest.clone())?);
        let warm = Training::new(Loss::Logistic, Optimizer::adam(), Schedule::Constant { rate: 3e-3 })
            .limit(Limit::Steps(1000));
        let means = of_start.train_watched(&warm, &start, &mut part, &mut lab.watch())?.network;
        lab.go_on()?;
        let (centre, split) = match task.prior {
            Prior::Initial => (start, Split::unseen(TRAIN as u64)?),
            Prior::FirstHalf => (means.clone(), Split::of_counts(TRAIN as u64, HALF as u64, HALF as u64)?),
        };
        let grid = PriorGrid::new(centre, 1.0, STEPS_A_NAT)?;
        let training = PosteriorTraining {
            steps: task.steps,
            rate: task.rate,
            deviation: 0.2,
            prior_deviation: 0.3,
            split,
            delta: Confidence::new(DELTA)?,
            record_every: task.steps / 200,
        };
        let trained = training.run(&of_bound, &grid, means, &mut part, &mut lab.watch())?;
        lab.go_on()?;
        let j = grid.nearest(trained.log_deviation)?;
        let go_on = || Ok(lab.go_on()?);
        let errors = drawn_errors(&of_bound, &labels[rest], &trained.posterior, task.draws, &mut part, go_on)?;
        let gibbs = EmpiricalBernstein::of_draws(&errors, DRAWS_DELTA)?;
        let certified = gibbs.evaluate().value();
        let bound = DziugaiteRoy::new(
            GibbsRisk::certified(&gibbs),
            &trained.posterior,
            &grid,
            j,
            split,
            DELTA,
            Moment::TwoRoots,
        )?
        .evaluate();
        let of_test = drawn_errors(
            &risk(&test, &unseen)?,
            &unseen,
            &trained.posterior,
            task.draws / 5,
            &mut part,
            go_on,
        )?;
        let shape = Architecture::fully_connected(64, &[task.hidden as u64, 1], 1)?;
        let n = split.bound().get();
        let vc =
            VapnikChervonenkis::with_log_growth(0.0, shape.log_growth(2 * n), n, DELTA)?.evaluate().value();
        Ok(Outcome {
            parameters: network.parameters(),
            n: usize::try_from(n)?,
            bound: bound.value(),
            confidence: bound.confidence(),
            kl: trained.posterior.divergence(&grid.prior(j)?)?.get(),
            prior: (j, (-(j as f64) / (2.0 * STEPS_A_NAT)).exp()),
            gibbs: mean(&errors),
            certified,
            test: mean(&of_test),
            test_error: standard_error(&of_test),
            vc,
            trajectory: trained.trajectory,
            deviations: trained.posterior.deviations().to_vec(),
        })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        for Evidence { task, outcome } in evidence {
            let name = task.name();
            checks.push(Check::at_least(format!("KL, {name}"), outcome.kl, 1e-9));
            checks.push(Check::at_least(
                format!("confidence, {name}"),
                outcome.confidence,
                1.0 - DELTA - DRAWS_DELTA - 1e-12,
            ));
            if task.labels == Labels::Random {
                checks.push(Check::at_least(format!("bound, {name}"), outcome.bound, 0.5));
                continue;
            }
            checks.push(Check::at_most(format!("bound, {name}"), outcome.bound, 0.45));
            checks.push(Check::at_least(
                format!("bound minus the error of drawn networks on new digits, {name}"),
                outcome.bound - outcome.test,
                0.0,
            ));
            if task.hidden >= 30 {
                checks.push(Check::at_least(
                    format!("parameters over training digits, {name}"),
                    outcome.parameters as f64 / TRAIN as f64,
                    1.0,
                ));
            }
            checks.push(Check::at_least(
                format!("bound by the growth function of the same network, {name}"),
                outcome.vc,
                1.0,
            ));
        }
        let bounds = |labels, prior| {
            evidence
                .iter()
                .filter(move |e| e.task.hidden == 30 && e.task.is(labels, prior))
                .map(|e| e.outcome.bound)
        };
        let worst = bounds(Labels::True, Prior::Initial).fold(0.0, maximum);
        let best = bounds(Labels::True, Prior::Initial).fold(f64::INFINITY, minimum);
        let random = bounds(Labels::Random, Prior::Initial).fold(f64::INFINITY, minimum);
        for halved in bounds(Labels::True, Prior::FirstHalf) {
            checks.push(Check::at_most(
                "bound with a prior from the first half over that with the initial one",
                halved / best,
                1.0,
            ));
        }
        Judgement::from_checks(
            format!(
                "The bound of a network with more parameters than examples is {worst:.3}, and {random:.3} on random labels."
            ),
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        figures::all(evidence)
    }
}

/// Whether each digit is 5 or more.
fn true_labels(samples: &Samples) -> Result<Vec<bool>, Failure> {
    Ok(samples.labels()?.0.iter().map(|&label| label >= 5).collect())
}
