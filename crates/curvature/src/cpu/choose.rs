//! Comparisons, logic and choices, on arrays of any kind.

use super::array::Array;
use super::fallback::Fallback;
use super::{Cpu, Tensor, walk};
use crate::program::ProgramError;
use crate::rules::{Mask, Relation};

impl<T: Fallback> Cpu<T> {
    pub(super) fn mask(&self, op: Mask, args: &[Tensor<T>]) -> Result<Tensor<T>, ProgramError> {
        let both =
            |l: &Array<bool>, r: &Array<bool>, f: fn(bool, bool) -> bool| Tensor::Bool(self.select(l, r, f));
        Ok(match op {
            Mask::Compare(relation) => Tensor::Bool(match (&args[0], &args[1]) {
                (Tensor::Int(l), Tensor::Int(r)) => self.select(l, r, |l, r| relation.holds(&l, &r)),
                (l, r) => self.select(l.float()?, r.float()?, |l, r| relation.holds(&l, &r)),
            }),
            Mask::CompareNumber(relation, c) => Tensor::Bool(match &args[0] {
                Tensor::Int(x) => self.each(x, |x| relation.holds(&(x as f64), &c)),
                x => self.each(x.float()?, |x| relation.holds(&x, &T::of(c))),
            }),
            Mask::Not => Tensor::Bool(self.each(args[0].bool()?, |x: bool| !x)),
            Mask::And => both(args[0].bool()?, args[1].bool()?, |l, r| l && r),
            Mask::Or => both(args[0].bool()?, args[1].bool()?, |l, r| l || r),
            Mask::IntoFloat => Tensor::Float(match &args[0] {
                Tensor::Bool(x) => self.each(x, |x| if x { T::one() } else { T::zero() }),
                x => self.each(x.int()?, |x: i64| T::of(x as f64)),
            }),
            Mask::Where => {
                let (x, mask, y) = (args[0].float()?, args[1].bool()?, args[2].float()?);
                let shape = walk::common(&walk::common(&x.shape, &mask.shape), &y.shape);
                let (x, mask, y) = (x.expanded(&shape), mask.expanded(&shape), y.expanded(&shape));
                let kept = self.select(&x, &mask, |x, mask| (!mask).then_some(x));
                Tensor::Float(self.select(&kept, &y, Option::unwrap_or))
            }
            Mask::Fill(c) => Tensor::Float(
                self.select(args[0].float()?, args[1].bool()?, |x, mask| if mask { T::of(c) } else { x }),
            ),
            Mask::IfPositive => {
                Tensor::Float(self.select(args[0].float()?, args[1].float()?, |x, y| {
                    if x > T::zero() { y } else { T::zero() }
                }))
            }
        })
    }

    /// The entries moved into row-major order, if they do not stand so; for floating-point numbers, whose buffers are
    /// used again, that is [`row_major`](Self::row_major).
    pub(super) fn in_order<A: Copy + Default + Send + Sync>(&self, x: &Array<A>) -> Array<A> {
        if x.is_row_major() { x.clone() } else { self.each(x, |x| x) }
    }

    pub(super) fn each<A, E>(&self, x: &Array<A>, f: impl Fn(A) -> E + Sync) -> Array<E>
    where
        A: Copy + Default + Send + Sync,
        E: Copy + Default + Send,
    {
        let mut out = vec![E::default(); x.len()];
        walk::map(self.parallel, x, &mut out, |x, out| out.iter_mut().zip(x).for_each(|(y, &x)| *y = f(x)));
        Array::new(out, &x.shape)
    }

    pub(super) fn select<A, B, E>(&self, l: &Array<A>, r: &Array<B>, f: impl Fn(A, B) -> E + Sync) -> Array<E>
    where
        A: Copy + Default + Send + Sync,
        B: Copy + Default + Send + Sync,
        E: Copy + Default + Send,
    {
        let shape = walk::common(&l.shape, &r.shape);
        let mut out = vec![E::default(); shape.iter().product()];
        walk::zip(self.parallel, (&l.expanded(&shape), &r.expanded(&shape)), &mut out, |l, r, out| {
            out.iter_mut().zip(l).zip(r).for_each(|((y, &l), &r)| *y = f(l, r));
        });
        Array::new(out, &shape)
    }
}

impl Relation {
    fn holds<A: PartialOrd>(self, l: &A, r: &A) -> bool {
        match self {
            Relation::Equal => l == r,
            Relation::NotEqual => l != r,
            Relation::Greater => l > r,
            Relation::GreaterEqual => l >= r,
            Relation::Lower => l < r,
            Relation::LowerEqual => l <= r,
        }
    }
}
