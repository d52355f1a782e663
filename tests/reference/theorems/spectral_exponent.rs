//! Fitted power laws against 50-digit ones from `spectral_exponent.py`.

use saddlepoint_theory::capacity::spectral_exponent::PowerLaw;

fn float(bits: &str) -> f64 {
    f64::from_bits(u64::from_str_radix(bits, 16).unwrap())
}

#[test]
fn fits_agree_with_fifty_digits() {
    let lines: Vec<&str> = include_str!("spectral_exponent.csv").lines().skip(1).collect();
    assert_eq!(lines.len(), 5);
    for line in lines {
        let fields: Vec<&str> = line.split(',').collect();
        let eigenvalues: Vec<f64> = fields[4].split(' ').map(float).collect();
        let fit = PowerLaw::fit(&eigenvalues).unwrap();
        assert_eq!(fit.tail().to_string(), fields[0]);
        assert_eq!(fit.minimum(), float(fields[3]));
        let near =
            |found: f64, reference: &str| (found / reference.parse::<f64>().unwrap() - 1.0).abs() < 1e-12;
        assert!(near(fit.alpha(), fields[1]) && near(fit.distance(), fields[2]), "{line}");
    }
}
