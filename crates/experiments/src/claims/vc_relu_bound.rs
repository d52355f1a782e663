//! The VC dimension of ReLU networks is bounded, and the bound says nothing about networks of the usual size.

use saddlepoint_theory::bounds::vc::VapnikChervonenkis;
use saddlepoint_theory::capacity::vc::piecewise_linear::Architecture;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement};

/// The claim `vc-relu-bound`.
pub struct VcReluBound;

/// A fully connected ReLU network with one output.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    inputs: u64,
    hidden: Vec<u64>,
}

impl Task {
    fn name(&self) -> String {
        let widths = [&[self.inputs], &self.hidden[..], &[1]].concat();
        widths.iter().map(u64::to_string).collect::<Vec<_>>().join("-")
    }
}

/// What theory says about it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    parameters: u64,
    effective_depth: f64,
    weighted_units: u64,
    /// Bounds of the VC dimension; the closed form needs three units.
    closed: Option<f64>,
    implicit: f64,
    product: f64,
    /// `(n, closed form, growth function)`: deviations of test from training error at δ = 0.05.
    deviations: Vec<(f64, f64, f64)>,
}

/// The catalogue's networks and values.
struct Reference {
    inputs: u64,
    hidden: &'static [u64],
    parameters: Option<u64>,
    closed: Option<f64>,
    implicit: Option<f64>,
    product: Option<f64>,
}

const fn reference(
    inputs: u64,
    hidden: &'static [u64],
    parameters: Option<u64>,
    [closed, implicit, product]: [Option<f64>; 3],
) -> Reference {
    Reference { inputs, hidden, parameters, closed, implicit, product }
}

const REFERENCES: [Reference; 6] = [
    reference(64, &[32], Some(2113), [Some(47981.8197), Some(46075.06), Some(40698.56)]),
    reference(64, &[128], Some(8449), [Some(229866.0011), Some(221118.24), Some(182123.82)]),
    reference(64, &[512, 512], Some(296_449), [Some(11095727.59), Some(10716910.83), Some(8379083.38)]),
    reference(784, &[600], Some(471_601), [Some(15290713.12), Some(14745898.83), Some(11460481.88)]),
    reference(784, &[100, 100], None, [Some(3863493.751), None, None]),
    reference(2, &[4], None, [None, Some(235.413), Some(228.595)]),
];

/// Confidence of the deviations.
const DELTA: f64 = 0.05;

/// Examples of the digits and of MNIST.
const DIGITS: u64 = 1000;
const MNIST: u64 = 60_000;

/// From so many examples on, the closed form bounds the gap of 64-128-1 by one half.
const ENOUGH: u64 = 52_400_000;

impl Claim for VcReluBound {
    const CARD: Card = Card {
        id: "vc-relu-bound",
        version: 1,
        title: "ReLU networks have finite VC dimension, and the bound by it is vacuous for digits and MNIST",
        statement: r"A network of $L$ layers of ReLU units, the output included, with $k_i$ units in layer $i$, $W_i$ parameters up to it
            and $W$ in all, takes at most
            $$\prod_i2\Bigl(\frac{2em\,k_i\,i}{W_i}\Bigr)^{W_i}$$
            labellings of $m\ge W$ points. With $R=\sum_ii\,k_i$ and $\bar L=\sum_iW_i/W$ its VC dimension is therefore at most
            $L+\bar LW\log_2(4eR\log_2(2eR))$, which for some networks is right up to logarithms: there are some with
            dimension $cWL\log(W/L)$.

            In the bound of Vapnik and Chervonenkis, $\sqrt{8(\ln\Pi(2n)+\ln(4/\delta))/n}$, that is vacuous for the networks that
            learn digits and MNIST: $64$-$128$-$1$ needs some $5\cdot10^7$ examples until its gap is below one half.

            Three forms of the bound are computed: the closed one, the implicit one it comes from, and the product itself. (The
            deviation at $1{,}000$ examples is $3.34$, with $\Pi(2n)$ as the theorem has it; with $\Pi(n)$ it would be $2.36$, vacuous as well.)",
        sources: &[
            Source {
                citation: "Bartlett, Harvey, Liaw, Mehrabian, Nearly-tight VC-dimension and pseudodimension bounds for piecewise \
                           linear neural networks, JMLR 20, 2019, theorems 3 and 7",
                identifier: Some("arXiv:1703.02930"),
            },
            Source {
                citation: "Vapnik and Chervonenkis, Theory of Probability and its Applications 16, 1971, theorem 2",
                identifier: Some("10.1137/1116025"),
            },
        ],
        hypotheses: &[
            "$W_i$ counts the parameters of layers $1,\\dots,i$",
            "the label is the sign of one output",
            "for fewer points than parameters only $2^m$ bounds the growth",
        ],
        kind: Kind::Exact,
        tags: &["generalization", "capacity", "vc", "bounds"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, _seed: u64) -> Vec<Task> {
        let more: &[(u64, &[u64])] = profile.pick(
            &[],
            &[(64, &[64, 64, 64, 64]), (784, &[300, 100])],
            &[(64, &[64, 64, 64, 64]), (784, &[300, 100]), (784, &[1024, 1024, 1024])],
        );
        let known = REFERENCES.iter().map(|known| (known.inputs, known.hidden));
        known
            .chain(more.iter().copied())
            .map(|(inputs, hidden)| Task { inputs, hidden: hidden.to_vec() })
            .collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let network = Architecture::fully_connected(task.inputs, &[&task.hidden[..], &[1]].concat(), 1)?;
        let (closed, implicit, product) =
            (network.closed_form().ok(), network.implicit(), network.product_form());
        let dimension = closed.unwrap_or(implicit) as u64;
        let mut sizes: Vec<u64> = (4..=36).map(|i| 10f64.powf(f64::from(i) / 4.0) as u64).collect();
        sizes.extend([DIGITS, MNIST, ENOUGH]);
        sizes.sort_unstable();
        sizes.dedup();
        let deviation = |n: u64| {
            lab.go_on()?;
            let by_dimension = VapnikChervonenkis::new(0.0, dimension, n, DELTA)?.evaluate();
            let by_growth =
                VapnikChervonenkis::with_log_growth(0.0, network.log_growth(2 * n), n, DELTA)?.evaluate();
            Ok((n as f64, by_dimension.value(), by_growth.value()))
        };
        Ok(Outcome {
            parameters: network.parameters(),
            effective_depth: network.effective_depth(),
            weighted_units: network.weighted_units(),
            closed,
            implicit,
            product,
            deviations: sizes.into_iter().map(deviation).collect::<Result<_, Failure>>()?,
        })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        for Evidence { task, outcome } in evidence {
            let name = task.name();
            let known = REFERENCES.iter().find(|r| r.inputs == task.inputs && *r.hidden == *task.hidden);
            if let Some(known) = known {
                if let Some(parameters) = known.parameters {
                    checks.push(Check::equal(format!("parameters of {name}"), outcome.parameters, parameters));
                }
                let forms = [
                    ("closed form", known.closed, outcome.closed.unwrap_or(f64::NAN)),
                    ("implicit form", known.implicit, outcome.implicit),
                    ("product form", known.product, outcome.product),
                ];
                for (form, value, found) in forms {
                    checks.extend(value.map(|value| {
                        let what = format!("{form} of {name}");
                        // Of the smallest network three decimals are known, of which the last may be off by one half.
                        if value < 1000.0 {
                            Check::absolute(what, found, value, 5.1e-4)
                        } else {
                            Check::relative(what, found, value, 1e-6)
                        }
                    }));
                }
            }
            checks.push(Check::at_most(
                format!("product form over implicit form, {name}"),
                outcome.product / outcome.implicit,
                1.0,
            ));
            // Networks with more parameters than examples, by either road.
            let deviation = |n: u64| outcome.deviations.iter().find(|row| row.0 == n as f64);
            let data = if task.inputs == 64 { Some(DIGITS) } else { (task.inputs == 784).then_some(MNIST) };
            if let Some(n) = data {
                let least = deviation(n).map_or(f64::NAN, |row| row.2);
                checks.push(Check::at_least(
                    format!("gap that the growth function allows {name} on {n} examples"),
                    least,
                    1.0,
                ));
            }
            if task.inputs == 64 && task.hidden == [128] {
                let (few, enough) = (deviation(DIGITS), deviation(ENOUGH));
                checks.push(Check::absolute(
                    "gap of 64-128-1 on 1,000 examples",
                    few.map_or(f64::NAN, |row| row.1),
                    3.335478,
                    1e-3,
                ));
                checks.push(Check::within(
                    "gap of 64-128-1 on 52,400,000 examples, by its dimension",
                    enough.map_or(f64::NAN, |row| row.1),
                    0.499..=0.5,
                ));
            }
        }
        Judgement::from_checks(
            "All forms have the catalogue's values, and every network for digits or MNIST may err by more than 1 as far as they say.",
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let mut gaps = Figure::new(
            "gap",
            "What the VC dimension says about test minus training error",
            "A bound above 1 says nothing. Up to the number of parameters it stays at 3.3 whatever the network; the digits have 10³ examples and MNIST 6·10⁴.",
            Axis::logarithmic("examples n"),
            Axis::logarithmic("bound of the gap, δ = 0.05"),
        );
        for e in evidence {
            gaps = gaps.line(e.task.name(), e.outcome.deviations.iter().map(|row| (row.0, row.2)));
        }
        let ends = [10.0, 1e9];
        gaps = gaps.reference("vacuous above", ends.map(|n| (n, 1.0)));
        let forms = |value: fn(&Outcome) -> Option<f64>| {
            evidence.iter().filter_map(move |e| Some((e.outcome.parameters as f64, value(&e.outcome)?)))
        };
        let parameters = Figure::new(
            "parameters",
            "Bounds of the VC dimension, parameter by parameter",
            "All three forms are some twenty to forty times the number of parameters, and the product form is the smallest; in one layer more they grow by the effective depth.",
            Axis::logarithmic("parameters W"),
            Axis::logarithmic("bound of the VC dimension"),
        )
        .points("closed form", forms(|outcome| outcome.closed))
        .points("implicit form", forms(|outcome| Some(outcome.implicit)))
        .points("product form", forms(|outcome| Some(outcome.product)))
        .reference("W", [(10.0, 10.0), (1e6, 1e6)]);
        vec![gaps, parameters]
    }
}
