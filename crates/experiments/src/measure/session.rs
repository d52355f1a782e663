//! A measurement in a folder: what is done is kept, and not done again.

use std::path::Path;
use std::time::{Duration, Instant};

use saddlepoint_models::data::{Collection, hexadecimal};
use saddlepoint_models::device::Backend;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::instruments::Instrument;
use super::measurement::Part;
use super::quantity::Findings;
use super::subject::Subject;
use crate::claim::{Failure, Interrupted};
use crate::run::{Computer, Found, Identity, Record, Store, StoreError};

/// Who is told how a measurement goes on.
pub trait Watch: Sync {
    /// An instrument begins; `estimate` is how long it will take.
    fn begins(&self, checkpoint: &str, instrument: &dyn Instrument, estimate: Duration);

    /// It has done so much of its work, from 0 to 1.
    fn at(&self, done: f64);

    /// It is done.
    fn ends(&self, part: &Part);
}

/// A measurement that keeps its parts in a folder.
#[derive(Debug, Clone)]
pub struct Session {
    store: Store,
    /// What the numbers depend on beside checkpoint and instrument.
    network: String,
    backend: Backend,
}

impl Session {
    /// A measurement in `folder` of the network that the bytes `network` describe.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn open(folder: &Path, network: &[u8], backend: Backend) -> Result<Self, StoreError> {
        let store = Store::new(folder);
        store.open()?;
        Ok(Self { store, network: hexadecimal(&Sha256::digest(network)), backend })
    }

    /// The SHA-256 of the network.
    pub fn network(&self) -> &str {
        &self.network
    }

    /// The folder.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// A network at one moment, of which instruments are to find something; `name` is what it is called.
    pub fn moment<'a>(&'a self, name: &'a str, subject: &'a Subject<'a>, watch: &'a dyn Watch) -> Moment<'a> {
        Moment { session: self, name, subject, watch, identity: self.identity(subject), rates: None }
    }

    /// What the parts of a subject depend on beside the instrument. It hashes the weights: once for all parts.
    fn identity(&self, subject: &Subject<'_>) -> Identity {
        let settings = subject.settings;
        let task: Value = json!({
            "network": self.network,
            "weights": numbers(&subject.point()),
            "initial": subject.initial.map(|initial| numbers(&initial.point())),
            "radius": settings.radius,
            "loss": settings.loss,
            "batch": settings.batch,
            "memory": settings.memory,
            "seed": settings.seed,
        });
        let data = std::iter::once(subject.train).chain(subject.test);
        Identity {
            claim: String::new(),
            version: 0,
            task,
            precision: Some(subject.model.precision()),
            backend: Some(Computer::Burn(self.backend)),
            data: data.map(Collection::checksum).collect(),
        }
    }
}

/// The network does not take the data, which shows in the first piece of work.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Unfit(Failure);

/// A network at one moment in a [`Session`]: what its parts have in common is found out once, and only when it is needed.
pub struct Moment<'a> {
    session: &'a Session,
    name: &'a str,
    subject: &'a Subject<'a>,
    watch: &'a dyn Watch,
    /// Of all parts; the instrument is left open.
    identity: Identity,
    rates: Option<Rates>,
}

impl Moment<'_> {
    /// What an instrument finds: read from the folder if it is there, measured and kept otherwise. What cannot be measured is a
    /// part with its failure, and is tried again next time.
    ///
    /// # Errors
    /// When the measurement was interrupted, the network does not take the data ([`Unfit`]), or the folder cannot be read or
    /// written.
    pub fn part(&mut self, instrument: &dyn Instrument) -> Result<Part, Failure> {
        let (id, store, subject) = (instrument.id(), &self.session.store, self.subject);
        let identity =
            Identity { claim: id.to_owned(), version: instrument.version(), ..self.identity.clone() };
        let blank = Part {
            instrument: id.to_owned(),
            title: instrument.title().to_owned(),
            findings: None,
            failure: None,
        };
        if let Found::Record(record) = store.find(id, &identity.key())?
            && let Ok(findings) = serde_json::from_value::<Findings>(record.outcome)
        {
            return Ok(Part { findings: Some(findings), ..blank });
        }
        (subject.go_on)()?;
        let rates = match self.rates {
            Some(rates) => rates,
            None => *self.rates.insert(Rates::measure(subject).map_err(Unfit)?),
        };
        self.watch.begins(self.name, instrument, rates.estimate(instrument.cost(subject)));
        let part = match instrument.measure(subject) {
            Ok(findings) => {
                let outcome = serde_json::to_value(&findings)?;
                store.keep(&Record::new(identity, outcome))?;
                Part { findings: Some(findings), ..blank }
            }
            Err(failure) if failure.is::<Interrupted>() => return Err(failure),
            Err(failure) => Part { failure: Some(failure.to_string()), ..blank },
        };
        self.watch.ends(&part);
        Ok(part)
    }
}

/// The checksum of numbers.
fn numbers(numbers: &[f64]) -> String {
    let mut hash = Sha256::new();
    for x in numbers {
        hash.update(x.to_le_bytes());
    }
    hexadecimal(&hash.finalize()[..16])
}

/// How fast this machine is with this network.
#[derive(Clone, Copy)]
struct Rates {
    /// Seconds of one forward pass over the training data.
    pass: f64,
    /// Seconds of one product with the Hessian.
    product: f64,
}

impl Rates {
    /// Times one batch.
    fn measure(subject: &Subject<'_>) -> Result<Self, Failure> {
        let batch = subject.batch(subject.train, 0)?;
        // The first pass also fills caches.
        let few = batch.select(&[0])?;
        subject.model.outputs(&few)?;
        let share = batch.len() as f64 / subject.train.count() as f64;
        let start = Instant::now();
        subject.model.outputs(&batch)?;
        let pass = start.elapsed().as_secs_f64() / share;
        // What has no derivative costs nothing: it is refused.
        let product = match subject.model.trace_loss(&batch, subject.settings.loss) {
            Ok(traced) => {
                let at = traced.linearize(traced.point())?;
                let start = Instant::now();
                at.hessian_vector(traced.point())?;
                start.elapsed().as_secs_f64() / share
            }
            Err(_) => 0.0,
        };
        Ok(Self { pass, product })
    }

    /// How long something will take, roughly.
    fn estimate(self, cost: super::instruments::Cost) -> Duration {
        // A gigaflop a second for certified arithmetic, which rounds every operation outward.
        Duration::from_secs_f64(
            (cost.passes * self.pass + cost.products * self.product + cost.operations / 1e9).clamp(0.0, 1e9),
        )
    }
}
