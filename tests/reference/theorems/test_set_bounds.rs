//! The catalogue's `test-set-bound`.

use saddlepoint_theory::bounds::clopper_pearson::ClopperPearson;
use saddlepoint_theory::bounds::hoeffding::Hoeffding;
use saddlepoint_theory::bounds::kl_test_set::KlTestSet;

#[test]
fn exact_kl_and_hoeffding() {
    for (k, n, values) in [
        (0, 100, [0.02951304961, 0.02951304961, 0.1223873415]),
        (5, 100, [0.1022533776, 0.1215270364, 0.1723873415]),
        (10, 1000, [0.01690317512, 0.0197561293, 0.0487022756]),
        (159, 797, [0.2242206997, 0.2356005715, 0.2428499385]),
        (20, 797, [0.03625653438, 0.04110203185, 0.06844592346]),
    ] {
        let found = [
            ClopperPearson::new(k, n, 0.05).unwrap().evaluate(),
            KlTestSet::of_errors(k, n, 0.05).unwrap().evaluate(),
            Hoeffding::of_errors(k, n, 0.05).unwrap().evaluate(),
        ];
        for (found, value) in found.iter().zip(values) {
            assert!((found.value() / value - 1.0).abs() < 1e-9, "{found}: {value}");
        }
    }
}
