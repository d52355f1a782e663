//! A lower bound: the stretch of one vector, found by Lanczos' method and then measured with every rounding counted.

use nalgebra::DMatrix;
use saddlepoint_rigor::decomposition::eigen;
use saddlepoint_rigor::{Down, Rounding, Up, euclidean_norm};

use super::Convolution;
use crate::capacity::gram::{UNDERFLOW, gamma};

/// The most vectors that are kept.
const BASIS: usize = 96;

/// What is left of a vector beside the largest stretch when it lies in the span of those before it: the next would be rounding,
/// and no vector orthogonal to them.
const NOTHING: f64 = 1e-13;

/// Between so many steps the small eigenproblem is not solved.
const PAUSE: usize = 4;

/// A lower bound of the spectral norm, from a Krylov space of `AᵀA` that begins at `start`. The search ends when the
/// squared norm seems to be missed by less than `precision` times itself, or the basis is full.
pub(super) fn lower_bound(a: &Convolution, start: Vec<f64>, precision: f64) -> f64 {
    stretch(a, &search(a, start, precision))
}

/// `‖A v‖ / ‖v‖`, rounded down.
///
/// A computed entry of `A v` is off by at most `γ(T + 1)` times that of `|A| |v|`, for patches of `T` entries.
fn stretch(a: &Convolution, v: &[f64]) -> f64 {
    let absolute = |values: &[f64]| values.iter().map(|x| x.abs()).collect::<Vec<_>>();
    let image = euclidean_norm::<Down>(a.forward(v));
    let magnitude = a.with_kernel(absolute(a.kernel())).forward(&absolute(v));
    let gamma = gamma(a.taps() + 1);
    // The computed magnitude is below the true one by as much.
    let magnitude = Up::div(euclidean_norm::<Up>(magnitude), Down::sub(1.0, gamma));
    let error = Up::add(Up::mul(gamma, magnitude), UNDERFLOW);
    let norm = euclidean_norm::<Up>(v.iter().copied());
    let low = Down::div(Down::sub(image, error), norm);
    // A vector that became zero or worse shows nothing.
    if low > 0.0 { low } else { 0.0 }
}

/// An approximate right singular vector of the largest singular value.
///
/// An eigenvalue is within the residual of the value found, and within `residual²/gap` if the next one is that far away
/// (Kato and Temple); the gap is taken from the values found, which is a guess that costs no validity.
fn search(a: &Convolution, start: Vec<f64>, precision: f64) -> Vec<f64> {
    let Some(first) = normalized(start.clone()) else { return start };
    let largest = BASIS.min(start.len());
    let (mut basis, mut diagonal, mut beside) = (vec![first], vec![], vec![]);
    loop {
        let last = &basis[basis.len() - 1];
        let mut next = a.backward(&a.forward(last));
        diagonal.push(dot(&next, last));
        // The recurrence says that these are the only ones: where the spectrum is narrow, what is along them is most of the vector,
        // and against the whole basis at once its rounding would grow from step to step.
        subtract(&mut next, &basis[basis.len().saturating_sub(2)..]);
        let rest = orthogonalize(&mut next, &basis);
        let spanned = rest <= NOTHING * diagonal.iter().copied().fold(0.0, f64::max);
        let full = basis.len() >= largest;
        if full || spanned || basis.len().is_multiple_of(PAUSE) {
            // Any vector is as valid.
            let Some((value, gap, weights)) = top(&diagonal, &beside) else { return start };
            let residual = rest * weights[weights.len() - 1].abs();
            let error = residual * (residual / gap).min(1.0);
            let next = if full || error < precision * value {
                None
            } else if spanned {
                outside(&basis)
            } else {
                normalized(next)
            };
            match next {
                Some(next) => basis.push(next),
                None => return combination(&basis, &weights),
            }
        } else {
            basis.push(next.into_iter().map(|x| x / rest).collect());
        }
        beside.push(if spanned { 0.0 } else { rest });
    }
}

/// A unit vector orthogonal to orthonormal ones, with no symmetry of theirs: the fractions of a square's multiples.
fn outside(basis: &[Vec<f64>]) -> Option<Vec<f64>> {
    let seed = basis.len() as f64 * 0.618_033_988_749_894_9;
    let mut vector: Vec<f64> =
        (1..=basis[0].len()).map(|i| (i as f64 * i as f64 * seed).fract() - 0.5).collect();
    let whole = length(&vector);
    if orthogonalize(&mut vector, basis) > 1e-6 * whole { normalized(vector) } else { None }
}

/// The largest eigenvalue of a tridiagonal matrix, its distance to the next one, and its eigenvector; none, if they are not found.
fn top(diagonal: &[f64], beside: &[f64]) -> Option<(f64, f64, Vec<f64>)> {
    let n = diagonal.len();
    let entry = |i: usize, j: usize| match i.abs_diff(j) {
        0 => diagonal[i],
        1 => beside[i.min(j)],
        _ => 0.0,
    };
    let eigen = eigen(DMatrix::from_fn(n, n, entry)).ok()?;
    let best = eigen.eigenvalues.imax();
    let value = eigen.eigenvalues[best];
    let others = eigen.eigenvalues.iter().enumerate().filter(|&(i, _)| i != best);
    let gap = others.fold(value, |gap, (_, other)| gap.min(value - other));
    Some((value, gap, eigen.eigenvectors.column(best).iter().copied().collect()))
}

fn combination(basis: &[Vec<f64>], weights: &[f64]) -> Vec<f64> {
    let mut sum = vec![0.0; basis[0].len()];
    for (vector, weight) in basis.iter().zip(weights) {
        sum.iter_mut().zip(vector).for_each(|(sum, x)| *sum += weight * x);
    }
    sum
}

fn normalized(vector: Vec<f64>) -> Option<Vec<f64>> {
    let norm = euclidean_norm::<Down>(vector.iter().copied());
    (norm > 0.0 && norm.is_finite()).then(|| vector.into_iter().map(|x| x / norm).collect())
}

/// Removes a vector's parts along orthonormal ones, and returns the length of the rest. A pass that does not halve the
/// vector leaves next to nothing (Kahan's "twice is enough"); otherwise it is repeated.
fn orthogonalize(vector: &mut [f64], basis: &[Vec<f64>]) -> f64 {
    let mut before = length(vector);
    for _ in 0..3 {
        subtract(vector, basis);
        let after = length(vector);
        if after >= 0.5 * before {
            return after;
        }
        before = after;
    }
    before
}

/// Subtracts a vector's parts along orthonormal ones.
fn subtract(vector: &mut [f64], basis: &[Vec<f64>]) {
    for other in basis {
        let share = dot(vector, other);
        vector.iter_mut().zip(other).for_each(|(x, v)| *x -= share * v);
    }
}

fn length(x: &[f64]) -> f64 {
    dot(x, x).sqrt()
}

/// Eight sums side by side, which the compiler makes two registers of.
fn dot(x: &[f64], y: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (x8, y8) = (x.chunks_exact(8), y.chunks_exact(8));
    let rest: f64 = x8.remainder().iter().zip(y8.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in x8.zip(y8) {
        for lane in 0..8 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    sums.iter().sum::<f64>() + rest
}
