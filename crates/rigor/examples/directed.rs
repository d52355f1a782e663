//! The Hoeffding bound `√(ln(1/δ) / 2n)`, from above and from below.

use saddlepoint_rigor::{Interval, IntervalError};

fn main() -> Result<(), IntervalError> {
    let n = Interval::point(1000.0)?;
    let two = Interval::point(2.0)?;
    // 0.05 is no binary fraction: the interval between its neighbours contains it.
    let delta = Interval::point(1.0)?.checked_div(Interval::point(20.0)?)?;
    let gap = (-delta.ln()?).checked_div(two * n)?.sqrt()?;
    println!("the gap lies in {gap}, an interval of width {:e}", gap.width());
    Ok(())
}
