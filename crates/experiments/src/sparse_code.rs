//! Random sparse codes, and noise of a given norm: what the claims on recovery draw.

use saddlepoint_models::random::Stream;

/// A code of `atoms` coefficients of which `sparsity` are not 0: a random support, magnitudes uniform in `magnitudes`, random
/// signs. A permutation of the atoms is drawn first, then for each chosen atom a magnitude and a sign.
pub fn sparse_code(stream: &mut Stream, atoms: usize, sparsity: usize, magnitudes: (f64, f64)) -> Vec<f64> {
    let mut code = vec![0.0; atoms];
    for at in stream.permutation(atoms).into_iter().take(sparsity) {
        code[at] = stream.between(magnitudes.0, magnitudes.1) * stream.sign();
    }
    code
}

/// A random direction of Euclidean length `norm`.
pub fn noise_of_norm(stream: &mut Stream, entries: usize, norm: f64) -> Vec<f64> {
    let direction = stream.normals(entries);
    let length = direction.iter().map(|x| x * x).sum::<f64>().sqrt();
    direction.into_iter().map(|x| x * (norm / length)).collect()
}

/// Whether two codes use the same atoms.
pub fn same_support(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(x, y)| (*x == 0.0) == (*y == 0.0))
}

/// The Euclidean distance of two vectors.
pub fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_coefficients_as_asked_for() {
        let mut stream = Stream::new(1);
        let code = sparse_code(&mut stream, 50, 7, (0.8, 1.0));
        assert_eq!(code.iter().filter(|x| (0.8..1.0).contains(&x.abs())).count(), 7);
        assert_eq!(code.iter().filter(|x| **x == 0.0).count(), 43);
        assert!((distance(&noise_of_norm(&mut stream, 9, 0.3), &[0.0; 9]) - 0.3).abs() < 1e-15);
        assert!(same_support(&code, &code.iter().map(|x| 2.0 * x).collect::<Vec<_>>()));
        assert!(!same_support(&code, &[0.0; 50]));
    }
}
