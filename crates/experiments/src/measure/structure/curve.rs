//! Functions of single numbers that layers apply to each entry, by what theorems ask of them.

use saddlepoint_models::onnx::Activation as Operator;
use saddlepoint_rigor::{Rounding, Up};
use saddlepoint_theory::bounds::hypothesis::Violation;
use saddlepoint_theory::bounds::network::Activation;
use saddlepoint_theory::capacity::lipschitz::functions;

/// A function of each entry.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Curve {
    /// Its usual name.
    pub name: &'static str,
    /// An upper bound of its slopes.
    pub lipschitz: f64,
    /// Its value at 0.
    pub at_zero: f64,
    /// How far it may jump beside what the slopes allow; 0 for a continuous function.
    pub jump: f64,
    /// Of how many pieces it consists.
    pub pieces: Pieces,
}

/// What a function consists of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pieces {
    /// `max(x, 0)`
    Rectifier,
    /// `x` above 0, and a multiple of it below.
    Leaky(f64),
    /// Linear pieces, with so many points between them.
    Linear(u64),
    /// Others.
    Smooth,
}

impl Curve {
    /// `max(x, 0)`
    pub const RELU: Self =
        Self { name: "relu", lipschitz: 1.0, at_zero: 0.0, jump: 0.0, pieces: Pieces::Rectifier };

    /// A function with these slopes at most and this value at 0, whose pieces are not linear.
    pub(super) const fn smooth(name: &'static str, lipschitz: f64, at_zero: f64) -> Self {
        Self { name, lipschitz, at_zero, jump: 0.0, pieces: Pieces::Smooth }
    }

    pub(super) const fn linear(name: &'static str, lipschitz: f64, at_zero: f64, breakpoints: u64) -> Self {
        Self { name, lipschitz, at_zero, jump: 0.0, pieces: Pieces::Linear(breakpoints) }
    }

    /// `x` above 0, and `slope · x` below.
    pub fn leaky(slope: f64) -> Self {
        let lipschitz = slope.abs().max(1.0);
        Self { name: "leaky relu", lipschitz, at_zero: 0.0, jump: 0.0, pieces: Pieces::Leaky(slope) }
    }

    /// Of an ONNX activation; none for those that do not act on each entry alone, or have slopes without a bound.
    pub(super) fn of(operator: &Operator) -> Option<Self> {
        Some(match *operator {
            Operator::Relu => Self::RELU,
            Operator::LeakyRelu { slope } => Self::leaky(slope),
            Operator::Elu { alpha, scale } => Self::smooth("elu", functions::elu(alpha, scale), 0.0),
            // The slope e^{x/α} below 0 is 1 at most for positive α, and without a bound for others.
            Operator::Celu { alpha } if alpha > 0.0 => Self::smooth("celu", 1.0, 0.0),
            Operator::Gelu => Self::smooth("gelu", functions::GELU, 0.0),
            Operator::GeluTanh => Self::smooth("gelu by tanh", functions::GELU_TANH, 0.0),
            Operator::Sigmoid => Self::smooth("sigmoid", functions::SIGMOID, 0.5),
            Operator::HardSigmoid { slope, shift } => {
                Self::linear("hard sigmoid", slope.abs(), shift.clamp(0.0, 1.0), 2)
            }
            Operator::HardSwish => Self::smooth("hard swish", functions::HARD_SWISH, 0.0),
            Operator::Tanh => Self::smooth("tanh", 1.0, 0.0),
            // The slope is the logistic function.
            Operator::Softplus => Self::smooth("softplus", 1.0, std::f64::consts::LN_2),
            Operator::Mish => Self::smooth("mish", functions::MISH, 0.0),
            // The slope is 1/(1 + |x|)².
            Operator::Softsign => Self::smooth("softsign", 1.0, 0.0),
            Operator::Celu { .. } | Operator::PRelu | Operator::Softmax(_) | Operator::LogSoftmax(_) => {
                return None;
            }
        })
    }

    /// A multiple of the function.
    pub(super) fn times(self, factor: f64) -> Self {
        if factor == 1.0 {
            return self;
        }
        let pieces = match self.pieces {
            Pieces::Rectifier | Pieces::Leaky(_) => Pieces::Linear(1),
            other => other,
        };
        Self {
            lipschitz: Up::mul(self.lipschitz, factor.abs()),
            at_zero: self.at_zero * factor,
            jump: Up::mul(self.jump, factor.abs()),
            pieces,
            ..self
        }
    }

    /// The number of points between linear pieces; none if the pieces are not linear.
    pub fn breakpoints(&self) -> Option<u64> {
        match self.pieces {
            Pieces::Rectifier | Pieces::Leaky(_) => Some(1),
            Pieces::Linear(breakpoints) => Some(breakpoints),
            Pieces::Smooth => None,
        }
    }

    /// As theorems take it.
    ///
    /// # Errors
    /// When a constant is not finite, or the function jumps, so that it has none.
    pub fn activation(&self) -> Result<Activation, Violation> {
        match self.pieces {
            _ if self.jump > 0.0 => Err(Violation::Activation {
                name: self.name,
                property: "no Lipschitz constant: it jumps by",
                value: self.jump,
            }),
            Pieces::Rectifier => Ok(Activation::relu()),
            Pieces::Leaky(slope) => Activation::leaky_relu(slope),
            Pieces::Linear(_) | Pieces::Smooth => {
                Activation::new(self.name, self.lipschitz, self.at_zero, self.name == "abs")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The computed functions against slopes sampled from the outside: bounds hold and are not far off.
    #[test]
    fn slopes_are_bounded_and_nearly_reached() {
        let logistic = |x: f64| 1.0 / (1.0 + (-x).exp());
        let cases: [(Operator, &dyn Fn(f64) -> f64); 8] = [
            (Operator::Sigmoid, &logistic),
            (Operator::Softplus, &|x: f64| x.exp().ln_1p()),
            (Operator::Mish, &|x: f64| x * x.exp().ln_1p().tanh()),
            (Operator::HardSwish, &|x: f64| x * (x / 6.0 + 0.5).clamp(0.0, 1.0)),
            (Operator::Softsign, &|x: f64| x / (1.0 + x.abs())),
            (Operator::Elu { alpha: 1.5, scale: 1.2 }, &|x: f64| {
                1.2 * if x > 0.0 { x } else { 1.5 * x.exp_m1() }
            }),
            (Operator::Celu { alpha: 0.5 }, &|x: f64| if x > 0.0 { x } else { 0.5 * (x / 0.5).exp_m1() }),
            (Operator::HardSigmoid { slope: 0.2, shift: 0.5 }, &|x: f64| (0.2 * x + 0.5).clamp(0.0, 1.0)),
        ];
        for (operator, function) in cases {
            let curve = Curve::of(&operator).unwrap();
            assert!((curve.at_zero - function(0.0)).abs() < 1e-15, "{operator:?}");
            let slope = |n: i32| {
                let x = f64::from(n) * 1e-3;
                ((function(x + 1e-3) - function(x)) / 1e-3).abs()
            };
            let steepest = (-12_000..12_000).map(slope).fold(0.0, f64::max);
            assert!(steepest <= curve.lipschitz * (1.0 + 1e-9), "{operator:?}: {steepest}");
            assert!(steepest >= 0.995 * curve.lipschitz, "{operator:?}: {steepest}");
        }
        assert_eq!(Curve::of(&Operator::Celu { alpha: -1.0 }), None);
    }
}
