//! A bucket of points, which fills by the second.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Notify, Semaphore},
    time::{Instant, timeout_at},
};

use crate::{config, error::Error};

/// How long a request waits for what others of its client give back.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many requests of a client wait for that at once. What waits is memory.
const PLACES: usize = 256;

/// How much time there is between two refusals that a client is told. To refuse costs little, but not nothing: who does not wait
/// as it is told gets its answers one after the other.
const REFUSAL: Duration = Duration::from_millis(10);

/// The points of a client.
pub struct Bucket {
    level: Mutex<Level>,
    rate: config::Rate,
    /// Something came back.
    settled: Notify,
    /// For requests that wait for it.
    places: Semaphore,
    /// Whoever is refused, one after the other.
    refused: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct Level {
    points: f64,
    /// When it held these.
    at: Instant,
    /// What requests at work have taken beyond their first point. Some of it comes back.
    reserved: f64,
}

impl Bucket {
    /// One that holds all its points.
    pub fn full(rate: config::Rate) -> Self {
        let level = Level { points: as_f64(rate.points), at: Instant::now(), reserved: 0.0 };
        Self {
            level: Mutex::new(level),
            rate,
            settled: Notify::new(),
            places: Semaphore::new(PLACES),
            refused: tokio::sync::Mutex::default(),
        }
    }

    /// Whether it holds all its points, and none are taken.
    pub fn is_full(&self) -> bool {
        let mut level = self.level();
        level.fill(self.rate, Instant::now());
        level.points >= as_f64(self.rate.points)
    }

    /// Takes points for a request that has taken so many already.
    pub fn take(&self, points: u64, already: u64) -> Result<(), Missing> {
        let mut level = self.level();
        level.fill(self.rate, Instant::now());
        let missing = as_f64(points) - level.points;
        // Nothing can be taken from a bucket that owes as well.
        if missing > 0.0 && points > 0 {
            let reserved = level.reserved - returnable(already);
            return Err(Missing { points: missing, reserved, refill: self.rate.refill });
        }
        level.points -= as_f64(points);
        level.reserved += returnable(already + points) - returnable(already);
        Ok(())
    }

    /// The same, as soon as there are enough. An error if nothing that may come back is enough, or if it does not in time.
    pub async fn take_in_time(&self, points: u64, already: u64) -> Result<(), Missing> {
        let (end, mut is_late) = (Instant::now() + PATIENCE, false);
        let place = self.places.try_acquire();
        loop {
            // Before the look, so that nothing which comes back after it is missed.
            let settled = self.settled.notified();
            let Err(missing) = self.take(points, already) else { return Ok(()) };
            if is_late || place.is_err() || !missing.may_come_back() {
                return Err(missing);
            }
            is_late = timeout_at(end, settled).await.is_err();
        }
    }

    /// A request that had taken so many points is over, and nothing comes back.
    pub fn forfeit(&self, taken: u64) {
        self.end(taken, 0.0);
    }

    /// A request that had taken so many points is over. What it did not come to comes back; what is missing, the bucket owes.
    pub fn refund(&self, taken: u64, actual: u64) {
        self.end(taken, as_f64(taken) - as_f64(actual));
    }

    fn end(&self, taken: u64, back: f64) {
        let most = as_f64(self.rate.points);
        let mut level = self.level();
        level.reserved -= returnable(taken);
        level.points = (level.points + back).clamp(-most, most);
        drop(level);
        self.settled.notify_waiters();
    }

    /// Waits until its client may be told that there are too few points.
    pub async fn pace_refusal(&self) {
        let refused = async {
            let _one = self.refused.lock().await;
            tokio::time::sleep(REFUSAL).await;
        };
        let _ = tokio::time::timeout(PATIENCE, refused).await;
    }

    /// How much it holds.
    pub fn state(&self) -> State {
        let (rate, points) = (self.rate, self.level().points.max(0.0));
        let until_full = whole_seconds((as_f64(rate.points) - points) / as_f64(rate.refill));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a bucket holds few points")]
        State { rate, points: points as u64, until_full: Duration::from_secs(until_full) }
    }

    fn level(&self) -> MutexGuard<'_, Level> {
        self.level.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Level {
    fn fill(&mut self, rate: config::Rate, now: Instant) {
        let since = now.saturating_duration_since(self.at).as_secs_f64();
        self.points = since.mul_add(as_f64(rate.refill), self.points).min(as_f64(rate.points));
        self.at = now;
    }
}

/// How much a bucket holds.
#[derive(Clone, Copy, Debug)]
pub struct State {
    /// What it may hold, and how fast it fills.
    pub rate: config::Rate,
    /// Points that are there.
    pub points: u64,
    /// How long until it is full, if nothing more is taken.
    pub until_full: Duration,
}

/// There are too few points.
pub struct Missing {
    /// So many.
    points: f64,
    /// So many were taken by others of the client that are at work, and may come back.
    reserved: f64,
    /// What comes back each second.
    refill: u64,
}

impl Missing {
    fn may_come_back(&self) -> bool {
        self.reserved >= self.points
    }

    /// What comes back in any case is that which fills the bucket by the second, beside what others may give back.
    pub fn refusal(&self) -> Error {
        Error::RateLimited { retry_after: whole_seconds((self.points - self.reserved) / as_f64(self.refill)) }
    }
}

/// How many of these points may come back: whatever a request comes to, it costs one.
fn returnable(points: u64) -> f64 {
    as_f64(points.saturating_sub(1))
}

/// Points are far below 2^52.
#[expect(clippy::cast_precision_loss, reason = "points are few")]
fn as_f64(points: u64) -> f64 {
    points as f64
}

/// At least one: to ask again at once would help nothing.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a float becomes the nearest integer")]
fn whole_seconds(seconds: f64) -> u64 {
    seconds.ceil().max(1.0) as u64
}
