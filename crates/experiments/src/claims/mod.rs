//! The claims, one file each, in the order in which the report lists them.

use crate::claim::{AnyClaim, Erased};

pub mod activation_maximisation;
pub mod adversarial_transfer;
pub mod ahw_axis_minima;
pub mod ahw_count_is_lower_bound;
pub mod ahw_random_1d_upper;
pub mod ahw_realizable_benign;
pub mod arora_cushions;
pub mod arora_matrix_project;
pub mod arora_matrix_project_negative;
pub mod augmentation_tikhonov;
pub mod autoencoder_pca;
pub mod baldi_hornik_critical_points;
pub mod baldi_hornik_free_l_negative;
pub mod baldi_hornik_hessian_index;
pub mod baldi_hornik_no_spurious;
pub mod barron_rate;
pub mod bft_spectral_complexity;
pub mod bottou_bousquet_optimisation_cost;
pub mod capacity_measures_as_predictors;
pub mod compositional_rates;
pub mod compositional_training;
pub mod conv_equivariance;
pub mod cover_counting;
pub mod deep_activation_maximisation;
pub mod delta_rule_backprop;
pub mod descent_lemma;
pub mod diagonal_preconditioning;
pub mod digit_baselines;
pub mod double_descent_exact;
pub mod dropout_adaptive_l2;
pub mod dziugaite_roy;
pub mod early_stopping_vs_ridge;
pub mod edge_of_stability;
pub mod error_decomposition_empirical_negative;
pub mod error_decomposition_identity;
pub mod error_decomposition_trends;
pub mod excess_capacity_over_epochs;
pub mod fcl_local_strong_convexity;
pub mod fgsm_linear;
pub mod first_layer_transfer_negative;
pub mod gd_avoids_strict_saddles;
pub mod gd_eps_critical_rate;
pub mod gd_exponential_octopus;
pub mod gd_step_threshold;
pub mod golowich_bound;
pub mod good_bad_minima;
pub mod gradient_noise_scale;
pub mod hanin_rolnick_average;
pub mod ista_lasso_recovery;
pub mod kawaguchi_deep_linear;
pub mod kernel_interpolation;
pub mod keskar_generalisation_gap_negative;
pub mod keskar_sharpness;
pub mod kfac_shampoo;
pub mod kl_inverse;
pub mod li_filter_normalisation;
pub mod li_per_neuron_negative;
pub mod lipschitz_as_capacity;
pub mod lipschitz_exact_vs_bounds;
pub mod livni_overspecified;
pub mod ltf_count;
pub mod margin_distributions;
pub mod maurer_xi;
pub mod maurey_covering;
pub mod minsky_papert_order;
pub mod ml_csc_layered_thresholding;
pub mod mode_connectivity;
pub mod montufar_lower_bound;
pub mod neyshabur_pac_bayes;
pub mod noisy_gd_escapes;
pub mod norm_bounds_on_digits;
pub mod normalisation_conditioning;
pub mod olshausen_field_gabor;
pub mod pac_bayes_linear;
pub mod pac_bayes_ordering;
pub mod path_norm;
pub mod perceptron_convergence;
pub mod pgd_jin;
pub mod planted_erm_rate;
pub mod planted_noiseless_negative;
pub mod planted_population_unimodal;
pub mod planted_uniform_convergence;
pub mod planted_unique_minimum;
pub mod rademacher_exact;
pub mod random_label_fit;
pub mod region_count_1d;
pub mod region_count_2d;
pub mod regions_over_training;
pub mod regularizers_compared;
pub mod relu_against_tanh_speed_negative;
pub mod relu_pl_interpolation;
pub mod relu_rect_bumps;
pub mod relu_rect_bumps_negative;
pub mod rf_double_descent;
pub mod ridge_identities;
pub mod saddle_index_vs_loss;
pub mod scale_invariance_identities;
pub mod scattering_deformation;
pub mod scattering_energy;
pub mod scattering_translation;
pub mod scattering_translation_negative;
pub mod seed4_edge_of_stability;
pub mod seed4_init_success;
pub mod seed4_mlp_landscape;
pub mod seed4_swapped_arguments_negative;
pub mod serra_upper_bound;
pub mod sgd_redundant_data;
pub mod sine_infinite_vc;
pub mod skip_connections_surface;
pub mod skip_improves_kappa_negative;
pub mod smoothness_hessian_extremes;
pub mod snapshot_ensembles;
pub mod soft_threshold_two_relus;
pub mod sparse_uniqueness_coherence;
pub mod spline_class_tradeoff;
pub mod telgarsky_l1_lower_bound;
pub mod telgarsky_sawtooth_exact;
pub mod test_set_bound;
pub mod thresholding_support_recovery;
pub mod trajectory_plane;
pub mod trajectory_plane_negative;
pub mod ufa_sigmoid_1d;
pub mod uniform_deviation_thresholds;
pub mod uniform_deviation_thresholds_negative;
pub mod vanishing_gradients;
pub mod vc_halfspace;
pub mod vc_relu_bound;
pub mod weight_decay_ridge;
pub mod width_overfitting_1d;
pub mod wu_good_bad_minima;
pub mod xor_perceptron;
pub mod yarotsky_square_deep;
pub mod zaslavsky_one_layer;
pub mod zhang_finite_sample_expressivity;

/// Every claim.
pub fn all() -> &'static [&'static dyn AnyClaim] {
    ALL
}

static ALL: &[&dyn AnyClaim] = &[
    &Erased::<descent_lemma::DescentLemmaClaim>::new(),
    &Erased::<gd_eps_critical_rate::GdEpsCriticalRate>::new(),
    &Erased::<gd_step_threshold::GdStepThreshold>::new(),
    &Erased::<smoothness_hessian_extremes::SmoothnessHessianExtremes>::new(),
    &Erased::<gd_avoids_strict_saddles::GdAvoidsStrictSaddles>::new(),
    &Erased::<noisy_gd_escapes::NoisyGdEscapes>::new(),
    &Erased::<pgd_jin::PgdJin>::new(),
    &Erased::<gd_exponential_octopus::GdExponentialOctopus>::new(),
    &Erased::<delta_rule_backprop::DeltaRuleBackprop>::new(),
    &Erased::<ahw_axis_minima::AhwAxisMinima>::new(),
    &Erased::<ahw_count_is_lower_bound::AhwCountIsLowerBound>::new(),
    &Erased::<ahw_random_1d_upper::AhwRandom1dUpper>::new(),
    &Erased::<ahw_realizable_benign::AhwRealizableBenign>::new(),
    &Erased::<baldi_hornik_critical_points::BaldiHornikCriticalPoints>::new(),
    &Erased::<baldi_hornik_free_l_negative::BaldiHornikFreeLNegative>::new(),
    &Erased::<baldi_hornik_hessian_index::BaldiHornikHessianIndex>::new(),
    &Erased::<baldi_hornik_no_spurious::BaldiHornikNoSpurious>::new(),
    &Erased::<autoencoder_pca::AutoencoderPca>::new(),
    &Erased::<kawaguchi_deep_linear::KawaguchiDeepLinear>::new(),
    &Erased::<planted_population_unimodal::PlantedPopulationUnimodal>::new(),
    &Erased::<planted_uniform_convergence::PlantedUniformConvergence>::new(),
    &Erased::<planted_erm_rate::PlantedErmRate>::new(),
    &Erased::<planted_noiseless_negative::PlantedNoiselessNegative>::new(),
    &Erased::<planted_unique_minimum::PlantedUniqueMinimum>::new(),
    &Erased::<fcl_local_strong_convexity::FclLocalStrongConvexity>::new(),
    &Erased::<xor_perceptron::XorPerceptron>::new(),
    &Erased::<minsky_papert_order::MinskyPapertOrder>::new(),
    &Erased::<seed4_mlp_landscape::Seed4MlpLandscape>::new(),
    &Erased::<seed4_swapped_arguments_negative::Seed4SwappedArgumentsNegative>::new(),
    &Erased::<seed4_init_success::Seed4InitSuccess>::new(),
    &Erased::<seed4_edge_of_stability::Seed4EdgeOfStability>::new(),
    &Erased::<vanishing_gradients::VanishingGradients>::new(),
    &Erased::<relu_against_tanh_speed_negative::ReluAgainstTanhSpeedNegative>::new(),
    &Erased::<normalisation_conditioning::NormalisationConditioning>::new(),
    &Erased::<skip_improves_kappa_negative::SkipImprovesKappaNegative>::new(),
    &Erased::<scale_invariance_identities::ScaleInvarianceIdentities>::new(),
    &Erased::<diagonal_preconditioning::DiagonalPreconditioning>::new(),
    &Erased::<kfac_shampoo::KfacShampoo>::new(),
    &Erased::<edge_of_stability::EdgeOfStability>::new(),
    &Erased::<li_filter_normalisation::LiFilterNormalisation>::new(),
    &Erased::<li_per_neuron_negative::LiPerNeuronNegative>::new(),
    &Erased::<skip_connections_surface::SkipConnectionsSurface>::new(),
    &Erased::<trajectory_plane::TrajectoryPlane>::new(),
    &Erased::<trajectory_plane_negative::TrajectoryPlaneNegative>::new(),
    &Erased::<saddle_index_vs_loss::SaddleIndexVsLoss>::new(),
    &Erased::<error_decomposition_identity::ErrorDecompositionIdentity>::new(),
    &Erased::<error_decomposition_empirical_negative::ErrorDecompositionEmpiricalNegative>::new(),
    &Erased::<error_decomposition_trends::ErrorDecompositionTrends>::new(),
    &Erased::<bottou_bousquet_optimisation_cost::BottouBousquetOptimisationCost>::new(),
    &Erased::<spline_class_tradeoff::SplineClassTradeoff>::new(),
    &Erased::<double_descent_exact::DoubleDescentExact>::new(),
    &Erased::<ufa_sigmoid_1d::UfaSigmoid1d>::new(),
    &Erased::<barron_rate::BarronRate>::new(),
    &Erased::<ltf_count::LtfCount>::new(),
    &Erased::<cover_counting::CoverCounting>::new(),
    &Erased::<perceptron_convergence::PerceptronConvergence>::new(),
    &Erased::<telgarsky_sawtooth_exact::TelgarskySawtoothExact>::new(),
    &Erased::<regions_over_training::RegionsOverTraining>::new(),
    &Erased::<telgarsky_l1_lower_bound::TelgarskyL1LowerBound>::new(),
    &Erased::<region_count_1d::RegionCount1d>::new(),
    &Erased::<region_count_2d::RegionCount2d>::new(),
    &Erased::<zaslavsky_one_layer::ZaslavskyOneLayer>::new(),
    &Erased::<montufar_lower_bound::MontufarLowerBound>::new(),
    &Erased::<serra_upper_bound::SerraUpperBound>::new(),
    &Erased::<hanin_rolnick_average::HaninRolnickAverage>::new(),
    &Erased::<relu_rect_bumps::ReluRectBumps>::new(),
    &Erased::<relu_rect_bumps_negative::ReluRectBumpsNegative>::new(),
    &Erased::<relu_pl_interpolation::ReluPlInterpolation>::new(),
    &Erased::<yarotsky_square_deep::YarotskySquareDeep>::new(),
    &Erased::<ridge_identities::RidgeIdentities>::new(),
    &Erased::<compositional_rates::CompositionalRates>::new(),
    &Erased::<compositional_training::CompositionalTraining>::new(),
    &Erased::<zhang_finite_sample_expressivity::ZhangFiniteSampleExpressivity>::new(),
    &Erased::<soft_threshold_two_relus::SoftThresholdTwoRelus>::new(),
    &Erased::<sparse_uniqueness_coherence::SparseUniquenessCoherence>::new(),
    &Erased::<thresholding_support_recovery::ThresholdingSupportRecovery>::new(),
    &Erased::<ml_csc_layered_thresholding::MlCscLayeredThresholding>::new(),
    &Erased::<ista_lasso_recovery::IstaLassoRecovery>::new(),
    &Erased::<scattering_energy::ScatteringEnergy>::new(),
    &Erased::<scattering_translation::ScatteringTranslation>::new(),
    &Erased::<scattering_translation_negative::ScatteringTranslationNegative>::new(),
    &Erased::<scattering_deformation::ScatteringDeformation>::new(),
    &Erased::<conv_equivariance::ConvEquivariance>::new(),
    &Erased::<olshausen_field_gabor::OlshausenFieldGabor>::new(),
    &Erased::<activation_maximisation::ActivationMaximisation>::new(),
    &Erased::<deep_activation_maximisation::DeepActivationMaximisation>::new(),
    &Erased::<first_layer_transfer_negative::FirstLayerTransferNegative>::new(),
    &Erased::<vc_halfspace::VcHalfspace>::new(),
    &Erased::<sine_infinite_vc::SineInfiniteVc>::new(),
    &Erased::<rademacher_exact::RademacherExact>::new(),
    &Erased::<uniform_deviation_thresholds::UniformDeviationThresholds>::new(),
    &Erased::<uniform_deviation_thresholds_negative::UniformDeviationThresholdsNegative>::new(),
    &Erased::<vc_relu_bound::VcReluBound>::new(),
    &Erased::<kl_inverse::KlInverse>::new(),
    &Erased::<test_set_bound::TestSetBound>::new(),
    &Erased::<maurer_xi::MaurerXi>::new(),
    &Erased::<pac_bayes_ordering::PacBayesOrdering>::new(),
    &Erased::<pac_bayes_linear::PacBayesLinear>::new(),
    &Erased::<dziugaite_roy::DziugaiteRoyClaim>::new(),
    &Erased::<random_label_fit::RandomLabelFit>::new(),
    &Erased::<bft_spectral_complexity::BftSpectralComplexity>::new(),
    &Erased::<maurey_covering::MaureyCovering>::new(),
    &Erased::<golowich_bound::GolowichBound>::new(),
    &Erased::<path_norm::PathNorm>::new(),
    &Erased::<neyshabur_pac_bayes::NeyshaburPacBayes>::new(),
    &Erased::<lipschitz_exact_vs_bounds::LipschitzExactVsBounds>::new(),
    &Erased::<arora_matrix_project::AroraMatrixProject>::new(),
    &Erased::<arora_matrix_project_negative::AroraMatrixProjectNegative>::new(),
    &Erased::<kernel_interpolation::KernelInterpolationClaim>::new(),
    &Erased::<rf_double_descent::RfDoubleDescent>::new(),
    &Erased::<norm_bounds_on_digits::NormBoundsOnDigits>::new(),
    &Erased::<margin_distributions::MarginDistributions>::new(),
    &Erased::<excess_capacity_over_epochs::ExcessCapacityOverEpochs>::new(),
    &Erased::<lipschitz_as_capacity::LipschitzAsCapacity>::new(),
    &Erased::<arora_cushions::AroraCushions>::new(),
    &Erased::<width_overfitting_1d::WidthOverfitting1d>::new(),
    &Erased::<livni_overspecified::LivniOverspecified>::new(),
    &Erased::<sgd_redundant_data::SgdRedundantData>::new(),
    &Erased::<gradient_noise_scale::GradientNoiseScale>::new(),
    &Erased::<keskar_sharpness::KeskarSharpness>::new(),
    &Erased::<keskar_generalisation_gap_negative::KeskarGeneralisationGapNegative>::new(),
    &Erased::<mode_connectivity::ModeConnectivity>::new(),
    &Erased::<wu_good_bad_minima::WuGoodBadMinima>::new(),
    &Erased::<good_bad_minima::GoodBadMinima>::new(),
    &Erased::<digit_baselines::DigitBaselines>::new(),
    &Erased::<capacity_measures_as_predictors::CapacityMeasuresAsPredictors>::new(),
    &Erased::<weight_decay_ridge::WeightDecayRidge>::new(),
    &Erased::<early_stopping_vs_ridge::EarlyStoppingVsRidge>::new(),
    &Erased::<dropout_adaptive_l2::DropoutAdaptiveL2>::new(),
    &Erased::<augmentation_tikhonov::AugmentationTikhonov>::new(),
    &Erased::<snapshot_ensembles::SnapshotEnsembles>::new(),
    &Erased::<regularizers_compared::RegularizersCompared>::new(),
    &Erased::<fgsm_linear::FgsmLinear>::new(),
    &Erased::<adversarial_transfer::AdversarialTransfer>::new(),
];

/// The claim with this id.
///
/// # Errors
/// [`UnknownClaim`] with the nearest id, where one is near.
pub fn find(id: &str) -> Result<&'static dyn AnyClaim, UnknownClaim> {
    all().iter().copied().find(|claim| claim.card().id == id).ok_or_else(|| UnknownClaim {
        id: id.to_owned(),
        nearest: all()
            .iter()
            .map(|claim| (strsim::jaro_winkler(claim.card().id, id), claim.card().id))
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .filter(|(likeness, _)| *likeness > 0.7)
            .map(|(_, id)| id),
    })
}

/// No claim has this id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no claim {id:?}{}", .nearest.map_or_else(
    || "; `saddlepoint list` shows all".to_owned(),
    |nearest| format!("; did you mean {nearest:?}?"),
))]
pub struct UnknownClaim {
    /// What was asked for.
    pub id: String,
    /// The likeliest meant.
    pub nearest: Option<&'static str>,
}
