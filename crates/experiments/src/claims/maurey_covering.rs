//! Few random atoms stand for a matrix product: the lemma behind covering numbers of layers.

use nalgebra::DMatrix;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::capacity::covering::{Sparsification, maurey_log_covering};
use saddlepoint_theory::capacity::norms::{frobenius, two_one_over_rows};
use saddlepoint_theory::capacity::spectrum::exact;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure, Mark};
use crate::sample::{mean, standard_error};
use crate::verdict::{Check, Judgement, maximum, minimum};

/// The claim `maurey-covering`.
pub struct MaureyCovering;

/// Means of so many atoms, drawn many times.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    /// Atoms in a mean.
    pub atoms: u32,
    /// How many means.
    pub draws: usize,
    /// Of the draws.
    pub seed: u64,
}

/// How far the means are from the product.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// `Σ |A_ij| ‖X_:i‖`.
    pub total: f64,
    /// `‖A‖₂,₁ ‖X‖_F`.
    pub at_most: f64,
    /// `(c² − ‖XA‖²)/k`.
    pub expected: f64,
    /// Of the squared distances.
    pub mean: f64,
    /// Of that mean.
    pub standard_error: f64,
    /// The least squared distance.
    pub least: f64,
    /// The first distances, for the histogram.
    pub distances: Vec<f64>,
    /// Scales of covers, and the lemma's logarithm of their size.
    pub covers: Vec<(f64, f64)>,
}

impl Claim for MaureyCovering {
    const CARD: Card = Card {
        id: "maurey-covering",
        version: 1,
        title: "A layer's outputs are near a mean of few atoms: Maurey's lemma",
        statement: r"For inputs $X$ ($n\times d$) and weights $A$ ($d\times m$), the product $XA$ is the mean of random atoms
            $c\,\mathrm{sign}(A_{ij})X_{:i}e_j^\top/\|X_{:i}\|$, drawn with probability $|A_{ij}|\|X_{:i}\|/c$, where
            $$c=\sum_{ij}|A_{ij}|\|X_{:i}\|\le\|A\|_{2,1}\|X\|_F.$$ The mean $\hat X$ of $k$ of them has
            $$\mathbb E\|XA-\hat X\|_F^2=\frac{c^2-\|XA\|_F^2}k,$$
            so some mean is at least as near. There are $2dm$ atoms in all, hence
            $\ln N(\{XA:\|A\|_{2,1}\le a\},\varepsilon)\le\lceil a^2\|X\|_F^2/\varepsilon^2\rceil\ln(2dm)$.",
        sources: &[
            Source {
                citation: "Bartlett, Foster, Telgarsky, Spectrally-normalized margin bounds for neural networks, NeurIPS 2017, lemmas 3.2 and A.6",
                identifier: Some("arXiv:1706.08498"),
            },
            Source {
                citation: "Pisier, Remarques sur un résultat non publié de B. Maurey, Séminaire d'analyse fonctionnelle, 1981",
                identifier: None,
            },
        ],
        hypotheses: &[
            "here $X$ has 20 normal inputs of 5 coordinates, $A$ has $5\\times4$ normal weights",
            "the $(2,1)$ norm sums the Euclidean norms of the weights of each output",
        ],
        kind: Kind::Statistical,
        tags: &["generalization", "capacity", "covering"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let draws = profile.pick(1000, 4000, 100_000);
        let task = |(offset, atoms)| Task { atoms, draws, seed: seed + 302 + offset };
        (0..).zip([1, 4, 16, 64, 256]).map(task).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let points = DMatrix::from_row_slice(20, 5, &Stream::new(200).normals(100));
        let weights = DMatrix::from_row_slice(5, 4, &Stream::new(301).normals(20));
        let (atoms, product) = (Sparsification::new(&points, &weights)?, &points * &weights);
        let mut stream = Stream::new(task.seed);
        let mut squares = Vec::with_capacity(task.draws);
        for _ in 0..task.draws {
            lab.go_on()?;
            squares.push((&product - atoms.sample(task.atoms, &mut || stream.uniform())?).norm_squared());
        }
        let norm = two_one_over_rows(&exact(&weights.transpose())?);
        let inputs = frobenius(&exact(&points)?);
        let scales = (0..40).map(|i| 80.0 * 0.9f64.powi(i));
        let cover = |epsilon: f64| maurey_log_covering(norm.high(), inputs.high(), epsilon, 5, 4);
        Ok(Outcome {
            total: atoms.total().midpoint(),
            at_most: (norm * inputs).midpoint(),
            expected: atoms.mean_squared_error(task.atoms.into())?.midpoint(),
            mean: mean(&squares),
            standard_error: standard_error(&squares),
            least: squares.iter().copied().fold(f64::INFINITY, minimum),
            distances: squares.iter().take(2000).map(|square| square.sqrt()).collect(),
            covers: scales.map(|epsilon| Ok((epsilon, cover(epsilon)?))).collect::<Result<_, Failure>>()?,
        })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        if let Some(Evidence { outcome, .. }) = evidence.first() {
            checks.push(Check::relative("c", outcome.total, 64.476_791_876_3, 1e-9));
            checks.push(Check::relative("‖A‖₂,₁ ‖X‖_F", outcome.at_most, 79.574_582_014_5, 1e-9));
        }
        let mut worst: f64 = 0.0;
        for Evidence { task, outcome } in evidence {
            let k = task.atoms;
            let constant = outcome.expected * f64::from(k);
            checks.push(Check::relative(
                format!("k times the expected square, k = {k}"),
                constant,
                3_863.412_946_98,
                1e-9,
            ));
            let z = (outcome.mean - outcome.expected) / outcome.standard_error;
            worst = maximum(worst, z.abs());
            checks.push(Check::within(
                format!("mean square minus its expectation, in standard errors, k = {k}"),
                z,
                -4.0..=4.0,
            ));
            checks.push(Check::at_most(
                format!("least square over the expectation, k = {k}"),
                outcome.least / outcome.expected,
                1.0,
            ));
        }
        Judgement::from_checks(
            format!("The mean square is (c² − ‖XA‖²)/k, to {worst:.1} standard errors at most."),
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let at = |e: &Evidence<Task, Outcome>| f64::from(e.task.atoms);
        let error = Figure::new(
            "error",
            "Squared distance of a mean of k atoms",
            "Measured means follow the identity; the nearest draw, which is all that a cover needs, is nearer.",
            Axis::logarithmic("atoms k"),
            Axis::logarithmic("‖XA − X̂‖²"),
        )
        .reference("(c² − ‖XA‖²)/k", evidence.iter().map(|e| (at(e), e.outcome.expected)))
        .measured(
            "mean, ± 2 standard errors",
            evidence.iter().map(|e| (at(e), e.outcome.mean, 2.0 * e.outcome.standard_error)),
        )
        .points("nearest draw", evidence.iter().map(|e| (at(e), e.outcome.least)));
        let mut figures = vec![error];
        if let Some(e) = evidence.iter().find(|e| e.task.atoms == 16) {
            figures.push(
                Figure::new(
                    "distances",
                    "Distances of means of 16 atoms",
                    "A random mean is rarely much nearer or further than the identity says: hardly any luck is needed.",
                    Axis::linear("‖XA − X̂‖"),
                    Axis::linear("draws"),
                )
                .with("draws", Mark::Histogram { values: e.outcome.distances.clone(), bins: 40 }),
            );
        }
        if let Some(e) = evidence.first() {
            figures.push(
                Figure::new(
                    "covers",
                    "The size of a cover",
                    "The lemma's logarithm of the number of balls. Steps are whole atoms: where one atom is needed the printed \
                     formula without ceilings promises a part of one. From ‖A‖₂,₁‖X‖_F on zero alone is a cover.",
                    Axis::logarithmic("radius ε"),
                    Axis::logarithmic("ln N"),
                )
                .line("⌈a²b²/ε²⌉ ln 2dm", e.outcome.covers.clone())
                .reference(
                    "a²b²/ε² ln 2dm",
                    e.outcome
                        .covers
                        .iter()
                        .map(|(epsilon, _)| (*epsilon, (e.outcome.at_most / epsilon).powi(2) * 40f64.ln())),
                ),
            );
        }
        figures
    }
}
