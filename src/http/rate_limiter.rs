//! The rate limiter: each client has a bucket of points that refills continuously. Before a request runs, it reserves
//! the points that it may cost at most. Afterwards what it did not use is refunded, which may be most of it. So a
//! request that finds too few points because others of its client are running waits a short time for their refunds.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    bucket::{Bucket, State},
    client::Client,
};
use crate::{error::Result, graphql::meter::Budget};

/// How many bytes of a body or message are free beside its requests, and how many further bytes cost one point.
const BYTES_A_POINT: usize = 8 * 1024;

/// The points that a request reserved in its client's bucket. All of them are spent unless it is refunded.
pub struct Reservation {
    /// Whose points they are; `None` after the refund.
    client: Option<Client>,
    points: u64,
}

/// Charges for the reading of a text of `bytes` bytes, before it is read. This is never refunded.
pub fn charge_reading(client: &Client, bytes: usize) -> Result<()> {
    let points = (bytes.saturating_sub(1) / BYTES_A_POINT) as u64;
    if points == 0 {
        return Ok(());
    }
    reserve(client, points).map(|reservation| reservation.refund(points))
}

/// Waits until a refusal for lack of points may be sent to the client. The caller should hold nothing large meanwhile.
pub async fn refuse(client: &Client) {
    if let Some(bucket) = &client.bucket {
        bucket.pace_refusal().await;
    }
}

/// Reserves points in the client's bucket. The error says when there will be enough.
pub fn reserve(client: &Client, points: u64) -> Result<Reservation> {
    if let Some(bucket) = &client.bucket {
        bucket.take(points, 0).map_err(|missing| missing.refusal())?;
    }
    Ok(Reservation { client: Some(client.clone()), points })
}

impl Reservation {
    /// Raises the reservation to `points`, if the bucket has them. Returns whether it did.
    pub fn try_raise(&mut self, points: u64) -> bool {
        let more = points.saturating_sub(self.points);
        let is_taken = more == 0 || self.bucket().is_none_or(|bucket| bucket.take(more, self.points).is_ok());
        if is_taken {
            self.points += more;
        }
        is_taken
    }

    /// Raises the reservation to `points`, and waits for refunds of other requests if need be. If there are too few
    /// even then, all of the reservation is refunded, and the error says when there will be enough.
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

    /// Ends the reservation: refunds what exceeds the actual cost, or takes what is missing. The bucket may then fall
    /// below zero.
    pub fn refund(mut self, actual: u64) {
        if let Some(bucket) = self.client.take().as_ref().and_then(|client| client.bucket.as_ref()) {
            bucket.refund(self.points, actual);
        }
    }

    fn bucket(&self) -> Option<&Bucket> {
        self.client.as_ref()?.bucket.as_ref()
    }

    /// The state of the rate limit for the field `rateLimit`; `None` if there is no rate limit.
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

    /// A client with a hundred points, of which `refill` are refilled each second.
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
    async fn a_request_that_waits_in_vain_learns_when_to_retry() {
        let client = refilled(1);
        let first = reserve(&client, 99).unwrap();
        let second = reserve(&client, 1).unwrap().raise(99).await.err();
        assert_eq!(second, Some(Error::RateLimited { retry_after: 1 }), "the other one may give all back");
        drop(first);
        let second = reserve(&client, 1).unwrap().raise(99).await.err();
        assert_eq!(second, Some(Error::RateLimited { retry_after: 88 }), "it gave nothing back");
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_requests_have_nothing_to_refund() {
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
    async fn refusals_come_one_at_a_time_below_zero_as_well() {
        let client = refilled(10);
        reserve(&client, 50).unwrap().refund(120);
        assert!(reserve(&client, 0).unwrap().raise(1).await.is_err());
        let begin = Instant::now();
        futures_util::future::join_all((0..100).map(|_| refuse(&client))).await;
        assert!(begin.elapsed() >= Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn unexpected_costs_are_taken_below_zero() {
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
    fn nothing_is_counted_without_a_rate() {
        assert!(reserve(&client(Allowed { rate: None, ..ALLOWED }), u64::MAX).is_ok());
    }
}
