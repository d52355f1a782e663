//! The measures of capacity.

use nalgebra::DMatrix;
use proptest::prelude::*;
use saddlepoint_rigor::IntervalMatrix;
use saddlepoint_theory::capacity::convolution::{Axis, Channels, Convolution};
use saddlepoint_theory::capacity::covering::Sparsification;
use saddlepoint_theory::capacity::cushions::Cushions;
use saddlepoint_theory::capacity::margins::Margins;
use saddlepoint_theory::capacity::matrix_project::{matrix_project, projection_variance, projections};
use saddlepoint_theory::capacity::norms::{Layers, schatten, stable_rank};
use saddlepoint_theory::capacity::spectral_complexity::spectral_complexity;
use saddlepoint_theory::capacity::spectrum::{singular_values, symmetric_eigenvalues};
use saddlepoint_theory::capacity::vc::halfspaces::Halfspaces;
use saddlepoint_theory::capacity::vc::sine;

use super::bits::{count, float, floats, interval, matrix, matrix_of, size};

/// A small matrix of any bits.
fn plain() -> impl Strategy<Value = DMatrix<f64>> {
    (0usize..3, 0usize..3).prop_flat_map(|(rows, columns)| {
        prop::collection::vec(float(), rows * columns).prop_map(move |x| DMatrix::from_vec(rows, columns, x))
    })
}

fn axis() -> impl Strategy<Value = Axis> {
    let small = || prop_oneof![4 => 0usize..5, 1 => size()];
    (small(), small(), small(), small(), small(), small()).prop_map(
        |(input, kernel, stride, dilation, before, after)| {
            Axis::new(input, kernel).with_stride(stride).with_dilation(dilation).with_padding(before, after)
        },
    )
}

mod any_bits_are_bounded_or_refused {
    use super::*;

    proptest! {
        #[test]
        fn of_spectra(a in matrix(), b in matrix_of(2, 2), p in float()) {
            if let Ok(values) = singular_values(&a) {
                prop_assert!(values.iter().all(|value| value.low() >= 0.0));
            }
            if let Ok(values) = symmetric_eigenvalues(&b) {
                prop_assert_eq!(values.len(), 2);
            }
            if let Ok(norm) = schatten(&a, p) {
                prop_assert!(p >= 1.0 && norm.low() >= 0.0 && norm.low() <= norm.high());
            }
            if let Ok(rank) = stable_rank(&a) {
                prop_assert!(rank.low() >= 1.0);
            }
        }

        #[test]
        fn of_layers(
            spectral in prop::collection::vec(interval(), 0..3), distances in prop::collection::vec(interval(), 0..3),
            lipschitz in floats(),
        ) {
            if let Ok(complexity) = spectral_complexity(&spectral, &distances, &lipschitz) {
                prop_assert!(complexity.low() >= 0.0 && complexity.low() <= complexity.high());
            }
        }

        #[test]
        fn of_margins(outputs in matrix(), labels in prop::collection::vec(size(), 0..4), q in float(), scale in interval()) {
            let positive: Vec<bool> = labels.iter().map(|label| label % 2 == 0).collect();
            let few: Vec<usize> = (0..outputs.shape().0).map(|i| i % outputs.shape().1).collect();
            let margins = [
                Margins::of_classes(&outputs, &labels),
                Margins::of_classes(&outputs, &few),
                Margins::of_signs(&outputs, &positive),
            ];
            for margins in margins.into_iter().flatten() {
                prop_assert_eq!(margins.quantile(q).is_ok(), (0.0..=1.0).contains(&q));
                prop_assert!(margins.median().low() <= margins.median().high());
                if let Ok(normalized) = margins.normalized_by(scale) {
                    prop_assert!(scale.low() > 0.0 && normalized.count() == margins.count());
                }
            }
        }

        #[test]
        fn of_projections(
            a in plain(), k in prop_oneof![0u64..9, (1u64 << 37)..], spacing in float(), u in floats(), v in floats(),
            epsilon in float(), eta in float(),
        ) {
            if let Ok(projected) = matrix_project(&a, k, spacing, || true) {
                prop_assert!(projected.iter().all(|x| x.is_finite()) && k < 9);
            }
            for (u, v) in [(u.clone(), v.clone()), (vec![1.0; a.nrows()], vec![1.0; a.ncols()])] {
                if let Ok(variance) = projection_variance(&a, &u, &v) {
                    prop_assert!(variance.is_finite());
                }
            }
            if let Ok(k) = projections(epsilon, eta) {
                prop_assert!(k >= 1);
            }
        }

        #[test]
        fn of_cushions(first in matrix_of(2, 2), last in matrix_of(1, 2), x in floats(), epsilon in float(), delta in float()) {
            let network = Layers::new(vec![first, last]).unwrap();
            for x in [x, vec![0.5, -0.25]] {
                if let Ok(cushions) = Cushions::new(&network, &[x])
                    && let Ok(parameters) = cushions.effective_parameters(epsilon, delta)
                {
                    prop_assert!(parameters >= 0.0);
                }
            }
        }

        #[test]
        fn of_sparsifications(x in plain(), a in plain(), k in count(), few in 0u32..5, draw in float()) {
            if let Ok(atoms) = Sparsification::new(&x, &a) {
                prop_assert!(atoms.total().low() >= 0.0);
                if let Ok(error) = atoms.mean_squared_error(k) {
                    prop_assert!(error.low() >= 0.0);
                }
                if let Ok(mean) = atoms.sample(few, &mut || draw) {
                    prop_assert!(mean.iter().all(|x| x.is_finite()));
                }
            }
        }

        #[test]
        fn of_halfspaces(
            d in size(), labels in prop::collection::vec(any::<bool>(), 0..5), points in prop::collection::vec(floats(), 0..5),
        ) {
            for class in [Halfspaces::affine(d), Halfspaces::homogeneous(d)].into_iter().flatten() {
                if let Ok(points) = class.shattered() {
                    prop_assert_eq!(points.len(), class.vc_dimension());
                }
                if let Ok(halfspace) = class.witness(&labels) {
                    prop_assert!(points.iter().all(|x| x.len() == d || halfspace.contains(x).is_none()));
                }
                if let Ok(partition) = class.radon_partition(&points) {
                    prop_assert!(partition.labels().contains(&true));
                }
            }
            if let Ok(points) = sine::points(d) {
                prop_assert_eq!(points.len(), d);
            }
        }

        #[test]
        fn of_convolutions(
            channels in prop::array::uniform3(prop_oneof![4 => 1usize..3, 1 => size()]), axes in prop::array::uniform2(axis()),
            kernel in prop::collection::vec(float(), 0..40), wide in matrix(), width in float(),
        ) {
            let [inputs, outputs, groups] = channels;
            let channels = Channels { inputs, outputs, groups };
            let taps = |axes: &[Axis]| axes.iter().fold(inputs / groups.max(1), |n, axis| n.saturating_mul(axis.kernel));
            let fitting = |axes: &[Axis]| {
                let entries = outputs.saturating_mul(taps(axes)).min(40);
                kernel.iter().copied().chain([0.5; 40]).take(entries).collect::<Vec<_>>()
            };
            let of_rows = |entries: Vec<f64>| {
                let radii = entries.iter().map(|x| x.abs()).collect();
                let columns = entries.len() / outputs.max(1);
                IntervalMatrix::with_radii(outputs, columns, entries, radii).ok()
            };
            let any = [
                Convolution::new(channels, axes, kernel.clone()),
                Convolution::new(channels, axes, fitting(&axes)),
                Convolution::line(channels, axes[0], fitting(&axes[..1])),
                Convolution::enclosing(channels, axes, &wide),
                of_rows(fitting(&axes)).map_or_else(|| Convolution::enclosing(channels, axes, &wide), |kernel| {
                    Convolution::enclosing(channels, axes, &kernel)
                }),
            ];
            for convolution in any.into_iter().flatten() {
                let (columns, rows) = convolution.dimensions();
                prop_assume!(columns.max(rows) < 1 << 12);
                prop_assert_eq!(convolution.apply(&vec![1.0; columns]).map(|y| y.len()), Ok(rows));
                if let Ok(found) = convolution.spectral_norm(width.max(1e-3), &mut || 0.5) {
                    prop_assert!(found.norm.low() >= 0.0 && found.norm.low() <= found.norm.high());
                }
            }
        }
    }
}
