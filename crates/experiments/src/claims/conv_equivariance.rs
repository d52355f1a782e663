//! A convolution moves with its input; only pooling forgets where it is, and strides remember again.

use std::num::NonZeroUsize;

use saddlepoint_models::random::Stream;
use saddlepoint_theory::representation::equivariance::{
    circular_convolution, padded_convolution, pooled_layer, translated,
};
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement, maximum};

/// The claim `conv-equivariance`.
pub struct ConvEquivariance;

/// A random signal of 32 samples and kernel of 5, the kernel of the seed after the signal's.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Task {
    seed: u64,
}

/// What translations change, at most over all 32 of them unless said otherwise.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// Of `conv(T x) − T conv(x)`, circular.
    commutator: f64,
    /// The same with zeros beyond the ends.
    padded: f64,
    /// Of the convolution itself, moved by one sample.
    moved: f64,
    /// Of the pooled layer.
    pooled: f64,
    /// Of the pooled layer with stride 2, by each number of samples from 0 to 31.
    strided: Vec<f64>,
}

impl Claim for ConvEquivariance {
    const CARD: Card = Card {
        id: "conv-equivariance",
        version: 1,
        title: "A convolution is equivariant to translations; only pooling over all positions is invariant",
        statement: r"On a circle $k*(T_cx)=T_c(k*x)$, exactly. The global mean of any function of it, sample by sample, is invariant. With
            stride 2 it is invariant to translations by even numbers of samples only, and with zeros beyond the ends not even the
            convolution commutes with translations.

            Lecture notes that say that convolutional networks impose shift invariance mean equivariance.",
        sources: &[
            Source {
                citation: "Azulay, Weiss, Why do deep convolutional networks generalize so poorly to small image transformations?, \
                    JMLR 20, 2019",
                identifier: Some("arXiv:1805.12177"),
            },
            Source {
                citation: "Yao, On mathematical theories of deep learning, lecture notes: the sentence that is made precise",
                identifier: None,
            },
        ],
        hypotheses: &["a signal of 32 samples on a circle, a kernel of 5, a ReLU"],
        kind: Kind::Exact,
        tags: &["representation", "invariance", "convolution"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        // The reference values belong to seed 1.
        (0..profile.pick(3, 20, 500)).map(|i| Task { seed: 1 + seed + 2 * i }).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        lab.go_on()?;
        let (x, kernel) = (Stream::new(task.seed).normals(32), Stream::new(task.seed + 1).normals(5));
        let shifts = 0..x.len();
        let largest = |values: &mut dyn Iterator<Item = f64>| values.fold(0.0, maximum);
        let apart = |a: &[f64], b: &[f64]| largest(&mut a.iter().zip(b).map(|(a, b)| (a - b).abs()));
        let commutator = |layer: fn(&[f64], &[f64]) -> Vec<f64>| {
            let once = |c| apart(&layer(&kernel, &translated(&x, c)), &translated(&layer(&kernel, &x), c));
            largest(&mut shifts.clone().map(once))
        };
        let pooled = |stride| {
            let still = pooled_layer(&kernel, &x, stride);
            shifts
                .clone()
                .map(|c| (pooled_layer(&kernel, &translated(&x, c), stride) - still).abs())
                .collect::<Vec<_>>()
        };
        let convolved = circular_convolution(&kernel, &x);
        Ok(Outcome {
            commutator: commutator(circular_convolution),
            padded: commutator(padded_convolution),
            moved: apart(&translated(&convolved, 1), &convolved),
            pooled: largest(&mut pooled(NonZeroUsize::MIN).into_iter()),
            strided: pooled(NonZeroUsize::MIN.saturating_add(1)),
        })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        for Evidence { task, outcome } in evidence {
            let what = |what: &str| format!("{what}, seed {}", task.seed);
            checks.push(Check::equal(what("change of conv(Tx) − T conv(x)"), outcome.commutator, 0.0));
            checks.push(Check::at_least(what("the same with zeros at the ends"), outcome.padded, 1e-3));
            checks.push(Check::at_least(what("change of the convolution, moved by 1"), outcome.moved, 1e-3));
            checks.push(Check::at_most(what("change of the pooled layer"), outcome.pooled, 1e-15));
            let (even, odd): (Vec<_>, Vec<_>) =
                outcome.strided.iter().enumerate().partition(|(shift, _)| shift % 2 == 0);
            let worst = |part: Vec<(usize, &f64)>| {
                part.into_iter().map(|(_, x)| *x).reduce(maximum).unwrap_or(f64::NAN)
            };
            checks.push(Check::at_most(what("change with stride 2, even shifts"), worst(even), 1e-15));
            checks.push(Check::at_least(what("change with stride 2, odd shifts"), worst(odd), 1e-6));
            if task.seed == 1 {
                let one = outcome.strided.get(1).copied().unwrap_or(f64::NAN);
                checks.push(Check::absolute(what("change with stride 2, moved by 1"), one, 0.262, 5e-4));
            }
        }
        let sentence = "The convolution moved exactly with its input, the pooled layer did not change, and with stride 2 it changed at odd shifts.";
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let Some(first) = evidence.first() else { return Vec::new() };
        vec![
            Figure::new(
                "stride",
                "A pooled layer with stride 2, while its input moves",
                "Every second sample is dropped before the mean is taken. Which ones depends on the position: even shifts change nothing, odd shifts all change the output by the same amount.",
                Axis::linear("shift, samples"),
                Axis::linear("change of the output"),
            )
            .points("stride 2", first.outcome.strided.iter().enumerate().map(|(c, x)| (c as f64, *x)))
            .reference("stride 1", [(0.0, first.outcome.pooled), (31.0, first.outcome.pooled)]),
        ]
    }
}
