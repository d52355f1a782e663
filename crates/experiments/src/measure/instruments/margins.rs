//! By how much examples are on the right side.

use saddlepoint_models::data::{Collection, Targets};
use saddlepoint_rigor::IntervalMatrix;
use saddlepoint_theory::capacity::margins::Margins;

use super::{Cost, Instrument};
use crate::claim::Failure;
use crate::figure::{Axis, Figure, Mark};
use crate::measure::quantity::{Findings, Quantity};
use crate::measure::subject::{Scores, Subject};
use crate::verdict::show;

/// The margins of the outputs, `f(x)_y − max_{k≠y} f(x)_k`.
pub(super) struct OutputMargins;

const QUANTILES: [(f64, &str); 4] = [
    (0.0, "least margin"),
    (0.1, "tenth percentile of the margins"),
    (0.5, "median margin"),
    (1.0, "largest margin"),
];

impl Instrument for OutputMargins {
    fn id(&self) -> &'static str {
        "margins"
    }

    fn title(&self) -> &'static str {
        "Margins"
    }

    fn about(&self) -> &'static str {
        "by how much the right class's output is above the others, also over the Lipschitz bound"
    }

    fn cost(&self, _: &Subject<'_>) -> Cost {
        Cost::passes(1.0)
    }

    fn measure(&self, subject: &Subject<'_>) -> Result<Findings, Failure> {
        let mut found = Findings::default();
        let mut figure = Figure::new(
            "margins",
            "Margins",
            "How far the right class's output is above the largest other one: to the left of zero are the errors. A network that fits by \
             memorizing has small ones.",
            Axis::linear("margin"),
            Axis::linear("examples"),
        );
        let mut said = String::new();
        let data: Vec<(&str, &dyn Collection)> = std::iter::once(("training data", subject.train))
            .chain(subject.test.map(|test| ("test data", test)))
            .collect();
        for (name, data) in data {
            let scores = Scores::of(subject, data)?;
            let margins = margins(&scores)?;
            for (q, what) in QUANTILES {
                let value = margins.quantile(q)?;
                let method = "sorted; of outputs as they were computed";
                found.quantities.push(Quantity::computed(what, value.midpoint(), method).of(name));
                if q == 0.1 && said.is_empty() {
                    said = format!("A tenth of the {name} have a margin of at most {}", show(value.midpoint()));
                }
            }
            if let Ok(structure) = subject.structure()
                && let Ok(upper) = &structure.upper
                && upper.constant > 0.0
            {
                // Outputs that move by δ in all change a difference of two of them by at most √2 δ.
                let scale = std::f64::consts::SQRT_2 * upper.constant;
                let method = "the margin over √2 times the upper bound of the Lipschitz constant: no shorter change of the input changes \
                              the class, but for rounding";
                let normalized = margins.quantile(0.1)?.midpoint() / scale;
                let what = "tenth percentile of the normalized margins";
                found.quantities.push(Quantity::computed(what, normalized, method).of(name));
                let median = margins.median().midpoint() / scale;
                found.quantities.push(Quantity::computed("median normalized margin", median, method).of(name));
            }
            let values = margins.all().iter().map(|margin| margin.midpoint()).collect();
            figure = figure.with(name, Mark::Histogram { values, bins: 50 });
        }
        found.sentence = format!("{said}.");
        found.figures.push(figure);
        Ok(found)
    }
}

/// The margins of outputs, which are taken at their word.
///
/// # Errors
/// When there are no labels, or one output only for more than two classes.
pub(super) fn margins(scores: &Scores) -> Result<Margins, Failure> {
    let outputs = IntervalMatrix::from_rows(scores.len(), scores.width, scores.outputs.clone())?;
    match (&scores.targets, scores.width) {
        (Targets::Classes { labels, .. }, 1) => {
            Ok(Margins::of_signs(&outputs, &labels.iter().map(|&label| label == 1).collect::<Vec<_>>())?)
        }
        (Targets::Classes { labels, .. }, _) => Ok(Margins::of_classes(&outputs, labels)?),
        (Targets::Values(_), _) => Err("margins need class labels; the targets are values".into()),
    }
}
