//! Laws: for each claim, property tests that try to falsify it, and teeth: what must fail does.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod ahw_axis_minima;
mod ahw_count_is_lower_bound;
mod ahw_random_1d_upper;
mod ahw_realizable_benign;
mod autoencoder_pca;
mod baldi_hornik_critical_points;
mod baldi_hornik_hessian_index;
mod baldi_hornik_no_spurious;
mod delta_rule_backprop;
mod descent_lemma;
mod error_decomposition;
mod fcl_local_strong_convexity;
mod fgsm_linear;
mod gd_avoids_strict_saddles;
mod gd_eps_critical_rate;
mod gd_exponential_octopus;
mod gd_step_threshold;
mod kawaguchi_deep_linear;
mod kl_inverse;
mod least_squares_tradeoffs;
mod livni_overspecified;
mod minsky_papert_order;
mod native_path;
mod noisy_gd_escapes;
mod pgd_jin;
mod pitfalls;
mod planted_erm_rate;
mod planted_population_unimodal;
mod planted_uniform_convergence;
mod planted_unique_minimum;
mod random_label_fit;
mod saddle_index_vs_loss;
mod seed4_edge_of_stability;
mod seed4_init_success;
mod seed4_mlp_landscape;
mod smoothness_hessian_extremes;
mod telgarsky_sawtooth_exact;
mod theorems;
mod uniform_deviation_thresholds;
mod xor_perceptron;
mod zhang_finite_sample_expressivity;
