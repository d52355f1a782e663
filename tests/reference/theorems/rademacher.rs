//! The catalogue's `rademacher-exact`, to all printed digits.

use saddlepoint_models::random::Stream;
use saddlepoint_rigor::{Interval, IntervalMatrix};
use saddlepoint_theory::bounds::golowich;
use saddlepoint_theory::bounds::inputs::Inputs;
use saddlepoint_theory::capacity::rademacher::Class;

fn close(found: f64, value: f64, digits: f64) {
    assert!((found - value).abs() <= digits, "{found} is not {value}");
}

#[test]
fn finite_classes_and_massarts_lemma() {
    for (size, exact, massart) in [
        (2, 0.15625, 0.339888997),
        (4, 0.315755208333, 0.480675629),
        (8, 0.405802408854, 0.588705011),
        (16, 0.508015950521, 0.679777993),
        (64, 0.647379557292, 0.832554611),
        (256, 0.769694010417, 0.961351258),
        (1024, 0.864420572917, 1.07482338),
        (4096, 0.938028971354, 1.17741002),
    ] {
        let mut stream = Stream::new(60 + size);
        let signs = (0..12 * size).map(|_| stream.sign()).collect();
        let class = Class::finite(&IntervalMatrix::from_rows(size as usize, 12, signs).unwrap());
        let found = class.exact().unwrap();
        close(found.midpoint(), exact, 5.1e-13);
        assert!(found.width() < 1e-13);
        close(class.bounds().high(), massart, 5.1e-9);
        assert!(class.bounds().low() <= found.low() && found.high() <= class.bounds().high());
    }
}

#[test]
fn linear_classes() {
    let points = IntervalMatrix::from_rows(12, 5, Stream::new(70).normals(60)).unwrap();
    let euclidean = Class::euclidean_ball(&points, 1.0).unwrap();
    close(euclidean.exact().unwrap().midpoint(), 0.637686344897, 5.1e-13);
    close(euclidean.bounds().low(), 0.473536636298, 5.1e-13);
    close(euclidean.bounds().high(), 0.669681933333, 5.1e-13);
    let l1 = Class::l1_ball(&points, 1.0).unwrap();
    close(l1.exact().unwrap().midpoint(), 0.47119010532, 5.1e-12);
    close(l1.bounds().high(), 0.881071808774, 5.1e-13);
    let ones = IntervalMatrix::from_rows(12, 1, vec![1.0; 12]).unwrap();
    let ones = Class::euclidean_ball(&ones, 1.0).unwrap().exact().unwrap();
    assert!(ones.contains(0.2255859375) && ones.width() < 1e-14);
}

/// The catalogue's `golowich-bound`: the linear class of its eight points, the ball's bound, and twice that for one layer of
/// ReLUs peeled off.
#[test]
fn the_linear_class_below_two_layers() {
    let points = IntervalMatrix::from_rows(8, 2, Stream::new(400).normals(16)).unwrap();
    let class = Class::euclidean_ball(&points, 1.0).unwrap();
    close(class.exact().unwrap().midpoint(), 0.273354551273, 5.1e-13);
    close(2.0 * class.bounds().high(), 0.612305621584, 5.1e-13);
    let golowich = golowich::complexity(2, Interval::between(1.0, 1.0), &Inputs::new(points));
    close(golowich, 0.81593067948, 5.1e-12);
}

/// Equal points attain the lower bound of linear classes.
#[test]
fn the_tight_case() {
    let equal = IntervalMatrix::from_rows(2, 3, [1.0, -2.0, 0.5].repeat(2)).unwrap();
    let class = Class::euclidean_ball(&equal, 1.0).unwrap();
    close(class.exact().unwrap().midpoint() / class.bounds().high(), 0.5f64.sqrt(), 1e-14);
}
