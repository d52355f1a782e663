//! The deeper the network, the larger the invariances, as lecture notes print it: false at a fixed scale.

use super::scattering_translation::{Outcome, ScatteringTranslation, Task};
use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::Figure;
use crate::verdict::{Check, Judgement};

/// The claim `scattering-translation-negative`.
pub struct ScatteringTranslationNegative;

impl Claim for ScatteringTranslationNegative {
    const CARD: Card = Card {
        id: "scattering-translation-negative",
        version: 1,
        title: "Not a law: the deeper the network, the larger the invariances",
        statement: r"Printed in lecture notes on the scattering transform: the deeper is the network, the larger are the invariances.

            At a fixed scale $2^J$ it is false: a path more adds coefficients that move as well, and
            $\lVert S_JT_cx-S_Jx\rVert$ grows with depth, at every $J$. What is true instead: the scale $2^J$ of the averaging sets the
            invariance. In networks that pool at each layer depth and scale grow together, and there the sentence holds.

            A pitfall: relative to $\lVert S_Jx\rVert$ the order is the opposite, since with depth 0 almost nothing is left of a signal
            without low frequencies, and the change of it can exceed it.",
        sources: &[
            Source {
                citation: "Yao, On mathematical theories of deep learning, lecture notes: the sentence that is refuted",
                identifier: None,
            },
            Source {
                citation: "Wiatowski, Bölcskei, A mathematical theory of deep convolutional neural networks for feature extraction, \
                    IEEE Transactions on Information Theory 64, 2018, theorem 1, for networks that pool at each layer",
                identifier: Some("arXiv:1512.06293"),
            },
        ],
        hypotheses: &["Morlet wavelets, one an octave, on a circle of 1,024 samples; noise moved by 8 samples"],
        kind: Kind::Exact,
        tags: &["representation", "scattering", "invariance", "negative"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        ScatteringTranslation::plan(profile, seed)
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        ScatteringTranslation::run(task, lab)
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        for Evidence { task, outcome } in evidence {
            let &[none, one, two] = outcome.changes.as_slice() else { continue };
            let setting = format!("2^{} samples, seed {}", task.octaves, task.seed);
            checks.push(Check::at_least(format!("change at depth 2 over depth 0, {setting}"), two / none, 1.0));
            if (task.octaves, task.seed) == (5, 1) {
                for (depth, change, expected) in [(0, none, 0.0857), (1, one, 0.1273), (2, two, 0.1392)] {
                    checks.push(Check::absolute(
                        format!("change at depth {depth}, {setting}"),
                        change,
                        expected,
                        5e-5,
                    ));
                }
            }
        }
        let sentence = "At every scale the deeper transform changes more under a translation, not less.";
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        ScatteringTranslation::figures(evidence)
    }
}
