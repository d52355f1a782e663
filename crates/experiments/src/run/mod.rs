//! From claims to verdicts: plan, execute, record, assess.
//!
//! ```text
//! claims ──plan──▶ tasks ──execute──▶ records ──assess──▶ verdicts, report
//! ```
//!
//! A task is known by the hash of everything that its outcome may depend on. Its record is a file of its own,
//! written under another name and renamed, so a run that is killed at any moment resumes with what was
//! finished, and two runs in one folder at worst compute the same bytes twice. Verdicts are never stored state:
//! they follow from the records.

mod assess;
mod costs;
mod diff;
pub mod engine;
mod execute;
mod manifest;
mod plan;
mod record;
mod results;
mod store;

pub use assess::{Assessment, assess};
pub use costs::table as table_of_costs;
pub use diff::{Difference, diff};
pub use execute::{Execution, Settings, Watch, execute};
pub(crate) use manifest::timings;
pub use manifest::{Machine, Manifest};
pub use plan::{Plan, PlannedTask, Selection, State};
pub use record::{Computer, Identity, Record};
pub use results::write_results;
pub use store::{Found, Store, StoreError, write_atomically};

use crate::claim::Unreadable;
use crate::claims::UnknownClaim;

/// Why a run cannot be planned, executed or assessed.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A claim was named that does not exist.
    #[error(transparent)]
    UnknownClaim(#[from] UnknownClaim),
    /// A selection that leaves nothing.
    #[error("no claim is selected: {0}")]
    NothingSelected(String),
    /// The run folder cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A record does not fit its claim.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// The engine takes no tasks.
    #[error(transparent)]
    Engine(#[from] engine::EngineError),
    /// A worker's tasks are not there.
    #[error(transparent)]
    Tasks(#[from] engine::TasksError),
    /// The device cannot be opened.
    #[error(transparent)]
    Device(#[from] saddlepoint_models::device::DeviceError),
}
