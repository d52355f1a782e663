//! Noise cushions of trained networks: what compression could use, and that it compresses nothing here.

use nalgebra::{DMatrix, DVector};
use saddlepoint_models::data::DataSet;
use saddlepoint_models::device::Precision;
use saddlepoint_models::random::Stream;
use saddlepoint_rigor::{Interval, IntervalMatrix};
use saddlepoint_theory::capacity::cushions::{Cushions, interlayer_smoothness};
use saddlepoint_theory::capacity::matrix_project::matrix_project;
use saddlepoint_theory::capacity::norms::Layers;
use saddlepoint_theory::capacity::spectrum::exact;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::digit_networks::{EPOCHS, Recipe, WEIGHTS, WIDTHS, trained};
use crate::figure::{Axis, Figure, Mark};
use crate::sample::median;
use crate::verdict::{Check, Judgement, maximum, minimum, show};

/// The claim `arora-cushions`.
pub struct AroraCushions;

/// On which inputs cushions are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum On {
    /// The first training inputs.
    Data,
    /// Normal ones, divided by their norm.
    Gaussian,
}

/// One network on inputs of one kind.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    /// How it is trained; its start after 0 epochs.
    pub recipe: Recipe,
    /// The inputs.
    pub on: On,
    /// How many.
    pub points: usize,
    /// Numbers of projections of each layer with which it is compressed.
    pub projections: Vec<u64>,
}

/// A compressed network beside its original.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Compressed {
    /// Projections of each layer.
    pub projections: u64,
    /// The median over the inputs of the relative change of the output.
    pub change: f64,
    /// The part of the inputs that are given the same class.
    pub agreement: f64,
    /// The interlayer smoothness under this noise; the theorem needs 9.
    #[serde(with = "crate::number")]
    pub smoothness: f64,
}

/// The cushions.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// `μᵢ`.
    pub layer: Vec<f64>,
    /// `μ_{i→}`.
    pub interlayer: Vec<f64>,
    /// `c`.
    pub contraction: f64,
    /// `Σ 1/(μᵢ² μ_{i→}²)`.
    pub sum: f64,
    /// The paper's number of parameters of the compressed network at `ε = 1`, `δ = 0.05`.
    pub parameters: f64,
    /// With few and many projections.
    pub compressed: Vec<Compressed>,
}

/// The largest accuracy that the theorem knows, which needs the fewest parameters, and the failure probability.
const EPSILON: f64 = 1.0;
const DELTA: f64 = 0.05;

impl Claim for AroraCushions {
    const CARD: Card = Card {
        id: "arora-cushions",
        version: 1,
        title: "Networks that learnt true labels have larger noise cushions; compression by them compresses nothing",
        statement: r"With pre-activations $x^i$ on a sample, the layer cushion $\mu_i=\min\|x^i\|/(\|A^i\|_F\|\phi(x^{i-1})\|)$ and the interlayer cushion
            $\mu_{i\to}=\min(1/\sqrt{h_i},\min_{j>i}\|x^j\|/(\|J^{i,j}\|_F\|x^i\|))$ say how much of a layer's norm the data use and how much of a noise reaches the
            layers above. Every one of them is at least as large after true labels as after random ones, layer cushions larger, and
            $\sum_i1/(\mu_i^2\mu_{i\to}^2)$ at least five times as large after random labels.

            The theorem is about the **compressed** network, whose layers are $k$ inner products with random signs: it says nothing of the
            original, and that compressible networks generalize better is not what it proves. Its number of parameters,
            $72c^2d^2\ln(mdh/\delta)\varepsilon^{-2}\sum_i1/(\mu_i^2\mu_{i\to}^2)$, is above the $25{,}856$ weights that there are, even at the coarsest
            accuracy $\varepsilon=1$: nothing is compressed at this scale. The outputs of compressed networks approach the original's like
            $k^{-1/2}$, with more numbers for each layer than it has weights.",
        sources: &[
            Source {
                citation: "Arora, Ge, Neyshabur, Zhang, Stronger generalization bounds for deep nets via a compression approach, ICML 2018, \
                    section 4, theorem 4.1",
                identifier: Some("arXiv:1802.05296"),
            },
            Source {
                citation: "Ollion, Grisel, Learning with deep networks: expressivity, optimization and generalization: compressible networks \
                    generalize better, as printed",
                identifier: None,
            },
        ],
        hypotheses: &[
            "no biases, ReLU; cushions are enclosed, minima over the first training inputs",
            "the number of parameters is the paper's, whose number of projections is too small (`arora-matrix-project-negative`): the \
             corrected one is larger still",
            "the theorem also needs an interlayer smoothness of $3d=9$ under the noise of the compression, which is shown and not judged",
        ],
        kind: Kind::Training,
        tags: &["generalization", "compression", "norms", "digits"],
        data: &[DataSet::Digits],
        network: Some(Precision::F32),
    };

    const NATIVE: bool = true;

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let points = profile.pick(50, 200, 1000);
        let task = |random_labels, epochs, on, offset| Task {
            recipe: Recipe { random_labels, examples: 1000, epochs, seed: seed + offset },
            on,
            points,
            projections: match (random_labels > 0.0, epochs, on, offset) {
                (false, EPOCHS, On::Data, 1) => {
                    profile.pick(vec![1000], vec![1000, 10_000, 40_000], vec![1000, 10_000, 40_000, 160_000])
                }
                _ => Vec::new(),
            },
        };
        (1..=profile.pick(1, 3, 10))
            .flat_map(|offset| {
                [
                    task(0.0, EPOCHS, On::Data, offset),
                    task(1.0, EPOCHS, On::Data, offset),
                    task(0.0, 0, On::Data, offset),
                    task(0.0, EPOCHS, On::Gaussian, offset),
                ]
            })
            .collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let found = trained(task.recipe, lab)?;
        lab.go_on()?;
        let inputs: Vec<Vec<f64>> = match task.on {
            On::Data => found.train.rows().take(task.points).map(<[f64]>::to_vec).collect(),
            On::Gaussian => {
                let mut stream = Stream::new(task.recipe.seed).split();
                let unit = |_| DVector::from_vec(stream.normals(WIDTHS[0])).normalize().as_slice().to_vec();
                (0..task.points).map(unit).collect()
            }
        };
        let cushions = Cushions::new(&found.layers, &inputs)?;
        lab.go_on()?;
        let mut compressed = Vec::new();
        for &k in &task.projections {
            compressed.push(compress(&found.layers, k, &inputs, task.recipe.seed, lab)?);
        }
        let low = |cushions: &[Interval]| cushions.iter().map(|cushion| cushion.low()).collect();
        Ok(Outcome {
            layer: low(cushions.layer()),
            interlayer: low(cushions.interlayer()),
            contraction: cushions.contraction().high(),
            sum: cushions.sum(),
            parameters: cushions.effective_parameters(EPSILON, DELTA)?,
            compressed,
        })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        let (mut ratio, mut parameters, mut compared) = (f64::INFINITY, f64::INFINITY, 0);
        for Evidence { task, outcome } in of(evidence, 0.0, EPOCHS, On::Data) {
            let seed = task.recipe.seed;
            let random =
                of(evidence, 1.0, EPOCHS, On::Data).find(|e| e.task.recipe.seed == seed).map(|e| &e.outcome);
            if let Some(random) = random {
                compared += 1;
                let quotients = |a: &[f64], b: &[f64]| {
                    a.iter().zip(b).map(|(a, b)| a / b).reduce(minimum).unwrap_or(f64::NAN)
                };
                let layer = quotients(&outcome.layer, &random.layer);
                let what = format!("least layer cushion, true over random labels, seed {seed}");
                checks.push(Check::at_least(what, layer, 1.0));
                let what = format!("least interlayer cushion, true over random labels, seed {seed}");
                checks.push(Check::at_least(
                    what,
                    quotients(&outcome.interlayer, &random.interlayer),
                    1.0 - 1e-9,
                ));
                let what = format!("sum of inverse squares, random over true labels, seed {seed}");
                checks.push(Check::at_least(what, random.sum / outcome.sum, 5.0));
                ratio = minimum(ratio, random.sum / outcome.sum);
            }
            parameters = minimum(parameters, outcome.parameters);
            let change =
                |k: u64| outcome.compressed.iter().find(|c| c.projections == k).map(|found| found.change);
            if let (Some(few), Some(many)) = (change(10_000), change(40_000)) {
                let what = "relative change of outputs, 10,000 over 40,000 projections";
                checks.push(Check::within(what, few / many, 1.7..=2.7));
            }
        }
        checks.push(Check::at_least("seeds with both kinds of labels", f64::from(compared), 1.0));
        let what = "parameters of the compressed network, over those of the original";
        checks.push(Check::at_least(what, parameters / WEIGHTS as f64, 1.0));
        let sentence = format!(
            "Cushions are larger for true labels (the sum at least {ratio:.0} times smaller), but the compressed network has {} parameters, the original \
             25,856.",
            show(parameters)
        );
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let kinds = [
            ("true labels", 0.0, EPOCHS, On::Data),
            ("random labels", 1.0, EPOCHS, On::Data),
            ("at the start", 0.0, 0, On::Data),
            ("true labels, normal inputs", 0.0, EPOCHS, On::Gaussian),
        ];
        let mut cushions = Figure::new(
            "cushions",
            "Noise cushions",
            "One seed. Larger is better: less noise reaches the output. True labels have larger cushions than random ones in every layer, \
             and than the start; in the last layer normal inputs have no smaller ones than data.",
            Axis::linear("cushion"),
            Axis::linear("value"),
        );
        for (name, random, epochs, on) in kinds {
            let Some(first) = of(evidence, random, epochs, on).next() else { continue };
            let layers = first.outcome.layer.len();
            let names = |what: &str| (1..=layers).map(|i| format!("{what} {i}")).collect::<Vec<_>>();
            let categories = [names("layer"), names("interlayer")].concat();
            let heights = [first.outcome.layer.clone(), first.outcome.interlayer.clone()].concat();
            cushions = cushions.with(name, Mark::Bars { categories, heights });
        }
        let mut figures = vec![cushions];
        let compressed: Vec<&Compressed> = evidence.iter().flat_map(|e| &e.outcome.compressed).collect();
        if let Some(last) = compressed.last() {
            let k = |c: &Compressed| c.projections as f64;
            let figure = Figure::new(
                "compressed",
                "What compression costs, and what it saves",
                "The median relative change of the output when each layer is replaced by k random projections, each of which is a number to store. \
                 The output is near the original's only with many times more numbers than there are weights (8,619 a layer on average).",
                Axis::logarithmic("projections of each layer k"),
                Axis::logarithmic("relative change of the output"),
            )
            .line("median change", compressed.iter().map(|c| (k(c), c.change)))
            .line("part of inputs with another class", compressed.iter().map(|c| (k(c), 1.0 - c.agreement)))
            .reference("k^(−1/2)", compressed.iter().map(|c| (k(c), last.change * (k(last) / k(c)).sqrt())))
            .reference("as many numbers as weights", [1e-2, 10.0].map(|y| (WEIGHTS as f64 / 3.0, y)));
            figures.push(figure);
        }
        figures
    }
}

/// Evidence of one kind.
fn of(
    evidence: &[Evidence<Task, Outcome>],
    random: f64,
    epochs: usize,
    on: On,
) -> impl Iterator<Item = &Evidence<Task, Outcome>> {
    evidence.iter().filter(move |e| {
        e.task.recipe.random_labels == random && e.task.recipe.epochs == epochs && e.task.on == on
    })
}

/// A network whose layers are replaced by projections, on the inputs.
fn compress(layers: &Layers, k: u64, inputs: &[Vec<f64>], seed: u64, lab: &Lab) -> Result<Compressed, Failure> {
    let mut stream = Stream::new(seed).split();
    let mut signs = (0u64, 0u32);
    // Sixty-four signs a word.
    let mut sign = || {
        if signs.1 == 0 {
            signs = (stream.word(), 64);
        }
        signs = (signs.0 >> 1, signs.1 - 1);
        signs.0 & 1 == 1
    };
    let mut weights = Vec::new();
    for layer in layers.weights() {
        let (rows, columns) = layer.shape();
        let matrix = DMatrix::from_row_slice(rows, columns, layer.midpoints());
        let mut sum = DMatrix::zeros(rows, columns);
        // Slice by slice, so that an interruption is noticed.
        let slices = k.div_ceil(1000);
        for slice in 0..slices {
            lab.go_on()?;
            let here = 1000.min(k - 1000 * slice);
            sum += matrix_project(&matrix, here, 0.0, &mut sign)? * here as f64;
        }
        weights.push(exact(&(sum / k as f64))?);
    }
    let other = Layers::new(weights)?;
    let points = IntervalMatrix::from_rows(inputs.len(), WIDTHS[0], inputs.concat())?;
    let (f, g) = (layers.relu_outputs(&points)?, other.relu_outputs(&points)?);
    let rows = || f.midpoints().chunks(WIDTHS[3]).zip(g.midpoints().chunks(WIDTHS[3]));
    let norm = |x: &mut dyn Iterator<Item = f64>| x.map(|x| x * x).sum::<f64>().sqrt();
    let changes: Vec<f64> = rows()
        .map(|(f, g)| norm(&mut f.iter().zip(g).map(|(f, g)| f - g)) / norm(&mut f.iter().copied()))
        .collect();
    let class = |f: &[f64]| (1..f.len()).fold(0, |best, j| if f[j] > f[best] { j } else { best });
    let same = rows().filter(|(f, g)| class(f) == class(g)).count();
    lab.go_on()?;
    let few: Vec<Vec<f64>> = inputs.iter().take(20).cloned().collect();
    Ok(Compressed {
        projections: k,
        change: maximum(median(&changes), 0.0),
        agreement: same as f64 / inputs.len() as f64,
        smoothness: interlayer_smoothness(layers, &other, &few)?,
    })
}
