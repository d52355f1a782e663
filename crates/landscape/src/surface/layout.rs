//! Which entries of a parameter vector belong together.

use std::ops::Range;

use super::SurfaceError;

/// How a tensor of parameters splits into filters, the incoming weights of one output unit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filters {
    /// Not at all: a bias, or the gain or shift of a normalization.
    None,
    /// So many runs of consecutive entries: a kernel `[outputs, inputs, …]`, or weights `[outputs, inputs]`.
    Leading(usize),
    /// Entry `k` belongs to filter `k mod count`: weights `[inputs, outputs]`, as burn's linear layers have them.
    Trailing(usize),
}

/// A parameter vector as the tensors that it is made of.
///
/// # Example
/// ```
/// use saddlepoint_landscape::surface::layout::{Filters, Layout};
///
/// let layer = Layout::new([(6, Filters::Trailing(3)), (3, Filters::None)])?;
/// assert_eq!((layer.dimension(), layer.filters().count()), (9, 3));
/// assert_eq!(layer.filters().nth(1).map(|filter| filter.collect()), Some(vec![1, 4]));
/// # Ok::<(), saddlepoint_landscape::surface::SurfaceError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    tensors: Vec<(Range<usize>, Filters)>,
}

impl Layout {
    /// Tensors one after the other: the size of each, and its filters.
    ///
    /// # Errors
    /// When a tensor does not split into so many filters of equal size.
    pub fn new(tensors: impl IntoIterator<Item = (usize, Filters)>) -> Result<Self, SurfaceError> {
        let mut end = 0;
        let mut ranges = Vec::new();
        for (tensor, (entries, filters)) in tensors.into_iter().enumerate() {
            if let Filters::Leading(count) | Filters::Trailing(count) = filters
                && (count == 0 || entries % count != 0)
            {
                return Err(SurfaceError::Filters { tensor, entries, filters: count });
            }
            ranges.push((end..end + entries, filters));
            end += entries;
        }
        Ok(Self { tensors: ranges })
    }

    /// The number of parameters.
    pub fn dimension(&self) -> usize {
        self.tensors.last().map_or(0, |(range, _)| range.end)
    }

    /// The entries of each tensor, and how it splits.
    pub fn tensors(&self) -> &[(Range<usize>, Filters)] {
        &self.tensors
    }

    /// The entries of each filter, tensor by tensor.
    pub fn filters(&self) -> impl Iterator<Item = std::iter::StepBy<Range<usize>>> {
        self.tensors.iter().flat_map(|(range, filters)| {
            let (count, size, stride) = match *filters {
                Filters::None => (0, 0, 1),
                Filters::Leading(count) => (count, range.len() / count, 1),
                Filters::Trailing(count) => (count, range.len(), count),
            };
            let start = range.start;
            (0..count).map(move |filter| match stride {
                1 => (start + filter * size..start + (filter + 1) * size).step_by(1),
                _ => (start + filter..start + size).step_by(stride),
            })
        })
    }

    /// The entries that belong to no filter.
    pub fn unfiltered(&self) -> impl Iterator<Item = usize> {
        self.tensors
            .iter()
            .filter(|(_, filters)| *filters == Filters::None)
            .flat_map(|(range, _)| range.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_has_one_place() {
        let layout = Layout::new([
            (12, Filters::Leading(3)),
            (3, Filters::None),
            (8, Filters::Trailing(2)),
            (5, Filters::Trailing(1)),
            (4, Filters::Trailing(4)),
        ])
        .unwrap();
        let mut seen: Vec<usize> = layout.filters().flatten().chain(layout.unfiltered()).collect();
        seen.sort_unstable();
        assert_eq!(seen, (0..layout.dimension()).collect::<Vec<_>>());
        let filters: Vec<Vec<usize>> = layout.filters().map(Iterator::collect).collect();
        assert_eq!(filters[1], [4, 5, 6, 7]);
        assert_eq!(filters[3], [15, 17, 19, 21]);
        assert_eq!(filters[5], [23, 24, 25, 26, 27]);
    }

    #[test]
    fn what_does_not_split_is_refused() {
        for filters in [Filters::Leading(0), Filters::Trailing(0), Filters::Leading(5)] {
            assert!(matches!(Layout::new([(4, filters)]), Err(SurfaceError::Filters { tensor: 0, .. })));
        }
        assert_eq!(Layout::new([]).unwrap().dimension(), 0);
    }
}
