//! The enclosed norms of convolutions: no vector is stretched by more, and norms that are known lie inside.

use proptest::prelude::*;
use saddlepoint_rigor::Interval;
use saddlepoint_theory::capacity::convolution::{Axis, Channels, Convolution, UpperEnd};

fn norm(convolution: &Convolution) -> Interval {
    let mut i = 0.0f64;
    let mut start = || {
        i += 1.0;
        (i * i * 0.618_033_988_749_894_9).fract() - 0.5
    };
    convolution.spectral_norm(1e-4, &mut start).unwrap().norm
}

fn any_axis(longest: usize) -> impl Strategy<Value = Axis> {
    (1..=longest, 1..=3usize, 1..=3usize, 1..=2usize, 0..=2usize, 0..=2usize).prop_map(
        |(input, kernel, stride, dilation, before, after)| {
            let longer = input + dilation * (kernel - 1);
            Axis::new(longer, kernel).with_stride(stride).with_dilation(dilation).with_padding(before, after)
        },
    )
}

fn any_convolution() -> impl Strategy<Value = Convolution> {
    (prop::array::uniform2(any_axis(6)), 1..=2usize, 1..=2usize, 1..=2usize).prop_flat_map(
        |(axes, inputs, outputs, groups)| {
            let channels = Channels { inputs: inputs * groups, outputs: outputs * groups, groups };
            let entries = outputs * groups * inputs * axes[0].kernel * axes[1].kernel;
            let kernel = prop::collection::vec(-1.0..1.0f64, entries);
            kernel.prop_map(move |kernel| Convolution::new(channels, axes, kernel).unwrap())
        },
    )
}

fn length(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// An adversary ascends the stretch from any start, and stays below; from the enclosure's own side, the lower end
    /// is reached nearly.
    #[test]
    fn no_vector_is_stretched_by_more(a in any_convolution(), seed in 1u32..1000) {
        let enclosed = norm(&a);
        let mut x: Vec<f64> = (0..a.dimensions().0).map(|i| f64::from(seed).mul_add(i as f64 + 1.0, 0.3).sin()).collect();
        for _ in 0..60 {
            let y = a.apply(&x).unwrap();
            prop_assert!(length(&y) <= enclosed.high() * length(&x) * (1.0 + 1e-14));
            x = a.adjoint(&y).unwrap();
            let scale = length(&x);
            if scale == 0.0 {
                break;
            }
            for x in &mut x {
                *x /= scale;
            }
        }
        // The width is worked for, not promised: where the largest singular values nearly agree, as those of two groups can,
        // the vector behind the lower end is a mixture, short of its aim by a few 1e-4.
        prop_assert!(enclosed.high() <= enclosed.low() * (1.0 + 1e-3));
    }

    /// A smaller image is a larger one with zeros around it: its norm is no larger.
    #[test]
    fn norms_grow_with_the_input(kernel in prop::collection::vec(-1.0..1.0f64, 2 * 2 * 3), n in 1usize..12, more in 1usize..6) {
        let of = |n| {
            let axis = Axis::new(n, 3).with_padding(1, 1);
            norm(&Convolution::line(Channels::dense(2, 2), axis, kernel.clone()).unwrap())
        };
        prop_assert!(of(n).low() <= of(n + more).high());
    }

    /// A kernel that is a product of two acts on rows and columns apart: the norms multiply.
    #[test]
    fn norms_of_separable_kernels_multiply(
        v in prop::collection::vec(-1.0..1.0f64, 3), h in prop::collection::vec(-1.0..1.0f64, 2),
        n in 3usize..9, m in 3usize..9, stride in 1usize..3,
    ) {
        let axes = [Axis::new(n, 3).with_padding(1, 0), Axis::new(m, 2).with_stride(stride)];
        let one = Channels::dense(1, 1);
        let product = v.iter().flat_map(|v| h.iter().map(move |h| v * h)).collect();
        let whole = norm(&Convolution::new(one, axes, product).unwrap());
        let parts = [(axes[0], &v), (axes[1], &h)].map(|(axis, k)| norm(&Convolution::line(one, axis, k.clone()).unwrap()));
        let product = parts[0] * parts[1];
        // The product of kernels was rounded.
        prop_assert!(whole.low() <= product.high() * (1.0 + 1e-14) && whole.high() >= product.low() * (1.0 - 1e-14));
    }

    /// Toeplitz matrices with two diagonals beside the main one have known eigenvalues, `a + 2b cos(jπ/(n + 1))`.
    #[test]
    fn known_norms_lie_inside(a in -3i32..=3, b in -3i32..=3, n in 1usize..40) {
        let (a, b) = (f64::from(a), f64::from(b));
        let axis = Axis::new(n, 3).with_padding(1, 1);
        let enclosed = norm(&Convolution::line(Channels::dense(1, 1), axis, vec![b, a, b]).unwrap());
        let value = |j: usize| (a + 2.0 * b * (std::f64::consts::PI * j as f64 / (n as f64 + 1.0)).cos()).abs();
        let truth = (1..=n).map(value).fold(0.0, f64::max);
        let slack = 1e-14 * (1.0 + truth);
        prop_assert!(enclosed.low() <= truth + slack && enclosed.high() >= truth - slack);
    }
}

/// Too large to be a matrix, and still sharp: 8 channels on 48 × 48 with zero padding.
#[test]
fn large_layers_are_enclosed_by_frequencies() {
    let axis = Axis::new(48, 3).with_padding(1, 1);
    let kernel =
        (0..8 * 8 * 9).map(|i| (f64::from(i) * f64::from(i) * 0.618_033_988_749_894_9).fract() - 0.5).collect();
    let a = Convolution::new(Channels::dense(8, 8), [axis; 2], kernel).unwrap();
    let mut i = 0.0f64;
    let mut start = || {
        i += 1.0;
        (i * i * 0.414_213_562_373_095).fract() - 0.5
    };
    let found = a.spectral_norm(0.02, &mut start).unwrap();
    assert_eq!(found.upper_end, UpperEnd::Fourier);
    assert!(found.norm.high() <= 1.02 * found.norm.low(), "{}", found.norm);
}

/// Teeth: a torus that is one sample too short, the input's own size, is caught by the kernel (1, 0, −1).
#[test]
fn a_torus_that_is_too_short_is_caught() {
    let of = |n: usize| {
        let axis = Axis::new(n, 3).with_padding(1, 1);
        norm(&Convolution::line(Channels::dense(1, 1), axis, vec![1.0, 0.0, -1.0]).unwrap())
    };
    let torus = |n: usize| {
        (0..n).map(|f| 2.0 * (std::f64::consts::TAU * f as f64 / n as f64).sin().abs()).fold(0.0, f64::max)
    };
    assert!(of(2).low() > torus(2) + 0.9 && of(4).high() <= torus(5));
}
