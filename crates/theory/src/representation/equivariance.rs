//! What a convolution does to translated signals: it translates, and only pooling forgets.

/// Circular convolution.
///
/// # Formula
/// $(k*x)_i=\sum_j k_j\,x_{(i-j)\bmod n}$
pub fn circular_convolution(kernel: &[f64], signal: &[f64]) -> Vec<f64> {
    let n = signal.len();
    let product = |i: usize| kernel.iter().enumerate().map(|(j, k)| k * signal[(i + n - j % n) % n]).sum();
    (0..n).map(product).collect()
}

/// The convolution with zeros beyond both ends, of the signal's own length: what padded layers compute.
///
/// # Formula
/// $(k*x)_i=\sum_{j\le i} k_j\,x_{i-j}$
pub fn padded_convolution(kernel: &[f64], signal: &[f64]) -> Vec<f64> {
    let product = |i: usize| kernel.iter().take(i + 1).enumerate().map(|(j, k)| k * signal[i - j]).sum();
    (0..signal.len()).map(product).collect()
}

/// The signal moved by `shift` samples to later times, around the circle.
///
/// # Formula
/// $(T_cx)_i=x_{(i-c)\bmod n}$
pub fn translated(signal: &[f64], shift: usize) -> Vec<f64> {
    let mut moved = signal.to_vec();
    if let Some(turns) = shift.checked_rem(signal.len()) {
        moved.rotate_right(turns);
    }
    moved
}

/// The mean of a rectified convolution, of which every `stride`-th sample is kept: a layer with global average pooling.
///
/// # Formula
/// $\operatorname{mean}_i\ \mathrm{relu}\bigl((k*x)_{is}\bigr)$. For stride $s$ it is invariant to translations by multiples of $s$
/// that divide the circle, and to no others.
pub fn pooled_layer(kernel: &[f64], signal: &[f64], stride: std::num::NonZeroUsize) -> f64 {
    let kept: Vec<f64> =
        circular_convolution(kernel, signal).into_iter().step_by(stride.get()).map(|x| x.max(0.0)).collect();
    kept.iter().sum::<f64>() / kept.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spike_gives_the_kernel() {
        let spike = translated(&[1.0, 0.0, 0.0, 0.0], 2);
        assert_eq!(spike, [0.0, 0.0, 1.0, 0.0]);
        assert_eq!(circular_convolution(&[1.0, 2.0, 3.0], &spike), [3.0, 0.0, 1.0, 2.0]);
        assert_eq!(padded_convolution(&[1.0, 2.0, 3.0], &spike), [0.0, 0.0, 1.0, 2.0]);
        // A kernel longer than the circle goes around.
        assert_eq!(circular_convolution(&[1.0, 2.0, 3.0], &[1.0, 10.0]), [24.0, 42.0]);
        assert!(circular_convolution(&[1.0], &[]).is_empty() && translated(&[], 3).is_empty());
    }
}
