//! Corruptions: data with less and less to learn, on which a network that only memorizes does as well as ever.
//!
//! # Reference
//! Zhang, Bengio, Hardt, Recht, Vinyals 2017, Understanding deep learning requires rethinking generalization,
//! section 2.

use super::planted::moments;
use super::{DataError, Samples, Targets};
use crate::random::Stream;

/// Gives each sample a uniformly random class with probability `fraction`; the new class may be the old one.
///
/// A uniform number is drawn for every sample first, then a class for every sample: at a larger fraction the same
/// stream corrupts the same samples in the same way, and more.
///
/// # Errors
/// [`DataError::Parameter`] where the fraction is not in `[0, 1]`, [`DataError::NoLabels`].
pub fn random_labels(samples: &Samples, fraction: f64, stream: &mut Stream) -> Result<Samples, DataError> {
    if !(0.0..=1.0).contains(&fraction) {
        return Err(DataError::Parameter {
            name: "the fraction",
            expected: "between 0 and 1",
            found: fraction,
        });
    }
    let (labels, classes) = samples.labels()?;
    let corrupted: Vec<bool> = labels.iter().map(|_| stream.uniform() < fraction).collect();
    let random = labels.iter().map(|_| stream.index(classes)).collect::<Vec<_>>();
    let choose = |((&label, random), corrupted)| if corrupted { random } else { label };
    let labels = labels.iter().zip(random).zip(corrupted).map(choose).collect();
    samples.with_targets(Targets::Classes { labels, classes })
}

/// Rearranges every input in the same order: input `i` becomes what input `order[i]` was. Use one order, say
/// `stream.permutation(samples.dimension())`, for training and testing.
///
/// # Errors
/// [`DataError::NotAPermutation`].
pub fn shuffled_pixels(samples: &Samples, order: &[usize]) -> Result<Samples, DataError> {
    let dimension = samples.dimension();
    let mut sorted = order.to_vec();
    sorted.sort_unstable();
    if !sorted.into_iter().eq(0..dimension) {
        return Err(DataError::NotAPermutation { dimension });
    }
    samples.with_inputs(samples.rows().flat_map(|row| order.iter().map(|&i| row[i])).collect())
}

/// Rearranges every input in an order of its own: nothing is left but each image's histogram.
///
/// # Errors
/// None for samples that exist.
pub fn random_pixels(samples: &Samples, stream: &mut Stream) -> Result<Samples, DataError> {
    let shuffle = |row: &[f64]| stream.permutation(row.len()).into_iter().map(|i| row[i]).collect::<Vec<_>>();
    samples.with_inputs(samples.rows().flat_map(shuffle).collect())
}

/// Replaces every input by normal numbers with the mean and the variance of all the input numbers together.
///
/// # Errors
/// [`DataError::NotFinite`] where the numbers are so large that their variance overflows.
pub fn gaussian_inputs(samples: &Samples, stream: &mut Stream) -> Result<Samples, DataError> {
    let (mean, deviation) = moments(samples.inputs());
    samples.with_inputs(samples.inputs().iter().map(|_| mean + deviation * stream.normal()).collect())
}

/// Adds independent normal noise of this standard deviation to every input number.
///
/// # Errors
/// [`DataError::Parameter`] where the deviation is negative or not finite.
pub fn noisy_inputs(samples: &Samples, deviation: f64, stream: &mut Stream) -> Result<Samples, DataError> {
    if !(deviation >= 0.0 && deviation.is_finite()) {
        let expected = "finite and not negative";
        return Err(DataError::Parameter { name: "the deviation of the noise", expected, found: deviation });
    }
    samples.with_inputs(samples.inputs().iter().map(|x| x + deviation * stream.normal()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::digits;

    fn train() -> Samples {
        digits::split().unwrap().0
    }

    fn agreement(a: &Samples, b: &Samples) -> f64 {
        let (a, b) = (a.labels().unwrap().0, b.labels().unwrap().0);
        a.iter().zip(b).filter(|(a, b)| a == b).count() as f64 / a.len() as f64
    }

    #[test]
    fn a_fraction_of_the_labels_is_random() {
        let clean = train();
        assert_eq!(random_labels(&clean, 0.0, &mut Stream::new(1)).unwrap(), clean);
        for fraction in [0.25, 0.5, 1.0] {
            let corrupt = random_labels(&clean, fraction, &mut Stream::new(31)).unwrap();
            // One in ten random labels is right by chance; n = 1000, four standard deviations.
            let expected: f64 = 1.0 - 0.9 * fraction;
            let tolerance = 4.0 * (expected * (1.0 - expected) / 1000.0).sqrt();
            assert!((agreement(&corrupt, &clean) - expected).abs() < tolerance);
        }
        for fraction in [-0.1, 1.1, f64::NAN] {
            assert!(matches!(
                random_labels(&clean, fraction, &mut Stream::new(1)),
                Err(DataError::Parameter { .. })
            ));
        }
    }

    #[test]
    fn a_larger_fraction_corrupts_more_of_the_same() {
        let clean = train();
        let some = random_labels(&clean, 0.3, &mut Stream::new(2)).unwrap();
        let more = random_labels(&clean, 0.6, &mut Stream::new(2)).unwrap();
        let labels = |samples: &Samples| samples.labels().unwrap().0.to_vec();
        for ((clean, some), more) in labels(&clean).into_iter().zip(labels(&some)).zip(labels(&more)) {
            assert!(some == clean || some == more);
        }
    }

    #[test]
    fn one_order_for_all_can_be_undone_and_orders_of_their_own_keep_the_histogram() {
        let clean = train();
        let order = Stream::new(9).permutation(64);
        let shuffled = shuffled_pixels(&clean, &order).unwrap();
        let mut back = vec![0; 64];
        for (i, &from) in order.iter().enumerate() {
            back[from] = i;
        }
        assert_ne!(shuffled, clean);
        assert_eq!(shuffled_pixels(&shuffled, &back).unwrap(), clean);
        for wrong in [&order[1..], &[0; 64], &[64; 64]] {
            assert!(matches!(
                shuffled_pixels(&clean, wrong),
                Err(DataError::NotAPermutation { dimension: 64 })
            ));
        }

        let random = random_pixels(&clean, &mut Stream::new(9)).unwrap();
        let sorted = |row: &[f64]| {
            let mut row = row.to_vec();
            row.sort_unstable_by(f64::total_cmp);
            row
        };
        for (before, after) in clean.rows().zip(random.rows()) {
            assert_eq!(sorted(before), sorted(after));
        }
        let first = |samples: &Samples| samples.rows().next().unwrap().to_vec();
        assert_ne!(first(&shuffled), first(&random_pixels(&clean, &mut Stream::new(10)).unwrap()));
    }

    #[test]
    fn gaussian_inputs_match_mean_and_variance() {
        let clean = train();
        let (mean, deviation) = moments(clean.inputs());
        let random = gaussian_inputs(&clean, &mut Stream::new(4)).unwrap();
        let (random_mean, random_deviation) = moments(random.inputs());
        // 64 000 draws: standard errors are s/√n of the mean and s/√(2n) of the deviation.
        assert!((random_mean - mean).abs() < 4.0 * deviation / 64_000f64.sqrt());
        assert!((random_deviation - deviation).abs() < 4.0 * deviation / 128_000f64.sqrt());
        assert_eq!(random.labels().unwrap(), clean.labels().unwrap());
    }

    #[test]
    fn noise_has_the_deviation_asked_for() {
        let clean = train();
        assert_eq!(noisy_inputs(&clean, 0.0, &mut Stream::new(6)).unwrap(), clean);
        let noisy = noisy_inputs(&clean, 0.1, &mut Stream::new(6)).unwrap();
        let noise: Vec<f64> = noisy.inputs().iter().zip(clean.inputs()).map(|(a, b)| a - b).collect();
        assert!((moments(&noise).1 - 0.1).abs() < 4.0 * 0.1 / 128_000f64.sqrt());
        assert!(noisy_inputs(&clean, f64::INFINITY, &mut Stream::new(6)).is_err());
    }
}
