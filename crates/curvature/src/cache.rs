//! What is derived from a program once, when it is first asked for.

use std::fmt;
use std::sync::{Arc, OnceLock};

use crate::differentiate::Derivative;
use crate::execute::Machine;
use crate::program::Program;

/// A program's constants on the CPU engine, and its derivative.
#[derive(Clone, Default)]
pub(crate) struct Cache {
    machine: OnceLock<Arc<dyn Machine>>,
    derivative: OnceLock<Arc<Derivative>>,
}

impl Cache {
    pub(crate) fn machine(&self, program: &Program) -> Arc<dyn Machine> {
        self.machine.get_or_init(|| crate::linearize::cpu(program)).clone()
    }

    /// The derivative of the gradient along all parameters.
    pub(crate) fn derivative(&self, program: &Program) -> Arc<Derivative> {
        let derivative =
            || Derivative::new(&program.graph, &program.parameters, &program.gradient, &program.parameters);
        self.derivative.get_or_init(|| Arc::new(derivative())).clone()
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache").finish_non_exhaustive()
    }
}
