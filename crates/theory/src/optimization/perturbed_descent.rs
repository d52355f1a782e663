//! Perturbed gradient descent finds a second-order stationary point in time that hardly knows the dimension.

use saddlepoint_rigor::{Down, Rounding, Up};

use super::{Gap, OptimizationError, Smoothness, at_most, positive};
use crate::quantity::Confidence;

/// The parameters of perturbed gradient descent, from the constants of the function.
///
/// # Formula
/// For an $\ell$-smooth and $\rho$-Hessian-Lipschitz $f$ on $\mathbb R^d$, $\varepsilon \le \ell^2/\rho$,
/// $\Delta \ge f(x_0) - \inf f$, $\delta \in (0, 1)$ and $c \le 1$:
/// $$\chi = 3\max\Bigl\{\ln\frac{d\ell\Delta}{c\varepsilon^2\delta},\,4\Bigr\},\quad \eta = \frac c\ell,\quad
/// r = \frac{\sqrt c}{\chi^2}\frac\varepsilon\ell,\quad g_{\text{thres}} = \frac{\sqrt c}{\chi^2}\varepsilon,\quad
/// f_{\text{thres}} = \frac c{\chi^3}\sqrt{\frac{\varepsilon^3}\rho},\quad
/// t_{\text{thres}} = \frac\chi{c^2}\frac\ell{\sqrt{\rho\varepsilon}}.$$
/// There is an absolute $c_{\max}$ such that for $c \le c_{\max}$ the answer satisfies, with probability at least
/// $1 - \delta$,
/// $$\lVert\nabla f\rVert \le \varepsilon \quad\text{and}\quad \lambda_{\min}(\nabla^2 f) \ge -\sqrt{\rho\varepsilon}.$$
/// The theorem does not say how large $c_{\max}$ is; here only $c \le 1$ is demanded, which the number of steps needs.
///
/// # Reference
/// Jin, Ge, Netrapalli, Kakade and Jordan, *How to escape saddle points efficiently* (2017), theorem 3 and algorithm 2.
///
/// # Example
/// ```
/// use saddlepoint_theory::optimization::{Gap, PerturbedDescent, Smoothness};
///
/// let theorem = PerturbedDescent::new(10, Smoothness::new(3.32)?, 7.2, 0.05, Gap::new(0.25)?, 0.1, 1.0)?;
/// assert!((theorem.chi() - 31.2309154647).abs() < 1e-9);
/// assert_eq!(theorem.wait(), 173);
/// # Ok::<(), saddlepoint_theory::optimization::OptimizationError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PerturbedDescent {
    smoothness: Smoothness,
    hessian_lipschitz: f64,
    accuracy: f64,
    gap: Gap,
    constant: f64,
    chi: f64,
}

impl PerturbedDescent {
    /// For `dimension` variables, smoothness `ℓ`, Lipschitz constant `ρ` of the Hessian, accuracy `ε`, initial gap `Δ`,
    /// failure probability `δ` and the constant `c`.
    ///
    /// # Errors
    /// When a number is not finite and positive, or `δ` not in `(0, 1)`; when `c > 1` or `ε > ℓ²/ρ`; when a parameter
    /// vanishes or overflows in f64.
    pub fn new(
        dimension: usize,
        smoothness: Smoothness,
        hessian_lipschitz: f64,
        accuracy: f64,
        gap: Gap,
        delta: f64,
        constant: f64,
    ) -> Result<Self, OptimizationError> {
        let dimension = positive("the dimension", dimension as f64)?;
        positive("the Lipschitz constant ρ of the Hessian", hessian_lipschitz)?;
        positive("the accuracy ε", accuracy)?;
        positive("the gap f(x₀) − inf f", gap.get())?;
        let delta = Confidence::new(delta)?.delta();
        positive("the constant c", constant)?;
        at_most("the constant c", constant, 1.0)?;
        let l = smoothness.get();
        at_most("the accuracy ε", accuracy, Down::div(Down::mul(l, l), hessian_lipschitz))?;
        // A sum of logarithms cannot overflow where the quotient would.
        let logarithm =
            dimension.ln() + l.ln() + gap.get().ln() - constant.ln() - 2.0 * accuracy.ln() - delta.ln();
        let chi = 3.0 * logarithm.max(4.0);
        let theorem = Self { smoothness, hessian_lipschitz, accuracy, gap, constant, chi };
        positive("the step size η", theorem.step())?;
        positive("the radius r of the kicks", theorem.radius())?;
        positive("the gradient threshold", theorem.gradient_threshold())?;
        positive("the decrease threshold", theorem.decrease_threshold())?;
        positive("the wait", theorem.exact_wait())?;
        at_most("the wait", theorem.exact_wait(), 9_007_199_254_740_992.0)?;
        Ok(theorem)
    }

    /// `χ`.
    pub fn chi(&self) -> f64 {
        self.chi
    }

    /// `η`, the step size.
    pub fn step(&self) -> f64 {
        self.constant / self.smoothness.get()
    }

    /// `r`, the radius of the ball from which kicks are drawn.
    pub fn radius(&self) -> f64 {
        self.gradient_threshold() / self.smoothness.get()
    }

    /// `g_thres`: a gradient not longer than this is answered with a kick.
    pub fn gradient_threshold(&self) -> f64 {
        self.constant.sqrt() / (self.chi * self.chi) * self.accuracy
    }

    /// `f_thres`: what a kick must gain, or the point before it is the answer.
    pub fn decrease_threshold(&self) -> f64 {
        self.constant / self.chi.powi(3) * self.accuracy * (self.accuracy / self.hessian_lipschitz).sqrt()
    }

    /// `t_thres`: the steps in which it must gain that. Rounded up, once: every use is of the same whole number.
    pub fn wait(&self) -> u64 {
        self.exact_wait().ceil() as u64
    }

    fn exact_wait(&self) -> f64 {
        self.chi / (self.constant * self.constant) * self.smoothness.get() / self.curvature()
    }

    /// `√(ρε)`: a second-order stationary point has no eigenvalue below the negative of this.
    pub fn curvature(&self) -> f64 {
        (self.hessian_lipschitz * self.accuracy).sqrt()
    }

    /// A number of steps after which an answer has been given, whatever the kicks were, rounded up.
    ///
    /// # Formula
    /// $$\Delta\max\Bigl\{\frac1{\eta(1 - \ell\eta/2)\,g_{\text{thres}}^2},\ \frac{t_{\text{thres}} + 1}{f_{\text{thres}}}\Bigr\}
    /// {}+ t_{\text{thres}} = O\Bigl(\frac{\ell\Delta}{\varepsilon^2}\chi^4\Bigr)$$
    /// A step outside of a wait has a gradient above the threshold, and gains what the descent lemma says; a wait without
    /// an answer gains $f_{\text{thres}}$ in $t_{\text{thres}} + 1$ steps, its last one included; there is $\Delta$ to
    /// gain.
    ///
    /// # Reference
    /// Jin, Ge, Netrapalli, Kakade and Jordan (2017), the proof of theorem 3; the constants are this project's count.
    pub fn steps(&self) -> f64 {
        let (l, step, g) = (self.smoothness.get(), self.step(), self.gradient_threshold());
        let gain = Down::mul(step, Down::sub(1.0, Up::mul(0.5, Up::mul(l, step))));
        let outside = Up::div(1.0, Down::mul(gain, Down::mul(g, g)));
        let wait = self.wait() as f64;
        let inside = Up::div(Up::add(wait, 1.0), self.decrease_threshold());
        Up::add(Up::mul(self.gap.get(), outside.max(inside)), wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn catalogue(dimension: usize) -> PerturbedDescent {
        let (l, gap) = (Smoothness::new(3.32).unwrap(), Gap::new(0.25).unwrap());
        PerturbedDescent::new(dimension, l, 7.2, 0.05, gap, 0.1, 1.0).unwrap()
    }

    proptest! {
        #[test]
        fn any_bits_are_bounded_or_refused(d in any::<usize>(), bits in prop::array::uniform6(any::<u64>())) {
            let [l, rho, epsilon, gap, delta, c] = bits.map(f64::from_bits);
            if let (Ok(l), Ok(gap)) = (Smoothness::new(l), Gap::new(gap))
                && let Ok(theorem) = PerturbedDescent::new(d, l, rho, epsilon, gap, delta, c)
            {
                prop_assert!(theorem.chi() >= 12.0 && theorem.wait() > 0 && theorem.steps() > 0.0);
            }
        }

        /// The dimension enters through a logarithm only.
        #[test]
        fn a_thousand_times_the_dimension_adds_a_constant(d in 10usize..1000) {
            let difference = catalogue(1000 * d).chi() - catalogue(d).chi();
            prop_assert!((difference - 3.0 * 1000f64.ln()).abs() < 1e-12);
        }
    }

    #[test]
    fn the_catalogues_values() {
        assert!((catalogue(10).chi() - 31.2309154647).abs() < 5e-11);
        assert_eq!([10, 100, 1000].map(|d| catalogue(d).wait()), [173, 212, 250]);
    }

    /// By 50-digit arithmetic, for the catalogue's setting with d = 10.
    #[test]
    fn every_parameter_agrees_with_its_formula() {
        let theorem = catalogue(10);
        for (found, expected) in [
            (theorem.chi(), 31.23091546471374),
            (theorem.step(), 0.3012048192771084),
            (theorem.radius(), 1.544054022249418e-5),
            (theorem.gradient_threshold(), 5.126259353868069e-5),
            (theorem.decrease_threshold(), 1.367837839949535e-7),
            (theorem.exact_wait(), 172.811065571416),
        ] {
            assert!((found / expected - 1.0_f64).abs() < 1e-14, "{found} not {expected}");
        }
    }

    #[test]
    fn hypotheses_are_needed() {
        let (l, gap) = (Smoothness::new(1.0).unwrap(), Gap::new(1.0).unwrap());
        let new = |d, rho, epsilon, delta, c| PerturbedDescent::new(d, l, rho, epsilon, gap, delta, c);
        assert!(new(1, 1.0, 1.0, 0.5, 1.0).is_ok());
        for (d, rho, epsilon, delta, c) in [
            (0, 1.0, 0.5, 0.5, 1.0),
            (1, 0.0, 0.5, 0.5, 1.0),
            (1, 1.0, 1.1, 0.5, 1.0),
            (1, 1.0, f64::NAN, 0.5, 1.0),
            (1, 1.0, 0.5, 1.0, 1.0),
            (1, 1.0, 0.5, 0.0, 1.0),
            (1, 1.0, 0.5, 0.5, 1.1),
        ] {
            assert!(new(d, rho, epsilon, delta, c).is_err(), "{d} {rho} {epsilon} {delta} {c}");
        }
    }
}
