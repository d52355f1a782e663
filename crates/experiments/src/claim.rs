//! What a claim is: a statement that can fail, how to test it, and how to judge the result.
//!
//! A new claim is one file in [`crate::claims`]: a type that implements [`Claim`], listed once in
//! [`crate::claims::all`]. Its tasks and outcomes are plain serde values; the runner never looks inside.

use std::fmt::{self, Display};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use saddlepoint_models::data::{DataFolder, DataSet};
use saddlepoint_models::device::{Backend, Device, Precision};
use saddlepoint_models::risk::Engine;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::figure::Figure;
use crate::once::Once;
use crate::verdict::Judgement;

/// How a claim is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Deterministic: must agree to a stated tolerance.
    Exact,
    /// Monte Carlo with a statistical test.
    Statistical,
    /// Networks are trained.
    Training,
}

impl Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Kind::Exact => "exact",
            Kind::Statistical => "statistical",
            Kind::Training => "training",
        })
    }
}

/// How much to compute.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, clap::ValueEnum,
)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// Seconds: every claim once, small (what CI runs).
    Smoke,
    /// Minutes: the settings of the catalogue.
    #[default]
    Quick,
    /// Hours: the settings of the papers.
    Paper,
}

impl Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Profile::Smoke => "smoke",
            Profile::Quick => "quick",
            Profile::Paper => "paper",
        })
    }
}

impl FromStr for Profile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        <Self as clap::ValueEnum>::from_str(text, false)
    }
}

impl Profile {
    /// The value of this profile among three.
    pub fn pick<T>(self, smoke: T, quick: T, paper: T) -> T {
        match self {
            Profile::Smoke => smoke,
            Profile::Quick => quick,
            Profile::Paper => paper,
        }
    }
}

/// Where a claim comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Source {
    /// Authors, year, title and the theorem's number, as one would cite it.
    pub citation: &'static str,
    /// arXiv identifier or DOI, if there is one.
    pub identifier: Option<&'static str>,
}

/// The identity card of a claim: everything about it that does not depend on a run.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Card {
    /// The stem by which the claim is known everywhere, in kebab-case. False statements that are refuted on
    /// purpose end in `-negative`.
    pub id: &'static str,
    /// Raised whenever code or settings change what a task computes: old records are then not reused.
    pub version: u32,
    /// One line, plain text.
    pub title: &'static str,
    /// The statement: plain text with TeX between `$…$` and `$$…$$`; paragraphs are split by blank lines.
    pub statement: &'static str,
    /// Where it comes from.
    pub sources: &'static [Source],
    /// What must hold for the statement to apply, one hypothesis an entry, same markup as the statement.
    pub hypotheses: &'static [&'static str],
    /// Exact, statistical or training.
    pub kind: Kind,
    /// Words to select by: `optimization`, `landscape`, `generalization`, `expressivity` …
    pub tags: &'static [&'static str],
    /// Data sets that its tasks read.
    pub data: &'static [DataSet],
    /// The floating-point type of its networks; claims without a network compute in f64 and say `None`.
    pub network: Option<Precision>,
}

/// A task and what came of it.
#[derive(Debug, Clone)]
pub struct Evidence<T, O> {
    /// The task's parameters.
    pub task: T,
    /// What was measured.
    pub outcome: O,
}

/// Any error of a task. [`Interrupted`] is the one that the runner treats differently.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The run was interrupted; nothing is recorded for the task.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("interrupted")]
pub struct Interrupted;

/// A statement that can fail.
///
/// `run` must depend on nothing but the task and the lab: the same task gives the same outcome, bit for bit.
pub trait Claim: Send + Sync + 'static {
    /// Everything about the claim that does not depend on a run.
    const CARD: Card;

    /// Whether its networks are small dense ones that compute natively unless a backend is named: the claim asks for
    /// [`Lab::engine`] where another asks for [`Lab::device`].
    const NATIVE: bool = false;

    /// Parameters of one task, its seed included.
    type Task: Serialize + DeserializeOwned + Clone + Send + Sync;

    /// What one task measures. Keep raw material for the plots in it: judging and plotting never run again.
    type Outcome: Serialize + DeserializeOwned + Send;

    /// The tasks of a profile. `seed` is the run's base seed (0 unless `--seed` says otherwise); claims that
    /// draw random numbers give each task a seed that starts there.
    fn plan(profile: Profile, seed: u64) -> Vec<Self::Task>;

    /// Runs one task.
    ///
    /// # Errors
    /// Whatever keeps the task from being measured. A measurement that contradicts the claim is no error.
    fn run(task: &Self::Task, lab: &Lab) -> Result<Self::Outcome, Failure>;

    /// Judges all tasks of a plan together; acceptance criteria are fixed here, before any run.
    fn judge(evidence: &[Evidence<Self::Task, Self::Outcome>]) -> Judgement;

    /// Plots for the report.
    fn figures(evidence: &[Evidence<Self::Task, Self::Outcome>]) -> Vec<Figure> {
        let _ = evidence;
        Vec::new()
    }
}

/// What a task may use: the device, the data, and a look at whether the run goes on.
#[derive(Debug, Clone)]
pub struct Lab {
    backend: Option<Backend>,
    data: DataFolder,
    stop: Arc<AtomicBool>,
    once: Once,
}

impl Lab {
    /// A lab on the backend that was named, if one was, with data sets that are not embedded read from `data`,
    /// stopped by `stop`.
    pub fn new(backend: impl Into<Option<Backend>>, data: Option<PathBuf>, stop: Arc<AtomicBool>) -> Self {
        Self { backend: backend.into(), data: DataFolder::new(data), stop, once: Once::default() }
    }

    /// A lab for tests and examples: no backend named, embedded data only, never interrupted.
    pub fn bench() -> Self {
        Self::new(None, None, Arc::default())
    }

    /// The backend on which burn's networks run.
    pub fn backend(&self) -> Backend {
        self.backend.unwrap_or_default()
    }

    /// What computes small dense networks: the backend that was named, or else native loops.
    ///
    /// # Errors
    /// As for [`device`](Self::device), where a backend was named.
    pub fn engine(&self) -> Result<Engine, Failure> {
        Ok(match self.backend {
            Some(backend) => Engine::Burn(Device::open(backend)?),
            None => Engine::Native,
        })
    }

    /// The precision in which networks run where `wanted` is asked for: f32 on a backend that has no other.
    pub fn precision(&self, wanted: Precision) -> Precision {
        self.backend().precision(wanted)
    }

    /// Opens the device.
    ///
    /// # Errors
    /// When the backend is not compiled in or this machine has no such device.
    pub fn device(&self) -> Result<Device, Failure> {
        Ok(Device::open(self.backend())?)
    }

    /// Where data sets are read from.
    pub fn data(&self) -> &DataFolder {
        &self.data
    }

    /// What tasks of this lab share, as long as it exists: values that depend on their name alone.
    pub fn once(&self) -> &Once {
        &self.once
    }

    /// The same as a watcher of training, which ends it at the next step.
    pub fn watch(&self) -> impl FnMut(usize) -> ControlFlow<()> + '_ {
        |_| if self.go_on().is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }

    /// Fails if the run was interrupted. Long tasks call it every few milliseconds.
    ///
    /// # Errors
    /// [`Interrupted`], exactly then.
    pub fn go_on(&self) -> Result<(), Interrupted> {
        if self.stop.load(Ordering::Relaxed) { Err(Interrupted) } else { Ok(()) }
    }
}

/// A task or outcome that does not have the shape that the claim expects.
#[derive(Debug, thiserror::Error)]
#[error("{claim}: {what} does not read back: {source}")]
pub struct Unreadable {
    claim: &'static str,
    what: &'static str,
    source: serde_json::Error,
}

/// A [`Claim`] whose tasks and outcomes are JSON values: what the runner works with.
pub trait AnyClaim: Send + Sync {
    /// See [`Claim::CARD`].
    fn card(&self) -> &'static Card;

    /// See [`Claim::NATIVE`].
    fn native(&self) -> bool;

    /// See [`Claim::plan`].
    ///
    /// # Errors
    /// When a task cannot be written as JSON.
    fn plan(&self, profile: Profile, seed: u64) -> Result<Vec<serde_json::Value>, Unreadable>;

    /// See [`Claim::run`].
    ///
    /// # Errors
    /// The task's own, or [`Unreadable`].
    fn run(&self, task: &serde_json::Value, lab: &Lab) -> Result<serde_json::Value, Failure>;

    /// See [`Claim::judge`] and [`Claim::figures`], over `(task, outcome)` pairs in plan order.
    ///
    /// # Errors
    /// When a task or an outcome does not read back.
    fn conclude(
        &self,
        evidence: &[(serde_json::Value, serde_json::Value)],
    ) -> Result<(Judgement, Vec<Figure>), Unreadable>;
}

/// Makes an [`AnyClaim`] of a [`Claim`].
#[derive(Debug, Clone, Copy, Default)]
pub struct Erased<C>(std::marker::PhantomData<fn() -> C>);

impl<C> Erased<C> {
    /// The one value of this type.
    pub const fn new() -> Self {
        Self(std::marker::PhantomData)
    }
}

impl<C: Claim> AnyClaim for Erased<C> {
    fn card(&self) -> &'static Card {
        const { &C::CARD }
    }

    fn native(&self) -> bool {
        C::NATIVE
    }

    fn plan(&self, profile: Profile, seed: u64) -> Result<Vec<serde_json::Value>, Unreadable> {
        C::plan(profile, seed)
            .iter()
            .map(serde_json::to_value)
            .collect::<Result<_, _>>()
            .map_err(|source| Unreadable { claim: C::CARD.id, what: "a task", source })
    }

    fn run(&self, task: &serde_json::Value, lab: &Lab) -> Result<serde_json::Value, Failure> {
        let unreadable = |what| move |source| Unreadable { claim: C::CARD.id, what, source };
        let task = C::Task::deserialize(task).map_err(unreadable("a task"))?;
        let outcome = C::run(&task, lab)?;
        Ok(serde_json::to_value(outcome).map_err(unreadable("an outcome"))?)
    }

    fn conclude(
        &self,
        evidence: &[(serde_json::Value, serde_json::Value)],
    ) -> Result<(Judgement, Vec<Figure>), Unreadable> {
        let unreadable = |what| move |source| Unreadable { claim: C::CARD.id, what, source };
        let evidence = evidence
            .iter()
            .map(|(task, outcome)| {
                Ok(Evidence {
                    task: C::Task::deserialize(task).map_err(unreadable("a task"))?,
                    outcome: C::Outcome::deserialize(outcome).map_err(unreadable("an outcome"))?,
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        Ok((C::judge(&evidence), C::figures(&evidence)))
    }
}
