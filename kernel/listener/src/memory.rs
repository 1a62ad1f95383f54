//! What handlers remember of a connection for as long as it lives.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::Extensions;

/// A place for one value of each type, put into every request of a connection by
/// [`crate::Listener`]. It ends with the connection; no other connection sees it.
#[derive(Debug, Clone, Default)]
pub struct ConnectionMemory(Arc<Mutex<Extensions>>);

impl ConnectionMemory {
    /// Remembers a value in place of the one of its type.
    pub fn remember<T: Clone + Send + Sync + 'static>(&self, value: T) {
        self.lock().insert(value);
    }

    /// What is remembered.
    #[must_use]
    pub fn recall<T: Clone + Send + Sync + 'static>(&self) -> Option<T> {
        self.lock().get().cloned()
    }

    fn lock(&self) -> MutexGuard<'_, Extensions> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_of_a_type_is_kept_for_all_clones() {
        let memory = ConnectionMemory::default();
        let same = memory.clone();
        same.remember(1_u32);
        memory.remember(2_u32);
        memory.remember("text");
        assert_eq!(same.recall::<u32>(), Some(2));
        assert_eq!(memory.recall::<&str>(), Some("text"));
        assert_eq!(memory.recall::<u64>(), None);
        assert_eq!(ConnectionMemory::default().recall::<u32>(), None);
    }
}
