//! What several tasks of a run need is made once.

use std::any::Any;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::claim::Failure;

/// Values by name, each made when it is first asked for. Clones share them; what is made depends on nothing but its name, so
/// that records do not depend on who asked first.
#[derive(Clone, Default)]
pub struct Once(Arc<Mutex<HashMap<String, Slot>>>);

/// Locked while the value is made: a second task waits for it, and does not make it again.
type Slot = Arc<Mutex<Option<Arc<dyn Any + Send + Sync>>>>;

impl Once {
    /// The value of this name, made by `make` if it is the first of its name and type. What could not be made is not kept.
    ///
    /// # Errors
    /// Those of `make`.
    ///
    /// # Example
    /// ```
    /// use saddlepoint_experiments::once::Once;
    ///
    /// let once = Once::default();
    /// assert_eq!(*once.get("two", || Ok(2))?, 2);
    /// assert_eq!(*once.get("two", || Ok(3))?, 2);
    /// # Ok::<(), saddlepoint_experiments::claim::Failure>(())
    /// ```
    pub fn get<T: Any + Send + Sync>(
        &self,
        name: &str,
        make: impl FnOnce() -> Result<T, Failure>,
    ) -> Result<Arc<T>, Failure> {
        let slot = {
            // A panic elsewhere leaves whole slots behind.
            let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(slots.entry(name.to_owned()).or_default())
        };
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Ok(value)) = slot.as_ref().map(|value| Arc::clone(value).downcast()) {
            return Ok(value);
        }
        let value = Arc::new(make()?);
        *slot = Some(Arc::clone(&value) as Arc<dyn Any + Send + Sync>);
        Ok(value)
    }
}

impl fmt::Debug for Once {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Once")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_not_kept_and_threads_share() {
        let once = Once::default();
        assert!(once.get::<u8>("a", || Err("no".into())).is_err());
        let made = std::sync::atomic::AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let value = once.clone().get("a", || {
                        made.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                        Ok(7u8)
                    });
                    assert_eq!(value.ok().as_deref(), Some(&7));
                });
            }
        });
        assert_eq!(made.into_inner(), 1);
        assert_eq!(once.get("a", || Ok("another type")).ok().as_deref(), Some(&"another type"));
    }
}
