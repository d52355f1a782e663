//! The density of a spectrum from 500 products, drawn with characters beside the exact one.
//!
//! The operator is the second difference of a ring of 20,000 points; the density of its eigenvalues is
//! `1 / (π √(x (4 − x)))`. Run it with `cargo run -p saddlepoint-landscape --example density`.

use saddlepoint_landscape::operator::{OperatorError, SymmetricOperator};
use saddlepoint_landscape::spectrum::density::StochasticLanczos;

struct Ring(usize);

impl SymmetricOperator for Ring {
    fn dimension(&self) -> usize {
        self.0
    }

    fn apply_unchecked(&self, v: &[f64], product: &mut [f64]) -> Result<(), OperatorError> {
        for (i, entry) in product.iter_mut().enumerate() {
            *entry = 2.0 * v[i] - v[(i + self.0 - 1) % self.0] - v[(i + 1) % self.0];
        }
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut state = 1u64;
    let mut uniform = || {
        // SplitMix64.
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 * 2f64.powi(-53)
    };
    let mut normal = || (-2.0 * (-uniform()).ln_1p()).sqrt() * (std::f64::consts::TAU * uniform()).cos();

    let density = StochasticLanczos::new(10, 50)?.run(&Ring(20_000), &mut normal)?;
    let width = density.default_width()?;
    println!("{} products, smoothed by {width:.3}", density.products);
    for (x, estimate) in density.curve(31, width)? {
        let (low, high) = estimate.interval(0.95)?;
        let bar = "#".repeat((40.0 * estimate.value).round() as usize);
        println!("{x:7.3} {bar:<42} {:.3} in [{low:.3}, {high:.3}]", estimate.value);
    }
    for x in [0.5f64, 2.0, 3.5] {
        let band = density.cumulative(x, 0.95)?;
        let exact = 1.0 - (x / 2.0 - 1.0).acos() / std::f64::consts::PI;
        println!(
            "share up to {x}: {:.4} in [{:.4}, {:.4}], exactly {exact:.4}",
            band.value, band.low, band.high
        );
    }
    let log_determinant = density.log_determinant_bracket(1.0, (0.0, 4.0))?.interval(0.95)?;
    let exact = 20_000.0 * (1.5 + 1.25f64.sqrt()).ln();
    println!("ln det(A + I) in [{:.1}, {:.1}], exactly {exact:.1}", log_determinant.0, log_determinant.1);
    Ok(())
}
