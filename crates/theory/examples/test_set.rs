//! From observed errors to a certified risk: the inverse of the binary kl against Hoeffding's inequality.

use saddlepoint_theory::bounds::kl_inverse;
use saddlepoint_theory::quantity::{Confidence, Divergence, QuantityError, Risk, SampleSize};

fn main() -> Result<(), QuantityError> {
    let (n, delta) = (SampleSize::new(1000)?, Confidence::new(0.05)?);
    let budget = Divergence::new((1.0 / delta.delta()).ln() / n.as_f64())?;
    println!("errors of {}   risk at most (kl)   risk at most (Hoeffding)", n.get());
    for errors in [0u32, 1, 10, 100, 300] {
        let observed = Risk::new(f64::from(errors) / n.as_f64())?;
        let certified = kl_inverse::upper_inverse(observed, budget).get();
        println!("{errors:14}   {certified:17.6}   {:24.6}", kl_inverse::pinsker(observed, budget));
    }
    Ok(())
}
