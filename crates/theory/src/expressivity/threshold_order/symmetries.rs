//! Generators of groups of permutations, for [`BooleanFunction::order`].

use std::collections::VecDeque;

use super::{BooleanFunction, OrderError};

/// All permutations of `n` variables: a transposition and a cycle.
pub fn all(n: usize) -> Vec<Vec<usize>> {
    if n < 2 {
        return Vec::new();
    }
    let swap = (0..n).map(|i| if i < 2 { 1 - i } else { i }).collect();
    vec![swap, (0..n).map(|i| (i + 1) % n).collect()]
}

/// The symmetries of a grid whose cell `(r, c)` is variable `r · columns + c`: two reflections, and where it is
/// square the exchange of rows and columns.
pub fn grid(rows: usize, columns: usize) -> Vec<Vec<usize>> {
    let map = |image: &dyn Fn(usize, usize) -> usize| -> Vec<usize> {
        (0..rows * columns).map(|cell| image(cell / columns, cell % columns)).collect()
    };
    let mut generators =
        vec![map(&|r, c| (rows - 1 - r) * columns + c), map(&|r, c| r * columns + columns - 1 - c)];
    if rows == columns {
        generators.push(map(&|r, c| c * columns + r));
    }
    generators
}

impl BooleanFunction {
    /// The orbits of the points under the group that the symmetries generate, each with its first member in front.
    pub(super) fn orbits(&self, symmetries: &[Vec<usize>]) -> Result<Vec<Vec<usize>>, OrderError> {
        for (index, symmetry) in symmetries.iter().enumerate() {
            let mut sorted = symmetry.clone();
            sorted.sort_unstable();
            if !sorted.into_iter().eq(0..self.variables) {
                return Err(OrderError::NoPermutation { index });
            }
        }
        let mut seen = vec![false; self.values.len()];
        let mut orbits = Vec::new();
        for first in 0..self.values.len() {
            if seen[first] {
                continue;
            }
            seen[first] = true;
            let (mut orbit, mut queue) = (vec![first], VecDeque::from([first]));
            while let Some(point) = queue.pop_front() {
                for (index, symmetry) in symmetries.iter().enumerate() {
                    let moved = (0..self.variables).fold(0, |moved, i| moved | (point >> i & 1) << symmetry[i]);
                    if self.values[moved] != self.values[point] {
                        return Err(OrderError::NotInvariant { index, point });
                    }
                    if !seen[moved] {
                        seen[moved] = true;
                        orbit.push(moved);
                        queue.push_back(moved);
                    }
                }
            }
            orbits.push(orbit);
        }
        Ok(orbits)
    }
}
