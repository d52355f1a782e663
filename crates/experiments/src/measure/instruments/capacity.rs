//! Measures of the capacity of the whole network.

use saddlepoint_rigor::IntervalMatrix;
use saddlepoint_theory::capacity::fisher_rao::Homogeneous;
use saddlepoint_theory::capacity::norms::frobenius;
use saddlepoint_theory::capacity::spectral_complexity::of_layers;

use super::{Cost, Instrument};
use crate::claim::Failure;
use crate::measure::quantity::{Findings, Quantity, Refusal};
use crate::measure::subject::{Scores, Subject};
use crate::verdict::show;

/// Path norms, spectral complexity, the product of Frobenius norms, the Fisher-Rao norm.
pub(super) struct Capacity;

impl Instrument for Capacity {
    fn id(&self) -> &'static str {
        "capacity"
    }

    fn title(&self) -> &'static str {
        "Capacity"
    }

    fn about(&self) -> &'static str {
        "path norms, spectral complexity and the Fisher-Rao norm of chains of layers"
    }

    fn cost(&self, _: &Subject<'_>) -> Cost {
        Cost::passes(1.0)
    }

    fn measure(&self, subject: &Subject<'_>) -> Result<Findings, Failure> {
        let mut found = Findings::default();
        let chain = match subject.model.chain() {
            Ok(chain) => chain,
            Err(refused) => {
                let what = "path norms, spectral complexity, Fisher-Rao norm";
                found.refusals.push(Refusal::new(what, refused));
                let sentence =
                    "No measure of chains of layers applies: this network is not known to be one.".to_owned();
                return Ok(Findings { sentence, ..found });
            }
        };
        let layers = chain.network.layers();
        let how = if chain.augmented { "; biases are weights of an input that is 1" } else { "" };
        let method = |what: &str| format!("{what}; rounded outward{how}");
        let (l1, l2) = (layers.path_l1().total, layers.path_l2().total);
        found.quantities.push(Quantity::enclosed(
            "ℓ₁ path norm",
            l1,
            method("the sum over paths of products of |w|"),
        ));
        found.quantities.push(Quantity::enclosed(
            "ℓ₂ path norm",
            l2,
            method("the same with squares, its root"),
        ));
        found.attempt::<Failure>(
            "spectral complexity",
            (|| {
                let method = method("Bartlett, Foster, Telgarsky 2017, equation 1.2, from zero matrices");
                Ok(vec![Quantity::enclosed("spectral complexity", of_layers(layers)?, method)])
            })(),
        );
        found.attempt::<Failure>(
            "product of the Frobenius norms",
            (|| {
                let product = layers.product(|layer| Ok::<_, Failure>(frobenius(layer)))?;
                let method = method("Golowich, Rakhlin, Shamir 2018");
                Ok(vec![Quantity::enclosed("product of the Frobenius norms", product, method)])
            })(),
        );
        found.attempt::<Failure>("Fisher-Rao norm", (|| {
            let homogeneous = Homogeneous::new(&chain.network)?;
            let scores = Scores::of(subject, subject.train)?;
            let outputs = IntervalMatrix::from_rows(scores.len(), scores.width, scores.outputs.clone())?;
            let norm = homogeneous.cross_entropy(&outputs, scores.labels()?)?;
            let method = "Liang, Poggio, Rakhlin, Stokes 2019, equation 8, over the training data; of outputs as they were computed";
            Ok(vec![Quantity::enclosed("Fisher-Rao norm", norm, method)])
        })());
        found.sentence =
            format!("The ℓ₁ path norm is {}, the ℓ₂ path norm {}.", show(l1.midpoint()), show(l2.midpoint()));
        Ok(found)
    }
}
