//! Data of which only a part is held at once: what belongs to a batch is kept as long as there is room, and made anew otherwise.

use std::ops::Range;

use crate::program::ProgramError;

/// Why a batch could not be had: whatever its source says.
pub type SourceError = Box<dyn std::error::Error + Send + Sync>;

/// Where batches come from: what belongs to a batch, and its number of samples.
type Source<'s, B> = Box<dyn Fn(usize) -> Result<(B, usize), SourceError> + Send + Sync + 's>;

/// Why something over batches cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// A batch could not be read or traced.
    #[error("batch {batch} could not be had: {source}")]
    Source {
        /// Number of the batch.
        batch: usize,
        /// Why.
        source: SourceError,
    },
    /// There is no batch, or the batches are empty.
    #[error("the batches hold no sample")]
    Empty,
    /// A batch's loss has other parameters than the first batch's.
    #[error("batch {batch} has {found} parameters, the first has {expected}")]
    OtherModule {
        /// Number of the batch.
        batch: usize,
        /// Parameters of the first.
        expected: usize,
        /// Parameters of this one.
        found: usize,
    },
    /// A share's loss has other parameters than the first share's that has batches.
    #[error("share {share} has {found} parameters, the first that has batches has {expected}")]
    OtherShare {
        /// Number of the share, in the order in which they were given, from 0.
        share: usize,
        /// Parameters of the first that has batches.
        expected: usize,
        /// Parameters of this one.
        found: usize,
    },
    /// A batch's program failed.
    #[error("batch {batch}: {source}")]
    Program {
        /// Number of the batch.
        batch: usize,
        /// Why.
        source: ProgramError,
    },
    /// Shares of the data do not make up the whole: a batch is missing, or belongs to two of them.
    #[error("the shares do not follow one another from the first batch to the last")]
    Shares,
    /// A process that computes a share cannot be talked to.
    #[error("the process that computes a share of the batches {what}: {source}")]
    Peer {
        /// What it did.
        what: &'static str,
        /// Why it cannot be talked to.
        source: std::io::Error,
    },
    /// A process that computes a share could not compute it.
    #[error("{0}")]
    Refused(String),
}

/// What belongs to a batch.
pub trait Batch: Send + Sync {
    /// Number of parameters.
    fn dimension(&self) -> usize;

    /// How many bytes it takes to keep it.
    fn bytes(&self) -> usize;
}

/// A run of batches. As many of them are kept as fit into a budget of bytes, the first ones; the others are asked for again
/// whenever they are needed, to the same bits.
pub struct Batches<'s, B> {
    range: Range<usize>,
    source: Source<'s, B>,
    /// Each batch's number of samples, and what belongs to it where it is kept.
    kept: Vec<(usize, Option<B>)>,
    dimension: usize,
}

impl<'s, B: Batch> Batches<'s, B> {
    /// Asks for each batch once, shows it with its number and its number of samples, and keeps what fits.
    ///
    /// # Errors
    /// When a batch cannot be had, its parameters are not those of the first, or what looks at it fails.
    pub fn new(
        range: Range<usize>,
        budget: usize,
        source: impl Fn(usize) -> Result<(B, usize), SourceError> + Send + Sync + 's,
        mut look: impl FnMut(usize, usize, &B) -> Result<(), BatchError>,
    ) -> Result<Self, BatchError> {
        let source: Source<'s, B> = Box::new(source);
        let (mut kept, mut room, mut dimension) = (Vec::with_capacity(range.len()), budget, None);
        for batch in range.clone() {
            let (one, samples) = source(batch).map_err(|source| BatchError::Source { batch, source })?;
            let (expected, found) = (*dimension.get_or_insert(one.dimension()), one.dimension());
            if found != expected {
                return Err(BatchError::OtherModule { batch, expected, found });
            }
            look(batch, samples, &one)?;
            let left = room.checked_sub(one.bytes());
            room = left.unwrap_or(room);
            kept.push((samples, left.map(|_| one)));
        }
        Ok(Self { range, source, kept, dimension: dimension.unwrap_or(0) })
    }

    /// Number of parameters; 0 without batches.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// The number of samples in all batches.
    pub fn samples(&self) -> usize {
        self.kept.iter().map(|(samples, _)| samples).sum()
    }

    /// How many bytes the kept batches take.
    pub fn bytes(&self) -> usize {
        self.kept.iter().filter_map(|(_, one)| one.as_ref()).map(Batch::bytes).sum()
    }

    /// Shows each batch in order, with its number and its number of samples.
    ///
    /// # Errors
    /// When a batch cannot be had again, or what looks at it fails.
    pub fn each(
        &self,
        mut look: impl FnMut(usize, usize, &B) -> Result<(), BatchError>,
    ) -> Result<(), BatchError> {
        for (batch, (samples, one)) in self.range.clone().zip(&self.kept) {
            if let Some(one) = one {
                look(batch, *samples, one)?;
            } else {
                let (one, _) = (self.source)(batch).map_err(|source| BatchError::Source { batch, source })?;
                look(batch, *samples, &one)?;
            }
        }
        Ok(())
    }
}
