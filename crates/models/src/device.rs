//! The one file that names the backends.
//!
//! A [`Device`] is a burn device and the [`Backend`] that it belongs to. Which backends exist is decided when
//! the program is compiled (features `flex`, `ndarray`, `wgpu`), which one is used when it runs.

use std::fmt::{self, Display};
use std::str::FromStr;

use burn::tensor::{DType, Device as BurnDevice};
use serde::{Deserialize, Serialize};

/// The floating-point type of a network's parameters, activations and gradients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// IEEE binary32.
    F32,
    /// IEEE binary64; not available on wgpu.
    F64,
}

impl Precision {
    /// burn's name for it.
    pub fn dtype(self) -> DType {
        match self {
            Precision::F32 => DType::F32,
            Precision::F64 => DType::F64,
        }
    }
}

impl Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Precision::F32 => "f32",
            Precision::F64 => "f64",
        })
    }
}

/// The tensor libraries that burn can run on, compiled in or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Backend {
    /// burn-flex: CPU, developed upstream, the default.
    Flex,
    /// burn-ndarray: CPU, deprecated upstream.
    Ndarray,
    /// burn-wgpu: any adapter that speaks Vulkan, Metal or DirectX 12.
    Wgpu,
}

impl Backend {
    /// Every backend, compiled in or not.
    pub const ALL: [Backend; 3] = [Backend::Flex, Backend::Ndarray, Backend::Wgpu];

    /// The precision in which networks run on this backend where `wanted` is asked for: wgpu computes in f32 whatever is asked.
    pub fn precision(self, wanted: Precision) -> Precision {
        if self == Backend::Wgpu { Precision::F32 } else { wanted }
    }

    /// Whether this build contains it.
    pub fn is_compiled_in(self) -> bool {
        match self {
            Backend::Flex => cfg!(feature = "flex"),
            Backend::Ndarray => cfg!(feature = "ndarray"),
            Backend::Wgpu => cfg!(feature = "wgpu"),
        }
    }

    /// The backends of this build, the default one first.
    pub fn available() -> impl Iterator<Item = Backend> {
        Self::ALL.into_iter().filter(|backend| backend.is_compiled_in())
    }
}

impl Default for Backend {
    /// The first backend of this build in the order flex, ndarray, wgpu.
    fn default() -> Self {
        Self::available().next().unwrap_or(Backend::Flex)
    }
}

impl Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Backend::Flex => "flex",
            Backend::Ndarray => "ndarray",
            Backend::Wgpu => "wgpu",
        })
    }
}

impl FromStr for Backend {
    type Err = DeviceError;

    fn from_str(text: &str) -> Result<Self, DeviceError> {
        Self::ALL
            .into_iter()
            .find(|backend| backend.to_string() == text)
            .ok_or_else(|| DeviceError::UnknownBackend(text.to_owned()))
    }
}

/// Why a device cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    /// No backend has this name.
    #[error("there is no backend {0:?}; choose flex, ndarray or wgpu")]
    UnknownBackend(String),
    /// The backend exists but is not part of this build.
    #[error("this build has no {0} backend; build it with `--features {0}`")]
    NotCompiledIn(Backend),
    /// The backend is compiled in, but the machine has nothing for it to run on.
    #[error(
        "no graphics adapter that wgpu can use was found on this machine; install a Vulkan driver \
         (Mesa's software driver will do: Debian package mesa-vulkan-drivers) or choose `--backend flex`"
    )]
    NoAdapter,
    /// The device cannot compute in this precision. Shading languages have no exponentials and logarithms of f64: what wgpu
    /// returns for them has no digit right, though it holds tensors of f64 and multiplies them.
    #[error("the {backend} backend does not compute in {precision}; choose `--backend flex`")]
    UnsupportedPrecision {
        /// The backend in question.
        backend: Backend,
        /// What was asked of it.
        precision: Precision,
    },
}

/// A burn device that is known to exist.
#[derive(Debug, Clone)]
pub struct Device {
    backend: Backend,
    burn: BurnDevice,
}

impl Device {
    /// Opens the first device of a backend.
    ///
    /// # Errors
    /// [`DeviceError::NotCompiledIn`], or [`DeviceError::NoAdapter`] where wgpu finds no graphics adapter.
    ///
    /// # Example
    /// ```
    /// use saddlepoint_models::device::{Backend, Device};
    ///
    /// let device = Device::open(Backend::default())?;
    /// assert!(device.backend().is_compiled_in());
    /// # Ok::<(), saddlepoint_models::device::DeviceError>(())
    /// ```
    pub fn open(backend: Backend) -> Result<Self, DeviceError> {
        Self::all(backend)?.into_iter().next().ok_or(DeviceError::NoAdapter)
    }

    /// All devices of a backend: one processor, or every graphics adapter, at least one.
    ///
    /// # Errors
    /// As for [`open`](Self::open).
    pub fn all(backend: Backend) -> Result<Vec<Self>, DeviceError> {
        let found = match backend {
            #[cfg(feature = "flex")]
            Backend::Flex => vec![BurnDevice::flex()],
            #[cfg(feature = "ndarray")]
            #[allow(deprecated, reason = "kept for comparison as long as burn has it")]
            Backend::Ndarray => vec![BurnDevice::ndarray()],
            #[cfg(feature = "wgpu")]
            Backend::Wgpu => adapters(),
            #[allow(unreachable_patterns)]
            missing => return Err(DeviceError::NotCompiledIn(missing)),
        };
        let found: Vec<_> = found.into_iter().map(|burn| Self { backend, burn }).collect();
        if found.is_empty() { Err(DeviceError::NoAdapter) } else { Ok(found) }
    }

    /// The backend that this device belongs to.
    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// The burn device, without automatic differentiation.
    pub fn burn(&self) -> BurnDevice {
        self.burn.clone()
    }

    /// The burn device with automatic differentiation.
    pub fn autodiff(&self) -> BurnDevice {
        self.burn.clone().autodiff()
    }

    /// Says whether the device computes in a precision.
    ///
    /// # Errors
    /// [`DeviceError::UnsupportedPrecision`] if it does not.
    pub fn require(&self, precision: Precision) -> Result<(), DeviceError> {
        self.refuse_unless(self.burn.supports_dtype(precision.dtype()), precision)
    }

    /// Says whether the device also computes elementary functions in a precision, as losses and most networks need them.
    ///
    /// # Errors
    /// [`DeviceError::UnsupportedPrecision`] if it does not.
    pub fn require_functions(&self, precision: Precision) -> Result<(), DeviceError> {
        self.require(precision)?;
        self.refuse_unless(self.backend.precision(precision) == precision, precision)
    }

    fn refuse_unless(&self, computes: bool, precision: Precision) -> Result<(), DeviceError> {
        let refusal = DeviceError::UnsupportedPrecision { backend: self.backend, precision };
        if computes { Ok(()) } else { Err(refusal) }
    }
}

/// The adapters that wgpu lists, which it is asked for before anything else: opening a device where there
/// is none panics inside the driver layer.
#[cfg(feature = "wgpu")]
fn adapters() -> Vec<BurnDevice> {
    BurnDevice::enumerate(burn::tensor::DeviceType::Wgpu).into_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        for backend in Backend::ALL {
            assert_eq!(backend.to_string().parse(), Ok(backend));
        }
        assert_eq!("tpu".parse::<Backend>(), Err(DeviceError::UnknownBackend("tpu".into())));
    }

    #[test]
    fn a_backend_that_is_not_compiled_in_is_refused_by_name() {
        for backend in Backend::ALL.into_iter().filter(|backend| !backend.is_compiled_in()) {
            assert_eq!(Device::open(backend).err(), Some(DeviceError::NotCompiledIn(backend)));
        }
    }
}
