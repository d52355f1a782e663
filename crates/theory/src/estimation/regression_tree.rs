//! Regression trees: piecewise constant fits whose cells are boxes that the data choose.

use nalgebra::DMatrix;

/// A binary tree of thresholds on coordinates, with the mean of the training targets in each leaf.
///
/// # Formula
/// A cell `C` is split at the coordinate `j` and the threshold `t` for which
/// $$\min_a \sum_{i\in C,\,x_{ij}\le t}(y_i-a)^2 + \min_b \sum_{i\in C,\,x_{ij}> t}(y_i-b)^2$$
/// is least. Thresholds are midpoints between neighbouring values; a cell is a leaf at the largest depth, with one example, with
/// equal targets, or where no coordinate tells examples apart. Among equally good splits the first coordinate and the lowest
/// threshold win, so that no random number is needed.
///
/// # Reference
/// Breiman, Friedman, Olshen, Stone, *Classification and regression trees* (1984), section 8.4.
///
/// # Example
/// ```
/// use nalgebra::dmatrix;
/// use saddlepoint_theory::estimation::regression_tree::RegressionTree;
///
/// let tree = RegressionTree::fit(&dmatrix![0.0; 1.0; 2.0; 3.0], &[1.0, 1.0, 5.0, 7.0], Some(1))?;
/// assert_eq!((tree.value(&[1.4]), tree.value(&[1.6]), tree.leaves()), (1.0, 6.0, 2));
/// # Ok::<(), saddlepoint_theory::estimation::regression_tree::TreeError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct RegressionTree {
    /// The root first.
    nodes: Vec<Node>,
}

/// A cell.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Node {
    /// The value there.
    Leaf(f64),
    /// Which half: `x_j ≤ t` goes to the node `below`, the others to the next one.
    Split { coordinate: usize, threshold: f64, below: usize },
}

/// Why there is no tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// Nothing to learn from.
    #[error("a tree needs an example")]
    Empty,
    /// As many targets as examples are needed.
    #[error("{targets} targets for {examples} examples")]
    Targets {
        /// How many targets there are.
        targets: usize,
        /// How many examples.
        examples: usize,
    },
    /// A NaN or an infinity, or targets whose squares add up to one.
    #[error("inputs and targets must be finite, and so must the sum of squared targets")]
    NotFinite,
}

impl RegressionTree {
    /// Grows a tree to a depth, or where none is given until every leaf is pure.
    ///
    /// # Shapes
    /// One example a row of `inputs`, one target each.
    ///
    /// # Errors
    /// When there is no example, targets do not fit, or a number is not finite.
    pub fn fit(inputs: &DMatrix<f64>, targets: &[f64], depth: Option<usize>) -> Result<Self, TreeError> {
        let examples = inputs.nrows();
        if examples == 0 {
            return Err(TreeError::Empty);
        }
        if targets.len() != examples {
            return Err(TreeError::Targets { targets: targets.len(), examples });
        }
        // Twice the bound of what is added up below, with room for the shift to means.
        let squares = 8.0 * targets.iter().map(|y| y * y).sum::<f64>() * examples as f64;
        if !squares.is_finite() || inputs.iter().any(|x| !x.is_finite()) {
            return Err(TreeError::NotFinite);
        }
        let mut nodes = vec![Node::Leaf(0.0)];
        let mut open = vec![(0, (0..examples).collect::<Vec<usize>>(), 0)];
        while let Some((place, members, level)) = open.pop() {
            let mean = members.iter().map(|&i| targets[i]).sum::<f64>() / members.len() as f64;
            let split = match depth {
                Some(most) if level >= most => None,
                _ => best_split(inputs, targets, &members, mean),
            };
            let Some((coordinate, threshold)) = split else {
                nodes[place] = Node::Leaf(mean);
                continue;
            };
            let (low, high) = members.into_iter().partition(|&i| inputs[(i, coordinate)] <= threshold);
            let below = nodes.len();
            nodes[place] = Node::Split { coordinate, threshold, below };
            nodes.extend([Node::Leaf(0.0); 2]);
            open.extend([(below, low, level + 1), (below + 1, high, level + 1)]);
        }
        Ok(Self { nodes })
    }

    /// The fitted value at a point; coordinates that are missing count as above every threshold.
    pub fn value(&self, point: &[f64]) -> f64 {
        let mut node = self.nodes[0];
        loop {
            match node {
                Node::Leaf(value) => return value,
                Node::Split { coordinate, threshold, below } => {
                    let low = point.get(coordinate).is_some_and(|&x| x <= threshold);
                    node = self.nodes[if low { below } else { below + 1 }];
                }
            }
        }
    }

    /// The number of leaves: of numbers that were fitted.
    pub fn leaves(&self) -> usize {
        self.nodes.len().div_ceil(2)
    }
}

/// The coordinate and the threshold with the least sum of squares.
fn best_split(inputs: &DMatrix<f64>, targets: &[f64], members: &[usize], mean: f64) -> Option<(usize, f64)> {
    if members.iter().all(|&i| targets[i] == targets[members[0]]) {
        return None;
    }
    let total: f64 = members.iter().map(|&i| targets[i] - mean).sum();
    let mut best: Option<(f64, usize, f64)> = None;
    for coordinate in 0..inputs.ncols() {
        let mut sorted = members.to_vec();
        sorted.sort_by(|&a, &b| inputs[(a, coordinate)].total_cmp(&inputs[(b, coordinate)]));
        let mut sum = 0.0;
        for (count, pair) in (1..).zip(sorted.windows(2)) {
            sum += targets[pair[0]] - mean;
            let (low, high) = (inputs[(pair[0], coordinate)], inputs[(pair[1], coordinate)]);
            if low < high {
                // What the split takes off the sum of squares: every value around its half's mean.
                let (below, above) = (f64::from(count), members.len() as f64 - f64::from(count));
                let gain = sum * sum / below + (total - sum) * (total - sum) / above;
                if best.is_none_or(|(most, ..)| gain > most) {
                    let middle = f64::midpoint(low, high);
                    best = Some((gain, coordinate, if middle < high { middle } else { low }));
                }
            }
        }
    }
    best.map(|(_, coordinate, threshold)| (coordinate, threshold))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_makes_no_tree_is_refused() {
        let one = DMatrix::from_element(1, 1, 0.0);
        assert_eq!(RegressionTree::fit(&DMatrix::zeros(0, 1), &[], None), Err(TreeError::Empty));
        let unfit = TreeError::Targets { targets: 2, examples: 1 };
        assert_eq!(RegressionTree::fit(&one, &[1.0, 2.0], None), Err(unfit));
        for wrong in [f64::NAN, f64::INFINITY, 1e200] {
            assert_eq!(RegressionTree::fit(&one, &[wrong], None), Err(TreeError::NotFinite));
        }
        assert_eq!(RegressionTree::fit(&(one * f64::NAN), &[0.0], None), Err(TreeError::NotFinite));
    }

    #[test]
    fn the_better_coordinate_is_split_first() {
        let inputs = DMatrix::from_row_slice(4, 2, &[0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0]);
        let tree = RegressionTree::fit(&inputs, &[0.0, 10.0, 1.0, 11.0], Some(1)).unwrap();
        assert_eq!([tree.value(&[0.3, 0.2]), tree.value(&[0.3, 0.8])], [0.5, 10.5]);
    }

    #[test]
    fn a_threshold_between_neighbouring_floats_separates_them() {
        let (low, high) = (1.0, 1.0f64.next_up());
        let tree =
            RegressionTree::fit(&DMatrix::from_row_slice(2, 1, &[low, high]), &[2.0, 3.0], None).unwrap();
        assert_eq!([tree.value(&[low]), tree.value(&[high])], [2.0, 3.0]);
    }

    proptest! {
        #[test]
        fn any_bits_are_fitted_or_refused(bits in prop::collection::vec(any::<u64>(), 12), depth in prop::option::of(0usize..4)) {
            let numbers: Vec<f64> = bits.into_iter().map(f64::from_bits).collect();
            if let Ok(tree) = RegressionTree::fit(&DMatrix::from_row_slice(4, 2, &numbers[..8]), &numbers[8..], depth) {
                prop_assert!(tree.value(&numbers[..2]).is_finite());
            }
        }
    }
}
