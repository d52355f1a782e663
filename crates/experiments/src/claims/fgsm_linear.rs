//! Adversarial examples follow from linearity in high dimension, not from depth.

use saddlepoint_models::data::{DataSet, Samples, digits};
use saddlepoint_models::device::{Device, Precision};
use saddlepoint_models::networks::{Activation, Architecture, Initialization, Mlp, MlpNetwork};
use saddlepoint_models::random::Stream;
use saddlepoint_models::training::{
    Batch, Examples, Limit, Loss, Optimizer, Schedule, Training, fgsm, random_signs,
};
use saddlepoint_theory::regularization::adversarial::LinearAttack;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement};

const LOSS: Loss = Loss::CrossEntropy;
const EPSILONS: [f64; 7] = [0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3];
/// The size of attack that networks are hardened against.
const HARDENED: f64 = 0.15;

/// A part of the claim.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// The effect of attacks on linear functions in these dimensions; weights and a point for each follow each
    /// other in one random stream.
    Linear {
        /// Input dimensions.
        dimensions: Vec<usize>,
    },
    /// Attacks on trained networks.
    Digits {
        /// Seed of initialization and batches.
        seed: u64,
    },
}

/// What a part measures.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// One entry for each dimension, for `ε = 0.1`.
    Linear(Vec<Effect>),
    /// Test accuracies, one for each of the sizes of attack.
    Digits {
        /// Of a two-layer network, attacked.
        attacked: Vec<f64>,
        /// Of the same network under random signs of the same size.
        random: Vec<f64>,
        /// Of another network, trained on other data, under the first one's attack.
        transferred: Vec<f64>,
        /// Of that other network under random signs.
        bystander: Vec<f64>,
        /// Of a linear softmax model, attacked.
        linear: Vec<f64>,
        /// Of the two-layer network after adversarial training, attacked.
        hardened: Vec<f64>,
    },
}

/// What a change of size `ε` in every input does to `w · x`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Effect {
    dimension: usize,
    /// The bound `ε‖w‖₁`.
    worst: f64,
    /// The change that the attack makes.
    attacked: f64,
    /// The standard deviation `ε‖w‖₂` of the change by random signs.
    random: f64,
}

/// `fgsm-linear`.
pub struct FgsmLinear;

impl Claim for FgsmLinear {
    const CARD: Card = Card {
        id: "fgsm-linear",
        version: 2,
        title: "One gradient step fools networks, and linear models as well",
        statement: r"For a linear function, $\max_{\|\eta\|_\infty \leq \varepsilon} w \cdot \eta
            = \varepsilon \|w\|_1$, attained at $\eta = \varepsilon \operatorname{sign} w$. It grows like the
            dimension $d$ where the effect of random signs, with standard deviation
            $\varepsilon \|w\|_2$, grows like $\sqrt d$.

            So a step $\varepsilon \operatorname{sign}(\nabla_x \ell)$ destroys the accuracy of trained networks
            while random steps of the same size hardly matter; the attack works on other networks too, and a
            linear softmax model is as fragile: depth is not the cause. Training on attacked examples helps.",
        sources: &[Source {
            citation: "Goodfellow, Shlens, Szegedy 2015, Explaining and harnessing adversarial examples, \
                       sections 3, 4, 6 and 8",
            identifier: Some("arXiv:1412.6572"),
        }],
        hypotheses: &["inputs scaled to $[0, 1]$; attacked inputs are not clipped to it"],
        kind: Kind::Training,
        tags: &["generalization", "adversarial", "digits"],
        data: &[DataSet::Digits],
        network: Some(Precision::F32),
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let linear = Task::Linear { dimensions: vec![10, 100, 1000, 10_000] };
        let digits = (1..=profile.pick(1, 3, 20)).map(|offset| Task::Digits { seed: seed + offset });
        std::iter::once(linear).chain(digits).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        match task {
            Task::Linear { dimensions } => {
                let mut stream = Stream::new(5);
                let mut draw = |&d| effect(&stream.normals(d), &stream.normals(d), 0.1);
                Ok(Outcome::Linear(dimensions.iter().map(&mut draw).collect::<Result<_, _>>()?))
            }
            Task::Digits { seed } => on_digits(*seed, lab),
        }
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        let reference = [
            (10, 1.21815673, 0.479581),
            (100, 8.85913745, 1.06619),
            (1000, 78.5817187, 3.14009),
            (10_000, 795.647947, 10.0266),
        ];
        for (dimension, l1, l2) in reference {
            for Effect { worst, attacked, random, .. } in effects(evidence).filter(|e| e.dimension == dimension)
            {
                checks.push(Check::relative(format!("ε‖w‖₁ at d = {dimension}"), *worst, l1, 1e-8));
                checks.push(Check::relative(
                    format!("effect of the attack at d = {dimension}"),
                    *attacked,
                    l1,
                    1e-8,
                ));
                checks.push(Check::relative(format!("ε‖w‖₂ at d = {dimension}"), *random, l2, 1e-5));
            }
        }
        let curves = Curves::of(evidence);
        let Curves { attacked, random, transferred, bystander, linear, hardened } = &curves;
        let at = |curve: &[f64], epsilon: f64| {
            EPSILONS.iter().position(|&e| e == epsilon).and_then(|i| curve.get(i)).copied().unwrap_or(f64::NAN)
        };
        let hit = at(attacked, 0.15);
        checks.push(Check::at_most("accuracy under attack, ε = 0.15", hit, 0.3));
        checks.push(Check::at_least("accuracy under random signs, ε = 0.15", at(random, 0.15), 0.85));
        checks.push(Check::at_most("accuracy of another network, ε = 0.2", at(transferred, 0.2), 0.4));
        checks.push(Check::at_least(
            "accuracy that the transferred attack costs more than random signs, ε = 0.2",
            at(bystander, 0.2) - at(transferred, 0.2),
            0.3,
        ));
        checks.push(Check::at_most("accuracy of a linear model, ε = 0.15", at(linear, 0.15), 0.3));
        checks.push(Check::at_least("accuracy after adversarial training, ε = 0.15", at(hardened, 0.15), 0.5));
        checks.push(Check::at_least("the same without an attack", at(hardened, 0.0), 0.95));
        let sentence = format!(
            "An attack of size 0.15 leaves {:.0} % accuracy where random signs leave {:.0} %; a linear model keeps \
             {:.0} %.",
            100.0 * hit,
            100.0 * at(random, 0.15),
            100.0 * at(linear, 0.15)
        );
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let growth = |value: fn(&Effect) -> f64| {
            effects(evidence).map(move |effect| (effect.dimension as f64, value(effect)))
        };
        let linear = Figure::new(
            "dimension",
            "What a change of 0.1 in every input does to a linear function",
            "The worst change grows like the dimension, a random one like its square root.",
            Axis::logarithmic("dimension d"),
            Axis::logarithmic("change of w · x"),
        )
        .line("worst: ε‖w‖₁", growth(|effect| effect.worst))
        .line("random signs: ε‖w‖₂", growth(|effect| effect.random));
        let curves = Curves::of(evidence);
        let against = |curve: Vec<f64>| EPSILONS.into_iter().zip(curve);
        let accuracy = Figure::new(
            "accuracy",
            "Test accuracy against the size of the change",
            "Attacks destroy the accuracy of a network and of a linear model alike; random changes of the same \
             size do not; adversarial training helps.",
            Axis::linear("size of the change, ε (pixels range from 0 to 1)"),
            Axis::linear("test accuracy"),
        )
        .line("random signs", against(curves.random))
        .line("attack after adversarial training", against(curves.hardened))
        .line("attack on a linear model", against(curves.linear))
        .line("attack on a network", against(curves.attacked))
        .line("attack made for another network", against(curves.transferred))
        .line("random signs, that other network", against(curves.bystander));
        vec![accuracy, linear]
    }
}

/// What changes of the point `x` do to `w · x`.
fn effect(w: &[f64], x: &[f64], epsilon: f64) -> Result<Effect, Failure> {
    let attack = LinearAttack::new(w, epsilon)?;
    let dot = |x: &mut dyn Iterator<Item = f64>| w.iter().zip(x).map(|(w, x)| w * x).sum::<f64>();
    let attacked = dot(&mut x.iter().zip(attack.change()).map(|(x, change)| x + change));
    Ok(Effect {
        dimension: w.len(),
        worst: attack.worst(),
        attacked: attacked - dot(&mut x.iter().copied()),
        random: attack.deviation(),
    })
}

fn effects(evidence: &[Evidence<Task, Outcome>]) -> impl Iterator<Item = &Effect> {
    let lists = evidence.iter().filter_map(|one| match &one.outcome {
        Outcome::Linear(list) => Some(list),
        Outcome::Digits { .. } => None,
    });
    lists.flatten()
}

/// Accuracies, averaged over the seeds.
#[derive(Default)]
struct Curves {
    attacked: Vec<f64>,
    random: Vec<f64>,
    transferred: Vec<f64>,
    bystander: Vec<f64>,
    linear: Vec<f64>,
    hardened: Vec<f64>,
}

impl Curves {
    fn of(evidence: &[Evidence<Task, Outcome>]) -> Self {
        let runs: Vec<[&Vec<f64>; 6]> = evidence
            .iter()
            .filter_map(|one| match &one.outcome {
                Outcome::Digits { attacked, random, transferred, bystander, linear, hardened } => {
                    Some([attacked, random, transferred, bystander, linear, hardened])
                }
                Outcome::Linear(_) => None,
            })
            .collect();
        if runs.is_empty() {
            return Self::default();
        }
        let mean = |curve: usize| {
            let sum = |i: usize| runs.iter().filter_map(|run| run[curve].get(i)).sum::<f64>();
            (0..EPSILONS.len()).map(|i| sum(i) / runs.len() as f64).collect()
        };
        Self {
            attacked: mean(0),
            random: mean(1),
            transferred: mean(2),
            bystander: mean(3),
            linear: mean(4),
            hardened: mean(5),
        }
    }
}

fn on_digits(seed: u64, lab: &Lab) -> Result<Outcome, Failure> {
    let (device, mut stream) = (lab.device()?, Stream::new(seed));
    let (train, test) = digits::split()?;
    let (_, other_half) = train.split_at(500)?;
    let mut fit = |widths: &[usize], samples: &Samples, adversarial: f64| {
        train_network(widths, samples, adversarial, &device, lab, &mut stream)
    };
    let network = fit(&[64, 128, 10], &train, 0.0)?;
    let other = fit(&[64, 256, 64, 10], &other_half, 0.0)?;
    let linear = fit(&[64, 10], &train, 0.0)?;
    let hardened = fit(&[64, 128, 10], &train, HARDENED)?;

    let test = Examples::new(&test, Precision::F32, &device)?;
    let attack = |on: &MlpNetwork, against: &MlpNetwork| {
        let accuracy = |epsilon| {
            let inputs = fgsm(on, test.inputs(), test.targets(), LOSS, epsilon);
            test.with_inputs(inputs).accuracy(against)
        };
        EPSILONS.into_iter().map(accuracy).collect::<Result<Vec<f64>, _>>()
    };
    let mut blind = |on: &MlpNetwork| {
        let accuracy =
            |epsilon| test.with_inputs(random_signs(test.inputs(), epsilon, &mut stream)).accuracy(on);
        EPSILONS.into_iter().map(accuracy).collect::<Result<Vec<f64>, _>>()
    };
    Ok(Outcome::Digits {
        attacked: attack(&network, &network)?,
        transferred: attack(&network, &other)?,
        linear: attack(&linear, &linear)?,
        hardened: attack(&hardened, &hardened)?,
        random: blind(&network)?,
        bystander: blind(&other)?,
    })
}

fn train_network(
    widths: &[usize],
    samples: &Samples,
    adversarial: f64,
    device: &Device,
    lab: &Lab,
    stream: &mut Stream,
) -> Result<MlpNetwork, Failure> {
    let network =
        Mlp::new(widths, Activation::Relu)?.init(Initialization::HeNormal, Precision::F32, device, stream)?;
    let training = Training::new(LOSS, Optimizer::adam(), Schedule::Constant { rate: 1e-3 })
        .batch(Batch::Size(100))
        .limit(Limit::Epochs(60))
        .adversarial(adversarial);
    let examples = Examples::new(samples, Precision::F32, device)?;
    let trained = training.run_watched(network, &examples, stream, &mut lab.watch())?;
    lab.go_on()?;
    Ok(trained.network)
}
