//! The norms of each layer's true operator, and the spectral exponent of its weights.

use super::{Cost, Instrument};
use crate::claim::Failure;
use crate::figure::{Axis, Figure};
use crate::measure::quantity::{Findings, Quantity, Refusal};
use crate::measure::structure::{LinearLayer, Norms, Operator};
use crate::measure::subject::Subject;
use crate::verdict::show;

/// Norms of the layers.
pub(super) struct Layers;

impl Instrument for Layers {
    fn id(&self) -> &'static str {
        "layers"
    }

    fn title(&self) -> &'static str {
        "Layers"
    }

    fn about(&self) -> &'static str {
        "the norms of each layer as the linear map that it is, enclosed, and its spectral exponent"
    }

    fn cost(&self, subject: &Subject<'_>) -> Cost {
        // A singular value decomposition of a matrix m × n, m ≥ n, is about 14 m n² operations.
        let weight = |shape: &[usize]| {
            let (rows, columns) = (shape[0] as f64, shape[1..].iter().product::<usize>() as f64);
            14.0 * rows.max(columns) * rows.min(columns).powi(2)
        };
        let all = subject.model.parameters();
        Cost::operations(all.iter().filter(|p| p.shape.len() > 1).map(|p| weight(&p.shape)).sum())
    }

    fn measure(&self, subject: &Subject<'_>) -> Result<Findings, Failure> {
        let structure = subject.structure()?;
        let mut found = Findings::default();
        let (mut product, mut known) = (1.0, 0);
        let mut norms_of = Vec::new();
        for layer in &structure.layers {
            match &layer.norms {
                Ok(norms) => {
                    found.quantities.extend(of_norms(layer, norms));
                    product *= norms.spectral.midpoint();
                    known += 1;
                    norms_of.push((layer.name.clone(), norms.spectral.midpoint(), norms.frobenius.midpoint()));
                }
                Err(error) => found.refusals.push(Refusal::new(format!("norms of {}", layer.name), error)),
            }
            match &layer.exponent {
                Some(Ok(law)) => {
                    let half = 1.96 * law.standard_error();
                    let method = format!(
                        "maximum likelihood of a power law for the {} largest of the squared singular values, after Clauset et al.; whether \
                         it is one is another question",
                        law.tail()
                    );
                    let ends = (law.alpha() - half, law.alpha() + half);
                    let exponent = Quantity::estimated(
                        "spectral exponent α",
                        law.alpha(),
                        law.standard_error(),
                        ends,
                        method,
                    );
                    found.quantities.push(exponent.of(&layer.name));
                }
                Some(Err(error)) => {
                    found.refusals.push(Refusal::new(format!("spectral exponent of {}", layer.name), error));
                }
                None => {}
            }
            if let Some(folded) = &layer.folded
                && let Ok(norms) = &folded.norms
            {
                let name = format!("{} with {} folded in", folded.into, layer.name);
                let method = "the norm of the layer and its normalization as one operator";
                found.quantities.push(Quantity::enclosed("spectral norm", norms.spectral, method).of(name));
            }
        }
        found.refusals.extend(structure.no_layers.iter().map(|refusal| Refusal::new("a layer", refusal)));
        let name = "product of the spectral norms";
        if known == structure.layers.len() && known > 0 {
            found.quantities.push(Quantity::computed(name, product, "the product of the enclosures' middles"));
        }
        found.sentence = format!(
            "{} linear layers; the product of their spectral norms is {}.",
            structure.layers.len(),
            if known == structure.layers.len() { show(product) } else { "not known".to_owned() }
        );
        let names: Vec<String> = norms_of.iter().map(|(name, ..)| name.clone()).collect();
        let points = |pick: fn(&(String, f64, f64)) -> f64| {
            norms_of.iter().enumerate().map(|(at, norms)| (at as f64, pick(norms))).collect::<Vec<_>>()
        };
        found.figures.push(
            Figure::new(
                "norms",
                "Norms of the layers",
                "Of each layer as the linear map that it is: a convolution with its padding and strides on its own input, a normalization \
                 with its stored statistics.",
                Axis::named("layer", names),
                Axis::logarithmic("norm"),
            )
            .points("spectral", points(|norms| norms.1))
            .points("Frobenius", points(|norms| norms.2)),
        );
        Ok(found)
    }
}

fn of_norms(layer: &LinearLayer, norms: &Norms) -> Vec<Quantity> {
    let how = match &layer.operator {
        Operator::Dense { copies: 1, .. } => "of the matrix",
        Operator::Dense { .. } => "of the matrix, applied to each piece of the example",
        Operator::Convolution(_) => {
            "of the convolution with its padding, stride and dilation, on its input's size"
        }
        Operator::Diagonal { .. } => "of the normalization with its stored statistics",
    };
    let method = |what: &str| format!("{what} {how}; rounded outward");
    let mut all = vec![
        Quantity::enclosed("spectral norm", norms.spectral, method("the largest singular value")),
        Quantity::enclosed("Frobenius norm", norms.frobenius, method("all entries squared")),
        Quantity::enclosed(
            "(2,1) norm over rows",
            norms.two_one_over_rows,
            method("the sum of the rows' lengths"),
        ),
        Quantity::enclosed("ℓ∞ norm", norms.largest_row_sum, method("the largest absolute row sum")),
        Quantity::enclosed("ℓ₁ norm", norms.largest_column_sum, method("the largest absolute column sum")),
    ];
    if let Some(rank) = norms.stable_rank {
        all.push(Quantity::enclosed("stable rank", rank, method("‖A‖²_F/‖A‖²₂")));
    }
    all.into_iter().map(|quantity| quantity.of(&layer.name)).collect()
}
