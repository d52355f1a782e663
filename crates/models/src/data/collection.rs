//! Examples of which any piece can be read, so that memory depends on the piece and not on the data.

use std::ops::Range;

use super::{DataError, Samples};

/// Examples of which any run can be read at any time.
///
/// # Example
/// ```
/// use saddlepoint_models::data::{Collection, Samples, Targets};
///
/// let samples = Samples::new(&[1], vec![0.0, 1.0, 2.0], Targets::Values(vec![0.0; 3]))?;
/// let data: &dyn Collection = &samples;
/// assert_eq!((data.count(), data.read(1..3)?.inputs()), (3, [1.0, 2.0].as_slice()));
/// assert_eq!(data.choose(&[2, 0])?.inputs(), [2.0, 0.0]);
/// # Ok::<(), saddlepoint_models::data::DataError>(())
/// ```
pub trait Collection: Send + Sync {
    /// The number of examples.
    fn count(&self) -> usize;

    /// The shape of one input.
    fn shape(&self) -> &[usize];

    /// The examples with these numbers.
    ///
    /// # Errors
    /// When there are none, or they cannot be read.
    fn read(&self, examples: Range<usize>) -> Result<Samples, DataError>;

    /// What these data are: the same for the same numbers, in whatever file.
    fn checksum(&self) -> String;

    /// The examples with these numbers, in this order.
    ///
    /// # Errors
    /// As for [`read`](Self::read).
    fn choose(&self, examples: &[usize]) -> Result<Samples, DataError> {
        let mut chosen: Option<Samples> = None;
        for &example in examples {
            let one = self.read(example..example + 1)?;
            chosen = Some(match chosen {
                Some(chosen) => chosen.concat(&one)?,
                None => one,
            });
        }
        chosen.ok_or(DataError::Empty)
    }
}

impl Collection for Samples {
    fn count(&self) -> usize {
        self.len()
    }

    fn shape(&self) -> &[usize] {
        Samples::shape(self)
    }

    fn read(&self, examples: Range<usize>) -> Result<Samples, DataError> {
        self.select(&examples.collect::<Vec<_>>())
    }

    fn checksum(&self) -> String {
        Samples::checksum(self)
    }

    fn choose(&self, examples: &[usize]) -> Result<Samples, DataError> {
        self.select(examples)
    }
}
