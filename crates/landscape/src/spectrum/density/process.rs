//! Lanczos processes of several probes side by side.

use nalgebra::DMatrix;

use super::Rule;
use crate::operator::SymmetricOperator;
use crate::spectrum::vectors::{add_scaled, divide, dot, fresh, norm, project_out};
use crate::spectrum::{SpectrumError, dense_eigen};

/// What keeps the Lanczos vectors orthogonal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reorthogonalization {
    /// Two passes of classical Gram-Schmidt against all vectors: `probes · steps` vectors are held.
    Full,
    /// The three-term recurrence alone: three vectors a probe are held, and no time is spent beside the products.
    ///
    /// Rounding then repeats converged nodes, sharing their weight among the copies: the rule is that of a measure within
    /// rounding of the probe's own (Greenbaum, Linear Algebra Appl. 113 (1989), 7-63), so the density is the same.
    None,
}

/// One probe's process.
struct Process {
    basis: Vec<f64>,
    diagonal: Vec<f64>,
    couplings: Vec<f64>,
    invariant: bool,
}

/// The rules of all probes, and the number of products.
pub(super) fn rules(
    operator: &dyn SymmetricOperator,
    probes: usize,
    steps: usize,
    reorthogonalization: Reorthogonalization,
    normal: &mut dyn FnMut() -> f64,
) -> Result<(Vec<Rule>, usize), SpectrumError> {
    let n = operator.dimension();
    let mut draws = 0;
    let mut processes = Vec::with_capacity(probes);
    for _ in 0..probes {
        let basis = fresh(&[], n, normal, &mut draws).ok_or(SpectrumError::Randomness)?;
        processes.push(Process { basis, diagonal: Vec::new(), couplings: Vec::new(), invariant: false });
    }
    let mut products = 0;
    for _ in 0..steps {
        let mut running: Vec<&mut Process> =
            processes.iter_mut().filter(|process| !process.invariant).collect();
        if running.is_empty() {
            break;
        }
        let mut block = Vec::with_capacity(running.len() * n);
        for process in &running {
            block.extend_from_slice(&process.basis[process.basis.len() - n..]);
        }
        let mut images = vec![0.0; block.len()];
        operator.apply_block(&block, &mut images)?;
        products += running.len();
        for (process, image) in running.iter_mut().zip(images.chunks_exact_mut(n)) {
            process.advance(image, reorthogonalization);
        }
    }
    Ok((processes.into_iter().map(Process::rule).collect::<Result<_, _>>()?, products))
}

impl Process {
    /// Takes the product with the last vector, and makes the next.
    fn advance(&mut self, w: &mut [f64], reorthogonalization: Reorthogonalization) {
        let n = w.len();
        let size = norm(w);
        let last = self.basis.len() - n;
        let diagonal = match reorthogonalization {
            Reorthogonalization::Full => {
                let first = project_out(&self.basis, w);
                let second = project_out(&self.basis, w);
                first.last().copied().unwrap_or(0.0) + second.last().copied().unwrap_or(0.0)
            }
            Reorthogonalization::None => {
                if let Some(coupling) = self.couplings.last() {
                    add_scaled(w, -coupling, &self.basis[last - n..last]);
                }
                let diagonal = dot(w, &self.basis[last..]);
                add_scaled(w, -diagonal, &self.basis[last..]);
                diagonal
            }
        };
        let length = norm(w);
        self.diagonal.push(diagonal);
        let scale =
            self.diagonal.iter().chain(&self.couplings).fold(size, |scale, entry| scale.max(entry.abs()));
        if self.diagonal.len() == n || length <= 8.0 * (n as f64).sqrt() * f64::EPSILON * scale {
            // Without reorthogonalization n steps do not make the space invariant: only a vanishing coupling does.
            self.invariant = reorthogonalization == Reorthogonalization::Full || self.diagonal.len() < n;
            return;
        }
        divide(w, length);
        self.couplings.push(length);
        if reorthogonalization == Reorthogonalization::None && last >= n {
            self.basis.drain(..n);
        }
        self.basis.extend_from_slice(w);
    }

    fn rule(self) -> Result<Rule, SpectrumError> {
        let steps = self.diagonal.len();
        let matrix = DMatrix::from_fn(steps, steps, |i, j| match i.abs_diff(j) {
            0 => self.diagonal[i],
            1 => self.couplings[i.min(j)],
            _ => 0.0,
        });
        let (nodes, vectors) = dense_eigen(matrix)?;
        let weights = vectors.row(0).iter().map(|first| first * first).collect();
        Ok(Rule { nodes, weights, exact: self.invariant })
    }
}
