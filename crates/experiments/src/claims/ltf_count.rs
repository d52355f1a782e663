//! How many functions of a few bits one threshold unit computes.

use saddlepoint_theory::expressivity::dichotomies::Vectors;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement};

/// The claim `ltf-count`.
pub struct LtfCount;

/// Functions of so many bits.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Task {
    bits: usize,
    /// Whether each function is also found, with weights.
    search: bool,
}

/// How many there are.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// Sets of corners without a broken circuit, by size.
    whitney: Vec<u64>,
    /// What the search found, if there was one.
    search: Option<Search>,
}

/// Functions found one by one, each with its weights.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Search {
    found: u64,
    refuted: u64,
    unproved: u64,
}

/// Threshold functions of 1, 2, … bits.
const KNOWN: [u64; 5] = [4, 14, 104, 1882, 94572];

impl Claim for LtfCount {
    const CARD: Card = Card {
        id: "ltf-count",
        version: 1,
        title: "One threshold unit computes 4, 14, 104, 1882 of the 4, 16, 256, 65536 functions of 1 to 4 bits",
        statement: r"Of the $2^{2^d}$ functions on $\{-1,1\}^d$, those of the form $x\mapsto\operatorname{sign}(\langle w,x\rangle+b)$
            are $4$, $14$, $104$, $1882$ and $94572$ for $d=1,\dots,5$: a vanishing part.

            Each count is made in two ways in exact arithmetic. A search puts corner after corner on either side and proves
            every branch: by integer weights, or by a combination of corners that refutes them (Gordan). Whitney's theorem
            counts the regions into which the hyperplanes $\{(w,b):\langle w,x\rangle+b=0\}$ divide the space of weights, as
            the number of sets of corners without a broken circuit.",
        sources: &[
            Source {
                citation: "Winder 1966, Partitions of N-space by hyperplanes, SIAM Journal on Applied Mathematics 14; Muroga 1971, \
                           Threshold Logic and Its Applications, for the counts",
                identifier: Some("doi:10.1137/0114068"),
            },
            Source {
                citation: "Minsky and Papert 1969, Perceptrons, for what threshold units cannot compute",
                identifier: None,
            },
        ],
        hypotheses: &["no corner lies on the boundary, which costs no function"],
        kind: Kind::Exact,
        tags: &["expressivity", "perceptron"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, _seed: u64) -> Vec<Task> {
        let (search, count) = profile.pick((3, 4), (4, 5), (5, 5));
        (1..=count).map(|bits| Task { bits, search: bits <= search }).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let cube = Vectors::cube(task.bits)?;
        let mut whitney = vec![0; task.bits + 2];
        for size in cube.without_broken_circuit() {
            lab.go_on()?;
            whitney[size] += 1;
        }
        let mut search = None;
        if task.search {
            let (mut dichotomies, mut found) = (cube.dichotomies(), 0);
            while dichotomies.next().is_some() {
                lab.go_on()?;
                // A function and its negation.
                found += 2;
            }
            let (refuted, unproved) = (dichotomies.refuted(), dichotomies.unproved());
            search = Some(Search { found, refuted, unproved });
        }
        Ok(Outcome { whitney, search })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = vec![Check::at_least("numbers of bits", evidence.len() as f64, 4.0)];
        for Evidence { task: Task { bits, .. }, outcome } in evidence {
            let known = KNOWN[bits - 1];
            checks.push(Check::equal(format!("{bits} bits, counted"), outcome.whitney.iter().sum(), known));
            if let Some(search) = outcome.search {
                checks.push(Check::equal(format!("{bits} bits, found with weights"), search.found, known));
                checks.push(Check::equal(format!("{bits} bits, certificates that fail"), search.unproved, 0));
            }
        }
        Judgement::from_checks("Both counts give the known numbers, and every certificate holds.", checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let bits = |e: &Evidence<Task, Outcome>| e.task.bits as f64;
        let logarithm = |e: &Evidence<Task, Outcome>| (e.outcome.whitney.iter().sum::<u64>() as f64).log2();
        vec![
            Figure::new(
                "functions",
                "Threshold functions among all functions",
                "A function of d bits takes 2^d bits to write down, one for each corner. From two bits on, threshold functions take fewer than d²: almost all functions are out of reach of one unit.",
                Axis::linear("bits d"),
                Axis::logarithmic("log₂ of the number of functions"),
            )
            .line("all functions", evidence.iter().map(|e| (bits(e), bits(e).exp2())))
            .line("threshold functions", evidence.iter().map(|e| (bits(e), logarithm(e))))
            .reference("d²", evidence.iter().map(|e| (bits(e), bits(e) * bits(e)))),
        ]
    }
}
