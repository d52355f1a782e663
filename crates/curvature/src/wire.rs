//! Numbers on a stream of bytes, as they lie in memory: little-endian, each list behind its length.

use std::io::{self, BufWriter, Read, Write};

use crate::batches::BatchError;
use crate::sum::Partial;

/// How many bytes are made room for at a time: no more than this is spent on a length that a broken stream promises.
const PIECE: usize = 1 << 20;

/// How a reply begins: what was asked for follows, or why it is refused.
const DONE: u64 = 0;
const REFUSED: u64 = 1;

/// Reads what a [`Writer`] wrote.
pub(crate) struct Reader<R>(pub(crate) R);

impl<R: Read> Reader<R> {
    pub(crate) fn bytes(&mut self, count: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(count.min(PIECE));
        let read = self.0.by_ref().take(count as u64).read_to_end(&mut bytes)?;
        if read == count { Ok(bytes) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    /// A number, or nothing where the stream ends before it.
    pub(crate) fn number_or_end(&mut self) -> io::Result<Option<u64>> {
        let mut bytes = [0; 8];
        match self.0.read(&mut bytes[..1])? {
            0 => Ok(None),
            _ => self.0.read_exact(&mut bytes[1..]).map(|()| Some(u64::from_le_bytes(bytes))),
        }
    }

    pub(crate) fn number(&mut self) -> io::Result<u64> {
        self.number_or_end()?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    pub(crate) fn length(&mut self) -> io::Result<usize> {
        usize::try_from(self.number()?).map_err(io::Error::other)
    }

    pub(crate) fn text(&mut self) -> io::Result<String> {
        let length = self.length()?;
        String::from_utf8(self.bytes(length)?).map_err(io::Error::other)
    }

    pub(crate) fn floats(&mut self) -> io::Result<Vec<f64>> {
        let count = self.length()?;
        let bytes = count.checked_mul(8).ok_or_else(|| io::Error::other("a list is longer than memory"))?;
        let bytes = self.bytes(bytes)?;
        Ok(bytes.as_chunks().0.iter().map(|&bytes| f64::from_le_bytes(bytes)).collect())
    }

    pub(crate) fn partials(&mut self) -> io::Result<Vec<Partial>> {
        let count = self.length()?;
        (0..count)
            .map(|_| {
                let level = u32::try_from(self.number()?).map_err(io::Error::other)?;
                Ok(Partial { level, index: self.length()?, numbers: self.floats()? })
            })
            .collect()
    }

    /// What is said, or why it is refused.
    pub(crate) fn reply<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> io::Result<T>,
    ) -> io::Result<Result<T, String>> {
        match self.number()? {
            DONE => read(self).map(Ok),
            REFUSED => self.text().map(Err),
            _ => Err(io::Error::other("there is no such reply")),
        }
    }
}

/// Writes numbers.
pub(crate) struct Writer<W>(pub(crate) W);

impl<W: Write> Writer<W> {
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    pub(crate) fn number(&mut self, number: u64) -> io::Result<()> {
        self.bytes(&number.to_le_bytes())
    }

    pub(crate) fn text(&mut self, text: &str) -> io::Result<()> {
        self.number(text.len() as u64)?;
        self.bytes(text.as_bytes())
    }

    pub(crate) fn floats(&mut self, numbers: &[f64]) -> io::Result<()> {
        self.number(numbers.len() as u64)?;
        let mut buffered = BufWriter::with_capacity(PIECE.min(8 * numbers.len()), &mut self.0);
        for x in numbers {
            buffered.write_all(&x.to_le_bytes())?;
        }
        buffered.flush()
    }

    pub(crate) fn partials(&mut self, partials: &[Partial]) -> io::Result<()> {
        self.number(partials.len() as u64)?;
        for partial in partials {
            self.number(u64::from(partial.level))?;
            self.number(partial.index as u64)?;
            self.floats(&partial.numbers)?;
        }
        Ok(())
    }

    /// Says that what was asked for is done, and follows.
    pub(crate) fn done(&mut self) -> io::Result<()> {
        self.number(DONE)
    }

    /// Says why what was asked for is refused.
    pub(crate) fn refusal(&mut self, error: &BatchError) -> io::Result<()> {
        self.number(REFUSED)?;
        self.text(&error.to_string())
    }

    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
