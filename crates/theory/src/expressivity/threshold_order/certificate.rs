//! The order of a function, and the proofs that it is neither less nor more.

use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};

use super::BooleanFunction;

/// The smallest degree of a polynomial whose sign is a given Boolean function, proved on both sides.
///
/// # Reference
/// Minsky and Papert, *Perceptrons* (1969), section 1.6 (order) and Theorem 2.3 (group invariance).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    pub(super) degree: usize,
    pub(super) polynomial: Polynomial,
    pub(super) below: Option<Refutation>,
}

impl Order {
    /// The order.
    pub fn degree(&self) -> usize {
        self.degree
    }

    /// A polynomial of this degree.
    pub fn polynomial(&self) -> &Polynomial {
        &self.polynomial
    }

    /// Why no polynomial of smaller degree does; nothing for constant functions.
    pub fn refutation(&self) -> Option<&Refutation> {
        self.below.as_ref()
    }

    /// Whether both certificates hold for this function, checked at every point.
    pub fn verify(&self, function: &BooleanFunction) -> bool {
        let least = match &self.below {
            None => self.degree == 0,
            Some(refutation) => refutation.degree + 1 == self.degree && refutation.verify(function),
        };
        self.polynomial.degree() <= self.degree && self.polynomial.verify(function) && least
    }
}

/// A polynomial in bits: positive exactly where a function is true, negative elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Polynomial {
    /// Monomials, as the set of their variables, and their coefficients.
    pub(super) coefficients: Vec<(usize, BigInt)>,
}

impl Polynomial {
    /// Monomials, as the set of their variables, and their coefficients; none is zero.
    pub fn coefficients(&self) -> &[(usize, BigInt)] {
        &self.coefficients
    }

    /// The degree.
    pub fn degree(&self) -> usize {
        self.coefficients.iter().map(|(monomial, _)| monomial.count_ones() as usize).max().unwrap_or(0)
    }

    /// The value at a point.
    pub fn evaluate(&self, point: usize) -> BigInt {
        let present = self.coefficients.iter().filter(|(monomial, _)| monomial & point == *monomial);
        present.map(|(_, coefficient)| coefficient).sum()
    }

    /// Whether its sign is the function.
    pub fn verify(&self, function: &BooleanFunction) -> bool {
        function.values.iter().enumerate().all(|(point, &value)| {
            let found = self.evaluate(point);
            if value { found.is_positive() } else { found.is_negative() }
        })
    }
}

/// A proof that no polynomial of at most some degree has a function's signs.
///
/// # Formula
/// Weights $\lambda \ge 0$, not all zero, with $\sum_{x\supseteq S}\lambda_xs_x = 0$ for every monomial $S$ of at most this
/// degree: then $\sum_x\lambda_xs_xP(x) = 0$ for every such polynomial, which excludes $s_xP(x) > 0$ for all $x$.
///
/// # Reference
/// Gordan, *Über die Auflösung linearer Gleichungen mit reellen Coefficienten* (1873), for the signed monomials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refutation {
    pub(super) degree: usize,
    pub(super) weights: Vec<BigInt>,
}

impl Refutation {
    /// The degree that it excludes.
    pub fn degree(&self) -> usize {
        self.degree
    }

    /// The weight of each point.
    pub fn weights(&self) -> &[BigInt] {
        &self.weights
    }

    /// Number of points with positive weight.
    pub fn support(&self) -> usize {
        self.weights.iter().filter(|weight| weight.is_positive()).count()
    }

    /// Whether it is a proof for this function.
    pub fn verify(&self, function: &BooleanFunction) -> bool {
        let points = function.values.len();
        let balanced = |monomial: usize| {
            let above = (0..points).filter(|point| monomial & point == monomial);
            let sum = above.fold(BigInt::zero(), |sum, point| {
                if function.values[point] { sum + &self.weights[point] } else { sum - &self.weights[point] }
            });
            sum.is_zero()
        };
        self.weights.len() == points
            && self.weights.iter().all(|weight| !weight.is_negative())
            && self.weights.iter().any(|weight| weight >= &BigInt::one())
            && (0..points).filter(|monomial| monomial.count_ones() as usize <= self.degree).all(balanced)
    }
}
