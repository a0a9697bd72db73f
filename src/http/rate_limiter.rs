//! The rate limiter: each client has a bucket of points that fills by the second. A request takes what it may cost before it runs,
//! and gets back what it did not. Until then nobody knows what it comes to, and it may be far less. So who finds the bucket
//! empty because others of its client are at work waits a moment for what they give back.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    bucket::{Bucket, State},
    client::Client,
};
use crate::{error::Result, graphql::meter::Budget};

/// How many bytes of a body or a message cost nothing beside its requests, and how many further ones cost a point.
const BYTES_A_POINT: usize = 8 * 1024;

/// What a request reserved in its client's bucket. Nothing comes back unless it is refunded.
pub struct Reservation {
    /// Whose it is, until it is refunded.
    client: Option<Client>,
    points: u64,
}

/// Takes what it costs to read a text of so many bytes, before it is read. Nothing of it comes back.
pub fn charge_reading(client: &Client, bytes: usize) -> Result<()> {
    let points = (bytes.saturating_sub(1) / BYTES_A_POINT) as u64;
    if points == 0 {
        return Ok(());
    }
    reserve(client, points).map(|reservation| reservation.refund(points))
}

/// Waits until the client may be told that a request of its is refused for want of points. Whoever waits here should hold nothing
/// that is large.
pub async fn refuse(client: &Client) {
    if let Some(bucket) = &client.bucket {
        bucket.pace_refusal().await;
    }
}

/// Reserves points in the client's bucket, or says when there will be enough.
pub fn reserve(client: &Client, points: u64) -> Result<Reservation> {
    if let Some(bucket) = &client.bucket {
        bucket.take(points, 0).map_err(|missing| missing.refusal())?;
    }
    Ok(Reservation { client: Some(client.clone()), points })
}

impl Reservation {
    /// Takes as much more as makes it so many points, if they are there.
    pub fn try_raise(&mut self, points: u64) -> bool {
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
        if !self.try_raise(points)
            && let Some(bucket) = self.bucket()
            && let Err(missing) = bucket.take_in_time(more, self.points).await
        {
            let refusal = missing.refusal();
            self.refund(0);
            return Err(refusal);
        }
        self.points = self.points.max(points);
        Ok(self)
    }

    /// Gives back what was taken beyond the actual cost, or takes what is missing: then the bucket owes some.
    pub fn refund(mut self, actual: u64) {
        if let Some(bucket) = self.client.take().as_ref().and_then(|client| client.bucket.as_ref()) {
            bucket.refund(self.points, actual);
        }
    }

    fn bucket(&self) -> Option<&Bucket> {
        self.client.as_ref()?.bucket.as_ref()
    }

    /// What is left, for those who ask; `None` if nobody counts.
    pub fn budget(&self, now: DateTime<Utc>, nodes: u64) -> Option<Budget> {
        let State { rate, points, until_full } = self.bucket()?.state();
        let int = |number: u64| i32::try_from(number).unwrap_or(i32::MAX);
        Some(Budget {
            limit: int(rate.points),
            remaining: int(points),
            refill_per_second: int(rate.refill),
            reset_at: now + TimeDelta::seconds(int(until_full.as_secs()).into()),
            cost: int(self.points),
            node_count: int(nodes),
        })
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if let Some(bucket) = self.bucket() {
            bucket.forfeit(self.points);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::*;
    use crate::{config, error::Error};

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
        assert!(reserve(&client, 100).is_ok());
        assert_eq!(reserve(&client, 25).err(), Some(Error::RateLimited { retry_after: 3 }));
        tokio::time::advance(Duration::from_millis(2500)).await;
        assert!(reserve(&client, 25).is_ok());
        assert!(reserve(&client, 1).is_err());
        tokio::time::advance(Duration::from_secs(1000)).await;
        assert!(reserve(&client, 101).is_err(), "a bucket holds no more than it can");
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_not_used_comes_back() {
        let client = refilled(10);
        reserve(&client, 90).unwrap().refund(20);
        assert!(reserve(&client, 80).is_ok());
        assert!(reserve(&client, 1).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn more_can_be_taken_or_nothing() {
        let client = refilled(10);
        reserve(&client, 1).unwrap().raise(60).await.unwrap().refund(50);
        let refused = reserve(&client, 1).unwrap().raise(70).await.err();
        assert_eq!(refused, Some(Error::RateLimited { retry_after: 2 }));
        assert!(reserve(&client, 50).is_ok(), "nothing was taken");
        assert!(reserve(&client, 1).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_waits_for_what_another_gives_back() {
        let client = refilled(10);
        let first = reserve(&client, 80).unwrap();
        let second = reserve(&client, 1).unwrap().raise(80);
        let (second, ()) = tokio::join!(second, async { first.refund(5) });
        assert_eq!(second.unwrap().points, 80);
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_in_vain_hears_when_to_come_back() {
        let client = refilled(1);
        let first = reserve(&client, 99).unwrap();
        let second = reserve(&client, 1).unwrap().raise(99).await.err();
        assert_eq!(second, Some(Error::RateLimited { retry_after: 1 }), "the other one may give all back");
        drop(first);
        let second = reserve(&client, 1).unwrap().raise(99).await.err();
        assert_eq!(second, Some(Error::RateLimited { retry_after: 88 }), "it gave nothing back");
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_wait_have_nothing_to_give_back() {
        let client = refilled(10);
        let ask = |points| reserve(&client, 0).unwrap().raise(points);
        let first = ask(1).await.unwrap().raise(60).await.unwrap();
        let waiting: Vec<_> = futures_util::future::join_all((0..40).map(|_| ask(1))).await;
        assert!(waiting.iter().all(Result::is_ok), "their first points");
        first.refund(60);
        let begin = Instant::now();
        assert!(waiting.into_iter().next().unwrap().unwrap().raise(90).await.is_err());
        assert_eq!(begin.elapsed(), Duration::ZERO, "the others are not at work");
    }

    #[tokio::test(start_paused = true)]
    async fn refusals_are_told_one_after_the_other_to_who_owes_as_well() {
        let client = refilled(10);
        reserve(&client, 50).unwrap().refund(120);
        assert!(reserve(&client, 0).unwrap().raise(1).await.is_err());
        let begin = Instant::now();
        futures_util::future::join_all((0..100).map(|_| refuse(&client))).await;
        assert!(begin.elapsed() >= Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_not_expected_is_owed() {
        let client = refilled(10);
        reserve(&client, 50).unwrap().refund(120);
        assert_eq!(reserve(&client, 1).err(), Some(Error::RateLimited { retry_after: 3 }));
    }

    #[tokio::test(start_paused = true)]
    async fn a_bucket_is_full_when_all_came_back() {
        let client = refilled(10);
        let bucket = client.bucket.as_ref().unwrap();
        assert!(bucket.is_full());
        reserve(&client, 20).unwrap().refund(10);
        assert!(!bucket.is_full());
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(bucket.is_full());
    }

    #[test]
    fn nobody_counts_if_there_is_no_rate() {
        assert!(reserve(&client(Allowed { rate: None, ..ALLOWED }), u64::MAX).is_ok());
    }
}
