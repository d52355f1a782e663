//! Schatten norms, stable ranks and Fisher-Rao norms of hard inputs, with 30 digits from `measures.py`.

use saddlepoint_rigor::{Interval, IntervalMatrix};
use saddlepoint_theory::bounds::network::{Activation, Network};
use saddlepoint_theory::capacity::fisher_rao::Homogeneous;
use saddlepoint_theory::capacity::norms::{Layers, schatten, stable_rank};

fn numbers(field: &str) -> Vec<f64> {
    field.split(' ').map(|x| x.parse().unwrap()).collect()
}

fn measure(name: &str, parameters: &[f64], matrix: &IntervalMatrix) -> Interval {
    let network = || {
        let layers = vec![IntervalMatrix::identity(1).unwrap(); parameters[0] as usize];
        Homogeneous::new(&Network::new(Layers::new(layers).unwrap(), Activation::relu()).unwrap()).unwrap()
    };
    let labels: Vec<usize> = parameters[1..].iter().map(|&label| label as usize).collect();
    match name {
        "schatten" => schatten(matrix, parameters[0]).unwrap(),
        "stable rank" => stable_rank(matrix).unwrap(),
        "cross-entropy" => network().cross_entropy(matrix, &labels).unwrap(),
        "under the model" => network().cross_entropy_under_model(matrix).unwrap(),
        "squared error" => {
            let (examples, classes) = matrix.shape();
            let targets = labels.iter().flat_map(|&label| (0..classes).map(move |j| f64::from(j == label)));
            let targets = IntervalMatrix::from_rows(examples, classes, targets.collect()).unwrap();
            network().squared_error(matrix, &targets).unwrap()
        }
        other => panic!("no measure {other}"),
    }
}

/// The tails of softmax reach far below the smallest float: there an enclosure is as wide as the root of that.
#[test]
fn fifty_digits_are_enclosed() {
    let lines: Vec<&str> = include_str!("measures.csv").lines().skip(1).collect();
    assert_eq!(lines.len(), 92);
    for line in lines {
        let [name, parameters, rows, columns, entries, value] = line.split(',').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let (rows, columns) = (rows.parse().unwrap(), columns.parse().unwrap());
        let matrix = IntervalMatrix::from_rows(rows, columns, numbers(entries)).unwrap();
        let (found, truth) = (measure(name, &numbers(parameters), &matrix), value.parse::<f64>().unwrap());
        // The nearest float of the truth is at most half a step away from it.
        assert!(found.low() <= truth.next_up() && truth.next_down() <= found.high(), "{line}: {found}");
        assert!(found.width() <= 1e-11 * truth + 1e-150, "{line}: {found}");
    }
}
