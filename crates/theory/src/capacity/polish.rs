//! Repairs an inaccurate singular value decomposition.
//!
//! nalgebra's factors have orthonormal columns to rounding, but about one small random matrix in a hundred is missed
//! by up to a billionth of its norm, because the last 2 × 2 block of the bidiagonal iteration is solved inaccurately.
//! What is left off the diagonal is removed here by plane rotations.

use nalgebra::DMatrix;

/// More sweeps than quadratic convergence from a small remainder needs.
const SWEEPS: usize = 6;

/// Rotates columns of `u` and `v` until `UᵀAV` is diagonal to rounding, and returns its diagonal, of either sign.
///
/// # Reference
/// Kogbetliantz, Solution of linear equations by diagonalization of coefficients matrix, 1955.
pub(super) fn diagonalize(a: &DMatrix<f64>, u: &mut DMatrix<f64>, v: &mut DMatrix<f64>) -> Vec<f64> {
    let mut b = u.tr_mul(&(a * &*v));
    let k = b.nrows();
    // Rounding in the products above leaves about this much.
    let noise = 8.0 * f64::EPSILON * k as f64 * b.amax();
    for _ in 0..SWEEPS {
        let mut rotated = false;
        for j in 1..k {
            for i in 0..j {
                if b[(i, j)].abs() + b[(j, i)].abs() > noise {
                    let (left, right) = rotations([[b[(i, i)], b[(i, j)]], [b[(j, i)], b[(j, j)]]]);
                    for rotation in [left, right] {
                        rotate_rows(&mut b, i, j, rotation);
                        rotate_columns(u, i, j, rotation);
                    }
                    rotate_columns(&mut b, i, j, right);
                    rotate_columns(v, i, j, right);
                    rotated = true;
                }
            }
        }
        if !rotated {
            break;
        }
    }
    b.diagonal().as_slice().to_vec()
}

/// Cosine and sine of a plane rotation `J = [[c, s], [−s, c]]`.
#[derive(Clone, Copy)]
struct Rotation(f64, f64);

/// A rotation that makes a block symmetric from the left, and one that then makes it diagonal from both sides.
fn rotations([[p, q], [r, t]]: [[f64; 2]; 2]) -> (Rotation, Rotation) {
    let length = libm::hypot(p + t, r - q);
    let (c, s) = if length > 0.0 { ((p + t) / length, (r - q) / length) } else { (1.0, 0.0) };
    let (x, y, z) = (c * p + s * r, c * q + s * t, c * t - s * q);
    if y == 0.0 {
        return (Rotation(c, -s), Rotation(1.0, 0.0));
    }
    let slope = (z - x) / (2.0 * y);
    let tangent = 1f64.copysign(slope) / (slope.abs() + libm::hypot(1.0, slope));
    let cosine = 1.0 / libm::hypot(1.0, tangent);
    (Rotation(c, -s), Rotation(cosine, cosine * tangent))
}

/// `X J` in columns `i` and `j`.
fn rotate_columns(x: &mut DMatrix<f64>, i: usize, j: usize, rotation: Rotation) {
    for row in 0..x.nrows() {
        (x[(row, i)], x[(row, j)]) = turned(x[(row, i)], x[(row, j)], rotation);
    }
}

/// `Jᵀ X` in rows `i` and `j`.
fn rotate_rows(x: &mut DMatrix<f64>, i: usize, j: usize, rotation: Rotation) {
    for column in 0..x.ncols() {
        (x[(i, column)], x[(j, column)]) = turned(x[(i, column)], x[(j, column)], rotation);
    }
}

fn turned(x: f64, y: f64, Rotation(c, s): Rotation) -> (f64, f64) {
    (c * x - s * y, s * x + c * y)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_start_becomes_diagonal() {
        let a = DMatrix::from_fn(5, 4, |i, j| ((3 * i * i + 5 * j + i * j) % 7) as f64 - 3.0);
        let (mut u, mut v) = (DMatrix::identity(5, 4), DMatrix::identity(4, 4));
        // Rows beyond the columns of U are out of its reach: only the square part can be diagonal.
        let s = diagonalize(&a, &mut u, &mut v);
        let b = u.tr_mul(&(&a * &v));
        assert!((b - DMatrix::from_diagonal(&s.into())).amax() < 1e-13);
        assert!((u.tr_mul(&u) - DMatrix::identity(4, 4)).amax() < 1e-14);
        assert!((v.tr_mul(&v) - DMatrix::identity(4, 4)).amax() < 1e-14);
    }
}
