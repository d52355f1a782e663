//! Optimizers, of burn-optim where it has them, with every constant written out.
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
        /// `λ`: the coefficient of an L2 penalty `λ‖θ‖²/2`, whose gradient the moments see.
        weight_decay: f32,
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
    /// Zeiler 2012: `θ ← θ − η Δ`, `Δ = g √(E Δ² + ε) / √(E g² + ε)` with running averages `E`.
    AdaDelta {
        /// Decay of the averages.
        decay: f32,
        /// Added to both averages.
        epsilon: f32,
    },
    /// Gupta, Koren and Singer 2018: for a matrix `θ ← θ − η L^(−1/4) G R^(−1/4)`, `L = εI + Σ G Gᵀ`, `R = εI + Σ GᵀG`;
    /// for a tensor with `k` dimensions a root of order `2k` along each.
    Shampoo {
        /// What the sums start with.
        epsilon: f32,
    },
    /// Martens and Grosse 2015: for each layer `θ ← θ − η A^(−1) ∇ G^(−1)`, `A` the second moment of its inputs, `G` that
    /// of the gradients at its outputs under the model's own distribution, by one backward pass an output in place of samples.
    /// For chains of dense layers ([`crate::networks::Network::forward_factored`]). In an adversarial training the factors
    /// are those of the clean inputs.
    Kfac {
        /// `λ`, split between the factors as in section 6.3; with 0 they are inverted on their range.
        damping: f32,
        /// Decay of the running averages of the factors; 0 for those of the batch.
        decay: f32,
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
        Optimizer::adam_with_penalty(0.0)
    }

    /// The same on the loss with an L2 penalty `λ‖θ‖²/2`. Unlike [`Optimizer::AdamW`], which shrinks all parameters alike, it
    /// shrinks those with large gradients less.
    pub const fn adam_with_penalty(weight_decay: f32) -> Self {
        Optimizer::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay }
    }

    /// RMSProp with `α = 0.99`, `ε = 1e-8`.
    pub const fn rms_prop() -> Self {
        Optimizer::RmsProp { alpha: 0.99, epsilon: 1e-8 }
    }

    /// AdaGrad with `ε = 1e-10`.
    pub const fn ada_grad() -> Self {
        Optimizer::AdaGrad { epsilon: 1e-10 }
    }

    /// AdaDelta with `ρ = 0.95`, `ε = 1e-6`; its rate is 1.
    pub const fn ada_delta() -> Self {
        Optimizer::AdaDelta { decay: 0.95, epsilon: 1e-6 }
    }

    /// Shampoo with `ε = 1e-4`.
    pub const fn shampoo() -> Self {
        Optimizer::Shampoo { epsilon: 1e-4 }
    }

    /// K-FAC with factors of the batch and this damping.
    pub const fn kfac(damping: f32) -> Self {
        Optimizer::Kfac { damping, decay: 0.0 }
    }

    /// burn's optimizer, or the descent step that follows a preconditioner of this crate.
    pub(super) fn init(self) -> ModuleOptimizer {
        match self {
            Optimizer::Sgd { momentum, weight_decay } => {
                let heavy_ball = MomentumConfig::new().with_momentum(f64::from(momentum)).with_dampening(0.0);
                SgdConfig::new()
                    .with_momentum((momentum != 0.0).then_some(heavy_ball))
                    .with_weight_decay((weight_decay != 0.0).then(|| WeightDecayConfig::new(weight_decay)))
                    .init()
            }
            Optimizer::Adam { beta1, beta2, epsilon, weight_decay } => AdamConfig::new()
                .with_beta_1(beta1)
                .with_beta_2(beta2)
                .with_epsilon(epsilon)
                .with_weight_decay((weight_decay != 0.0).then(|| WeightDecayConfig::new(weight_decay)))
                .init(),
            Optimizer::AdamW { weight_decay } => {
                AdamWConfig::new().with_epsilon(1e-8).with_weight_decay(weight_decay).init()
            }
            Optimizer::RmsProp { alpha, epsilon } => {
                RmsPropConfig::new().with_alpha(alpha).with_momentum(0.0).with_epsilon(epsilon).init()
            }
            Optimizer::AdaGrad { epsilon } => AdaGradConfig::new().with_epsilon(epsilon).init(),
            Optimizer::AdaDelta { .. } | Optimizer::Shampoo { .. } | Optimizer::Kfac { .. } => {
                SgdConfig::new().init()
            }
        }
    }
}
