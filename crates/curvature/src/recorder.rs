//! The device on which a loss is recorded, and what is moved there.

use burn::tensor::{Bool, Device, FloatDType, Int, Tensor};
use burn_autodiff::Autodiff;
use burn_backend::ops::{BoolTensorOps, FloatTensorOps, IntTensorOps};
use burn_backend::{AutodiffBackend, DType, TensorData};
use burn_capture::{CaptureBackend, CaptureDevice};
use burn_dispatch::DispatchDevice;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::trace::TraceError;
use crate::value::Float;

pub(crate) type Recording = Autodiff<CaptureBackend>;

/// What a loss takes beside the module: tensors, and tuples of them.
pub trait Batch {
    /// The same batch on the recording device.
    #[must_use]
    fn recorded(self, recorder: &Recorder) -> Self;
}

/// The device on which a loss is recorded.
pub struct Recorder {
    pub(crate) device: CaptureDevice,
    dtype: DType,
    /// Whether nothing has been recorded on it before.
    fresh: bool,
}

/// Recording devices at rest, by the type of the numbers created on them: burn makes no more than 65,536 devices.
static AT_REST: Mutex<Vec<(DType, CaptureDevice)>> = Mutex::new(Vec::new());

fn at_rest() -> MutexGuard<'static, Vec<(DType, CaptureDevice)>> {
    AT_REST.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Recorder {
    fn drop(&mut self) {
        at_rest().push((self.dtype, self.device));
    }
}

impl Recorder {
    /// A device of its own, on which a loss creates numbers of the given type unless it says otherwise.
    pub(crate) fn new(dtype: DType) -> Self {
        let mut devices = at_rest();
        let found = devices.iter().position(|&(of, _)| of == dtype);
        let (device, fresh) = match found {
            Some(at) => (devices.swap_remove(at).1, false),
            None => (CaptureDevice::default(), true),
        };
        Self { device, dtype, fresh }
    }

    /// The same device for burn's tensors.
    pub(crate) fn device(&self) -> Device {
        Device::new(DispatchDevice::Capture(self.device))
    }

    /// Settles the type of the numbers created here, within a recording, where burn wants it.
    pub(crate) fn configure(&self) -> Result<(), TraceError> {
        let refused = |error| TraceError::NotRecordable(format!("{:?} is not recordable: {error}", self.dtype));
        if self.fresh { self.device().configure(FloatDType::from(self.dtype)).map_err(refused) } else { Ok(()) }
    }

    pub(crate) fn data(&self, data: TensorData) -> Float<Recording> {
        Recording::from_inner(CaptureBackend::float_from_data(data, &self.device))
    }

    fn tensor<const D: usize>(&self, data: TensorData) -> Tensor<D> {
        Tensor::from_primitive::<Recording>(self.data(data))
    }
}

impl<const D: usize> Batch for Tensor<D> {
    fn recorded(self, recorder: &Recorder) -> Self {
        recorder.tensor(self.into_data())
    }
}

impl<const D: usize> Batch for Tensor<D, Int> {
    fn recorded(self, recorder: &Recorder) -> Self {
        let tensor = CaptureBackend::int_from_data(self.into_data(), &recorder.device);
        Tensor::from_primitive::<Recording>(tensor)
    }
}

impl<const D: usize> Batch for Tensor<D, Bool> {
    fn recorded(self, recorder: &Recorder) -> Self {
        let tensor = CaptureBackend::bool_from_data(self.into_data(), &recorder.device);
        Tensor::from_primitive::<Recording>(tensor)
    }
}

impl Batch for () {
    fn recorded(self, _recorder: &Recorder) -> Self {}
}

impl<A: Batch, B: Batch> Batch for (A, B) {
    fn recorded(self, recorder: &Recorder) -> Self {
        (self.0.recorded(recorder), self.1.recorded(recorder))
    }
}

impl<A: Batch, B: Batch, C: Batch> Batch for (A, B, C) {
    fn recorded(self, recorder: &Recorder) -> Self {
        (self.0.recorded(recorder), self.1.recorded(recorder), self.2.recorded(recorder))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_used_again() {
        let first = Recorder::new(DType::BF16).device;
        let second = Recorder::new(DType::BF16);
        assert!(!second.fresh && second.device == first);
        assert!(Recorder::new(DType::BF16).fresh, "one that is in use is not");
    }
}
