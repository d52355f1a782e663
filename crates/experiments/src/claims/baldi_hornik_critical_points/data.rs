//! The data on which the claims on linear networks are measured: the catalogue's, with their table, and random ones.

use nalgebra::DMatrix;
use saddlepoint_landscape::analytic::TwoLayerLinear;
use saddlepoint_landscape::analytic::baldi_hornik::Strata;
use saddlepoint_landscape::critical::inertia::Inertia;
use saddlepoint_models::random::Stream;
use saddlepoint_rigor::decomposition::singular_values;

use crate::claim::{Failure, Lab};

/// The catalogue's inputs and targets: three of each, six samples.
pub(crate) fn reference_data() -> (DMatrix<f64>, DMatrix<f64>) {
    let x = [2.0, -1.0, 0.0, 3.0, 1.0, -2.0, 0.0, 1.0, 4.0, -1.0, 2.0, 1.0, 1.0, 0.0, -1.0, 2.0, -3.0, 2.0];
    let y = [1.0, 0.0, 2.0, -1.0, 3.0, 1.0, 2.0, -3.0, 1.0, 0.0, 1.0, -1.0, 0.0, 1.0, 1.0, 4.0, -2.0, 2.0];
    (DMatrix::from_row_slice(3, 6, &x), DMatrix::from_row_slice(3, 6, &y))
}

/// The network with two hidden units on the catalogue's data.
pub(crate) fn reference_network() -> Result<TwoLayerLinear, Failure> {
    let (x, y) = reference_data();
    Ok(TwoLayerLinear::new(x, y, 2)?)
}

/// Normal data with 2 to 5 outputs, as many inputs and `further`, and at most as many hidden units as outputs.
pub(crate) fn random_network(further: usize, stream: &mut Stream) -> Result<TwoLayerLinear, Failure> {
    let d = 2 + stream.index(4);
    let width = 1 + stream.index(d);
    let samples = d + further + 3 + stream.index(6);
    let x = DMatrix::from_fn(d + further, samples, |_, _| stream.normal());
    let y = DMatrix::from_fn(d, samples, |_, _| stream.normal());
    Ok(TwoLayerLinear::new(x, y, width)?)
}

/// A critical point of random data: all that the theorem makes it of.
pub(crate) struct Drawn<'a> {
    /// The data.
    pub(crate) network: &'a TwoLayerLinear,
    /// The strata of the network.
    pub(crate) strata: &'a Strata<'a>,
    /// `J`.
    pub(crate) set: Vec<usize>,
    /// `C`.
    pub(crate) c: DMatrix<f64>,
    /// `K`.
    pub(crate) k: DMatrix<f64>,
}

/// Visits at least `points` critical points: all strata of random networks, with random `C` and `K`.
///
/// Data sets with nearly equal eigenvalues are discarded, since a true eigenvalue of the Hessian may then lie below the
/// tolerance for zeros; returns how many.
pub(crate) fn random_critical_points(
    points: usize,
    further: usize,
    seed: u64,
    lab: &Lab,
    mut visit: impl FnMut(Drawn<'_>, &mut Stream) -> Result<(), Failure>,
) -> Result<usize, Failure> {
    let mut stream = Stream::new(seed);
    let (mut found, mut discarded) = (0, 0);
    while found < points {
        lab.go_on()?;
        let network = random_network(further, &mut stream)?;
        let strata = match Strata::of(&network) {
            Ok(strata) if strata.smallest_gap() >= 1e-3 => strata,
            _ => {
                discarded += 1;
                continue;
            }
        };
        for set in strata.all() {
            let (p, r) = (network.width(), set.len());
            let c = well_conditioned(p, &mut stream);
            let k = DMatrix::from_fn(p - r, r, |_, _| stream.normal());
            visit(Drawn { network: &network, strata: &strata, set, c, k }, &mut stream)?;
            found += 1;
        }
    }
    Ok(discarded)
}

/// A normal matrix, drawn again until its condition number is at most 20, scaled to determinant ±1.
///
/// The condition number alone does not do: for one hidden unit it is 1 for every `C`, and `C = 0.001` puts true
/// eigenvalues below the tolerance for zeros (13 of 33,000 points, before `C` was scaled).
pub(crate) fn well_conditioned(size: usize, stream: &mut Stream) -> DMatrix<f64> {
    loop {
        let c = DMatrix::from_fn(size, size, |_, _| stream.normal());
        if let Ok(singular) = singular_values(c.clone())
            && singular.max() <= 20.0 * singular.min()
        {
            let scale = singular.product().powf(1.0 / size as f64);
            return c / scale;
        }
    }
}

/// A random orthogonal matrix.
pub(crate) fn rotation(size: usize, stream: &mut Stream) -> DMatrix<f64> {
    DMatrix::from_fn(size, size, |_, _| stream.normal()).qr().q()
}

/// A random matrix of condition number at most 4: a rotation whose columns are stretched by factors in `[½, 2)`.
///
/// Three normal matrices of condition number 20 put true eigenvalues of a deep network below the tolerance for zeros (6
/// of 1,100 points, the smallest at 4e-11 of the largest).
pub(crate) fn stretched_rotation(size: usize, stream: &mut Stream) -> DMatrix<f64> {
    let mut matrix = rotation(size, stream);
    for mut column in matrix.column_iter_mut() {
        column *= stream.between(-1.0, 1.0).exp2();
    }
    matrix
}

/// Eigenvalues within this share of the largest count as zero.
pub(crate) const ZERO: f64 = 1e-9;

/// Negative, zero and positive eigenvalues, as records and tables write them.
pub(crate) fn counts(inertia: Inertia) -> [usize; 3] {
    [inertia.negative, inertia.zero, inertia.positive]
}

/// Eigenvalues of `Σ` for the reference data.
pub(crate) const LAMBDA: [f64; 3] = [21.85917850007931, 12.564753232253892, 4.770350268966338];

/// What is known of a stratum of the reference data.
pub(crate) struct Row {
    /// `J`, numbered from 1.
    pub(crate) directions: &'static [usize],
    /// The loss on it.
    pub(crate) loss: f64,
    /// Negative, zero and positive eigenvalues.
    pub(crate) inertia: [usize; 3],
    /// The smallest eigenvalue for `C = I`, `K = 0`.
    pub(crate) lowest: f64,
    /// The largest.
    pub(crate) highest: f64,
}

const fn row(directions: &'static [usize], loss: f64, inertia: [usize; 3], lowest: f64, highest: f64) -> Row {
    Row { directions, loss, inertia, lowest, highest }
}

/// All strata of the reference data.
pub(crate) const TABLE: [Row; 7] = [
    row(&[], 58.0, [6, 0, 6], -46.197303871118784, 46.19730387111878),
    row(&[1], 36.14082149992069, [2, 3, 7], -31.0280744651245, 100.12566811304109),
    row(&[2], 45.43524676774611, [3, 3, 6], -42.98595880097557, 93.66166199427359),
    row(&[3], 53.22964973103366, [4, 3, 5], -45.76564707713115, 89.41558943591164),
    row(&[1, 2], 23.5760682676668, [0, 4, 8], 0.0, 98.84617272755995),
    row(&[1, 3], 31.37047123095435, [1, 4, 7], -9.966066410834236, 99.74027435118747),
    row(&[2, 3], 40.66489649877977, [2, 4, 6], -18.997255830971895, 93.46883546773918),
];
