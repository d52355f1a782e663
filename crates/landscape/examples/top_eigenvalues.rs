//! How many products do the top five eigenvalues of a spectrum like a trained network's take?
//!
//! The spectrum: ten outliers far above a bulk of 19,990 eigenvalues near zero, a few of them negative.

use saddlepoint_landscape::operator::{OperatorError, SymmetricOperator};
use saddlepoint_landscape::spectrum::lanczos::{End, Lanczos};

struct Diagonal(Vec<f64>);

impl SymmetricOperator for Diagonal {
    fn dimension(&self) -> usize {
        self.0.len()
    }

    fn apply_unchecked(&self, vector: &[f64], product: &mut [f64]) -> Result<(), OperatorError> {
        for ((product, entry), value) in product.iter_mut().zip(vector).zip(&self.0) {
            *product = entry * value;
        }
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let outliers = [12.0, 8.5, 6.1, 4.4, 3.5, 2.9, 2.4, 2.0, 1.6, 1.3];
    let bulk = (0..19_990).map(|i| {
        let share = f64::from(i) / 19_990.0;
        // A density that falls off as it leaves zero, with a tenth of it below.
        if share < 0.1 { -0.05 * share } else { 0.8 * (share - 0.1).powi(6) }
    });
    let operator = Diagonal(outliers.into_iter().chain(bulk).collect());
    for seed in 1..=5u64 {
        let mut state = seed;
        let mut uniform = || {
            // SplitMix64.
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            ((z ^ (z >> 31)) >> 11) as f64 * 2f64.powi(-53)
        };
        let mut normal = || (-2.0 * (-uniform()).ln_1p()).sqrt() * (std::f64::consts::TAU * uniform()).cos();
        let found = Lanczos::new(End::Largest, 5)?.with_tolerance(1e-6)?.run(&operator, &mut normal)?;
        println!("seed {seed}: {} products, converged: {}", found.products, found.converged());
        for pair in &found.pairs {
            println!("  {:.12}  residual / value {:.1e}", pair.value, pair.residual / pair.value);
        }
    }
    Ok(())
}
