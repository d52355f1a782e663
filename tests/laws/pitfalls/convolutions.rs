//! Spectral norms of convolutions that are none.

use nalgebra::DMatrix;
use saddlepoint_rigor::Interval;
use saddlepoint_theory::capacity::convolution::{Axis, Channels, Convolution};

const ONE: Channels = Channels::dense(1, 1);

fn same(n: usize, taps: usize) -> Axis {
    Axis::new(n, taps).with_padding(taps / 2, taps / 2)
}

fn line(axis: Axis, kernel: &[f64]) -> Convolution {
    Convolution::line(ONE, axis, kernel.to_vec()).unwrap()
}

/// Starts that no symmetry of a grid has.
fn norm(convolution: &Convolution) -> Interval {
    let mut i = 0.0f64;
    let mut start = || {
        i += 1.0;
        (i * i * 0.618_033_988_749_894_9).fract() - 0.5
    };
    convolution.spectral_norm(1e-6, &mut start).unwrap().norm
}

/// The norm on a circle of `n` samples: the largest `|Σ k e^{iθ}|` over its frequencies.
fn circular(kernel: &[f64], n: usize) -> f64 {
    let symbol = |f: usize| {
        let angle = |t: usize| std::f64::consts::TAU * (f * t) as f64 / n as f64;
        let re: f64 = kernel.iter().enumerate().map(|(t, k)| k * angle(t).cos()).sum();
        let im: f64 = kernel.iter().enumerate().map(|(t, k)| k * angle(t).sin()).sum();
        re.hypot(im)
    };
    (0..n).map(symbol).fold(0.0, f64::max)
}

#[test]
fn the_reshaped_kernels_norm_is_no_upper_bound() {
    let kernel: Vec<f64> = (0..2 * 2 * 9).map(|i| 1.0 + f64::from(i % 3)).collect();
    let reshaped = DMatrix::from_row_slice(2, 18, &kernel).singular_values().max();
    let convolution = Convolution::new(Channels::dense(2, 2), [same(8, 3); 2], kernel).unwrap();
    assert!(norm(&convolution).low() > 2.5 * reshaped);
}

#[test]
fn the_circular_norm_is_no_upper_bound_under_zero_padding() {
    assert!(circular(&[1.0, 0.0, -1.0], 2) < 1e-15);
    assert!(norm(&line(same(2, 3), &[1.0, 0.0, -1.0])).contains(1.0));
    for (n, kernel, ratio) in [
        (3, &[2.0, -1.0, 2.0][..], 1.276142374915396),
        (5, &[2.0, -1.0, 1.0, -1.0, 2.0], 1.3428664920317799),
        (8, &[2.0, 2.0, -2.0, 2.0, 1.0], 1.050119842148717),
    ] {
        let found = norm(&line(same(n, kernel.len()), kernel)).midpoint() / circular(kernel, n);
        assert!((found / ratio - 1.0).abs() < 1e-6, "{n}: {found}");
    }
}

#[test]
fn the_norm_depends_on_input_size_stride_dilation_and_groups() {
    let kernel = [1.0, 1.0, 1.0];
    let base = norm(&line(same(8, 3), &kernel));
    for other in [
        norm(&line(same(32, 3), &kernel)),
        norm(&line(same(8, 3).with_stride(2), &kernel)),
        norm(&line(Axis::new(8, 3).with_padding(2, 2).with_dilation(2), &kernel)),
        norm(&line(Axis::new(8, 3), &kernel)),
    ] {
        assert!(base.intersection(other).is_none(), "{base} {other}");
    }
    let of_groups =
        |channels, kernel: Vec<f64>| norm(&Convolution::line(channels, same(8, 3), kernel).unwrap());
    let grouped = of_groups(Channels { inputs: 2, outputs: 2, groups: 2 }, kernel.repeat(2));
    let joined = of_groups(Channels::dense(2, 2), kernel.repeat(4));
    assert!((joined.midpoint() / grouped.midpoint() - 2.0).abs() < 1e-5);
}

/// Ten steps from a common start, on an operator of known norm `1 + 2 cos(π/(n + 1))`.
#[test]
fn power_iteration_is_a_lower_bound() {
    let n = 64;
    let truth = 1.0 + 2.0 * (std::f64::consts::PI / (n as f64 + 1.0)).cos();
    let convolution = line(same(n, 3), &[1.0; 3]);
    let length = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>().sqrt();
    let mut x: Vec<f64> = (0..n).map(|i| 1.0 + (i % 5) as f64).collect();
    let mut estimate = 0.0;
    for _ in 0..10 {
        let y = convolution.apply(&x).unwrap();
        estimate = length(&y) / length(&x);
        x = convolution.adjoint(&y).unwrap();
    }
    assert!(estimate < truth * 0.9999);
    let enclosed = norm(&convolution);
    assert!(estimate < enclosed.low() && enclosed.low() <= truth && enclosed.high() >= truth);
}
