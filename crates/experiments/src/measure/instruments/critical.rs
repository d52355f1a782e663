//! Is this point critical, gradient-flat, or neither?

use saddlepoint_landscape::operator::SymmetricOperator;
use saddlepoint_landscape::spectrum::lanczos::{End, Lanczos};

use super::{Cost, Instrument};
use crate::claim::Failure;
use crate::measure::quantity::{Certainty, Findings, Quantity};
use crate::measure::subject::Subject;
use crate::verdict::show;

/// Whether training has come to a critical point of the training loss.
///
/// A gradient is short or long only against something. Against curvature: with `h` the absolutely largest eigenvalue of the
/// Hessian, a Newton step along the stiffest direction is at least `‖g‖/h` long, and the loss falls by about `‖g‖²/2h` along the
/// gradient. The point counts as critical where that is below a millionth of the loss's rounding scale, gradient-flat where the
/// gradient is longer but in the kernel of the Hessian, `‖Hg‖ ≤ 10⁻³ h ‖g‖`: there second-order searches stop, without a
/// critical point near (Frye et al. 2021).
pub(super) struct Critical;

/// A step that lowers the loss by less than this share of it is none.
const NEGLIGIBLE: f64 = 1e-12;
/// The largest `‖Hg‖/(h‖g‖)` of a gradient in the kernel of the Hessian.
const FLAT: f64 = 1e-3;

impl Instrument for Critical {
    fn id(&self) -> &'static str {
        "critical"
    }

    fn title(&self) -> &'static str {
        "Is this point critical?"
    }

    fn about(&self) -> &'static str {
        "whether the point is critical, gradient-flat, or neither: the gradient against the curvature"
    }

    fn cost(&self, _: &Subject<'_>) -> Cost {
        Cost::products(25.0)
    }

    fn measure(&self, subject: &Subject<'_>) -> Result<Findings, Failure> {
        let point = subject.point();
        let hessian = subject.hessian(&point)?;
        let gradient = hessian.gradient().to_vec();
        let length = gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
        let theta = point.iter().map(|x| x * x).sum::<f64>().sqrt();
        subject.step(0.2)?;
        let mut stream = subject.stream(self.id());
        let search = Lanczos::new(End::LargestMagnitude, 1)?.with_tolerance(1e-2)?.with_products(100)?;
        let found = search.run(&hessian, &mut || stream.normal())?;
        let stiffest = found.pairs.first().map_or(0.0, |pair| pair.value.abs());
        subject.step(0.9)?;
        let mut product = vec![0.0; point.len()];
        hessian.apply(&gradient, &mut product)?;
        let along: f64 = gradient.iter().zip(&product).map(|(g, h)| g * h).sum();
        let kernel = product.iter().map(|h| h * h).sum::<f64>().sqrt();
        let ratio = |a: f64, b: f64| if b > 0.0 { a / b } else { 0.0 };
        let flatness = ratio(kernel, stiffest * length);
        let gain = ratio(length * length, 2.0 * stiffest);
        let loss = hessian.value();
        let verdict = if gain <= NEGLIGIBLE * loss.abs().max(f64::MIN_POSITIVE) || length == 0.0 {
            "critical"
        } else if flatness <= FLAT {
            "gradient-flat"
        } else {
            "neither critical nor gradient-flat"
        };
        let quantity = |name: &str, value: f64, method: &str| Quantity::computed(name, value, method);
        Ok(Findings {
            sentence: format!(
                "The point is {verdict}: the gradient has length {}, and a step of 1/h along it lowers the loss {} by about {}.",
                show(length),
                show(loss),
                show(gain)
            ),
            quantities: vec![
                quantity("norm of the gradient", length, "burn's backward pass, over all training examples"),
                quantity(
                    "norm of the gradient over the norm of the parameters",
                    ratio(length, theta),
                    "division",
                ),
                quantity(
                    "largest magnitude of an eigenvalue of the Hessian",
                    stiffest,
                    "Lanczos, to 1 %: at least one eigenvalue is as large, to the residual",
                )
                .that_is(Certainty::AtLeast),
                quantity(
                    "curvature along the gradient",
                    ratio(along, length * length),
                    "g·Hg/‖g‖², exact product",
                ),
                quantity("‖Hg‖ over h‖g‖", flatness, "exact product; h from Lanczos"),
                quantity(
                    "fall of the loss by a step along the gradient",
                    gain,
                    "‖g‖²/2h: what a quadratic promises",
                ),
                quantity(
                    "longest step to a critical point along the stiffest direction",
                    ratio(length, stiffest),
                    "‖g‖/h: if the loss were quadratic, a critical point cannot be nearer",
                ),
            ],
            ..Findings::default()
        })
    }
}
