//! Inner products, norms and projections, summed in one fixed order.

/// The inner product, in eight interleaved partial sums: fast, and the same to the bit on every run.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (left, right) = (a.chunks_exact(8), b.chunks_exact(8));
    let tail: f64 = left.remainder().iter().zip(right.remainder()).map(|(x, y)| x * y).sum();
    let mut sums = [0.0; 8];
    for (x, y) in left.zip(right) {
        for lane in 0..8 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    sums.iter().sum::<f64>() + tail
}

/// The Euclidean norm; entries whose squares leave the range of f64 are rescaled first.
pub(crate) fn norm(v: &[f64]) -> f64 {
    let square = dot(v, v);
    if (1e-280..1e280).contains(&square) {
        return square.sqrt();
    }
    let largest = v.iter().fold(0.0, |largest: f64, entry| largest.max(entry.abs()));
    if largest == 0.0 || !largest.is_finite() {
        return largest;
    }
    largest * v.iter().map(|entry| (entry / largest).powi(2)).sum::<f64>().sqrt()
}

/// `y += a x`.
pub(crate) fn add_scaled(y: &mut [f64], a: f64, x: &[f64]) {
    y.iter_mut().zip(x).for_each(|(y, x)| *y += a * x);
}

/// `v / d`, entry by entry.
pub(crate) fn divide(v: &mut [f64], d: f64) {
    for entry in v {
        *entry /= d;
    }
}

/// Removes from `w` its components along a basis of orthonormal vectors, and returns them: one pass of classical
/// Gram-Schmidt.
pub(crate) fn project_out(basis: &[f64], w: &mut [f64]) -> Vec<f64> {
    let n = w.len().max(1);
    let components: Vec<f64> = basis.chunks_exact(n).map(|v| dot(v, w)).collect();
    basis.chunks_exact(n).zip(&components).for_each(|(v, component)| add_scaled(w, -component, v));
    components
}

/// A random unit vector orthogonal to the basis, or none where the basis fills the space.
///
/// The draws count as used even where the first vectors are numerically inside the span: at most three are tried,
/// and a normal vector is that close to a proper subspace with probability zero.
pub(crate) fn fresh(
    basis: &[f64],
    n: usize,
    normal: &mut dyn FnMut() -> f64,
    draws: &mut usize,
) -> Option<Vec<f64>> {
    if n == 0 || basis.len() / n >= n {
        return None;
    }
    for _ in 0..3 {
        let mut v: Vec<f64> = (0..n).map(|_| normal()).collect();
        *draws += n;
        let before = norm(&v);
        if !(before > 0.0 && before.is_finite()) {
            continue;
        }
        divide(&mut v, before);
        project_out(basis, &mut v);
        let after = norm(&v);
        if after > 1e3 * f64::EPSILON {
            divide(&mut v, after);
            project_out(basis, &mut v);
            let length = norm(&v);
            divide(&mut v, length);
            return Some(v);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn norms_have_no_floor() {
        for scale in [1e-200, 1e-12, 1.0, 1e12, 1e200] {
            assert!((norm(&[3.0 * scale, 4.0 * scale]) / (5.0 * scale) - 1.0).abs() < 1e-15);
        }
        assert_eq!(norm(&[0.0; 3]), 0.0);
    }
}
