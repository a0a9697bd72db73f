//! A bucket of points, which refills continuously.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Notify, Semaphore},
    time::{Instant, timeout_at},
};

use crate::{config, error::Error};

/// How long a request waits for refunds of the client's other requests, and how long a refusal is delayed at most.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// How many requests of a client may wait for refunds at once. Each of them takes memory.
const MOST_WAITING: usize = 256;

/// The least time between two refusals to the same client. A refusal costs little, but not nothing. A client that
/// ignores `Retry-After` gets its refusals one at a time, with this pause between them.
const REFUSAL: Duration = Duration::from_millis(10);

/// The points of a client.
pub struct Bucket {
    level: Mutex<Level>,
    rate: config::Rate,
    /// Notified when a request ends and may have refunded points.
    refunded: Notify,
    /// Limits how many requests wait for refunds.
    places: Semaphore,
    /// Held while a refusal waits, so that the refusals of a client come one at a time.
    refused: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct Level {
    points: f64,
    /// When the level was last computed.
    at: Instant,
    /// Points that running requests reserved beyond their first one. They may be refunded.
    reserved: f64,
}

impl Bucket {
    /// A full bucket.
    pub fn full(rate: config::Rate) -> Self {
        let level = Level { points: as_f64(rate.points), at: Instant::now(), reserved: 0.0 };
        Self {
            level: Mutex::new(level),
            rate,
            refunded: Notify::new(),
            places: Semaphore::new(MOST_WAITING),
            refused: tokio::sync::Mutex::default(),
        }
    }

    /// Whether it holds all its points, and none are reserved.
    pub fn is_full(&self) -> bool {
        let mut level = self.level();
        level.fill(self.rate, Instant::now());
        level.points >= as_f64(self.rate.points)
    }

    /// Takes points for a request that has taken `already` points so far.
    pub fn take(&self, points: u64, already: u64) -> Result<(), Missing> {
        let mut level = self.level();
        level.fill(self.rate, Instant::now());
        let missing = as_f64(points) - level.points;
        // A request may take zero points even while the bucket is below zero.
        if missing > 0.0 && points > 0 {
            let reserved = level.reserved - returnable(already);
            return Err(Missing { points: missing, reserved, refill: self.rate.refill });
        }
        level.points -= as_f64(points);
        level.reserved += returnable(already + points) - returnable(already);
        Ok(())
    }

    /// Like [`Self::take`], but waits for points. It is an error if all refunds together could not suffice, or if they
    /// come too late.
    pub async fn take_in_time(&self, points: u64, already: u64) -> Result<(), Missing> {
        let (end, mut is_late) = (Instant::now() + LONGEST_WAIT, false);
        let place = self.places.try_acquire();
        loop {
            // Registered before the check, so that no refund after it is missed.
            let refunded = self.refunded.notified();
            let Err(missing) = self.take(points, already) else { return Ok(()) };
            if is_late || place.is_err() || !missing.may_come_back() {
                return Err(missing);
            }
            is_late = timeout_at(end, refunded).await.is_err();
        }
    }

    /// Ends a request that had taken `taken` points. Nothing is refunded.
    pub fn forfeit(&self, taken: u64) {
        self.end(taken, 0.0);
    }

    /// Ends a request that had taken `taken` points. Refunds what exceeds the actual cost; if that was higher, the
    /// difference is taken, and the level may fall below zero.
    pub fn refund(&self, taken: u64, actual: u64) {
        self.end(taken, as_f64(taken) - as_f64(actual));
    }

    fn end(&self, taken: u64, back: f64) {
        let most = as_f64(self.rate.points);
        let mut level = self.level();
        level.reserved -= returnable(taken);
        level.points = (level.points + back).clamp(-most, most);
        drop(level);
        self.refunded.notify_waiters();
    }

    /// Waits until the next refusal of this client may be sent.
    pub async fn pace_refusal(&self) {
        let refused = async {
            let _one = self.refused.lock().await;
            tokio::time::sleep(REFUSAL).await;
        };
        let _ = tokio::time::timeout(LONGEST_WAIT, refused).await;
    }

    /// The level of the bucket now.
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
    /// Its capacity and refill rate.
    pub rate: config::Rate,
    /// The points that it holds.
    pub points: u64,
    /// How long until it is full, if nothing more is taken.
    pub until_full: Duration,
}

/// The bucket has too few points.
pub struct Missing {
    /// How many points are missing.
    points: f64,
    /// How many points the client's other running requests reserved, which may be refunded.
    reserved: f64,
    /// How many points are refilled each second.
    refill: u64,
}

impl Missing {
    fn may_come_back(&self) -> bool {
        self.reserved >= self.points
    }

    /// The error for the client. Its `Retry-After` counts on full refunds, so only the rest has to be refilled.
    pub fn refusal(&self) -> Error {
        Error::RateLimited { retry_after: whole_seconds((self.points - self.reserved) / as_f64(self.refill)) }
    }
}

/// How many of these points may be refunded. A request costs at least one point.
fn returnable(points: u64) -> f64 {
    as_f64(points.saturating_sub(1))
}

/// Points are far below 2^52.
#[expect(clippy::cast_precision_loss, reason = "points are few")]
fn as_f64(points: u64) -> f64 {
    points as f64
}

/// At least one second: an immediate retry would fail again.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a float becomes the nearest integer")]
fn whole_seconds(seconds: f64) -> u64 {
    seconds.ceil().max(1.0) as u64
}
