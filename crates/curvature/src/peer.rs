//! Shares of batches that other processes compute.
//!
//! The processes are children of this one, or lie behind any other pair of byte streams. Each can make the same
//! batches; it is told which matrix at which point, and which of the batches, and then multiplies on request. What passes to
//! and fro are vectors, a number of them that grows with the logarithm of the number of batches.
//!
//! Both ends run the same build: numbers pass as they lie in memory, and a greeting that differs is refused.
//!
//! # Example
//! ```
//! use burn::nn::LinearConfig;
//! use burn::tensor::Tensor;
//! use saddlepoint_curvature::mean_curvature::{LocalShare, MeanCurvature, Share, share_out};
//! use saddlepoint_curvature::peer::{Matrix, Peer, Work, serve};
//! use saddlepoint_curvature::trace;
//!
//! # let device = saddlepoint_models::device::Device::open(Default::default())?.burn();
//! let layer = LinearConfig::new(1, 1).with_bias(false).init(&device);
//! let share = |work: Work| {
//!     let source = move |batch: usize| {
//!         let x = Tensor::<2>::from_floats([[batch as f32]], &device);
//!         let traced = trace(&layer, x, |layer, x| layer.forward(x).powi_scalar(2).mean())?;
//!         Ok((traced.linearize(&work.point)?, 1))
//!     };
//!     LocalShare::new(work.batches, usize::MAX, source).map(|share| Box::new(share) as Box<dyn Share>)
//! };
//! // What a child process does with its standard input and output:
//! let ((requests, to_child), (replies, to_us)) = (std::io::pipe()?, std::io::pipe()?);
//! let child = share.clone();
//! std::thread::spawn(move || serve(requests, to_us, |work| child.clone()(work)));
//! // What its parent does:
//! let peer = Peer::connect(replies, to_child)?;
//! let work = |batches| Work { matrix: Matrix::Hessian, point: vec![0.5], batches };
//! let [here, there] = [share_out(5, 2)[0].clone(), share_out(5, 2)[1].clone()];
//! let hessian = MeanCurvature::gather(5, vec![
//!     Box::new(|| share(work(here))),
//!     Box::new(|| Ok(Box::new(peer.share(&work(there))?))),
//! ])?;
//! assert_eq!(hessian.times_block(&[1.0], 1)?, [2.0 * (0.0 + 1.0 + 4.0 + 9.0 + 16.0) / 5.0]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use crate::batches::BatchError;
use crate::mean_curvature::Share;
use crate::sum::Partial;
use crate::wire::{Reader, Writer};

/// Which matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matrix {
    /// The Hessian.
    Hessian,
    /// The generalized Gauss-Newton matrix.
    GaussNewton,
}

/// What a peer is asked to make.
#[derive(Debug, Clone, PartialEq)]
pub struct Work {
    /// Which matrix.
    pub matrix: Matrix,
    /// At which point.
    pub point: Vec<f64>,
    /// Of which batches.
    pub batches: Range<usize>,
}

/// What both ends say first.
const GREETING: &[u8] = b"saddlepoint shares 1\n";

const OPEN: u64 = 1;
const TIMES: u64 = 2;
const CLOSE: u64 = 3;

/// Answers one parent's requests until it hangs up; `open` makes a share.
///
/// # Errors
/// When the parent cannot be read from or written to. What a share refuses is told to the parent instead.
pub fn serve<'s>(
    requests: impl Read,
    replies: impl Write,
    mut open: impl FnMut(Work) -> Result<Box<dyn Share + 's>, BatchError>,
) -> io::Result<()> {
    let (mut reader, mut writer) = (Reader(requests), Writer(replies));
    let mut shares: BTreeMap<u64, Box<dyn Share + 's>> = BTreeMap::new();
    writer.bytes(GREETING)?;
    writer.flush()?;
    while let Some(request) = reader.number_or_end()? {
        let id = reader.number()?;
        match request {
            OPEN => {
                let matrix = if reader.number()? == 0 { Matrix::Hessian } else { Matrix::GaussNewton };
                let batches = reader.length()?..reader.length()?;
                let made = open(Work { matrix, point: reader.floats()?, batches });
                match made {
                    Ok(share) => {
                        writer.done()?;
                        writer.text(share.name())?;
                        writer.number(share.dimension() as u64)?;
                        writer.partials(share.first_order())?;
                        shares.insert(id, share);
                    }
                    Err(error) => writer.refusal(&error)?,
                }
            }
            TIMES => {
                let count = reader.length()?;
                let vectors = reader.floats()?;
                let share = shares.get(&id).ok_or_else(|| io::Error::other("there is no such share"))?;
                match share.products(&vectors, count) {
                    Ok(products) => {
                        writer.done()?;
                        writer.partials(&products)?;
                    }
                    Err(error) => writer.refusal(&error)?,
                }
            }
            CLOSE => drop(shares.remove(&id)),
            _ => return Err(io::Error::other("there is no such request")),
        }
        writer.flush()?;
    }
    Ok(())
}

/// Another process that computes shares.
#[derive(Clone)]
pub struct Peer {
    line: Arc<Mutex<Line>>,
}

struct Line {
    reader: Reader<Box<dyn Read + Send>>,
    writer: Writer<Box<dyn Write + Send>>,
    opened: u64,
}

impl Peer {
    /// Waits for its greeting.
    ///
    /// # Errors
    /// When it ends before, or greets otherwise.
    pub fn connect(
        replies: impl Read + Send + 'static,
        requests: impl Write + Send + 'static,
    ) -> Result<Self, BatchError> {
        let (mut reader, writer) =
            (Reader(Box::new(replies) as Box<dyn Read + Send>), Writer(Box::new(requests) as _));
        let failed = |source| BatchError::Peer { what: "did not begin", source };
        let greeting = reader.bytes(GREETING.len()).map_err(failed)?;
        if greeting != GREETING {
            return Err(failed(io::Error::other("it is of another version, or another program")));
        }
        Ok(Self { line: Arc::new(Mutex::new(Line { reader, writer, opened: 0 })) })
    }

    /// Has it make a share.
    ///
    /// # Errors
    /// When it cannot be reached, or cannot make it.
    pub fn share(&self, work: &Work) -> Result<PeerShare, BatchError> {
        let (id, (name, dimension, first_order)) = self.talk(|line| {
            line.opened += 1;
            line.writer.number(OPEN)?;
            line.writer.number(line.opened)?;
            line.writer.number(u64::from(work.matrix == Matrix::GaussNewton))?;
            line.writer.number(work.batches.start as u64)?;
            line.writer.number(work.batches.end as u64)?;
            line.writer.floats(&work.point)?;
            line.writer.flush()?;
            let id = line.opened;
            Ok(line
                .reader
                .reply(|reader| Ok((reader.text()?, reader.length()?, reader.partials()?)))?
                .map(|reply| (id, reply)))
        })?;
        Ok(PeerShare { peer: self.clone(), id, name, dimension, first_order })
    }

    /// One request with its reply; nobody else talks meanwhile.
    fn talk<T>(
        &self,
        exchange: impl FnOnce(&mut Line) -> io::Result<Result<T, String>>,
    ) -> Result<T, BatchError> {
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        let said =
            exchange(&mut line).map_err(|source| BatchError::Peer { what: "does not answer", source })?;
        said.map_err(BatchError::Refused)
    }
}

/// A share that another process computes.
pub struct PeerShare {
    peer: Peer,
    id: u64,
    name: String,
    dimension: usize,
    first_order: Vec<Partial>,
}

impl Share for PeerShare {
    fn name(&self) -> &str {
        &self.name
    }

    fn dimension(&self) -> usize {
        self.dimension
    }

    fn first_order(&self) -> &[Partial] {
        &self.first_order
    }

    fn products(&self, vectors: &[f64], count: usize) -> Result<Vec<Partial>, BatchError> {
        self.peer.talk(|line| {
            line.writer.number(TIMES)?;
            line.writer.number(self.id)?;
            line.writer.number(count as u64)?;
            line.writer.floats(vectors)?;
            line.writer.flush()?;
            line.reader.reply(Reader::partials)
        })
    }
}

impl Drop for PeerShare {
    /// Tells the process that it may forget the share.
    fn drop(&mut self) {
        let close = |line: &mut Line| {
            line.writer.number(CLOSE)?;
            line.writer.number(self.id)?;
            line.writer.flush()?;
            Ok(Ok(()))
        };
        // Who does not listen has forgotten it already.
        let _ = self.peer.talk(close);
    }
}
