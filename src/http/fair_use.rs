//! Fair use: each client has a bucket of points that fills by the second. A request takes what it may cost before it runs,
//! and gets back what it did not.

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use moka::{policy::EvictionPolicy, sync::Cache};
use tokio::time::Instant;

use super::client::Client;
use crate::{
    config,
    error::{Error, Result},
    graphql::{rate_limit::RateLimit, scalar},
};

/// How many clients are remembered; of more, those that were quiet longest are forgotten.
const MOST_CLIENTS: u64 = 100_000;

/// The buckets of all clients.
#[derive(Clone)]
pub struct FairUse {
    rate: Option<config::Rate>,
    buckets: Cache<IpAddr, Arc<Mutex<Bucket>>>,
}

#[derive(Debug)]
struct Bucket {
    points: f64,
    /// When it held these.
    at: Instant,
}

/// What a request took out of its client's bucket.
pub struct Taken {
    bucket: Option<(Arc<Mutex<Bucket>>, config::Rate)>,
    points: u64,
}

impl FairUse {
    /// Full buckets for everybody; `None` does not count.
    pub fn new(rate: Option<config::Rate>) -> Self {
        Self::remembering(MOST_CLIENTS, rate)
    }

    fn remembering(clients: u64, rate: Option<config::Rate>) -> Self {
        // A bucket that is full again need not be remembered.
        let filled = rate.map_or(Duration::ZERO, |rate| Duration::from_secs(rate.points.div_ceil(rate.refill) + 1));
        // By age: the cache's own policy would turn a new client away rather than a busy one, and not count it.
        let by_age = EvictionPolicy::lru();
        let buckets = Cache::builder().max_capacity(clients).eviction_policy(by_age).time_to_idle(filled).build();
        Self { rate, buckets }
    }

    /// Takes points out of the client's bucket, or says when there will be enough.
    pub fn take(&self, client: &Client, points: u64) -> Result<Taken> {
        let Some(rate) = self.rate else { return Ok(Taken { bucket: None, points }) };
        let now = Instant::now();
        let full = || Arc::new(Mutex::new(Bucket { points: as_f64(rate.points), at: now }));
        let bucket = self.buckets.get_with(client.network, full);
        let missing = {
            let mut bucket = lock(&bucket);
            bucket.fill(rate, now);
            let missing = as_f64(points) - bucket.points;
            if missing <= 0.0 {
                bucket.points -= as_f64(points);
            }
            missing
        };
        if missing > 0.0 {
            return Err(Error::RateLimited { retry_after: whole_seconds(missing / as_f64(rate.refill)) });
        }
        Ok(Taken { bucket: Some((bucket, rate)), points })
    }
}

impl Taken {
    /// Takes as much more as makes it so many points, or gives all of it back and says when there will be enough.
    pub fn raise(mut self, points: u64) -> Result<Self> {
        if let Some((bucket, rate)) = &self.bucket {
            let mut bucket = lock(bucket);
            let missing = as_f64(points.saturating_sub(self.points)) - bucket.points;
            if missing > 0.0 {
                bucket.points += as_f64(self.points);
                return Err(Error::RateLimited { retry_after: whole_seconds(missing / as_f64(rate.refill)) });
            }
            bucket.points -= as_f64(points.saturating_sub(self.points));
        }
        self.points = self.points.max(points);
        Ok(self)
    }

    /// Gives back what was taken beyond the actual cost.
    pub fn settle(&self, actual: u64) {
        let Some((bucket, rate)) = &self.bucket else { return };
        let back = as_f64(self.points.saturating_sub(actual));
        let mut bucket = lock(bucket);
        bucket.points = (bucket.points + back).min(as_f64(rate.points));
    }

    /// What is left, for those who ask; `None` if nobody counts.
    pub fn rate_limit(&self, now: DateTime<Utc>, nodes: u64) -> Option<RateLimit> {
        let (bucket, rate) = self.bucket.as_ref()?;
        let remaining = lock(bucket).points;
        let until_full = whole_seconds((as_f64(rate.points) - remaining) / as_f64(rate.refill));
        let until_full = TimeDelta::seconds(i64::try_from(until_full).unwrap_or(i64::MAX / 1_000_000));
        let int = |number: u64| i32::try_from(number).unwrap_or(i32::MAX);
        Some(RateLimit {
            limit: int(rate.points),
            #[expect(clippy::cast_possible_truncation, reason = "a bucket holds no more points than an Int")]
            remaining: remaining as i32,
            refill_per_second: int(rate.refill),
            reset_at: scalar::DateTime(now + until_full),
            cost: int(self.points),
            node_count: int(nodes),
        })
    }
}

impl Bucket {
    fn fill(&mut self, rate: config::Rate, now: Instant) {
        let since = now.saturating_duration_since(self.at).as_secs_f64();
        self.points = since.mul_add(as_f64(rate.refill), self.points).min(as_f64(rate.points));
        self.at = now;
    }
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

fn lock(bucket: &Mutex<Bucket>) -> std::sync::MutexGuard<'_, Bucket> {
    bucket.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLIENT: Client = Client { network: IpAddr::V4(std::net::Ipv4Addr::LOCALHOST) };

    fn fair_use() -> FairUse {
        FairUse::new(Some(config::Rate { points: 100, refill: 10 }))
    }

    #[tokio::test(start_paused = true)]
    async fn a_bucket_empties_and_fills_again() {
        let fair_use = fair_use();
        assert!(fair_use.take(&CLIENT, 100).is_ok());
        assert_eq!(fair_use.take(&CLIENT, 25).err(), Some(Error::RateLimited { retry_after: 3 }));
        tokio::time::advance(Duration::from_millis(2500)).await;
        assert!(fair_use.take(&CLIENT, 25).is_ok());
        assert!(fair_use.take(&CLIENT, 1).is_err());
        tokio::time::advance(Duration::from_secs(1000)).await;
        assert!(fair_use.take(&CLIENT, 101).is_err(), "a bucket holds no more than it can");
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_not_used_comes_back() {
        let fair_use = fair_use();
        fair_use.take(&CLIENT, 90).unwrap().settle(20);
        assert!(fair_use.take(&CLIENT, 80).is_ok());
        assert!(fair_use.take(&CLIENT, 1).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn more_can_be_taken_or_nothing() {
        let fair_use = fair_use();
        fair_use.take(&CLIENT, 1).unwrap().raise(60).unwrap().settle(50);
        let refused = fair_use.take(&CLIENT, 1).unwrap().raise(70).err();
        assert_eq!(refused, Some(Error::RateLimited { retry_after: 2 }));
        assert!(fair_use.take(&CLIENT, 50).is_ok(), "nothing was taken");
        assert!(fair_use.take(&CLIENT, 1).is_err());
    }

    #[tokio::test]
    async fn a_new_client_is_counted_however_many_there_are() {
        let fair_use = FairUse::remembering(10, Some(config::Rate { points: 100, refill: 1 }));
        let client = |n: u8| Client { network: IpAddr::from([10, 0, 0, n]) };
        // Ten that ask often.
        for n in (0..10).cycle().take(1000) {
            let _ = fair_use.take(&client(n), 1);
        }
        fair_use.buckets.run_pending_tasks();
        for n in 100..200 {
            assert!(fair_use.take(&client(n), 100).is_ok());
            fair_use.buckets.run_pending_tasks();
            assert!(fair_use.take(&client(n), 100).is_err(), "the eleventh is not passed over");
        }
        assert!(fair_use.buckets.entry_count() <= 10);
    }

    #[tokio::test(start_paused = true)]
    async fn each_client_has_a_bucket_of_its_own() {
        let (fair_use, other) = (fair_use(), Client { network: IpAddr::from([10, 0, 0, 1]) });
        assert!(fair_use.take(&CLIENT, 100).is_ok());
        assert!(fair_use.take(&other, 100).is_ok());
        assert!(FairUse::new(None).take(&CLIENT, u64::MAX).is_ok(), "nobody counts");
    }
}
