//! Sums of tangents times coefficients, in one pass.

use super::array::Array;
use super::real::Real;
use super::walk::Walk;

/// `scale * factor * tangent`, all of one shape.
pub(crate) struct Term<T: Real> {
    pub(crate) scale: T,
    pub(crate) factor: Option<Array<T>>,
    pub(crate) tangent: Array<T>,
}

/// Writes the sum of the terms.
pub(crate) fn combine<T: Real>(parallel: bool, terms: &[Term<T>], shape: &[usize], out: &mut [T]) {
    let operands: Vec<&Array<T>> =
        terms.iter().flat_map(|term| [Some(&term.tangent), term.factor.as_ref()]).flatten().collect();
    let strides: Vec<&[usize]> = operands.iter().map(|operand| operand.strides.as_slice()).collect();
    let data: Vec<&[T]> = operands.iter().map(|operand| operand.tail()).collect();
    let walk = Walk::new(shape, &strides);
    walk.fill(parallel, out, |out, block, (a, b): &mut (Vec<T>, Vec<T>)| {
        let mut operands = 0..;
        let mut next = || operands.next().unwrap_or_default();
        for (index, term) in terms.iter().enumerate() {
            let operand = next();
            let tangent = block.of(operand, data[operand], a);
            let factor = term.factor.as_ref().map(|_| {
                let operand = next();
                block.of(operand, data[operand], b)
            });
            add(out, index == 0, term.scale, factor, tangent);
        }
        if terms.is_empty() {
            out.fill(T::zero());
        }
    });
}

#[inline]
fn add<T: Real>(out: &mut [T], first: bool, scale: T, factor: Option<&[T]>, tangent: &[T]) {
    let one = scale == T::one();
    match (factor, first, one) {
        (None, true, true) => out.copy_from_slice(tangent),
        (None, true, false) => out.iter_mut().zip(tangent).for_each(|(y, &t)| *y = scale * t),
        (None, false, _) => out.iter_mut().zip(tangent).for_each(|(y, &t)| *y += scale * t),
        (Some(factor), true, true) => {
            out.iter_mut().zip(tangent).zip(factor).for_each(|((y, &t), &f)| *y = f * t);
        }
        (Some(factor), false, true) => {
            out.iter_mut().zip(tangent).zip(factor).for_each(|((y, &t), &f)| *y += f * t);
        }
        (Some(factor), true, false) => {
            out.iter_mut().zip(tangent).zip(factor).for_each(|((y, &t), &f)| *y = scale * f * t);
        }
        (Some(factor), false, false) => {
            out.iter_mut().zip(tangent).zip(factor).for_each(|((y, &t), &f)| *y += scale * f * t);
        }
    }
}
