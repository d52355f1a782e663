//! What changes of a class do to its complexity.

use saddlepoint_models::random::Stream;
use saddlepoint_rigor::{Interval, IntervalMatrix, MatrixError};
use saddlepoint_theory::capacity::rademacher::Class;

use super::Outcome;
use crate::claim::{Failure, Lab};

/// What no change of a class does.
pub(super) const LAWS: [&str; 6] = [
    "classes of negative complexity",
    "shifts that change it",
    "convex combinations that change it",
    "functions more that make it smaller",
    "classes above Massart's bound or below Khintchine's",
    "contractions that increase it",
];

/// Some 1-Lipschitz functions; most do not vanish at 0.
const CONTRACTIONS: [fn(f64) -> f64; 5] =
    [|x| x.max(0.0), f64::abs, |x| x.sin() + 1.0, |x| (x - 0.5).clamp(-0.3, 0.6), |x| -x];

/// Random classes of up to five functions on up to seven points, changed in every way that has a law.
pub(super) fn laws(classes: usize, seed: u64, lab: &Lab) -> Result<Outcome, Failure> {
    let mut stream = Stream::new(seed);
    let (mut violations, mut ratios, mut absolute) = ([0; 6], Vec::new(), Vec::new());
    for _ in 0..classes {
        lab.go_on()?;
        let (points, functions) = (2 + stream.index(6), 2 + stream.index(4));
        let rows: Vec<Vec<f64>> = (0..functions).map(|_| stream.normals(points)).collect();
        let before = complexity(&rows)?;
        let shift = stream.normals(points);
        let shifted: Vec<Vec<f64>> =
            rows.iter().map(|row| row.iter().zip(&shift).map(|(x, c)| x + c).collect()).collect();
        let t = stream.uniform();
        let between = rows[0].iter().zip(&rows[1]).map(|(x, y)| t * x + (1.0 - t) * y).collect();
        let more = complexity(&[rows.clone(), vec![stream.normals(points)]].concat())?;
        let bounds = Class::finite(&matrix(&rows)?).bounds();
        let contracted: Vec<Vec<f64>> = rows
            .iter()
            .map(|row| row.iter().enumerate().map(|(i, &x)| CONTRACTIONS[(i + functions) % 5](x)).collect())
            .collect();
        let after = complexity(&contracted)?;
        let broken = [
            before.low() < 0.0,
            // Sums and convex combinations are rounded.
            !near(complexity(&shifted)?, before),
            !near(complexity(&[rows.clone(), vec![between]].concat())?, before),
            more.high() < before.low(),
            bounds.high() < before.low() || before.high() < bounds.low(),
            after.low() > before.high(),
        ];
        violations.iter_mut().zip(broken).for_each(|(count, broken)| *count += usize::from(broken));
        ratios.push(after.midpoint() / before.midpoint());
        // Two functions on three points are where counterexamples are frequent.
        let pair = [stream.normals(3), stream.normals(3)];
        let rectified = pair.clone().map(|row| row.into_iter().map(|x| x.max(0.0)).collect());
        let [with, without] = [&rectified, &pair]
            .map(|rows| Ok::<_, Failure>(Class::finite_absolute(&matrix(rows)?).exact()?.midpoint()));
        absolute.push(with? / without?);
    }
    Ok(Outcome::Laws { violations, ratios, absolute })
}

fn near(a: Interval, b: Interval) -> bool {
    (a.midpoint() - b.midpoint()).abs() <= 1e-13
}

fn matrix(rows: &[Vec<f64>]) -> Result<IntervalMatrix, MatrixError> {
    IntervalMatrix::from_rows(rows.len(), rows.first().map_or(0, Vec::len), rows.concat())
}

fn complexity(rows: &[Vec<f64>]) -> Result<Interval, Failure> {
    Ok(Class::finite(&matrix(rows)?).exact()?)
}
