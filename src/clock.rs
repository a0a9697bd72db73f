//! Time and randomness. All code takes them from here, so that a test can control them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use uuid::Uuid;

/// Gives the current time and new keys.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// Microseconds since 1970 if the clock stands still. `None` for the clock of the machine.
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

    /// Moves a clock that stands still. The clock of the machine does not change.
    pub fn set(&self, at: DateTime<Utc>) {
        if let Some(fixed) = &self.fixed {
            fixed.store(at.timestamp_micros(), Ordering::Relaxed);
        }
    }

    /// The current time in microseconds, which is the precision of both databases.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        if let Some(fixed) = &self.fixed {
            return DateTime::from_timestamp_micros(fixed.load(Ordering::Relaxed)).unwrap_or_default();
        }
        #[expect(clippy::disallowed_methods, reason = "this is where time comes from")]
        let now = Utc::now();
        now.duration_trunc(TimeDelta::microseconds(1)).unwrap_or(now)
    }

    /// About this long: between half of it and one and a half. Those who wait for one another so do not try again
    /// together.
    #[must_use]
    pub fn about(&self, pause: Duration) -> Duration {
        let [.., random] = self.new_id().into_bytes();
        pause.mul_f64(0.5 + f64::from(random) / f64::from(u8::MAX))
    }

    /// A new time-ordered key (UUID v7). Keys made one after another sort in that order.
    #[must_use]
    pub fn new_id(&self) -> Uuid {
        #[expect(clippy::disallowed_methods, reason = "this is where keys come from")]
        Uuid::now_v7()
    }
}
