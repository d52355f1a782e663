//! The catalogue's `vc-relu-bound`.

use saddlepoint_theory::bounds::certificate::Verdict;
use saddlepoint_theory::bounds::vc::VapnikChervonenkis;
use saddlepoint_theory::capacity::vc::piecewise_linear::Architecture;

fn close(found: f64, value: f64) {
    assert!((found / value - 1.0).abs() <= 1e-6, "{found} is not {value}");
}

fn relu(inputs: u64, widths: &[u64]) -> Architecture {
    Architecture::fully_connected(inputs, widths, 1).unwrap()
}

#[test]
fn the_three_forms() {
    for (inputs, widths, parameters, closed, implicit, product) in [
        (64, vec![32, 1], 2113, 47981.8197, 46075.06, 40698.56),
        (64, vec![128, 1], 8449, 229866.0011, 221118.24, 182123.82),
        (64, vec![512, 512, 1], 296449, 11095727.59, 10716910.83, 8379083.38),
        (784, vec![600, 1], 471601, 15290713.12, 14745898.83, 11460481.88),
    ] {
        let network = relu(inputs, &widths);
        assert_eq!(network.parameters(), parameters);
        close(network.closed_form().unwrap(), closed);
        close(network.implicit(), implicit);
        close(network.product_form(), product);
    }
    close(relu(784, &[100, 100, 1]).closed_form().unwrap(), 3863493.751);
    let small = relu(2, &[4, 1]);
    assert!((small.implicit() - 235.413).abs() < 5.1e-4 && (small.product_form() - 228.595).abs() < 5.1e-4);
    assert!((relu(64, &[32, 1]).effective_depth() - 1.9844).abs() < 5.1e-5);
    assert_eq!((relu(64, &[32, 1]).weighted_units(), relu(64, &[128, 1]).weighted_units()), (34, 130));
}

/// The deviation of 64-128-1 on 1,000 observations is 3.34: `√(8/n (2n ln 2 + ln(4/δ)))`. The catalogue has 2.36, which is
/// the same with `Π(n) = 2ⁿ` for the `Π(2n)` of the theorem, and so smaller than what is proven.
#[test]
fn networks_are_vacuous_until_there_are_fifty_million_observations() {
    let network = relu(64, &[128, 1]);
    let dimension = network.closed_form().unwrap() as u64;
    let bound = |n: u64| VapnikChervonenkis::new(0.0, dimension, n, 0.05).unwrap().evaluate();
    assert_eq!(bound(1000).verdict(), Verdict::Vacuous);
    assert!((bound(1000).value() - (8e-3 * (2000.0 * 2f64.ln() + 80f64.ln())).sqrt()).abs() < 1e-12);
    assert!((8e-3 * (1000.0 * 2f64.ln() + 80f64.ln())).sqrt() < 2.365);
    assert!(bound(52_300_000).value() > 0.5 && bound(52_400_000).value() < 0.5);
    // The network's own growth function, without the detour through its dimension, is smaller and vacuous, too.
    let growth = VapnikChervonenkis::with_log_growth(0.0, network.log_growth(2000), 1000, 0.05).unwrap();
    assert!(
        growth.evaluate().value() <= bound(1000).value() && growth.evaluate().verdict() == Verdict::Vacuous
    );
}
