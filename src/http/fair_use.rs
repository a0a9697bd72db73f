//! Fair use: each client has a bucket of points that fills by the second. A request takes what it may cost before it runs,
//! and gets back what it did not. Until then nobody knows what it comes to, and it may be far less. So who finds the bucket
//! empty because others of its client are at work waits a moment for what they give back.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::{
    sync::{Notify, Semaphore},
    time::{Instant, timeout_at},
};

use super::client::Client;
use crate::{
    config,
    error::{Error, Result},
    graphql::meter::Budget,
};

/// How long a request waits for what others of its client give back.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many requests of a client wait for that at once. What waits is memory.
const PLACES: usize = 256;

/// How many bytes of a body or a message cost nothing beside its requests, and how many further ones cost a point.
const BYTES_A_POINT: usize = 8 * 1024;

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
    fn take(&self, points: u64, already: u64) -> Result<(), Missing> {
        let mut level = self.level();
        level.fill(self.rate, Instant::now());
        let missing = as_f64(points) - level.points;
        // Nothing can be taken from a bucket that owes as well.
        if missing > 0.0 && points > 0 {
            return Err(Missing { points: missing, reserved: level.reserved - returnable(already) });
        }
        level.points -= as_f64(points);
        level.reserved += returnable(already + points) - returnable(already);
        Ok(())
    }

    /// The same, as soon as there are enough. An error if nothing that may come back is enough, or if it does not in time.
    async fn take_in_time(&self, points: u64, already: u64) -> Result<(), Missing> {
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

    /// A request that had taken so many points is over, and so many come back; fewer than none if it owes some.
    fn end(&self, taken: u64, back: f64) {
        let most = as_f64(self.rate.points);
        let mut level = self.level();
        level.reserved -= returnable(taken);
        level.points = (level.points + back).clamp(-most, most);
        drop(level);
        self.settled.notify_waiters();
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

/// There are too few points.
struct Missing {
    /// So many.
    points: f64,
    /// So many were taken by others of the client that are at work, and may come back.
    reserved: f64,
}

impl Missing {
    fn may_come_back(&self) -> bool {
        self.reserved >= self.points
    }

    /// What comes back in any case is that which fills the bucket by the second, beside what others may give back.
    fn refusal(&self, rate: config::Rate) -> Error {
        Error::RateLimited { retry_after: whole_seconds((self.points - self.reserved) / as_f64(rate.refill)) }
    }
}

/// What a request took out of its client's bucket. Nothing comes back unless it is settled.
pub struct Taken {
    /// Whose it is, until it is settled.
    client: Option<Client>,
    points: u64,
}

/// Takes what it costs to read a text of so many bytes, before it is read. Nothing of it comes back.
pub fn take_for_reading(client: &Client, bytes: usize) -> Result<()> {
    let points = (bytes.saturating_sub(1) / BYTES_A_POINT) as u64;
    if points == 0 {
        return Ok(());
    }
    take(client, points).map(|taken| taken.settle(points))
}

/// Waits until the client may be told that a request of its is refused for want of points. Whoever waits here should hold nothing
/// that is large.
pub async fn refuse(client: &Client) {
    let Some(bucket) = &client.bucket else { return };
    let refused = async {
        let _one = bucket.refused.lock().await;
        tokio::time::sleep(REFUSAL).await;
    };
    let _ = tokio::time::timeout(PATIENCE, refused).await;
}

/// Takes points out of the client's bucket, or says when there will be enough.
pub fn take(client: &Client, points: u64) -> Result<Taken> {
    if let Some(bucket) = &client.bucket {
        bucket.take(points, 0).map_err(|missing| missing.refusal(bucket.rate))?;
    }
    Ok(Taken { client: Some(client.clone()), points })
}

impl Taken {
    /// Takes as much more as makes it so many points, if they are there.
    pub fn raise_at_once(&mut self, points: u64) -> bool {
        let more = points.saturating_sub(self.points);
        let is_taken = more == 0 || self.bucket().is_none_or(|bucket| bucket.take(more, self.points).is_ok());
        if is_taken {
            self.points += more;
        }
        is_taken
    }

    /// Takes as much more as makes it so many points. Waits for what others may give back. If there are too few even then, all
    /// of it is given back, and the error says when there will be enough.
    pub async fn raise(mut self, points: u64) -> Result<Self> {
        let more = points.saturating_sub(self.points);
        if !self.raise_at_once(points)
            && let Some(bucket) = self.bucket()
            && let Err(missing) = bucket.take_in_time(more, self.points).await
        {
            let refusal = missing.refusal(bucket.rate);
            self.settle(0);
            return Err(refusal);
        }
        self.points = self.points.max(points);
        Ok(self)
    }

    /// Gives back what was taken beyond the actual cost, or takes what is missing: then the bucket owes some.
    pub fn settle(mut self, actual: u64) {
        if let Some(bucket) = self.client.take().as_ref().and_then(|client| client.bucket.as_ref()) {
            bucket.end(self.points, as_f64(self.points) - as_f64(actual));
        }
    }

    fn bucket(&self) -> Option<&Bucket> {
        self.client.as_ref()?.bucket.as_ref()
    }

    /// What is left, for those who ask; `None` if nobody counts.
    pub fn budget(&self, now: DateTime<Utc>, nodes: u64) -> Option<Budget> {
        let bucket = self.bucket()?;
        let rate = bucket.rate;
        let remaining = bucket.level().points.max(0.0);
        let until_full = whole_seconds((as_f64(rate.points) - remaining) / as_f64(rate.refill));
        let until_full = TimeDelta::seconds(i64::try_from(until_full).unwrap_or(i64::MAX / 1_000_000));
        let int = |number: u64| i32::try_from(number).unwrap_or(i32::MAX);
        Some(Budget {
            limit: int(rate.points),
            #[expect(clippy::cast_possible_truncation, reason = "a bucket holds no more points than an Int")]
            remaining: remaining as i32,
            refill_per_second: int(rate.refill),
            reset_at: now + until_full,
            cost: int(self.points),
            node_count: int(nodes),
        })
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        if let Some(bucket) = self.bucket() {
            bucket.end(self.points, 0.0);
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    use crate::http::client::{
        Allowed,
        tests::{ALLOWED, client},
    };

    /// A client with a hundred points, of which so many come back each second.
    fn refilled(refill: u64) -> Client {
        client(Allowed { rate: Some(config::Rate { points: 100, refill }), ..ALLOWED })
    }

    #[tokio::test(start_paused = true)]
    async fn a_bucket_empties_and_fills_again() {
        let client = refilled(10);
        assert!(take(&client, 100).is_ok());
        assert_eq!(take(&client, 25).err(), Some(Error::RateLimited { retry_after: 3 }));
        tokio::time::advance(Duration::from_millis(2500)).await;
        assert!(take(&client, 25).is_ok());
        assert!(take(&client, 1).is_err());
        tokio::time::advance(Duration::from_secs(1000)).await;
        assert!(take(&client, 101).is_err(), "a bucket holds no more than it can");
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_not_used_comes_back() {
        let client = refilled(10);
        take(&client, 90).unwrap().settle(20);
        assert!(take(&client, 80).is_ok());
        assert!(take(&client, 1).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn more_can_be_taken_or_nothing() {
        let client = refilled(10);
        take(&client, 1).unwrap().raise(60).await.unwrap().settle(50);
        let refused = take(&client, 1).unwrap().raise(70).await.err();
        assert_eq!(refused, Some(Error::RateLimited { retry_after: 2 }));
        assert!(take(&client, 50).is_ok(), "nothing was taken");
        assert!(take(&client, 1).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_waits_for_what_another_gives_back() {
        let client = refilled(10);
        let first = take(&client, 80).unwrap();
        let second = take(&client, 1).unwrap().raise(80);
        let (second, ()) = tokio::join!(second, async { first.settle(5) });
        assert_eq!(second.unwrap().points, 80);
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_in_vain_hears_when_to_come_back() {
        let client = refilled(1);
        let first = take(&client, 99).unwrap();
        let second = take(&client, 1).unwrap().raise(99).await.err();
        assert_eq!(second, Some(Error::RateLimited { retry_after: 1 }), "the other one may give all back");
        drop(first);
        let second = take(&client, 1).unwrap().raise(99).await.err();
        assert_eq!(second, Some(Error::RateLimited { retry_after: 88 }), "it gave nothing back");
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_wait_have_nothing_to_give_back() {
        let client = refilled(10);
        let ask = |points| take(&client, 0).unwrap().raise(points);
        let first = ask(1).await.unwrap().raise(60).await.unwrap();
        let waiting: Vec<_> = futures_util::future::join_all((0..40).map(|_| ask(1))).await;
        assert!(waiting.iter().all(Result::is_ok), "their first points");
        first.settle(60);
        let begin = Instant::now();
        assert!(waiting.into_iter().next().unwrap().unwrap().raise(90).await.is_err());
        assert_eq!(begin.elapsed(), Duration::ZERO, "the others are not at work");
    }

    #[tokio::test(start_paused = true)]
    async fn refusals_are_told_one_after_the_other_to_who_owes_as_well() {
        let client = refilled(10);
        take(&client, 50).unwrap().settle(120);
        assert!(take(&client, 0).unwrap().raise(1).await.is_err());
        let begin = Instant::now();
        futures_util::future::join_all((0..100).map(|_| refuse(&client))).await;
        assert!(begin.elapsed() >= Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_not_expected_is_owed() {
        let client = refilled(10);
        take(&client, 50).unwrap().settle(120);
        assert_eq!(take(&client, 1).err(), Some(Error::RateLimited { retry_after: 3 }));
    }

    #[tokio::test(start_paused = true)]
    async fn a_bucket_is_full_when_all_came_back() {
        let client = refilled(10);
        let bucket = client.bucket.as_ref().unwrap();
        assert!(bucket.is_full());
        take(&client, 20).unwrap().settle(10);
        assert!(!bucket.is_full());
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(bucket.is_full());
    }

    #[test]
    fn nobody_counts_if_there_is_no_rate() {
        assert!(take(&client(Allowed { rate: None, ..ALLOWED }), u64::MAX).is_ok());
    }
}
