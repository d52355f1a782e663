//! `minsky-papert-order`: orders against an oracle that knows no linear programming, and certificates that can be refused.

use proptest::prelude::*;
use saddlepoint_theory::expressivity::threshold_order::{BooleanFunction, symmetries};

/// Connected components of a set of cells by merging: another program than the library's flood.
fn components(rows: usize, columns: usize, cells: usize) -> usize {
    let mut label: Vec<usize> = (0..rows * columns).collect();
    let set = |cell: usize| cells >> cell & 1 == 1;
    let mut merge = |a: usize, b: usize| {
        if set(a) && set(b) {
            let (from, to) = (label[a], label[b]);
            for l in label.iter_mut().filter(|l| **l == from) {
                *l = to;
            }
        }
    };
    for cell in 0..rows * columns {
        if cell % columns + 1 < columns {
            merge(cell, cell + 1);
        }
        if cell / columns + 1 < rows {
            merge(cell, cell + columns);
        }
    }
    let used: std::collections::BTreeSet<usize> =
        (0..rows * columns).filter(|&c| set(c)).map(|c| label[c]).collect();
    used.len()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// The order of a function of the number of set bits is the number of times that it changes.
    #[test]
    fn symmetric_functions_have_as_many_roots_as_changes(profile in prop::collection::vec(any::<bool>(), 2..8)) {
        let n = profile.len() - 1;
        let function = BooleanFunction::new(n, |point| profile[point.count_ones() as usize]).unwrap();
        let order = function.order(&symmetries::all(n)).unwrap();
        let changes = profile.windows(2).filter(|pair| pair[0] != pair[1]).count();
        prop_assert_eq!(order.degree(), changes);
        prop_assert!(order.verify(&function));
    }

    /// Any function of four bits: proved on both sides, the same for its complement, and never above four.
    #[test]
    fn the_order_of_any_function_is_proved(table in any::<u16>()) {
        let function = BooleanFunction::new(4, |point| table >> point & 1 == 1).unwrap();
        let complement = BooleanFunction::new(4, |point| table >> point & 1 == 0).unwrap();
        let (order, other) = (function.order(&[]).unwrap(), complement.order(&[]).unwrap());
        prop_assert!(order.verify(&function) && other.verify(&complement) && order.degree() <= 4);
        prop_assert_eq!(order.degree(), other.degree());
        prop_assert!(!order.verify(&complement), "a certificate of the opposite");
    }

    /// Runs on a line are counted by a polynomial of degree two, which is why its order is at most two.
    #[test]
    fn runs_are_quadratic(columns in 1usize..12, cells in any::<usize>()) {
        let cells = cells & ((1 << columns) - 1);
        let runs = cells.count_ones() as usize - (cells & cells >> 1).count_ones() as usize;
        prop_assert_eq!(runs, components(1, columns, cells));
    }
}

#[test]
fn connectedness_is_what_merging_finds() {
    for (rows, columns) in [(1, 5), (2, 3), (3, 3), (2, 5)] {
        let function = BooleanFunction::connected(rows, columns).unwrap();
        for (cells, &value) in function.values().iter().enumerate() {
            assert_eq!(value, components(rows, columns, cells) <= 1, "{rows} × {columns}, {cells:b}");
        }
    }
    let square = BooleanFunction::connected(3, 3).unwrap();
    assert_eq!(square.values().iter().filter(|value| **value).count(), 219);
}

#[test]
fn the_catalogues_orders() {
    for bits in 1..=5 {
        assert_eq!(
            BooleanFunction::parity(bits).unwrap().order(&symmetries::all(bits)).unwrap().degree(),
            bits
        );
    }
    for (rows, columns, expected) in
        [(1, 3, 1), (1, 4, 2), (1, 8, 2), (2, 2, 2), (2, 3, 2), (2, 4, 2), (3, 3, 3)]
    {
        let function = BooleanFunction::connected(rows, columns).unwrap();
        let order = function.order(&symmetries::grid(rows, columns)).unwrap();
        assert_eq!(order.degree(), expected, "{rows} × {columns}");
        assert!(order.verify(&function));
    }
}

/// A grid is not symmetric under all permutations of its cells: a symmetry that is none is refused.
#[test]
fn teeth_a_false_symmetry_is_noticed() {
    let function = BooleanFunction::connected(2, 2).unwrap();
    assert!(function.order(&symmetries::all(4)).is_err());
}
