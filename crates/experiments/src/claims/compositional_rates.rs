//! A function composed as a tree is approximated node by node with exponents of two variables, not of all.

use saddlepoint_models::random::Stream;
use saddlepoint_theory::expressivity::compositional::{
    Bilinear, grid_parameters, multilinear_tree, tree, tree_parameters,
};
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::regression::exponent;
use crate::verdict::{Check, Judgement, maximum, minimum};

/// The claim `compositional-rates`.
pub struct CompositionalRates;

/// The node of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Node {
    /// `sin(1.5a + ½) cos(b − 0.3)`.
    Smooth,
    /// `|a − 0.3| − |b + 0.2|` between −1 and 1: Lipschitz, with kinks.
    Lipschitz,
}

/// How the tree is approximated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Each node on a grid over a square.
    Tree,
    /// The function of eight variables on a grid over the cube.
    Grid,
}

/// An approximation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    /// The node.
    pub node: Node,
    /// The method.
    pub method: Method,
    /// Cells a side.
    pub cells: usize,
}

/// What a task measures.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// Numbers that the approximation keeps.
    pub parameters: f64,
    /// The largest error over the points.
    pub largest: f64,
    /// The root of the mean squared error.
    pub rms: f64,
}

/// Number of inputs.
const INPUTS: usize = 8;

/// Number of points, from seed 11.
const POINTS: usize = 4000;

/// Largest errors of the smooth tree, to the catalogue's digits.
const TREE: [(usize, f64); 6] = [
    (4, 1.545526811e-1),
    (8, 4.708391654e-2),
    (16, 1.220544032e-2),
    (32, 3.490757585e-3),
    (64, 8.416104505e-4),
    (128, 1.853482476e-4),
];

/// The same on a grid over the cube.
const GRID: [(usize, f64); 6] =
    [(1, 0.6995810), (2, 0.5476459), (3, 0.1875174), (4, 0.2241225), (5, 0.1956809), (6, 0.1009342)];

impl Claim for CompositionalRates {
    const CARD: Card = Card {
        id: "compositional-rates",
        version: 1,
        title: "Functions composed of two-variable functions escape the curse of dimensionality by depth",
        statement: "Functions of $d$ variables with $m$ bounded derivatives take $O(\\varepsilon^{-d/m})$ parameters in a shallow network, and \
            no method does better for all of them. Compositions along a binary tree of functions of *two* variables with $m$ bounded \
            derivatives take $O((d-1)\\,\\varepsilon^{-2/m})$ in a deep network whose graph matches the tree.\n\n\
            Here without training: each of the seven nodes of a tree of eight variables on a grid over a square, against the whole \
            function on a grid over the cube. The error falls like parameters$^{-m/2}$ and like parameters$^{-m/d}$ \
            (multilinear interpolation: $m=2$ for a smooth node).\n\n\
            As it is often told, the statement lacks four things: smoothness other than $m=1$; that the constituents may differ \
            from node to node; their Lipschitz constants, through which errors propagate as $\\delta(1+L+L^2)$; and that the lower bound is \
            about the worst function of the class, not about the given one.",
        sources: &[
            Source {
                citation: "Mhaskar, Poggio, Liao, Learning functions: when is deep better than shallow, 2016, theorems 1 and 2",
                identifier: Some("arXiv:1603.00988"),
            },
            Source {
                citation: "Poggio, Mhaskar, Rosasco, Miranda, Liao, Why and when can deep - but not shallow - networks avoid the curse of \
                    dimensionality: a review, 2017, theorems 1, 2 and 4",
                identifier: Some("arXiv:1611.00740"),
            },
        ],
        hypotheses: &[
            "eight variables in $[-1,1]$, errors at 4,000 uniform points",
            "smooth node $h(a,b)=\\sin(1.5a+0.5)\\cos(b-0.3)$; Lipschitz node $|a-0.3|-|b+0.2|$, clipped to $[-1,1]$",
            "the approximating tree has the tree of the function",
        ],
        kind: Kind::Exact,
        tags: &["expressivity", "approximation", "depth"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(_: Profile, _: u64) -> Vec<Task> {
        let of = |node| {
            let trees = TREE.map(|(cells, _)| Task { node, method: Method::Tree, cells });
            trees.into_iter().chain(GRID.map(|(cells, _)| Task { node, method: Method::Grid, cells }))
        };
        of(Node::Smooth).chain(of(Node::Lipschitz)).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let cells = task.cells;
        let h = |a: f64, b: f64| match task.node {
            Node::Smooth => (1.5 * a + 0.5).sin() * (b - 0.3).cos(),
            Node::Lipschitz => ((a - 0.3).abs() - (b + 0.2).abs()).clamp(-1.0, 1.0),
        };
        let node = Bilinear::of(cells, h)?;
        let mut stream = Stream::new(11);
        let (mut largest, mut squares) = (0f64, 0.0);
        for _ in 0..POINTS {
            lab.go_on()?;
            let x: Vec<f64> = (0..INPUTS).map(|_| 2.0 * stream.uniform() - 1.0).collect();
            let value = match task.method {
                Method::Tree => tree(&x, |a, b| node.at(a, b))?,
                Method::Grid => multilinear_tree(&x, cells, h)?,
            };
            let error = (value - tree(&x, h)?).abs();
            largest = maximum(largest, error);
            squares += error * error;
        }
        let parameters = match task.method {
            Method::Tree => tree_parameters(INPUTS, cells),
            Method::Grid => grid_parameters(INPUTS, cells),
        };
        Ok(Outcome { parameters, largest, rms: (squares / POINTS as f64).sqrt() })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        for (method, table, what) in [(Method::Tree, TREE, "tree"), (Method::Grid, GRID, "grid")] {
            for e in select(evidence, Node::Smooth, method) {
                let cells = e.task.cells;
                let reference = table.iter().find(|(n, _)| *n == cells).map_or(f64::NAN, |(_, error)| *error);
                let tolerance = if method == Method::Tree { 1e-9 * reference } else { 5.1e-8 };
                checks.push(Check::absolute(
                    format!("largest error, smooth {what}, {cells} cells"),
                    e.outcome.largest,
                    reference,
                    tolerance,
                ));
            }
        }
        for (node, method, what, range) in [
            (Node::Smooth, Method::Tree, "smooth tree (theory −1)", -1.2..=-0.85),
            (Node::Smooth, Method::Grid, "smooth grid (theory −1/4)", -0.3..=-0.1),
            // Kinks between grid points cost up to half of the exponent.
            (Node::Lipschitz, Method::Tree, "Lipschitz tree (theory between −1 and −1/2)", -1.0..=-0.5),
        ] {
            let points = curve(evidence, node, method, |o| o.largest);
            checks.push(Check::within(format!("exponent of the error, {what}"), exponent(points), range));
        }
        for (method, what, expected) in [(Method::Tree, "tree", 567.0), (Method::Grid, "grid", 5_764_801.0)] {
            let enough =
                curve(evidence, Node::Smooth, method, |o| o.rms).into_iter().filter(|(_, rms)| *rms <= 0.03);
            let least = enough.map(|(parameters, _)| parameters).fold(f64::INFINITY, minimum);
            checks.push(Check::equal(format!("parameters for an rms error of 0.03, {what}"), least, expected));
        }
        Judgement::from_checks(
            "The tree reaches with 567 numbers what a grid over the cube needs 5.8 million for, at the exponents of the theory.",
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let figure = |id: &str, title: &str, caption: &str, node: Node| {
            Figure::new(id, title, caption, Axis::logarithmic("parameters"), Axis::logarithmic("largest error"))
                .line("deep: node by node", curve(evidence, node, Method::Tree, |o| o.largest))
                .line("shallow: the whole cube", curve(evidence, node, Method::Grid, |o| o.largest))
        };
        vec![
            figure(
                "smooth",
                "A tree of smooth nodes in eight variables: error against parameters, deep and shallow",
                "Node by node, ten times the parameters make a tenth of the error. On the whole cube they make just over half of it: that is the curse of dimensionality.",
                Node::Smooth,
            ),
            figure(
                "lipschitz",
                "The same with nodes that are only Lipschitz",
                "Kinks slow both down, and leave the distance between them.",
                Node::Lipschitz,
            ),
        ]
    }
}

fn select(
    evidence: &[Evidence<Task, Outcome>],
    node: Node,
    method: Method,
) -> impl Iterator<Item = &Evidence<Task, Outcome>> {
    evidence.iter().filter(move |e| e.task.node == node && e.task.method == method)
}

/// `(parameters, error)` of a method.
fn curve(
    evidence: &[Evidence<Task, Outcome>],
    node: Node,
    method: Method,
    of: fn(&Outcome) -> f64,
) -> Vec<(f64, f64)> {
    select(evidence, node, method).map(|e| (e.outcome.parameters, of(&e.outcome))).collect()
}
