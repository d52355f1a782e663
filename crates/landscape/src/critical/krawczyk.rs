//! Krawczyk's test: a box holds exactly one critical point, of a proved index.

use nalgebra::DMatrix;
use saddlepoint_rigor::{Down, Interval, Rounding, Up};
use serde::{Deserialize, Serialize};

use super::{ldlt, newton};
use crate::chart::{Chart, whitening};
use crate::formula::Formula;
use crate::scalar::Scalar;

/// The proof that a box, in a chart, holds exactly one critical point, and of which index: data that anyone can check.
///
/// # Formula
/// In the coordinates `v` of the chart, with the box `V = {|v_j − c_j| ≤ r_j}`, the gradient `g`, its derivative `H` and any
/// matrix `C`,
/// $$K(V) = c - C\,g(c) + (I - C\,H(V))(V - c).$$
/// If `K(V)` lies inside the interior of `V`, then `g` has exactly one zero in `V`, it lies in `K(V)`, and every symmetric matrix
/// inside `H(V)` is regular. All of these then have the same inertia, that of the midpoint of `H(V)`, which interval `LDLᵀ`
/// proves.
///
/// In a chart `w = w₀ + B v` with a square `B`, `g = Bᵀ∇f` and `H = Bᵀ∇²f B`. The latter is regular, so `B` is: the zero is a
/// critical point of `f`, the only one in the image of the box, with the same index. With fewer coordinates than
/// parameters the certificate is about the function on the section only; see [`section`](super::section).
///
/// # Reference
/// Krawczyk, Newton-Algorithmen zur Bestimmung von Nullstellen mit Fehlerschranken, Computing 4, 1969; Rump, Verification
/// methods, Acta Numerica 19, 2010, theorem 13.2.
///
/// # Example
/// ```
/// use nalgebra::dmatrix;
/// use saddlepoint_landscape::analytic::SigmoidNeuron;
/// use saddlepoint_landscape::chart::Chart;
/// use saddlepoint_landscape::critical::krawczyk::certify;
///
/// let neuron = SigmoidNeuron::sum_of_squares(&dmatrix![1.0], vec![0.75])?;
/// let minimum = certify(&neuron, &Chart::identity(1), &[3f64.ln()], &[1e-6])?;
/// assert_eq!(minimum.index, 0);
/// minimum.verify(&neuron)?;
/// // The next neuron has its minimum elsewhere, and the certificate says nothing about it.
/// let other = SigmoidNeuron::sum_of_squares(&dmatrix![1.0], vec![0.7])?;
/// assert!(minimum.verify(&other).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Certificate {
    /// The coordinates.
    pub chart: Chart,
    /// The centre of the box, in the chart.
    pub centre: Vec<f64>,
    /// Its half-widths.
    pub radii: Vec<f64>,
    /// `C`, row by row: near the inverse of the Hessian at the centre, in the chart.
    pub preconditioner: Vec<f64>,
    /// Lower and upper ends of an enclosure of `K(V)`, which holds the critical point.
    pub image: Vec<(f64, f64)>,
    /// An upper bound of `‖I − C H(V)‖` in the maximum norm scaled by the radii.
    pub contraction: f64,
    /// The number of negative eigenvalues of the Hessian at the critical point.
    pub index: usize,
}

impl Certificate {
    /// Proves the certificate anew, from nothing but its data and the objective.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub fn verify(&self, objective: &impl Formula) -> Result<(), Refusal> {
        let proof = prove(objective, &self.chart, &self.centre, &self.radii, &self.preconditioner)?;
        let claimed = self.image.iter().map(|&(low, high)| Interval::between(low, high));
        let stated = self.image.len() == proof.image.len()
            && proof.image.iter().zip(claimed).all(|(found, claimed)| found.is_subset_of(claimed))
            && self.image.iter().enumerate().all(|(j, &ends)| inside(ends, self.centre[j], self.radii[j]))
            && proof.contraction <= self.contraction
            && proof.index == self.index;
        if stated { Ok(()) } else { Err(Refusal::OtherStatement) }
    }

    /// Encloses the parameters of the critical point.
    pub fn location(&self) -> Vec<Interval> {
        let image: Vec<_> = self.image.iter().map(|&(low, high)| Interval::between(low, high)).collect();
        self.chart.parameters_at(&image)
    }

    /// Whether the critical points of two certificates are proved to differ: in some parameter their enclosures are apart.
    pub fn differs_from(&self, other: &Self) -> bool {
        let (here, there) = (self.location(), other.location());
        here.iter().zip(&there).any(|(a, b)| a.intersection(*b).is_none())
    }
}

/// Finds a certificate for the critical point next to `centre`, in the box of these half-widths around it.
///
/// The centre is best a point at which Newton's method has settled: see [`newton`].
///
/// # Errors
/// [`Refusal::NotContained`] where the box holds no critical point, more than one, or is too large or too small for the proof.
pub fn certify(
    objective: &impl Formula,
    chart: &Chart,
    centre: &[f64],
    radii: &[f64],
) -> Result<Certificate, Refusal> {
    let k = sizes(objective, chart, &[centre, radii])?;
    let mut hessian = vec![0.0; k * k];
    objective.in_chart(chart).hessian_over(centre, &mut hessian);
    let inverse = DMatrix::from_vec(k, k, hessian).try_inverse().ok_or(Refusal::Singular)?;
    // The inverse of a symmetric matrix is symmetric but for rounding: columns serve as rows.
    let preconditioner = inverse.as_slice().to_vec();
    let proof = prove(objective, chart, centre, radii, &preconditioner)?;
    Ok(Certificate {
        chart: chart.clone(),
        centre: centre.to_vec(),
        radii: radii.to_vec(),
        preconditioner,
        image: proof.image.iter().map(|image| (image.low(), image.high())).collect(),
        contraction: proof.contraction,
        index: proof.index,
    })
}

/// Finds a certificate for the critical point next to these parameters without being told a scale: in the chart that makes the
/// Hessian `diag(±1)`, from where Newton's method settles, in the largest box of half-width `10⁻²`, `10⁻³`, … that succeeds.
///
/// # Errors
/// [`Refusal::Singular`] where the Hessian is singular in f64, else what the smallest box, `10⁻¹⁴`, was refused for.
pub fn certify_near(objective: &impl Formula, point: &[f64]) -> Result<Certificate, Refusal> {
    let n = objective.variables();
    let mut hessian = DMatrix::zeros(n, n);
    if point.len() != n || point.iter().any(|entry| !entry.is_finite()) {
        return Err(Refusal::Shape { what: "the point" });
    }
    objective.hessian_over(point, hessian.as_mut_slice());
    let chart = whitening(point, &hessian).ok_or(Refusal::Singular)?;
    let centre = newton::settle(objective, &chart, &vec![0.0; n]).ok_or(Refusal::Singular)?;
    let attempt = |digits: i32| certify(objective, &chart, &centre, &vec![10f64.powi(-digits); n]);
    (2..14).find_map(|digits| attempt(digits).ok()).map_or_else(|| attempt(14), Ok)
}

/// Why a box is not proved to hold exactly one critical point.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// Chart, box, preconditioner and objective do not fit each other, or an entry is not finite, or a radius not positive.
    #[error(
        "{what} does not fit: the numbers must be finite, radii positive, and sizes those of chart and objective"
    )]
    Shape {
        /// What does not fit.
        what: &'static str,
    },
    /// The Hessian at the centre has no inverse in f64.
    #[error(
        "the Hessian at the centre is singular: the critical point is degenerate, or a symmetry has to be fixed"
    )]
    Singular,
    /// The image is not inside the box.
    #[error(
        "the image [{low:e}, {high:e}] leaves the box along coordinate {coordinate}: {centre:e} ± {radius:e}"
    )]
    NotContained {
        /// The coordinate.
        coordinate: usize,
        /// Lower end of the image.
        low: f64,
        /// Upper end of the image.
        high: f64,
        /// Centre of the box.
        centre: f64,
        /// Half-width of the box.
        radius: f64,
    },
    /// The signs of the eigenvalues are not proved.
    #[error(transparent)]
    Inertia(#[from] ldlt::Undecided),
    /// The certificate claims more than can be proved from its data.
    #[error(
        "image, contraction or index of the certificate are not those that its box and preconditioner prove"
    )]
    OtherStatement,
}

/// What the test proves.
struct Proof {
    image: Vec<Interval>,
    contraction: f64,
    index: usize,
}

/// The number of coordinates, if all vectors are finite and have as many entries.
pub(super) fn sizes(objective: &impl Formula, chart: &Chart, vectors: &[&[f64]]) -> Result<usize, Refusal> {
    let k = chart.coordinates().ok_or(Refusal::Shape { what: "the chart" })?;
    if chart.parameters() != objective.variables() {
        return Err(Refusal::Shape { what: "the chart" });
    }
    if vectors.iter().any(|vector| vector.len() != k || vector.iter().any(|entry| !entry.is_finite())) {
        return Err(Refusal::Shape { what: "the box" });
    }
    Ok(k)
}

/// The number of coordinates, if what a proof is given fits: a box with an interior, and a matrix of finite numbers.
pub(super) fn sizes_of_proof(
    objective: &impl Formula,
    chart: &Chart,
    centre: &[f64],
    radii: &[f64],
    preconditioner: &[f64],
) -> Result<usize, Refusal> {
    let k = sizes(objective, chart, &[centre, radii])?;
    if radii.iter().any(|&r| r <= 0.0) {
        return Err(Refusal::Shape { what: "a radius" });
    }
    if preconditioner.len() != k * k || preconditioner.iter().any(|entry| !entry.is_finite()) {
        return Err(Refusal::Shape { what: "the preconditioner" });
    }
    Ok(k)
}

/// The box `{|v − c| ≤ r}`, rounded outward.
pub(super) fn enclose_box(centre: &[f64], radii: &[f64]) -> Vec<Interval> {
    centre.iter().zip(radii).map(|(&c, &r)| Interval::between(Down::sub(c, r), Up::add(c, r))).collect()
}

/// `A B` for square matrices, row by row.
pub(super) fn product(k: usize, a: &[f64], b: &[Interval]) -> Vec<Interval> {
    let columns = b.len() / k.max(1);
    let mut product = vec![Interval::constant(0.0); b.len()];
    for (row, out) in a.chunks_exact(k).zip(product.chunks_exact_mut(columns)) {
        for (&x, row) in row.iter().zip(b.chunks_exact(columns)) {
            let x = Interval::constant(x);
            out.iter_mut().zip(row).for_each(|(entry, &y)| *entry = *entry + x * y);
        }
    }
    product
}

/// `I − M`, row by row.
pub(super) fn identity_minus(k: usize, m: &[Interval]) -> Vec<Interval> {
    m.iter().enumerate().map(|(at, &m)| Interval::constant(f64::from(at % (k + 1) == 0)) - m).collect()
}

/// The largest absolute value.
pub(super) fn magnitude(x: Interval) -> f64 {
    x.low().abs().max(x.high().abs())
}

/// Whether the ends lie in the interior of the box, whatever rounding does to its ends.
fn inside((low, high): (f64, f64), centre: f64, radius: f64) -> bool {
    Up::sub(centre, radius) < low && low <= high && high < Down::add(centre, radius)
}

fn prove(
    objective: &impl Formula,
    chart: &Chart,
    centre: &[f64],
    radii: &[f64],
    preconditioner: &[f64],
) -> Result<Proof, Refusal> {
    let k = sizes_of_proof(objective, chart, centre, radii, preconditioner)?;
    let function = objective.in_chart(chart);
    let points: Vec<_> = centre.iter().map(|&c| Interval::constant(c)).collect();
    let mut gradient = vec![Interval::constant(0.0); k];
    function.gradient_over(&points, &mut gradient);
    let mut hessian = vec![Interval::constant(0.0); k * k];
    function.hessian_over(&enclose_box(centre, radii), &mut hessian);

    let steps = product(k, preconditioner, &gradient);
    let remainder = identity_minus(k, &product(k, preconditioner, &hessian));
    let (mut image, mut contraction) = (Vec::with_capacity(k), 0.0f64);
    for (i, row) in remainder.chunks_exact(k).enumerate() {
        // `(I − CH)(V − c)` is symmetric about 0, because `V − c` is.
        let reach = row.iter().zip(radii).fold(0.0, |sum, (&x, &r)| Up::add(sum, Up::mul(magnitude(x), r)));
        let moved = points[i] - steps[i] + Interval::between(-reach, reach);
        if !inside((moved.low(), moved.high()), centre[i], radii[i]) {
            let (low, high) = (moved.low(), moved.high());
            return Err(Refusal::NotContained {
                coordinate: i,
                low,
                high,
                centre: centre[i],
                radius: radii[i],
            });
        }
        contraction = contraction.max(Up::div(reach, radii[i]));
        image.push(moved);
    }
    let midpoints: Vec<_> = hessian.iter().map(|entry| Interval::constant(entry.midpoint())).collect();
    Ok(Proof { image, contraction, index: ldlt::inertia(&midpoints)?.negative })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analytic::SigmoidNeuron;
    use nalgebra::dmatrix;
    use proptest::prelude::*;

    /// `x²/2 + y⁴/4 − y²/2`: minima at `(0, ±1)`, a saddle between.
    struct Quartic;

    impl Formula for Quartic {
        fn variables(&self) -> usize {
            2
        }

        fn value_over<S: Scalar>(&self, p: &[S]) -> S {
            let y = p[1].square();
            S::constant(0.5) * (p[0].square() - y) + S::constant(0.25) * y.square()
        }

        fn gradient_over<S: Scalar>(&self, p: &[S], gradient: &mut [S]) {
            gradient[0] = p[0];
            gradient[1] = p[1] * (p[1].square() - S::constant(1.0));
        }

        fn hessian_over<S: Scalar>(&self, p: &[S], hessian: &mut [S]) {
            let zero = S::constant(0.0);
            let last = S::constant(3.0) * p[1].square() - S::constant(1.0);
            hessian.copy_from_slice(&[S::constant(1.0), zero, zero, last]);
        }
    }

    fn near(point: [f64; 2], radius: f64) -> Result<Certificate, Refusal> {
        certify(&Quartic, &Chart::identity(2), &point, &[radius; 2])
    }

    #[test]
    fn minima_and_the_saddle_are_certified() {
        for (point, index) in [([0.0, 1.0], 0), ([0.0, -1.0], 0), ([0.0, 0.0], 1)] {
            let found = near(point, 0.1).unwrap();
            assert_eq!(found.index, index);
            assert!(found.contraction < 0.6 && found.location().iter().zip(point).all(|(i, x)| i.contains(x)));
            found.verify(&Quartic).unwrap();
        }
        assert!(near([0.0, 1.0], 0.1).unwrap().differs_from(&near([0.0, 0.0], 0.1).unwrap()));
        assert!(!near([0.0, 1.0], 0.1).unwrap().differs_from(&near([0.0, 1.0], 0.2).unwrap()));
    }

    #[test]
    fn a_box_is_found_without_a_scale() {
        for (point, index) in [([1e-3, 0.999], 0), ([0.0, 1e-3], 1)] {
            let found = certify_near(&Quartic, &point).unwrap();
            assert!(found.index == index && found.radii[0] >= 1e-3);
            found.verify(&Quartic).unwrap();
        }
        assert_eq!(certify_near(&Quartic, &[f64::NAN, 0.0]), Err(Refusal::Shape { what: "the point" }));
        assert!(certify_near(&Quartic, &[0.0]).is_err());
    }

    /// Teeth: no certificate where there is no critical point, or more than one.
    #[test]
    fn boxes_without_one_critical_point_are_refused() {
        assert!(matches!(near([0.0, 0.5], 0.1), Err(Refusal::NotContained { .. })));
        assert!(matches!(near([0.0, 0.0], 1.5), Err(Refusal::NotContained { .. })));
        assert!(near([0.0, 1.0 / 3f64.sqrt()], 0.1).is_err());
    }

    /// Teeth: a forged certificate does not verify, whatever is forged.
    #[test]
    fn forgeries_are_seen() {
        let honest = near([0.0, 1.0], 0.1).unwrap();
        let forge = |change: fn(&mut Certificate)| {
            let mut forged = honest.clone();
            change(&mut forged);
            assert!(forged.verify(&Quartic).is_err(), "{forged:?}");
        };
        forge(|c| c.index = 1);
        forge(|c| c.centre[1] = 0.7);
        forge(|c| c.radii[0] = 0.0);
        forge(|c| c.radii[1] = 0.9);
        forge(|c| c.radii[1] = f64::NAN);
        forge(|c| c.image[1] = (0.99, 1.0 - 1e-9));
        forge(|c| c.image[1] = (f64::NAN, f64::NAN));
        forge(|c| c.image[1].1 = 2.0);
        forge(|c| {
            c.image.pop();
        });
        forge(|c| c.contraction = 0.0);
        forge(|c| c.preconditioner[0] = f64::INFINITY);
        forge(|c| c.preconditioner = vec![0.0; 4]);
        forge(|c| c.preconditioner.clear());
        forge(|c| c.chart.matrix[3] = 0.0);
        forge(|c| c.chart.matrix.clear());
        forge(|c| c.chart.origin[1] = 0.5);
        forge(|c| c.chart = Chart::identity(3));
        honest.verify(&Quartic).unwrap();
    }

    proptest! {
        /// The certificate survives any regular linear chart, and encloses the same point.
        #[test]
        fn charts_do_not_matter(entries in prop::array::uniform4(-1.0f64..1.0)) {
            let b = DMatrix::from_row_slice(2, 2, &entries) + DMatrix::identity(2, 2) * 3.0;
            let v = b.clone().try_inverse().unwrap() * nalgebra::dvector![0.0, 1.0];
            let found = certify(&Quartic, &Chart::linear(&b), v.as_slice(), &[1e-3; 2]).unwrap();
            prop_assert!(found.index == 0 && found.location()[1].contains(1.0));
            prop_assert!(found.verify(&Quartic).is_ok());
        }

        /// The box holds one critical point and no other: Newton's method, from wherever in the box it ends in it, ends at
        /// that one.
        #[test]
        fn the_box_holds_the_limit_of_newtons_method(start in prop::array::uniform2(-1.0f64..1.0), radius in 1e-6f64..0.1) {
            for point in [[0.0, 1.0], [0.0, 0.0]] {
                let found = near(point, radius).unwrap();
                let start = [point[0] + radius * start[0], point[1] + radius * start[1]];
                let limit = newton::settle(&Quartic, &Chart::identity(2), &start).unwrap();
                for (x, image) in limit.iter().zip(found.location()) {
                    prop_assert!(image.low() - 1e-15 <= *x && *x <= image.high() + 1e-15, "{x} outside of {image}");
                }
            }
        }

        #[test]
        fn any_bits_are_certified_or_refused(bits in prop::array::uniform6(any::<u64>())) {
            let [a, b, c, d, e, f] = bits.map(f64::from_bits);
            let chart = Chart { origin: vec![a, 0.0], matrix: vec![b, 0.0, 0.0, 1.0] };
            if let Ok(found) = certify(&Quartic, &chart, &[c, d], &[e, f]) {
                prop_assert!(found.verify(&Quartic).is_ok());
            }
        }
    }

    #[test]
    fn a_neuron_with_cancelling_scales_needs_its_own_chart() {
        let angle: f64 = 0.3;
        let (s, c) = angle.sin_cos();
        let x = dmatrix![c, s; -s * 1e9, c * 1e9];
        let neuron = SigmoidNeuron::sum_of_squares(&x, vec![0.75; 2]).unwrap();
        let chart = Chart::linear(&x.clone().try_inverse().unwrap());
        let found = certify(&neuron, &chart, &[3f64.ln(); 2], &[1e-5; 2]).unwrap();
        assert_eq!(found.index, 0);
        found.verify(&neuron).unwrap();
        let w = x.try_inverse().unwrap() * nalgebra::dvector![3f64.ln(), 3f64.ln()];
        assert!(certify(&neuron, &Chart::identity(2), w.as_slice(), &[1e-5; 2]).is_err());
    }
}
