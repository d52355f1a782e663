//! Optimizers of burn-optim, with every constant written out.
//!
//! burn's own defaults differ from PyTorch's in places that change results (a dampening of 0.1 in momentum, an
//! ε of 1e-5 in Adam, a momentum of 0.9 in RMSProp), so none of them is used: the constructors here give the
//! constants of the papers, which are PyTorch's too. burn keeps most of these constants in f32.

use burn::optim::decay::WeightDecayConfig;
use burn::optim::momentum::MomentumConfig;
use burn::optim::{AdaGradConfig, AdamConfig, AdamWConfig, ModuleOptimizer, RmsPropConfig, SgdConfig};
use serde::{Deserialize, Serialize};

/// An update rule and its constants; the learning rate comes from the [`super::Schedule`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Optimizer {
    /// `θ ← θ − η v`, `v ← m v + g + λ θ`: gradient descent where `m = λ = 0`.
    Sgd {
        /// `m`, in `[0, 1)`.
        momentum: f32,
        /// `λ`: the coefficient of an L2 penalty `λ‖θ‖²/2`.
        weight_decay: f32,
    },
    /// Kingma and Ba 2015.
    Adam {
        /// Decay of the first moment.
        beta1: f32,
        /// Decay of the second moment.
        beta2: f32,
        /// Added to the root of the second moment.
        epsilon: f32,
    },
    /// Loshchilov and Hutter 2019: Adam with decoupled weight decay `θ ← θ − η λ θ`.
    AdamW {
        /// `λ`.
        weight_decay: f32,
    },
    /// Tieleman and Hinton 2012, uncentred, without momentum.
    RmsProp {
        /// Decay of the second moment.
        alpha: f32,
        /// Added to the root of the second moment.
        epsilon: f32,
    },
    /// Duchi, Hazan and Singer 2011: divides by the root of the *sum* of squared gradients.
    AdaGrad {
        /// Added to the root of the sum.
        epsilon: f32,
    },
}

impl Optimizer {
    /// Plain gradient descent.
    pub const fn sgd() -> Self {
        Optimizer::Sgd { momentum: 0.0, weight_decay: 0.0 }
    }

    /// Gradient descent with heavy-ball momentum.
    pub const fn momentum(momentum: f32) -> Self {
        Optimizer::Sgd { momentum, weight_decay: 0.0 }
    }

    /// Adam with `β = (0.9, 0.999)`, `ε = 1e-8`.
    pub const fn adam() -> Self {
        Optimizer::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
    }

    /// RMSProp with `α = 0.99`, `ε = 1e-8`.
    pub const fn rms_prop() -> Self {
        Optimizer::RmsProp { alpha: 0.99, epsilon: 1e-8 }
    }

    /// AdaGrad with `ε = 1e-10`.
    pub const fn ada_grad() -> Self {
        Optimizer::AdaGrad { epsilon: 1e-10 }
    }

    pub(super) fn init(self) -> ModuleOptimizer {
        match self {
            Optimizer::Sgd { momentum, weight_decay } => {
                let heavy_ball = MomentumConfig::new().with_momentum(f64::from(momentum)).with_dampening(0.0);
                SgdConfig::new()
                    .with_momentum((momentum != 0.0).then_some(heavy_ball))
                    .with_weight_decay((weight_decay != 0.0).then(|| WeightDecayConfig::new(weight_decay)))
                    .init()
            }
            Optimizer::Adam { beta1, beta2, epsilon } => {
                AdamConfig::new().with_beta_1(beta1).with_beta_2(beta2).with_epsilon(epsilon).init()
            }
            Optimizer::AdamW { weight_decay } => {
                AdamWConfig::new().with_epsilon(1e-8).with_weight_decay(weight_decay).init()
            }
            Optimizer::RmsProp { alpha, epsilon } => {
                RmsPropConfig::new().with_alpha(alpha).with_momentum(0.0).with_epsilon(epsilon).init()
            }
            Optimizer::AdaGrad { epsilon } => AdaGradConfig::new().with_epsilon(epsilon).init(),
        }
    }
}
