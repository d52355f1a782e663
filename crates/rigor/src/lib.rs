//! Outward-rounded f64 and intervals: where a bound stays a bound.
