//! Lanczos processes of several probes side by side.

use serde::{Deserialize, Serialize};

use super::{Density, Jacobi, Rule};
use crate::operator::SymmetricOperator;
use crate::spectrum::gram_schmidt::{fresh, orthogonalize};
use crate::spectrum::vectors::{add_scaled_dot, add_scaled_norm, divide};
use crate::spectrum::{SpectrumError, count};

/// What keeps the Lanczos vectors orthogonal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reorthogonalization {
    /// Nothing: the three-term recurrence alone. Three vectors a probe are held, and three passes over them made a step.
    ///
    /// Rounding then repeats converged nodes and shares their weight among the copies. The rule stays accurate: what is
    /// computed is the Gauss rule of a measure that has its mass within tiny intervals around the eigenvalues of `A`, each
    /// with nearly the weight that the probe gives the eigenvalue (Greenbaum), and integrals of Chebyshev polynomials on the
    /// spectrum, slightly widened, are exact below degree `2m` up to a small power of `m` times rounding (Knizhnerman). Only
    /// convergence is later: steps spent on copies resolve nothing new.
    None,
    /// Gram-Schmidt against all vectors, repeated where needed: `steps` vectors a probe are held and read twice a step.
    Full,
}

/// Stochastic Lanczos quadrature: `steps` products from each of `probes` random unit vectors.
///
/// # Reference
/// Golub and Meurant, Matrices, Moments and Quadrature (2010), chapters 6 and 7; Ubaru, Chen and Saad, SIAM J. Matrix
/// Anal. Appl. 38 (2017), 1075-1099; Lin, Saad and Yang, SIAM Review 58 (2016), 34-65. Without reorthogonalization:
/// Greenbaum, Linear Algebra Appl. 113 (1989), 7-63; Knizhnerman, Comput. Math. Math. Phys. 36 (1996), 1481-1492; Chen,
/// The Lanczos algorithm for matrix functions: a handbook for scientists (2024).
///
/// # Example
/// ```
/// use nalgebra::{DMatrix, dvector};
/// use saddlepoint_landscape::operator::Dense;
/// use saddlepoint_landscape::spectrum::density::StochasticLanczos;
///
/// let a = Dense::new(DMatrix::from_diagonal(&dvector![1.0, 1.0, 4.0, 4.0]))?;
/// let mut flip = -1.0;
/// let density = StochasticLanczos::new(3, 10)?.run(&a, &mut || { flip = -flip; flip })?;
/// assert!((density.log_determinant(0.0)?.value - 16f64.ln()).abs() < 1e-12);
/// assert!((density.cumulative(2.0, 0.95)?.value - 0.5).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StochasticLanczos {
    probes: usize,
    steps: usize,
    block: usize,
    reorthogonalization: Reorthogonalization,
}

impl StochasticLanczos {
    /// `steps` of the recurrence alone from each of `probes` vectors, ten of them side by side.
    ///
    /// # Errors
    /// When there are fewer than two probes (one alone has no error), or no step.
    pub fn new(probes: usize, steps: usize) -> Result<Self, SpectrumError> {
        count("the number of probes", probes, 2, usize::MAX)?;
        count("the number of steps", steps, 1, usize::MAX)?;
        Ok(Self { probes, steps, block: 10, reorthogonalization: Reorthogonalization::None })
    }

    /// Another way to keep the vectors orthogonal.
    #[must_use]
    pub fn with_reorthogonalization(self, reorthogonalization: Reorthogonalization) -> Self {
        Self { reorthogonalization, ..self }
    }

    /// Another number of probes side by side: memory against the cheaper products of larger blocks.
    ///
    /// # Errors
    /// When the block is empty.
    pub fn with_block(self, vectors: usize) -> Result<Self, SpectrumError> {
        count("the size of the block", vectors, 1, usize::MAX)?;
        Ok(Self { block: vectors, ..self })
    }

    /// Runs to the end.
    ///
    /// # Errors
    /// When the operator fails, or the generator gives no usable vector.
    pub fn run(
        &self,
        operator: &dyn SymmetricOperator,
        normal: &mut dyn FnMut() -> f64,
    ) -> Result<Density, SpectrumError> {
        let mut state = State::new(operator.dimension());
        while !self.step(operator, &mut state, normal)? {}
        Ok(Density { dimension: state.dimension, rules: state.rules, products: state.products })
    }

    /// One product for each probe that runs; true once the last rule is there.
    ///
    /// A saved state goes on with the same bits, if the generator is put where it was ([`State::draws`] counts).
    ///
    /// # Errors
    /// When the state does not fit the operator or these parameters, the operator fails, or the generator gives no usable
    /// vector; the state then is as good as before, but for the draws.
    pub fn step(
        &self,
        operator: &dyn SymmetricOperator,
        state: &mut State,
        normal: &mut dyn FnMut() -> f64,
    ) -> Result<bool, SpectrumError> {
        let n = operator.dimension();
        count("the dimension", n, 1, usize::MAX)?;
        state.check(n, self.reorthogonalization)?;
        if state.processes.is_empty() {
            if state.rules.len() >= self.probes {
                return Ok(true);
            }
            let mut block = Vec::new();
            for _ in 0..self.block.min(self.probes - state.rules.len()) {
                block.extend(fresh(&[], n, normal, &mut state.draws).ok_or(SpectrumError::Randomness)?);
            }
            state.processes = vec![Process::default(); block.len() / n];
            state.current = block;
            state.previous.clear();
        }
        state.advance(operator, self.steps.min(n), self.reorthogonalization)?;
        Ok(state.processes.is_empty() && state.rules.len() >= self.probes)
    }

    /// The density of the probes that are done.
    ///
    /// # Errors
    /// When fewer than two are.
    pub fn finish(&self, state: &State) -> Result<Density, SpectrumError> {
        count("the number of finished probes", state.rules.len(), 2, usize::MAX)?;
        Ok(Density { dimension: state.dimension, rules: state.rules.clone(), products: state.products })
    }
}

/// The rule of the spectral measure of one vector, which need not be a unit vector.
pub(super) fn rule_of(
    operator: &dyn SymmetricOperator,
    vector: &[f64],
    steps: usize,
    reorthogonalization: Reorthogonalization,
) -> Result<Rule, SpectrumError> {
    let n = operator.dimension();
    count("the dimension", n, 1, usize::MAX)?;
    count("the number of steps", steps, 1, usize::MAX)?;
    count("the number of entries of the vector", vector.len(), n, n)?;
    let length = crate::spectrum::vectors::norm(vector);
    if !(length > 0.0 && length.is_finite()) {
        return Err(SpectrumError::Parameter {
            what: "the length of the vector",
            low: 0.0,
            high: f64::INFINITY,
            found: length,
        });
    }
    let mut state = State { current: vector.to_vec(), processes: vec![Process::default()], ..State::new(n) };
    divide(&mut state.current, length);
    while state.rules.is_empty() {
        state.advance(operator, steps.min(n), reorthogonalization)?;
    }
    Ok(state.rules.swap_remove(0))
}

/// Processes between two products: everything needed to go on with the same bits.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct State {
    dimension: usize,
    rules: Vec<Rule>,
    /// The probes that run or wait for the last of their block.
    processes: Vec<Process>,
    /// The last vector of each process that runs, and the last but one.
    current: Vec<f64>,
    previous: Vec<f64>,
    products: usize,
    draws: usize,
    /// Room for the next products, kept because fresh memory costs a tenth of a pass.
    #[serde(skip)]
    room: Vec<f64>,
}

/// One probe's process.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Process {
    jacobi: Jacobi,
    /// All vectors, where they are to be kept orthogonal.
    basis: Vec<f64>,
    finished: bool,
    invariant: bool,
}

impl State {
    /// The state before the first product.
    pub fn new(dimension: usize) -> Self {
        Self {
            dimension,
            rules: Vec::new(),
            processes: Vec::new(),
            current: Vec::new(),
            previous: Vec::new(),
            products: 0,
            draws: 0,
            room: Vec::new(),
        }
    }

    /// Products spent.
    pub fn products(&self) -> usize {
        self.products
    }

    /// Normals drawn.
    pub fn draws(&self) -> usize {
        self.draws
    }

    /// The rules of the probes that are done.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    fn check(&self, n: usize, reorthogonalization: Reorthogonalization) -> Result<(), SpectrumError> {
        let running = || self.processes.iter().filter(|process| !process.finished);
        let steps = |process: &Process| process.jacobi.diagonal.len();
        let kept = |process: &Process| match reorthogonalization {
            Reorthogonalization::None => 0,
            Reorthogonalization::Full => steps(process) * n,
        };
        let later = running().any(|process| steps(process) > 0);
        let faults = [
            (self.dimension != n, "its dimension is another"),
            (
                self.current.len() != running().count() * n
                    || later && self.previous.len() != self.current.len(),
                "it has another number of vectors than of running processes",
            ),
            (
                running().any(|process| process.basis.len() != kept(process)),
                "its vectors are kept in another way than asked for",
            ),
            (
                self.processes.iter().any(|process| process.jacobi.couplings.len() != steps(process)),
                "its matrix has another number of entries",
            ),
        ];
        match faults.into_iter().find(|(fault, _)| *fault) {
            Some((_, what)) => Err(SpectrumError::State { what }),
            None => Ok(()),
        }
    }

    /// One product for each process that runs.
    fn advance(
        &mut self,
        operator: &dyn SymmetricOperator,
        steps: usize,
        reorthogonalization: Reorthogonalization,
    ) -> Result<(), SpectrumError> {
        let n = self.dimension;
        let mut next = std::mem::take(&mut self.room);
        next.resize(self.current.len(), 0.0);
        operator.apply_block(&self.current, &mut next)?;
        self.products += self.current.len() / n;
        let running = self.processes.iter_mut().filter(|process| !process.finished);
        let mut finished = Vec::new();
        for (i, process) in running.enumerate() {
            let slot = i * n..(i + 1) * n;
            process.advance(
                &mut next[slot.clone()],
                &self.current[slot.clone()],
                self.previous.get(slot.clone()).unwrap_or_default(),
                steps,
                reorthogonalization,
            );
            if process.finished {
                finished.push(slot);
            }
        }
        self.room = std::mem::replace(&mut self.previous, std::mem::replace(&mut self.current, next));
        for slot in finished.into_iter().rev() {
            self.current.drain(slot.clone());
            self.previous.drain(slot);
        }
        if self.current.is_empty() {
            for process in self.processes.drain(..) {
                self.rules.push(Rule::from_jacobi(process.jacobi, n, process.invariant)?);
            }
        }
        Ok(())
    }
}

impl Process {
    /// Takes the product `w` with the last vector `v`, and turns it into the next.
    fn advance(
        &mut self,
        w: &mut [f64],
        v: &[f64],
        previous: &[f64],
        steps: usize,
        reorthogonalization: Reorthogonalization,
    ) {
        let n = w.len();
        let coupling = self.jacobi.couplings.last().copied().unwrap_or(0.0);
        let (diagonal, length) = match reorthogonalization {
            Reorthogonalization::Full => {
                let taken = self.jacobi.diagonal.len();
                self.basis.extend_from_slice(v);
                let (components, lengths) = orthogonalize(&self.basis, n, taken.saturating_sub(1), w);
                (components[taken], lengths[0])
            }
            Reorthogonalization::None => {
                // The order of the two subtractions is the one that Paige (1972) shows to be stable.
                let diagonal = if coupling > 0.0 {
                    add_scaled_dot(w, -coupling, previous, v)
                } else {
                    crate::spectrum::vectors::dot(w, v)
                };
                (diagonal, add_scaled_norm(w, -diagonal, v))
            }
        };
        let jacobi = &mut self.jacobi;
        jacobi.diagonal.push(diagonal);
        let taken = jacobi.diagonal.len();
        let scale =
            jacobi.diagonal.iter().chain(&jacobi.couplings).fold(length, |scale, entry| scale.max(entry.abs()));
        let vanishes = length <= 8.0 * (n as f64).sqrt() * f64::EPSILON * scale;
        // Without reorthogonalization n steps do not make the space invariant: only a vanishing coupling does.
        self.invariant = vanishes || reorthogonalization == Reorthogonalization::Full && taken == n;
        self.finished = self.invariant || taken == steps;
        jacobi.couplings.push(if self.invariant { 0.0 } else { length });
        if !self.finished {
            divide(w, length);
        }
    }
}
