//! Admission control: a fixed number of requests runs at a time. Some more wait for a short time, and the others are
//! refused with an error that says when to retry. Without this limit all requests would wait for the database and be
//! answered late.
//!
//! Each client has its own limit of running requests, which is smaller. Its further requests wait in the client's own
//! queue. So a client that sends many requests delays itself and not others. A permit comes with room for the answer.
//!
//! Deliveries of subscriptions need a permit, too. They wait without a time limit, since no client sent a request for
//! them just now. They hold at most half of the permits, so a change that a thousand subscribers receive does not block
//! requests.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError},
    time::timeout,
};

use super::{
    allowance::Seat,
    client::Client,
    unread::{Room, Unread},
};
use crate::error::{Error, Result};

/// How long a request waits for one of the server's permits.
const PERMIT_TIMEOUT: Duration = Duration::from_millis(500);
/// How long a request waits for one of its client's permits. This is longer than a request waits for a database that is
/// away.
const CLIENT_PERMIT_TIMEOUT: Duration = Duration::from_secs(8);
/// How many requests may wait for each one that runs.
const WAITING_PER_PERMIT: usize = 4;

/// Admission control of the server. Cloning it is cheap.
#[derive(Clone)]
pub struct Admission {
    running: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    deliveries: Arc<Semaphore>,
    unread: Unread,
}

/// A permit, which lasts until it is dropped.
pub struct Permit {
    _running: OwnedSemaphorePermit,
    _delivery: Option<OwnedSemaphorePermit>,
    _client: Option<Seat>,
}

impl Admission {
    /// Allows `most` requests at a time, whose answers have at most `answer` bytes each.
    pub fn new(most: usize, answer: u64) -> Self {
        let most = most.min(Semaphore::MAX_PERMITS / WAITING_PER_PERMIT);
        Self {
            running: Arc::new(Semaphore::new(most)),
            waiting: Arc::new(Semaphore::new(most * WAITING_PER_PERMIT)),
            deliveries: Arc::new(Semaphore::new((most / 2).max(1))),
            unread: Unread::new(answer),
        }
    }

    /// Waits for one of the server's permits, for a short time.
    pub async fn enter(&self) -> Result<Permit> {
        Ok(Permit { _running: self.run().await?, _delivery: None, _client: None })
    }

    /// A permit of this client; `None` if it would have to wait.
    pub fn enter_at_once(&self, client: &Client) -> Option<(Permit, Room)> {
        let own = client.permits.enter()?;
        let room = self.unread.room_at_once(client)?;
        let running = self.running.clone().try_acquire_owned().ok()?;
        Some((Permit { _running: running, _delivery: None, _client: Some(own) }, room))
    }

    /// Waits for a permit: first for one of the client's, for some seconds, then for one of the server's, for a short time.
    pub async fn enter_for(&self, client: &Client) -> Result<(Permit, Room)> {
        let own = timeout(CLIENT_PERMIT_TIMEOUT, client.permits.wait(1)).await;
        let own = own.ok().flatten().ok_or(Error::Overloaded)?;
        // The order is the same everywhere: client's permit, room, server's permit. In different orders two requests
        // could each hold what the other waits for.
        let room = self.unread.room(client).await?;
        Ok((Permit { _client: Some(own), ..self.enter().await? }, room))
    }

    /// Waits for the permit of a delivery to this client and for room, without a time limit.
    pub async fn enter_delivery(&self, client: &Client) -> Result<(Permit, Room)> {
        let closed = |_| Error::Overloaded;
        let own = client.permits.wait(1).await;
        let room = self.unread.room_in_the_end(client).await;
        let delivery = self.deliveries.clone().acquire_owned().await.map_err(closed)?;
        let running = self.running.clone().acquire_owned().await.map_err(closed)?;
        Ok((Permit { _running: running, _delivery: Some(delivery), _client: own }, room))
    }

    /// Waits for room for an answer that needs no permit.
    pub async fn room_for(&self, client: &Client) -> Result<Room> {
        self.unread.room(client).await
    }

    async fn run(&self) -> Result<OwnedSemaphorePermit> {
        match self.running.clone().try_acquire_owned() {
            Ok(permit) => return Ok(permit),
            Err(TryAcquireError::Closed) => return Err(Error::Overloaded),
            Err(TryAcquireError::NoPermits) => {}
        }
        let _place = self.waiting.try_acquire().map_err(|_| Error::Overloaded)?;
        let permit = timeout(PERMIT_TIMEOUT, self.running.clone().acquire_owned()).await;
        permit.ok().and_then(std::result::Result::ok).ok_or(Error::Overloaded)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;
    use crate::http::client::{
        Allowed,
        tests::{ALLOWED, client},
    };

    /// A client that may run this many requests at once.
    fn running(permits: u32) -> Client {
        client(Allowed { permits, ..ALLOWED })
    }

    #[tokio::test(start_paused = true)]
    async fn deliveries_leave_half_of_the_permits_to_others_and_wait() {
        let (door, client, other) = (Admission::new(4, 1024), running(4), running(4));
        let deliver = || door.enter_delivery(&client);
        let first = (deliver().await.unwrap(), deliver().await.unwrap());
        let mut third = Box::pin(deliver());
        assert!((&mut third).now_or_never().is_none(), "half of the permits are taken");
        let others = (door.enter_for(&other).await.unwrap(), door.enter_for(&other).await.unwrap());
        assert_eq!(door.enter_for(&other).await.err(), Some(Error::Overloaded));
        assert!((&mut third).now_or_never().is_none(), "it is not sent away, as a request is");
        drop(first);
        assert!(third.now_or_never().is_some());
        drop(others);
    }

    #[tokio::test(start_paused = true)]
    async fn requests_and_deliveries_of_a_client_do_not_wait_for_one_another_for_ever() {
        let (door, client, begin) = (Admission::new(64, 1024), running(4), tokio::time::Instant::now());
        let work = async |entered: Result<(Permit, Room)>| {
            tokio::time::sleep(Duration::from_millis(10)).await;
            drop(entered.unwrap());
        };
        let requests = futures_util::future::join_all((0..50).map(async |_| work(door.enter_for(&client).await).await));
        let deliveries =
            futures_util::future::join_all((0..50).map(async |_| work(door.enter_delivery(&client).await).await));
        futures_util::join!(requests, deliveries);
        assert!(begin.elapsed() < Duration::from_secs(1), "{:?}: a hundred, four at a time", begin.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_waits_for_its_own_requests_and_others_do_not() {
        let (door, client, other) = (Admission::new(64, 1024), running(2), running(2));
        let first = (door.enter_for(&client).await.unwrap(), door.enter_for(&client).await.unwrap());
        let mut third = Box::pin(door.enter_for(&client));
        let mut delivery = Box::pin(door.enter_delivery(&client));
        assert!((&mut third).now_or_never().is_none() && (&mut delivery).now_or_never().is_none());
        assert!(door.enter_for(&other).now_or_never().is_some());
        drop(first.0);
        assert!(third.now_or_never().is_some(), "its own are over one after the other");
        drop(first.1);
        assert!(delivery.now_or_never().is_some());
    }
}
