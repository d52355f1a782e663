//! The PAC-Bayes bound of linear classifiers: coverage where the risk is known, and what is paid for what.

use saddlepoint_models::random::Stream;
use saddlepoint_theory::bounds::clopper_pearson::ClopperPearson;
use saddlepoint_theory::bounds::kl_inverse::upper_inverse;
use saddlepoint_theory::bounds::linear_gibbs::{LinearGibbs, normalized_margin};
use saddlepoint_theory::bounds::pac_bayes::Moment;
use saddlepoint_theory::quantity::{Divergence, Risk};

const DELTA: f64 = 0.05;
const DRAWS: u64 = 1000;

/// Margins of `w = Σ y x`, which the data chose, on `n` inputs in `d` dimensions whose labels are fair coins: whatever was
/// chosen, the Gibbs risk is ½. Every input occurs `repeated` times.
fn margins(stream: &mut Stream, n: usize, d: usize, repeated: usize) -> Vec<f64> {
    let inputs: Vec<Vec<f64>> = (0..n).map(|_| stream.normals(d)).collect();
    let labels: Vec<f64> = (0..n).map(|_| stream.sign()).collect();
    let w: Vec<f64> = (0..d).map(|j| inputs.iter().zip(&labels).map(|(x, y)| y * x[j]).sum::<f64>()).collect();
    let margin = |(x, y): (&Vec<f64>, &f64)| vec![normalized_margin(&w, x, *y > 0.0).unwrap(); repeated];
    inputs.iter().zip(&labels).flat_map(margin).collect()
}

/// In how many of the draws the bound is below ½.
fn failures(n: usize, d: usize, repeated: usize, bound: &dyn Fn(&[f64]) -> f64) -> u64 {
    let mut stream = Stream::new(29);
    (0..DRAWS).filter(|_| bound(&margins(&mut stream, n, d, repeated)) < 0.5).count() as u64
}

fn lengths() -> Vec<f64> {
    (0..8).map(|i| 0.5 * 1.5f64.powi(i)).collect()
}

fn certified(margins: &[f64]) -> f64 {
    LinearGibbs::new(margins, &lengths(), DELTA, Moment::Exact).unwrap().evaluate().value()
}

/// The same bound at one length, with so much for the divergence.
fn at(margins: &[f64], length: f64, divergence: f64) -> f64 {
    // A grid of one length shares nothing; the logarithms that are left are those of the length's own.
    let bound = LinearGibbs::new(margins, &[length], DELTA, Moment::Exact).unwrap().evaluate();
    let risk = bound.terms()[0].value;
    let others = (xi(margins.len()) / DELTA).ln();
    upper_inverse(
        Risk::new(risk).unwrap(),
        Divergence::new((divergence + others) / margins.len() as f64).unwrap(),
    )
    .get()
}

fn xi(n: usize) -> f64 {
    saddlepoint_theory::bounds::pac_bayes::xi(saddlepoint_theory::quantity::SampleSize::new(n as u64).unwrap())
}

/// The limits of a frequency, each with confidence 1 − 1e-6.
fn limits(k: u64) -> [f64; 2] {
    let above = |k| ClopperPearson::new(k, DRAWS, 1e-6).unwrap().evaluate().value();
    [1.0 - above(DRAWS - k), above(k)]
}

/// Teeth: without the divergence `μ²/2`, with a tenth of it, and with a sample in which every observation is counted
/// four times, coins are predicted.
#[test]
fn coins_are_not_predicted_and_without_the_price_of_the_length_they_are() {
    for (n, d) in [(20, 5), (20, 40), (60, 100)] {
        let failed = failures(n, d, 1, &certified);
        assert!(limits(failed)[1] <= DELTA, "{n} {d}: {failed}");
    }
    let paid = |part: f64| {
        move |margins: &[f64]| lengths().iter().map(|&m| at(margins, m, part * m * m / 2.0)).fold(1.0, f64::min)
    };
    let whole = failures(60, 100, 1, &paid(1.0));
    assert!(limits(whole)[1] <= DELTA, "{whole}");
    for part in [0.0, 0.1] {
        let failed = failures(60, 100, 1, &paid(part));
        assert!(limits(failed)[0] > DELTA, "{part}: {failed}");
    }
    let repeated = failures(20, 40, 4, &certified);
    assert!(limits(repeated)[0] > DELTA, "{repeated}");
}

/// The observed Gibbs risk is that of the very posterior: drawn weights err as often as the mean of `Φ(−μ margin)` says,
/// within four standard errors. Teeth: at another length they do not.
#[test]
fn drawn_weights_have_the_risk_that_is_computed() {
    let mut stream = Stream::new(5);
    let (d, length, draws) = (6, 1.5, 20_000);
    let x: Vec<Vec<f64>> = (0..10).map(|_| stream.normals(d)).collect();
    let w: Vec<f64> = stream.normals(d);
    let norm = w.iter().map(|w| w * w).sum::<f64>().sqrt();
    let margins: Vec<f64> = x.iter().map(|x| normalized_margin(&w, x, true).unwrap()).collect();
    let risk = |length: f64| {
        LinearGibbs::new(&margins, &[length], DELTA, Moment::Exact).unwrap().evaluate().terms()[0].value
    };
    let errors: usize = (0..draws)
        .map(|_| {
            let noise = stream.normals(d);
            let drawn: Vec<f64> = w.iter().zip(noise).map(|(w, z)| length * w / norm + z).collect();
            x.iter().filter(|x| x.iter().zip(&drawn).map(|(x, w)| x * w).sum::<f64>() < 0.0).count()
        })
        .sum();
    let found = errors as f64 / f64::from(10 * draws);
    // Errors of one draw may be as dependent as they like: its mean has a variance of at most ¼.
    let room = 4.0 * 0.5 / f64::from(draws).sqrt();
    assert!((found - risk(length)).abs() < room, "{found} {}", risk(length));
    assert!((found - risk(2.0 * length)).abs() > room && (found - risk(0.5 * length)).abs() > room);
}
