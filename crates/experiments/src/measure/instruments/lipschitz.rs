//! How far the network can move outputs apart.

use super::{Cost, Instrument};
use crate::claim::Failure;
use crate::figure::{Axis, Figure};
use crate::measure::quantity::{Certainty, Findings, Quantity, Refusal};
use crate::measure::subject::Subject;
use crate::verdict::{maximum, show};

/// An upper bound of the Lipschitz constant from the graph, a lower one from gradients at examples.
pub(super) struct Lipschitz;

/// Examples at which gradients are taken, and directions of the outputs at each.
const EXAMPLES: usize = 200;
const DIRECTIONS: usize = 8;

impl Instrument for Lipschitz {
    fn id(&self) -> &'static str {
        "lipschitz"
    }

    fn title(&self) -> &'static str {
        "Lipschitz constant"
    }

    fn about(&self) -> &'static str {
        "how far the outputs can be apart for each unit between two inputs: from above by the graph, from below by gradients"
    }

    fn cost(&self, subject: &Subject<'_>) -> Cost {
        let examples = EXAMPLES.min(subject.train.count()) as f64 / subject.train.count() as f64;
        Cost::passes(3.0 * DIRECTIONS as f64 * examples)
    }

    fn measure(&self, subject: &Subject<'_>) -> Result<Findings, Failure> {
        let mut found = Findings::default();
        let low = lower(subject)?;
        let method = format!(
            "the largest gradient of outputs along {DIRECTIONS} random directions at {} training examples; where the network is not \
             differentiable, that of a piece",
            EXAMPLES.min(subject.train.count())
        );
        let name = "Lipschitz constant, from below";
        found.quantities.push(Quantity::computed(name, low, method).that_is(Certainty::AtLeast));
        let structure = match subject.structure() {
            Ok(structure) => structure,
            Err(failure) => {
                found.refusals.push(Refusal::new("Lipschitz constant, from above", failure));
                found.sentence =
                    format!("The Lipschitz constant is at least {}; nothing bounds it.", show(low));
                return Ok(found);
            }
        };
        match &structure.upper {
            Ok(upper) => {
                let method = "one recursion over the graph: layers by their spectral norms, activations by their largest slopes, sums and \
                              concatenations of branches by theirs; rounded up";
                let name = "Lipschitz constant, from above";
                let above = Quantity::computed(name, upper.constant, method);
                found.quantities.push(above.that_is(Certainty::AtMost));
                found.sentence = format!(
                    "Two inputs are moved apart by a factor of at most {}, and somewhere of at least {}{}.",
                    show(upper.constant),
                    show(low),
                    if upper.jump > 0.0 { ", but for jumps as small as rounding" } else { "" }
                );
                let points = upper.growth.iter().enumerate().map(|(at, growth)| (at as f64, growth.constant));
                let names = upper.growth.iter().map(|growth| growth.place.operator.clone());
                found.figures.push(
                    Figure::new(
                        "lipschitz",
                        "How the bound grows through the network",
                        "The upper bound of the Lipschitz constant of each node's output: where it rises most, the layers stretch most or \
                         branches are added up.",
                        Axis::named("node", names),
                        Axis::logarithmic("Lipschitz constant up to there"),
                    )
                    .line("upper bound", points.clone())
                    .points("node", points),
                );
            }
            Err(refusal) => {
                for node in &refusal.nodes {
                    found.refusals.push(Refusal::new("Lipschitz constant, from above", node));
                }
                found.sentence = format!(
                    "The Lipschitz constant is at least {}; {} bounded by none.",
                    show(low),
                    match refusal.nodes.len() {
                        1 => "one node is".to_owned(),
                        count => format!("{count} nodes are"),
                    }
                );
            }
        }
        Ok(found)
    }
}

/// The largest `‖∇ₓ⟨u, f(x)⟩‖` for random unit vectors `u`: no Lipschitz constant is smaller.
fn lower(subject: &Subject<'_>) -> Result<f64, Failure> {
    let mut stream = subject.stream("lipschitz");
    let mut chosen = stream.permutation(subject.train.count());
    chosen.truncate(EXAMPLES);
    let examples = subject.train.choose(&chosen)?;
    let n = examples.len();
    let width = subject.model.outputs(&examples)?.len() / n;
    let mut largest = 0.0;
    for direction in 0..DIRECTIONS {
        subject.step(direction as f64 / DIRECTIONS as f64)?;
        let mut weights = stream.normals(n * width);
        for row in weights.chunks_exact_mut(width) {
            let norm = row.iter().map(|u| u * u).sum::<f64>().sqrt();
            for u in row {
                *u /= norm;
            }
        }
        let gradients = subject.model.input_gradients(&examples, &weights)?;
        let lengths =
            gradients.chunks_exact(gradients.len() / n).map(|g| g.iter().map(|x| x * x).sum::<f64>().sqrt());
        largest = lengths.fold(largest, maximum);
    }
    Ok(largest)
}
