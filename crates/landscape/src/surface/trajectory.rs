//! The plane in which a trajectory moves most.

use nalgebra::DMatrix;

use super::{SurfaceError, check};
use saddlepoint_rigor::decomposition::eigen;

/// The two principal directions of a trajectory about its last point, and the trajectory in their coordinates.
///
/// # Formula
/// The right singular vectors to the two largest singular values of the matrix with rows $\theta_t - \theta_T$, from the
/// eigenvectors of its Gram matrix: $T^2$ inner products, and no matrix of the parameters' size.
///
/// # Reference
/// Li, Xu, Taylor, Studer, Goldstein, Visualizing the loss landscape of neural nets, NeurIPS 2018, section 7.2.
#[derive(Debug, Clone, PartialEq)]
pub struct PrincipalPlane {
    /// Two orthonormal directions; the largest entry of each is positive.
    pub directions: [Vec<f64>; 2],
    /// The share of the squared distances that each direction explains, in `[0, 1]`.
    pub explained: [f64; 2],
    /// Each point's coordinates; the last point is the origin.
    pub coordinates: Vec<[f64; 2]>,
}

impl PrincipalPlane {
    /// Of at least three points.
    ///
    /// # Errors
    /// When there are fewer, their lengths differ, an entry is not finite, they lie on a line, or the eigenvalues are not found.
    pub fn of(points: &[Vec<f64>]) -> Result<Self, SurfaceError> {
        let [.., last] = points else {
            return Err(SurfaceError::TooFew { what: "points of the trajectory", least: 3, found: 0 });
        };
        if points.len() < 3 {
            return Err(SurfaceError::TooFew {
                what: "points of the trajectory",
                least: 3,
                found: points.len(),
            });
        }
        points.iter().try_for_each(|point| check("a point of the trajectory", point, last.len()))?;
        let rows: Vec<Vec<f64>> =
            points.iter().map(|point| point.iter().zip(last).map(|(p, l)| p - l).collect()).collect();
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let gram = DMatrix::from_fn(rows.len(), rows.len(), |i, j| {
            if i <= j { dot(&rows[i], &rows[j]) } else { dot(&rows[j], &rows[i]) }
        });
        let total = gram.trace();
        let eigen = eigen(gram)?;
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by(|&i, &j| eigen.eigenvalues[j].total_cmp(&eigen.eigenvalues[i]));
        let rounding = rows.len() as f64 * f64::EPSILON * total;
        let dimensions = order.iter().take(2).filter(|&&i| eigen.eigenvalues[i] > rounding).count();
        if dimensions < 2 {
            return Err(SurfaceError::Flat { dimensions });
        }
        let direction = |k: usize| {
            let weights = eigen.eigenvectors.column(order[k]);
            let mut sum = vec![0.0; last.len()];
            for (weight, row) in weights.iter().zip(&rows) {
                sum.iter_mut().zip(row).for_each(|(s, x)| *s += weight * x);
            }
            let largest = sum.iter().fold(0.0f64, |m, x| if x.abs() > m.abs() { *x } else { m });
            let norm = dot(&sum, &sum).sqrt().copysign(largest);
            for x in &mut sum {
                *x /= norm;
            }
            sum
        };
        let directions = [direction(0), direction(1)];
        let explained = [0, 1].map(|k| (eigen.eigenvalues[order[k]] / total).clamp(0.0, 1.0));
        let coordinates = rows.iter().map(|row| [dot(row, &directions[0]), dot(row, &directions[1])]).collect();
        Ok(Self { directions, explained, coordinates })
    }
}

/// The share of the squared distances from the last point that lies in the plane of two directions.
///
/// # Errors
/// When there are fewer than two points, lengths differ, an entry is not finite, or the directions span no plane or the points
/// do not differ.
pub fn share_in_plane(points: &[Vec<f64>], directions: &[Vec<f64>; 2]) -> Result<f64, SurfaceError> {
    let (Some(last), true) = (points.last(), points.len() > 1) else {
        return Err(SurfaceError::TooFew { what: "points of the trajectory", least: 2, found: points.len() });
    };
    points.iter().try_for_each(|point| check("a point of the trajectory", point, last.len()))?;
    directions.iter().try_for_each(|direction| check("a direction", direction, last.len()))?;
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let [first, second] = directions;
    let along = dot(first, second) / dot(first, first);
    let second: Vec<f64> = second.iter().zip(first).map(|(s, f)| s - along * f).collect();
    let squares = [dot(first, first), dot(&second, &second)];
    let (mut inside, mut total) = (0.0, 0.0);
    for point in points {
        let row: Vec<f64> = point.iter().zip(last).map(|(p, l)| p - l).collect();
        total += dot(&row, &row);
        inside += dot(&row, first).powi(2) / squares[0] + dot(&row, &second).powi(2) / squares[1];
    }
    let share = inside / total;
    if share.is_finite() { Ok(share.clamp(0.0, 1.0)) } else { Err(SurfaceError::Flat { dimensions: 0 }) }
}

/// The share of the squared distances from its last point that the `k`-th principal direction of a random walk explains, in the
/// limit of many dimensions: what a trajectory without any structure shows.
///
/// # Formula
/// After $T$ independent isotropic steps, the distances from the end have the Gram matrix $\min(s, t)$, up to the order of the
/// points; its eigenvalues are $\frac14 \sin^{-2}\frac{(2k-1)\pi}{2(2T+1)}$, $k = 1, \dots, T$, and its trace is
/// $T(T+1)/2$. For long walks the share tends to $8 / ((2k-1)\pi)^2$: 81 % and 9 % for the first two.
///
/// # Errors
/// When `k` is not among `1..=steps`.
///
/// # Reference
/// Antognini and Sohl-Dickstein, PCA of high dimensional random walks with comparison to neural network training, NeurIPS 2018
/// (there about the mean of the walk, not about its end).
pub fn random_walk_share(steps: usize, k: usize) -> Result<f64, SurfaceError> {
    if !(1..=steps).contains(&k) {
        return Err(SurfaceError::TooFew { what: "steps of the walk", least: k.max(1), found: steps });
    }
    let t = steps as f64;
    let angle = (2 * k - 1) as f64 * std::f64::consts::PI / (2.0 * (2.0 * t + 1.0));
    Ok(0.5 / (angle.sin().powi(2) * t * (t + 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_a_plane_are_those_of_its_directions() {
        let points: Vec<Vec<f64>> =
            (0..9).map(|t| (0..4).map(|i| f64::from((t * t + 5 * i * t) % 7 + i)).collect()).collect();
        let plane = PrincipalPlane::of(&points).unwrap();
        let share = |directions: &[Vec<f64>; 2]| share_in_plane(&points, directions).unwrap();
        assert!((share(&plane.directions) - plane.explained.iter().sum::<f64>()).abs() < 1e-12);
        // The plane counts, not the directions that span it.
        let [u, v] = plane.directions.clone();
        let skew = u.iter().zip(&v).map(|(u, v)| 3.0 * u + 0.1 * v).collect();
        assert!((share(&[skew, u.clone()]) - plane.explained.iter().sum::<f64>()).abs() < 1e-12);
        assert!(share_in_plane(&points, &[u.clone(), u]).is_err());
        assert!(share_in_plane(&vec![vec![1.0; 4]; 3], &[v.clone(), vec![1.0; 4]]).is_err());
        assert!(share_in_plane(&points[..1], &[v.clone(), v]).is_err());
    }

    #[test]
    fn the_shares_of_a_random_walk_are_eigenvalues_of_the_minimum() {
        let gram = DMatrix::from_fn(11, 11, |i, j| i.min(j) as f64 + 1.0);
        let mut values: Vec<f64> = eigen(gram).unwrap().eigenvalues.iter().copied().collect();
        values.sort_by(|a, b| b.total_cmp(a));
        for (k, value) in (1..).zip(values) {
            assert!((random_walk_share(11, k).unwrap() - value / 66.0).abs() < 1e-14);
        }
        assert!((random_walk_share(100_000, 1).unwrap() - 0.810_57).abs() < 1e-4);
        assert!(random_walk_share(5, 0).is_err() && random_walk_share(5, 6).is_err());
    }

    #[test]
    fn a_spiral_in_a_plane_is_found() {
        let (u, v) = ([0.6, 0.0, 0.8, 0.0], [0.0, 1.0, 0.0, 0.0]);
        let points: Vec<Vec<f64>> = (0..40)
            .map(|t| {
                let (angle, radius) = (f64::from(t) * 0.3, 4.0 - f64::from(t) * 0.1);
                (0..4).map(|i| 7.0 + radius * (3.0 * angle.cos() * u[i] + angle.sin() * v[i])).collect()
            })
            .collect();
        let plane = PrincipalPlane::of(&points).unwrap();
        assert!((plane.explained[0] + plane.explained[1] - 1.0).abs() < 1e-12 && plane.explained[0] > 0.7);
        assert_eq!(plane.coordinates[39], [0.0, 0.0]);
        for (point, [a, b]) in points.iter().zip(&plane.coordinates) {
            for i in 0..4 {
                let back = points[39][i] + a * plane.directions[0][i] + b * plane.directions[1][i];
                assert!((point[i] - back).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn points_on_a_line_are_refused() {
        let line: Vec<Vec<f64>> = (0..5).map(|t| vec![f64::from(t), 2.0 * f64::from(t), 1.0]).collect();
        assert_eq!(PrincipalPlane::of(&line), Err(SurfaceError::Flat { dimensions: 1 }));
        assert_eq!(PrincipalPlane::of(&vec![vec![1.0]; 3]), Err(SurfaceError::Flat { dimensions: 0 }));
        assert!(PrincipalPlane::of(&line[..2]).is_err() && PrincipalPlane::of(&[]).is_err());
    }
}
