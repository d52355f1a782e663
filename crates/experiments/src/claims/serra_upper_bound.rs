//! How many regions a shape allows at most, between what folding reaches and what patterns there are.

use saddlepoint_theory::expressivity::montufar::maximal_regions_at_least;
use saddlepoint_theory::expressivity::serra::maximal_regions_at_most;
use saddlepoint_theory::expressivity::zaslavsky::in_general_position;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement};

/// The claim `serra-upper-bound`.
pub struct SerraUpperBound;

/// A shape.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    /// Number of inputs.
    pub inputs: u32,
    /// Hidden widths.
    pub widths: Vec<u32>,
}

/// The bounds, as decimal integers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// Serra's upper bound.
    pub at_most: String,
    /// Montúfar's lower bound of the largest number; empty where a layer is narrower than the input.
    pub at_least: String,
    /// Zaslavsky's number for one layer of as many units.
    pub one_layer: String,
    /// Whether the three and `2^N` are in order.
    pub ordered: bool,
}

/// The catalogue's values.
const REFERENCE: [(u32, &[u32], &str); 14] = [
    (1, &[3, 4], "20"),
    (2, &[3, 3], "40"),
    (2, &[5, 5], "256"),
    (2, &[8, 4], "407"),
    (2, &[4, 8], "407"),
    (2, &[8, 8], "1369"),
    (2, &[10, 10], "3136"),
    (2, &[4, 4, 4], "1331"),
    (2, &[4, 4, 4, 4], "14641"),
    (2, &[2, 8], "56"),
    (3, &[5, 5], "576"),
    (3, &[4, 4, 4], "1631"),
    (4, &[6, 6], "2424"),
    (2, &[16], "137"),
];

impl Claim for SerraUpperBound {
    const CARD: Card = Card {
        id: "serra-upper-bound",
        version: 1,
        title: "No network has more regions than its widths allow, counted with the dimensions that silence takes away",
        statement: "A ReLU network with $n_0$ inputs and hidden widths $n_1,\\dots,n_L$ has at most \
            $$\\sum_{J}\\prod_l\\binom{n_l}{j_l},\\qquad J=\\{0\\le j_l\\le\\min(n_0,\\,n_1-j_1,\\dots,n_{l-1}-j_{l-1},\\,n_l)\\}$$ \
            linear regions. Where $j$ units of a layer are silent, its image has at most $n-j$ dimensions, and what follows divides \
            it less. One layer gives Zaslavsky's number, one input $\\prod_l(n_l+1)$ unless a layer before the last is a single \
            unit; the bound lies between Montúfar's lower bound \
            of the maximum and the $2^N$ patterns of $N$ units.",
        sources: &[Source {
            citation: "Serra, Tjandraatmadja, Ramalingam, Bounding and counting linear regions of deep neural networks, ICML 2018, \
                theorem 1",
            identifier: Some("arXiv:1711.02114"),
        }],
        hypotheses: &["fully connected ReLU layers"],
        kind: Kind::Exact,
        tags: &["expressivity", "depth", "regions"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, _: u64) -> Vec<Task> {
        let reference = REFERENCE.map(|(inputs, widths, _)| Task { inputs, widths: widths.to_vec() });
        let deepest = profile.pick(6, 10, 20);
        let tower = (1..=deepest).map(|depth| Task { inputs: 2, widths: vec![8; depth] });
        let large = [2, 16, 64].map(|inputs| Task { inputs, widths: vec![64; 10] });
        reference.into_iter().chain(tower).chain(large).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        lab.go_on()?;
        let Task { inputs, widths } = task;
        let at_most = maximal_regions_at_most(*inputs, widths)?;
        let units = widths.iter().sum();
        let at_least = maximal_regions_at_least(*inputs, widths).ok();
        let patterns = maximal_regions_at_most(units, &[units])?;
        Ok(Outcome {
            ordered: at_least.as_ref().is_none_or(|n| *n <= at_most) && at_most <= patterns,
            at_least: at_least.map_or(String::new(), |n| n.to_string()),
            at_most: at_most.to_string(),
            one_layer: in_general_position(*inputs, units).to_string(),
        })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        for Evidence { task, outcome } in evidence {
            let Task { inputs, widths } = task;
            let reference = REFERENCE.iter().find(|(i, w, _)| i == inputs && w == widths);
            if let Some((_, _, value)) = reference {
                checks.push(Check::equal(
                    format!("the bound of {inputs} inputs and {widths:?}"),
                    outcome.at_most.as_str(),
                    value,
                ));
            }
            if let [_] = widths[..] {
                checks.push(Check::equal(
                    format!("one layer, {inputs} inputs and {widths:?}: Zaslavsky's number"),
                    outcome.at_most.clone(),
                    outcome.one_layer.clone(),
                ));
            }
        }
        let disordered = evidence.iter().filter(|e| !e.outcome.ordered).count();
        if !evidence.is_empty() {
            checks.push(Check::equal(
                format!("shapes without Montúfar ≤ Serra ≤ 2^N, of {}", evidence.len()),
                disordered,
                0,
            ));
        }
        Judgement::from_checks("Every value is the theorem's sum, and all bounds are in order.", checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let tower = |of: fn(&Outcome) -> &String| {
            let point = |e: &Evidence<Task, Outcome>| {
                let depth = e.task.widths.len();
                let number = of(&e.outcome).parse().ok()?;
                (e.task.inputs == 2 && e.task.widths == vec![8; depth]).then_some((depth as f64, number))
            };
            let mut points: Vec<(f64, f64)> = evidence.iter().filter_map(point).collect();
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            points
        };
        let patterns: Vec<(f64, f64)> =
            tower(|o| &o.at_most).iter().map(|(depth, _)| (*depth, 2f64.powf(8.0 * depth))).collect();
        vec![
            Figure::new(
                "shapes",
                "What two inputs and layers of eight units allow",
                "The largest number of regions lies between the two middle curves. Both grow exponentially with depth, while one layer of as many units stays quadratic.",
                Axis::linear("hidden layers of eight units"),
                Axis::logarithmic("number of regions"),
            )
            .reference("all patterns", patterns)
            .line("Serra: at most", tower(|o| &o.at_most))
            .line("Montúfar: some have at least", tower(|o| &o.at_least))
            .line("one layer of as many units", tower(|o| &o.one_layer)),
        ]
    }
}
