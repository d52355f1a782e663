//! Margins and their distribution, against their definition in integers; normalized margins do not see a network's scale.

use proptest::prelude::*;
use saddlepoint_models::random::Stream;
use saddlepoint_rigor::{Interval, IntervalMatrix, Rounding, Up};
use saddlepoint_theory::capacity::margins::Margins;
use saddlepoint_theory::capacity::norms::{frobenius, spectral, two_one_over_rows};
use saddlepoint_theory::capacity::spectral_complexity::spectral_complexity;
use saddlepoint_theory::quantity::Margin;

const CLASSES: usize = 3;

fn matrix(rows: usize, entries: &[f64]) -> IntervalMatrix {
    IntervalMatrix::from_rows(rows, entries.len() / rows, entries.to_vec()).unwrap()
}

fn of(outputs: &[i32], labels: &[usize]) -> Margins {
    let outputs: Vec<f64> = outputs.iter().map(|&f| f64::from(f)).collect();
    Margins::of_classes(&matrix(labels.len(), &outputs), labels).unwrap()
}

/// The definition, in integers.
fn exact(outputs: &[i32], labels: &[usize]) -> Vec<i32> {
    let margin = |(row, &y): (&[i32], &usize)| {
        let others = row.iter().enumerate().filter(|(j, _)| *j != y).map(|(_, f)| f);
        row[y] - others.max().unwrap()
    };
    outputs.chunks(CLASSES).zip(labels).map(margin).collect()
}

proptest! {
    #[test]
    fn the_distribution_is_that_of_the_definition(
        rows in prop::collection::vec((prop::array::uniform3(-9i32..9), 0..CLASSES), 1..20), gamma in 1i32..20, q in 0.0..=1.0f64,
    ) {
        let outputs: Vec<i32> = rows.iter().flat_map(|row| row.0).collect();
        let labels: Vec<usize> = rows.iter().map(|row| row.1).collect();
        let (margins, exact, n) = (of(&outputs, &labels), exact(&outputs, &labels), rows.len());
        for (interval, &exact) in margins.all().iter().zip(&exact) {
            prop_assert_eq!((interval.low(), interval.high()), (f64::from(exact), f64::from(exact)));
        }
        let at_most = |x: f64| exact.iter().filter(|m| f64::from(**m) <= x).count();
        let loss = margins.loss(Margin::new(f64::from(gamma)).unwrap()).get();
        // Not below the fraction, and not above its next float; errors, ties among them, count at any margin.
        prop_assert!(loss * n as f64 >= at_most(f64::from(gamma)) as f64 * (1.0 - 1e-15));
        prop_assert!(loss <= (at_most(f64::from(gamma)) as f64 / n as f64).next_up());
        prop_assert!(loss >= at_most(0.0) as f64 / n as f64);
        // The quantile of q is the least margin that a fraction q does not exceed.
        let quantile = margins.quantile(q).unwrap().midpoint();
        prop_assert!(at_most(quantile) as f64 >= q * n as f64);
        prop_assert!((at_most(quantile - 0.5) as f64) < q * n as f64 || at_most(quantile - 0.5) == 0);
    }

    /// Two layers of any scale, or one input scale: the margins over `R_A ‖X‖_F / n` stay.
    #[test]
    fn normalized_margins_do_not_see_scales(seed in any::<u64>(), scales in prop::array::uniform3(-8i32..=8)) {
        let normalized = |scales: [i32; 3], normalize: bool| {
            let mut stream = Stream::new(seed);
            let [a, b, x] = [(4, 2), (CLASSES, 4), (6, 2)].map(|(rows, columns)| matrix(rows, &stream.normals(rows * columns)));
            let [a, b, x] = [(a, scales[0]), (b, scales[1]), (x, scales[2])].map(|(m, e)| m.scaled_by_power_of_two(e));
            let hidden = a.times(&x.transpose()).unwrap();
            let units = hidden.midpoints().iter().map(|z| z.max(0.0)).collect();
            let outputs = b.times(&IntervalMatrix::from_rows(4, 6, units).unwrap()).unwrap().transpose();
            let margins = Margins::of_classes(&matrix(6, outputs.midpoints()), &[0, 1, 2, 0, 1, 2]).unwrap();
            let norms = [&a, &b].map(|w| (spectral(w).unwrap(), two_one_over_rows(w)));
            let complexity = spectral_complexity(&norms.map(|n| n.0), &norms.map(|n| n.1), &[1.0; 2]).unwrap();
            let n = Interval::between(6.0, 6.0);
            let scale = (complexity * frobenius(&x)).checked_div(n).unwrap();
            if normalize { margins.normalized_by(scale).unwrap() } else { margins }
        };
        let values = |margins: &Margins| margins.all().iter().map(|m| m.midpoint()).collect::<Vec<_>>();
        let [plain, moved] = [normalized([0; 3], true), normalized(scales, true)];
        for (plain, moved) in values(&plain).iter().zip(values(&moved)) {
            prop_assert!((plain - moved).abs() <= 1e-11 * plain.abs(), "{plain} {moved}");
        }
        // Teeth: without the complexity they are those of the scaled network, unless no unit answers to any input.
        let raw = values(&normalized([0; 3], false));
        if scales.iter().sum::<i32>() != 0 && raw.iter().any(|margin| *margin != 0.0) {
            prop_assert_ne!(raw, values(&normalized(scales, false)));
        }
    }
}

/// Teeth: an absolute value turns errors into certainty, a margin over all outputs is never positive, and a loss that
/// counts margins below `γ` alone misses those at `γ`, on which the ramp is 0 but the theorem's indicator is not.
#[test]
fn other_definitions_are_caught() {
    let (outputs, labels) = ([5, 1, 0, 0, 4, 1, 1, 1, 0], [0, 0, 0]);
    let (margins, exact) = (of(&outputs, &labels), exact(&outputs, &labels));
    assert_eq!(exact, [4, -4, 0]);
    let one = Margin::new(1.0).unwrap();
    assert_eq!(margins.loss(one).get(), Up::div(2.0, 3.0));
    let absolute = exact.iter().filter(|m| m.abs() <= 1).count();
    assert!((absolute as f64) / 3.0 < margins.loss(one).get());
    let over_all = |row: &[i32], y: usize| row[y] - row.iter().max().unwrap();
    assert!(outputs.chunks(3).all(|row| over_all(row, 0) <= 0));
    let four = Margin::new(4.0).unwrap();
    let below = exact.iter().filter(|m| **m < 4).count();
    assert!(margins.loss(four).get() == 1.0 && below == 2);
    assert!(margins.quantile(1.0 / 3.0).unwrap().midpoint() < 0.0);
}
