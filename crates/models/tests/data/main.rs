//! Readers of data files, from outside: what is written comes back, what is broken is refused by name, and the
//! published files are the published files.

#![allow(clippy::unwrap_used)]

mod bad_input;
mod encode;
mod published;
mod round_trip;
mod stream;
