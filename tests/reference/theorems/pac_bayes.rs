//! The catalogue's `pac-bayes-ordering` and `maurer-xi`.

use saddlepoint_theory::bounds::catoni::Catoni;
use saddlepoint_theory::bounds::kl_inverse::upper_inverse;
use saddlepoint_theory::bounds::maurer::Maurer;
use saddlepoint_theory::bounds::mcallester::McAllester;
use saddlepoint_theory::bounds::pac_bayes::{GibbsRisk, Moment, xi};
use saddlepoint_theory::bounds::split::Split;
use saddlepoint_theory::quantity::{Divergence, Risk, SampleSize};

/// Risk, divergence, sample size; McAllester, Maurer and the infimum of Catoni's bounds over all temperatures, which is no
/// bound: nobody can fix the best temperature before the data.
const ORDERING: [(f64, f64, u64, [f64; 3]); 5] = [
    (0.02, 50.0, 1000, [0.189030703, 0.1065361897, 0.10193933]),
    (0.0, 50.0, 1000, [0.169030703, 0.05554076851, 0.05161594]),
    (0.028, 5000.0, 55000, [0.2413956297, 0.1579699696, 0.1578555]),
    (0.1, 10.0, 500, [0.2296000907, 0.1949637542, 0.18181091]),
    (0.3, 300.0, 1000, [0.6918818426, 0.6826783916, 0.6803189]),
];

fn exact(q: f64) -> GibbsRisk {
    GibbsRisk::exact(q).unwrap()
}

#[test]
fn mcallester_and_maurer() {
    for (q, kl, n, [of_mcallester, of_maurer, _]) in ORDERING {
        let both = |moment| {
            let split = Split::unseen(n).unwrap();
            let mcallester = McAllester::new(exact(q), kl, split, 0.05, moment).unwrap().evaluate().value();
            [mcallester, Maurer::new(exact(q), kl, split, 0.05, moment).unwrap().evaluate().value()]
        };
        let found = both(Moment::TwoRoots);
        assert!((found[0] / of_mcallester - 1.0).abs() < 5e-9, "{q} {kl} {n}: {found:?}");
        assert!((found[1] / of_maurer - 1.0).abs() < 1e-9, "{q} {kl} {n}: {found:?}");
        let tighter = both(Moment::Exact);
        assert!(tighter[0] < found[0] && tighter[1] < found[1]);
    }
}

/// The infimum is a kl inverse, attained at the difference of log odds. A grid pays for its size.
#[test]
fn catoni() {
    for (q, kl, n, [.., infimum]) in ORDERING {
        let value = |grid: &[f64]| {
            Catoni::new(exact(q), kl, Split::unseen(n).unwrap(), 0.05, grid).unwrap().evaluate().value()
        };
        let budget = Divergence::new((kl + 20f64.ln()) / n as f64).unwrap();
        let p = upper_inverse(Risk::new(q).unwrap(), budget).get();
        let best = if q == 0.0 { 60.0 } else { (p * (1.0 - q) / (q * (1.0 - p))).ln() };
        let found = value(&[best]);
        assert!((found - infimum).abs() < 5e-8 && (found - p).abs() < 1e-12, "{q} {kl} {n}: {found} {p}");
        assert!(value(&[best * 0.9]) > p || q == 0.0);
        let grid: Vec<f64> = (0..14).map(|i| 0.05 * 1.5f64.powi(i)).collect();
        assert!(value(&grid) > found && value(&grid) < found * 1.06, "{q} {kl} {n}");
    }
}

#[test]
fn maurers_moment() {
    for (n, value) in [
        (1, 2.0),
        (2, 2.5),
        (8, 4.24501800537),
        (10, 4.66021568),
        (100, 13.2099606302),
        (1000, 40.3032129262),
        (10000, 125.999121869),
    ] {
        let found = xi(SampleSize::new(n).unwrap());
        assert!((found / value - 1.0).abs() < 1e-11 && found >= value * (1.0 - 1e-11), "{n}: {found}");
    }
}
