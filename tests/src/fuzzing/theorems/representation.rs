//! What representations recover.

use std::num::NonZeroUsize;

use nalgebra::DMatrix;
use saddlepoint_theory::representation::activation_maximization::{
    DeepUnit, FirstLayerUnit, GaussianPrior, SecondLayerUnit, frank_wolfe_gap, maximize, roughness,
    smooth_prior,
};
use saddlepoint_theory::representation::coherence::UniqueRepresentation;
use saddlepoint_theory::representation::dead_leaves::{dead_leaves, phase_randomized};
use saddlepoint_theory::representation::dictionary::{
    DenseDictionary, Dictionary, GramBounds, SparseDictionary, SpikesAndHadamard,
};
use saddlepoint_theory::representation::equivariance::{
    circular_convolution, padded_convolution, pooled_layer,
};
use saddlepoint_theory::representation::independent_components::{FastIca, Whitening};
use saddlepoint_theory::representation::lasso::Lasso;
use saddlepoint_theory::representation::lasso_recovery::LassoRecovery;
use saddlepoint_theory::representation::layered_thresholding::{
    LayeredThresholding, Shrinkage, layered_basis_pursuit_errors,
};
use saddlepoint_theory::representation::scattering::{FilterBank, WavePacket, fourier_modulus_distance};
use saddlepoint_theory::representation::spark::{dependent_atoms, spikes_and_hadamard};
use saddlepoint_theory::representation::thresholding::Threshold;
use saddlepoint_theory::representation::thresholding_recovery::{CodeBounds, ThresholdingRecovery};

use super::{Theorem, at_least, done, finite};
use crate::fuzzing::bits::Bits;

fn gram(b: &mut Bits) -> Option<GramBounds> {
    if b.flag() {
        GramBounds::unit(b.number()).ok()
    } else {
        GramBounds::new(b.number(), b.number(), b.number()).ok()
    }
}

fn code(b: &mut Bits) -> Option<CodeBounds> {
    CodeBounds::new(b.few(), b.number(), b.number()).ok()
}

/// What images of two pixels are like.
fn prior(b: &mut Bits) -> Option<GaussianPrior> {
    let images = b.list(|b| b.exactly(2));
    let rows: Vec<&[f64]> = images.iter().map(Vec::as_slice).collect();
    GaussianPrior::of(&rows, b.number()).ok()
}

/// A unit of a second layer, on two pixels.
fn deep(b: &mut Bits) -> Option<DeepUnit> {
    let layers = [(b.shaped(2, 2), b.vector(2)), (b.shaped(2, 2), b.vector(2))];
    DeepUnit::new(&layers, b.few()).ok()
}

pub(super) const TABLE: &[Theorem] = &[
    |b| {
        let (unit, image) = (deep(b)?, b.vector(2));
        let _ = unit.slope(&image);
        done(unit.activation(&image))
    },
    |b| done(maximize(&deep(b)?, &prior(b)?, b.number(), b.few())),
    |b| at_least(0.0, frank_wolfe_gap(&deep(b)?, &prior(b)?, b.number(), &b.vector(2)).ok()?),
    |b| {
        let prior = prior(b)?.without_shape();
        let image = b.vector(2);
        let _ = prior.distance(&image);
        done(prior.at_distance(&image, b.number()))
    },
    |b| {
        let unit = FirstLayerUnit::new(b.vector(2), b.number()).ok()?;
        let lambda = b.number();
        let _ = unit.maximizer(lambda);
        finite(&unit.ascend(&b.vector(2), lambda, b.few()).ok()?)
    },
    |b| {
        let units = b.few();
        let unit = SecondLayerUnit::new(b.shaped(units, 4), b.vector(units)).ok()?;
        let prior = if b.flag() { b.shaped(4, 4) } else { smooth_prior(2, b.number(), b.number()).ok()? };
        finite(&unit.ascend(&b.vector(4), &prior, b.few()).ok()?)
    },
    |b| done(smooth_prior(b.size(), b.number(), b.number())),
    |b| {
        let side = b.few();
        done(roughness(side, &b.vector(side * side)))
    },
    |b| at_least(0.0, UniqueRepresentation::new(gram(b)?, b.size()).ok()?.others_have_at_least()),
    |b| {
        let (size, radii, mut stream) = (1 << b.few(), (b.number(), b.number()), b.stream());
        // Ten seconds are spent on discs too small to cover anything before they are refused.
        if 0.0 < radii.0 && radii.0 < 0.2 || radii.1 > 64.0 {
            return None;
        }
        finite(&dead_leaves(size, radii, &mut || stream.uniform()).ok()?)
    },
    |b| {
        let size = 1 << (b.few() % 3);
        done(phase_randomized(&b.shaped(size, size), &b.shaped(size, size)))
    },
    |b| {
        let dictionary = DenseDictionary::new(b.matrix()).ok()?;
        let _ = dictionary.correlate(&b.exactly(dictionary.rows()));
        finite(&[dictionary.squared_norm()])
    },
    |b| {
        let dictionary = SpikesAndHadamard::new(b.size().min(1 << 10)).ok()?;
        at_least(0.0, dictionary.gram_bounds().product())
    },
    |b| {
        let atoms = b.list(|b| b.list(|b| (b.few(), b.number())));
        let dictionary = SparseDictionary::new(b.size(), atoms).ok()?;
        at_least(0.0, dictionary.gram_bounds().product())
    },
    |b| {
        let (rows, weight, count, mut stream) = (b.few() * b.few(), b.few(), b.few(), b.stream());
        done(SparseDictionary::lines(rows, weight, count, &mut || stream.sign()))
    },
    |b| {
        let samples = b.matrix();
        let whitening = Whitening::new(&samples, b.number()).ok()?;
        done(whitening.whiten(&samples))
    },
    |b| {
        let (white, d) = (b.matrix(), b.few());
        let start = b.shaped(d, d);
        done(FastIca::new(&white, &start).ok()?.step())
    },
    |b| {
        let dictionary = DenseDictionary::new(b.matrix()).ok()?;
        let (signal, start) = (b.exactly(dictionary.rows()), b.exactly(dictionary.atoms()));
        let lasso = Lasso::new(&dictionary, signal, b.number()).ok()?;
        let smoothness = b.number();
        let _ = (lasso.duality_gap(&start), lasso.ista(&start, smoothness, b.few()));
        done(lasso.fista(&start, smoothness, b.few()))
    },
    |b| at_least(0.0, LassoRecovery::new(gram(b)?, b.size(), b.number(), b.number()).ok()?.largest_error()),
    |b| {
        let recovery = ThresholdingRecovery::new(gram(b)?, code(b)?, b.number()).ok()?;
        at_least(0.0, recovery.hard_error())
    },
    |b| {
        let layers = b.list(|b| Some((gram(b)?, code(b)?))).into_iter().collect::<Option<Vec<_>>>()?;
        done(LayeredThresholding::new(&layers, b.number(), b.one_of(&[Shrinkage::Hard, Shrinkage::Soft])))
    },
    |b| {
        let layers = b.list(|b| Some((gram(b)?, b.size()))).into_iter().collect::<Option<Vec<_>>>()?;
        layered_basis_pursuit_errors(&layers, b.number())
            .ok()?
            .iter()
            .try_for_each(|&error| at_least(0.0, error))
    },
    |b| {
        let (threshold, x) = (Threshold::new(b.number()).ok()?, b.number());
        (!threshold.soft(x).is_nan() || x.is_nan()).then_some(())
    },
    |b| {
        let packet = WavePacket::new(b.number(), b.number()).ok()?;
        let samples = packet.dilated(1 + b.few(), b.number());
        done(fourier_modulus_distance(&samples, &b.exactly(samples.len())))
    },
    |b| {
        let (n, octaves) = (1 << b.few(), b.narrow());
        let bank =
            if b.flag() { FilterBank::morlet(n, octaves) } else { FilterBank::unnormalized_morlet(n, octaves) };
        at_least(0.0, bank.ok()?.scatter(&b.exactly(n), b.few() as u32).ok()?.energy(0))
    },
    |b| done(FilterBank::morlet(if b.flag() { b.size() } else { 64 }, b.narrow())),
    |b| {
        let atoms = b.list(|b| (0..3).map(|_| i64::from(b.byte()) - 128).collect());
        done(dependent_atoms(&atoms, b.few()))
    },
    |b| done(spikes_and_hadamard(b.few() * b.few())),
    |b| {
        let (kernel, signal) = (b.numbers(), b.numbers());
        let _ = (circular_convolution(&kernel, &signal), padded_convolution(&kernel, &signal));
        let stride = NonZeroUsize::new(b.few())?;
        let _ = pooled_layer(&kernel, &signal, stride);
        Some(())
    },
    |b| {
        let atoms = DMatrix::from_row_slice(2, 3, &b.exactly(6));
        at_least(0.0, DenseDictionary::new(atoms).ok()?.gram_bounds().least())
    },
];
