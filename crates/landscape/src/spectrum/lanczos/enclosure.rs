//! Eigenpairs with what their residuals prove.

use saddlepoint_rigor::Interval;

use crate::operator::SymmetricOperator;
use crate::spectrum::SpectrumError;
use crate::spectrum::vectors::{add_scaled, dot, norm};

/// An approximate eigenpair and its residual, recomputed from a product of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Eigenpair {
    /// The Rayleigh quotient `v·Av / v·v`.
    pub value: f64,
    /// The unit vector `v`.
    pub vector: Vec<f64>,
    /// `‖Av − value·v‖`.
    pub residual: f64,
    /// The residual with all rounding of this computation added: some eigenvalue is this near.
    pub radius: f64,
    /// An interval that contains an eigenvalue.
    ///
    /// # Formula
    /// For symmetric $A$ and any $v \ne 0$ some eigenvalue has $|\lambda - \theta| \le \|Av - \theta v\| / \|v\|$
    /// (Parlett 1980, theorem 4.5.1). The rounding of norm and residual is added; the product $Av$ itself is taken
    /// at its word: if it has error $\delta$, add it.
    pub enclosure: Interval,
    /// Whether the residual is within the tolerance that was asked for.
    pub converged: bool,
}

impl Eigenpair {
    /// The quadratically smaller interval that a known gap allows.
    ///
    /// # Formula
    /// If $(a, b)$ contains the Rayleigh quotient $\theta$ and one eigenvalue $\lambda$ only, then
    /// $$\theta - \frac{r^2}{b - \theta} \le \lambda \le \theta + \frac{r^2}{\theta - a}.$$
    /// That there is one only is a hypothesis of the caller, which no number of products proves; infinite ends are allowed.
    ///
    /// # Errors
    /// When the interval does not contain the Rayleigh quotient, rounding included, in its interior.
    ///
    /// # Reference
    /// Kato, J. Phys. Soc. Japan 4 (1949); Temple (1928); Parlett (1980), section 10.5.
    pub fn kato_temple(&self, below: f64, above: f64) -> Result<Interval, SpectrumError> {
        let slack = self.rounding();
        let gap = SpectrumError::Gap { below, above, value: self.value };
        let (to_below, to_above) = (self.value - slack - below, above - self.value - slack);
        if !(to_below > 0.0 && to_above > 0.0) {
            return Err(gap);
        }
        // Quotients first, so that a radius of 1e-200 does not vanish when squared; each step rounds outward.
        let shrink = |distance: f64| (self.radius / distance).next_up() * self.radius;
        let low = self.value - (shrink(to_above.next_down()).next_up() + slack).next_up();
        let high = self.value + (shrink(to_below.next_down()).next_up() + slack).next_up();
        let narrow = Interval::new(low.next_down(), high.next_up()).map_err(|_| gap.clone())?;
        // Both hold; where the gap is small the residual alone may say more.
        narrow.intersection(self.enclosure).ok_or(gap)
    }

    /// How far the computed Rayleigh quotient is from that of the vector: two inner products and a division.
    fn rounding(&self) -> f64 {
        let n = self.vector.len() as f64;
        2.0 * (n + 4.0) * f64::EPSILON * (self.value.abs() + self.radius)
    }
}

/// Eigenpairs of one computation.
#[derive(Debug, Clone, PartialEq)]
pub struct Eigenpairs {
    /// The pairs, the wanted ones first.
    pub pairs: Vec<Eigenpair>,
    /// As many eigenvalues as there are pairs, counted with multiplicity, lie this near to the values, one to each;
    /// infinite where the vectors are not independent.
    ///
    /// # Formula
    /// $\sqrt2\,\|AV - V\Theta\|_F / \sigma_{\min}(V)$ with $\sigma_{\min}^2 \ge 1 - \|V^\top V - I\|_F$ (Kahan 1967;
    /// Parlett 1980, theorem 11.5.2).
    pub joint_radius: f64,
    /// Products spent, those of the residuals included.
    pub products: usize,
}

impl Eigenpairs {
    /// Whether every residual is within the tolerance.
    pub fn converged(&self) -> bool {
        self.pairs.iter().all(|pair| pair.converged)
    }

    /// The values, in the order of the pairs.
    pub fn values(&self) -> Vec<f64> {
        self.pairs.iter().map(|pair| pair.value).collect()
    }

    pub(super) fn of(
        operator: &dyn SymmetricOperator,
        vectors: &[f64],
        tolerance: f64,
        products: usize,
    ) -> Result<Self, SpectrumError> {
        let n = operator.dimension();
        let mut images = vec![0.0; vectors.len()];
        operator.apply_block(vectors, &mut images)?;
        let pairs: Vec<Eigenpair> = vectors
            .chunks_exact(n)
            .zip(images.chunks_exact(n))
            .map(|(vector, image)| pair(vector, image, tolerance))
            .collect::<Result<_, _>>()?;
        let mut departure = 0.0;
        for (i, a) in pairs.iter().enumerate() {
            for b in &pairs[i..] {
                let same = std::ptr::eq(a, b);
                let entry = (dot(&a.vector, &b.vector) - f64::from(same)).abs() + (n as f64) * f64::EPSILON;
                departure += if same { entry * entry } else { 2.0 * entry * entry };
            }
        }
        let smallest = 1.0 - f64::sqrt(departure);
        let residual = norm(&pairs.iter().map(|pair| pair.radius).collect::<Vec<_>>());
        let joint_radius =
            if smallest > 0.0 { (2.0 / smallest).sqrt() * residual * (1.0 + 1e-12) } else { f64::INFINITY };
        Ok(Self { pairs, joint_radius, products })
    }
}

fn pair(vector: &[f64], image: &[f64], tolerance: f64) -> Result<Eigenpair, SpectrumError> {
    let n = vector.len() as f64;
    let square = dot(vector, vector);
    let value = dot(vector, image) / square;
    let mut rest = image.to_vec();
    add_scaled(&mut rest, -value, vector);
    let residual = norm(&rest);
    // A sum of n products is off by less than (n + 2)ε of the sum of magnitudes, an entry of the residual by less than
    // ε of its two terms; ε = 2⁻⁵² is twice the unit roundoff and pays for higher orders.
    let entries = f64::EPSILON * (norm(image) + value.abs() * square.sqrt());
    let relative = 1.0 + 2.0 * (n + 4.0) * f64::EPSILON;
    let radius = (residual * relative + entries * relative) / square.sqrt() * relative;
    let enclosure = Interval::new((value - radius).next_down(), (value + radius).next_up())
        .map_err(|_| SpectrumError::Undefined { node: value })?;
    Ok(Eigenpair {
        value,
        vector: vector.to_vec(),
        residual,
        radius,
        enclosure,
        converged: residual <= tolerance,
    })
}
