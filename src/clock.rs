//! Time and randomness, the two things that a test must be able to hold still. Everything else takes them from here.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use uuid::Uuid;

/// Says what time it is and makes new keys.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// Microseconds since 1970, where time stands still.
    fixed: Option<Arc<AtomicI64>>,
}

impl Clock {
    /// The clock of the machine.
    #[must_use]
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that stands still, for tests.
    #[must_use]
    pub fn fixed(at: DateTime<Utc>) -> Self {
        Self { fixed: Some(Arc::new(AtomicI64::new(at.timestamp_micros()))) }
    }

    /// Moves a clock that stands still. That of the machine goes on as it does.
    pub fn set(&self, at: DateTime<Utc>) {
        if let Some(fixed) = &self.fixed {
            fixed.store(at.timestamp_micros(), Ordering::Relaxed);
        }
    }

    /// The current time to the microsecond, which is what both databases keep.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        if let Some(fixed) = &self.fixed {
            return DateTime::from_timestamp_micros(fixed.load(Ordering::Relaxed)).unwrap_or_default();
        }
        #[expect(clippy::disallowed_methods, reason = "this is where time comes from")]
        let now = Utc::now();
        now.duration_trunc(TimeDelta::microseconds(1)).unwrap_or(now)
    }

    /// A new time-ordered key (UUID v7). Keys made one after another sort in that order.
    #[must_use]
    pub fn new_id(&self) -> Uuid {
        #[expect(clippy::disallowed_methods, reason = "this is where keys come from")]
        Uuid::now_v7()
    }
}
