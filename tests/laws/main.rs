//! Laws: for each claim, property tests that try to falsify it, and teeth: what must fail does.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use saddlepoint_experiments::claim::{Lab, Profile};
use saddlepoint_experiments::claims;
use saddlepoint_experiments::verdict::Verdict;
use serde_json::Value;

mod activation_maximisation;
mod adversarial_transfer;
mod ahw_axis_minima;
mod ahw_count_is_lower_bound;
mod ahw_random_1d_upper;
mod ahw_realizable_benign;
mod arora_cushions;
mod arora_matrix_project;
mod augmentation_tikhonov;
mod autoencoder_pca;
mod baldi_hornik_critical_points;
mod baldi_hornik_hessian_index;
mod baldi_hornik_no_spurious;
mod barron_rate;
mod bft_spectral_complexity;
mod bottou_bousquet_optimisation_cost;
mod capacity_measures_as_predictors;
mod compositional_rates;
mod compositional_training;
mod conv_equivariance;
mod cover_counting;
mod deep_activation_maximisation;
mod delta_rule_backprop;
mod descent_lemma;
mod diagonal_preconditioning;
mod digit_baselines;
mod double_descent_exact;
mod dropout_adaptive_l2;
mod dziugaite_roy;
mod early_stopping_vs_ridge;
mod edge_of_stability;
mod error_decomposition_identity;
mod error_decomposition_trends;
mod evidence;
mod excess_capacity_over_epochs;
mod fcl_local_strong_convexity;
mod fgsm_linear;
mod first_layer_transfer_negative;
mod gd_avoids_strict_saddles;
mod gd_eps_critical_rate;
mod gd_exponential_octopus;
mod gd_step_threshold;
mod golowich_bound;
mod good_bad_minima;
mod gradient_noise_scale;
mod hanin_rolnick_average;
mod ista_lasso_recovery;
mod kawaguchi_deep_linear;
mod kernel_interpolation;
mod keskar_sharpness;
mod kfac_shampoo;
mod kl_inverse;
mod li_filter_normalisation;
mod lipschitz_as_capacity;
mod lipschitz_exact_vs_bounds;
mod livni_overspecified;
mod ltf_count;
mod margin_distributions;
mod maurer_xi;
mod maurey_covering;
mod minsky_papert_order;
mod ml_csc_layered_thresholding;
mod mode_connectivity;
mod montufar_lower_bound;
mod neyshabur_pac_bayes;
mod noisy_gd_escapes;
mod norm_bounds_on_digits;
mod normalisation_conditioning;
mod olshausen_field_gabor;
mod pac_bayes_linear;
mod pac_bayes_ordering;
mod path_norm;
mod perceptron_convergence;
mod pgd_jin;
mod pitfalls;
mod planted_erm_rate;
mod planted_population_unimodal;
mod planted_uniform_convergence;
mod planted_unique_minimum;
mod rademacher_exact;
mod random_label_fit;
mod region_count_1d;
mod region_count_2d;
mod regions_over_training;
mod regularizers_compared;
mod relu_against_tanh_speed_negative;
mod relu_pl_interpolation;
mod relu_rect_bumps;
mod rf_double_descent;
mod ridge_identities;
mod saddle_index_vs_loss;
mod scale_invariance_identities;
mod scattering_deformation;
mod scattering_energy;
mod scattering_translation;
mod seed4_edge_of_stability;
mod seed4_init_success;
mod seed4_mlp_landscape;
mod serra_upper_bound;
mod sgd_redundant_data;
mod sine_infinite_vc;
mod skip_connections_surface;
mod smoothness_hessian_extremes;
mod snapshot_ensembles;
mod soft_threshold_two_relus;
mod sparse_uniqueness_coherence;
mod spline_class_tradeoff;
mod telgarsky_l1_lower_bound;
mod telgarsky_sawtooth_exact;
mod test_set_bound;
mod theorems;
mod thresholding_support_recovery;
mod trajectory_plane;
mod ufa_sigmoid_1d;
mod uniform_deviation_thresholds;
mod vanishing_gradients;
mod vc_halfspace;
mod vc_relu_bound;
mod weight_decay_ridge;
mod width_overfitting_1d;
mod wu_good_bad_minima;
mod xor_perceptron;
mod yarotsky_square_deep;
mod zaslavsky_one_layer;
mod zhang_finite_sample_expressivity;

/// Tasks and outcomes.
type Runs = Vec<(Value, Value)>;

/// A claim's tasks at the smoke profile with what they measure: what a test then falsifies.
fn smoke(id: &str) -> Runs {
    let claim = claims::find(id).unwrap();
    let tasks = claim.plan(Profile::Smoke, 0).unwrap();
    tasks.into_iter().map(|task| (task.clone(), claim.run(&task, &Lab::bench()).unwrap())).collect()
}

/// The verdict on these runs.
fn verdict(id: &str, runs: &[(Value, Value)]) -> Verdict {
    claims::find(id).unwrap().conclude(runs).unwrap().0.verdict
}

/// The verdict if a number had been another: the first outcome that has a number at this JSON pointer has a changed one.
fn verdict_if(id: &str, runs: &[(Value, Value)], pointer: &str, change: impl Fn(f64) -> f64) -> Verdict {
    let mut runs = runs.to_vec();
    let number =
        runs.iter_mut().find_map(|(_, outcome)| outcome.pointer_mut(pointer).filter(|at| at.is_number()));
    let number = number.unwrap_or_else(|| panic!("no outcome of {id} has a number at {pointer}"));
    *number = if number.is_u64() {
        (change(number.as_f64().unwrap()) as u64).into()
    } else {
        change(number.as_f64().unwrap()).into()
    };
    verdict(id, &runs)
}
