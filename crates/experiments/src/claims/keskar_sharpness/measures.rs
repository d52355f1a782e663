//! The measures of sharpness that are compared.

use nalgebra::DMatrix;
use saddlepoint_landscape::sharpness::{keskar, sam};
use saddlepoint_landscape::spectrum::estimate::StopRule;
use saddlepoint_landscape::spectrum::lanczos::{End, Lanczos};
use saddlepoint_landscape::spectrum::trace::hutch_plus_plus;
use saddlepoint_models::native::DenseRisk;
use saddlepoint_models::random::Stream;
use serde::{Deserialize, Serialize};

use crate::claim::{Failure, Lab};
use crate::dense_risk::{RiskHessian, RiskObjective};

/// Sizes of the boxes, and columns that span the random subspace.
const SIZES: [f64; 2] = [5e-4, 1e-3];
const COLUMNS: usize = 100;

/// How sharp a point is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Measures {
    /// Largest eigenvalue of the Hessian in magnitude, with its residual.
    pub(super) top: f64,
    pub(super) residual: f64,
    /// Its trace, with the standard error.
    pub(super) trace: f64,
    pub(super) trace_error: f64,
    /// Keskar's sharpness in the boxes, in all of space and in the random subspace.
    pub(super) keskar: Vec<f64>,
    pub(super) keskar_subspace: Vec<f64>,
    /// Rise along the gradient in a ball of radius 0.05, and in an ellipsoid of radius 0.5 without floor.
    pub(super) sam: f64,
    pub(super) adaptive_sam: f64,
}

/// The largest eigenvalue of the Hessian in magnitude, with its residual.
pub(in crate::claims) fn top(hessian: &RiskHessian<'_>, stream: &mut Stream) -> Result<(f64, f64), Failure> {
    let search = Lanczos::new(End::LargestMagnitude, 1)?.with_tolerance(1e-5)?;
    let found = search.run(hessian, &mut || stream.normal())?;
    Ok((found.pairs[0].value, found.pairs[0].residual))
}

impl Measures {
    /// At a point of the risk; points of the same seed are compared with the same probes and in the same subspace.
    pub(super) fn of(risk: &DenseRisk<f64>, point: &[f64], seed: u64, lab: &Lab) -> Result<Self, Failure> {
        let mut stream = Stream::new(seed).split();
        let (objective, hessian) = (RiskObjective(risk), RiskHessian(risk.hessian(point)?));
        let (top, residual) = top(&hessian, &mut stream)?;
        lab.go_on()?;
        let trace = hutch_plus_plus(&hessian, 20, StopRule::exactly(20), &mut || stream.normal())?.estimate;
        lab.go_on()?;
        let whole = keskar::sharpness(&objective, point, &SIZES, keskar::ITERATIONS)?;
        lab.go_on()?;
        let basis = DMatrix::from_fn(point.len(), COLUMNS, |_, _| stream.normal());
        let part = keskar::sharpness_in(&objective, point, &basis, &SIZES, keskar::ITERATIONS)?;
        let values = |found: Vec<keskar::Sharpness>| found.into_iter().map(|one| one.value).collect();
        Ok(Self {
            top,
            residual,
            trace: trace.value,
            trace_error: trace.standard_error,
            keskar: values(whole),
            keskar_subspace: values(part),
            sam: sam::rise(&objective, point, 0.05)?,
            adaptive_sam: sam::adaptive_rise(&objective, point, 0.5, 0.0)?,
        })
    }
}
