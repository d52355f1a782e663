//! Bytes as arguments.

use nalgebra::{DMatrix, DVector};
use saddlepoint_models::random::Stream;
use saddlepoint_rigor::{Interval, IntervalMatrix};

/// Bytes that are used up from the front; zeros follow the last one.
///
/// A byte alone gives an ordinary number, so that short inputs get past the first hypothesis; 0 announces eight bytes of any
/// bits, and the next few are numbers at which something changes.
#[derive(Debug)]
pub(super) struct Bits<'a>(pub(super) &'a [u8]);

/// Numbers at which something changes.
const EDGES: [f64; 15] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    1.0 - f64::EPSILON / 2.0,
    f64::EPSILON,
    5e-324,
    f64::MIN_POSITIVE,
    1e154,
    1e-154,
    f64::MAX,
    f64::MIN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
];

impl Bits<'_> {
    pub(super) fn byte(&mut self) -> u8 {
        self.0.split_off_first().copied().unwrap_or_default()
    }

    pub(super) fn flag(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    /// One of these.
    pub(super) fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[usize::from(self.byte()) % all.len()]
    }

    pub(super) fn word(&mut self) -> u64 {
        u64::from_le_bytes(std::array::from_fn(|_| self.byte()))
    }

    pub(super) fn number(&mut self) -> f64 {
        match self.byte() {
            0 => f64::from_bits(self.word()),
            edge @ 1..=15 => EDGES[usize::from(edge) - 1],
            // Probabilities, and numbers of both signs.
            share @ 16..=127 => f64::from(share - 15) / 128.0,
            other => (f64::from(other) - 191.5) / 8.0,
        }
    }

    pub(super) fn count(&mut self) -> u64 {
        match self.byte() {
            0 => self.word(),
            edge @ 1..=4 => [u64::MAX, 1 << 63, 1 << 53, 1 << 32][usize::from(edge) - 1],
            small => u64::from(small) - 5,
        }
    }

    pub(super) fn size(&mut self) -> usize {
        self.count() as usize
    }

    /// A count of 32 bits.
    pub(super) fn narrow(&mut self) -> u32 {
        self.count().try_into().unwrap_or(u32::MAX)
    }

    /// A count from 0 to 5: of things that are made, or of steps that are taken.
    pub(super) fn few(&mut self) -> usize {
        usize::from(self.byte() % 6)
    }

    /// A few things.
    pub(super) fn list<T>(&mut self, mut one: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.few()).map(|_| one(self)).collect()
    }

    pub(super) fn numbers(&mut self) -> Vec<f64> {
        self.list(Self::number)
    }

    /// So many numbers.
    pub(super) fn exactly(&mut self, count: usize) -> Vec<f64> {
        (0..count).map(|_| self.number()).collect()
    }

    pub(super) fn array<const N: usize>(&mut self) -> [f64; N] {
        std::array::from_fn(|_| self.number())
    }

    pub(super) fn counts(&mut self) -> Vec<u64> {
        self.list(Self::count)
    }

    pub(super) fn flags(&mut self, count: usize) -> Vec<bool> {
        let bits = self.byte();
        (0..count).map(|at| bits >> (at % 8) & 1 == 1).collect()
    }

    pub(super) fn interval(&mut self) -> Option<Interval> {
        let (a, b) = (self.number(), self.number());
        Interval::new(a.min(b), a.max(b)).ok()
    }

    pub(super) fn matrix(&mut self) -> DMatrix<f64> {
        let (rows, columns) = (self.few(), self.few());
        self.shaped(rows, columns)
    }

    pub(super) fn shaped(&mut self, rows: usize, columns: usize) -> DMatrix<f64> {
        DMatrix::from_row_slice(rows, columns, &self.exactly(rows * columns))
    }

    pub(super) fn vector(&mut self, count: usize) -> DVector<f64> {
        self.exactly(count).into()
    }

    pub(super) fn enclosure(&mut self, rows: usize, columns: usize) -> Option<IntervalMatrix> {
        let midpoints = self.exactly(rows * columns);
        if self.flag() {
            return IntervalMatrix::from_rows(rows, columns, midpoints).ok();
        }
        let radii = self.exactly(rows * columns);
        IntervalMatrix::with_radii(rows, columns, midpoints, radii).ok()
    }

    /// An enclosed matrix of up to four rows and columns.
    pub(super) fn enclosed(&mut self) -> Option<IntervalMatrix> {
        let (rows, columns) = (self.few().min(4), self.few().min(4));
        self.enclosure(rows, columns)
    }

    /// What is asked for random numbers: good ones, for a generator that repeats itself may keep a rejection waiting forever.
    pub(super) fn stream(&mut self) -> Stream {
        Stream::new(u64::from(self.byte()))
    }
}
