//! Sums of vectors in one fixed order, whoever computes which of their terms.

use std::ops::Range;

/// The sum of an aligned run of terms: those numbered `index · 2^level` to `(index + 1) · 2^level`, the last one not included.
#[derive(Debug, Clone, PartialEq)]
pub struct Partial {
    /// How often runs were joined: the sum has `2^level` terms.
    pub level: u32,
    /// The number of the run among those of its level.
    pub index: usize,
    /// The sum.
    pub numbers: Vec<f64>,
}

impl Partial {
    /// The terms, if their numbers are numbers.
    fn terms(&self) -> Option<Range<usize>> {
        let length = 1usize.checked_shl(self.level)?;
        Some(self.index.checked_mul(length)?..self.index.checked_add(1)?.checked_mul(length)?)
    }

    /// Whether the other one is the second half of the run whose first half this one is.
    fn joins(&self, next: &Self) -> bool {
        self.level == next.level && self.index.is_multiple_of(2) && next.index == self.index + 1
    }
}

/// A sum by halves: each run of `2^k` terms is the sum of its two halves, however the terms come together.
///
/// A plain running sum depends on where it is cut into pieces, since rounding does. Here a piece is reduced to the aligned runs
/// that lie in it, at most two of each length, and joining the pieces makes the same additions as if nothing had been cut.
///
/// # Example
/// ```
/// use saddlepoint_curvature::sum::PairwiseSum;
///
/// let term = |at: usize| vec![1.0 / (1.0 + at as f64)];
/// let of = |terms: std::ops::Range<usize>| {
///     let mut sum = PairwiseSum::default();
///     terms.for_each(|at| sum.add(at, term(at)));
///     sum.into_partials()
/// };
/// let whole = PairwiseSum::join(of(0..100), 100).unwrap();
/// assert_eq!(whole, PairwiseSum::join([of(0..37), of(37..61), of(61..100)].concat(), 100).unwrap());
/// ```
///
/// # Reference
/// Higham, The accuracy of floating point summation, 1993, section 2 (pairwise summation).
#[derive(Debug, Clone, Default)]
pub struct PairwiseSum {
    runs: Vec<Partial>,
}

impl PairwiseSum {
    /// Adds term number `at`; terms come in order.
    pub fn add(&mut self, at: usize, numbers: Vec<f64>) {
        self.push(Partial { level: 0, index: at, numbers });
    }

    fn push(&mut self, mut next: Partial) {
        while let Some(mut last) = self.runs.pop_if(|last| last.joins(&next)) {
            add(&mut last.numbers, &next.numbers);
            next = Partial { level: last.level + 1, index: last.index / 2, numbers: last.numbers };
        }
        self.runs.push(next);
    }

    /// The sums of the aligned runs.
    pub fn into_partials(self) -> Vec<Partial> {
        self.runs
    }

    /// The sum of terms 0 to `count`, from pieces in order; nothing if a piece is missing, doubled or of another length.
    pub fn join(pieces: impl IntoIterator<Item = Partial>, count: usize) -> Option<Vec<f64>> {
        let (mut sum, mut end, mut length) = (Self::default(), 0, None);
        for piece in pieces {
            let terms = piece.terms()?;
            if terms.start != end || *length.get_or_insert(piece.numbers.len()) != piece.numbers.len() {
                return None;
            }
            end = terms.end;
            sum.push(piece);
        }
        let mut runs = sum.runs.into_iter().rev().map(|run| run.numbers);
        let last = runs.next().filter(|_| end == count)?;
        Some(runs.fold(last, |sum, mut larger| {
            add(&mut larger, &sum);
            larger
        }))
    }
}

fn add(onto: &mut [f64], numbers: &[f64]) {
    onto.iter_mut().zip(numbers).for_each(|(sum, x)| *sum += x);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn term(at: usize) -> Vec<f64> {
        vec![(at as f64).sin() * 1e3_f64.powi((at % 5) as i32), 1.0 / (3.0 + at as f64)]
    }

    fn partials(terms: Range<usize>) -> Vec<Partial> {
        let mut sum = PairwiseSum::default();
        terms.for_each(|at| sum.add(at, term(at)));
        sum.into_partials()
    }

    #[test]
    fn a_sum_does_not_depend_on_where_it_is_cut() {
        for count in 1..40 {
            let whole = PairwiseSum::join(partials(0..count), count).unwrap();
            for first in 0..=count {
                for second in first..=count {
                    let pieces = [0..first, first..second, second..count].map(partials).concat();
                    assert_eq!(
                        PairwiseSum::join(pieces, count).as_ref(),
                        Some(&whole),
                        "{first} {second} {count}"
                    );
                }
            }
        }
    }

    /// Teeth: running sums of pieces do.
    #[test]
    fn a_running_sum_does() {
        let running = |terms: Range<usize>| terms.map(|at| term(at)[1]).sum::<f64>();
        let whole = running(0..39);
        assert!((0..39).any(|cut| running(0..cut) + running(cut..39) != whole));
    }

    #[test]
    fn a_piece_has_at_most_two_runs_of_each_length() {
        for range in [0..1000, 1..1000, 333..777, 511..513] {
            let found = partials(range.clone());
            for level in 0..12 {
                assert!(found.iter().filter(|run| run.level == level).count() <= 2, "{range:?}");
            }
        }
    }

    #[test]
    fn pieces_that_do_not_fit_are_no_sum() {
        let join = |pieces: &[Range<usize>], count| {
            PairwiseSum::join(pieces.iter().cloned().flat_map(partials), count)
        };
        assert!(join(&[0..3, 4..6], 6).is_none(), "a gap");
        assert!(join(&[0..3, 2..6], 6).is_none(), "an overlap");
        assert!(join(std::slice::from_ref(&(0..3)), 6).is_none(), "the end is missing");
        assert!(join(std::slice::from_ref(&(1..6)), 6).is_none(), "the beginning is missing");
        assert!(join(&[], 0).is_none(), "nothing");
        let far = Partial { level: 63, index: 7, numbers: vec![0.0] };
        assert!(PairwiseSum::join([far], 6).is_none());
        let longer = Partial { level: 0, index: 1, numbers: vec![0.0; 3] };
        assert!(PairwiseSum::join(partials(0..1).into_iter().chain([longer]), 2).is_none());
    }
}
