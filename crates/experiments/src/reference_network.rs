//! A network small enough to work norm bounds out by hand: 5-7-6-3, without biases, on normal inputs.

use saddlepoint_models::random::Stream;
use saddlepoint_rigor::IntervalMatrix;
use saddlepoint_theory::bounds::inputs::{Inputs, Sample};
use saddlepoint_theory::bounds::network::{Activation, Network};
use saddlepoint_theory::capacity::margins::Margins;
use saddlepoint_theory::capacity::norms::Layers;

use crate::claim::Failure;

/// The margin at which bounds of it are evaluated.
pub const GAMMA: f64 = 0.25;

/// Their failure probability.
pub const DELTA: f64 = 0.05;

/// The widths, inputs and outputs included.
pub const WIDTHS: [usize; 4] = [5, 7, 6, 3];

/// A matrix of standard normals over a number, drawn row by row.
///
/// # Errors
/// When it has no entry, or the divisor makes one that is not finite.
pub fn normals(
    rows: usize,
    columns: usize,
    divisor: f64,
    stream: &mut Stream,
) -> Result<IntervalMatrix, Failure> {
    let entries = stream.normals(rows * columns).iter().map(|x| x / divisor).collect();
    Ok(IntervalMatrix::from_rows(rows, columns, entries)?)
}

/// A ReLU network without biases whose weights are normal with variance `1/inputs` of the layer.
///
/// # Errors
/// When there are fewer than two widths, or one is 0.
pub fn drawn(widths: &[usize], stream: &mut Stream) -> Result<Layers, Failure> {
    let layer = |pair: &[usize]| normals(pair[1], pair[0], (pair[0] as f64).sqrt(), stream);
    Ok(Layers::new(widths.windows(2).map(layer).collect::<Result<_, _>>()?)?)
}

/// The network, its inputs and its margins.
#[derive(Debug, Clone)]
pub struct ReferenceNetwork {
    /// The weights and the activation.
    pub network: Network,
    /// Standard normal inputs.
    pub inputs: Inputs,
    /// Margins for the class of the largest output, and on the first input for the class after it: that one is wrong.
    pub margins: Margins,
    /// Enclosures of the outputs.
    pub outputs: IntervalMatrix,
}

impl ReferenceNetwork {
    /// The network of the reference values on so many inputs; of 20 inputs all values are known.
    ///
    /// # Formula
    /// `A₁ = SM(101).normal(7, 5)/√5`, `A₂ = SM(102).normal(6, 7)/√7`, `A₃ = SM(103).normal(3, 6)/√6`,
    /// `X = SM(200).normal(n, 5)`
    ///
    /// # Errors
    /// When there is no input.
    pub fn on(examples: usize) -> Result<Self, Failure> {
        let layer = |(seed, pair): (u64, &[usize])| {
            normals(pair[1], pair[0], (pair[0] as f64).sqrt(), &mut Stream::new(seed))
        };
        let layers = Layers::new((101..).zip(WIDTHS.windows(2)).map(layer).collect::<Result<_, _>>()?)?;
        let points = normals(examples, WIDTHS[0], 1.0, &mut Stream::new(200))?;
        let outputs = layers.relu_outputs(&points)?;
        let classes = WIDTHS[3];
        let labels: Vec<usize> = outputs
            .midpoints()
            .chunks(classes)
            .enumerate()
            .map(|(i, f)| {
                let largest = (1..classes).fold(0, |best, j| if f[j] > f[best] { j } else { best });
                (largest + usize::from(i == 0)) % classes
            })
            .collect();
        let margins = Margins::of_classes(&outputs, &labels)?;
        let network = Network::new(layers, Activation::relu())?;
        Ok(Self { network, inputs: Inputs::new(points), margins, outputs })
    }

    /// Inputs and margins together.
    ///
    /// # Errors
    /// Never: there is one margin for each input.
    pub fn sample(&self) -> Result<Sample<'_>, Failure> {
        Ok(Sample::new(&self.inputs, &self.margins)?)
    }
}
