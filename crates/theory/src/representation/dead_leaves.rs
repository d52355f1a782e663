//! Images of discs that hide each other, and images that share nothing but their spectrum.

use nalgebra::{Complex, DMatrix};

use super::fourier::Fourier;

/// Why there is no such image.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum ImageError {
    /// A size that the Fourier transform does not take.
    #[error("an image of {0} × {1}: it must be square, of a power of two from 2 to 4096 pixels a side")]
    Size(usize, usize),
    /// Radii out of order.
    #[error("radii from {0} to {1}: 0 < smallest ≤ largest ≤ 10^6 is needed")]
    Radii(f64, f64),
    /// A pixel is not finite.
    #[error("pixel {0} is not finite")]
    NotFinite(usize),
    /// Discs did not cover the image: the draws are not uniform, or the discs far too small.
    #[error("{0} discs left pixels uncovered")]
    Uncovered(usize),
}

const MOST_DISCS: usize = 100_000_000;

/// An image of the dead leaves model: opaque discs, with a density of radii `∝ r⁻³`, until nothing more is seen to change.
///
/// Discs are laid from the front to the back, so that the image is complete as soon as each pixel is covered. Each draws four
/// uniforms in $[0,1)$: radius, two coordinates of the centre, grey value. Centres lie up to a largest radius outside.
///
/// # Formula
/// $r=\bigl(a^{-2}-u(a^{-2}-b^{-2})\bigr)^{-1/2}$ on $[a,\,b]$
///
/// # Errors
/// When the size is no power of two or the radii are not in order; [`ImageError::Uncovered`] if discs never cover the image.
///
/// # Reference
/// Lee, Mumford and Huang, Occlusion models for natural images, International Journal of Computer Vision 41, 2001; Kendall and
/// Thönnes, Perfect simulation in stochastic geometry, Pattern Recognition 32, 1999, for laying them from the front.
pub fn dead_leaves(
    size: usize,
    radii: (f64, f64),
    uniform: &mut impl FnMut() -> f64,
) -> Result<DMatrix<f64>, ImageError> {
    side(size, size)?;
    let (smallest, largest) = radii;
    if !(smallest > 0.0 && smallest <= largest && largest <= 1e6) {
        return Err(ImageError::Radii(smallest, largest));
    }
    let mut image = DMatrix::from_element(size, size, f64::NAN);
    let mut uncovered = size * size;
    let (near, far) = (smallest.powi(-2), largest.powi(-2));
    let span = size as f64 + 2.0 * largest;
    for _ in 0..MOST_DISCS {
        let radius = (near - uniform() * (near - far)).sqrt().recip();
        let center = [uniform() * span - largest, uniform() * span - largest];
        let grey = uniform();
        let range = |c: f64| {
            let first = (c - radius).ceil().max(0.0) as usize;
            let end = ((c + radius).floor() + 1.0).clamp(0.0, size as f64) as usize;
            first..end
        };
        for column in range(center[1]) {
            for row in range(center[0]) {
                let (dy, dx) = (row as f64 - center[0], column as f64 - center[1]);
                let pixel = &mut image[(row, column)];
                if pixel.is_nan() && dx * dx + dy * dy <= radius * radius {
                    *pixel = grey;
                    uncovered -= 1;
                }
            }
        }
        if uncovered == 0 {
            return Ok(image);
        }
    }
    Err(ImageError::Uncovered(MOST_DISCS))
}

/// An image with the amplitudes of one and the phases of another: all second-order statistics stay, everything else goes.
///
/// # Formula
/// $\hat y=|\hat x|\,\hat n/|\hat n|$
///
/// # Errors
/// When the sizes differ or are no power of two, or a pixel is not finite.
pub fn phase_randomized(image: &DMatrix<f64>, noise: &DMatrix<f64>) -> Result<DMatrix<f64>, ImageError> {
    let log = side(image.nrows(), image.ncols())?;
    if noise.shape() != image.shape() {
        return Err(ImageError::Size(noise.nrows(), noise.ncols()));
    }
    if let Some(at) = image.iter().chain(noise.iter()).position(|x| !x.is_finite()) {
        return Err(ImageError::NotFinite(at % image.len()));
    }
    let fourier = Fourier::new(log);
    let spectrum = |pixels: &DMatrix<f64>| {
        let mut data = pixels.map(|x| Complex::new(x, 0.0));
        for _ in 0..2 {
            for mut column in data.column_iter_mut() {
                fourier.forward(column.as_mut_slice());
            }
            data.transpose_mut();
        }
        data
    };
    let mut mixed = spectrum(image).zip_map(&spectrum(noise), |x, n| {
        let modulus = n.norm();
        if modulus > 0.0 { n * (x.norm() / modulus) } else { Complex::new(x.norm(), 0.0) }
    });
    for _ in 0..2 {
        for mut column in mixed.column_iter_mut() {
            fourier.inverse(column.as_mut_slice());
        }
        mixed.transpose_mut();
    }
    Ok(mixed.map(|z| z.re))
}

fn side(rows: usize, columns: usize) -> Result<u32, ImageError> {
    if rows == columns && rows.is_power_of_two() && (2..=4096).contains(&rows) {
        Ok(rows.trailing_zeros())
    } else {
        Err(ImageError::Size(rows, columns))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draws() -> impl FnMut() -> f64 {
        let mut state = 1u64;
        move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 * 2f64.powi(-53)
        }
    }

    #[test]
    fn every_pixel_is_grey() {
        let image = dead_leaves(64, (3.0, 60.0), &mut draws()).unwrap();
        assert!(image.iter().all(|x| (0.0..1.0).contains(x)));
        assert!(dead_leaves(64, (60.0, 3.0), &mut draws()).is_err());
        assert!(dead_leaves(65, (3.0, 60.0), &mut draws()).is_err());
    }

    #[test]
    fn random_phases_keep_each_amplitude() {
        let mut uniform = draws();
        let image = dead_leaves(32, (3.0, 20.0), &mut uniform).unwrap();
        let noise = DMatrix::from_fn(32, 32, |_, _| uniform() - 0.5);
        let mixed = phase_randomized(&image, &noise).unwrap();
        // Circular autocovariances determine, and are determined by, the amplitudes.
        let covariance = |x: &DMatrix<f64>, lag: usize| -> f64 {
            (0..32)
                .flat_map(|i| (0..32).map(move |j| (i, j)))
                .map(|(i, j)| x[(i, j)] * x[((i + lag) % 32, (j + 2 * lag) % 32)])
                .sum()
        };
        for lag in 0..6 {
            assert!((covariance(&image, lag) - covariance(&mixed, lag)).abs() < 1e-10 * covariance(&image, 0));
        }
        assert!((&mixed - &image).norm() > 0.1 * image.norm());
        // Its own phases give it back.
        assert!((phase_randomized(&image, &image).unwrap() - &image).norm() < 1e-12 * image.norm());
        assert!(phase_randomized(&image, &noise.rows(0, 16).into_owned()).is_err());
    }
}
