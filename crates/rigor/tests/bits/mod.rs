//! Numbers, counts and matrices of any bits, for the tests of what constructors refuse.

use proptest::prelude::*;
use saddlepoint_rigor::{Interval, IntervalMatrix};

/// Any bits, or one of the numbers at which something changes, or a small one, so that not all is refused at the door.
pub(crate) fn float() -> impl Strategy<Value = f64> + Clone {
    const EDGES: [f64; 12] = [
        0.0,
        -0.0,
        1.0,
        0.5,
        f64::EPSILON,
        f64::from_bits(1),
        f64::MIN_POSITIVE,
        f64::MAX,
        f64::MIN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
    ];
    prop_oneof![
        any::<u64>().prop_map(f64::from_bits),
        prop::sample::select(&EDGES[..]),
        -2.0..2.0f64,
        0.0..1.0f64
    ]
}

/// Any bits, or an edge, or a small number.
pub(crate) fn count() -> impl Strategy<Value = u64> {
    prop_oneof![any::<u64>(), prop::sample::select(&[u64::MAX, 1 << 63, 1 << 53, 1 << 32][..]), 0u64..5]
}

/// The same of the machine's size.
pub(crate) fn size() -> impl Strategy<Value = usize> {
    count().prop_map(|n| n as usize)
}

/// A few numbers.
pub(crate) fn floats() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(float(), 0..7)
}

/// Any interval that there is.
pub(crate) fn interval() -> impl Strategy<Value = Interval> {
    (float(), float()).prop_filter_map("no interval", |(a, b)| Interval::new(a.min(b), a.max(b)).ok())
}

/// A small matrix of any finite numbers, exact or not.
pub(crate) fn matrix() -> impl Strategy<Value = IntervalMatrix> {
    (1usize..4, 1usize..4).prop_flat_map(|(rows, columns)| matrix_of(rows, columns))
}

/// The same of one shape.
pub(crate) fn matrix_of(rows: usize, columns: usize) -> impl Strategy<Value = IntervalMatrix> {
    let entries = prop::collection::vec(float(), rows * columns);
    (entries.clone(), entries, any::<bool>()).prop_map(move |(midpoints, radii, exact)| {
        let finite = |x: f64| if x.is_finite() { x } else { 1.0 };
        let radii = radii.into_iter().map(|r| if exact { 0.0 } else { finite(r).abs() }).collect();
        let midpoints = midpoints.into_iter().map(finite).collect();
        IntervalMatrix::with_radii(rows, columns, midpoints, radii).expect("finite numbers")
    })
}
