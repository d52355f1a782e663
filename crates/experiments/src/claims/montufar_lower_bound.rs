//! Networks that fold the plane have as many regions as Montúfar's bound says: depth against width at equal size.

use saddlepoint_theory::expressivity::breakpoints::Breakpoints;
use saddlepoint_theory::expressivity::montufar::{
    folding_network, folding_network_on_a_line, maximal_regions_at_least,
};
use saddlepoint_theory::expressivity::regions::{Rectangle, Regions};
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement};

/// The claim `montufar-lower-bound`.
pub struct MontufarLowerBound;

/// A folding network.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    /// One or two.
    pub inputs: u32,
    /// Hidden widths.
    pub widths: Vec<u32>,
}

/// What a task measures.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// The formula.
    pub formula: String,
    /// Activation regions.
    pub regions: usize,
    /// Maximal affine pieces.
    pub pieces: usize,
    /// A line around all regions, for small networks.
    pub outline: Vec<[f64; 2]>,
}

/// The catalogue's counts.
const PLANE: [(&[u32], usize); 8] = [
    (&[4, 4], 44),
    (&[4, 4, 4], 176),
    (&[6, 4], 99),
    (&[6, 6], 198),
    (&[4, 4, 4, 4], 704),
    (&[8, 8], 592),
    (&[10, 10], 1400),
    (&[20], 211),
];

/// The same on a line.
const LINE: [(&[u32], usize); 4] = [(&[3, 3], 12), (&[3, 3, 3], 36), (&[4, 4, 4], 80), (&[5, 5, 5, 5], 750)];

/// Sixteen units in one, two, four layers.
const SIXTEEN: [&[u32]; 4] = [&[16], &[8, 8], &[6, 6, 4], &[4, 4, 4, 4]];

impl Claim for MontufarLowerBound {
    const CARD: Card = Card {
        id: "montufar-lower-bound",
        version: 1,
        title: "Networks that fold reach exponentially many regions, and depth beats width",
        statement: "Among ReLU networks with $n_0$ inputs and hidden widths $n_l\\ge n_0$ there is one with at least \
            $$\\Bigl(\\prod_{l<L}\\lfloor n_l/n_0\\rfloor^{n_0}\\Bigr)\\sum_{j\\le n_0}\\binom{n_L}{j}$$ linear regions: each layer but the last \
            folds every coordinate $\\lfloor n_l/n_0\\rfloor$ times onto itself, so that whatever the last layer draws is \
            repeated in every fold. Twenty units in two layers of ten have 1,400 regions, in one layer 211.\n\n\
            It is a bound of the *largest* number: it says what some weights do, not what random or trained ones do.",
        sources: &[Source {
            citation: "Montúfar, Pascanu, Cho, Bengio, On the number of linear regions of deep neural networks, NeurIPS 2014, \
                theorem 4",
            identifier: Some("arXiv:1402.1869"),
        }],
        hypotheses: &[
            "no hidden layer is narrower than the input",
            "regions are counted on the cube that is folded",
        ],
        kind: Kind::Exact,
        tags: &["expressivity", "depth", "regions"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, _: u64) -> Vec<Task> {
        let more: &[&[u32]] =
            profile.pick(&[], &[&[6, 6, 6], &[12, 12], &[4, 4, 4, 4, 4]], &[&[8, 8, 8], &[16, 16], &[4; 6]]);
        let plane = PLANE.iter().map(|(widths, _)| *widths).chain(SIXTEEN).chain(more.iter().copied());
        let mut tasks: Vec<Task> = Vec::new();
        for widths in plane {
            if !tasks.iter().any(|task| task.widths == widths) {
                tasks.push(Task { inputs: 2, widths: widths.to_vec() });
            }
        }
        tasks.extend(LINE.map(|(widths, _)| Task { inputs: 1, widths: widths.to_vec() }));
        tasks
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        lab.go_on()?;
        let formula = maximal_regions_at_least(task.inputs, &task.widths)?.to_string();
        if task.inputs == 1 {
            let network = folding_network_on_a_line(&task.widths)?;
            let found = Breakpoints::of(&network, 0.0, task.widths[0].into())?;
            let (regions, pieces) = (found.activation_regions(), found.affine_pieces());
            return Ok(Outcome { formula, regions, pieces, outline: Vec::new() });
        }
        let regions = Regions::of(&folding_network(&task.widths)?, Rectangle::new([0.0; 2], [1.0; 2])?)?;
        let outline = if task.widths == [6, 6] { regions.outline() } else { Vec::new() };
        Ok(Outcome { formula, regions: regions.len(), pieces: regions.affine_pieces(), outline })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        for Evidence { task, outcome } in evidence {
            let table: &[(&[u32], usize)] = if task.inputs == 1 { &LINE } else { &PLANE };
            let where_ = if task.inputs == 1 { "on a line" } else { "in the plane" };
            checks.push(Check::equal(
                format!("regions of {:?} {where_}, against the formula", task.widths),
                outcome.regions.to_string(),
                outcome.formula.clone(),
            ));
            if let Some((_, reference)) = table.iter().find(|(widths, _)| *widths == task.widths) {
                checks.push(Check::equal(
                    format!("regions of {:?} {where_}", task.widths),
                    outcome.regions,
                    *reference,
                ));
            }
        }
        Judgement::from_checks(
            "Every folding network has exactly as many regions as the formula says, 1,400 against 211 at twenty units.",
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let plane = |widths: &[u32]| evidence.iter().find(|e| e.task.inputs == 2 && e.task.widths == widths);
        let mut figures = Vec::new();
        if let Some(e) = plane(&[6, 6]) {
            figures.push(
                Figure::new(
                    "map",
                    "A network of two layers of six units folds the square",
                    "The first layer folds each side three times; the six lines of the second layer appear, mirrored, in each of the nine squares.",
                    Axis::linear("x₁"),
                    Axis::linear("x₂"),
                )
                .line("all regions", e.outcome.outline.iter().map(|p| (p[0], p[1]))),
            );
        }
        let depth = |widths: &[u32]| widths.len() as f64;
        let sixteen = |of: fn(&Outcome) -> f64| {
            let points =
                SIXTEEN.iter().filter_map(move |widths| Some((depth(widths), of(&plane(widths)?.outcome))));
            points.collect::<Vec<_>>()
        };
        figures.push(
            Figure::new(
                "depth",
                "Sixteen units in one to four layers",
                "The same number of units, folded: regions multiply with depth, as far as layers stay twice as wide as the input.",
                Axis::linear("hidden layers"),
                Axis::logarithmic("number"),
            )
            .points("activation regions", sixteen(|o| o.regions as f64))
            .points("affine pieces", sixteen(|o| o.pieces as f64)),
        );
        figures
    }
}
