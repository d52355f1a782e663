//! Folded batch normalizations against 50-digit ones from `batch_norm.py`.

use saddlepoint_rigor::{Interval, IntervalMatrix};
use saddlepoint_theory::capacity::batch_norm::BatchNorm;

#[test]
fn folded_layers_enclose_fifty_digits() {
    let lines: Vec<&str> = include_str!("batch_norm.csv").lines().skip(1).collect();
    assert_eq!(lines.len(), 20);
    for line in lines {
        let fields: Vec<&str> = line.split(',').collect();
        let x: Vec<f64> =
            fields[0].split(' ').map(|bits| f64::from_bits(u64::from_str_radix(bits, 16).unwrap())).collect();
        let norm = BatchNorm::new(&x[0..1], &x[1..2], &x[2..3], &x[3..4], x[4]).unwrap();
        let weights = IntervalMatrix::from_rows(1, 1, vec![x[5]]).unwrap();
        let folded = norm.fold_after(&weights, Some(&x[6..7])).unwrap();
        let encloses = |interval: Interval, reference: &str| {
            // The nearest float of the truth is at most half a step away from it.
            let near = reference.parse::<f64>().unwrap();
            let size =
                (norm.scale()[0].high().abs() * x[6].abs().max(x[2].abs())).max(x[1].abs()).max(near.abs());
            assert!(
                interval.low() <= near.next_up() && interval.high() >= near.next_down(),
                "{interval} {near}"
            );
            assert!(interval.width() <= 1e-14 * size, "{interval}");
        };
        encloses(folded.weights.get(0, 0).unwrap(), fields[1]);
        encloses(folded.bias.intervals().next().unwrap(), fields[2]);
    }
}
