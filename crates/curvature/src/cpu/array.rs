//! Strided arrays that share their buffers, and a store that buffers return to.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

/// Buffers that are free, by length: a program asks for the same lengths at each run.
pub(crate) struct Store<E> {
    free: Mutex<HashMap<usize, Vec<Vec<E>>>>,
}

impl<E> Default for Store<E> {
    fn default() -> Self {
        Self { free: Mutex::new(HashMap::new()) }
    }
}

impl<E: Copy + Default> Store<E> {
    /// A buffer with numbers of no meaning.
    pub(crate) fn take(&self, length: usize) -> Vec<E> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let buffer = free.get_mut(&length).and_then(Vec::pop);
        drop(free);
        buffer.unwrap_or_else(|| vec![E::default(); length])
    }

    fn put(&self, buffer: Vec<E>) {
        self.free.lock().unwrap_or_else(PoisonError::into_inner).entry(buffer.len()).or_default().push(buffer);
    }
}

/// Numbers that go back to their store when nobody reads them any more.
pub(crate) struct Buffer<E: Copy + Default> {
    numbers: Vec<E>,
    home: Option<Arc<Store<E>>>,
}

impl<E: Copy + Default> Deref for Buffer<E> {
    type Target = [E];

    fn deref(&self) -> &[E] {
        &self.numbers
    }
}

impl<E: Copy + Default> Drop for Buffer<E> {
    fn drop(&mut self) {
        if let Some(home) = &self.home {
            home.put(std::mem::take(&mut self.numbers));
        }
    }
}

/// An array in row-major order, or a view of one: entry `i` stands at `offset + Σ i_d strides_d`.
#[derive(Clone)]
pub(crate) struct Array<E: Copy + Default> {
    data: Arc<Buffer<E>>,
    offset: usize,
    pub(crate) shape: Vec<usize>,
    pub(crate) strides: Vec<usize>,
}

/// The strides of an array whose entries stand in row-major order without gaps.
fn row_major(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis] * shape[axis];
    }
    strides
}

impl<E: Copy + Default> Array<E> {
    /// An array that keeps its buffer for itself.
    pub(crate) fn new(numbers: Vec<E>, shape: &[usize]) -> Self {
        Self::in_store(numbers, shape, None)
    }

    /// An array whose buffer goes back to a store.
    pub(crate) fn in_store(numbers: Vec<E>, shape: &[usize], home: Option<Arc<Store<E>>>) -> Self {
        debug_assert_eq!(numbers.len(), shape.iter().product::<usize>());
        let data = Arc::new(Buffer { numbers, home });
        Self { data, offset: 0, shape: shape.to_vec(), strides: row_major(shape) }
    }

    pub(crate) fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// The buffer from the first entry on.
    pub(crate) fn tail(&self) -> &[E] {
        &self.data[self.offset.min(self.data.len())..]
    }

    pub(crate) fn is_row_major(&self) -> bool {
        let mut expected = 1;
        self.shape.iter().zip(&self.strides).rev().all(|(&size, &stride)| {
            let fits = size == 1 || stride == expected;
            expected *= size;
            fits
        })
    }

    /// The entries of an array that stand in row-major order.
    pub(crate) fn entries(&self) -> &[E] {
        debug_assert!(self.is_row_major());
        &self.tail()[..self.len()]
    }

    /// The buffer to write on, if nobody else reads it and its entries stand in row-major order.
    pub(crate) fn slice_mut(&mut self) -> Option<&mut [E]> {
        let (whole, length) = (self.offset == 0 && self.is_row_major(), self.len());
        Arc::get_mut(&mut self.data)
            .filter(|data| whole && data.numbers.len() == length)
            .map(|data| data.numbers.as_mut_slice())
    }

    /// The entries of an array that stand in row-major order, in another shape.
    pub(crate) fn reshaped(&self, shape: &[usize]) -> Self {
        debug_assert!(self.is_row_major());
        Self { strides: row_major(shape), shape: shape.to_vec(), ..self.clone() }
    }

    /// Repeated along dimensions of length one, and along new ones in front.
    pub(crate) fn expanded(&self, shape: &[usize]) -> Self {
        let new = shape.len() - self.shape.len();
        let strides = shape.iter().enumerate().map(|(axis, &size)| match axis.checked_sub(new) {
            Some(old) if self.shape[old] == size => self.strides[old],
            _ => 0,
        });
        Self { strides: strides.collect(), shape: shape.to_vec(), ..self.clone() }
    }

    pub(crate) fn permuted(&self, axes: &[usize]) -> Self {
        let pick = |of: &[usize]| axes.iter().map(|&axis| of[axis]).collect();
        Self { strides: pick(&self.strides), shape: pick(&self.shape), ..self.clone() }
    }

    /// The entries from `starts` on, in a smaller shape.
    pub(crate) fn window(&self, starts: &[usize], shape: &[usize]) -> Self {
        let moved: usize = starts.iter().zip(&self.strides).map(|(start, stride)| start * stride).sum();
        Self { offset: self.offset + moved, shape: shape.to_vec(), ..self.clone() }
    }

    /// Bytes of the buffer.
    pub(crate) fn bytes(&self) -> usize {
        self.data.len() * size_of::<E>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_share_the_buffer() {
        let a = Array::new((0..6).collect::<Vec<i64>>(), &[2, 3]);
        let t = a.permuted(&[1, 0]);
        assert_eq!((t.shape.as_slice(), t.strides.as_slice()), ([3, 2].as_slice(), [1, 3].as_slice()));
        assert!(!t.is_row_major());
        assert_eq!(a.reshaped(&[6]).entries(), [0, 1, 2, 3, 4, 5]);
        let w = a.window(&[1, 1], &[1, 2]);
        assert_eq!(w.entries(), [4, 5]);
        assert_eq!(a.expanded(&[4, 2, 3]).strides, [0, 3, 1]);
    }

    #[test]
    fn a_buffer_returns_to_its_store() {
        let store = Arc::new(Store::<f64>::default());
        let at = |buffer: &Vec<f64>| buffer.as_ptr();
        let buffer = store.take(3);
        let place = at(&buffer);
        drop(Array::in_store(buffer, &[3], Some(Arc::clone(&store))));
        assert_eq!(at(&store.take(3)), place);
    }
}
