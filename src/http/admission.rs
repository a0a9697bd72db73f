//! A door ahead of the database: so many requests run at a time, a few wait for a moment, the others are told to come
//! back. Without it they would all wait, and answer late instead of never.
//!
//! Of each client no more run at a time than a few; its others wait in a line of its own. So whoever asks for much waits
//! for itself, and others share the machine with a few of its requests and not with hundreds. Who has a permit has room for
//! its answer as well.
//!
//! The deliveries of subscriptions pass through it, too. They wait for as long as it takes, since nobody asked for them
//! just now, and have half of the permits at most: a change that a thousand subscribers hear of keeps nobody else out.

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

/// How long a request waits for its permit among those of others.
const PATIENCE: Duration = Duration::from_millis(500);
/// How long it waits for others of its own client: longer than these wait for a database that is away.
const PATIENCE_WITH_ITSELF: Duration = Duration::from_secs(8);
/// How many wait for each one that runs.
const WAITING_FOR_EACH: usize = 4;

/// The door.
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
    /// A door for so many at a time, whose answers are of so many bytes at most.
    pub fn new(most: usize, answer: u64) -> Self {
        let most = most.min(Semaphore::MAX_PERMITS / WAITING_FOR_EACH);
        Self {
            running: Arc::new(Semaphore::new(most)),
            waiting: Arc::new(Semaphore::new(most * WAITING_FOR_EACH)),
            deliveries: Arc::new(Semaphore::new((most / 2).max(1))),
            unread: Unread::new(answer),
        }
    }

    /// Waits for a permit of the server's own, for a moment.
    pub async fn enter(&self) -> Result<Permit> {
        Ok(Permit { _running: self.run().await?, _delivery: None, _client: None })
    }

    /// A permit of this client, if it need not wait for one.
    pub fn enter_at_once(&self, client: &Client) -> Option<(Permit, Room)> {
        let own = client.permits.enter()?;
        let room = self.unread.room_at_once(client)?;
        let running = self.running.clone().try_acquire_owned().ok()?;
        Some((Permit { _running: running, _delivery: None, _client: Some(own) }, room))
    }

    /// Waits for a permit of this client: for a while if others of its own are at work, and then for a moment.
    pub async fn enter_for(&self, client: &Client) -> Result<(Permit, Room)> {
        let own = timeout(PATIENCE_WITH_ITSELF, client.permits.wait(1)).await;
        let own = own.ok().flatten().ok_or(Error::Overloaded)?;
        // In this order everywhere: else each could hold what the other waits for.
        let room = self.unread.room(client).await?;
        Ok((Permit { _client: Some(own), ..self.enter().await? }, room))
    }

    /// Waits for the permit of a delivery to this client.
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
        let permit = timeout(PATIENCE, self.running.clone().acquire_owned()).await;
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

    /// A client of which so many run at once.
    fn running(permits: u32) -> Client {
        client(Allowed { permits, ..ALLOWED })
    }

    #[tokio::test(start_paused = true)]
    async fn deliveries_leave_half_of_the_turns_to_others_and_wait() {
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
    async fn a_client_waits_for_itself_and_others_do_not() {
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
