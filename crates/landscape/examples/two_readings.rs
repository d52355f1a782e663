//! Gradient descent on the two-parameter ReLU network: where does it end, and how sharp is the minimum?
//!
//! Run it with `cargo run -p saddlepoint-landscape --example two_readings`.

use saddlepoint_landscape::analytic::{Reading, TwoParameterMlp};
use saddlepoint_landscape::critical::classify;
use saddlepoint_landscape::descent::{GradientDescent, StopRule};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let descent = GradientDescent::new(0.01, StopRule { steps: 100_000, gradient_norm: 1e-12 })?;
    for reading in [Reading::Intended, Reading::Swapped] {
        let loss = TwoParameterMlp::seed42(reading);
        println!("{reading:?}: global minimum {:.6}, plateau {:.6}", loss.minimum(), loss.plateau());
        for start in [[0.5, 0.5], [2.0, -0.5], [0.5, -2.0], [-1.0, -1.0]] {
            let found = descent.run(&loss, &start)?;
            let point = classify(&loss, &found.point, 1e-9, 1e-9)?;
            println!(
                "  from {start:?}: {:?} after {} steps at [{:.4}, {:.4}], loss {:.6}, Hessian eigenvalues {:.4?}",
                point.kind(),
                found.steps,
                point.point[0],
                point.point[1],
                point.value,
                point.eigenvalues,
            );
        }
    }
    Ok(())
}
