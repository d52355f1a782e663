//! A sparse enough representation is the only one; how sparse, coherence tells.

use saddlepoint_theory::representation::coherence::{least_spark, uniqueness_limit};
use saddlepoint_theory::representation::dictionary::{Dictionary, GramBounds, SpikesAndHadamard};
use saddlepoint_theory::representation::spark::{dependent_atoms, spikes_and_hadamard};
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement};

/// The claim `sparse-uniqueness-coherence`.
pub struct SparseUniquenessCoherence;

/// One dictionary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "dictionary", rename_all = "kebab-case")]
pub enum Task {
    /// The corners of a regular tetrahedron.
    Simplex,
    /// Spikes and Hadamard atoms, all subsets of at most `most` of them.
    Spikes {
        /// Length of a signal.
        n: usize,
        /// Largest subsets.
        most: usize,
    },
    /// A comb: `√n` spikes that are `√n` Hadamard atoms.
    Comb {
        /// Length of a signal, a power of 4.
        n: usize,
    },
}

/// What the bound says and what the search finds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// `½(1 + 1/μ)`.
    limit: f64,
    /// `⌈1 + 1/μ⌉`.
    spark: f64,
    /// A smallest dependent set of atoms, if the search found one.
    dependent: Option<Vec<usize>>,
    /// Number of atoms in each of two representations of one signal, if that was looked at.
    representations: Option<[usize; 2]>,
}

impl Claim for SparseUniquenessCoherence {
    const CARD: Card = Card {
        id: "sparse-uniqueness-coherence",
        version: 1,
        title: "Fewer than ½(1 + 1/μ) atoms: no other representation is as sparse",
        statement: r"Let the columns of $D$ be unit vectors with mutual coherence $\mu$. If $X = D\Gamma$ with $\lVert\Gamma\rVert_0<\tfrac12(1+1/\mu)$,
            then $\Gamma$ is the only representation with so few atoms; no $\lceil 1+1/\mu\rceil-1$ atoms are linearly dependent.

            It is sharp for a simplex: of the corners of a tetrahedron, $\mu=\tfrac13$, $d_1+d_2=-(d_3+d_4)$ are two representations by 2
            atoms, and the bound says fewer than 2. It is not sharp for spikes and Hadamard atoms: at $n=16$ the bound is
            $2.5$ and the spark is above 5, and at most 8, since 4 spikes are 4 Hadamard atoms.

            Lecture notes that show this as compressed sensing mean sparse coding, and state no condition on $\mu$.",
        sources: &[
            Source {
                citation: "Donoho, Elad, Optimally sparse representation in general (nonorthogonal) dictionaries via l1 \
                    minimization, PNAS 100, 2003, theorem 7 and corollary 3",
                identifier: Some("10.1073/pnas.0437847100"),
            },
            Source {
                citation: "Gribonval, Nielsen, Sparse representations in unions of bases, IEEE Trans. Inf. Theory 49, 2003",
                identifier: Some("10.1109/TIT.2003.820031"),
            },
        ],
        hypotheses: &["unit atoms", "subsets are searched exhaustively, in exact arithmetic"],
        kind: Kind::Exact,
        tags: &["representation", "sparse-coding"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(_: Profile, _: u64) -> Vec<Task> {
        vec![
            Task::Simplex,
            Task::Spikes { n: 4, most: 4 },
            Task::Spikes { n: 16, most: 5 },
            Task::Comb { n: 4 },
            Task::Comb { n: 16 },
            Task::Comb { n: 64 },
            Task::Comb { n: 256 },
        ]
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        lab.go_on()?;
        let outcome = |gram: GramBounds, dependent, representations| Outcome {
            limit: uniqueness_limit(gram),
            spark: least_spark(gram),
            dependent,
            representations,
        };
        match *task {
            Task::Simplex => {
                let corners = [[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]].map(Vec::from);
                // Products are −1 and squares 3: this μ is the float above 1/3.
                let gram = GramBounds::new(3.0, 3.0, 1.0)?;
                let opposite =
                    (0..3).all(|i| corners[0][i] + corners[1][i] == -(corners[2][i] + corners[3][i]));
                Ok(outcome(gram, dependent_atoms(&corners, 4)?, opposite.then_some([2, 2])))
            }
            Task::Spikes { n, most } => {
                let gram = SpikesAndHadamard::new(n)?.gram_bounds();
                Ok(outcome(gram, dependent_atoms(&spikes_and_hadamard(n)?, most)?, None))
            }
            Task::Comb { n } => {
                let dictionary = SpikesAndHadamard::new(n)?;
                let root = n.isqrt();
                let mut codes = [vec![0.0; 2 * n], vec![0.0; 2 * n]];
                for i in 0..root {
                    codes[0][i] = 1.0;
                    codes[1][n + i * root] = 1.0;
                }
                let same = dictionary.synthesize(&codes[0])? == dictionary.synthesize(&codes[1])?;
                Ok(outcome(dictionary.gram_bounds(), None, same.then_some([root, root])))
            }
        }
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        for Evidence { task, outcome } in evidence {
            let dependent = format!("{:?}", outcome.dependent);
            match *task {
                Task::Simplex => {
                    checks.push(Check::absolute("bound of the tetrahedron", outcome.limit, 2.0, 1e-15));
                    checks.push(Check::equal(
                        "its dependent atoms",
                        dependent,
                        format!("{:?}", Some([0, 1, 2, 3])),
                    ));
                    let two = outcome.representations == Some([2, 2]);
                    checks.push(Check::holds("two representations at the bound", two, two, "true"));
                }
                Task::Spikes { n: 4, .. } => {
                    checks.push(Check::equal(
                        "dependent atoms at n = 4",
                        dependent,
                        format!("{:?}", Some([0, 1, 4, 6])),
                    ));
                }
                Task::Spikes { n, most } => {
                    checks.push(Check::absolute(format!("bound at n = {n}"), outcome.limit, 2.5, 1e-15));
                    checks.push(Check::equal(
                        format!("dependent among any {most} of {} atoms", 2 * n),
                        dependent,
                        "None".to_owned(),
                    ));
                }
                Task::Comb { n } => {
                    let atoms = outcome.representations.map_or(0, |counts| counts[0]);
                    checks.push(Check::equal(
                        format!("spikes that are as many Hadamard atoms, n = {n}"),
                        atoms,
                        n.isqrt(),
                    ));
                    checks.push(Check::at_least(
                        format!("these, over the bound, n = {n}"),
                        atoms as f64 / outcome.limit,
                        1.0,
                    ));
                }
            }
        }
        let sentence = "No second representation exists within the bound; the tetrahedron attains it, spikes and Hadamard atoms do not.";
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let combs = |of: fn(&Outcome) -> f64| {
            evidence
                .iter()
                .filter_map(|e| match e.task {
                    Task::Comb { n } => Some((n as f64, of(&e.outcome))),
                    _ => None,
                })
                .collect::<Vec<_>>()
        };
        vec![
            Figure::new(
                "uniqueness",
                "Spikes and Hadamard atoms: how sparse is surely unique",
                "Below the dashed line coherence proves that a representation is the sparsest. The comb of √n spikes is √n Hadamard atoms as well, so that nothing can be proved from there on.",
                Axis::logarithmic("length of the signal"),
                Axis::linear("number of atoms"),
            )
            .reference("½(1 + 1/μ)", combs(|o| o.limit))
            .line("two representations exist", combs(|o| o.representations.map_or(f64::NAN, |r| r[0] as f64))),
        ]
    }
}
