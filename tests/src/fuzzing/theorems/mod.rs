//! Every constructor of `theory`, and those of the analytic landscapes: arguments from bytes, and what comes of them.
//!
//! A table for each module holds a function for each theorem: it takes its arguments from [`Bits`], in their order, and says
//! whether the theorem could be built. What is built is evaluated, and what is evaluated is no bound below what was observed,
//! no interval whose ends are exchanged, and no number that is none.

#![allow(clippy::unnecessary_wraps, reason = "what theorems end with answers as they do")]

mod bounds;
mod capacity;
mod estimation;
mod expressivity;
mod landscapes;
mod networks;
mod optimization;
mod representation;

use saddlepoint_rigor::Interval;

use super::bits::Bits;

/// Takes its arguments, and answers if they meet the hypotheses.
type Theorem = fn(&mut Bits) -> Option<()>;

/// The theorems, by module. What the corpus says hangs on the order: new ones go to the ends.
pub(super) const TABLES: [&[Theorem]; 8] = [
    bounds::TABLE,
    networks::TABLE,
    capacity::TABLE,
    expressivity::TABLE,
    estimation::TABLE,
    optimization::TABLE,
    representation::TABLE,
    landscapes::TABLE,
];

/// How many bytes a theorem may take, its table and its place there among them.
pub(super) const BLOCK: usize = 96;

/// Which theorems these bytes build, as table and place there.
pub(super) fn built(bytes: &[u8]) -> Vec<(usize, usize)> {
    let one = |block: &[u8]| {
        let mut bits = Bits(block);
        let table = usize::from(bits.byte()) % TABLES.len();
        let place = usize::from(bits.byte()) % TABLES[table].len();
        TABLES[table][place](&mut bits).map(|()| (table, place))
    };
    bytes.chunks(BLOCK).filter_map(one).collect()
}

/// It is there; nothing else is asked.
fn done<T, E>(result: Result<T, E>) -> Option<()> {
    result.ok().map(drop)
}

/// A number that is not below another one, up to rounding.
fn at_least(least: f64, value: f64) -> Option<()> {
    assert!(value >= least || value >= least - 1e-14 * least.abs(), "{value} is below {least}");
    Some(())
}

/// An interval whose ends are in order.
fn ordered(interval: Interval) -> Option<()> {
    assert!(interval.low() <= interval.high(), "{interval}");
    Some(())
}

/// Numbers that are numbers.
fn finite<'a>(values: impl IntoIterator<Item = &'a f64>) -> Option<()> {
    assert!(values.into_iter().all(|value| value.is_finite()));
    Some(())
}
